/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmafork-tui: what Linux fork() does with page tables, on two kernels side by
 * side. This file reads the command line; the work is done below:
 *
 *   tty/loop    the session at a terminal    tty/plain   the same as text
 *   view/       what the screen shows        report/     sentences and lists
 *   scenario/   the language, sessions       model/      the kernels
 */
#include <limits.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/options.h"
#include "base/output.h"
#include "scenario/profile.h"
#include "scenario/session.h"
#include "scenario/share.h"
#include "tty/loop.h"
#include "tty/plain.h"
#include "tty/sister.h"

#ifndef VMAFORK_VERSION
#define VMAFORK_VERSION "unknown"
#endif

enum mode {
	MODE_SESSION,
	MODE_PLAY,
	MODE_RUN,
	MODE_CHECK,
	MODE_IMPORT,
	MODE_BATCH,
	MODE_HELP
};

struct options {
	struct command_line line; /* its mode is an enum mode */
	struct loop_options loop;
	bool json, live, mdoc;
};

static bool take_palette(void *at, const char *value)
{
	const struct palette **palette = at;

	*palette = palette_find(value);
	return *palette;
}

static bool take_glyphs(void *at, const char *value)
{
	static const char *const names[] = {"auto", "utf8", "ascii"};

	for (int i = 0; i < 3; i++)
		if (!strcmp(value, names[i])) {
			*(enum glyphs *)at = (enum glyphs)i;
			return true;
		}
	return false;
}

/* Those that have a screen. */
#define SHOWN (OPTION_MODE(MODE_SESSION) | OPTION_MODE(MODE_PLAY))

static const struct option_row option_rows[] = {
	{.words = "[FILE]", .help = "a session; carries FILE out first"},
	{"play", .words = "[FILE]", .help = "tells a scenario's story", .mode = MODE_PLAY},
	{"run", .words = "[--json] FILE", .help = "carries it out, prints what fork did",
	 .mode = MODE_RUN},
	{"check", .words = "FILE...", .help = "tests its expectations", .mode = MODE_CHECK},
	{.words = "check --live FILE...", .mode = MODE_CHECK, .help = "the model against this machine's kernel"},
	{"import", .words = "PID > FILE", .help = "a real process as a scenario",
	 .mode = MODE_IMPORT},
	{"--batch", .words = "[FILE|-]", .help = "reads commands without a terminal",
	 .mode = MODE_BATCH},
	{"help", .words = "[COMMAND]", .help = "the commands of the language", .mode = MODE_HELP},
	{"--palette", .value = "safe|ansi|mono", .help = "colours (NO_COLOR=1 means mono)",
	 .modes = SHOWN, .take = take_palette, .at = offsetof(struct options, loop.palette)},
	{"--glyphs", .value = "auto|utf8|ascii", .help = "what lines and arrows are drawn with",
	 .modes = SHOWN, .take = take_glyphs, .at = offsetof(struct options, loop.glyphs)},
	{"--still", .help = "no animation", .modes = SHOWN,
	 OPTION_FLAG(struct options, loop.still)},
	{"--json", .modes = OPTION_MODE(MODE_RUN), OPTION_FLAG(struct options, json)},
	{"--live", .modes = OPTION_MODE(MODE_CHECK), OPTION_FLAG(struct options, live)},
	{"--mdoc", .modes = OPTION_MODE(MODE_HELP), .hidden = true, /* see tests/parts/docs.sh */
	 OPTION_FLAG(struct options, mdoc)},
};

static const struct program program = {
	.name = "vmafork-tui",
	.version = VMAFORK_VERSION,
	.rows = option_rows,
	.row_count = ARRAY_SIZE(option_rows),
};

/* --- at a terminal -------------------------------------------------------------------------- */

