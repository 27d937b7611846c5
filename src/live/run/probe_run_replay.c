/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The mode in which a recording takes the kernel's place. */
#include "live/run/probe_run_private.h"
#include "live/recording.h"

static int replay_scenario(const struct probe_run *run, struct recording *recording, size_t section,
			   struct score_sum *sum)
{
	const char *path = recording->scenarios[section].scenario;
	struct scenario scenario;
	struct vf_error error;
	struct probe probe;
	int status;

	if (!run->open(&scenario, path, run->budget, &error) ||
	    !recording_replay(recording, section, &scenario, &run->probe, &probe, &error))
		return probe_run_fail(run, PROBE_FAILED, &error);
	probe_run_explain_end(run, &probe);
	status = score_sum_add(sum, &probe, path);
	probe_deinit(&probe);
	return status;
}

/* All its scenarios, and their sum. */
static int replay_file(const struct probe_run *run, const char *path)
{
	struct recording recording;
	struct score_sum sum = {0};
	struct vf_error error;
	struct buf name = {0};
	int status = EXIT_NOTHING;

	if (!recording_read(&recording, path, &error))
		return probe_run_fail(run, PROBE_FAILED, &error);
	if (!recording_find(&recording, &error))
		status = probe_run_fail(run, PROBE_FAILED, &error);
	for (size_t i = 0; i < recording.count; i++)
		if (!recording.scenarios[i].missing)
			status = probe_status_worse(status, replay_scenario(run, &recording, i, &sum));
	sum.scenarios = recording.count;
	buf_printf(&name, "%s: ", path);
	score_sum_print(&sum, buf_str(&name), recording.release.name);
	buf_deinit(&name);
	recording_deinit(&recording);
	return status;
}

int probe_run_replay(const struct probe_run *run, char *const paths[], int count)
{
	int status = EXIT_NOTHING;

	for (int i = 0; i < count && !probe_run_must_end(run); i++)
		status = probe_status_worse(status, replay_file(run, paths[i]));
	return status;
}
