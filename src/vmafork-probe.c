/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmafork-probe: carries a scenario out for real, on the kernel that runs here,
 * and prints what could be observed: as JSON, or compared with the model. This file
 * reads the command line and dispatches to live/probe_run.h and import/.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/options.h"
#include "base/output.h"
#include "import/import.h"
#include "live/run/failure_json.h"
#include "live/run/probe_run.h"
#include "live/subject.h"
#include "observe/paging.h"
#include "session/open_scenario.h"

enum mode { MODE_JSON, MODE_COMPARE, MODE_RECORD, MODE_REPLAY, MODE_ERA, MODE_IMPORT, MODE_CALIBRATE,
	    MODE_DOCTOR };

struct options {
	struct command_line line; /* its words are files */
	struct probe_run run;
	struct import_options import;
};

static bool take_check(void *at, const char *value)
{
	*(int *)at = strcmp(value, "dst") ? SIDE_SRC : SIDE_DST;
	return !strcmp(value, "dst") || !strcmp(value, "src");
}

/* The modes that carry out a scenario, and those that use the model. */
#define CARRIED_OUT (OPTION_MODE(MODE_JSON) | OPTION_MODE(MODE_COMPARE) | OPTION_MODE(MODE_RECORD))
#define MODELLED (CARRIED_OUT | OPTION_MODE(MODE_REPLAY))

static const struct option_row option_rows[] = {
	{.words = "FILE", .help = "carries a scenario out for real; prints JSON"},
	{"--compare", .words = "FILE...", .help = "the same; compares the model with it",
	 .mode = MODE_COMPARE},
	{"--record", .words = "FILE...", .help = "prints what was observed as a recording", .mode = MODE_RECORD},
	{"--replay", .words = "RECORDING...", .help = "compares the model with recordings",
	 .mode = MODE_REPLAY},
	{"--era", .words = "[--json]", .help = "prints the known kernel that this one behaves like",
	 .mode = MODE_ERA},
	{"--import", .value = "PID|DUMP", .words = "[N]", .help = "prints a scenario of a real process, or of what is left of one",
	 .mode = MODE_IMPORT, OPTION_TEXT(struct options, import.what)},
	{"--anonymous", .help = "leaves out names and addresses, for others to read",
	 .modes = OPTION_MODE(MODE_IMPORT), OPTION_FLAG(struct options, import.anonymous)},
	{"--calibrate", .words = "", .help = "measures what fork costs here",
	 .mode = MODE_CALIBRATE},
	{"--doctor", .words = "", .help = "prints what can be done and seen here, and how to get the rest",
	 .mode = MODE_DOCTOR},
	{"--json", .modes = OPTION_MODE(MODE_JSON) | OPTION_MODE(MODE_ERA),
	 OPTION_FLAG(struct options, run.json)},
	{"--sides", .help = "JSON also compares both kernels that FILE names",
	 .modes = OPTION_MODE(MODE_JSON), OPTION_FLAG(struct options, run.sides)},
	{"--every", .help = "observes after each command, not only after forks",
	 .modes = OPTION_MODE(MODE_COMPARE) | OPTION_MODE(MODE_RECORD),
	 OPTION_FLAG(struct options, run.probe.every)},
	{"--kernel", .value = "SPEC", .help = "the model's kernel; this machine's by default",
	 .modes = MODELLED, OPTION_TEXT(struct options, run.probe.kernel)},
	{"--check", .value = "dst|src",
	 .help = "on which VMA the model's kernel looks for VM_UFFD_WP", .modes = MODELLED,
	 .take = take_check, .at = offsetof(struct options, run.probe.check)},
	{"--may-limit", .help = "'limit' sets limits of the whole machine meanwhile", .modes = CARRIED_OUT,
	 OPTION_FLAG(struct options, run.probe.may_limit)},
	{"--by", .value = "COMMAND", .help = "the command that a recording names as its origin",
	 .modes = OPTION_MODE(MODE_RECORD), OPTION_TEXT(struct options, run.by)},
	{"--budget", .help = "memory and time for the model, 512M,5s by default",
	 .modes = MODELLED | OPTION_MODE(MODE_IMPORT), OPTION_BUDGET(struct options, run.budget)},
	{"--timeout", .value = "SECONDS", .help = "for each scenario; 10 by default",
	 .modes = CARRIED_OUT | OPTION_MODE(MODE_ERA) | OPTION_MODE(MODE_DOCTOR), .take = option_seconds,
	 .at = offsetof(struct options, run.probe.timeout_ms)},
};

static const struct program program = {
	.name = "vmafork-probe",
	.version = VMAFORK_VERSION,
	.rows = option_rows,
	.row_count = ARRAY_SIZE(option_rows),
	.status = "exit status: 0 no difference, 1 differences, 2 an error, 77 nothing to compare\n",
};

static const struct {
	int least, most;  /* files */
	bool acquires;	  /* settings of the machine, which must be restored */
	probe_mode *mode; /* NULL: --import */
} modes[] = {
	[MODE_JSON] = {1, 1, true, probe_run_json},
	[MODE_COMPARE] = {1, INT_MAX, true, probe_run_compare},
	[MODE_RECORD] = {1, INT_MAX, true, probe_run_record},
	[MODE_REPLAY] = {1, INT_MAX, true, probe_run_replay},
	[MODE_ERA] = {0, 0, true, probe_run_era},
	[MODE_IMPORT] = {0, 1, false, NULL},
	[MODE_CALIBRATE] = {0, 0, false, probe_run_calibrate},
	[MODE_DOCTOR] = {0, 0, true, probe_run_doctor},
};

/* Which process of a file: a number from 1 on. */
static int import(struct options *options)
{
	const char *word = options->line.count ? options->line.words[0] : NULL;
	char *end;
	unsigned long which = word ? strtoul(word, &end, 10) : 0;

	if (word && (!which || which > UINT_MAX || *end || *word < '0' || *word > '9'))
		return options_complain(&program, "expected which process of the file, from 1 on, not %s", word);
	options->import.which = (unsigned)which;
	options->import.budget = options->run.budget;
	return import_print(program.name, &options->import);
}

static int dispatch(struct options *options)
{
	const struct command_line *line = &options->line;
	int most = modes[line->mode].most;
	probe_mode *mode = modes[line->mode].mode;
	struct paging here;
	struct vf_error error;

	if (line->count < modes[line->mode].least)
		return options_complain(&program, "expected a file");
	if (line->count > most)
		return options_complain(&program, most ? "expected one file: unexpected %s"
						       : "this mode takes no file: %s", line->words[most]);
	if (line->mode != MODE_REPLAY && !paging_here(&here, &error))
		return output_error(program.name, &error);
	if (!mode)
		return import(options);
	options->run.json |= line->mode == MODE_JSON;
	if (options->run.json && !probe_has_json(&error))
		return output_error(program.name, &error);
	return modes[line->mode].acquires ? probe_run(&options->run, mode, line->words, line->count)
					  : mode(&options->run, line->words, line->count);
}

int main(int argc, char **argv)
{
	struct options options = {
		.run = {.program = program.name,
			.open = scenario_open,
			.budget = budget_default,
			.probe = {.timeout_ms = 10000, .stop_fd = -1, .check = -1}},
	};
	struct vf_error error;
	int status;

	if (argc == 2 && !strcmp(argv[1], SUBJECT_EXEC_WORD))
		return 0; /* a child of a scenario that has called exec */
	if (!options_read(&program, argv, &options, &options.line, &error))
		return output_error(program.name, &error);
	if (options_answer(&program, &options.line, &status))
		return status;
	return output_finish(program.name, dispatch(&options));
}
