/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/run/probe_run.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "live/era.h"
#include "live/run/failure_json.h"
#include "live/run/probe_run_private.h"
#include "live/run/stop_signals.h"

int probe_status_worse(int a, int b)
{
	static const int order[] = {EXIT_ERROR, EXIT_DIFFERS, EXIT_AGREES, EXIT_NOTHING};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (a == order[i] || b == order[i])
			return order[i];
	return a;
}

bool probe_run_must_end(const struct probe_run *run)
{
	struct pollfd stop = {.fd = run->probe.stop_fd, .events = POLLIN};

	return !output_flush() || poll(&stop, 1, 0) > 0;
}

void probe_run_print_json(char *text)
{
	struct buf out = {0};

	buf_printf(&out, "%s\n", text);
	free(text);
	output_raw(&out);
}

int probe_run_fail(const struct probe_run *run, enum probe_end end, const struct vf_error *error)
{
	if (run->json)
		probe_run_print_json(failure_json(end, error));
	return output_error(run->program, error);
}

void probe_run_explain_end(const struct probe_run *run, const struct probe *probe)
{
	const struct command *command = probe_end_command(probe);
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
	output_error(run->program, &error);
	buf_deinit(&line);
}

/* --- comparisons ------------------------------------------------------------------- */

static void print_score(const struct score *score, struct buf *out)
{
	buf_printf(out, "%zu agree, %zu differ, %zu not observable\n", score->agree, score->differ,
		   score->unseen);
	output_text(out);
}

int score_sum_add(struct score_sum *sum, const struct probe *probe, const char *name)
{
	struct differences differences = {0};
	struct score score = probe_compare(probe, &differences);
	struct buf text = {0};

	differences_print(&differences, &probe->scenario, &text);
	differences_deinit(&differences);
	buf_printf(&text, "%s: ", name);
	print_score(&score, &text);
	sum->scenarios++;
	sum->facts.agree += score.agree;
	sum->facts.differ += score.differ;
	sum->facts.unseen += score.unseen;
	if (score.differ)
		return EXIT_DIFFERS;
	return score.agree ? EXIT_AGREES : EXIT_NOTHING;
}

void score_sum_print(const struct score_sum *sum, const char *recording, const char *release)
{
	struct buf line = {0};

	buf_printf(&line, "%s%s: %zu scenario%s, ", recording, release, sum->scenarios,
		   sum->scenarios == 1 ? "" : "s");
	print_score(&sum->facts, &line);
}

/* --- any mode ------------------------------------------------------------------------ */

/* The kernel "live": the profile that explains this kernel, and its check. */
static bool resolve_live(struct probe_run *run, struct vf_error *error)
{
	struct probe_options options = run->probe;
	struct era era = {0};
	bool ok;

	options.kernel = NULL;
	options.check = -1;
	ok = era_find(&era, profiles_all(), &options, error);
	if (ok && !era.chosen) {
		ok = vf_error_set(error, "no known kernel explains all that this one does");
		vf_error_hint(error, "vmafork-probe --era shows the nearest");
	} else if (ok) {
		run->probe.kernel = xstrdup(era.chosen->kernel->profile); /* until the program ends */
		if (era.chosen->toggled && run->probe.check < 0)
			run->probe.check = (int)kernel_checks(era.chosen->kernel);
	}
	era_deinit(&era);
	return ok;
}

int probe_run(struct probe_run *run, probe_mode *mode, char *const paths[], int count)
{
	struct vf_error error;
	int status;

	run->probe.stop_fd = stop_signals_open();
	/* Grandchildren become ours when their parents end, so that we reap them. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (run->probe.kernel && !strcmp(run->probe.kernel, "live") && !resolve_live(run, &error))
		status = probe_run_fail(run, PROBE_FAILED, &error);
	else
		status = mode(run, paths, count);
	profiles_show_broken(run->program); /* last: errors come first */
	output_flush();			    /* a signal may end it now */
	stop_signals_close(run->probe.stop_fd);
	return status;
}
