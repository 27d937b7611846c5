/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mmap, munmap, mprotect, mlock, and the merging of VMAs. */
#include <errno.h>

#include "base/alloc.h"
#include "model/fault.h"
#include "model/syscalls.h"

static uint64_t task_size(const struct machine *m)
{
	return (UINT64_C(1) << (m->levels == 5 ? 56 : 47)) - PAGE_SIZE;
}

/* --- mmap -------------------------------------------------------------------- */

struct backing_flags {
	bool shared_allowed, private_allowed;
	uint64_t flags;
};

/* What the driver or file system adds, as smaps shows it. */
static const struct backing_flags backing_flags[BACKINGS] = {
	[BACKING_ANON] = {false, true, 0},
	[BACKING_SHMEM] = {true, true, 0},
	[BACKING_FILE] = {true, true, 0},
	[BACKING_HUGETLB] = {true, true, VM_HUGETLB | VM_DONTEXPAND},
	[BACKING_PFNMAP] = {true, true, VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP},
	[BACKING_MIXEDMAP] = {true, true, VM_MIXEDMAP | VM_DONTEXPAND},
	[BACKING_STACK] = {false, true, VM_GROWSDOWN},
};

uint64_t backing_adds(enum backing backing)
{
	return backing_flags[backing].flags;
}

bool backing_allows(enum backing backing, bool shared)
{
	const struct backing_flags *info = &backing_flags[backing];

	return shared ? info->shared_allowed : info->private_allowed;
}

static uint64_t prot_flags(unsigned prot)
{
	return (prot & MODEL_PROT_READ ? VM_READ : 0) |
	       (prot & MODEL_PROT_WRITE ? VM_WRITE : 0) |
	       (prot & MODEL_PROT_EXEC ? VM_EXEC : 0);
}

/* accountable_mapping(): private and writable, and not hugetlb. */
static uint64_t account_flag(uint64_t flags)
{
	return (flags & (VM_NORESERVE | VM_SHARED | VM_WRITE | VM_HUGETLB)) == VM_WRITE
		       ? VM_ACCOUNT
		       : 0;
}

/* A free place for `size` bytes with a page free on both sides; 0: none. */
static uint64_t free_address(struct machine *m, uint64_t size, uint64_t align)
{
	const struct mm *mm = m->parent;
	uint64_t limit = task_size(m), at = MMAP_BASE;
	size_t i = mm->vma_count;

	/* Normally after the last VMA; first fit when there is no room. */
	if (i && mm->vmas[i - 1]->end + PAGE_SIZE > at)
		at = mm->vmas[i - 1]->end + PAGE_SIZE;
	at = (at + align - 1) & ~(align - 1);
	if (at <= limit && size <= limit - at)
		return at;
	/* A gap: next fit, then from the start. */
	for (int again = 0; again < 2; again++) {
		at = again || m->gap < MMAP_BASE ? MMAP_BASE : m->gap;
		i = mm_find(mm, at);
		if (i < mm->vma_count && mm->vmas[i]->start <= at)
			at = mm->vmas[i]->end + PAGE_SIZE;
		at = (at + align - 1) & ~(align - 1);
		for (i = mm_find(mm, at); i < mm->vma_count; i++) {
			m->work++;
			if (mm->vmas[i]->start > at && mm->vmas[i]->start - at >= size + PAGE_SIZE) {
				m->gap = at + size + PAGE_SIZE;
				return at;
			}
			at = (mm->vmas[i]->end + PAGE_SIZE + align - 1) & ~(align - 1);
		}
		if (at <= limit && size <= limit - at)
			return at;
	}
	return 0;
}

/* Drivers that fill their mapping at mmap: remap_pfn_range(), vm_insert_pages(). */
static void fill_device(struct machine *m, struct vm_area *vma)
{
	uint64_t pages = vma_pages(vma);
	struct pte pte = {.state = PTE_PRESENT, .attrs = PTE_YOUNG};

	if (vma->backing == BACKING_PFNMAP) {
		pte.attrs |= PTE_SPECIAL;
		pte.frame = m->next_pfn;
		m->next_pfn += pages;
	} else {
		pte.frame = vma->object->frame + vma->pgoff;
		ranges_add(&vma->object->cached, vma->pgoff, vma->pgoff + pages - 1);
	}
	if (shared_prot_writable(vma))
		pte.attrs |= PTE_WRITE;
	mm_populate_tables(m, vma->mm, vma->start, vma->end, LEVEL_PTE);
	change_pte(m, vma, 0, pages - 1, pte);
}

