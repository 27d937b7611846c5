/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mmap and munmap. */
#include <errno.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/fault.h"
#include "model/limits.h"
#include "model/pool.h"
#include "model/syscalls.h"
#include "model/vma.h"

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
	[BACKING_SECRET] = {true, false, VM_DONTDUMP},
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

uint64_t prot_flags(unsigned prot)
{
	return (prot & MODEL_PROT_READ ? VM_READ : 0) |
	       (prot & MODEL_PROT_WRITE ? VM_WRITE : 0) |
	       (prot & MODEL_PROT_EXEC ? VM_EXEC : 0);
}

/* accountable_mapping(): private and writable, and not hugetlb. */
uint64_t account_flag(uint64_t flags)
{
	return (flags & (VM_NORESERVE | VM_SHARED | VM_WRITE | VM_HUGETLB)) == VM_WRITE
		       ? VM_ACCOUNT
		       : 0;
}

/* The first free place from `at` on; 0: none. */
static uint64_t free_from(struct machine *m, const struct mm *mm, uint64_t at, uint64_t size,
			  uint64_t align)
{
	const uint64_t guard = page_size(mm->paging), limit = mm->paging->task_size;
	struct span_place place;
	const struct span *span = spans_find(&mm->vmas, at, &place);

	if (span && span->start <= at)
		at = span->end + guard;
	at = align_up(at, align);
	while (span && span->end <= at)
		span = spans_next(&mm->vmas, &place);
	for (; span; span = spans_next(&mm->vmas, &place)) {
		machine_work(m, 1);
		if (span->start > at && span->start - at >= size + guard)
			return at;
		at = align_up(span->end + guard, align);
	}
	return at <= limit && size <= limit - at ? at : 0;
}

uint64_t free_address(struct machine *m, struct mm *mm, uint64_t size, uint64_t align)
{
	const uint64_t guard = page_size(mm->paging), limit = mm->paging->task_size;
	const struct vm_area *last = mm_last(mm);
	uint64_t at = MMAP_BASE;

	/* Normally after the last VMA; first fit when there is no room. */
	if (last && last->end + guard > at)
		at = last->end + guard;
	at = align_up(at, align);
	if (at <= limit && size <= limit - at)
		return at;
	/* A gap: next fit, then from the start. */
	at = m->gap > MMAP_BASE ? free_from(m, mm, m->gap, size, align) : 0;
	if (!at)
		at = free_from(m, mm, MMAP_BASE, size, align);
	if (at)
		m->gap = at + size + guard;
	return at;
}

/* Drivers that fill their mapping at mmap: remap_pfn_range(), vm_insert_pages(). */
static void fill_device(struct machine *m, struct vm_area *vma)
{
	uint64_t pages = vma_pages(vma), first = vma_first(vma), last = vma_last(vma);
	struct pte pte = {.state = PTE_PRESENT, .attrs = PTE_YOUNG};

	if (vma->backing == BACKING_PFNMAP) {
		pte.attrs |= PTE_SPECIAL;
		pte.frame = m->next_pfn;
		m->next_pfn += pages;
	} else {
		pte.frame = vma->object->frame + vma->pgoff;
		rangeset_add(&vma->object->cached, vma->pgoff, vma->pgoff + pages - 1);
	}
	if (shared_prot_writable(vma))
		pte.attrs |= PTE_WRITE;
	mm_populate_tables(m, vma->mm, first, last, LEVEL_PTE);
	change_pte(m, vma->mm, first, last, pte);
}

