/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures the time that each operation of fork takes on this machine. */
#ifndef LIVE_CALIBRATE_H
#define LIVE_CALIBRATE_H

#include "observe/calibration.h"

/* Forks this process some hundred times; takes a second or two. False: fork fails here. */
bool calibrate(struct calibration *calibration, struct vf_error *error);

#endif
