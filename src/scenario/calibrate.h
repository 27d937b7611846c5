/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fork takes on this machine, kept from one session to the next. */
#ifndef SCENARIO_CALIBRATE_H
#define SCENARIO_CALIBRATE_H

#include "report/calibration.h"

/*
 * What calibrate has measured. False: nothing yet (error->message is empty), or the
 * file is broken (error says what).
 */
bool calibration_load(struct calibration *calibration, struct vf_error *error);

#endif
