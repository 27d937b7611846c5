/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernels and the toggle; step, back, goto, play; undo, redo, reset, save, load, quit. */
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/text.h"
#include "scenario/file.h"
#include "scenario/session_private.h"

/* --- kernels ---------------------------------------------------------------------------- */

enum { KERNEL_LIST = 3, KERNEL_SHOW, KERNEL_DIFF };
static const char *const kernel_words[] = {"left", "right", "both", "list", "show", "diff"};
static const struct vocabulary vocab_kernel = {"left, right, both, list, show or diff", kernel_words, 6};

/* The kernel that runs here. */
static bool is_live(const struct command *c, unsigned word)
{
	return !strcmp(command_word(c, word), "live");
}

static bool parse_spec(struct parser *p, unsigned *word)
{
	if (!parse_any(p, word, "v6.18, a profile, a file, vmlinux:IMAGE or live"))
		return false;
	if (p->prompt || !is_live(p->command, *word))
		return true;
	parser_fail(p, *word, "a scenario file does not ask which kernel runs here");
	vf_error_hint(p->error,
		      "live is for the prompt and for --batch; vmafork-probe --era tells the profile's name");
	return false;
}

/* A B [--scenario FILE] */
static bool parse_kernel_diff(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_spec(p, &args->name) || !parse_spec(p, &args->name2))
		return false;
	if (maybe_word(p, "--scenario")) {
		if (!p->prompt) {
			parser_fail(p, p->at - 1, "a scenario file does not write files");
			vf_error_hint(p->error, "kernel diff --scenario is for the prompt and for --batch");
			return false;
		}
		if (!parse_any(p, &args->because, "a file name"))
			return false;
	}
	return parse_end(p);
}

bool parse_kernel(struct parser *p)
{
	struct args *args = &p->command->args;

	if (parser_peek(p) && !strcmp(parser_peek(p)->text, "live")) {
		parser_fail(p, p->at, "kernel live: on which side?");
		vf_error_hint(p->error, "kernel left live, or right, or both");
		return false;
	}
	if (!parse_vocab(p, &vocab_kernel, &args->which))
		return false;
	if (args->which == KERNEL_DIFF)
		return parse_kernel_diff(p);
	if (args->which == KERNEL_LIST)
		return parse_end(p);
	return parse_spec(p, &args->name) && parse_end(p);
}

static void choose_kernel(struct session *s, int side, struct kernel *kernel)
{
	kernel_free(s->kernel[side]);
	s->kernel[side] = kernel;
	s->stale[side] = true;
	session_retime(s);
}

/* A profile file that a scenario names is relative to the scenario. */
static char *kernel_spec(const struct command *c, unsigned word)
{
	const char *spec = command_word(c, word);

	return strchr(spec, '/') ? relative_path(c->file, spec) : xstrdup(spec);
}

/* The file behind vmlinux:, or NULL: it is no such spec. */
static const char *image_of(const char *spec)
{
	static const char prefix[] = "vmlinux:";

	return strncmp(spec, prefix, strlen(prefix)) ? NULL : spec + strlen(prefix);
}

/* Lets vmafork-vmlinux read the image that the command names: answer->out is a profile. */
static bool ask_image(const struct session *s, const struct command *c, unsigned word,
		      struct answer *answer, struct vf_error *error)
{
	char *path = relative_path(c->file, image_of(command_word(c, word)));
	const char *const argv[] = {"vmafork-vmlinux", "--", path, NULL};
	bool ok = session_ask(s, argv, 0, answer, error);

	free(path);
	return ok;
}

static struct kernel *image_kernel(struct call *call, unsigned word)
{
	struct kernel *kernel;
	struct answer answer;

	if (!ask_image(call->session, call->command, word, &answer, call->error))
		return NULL;
	kernel = profile_read(image_of(command_word(call->command, word)), buf_str(&answer.out),
			      answer.out.len, call->error);
	answer_deinit(&answer);
	return kernel;
}

