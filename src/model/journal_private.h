/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files that keep time: a record of the journal. */
#ifndef MODEL_JOURNAL_PRIVATE_H
#define MODEL_JOURNAL_PRIVATE_H

#include "model/machine.h"

struct journal_record {
	uint8_t kind, level;
	struct vm_area *vma;
	struct mm *mm;
	union {
		struct {
			uint64_t first, last;
			struct pte old, now;
		} pte;
		struct {
			uint64_t old, now;
		} value;
		struct {
			uint64_t first, last;
		} tables;
		struct {
			uint64_t start, end;
			const struct name *old, *now;
		} names;
		struct {
			uint64_t first, last;
			void *old, *now;
		} moved;
		struct {
			const struct name *name;
			struct stretch old, now;
		} stretch;
		struct {
			struct uffd_ctx *old, *now;
		} uffd;
		struct {
			struct mm *old_parent, *old_child, *parent, *child;
			enum borrow old_borrow, borrow;
		} processes;
		struct {
			struct mm *old, *now;
		} unborn;
		struct {
			struct uffd_ctx *ctx;
			bool old_closed, old_unread, closed, unread;
		} context;
	};
};

static inline struct journal_record *journal_number(const struct machine *m, size_t i)
{
	return segments_at(&m->journal, i, sizeof(struct journal_record));
}

/* Carries a record out, or takes it back. `pages`: of entries, how many pages; 0: all. */
void journal_play(struct machine *m, const struct journal_record *record, bool forward,
		  uint64_t pages);
/* The same for an event of fork that has no records; the anon_vma of the child's VMA, if any. */
void journal_play_copy(struct machine *m, const struct event *event, unsigned anon_vma,
		       bool forward, uint64_t pages);
/* The same for an EVENT_ENTRY that stands for one run. */
void journal_play_entry(struct machine *m, const struct event *event, bool forward,
			uint64_t pages);

/* Does it put a VMA into a process, or take one out? */
bool journal_vma(const struct journal_record *record, struct vma_change *change);
/* Adds what a record does. */
void journal_effects(const struct journal_record *record, struct event_effects *effects);

#endif
