/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a probe can do and see on this machine: each by trying it. */
#ifndef LIVE_DOCTOR_H
#define LIVE_DOCTOR_H

#include "live/probe.h"

/* Adds a line for each, and how to get what is missing. False: a signal ended it, or another probe has the machine. */
bool doctor_examine(const struct probe_options *options, struct buf *out, struct vf_error *error);

#endif
