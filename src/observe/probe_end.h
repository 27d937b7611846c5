/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a scenario was carried out on a kernel, and why no further: what live/ writes
 * as JSON, and outside/ reads.
 */
#ifndef OBSERVE_PROBE_END_H
#define OBSERVE_PROBE_END_H

#include <stdbool.h>

enum probe_end {
	PROBE_WHOLE,	  /* the whole scenario was carried out */
	PROBE_IMPOSSIBLE, /* up to a command that cannot be carried out here */
	PROBE_REFUSED,	  /* up to a command that the kernel, or the model, refuses */
	PROBE_LATE,	  /* the deadline has passed */
	PROBE_FAILED,	  /* the probe itself failed */
	PROBE_STOPPED,	  /* a signal ended it */
	PROBE_ENDS
};

/* As JSON names them: "not-carried-out", "refused", "deadline", "failed", "stopped". */
extern const char *const probe_end_names[PROBE_ENDS];

/* The schema of all JSON that the probe prints. */
enum { PROBE_JSON_SCHEMA = 3 };

/* Is it an error of the probe, and no result of the kernel? */
bool probe_end_is_error(enum probe_end end);

#endif
