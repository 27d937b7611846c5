/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files of session/cost. */
#ifndef SESSION_COST_COST_PRIVATE_H
#define SESSION_COST_COST_PRIVATE_H

#include "session/cost/fork_cost.h"

/* A copy of the machine that charges the session's budget, whose time begins; to be freed. */
struct machine *cost_copy(struct session *session, const struct machine *m);

/* The work of its last fork, with the fork itself. */
void cost_work(const struct machine *m, struct work *work);

/* Fills in the changes; the mappings are known. before: the machine that has not forked. */
void cost_changes(struct fork_cost *cost, struct session *session, const struct machine *before);

/* The entries from `page` on, up to *last, that differ in their frames only. */
struct pte cost_entries(const struct vm_area *vma, uint64_t page, uint64_t *last);

/* The parent's VMA of a mapping in that machine, or NULL. */
struct vm_area *cost_vma(const struct machine *m, const struct cost_mapping *mapping);

#endif
