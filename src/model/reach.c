/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/reach.h"

#include "base/alloc.h"
#include "model/syscalls.h"

/* --- impossible on every kernel ------------------------------------------------------- */

#define VM_LOCK_FLAGS (VM_LOCKED | VM_LOCKONFAULT)
#define VM_NOT_ASKED (VM_DONTCOPY | VM_WIPEONFORK | VM_DROPPABLE)

static bool uffd_on_child_alone(const struct decision_input *i)
{
	return i->dst & ~i->src & VM_UFFD_FLAGS;
}

static bool uffd_lost_in_part(const struct decision_input *i)
{
	return (i->src ^ i->dst) & VM_UFFD_FLAGS && i->dst & VM_UFFD_FLAGS;
}

static bool others_differ(const struct decision_input *i)
{
	return (i->src ^ i->dst) & ~(VM_UFFD_FLAGS | VM_LOCK_FLAGS);
}

static bool child_locked(const struct decision_input *i)
{
	return i->dst & VM_LOCK_FLAGS;
}

static bool uffd_on_special(const struct decision_input *i)
{
	return i->src & VM_UFFD_FLAGS & ~VM_UFFD_WP && i->src & VM_SPECIAL && !(i->src & VM_HUGETLB);
}

static bool guard_on_special(const struct decision_input *i)
{
	return i->src & VM_MAYBE_GUARD && i->src & (VM_SPECIAL | VM_HUGETLB);
}

static bool both_protections(const struct decision_input *i)
{
	return i->src & VM_UFFD_WP && i->src & VM_UFFD_RWP;
}

static bool both_maps(const struct decision_input *i)
{
	return i->src & VM_PFNMAP && i->src & VM_MIXEDMAP;
}

static bool not_asked(const struct decision_input *i)
{
	return i->src & VM_NOT_ASKED;
}

const struct unreachable unreachables[] = {
	{VM_UFFD_FLAGS, 0, "a userfaultfd flag on the child's VMA alone",
	 "dup_userfaultfd only clears", uffd_on_child_alone},
	{VM_UFFD_FLAGS, 0, "a part of the userfaultfd flags on the child's VMA",
	 "dup_userfaultfd clears all of them or none", uffd_lost_in_part},
	{~(VM_UFFD_FLAGS | VM_LOCK_FLAGS), 0, "other flags on one of the two VMAs alone",
	 "vm_area_dup copies them, and fork changes none of them before the decision", others_differ},
	{VM_LOCK_FLAGS, 0, "a locked child", "fork clears VM_LOCKED and VM_LOCKONFAULT", child_locked},
	{VM_UFFD_FLAGS & ~VM_UFFD_WP, VM_SPECIAL,
	 "userfaultfd flags other than VM_UFFD_WP with VM_PFNMAP, VM_MIXEDMAP, VM_IO or VM_DONTEXPAND",
	 "UFFDIO_REGISTER refuses those modes there, hugetlb apart", uffd_on_special},
	{VM_MAYBE_GUARD, VM_SPECIAL | VM_HUGETLB,
	 "VM_MAYBE_GUARD with VM_PFNMAP, VM_MIXEDMAP, VM_IO, VM_DONTEXPAND or VM_HUGETLB",
	 "MADV_GUARD_INSTALL refuses such VMAs", guard_on_special},
	{VM_UFFD_WP, VM_UFFD_RWP, "VM_UFFD_WP and VM_UFFD_RWP together",
	 "UFFDIO_REGISTER takes one of them", both_protections},
	{VM_PFNMAP, VM_MIXEDMAP, "VM_PFNMAP and VM_MIXEDMAP together",
	 "a driver maps frames in one way or the other", both_maps},
	{VM_NOT_ASKED, 0, "VM_DONTCOPY, VM_WIPEONFORK and VM_DROPPABLE (which is wiped, too)",
	 "dup_mmap does not call copy_page_range for them", not_asked},
};
const size_t unreachable_count = ARRAY_SIZE(unreachables);

/* --- kernels --------------------------------------------------------------------------- */

const char *const lack_names[LACKS] = {
	[LACKS_NOTHING] = "nothing",
	[LACKS_WP] = "userfaultfd's write protection",
	[LACKS_WP_MARKERS] = "uffd-wp on shmem and hugetlb",
	[LACKS_WP_ASYNC] = "uffd-wp on plain files (wp-async)",
	[LACKS_WP_SPECIAL] = "uffd-wp on drivers' memory",
	[LACKS_MINOR] = "userfaultfd's minor mode",
	[LACKS_RWP] = "userfaultfd's mode rwp",
	[LACKS_EVENT_FORK] = "UFFD_FEATURE_EVENT_FORK",
	[LACKS_GUARD] = "guard regions",
	[LACKS_GUARD_FILE] = "guard regions in files and shmem",
};

