/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many events of fork as one: small VMAs that lie side by side under one PTE table, and need
 * nothing but to be duplicated, decided on and perhaps copied.
 *
 *      group                   VMA 0                           VMA 1
 *      events when opened      vma dup anon_vma decide         vma dup anon_vma decide
 *                              table table entry               entry entry
 *
 * The decisions are in the fork's record. The group keeps the entries of the table before and
 * after, on both sides, and what becomes of each sort of entry in each sort of VMA. It is
 * opened into events, VMA by VMA, when somebody looks, and played as a whole.
 */
#ifndef MODEL_FORK_VMA_GROUP_H
#define MODEL_FORK_VMA_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/events.h"
#include "model/fork/entry_group.h"
#include "model/fork/entry_rules.h"

/* VMAs for which fork decides the same, and does the same with their entries. */
struct vma_sort {
	uint64_t flags; /* the parent's */
	enum backing backing;
	bool anon_vma;
	struct decision decision;
	struct entry_rules rules;
};

struct group_vma {
	uint32_t event;	   /* its first one; 0: the group's */
	uint32_t anon_vma; /* of the child's VMA; 0: none */
	uint32_t sort;	   /* which one */
};

struct vma_group {
	uint32_t refs;	/* machines that have it: one, and copies of it */
	uint32_t count; /* events */
	struct group_vma *vma; /* from event.vma on of the fork's */
	size_t vmas, vma_cap;
	struct vma_sort *sort;
	size_t sorts, sort_cap;
	struct cost cost;
	uint64_t bytes; /* that it takes, with its tables */
	/* The walk over VMA `walker` allocates those levels (bits) that the child lacks. */
	size_t walker;
	unsigned levels;
	/* The table: its pages; its entries before and after, if any is copied. */
	bool copies;
	struct group_part part;
};

void vma_group_put(struct vma_group *group); /* one machine less; NULL is fine */

/* Which VMA an event belongs to; how many events a VMA has. */
size_t vma_group_at(const struct vma_group *group, uint32_t event);
uint32_t vma_group_events(const struct vma_group *group, size_t vma);

/* Opens a VMA: its events, as many as vma_group_events(), to be freed. */
struct event *vma_group_open(const struct machine *m, const struct event *event, size_t vma);

/* All of it: as it is after fork (forward), or before. */
void vma_group_play(struct machine *m, const struct event *event, bool forward);
/* One event of it, opened; the first `pages` pages, or all (0). */
void vma_group_play_event(struct machine *m, const struct event *event, const struct event *opened,
			  bool forward, uint64_t pages);

/*
 * dup_group.c: duplicates VMAs of the fork's record, from `first` on, as a group. Returns
 * how many; 0: that one has to be duplicated by itself. committed: pages that are charged.
 */
size_t dup_group(struct machine *m, uint32_t fork, size_t first, uint64_t *committed);

#endif