bool kernel_has_flags(const struct machine *m, uint64_t flags, struct model_error *error)
{
	uint64_t lacks = 0;

	if (flags & VM_SEALED && machine_behaviour(m, BEHAVIOUR_MSEAL) == MSEAL_NO)
		lacks |= VM_SEALED;
	if (flags & VM_DROPPABLE && machine_behaviour(m, BEHAVIOUR_DROPPABLE) == DROPPABLE_NO)
		lacks |= VM_DROPPABLE;
	if (flags & VM_MAYBE_GUARD &&
	    machine_behaviour(m, BEHAVIOUR_GUARD_REGIONS) != GUARD_ANY_FLAG)
		lacks |= VM_MAYBE_GUARD;
	if (flags & VM_UFFD_RWP && !machine_features(m, UFFD_FEATURE_RWP))
		lacks |= VM_UFFD_RWP;
	if (flags & VM_UFFD_MINOR &&
	    !machine_features(m, UFFD_FEATURE_MINOR_HUGETLBFS | UFFD_FEATURE_MINOR_SHMEM))
		lacks |= VM_UFFD_MINOR;
	if (flags & VM_UFFD_WP && !machine_features(m, UFFD_FEATURE_PAGEFAULT_FLAG_WP))
		lacks |= VM_UFFD_WP;
	if (flags & VM_SOFTDIRTY && !m->paging.soft_dirty)
		lacks |= VM_SOFTDIRTY;
	return !lacks || refuse(error, EINVAL, "%s has no %s", m->kernel->name, vm_flag_of(lacks)->name);
}

bool flags_opened_for_reading(enum backing backing, uint64_t flags)
{
	return (backing == BACKING_FILE || backing == BACKING_SHMEM) && flags & VM_MAYSHARE &&
	       !(flags & (VM_SHARED | VM_WRITE | VM_MAYWRITE));
}

bool flags_fit(enum backing backing, bool shared, uint64_t flags, struct model_error *error)
{
	if (!(flags & VM_HUGETLB) != (backing != BACKING_HUGETLB))
		return not_modelled(error, "VM_HUGETLB is set on hugetlb VMAs only");
	if (shared && flags_opened_for_reading(backing, flags))
		return true;
	if (!(flags & VM_SHARED) == shared || (flags & VM_MAYSHARE && !shared))
		return not_modelled(error, "a mapping cannot change between shared and private");
	return true;
}

/* The name of something that is mapped at [start, end), for messages. */
static const char *name_near(const struct mm *mm, const struct vm_area *vma, uint64_t start)
{
	uint64_t end;
	const struct name *name = mm_name_at(mm, max(vma->start, start), &end);

	return name ? name->text : "a VMA";
}

static bool check_place(const struct mm *mm, const struct mmap_args *args, uint64_t size,
			struct model_error *error)
{
	uint64_t align = args->backing == BACKING_HUGETLB ? pmd_size(mm->paging) : page_size(mm->paging);
	uint64_t limit = mm->paging->task_size;
	const struct vm_area *vma;

	if (args->address & (align - 1))
		return refuse(error, EINVAL, "the address is not a multiple of %llu KiB",
			      (unsigned long long)align >> 10);
	if (args->address < mm->paging->mmap_min)
		return refuse(error, EPERM, "the address is below vm.mmap_min_addr (%llu KiB)",
			      (unsigned long long)mm->paging->mmap_min >> 10);
	if (args->address > limit || size > limit - args->address)
		return refuse(error, ENOMEM, "the VMA does not fit below the end of user space, 0x%llx",
			      (unsigned long long)limit);
	vma = mm_find(mm, args->address);
	if (vma && vma->start < args->address + size)
		return refuse(error, EEXIST, "the address range overlaps %s",
			      name_near(mm, vma, args->address));
	return true;
}

/*
 * A mapping goes on with the file of the one that ends where it begins, so that they can
 * be joined. A file has any size that is needed: frames are only numbers.
 */
static void choose_object(struct machine *m, struct vm_area *vma, const struct mmap_args *args)
{
	const struct vm_area *before = mm_vma_at(vma->mm, vma->start - 1);

	if (args->of) {
		vma->object = args->of;
		vma->object->mapped_again = true;
		vma->pgoff = args->of_page;
	} else if (!args->own && before && before->object && before->backing == vma->backing &&
		   !(before->flags & VM_SHARED) == !args->shared &&
		   before->pgoff + vma_pages(before) <= FILE_PAGES_MAX - vma_pages(vma)) {
		vma->object = before->object;
		vma->pgoff = before->pgoff + vma_pages(before);
	} else {
		vma->object = machine_new_object(m, vma->backing, FILE_PAGES_MAX);
		vma->object->promised = args->anonymous && !(vma->flags & VM_NORESERVE) ? vma_pages(vma) : 0;
		vma->pgoff = 0;
	}
}

