/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/probe_end.h"

const char *const probe_end_names[PROBE_ENDS] = {
	[PROBE_WHOLE] = "whole",   [PROBE_IMPOSSIBLE] = "not-carried-out",
	[PROBE_REFUSED] = "refused", [PROBE_LATE] = "deadline",
	[PROBE_FAILED] = "failed", [PROBE_STOPPED] = "stopped",
};

bool probe_end_is_error(enum probe_end end)
{
	return end == PROBE_LATE || end == PROBE_FAILED || end == PROBE_STOPPED;
}