uint64_t kernel_looks_for(const struct kernel *kernel)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < kernel->clause_count; i++)
		flags |= kernel->clauses[i].flags;
	return flags;
}

static bool is_anonymous(const struct circumstance *c)
{
	return c->backing == BACKING_ANON || c->backing == BACKING_STACK;
}

static uint32_t minor_feature(const struct circumstance *c)
{
	return c->backing == BACKING_HUGETLB ? UFFD_FEATURE_MINOR_HUGETLBFS
					     : UFFD_FEATURE_MINOR_SHMEM;
}

/* The parent's flags, except VM_MAYBE_GUARD, which not every kernel has. */
static uint64_t parent_flags(const struct circumstance *c)
{
	uint64_t flags = c->others | c->locked | backing_adds(c->backing) | VM_MAYREAD;

	if (c->shared)
		/* of a file that was opened for reading, do_mmap() clears VM_SHARED */
		flags |= VM_MAYSHARE | (c->others & VM_MAYWRITE ? VM_SHARED : 0);
	if (c->modes & UFFD_MODE_MISSING)
		flags |= VM_UFFD_MISSING;
	if (c->modes & UFFD_MODE_WP)
		flags |= VM_UFFD_WP;
	if (c->modes & UFFD_MODE_MINOR)
		flags |= VM_UFFD_MINOR;
	if (c->modes & UFFD_MODE_RWP)
		flags |= VM_UFFD_RWP;
	return flags;
}

static bool is_special(const struct circumstance *c)
{
	return parent_flags(c) & VM_SPECIAL && c->backing != BACKING_HUGETLB;
}

enum lack reach_lacks(const struct kernel *k, const struct circumstance *c)
{
	uint8_t guard = k->behaviour[BEHAVIOUR_GUARD_REGIONS];

	if (c->modes & UFFD_MODE_WP) {
		if (!(k->uffd_features & UFFD_FEATURE_PAGEFAULT_FLAG_WP))
			return LACKS_WP;
		if (is_special(c)) {
			if (k->behaviour[BEHAVIOUR_UFFD_SPECIAL] == UFFD_SPECIAL_NEVER ||
			    !(k->uffd_features & UFFD_FEATURE_WP_ASYNC))
				return LACKS_WP_SPECIAL;
		} else if (c->backing == BACKING_FILE) {
			if (!(k->uffd_features & UFFD_FEATURE_WP_ASYNC))
				return LACKS_WP_ASYNC;
		} else if (!is_anonymous(c) &&
			   k->behaviour[BEHAVIOUR_UFFD_WP_MARKERS] == UFFD_WP_MARKERS_NO) {
			return LACKS_WP_MARKERS;
		}
	}
	if (c->modes & UFFD_MODE_MINOR && !(k->uffd_features & minor_feature(c)))
		return LACKS_MINOR;
	if (c->modes & UFFD_MODE_RWP && !(k->uffd_features & UFFD_FEATURE_RWP))
		return LACKS_RWP;
	if (c->event_fork && !(k->uffd_features & UFFD_FEATURE_EVENT_FORK))
		return LACKS_EVENT_FORK;
	if (c->guard != GUARD_NEVER && guard == GUARD_NONE)
		return LACKS_GUARD;
	if (c->guard != GUARD_NEVER && guard == GUARD_ANON && !is_anonymous(c))
		return LACKS_GUARD_FILE;
	return LACKS_NOTHING;
}

struct decision_input reach_input(const struct kernel *k, const struct circumstance *c)
{
	bool flag = k->behaviour[BEHAVIOUR_GUARD_REGIONS] == GUARD_ANY_FLAG;
	struct decision_input input = {.src = parent_flags(c)};

	if (flag && c->guard != GUARD_NEVER)
		input.src |= VM_MAYBE_GUARD;
	input.dst = input.src & ~VM_LOCK_FLAGS;
	if (!c->event_fork)
		input.dst &= ~VM_UFFD_FLAGS;
	/* madvise_guard_install(): adds the anon_vma for fork's clause if there is no flag, or in anonymous memory. */
	input.anon_vma = c->written || (c->guard == GUARD_INSTALLED && (!flag || is_anonymous(c)));
	return input;
}

uint64_t reach_bypasses(const struct circumstance *c)
{
	return VM_DONTCOPY | (is_anonymous(c) && !c->shared ? VM_WIPEONFORK : 0);
}

/* --- all of them ------------------------------------------------------------------------ */

/* All other flags can be set freely by mmap, madvise or a driver. */
#define DECIDED_HERE                                                                     \
	(VM_SHARED | VM_MAYSHARE | VM_MAYREAD | VM_GROWSDOWN | VM_HUGETLB | VM_PFNMAP |    \
	 VM_MIXEDMAP | VM_LOCK_FLAGS | VM_UFFD_FLAGS | VM_MAYBE_GUARD | VM_NOT_ASKED)

