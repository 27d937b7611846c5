/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmafork-probe: carries a scenario out for real, on the kernel that runs here,
 * and tells what could be seen: as JSON, or compared with the model. This file
 * reads the command line; the work is done in live/:
 *
 *   probe    command by command      realize   commands as system calls
 *   subject  the process that obeys  remote    giving it orders
 *   observe  what /proc shows        compare   the model against it
 *   believe  what the model holds    recording what was seen, kept as text
 */
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/options.h"
#include "base/output.h"
#include "import/import.h"
#include "live/calibrate.h"
#include "live/compare.h"
#include "live/era.h"
#include "live/era_json.h"
#include "live/probe.h"
#include "live/record_json.h"
#include "live/recording.h"
#include "live/subject.h"
#include "session/open_scenario.h"

#ifndef VMAFORK_VERSION
#define VMAFORK_VERSION "unknown"
#endif

enum { EXIT_AGREES = 0, EXIT_DIFFERS = 1, EXIT_NOTHING = 77 }; /* and EXIT_ERROR */

enum mode {
	MODE_JSON,
	MODE_COMPARE,
	MODE_RECORD,
	MODE_REPLAY,
	MODE_ERA,
	MODE_IMPORT,
	MODE_CALIBRATE
};

struct options {
	struct command_line line; /* its words are files */
	struct probe_options probe;
	pid_t pid;
	const char *by; /* the command that a recording names; NULL: this one */
	bool sides, json;
};

/* --- options -------------------------------------------------------------------- */

static bool take_pid(void *at, const char *value)
{
	char *end;
	long pid = strtol(value, &end, 10);

	*(pid_t *)at = (pid_t)pid;
	return end != value && !*end && pid > 0 && pid <= INT_MAX;
}

static bool take_check(void *at, const char *value)
{
	*(int *)at = strcmp(value, "dst") ? SIDE_SRC : SIDE_DST;
	return !strcmp(value, "dst") || !strcmp(value, "src");
}

static bool take_timeout(void *at, const char *value)
{
	char *end;
	double seconds = strtod(value, &end);

	if (end == value || *end || !(seconds > 0 && seconds <= 86400))
		return false;
	*(unsigned *)at = (unsigned)(seconds * 1000);
	return true;
}

/* Those in which a scenario is carried out, and those in which the model is asked. */
#define CARRIED_OUT (OPTION_MODE(MODE_JSON) | OPTION_MODE(MODE_COMPARE) | OPTION_MODE(MODE_RECORD))
#define MODELLED (CARRIED_OUT | OPTION_MODE(MODE_REPLAY))

static const struct option_row option_rows[] = {
	{.words = "FILE", .help = "carries a scenario out for real; prints JSON"},
	{"--compare", .words = "FILE...", .help = "and says where the model differs",
	 .mode = MODE_COMPARE},
	{"--record", .words = "FILE...", .help = "writes down what was seen", .mode = MODE_RECORD},
	{"--replay", .words = "RECORDING...", .help = "compares the model with that",
	 .mode = MODE_REPLAY},
	{"--era", .words = "[--json]", .help = "which known kernel is this one like?",
	 .mode = MODE_ERA},
	{"--import", .value = "PID", .words = "", .help = "prints a scenario of a real process",
	 .mode = MODE_IMPORT, .take = take_pid, .at = offsetof(struct options, pid)},
	{"--calibrate", .words = "", .help = "measures what fork takes here",
	 .mode = MODE_CALIBRATE},
	{"--json", .modes = OPTION_MODE(MODE_JSON) | OPTION_MODE(MODE_ERA),
	 OPTION_FLAG(struct options, json)},
	{"--sides", .help = "JSON also tells how both kernels that FILE names compare",
	 .modes = OPTION_MODE(MODE_JSON), OPTION_FLAG(struct options, sides)},
	{"--every", .help = "looks after each command, not only after forks",
	 .modes = OPTION_MODE(MODE_COMPARE) | OPTION_MODE(MODE_RECORD),
	 OPTION_FLAG(struct options, probe.every)},
	{"--kernel", .value = "SPEC", .help = "the model's kernel; this machine's unless given",
	 .modes = MODELLED, OPTION_TEXT(struct options, probe.kernel)},
	{"--check", .value = "dst|src",
	 .help = "on which VMA the model's kernel looks for VM_UFFD_WP", .modes = MODELLED,
	 .take = take_check, .at = offsetof(struct options, probe.check)},
	{"--by", .value = "COMMAND", .help = "what a recording names as the command that made it",
	 .modes = OPTION_MODE(MODE_RECORD), OPTION_TEXT(struct options, by)},
	{"--timeout", .value = "SECONDS", .help = "for each scenario; 10 unless given",
	 .modes = CARRIED_OUT | OPTION_MODE(MODE_ERA), .take = take_timeout,
	 .at = offsetof(struct options, probe.timeout_ms)},
};

