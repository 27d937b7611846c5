/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States that no system call can produce: those of hardware, races and drivers. */
#include <errno.h>

#include "model/fault.h"
#include "model/syscalls.h"
#include "model/vma.h"

struct flag_change {
	uint64_t add, remove;
};

static bool set_flags(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		      const void *arg, struct model_error *error)
{
	const struct flag_change *change = arg;
	struct vma_attrs attrs = vma_attrs(vma);

	attrs.flags = (attrs.flags | change->add) & ~change->remove;
	return kernel_has_flags(m, change->add, error) &&
	       flags_fit(vma->backing, vma->flags & (VM_SHARED | VM_MAYSHARE), attrs.flags, error) &&
	       vma_modify(m, vma, first, last, attrs, error);
}

bool set_flags_by_hand(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		       uint64_t add, uint64_t remove, struct model_error *error)
{
	struct flag_change change = {add, remove};

	event_syscall(m, mm, "flags", first, last);
	return each_vma(m, mm, first, last, set_flags, &change, error);
}

static bool set_anon_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			 const void *arg, struct model_error *error)
{
	(void)first;
	(void)last;
	(void)error;
	if (*(const bool *)arg)
		anon_vma_prepare(m, vma);
	else if (vma->anon_vma)
		change_anon_vma(m, vma, 0, false);
	return true;
}

void set_anon_vma_by_hand(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, bool on)
{
	struct model_error error;

	event_syscall(m, mm, "anon_vma", first, last);
	each_vma(m, mm, first, last, set_anon_vma, &on, &error);
}

static bool drop(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		 const void *arg, struct model_error *error)
{
	struct vma_attrs attrs = vma_attrs(vma);

	(void)arg;
	attrs.policy = 0;
	return vma_modify(m, vma, first, last, attrs, error);
}

bool drop_policy(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		 struct model_error *error)
{
	event_syscall(m, mm, "mbind", first, last);
	return each_vma(m, mm, first, last, drop, NULL, error);
}

/* Which frame an entry made by hand points to. */
static uint64_t frame_by_hand(struct machine *m, const struct vm_area *vma, enum pte_state state,
			      uint16_t attrs, uint64_t first, uint64_t last)
{
	uint64_t pages = last - first + 1, frame;

	switch (state) {
	case PTE_NONE:
	case PTE_MARKER:
	case PTE_ZERO:
		return 0;
	case PTE_HUGE:
		if (attrs & PTE_SPECIAL && vma_is_anonymous(vma))
			return 0; /* the huge zero page */
		/* fall through */
	case PTE_PRESENT:
		if (attrs & PTE_SPECIAL) {
			frame = m->next_pfn;
			m->next_pfn += pages;
			return frame;
		}
		if (vma->object && !(attrs & PTE_EXCLUSIVE) &&
		    !(is_vm_hugetlb_page(vma) && !(vma->flags & VM_SHARED))) {
			first = linear_page_index(vma, first);
			last = linear_page_index(vma, last);
			rangeset_add(&vma->object->cached, first, last);
			rangeset_remove(&vma->object->swapped, first, last);
			frame = vma->object->frame + first;
			if (attrs & PTE_PINNED)
				rangeset_add(&m->pinned, frame, frame + pages - 1);
			else
				rangeset_remove(&m->pinned, frame, frame + pages - 1);
			return frame;
		}
		return machine_new_frames(m, pages, state == PTE_HUGE);
	default:
		return machine_new_frames(m, pages, false);
	}
}

struct entry {
	enum pte_state state;
	uint16_t attrs;
};

/* The alignment of huge entries: those that are there, and those that are to be. */
static bool check_huge(const struct vm_area *vma, uint64_t first, uint64_t last_page,
		       enum pte_state state, struct model_error *error)
{
	const struct mm *mm = vma->mm;
	bool whole = pmd_aligned(mm, first) && pmd_aligned(mm, last_page + 1);
	uint64_t last;

	if ((state == PTE_HUGE || is_vm_hugetlb_page(vma)) && !whole)
		return refuse(error, EINVAL, "a huge entry covers %llu pages from a %llu KiB "
					     "boundary on, not %llu-%llu",
			      (unsigned long long)huge_pages(mm),
			      (unsigned long long)pmd_size(mm->paging) >> 10,
			      (unsigned long long)mm_named_page(mm, first),
			      (unsigned long long)mm_named_page(mm, last_page));
	for (uint64_t page = first; page <= last_page; page = last + 1)
		if (vma_pte(vma, page, &last).state == PTE_HUGE &&
		    (!pmd_aligned(mm, page) ||
		     (last >= last_page && !pmd_aligned(mm, last_page + 1))))
			return refuse(error, EINVAL, "page %llu is under a huge entry: set all "
						     "of its %llu pages",
				      (unsigned long long)mm_named_page(mm, page),
				      (unsigned long long)huge_pages(mm));
	return true;
}