uint64_t vm_mmap_flags(const struct mmap_args *args)
{
	uint64_t flags = backing_flags[args->backing].flags | prot_flags(args->prot) |
			 VM_MAYREAD | VM_MAYWRITE | VM_SOFTDIRTY;

	if (args->backing != BACKING_MIXEDMAP && args->backing != BACKING_SECRET) /* see flags_of_kernel() */
		flags |= VM_MAYEXEC;
	if (args->droppable)
		flags |= VM_DROPPABLE | VM_WIPEONFORK | VM_DONTDUMP;
	if (args->noreserve || args->droppable)
		flags |= VM_NORESERVE;
	if (args->growsdown)
		flags |= VM_GROWSDOWN;
	if (args->locked && !(flags & (VM_SPECIAL | VM_HUGETLB)))
		flags |= VM_LOCKED;
	if (args->shared)
		flags |= VM_SHARED | VM_MAYSHARE;
	flags |= account_flag(flags | (args->add_flags & VM_NORESERVE)); /* MAP_NORESERVE */
	return (flags | args->add_flags) & ~args->remove_flags;
}

#define STACK_ROOM (UINT64_C(2) << 20) /* bytes that stay free below a stack, to grow into */

/* Checks what is asked for, and finds the place of it: *address. */
static bool choose_place(struct machine *m, struct mm *mm, const struct mmap_args *args,
			 uint64_t size, uint64_t *address, struct model_error *error)
{
	uint64_t huge = pmd_size(mm->paging);
	uint64_t align = args->backing == BACKING_HUGETLB ? huge : page_size(mm->paging), room = 0;

	*address = args->address;
	if (args->fixed)
		return check_place(mm, args, size, error);
	/* Aligned, as mmap does for THP, so that huge pages are possible. */
	if (size % huge == 0)
		align = huge;
	if (args->growsdown)
		room = STACK_ROOM;
	*address = free_address(m, mm, size + room, align);
	*address += *address ? room : 0;
	return *address || refuse(error, ENOMEM, "no free address range of that size");
}

/* The pages of the file that are to be mapped. */
static bool check_file(const struct mm *mm, const struct mmap_args *args, uint64_t size,
		       struct model_error *error)
{
	uint64_t pages = address_page(mm, size);

	if (args->backing == BACKING_HUGETLB && !pmd_aligned(mm, args->of_page))
		return refuse(error, EINVAL, "page %llu of the file is not the first of a huge page",
			      (unsigned long long)args->of_page);
	if (args->of_page > FILE_PAGES_MAX - pages)
		return not_modelled(error, "a file of more than 2^38 pages");
	return true;
}

void file_extend(struct object *file, uint64_t pages)
{
	if (pages <= file->written)
		return;
	rangeset_add(&file->cached, file->written, pages - 1);
	file->written = pages;
}

void forget_name(struct machine *m, struct mm *mm, const struct name *name)
{
	struct stretch stretch = mm_stretch(mm, name);
	uint64_t end;

	for (uint64_t at = stretch.start; at < stretch.end; at = end)
		if (mm_name_at(mm, at, &end) == name)
			change_names(m, mm, at, end, NULL);
}

/* What differs by kernel of the flags that a driver or file system gives its mapping. */
static uint64_t flags_of_kernel(const struct machine *m, enum backing backing)
{
	/* Inodes without a mount that allows it: noexec. */
	if (backing == BACKING_MIXEDMAP && machine_behaviour(m, BEHAVIOUR_ANON_INODE_EXEC) == ANON_INODE_EXEC_YES)
		return VM_MAYEXEC;
	if (backing == BACKING_SECRET && machine_behaviour(m, BEHAVIOUR_SECRET) == SECRET_LOCKED)
		return VM_LOCKED;
	return 0;
}

/* MAP_NORESERVE means nothing where no memory is promised twice, but to hugetlb. */
static uint64_t mmap_flags(const struct machine *m, const struct mmap_args *args)
{
	struct mmap_args asked = *args;

	asked.noreserve &= m->limits[LIMIT_COMMIT] == UNLIMITED || args->backing == BACKING_HUGETLB;
	return vm_mmap_flags(&asked) & ~(m->paging.soft_dirty ? 0 : VM_SOFTDIRTY);
}

