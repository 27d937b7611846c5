/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pages that processes hold beside their page tables: by a pin (FOLL_PIN), or by a plain
 * reference (FOLL_GET). Both keep the page, whatever becomes of the mapping.
 */
#ifndef MODEL_HOLD_H
#define MODEL_HOLD_H

#include "model/machine.h"

/*
 * The process holds what it has at these pages, where entries point to pages: with a pin
 * or with a reference alone. (try_grab_folio())
 */
void hold_pages(struct machine *m, const struct mm *mm, uint64_t first, uint64_t last, bool pin);

/* Ends all that this process holds since it had these pages there. (unpin_user_page()) */
void hold_end(struct machine *m, const struct mm *mm, uint64_t first, uint64_t last);

/*
 * These pages are their file's no longer: what will be there is another page, which nobody
 * holds. (truncate_inode_pages())
 */
void hold_forget(struct machine *m, uint64_t first_frame, uint64_t last_frame);

/*
 * The process exits or calls exec, and its descriptors are closed: what it holds is let go,
 * unless a child that it forked since has the descriptors, too.
 */
void hold_exit(struct machine *m, const struct mm *mm);

/*
 * Does anybody hold the page of this frame, or another one of its folio? *last: the last
 * frame with the same answer.
 */
static inline bool frame_held(const struct machine *m, uint64_t frame, uint64_t *last)
{
	return rangeset_probe(&m->held, frame, last);
}

/*
 * write_protect_page(): does ksmd ask who else holds the page of this entry before it merges it?
 * It counts references only where the entry has something that is to be taken away.
 */
static inline bool ksm_asks_holders(struct pte pte)
{
	return pte.attrs & (PTE_WRITE | PTE_DIRTY | PTE_EXCLUSIVE);
}

#endif
