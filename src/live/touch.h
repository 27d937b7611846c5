/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads and stores, one a page, and the result of each. Runs in the subject. */
#ifndef LIVE_TOUCH_H
#define LIVE_TOUCH_H

#include "live/mailbox.h"

/* Sent to a subject whose touch waits for a userfaultfd: it gives up. */
#define TOUCH_GIVE_UP SIGUSR1

/* Installs the signal handlers; children inherit them. False: errno. */
bool touch_init(void);

/*
 * Carries out the box's touch. Does not count faults of the harness itself: it runs
 * once over nothing first, and reads the counter right before and right after each
 * touching instruction.
 */
void touch_pages(struct mailbox *box);

#endif