bool flags_fit(enum backing backing, bool shared, uint64_t flags, struct model_error *error)
{
	if (!(flags & VM_HUGETLB) != (backing != BACKING_HUGETLB))
		return not_modelled(error, "VM_HUGETLB is set on hugetlb VMAs only");
	if (!(flags & VM_SHARED) == shared || (flags & VM_MAYSHARE && !shared))
		return not_modelled(error, "a mapping cannot change between shared and private");
	return true;
}

static bool check_place(const struct machine *m, const struct mmap_args *args,
			uint64_t size, struct model_error *error)
{
	const struct mm *mm = m->parent;
	uint64_t align = args->backing == BACKING_HUGETLB ? PMD_SIZE : PAGE_SIZE;
	size_t i;

	if (args->address & (align - 1))
		return refuse(error, EINVAL, "the address is not a multiple of %s",
			      align == PAGE_SIZE ? "4 KiB" : "2 MiB");
	if (args->address < 0x10000)
		return refuse(error, EPERM, "the address is below vm.mmap_min_addr (64 KiB)");
	if (args->address > task_size(m) || size > task_size(m) - args->address)
		return refuse(error, ENOMEM, "the VMA does not fit below the end of user space, 0x%llx",
			      (unsigned long long)task_size(m));
	i = mm_find(mm, args->address);
	if (i < mm->vma_count && mm->vmas[i]->start < args->address + size)
		return refuse(error, EEXIST, "the address range overlaps %s", mm->vmas[i]->name);
	return true;
}

/*
 * Adjacent VMAs of the same kind map consecutive parts of one file, so that they
 * can be merged. A file has any size that is needed: frames are only numbers.
 */
static void choose_object(struct machine *m, struct vm_area *vma)
{
	const struct vm_area *before = mm_vma_at(m->parent, vma->start - 1);
	const struct vm_area *behind = mm_vma_at(m->parent, vma->end);

	if (before && before->object && before->backing == vma->backing) {
		vma->object = before->object;
		vma->pgoff = before->pgoff + vma_pages(before);
	} else if (behind && behind->object && behind->backing == vma->backing) {
		vma->object = behind->object;
		vma->pgoff = behind->pgoff - vma_pages(vma);
	} else {
		vma->object = machine_new_object(m, vma->backing, 4 * VMA_PAGES_MAX);
		vma->pgoff = 2 * VMA_PAGES_MAX;
	}
}

uint64_t vm_mmap_flags(const struct mmap_args *args)
{
	uint64_t flags = backing_flags[args->backing].flags | prot_flags(args->prot) |
			 VM_MAYREAD | VM_MAYWRITE | VM_SOFTDIRTY;

	if (args->backing != BACKING_MIXEDMAP) /* anonymous inodes cannot be executed */
		flags |= VM_MAYEXEC;
	if (args->shared)
		flags |= VM_SHARED | VM_MAYSHARE;
	flags |= account_flag(flags | (args->add_flags & VM_NORESERVE)); /* MAP_NORESERVE */
	return (flags | args->add_flags) & ~args->remove_flags;
}

