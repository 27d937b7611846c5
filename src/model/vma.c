/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/vma.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/minmax.h"
#include "model/fault.h"
#include "model/limits.h"

struct vma_attrs vma_attrs(const struct vm_area *vma)
{
	return (struct vma_attrs){vma->flags, vma->uffd, vma->policy};
}

/* --- splitting -------------------------------------------------------------------------- */

/* A VMA over [start, end) that is otherwise like this one. */
static struct vm_area *piece_of(struct machine *m, const struct vm_area *vma, uint64_t start,
				uint64_t end)
{
	struct vm_area *piece = machine_new_vma_like(m, vma);

	piece->pgoff = linear_page_index(vma, address_page(vma->mm, start));
	piece->anon_pgoff = vma->anon_pgoff + (piece->pgoff - vma->pgoff);
	piece->start = start;
	piece->end = end;
	return piece;
}

/* Splits it, if need be, so that a VMA begins at `page`; returns that one, or NULL. */
static struct vm_area *vma_split(struct machine *m, struct vm_area *vma, uint64_t page,
				 struct model_error *error)
{
	uint64_t at = page_address(vma->mm, page), last;
	struct vm_area *low, *high;

	if (at == vma->start)
		return vma;
	if (is_vm_hugetlb_page(vma) && !pmd_aligned(vma->mm, page)) { /* hugetlb_vm_op_split() */
		refuse(error, EINVAL, "a hugetlb VMA is split between huge pages only");
		return NULL;
	}
	/* vma_adjust_trans_huge() */
	if (!pmd_aligned(vma->mm, page) && vma_pte(vma, page, &last).state == PTE_HUGE)
		split_huge_pmd(m, vma, page);
	low = piece_of(m, vma, vma->start, at);
	high = piece_of(m, vma, at, vma->end);
	change_remove_vma(m, vma);
	change_add_vma(m, vma->mm, low);
	change_add_vma(m, vma->mm, high);
	return high;
}

struct vm_area *vma_cut_out(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			    struct model_error *error)
{
	if (last < vma_last(vma)) {
		struct vm_area *behind = vma_split(m, vma, last + 1, error);

		if (!behind)
			return NULL;
		vma = mm_before(behind);
	}
	return vma_split(m, vma, first, error);
}

/* --- growing --------------------------------------------------------------------------- */

#define STACK_GUARD_GAP 256u			     /* pages: stack_guard_gap */
#define STACK_LIMIT (UINT64_C(8) << 20)		     /* bytes: RLIMIT_STACK, by default */

struct vm_area *vma_asked_to_grow(const struct mm *mm, uint64_t page)
{
	uint64_t address = page_address(mm, page);
	struct vm_area *vma = mm_find(mm, address);
	const struct vm_area *before = vma ? mm_before(vma) : NULL;

	if (!vma || vma->start <= address || !(vma->flags & VM_GROWSDOWN) || !vma_is_anonymous(vma) ||
	    address < mm->paging->mmap_min)
		return NULL;
	/* What is below keeps its distance, unless it is another stack or cannot be accessed. */
	if (before && !(before->flags & VM_GROWSDOWN) && before->flags & VM_ACCESS_FLAGS &&
	    page - vma_last(before) - 1 < STACK_GUARD_GAP)
		return NULL;
	return vma;
}

struct vm_area *vma_growing_to(const struct mm *mm, uint64_t page)
{
	struct vm_area *vma = vma_asked_to_grow(mm, page);

	if (!vma || vma->end - page_address(mm, page) > STACK_LIMIT || vma_first(vma) - page > vma->pgoff)
		return NULL;
	return vma;
}

struct vm_area *vma_grow(struct machine *m, struct vm_area *vma, uint64_t page)
{
	struct vm_area *grown;

	event_add(m, (struct event){.kind = EVENT_SYSCALL, .text = "expand_stack", .src = vma,
				    .by_child = machine_child_acts(m, vma->mm),
				    .address = page_address(vma->mm, page), .first = page,
				    .count = vma_first(vma) - page});
	if (!(vma->flags & VM_ACCOUNT)) /* charged, and not given back by who unmaps it */
		m->lost_commit += vma_first(vma) - page;
	anon_vma_prepare(m, vma);
	grown = piece_of(m, vma, page_address(vma->mm, page), vma->end);
	change_remove_vma(m, vma);
	change_add_vma(m, vma->mm, grown);
	return grown;
}

