/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/output.h"
#include "base/utf8.h"
#include "session/aside.h"
#include "tty/app.h"
#include "tty/player.h"
#include "tty/prompt.h"
#include "tty/run_helper.h"
#include "tty/signals.h"
#include "tty/unseen.h"
#include "view/keys.h"
#include "view/panes.h"
#include "view/scene_text.h"

/* What is printed when it is another text than the last of its kind. */
enum piece {
	PIECE_TITLE,
	PIECE_KERNELS,
	PIECE_STEPS,
	PIECE_STEP,
	PIECE_STORY,
	PIECE_TASK,
	PIECE_GOAL,
	PIECE_HINT,
	PIECES
};

struct stream {
	struct app app;
	struct buf out;	    /* what is new */
	char *last[PIECES]; /* NULL: none yet */
	bool waits;	    /* input is a terminal: pauses of a story take their time */
	bool gone;	    /* there is no more input */
	int ended_by;	    /* a signal; 0: none */
};

/* --- printing ------------------------------------------------------------------------- */

/* Columns of the terminal, or as COLUMNS says where there is none; 20 to 1000. */
static int width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	int n = 0;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		n = size.ws_col;
	else if (columns)
		n = atoi(columns);
	return n <= 0 ? 80 : n < 20 ? 20 : n > 1000 ? 1000 : n;
}

/* Prints the text wrapped at words. False: the output cannot be written. */
static bool print(const struct buf *text)
{
	struct wrap wrap = {.at = buf_str(text), .cols = width(), .hanging = true};
	struct wrapped row;
	struct buf rows = {0};

	while (wrap_next(&wrap, &row)) {
		buf_printf(&rows, "%*s", row.length ? row.col : 0, "");
		buf_add(&rows, row.text, row.length);
		buf_putc(&rows, '\n');
	}
	output_text(&rows);
	return output_flush();
}

static void print_all(struct stream *s)
{
	if (s->out.len && !print(&s->out))
		s->app.quit = true;
	buf_clear(&s->out);
}

/* Adds the text if it is new; takes it over. */
static bool add_new(struct stream *s, enum piece piece, struct buf *text)
{
	bool new = strcmp(buf_str(text), s->last[piece] ? s->last[piece] : "");

	if (new)
		buf_puts(&s->out, buf_str(text));
	free(s->last[piece]);
	s->last[piece] = xstrdup(buf_str(text));
	buf_deinit(text);
	return new;
}

static void forget(struct stream *s, enum piece piece)
{
	free(s->last[piece]);
	s->last[piece] = NULL;
}

/* --- what is new ---------------------------------------------------------------------- */

/* What the last command said, on a screen as the message or over it. */
static void add_message(struct stream *s)
{
	struct ui *ui = &s->app.ui;
	const char *over = ui->overlay.open && !ui->overlay.story ? ui->overlay.text : NULL;
	const char *text = ui->message ? ui->message : over;
	size_t n = text ? strlen(text) : 0;

	if (n)
		buf_printf(&s->out, "%s%s%s", ui->error ? "Error: " : "", text,
			   text[n - 1] == '\n' ? "" : "\n");
	ui_message(ui, NULL, false);
	ui_overlay_close(ui);
}

static void add_title(struct stream *s)
{
	const struct story *story = session_story(s->app.session);
	struct buf text = {0};

	if (story->title)
		buf_printf(&text, "%s\n", story->title);
	if (story->title && story->about)
		buf_printf(&text, "%s\n", story->about);
	if (s->app.ui.note)
		buf_printf(&text, "%s\n", s->app.ui.note);
	add_new(s, PIECE_TITLE, &text);
}

static bool has_event(const struct timeline *timeline, enum event_kind kind)
{
	for (int side = 0; side < SIDES; side++) {
		const struct event *event = timeline_event(timeline, side);

		if (event && event->kind == kind)
			return true;
	}
	return false;
}

/* False: it is the one that was printed last. */
static bool add_step(struct stream *s)
{
	const struct session *session = s->app.session;
	const struct timeline *timeline = session_timeline(session);
	struct buf text = {0};

	scene_time(session, &text);
	if (text.len)
		buf_putc(&text, '\n');
	step_text(session, &s->app.ui, "\n", &text);
	buf_putc(&text, '\n');
	if (timeline->count && timeline->at == timeline->divergence + 1)
		buf_puts(&text, "Here the sides part.\n");
	if (timeline->at)
		scene_details(session, &s->app.ui, &text);
	return add_new(s, PIECE_STEP, &text);
}

static void add_time(struct stream *s)
{
	const struct session *session = s->app.session;
	bool forked = has_event(session_timeline(session), EVENT_FORKED);
	bool touched = has_event(session_timeline(session), EVENT_TOUCH);
	struct buf kernels = {0}, steps = {0};
	bool others, new;

	scene_kernels(session, &kernels);
	others = add_new(s, PIECE_KERNELS, &kernels);
	scene_steps(session, &steps);
	add_new(s, PIECE_STEPS, &steps);
	new = add_step(s);
	if (others || (new && forked))
		scene_verdicts(session, &s->out);
	if ((others || new) && (forked || touched))
		scene_costs(session, &s->out);
}

