/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fork takes on this machine, kept from one session to the next. */
#ifndef OUTSIDE_KEPT_CALIBRATION_H
#define OUTSIDE_KEPT_CALIBRATION_H

#include "observe/calibration.h"

/*
 * What calibrate has measured. False: nothing yet (error->message is empty), or the
 * file is broken (error says what).
 */
bool calibration_load(struct calibration *calibration, struct vf_error *error);

/* Keeps what calibration_print() wrote, and says where in `out`. */
bool calibration_keep(const char *text, struct buf *out, struct vf_error *error);

#endif
