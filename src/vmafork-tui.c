/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmafork-tui: what Linux fork() does with page tables, on two kernels side by
 * side. This file reads the command line; the work is done below:
 *
 *   tty/loop    the session at a terminal    tty/plain   the same as text
 *   view/       what the screen shows        report/     sentences and lists
 *   scenario/   the language, sessions       model/      the kernels
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/options.h"
#include "scenario/profile.h"
#include "scenario/session.h"
#include "scenario/share.h"
#include "tty/loop.h"
#include "tty/plain.h"
#include "tty/sister.h"

#ifndef VMAFORK_VERSION
#define VMAFORK_VERSION "unknown"
#endif

struct options {
	struct command_line line;
	struct loop_options loop;
	bool json, live, batch, mdoc;
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

static const struct option_row option_rows[] = {
	{.words = "[FILE]", .help = "a session; carries FILE out first"},
	{.words = "play [FILE]", .help = "tells a scenario's story"},
	{.words = "run [--json] FILE", .help = "carries it out, prints what fork did"},
	{.words = "check FILE...", .help = "tests its expectations"},
	{.words = "check --live FILE...", .help = "the model against this machine's kernel"},
	{.words = "import PID > FILE", .help = "a real process as a scenario"},
	{"--batch", .words = "[FILE|-]", .help = "reads commands without a terminal",
	 OPTION_FLAG(struct options, batch)},
	{.words = "help [COMMAND]", .help = "the commands of the language"},
	{"--palette", .value = "safe|ansi|mono", .help = "colours (NO_COLOR=1 means mono)",
	 .take = take_palette, .at = offsetof(struct options, loop.palette)},
	{"--glyphs", .value = "auto|utf8|ascii", .help = "what lines and arrows are drawn with",
	 .take = take_glyphs, .at = offsetof(struct options, loop.glyphs)},
	{"--still", .help = "no animation", OPTION_FLAG(struct options, loop.still)},
	{"--json", OPTION_FLAG(struct options, json)},
	{"--live", OPTION_FLAG(struct options, live)},
	{"--mdoc", OPTION_FLAG(struct options, mdoc)}, /* for the manual page, see tests/docs.sh */
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

static int session_main(const struct options *options, const char *path)
{
	struct loop_options loop = options->loop;
	struct session *session;
	struct vf_error error;
	struct buf out = {0};
	int status = EXIT_HOLDS;

	if (!at_terminal()) {
		fprintf(stderr, "vmafork-tui: a session needs a terminal; without one: vmafork-tui "
				"play FILE, or vmafork-tui --batch FILE\n");
		return EXIT_BROKEN;
	}
	profiles_show_broken();
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

/* --- subcommands ------------------------------------------------------------------------------- */

static int main_play(const struct options *options, char *const words[], int count)
{
	char *path = count ? xstrdup(words[0]) : main_scenario();
	int status;

	profiles_show_broken();
	status = at_terminal() ? play_at_terminal(options, path) : plain_play(path);
	free(path);
	return status;
}

static int main_run(const struct options *options, char *const words[], int count)
{
	(void)count;
	profiles_show_broken();
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
	profiles_show_broken();
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

static int main_batch(char *const words[], int count)
{
	profiles_show_broken();
	return plain_batch(count ? words[0] : "-");
}

static int main_help(const struct options *options, char *const words[], int count)
{
	struct buf name = {0};
	int status;

	for (int i = 0; i < count; i++) /* child touch */
		buf_printf(&name, "%s%s", i ? " " : "", words[i]);
	if (options->mdoc)
		buf_puts(&name, "--mdoc");
	status = plain_help(name.len ? buf_str(&name) : NULL);
	buf_deinit(&name);
	return status;
}

static const struct {
	const char *name;
	int least, most; /* words behind it */
	const char *needs;
	int (*run)(const struct options *options, char *const words[], int count);
} subcommands[] = {
	{"play", 0, 1, NULL, main_play},
	{"run", 1, 1, "a file", main_run},
	{"check", 1, 1 << 30, "a file", main_check},
	{"import", 1, 1, "the number of a process", main_import},
	{"help", 0, 2, NULL, main_help},
};

/* Options that mean something to one subcommand only. */
static const struct {
	const char *name;
	size_t at;
	const char *subcommand;
} owned[] = {
	{"--live", offsetof(struct options, live), "check"},
	{"--json", offsetof(struct options, json), "run"},
	{"--mdoc", offsetof(struct options, mdoc), "help"},
};

/* Whether each of those is there for its owner; says so when not. name: NULL: no subcommand. */
static bool options_belong(const struct options *options, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(owned); i++) {
		if (!*(const bool *)((const char *)options + owned[i].at) ||
		    (name && !strcmp(name, owned[i].subcommand)))
			continue;
		options_complain(&program, "%s belongs to %s%s%s", owned[i].name,
				 owned[i].subcommand, name ? ", not to " : "", name ? name : "");
		return false;
	}
	return true;
}

static int dispatch(const struct options *options)
{
	char *const *words = options->line.words;
	int count = options->line.count;

	if (options->batch)
		return count > 1 ? options_complain(&program, "one file at a time, not also %s", words[1])
				 : main_batch(words, count);
	for (size_t i = 0; count && i < ARRAY_SIZE(subcommands); i++) {
		if (strcmp(words[0], subcommands[i].name))
			continue;
		if (count - 1 < subcommands[i].least)
			return options_complain(&program, "%s needs %s", words[0], subcommands[i].needs);
		if (count - 1 > subcommands[i].most)
			return options_complain(&program, "one at a time, not also %s",
						words[1 + subcommands[i].most]);
		if (!options_belong(options, words[0]))
			return EXIT_BROKEN;
		return subcommands[i].run(options, words + 1, count - 1);
	}
	if (!options_belong(options, NULL))
		return EXIT_BROKEN;
	if (count > 1)
		return options_complain(&program, "one file at a time, not also %s", words[1]);
	return session_main(options, count ? words[0] : NULL);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	struct vf_error error;

	(void)argc;
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* numbers are the language's, not the land's */
	if (!options_read(&program, argv, &options, &options.line, &error)) {
		vf_error_show(&error);
		return EXIT_BROKEN;
	}
	if (options.line.help || options.line.version)
		return options_answer(&program, &options.line);
	return plain_finish(dispatch(&options));
}
