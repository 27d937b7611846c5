/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmafork-tui: what Linux fork() does with page tables, on two kernels side by
 * side. This file reads the command line and dispatches to tty/front.h.
 */
#include <errno.h>
#include <limits.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/options.h"
#include "base/output.h"
#include "language/command.h"
#include "session/learn/learner.h"
#include "tty/front.h"

enum mode { MODE_SESSION, MODE_PLAY, MODE_LEARN, MODE_QUIZ, MODE_RUN, MODE_CHECK, MODE_IMPORT, MODE_COST, MODE_DIFF, MODE_BATCH,
	    MODE_DOCTOR, MODE_HELP };

struct options {
	struct command_line line; /* its mode is an enum mode */
	struct front_options front;
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

static bool take_learner(void *at, const char *value)
{
	*(const char **)at = value;
	return learner_name_fits(value);
}

/* These are words of the command, which gets them as they are. */
static bool take_topic(void *at, const char *value)
{
	*(const char **)at = value;
	return vocabulary_find(&vocab_topic, value, false) >= 0;
}

static bool take_number(void *at, const char *value)
{
	char *end;

	*(const char **)at = value;
	errno = 0;
	strtoull(value, &end, 10);
	return value[0] >= '0' && value[0] <= '9' && !*end && !errno;
}

/* Those that have a screen. */
#define SHOWN                                                                              \
	(OPTION_MODE(MODE_SESSION) | OPTION_MODE(MODE_PLAY) | OPTION_MODE(MODE_LEARN) | OPTION_MODE(MODE_QUIZ))

/* Those that carry a scenario out, or make one. */
#define CARRIED_OUT                                                                        \
	(SHOWN | OPTION_MODE(MODE_RUN) | OPTION_MODE(MODE_CHECK) | OPTION_MODE(MODE_BATCH) | \
	 OPTION_MODE(MODE_IMPORT) | OPTION_MODE(MODE_COST) | OPTION_MODE(MODE_DIFF))

static const struct option_row option_rows[] = {
	{.words = "[FILE]", .help = "opens a session; carries FILE out first"},
	{"play", .words = "[FILE]", .help = "plays a scenario's story", .mode = MODE_PLAY},
	{"learn", .words = "[map|challenges|next|start|reset|report|LESSON]", .mode = MODE_LEARN,
	 .help = "shows the map of the lessons, or plays one"},
	{"quiz", .words = "", .help = "asks questions about random scenarios", .mode = MODE_QUIZ},
	{"run", .words = "[--json] FILE", .help = "carries it out, prints what fork did",
	 .mode = MODE_RUN},
	{"check", .words = "FILE...", .help = "checks its expectations", .mode = MODE_CHECK},
	{.words = "check --live FILE...", .mode = MODE_CHECK, .help = "compares the model with this machine's kernel"},
	{"import", .words = "[--anonymous] PID|DUMP [N]", .help = "prints a scenario of a real process, or of what is left of one",
	 .mode = MODE_IMPORT},
	{"cost", .words = "[--json] PID|DUMP [N]", .help = "prints what a fork costs it, and what would change that",
	 .mode = MODE_COST},
	{"kernel-diff", .words = "SPEC SPEC", .help = "prints when two kernels decide differently",
	 .mode = MODE_DIFF},
	{"--batch", .words = "[FILE|-]", .help = "reads commands without a terminal",
	 .mode = MODE_BATCH},
	{"--doctor", .words = "", .help = "prints what this machine can do, and how to get the rest",
	 .mode = MODE_DOCTOR},
	{"help", .words = "[COMMAND]", .help = "describes the commands of the language", .mode = MODE_HELP},
	{"--palette", .value = "safe|dark|light|projector|ansi|mono",
	 .help = "colors (NO_COLOR=1 means mono)",
	 .modes = SHOWN, .take = take_palette, .at = offsetof(struct options, front.loop.palette)},
	{"--glyphs", .value = "auto|utf8|ascii", .help = "characters for lines and arrows",
	 .modes = SHOWN | OPTION_MODE(MODE_COST), .take = take_glyphs, .at = offsetof(struct options, front.loop.glyphs)},
	{"--still", .help = "no animation", .modes = SHOWN,
	 OPTION_FLAG(struct options, front.loop.still)},
	{"--plain", .help = "lines of text in place of a screen, for screen readers", .modes = SHOWN,
	 OPTION_FLAG(struct options, front.plain)},
	{"--learner", .value = "NAME", .help = "whose progress in the lessons is kept", .modes = SHOWN,
	 .take = take_learner, .at = offsetof(struct options, front.learner)},
	{"--topic", .value = "copies|asked|userfaultfd|guards|huge|wrong|kernel|"
			     "shared|private|whole-vma|whose-flag|markers|faults|copy-on-write|left-out|tables",
	 .help = "what the quiz is about",
	 .modes = OPTION_MODE(MODE_QUIZ), .take = take_topic, .at = offsetof(struct options, front.quiz.topic)},
	{"--count", .value = "N", .help = "questions of the quiz, until it is summed up", .modes = OPTION_MODE(MODE_QUIZ),
	 .take = take_number, .at = offsetof(struct options, front.quiz.count)},
	{"--seed", .value = "N", .help = "the same questions as with that seed", .modes = OPTION_MODE(MODE_QUIZ),
	 .take = take_number, .at = offsetof(struct options, front.quiz.seed)},
	{"--sheet", .help = "prints the quiz as homework", .modes = OPTION_MODE(MODE_QUIZ),
	 OPTION_FLAG(struct options, front.quiz.sheet)},
	{"--key", .help = "prints its answers", .modes = OPTION_MODE(MODE_QUIZ),
	 OPTION_FLAG(struct options, front.quiz.key)},
	{"--markdown", .help = "the same as Markdown", .modes = OPTION_MODE(MODE_QUIZ),
	 OPTION_FLAG(struct options, front.quiz.markdown)},
	{"--budget", .help = "memory and time to carry a file out, 512M,5s by default",
	 .modes = CARRIED_OUT, OPTION_BUDGET(struct options, front.budget)},
	{"--mail", .help = "kernel-diff: as plain text of 72 columns, for a mail",
	 .modes = OPTION_MODE(MODE_DIFF), OPTION_FLAG(struct options, front.mail)},
	{"--scenario", .value = "FILE", .help = "kernel-diff: writes the scenario that shows it to FILE",
	 .modes = OPTION_MODE(MODE_DIFF), OPTION_TEXT(struct options, front.scenario)},
	{"--json", .modes = OPTION_MODE(MODE_RUN) | OPTION_MODE(MODE_COST) | OPTION_MODE(MODE_LEARN),
	 OPTION_FLAG(struct options, front.json)},
	{"--anonymous", .help = "import: no names and addresses, for others to read",
	 .modes = OPTION_MODE(MODE_IMPORT), OPTION_FLAG(struct options, front.anonymous)},
	{"--watch", .value = "SECONDS", .help = "cost of a process: again and again", .modes = OPTION_MODE(MODE_COST),
	 .take = option_seconds, .at = offsetof(struct options, front.watch_ms)},
	{"--live", .modes = OPTION_MODE(MODE_CHECK), OPTION_FLAG(struct options, front.live)},
	{"--mdoc", .modes = OPTION_MODE(MODE_HELP), .hidden = true, /* see tests/parts/docs.sh */
	 OPTION_FLAG(struct options, front.mdoc)},
	{"--mdoc-keys", .modes = OPTION_MODE(MODE_HELP), .hidden = true,
	 OPTION_FLAG(struct options, front.mdoc_keys)},
	{"--vim", .modes = OPTION_MODE(MODE_HELP), .hidden = true,
	 OPTION_FLAG(struct options, front.vim)},
};

static const struct program program = {
	.name = "vmafork-tui",
	.version = VMAFORK_VERSION,
	.rows = option_rows,
	.row_count = ARRAY_SIZE(option_rows),
};

static const struct {
	int least, most; /* words */
	const char *needs;
	front_mode *run;
} modes[] = {
	[MODE_SESSION] = {0, 1, NULL, front_session},
	[MODE_PLAY] = {0, 1, NULL, front_play},
	[MODE_LEARN] = {0, 1, NULL, front_learn},
	[MODE_QUIZ] = {0, 0, NULL, front_quiz},
	[MODE_RUN] = {1, 1, "run needs a file", front_run},
	[MODE_CHECK] = {1, INT_MAX, "check needs a file", front_check},
	[MODE_IMPORT] = {1, 2, "import needs the number of a process, or what is left of one", front_import},
	[MODE_COST] = {1, 2, "cost needs the number of a process, or what is left of one", front_cost},
	[MODE_DIFF] = {2, INT_MAX, "kernel-diff needs two kernels", front_kernel_diff},
	[MODE_BATCH] = {0, 1, NULL, front_batch},
	[MODE_DOCTOR] = {0, 0, NULL, front_doctor},
	[MODE_HELP] = {0, 2, NULL, front_help},
};

static int dispatch(const struct options *options)
{
	const struct command_line *line = &options->line;
	int most = modes[line->mode].most;

	if (line->count < modes[line->mode].least)
		return options_complain(&program, "%s", modes[line->mode].needs);
	if (line->count > most)
		return options_complain(&program, "too many arguments: unexpected %s", line->words[most]);
	return modes[line->mode].run(&options->front, line->words, line->count);
}

int main(int argc, char **argv)
{
	struct options options = {.front = {.program = &program, .budget = budget_default}};
	struct vf_error error;
	int status;

	(void)argc;
	setlocale(LC_ALL, "");
	setlocale(LC_NUMERIC, "C"); /* the language's numbers have a point in all locales */
	signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit is an error like a full disk */
	if (!options_read(&program, argv, &options, &options.line, &error))
		return output_error(program.name, &error);
	if (options_answer(&program, &options.line, &status))
		return status;
	return output_finish(program.name, dispatch(&options));
}