static bool is_asked(const struct stream *s)
{
	return (s->app.ui.ask == ASK_PREDICT && session_asked(s->app.session)) ||
	       (s->app.ui.ask == ASK_OPEN && session_story(s->app.session)->question.text);
}

static void add_story(struct stream *s)
{
	const struct ui *ui = &s->app.ui;
	const struct question *question = &session_story(s->app.session)->question;
	struct buf text = {0};

	if (ui->ask > ASK_OPEN && question->text) {
		story_answer(question, ui, &text);
		buf_putc(&text, '\n');
	} else {
		story_text(s->app.session, ui, &text);
	}
	add_new(s, PIECE_STORY, &text);
}

static void add_goal(struct stream *s)
{
	struct buf task = {0}, parts = {0};

	goal_task_text(s->app.session, &s->app.ui, &task);
	add_new(s, PIECE_TASK, &task);
	goal_parts_text(s->app.session, &s->app.ui, &parts);
	add_new(s, PIECE_GOAL, &parts);
}

static void add_hint(struct stream *s)
{
	struct buf text = {0};

	prompt_hint(s->app.session, &s->app.ui, &text);
	if (text.len)
		buf_puts(&text, ".\n");
	add_new(s, PIECE_HINT, &text);
	s->app.ui.no_answer = false;
}

/* Prints all that is new, in the order in which it is to be read. False: nothing but a hint. */
static bool print_new(struct stream *s)
{
	bool any;

	add_message(s);
	add_title(s);
	add_time(s);
	add_story(s);
	add_goal(s);
	any = s->out.len;
	if (!session_playing(s->app.session))
		add_hint(s);
	print_all(s);
	return any;
}

/* A command of which the screen shows nothing new: it was `look`, or has had its effect. */
static void print_silence(struct stream *s)
{
	struct place_named place;

	if (session_place(s->app.session, &place))
		scene_look(s->app.session, &s->app.ui, &s->out);
	if (!s->out.len)
		buf_puts(&s->out, "Done.\n");
	print_all(s);
}

/* --- lines ---------------------------------------------------------------------------- */

/* Does a line of one character act as the key? */
static bool acts(const struct stream *s, char c)
{
	bool answer = is_asked(s) && ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'));

	return answer || key_typed(c);
}

static void take_confirmation(struct stream *s, const char *line)
{
	if (!strcmp(line, "y") || !strcmp(line, "Y") || !strcmp(line, "yes"))
		app_confirm(&s->app, true);
	else if (!*line || !strcmp(line, "n") || !strcmp(line, "N") || !strcmp(line, "no"))
		app_confirm(&s->app, false);
	else /* that is a no, and a command */
		app_command(&s->app, line);
}

/* Enter goes on with a story, and shows an open question again. */
static void take_enter(struct stream *s)
{
	if (is_asked(s)) {
		forget(s, PIECE_STORY);
		forget(s, PIECE_HINT);
		if (session_quiz_open(s->app.session)) /* the situation is on its card */
			forget(s, PIECE_TITLE);
	} else {
		app_key(&s->app, '\r', true);
	}
}

static void take_line(struct stream *s, const char *line)
{
	bool key = line[0] && !line[1] && acts(s, line[0]);

	if (session_asks(s->app.session)) {
		take_confirmation(s, line);
	} else if (!*line) {
		take_enter(s);
	} else if (is_asked(s) && !strcmp(line, "pass")) {
		app_key(&s->app, 27, true);
	} else if (!key || !app_key(&s->app, (unsigned char)line[0], true)) {
		app_command(&s->app, line);
		if (!print_new(s) && !s->app.quit && !session_playing(s->app.session) &&
		    !session_asks(s->app.session))
			print_silence(s);
	}
}

/* Without the blanks around it. */
static void take_typed(struct stream *s, char *line)
{
	size_t n = strlen(line), blank = strspn(line, " \t\r");

	while (n > blank && strchr(" \t\r", line[n - 1]))
		line[--n] = '\0';
	s->app.now = clock_now();
	take_line(s, line + blank);
}

/* A story goes on without its viewer; a session ends. */
static void take_end(struct stream *s)
{
	if (s->app.player && player_ended(s->app.player))
		s->app.quit = true; /* NOLINT(bugprone-branch-clone): in the order of what counts */
	else if (session_goal_open(s->app.session))
		app_skip_goal(&s->app);
	else if (!app_key(&s->app, is_asked(s) ? 27 : '\r', true))
		s->app.quit = true;
}

static void take_signal(struct stream *s, int number)
{
	if (number != SIGINT)
		s->ended_by = number;
	else
		app_interrupt(&s->app);
}

