/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A lesson at a terminal of 80x24: what is on the screen while it asks, works and waits. */
#include "support/check.h"

#include <locale.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "tty/app.h"
#include "tty/player.h"
#include "view/panes.h"

enum { ROWS = 24, COLS = 80 };

struct telling {
	struct app app;
	struct session *session;
	struct script *script;
	struct buf screen;
};

/* Until nothing is due any more. */
static void wait_for_stop(struct app *app)
{
	double due;

	while ((due = app_due(app)) >= 0) {
		app->now = due > app->now ? due : app->now;
		app_tick(app);
	}
}

static const char *screen(struct telling *t)
{
	struct grid *grid = render(t->session, &t->app.ui, ROWS, COLS);

	buf_clear(&t->screen);
	grid_text(grid, &t->screen);
	grid_free(grid);
	return buf_str(&t->screen);
}

static void begin(struct telling *t, const char *text)
{
	struct shared_text file;
	struct vf_error error;

	*t = (struct telling){.session = session_create(true)};
	session_set_asks(t->session, true);
	assert_true(share_text(text, strlen(text), &file, &error));
	t->script = script_open(file.path, budget_default, &error);
	assert_non_null(t->script);
	unshare_text(&file);
	app_init(&t->app, t->session, true, true);
	t->app.rows = ROWS;
	t->app.cols = COLS;
	t->app.player = player_create(t->script);
	player_start(t->app.player, &t->app);
}

static void end(struct telling *t)
{
	app_deinit(&t->app);
	script_close(t->script);
	session_free(t->session);
	buf_deinit(&t->screen);
}

/* Enter, and all that follows by itself. */
static void enter(struct telling *t)
{
	app_key(&t->app, '\r', true);
	wait_for_stop(&t->app);
}

/* Line by line: cmocka cuts long messages. */
static void print_screen(const struct telling *t)
{
	for (const char *line = buf_str(&t->screen); *line; line += strcspn(line, "\n") + 1)
		print_message("%.*s\n", (int)strcspn(line, "\n"), line);
}

static void assert_shown(struct telling *t, const char *text)
{
	if (strstr(screen(t), text))
		return;
	print_screen(t);
	fail_msg("'%s' is not on the screen", text);
}

static void assert_not_shown(struct telling *t, const char *text)
{
	if (!strstr(screen(t), text))
		return;
	print_screen(t);
	fail_msg("'%s' is on the screen", text);
}

/* --- questions ----------------------------------------------------------------------------- */

static const char two_forks[] = "kernel both v7.3\n"
				"vma seen anon 16K\n"
				"touch seen all read\n"
				"predict \"What does fork do with seen?\" left seen ?\n"
				"fork\n"
				"reveal\n"
				"predict \"How many tables has the child?\" left cost tables ?\n"
				"reveal\n"
				"touch seen 1\n"
				"predict \"What does the second fork do with seen?\" left seen ?\n"
				"hint \"anon_vma\"\n"
				"predict \"How many entries does it copy?\" left cost entries ?\n"
				"fork\n"
				"reveal\n";

/* What the last fork decided is no answer to a question about the next one. */
static void test_the_next_fork_is_not_decided(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, two_forks);
	wait_for_stop(&t.app);
	assert_shown(&t, "What does fork do with seen?");
	app_key(&t.app, '2', true);
	wait_for_stop(&t.app);
	enter(&t);
	assert_shown(&t, "SKIP");
	enter(&t);
	assert_shown(&t, "How many tables has the child?");
	assert_shown(&t, "SKIP"); /* that was this fork */
	app_key(&t.app, 27, true);
	wait_for_stop(&t.app);
	enter(&t);
	assert_shown(&t, "What does the second fork do with seen?");
	assert_not_shown(&t, "SKIP");
	assert_not_shown(&t, "not copied");
	assert_shown(&t, "last child");
	app_key(&t.app, 'H', true); /* and not while the hint hides the question */
	assert_not_shown(&t, "SKIP");
	app_key(&t.app, '1', true);
	assert_shown(&t, "How many entries does it copy?");
	assert_not_shown(&t, "SKIP");
	end(&t);
}

