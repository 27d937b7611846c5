/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors that say something about this machine, its limits and who runs the probe, and nothing
 * about what its kernel does with page tables.
 */
#ifndef LIVE_LACKS_H
#define LIVE_LACKS_H

/* What the machine lacks, and what to do; NULL: that errno is a result of the kernel. */
const char *machine_lacks(int err);

/*
 * The same for a call that the model carries out, or refuses with another errno: predicted, 0 for
 * none. ENOMEM also has meanings of its own, so that it counts only where the model goes on.
 */
const char *machine_lacks_for(int err, int predicted);

#endif
