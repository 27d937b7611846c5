/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/front.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/share.h"
#include "kernels/profile.h"
#include "language/command.h"
#include "outside/import_call.h"
#include "session/session.h"
#include "tty/plain.h"
#include "tty/run_helper.h"
#include "tty/stream.h"

static bool at_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* On the screen, or as lines. False: the terminal cannot show a screen. */
static bool run_session(const struct front_options *options, struct session *session,
			const struct loop_options *loop, bool *broken, struct vf_error *error)
{
	struct buf out = {0};
	bool ok = true;

	if (options->plain)
		stream_run(session, loop, broken);
	else
		ok = loop_run(session, loop, broken, error);
	session_quiz_summary(session, &out); /* of a quiz that was left */
	plain_print(&out);
	return ok;
}

/* Lines have neither colors nor glyphs nor animation. Returns the exit status. */
static int check_plain(const struct front_options *options)
{
	const struct loop_options *loop = &options->loop;
	const char *wrong = loop->palette  ? "--palette"
			    : loop->glyphs ? "--glyphs"
			    : loop->still  ? "--still"
					   : NULL;

	if (!options->plain || !wrong)
		return EXIT_HOLDS;
	return options_complain(options->program, "%s has no effect with --plain", wrong);
}

/* The error of a command that was not typed as it is: its line is not shown. */
static int shell_error(struct vf_error error)
{
	if (!error.file[0]) {
		error.text[0] = '\0';
		error.line = error.col = 0;
	}
	return plain_error(&error);
}

/* --- session ------------------------------------------------------------------------- */

int front_session(const struct front_options *options, char *const words[], int count)
{
	const char *path = count ? words[0] : NULL;
	struct loop_options loop = options->loop;
	struct session *session;
	struct vf_error error;
	struct buf out = {0};
	int status = EXIT_HOLDS;

	if (check_plain(options))
		return EXIT_BROKEN;
	if (!options->plain && !at_terminal()) {
		vf_error_set(&error, "a session needs a terminal");
		vf_error_hint(&error, "without one: vmafork-tui --plain, vmafork-tui play FILE, or "
				      "vmafork-tui --batch FILE");
		return plain_error(&error);
	}
	profiles_show_broken(options->program->name);
	session = session_create(true);
	session_set_budget(session, options->budget);
	session_set_learner(session, options->learner);
	if (path && !session_load(session, path, &out, &error)) {
		status = plain_error(&error);
	} else {
		loop.message = out.len ? buf_str(&out) : NULL;
		loop.failed = session_failed(session) > 0;
		loop.offers = true;
		session_seek(session, 0, 0);
		if (!run_session(options, session, &loop, NULL, &error))
			status = plain_error(&error);
	}
	buf_deinit(&out);
	session_free(session);
	return status;
}

/* --- play ---------------------------------------------------------------------------- */

/* The scenario that play shows by default; the caller frees it. */
static char *main_scenario(void)
{
	static const char *const places[] = {"scenarios/whose-flag.vma",
					     "../scenarios/whose-flag.vma"};

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		char *path = share_path(places[i]);

		if (!access(path, R_OK))
			return path;
		free(path);
	}
	return xstrdup(places[0]);
}

static int play_shown(const struct front_options *options, const char *path)
{
	struct loop_options loop = options->loop;
	struct session *session;
	struct vf_error error;
	bool broken = false;
	int status;

	loop.script = script_open(path, options->budget, &error);
	if (!loop.script)
		return plain_error(&error);
	session = session_create(true);
	session_set_budget(session, options->budget);
	session_set_learner(session, options->learner);
	if (!run_session(options, session, &loop, &broken, &error))
		status = plain_error(&error);
	else
		status = broken ? EXIT_BROKEN : session_failed(session) ? EXIT_MISSED : EXIT_HOLDS;
	session_free(session);
	script_close(loop.script);
	return status;
}

