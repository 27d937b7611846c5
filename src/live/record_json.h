/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Observations as JSON in the format of `vmafork-tui run --json`. */
#ifndef LIVE_RECORD_JSON_H
#define LIVE_RECORD_JSON_H

#include "live/probe.h"

/*
 * One object, without a newline; the caller frees it. sides_too: with a comparison
 * against the model of both kernels that the scenario chooses.
 */
char *record_json(const struct probe *probe, bool sides_too);

#endif