static bool together(uint64_t flags, uint64_t both)
{
	return (flags & both) == both;
}

static bool others_possible(const struct circumstance *c)
{
	uint64_t f = c->others;

	if (together(f, VM_SEQ_READ | VM_RAND_READ) || together(f, VM_HUGEPAGE | VM_NOHUGEPAGE))
		return false;
	if (!(f & VM_MAYWRITE) && (!c->shared || f & VM_WRITE))
		return false;
	if (f & VM_EXEC && !(f & VM_MAYEXEC))
		return false;
	/* ksm_madvise() */
	return !(f & VM_MERGEABLE) ||
	       !(c->shared || parent_flags(c) & (VM_SPECIAL | VM_HUGETLB));
}

/* vma_can_userfault(), and the kinds of VMA that no kernel accepts. */
static bool modes_possible(const struct circumstance *c)
{
	bool pages = c->backing == BACKING_SHMEM || c->backing == BACKING_HUGETLB;

	if (!c->modes)
		return !c->event_fork;
	if (c->modes & UFFD_MODE_WP && c->modes & UFFD_MODE_RWP)
		return false;
	if (c->modes & UFFD_MODE_MINOR && !pages)
		return false;
	/* With wp-async alone. */
	if ((c->backing == BACKING_FILE || is_special(c)) && c->modes != UFFD_MODE_WP)
		return false;
	return c->others & VM_MAYWRITE;
}

static bool possible(const struct circumstance *c)
{
	uint64_t special = parent_flags(c) & (VM_SPECIAL | VM_HUGETLB);

	if (c->backing == BACKING_SECRET) /* reaches nothing that shmem and files do not */
		return false;
	if (!backing_allows(c->backing, c->shared) || !modes_possible(c) || !others_possible(c))
		return false;
	if (c->written && c->shared)
		return false;
	if (c->guard != GUARD_NEVER && special)
		return false;
	if (c->guard == GUARD_WIPED && !is_anonymous(c)) /* MADV_WIPEONFORK refuses files */
		return false;
	return !c->locked || !special;
}

struct walk {
	bool (*visit)(const struct circumstance *c, void *arg);
	void *arg;
	uint64_t flags;
	unsigned modes; /* that matter */
};

static bool visit(const struct walk *walk, const struct circumstance *c)
{
	return !possible(c) || walk->visit(c, walk->arg);
}

/* The others, each on and off; flags that no clause checks keep their usual value. */
static bool each_other(const struct walk *walk, struct circumstance *c)
{
	uint64_t free = walk->flags & ~DECIDED_HERE, set = 0;
	uint64_t given;

	if (walk->flags & (VM_SHARED | VM_MAYSHARE)) /* it decides about VM_SHARED */
		free |= VM_MAYWRITE;
	given = (VM_MAYWRITE | VM_MAYEXEC) & ~free; /* what the free ones need */
	do {
		c->others = set | given;
		if (!visit(walk, c))
			return false;
		set = (set - free) & free; /* the next subset */
	} while (set);
	return true;
}

static bool each_locked(const struct walk *walk, struct circumstance *c)
{
	static const uint64_t locks[] = {0, VM_LOCKED, VM_LOCK_FLAGS};
	size_t n = walk->flags & VM_LOCK_FLAGS ? ARRAY_SIZE(locks) : 1;

	for (size_t i = 0; i < n; i++) {
		c->locked = locks[i];
		if (!each_other(walk, c))
			return false;
	}
	return true;
}

static bool each_registration(const struct walk *walk, struct circumstance *c)
{
	for (c->modes = 0; c->modes <= walk->modes; c->modes++) {
		if (c->modes & ~walk->modes)
			continue;
		for (int event_fork = 0; event_fork < 2; event_fork++) {
			c->event_fork = event_fork;
			if (!each_locked(walk, c))
				return false;
		}
	}
	return true;
}

bool reach_each(uint64_t flags, bool (*visit)(const struct circumstance *c, void *arg), void *arg)
{
	struct walk walk = {.visit = visit, .arg = arg, .flags = flags};
	struct circumstance c = {0};

	walk.modes = (flags & VM_UFFD_MISSING ? UFFD_MODE_MISSING : 0) |
		     (flags & VM_UFFD_WP ? UFFD_MODE_WP : 0) |
		     (flags & VM_UFFD_MINOR ? UFFD_MODE_MINOR : 0) |
		     (flags & VM_UFFD_RWP ? UFFD_MODE_RWP : 0);
	for (int backing = 0; backing < BACKINGS; backing++)
		for (int i = 0; i < 2 * 2 * GUARD_HISTORIES; i++) {
			c.backing = (enum backing)backing;
			c.shared = i & 1;
			c.written = i & 2;
			c.guard = (enum guard_history)(i >> 2);
			if (!each_registration(&walk, &c))
				return false;
		}
	return true;
}
