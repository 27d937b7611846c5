/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMAs next to each other. The kernel merges neighbours that are alike, at once;
 * the language merges when it is told to. What keeps two alike neighbours apart,
 * and shows nowhere else, is a memory policy: as long as theirs differ, they stay
 * two, and they merge when they are given the same one.
 */
#ifndef LIVE_NEIGHBOURS_H
#define LIVE_NEIGHBOURS_H

#include "live/realize.h"

/* The mapping that ends where this address is, or begins there; NULL: none. */
struct mapping *mapping_below(const struct mappings *mappings, uint64_t address);
struct mapping *mapping_above(const struct mappings *mappings, uint64_t address);

/* Before something is mapped at start..end: gives the neighbours a policy. */
bool neighbours_part(struct live *live, uint64_t start, uint64_t end, struct real *real);

/* Merges two neighbours; the first one's name stays. */
void neighbours_merge(struct live *live, const char *keep, const char *other, struct real *real);

#endif