static bool check_by_hand(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			  const void *arg, struct model_error *error)
{
	const struct entry *entry = arg;
	enum pte_state state = entry->state;

	if (entry->attrs & PTE_SOFT_DIRTY && !m->paging.soft_dirty)
		return refuse(error, EINVAL, "entries have no soft-dirty bit on %s", arch_names[m->paging.arch]);
	if (entry->attrs & PTE_UFFD_WP && !machine_features(m, UFFD_FEATURE_PAGEFAULT_FLAG_WP))
		return refuse(error, EINVAL, "entries have no uffd-wp bit on %s", m->kernel->name);
	if (state == PTE_ZERO && !vma_is_anonymous(vma))
		return refuse(error, EINVAL, "the zero page is mapped in anonymous memory only");
	if (entry->attrs & PTE_EXCLUSIVE && vma->flags & VM_SHARED)
		return refuse(error, EINVAL, "a shared mapping has no anonymous pages to be exclusive");
	if (!check_huge(vma, first, last, state, error))
		return false;
	if (is_vm_hugetlb_page(vma) && state != PTE_NONE && state != PTE_HUGE &&
	    state != PTE_MARKER && state != PTE_HWPOISON && state != PTE_MIGRATION)
		return refuse(error, EINVAL, "a hugetlb entry cannot have the state %s", pte_state_names[state]);
	return true;
}

/* Tables over first..last in which nothing is left. */
static void free_empty_tables(struct machine *m, struct mm *mm, uint64_t first, uint64_t last)
{
	uint64_t end;

	for (uint64_t page = huge_first(mm, first); page <= last; page = end + 1) {
		uint64_t from = huge_last(mm, page - 1) + 1, to;

		if (runs_at(&mm->pages, page, &end).state != PTE_NONE)
			continue;
		to = huge_first(mm, end + 1 < huge_last(mm, last) ? end + 1 : huge_last(mm, last) + 1);
		if (from < to)
			change_remove_tables(m, mm, LEVEL_PTE, page_table(mm, from),
					     page_table(mm, to) - 1);
	}
	for (enum table_level level = LEVEL_PMD; level <= machine_top_level(m); level++) {
		unsigned bits = mm->paging->table_bits * (level + 1);
		struct range table, part;

		table = (struct range){first >> bits, last >> bits};
		while (rangeset_next(&mm->tables[level], table.first, table.last, true, &part)) {
			uint64_t low = part.first << mm->paging->table_bits, entries;
			struct range below;

			/* One table at a time: those below may be of neighbours. */
			entries = ((part.first + 1) << (bits)) - 1;
			if (!rangeset_next(&mm->tables[level - 1], low,
					 low + ptrs_per_table(mm->paging) - 1, true, &below) &&
			    runs_at(&mm->pages, part.first << bits, &end).state == PTE_NONE &&
			    end >= entries)
				change_remove_tables(m, mm, level, part.first, part.first);
			if (part.first == table.last)
				break;
			table.first = part.first + 1;
		}
	}
}

static bool set_entries(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	const struct entry *entry = arg;
	bool hugetlb = is_vm_hugetlb_page(vma), huge = entry->state == PTE_HUGE || hugetlb;
	struct pte pte = {
		.state = (uint8_t)entry->state,
		.attrs = entry->attrs,
		.frame = frame_by_hand(m, vma, entry->state, entry->attrs, first, last),
	};

	(void)error;
	if (entry->state == PTE_HUGE && !hugetlb)
		change_remove_tables(m, vma->mm, LEVEL_PTE, page_table(vma->mm, first),
				     page_table(vma->mm, last));
	if (entry->state != PTE_NONE)
		mm_populate_tables(m, vma->mm, first, last, huge ? LEVEL_PMD : LEVEL_PTE);
	change_pte(m, vma->mm, first, last, pte);
	if (entry->state == PTE_NONE)
		free_empty_tables(m, vma->mm, first, last);
	return true;
}

bool set_pte_by_hand(struct machine *m, struct mm *mm, const struct ranges *pages,
		     enum pte_state state, uint16_t attrs, struct model_error *error)
{
	struct entry entry = {state, attrs};
	uint16_t odd = attrs & ~pte_state_attrs[state];

	if (odd)
		return refuse(error, EINVAL, "an entry of state %s cannot have the attribute %s",
			      pte_state_names[state], pte_attr_names[__builtin_ctz(odd)]);
	if (state == PTE_MARKER && !attrs)
		return refuse(error, EINVAL, "a marker is uffd-wp, guard or poison");
	for (size_t i = 0; i < pages->n; i++)
		if (!each_vma(m, mm, pages->v[i].first, pages->v[i].last, check_by_hand, &entry, error))
			return false;
	event_syscall(m, mm, "pte", pages->v[0].first, pages->v[pages->n - 1].last);
	if (state == PTE_ZERO)
		entry.attrs |= PTE_SPECIAL;
	for (size_t i = 0; i < pages->n && !m->exhausted; i++)
		if (!each_vma(m, mm, pages->v[i].first, pages->v[i].last, set_entries, &entry, error))
			return false;
	if (attrs & PTE_PINNED)
		mm->has_pinned = true;
	return true;
}