/* Moves the file that an error is about into its message. */
static void name_file(struct vf_error *error)
{
	char message[sizeof(error->message)];

	snprintf(message, sizeof(message), "%.200s: %.200s", error->file, error->message);
	memcpy(error->message, message, sizeof(message));
}

/* Undo and the like choose anew what was found out before: then there is no reader. */
struct kernel *call_kernel(struct call *call, unsigned word)
{
	struct session *s = call->session;
	struct kernel *kernel;
	char *spec, *told;

	if (is_live(call->command, word)) {
		kernel = session_live_kernel(s, call->reader, &told, call->error);
		if (told)
			buf_puts(call->out, told);
		free(told);
	} else if (image_of(command_word(call->command, word))) {
		kernel = image_kernel(call, word);
	} else {
		spec = kernel_spec(call->command, word);
		kernel = profiles_find(s->profiles, spec, call->error);
		free(spec);
	}
	/* A place inside a profile file says more than the line that named the file. */
	if (!kernel && !call->error->line) {
		if (call->error->file[0])
			name_file(call->error);
		command_point(call->command, call->reader, word, call->error);
	}
	return kernel;
}

bool run_kernel(struct call *call)
{
	struct session *s = call->session;
	const struct args *args = &call->command->args;
	struct kernel *kernel;

	if (args->which == KERNEL_LIST) {
		profiles_list(s->profiles, call->out);
		return true;
	}
	if (args->which == KERNEL_DIFF)
		return run_kernel_diff(call);
	kernel = call_kernel(call, args->name);
	if (!kernel)
		return false;
	if (args->which == KERNEL_SHOW) {
		text_profile(kernel, call->out);
		kernel_free(kernel);
		return true;
	}
	for (int side = 0; side < SIDES; side++)
		if (args->which == WHICH_BOTH || args->which == side)
			choose_kernel(s, side, kernel_copy(kernel));
	kernel_free(kernel);
	*call->request = REQUEST_CHANGED;
	return true;
}

bool parse_check(struct parser *p)
{
	struct args *args = &p->command->args;

	return parse_vocab(p, &vocab_side, &args->which) &&
	       parse_vocab(p, &vocab_check, &args->second) && parse_end(p);
}

bool run_check(struct call *call)
{
	struct session *s = call->session;
	const struct args *args = &call->command->args;

	for (int side = 0; side < SIDES; side++) {
		if (args->which != WHICH_BOTH && args->which != side)
			continue;
		if (!kernel_check(s->kernel[side], args->second ? SIDE_DST : SIDE_SRC)) {
			if (!s->loading)
				buf_printf(call->out, "%s: %s does not look uffd-wp up at all\n",
					   side_names[side], s->kernel[side]->name);
			continue;
		}
		s->stale[side] = true;
		session_retime(s);
	}
	*call->request = REQUEST_CHANGED;
	return true;
}

/* --- time ------------------------------------------------------------------------------------ */

bool parse_step(struct parser *p)
{
	struct args *args = &p->command->args;

	args->number = 1;
	args->second = -1;
	if (parser_peek(p) && looks_like_pages(parser_peek(p)->text) && !parse_number(p, &args->number))
		return false;
	if (args->number == 0 || args->number > (uint64_t)1 << 60)
		return parser_fail(p, p->at - 1, "expected a number from 1");
	if (parser_peek(p) && !parse_vocab(p, &vocab_grain, &args->second))
		return false;
	return parse_end(p);
}

static bool need_steps(struct call *call)
{
	if (session_timeline(call->session)->count)
		return true;
	vf_error_set(call->error, "there is nothing to step through yet");
	vf_error_hint(call->error, "fork makes steps");
	command_point(call->command, call->reader, 0, call->error);
	return false;
}