static const struct program program = {
	.name = "vmafork-probe",
	.version = VMAFORK_VERSION,
	.rows = option_rows,
	.row_count = ARRAY_SIZE(option_rows),
	.status = "exit status: 0 no difference, 1 differences, 2 an error, 77 nothing to compare\n",
};

/* --- one file --------------------------------------------------------------------- */

static int print_error(const struct vf_error *error)
{
	return output_error(program.name, error);
}

/* Says on standard error why the scenario was not carried out to its end. */
static void explain_end(const struct probe *probe)
{
	const struct command *command = probe->scenario.commands[probe->end_step];
	struct buf line = {0};
	struct vf_error error;

	if (probe->end == PROBE_WHOLE)
		return;
	if (!command) { /* before the first one */
		vf_error_set(&error, "%s", probe->reason);
	} else {
		command_print(command, &line);
		vf_error_set(&error, "not carried out: %.90s: %s", buf_str(&line), probe->reason);
		scenario_place(command, error.file, sizeof(error.file));
	}
	print_error(&error);
	buf_deinit(&line);
}

/* Of several scenarios. */
struct sum {
	size_t scenarios;
	struct score facts;
};

/* Differences, and a line that counts: as --compare and --replay print it. */
static int judge(const struct probe *probe, const char *name, struct sum *sum)
{
	struct buf text = {0};
	struct score score = compare(probe, &text);

	buf_printf(&text, "%s: %zu agree, %zu differ, %zu not observable\n", name, score.agree,
		   score.differ, score.unseen);
	output_text(&text);
	sum->scenarios++;
	sum->facts.agree += score.agree;
	sum->facts.differ += score.differ;
	sum->facts.unseen += score.unseen;
	if (score.differ)
		return EXIT_DIFFERS;
	return score.agree ? EXIT_AGREES : EXIT_NOTHING;
}

/* recording: "" or the file that it is from, with a colon. */
static void print_sum(const char *recording, const char *release, const struct sum *sum)
{
	struct buf line = {0};

	buf_printf(&line, "%s%s: %zu scenario%s, %zu agree, %zu differ, %zu not observable\n", recording,
		   release, sum->scenarios, sum->scenarios == 1 ? "" : "s", sum->facts.agree,
		   sum->facts.differ, sum->facts.unseen);
	output_text(&line);
}

static int print_json(const struct probe *probe, bool sides_too)
{
	char *text = record_json(probe, sides_too);
	struct buf out = {0};

	buf_printf(&out, "%s\n", text);
	free(text);
	output_raw(&out);
	return probe->seen.moment_count ? EXIT_AGREES : EXIT_NOTHING;
}

/* The head of a recording; unless told, our own command is what made it. */
static void put_head(const struct options *options, struct buf *out)
{
	struct buf command = {0};

	buf_puts(&command, "vmafork-probe --record");
	for (int i = 0; i < options->line.count; i++)
		buf_printf(&command, " %s", options->line.words[i]);
	recording_begin(out, &options->probe, options->by ? options->by : buf_str(&command));
	buf_deinit(&command);
}

