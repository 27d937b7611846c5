/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a long piece of work is, on standard error, where somebody is waiting. */
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
/* Shows it after a second, and then not too often. */
void progress_show(struct progress *progress, uint64_t done, uint64_t all);
/* Wipes the line again. */
void progress_end(struct progress *progress);

#endif