static bool at_terminal(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

static int main_session(const struct options *options, char *const words[], int count)
{
	const char *path = count ? words[0] : NULL;
	struct loop_options loop = options->loop;
	struct session *session;
	struct vf_error error;
	struct buf out = {0};
	int status = EXIT_HOLDS;

	if (!at_terminal()) {
		vf_error_set(&error, "a session needs a terminal");
		vf_error_hint(&error, "without one: vmafork-tui play FILE, or vmafork-tui --batch FILE");
		return plain_error(&error);
	}
	profiles_show_broken(program.name);
	session = session_create(true);
	if (path && !session_load(session, path, &out, &error)) {
		status = plain_error(&error);
	} else {
		loop.message = out.len ? buf_str(&out) : NULL;
		loop.failed = session_failed(session) > 0;
		timeline_seek(session_timeline(session), 0, 0);
		if (!loop_run(session, &loop, NULL, &error))
			status = plain_error(&error);
	}
	buf_deinit(&out);
	session_free(session);
	return status;
}

/* Where the story is that play tells unasked; the caller frees it. */
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

static int play_at_terminal(const struct options *options, const char *path)
{
	struct loop_options loop = options->loop;
	struct session *session;
	struct vf_error error;
	bool broken = false;
	int status;

	loop.script = script_open(path, &error);
	if (!loop.script)
		return plain_error(&error);
	session = session_create(true);
	if (!loop_run(session, &loop, &broken, &error))
		status = plain_error(&error);
	else
		status = broken ? EXIT_BROKEN : session_failed(session) ? EXIT_MISSED : EXIT_HOLDS;
	session_free(session);
	script_close(loop.script);
	return status;
}

/* --- the modes ------------------------------------------------------------------------ */

static int main_play(const struct options *options, char *const words[], int count)
{
	char *path = count ? xstrdup(words[0]) : main_scenario();
	int status;

	profiles_show_broken(program.name);
	status = at_terminal() ? play_at_terminal(options, path) : plain_play(path);
	free(path);
	return status;
}

static int main_run(const struct options *options, char *const words[], int count)
{
	(void)count;
	profiles_show_broken(program.name);
	return plain_run(words[0], options->json);
}

/* Becomes the probe with that option; returns only when it cannot. */
static int become_probe(const char *option, char *const words[], int count)
{
	const char **argv = xcalloc((size_t)count + 4, sizeof(*argv));
	struct vf_error error;

	argv[0] = "vmafork-probe";
	argv[1] = option;
	argv[2] = "--";
	for (int i = 0; i < count; i++)
		argv[3 + i] = words[i];
	sister_become(argv, &error);
	free(argv);
	return plain_error(&error);
}

static int main_check(const struct options *options, char *const words[], int count)
{
	if (options->live)
		return become_probe("--compare", words, count);
	profiles_show_broken(program.name);
	return plain_check(words, count);
}

static int main_import(const struct options *options, char *const words[], int count)
{
	const char *argv[] = {"vmafork-probe", "--import", words[0], NULL};
	struct vf_error error;

	(void)options;
	(void)count;
	sister_become(argv, &error);
	return plain_error(&error);
}

static int main_batch(const struct options *options, char *const words[], int count)
{
	(void)options;
	profiles_show_broken(program.name);
	return plain_batch(count ? words[0] : "-");
}

static int main_help(const struct options *options, char *const words[], int count)
{
	struct buf name = {0};
	int status;

	if (options->mdoc)
		return count ? options_complain(&program, "--mdoc is about all commands, not %s", words[0])
			     : plain_mdoc();
	for (int i = 0; i < count; i++) /* child touch */
		buf_printf(&name, "%s%s", i ? " " : "", words[i]);
	status = plain_help(name.len ? buf_str(&name) : NULL);
	buf_deinit(&name);
	return status;
}

static const struct {
	int least, most; /* words */
	const char *needs;
	int (*run)(const struct options *options, char *const words[], int count);
} modes[] = {
	[MODE_SESSION] = {0, 1, NULL, main_session},
	[MODE_PLAY] = {0, 1, NULL, main_play},
	[MODE_RUN] = {1, 1, "run needs a file", main_run},
	[MODE_CHECK] = {1, INT_MAX, "check needs a file", main_check},
	[MODE_IMPORT] = {1, 1, "import needs the number of a process", main_import},
	[MODE_BATCH] = {0, 1, NULL, main_batch},
	[MODE_HELP] = {0, 2, NULL, main_help},
};

static int dispatch(const struct options *options)
{
	const struct command_line *line = &options->line;
	int most = modes[line->mode].most;

	if (line->count < modes[line->mode].least)
		return options_complain(&program, "%s", modes[line->mode].needs);
	if (line->count > most)
		return options_complain(&program, "one at a time, not also %s", line->words[most]);
	return modes[line->mode].run(options, line->words, line->count);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct vf_error error;
	int status;

	(void)argc;
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* numbers are the language's, not the land's */
	if (!options_read(&program, argv, &options, &options.line, &error))
		return plain_error(&error);
	if (options_answer(&program, &options.line, &status))
		return status;
	return output_finish(program.name, dispatch(&options));
}
