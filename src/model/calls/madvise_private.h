/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files that implement madvise(). */
#ifndef MODEL_MADVISE_PRIVATE_H
#define MODEL_MADVISE_PRIVATE_H

#include "base/minmax.h"
#include "model/fault.h"
#include "model/syscalls.h"
#include "model/vma.h"

/* The name of the lowest of these flags. */
static inline const char *flag_in(uint64_t flags)
{
	return vm_flag_of(flags)->name;
}

/*
 * zap_page_range(): removes entries. A uffd-wp bit of a file-backed VMA becomes
 * a marker while VM_UFFD_WP is set. uffd-wp markers stay in any case (those of
 * hugetlb did until 7.3), and so do guard markers.
 */
void zap_page_range(struct machine *m, struct vm_area *vma, uint64_t page, uint64_t last_page);

/* can_madvise_modify(): may this advice discard what a sealed VMA holds? */
bool discard_allowed(const struct vm_area *vma, enum advice advice, struct model_error *error);

/*
 * Does another process map this page, or for a page of a huge one any part of that? The
 * answer is the same for the pages up to *last, which is not above `limit`.
 */
bool folio_mapped_elsewhere(const struct machine *m, const struct vm_area *vma, uint64_t page,
			    struct pte pte, uint64_t limit, uint64_t *last);

/* ADVICE_COLD, ADVICE_PAGEOUT */
bool madvise_cold_or_pageout(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			     enum advice advice, struct model_error *error);
bool madvise_free(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		  struct model_error *error);
bool madvise_remove(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		    struct model_error *error);
/* ADVICE_POPULATE_READ, ADVICE_POPULATE_WRITE: of the whole range, which may have holes. */
bool madvise_populate(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		      enum advice advice, struct model_error *error);
bool madvise_collapse(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		      struct model_error *error);
bool madvise_guard_install(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			   struct model_error *error);
bool madvise_guard_remove(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			  struct model_error *error);

#endif
