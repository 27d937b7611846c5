/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adjacent VMAs. The kernel merges them at once if they are alike; the language merges
 * by a command. A memory policy keeps two VMAs apart and shows nowhere else: the
 * kernel merges them when both get the same policy.
 */
#ifndef LIVE_NEIGHBOURS_H
#define LIVE_NEIGHBOURS_H

#include "live/realize.h"

/* The mapping that ends where this address is, or begins there; NULL: none. */
struct mapping *mapping_below(const struct mappings *mappings, uint64_t address);
struct mapping *mapping_above(const struct mappings *mappings, uint64_t address);

/* Before something is mapped at start..end: gives the adjacent VMAs a policy. */
bool neighbours_part(struct live *live, uint64_t start, uint64_t end, struct real *real);

/* Merges two adjacent VMAs; the first one's name stays. */
void neighbours_merge(struct live *live, const char *keep, const char *other, struct real *real);

#endif
