/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * userfaultfd: the effects of registering, protecting and poisoning on a VMA and its
 * entries. Modelled on fs/userfaultfd.c and change_pte_range() of 6.1 to 7.3.
 */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "model/fault.h"
#include "model/syscalls.h"
#include "model/vma.h"

const char *const uffd_mode_names[] = {"missing", "wp", "minor", "rwp"};

static const uint64_t mode_flags[] = {VM_UFFD_MISSING_NUMBER, VM_UFFD_WP_NUMBER,
				      VM_UFFD_MINOR_NUMBER, VM_UFFD_RWP_NUMBER};

/* --- contexts ------------------------------------------------------------------ */

static struct uffd_ctx *find_in(struct uffd_ctx *list, const struct mm *mm, const char *name)
{
	while (list && (list->closed || list->mm != mm || strcmp(list->name, name)))
		list = list->next;
	return list;
}

struct uffd_ctx *uffd_find(const struct machine *m, const struct mm *mm, const char *name)
{
	struct uffd_ctx *own = find_in(m->contexts, mm, name);

	return own ? own : find_in(m->inherited, mm, name);
}

bool uffd_open(struct machine *m, struct mm *mm, const char *name, uint32_t features,
	       struct model_error *error)
{
	uint32_t unknown = features & ~machine_features(m, features);
	struct uffd_ctx *ctx;
	unsigned open = 0;

	for (ctx = m->contexts; ctx; ctx = ctx->next)
		open++;
	if (open >= CONTEXTS_MAX)
		return refuse(error, EMFILE, "%u userfaultfds are open", open);
	if (unknown)
		return refuse(error, EINVAL, "%s has no feature %s", m->kernel->name,
			      uffd_feature_names[__builtin_ctz(unknown)]);
	if (features & UFFD_FEATURE_RWP_ASYNC && !(features & UFFD_FEATURE_RWP))
		return refuse(error, EINVAL, "rwp-async needs rwp");
	/* userfaultfd_api() enables this silently. */
	if (features & UFFD_FEATURE_WP_ASYNC)
		features |= UFFD_FEATURE_WP_UNPOPULATED;
	ctx = machine_new_context(m, name, features, mm);
	ctx->next = m->contexts;
	m->contexts = ctx;
	return true;
}

/* --- registering --------------------------------------------------------------- */

/* vma_can_userfault(). */
static bool can_userfault(const struct machine *m, const struct uffd_ctx *ctx,
			  const struct vm_area *vma, unsigned modes, struct model_error *error)
{
	bool special = vma->flags & VM_SPECIAL && !is_vm_hugetlb_page(vma);
	bool shmem = vma->backing == BACKING_SHMEM;
	bool async = modes == UFFD_MODE_WP && ctx->features & UFFD_FEATURE_WP_ASYNC;

	if (vma->flags & VM_DROPPABLE &&
	    machine_behaviour(m, BEHAVIOUR_UFFD_DROPPABLE) == UFFD_DROPPABLE_NO)
		return refuse(error, EINVAL, "VM_DROPPABLE is set");
	if (modes & UFFD_MODE_MINOR && !shmem && !is_vm_hugetlb_page(vma))
		return refuse(error, EINVAL, "minor is supported on shmem and hugetlb only");
	if (modes & UFFD_MODE_MINOR && shmem && !(machine_features(m, UFFD_FEATURE_MINOR_SHMEM)))
		return refuse(error, EINVAL, "%s supports minor on hugetlb only", m->kernel->name);
	if (special && !(async && machine_behaviour(m, BEHAVIOUR_UFFD_SPECIAL) == UFFD_SPECIAL_WP_ASYNC))
		return refuse(error, EINVAL, "%s is set",
			      vm_flag_of((vma->flags & VM_SPECIAL) & -(vma->flags & VM_SPECIAL))->name);
	if (async) /* all kinds of memory */
		return true;
	if (vma->backing == BACKING_FILE || vma->backing == BACKING_SECRET) {
		return refuse(error, EINVAL, modes == UFFD_MODE_WP
						     ? "a plain file needs the feature wp-async"
						     : "a plain file supports wp alone, with wp-async");
	}
	if (modes & UFFD_MODE_WP && !vma_is_anonymous(vma) &&
	    machine_behaviour(m, BEHAVIOUR_UFFD_WP_MARKERS) == UFFD_WP_MARKERS_NO)
		return refuse(error, EINVAL, "%s write-protects anonymous memory only",
			      m->kernel->name);
	return true;
}

/* A call on a range, through a context. */
struct uffd_call {
	struct uffd_ctx *ctx;
	unsigned modes;	/* register */
	uint64_t flags; /* of these modes */
	bool on;	/* protect */
};

