/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that carries out a scenario, and its children. Each waits for orders in
 * its mailbox, and does nothing else. A subject allocates nothing and uses only its
 * stack, so that a fork of it costs the same page tables each time; all others belong
 * to the scenario.
 */
#ifndef LIVE_SUBJECT_H
#define LIVE_SUBJECT_H

#include "live/mailbox.h"

/* The argument with which a subject runs its own program at an exec. */
#define SUBJECT_EXEC_WORD "--exec-target"

/*
 * Takes orders on channel 0 until it is ordered to exit or the probe goes away.
 * Called in a new process; never returns. `thp` false: no transparent huge pages.
 */
_Noreturn void subject_main(struct mailbox *box, struct channel *channels, size_t count, pid_t probe,
			    bool thp);

#endif
