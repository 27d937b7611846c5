/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mremap. (mm/mremap.c) */
#include <errno.h>

#include "base/minmax.h"
#include "model/calls/mremap_private.h"
#include "model/fault.h"
#include "model/limits.h"
#include "model/pool.h"
#include "model/syscalls.h"
#include "model/vma.h"

/* struct vma_remap_struct: one VMA, or the part of it, that is moved or gets another size. */
struct remap {
	struct machine *m;
	struct mm *mm;
	struct vm_area *vma; /* at addr */
	struct mremap_args a;
	uint64_t shrunk; /* pages that were unmapped before it moves */
	struct model_error *error;
};

/* Before 6.17 a fixed mremap unmaps what is there, and what it shrinks by, first of all. */
static bool unmaps_first(const struct remap *r)
{
	return machine_behaviour(r->m, BEHAVIOUR_MREMAP_SEVERAL) == MREMAP_SEVERAL_NO;
}

static uint64_t first_page(const struct remap *r)
{
	return address_page(r->mm, r->a.addr);
}

static uint64_t last_page(const struct remap *r)
{
	return address_page(r->mm, r->a.addr + r->a.old_len - 1);
}

static uint64_t new_first(const struct remap *r)
{
	return address_page(r->mm, r->a.new_addr);
}

static uint64_t new_last(const struct remap *r)
{
	return address_page(r->mm, r->a.new_addr + r->a.new_len - 1);
}

/* --- what is refused -------------------------------------------------------------------------- */

/* The new address. */
static bool check_place(const struct remap *r)
{
	const struct paging *paging = r->mm->paging;

	if (r->a.new_len > paging->task_size || r->a.new_addr > paging->task_size - r->a.new_len)
		return refuse(r->error, EINVAL, "the new range ends above the end of user space, 0x%llx",
			      (unsigned long long)paging->task_size);
	if (r->a.new_addr & (page_size(paging) - 1))
		return refuse(r->error, EINVAL, "the address is not a multiple of %llu KiB",
			      (unsigned long long)page_size(paging) >> 10);
	if (r->a.addr + r->a.old_len > r->a.new_addr && r->a.new_addr + r->a.new_len > r->a.addr)
		return refuse(r->error, EINVAL, "the old and the new addresses overlap");
	return true;
}

static bool has_new_place(const struct remap *r)
{
	return r->a.fixed || r->a.dontunmap;
}

/* How many VMAs below the limit must the process be before anything is done? */
static unsigned spare_vmas(const struct remap *r)
{
	unsigned behaviour = machine_behaviour(r->m, BEHAVIOUR_MREMAP_SPARE);

	if (behaviour == MREMAP_SPARE_TO_MOVE)
		return has_new_place(r) ? 6 : 0;
	return behaviour == MREMAP_SPARE_DONTUNMAP && r->a.dontunmap ? 5 : 4;
}

/* The same before each VMA is moved. */
static unsigned spare_to_move(const struct remap *r)
{
	return machine_behaviour(r->m, BEHAVIOUR_MREMAP_SPARE) == MREMAP_SPARE_TO_MOVE ? 4 : 2;
}

/* check_mremap_params() */
static bool check_mremap_params(const struct remap *r)
{
	if (!r->a.new_len)
		return refuse(r->error, EINVAL, "the size must not be 0");
	if (!unmaps_first(r) && r->a.new_len > r->mm->paging->task_size)
		return refuse(r->error, EINVAL, "larger than the user address space");
	if (r->a.fixed && !unmaps_first(r) && !check_place(r))
		return false;
	if (r->a.dontunmap && r->a.old_len != r->a.new_len)
		return refuse(r->error, EINVAL, "with dontunmap, the new size must equal the old");
	return unmaps_first(r) || may_have_more(r->m, r->mm, spare_vmas(r), "", r->error);
}

