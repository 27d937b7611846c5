/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fork does with the entries of a VMA: a function of their sort (state, attributes and
 * kind of frame), asked once for each sort.
 */
#ifndef MODEL_FORK_ENTRY_RULES_H
#define MODEL_FORK_ENTRY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/fork.h"
#include "model/pte_table.h"

/* What becomes of entries of one sort. */
struct entry_rule {
	uint16_t attrs; /* of the parent's entry */
	uint8_t state;
	uint8_t frame_kind;
	uint8_t outcome;
	bool alone; /* a group cannot hold it: an event by itself */
	struct pte_change after, child;
};

struct entry_rules {
	struct entry_rule *v;
	size_t n;
};

void entry_rules_deinit(struct entry_rules *rules);

/* The rule for an entry that is not none, or NULL. */
const struct entry_rule *entry_rules_find(const struct entry_rules *rules, struct pte pte);

/* The same; it is added if need be. Pointers to others are good no more then. */
const struct entry_rule *entry_rules_get(struct entry_rules *rules, const struct vma_copy *copy,
					 struct pte pte);

#endif