static bool move(struct call *call, long direction)
{
	const struct args *args = &call->command->args;
	enum grain grain = args->second < 0 ? call->session->grain : (enum grain)args->second;

	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	timeline_step(session_timeline(call->session), direction * (long)args->number, grain);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_step(struct call *call)
{
	return move(call, 1);
}

bool run_back(struct call *call)
{
	return move(call, -1);
}

bool parse_goto(struct parser *p)
{
	struct args *args = &p->command->args;

	args->which = -1;
	if (!maybe_vocab(p, &vocab_goto, &args->which) && !parse_number(p, &args->number))
		return false;
	return parse_end(p);
}

bool run_goto(struct call *call)
{
	const struct args *args = &call->command->args;
	struct timeline *t;

	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	t = session_timeline(call->session);
	if (args->which < 0 && args->number > t->count) {
		vf_error_set(call->error, "there are steps 0 to %zu", t->count);
		command_point(call->command, call->reader, 1, call->error);
		return false;
	}
	timeline_seek(t, args->which == 0 ? 0 : args->which == 1 ? t->count : args->number, 0);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_play(struct call *call)
{
	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	if (call->session->animate)
		call->session->playing = true;
	else
		timeline_seek(session_timeline(call->session), SIZE_MAX, 0);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_pause(struct call *call)
{
	call->session->playing = false;
	return true;
}

bool parse_speed(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_real(p, &args->real))
		return false;
	if (args->real < 0.01 || args->real > 1000)
		return parser_fail(p, p->at - 1, "expected a speed from 0.01 to 1000");
	return parse_end(p);
}

bool run_speed(struct call *call)
{
	call->session->speed = call->command->args.real;
	return true;
}

/* --- undo, redo, reset ---------------------------------------------------------------------------- */

bool parse_undo(struct parser *p)
{
	struct args *args = &p->command->args;

	args->number = 1;
	if (parser_peek(p) && !parse_number(p, &args->number))
		return false;
	if (args->number == 0)
		return parser_fail(p, p->at - 1, "expected a number from 1");
	return parse_end(p);
}

/* Goes to where the first `steps` steps are done, and `log_count` commands of the log. */
static bool go_to_step(struct call *call, size_t steps, size_t log_count)
{
	struct session *s = call->session;

	if (!session_may_replay(s, call->error)) {
		command_point(call->command, call->reader, 0, call->error);
		return false;
	}
	/* In a file every expectation that was looked at counts. */
	if (!s->loading)
		s->tally = steps < s->step_count ? s->steps[steps].before : s->steps[steps - 1].after;
	s->step_count = steps;
	s->log_count = log_count;
	session_rebuild(s);
	*call->request = REQUEST_CHANGED;
	return true;
}

static bool nothing(struct call *call, const char *what)
{
	vf_error_set(call->error, "there is nothing to %s", what);
	command_point(call->command, call->reader, 0, call->error);
	return false;
}

bool run_undo(struct call *call)
{
	struct session *s = call->session;
	uint64_t n = call->command->args.number, steps = s->step_count - s->undo_floor;

	if (!steps)
		return nothing(call, "undo");
	steps = s->step_count - (n < steps ? n : steps);
	return go_to_step(call, steps, s->steps[steps].begin);
}

bool run_redo(struct call *call)
{
	struct session *s = call->session;
	uint64_t n = call->command->args.number, steps;

	if (s->step_count == s->step_total)
		return nothing(call, "redo");
	steps = n < s->step_total - s->step_count ? s->step_count + n : s->step_total;
	return go_to_step(call, steps, s->steps[steps - 1].end);
}

bool run_reset(struct call *call)
{
	struct session *s = call->session;
	size_t count = s->log_count;

	/* What follows starts from nothing; the log keeps what was, for undo. */
	s->log_count = 0;
	session_rebuild(s);
	s->log_count = count;
	if (!s->loading)
		s->tally = (struct tally){0};
	*call->request = REQUEST_CHANGED;
	return true;
}

/* --- save, load, quit --------------------------------------------------------------------------------- */

bool parse_file(struct parser *p)
{
	return parse_any(p, &p->command->args.name, "a file name") && parse_end(p);
}

static bool chooses_kernel(const struct session *s, size_t start, int side)
{
	for (size_t i = start; i < s->log_count; i++)
		if (s->log[i]->spec->run == run_kernel &&
		    (s->log[i]->args.which == WHICH_BOTH || s->log[i]->args.which == side))
			return true;
	return false;
}

/* What the running kernel was found to be, for machines on which another one runs. */
static void print_live(const struct session *s, const struct command *c, struct buf *out)
{
	const char *side = command_word(c, 1), *check = kernel_check_word(s->live);

	buf_printf(out, "kernel %s %s # %s", side, s->live->profile, s->live->name);
	if (strcmp(check, "none")) /* perhaps not as that profile was released */
		buf_printf(out, "\ncheck %s %s", side, check);
}

/* A profile file is named in full: what is printed may be read from anywhere. */
static void print_command(const struct session *s, const struct command *c, struct buf *out)
{
	const char *spec = c->spec->run == run_kernel ? command_word(c, c->args.name) : "";
	char real[PATH_MAX], *path;

	if (c->spec->run == run_kernel && is_live(c, c->args.name) && s->live) {
		print_live(s, c, out);
		return;
	}
	if (!strchr(spec, '/')) {
		command_print(c, out);
		return;
	}
	path = kernel_spec(c, c->args.name);
	buf_printf(out, "kernel %s ", command_word(c, 1));
	command_print_quoted(realpath(path, real) ? real : path, out);
	free(path);
}

/* Of images the profile, as a file: whoever reads the session need not be able to read them. */
static bool print_image(const struct session *s, const struct command *c,
			struct shared_texts *images, struct buf *out, struct vf_error *error)
{
	struct answer answer;
	bool ok;

	if (!ask_image(s, c, c->args.name, &answer, error))
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
	size_t start = session_log_start(s);

	buf_puts(out, "# a session of vmafork-tui\n");
	/* Today's defaults by name: a later version may know a newer kernel. */
	for (int side = 0; side < SIDES; side++) {
		if (chooses_kernel(s, start, side))
			continue;
		buf_printf(out, "kernel %s %s\n", side_names[side], s->kernel[side]->name);
		if (side == RIGHT)
			buf_puts(out, "check right src\n");
	}
	for (size_t i = start; i < s->log_count; i++) {
		const struct command *c = s->log[i];

		if (!images || c->spec->run != run_kernel || !image_of(command_word(c, c->args.name)))
			print_command(s, c, out);
		else if (!print_image(s, c, images, out, error))
			return false;
		buf_putc(out, '\n');
	}
	if (!s->timeline_stale && s->timeline.count && s->timeline.at < s->timeline.count)
		buf_printf(out, "goto %zu\n", s->timeline.at);
	return true;
}

bool run_save(struct call *call)
{
	const char *path = command_word(call->command, call->command->args.name);
	struct buf text = {0};
	bool ok;

	session_print(call->session, NULL, &text, call->error);
	ok = write_file(path, buf_str(&text), text.len, call->error);
	buf_deinit(&text);
	if (ok && !call->session->loading)
		buf_printf(call->out, "saved as %s\n", path);
	return ok;
}

bool run_load(struct call *call)
{
	const char *path = command_word(call->command, call->command->args.name);

	*call->request = REQUEST_CHANGED;
	return session_load(call->session, path, call->out, call->error);
}

bool session_open_file(struct call *call, const char *path)
{
	struct script *rehearsal = script_open(path, call->error);
	struct session *s = call->session;
	struct buf ignored = {0};
	size_t steps = s->step_count;
	bool ok;

	if (!rehearsal)
		return false;
	script_close(rehearsal);
	/* It can be carried out: what fails from here on is a file that changes meanwhile. */
	ok = session_command(s, "reset", &ignored, call->request, call->error) &&
	     session_load(s, path, call->out, call->error);
	*call->request = REQUEST_CHANGED;
	if (ok && s->step_count > steps) { /* one step for both */
		s->steps[steps].end = s->log_count;
		s->steps[steps].after = s->tally;
		s->step_count = s->step_total = steps + 1;
	}
	buf_deinit(&ignored);
	return ok;
}

bool run_open(struct call *call)
{
	return session_open_file(call, command_word(call->command, call->command->args.name));
}

bool run_quit(struct call *call)
{
	*call->request = REQUEST_QUIT;
	return true;
}