/* align_hugetlb() */
static bool align_hugetlb(struct remap *r)
{
	uint64_t unit = pmd_size(r->mm->paging);

	r->a.old_len = align_up(r->a.old_len, unit);
	r->a.new_len = align_up(r->a.new_len, unit);
	if ((r->a.addr | (r->a.fixed ? r->a.new_addr : 0)) & (unit - 1))
		return refuse(r->error, EINVAL, "hugetlb memory moves by whole huge pages");
	if (r->a.new_len > r->a.old_len)
		return refuse(r->error, EINVAL, "hugetlb memory cannot grow");
	return true;
}

/* What is looked at whatever is to be done: the VMA at the old address. */
static bool check_vma(struct remap *r)
{
	r->vma = mm_vma_at(r->mm, r->a.addr);
	if (!r->vma)
		return refuse(r->error, EFAULT, "page %llu is not mapped",
			      (unsigned long long)mm_named_page(r->mm, first_page(r)));
	if (!refuse_sealed(r->m, r->vma, 0, 0, NULL, r->error))
		return false;
	return !is_vm_hugetlb_page(r->vma) || align_hugetlb(r);
}

/* vma_to_resize(): may this VMA be moved, or grow? `after`: what the kernel has done before. */
static bool vma_to_resize(const struct remap *r, const char *after)
{
	const struct vm_area *vma = r->vma;
	bool fixed_size = vma->flags & (VM_DONTEXPAND | VM_PFNMAP);

	if (r->a.dontunmap && fixed_size)
		return refuse(r->error, EINVAL, "%s cannot be moved with dontunmap%s",
			      backing_names[vma->backing], after);
	/* What a smaller size leaves over may be in other VMAs. */
	if (min(r->a.old_len, r->a.new_len) > vma->end - r->a.addr)
		return refuse(r->error, EFAULT, "the range covers more than one VMA%s", after);
	if (r->a.new_len > r->a.old_len && fixed_size)
		return refuse(r->error, EFAULT, "%s cannot grow%s", backing_names[vma->backing], after);
	return true;
}

/*
 * vrm_calc_charge(): memory that is accounted is charged for what there will be more of it.
 * That it is no more does not matter to a limit which is passed already.
 */
static bool charge(const struct remap *r, uint64_t bytes, const char *after)
{
	uint64_t pages = bytes >> r->mm->paging->page_shift;

	return !(r->vma->flags & VM_ACCOUNT) || may_commit(r->m, committed_pages(r->m) + pages) ||
	       refuse(r->error, ENOMEM, "the limit of committed memory leaves no room for %llu pages "
					"more%s", (unsigned long long)pages, after);
}

/* --- growing ------------------------------------------------------------------------------------ */

/* The file of a VMA that gets larger is as long as that: see vm_mmap(). */
static bool grow_file(const struct remap *r)
{
	uint64_t index, more = (r->a.new_len - r->a.old_len) >> r->mm->paging->page_shift;

	if (!r->vma->object || !more)
		return true;
	index = linear_page_index(r->vma, last_page(r)) + 1;
	if (index > FILE_PAGES_MAX - min(more, FILE_PAGES_MAX))
		return not_modelled(r->error, "a file of more than 2^38 pages");
	if (r->vma->backing == BACKING_FILE)
		file_extend(r->vma->object, index + more);
	return true;
}

/* mm_populate(): locked memory that has grown. That a page cannot be had is no error. */
static bool populate_expand(const struct remap *r)
{
	uint64_t first = address_page(r->mm, r->a.new_addr + r->a.old_len);
	struct vm_area *vma = mm_vma_at(r->mm, page_address(r->mm, first));

	if (r->a.new_len <= r->a.old_len || !(vma->flags & VM_LOCKED) || vma->flags & VM_IO)
		return true;
	return populate(r->m, vma, first, new_last(r), r->error) || r->error->err > 0;
}

/* vma_expandable(): is it the end of a VMA, with room behind it? */
static bool can_expand_in_place(const struct remap *r)
{
	uint64_t end = r->a.addr + r->a.new_len;
	const struct vm_area *behind = mm_next(r->vma);

	return r->a.addr + r->a.old_len == r->vma->end && (!behind || behind->start >= end) &&
	       end <= r->mm->paging->task_size;
}

