/* SPDX-License-Identifier: GPL-2.0-or-later */
/* save, load, open and quit. */
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

/*
 * Prints the profile that the running kernel was found to match, so that other machines
 * can load it.
 */
static void print_live(const struct logged *logged, struct buf *out)
{
	const struct kernel *live = logged->kernel;
	const struct kernel_args *args = &logged->command->args.kernel;
	const char *side = command_word(logged->command, 1), *check = kernel_check_word(live);

	buf_printf(out, "kernel %s ", side);
	spec_on_machine(live->profile, live->arch, out);
	spec_clauses(logged->command, args->first_clause, args->clauses, out);
	buf_printf(out, " # %s", live->name);
	if (strcmp(check, "none")) /* which may differ from that profile's own */
		buf_printf(out, "\ncheck %s %s", side, check);
}

/* Prints the command with `last` in place of its last word. Frees `last`. */
static void print_with(const struct command *c, char *last, struct buf *out)
{
	for (size_t i = 0; i + 1 < c->line.n; i++)
		buf_printf(out, "%s ", c->line.words[i].text);
	command_print_quoted(last, out);
	free(last);
}

static void print_found_kernel(const struct logged *logged, struct buf *out)
{
	const struct command *c = logged->command;
	const struct kernel_args *args = &c->args.kernel;
	char *spec = spec_lasting(c, args->spec, logged->kernel);

	buf_printf(out, "kernel %s ", command_word(c, 1));
	command_print_quoted(spec, out);
	spec_clauses(c, args->first_clause, args->clauses, out);
	free(spec);
}

/* Prints absolute paths, so that the text can be loaded from any folder. */
static void print_command(const struct logged *logged, struct buf *out)
{
	const struct command *c = logged->command;

	if (c->spec->id == COMMAND_kernel && spec_is_live(c, c->args.kernel.spec))
		print_live(logged, out);
	else if (c->spec->id == COMMAND_kernel && logged->kernel)
		print_found_kernel(logged, out);
	else if (c->spec->id == COMMAND_set_source && !source_is_off(c))
		print_with(c, lasting_path(command_path(c, c->args.source.folder)), out);
	else
		command_print(c, out);
}

/* Names a profile file in place of an image, so that the reader need not read images. */
static bool print_image(const struct session *s, const struct command *c,
			struct shared_texts *images, struct buf *out, struct vf_error *error)
{
	struct answer answer;
	bool ok;

	if (!session_ask_image(s, c, c->args.kernel.spec, &answer, error))
		return false;
	GROW(images->v, images->n, images->cap);
	ok = share_text(buf_str(&answer.out), answer.out.len, &images->v[images->n], error);
	if (ok) {
		buf_printf(out, "kernel %s %s", command_word(c, 1), images->v[images->n++].path);
		spec_clauses(c, c->args.kernel.first_clause, c->args.kernel.clauses, out);
	}
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

/* Names the default kernels: a later version may know a newer one. */
static void print_heading(const struct session *s, struct buf *out)
{
	size_t start = log_start(&s->log);

	buf_puts(out, "# A session of vmafork-tui\n");
	for (int side = 0; side < SIDES; side++) {
		if (chooses_kernel(s, start, side))
			continue;
		buf_printf(out, "kernel %s %s\n", side_names[side], s->kernel[side]->name);
		if (side == RIGHT)
			buf_puts(out, "check right src\n");
	}
}

void session_print_log(const struct session *s, size_t first, struct buf *out)
{
	if (!first) {
		print_heading(s, out);
		first = log_start(&s->log);
	}
	for (size_t i = first; i < s->log.count; i++) {
		print_command(&s->log.entries[i], out);
		buf_putc(out, '\n');
	}
}

bool session_print(const struct session *s, struct shared_texts *images, struct buf *out,
		   struct vf_error *error)
{
	const struct timeline *timeline;

	print_heading(s, out);
	for (size_t i = log_start(&s->log); i < s->log.count; i++) {
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

/* Whether the file there may be replaced has been asked: see saved_objection(). */
bool session_save(struct session *s, const char *path, struct buf *out, struct vf_error *error)
{
	struct buf text = {0};
	bool ok;

	session_print(s, NULL, &text, error);
	ok = replace_file(path, buf_str(&text), text.len, error);
	buf_deinit(&text);
	if (!ok)
		return false;
	saved_know(&s->saved, path);
	session_mark_saved(s);
	buf_printf(out, "saved as %s\n", path);
	return true;
}

/* Asks before the file is replaced, or refuses where no one can be asked. */
static bool object(struct call *call, const char *path, const char *objection)
{
	struct saved *saved = &call->session->saved;
	const char *name = strrchr(path, '/');
	struct buf question = {0};

	if (!saved->asks) {
		vf_error_set(call->error, "%.200s %s", path, objection);
		vf_error_hint(call->error, "to replace it: save %.200s replace",
			      command_word(call->command, call->command->args.file.file));
		return call_blame(call, call->command->args.file.file);
	}
	buf_printf(call->out, "%s %s.\n", path, objection);
	buf_printf(&question, "Replace %s?", name ? name + 1 : path);
	saved_ask(saved, buf_take(&question), xstrdup(path));
	*call->request = REQUEST_CONFIRM;
	return true;
}

bool run_save(struct call *call)
{
	struct session *s = call->session;
	const struct file_args *args = &call->command->args.file;
	char *path = command_path(call->command, args->file);
	const char *objection = args->replace ? NULL : saved_objection(&s->saved, path);
	bool ok;

	if (objection)
		ok = object(call, path, objection);
	else
		ok = session_save(s, path, call->out, call->error) || call_blame(call, args->file);
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

/* Can these commands be carried out in an empty session? */
static bool rehearse(const struct session *s, struct command_list *list, struct vf_error *error)
{
	struct session *rehearsal = session_create(false);
	struct command_charge lent;
	struct buf out = {0};
	bool ok;

	session_set_budget(rehearsal, budget_amounts(&s->budget));
	lent = command_list_lend(list, &rehearsal->budget);
	session_set_helper(rehearsal, s->helper);
	ok = session_load_commands(rehearsal, list, &out, error);
	command_list_return(list, lent);
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
	bool ok = read_commands(path, &s->budget, &list, call->error) &&
		  rehearse(s, &list, call->error) &&
		  session_command(s, "reset", &ignored, call->request, call->error) &&
		  session_load_commands(s, &list, call->out, call->error);

	*call->request = REQUEST_CHANGED;
	if (ok) /* one step for reset and load */
		log_join_steps(&s->log, steps);
	buf_deinit(&ignored);
	command_list_deinit(&list);
	return ok;
}

bool run_open(struct call *call)
{
	char *path = command_path(call->command, call->command->args.file.file);
	bool ok = session_open_file(call, path) || call_blame(call, call->command->args.file.file);

	if (ok) {
		saved_know(&call->session->saved, path);
		session_mark_saved(call->session);
	}
	free(path);
	return ok;
}

bool run_quit(struct call *call)
{
	struct session *s = call->session;

	*call->request = REQUEST_QUIT;
	/* In a file, quit ends only that file. */
	if (s->saved.asks && !s->from_file && !s->loading && session_unsaved(s)) {
		buf_puts(call->out, "There is unsaved work.\n");
		saved_ask(&s->saved, xstrdup("Quit without saving?"), NULL);
		*call->request = REQUEST_CONFIRM;
	}
	return true;
}
