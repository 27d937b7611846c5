/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One at a time: the settings that a probe changes for a while, and those that it relies on,
 * belong to the whole machine. The lock is a flock() on a directory of sysfs: nothing is left
 * over, and whoever may read may take it. It is one for each mount of sysfs: containers that
 * have their own do not see each other's.
 */
#ifndef LIVE_MACHINE_LOCK_H
#define LIVE_MACHINE_LOCK_H

#define MACHINE_LOCK_PLACE "/sys/kernel/mm"

enum machine_lock_end {
	MACHINE_LOCK_TAKEN,   /* or this machine has no such directory: then there is none */
	MACHINE_LOCK_BUSY,    /* somebody had it for all of the time */
	MACHINE_LOCK_STOPPED, /* a signal ends the probe */
};

/*
 * Takes it, and waits for it at most `wait_ms`, which it reports on standard error. stop_fd: readable
 * when a signal ends the probe; -1: none. *fd: a descriptor above 2, or -1: there is no lock here. It
 * is held until each descriptor that was duplicated or inherited is closed, or until it is released.
 */
enum machine_lock_end machine_lock_take(int *fd, int stop_fd, unsigned wait_ms);

/* Releases it, whoever else has the descriptor; -1: does nothing. */
void machine_lock_release(int *fd);

#endif
