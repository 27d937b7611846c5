/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model of any kernel against what was seen. */
#ifndef LIVE_AGAINST_H
#define LIVE_AGAINST_H

#include "live/compare.h"

/* The first command that was carried out and that a model does not model. */
struct unfollowed {
	size_t step;
	char *reason; /* NULL: the model followed all that was carried out; free() it */
};

/* As probe_compare(), but with that kernel. unfollowed: may be NULL. */
struct score probe_compare_kernel(const struct probe *probe, const struct kernel *kernel,
				  struct differences *differences, struct unfollowed *unfollowed);

#endif