/* How a question is left without an answer. */
static void test_skipping_is_named(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "predict \"Copied?\" left mem ?\n"
		  "predict \"How does a load end?\" left child signal ?\n"
		  "predict \"Which clause?\" left mem copy because ?\n"
		  "fork\n"
		  "child touch mem read\n"
		  "reveal\n");
	wait_for_stop(&t.app);
	assert_shown(&t, "1-4 answers, Esc skips");
	app_key(&t.app, 'S', true);
	assert_shown(&t, "answers, Esc skips"); /* SIGBUS begins with S */
	app_key(&t.app, 27, true);
	assert_shown(&t, "type the answer, Esc skips");
	end(&t);
}

/* --- what the lesson does by itself ---------------------------------------------------------- */

static void test_what_is_carried_out_is_shown(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "touch mem 0-1\n"
		  "say \"Two pages.\"\n");
	assert_shown(&t, "vmafork> kernel both v7.3  (typed for you)");
	t.app.now = app_due(&t.app);
	app_tick(&t.app);
	assert_shown(&t, "vmafork> vma mem anon 16K  (typed for you)");
	t.app.now = app_due(&t.app);
	app_tick(&t.app);
	assert_shown(&t, "vmafork> touch mem 0-1  (typed for you)");
	wait_for_stop(&t.app);
	assert_shown(&t, "vmafork> Enter continues");
	end(&t);
}

/* A process that was imported is not waited for: all of a set-up takes seconds. */
static void test_a_long_set_up_takes_seconds(void **state)
{
	enum { VMAS = 100 };
	struct buf text = {0};
	struct telling t;
	double begun;

	(void)state;
	for (int i = 0; i < VMAS; i++)
		buf_printf(&text, "vma m%d anon 4K\n", i);
	buf_puts(&text, "say \"All of it.\"\n");
	begin(&t, buf_str(&text));
	begun = t.app.now;
	wait_for_stop(&t.app);
	assert_shown(&t, "All of it.");
	assert_true(t.app.now - begun < 8);
	end(&t);
	begin(&t, "vma a anon 4K\nvma b anon 4K\nsay \"Two.\"\n");
	begun = t.app.now;
	wait_for_stop(&t.app);
	assert_true(t.app.now - begun > 1);
	end(&t);
	buf_deinit(&text);
}

/* --- tasks ----------------------------------------------------------------------------------- */

/* What a fork has done is ticked when it has been seen. */
static void test_a_task_is_ticked_when_it_is_seen(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "touch mem\n"
		  "goal \"Make fork copy mem.\" left mem copy and left cost entries 4 par 1\n"
		  "solution fork\n"
		  "say \"It is copied.\"\n");
	wait_for_stop(&t.app);
	assert_shown(&t, "· left mem copy");
	app_command(&t.app, "fork");
	assert_true(session_playing(t.session));
	assert_shown(&t, "· left mem copy");
	assert_not_shown(&t, "Reached");
	assert_shown(&t, "Enter goes to the end");
	wait_for_stop(&t.app);
	assert_shown(&t, "✓ left mem copy");
	assert_shown(&t, "✓ left cost entries 4");
	assert_shown(&t, "Reached with 1 command, par 1: ★★★");
	enter(&t);
	assert_shown(&t, "It is copied.");
	end(&t);
}

/* A fork takes no tick away while it is shown. */
static void test_a_tick_stays_while_a_fork_is_shown(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "goal \"Write all of mem, and make fork copy it.\" left parent mem all present and left mem copy "
		  "par 2\n"
		  "solution touch mem\n"
		  "solution fork\n");
	wait_for_stop(&t.app);
	app_command(&t.app, "touch mem");
	wait_for_stop(&t.app);
	assert_shown(&t, "✓ left parent mem all present");
	app_command(&t.app, "fork");
	assert_true(session_playing(t.session));
	assert_shown(&t, "✓ left parent mem all present");
	assert_shown(&t, "· left mem copy");
	wait_for_stop(&t.app);
	assert_shown(&t, "✓ left mem copy");
	end(&t);
}

