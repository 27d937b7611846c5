/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calibration of this machine, saved for later sessions. */
#ifndef OUTSIDE_KEPT_CALIBRATION_H
#define OUTSIDE_KEPT_CALIBRATION_H

#include "observe/calibration.h"

/*
 * Reads what calibrate measured. False: there is none (error->message is empty), or the
 * file cannot be parsed.
 */
bool calibration_load(struct calibration *calibration, struct vf_error *error);

/* Saves the text of calibration_print(), and prints its path to `out`. */
bool calibration_keep(const char *text, struct buf *out, struct vf_error *error);

#endif
