/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What writing the C of ksm commands consists of. */
#ifndef REPRODUCER_REPRO_KSM_PRIVATE_H
#define REPRODUCER_REPRO_KSM_PRIVATE_H

#include "session/reproducer/reproducer_private.h"

/* --- contents of frames (repro_content.c) --- */

#define OWN_CONTENT 0u /* each of these frames has one that no other has */
#define NO_CONTENT (UINT64_C(1) << 63) /* not known; two of them may be equal */

void ksm_note_content(struct repro *r, uint64_t first, uint64_t last, uint64_t number);
void ksm_forget_content(struct repro *r, uint64_t first, uint64_t last);
/* *last: the last frame with that answer, of those until there. */
uint64_t ksm_content(const struct repro *r, uint64_t frame, uint64_t *last);

/* --- pages (repro_ksm_pages.c) --- */

/* Pages of a VMA that ksmd could merge, with the frames `frame` on; merged ones have the same. */
struct ksm_run {
	const struct vm_area *vma;
	uint64_t first, last;
	struct pte pte; /* of the first */
};

/* From page *next on, which is moved behind it; false: there is no more. */
bool ksm_run_next(const struct vm_area *vma, uint64_t *next, struct ksm_run *run);
/* Can what is in these pages be chosen? Those that are merged are left as they are. */
bool ksm_run_is_writable(const struct ksm_run *run);
uint64_t ksm_run_last_frame(const struct ksm_run *run);
void ksm_run_cut(struct ksm_run *run, uint64_t first, uint64_t last);
/* Adds the frames of those of the pages that ksmd could merge. */
void ksm_add_frames(const struct mm *mm, const struct ranges *pages, struct ranges *frames);

/* Calls `each` for these pages, cut where names begin and end, with the C of address and size. */
typedef void ksm_part(struct repro *r, const char *at, const char *size, uint64_t pages, uint64_t number,
		      struct buf *out);
void ksm_each_part(struct repro *r, const struct mm *mm, struct range pages, ksm_part *each,
		   uint64_t number, struct buf *out);

/* --- what is left alone (repro_ksm_aside.c) --- */

/* The other process than the one that merges; NULL: there is none. */
const struct mm *ksm_other_mm(const struct repro *r);
/*
 * What both processes have to hold while these pages get that content and are merged, in r->aside.
 * False: it cannot be told apart otherwise, and r says so.
 */
bool ksm_find_asides(struct repro *r, const struct ranges *pages, uint64_t number);
/* The C that holds the pages; the lines that let go are in r->let_go. */
void ksm_write_holds(struct repro *r, const struct mm *mm, const struct ranges *pages, struct buf *out);

#endif
