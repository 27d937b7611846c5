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
#include "scenario/profile.h"
#include "scenario/session.h"
#include "tty/loop.h"
#include "tty/plain.h"
#include "tty/sister.h"

#ifndef VMAFORK_VERSION
#define VMAFORK_VERSION "unknown"
#endif

struct options {
	struct loop_options loop;
	bool json, live, batch, help, version;
	char **words; /* what is no option */
	int count;
};

static const char usage[] =
	"usage: vmafork-tui [FILE]            a session; carries FILE out first\n"
	"       vmafork-tui play [FILE]       tells a scenario's story\n"
	"       vmafork-tui run [--json] FILE carries it out, prints what fork did\n"
	"       vmafork-tui check FILE...     tests its expectations\n"
	"       vmafork-tui check --live FILE...  the model against this machine's kernel\n"
	"       vmafork-tui import PID > FILE a real process as a scenario\n"
	"       vmafork-tui --batch [FILE|-]  reads commands without a terminal\n"
	"       vmafork-tui help [COMMAND]    the commands of the language\n"
	"\n"
	"options:\n"
	"  --palette safe|ansi|mono    colours (NO_COLOR=1 means mono)\n"
	"  --glyphs auto|utf8|ascii    what lines and arrows are drawn with\n"
	"  --still                     no animation\n"
	"  --help, --version\n";

static int complain(const char *format, const char *word)
{
	fprintf(stderr, "vmafork-tui: ");
	fprintf(stderr, format, word);
	fprintf(stderr, "\n    vmafork-tui --help shows what there is\n");
	return EXIT_BROKEN;
}

/* --- options -------------------------------------------------------------------------- */

static bool take_palette(struct options *options, const char *value)
{
	options->loop.palette = palette_find(value);
	return options->loop.palette;
}

static bool take_glyphs(struct options *options, const char *value)
{
	static const char *const names[] = {"auto", "utf8", "ascii"};

	for (int i = 0; i < 3; i++)
		if (!strcmp(value, names[i])) {
			options->loop.glyphs = (enum glyphs)i;
			return true;
		}
	return false;
}

static bool take_still(struct options *options, const char *value)
{
	(void)value;
	return options->loop.still = true;
}

static bool take_json(struct options *options, const char *value)
{
	(void)value;
	return options->json = true;
}

static bool take_live(struct options *options, const char *value)
{
	(void)value;
	return options->live = true;
}

static bool take_batch(struct options *options, const char *value)
{
	(void)value;
	return options->batch = true;
}

static bool take_help(struct options *options, const char *value)
{
	(void)value;
	return options->help = true;
}

static bool take_version(struct options *options, const char *value)
{
	(void)value;
	return options->version = true;
}

static const struct {
	const char *name, *short_name;
	bool has_value;
	bool (*take)(struct options *options, const char *value); /* false: bad value */
} option_table[] = {
	{"--palette", NULL, true, take_palette}, {"--glyphs", NULL, true, take_glyphs},
	{"--still", NULL, false, take_still},	 {"--json", NULL, false, take_json},
	{"--live", NULL, false, take_live},	 {"--batch", NULL, false, take_batch},
	{"--help", "-h", false, take_help},	 {"--version", "-V", false, take_version},
};

/* Takes one option; returns the words it used, 0 when it was wrong. */
static int take_option(struct options *options, char **argv)
{
	size_t n = strcspn(argv[0], "=");

	for (size_t i = 0; i < ARRAY_SIZE(option_table); i++) {
		const char *name = option_table[i].name, *small = option_table[i].short_name;
		const char *value = argv[0][n] ? argv[0] + n + 1 : NULL;
		int used = 1;

		if ((strlen(name) != n || strncmp(name, argv[0], n)) &&
		    !(small && !strcmp(small, argv[0])))
			continue;
		if (option_table[i].has_value && !value) {
			value = argv[1];
			used = 2;
		}
		if (option_table[i].has_value != (value != NULL)) {
			complain(value ? "%s takes no value" : "%s needs a value", name);
			return 0;
		}
		if (!option_table[i].take(options, value)) {
			fprintf(stderr, "vmafork-tui: %s: there is no '%s'\n", name, value);
			return 0;
		}
		return used;
	}
	complain("there is no option '%s'", argv[0]);
	return 0;
}