bool vm_mmap(struct machine *m, const struct mmap_args *args, struct model_error *error)
{
	uint64_t unit = args->backing == BACKING_HUGETLB ? PMD_SIZE : PAGE_SIZE;
	uint64_t address = args->address, size, align = unit, flags;
	struct vm_area *vma;

	if (args->size == 0)
		return refuse(error, EINVAL, "a VMA of size 0");
	if (args->size > task_size(m))
		return refuse(error, ENOMEM, "larger than the user address space");
	if (args->size >> PAGE_SHIFT > VMA_PAGES_MAX)
		return not_modelled(error, "a VMA of more than 256 TiB");
	if (m->parent->vma_count >= VMAS_MAX)
		return not_modelled(error, "more than %u VMAs (Linux itself stops at vm.max_map_count, "
					   "65530 unless raised)", VMAS_MAX);
	size = (args->size + unit - 1) & ~(unit - 1);
	if (!backing_allows(args->backing, args->shared))
		return refuse(error, EINVAL, "%s is always %s; shared anonymous memory is shmem",
			      backing_names[args->backing], args->shared ? "private" : "shared");
	if (args->fixed) {
		if (!check_place(m, args, size, error))
			return false;
	} else {
		/* Aligned, as mmap does for THP, so that huge pages are possible. */
		if (size % PMD_SIZE == 0)
			align = PMD_SIZE;
		address = free_address(m, size, align);
		if (!address)
			return refuse(error, ENOMEM, "no free address range of that size");
	}
	flags = vm_mmap_flags(args);
	if (!flags_fit(args->backing, args->shared, flags, error))
		return false;
	vma = machine_new_vma(m);
	vma->name = machine_intern(m, args->name, &vma->name_id);
	vma->start = address;
	vma->end = address + size;
	vma->backing = args->backing;
	vma->mm = m->parent;
	vma->flags = flags;
	runs_init(&vma->pages, size >> PAGE_SHIFT);
	if (!vma_is_anonymous(vma))
		choose_object(m, vma);
	/* The file was written before: all of it is in the page cache. */
	if (vma->backing == BACKING_FILE)
		ranges_add(&vma->object->cached, vma->pgoff, vma->pgoff + vma_pages(vma) - 1);
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = vma, .text = "mmap",
				    .address = vma->start});
	change_add_vma(m, m->parent, vma);
	if (vma->backing == BACKING_PFNMAP || vma->backing == BACKING_MIXEDMAP)
		fill_device(m, vma);
	return true;
}

/* --- munmap ------------------------------------------------------------------ */

bool vm_munmap(struct machine *m, struct vm_area *vma, struct model_error *error)
{
	struct mm *mm = vma->mm;
	uint64_t floor = 0, ceiling = UINT64_C(1) << 57;
	size_t i = mm_find(mm, vma->start);

	(void)error;
	if (i > 0)
		floor = mm->vmas[i - 1]->end;
	if (i + 1 < mm->vma_count)
		ceiling = mm->vmas[i + 1]->start;
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = vma, .text = "munmap",
				    .address = vma->start});
	change_remove_vma(m, vma);
	/* free_pgtables(): frees tables that no adjacent VMA uses. */
	for (enum table_level level = LEVEL_PTE; level <= machine_top_level(m); level++) {
		uint64_t span = UINT64_C(1) << TABLE_SHIFT(level);
		uint64_t first = vma->start & ~(span - 1), last = (vma->end - 1) & ~(span - 1);

		if (first < floor)
			first += span;
		if (last + span > ceiling) {
			if (last == 0)
				continue;
			last -= span;
		}
		if (first <= last)
			change_remove_tables(m, mm, level, first >> TABLE_SHIFT(level),
					     last >> TABLE_SHIFT(level));
	}
	return true;
}

/* --- mprotect ------------------------------------------------------------------ */

/* The write bit of a present entry after mprotect (can_change_pte_writable). */
static bool writable_after(const struct machine *m, const struct vm_area *vma, struct pte pte)
{
	if (!(vma->flags & VM_WRITE))
		return false;
	if (pte.attrs & PTE_UFFD_WP && vma->flags & (VM_UFFD_WP | VM_UFFD_RWP))
		return false;
	if (vma->flags & VM_SHARED)
		return shared_prot_writable(vma) ||
		       (vma->backing == BACKING_FILE && pte.attrs & PTE_DIRTY);
	if (is_vm_hugetlb_page(vma) || !(pte.attrs & PTE_EXCLUSIVE))
		return false;
	if (m->kernel->behaviour[BEHAVIOUR_MPROTECT_UPGRADE] == MPROTECT_UPGRADE_DIRTY)
		return pte.state == PTE_PRESENT && pte.attrs & PTE_DIRTY;
	return true;
}

