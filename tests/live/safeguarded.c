/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * safeguarded N KERNEL FILE: carries out FILE as the probe does, with that kernel as the
 * model, on a stand-in for the running kernel: one of which only the first N commands are
 * known to finish. FILE itself is one that each kernel finishes. Prints how it ended.
 */
#include <stdio.h>
#include <stdlib.h>

#include "live/probe.h"
#include "live/safeguard.h"
#include "session/open_scenario.h"

static size_t stand_in;

/* The linker takes these and leaves live/safeguard.c out. */
struct kernel *safeguard_kernel(const char *version, struct vf_error *error)
{
	return profiles_find(profiles_all(), version, error);
}

struct kernel *safeguard_like(const struct kernel *kernel)
{
	return kernel_copy(kernel);
}

size_t safeguard_allows(const struct scenario *scenario, const struct kernel *running,
			struct knobs knobs)
{
	(void)running;
	(void)knobs;
	return stand_in < scenario->n ? stand_in : scenario->n;
}

int main(int argc, char **argv)
{
	struct probe_options options = {.timeout_ms = 10000, .stop_fd = -1, .check = -1, .every = true};
	struct scenario scenario = {0};
	struct vf_error error;
	struct probe probe;

	if (argc != 4)
		return 2;
	stand_in = strtoul(argv[1], NULL, 10);
	options.kernel = argv[2];
	if (!scenario_open(&scenario, argv[3], budget_default, &error) ||
	    !probe_scenario(&probe, &scenario, &options, &error)) {
		fprintf(stderr, "safeguarded: %s\n", error.message);
		return 2;
	}
	printf("%zu of %zu, %zu moments: %s: %s\n", probe.end_step, probe.scenario.n, probe.seen.moment_count,
	       probe.end == PROBE_WHOLE ? "whole" : probe_end_names[probe.end], probe.reason);
	probe_deinit(&probe);
	return 0;
}