/* Enter does not wait for the steps, nor does the next command. */
static void test_a_task_is_not_waited_for(void **state)
{
	static const char task[] = "kernel both v7.3\n"
				   "vma mem anon 16K\n"
				   "touch mem\n"
				   "goal \"Make fork copy mem.\" left cost entries 4 par 1\n"
				   "solution fork\n"
				   "say \"It is copied.\"\n";
	struct telling t;

	(void)state;
	begin(&t, task);
	wait_for_stop(&t.app);
	app_command(&t.app, "fork");
	app_key(&t.app, '\r', true);
	assert_shown(&t, "✓ left cost entries 4");
	assert_shown(&t, "Reached with 1 command, par 1: ★★★");
	end(&t);

	begin(&t, task);
	wait_for_stop(&t.app);
	app_command(&t.app, "fork");
	app_command(&t.app, "vma other anon 16K");
	assert_shown(&t, "Reached with 1 command, par 1: ★★★");
	end(&t);
}

/* Who has done it before the task comes has reached it. */
static void test_a_task_may_be_done_ahead(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "say \"Wait for the task.\"\n"
		  "goal \"Write page 0.\" left parent mem 0 present par 1\n"
		  "solution touch mem 0\n"
		  "say \"It is written.\"\n");
	wait_for_stop(&t.app);
	app_command(&t.app, "touch mem 0");
	enter(&t);
	assert_shown(&t, "✓ left parent mem 0 present");
	assert_not_shown(&t, "failed");
	assert_shown(&t, "Enter continues");
	enter(&t);
	assert_shown(&t, "It is written.");
	end(&t);
}

/* The help begins with what helps now. */
static void test_help_begins_with_the_task(void **state)
{
	struct telling t;
	const char *help;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "predict \"Copied?\" left mem ?\n"
		  "hint \"Was it written?\"\n"
		  "fork\n"
		  "reveal\n"
		  "goal \"Make fork copy mem.\" left mem copy par 2\n"
		  "hint \"Write to it.\"\n"
		  "solution touch mem\n"
		  "solution fork\n");
	wait_for_stop(&t.app);
	app_key(&t.app, '?', true);
	help = t.app.ui.overlay.text;
	assert_ptr_equal(strstr(help, "The question\n  Copied?\n"), help);
	assert_non_null(strstr(help, "  copy        the child gets the entries"));
	assert_non_null(strstr(help, "  H           a hint"));
	assert_true(strstr(help, "On this screen") > strstr(help, "  wipe  "));
	app_key(&t.app, 'q', true);
	app_key(&t.app, '2', true);
	wait_for_stop(&t.app);
	enter(&t);
	enter(&t);
	app_key(&t.app, '?', true);
	help = t.app.ui.overlay.text;
	assert_ptr_equal(strstr(help, "The task\n  Make fork copy mem.\n  not yet: left mem copy (now: skip: no clause holds)\n"), help);
	assert_non_null(strstr(help, "  H           a hint"));
	assert_non_null(strstr(help, "  S           skip"));
	assert_non_null(strstr(help, "  touch "));
	assert_true(strstr(help, "On this screen") > strstr(help, "  touch "));
	end(&t);
}

/* Letters that are on the screen, lit or not, and no others. */
static void test_help_explains_the_letters(void **state)
{
	struct telling t;
	char *cells;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "touch mem read\n"
		  "predict \"Copied?\" left mem ?\n"
		  "fork\n"
		  "reveal\n");
	wait_for_stop(&t.app);
	t.app.ui.marked = true;
	app_key(&t.app, '?', true);
	cells = strstr(t.app.ui.overlay.text, "On this screen");
	assert_non_null(cells);
	*strstr(cells, "The levels above") = '\0';
	assert_non_null(strstr(cells, "  Z           the zero page\n"));
	assert_null(strstr(cells, "huge"));
	end(&t);
}

