/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same fork, had something been done before it. Each is carried out on a machine of its own. */
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/syscalls.h"
#include "session/cost/cost_private.h"

const char *const cost_change_names[CHANGES] = {
	[CHANGE_HUGE] = "huge pages",
	[CHANGE_DONTFORK] = "MADV_DONTFORK",
	[CHANGE_SHARED] = "shared memory",
	[CHANGE_BORROW] = "vfork or posix_spawn",
};

/* --- huge pages -------------------------------------------------------------------------- */

/* Could the kernel have given it huge pages? */
static bool can_be_huge(const struct vm_area *vma)
{
	return vma_is_anonymous(vma) && vma->flags & VM_WRITE &&
	       !(vma->flags &
		 (VM_HUGETLB | VM_UFFD_FLAGS | VM_GROWSDOWN | VM_DONTCOPY | VM_WIPEONFORK));
}

/*
 * Adds the 2 MiB that are in the VMA as a whole and have a small page; *kept: pages of them that
 * are there.
 */
static void add_units(const struct vm_area *vma, struct ranges *units, uint64_t *kept)
{
	const struct mm *mm = vma->mm;
	uint64_t first = huge_first(mm, vma_first(vma) + huge_pages(mm) - 1);
	uint64_t end = huge_first(mm, vma_last(vma) + 1);

	for (uint64_t page = vma_first(vma), last; page <= vma_last(vma); page = last + 1) {
		struct pte pte = cost_entries(vma, page, &last);
		uint64_t from = max(page, first), to = min(last + 1, end);

		if (pte.state != PTE_PRESENT || from >= to)
			continue;
		ranges_add(units, huge_first(mm, from), huge_last(mm, to - 1));
		*kept += to - from;
	}
}

static bool make_huge(struct fork_cost *c, struct machine *m, struct cost_change *change)
{
	struct ranges units = {0};
	struct model_error ignored;
	uint64_t kept = 0, all = 0;
	bool ok;

	(void)c;
	for_each_vma(m->parent, vma) if (can_be_huge(vma)) add_units(vma, &units, &kept);
	for (size_t i = 0; i < units.n; i++)
		all += units.v[i].last - units.v[i].first + 1;
	ok = units.n &&
	     set_pte_by_hand(m, m->parent, &units, PTE_HUGE, PTE_WRITE | PTE_EXCLUSIVE, &ignored);
	change->memory = all > kept ? (all - kept) * page_size(&m->paging) : 0;
	ranges_deinit(&units);
	return ok;
}

/* --- the most expensive mapping ------------------------------------------------------- */

static struct vm_area *largest(const struct fork_cost *c, const struct machine *m)
{
	return c->largest < c->n ? cost_vma(m, &c->mappings[c->largest]) : NULL;
}

static bool keep_from_child(struct fork_cost *c, struct machine *m, struct cost_change *change)
{
	struct vm_area *vma = largest(c, m);
	struct model_error ignored;

	(void)change;
	return vma &&
	       vm_madvise(m, m->parent, vma_first(vma), vma_last(vma), ADVICE_DONTFORK, &ignored);
}

static bool make_shared(struct fork_cost *c, struct machine *m, struct cost_change *change)
{
	struct vm_area *vma = largest(c, m);
	struct mmap_args args = {.name = "cost-as-shared-memory",
				 .backing = BACKING_SHMEM,
				 .shared = true,
				 .fixed = true,
				 .anonymous = true};
	struct ranges pages = {0};
	struct model_error ignored;
	bool ok;

	(void)change;
	if (!vma || !vma_is_anonymous(vma))
		return false;
	args.address = vma->start;
	args.size = vma->end - vma->start;
	args.prot = (vma->flags & VM_READ ? MODEL_PROT_READ : 0u) |
		    (vma->flags & VM_WRITE ? MODEL_PROT_WRITE : 0u) |
		    (vma->flags & VM_EXEC ? MODEL_PROT_EXEC : 0u);
	for (uint64_t page = vma_first(vma), last; page <= vma_last(vma); page = last + 1)
		if (cost_entries(vma, page, &last).state != PTE_NONE)
			ranges_add(&pages, page, last);
	ok = vm_munmap(m, m->parent, vma_first(vma), vma_last(vma), &ignored) &&
	     vm_mmap(m, m->parent, &args, &ignored) &&
	     (!pages.n || set_pte_by_hand(m, m->parent, &pages, PTE_PRESENT, 0, &ignored));
	ranges_deinit(&pages);
	return ok;
}

/* --- all of them ---------------------------------------------------------------------- */

typedef bool prepare_function(struct fork_cost *c, struct machine *m, struct cost_change *change);

static prepare_function *const prepare[CHANGES] = {
	[CHANGE_HUGE] = make_huge,
	[CHANGE_DONTFORK] = keep_from_child,
	[CHANGE_SHARED] = make_shared,
	[CHANGE_BORROW] = NULL,
};

static void find_largest(struct fork_cost *c, const struct machine *m)
{
	c->largest = c->n;
	for (size_t i = 0; i < c->n && c->largest == c->n; i++) {
		const struct vm_area *vma = cost_vma(m, &c->mappings[i]);

		if (vma && c->mappings[i].work.entries &&
		    !(vma->flags & (VM_SHARED | VM_SPECIAL | VM_GROWSDOWN)))
			c->largest = i;
	}
}

void cost_changes(struct fork_cost *c, struct session *session, const struct machine *before)
{
	find_largest(c, before);
	for (int i = 0; i < CHANGES; i++) {
		struct machine *m = cost_copy(session, before);
		struct cost_change *change = &c->changes[i];
		struct model_error ignored;

		if (!prepare[i]) {
			change->possible = vm_borrow(m, FORK_VFORK, &ignored);
			change->work.count[PRICE_FORK] = 1;
			change->work.entries = m->cost.entries;
			change->work.tables = cost_tables(&m->cost);
		} else if (prepare[i](c, m, change) && vm_fork(m, &ignored) && !m->exhausted) {
			change->possible = true;
			cost_work(m, &change->work);
		}
		change->seconds = work_seconds(&change->work, &c->prices, NULL);
		machine_free(m);
	}
}
