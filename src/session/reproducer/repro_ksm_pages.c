/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pages that ksmd could merge, run by run, and as addresses of C. */
#include "base/minmax.h"
#include "session/reproducer/repro_ksm_private.h"

bool ksm_run_next(const struct vm_area *vma, uint64_t *next, struct ksm_run *run)
{
	while (*next <= vma_last(vma)) {
		*run = (struct ksm_run){.vma = vma, .first = *next};
		run->pte = vma_pte(vma, run->first, &run->last);
		*next = run->last + 1;
		if ((run->pte.state == PTE_PRESENT || run->pte.state == PTE_HUGE) && frame_is_anon(run->pte.frame))
			return true;
	}
	return false;
}

bool ksm_run_is_writable(const struct ksm_run *run)
{
	return frame_kind(run->pte.frame) == FRAME_ANON && run->pte.attrs & PTE_EXCLUSIVE &&
	       !(run->pte.attrs & PTE_UFFD_WP);
}

uint64_t ksm_run_last_frame(const struct ksm_run *run)
{
	return frame_kind(run->pte.frame) == FRAME_KSM ? run->pte.frame
						       : run->pte.frame + (run->last - run->first);
}

void ksm_run_cut(struct ksm_run *run, uint64_t first, uint64_t last)
{
	run->pte = pte_advance(run->pte, first - run->first);
	run->first = first;
	run->last = last;
}

void ksm_add_frames(const struct mm *mm, const struct ranges *pages, struct ranges *frames)
{
	for_each_vma(mm, vma) {
		struct ksm_run run;

		for (uint64_t next = vma_first(vma); ksm_run_next(vma, &next, &run);) {
			uint64_t end;
			bool named = ranges_probe(pages, run.first, &end);

			ksm_run_cut(&run, run.first, min(run.last, end));
			next = run.last + 1;
			if (named)
				ranges_add(frames, run.pte.frame, ksm_run_last_frame(&run));
		}
	}
}

void ksm_each_part(struct repro *r, const struct mm *mm, struct range pages, ksm_part *each,
		   uint64_t number, struct buf *out)
{
	uint64_t start = page_address(mm, pages.first), end = page_address(mm, pages.last + 1);
	const struct name *name;
	uint64_t next = 0;

	while ((name = mm_next_name(mm, &next))) {
		struct stretch stretch = mm_stretch(mm, name);
		uint64_t from = max(start, stretch.start), to = min(end, stretch.end);
		struct buf at = {0}, size = {0};

		if (from >= to || !mm_named_vma(mm, name))
			continue;
		repro_address(r, name, stretch.start, from, &at);
		repro_size(r, to - from, &size);
		each(r, buf_str(&at), buf_str(&size), (to - from) / repro_page(r), number, out);
		buf_deinit(&at);
		buf_deinit(&size);
	}
}