static bool expand_vma_in_place(struct remap *r)
{
	if (!charge(r, r->a.new_len - r->a.old_len, ""))
		return false;
	if (r->vma->flags & VM_SPECIAL)
		return refuse(r->error, ENOMEM, "memory of this kind is not merged with its extension");
	vma_merge_extend(r->m, r->vma, r->a.addr + r->a.new_len);
	r->a.new_addr = r->a.addr;
	return populate_expand(r);
}

/* --- moving -------------------------------------------------------------------------------------- */

/* get_unmapped_area() */
static bool set_new_addr(struct remap *r)
{
	const struct paging *paging = r->mm->paging;
	bool huge = is_vm_hugetlb_page(r->vma) || r->a.new_len % pmd_size(paging) == 0;

	if (r->a.fixed)
		return r->a.new_addr >= paging->mmap_min ||
		       refuse(r->error, EPERM, "the address is below vm.mmap_min_addr (%llu KiB)",
			      (unsigned long long)paging->mmap_min >> 10);
	if (r->a.new_len <= paging->task_size)
		r->a.new_addr = free_address(r->m, r->mm, r->a.new_len,
					     huge ? pmd_size(paging) : page_size(paging));
	return r->a.new_addr || refuse(r->error, ENOMEM, "no free address range of that size");
}

/* Does the VMA lose its userfaultfd when it moves? (vma_has_uffd_without_event_remap()) */
static bool loses_uffd(const struct vm_area *vma)
{
	return vma->uffd && !(vma->uffd->features & UFFD_FEATURE_EVENT_REMAP);
}

static void mremap_userfaultfd_prep(struct machine *m, struct vm_area *vma)
{
	if (!loses_uffd(vma))
		return;
	change_uffd(m, vma, NULL);
	change_flags(m, vma, vma->flags & ~VM_UFFD_FLAGS);
}

/* Private pages stay known by where they were first mapped. */
static void note_moved(const struct remap *r)
{
	const uint64_t distance = new_first(r) - first_page(r);
	uint64_t last;

	change_moved(r->m, r->mm, new_first(r), new_last(r), 0);
	if (!r->vma->anon_vma)
		return;
	for (uint64_t page = first_page(r); page <= last_page(r); page = last + 1) {
		uint64_t home = mm_home(r->mm, page, &last);

		last = min(last, last_page(r));
		change_moved(r->m, r->mm, page + distance, last + distance, page + distance - home);
	}
}

static struct table_move table_move_of(const struct remap *r)
{
	bool clears = machine_behaviour(r->m, BEHAVIOUR_MREMAP_UFFD_BIT) == MREMAP_UFFD_BIT_CLEARED &&
		      loses_uffd(r->vma);

	return (struct table_move){
		.m = r->m,
		.mm = r->mm,
		.old = first_page(r),
		.last = last_page(r),
		.new = new_first(r),
		.hugetlb = is_vm_hugetlb_page(r->vma),
		.anonymous = vma_is_anonymous(r->vma),
		.clear_uffd_wp = clears,
		.whole_tables = !clears,
	};
}

static bool keeps_to_range(const struct remap *r)
{
	return machine_behaviour(r->m, BEHAVIOUR_MREMAP_DONTUNMAP) == MREMAP_DONTUNMAP_RANGE;
}

/* VM_LOCKED goes, and nobody has called munlock: what is there stays unevictable. */
static void leave_mlocked(struct machine *m, const struct vm_area *vma)
{
	uint64_t last;

	for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		if ((pte.state == PTE_PRESENT || pte.state == PTE_HUGE) && pte.frame)
			rangeset_add(&m->mlocked, pte.frame, pte.frame + (last - page));
	}
}

/*
 * The old VMA stays, unlocked and without its pages: if they were all that it had, without its
 * anon_vma, and in some kernels with the index of its address.
 */
