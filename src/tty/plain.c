/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/plain.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/output.h"
#include "language/command.h"
#include "language/words.h"
#include "report/explain.h"
#include "report/text.h"
#include "session/session.h"
#include "tty/run_helper.h"
#include "tty/unseen.h"
#include "view/keys.h"
#include "view/grid.h"
#include "view/json.h"

#define PROGRAM "vmafork-tui"
#define WIDTH 78

/* --- output --------------------------------------------------------------------------- */

/* Ends the program if its output can no longer be written. */
static void flush(void)
{
	if (!output_flush())
		_exit(output_finish(PROGRAM, EXIT_BROKEN));
}

static void print(struct buf *text)
{
	output_text(text);
	flush();
}

void plain_print(struct buf *text)
{
	print(text);
}

int plain_error(const struct vf_error *error)
{
	return output_error(PROGRAM, error);
}

/* Adds the text wrapped, each row after `indent`. */
static void add_wrapped(struct buf *out, const char *indent, const char *text)
{
	size_t next;

	for (; *text; text += next) {
		size_t n = wrap_row(text, WIDTH - text_columns(indent), &next);

		buf_puts(out, indent);
		buf_add(out, text, n);
		buf_putc(out, '\n');
	}
}

static void add_machines(const struct session *session, struct machine *machines[SIDES])
{
	machines[LEFT] = session_machine(session, LEFT);
	machines[RIGHT] = session_machine(session, RIGHT);
}

/* --- playback --------------------------------------------------------------------------- */

static void add_title(const struct story *story, struct buf *out)
{
	int width = text_columns(story->title);

	buf_printf(out, "%s\n", story->title);
	for (int i = 0; i < width && i < WIDTH; i++)
		buf_putc(out, '=');
	buf_putc(out, '\n');
}

static void add_question(const struct question *question, struct buf *out)
{
	struct buf answer = {0};

	buf_putc(out, '\n');
	add_wrapped(out, "? ", question->text);
	for (size_t i = 0; i < question->choice_count; i++)
		buf_printf(out, "    %zu  %s\n", i + 1, question->choices[i]);
	buf_printf(&answer, "Answer: %u, %s.", question->answer,
		   question->choices[question->answer - 1]);
	if (question->why)
		buf_printf(&answer, " %s", question->why);
	add_wrapped(out, "  ", buf_str(&answer));
	buf_deinit(&answer);
}

/* The last one that was asked, or all of its pattern. */
static void add_prediction(const struct session *session, struct buf *out)
{
	const struct predictions *predictions = session_predictions(session);
	const struct prediction *last = &predictions->v[predictions->n - 1], *p = last;

	buf_putc(out, '\n');
	while (p > predictions->v && p[-1].command == last->command)
		p--;
	for (; p <= last; p++)
		add_wrapped(out, "? ", p->question);
}

static void add_goal(const struct session *session, struct buf *out)
{
	const struct command *goal = session_goal(session)->command;

	buf_putc(out, '\n');
	add_wrapped(out, "> ", command_word(goal, goal->args.goal.task));
}

/* Adds "left   " and the text, wrapped. */
static void add_behind(struct buf *out, const char *label, const char *text)
{
	enum { INDENT = 8 };
	size_t next;

	for (bool first = true; *text; text += next, first = false) {
		size_t n = wrap_row(text, WIDTH - INDENT, &next);

		buf_printf(out, "%-*s", INDENT, first ? label : "");
		buf_add(out, text, n);
		buf_putc(out, '\n');
	}
}

/* The last fork, step by step: a sentence each, one for both where they agree. */
static void add_steps(const struct session *session, struct buf *out)
{
	const struct timeline *timeline = session_timeline(session);
	size_t start = timeline_fork_start(timeline, timeline->count);

	for (size_t i = start; i < timeline->count; i++) {
		struct buf text[SIDES] = {{0}, {0}};

		for (int side = 0; side < SIDES; side++) {
			const struct machine *m = session_machine(session, side);
			uint32_t event = timeline_slot(timeline, i).event[side];

			if (event != NO_EVENT)
				explain_event(m, machine_event(m, event), &text[side]);
		}
		if (!strcmp(buf_str(&text[LEFT]), buf_str(&text[RIGHT]))) {
			add_behind(out, "  both", buf_str(&text[LEFT]));
		} else {
			add_behind(out, "  left", buf_str(&text[LEFT]));
			add_behind(out, "  right", buf_str(&text[RIGHT]));
		}
		buf_deinit(&text[LEFT]);
		buf_deinit(&text[RIGHT]);
	}
}

