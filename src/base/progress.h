/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Progress of a long piece of work, on standard error if that is a terminal. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;      /* "reading", for example; not copied */
	double started, shown; /* seconds; shown 0: not yet */
	bool visible;	       /* standard error is a terminal */
};

void progress_start(struct progress *progress, const char *what);
/* Shows it after a second, and then at a limited rate. */
void progress_show(struct progress *progress, uint64_t done, uint64_t all);
/* Clears the line. */
void progress_end(struct progress *progress);

#endif
