/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the sides differ: in the decision of the last fork, or in the entries of the child.
 * They are compared page by page, so the sides may have the pages in different VMAs.
 */
#ifndef REPORT_DIFFER_H
#define REPORT_DIFFER_H

#include "model/machine.h"
#include "report/sides.h"

/* About the addresses of that name, or the addresses [start, end). */
bool sides_differ(struct machine *const machines[SIDES], const char *name);
bool sides_differ_in(struct machine *const machines[SIDES], uint64_t start, uint64_t end);

/*
 * The names in the left side's last fork about which the sides differ, by address, each
 * once. now: in the last fork that has begun, at this point in time; what is not decided yet
 * is no difference. Returns their number; the caller frees the list.
 */
size_t differing_names(struct machine *const machines[SIDES], bool now, const char ***names);

#endif