static bool dontunmap_complete(const struct remap *r, const struct vm_area *copy)
{
	const uint64_t locked = VM_LOCKED | VM_LOCKONFAULT;
	struct vm_area *old = mm_vma_at(r->mm, r->a.addr);

	if (keeps_to_range(r) && old->flags & locked)
		old = vma_cut_out(r->m, old, first_page(r), last_page(r), r->error);
	if (!old)
		return false;
	if (old->flags & VM_LOCKED)
		leave_mlocked(r->m, old);
	change_flags(r->m, old, old->flags & ~locked);
	if (old == copy || old->start != r->a.addr || old->end != r->a.addr + r->a.old_len ||
	    !old->anon_vma)
		return true;
	change_anon_vma(r->m, old, 0, false);
	if (machine_behaviour(r->m, BEHAVIOUR_MREMAP_LEFT_INDEX) == MREMAP_LEFT_INDEX_ADDRESS) {
		vma_index_anew(r->m, old);
		change_moved(r->m, r->mm, first_page(r), last_page(r), 0);
	}
	return true;
}

/* Those that are unmapped are charged, too, in some kernels, and nothing ever takes that back. */
static uint64_t charged_pages(const struct remap *r)
{
	return machine_behaviour(r->m, BEHAVIOUR_MREMAP_SHRINK_CHARGE) == MREMAP_SHRINK_CHARGE_YES ?
		       r->shrunk : 0;
}

/* May it be moved, as far as limits go? */
static bool prep_move_vma(const struct remap *r, const char *after)
{
	uint64_t more = r->a.dontunmap ? r->a.old_len : r->a.new_len - r->a.old_len;

	if (!may_have_more(r->m, r->mm, spare_to_move(r), after, r->error))
		return false;
	/* ksm_madvise(): a merged page in other memory stays one. */
	if (r->vma->flags & VM_MERGEABLE &&
	    !unmerge_ksm_pages(r->m, r->vma, first_page(r), last_page(r), r->error))
		return false;
	if (!charge(r, more + (charged_pages(r) << r->mm->paging->page_shift), after))
		return false;
	if (r->vma->flags & VM_ACCOUNT)
		r->m->lost_commit += charged_pages(r);
	return true;
}

static bool move_vma(struct remap *r, const char *after)
{
	struct table_move tables = table_move_of(r);
	bool apart = r->a.dontunmap && keeps_to_range(r);
	struct vm_area *copy;

	if (r->m->mm_count > 1 && shares_hugetlb_tables(r->vma))
		return not_modelled(r->error, "hugetlb page tables that processes share "
					      "(a shared mapping over a whole GiB)");
	if (tables.hugetlb && !hugetlb_move_fits(&tables))
		return not_modelled(r->error, "moving hugetlb memory over a missing page table");
	if (!prep_move_vma(r, after))
		return false;
	if (r->vma->object)
		r->vma->object->mapped_again = true;
	note_moved(r);
	copy = copy_vma(r->m, r->vma, r->a.addr, r->a.new_addr, r->a.new_addr + r->a.new_len, apart,
			r->error);
	if (!copy)
		return false;
	move_page_tables(tables);
	pool_move(r->m, r->vma, first_page(r), last_page(r), new_first(r));
	mremap_userfaultfd_prep(r->m, copy);
	if (!(r->a.dontunmap ? dontunmap_complete(r, copy)
			     : do_munmap(r->m, r->mm, first_page(r), last_page(r), r->error)))
		return false;
	return populate_expand(r);
}

/* --- the ways to carry it out ---------------------------------------------------------------------- */

/* Unmaps what the new size leaves over. */
static bool shrink_vma(struct remap *r)
{
	uint64_t first = address_page(r->mm, r->a.addr + r->a.new_len);

	if (!do_munmap(r->m, r->mm, first, last_page(r), r->error))
		return false;
	r->shrunk = (r->a.old_len - r->a.new_len) >> r->mm->paging->page_shift;
	r->a.old_len = r->a.new_len;
	r->vma = mm_vma_at(r->mm, r->a.addr);
	return true;
}