/* Adds what fork did, in words and as a picture of both sides. */
static void add_fork(const struct session *session, struct buf *out)
{
	enum { TOLD = 60 }; /* steps; a longer list would not be read */
	const struct timeline *timeline = session_timeline(session);
	struct machine *machines[SIDES];

	add_machines(session, machines);
	buf_puts(out, "\nfork\n");
	if (timeline->count - timeline_fork_start(timeline, timeline->count) <= TOLD)
		add_steps(session, out);
	buf_putc(out, '\n');
	text_fork(machines, out);
}

/* Adds the text of a story's command. */
static void add_request(const struct session *session, enum request request, bool story,
			struct buf *out)
{
	const struct story *words = session_story(session);

	switch (request) {
	case REQUEST_TITLE:
		add_title(words, out);
		break;
	case REQUEST_ABOUT:
		add_wrapped(out, "", words->about);
		break;
	case REQUEST_SAY:
		buf_putc(out, '\n');
		add_wrapped(out, "", words->say);
		break;
	case REQUEST_ASK:
		add_question(&words->question, out);
		break;
	case REQUEST_PREDICT:
		add_prediction(session, out);
		break;
	case REQUEST_GOAL:
		add_goal(session, out);
		break;
	case REQUEST_FORK:
		if (story)
			add_fork(session, out);
		break;
	case REQUEST_NONE:
	case REQUEST_PLAY: /* only with a viewer */
	case REQUEST_QUIT:
	case REQUEST_CONFIRM:
	case REQUEST_WAIT:
	case REQUEST_MOVED:
	case REQUEST_CHANGED:
	case REQUEST_REVEAL: /* it has said so */
		break;
	}
}

static void add_tally(const struct session *session, struct buf *out)
{
	buf_printf(out, "%zu passed, %zu failed\n", session_passed(session),
		   session_failed(session));
}

static int status_of(const struct session *session)
{
	return session_failed(session) ? EXIT_MISSED : EXIT_HOLDS;
}

/* The end of a file reveals what is left. */
static void print_revealed(struct session *session)
{
	struct buf out = {0};

	if (predictions_pending(session_predictions(session)))
		buf_putc(&out, '\n');
	session_reveal(session, &out);
	print(&out);
}

static int play_script(struct script *script, struct session *session)
{
	struct vf_error error;

	while (script_peek(script)) {
		size_t passed = session_passed(session);
		enum request request = REQUEST_NONE;
		struct buf out = {0};

		if (!script_step(script, session, &out, &request, &error)) {
			print(&out);
			return plain_error(&error);
		}
		if (session_passed(session) > passed)
			buf_clear(&out); /* "holds": the tally at the end says how many */
		add_request(session, request, true, &out);
		print(&out);
	}
	print_revealed(session);
	return status_of(session);
}

/*
 * The last one that has ended: when the program ends the system takes its memory back, in no
 * time, where freeing a large one command by command takes a tenth and more of all.
 */
static struct session *ended;

/* Without animation. */
static struct session *open_session(struct budget_amounts budget)
{
	struct session *session;

	session_free(ended);
	ended = NULL;
	session = session_create(false);
	session_set_budget(session, budget);
	return session;
}

static void end_session(struct session *session)
{
	assert(!ended);
	ended = session;
}

int plain_play(const char *path, struct budget_amounts budget)
{
	struct vf_error error;
	struct script *script = script_open(path, budget, &error);
	struct session *session;
	int status;

	if (!script)
		return plain_error(&error);
	session = open_session(budget);
	status = play_script(script, session);
	if (status != EXIT_BROKEN && session_passed(session) + session_failed(session)) {
		struct buf out = {0};

		buf_putc(&out, '\n');
		add_tally(session, &out);
		print(&out);
	}
	end_session(session);
	script_close(script);
	return status;
}

/* --- run and check ----------------------------------------------------------------------- */

static void print_session(const struct session *session, struct buf *missed)
{
	struct machine *machines[SIDES];
	struct buf out = {0};

	add_machines(session, machines);
	if (session_story(session)->title) {
		add_title(session_story(session), &out);
		buf_putc(&out, '\n');
	}
	if (machines[LEFT]->fork_count)
		text_fork(machines, &out);
	else
		text_vmas(machines, NULL, &out);
	if (missed->len)
		buf_printf(&out, "\n%s", buf_str(missed));
	print(&out);
}

static void put_piece(void *owner, const char *text, size_t length)
{
	(void)owner;
	output_bytes(text, length);
}

/* Returns the exit status. */
static int print_json(struct session *session)
{
	struct vf_error error;
	bool ok = json_write(session, put_piece, NULL, &error);

	output_bytes("\n", 1);
	return ok ? status_of(session) : plain_error(&error);
}