/* do_mmap(): what kinds of memory and which options go together. */
static bool check_options(const struct machine *m, const struct mmap_args *args,
			  struct model_error *error)
{
	bool anonymous = args->backing == BACKING_ANON;

	if (args->backing == BACKING_SECRET && machine_behaviour(m, BEHAVIOUR_SECRET) == SECRET_NO)
		return refuse(error, ENOSYS, "%s has no memfd_secret", m->kernel->name);
	if (!backing_allows(args->backing, args->shared))
		return refuse(error, EINVAL, "%s is always %s%s", backing_names[args->backing],
			      args->shared ? "private" : "shared",
			      args->shared ? "; shared anonymous memory is shmem" : "");
	if (args->growsdown && !anonymous)
		return refuse(error, EINVAL, "only private anonymous memory grows down");
	if (!args->droppable)
		return true;
	if (machine_behaviour(m, BEHAVIOUR_DROPPABLE) == DROPPABLE_NO)
		return refuse(error, EINVAL, "%s has no droppable memory", m->kernel->name);
	if (!anonymous)
		return refuse(error, EINVAL, "only private anonymous memory is droppable");
	return !(args->locked || args->growsdown) ||
	       refuse(error, EINVAL, "droppable memory can neither be locked nor grow down");
}

/* mm_populate(), whose errors mmap ignores. */
static bool populate_new(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			 struct model_error *error)
{
	struct vm_area *vma = mm_vma_at(mm, page_address(mm, first));
	struct model_error why = {0};

	if (vma->flags & (VM_IO | VM_PFNMAP) || populate(m, vma, first, last, &why) ||
	    why.err != MODEL_NOT_MODELLED)
		return true;
	*error = why;
	return false;
}

bool vm_mmap(struct machine *m, struct mm *mm, const struct mmap_args *args,
	     struct model_error *error)
{
	uint64_t unit = args->backing == BACKING_HUGETLB ? pmd_size(mm->paging) : page_size(mm->paging);
	uint64_t address, size, flags;
	const struct name *name = machine_intern(m, args->name);
	struct vm_area *vma;

	if (args->size == 0)
		return refuse(error, EINVAL, "a VMA of size 0");
	if (args->size > mm->paging->task_size)
		return refuse(error, ENOMEM, "larger than the user address space");
	if (args->size >> mm->paging->page_shift > VMA_PAGES_MAX)
		return not_modelled(error, "a VMA of more than 2^36 pages");
	size = align_up(args->size, unit);
	if (!may_map(m, mm, error) || !check_options(m, args, error))
		return false;
	if (args->of && !check_file(mm, args, size, error))
		return false;
	if (!choose_place(m, mm, args, size, &address, error))
		return false;
	flags = mmap_flags(m, args) | (flags_of_kernel(m, args->backing) & ~args->remove_flags);
	if (args->prot & MODEL_PROT_EXEC && !((flags | args->remove_flags) & VM_MAYEXEC))
		return refuse(error, EPERM, "%s cannot be executed", backing_names[args->backing]);
	if (!kernel_has_flags(m, args->add_flags, error) || !flags_fit(args->backing, args->shared, flags, error))
		return false;
	if ((flags & VM_ACCOUNT || (args->anonymous && !(flags & VM_NORESERVE))) &&
	    !may_commit_more(m, address_page(mm, size), error))
		return false;
	vma = machine_new_vma(m);
	vma->start = address;
	vma->end = address + size;
	vma->backing = args->backing;
	vma->mm = mm;
	vma->flags = flags;
	vma->policy = args->apart ? ++m->next_policy : 0;
	vma->pgoff = vma->anon_pgoff = vma_first(vma); /* of anonymous memory */
	if (!vma_is_anonymous(vma))
		choose_object(m, vma, args);
	if (is_vm_hugetlb_page(vma) && !pool_reserve(m, vma, error))
		return false;
	if (vma->backing == BACKING_FILE)
		file_extend(vma->object, vma->pgoff + vma_pages(vma));
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .by_child = machine_child_acts(m, mm), .text = "mmap",
				    .src = vma, .address = address, .first = vma_first(vma),
				    .count = vma_pages(vma)});
	forget_name(m, mm, name);
	change_names(m, mm, vma->start, vma->end, name);
	change_stretch(m, mm, name, (struct stretch){vma->start, vma->end});
	change_add_vma(m, mm, vma);
	if (vma->backing == BACKING_PFNMAP || vma->backing == BACKING_MIXEDMAP)
		fill_device(m, vma);
	vma_merge_new(m, vma);
	return !(args->populate || args->locked) ||
	       populate_new(m, mm, address_page(mm, address), address_page(mm, address + size - 1), error);
}