struct pte change_softleaf_pte(const struct vm_area *vma, struct pte pte)
{
	if (!(pte.attrs & PTE_WRITE) ||
	    (pte.state != PTE_MIGRATION && pte.state != PTE_DEVICE_PRIVATE))
		return pte;
	/* The entry is built anew, and not all of the old bits are carried over. */
	pte.attrs &= ~PTE_WRITE;
	if (pte.state == PTE_DEVICE_PRIVATE || is_vm_hugetlb_page(vma))
		pte.attrs &= ~PTE_SOFT_DIRTY;
	if (is_vm_hugetlb_page(vma))
		pte.attrs &= ~PTE_UFFD_WP;
	return pte;
}

/* change_protection(). */
static void change_protection(struct machine *m, struct vm_area *vma)
{
	uint64_t pages = vma_pages(vma), last;

	for (uint64_t page = 0; page < pages && !m->exhausted; page = last + 1) {
		struct pte pte = runs_at(&vma->pages, page, &last);

		m->work++;
		if (pte.state == PTE_PRESENT || pte.state == PTE_HUGE)
			pte.attrs = (pte.attrs & ~PTE_WRITE) |
				    (writable_after(m, vma, pte) ? PTE_WRITE : 0);
		else
			pte = change_softleaf_pte(vma, pte);
		change_pte(m, vma, page, last, pte);
	}
}

static struct ranges all_pages(const struct vm_area *vma)
{
	struct ranges all = {0};

	ranges_add(&all, 0, vma_pages(vma) - 1);
	return all;
}

/* populate_vma_page_range(): faults in the pages for mlock. */
static bool populate(struct machine *m, struct vm_area *vma, struct model_error *error)
{
	struct ranges all = all_pages(vma);
	bool write = (vma->flags & (VM_WRITE | VM_SHARED)) == VM_WRITE;
	enum touch_result saved = vma->mm->last_touch, result;
	bool ok = vm_touch(m, vma, &all, write, &result, error);

	ranges_deinit(&all);
	if (!ok)
		return false;
	if (vma->mm->last_touch != saved)
		change_last_touch(m, vma->mm, saved);
	if (result == TOUCH_BLOCKED)
		return not_modelled(error, "mlock of pages that wait for a userfaultfd");
	if (result != TOUCH_OK)
		return refuse(error, ENOMEM, "a page could not be faulted in (%s)",
			      touch_result_names[result]);
	return true;
}

bool vm_mprotect(struct machine *m, struct vm_area *vma, unsigned prot,
		 struct model_error *error)
{
	const struct {
		uint64_t wanted, allowed;
	} may[] = {
		{VM_READ, VM_MAYREAD}, {VM_WRITE, VM_MAYWRITE}, {VM_EXEC, VM_MAYEXEC},
	};
	uint64_t before = vma->flags;
	uint64_t flags = (before & ~(VM_READ | VM_WRITE | VM_EXEC)) | prot_flags(prot);

	for (size_t i = 0; i < ARRAY_SIZE(may); i++)
		if (prot_flags(prot) & may[i].wanted && !(vma->flags & may[i].allowed))
			return refuse(error, EACCES, "%s is not set", vm_flag_of(may[i].allowed)->name);
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = vma, .text = "mprotect",
				    .address = vma->start});
	if (flags == before)
		return true;
	/* mprotect_fixup(): unaccounts memory that was never used. */
	if (m->kernel->behaviour[BEHAVIOUR_MPROTECT_ACCOUNT] == MPROTECT_ACCOUNT_DROPPED &&
	    vma_is_anonymous(vma) && !vma->anon_vma)
		flags &= ~VM_ACCOUNT;
	change_flags(m, vma, flags | account_flag(flags));
	change_protection(m, vma);
	/* Faults in locked memory that becomes writable; ignores errors of the kernel. */
	if ((before & (VM_WRITE | VM_SHARED | VM_LOCKED)) == VM_LOCKED && flags & VM_WRITE) {
		struct model_error why = {0};

		if (!populate(m, vma, &why) && why.err == MODEL_NOT_MODELLED) {
			*error = why;
			return false;
		}
	}
	return true;
}

