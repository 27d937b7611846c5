/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The modes that carry out scenarios. */
#include "base/alloc.h"
#include "live/run/probe_run_private.h"
#include "live/record_json.h"
#include "live/recording.h"

/* Handles the result of a scenario, as far as it was carried out. */
typedef int result_function(const struct probe_run *run, const struct probe *probe,
			    const char *path, struct score_sum *sum);

/* Once, whatever the number of files. */
static void explain_blind(const struct probe_run *run, const struct probe *probe)
{
	static bool done;
	struct vf_error error;

	if (!probe->blind || done)
		return;
	done = true;
	vf_error_set(&error, "page frames cannot be seen here (--doctor says more): which pages are shared, and what "
			     "faults copy, is not compared");
	output_error(run->program, &error);
}

static int run_file(const struct probe_run *run, const char *path, result_function *result,
		    struct score_sum *sum)
{
	struct scenario scenario;
	struct vf_error error;
	struct probe probe;
	int status;

	if (!run->open(&scenario, path, run->budget, &error) ||
	    !probe_scenario(&probe, &scenario, &run->probe, &error))
		return probe_run_fail(run, PROBE_FAILED, &error);
	explain_blind(run, &probe);
	probe_run_explain_end(run, &probe);
	status = result(run, &probe, path, sum);
	if (probe_end_is_error(probe.end) && status != EXIT_DIFFERS)
		status = EXIT_ERROR;
	probe_deinit(&probe);
	return status;
}

static int run_files(const struct probe_run *run, char *const paths[], int count,
		     result_function *result, struct score_sum *sum)
{
	int status = EXIT_NOTHING;

	/* Each file's result as soon as it is known. */
	for (int i = 0; i < count && !probe_run_must_end(run); i++)
		status = probe_status_worse(status, run_file(run, paths[i], result, sum));
	return status;
}

/* --- JSON ----------------------------------------------------------------------------- */

static int print_json(const struct probe_run *run, const struct probe *probe, const char *path,
		      struct score_sum *sum)
{
	(void)path;
	(void)sum;
	probe_run_print_json(record_json(probe, run->sides));
	return probe->seen.moment_count ? EXIT_AGREES : EXIT_NOTHING;
}

int probe_run_json(const struct probe_run *run, char *const paths[], int count)
{
	struct score_sum none = {0};

	return run_files(run, paths, count, print_json, &none);
}

/* --- comparing ------------------------------------------------------------------------ */

static int compare_file(const struct probe_run *run, const struct probe *probe, const char *path,
			struct score_sum *sum)
{
	(void)run;
	return probe->end == PROBE_STOPPED ? EXIT_ERROR : score_sum_add(sum, probe, path);
}

int probe_run_compare(const struct probe_run *run, char *const paths[], int count)
{
	struct score_sum sum = {0};
	struct release release;
	int status = run_files(run, paths, count, compare_file, &sum);

	if (count > 1) {
		release_read(&release);
		score_sum_print(&sum, "", release.name);
	}
	return status;
}

/* --- recording ------------------------------------------------------------------------- */

/* A failure of the probe itself is not an observation of a kernel. */
static int record_file(const struct probe_run *run, const struct probe *probe, const char *path,
		       struct score_sum *sum)
{
	struct buf text = {0};

	if (probe_end_is_error(probe->end))
		return EXIT_ERROR;
	if (!sum->scenarios++)
		recording_begin(&text, &run->probe, run->by);
	recording_add(&text, probe, path);
	output_raw(&text);
	return probe->seen.moment_count ? EXIT_AGREES : EXIT_NOTHING;
}

int probe_run_record(const struct probe_run *run, char *const paths[], int count)
{
	struct probe_run named = *run;
	struct score_sum sum = {0};
	struct buf command = {0};
	int status;

	buf_printf(&command, "%s --record", run->program);
	for (int i = 0; i < count; i++)
		buf_printf(&command, " %s", paths[i]);
	if (!named.by)
		named.by = buf_str(&command);
	status = run_files(&named, paths, count, record_file, &sum);
	buf_deinit(&command);
	return status;
}