int front_play(const struct front_options *options, char *const words[], int count)
{
	bool shown = options->plain || at_terminal();
	char *path;
	int status;

	if (check_plain(options))
		return EXIT_BROKEN;
	path = count ? xstrdup(words[0]) : main_scenario();
	profiles_show_broken(options->program->name);
	status = shown ? play_shown(options, path) : plain_play(path, options->budget);
	free(path);
	return status;
}

/* --- learn --------------------------------------------------------------------------- */

/* Does it only print: what was done, or that all begins anew? */
static bool only_prints(const char *word)
{
	return word && (!strcmp(word, "report") || !strcmp(word, "reset"));
}

/* The command of the session that the words are. */
static char *learn_command(const struct front_options *options, const char *word)
{
	struct buf line = {0};

	buf_printf(&line, "learn%s%s%s", word ? " " : "", word ? word : "", options->json ? " --json" : "");
	return buf_take(&line);
}

/* Prints what the command says, or plays the lesson that it wants as text. */
static int learn_printed(const struct front_options *options, const char *line)
{
	struct session *session = session_create(false);
	enum request request;
	struct vf_error error;
	struct buf out = {0};
	int status = EXIT_HOLDS;

	session_set_budget(session, options->budget);
	session_set_learner(session, options->learner);
	session_set_asks(session, true);
	if (!session_command(session, line, &out, &request, &error)) {
		status = shell_error(error);
	} else if (request == REQUEST_PLAY) {
		status = plain_play(session_wanted(session)->path, options->budget);
	} else {
		plain_print(&out);
	}
	buf_deinit(&out);
	session_free(session);
	return status;
}

/* Carries the command out on the screen, or as lines. */
static int learn_shown(const struct front_options *options, const char *line)
{
	struct session *session = session_create(true);
	struct loop_options loop = options->loop;
	struct vf_error error;
	int status = EXIT_HOLDS;

	session_set_budget(session, options->budget);
	session_set_learner(session, options->learner);
	loop.command = line;
	if (!run_session(options, session, &loop, NULL, &error))
		status = plain_error(&error);
	session_free(session);
	return status;
}

int front_learn(const struct front_options *options, char *const words[], int count)
{
	const char *word = count ? words[0] : NULL;
	char *line = learn_command(options, word);
	bool prints = only_prints(word) || options->json || (!options->plain && !at_terminal());
	int status = EXIT_BROKEN;

	if (!check_plain(options))
		status = (prints ? learn_printed : learn_shown)(options, line);
	free(line);
	return status;
}

/* --- kernel-diff --------------------------------------------------------------------- */

/* A word of the shell as a word of the language. */
static void add_word(const char *word, struct buf *line)
{
	buf_putc(line, ' ');
	if (!*word || strpbrk(word, " \t\n#\"\\"))
		command_print_quoted(word, line);
	else
		buf_puts(line, word);
}

static char *diff_command(const struct front_options *options, char *const words[], int count)
{
	struct buf line = {0};

	buf_puts(&line, "kernel diff");
	for (int i = 0; i < count; i++)
		add_word(words[i], &line);
	if (options->scenario) {
		buf_puts(&line, " --scenario");
		add_word(options->scenario, &line);
	}
	buf_puts(&line, options->mail ? " --mail" : "");
	return buf_take(&line);
}

int front_kernel_diff(const struct front_options *options, char *const words[], int count)
{
	char *line = diff_command(options, words, count);
	struct session *session = session_create(false);
	enum request request;
	struct vf_error error;
	struct buf out = {0};
	int status;

	profiles_show_broken(options->program->name);
	session_set_budget(session, options->budget);
	session_set_helper(session, (struct helper){.run = helper_run_plainly, .owner = NULL});
	if (!session_command(session, line, &out, &request, &error)) {
		status = shell_error(error);
	} else {
		plain_print(&out);
		status = session_kernels_differ(session) ? EXIT_MISSED : EXIT_HOLDS;
	}
	buf_deinit(&out);
	session_free(session);
	free(line);
	return status;
}

