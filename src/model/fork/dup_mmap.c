/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fork(), the memory part: dup_mmap() takes the parent's VMAs in order of
 * address; for each one, in this order:
 *
 *   VM_DONTCOPY          skip it
 *   vm_area_dup          copy flags, context, name
 *   dup_userfaultfd      without EVENT_FORK: the child's uffd flags are cleared
 *   VM_WIPEONFORK        no anon_vma, no entries
 *   anon_vma_fork        otherwise the child gets an anon_vma if the parent has one
 *   VM_LOCKED            cleared in the child
 *   copy_page_range      which calls vma_needs_copy() first
 *
 * (6.1 and 6.12 kernel/fork.c, 7.3 mm/mmap.c)
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/fault.h"
#include "model/fork.h"
#include "model/fork/vma_group.h"
#include "model/limits.h"
#include "model/syscalls.h"

struct event vma_copy_event(const struct vma_copy *copy, enum event_kind kind)
{
	return (struct event){
		.kind = (uint8_t)kind,
		.src = copy->src,
		.dst = copy->dst,
		.address = copy->src->start,
		.fork = copy->fork,
		.vma = copy->vma,
	};
}

/* --- one VMA ------------------------------------------------------------------------ */

static struct decision *decision_of(const struct vma_copy *copy)
{
	return &copy->m->forks[copy->fork].vmas[copy->vma].decision;
}

/* The child's context for a parent's: one in each fork. */
static struct uffd_ctx *inherit(struct machine *m, const struct uffd_ctx *ctx,
				const struct uffd_ctx *before_fork)
{
	struct uffd_ctx *child;

	for (child = m->inherited; child != before_fork; child = child->next)
		if (child->parent == ctx)
			return child;
	child = machine_new_context(m, ctx->name, ctx->features, m->child);
	child->parent = ctx;
	child->next = m->inherited;
	m->inherited = child;
	return child;
}

static void dup_userfaultfd(const struct vma_copy *copy, const struct uffd_ctx *before_fork)
{
	struct machine *m = copy->m;
	struct event e = vma_copy_event(copy, EVENT_UFFD);
	bool event_fork = copy->src->uffd && copy->src->uffd->features & UFFD_FEATURE_EVENT_FORK;
	/* Flags that were set by hand, without a context. */
	bool kept = !copy->src->uffd &&
		    machine_behaviour(m, BEHAVIOUR_UFFD_NO_CONTEXT) == UFFD_NO_CONTEXT_KEPT;

	if (!copy->src->uffd && !(copy->src->flags & VM_UFFD_FLAGS))
		return;
	e.old_flags = copy->dst->flags;
	e.new_flags = event_fork || kept ? e.old_flags : e.old_flags & ~VM_UFFD_FLAGS;
	event_add(m, e);
	change_uffd(m, copy->dst,
		    event_fork ? inherit(m, copy->src->uffd, before_fork) : NULL);
	change_flags(m, copy->dst, e.new_flags);
}

static void clear_locked(const struct vma_copy *copy)
{
	struct event e = vma_copy_event(copy, EVENT_UNLOCK);

	e.old_flags = copy->dst->flags;
	e.new_flags = e.old_flags & ~(VM_LOCKED | VM_LOCKONFAULT);
	if (e.old_flags == e.new_flags)
		return;
	event_add(copy->m, e);
	change_flags(copy->m, copy->dst, e.new_flags);
}

static void dup_vma(struct vma_copy *copy, const struct uffd_ctx *before_fork)
{
	struct machine *m = copy->m;
	struct vm_area *src = copy->src, *dst;
	bool wiped;

	event_add(m, vma_copy_event(copy, EVENT_VMA));
	if (src->flags & VM_DONTCOPY) {
		*decision_of(copy) = dup_mmap_decides(m->kernel, src->flags, 0, src->anon_vma != 0);
		return;
	}

	dst = copy->dst = machine_new_vma_like(m, src);
	m->forks[copy->fork].vmas[copy->vma].dst = dst;
	dst->anon_vma = 0;
	dst->anon_vma_cloned = false;
	dst->mm = m->child;
	event_add(m, vma_copy_event(copy, EVENT_DUP));
	change_add_vma(m, m->child, dst);

	dup_userfaultfd(copy, before_fork);
	wiped = dst->flags & VM_WIPEONFORK;
	if (wiped) {
		event_add(m, vma_copy_event(copy, EVENT_WIPE));
	} else if (src->anon_vma) {
		event_add(m, vma_copy_event(copy, EVENT_ANON_VMA));
		change_anon_vma(m, dst, ++m->next_anon_vma, true);
	}
	clear_locked(copy);
	*decision_of(copy) = dup_mmap_decides(wiped ? m->kernel : machine_clauses(m), src->flags,
					      dst->flags, src->anon_vma != 0);
	if (wiped)
		return;
	event_add(m, vma_copy_event(copy, EVENT_DECIDE));
	if (decision_of(copy)->what == DECISION_COPY)
		copy_page_range(copy);
}