/* What the probe itself failed at is nothing that a kernel did. */
static int print_record(const struct options *options, const struct probe *probe,
			const char *path, struct sum *sum)
{
	struct buf text = {0};

	if (probe->end == PROBE_FAILED)
		return EXIT_ERROR;
	if (!sum->scenarios++)
		put_head(options, &text);
	recording_add(&text, probe, path);
	output_raw(&text);
	return probe->seen.moment_count ? EXIT_AGREES : EXIT_NOTHING;
}

static int probe_file(const struct options *options, const char *path, struct sum *sum)
{
	struct scenario scenario;
	struct vf_error error;
	struct probe probe;
	int status = EXIT_ERROR;

	if (!scenario_open(&scenario, path, &error) ||
	    !probe_scenario(&probe, &scenario, &options->probe, &error))
		return print_error(&error);
	explain_end(&probe);
	if (probe.end == PROBE_STOPPED)
		status = EXIT_ERROR;
	else if (options->line.mode == MODE_RECORD)
		status = print_record(options, &probe, path, sum);
	else
		status = options->line.mode == MODE_COMPARE ? judge(&probe, path, sum)
						       : print_json(&probe, options->sides);
	if (probe.end == PROBE_FAILED && status != EXIT_DIFFERS)
		status = EXIT_ERROR;
	probe_deinit(&probe);
	return status;
}

/* Which result says more about all files together. */
static int worse(int a, int b)
{
	static const int order[] = {EXIT_ERROR, EXIT_DIFFERS, EXIT_AGREES, EXIT_NOTHING};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a;
}

/* A recording in place of a kernel: all its scenarios, and their sum. */
static int replay_file(const struct options *options, const char *path)
{
	struct recording recording;
	struct sum sum = {0};
	struct vf_error error;
	struct buf name = {0};
	int status = EXIT_NOTHING;

	if (!recording_read(&recording, path, &error))
		return print_error(&error);
	if (!recording_find(&recording, &error))
		status = print_error(&error);
	for (size_t i = 0; i < recording.count; i++) {
		struct scenario scenario;
		struct probe probe;

		if (recording.scenarios[i].missing)
			continue;
		if (!scenario_open(&scenario, recording.scenarios[i].scenario, &error) ||
		    !recording_replay(&recording, i, &scenario, &options->probe, &probe, &error)) {
			status = worse(status, print_error(&error));
			continue;
		}
		explain_end(&probe);
		status = worse(status, judge(&probe, recording.scenarios[i].scenario, &sum));
		probe_deinit(&probe);
	}
	sum.scenarios = recording.count;
	buf_printf(&name, "%s: ", path);
	print_sum(buf_str(&name), recording.release.name, &sum);
	buf_deinit(&name);
	recording_deinit(&recording);
	return status;
}

static int measure(const struct options *options)
{
	struct calibration calibration;
	struct vf_error error;
	struct buf out = {0};

	(void)options;
	if (!calibrate(&calibration, &error))
		return print_error(&error);
	calibration_print(&calibration, &out);
	output_text(&out);
	return EXIT_AGREES;
}

static int print_process(const struct options *options)
{
	struct vf_error error;
	struct buf heading = {0}, out = {0};
	int status = EXIT_AGREES;

	if (!import_process(options->pid, &heading, &out, &error))
		status = print_error(&error);
	output_raw(&heading);
	output_raw(&out);
	return status;
}

/* --- all of them --------------------------------------------------------------------- */

/* The signals that end a program, as something that can be polled. */
static int open_stop_fd(sigset_t *set)
{
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};

	sigemptyset(set);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(set, numbers[i]);
	sigprocmask(SIG_BLOCK, set, NULL);
	return signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int find_era(const struct options *options)
{
	struct buf out = {0};
	struct vf_error error;
	struct era era;
	int status;

	if (!era_find(&era, profiles_all(), &options->probe, &error))
		return print_error(&error);
	if (options->json) {
		char *text = era_json(&era);

		buf_printf(&out, "%s\n", text);
		free(text);
		output_raw(&out);
	} else {
		era_print(&era, &out);
		output_text(&out);
	}
	status = era.chosen ? EXIT_AGREES : era.nearest ? EXIT_DIFFERS : EXIT_NOTHING;
	era_deinit(&era);
	return status;
}