/* Can this VMA be registered? */
static bool may_register(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			 const void *arg, struct model_error *error)
{
	const struct uffd_call *call = arg;

	(void)first;
	if (!can_userfault(m, call->ctx, vma, call->modes, error))
		return false;
	if (call->modes & UFFD_MODE_RWP && !(vma->flags & VM_ACCESS_FLAGS))
		return refuse(error, EINVAL, "rwp on a VMA without access");
	if (!(vma->flags & VM_MAYWRITE))
		return refuse(error, EPERM, "VM_MAYWRITE is not set");
	if (is_vm_hugetlb_page(vma) && !pmd_aligned(vma->mm, last + 1))
		return refuse(error, EINVAL, "the range ends inside a hugetlb page");
	if (vma->uffd && vma->uffd != call->ctx)
		return refuse(error, EBUSY, "it belongs to %s", vma->uffd->name);
	if (machine_behaviour(m, BEHAVIOUR_UFFD_REGISTER) == UFFD_REGISTER_KEEPS_WP &&
	    vma->flags & (VM_UFFD_WP | VM_UFFD_RWP) & ~call->flags)
		return refuse(error, EBUSY, "%s cannot drop wp or rwp by registering again",
			      m->kernel->name);
	return true;
}

static bool register_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			 const void *arg, struct model_error *error)
{
	const struct uffd_call *call = arg;
	struct vma_attrs attrs = vma_attrs(vma);

	if (vma->uffd && (vma->flags & call->flags) == call->flags)
		return true; /* a subset of what it has changes nothing */
	if (!attrs.uffd)
		attrs.uffd = call->ctx;
	attrs.flags = (attrs.flags & ~VM_UFFD_FLAGS) | call->flags;
	return vma_modify_uffd(m, vma, first, last, attrs, error);
}

/* What the calls ask first: something is mapped, and the start fits the first VMA. */
static bool range_fits(const struct mm *mm, uint64_t first, uint64_t last, struct model_error *error)
{
	const struct vm_area *vma = mm_find(mm, page_address(mm, first));

	if (!vma || vma_first(vma) > last)
		return refuse(error, EINVAL, "nothing is mapped there");
	if (is_vm_hugetlb_page(vma) && !pmd_aligned(mm, first))
		return refuse(error, EINVAL, "the range begins inside a hugetlb page");
	return true;
}

bool uffd_register(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, uint64_t first,
		   uint64_t last, unsigned modes, struct model_error *error)
{
	struct uffd_call call = {.ctx = ctx, .modes = modes};

	for (size_t i = 0; i < ARRAY_SIZE(mode_flags); i++)
		if (modes & 1u << i)
			call.flags |= UINT64_C(1) << mode_flags[i];
	if (modes & UFFD_MODE_MINOR && !(machine_features(m, UFFD_FEATURE_MINOR_HUGETLBFS)))
		return refuse(error, EINVAL, "%s has no mode minor", m->kernel->name);
	if (modes & UFFD_MODE_WP && !(machine_features(m, UFFD_FEATURE_PAGEFAULT_FLAG_WP)))
		return refuse(error, EINVAL, "%s has no mode wp", m->kernel->name);
	if (modes & UFFD_MODE_RWP && !(machine_features(m, UFFD_FEATURE_RWP)))
		return refuse(error, EINVAL, "%s has no mode rwp", m->kernel->name);
	if (modes & UFFD_MODE_RWP && !(ctx->features & UFFD_FEATURE_RWP))
		return refuse(error, EINVAL, "the mode rwp needs the feature rwp");
	if (modes & UFFD_MODE_RWP && modes & UFFD_MODE_WP)
		return refuse(error, EINVAL, "wp and rwp exclude each other");
	if (!range_fits(mm, first, last, error) ||
	    !each_vma(m, mm, first, last, may_register, &call, error))
		return false;
	event_syscall(m, mm, "UFFDIO_REGISTER", first, last);
	return each_vma(m, mm, first, last, register_vma, &call, error);
}

/*
 * By protection: vm_get_page_prot() ignores write notification. By page:
 * can_change_pte_writable(), which vma_wants_manual_pte_write_upgrade() allows for
 * private VMAs and for files that are notified of the first store.
 */
bool writable_resolved(const struct machine *m, const struct vm_area *vma, struct pte pte)
{
	if (!(vma->flags & VM_WRITE))
		return false;
	if (machine_behaviour(m, BEHAVIOUR_UFFD_RESOLVE) == UFFD_RESOLVE_PROT)
		return vma->flags & VM_SHARED;
	if (soft_dirty_wp(vma, pte))
		return false;
	if (vma->flags & VM_SHARED)
		return shared_prot_writable(vma) || (notified(vma) && pte.attrs & PTE_DIRTY);
	return !is_vm_hugetlb_page(vma) && pte.attrs & PTE_EXCLUSIVE;
}