/* --- joining ----------------------------------------------------------------------------- */

/* Of these flags, those that need not be equal: what one VMA has of them, the joined one has. */
static uint64_t ignored_flags(const struct machine *m, uint64_t flags)
{
	bool sticky = flags & VM_MAYBE_GUARD &&
		      machine_behaviour(m, BEHAVIOUR_GUARD_REGIONS) == GUARD_ANY_FLAG;

	return flags & (VM_SOFTDIRTY | (sticky ? VM_MAYBE_GUARD : 0));
}

bool object_continues(const struct vm_area *a, const struct vm_area *b)
{
	return a->object == b->object && a->pgoff + vma_pages(a) == b->pgoff;
}

/* needs_adjacent_anon_pgoff(): of a file's private pages the kernel knows where they were mapped. */
bool index_continues(const struct machine *m, const struct vm_area *a, const struct vm_area *b)
{
	return !a->object || !is_cow_mapping(a->flags) ||
	       machine_behaviour(m, BEHAVIOUR_MERGE_ANON_INDEX) == MERGE_ANON_INDEX_NO ||
	       a->anon_pgoff + vma_pages(a) == b->anon_pgoff;
}

/* is_mergeable_anon_vma() */
static enum apart anon_vmas_apart(const struct machine *m, const struct vm_area *vma,
				  const struct vm_area *neighbour)
{
	if (vma->anon_vma == neighbour->anon_vma)
		return APART_NOT;
	if (vma->anon_vma && neighbour->anon_vma)
		return APART_ANON_VMAS;
	if (vma->anon_vma ? vma->anon_vma_cloned : neighbour->anon_vma_cloned)
		return APART_ANON_CLONED;
	if (vma->anon_vma && machine_behaviour(m, BEHAVIOUR_MERGE_FAULTED) == MERGE_FAULTED_NO)
		return APART_ANON_ORDER;
	return APART_NOT;
}

enum apart vma_apart(const struct machine *m, const struct vm_area *vma,
		     const struct vm_area *neighbour, uint64_t *flags)
{
	const struct vm_area *a = vma->start < neighbour->start ? vma : neighbour;
	const struct vm_area *b = a == vma ? neighbour : vma;
	uint64_t differ = a->flags ^ b->flags;

	*flags = vma->flags & VM_SPECIAL;
	if (a->end != b->start)
		return APART_PLACE;
	if (*flags)
		return APART_SPECIAL;
	if (a->backing != b->backing)
		return APART_BACKING;
	*flags = differ &= ~ignored_flags(m, differ);
	if (differ)
		return APART_FLAGS;
	if (!object_continues(a, b))
		return APART_FILE;
	if (!index_continues(m, a, b))
		return APART_INDEX;
	if (a->uffd != b->uffd)
		return APART_UFFD;
	if (a->policy != b->policy)
		return APART_POLICY;
	return anon_vmas_apart(m, vma, neighbour);
}

static bool can_join(const struct machine *m, const struct vm_area *vma,
		     const struct vm_area *neighbour)
{
	uint64_t flags;

	return neighbour && vma_apart(m, vma, neighbour, &flags) == APART_NOT;
}

/* are_anon_vmas_compatible(): of the two neighbours of a VMA that can be joined with each. */
static bool both_fit(const struct vm_area *before, const struct vm_area *behind)
{
	return !before->anon_vma || !behind->anon_vma || before->anon_vma == behind->anon_vma;
}

/* One VMA in place of two, one of which has been changed, or is new. */
static struct vm_area *join(struct machine *m, struct vm_area *a, struct vm_area *b,
			    const struct vm_area *changed)
{
	bool either = machine_behaviour(m, BEHAVIOUR_MERGE_SOFT_DIRTY) == MERGE_SOFT_DIRTY_EITHER;
	struct vm_area *joined = piece_of(m, a, a->start, b->end);

	joined->flags |= ignored_flags(m, b->flags);
	if (!either)
		joined->flags = (joined->flags & ~VM_SOFTDIRTY) | (changed->flags & VM_SOFTDIRTY);
	if (!a->anon_vma) { /* dup_anon_vma() */
		joined->anon_vma = b->anon_vma;
		joined->anon_vma_cloned = b->anon_vma_cloned;
	}
	change_remove_vma(m, a);
	change_remove_vma(m, b);
	change_add_vma(m, joined->mm, joined);
	return joined;
}

