/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swap in compressed memory (zram), for as long as the process that made it lives: it is called
 * /dev/vmafork-PID in /proc/swaps, after that process. For settings.c and acquire.c.
 */
#ifndef LIVE_SWAP_AREA_H
#define LIVE_SWAP_AREA_H

#include <stdbool.h>

struct swap_area {
	int fd;	  /* of the device; -1: there is none */
	int zram; /* its number */
};
#define SWAP_AREA_NONE {-1, -1}

/* Adds one of 1 GiB. False: it is not available here. */
bool swap_area_on(struct swap_area *area);
/* Takes it away again, if there is one. */
void swap_area_off(struct swap_area *area);

/* Are there areas whose process was killed before it took them away, and none that is in use? */
bool swap_area_is_left(void);
/* Takes these away. */
void swap_area_clear(void);

#endif