/* --- quiz ---------------------------------------------------------------------------- */

int front_quiz(const struct front_options *options, char *const words[], int count)
{
	const struct front_quiz *quiz = &options->quiz;
	bool prints = quiz->sheet || quiz->key, unseen = !prints && !options->plain && !at_terminal();
	struct buf line = {0};
	int status = EXIT_BROKEN;

	(void)words;
	(void)count;
	if (quiz->markdown && !prints && !unseen)
		return options_complain(options->program, "--markdown needs --sheet or --key");
	buf_puts(&line, "quiz");
	if (quiz->topic)
		buf_printf(&line, " topic %s", quiz->topic);
	if (quiz->count)
		buf_printf(&line, " count %s", quiz->count);
	if (quiz->seed)
		buf_printf(&line, " seed %s", quiz->seed);
	buf_printf(&line, "%s%s%s", quiz->sheet || unseen ? " sheet" : "", quiz->key || unseen ? " key" : "",
		   quiz->markdown ? " markdown" : "");
	if (!check_plain(options))
		status = (prints || unseen ? learn_printed : learn_shown)(options, buf_str(&line));
	buf_deinit(&line);
	return status;
}

/* --- helper programs ------------------------------------------------------------------ */

/* Becomes the program of argv[0]; returns only when it cannot. */
static int become(const char *const argv[])
{
	struct vf_error error;

	helper_become(argv, &error);
	return plain_error(&error);
}

static int check_live(const struct front_options *options, char *const words[], int count)
{
	const char **argv = xcalloc((size_t)count + 6, sizeof(*argv));
	struct buf budget = {0};
	int status;

	budget_print(options->budget, &budget);
	argv[0] = "vmafork-probe";
	argv[1] = "--compare";
	argv[2] = "--budget";
	argv[3] = buf_str(&budget);
	argv[4] = "--";
	for (int i = 0; i < count; i++)
		argv[5 + i] = words[i];
	status = become(argv);
	buf_deinit(&budget);
	free(argv);
	return status;
}

int front_doctor(const struct front_options *options, char *const words[], int count)
{
	static const char *const argv[] = {"vmafork-probe", "--doctor", NULL};

	(void)options;
	(void)words;
	(void)count;
	return become(argv);
}

int front_import(const struct front_options *options, char *const words[], int count)
{
	struct import_call call;
	int status;

	import_call_init(&call, words[0], count > 1 ? words[1] : NULL, options->budget, options->anonymous);
	status = become(call.argv);
	import_call_deinit(&call);
	return status;
}

/* --- without a screen ------------------------------------------------------------------ */

int front_run(const struct front_options *options, char *const words[], int count)
{
	(void)count;
	profiles_show_broken(options->program->name);
	return plain_run(words[0], options->json, options->budget);
}

int front_check(const struct front_options *options, char *const words[], int count)
{
	if (options->live)
		return check_live(options, words, count);
	profiles_show_broken(options->program->name);
	return plain_check(words, count, options->budget);
}

int front_batch(const struct front_options *options, char *const words[], int count)
{
	profiles_show_broken(options->program->name);
	return plain_batch(count ? words[0] : "-", options->budget);
}

int front_help(const struct front_options *options, char *const words[], int count)
{
	struct buf name = {0};
	int status;

	if ((options->mdoc || options->mdoc_keys || options->vim) && count)
		return options_complain(options->program, "--mdoc, --mdoc-keys and --vim take no command, not %s",
					words[0]);
	if (options->mdoc || options->mdoc_keys || options->vim)
		return options->mdoc ? plain_mdoc() : options->vim ? plain_vim() : plain_mdoc_keys();
	for (int i = 0; i < count; i++) /* child touch */
		buf_printf(&name, "%s%s", i ? " " : "", words[i]);
	status = plain_help(name.len ? buf_str(&name) : NULL);
	buf_deinit(&name);
	return status;
}