int plain_run(const char *path, bool json, struct budget_amounts budget)
{
	struct session *session = open_session(budget);
	struct vf_error error;
	struct buf out = {0};
	int status;

	if (!session_run_file(session, path, &out, &error)) {
		status = plain_error(&error);
	} else if (json) {
		status = print_json(session);
	} else {
		status = status_of(session);
		print_session(session, &out);
	}
	buf_deinit(&out);
	end_session(session);
	return status;
}

int plain_check(char *const paths[], int count, struct budget_amounts budget)
{
	size_t passed = 0, failed = 0;
	bool broken = false;
	struct buf out = {0};

	for (int i = 0; i < count; i++) {
		struct session *session = open_session(budget);
		struct vf_error error;

		if (session_run_file(session, paths[i], &out, &error)) {
			passed += session_passed(session);
			failed += session_failed(session);
			print(&out);
		} else {
			buf_deinit(&out);
			plain_error(&error);
			broken = true;
		}
		end_session(session);
	}
	buf_printf(&out, "%zu passed, %zu failed\n", passed, failed);
	print(&out);
	return broken ? EXIT_BROKEN : failed ? EXIT_MISSED : EXIT_HOLDS;
}

/* --- batch -------------------------------------------------------------------------------- */

static char *read_input(const struct budget *budget, size_t *length, struct vf_error *error)
{
	struct budget full = *budget;
	struct buf text = {0};
	char bytes[65536];
	size_t n;

	while ((n = fread(bytes, 1, sizeof(bytes), stdin)) > 0) {
		buf_add(&text, bytes, n);
		/* As read_file_within() reads a file. */
		budget_take(&full, 2 * n);
		if (!budget_check(&full, error)) {
			buf_deinit(&text);
			return NULL;
		}
	}
	if (ferror(stdin)) {
		vf_error_set(error, "standard input: %s", strerror(errno));
		buf_deinit(&text);
		return NULL;
	}
	*length = text.len;
	return buf_take(&text);
}

/* Looks where a command was, unless there are steps: those say where to look. */
static void look_on(struct ui *ui, const struct session *session, enum request request)
{
	bool moved = request == REQUEST_FORK || request == REQUEST_MOVED || request == REQUEST_CHANGED;
	struct place_named place;

	if (moved)
		ui->pinned = false;
	if (moved && session_timeline(session)->count)
		return;
	if (session_place(session, &place))
		ui_place(ui, &place);
	ui->marked = false;
}

int plain_batch(const char *path, struct budget_amounts budget)
{
	struct ui ui = {.frame = UI_FRAMES};
	bool input = !strcmp(path, "-");
	struct session *session = open_session(budget);
	struct unseen unseen = {session, &ui};
	struct reader reader;
	struct vf_error error;
	enum request request = REQUEST_NONE;
	bool more = true, ok = true;
	size_t length;
	char *text = input ? read_input(session_budget(session), &length, &error)
			   : read_file_within(path, NAMED_BY_USER, session_budget(session), &length, &error);
	int status;

	if (!text) {
		end_session(session);
		return plain_error(&error);
	}
	budget_take(session_budget(session), length);
	session_set_helper(session, (struct helper){.run = helper_run_plainly, .owner = NULL});
	session_set_pictures(session, unseen_pictures(&unseen));
	reader_init(&reader, input ? "<stdin>" : path, text, length);
	while (ok && request != REQUEST_QUIT) {
		struct buf out = {0};

		ok = session_read(session, &reader, &more, &out, &request, &error);
		if (ok && more)
			add_request(session, request, false, &out);
		print(&out);
		if (!more)
			break;
		if (ok)
			look_on(&ui, session, request);
		flush();
	}
	if (ok)
		print_revealed(session);
	status = ok ? status_of(session) : plain_error(&error);
	end_session(session);
	free(text);
	return status;
}

int plain_help(const char *command)
{
	struct buf out = {0};

	if (!command_help(command, &out)) {
		struct vf_error error;

		buf_deinit(&out);
		vf_error_set(&error, "there is no command '%.40s'", command);
		vf_error_hint(&error, "vmafork-tui help lists the commands");
		return plain_error(&error);
	}
	print(&out);
	return EXIT_HOLDS;
}

int plain_mdoc(void)
{
	struct buf out = {0};

	command_mdoc(&out);
	print(&out);
	return EXIT_HOLDS;
}

int plain_mdoc_keys(void)
{
	struct buf out = {0};

	keys_mdoc(&out);
	print(&out);
	return EXIT_HOLDS;
}

int plain_vim(void)
{
	struct buf out = {0};

	command_vim(&out);
	print(&out);
	return EXIT_HOLDS;
}