bool vm_mlock(struct machine *m, struct vm_area *vma, struct model_error *error)
{
	uint64_t before = vma->flags;
	bool lockable = !(before & (VM_SPECIAL | VM_HUGETLB | VM_DROPPABLE));

	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = vma, .text = "mlock",
				    .address = vma->start});
	if (lockable)
		change_flags(m, vma, before | VM_LOCKED);
	return before & (VM_IO | VM_PFNMAP) || populate(m, vma, error);
}

/* --- merge ----------------------------------------------------------------------- */

/* is_mergeable_anon_vma(). */
static bool anon_vma_mergeable(const struct vm_area *a, const struct vm_area *b,
			       struct model_error *error)
{
	const struct vm_area *faulted = a->anon_vma ? a : b;

	if (a->anon_vma == b->anon_vma)
		return true;
	if (a->anon_vma && b->anon_vma)
		return refuse(error, MODEL_CANNOT, "they have different anon_vmas");
	if (faulted->anon_vma_cloned)
		return refuse(error, MODEL_CANNOT, "the anon_vma of %s was cloned by fork, and %s has none",
			      faulted->name, faulted == a ? b->name : a->name);
	return true;
}

bool vm_merge(struct machine *m, struct vm_area *keep, struct vm_area *other,
	      struct model_error *error)
{
	struct vm_area *a = keep->start < other->start ? keep : other;
	struct vm_area *b = a == keep ? other : keep, *merged;
	bool sticky = m->kernel->behaviour[BEHAVIOUR_GUARD_REGIONS] == GUARD_ANY_FLAG;
	uint64_t ignored = VM_SOFTDIRTY | (sticky ? VM_MAYBE_GUARD : 0);
	uint64_t differ = (a->flags ^ b->flags) & ~ignored;
	uint64_t special = (a->flags | b->flags) & VM_SPECIAL;

	if (a == b)
		return refuse(error, MODEL_CANNOT, "a VMA cannot be merged with itself");
	if (a->end != b->start)
		return refuse(error, MODEL_CANNOT, "they are not adjacent: %s ends at 0x%llx, %s starts at 0x%llx",
			      a->name, (unsigned long long)a->end, b->name,
			      (unsigned long long)b->start);
	if (special)
		return refuse(error, MODEL_CANNOT, "%s is set: such VMAs are never merged",
			      vm_flag_of(special)->name);
	if (a->backing != b->backing)
		return refuse(error, MODEL_CANNOT, "one maps %s, the other %s", backing_names[a->backing],
			      backing_names[b->backing]);
	if (differ) {
		uint64_t bit = differ & -differ;

		return refuse(error, MODEL_CANNOT, "%s is set on %s only", vm_flag_of(bit)->name,
			      a->flags & bit ? a->name : b->name);
	}
	if (!object_continues(a, b))
		return refuse(error, MODEL_CANNOT, "%s and %s are not contiguous in the file", b->name, a->name);
	if (a->uffd != b->uffd)
		return refuse(error, MODEL_CANNOT, "they belong to different userfaultfd contexts");
	if (!anon_vma_mergeable(a, b, error))
		return false;
	merged = machine_new_vma(m);
	*merged = (struct vm_area){
		.name = keep->name,
		.name_id = keep->name_id,
		.start = a->start,
		.end = b->end,
		.flags = a->flags | b->flags,
		.backing = a->backing,
		.object = a->object,
		.pgoff = a->pgoff,
		.anon_vma = a->anon_vma ? a->anon_vma : b->anon_vma,
		.anon_vma_cloned = a->anon_vma_cloned || b->anon_vma_cloned,
		.uffd = a->uffd,
		.next_owned = merged->next_owned,
	};
	m->work += a->pages.count + b->pages.count;
	machine_take(m, (a->pages.count + b->pages.count) * sizeof(struct run));
	runs_init(&merged->pages, 0);
	runs_append(&merged->pages, &a->pages);
	runs_append(&merged->pages, &b->pages);
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .src = merged, .text = "merge",
				    .address = merged->start});
	change_remove_vma(m, a);
	change_remove_vma(m, b);
	change_add_vma(m, a->mm, merged);
	return true;
}
