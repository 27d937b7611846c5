/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of /proc and /sys that set something when a text is written to them. */
#ifndef LIVE_KNOB_H
#define LIVE_KNOB_H

#include <stdbool.h>

/* Writes the whole text at once. False: the kernel refused it, or there is no such file; errno. */
bool knob_write(const char *path, const char *text);

#endif