/* hugetlb_change_protection() leaves a poisoned page alone. */
static bool untouchable(const struct vm_area *vma, struct pte pte)
{
	return pte.state == PTE_HWPOISON && is_vm_hugetlb_page(vma);
}

/* change_protection() with MM_CP_UFFD_WP_RESOLVE or ..._RWP_RESOLVE. */
static void resolve(struct machine *m, struct vm_area *vma, uint64_t page, uint64_t last_page)
{
	uint64_t last;

	for (; page <= last_page && !m->exhausted; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		machine_work(m, 1);
		if (last > last_page)
			last = last_page;
		switch ((enum pte_state)pte.state) {
		case PTE_MARKER:
			if (!(pte.attrs & PTE_UFFD_WP))
				continue;
			pte.attrs &= ~PTE_UFFD_WP;
			if (!pte.attrs)
				pte.state = PTE_NONE;
			break;
		case PTE_NONE:
			continue;
		case PTE_PRESENT:
		case PTE_HUGE:
			pte.attrs &= ~(PTE_UFFD_WP | PTE_WRITE);
			if (writable_resolved(m, vma, pte))
				pte.attrs |= PTE_WRITE;
			break;
		default:
			if (untouchable(vma, pte))
				continue;
			pte = change_softleaf_pte(vma, pte);
			pte.attrs &= ~PTE_UFFD_WP;
			break;
		}
		change_pte(m, vma->mm, page, last, pte);
	}
}

static unsigned modes_of(const struct vm_area *vma)
{
	unsigned modes = 0;

	for (size_t i = 0; i < ARRAY_SIZE(mode_flags); i++)
		if (vma->flags & UINT64_C(1) << mode_flags[i])
			modes |= 1u << i;
	return modes;
}

/* The same check as for registering with this one, even if there is nothing to do. */
static bool may_unregister(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			   const void *arg, struct model_error *error)
{
	const struct uffd_call *call = arg;

	(void)first;
	(void)last;
	if (vma->uffd && vma->uffd != call->ctx &&
	    machine_behaviour(m, BEHAVIOUR_UFFD_UNREGISTER) == UFFD_UNREGISTER_OWN)
		return refuse(error, EINVAL, "the VMA is registered with %s", vma->uffd->name);
	return can_userfault(m, call->ctx, vma, modes_of(vma), error);
}

static bool unregister_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			   const void *arg, struct model_error *error)
{
	struct vma_attrs attrs = vma_attrs(vma);

	(void)arg;
	if (!vma->uffd)
		return true;
	split_huge_edges(m, vma, first, last);
	if (vma->flags & (VM_UFFD_WP | VM_UFFD_RWP))
		resolve(m, vma, first, last);
	attrs.uffd = NULL;
	attrs.flags &= ~VM_UFFD_FLAGS;
	return vma_modify_uffd(m, vma, first, last, attrs, error);
}

bool uffd_unregister(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, uint64_t first,
		     uint64_t last, struct model_error *error)
{
	struct uffd_call call = {.ctx = ctx};

	if (!range_fits(mm, first, last, error) ||
	    !each_vma(m, mm, first, last, may_unregister, &call, error))
		return false;
	event_syscall(m, mm, "UFFDIO_UNREGISTER", first, last);
	return each_vma(m, mm, first, last, unregister_vma, &call, error);
}

/* --- closing ------------------------------------------------------------------- */

/* userfaultfd_release_all(): its registrations end. */
static bool release_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	const struct uffd_call *call = arg;
	struct vma_attrs attrs = vma_attrs(vma);

	if (vma->uffd != call->ctx)
		return true;
	if (vma->flags & (VM_UFFD_WP | VM_UFFD_RWP) &&
	    machine_behaviour(m, BEHAVIOUR_UFFD_CLOSE) == UFFD_CLOSE_CLEARS)
		resolve(m, vma, first, last);
	attrs.uffd = NULL;
	attrs.flags &= ~VM_UFFD_FLAGS;
	return vma_modify_uffd(m, vma, first, last, attrs, error);
}

bool uffd_close(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, struct model_error *error)
{
	struct uffd_call call = {.ctx = ctx};
	const struct vm_area *vma = mm_first(mm);

	event_add(m, (struct event){.kind = EVENT_SYSCALL, .by_child = machine_child_acts(m, mm), .text = "close"});
	change_context(m, ctx, true, ctx->unread);
	return !vma || each_vma(m, mm, vma_first(vma), vma_last(mm_last(mm)), release_vma, &call, error);
}

/* --- protecting ---------------------------------------------------------------- */