/* --- munmap ------------------------------------------------------------------ */

/* free_pgtables(): frees the tables over [start, end) that no VMA beside it uses. */
static void free_tables(struct machine *m, struct mm *mm, uint64_t start, uint64_t end)
{
	const struct vm_area *before = mm_before_address(mm, start), *behind = mm_find(mm, end);
	uint64_t floor = before ? before->end : 0;
	uint64_t ceiling = behind ? behind->start : UINT64_C(1) << 57;

	for (enum table_level level = LEVEL_PTE; level <= machine_top_level(m); level++) {
		unsigned shift = table_shift(mm->paging, level);
		uint64_t size = UINT64_C(1) << shift;
		uint64_t first = start & ~(size - 1), last = (end - 1) & ~(size - 1);

		if (first < floor)
			first += size;
		if (last + size > ceiling) {
			if (last == 0)
				continue;
			last -= size;
		}
		if (first <= last)
			change_remove_tables(m, mm, level, first >> shift, last >> shift);
	}
}

/* unmap_region(): one VMA. */
static bool unmap(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		  const void *arg, struct model_error *error)
{
	struct mm *mm = vma->mm;

	(void)arg;
	/* vms_gather_munmap_vmas(): only a hole inside a VMA makes one more. */
	if (first > vma_first(vma) && last < vma_last(vma) && mm_vma_count(mm) >= m->limits[LIMIT_VMAS])
		return refuse(error, ENOMEM, "there would be more than %llu VMAs",
			      (unsigned long long)m->limits[LIMIT_VMAS]);
	vma = vma_cut_out(m, vma, first, last, error);
	if (!vma)
		return false;
	note_all_dirty(vma);
	change_pte(m, mm, first, last, (struct pte){0});
	change_remove_vma(m, vma);
	pool_release(mm, first, last);
	free_tables(m, mm, vma->start, vma->end);
	return true;
}

bool do_munmap(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
	       struct model_error *error)
{
	return each_vma(m, mm, first, last, refuse_sealed, NULL, error) &&
	       each_vma(m, mm, first, last, unmap, NULL, error);
}

/*
 * What refuses it is met after the VMA was split at `first` (vms_gather_munmap_vmas()), unless
 * it is that VMA itself.
 */
static bool refuse_munmap(const struct mm *mm, uint64_t first, const char *cut,
			  struct model_error *error)
{
	if (cut)
		error_done(error, "the kernel has unmapped nothing, but cut %s in two at page %llu", cut,
			   (unsigned long long)mm_named_page(mm, first));
	return false;
}

/* Not modelled where it would wait for a reader. */
static bool unmap_is_read(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			  const void *arg, struct model_error *error)
{
	(void)m;
	(void)first;
	(void)last;
	(void)arg;
	return uffd_event_is_read(vma, UFFD_FEATURE_EVENT_UNMAP, error);
}

bool vm_munmap(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
	       struct model_error *error)
{
	const struct vm_area *begin = mm_vma_at(mm, page_address(mm, first));
	bool inside = begin && first > vma_first(begin);
	const char *cut = inside && !(begin->flags & VM_SEALED) &&
			  (!is_vm_hugetlb_page(begin) || pmd_aligned(mm, first)) ? vma_name(begin) : NULL;

	if (!each_vma(m, mm, first, last, unmap_is_read, NULL, error))
		return false;
	if (!each_vma(m, mm, first, last, refuse_sealed, NULL, error))
		return refuse_munmap(mm, first, cut, error);
	event_syscall(m, mm, "munmap", first, last);
	return each_vma(m, mm, first, last, unmap, NULL, error) || refuse_munmap(mm, first, cut, error);
}
