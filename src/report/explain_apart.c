/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why VMAs that touch are not one. */
#include "model/vma.h"
#include "report/explain.h"
#include "report/label.h"

/* Of `vma`, which would be changed, and the neighbor with which it would then not be joined. */
static void say_why(enum apart apart, const struct vm_area *vma, const struct vm_area *neighbour,
		    uint64_t flags, struct buf *out)
{
	static const char *const why[] = {
		[APART_FILE] = "they do not map consecutive parts of one file",
		[APART_INDEX] = "their private pages do not have consecutive indices",
		[APART_UFFD] = "they are registered with different userfaultfds",
		[APART_POLICY] = "their memory policies differ",
		[APART_ANON_VMAS] = "each has an anon_vma of its own",
		[APART_ANON_CLONED] = "one has an anon_vma that fork has cloned, the other none",
	};

	const struct vm_area *low = vma->start < neighbour->start ? vma : neighbour;
	const struct vm_area *high = low == vma ? neighbour : vma;

	switch (apart) {
	case APART_SPECIAL:
		explain_flags(flags, false, out);
		buf_printf(out, " %s set on ", flags & (flags - 1) ? "are" : "is");
		label_vma(vma, out);
		break;
	case APART_BACKING:
		label_vma(low, out);
		buf_printf(out, " is %s, ", backing_names[low->backing]);
		label_vma(high, out);
		buf_printf(out, " is %s", backing_names[high->backing]);
		break;
	case APART_FLAGS:
		explain_flags(flags, false, out);
		buf_printf(out, " %s set on one only", flags & (flags - 1) ? "are" : "is");
		break;
	case APART_ANON_ORDER:
		label_vma(vma, out);
		buf_puts(out, " has an anon_vma, ");
		label_vma(neighbour, out);
		buf_puts(out, " has none");
		break;
	default:
		buf_puts(out, why[apart]);
		break;
	}
}

static void say_pair(const struct machine *m, const char *side, const struct vm_area *vma,
		     const struct vm_area *neighbour, struct buf *out)
{
	uint64_t flags, other_flags;
	enum apart apart = vma_apart(m, vma, neighbour, &flags);
	enum apart other = vma_apart(m, neighbour, vma, &other_flags);

	buf_printf(out, "%s: ", side);
	label_vma(vma, out);
	buf_puts(out, " touches ");
	label_vma(neighbour, out);
	if (apart == APART_NOT && other == APART_NOT) {
		buf_puts(out, ", and nothing keeps them apart: the next call that changes one of "
			      "them joins them.\n");
		return;
	}
	buf_puts(out, " but is not joined with it: ");
	/* What the kernel would see first. */
	if (other == APART_NOT || (apart != APART_NOT && apart <= other))
		say_why(apart, vma, neighbour, flags, out);
	else
		say_why(other, neighbour, vma, other_flags, out);
	if (apart == APART_NOT || other == APART_NOT) {
		buf_puts(out, "; a call that changes ");
		label_vma(apart == APART_NOT ? vma : neighbour, out);
		buf_puts(out, " joins them");
	}
	buf_puts(out, ".\n");
}

void explain_apart(const struct machine *m, const char *side, const struct explained *what,
		   struct buf *out)
{
	const struct mm *mm = m->parent;
	const struct name *name = what->name ? machine_name(m, what->name) : NULL;
	const struct vm_area *vma = name ? mm_named_vma(mm, name) : NULL;

	if (!what->name)
		vma = mm_vma_at(mm, what->address);
	for (size_t shown = 0; vma && shown < EXPLAIN_VMAS;
	     vma = name ? mm_named_next(vma, name) : NULL, shown++) {
		const struct vm_area *before = mm_before(vma), *next = mm_next(vma);

		if (before && before->end == vma->start && !(name && vma_has_name(before, what->name)))
			say_pair(m, side, vma, before, out);
		if (next && next->start == vma->end)
			say_pair(m, side, vma, next, out);
	}
}