/*
 * before, behind: its neighbors; NULL: none, or one that is not looked at. A neighbor takes in
 * what mremap() has moved there, and goes on as it is.
 */
static struct vm_area *merge(struct machine *m, struct vm_area *vma, struct vm_area *before,
			     struct vm_area *behind, bool moved)
{
	bool left = can_join(m, vma, before);
	bool right = can_join(m, vma, behind) && !(left && !both_fit(before, behind));

	if (right)
		vma = join(m, vma, behind, moved ? behind : vma);
	if (left)
		vma = join(m, before, vma, moved ? before : vma);
	return vma;
}

struct vm_area *vma_merge(struct machine *m, struct vm_area *vma)
{
	return merge(m, vma, mm_before(vma), mm_next(vma), false);
}

/* 6.1: a new mapping joins the next one first, and goes on with that one's anon_vma. */
static struct vm_area *merge_next_first(struct machine *m, struct vm_area *vma)
{
	struct vm_area *before, *behind = mm_next(vma);

	if (can_join(m, vma, behind))
		vma = join(m, vma, behind, vma);
	before = mm_before(vma);
	return can_join(m, vma, before) ? join(m, before, vma, vma) : vma;
}

struct vm_area *vma_merge_new(struct machine *m, struct vm_area *vma)
{
	struct vm_area *before = mm_before(vma);

	/* Only with two there is a first one. */
	if (!before || before->end != vma->start || !can_join(m, vma, mm_next(vma)))
		return vma_merge(m, vma);
	return machine_behaviour(m, BEHAVIOUR_MMAP_MERGE) == MMAP_MERGE_NEXT ? merge_next_first(m, vma)
									      : vma_merge(m, vma);
}

/* Would a copy of written memory be joined with this neighbor, which has no anon_vma? */
static bool joins_unwritten(const struct machine *m, const struct vm_area *copy,
			    const struct vm_area *neighbour)
{
	uint64_t flags;
	enum apart apart = neighbour ? vma_apart(m, copy, neighbour, &flags) : APART_PLACE;

	return copy->anon_vma && (apart == APART_NOT || apart == APART_ANON_CLONED) &&
	       !neighbour->anon_vma;
}

struct vm_area *copy_vma(struct machine *m, const struct vm_area *vma, uint64_t from, uint64_t start,
			 uint64_t end, bool apart, struct model_error *error)
{
	struct vm_area *copy = piece_of(m, vma, from, vma->end), *before, *behind;

	copy->start = start;
	copy->end = end;
	if (!copy->anon_vma)
		copy->anon_pgoff = vma_first(copy);
	if (vma_is_anonymous(copy) && !copy->anon_vma)
		copy->pgoff = vma_first(copy);
	change_add_vma(m, vma->mm, copy);
	before = mm_before(copy);
	behind = mm_next(copy);
	if (machine_behaviour(m, BEHAVIOUR_MREMAP_JOIN) == MREMAP_JOIN_LOSES &&
	    (joins_unwritten(m, copy, before) || joins_unwritten(m, copy, behind))) {
		not_finished(error);
		return NULL;
	}
	return merge(m, copy, apart && before == vma ? NULL : before,
		     apart && behind == vma ? NULL : behind, true);
}

struct vm_area *vma_index_anew(struct machine *m, struct vm_area *vma)
{
	struct vm_area *anew = piece_of(m, vma, vma->start, vma->end);

	anew->anon_pgoff = vma_first(vma);
	if (vma_is_anonymous(vma))
		anew->pgoff = vma_first(vma);
	change_remove_vma(m, vma);
	change_add_vma(m, vma->mm, anew);
	return anew;
}

/* The pages behind a VMA, which has an anon_vma, are new: that fork has cloned it matters not. */
static bool extension_joins(const struct machine *m, const struct vm_area *vma,
			    const struct vm_area *behind)
{
	bool faulted = machine_behaviour(m, BEHAVIOUR_MERGE_FAULTED) == MERGE_FAULTED_YES;
	uint64_t flags;
	enum apart apart = behind ? vma_apart(m, vma, behind, &flags) : APART_PLACE;

	return apart == APART_NOT || (apart == APART_ANON_CLONED && vma->anon_vma && faulted);
}

struct vm_area *vma_merge_extend(struct machine *m, struct vm_area *vma, uint64_t end)
{
	struct vm_area *grown = piece_of(m, vma, vma->start, end), *behind;

