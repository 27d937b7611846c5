/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An error as JSON, in place of what the probe could not find out. */
#ifndef LIVE_RUN_FAILURE_JSON_H
#define LIVE_RUN_FAILURE_JSON_H

#include <stdbool.h>

#include "base/error.h"
#include "observe/probe_end.h"

/* Can this build print JSON? False: an error, which says why not; nothing else may be called then. */
bool probe_has_json(struct vf_error *error);

/* One object, without a newline; the caller frees it. end: one that is an error. */
char *failure_json(enum probe_end end, const struct vf_error *error);

#endif
