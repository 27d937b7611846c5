/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The next "why" behind a decision: why the kernel has such a clause at all, or can do
 * without a copy. One table; the first row that fits says it, for all kernels unless the row
 * names a behavior.
 */
#include "base/alloc.h"
#include "report/explain.h"

#define BACKED(backing) (1u << BACKING_##backing)
#define OF_FILE (BACKED(SHMEM) | BACKED(FILE) | BACKED(SECRET))
#define UFFD_PROTECTION (VM_UFFD_WP | VM_UFFD_RWP)

static const struct deeper {
	int what;	   /* DECISION_... */
	uint64_t fired;	   /* the flag that decided is one of these; 0: no flag did */
	uint64_t src;	   /* the parent's VMA has all of these */
	bool lost;	   /* the child's VMA has lost that flag; of a skip: a protection */
	unsigned backings; /* bits; 0: any */
	bool guards;	   /* the kernel gives any VMA with guard regions an anon_vma */
	const char *text;
} deepers[] = {
	{.what = DECISION_COPY, .fired = UFFD_PROTECTION, .lost = true,
	 .text = "The clause looks at the parent's VMA, which dup_userfaultfd does not "
		 "change. The child's VMA is not registered, so its writes are not reported: "
		 "the bits and the markers are of no use to it."},
	{.what = DECISION_COPY, .fired = VM_UFFD_WP,
	 .text = "The uffd-wp bits and markers are in page tables only. A fault would map "
		 "the page again, but without them: a later write would not be reported to "
		 "the userfaultfd."},
	{.what = DECISION_COPY, .fired = VM_UFFD_RWP,
	 .text = "The protection is in page tables only. A fault would map the page again, "
		 "but accessible: a later access would not be reported to the userfaultfd."},
	{.what = DECISION_COPY, .fired = VM_PFNMAP,
	 .text = "The entries hold frame numbers that a driver put there, and no struct page "
		 "is used. The kernel has no other record of them, and cannot rely on a "
		 "fault handler that finds them again."},
	{.what = DECISION_COPY, .fired = VM_MIXEDMAP,
	 .text = "Some entries may hold frame numbers that a driver put there, without a "
		 "struct page. The kernel has no other record of them, and cannot rely on a "
		 "fault handler that finds them again."},
	{.what = DECISION_COPY, .fired = VM_HUGETLB,
	 .text = "Kernels before v6.0 always copy hugetlb entries. Later ones do so only if "
		 "another clause holds: a fault finds the huge pages of a file again."},
	{.what = DECISION_COPY, .fired = VM_MAYBE_GUARD,
	 .text = "A guard region is a marker in the page table and nothing else. Without it, "
		 "a fault would put a page there, and the child could use the addresses. The "
		 "flag says that there may be markers; the kernel does not search for them."},
	{.what = DECISION_COPY, .src = VM_SHARED, .guards = true,
	 .text = "A shared mapping has no anonymous pages. On this kernel MADV_GUARD_INSTALL "
		 "creates an anon_vma here, too, so that fork copies the guard markers."},
	{.what = DECISION_COPY,
	 .text = "Anonymous pages are nowhere else: no file has their bytes, and only page "
		 "tables say where they are, in memory or in swap. A page of a file can be "
		 "read again. The kernel does not check whether the VMA has any such page "
		 "left."},
	{.what = DECISION_SKIP, .lost = true,
	 .text = "The child's VMA is not registered, so its writes are not reported: the "
		 "protection would be of no use to it. Everything else a later fault finds "
		 "again."},
	{.what = DECISION_SKIP, .backings = BACKED(ANON),
	 .text = "Without an anon_vma the VMA holds no page of its own, at most the zero "
		 "page. A later fault gives the child zeroed memory."},
	{.what = DECISION_SKIP, .backings = BACKED(HUGETLB),
	 .text = "Without an anon_vma all huge pages here belong to the file: a later fault "
		 "finds them there."},
	{.what = DECISION_SKIP, .backings = OF_FILE,
	 .text = "Without an anon_vma all pages here belong to the file: a later fault finds "
		 "the page in the page cache, or reads it from the file."},
	{.what = DECISION_DONTCOPY,
	 .text = "madvise(MADV_DONTFORK) or a driver sets VM_DONTCOPY, for memory that the "
		 "child must not have, or has no use for. Its addresses are free in the "
		 "child."},
	{.what = DECISION_WIPE,
	 .text = "The flag is for data that must not be in two processes, such as keys and "
		 "the state of random number generators. A fault gives the child zeroed "
		 "memory."},
};

/* The flag that explain_outcome() gives as the reason; 0: none. */
static uint64_t deciding_flag(const struct decision *d)
{
	return d->fired & (~d->fired + 1);
}

static bool fits(const struct deeper *row, const struct machine *m, const struct fork_vma *vma)
{
	const struct decision *d = &vma->decision;
	uint64_t lost = d->src_flags & ~d->dst_flags & UFFD_PROTECTION;
	bool copy = d->what == DECISION_COPY;

	if (row->what != (int)d->what || (row->src & ~d->src_flags) ||
	    (row->backings && !(row->backings >> vma->src->backing & 1)))
		return false;
	if (copy && (row->fired ? !(row->fired & deciding_flag(d)) : d->fired != 0))
		return false;
	if (row->lost && !(copy ? lost & deciding_flag(d) : lost))
		return false;
	return !row->guards || m->kernel->behaviour[BEHAVIOUR_GUARD_REGIONS] == GUARD_ANY_ANON_VMA;
}

bool explain_deeper(const struct machine *m, const struct fork_vma *vma, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(deepers); i++)
		if (fits(&deepers[i], m, vma)) {
			buf_puts(out, deepers[i].text);
			explain_access_bits(m, vma, true, out);
			return true;
		}
	return false;
}