	change_remove_vma(m, vma);
	change_add_vma(m, grown->mm, grown);
	behind = mm_next(grown);
	return extension_joins(m, grown, behind) ? join(m, grown, behind, grown) : grown;
}

static struct vm_area *modify(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			      struct vma_attrs attrs, bool look_behind, struct model_error *error)
{
	struct mm *mm = vma->mm;
	size_t before = mm_vma_count(mm), cut;

	if (vma->flags == attrs.flags && vma->uffd == attrs.uffd && vma->policy == attrs.policy)
		return vma;
	vma = vma_cut_out(m, vma, first, last, error);
	if (!vma)
		return NULL;
	cut = mm_vma_count(mm);
	change_flags(m, vma, attrs.flags);
	change_uffd(m, vma, attrs.uffd);
	change_policy(m, vma, attrs.policy);
	merge(m, vma, mm_before(vma), look_behind ? mm_next(vma) : NULL, false);
	if (cut > before && mm_vma_count(mm) == cut && !may_have_split(m, mm, before, error))
		return NULL;
	return mm_vma_at(mm, page_address(mm, first));
}

struct vm_area *vma_modify(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			   struct vma_attrs attrs, struct model_error *error)
{
	return modify(m, vma, first, last, attrs, true, error);
}

struct vm_area *vma_modify_uffd(struct machine *m, struct vm_area *vma, uint64_t first,
				uint64_t last, struct vma_attrs attrs, struct model_error *error)
{
	bool both = machine_behaviour(m, BEHAVIOUR_UFFD_MERGE) == UFFD_MERGE_BOTH;

	return modify(m, vma, first, last, attrs, both || first == vma_first(vma), error);
}

/* --- ranges ------------------------------------------------------------------------------- */

bool each_vma(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, vma_call *call,
	      const void *arg, struct model_error *error)
{
	while (first <= last && !m->exhausted) {
		struct vm_area *vma = mm_find(mm, page_address(mm, first));
		uint64_t stop;

		if (!vma || vma_first(vma) > last)
			break;
		if (first < vma_first(vma))
			first = vma_first(vma);
		stop = min(last, vma_last(vma));
		machine_work(m, 1);
		if (!call(m, vma, first, stop, arg, error))
			return false;
		first = stop + 1;
	}
	return true;
}

bool first_hole(const struct mm *mm, uint64_t first, uint64_t last, uint64_t *hole)
{
	while (first <= last) {
		const struct vm_area *vma = mm_vma_at(mm, page_address(mm, first));

		if (!vma) {
			*hole = first;
			return true;
		}
		first = vma_last(vma) + 1;
	}
	return false;
}

void error_done(struct model_error *error, const char *format, ...)
{
	size_t length = strlen(error->message), room = sizeof(error->message) - length;
	va_list args;

	if (error->err <= 0 || room < 4)
		return;
	snprintf(error->message + length, room, " (");
	va_start(args, format);
	vsnprintf(error->message + length + 2, room - 2, format, args);
	va_end(args);
	length = strlen(error->message);
	snprintf(error->message + length, sizeof(error->message) - length, ")");
}

/* A call, and the page at which it was refused. */
struct turn {
	vma_call *call;
	const void *arg;
	uint64_t page;
};

static bool take_turn(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		      const void *arg, struct model_error *error)
{
	struct turn *turn = *(struct turn *const *)arg;

	turn->page = first;
	return turn->call(m, vma, first, last, turn->arg, error);
}

bool each_vma_in_turn(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, vma_call *call,
		      const void *arg, const char *done, struct model_error *error)
{
	struct turn turn = {call, arg, first}, *turns = &turn;
	const struct vm_area *vma = mm_find(mm, page_address(mm, first));
	uint64_t begin = vma && vma_first(vma) > first ? vma_first(vma) : first;

	if (each_vma(m, mm, first, last, take_turn, &turns, error))
		return true;
	if (turn.page > begin)
		error_done(error, "the kernel has %s what precedes page %llu", done,
			   (unsigned long long)mm_named_page(mm, turn.page));
	return false;
}

bool refuse_hole(struct model_error *error, const struct mm *mm, uint64_t first, uint64_t hole,
		 const char *done)
{
	refuse(error, ENOMEM, "page %llu is not mapped", (unsigned long long)mm_named_page(mm, hole));
	if (hole > first)
		error_done(error, "the kernel has %s what precedes it", done);
	return false;
}