/* What is wrong is said at once, the first time and the second. */
static void test_a_second_wrong_answer(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "touch mem read\n"
		  "predict \"Copied?\" left mem ?\n"
		  "predict \"How many?\" left cost entries ?\n"
		  "predict \"And tables?\" left cost tables ?\n"
		  "fork\n"
		  "reveal\n");
	wait_for_stop(&t.app);
	app_key(&t.app, '1', true);
	assert_shown(&t, "Not copy. That follows from the belief");
	assert_not_shown(&t, "is wrong, too");
	app_key(&t.app, '3', true);
	assert_shown(&t, "vmafork> dontcopy is wrong, too; type a number, Esc skips");
	app_command(&t.app, "0");
	assert_not_shown(&t, "is wrong, too"); /* that one was right */
	assert_shown(&t, "vmafork> type a number, Esc skips");
	end(&t);
}

/* What would make its questions, or the answers to them, others. */
static void test_a_story_is_not_disturbed(void **state)
{
	static const char *const refused[] = {"fork", "vma other anon 4K", "check left src", "kernel both v6.1", "undo"};
	struct telling t;

	(void)state;
	begin(&t, "kernel both v6.18\n"
		  "vma mem anon 16K\n"
		  "touch mem\n"
		  "predict \"How many?\" left cost entries ?\n"
		  "fork\n"
		  "reveal\n"
		  "say \"So.\"\n"
		  "fork\n");
	wait_for_stop(&t.app);
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		app_command(&t.app, refused[i]);
		assert_shown(&t, "the story is not over");
		assert_int_equal(session_machine(t.session, LEFT)->fork_count, 0);
		assert_int_equal(mm_vma_count(session_machine(t.session, LEFT)->parent), 1);
	}
	app_command(&t.app, "show cost"); /* changes nothing */
	assert_not_shown(&t, "the story is not over");
	app_key(&t.app, '[', true);
	assert_shown(&t, "the story is not over");
	app_command(&t.app, "4");
	enter(&t); /* the end of the fork */
	enter(&t); /* what is revealed */
	app_command(&t.app, "vma other anon 4K"); /* it waits for no answer */
	assert_not_shown(&t, "the story is not over");
	assert_int_equal(mm_vma_count(session_machine(t.session, LEFT)->parent), 2);
	end(&t);
}

static void test_a_lesson_is_not_disturbed(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "lesson x\n"
		  "kernel both v6.18\n"
		  "vma mem anon 16K\n"
		  "say \"Look.\"\n"
		  "goal \"Copy it.\" left mem copy\n"
		  "solution touch mem\n"
		  "solution fork\n");
	wait_for_stop(&t.app);
	app_command(&t.app, "fork");
	assert_shown(&t, "such commands work in a task, and after the end");
	enter(&t);
	app_command(&t.app, "touch mem");
	assert_shown(&t, "1 command; undo; S skip");
	assert_false(t.app.ui.error);
	end(&t);
}

/* A guess is next to its VMA, even where that has joined another one before it. */
static void test_a_guess_about_a_part(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma a anon 16K at 0x1000000000\n"
		  "touch a\n"
		  "vma b anon 16K at 0x1000004000\n"
		  "predict \"Copied?\" left b ?\n"
		  "predict \"How many?\" left cost entries ?\n"
		  "fork\n"
		  "reveal\n");
	wait_for_stop(&t.app);
	app_key(&t.app, '1', true);
	assert_shown(&t, "a+b 32K you: copy \xe2\x94\x80"); /* of both sides, which are the same */
	end(&t);
	begin(&t, "kernel left v6.18\n"
		  "kernel right v7.3\n"
		  "vma a anon 16K\n"
		  "predict \"Copied?\" right a ?\n"
		  "predict \"How many?\" left cost entries ?\n"
		  "fork\n"
		  "reveal\n");
	wait_for_stop(&t.app);
	app_key(&t.app, '2', true);
	assert_shown(&t, "a 16K you: -/skip \xe2\x94\x80");
	end(&t);
}

