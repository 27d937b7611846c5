/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the model predicts for a scenario that a kernel has carried out: the same
 * commands, observed at the same moments. It needs the observations and no
 * kernel, so it can be repeated with another profile, on another machine.
 */
#ifndef LIVE_PREDICT_H
#define LIVE_PREDICT_H

#include "live/lockstep.h"
#include "observe/facts.h"

/*
 * Fills in `predicted` (record_deinit() it), as far as `seen` goes: up to the
 * first command that was not carried out, or was refused, by kernel or model.
 * Its moments are as many as those of `seen`, or fewer. The value is the number
 * of commands that it followed. If it stopped at a command that the kernel did carry
 * out and that is not modelled, `error` says so; else it has no message.
 */
size_t predict_record(const struct scenario *scenario, const struct kernel *kernel, struct knobs knobs,
	       const struct record *seen, struct record *predicted, struct model_error *error);

#endif