/* --- system calls ---------------------------------------------------------------------- */

/* Before 6.0 fork walked shared hugetlb, and the child could share the tables. */
static bool walks_shared_tables(const struct machine *m, const struct vm_area *vma)
{
	struct decision d;

	if (!shares_hugetlb_tables(vma) || vma->flags & (VM_DONTCOPY | VM_WIPEONFORK))
		return false;
	d = vma_needs_copy(machine_clauses(m), vma->flags, vma->flags, vma->anon_vma);
	return d.what == DECISION_COPY;
}

/* A process that has nothing mapped yet, and calls addresses as its parent does. */
static struct mm *new_child(struct machine *m, const struct mm *parent)
{
	struct mm *child = machine_new_mm(m);

	child->ksm_turn = parent->ksm_turn ? ++m->next_ksm_turn : 0; /* ksm_fork() */
	spans_copy(&child->names, &parent->names);
	spans_copy(&child->moved, &parent->moved);
	child->stretch_count = parent->stretch_count;
	child->stretches = xcalloc(child->stretch_count, sizeof(*child->stretches));
	if (child->stretch_count)
		memcpy(child->stretches, parent->stretches,
		       child->stretch_count * sizeof(*child->stretches));
	return child;
}

bool fork_may_account(const struct machine *m, const struct vm_area *src, uint64_t *committed)
{
	if (!(src->flags & VM_ACCOUNT) || src->flags & VM_DONTCOPY)
		return true;
	*committed += vma_pages(src);
	return may_commit(m, *committed);
}

/* The VMA `failed` and those behind it are not looked at. */
static void fail(struct fork_record *fork, size_t failed)
{
	fork->err = ENOMEM;
	fork->failed = fork->vmas[failed].src;
	fork->vma_count = failed;
}

/*
 * There is no child: what had been copied is freed, and the parent keeps what was done to it
 * for that.
 */
static void take_back(struct machine *m, struct fork_record *fork, struct mm *old_child,
		      enum borrow old_borrow)
{
	change_dead(m, fork->child, true);
	change_processes(m, m->parent, old_child, old_borrow);
}

/* Those that fork is about to copy. */
static struct fork_vma *vmas_of(const struct mm *parent)
{
	struct fork_vma *vmas = xcalloc(mm_vma_count(parent), sizeof(*vmas)), *next = vmas;
	struct span_place place;
	const struct span *span = spans_find(&parent->vmas, 0, &place);

	for (; span; span = spans_next(&parent->vmas, &place))
		(next++)->src = span->value;
	return vmas;
}

bool vm_fork(struct machine *m, struct model_error *error)
{
	const struct uffd_ctx *before_fork = m->inherited;
	struct fork_record *fork;
	struct fork_vma *vmas;
	struct mm *parent = m->parent, *old_child = m->child, *child;
	enum borrow old_borrow = m->borrow;
	uint64_t committed = committed_pages(m);
	uint32_t number = (uint32_t)m->fork_count;
	size_t i, together;

	if (!vm_may_fork(m, error))
		return false;
	if (!machine_take(m, mm_vma_count(parent) * (sizeof(struct fork_vma) + 16) +
				     (parent->names.count + parent->moved.count) * sizeof(struct span) +
				     parent->stretch_count * sizeof(struct stretch)))
		return true; /* exhausted: the caller looks */
	vmas = vmas_of(parent);
	for (i = 0; i < mm_vma_count(parent); i++)
		if (walks_shared_tables(m, vmas[i].src)) {
			not_modelled(error, "%s: hugetlb page tables that processes share "
				     "(a shared mapping over a whole GiB)", vma_name(vmas[i].src));
			free(vmas);
			return false;
		}
	m->recording = true;
	GROW(m->forks, m->fork_count, m->fork_cap);
	fork = &m->forks[m->fork_count++];
	*fork = (struct fork_record){.first_event = m->event_count, .parent = parent,
				     .vmas = vmas, .vma_count = mm_vma_count(parent)};
	child = new_child(m, parent);
	fork->child = child;
	event_add(m, (struct event){.kind = EVENT_FORK, .fork = number});
	change_processes(m, parent, child, BORROW_NOTHING);
	for (i = 0; i < fork->vma_count && !m->exhausted; i += together) {
		struct vma_copy copy = {m, number, (uint32_t)i, fork->vmas[i].src, NULL};

		together = dup_group(m, number, i, &committed);
		if (together)
			continue;
		together = 1;
		if (!fork_may_account(m, copy.src, &committed)) {
			fail(fork, i);
			break;
		}
		dup_vma(&copy, before_fork);
	}
	event_add(m, (struct event){.kind = EVENT_FORKED, .fork = number});
	fork->end_event = m->event_count;
	if (fork->err) {
		take_back(m, fork, old_child, old_borrow);
	} else if (uffd_fork_waits(m, child)) {
		/* dup_userfaultfd_complete(): no child runs before its events are read. */
		change_processes(m, parent, old_child, old_borrow);
		change_unborn(m, child);
		fork->waited = true;
	}
	return true;
}
