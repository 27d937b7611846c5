/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The two sides: the machines that are compared. */
#ifndef REPORT_SIDES_H
#define REPORT_SIDES_H

enum { LEFT, RIGHT, SIDES };
extern const char *const side_names[SIDES]; /* "left", "right" */

#endif