/* With a new address, given or not. */
static bool mremap_to(struct remap *r)
{
	const char *after = "";

	if (unmaps_first(r) && ((r->a.fixed && !check_place(r)) ||
				!may_have_more(r->m, r->mm, spare_vmas(r), "", r->error)))
		return false;
	if (!unmaps_first(r) && !vma_to_resize(r, after))
		return false;
	if (r->a.fixed) {
		if (!do_munmap(r->m, r->mm, new_first(r), new_last(r), r->error))
			return false;
		r->vma = mm_vma_at(r->mm, r->a.addr);
		after = " (the kernel has unmapped what was at the new address)";
	}
	if (r->a.old_len > r->a.new_len && !shrink_vma(r))
		return false;
	if (!vma_to_resize(r, after) || !grow_file(r) || !set_new_addr(r))
		return false;
	return move_vma(r, after);
}

/* Where it is, as far as it can. */
static bool mremap_at(struct remap *r)
{
	r->a.new_addr = r->a.addr;
	if (r->a.new_len == r->a.old_len)
		return true;
	if (r->a.new_len < r->a.old_len)
		return shrink_vma(r);
	if (!vma_to_resize(r, ""))
		return false;
	if (can_expand_in_place(r))
		return grow_file(r) && expand_vma_in_place(r);
	r->a.new_addr = 0;
	return set_new_addr(r) && grow_file(r) && move_vma(r, "");
}

/* vma_multi_allowed(): may it be one of several? */
static bool multi_allowed(const struct remap *r, const char *after)
{
	if (r->vma->flags & VM_UFFD_FLAGS)
		return refuse(r->error, EFAULT, "a VMA that is registered with a userfaultfd must "
						"be moved alone%s", after);
	if (r->vma->backing == BACKING_PFNMAP || r->vma->backing == BACKING_MIXEDMAP)
		return not_modelled(r->error, "moving a driver's mapping together with others: the driver "
					      "decides whether it can move");
	return true;
}

/*
 * remap_move(): all VMAs of a range, one by one; gaps between them stay as they are. The
 * VMAs are looked up anew each time, as what moves may be joined or cut.
 */
static bool remap_move(struct remap *whole)
{
	const uint64_t distance = whole->a.new_addr - whole->a.addr;
	uint64_t at = whole->a.addr, end = at + whole->a.old_len;
	bool seen = false;

	while (at < end && !whole->m->exhausted) {
		struct remap r = *whole;
		const char *after = seen ? " (the kernel has moved what precedes it)" : "";

		r.vma = mm_find(r.mm, at);
		if (!r.vma || r.vma->start >= end)
			break;
		if (seen && r.vma->start > at)
			at = r.vma->start;
		r.a.addr = at;
		r.a.old_len = r.a.new_len = min(end, r.vma->end) - at;
		r.a.new_addr = at + distance;
		if (r.vma->start <= r.a.addr && (seen || r.vma->end < end) && !multi_allowed(&r, after))
			return false;
		if (!check_vma(&r) || !mremap_to(&r))
			return false;
		seen = true;
		at = r.a.addr + r.a.old_len;
	}
	/* hugetlb: whole huge pages */
	end = at > end ? at : end;
	whole->a.old_len = whole->a.new_len = end - whole->a.addr;
	return seen || refuse(whole->error, EFAULT, "nothing is mapped there");
}

static bool do_mremap(struct remap *r)
{
	if (!check_mremap_params(r))
		return false;
	event_syscall(r->m, r->mm, "mremap", first_page(r), last_page(r));
	if (!unmaps_first(r) && r->a.fixed && r->a.old_len == r->a.new_len)
		return remap_move(r);
	if (!check_vma(r))
		return false;
	return has_new_place(r) ? mremap_to(r) : mremap_at(r);
}

bool vm_mremap(struct machine *m, struct mm *mm, struct mremap_args *args,
	       struct model_error *error)
{
	struct remap r = {.m = m, .mm = mm, .a = *args, .error = error};
	size_t event = m->event_count;

	r.a.old_len = align_up(args->old_len, page_size(mm->paging));
	r.a.new_len = align_up(args->new_len, page_size(mm->paging));
	if (r.a.new_len < args->new_len)
		return refuse(error, EINVAL, "larger than the user address space");
	if (!do_mremap(&r))
		return false;
	if (r.a.new_addr != r.a.addr)
		event_moved(m, event, r.a.new_addr);
	*args = r.a;
	return true;
}