/* Costs add up: the row says of what, and a guess goes when its number has. */
static void test_costs_of_several_forks(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "touch mem\n"
		  "predict \"How many?\" left cost entries ?\n"
		  "fork\n"
		  "reveal\n"
		  "say \"Again.\"\n"
		  "fork\n");
	wait_for_stop(&t.app);
	app_command(&t.app, "4");
	enter(&t);
	enter(&t);
	assert_shown(&t, " cost   4 entries");
	assert_shown(&t, "you: 4, right");
	enter(&t);
	enter(&t);
	enter(&t);
	assert_shown(&t, "2 forks 8 entries, 6 tables");
	assert_not_shown(&t, "you: 4");
	end(&t);
}

/* Guess and truth are in one picture: of the answer that was wrong, if one was. */
static void test_what_is_revealed_is_shown(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma first anon 16K\n"
		  "touch first read\n"
		  "vma last anon 16K\n"
		  "touch last\n"
		  "predict \"First?\" left first ?\n"
		  "predict \"Last?\" left last ?\n"
		  "fork\n"
		  "reveal\n");
	wait_for_stop(&t.app);
	app_key(&t.app, '1', true);
	app_key(&t.app, '1', true);
	app_key(&t.app, '1', true);
	enter(&t);
	assert_shown(&t, "\xe2\x96\xb8last 16K"); /* where fork ends */
	enter(&t);
	assert_shown(&t, "\xe2\x96\xb8" "first 16K");
	assert_shown(&t, "vmafork> ' goes to the step that decided, Enter continues");
	app_key(&t.app, '\'', true);
	assert_shown(&t, " 4/13 ");
	end(&t);
}

/* fork ends elsewhere; that what was asked for is there is seen. */
static void test_what_the_task_was_about_is_shown(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma asked anon 16K\n"
		  "vma last anon 16K\n"
		  "touch last\n"
		  "goal \"Have asked copied.\" left asked copy\n"
		  "solution touch asked\n"
		  "solution fork\n");
	wait_for_stop(&t.app);
	app_command(&t.app, "touch asked");
	app_command(&t.app, "fork");
	assert_not_shown(&t, "Reached");
	enter(&t); /* to the end of the fork */
	assert_shown(&t, "Reached with 2 commands");
	assert_shown(&t, "\xe2\x96\xb8" "asked 16K COPY/COPY");
	end(&t);
}

static void test_the_last_hint_is_counted_once(void **state)
{
	struct telling t;

	(void)state;
	begin(&t, "kernel both v7.3\n"
		  "vma mem anon 16K\n"
		  "predict \"Copied?\" left mem ?\n"
		  "hint \"It was not touched.\"\n"
		  "fork\n"
		  "reveal\n");
	wait_for_stop(&t.app);
	app_key(&t.app, 'H', true);
	assert_shown(&t, "Hint: It was not touched.");
	assert_not_shown(&t, "There is no other hint.");
	app_key(&t.app, 'H', true);
	assert_shown(&t, "There is no other hint.");
	end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_next_fork_is_not_decided),
		cmocka_unit_test(test_skipping_is_named),
		cmocka_unit_test(test_what_is_carried_out_is_shown),
		cmocka_unit_test(test_a_long_set_up_takes_seconds),
		cmocka_unit_test(test_a_task_is_ticked_when_it_is_seen),
		cmocka_unit_test(test_a_tick_stays_while_a_fork_is_shown),
		cmocka_unit_test(test_a_task_is_not_waited_for),
		cmocka_unit_test(test_a_task_may_be_done_ahead),
		cmocka_unit_test(test_help_begins_with_the_task),
		cmocka_unit_test(test_help_explains_the_letters),
		cmocka_unit_test(test_a_second_wrong_answer),
		cmocka_unit_test(test_a_story_is_not_disturbed),
		cmocka_unit_test(test_a_lesson_is_not_disturbed),
		cmocka_unit_test(test_a_guess_about_a_part),
		cmocka_unit_test(test_costs_of_several_forks),
		cmocka_unit_test(test_what_is_revealed_is_shown),
		cmocka_unit_test(test_what_the_task_was_about_is_shown),
		cmocka_unit_test(test_the_last_hint_is_counted_once),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("telling", tests, NULL, NULL);
}