static bool read_options(struct options *options, char **argv)
{
	bool only_words = false;

	for (argv++; *argv;) {
		bool option = !only_words && argv[0][0] == '-' && argv[0][1];
		int used = 1;

		/* help --mdoc: the word behind help is help's */
		if (option && options->count == 1 && !strcmp(options->words[0], "help") &&
		    !strcmp(argv[0], "--mdoc"))
			option = false;
		if (option && !strcmp(argv[0], "--"))
			only_words = true;
		else if (option)
			used = take_option(options, argv);
		else
			options->words[options->count++] = argv[0];
		if (!used)
			return false;
		argv += used;
	}
	return true;
}

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
	int status = at_terminal() ? play_at_terminal(options, path) : plain_play(path);

	free(path);
	return status;
}

static int main_run(const struct options *options, char *const words[], int count)
{
	(void)count;
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
	return options->live ? become_probe("--compare", words, count) : plain_check(words, count);
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

static int main_help(const struct options *options, char *const words[], int count)
{
	struct buf name = {0};
	int status;

	(void)options;
	for (int i = 0; i < count; i++) /* child touch */
		buf_printf(&name, "%s%s", i ? " " : "", words[i]);
	status = plain_help(count ? buf_str(&name) : NULL);
	buf_deinit(&name);
	return status;
}

static const struct {
	const char *name;
	int least, most; /* words behind it */
	int (*run)(const struct options *options, char *const words[], int count);
} subcommands[] = {
	{"play", 0, 1, main_play},
	{"run", 1, 1, main_run},
	{"check", 1, 1 << 30, main_check},
	{"import", 1, 1, main_import},
	{"help", 0, 2, main_help},
};

static int dispatch(const struct options *options)
{
	char *const *words = options->words;
	int count = options->count;

	if (options->help || options->version) {
		if (options->help)
			fputs(usage, stdout);
		else
			puts("vmafork-tui " VMAFORK_VERSION);
		return EXIT_HOLDS;
	}
	if (options->batch)
		return count > 1 ? complain("one file at a time, not also %s", words[1])
				 : plain_batch(count ? words[0] : "-");
	for (size_t i = 0; count && i < ARRAY_SIZE(subcommands); i++) {
		if (strcmp(words[0], subcommands[i].name))
			continue;
		if (count - 1 < subcommands[i].least)
			return complain(subcommands[i].run == main_import ? "%s needs the number of a process"
									  : "%s needs a file",
					words[0]);
		if (count - 1 > subcommands[i].most)
			return complain("one at a time, not also %s", words[1 + subcommands[i].most]);
		if (options->live && subcommands[i].run != main_check)
			return complain("--live belongs to check, not to %s", words[0]);
		if (options->json && subcommands[i].run != main_run)
			return complain("--json belongs to run, not to %s", words[0]);
		return subcommands[i].run(options, words + 1, count - 1);
	}
	if (options->json)
		return complain("--json belongs to %s", "run");
	if (options->live)
		return complain("--live belongs to %s", "check");
	if (count > 1)
		return complain("one file at a time, not also %s", words[1]);
	return session_main(options, count ? words[0] : NULL);
}

int main(int argc, char **argv)
{
	struct options options = {0};
	int status = EXIT_BROKEN;

	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* numbers are the language's, not the land's */
	options.words = xcalloc((size_t)argc + 1, sizeof(*options.words));
	if (read_options(&options, argv))
		status = plain_finish(dispatch(&options));
	free(options.words);
	return status;
}