/* --kernel live: the profile that explains this kernel. */
static bool resolve_live(struct options *options, struct vf_error *error)
{
	struct probe_options probe = options->probe;
	struct era era = {0};
	bool ok;

	probe.kernel = NULL;
	probe.check = -1;
	ok = era_find(&era, profiles_all(), &probe, error);
	if (ok && !era.chosen) {
		ok = vf_error_set(error, "no known kernel does all that this one does");
		vf_error_hint(error, "vmafork-probe --era tells more");
	} else if (ok) {
		options->probe.kernel = xstrdup(era.chosen->kernel->profile); /* for good */
		if (era.chosen->toggled && options->probe.check < 0)
			options->probe.check = (int)kernel_checks(era.chosen->kernel);
	}
	era_deinit(&era);
	return ok;
}

static int do_files(const struct options *options)
{
	int status = EXIT_NOTHING;
	struct sum sum = {0};
	struct release release;
	struct pollfd stop = {.fd = options->probe.stop_fd, .events = POLLIN};

	/* Each file's as soon as it is known, and none that nobody can read. */
	for (int i = 0; i < options->line.count && output_flush() && !poll(&stop, 1, 0); i++)
		status = worse(status, options->line.mode == MODE_REPLAY
					       ? replay_file(options, options->line.words[i])
					       : probe_file(options, options->line.words[i], &sum));
	if (options->line.mode == MODE_COMPARE && options->line.count > 1) {
		release_read(&release);
		print_sum("", release.name, &sum);
	}
	return status;
}

static const struct {
	int least, most; /* files */
	bool borrows;	 /* from the machine, for forks of scenarios */
	int (*run)(const struct options *options);
} modes[] = {
	[MODE_JSON] = {1, 1, true, do_files},
	[MODE_COMPARE] = {1, INT_MAX, true, do_files},
	[MODE_RECORD] = {1, INT_MAX, true, do_files},
	[MODE_REPLAY] = {1, INT_MAX, true, do_files},
	[MODE_ERA] = {0, 0, true, find_era},
	[MODE_IMPORT] = {0, 0, false, print_process},
	[MODE_CALIBRATE] = {0, 0, false, measure},
};

/* With everything that is borrowed put back, however it ends. */
static int carry_out(struct options *options)
{
	struct signalfd_siginfo info;
	struct vf_error error;
	sigset_t set;
	int status;

	options->probe.stop_fd = open_stop_fd(&set);
	/* Grandchildren come to us when their parents end, so that we see them off. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (options->probe.kernel && !strcmp(options->probe.kernel, "live") &&
	    !resolve_live(options, &error))
		status = print_error(&error);
	else
		status = modes[options->line.mode].run(options);
	profiles_show_broken(program.name); /* last: what goes wrong comes first */
	if (read(options->probe.stop_fd, &info, sizeof(info)) == sizeof(info)) {
		/* All is put back; now end as the signal would have it. */
		signal((int)info.ssi_signo, SIG_DFL);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise((int)info.ssi_signo);
	}
	close(options->probe.stop_fd);
	return status;
}

int main(int argc, char **argv)
{
	struct options options = {.probe = {.timeout_ms = 10000, .stop_fd = -1, .check = -1}};
	const struct command_line *line = &options.line;
	struct vf_error error;
	int status;

	if (argc == 2 && !strcmp(argv[1], SUBJECT_EXEC_WORD))
		return 0; /* a child of a scenario that has called exec */
	if (!options_read(&program, argv, &options, &options.line, &error))
		return print_error(&error);
	if (options_answer(&program, line, &status))
		return status;
	if (line->count < modes[line->mode].least)
		return options_complain(&program, "which file?");
	if (line->count > modes[line->mode].most)
		return options_complain(&program,
					line->mode == MODE_JSON ? "one file at a time, not also %s"
								: "no file is wanted here: %s",
					line->words[modes[line->mode].most]);
	return output_finish(program.name, modes[line->mode].borrows
						   ? carry_out(&options)
						   : modes[line->mode].run(&options));
}
