/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures what fork takes on this machine, thing by thing. */
#ifndef LIVE_CALIBRATE_H
#define LIVE_CALIBRATE_H

#include "observe/calibration.h"

/* Forks this process some hundred times; a second or two. False: fork fails here. */
bool calibrate(struct calibration *calibration, struct vf_error *error);

#endif