/* Does write-protecting leave markers where there is no entry? */
static bool wants_markers(const struct vm_area *vma)
{
	return !vma_is_anonymous(vma) ||
	       (vma->uffd && vma->uffd->features & UFFD_FEATURE_WP_UNPOPULATED);
}

/* change_protection() with MM_CP_UFFD_WP or ..._RWP. */
static void protect(struct machine *m, struct vm_area *vma, uint64_t page, uint64_t last_page)
{
	bool rwp = vma->flags & VM_UFFD_RWP, markers = !rwp && wants_markers(vma);
	uint64_t last;

	split_huge_edges(m, vma, page, last_page);
	if (markers && is_vm_hugetlb_page(vma))
		mm_populate_tables(m, vma->mm, page, last_page, LEVEL_PMD);
	for (; page <= last_page && !m->exhausted; page = last + 1) {
		struct pte pte = vma_pte(vma, page, &last);

		machine_work(m, 1);
		if (last > last_page)
			last = last_page;
		if (pte.state == PTE_HUGE && !vma_is_anonymous(vma) && !is_vm_hugetlb_page(vma))
			pte = (struct pte){0}; /* an entry of a file or a driver is dropped */
		switch ((enum pte_state)pte.state) {
		case PTE_NONE:
			if (markers)
				pte = (struct pte){.state = PTE_MARKER, .attrs = PTE_UFFD_WP};
			break;
		case PTE_MARKER:
			continue;
		case PTE_PRESENT:
		case PTE_HUGE:
			pte.attrs = (pte.attrs & ~PTE_WRITE) | PTE_UFFD_WP;
			break;
		default:
			if (untouchable(vma, pte))
				continue;
			pte = change_softleaf_pte(vma, pte);
			pte.attrs |= PTE_UFFD_WP;
			break;
		}
		if (markers && !is_vm_hugetlb_page(vma) && pte.state != PTE_HUGE)
			mm_populate_tables(m, vma->mm, page, last, LEVEL_PTE);
		change_pte(m, vma->mm, page, last, pte);
	}
}

bool uffd_hugetlb_aligned(const struct vm_area *vma, uint64_t first, uint64_t last,
			  struct model_error *error)
{
	if (is_vm_hugetlb_page(vma) &&
	    (!pmd_aligned(vma->mm, first) || !pmd_aligned(vma->mm, last + 1)))
		return refuse(error, EINVAL, "hugetlb pages are handled as a whole, %llu at a time",
			      (unsigned long long)huge_pages(vma->mm));
	return true;
}

static bool may_uffd_protect(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			     const void *arg, struct model_error *error)
{
	const struct uffd_call *call = arg;

	if (!(vma->flags & (VM_UFFD_WP | VM_UFFD_RWP)))
		return refuse(error, ENOENT, "the VMA is not registered for wp");
	if (!uffd_hugetlb_aligned(vma, first, last, error))
		return false;
	if (call->on && (vma->flags & VM_ACCESS_FLAGS) == VM_WRITE &&
	    machine_behaviour(m, BEHAVIOUR_UFFD_RESOLVE) == UFFD_RESOLVE_PROT)
		return not_modelled(error, "write-protecting memory that can only be written: %s leaves "
					   "no access at all", m->kernel->name);
	return true;
}

static bool protect_vma(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			const void *arg, struct model_error *error)
{
	const struct uffd_call *call = arg;

	(void)error;
	if (call->on) {
		protect(m, vma, first, last);
	} else {
		split_huge_edges(m, vma, first, last);
		resolve(m, vma, first, last);
	}
	return true;
}

bool uffd_protect(struct machine *m, struct uffd_ctx *ctx, struct mm *mm, uint64_t first,
		  uint64_t last, bool on, struct model_error *error)
{
	struct uffd_call call = {.ctx = ctx, .on = on};
	const struct vm_area *vma = mm_find(mm, page_address(mm, first));

	/* mwriteprotect_range() fails when it finds no VMA; holes are passed over. */
	if (!vma || vma_first(vma) > last)
		return refuse(error, ENOENT, "nothing is mapped there");
	if (machine_behaviour(m, BEHAVIOUR_UFFD_PROTECT_SEVERAL) == UFFD_PROTECT_SEVERAL_NO &&
	    (vma_first(vma) > first || vma_last(vma) < last))
		return refuse(error, ENOENT, "the pages are not in one VMA");
	if (!each_vma(m, mm, first, last, may_uffd_protect, &call, error))
		return false;
	event_syscall(m, mm, vma->flags & VM_UFFD_RWP ? "UFFDIO_RWPROTECT" : "UFFDIO_WRITEPROTECT", first, last);
	return each_vma(m, mm, first, last, protect_vma, &call, error);
}