static void read_line(struct stream *s)
{
	const char *question = session_asks(s->app.session);
	struct buf text = {0}, prompt = {0};
	char *line;
	int number;

	buf_printf(&text, "%s%s ", question ? question : "vmafork>", question ? " (y/N)" : "");
	utf8_clean(buf_str(&text), &prompt);
	buf_deinit(&text);
	if (question && !s->waits)
		print(&prompt);
	switch (prompt_read(buf_str(&prompt), &line, &number)) {
	case PROMPT_LINE:
		take_typed(s, line);
		break;
	case PROMPT_SIGNAL:
		take_signal(s, number);
		break;
	case PROMPT_CTRL_D:
		app_decline(&s->app);
		app_command(&s->app, "quit");
		break;
	case PROMPT_END:
		s->gone = true;
		take_end(s);
		break;
	}
	free(line);
	buf_deinit(&prompt);
}

/* --- the loop ------------------------------------------------------------------------- */

/* One step of what is played; Ctrl-C has stopped it if it is not played any more. */
static void play_on(struct stream *s)
{
	int number = signals_next();

	if (number) {
		take_signal(s, number);
		buf_puts(&s->out, "Stopped.\n");
		return;
	}
	app_play_step(&s->app);
	if (!session_playing(s->app.session))
		app_tick(&s->app); /* a story has something to say then */
}

/* A pause of a story, until it is over or something is typed. True: it is over. */
static bool pause_is_over(struct stream *s)
{
	double due = app_due(&s->app);

	if (due < 0)
		return false;
	s->app.now = clock_now();
	if (s->waits && due > s->app.now && signals_wait(STDIN_FILENO, due - s->app.now))
		return false;
	s->app.now = clock_now();
	if (s->waits && s->app.now < due) /* a signal */
		return false;
	s->app.now = due;
	return app_tick(&s->app);
}

static void run(struct stream *s)
{
	print_new(s);
	while (!s->app.quit && !s->ended_by) {
		if (session_playing(s->app.session))
			play_on(s);
		else if (!app_tick(&s->app) && !pause_is_over(s))
			read_line(s);
		if (s->waits) /* else what is read is kept somewhere */
			app_keep_aside(&s->app);
		print_new(s);
	}
}

/* --- other programs, completion ------------------------------------------------------- */

static void helper_runs(void *owner, const char *program, double seconds)
{
	bool *said = owner;

	if (*said || seconds < 1)
		return;
	*said = true;
	printf("%s runs; Ctrl-C stops it.\n", program);
	fflush(stdout);
}

static bool ask_helper(void *owner, const char *const argv[], struct answer *answer,
		       struct vf_error *error)
{
	bool said = false;
	struct helper_watch watch = {&said, helper_runs, signals_fd(), signals_stop};

	(void)owner;
	return helper_run(&watch, argv, answer, error);
}

static const struct session *owner_session(void *owner)
{
	return ((struct stream *)owner)->app.session;
}

static void owner_matches(void *owner, char **matches, size_t n)
{
	struct buf text = {0};

	(void)owner;
	for (size_t i = 0; i < n; i++)
		buf_printf(&text, "%s%s", i ? ", " : "", matches[i]);
	print(&text);
	buf_deinit(&text);
}

/* --- opening and closing -------------------------------------------------------------- */

static void open_session(struct stream *s, const struct loop_options *options)
{
	struct app *app = &s->app;

	app->ui.plain = true;
	app->now = clock_now();
	app->cols = width();
	session_set_screen(app->session, false);
	session_set_asks(app->session, true);
	session_set_helper(app->session, (struct helper){.run = ask_helper});
	if (options->message) {
		struct buf text = {0};

		buf_puts(&text, options->message);
		app_show(app, "loaded", &text, options->failed);
	}
	if (options->script) {
		app->player = player_create(options->script);
		player_start(app->player, app);
	}
	if (options->command)
		app_command(app, options->command);
	if (options->offers && s->waits)
		app_offer_aside(app);
}

static void close_session(struct stream *s)
{
	session_set_helper(s->app.session, (struct helper){0});
	session_set_pictures(s->app.session, (struct pictures){0});
	session_set_asks(s->app.session, false);
	app_deinit(&s->app);
	buf_deinit(&s->out);
	for (int piece = 0; piece < PIECES; piece++)
		forget(s, (enum piece)piece);
}

void stream_run(struct session *session, const struct loop_options *options, bool *broken)
{
	struct stream s = {.waits = isatty(STDIN_FILENO)};
	struct prompt_owner owner = {&s, owner_session, NULL, owner_matches};
	struct unseen unseen = {session, &s.app.ui};

	signals_open(prompt_restore);
	app_init(&s.app, session, false, false);
	session_set_pictures(session, unseen_pictures(&unseen));
	open_session(&s, options);
	prompt_open_plain(&owner);
	run(&s);
	if (s.ended_by || s.gone)
		session_leave_aside(session);
	if (broken)
		*broken = s.app.player && player_broken(s.app.player);
	prompt_close();
	close_session(&s);
	signals_close();
	if (s.ended_by)
		signals_die(s.ended_by);
}
