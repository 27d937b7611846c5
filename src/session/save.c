/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session as a file, and back: save, load, open; and quit. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "session/session_private.h"

static bool chooses_kernel(const struct session *s, size_t start, int side)
{
	for (size_t i = start; i < s->log.count; i++)
		if (s->log.entries[i].command->spec->id == COMMAND_kernel &&
		    (s->log.entries[i].command->args.kernel.side == WHICH_BOTH ||
		     s->log.entries[i].command->args.kernel.side == side))
			return true;
	return false;
}

/* What the running kernel was found to be, for machines on which another one runs. */
static void print_live(const struct logged *logged, struct buf *out)
{
	const struct kernel *live = logged->kernel;
	const char *side = command_word(logged->command, 1), *check = kernel_check_word(live);

	buf_printf(out, "kernel %s %s # %s", side, live->profile, live->name);
	if (strcmp(check, "none")) /* perhaps not as that profile was released */
		buf_printf(out, "\ncheck %s %s", side, check);
}

/* Takes the last word, which is printed in place of the command's own. */
static void print_with(const struct command *c, char *last, struct buf *out)
{
	for (size_t i = 0; i + 1 < c->line.n; i++)
		buf_printf(out, "%s ", c->line.words[i].text);
	command_print_quoted(last, out);
	free(last);
}

/* Files are named in full: what is printed may be read from anywhere. */
static void print_command(const struct logged *logged, struct buf *out)
{
	const struct command *c = logged->command;

	if (c->spec->id == COMMAND_kernel && spec_is_live(c, c->args.kernel.spec))
		print_live(logged, out);
	else if (c->spec->id == COMMAND_kernel && logged->kernel)
		print_with(c, spec_lasting(c, c->args.kernel.spec, logged->kernel), out);
	else if (c->spec->id == COMMAND_set_source && !source_is_off(c))
		print_with(c, lasting_path(command_path(c, c->args.source.folder)), out);
	else
		command_print(c, out);
}

/* Of images the profile, as a file: whoever reads the session need not be able to read them. */
static bool print_image(const struct session *s, const struct command *c,
			struct shared_texts *images, struct buf *out, struct vf_error *error)
{
	struct answer answer;
	bool ok;

	if (!session_ask_image(s, c, c->args.kernel.spec, &answer, error))
		return false;
	GROW(images->v, images->n, images->cap);
	ok = share_text(buf_str(&answer.out), answer.out.len, &images->v[images->n], error);
	if (ok)
		buf_printf(out, "kernel %s %s", command_word(c, 1), images->v[images->n++].path);
	answer_deinit(&answer);
	return ok;
}

void shared_texts_deinit(struct shared_texts *texts)
{
	for (size_t i = 0; i < texts->n; i++)
		unshare_text(&texts->v[i]);
	free(texts->v);
	*texts = (struct shared_texts){0};
}

bool session_print(const struct session *s, struct shared_texts *images, struct buf *out,
		   struct vf_error *error)
{
	const struct timeline *timeline;
	size_t start = log_start(&s->log);

	buf_puts(out, "# a session of vmafork-tui\n");
	/* Today's defaults by name: a later version may know a newer kernel. */
	for (int side = 0; side < SIDES; side++) {
		if (chooses_kernel(s, start, side))
			continue;
		buf_printf(out, "kernel %s %s\n", side_names[side], s->kernel[side]->name);
		if (side == RIGHT)
			buf_puts(out, "check right src\n");
	}
	for (size_t i = start; i < s->log.count; i++) {
		const struct command *c = s->log.entries[i].command;

		if (!images || c->spec->id != COMMAND_kernel || !spec_image(command_word(c, c->args.kernel.spec)))
			print_command(&s->log.entries[i], out);
		else if (!print_image(s, c, images, out, error))
			return false;
		buf_putc(out, '\n');
	}
	timeline = session_timeline(s);
	if (timeline->at < timeline->count)
		buf_printf(out, "goto %zu\n", timeline->at);
	return true;
}

bool run_save(struct call *call)
{
	char *path = command_path(call->command, call->command->args.file.file);
	struct buf text = {0};
	bool ok;

	session_print(call->session, NULL, &text, call->error);
	ok = write_file(path, buf_str(&text), text.len, call->error) ||
	     call_blame(call, call->command->args.file.file);
	buf_deinit(&text);
	if (ok && !call->session->loading)
		buf_printf(call->out, "saved as %s\n", path);
	free(path);
	return ok;
}

bool run_load(struct call *call)
{
	char *path = command_path(call->command, call->command->args.file.file);
	bool ok = session_load(call->session, path, call->out, call->error) ||
		  call_blame(call, call->command->args.file.file);

	*call->request = REQUEST_CHANGED;
	free(path);
	return ok;
}

/* Whether they can be carried out, from nothing. */
static bool rehearse(const struct session *s, const struct command_list *list,
		     struct vf_error *error)
{
	struct session *rehearsal = session_create(false);
	struct buf out = {0};
	bool ok;

	session_set_helper(rehearsal, s->helper);
	ok = session_load_commands(rehearsal, list, &out, error);
	session_free(rehearsal);
	buf_deinit(&out);
	return ok;
}

bool session_open_file(struct call *call, const char *path)
{
	struct command_list list = {0};
	struct session *s = call->session;
	struct buf ignored = {0};
	size_t steps = s->log.step_count;
	bool ok = read_commands(path, &list, call->error) && rehearse(s, &list, call->error) &&
		  session_command(s, "reset", &ignored, call->request, call->error) &&
		  session_load_commands(s, &list, call->out, call->error);

	*call->request = REQUEST_CHANGED;
	if (ok) /* one step for both */
		log_join_steps(&s->log, steps);
	buf_deinit(&ignored);
	command_list_deinit(&list);
	return ok;
}

bool run_open(struct call *call)
{
	char *path = command_path(call->command, call->command->args.file.file);
	bool ok = session_open_file(call, path) || call_blame(call, call->command->args.file.file);

	free(path);
	return ok;
}

bool run_quit(struct call *call)
{
	*call->request = REQUEST_QUIT;
	return true;
}
