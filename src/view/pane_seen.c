/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The observed kernel compared with a side's model: marks that the other panes put
 * beside what they draw.
 *
 *    ✓ agrees as far as it can be observed   ✗ differs   ? cannot be observed
 */
#include <inttypes.h>

#include "base/bisect.h"
#include "view/panes.h"

static const char *mark_sign(enum mark mark, bool utf8)
{
	static const char *const signs[][2] = {
		[MARK_NONE] = {" ", " "},
		[MARK_AGREES] = {"=", "✓"},
		[MARK_DISAGREES] = {"#", "✗"},
		[MARK_UNSEEN] = {"?", "?"},
	};

	return signs[mark][utf8];
}

void put_mark(struct area area, int row, int col, enum mark mark)
{
	static const enum style styles[] = {
		[MARK_NONE] = STYLE_NORMAL,
		[MARK_AGREES] = STYLE_AGREES,
		[MARK_DISAGREES] = STYLE_DISAGREES,
		[MARK_UNSEEN] = STYLE_UNSEEN,
	};

	if (mark != MARK_NONE)
		put(area, row, col, styles[mark], mark_sign(mark, area.grid->utf8));
}

/* --- flags and decision ----------------------------------------------------------- */

static const struct seen_process *seen_process(const struct scene *scene, bool child)
{
	return child ? &scene->seen->child : &scene->seen->parent;
}

/* Is there nothing to compare the model with? *mark then says what to show. */
static bool nothing_seen(const struct scene *scene, bool child, const struct seen_vma *seen,
			 enum mark *mark)
{
	const struct vm_area *vma = child ? scene->child : scene->parent;

	*mark = !scene->seen || !vma			  ? MARK_NONE
		: !seen_process(scene, child)->alive ? MARK_UNSEEN
		: !seen				  ? MARK_DISAGREES
						  : MARK_AGREES;
	return *mark != MARK_AGREES;
}

/* Does the kernel have one VMA of the same addresses? */
static bool same_place(const struct vm_area *vma, const struct seen_vma *seen)
{
	return vma->start == seen->start && vma->end == seen->end;
}

enum mark mark_flags(const struct scene *scene, bool child)
{
	const struct vm_area *vma = child ? scene->child : scene->parent;
	const struct seen_vma *seen = child ? scene->seen_child : scene->seen_parent;
	enum mark mark;

	if (nothing_seen(scene, child, seen, &mark))
		return mark;
	if (!same_place(vma, seen))
		return MARK_DISAGREES;
	if (!seen->flags_known)
		return MARK_UNSEEN;
	return (vma->flags ^ seen->flags) & seen->flags_known ? MARK_DISAGREES : MARK_AGREES;
}

void flags_difference(const struct vm_area *vma, const struct seen_vma *seen, struct buf *out)
{
	uint64_t wrong = seen ? (vma->flags ^ seen->flags) & seen->flags_known : 0;

	if (!seen)
		buf_puts(out, " has no VMA");
	else if (!same_place(vma, seen))
		buf_printf(out, " has 0x%" PRIx64 "-0x%" PRIx64, seen->start, seen->end);
	for (unsigned i = 0; i < VM_FLAG_COUNT; i++)
		if (wrong >> i & 1)
			buf_printf(out, " %c%s", seen->flags >> i & 1 ? '+' : '-', vm_flags[i].code);
}

enum mark mark_decision(const struct scene *scene)
{
	if (!scene->observed || !scene->decided)
		return MARK_NONE;
	if (scene->seen_decision == SEEN_NO_DECISION)
		return MARK_UNSEEN;
	return scene->seen_decision == (int)scene->record->decision.what ? MARK_AGREES
									 : MARK_DISAGREES;
}

/* --- numbers ----------------------------------------------------------------------- */

enum mark mark_number(uint64_t model, int64_t seen)
{
	if (seen < 0)
		return MARK_UNSEEN;
	return model == (uint64_t)seen ? MARK_AGREES : MARK_DISAGREES;
}

enum mark mark_both(enum mark a, enum mark b)
{
	if (a == MARK_DISAGREES || b == MARK_DISAGREES)
		return MARK_DISAGREES;
	return a == MARK_UNSEEN ? a : b;
}

/* --- pages ------------------------------------------------------------------------- */

/* The index of the run that holds the page; run_count: there is none. */
static size_t find_run(const struct seen_vma *seen, uint64_t page)
{
	size_t at;

	BISECT(at, seen->run_count, seen->runs[at].first + seen->runs[at].count <= page);
	return at;
}

bool seen_run_at(const struct scene *scene, bool child, uint64_t page, struct seen_run *run)
{
	const struct vm_area *vma = child ? scene->child : scene->parent;
	const struct seen_vma *seen;
	uint64_t start;
	size_t i;

	if (!scene->seen || !vma || page < vma_first(vma) || page > vma_last(vma))
		return false;
	seen = seen_vma_at(seen_process(scene, child), page_address(vma->mm, page));
	start = seen ? address_page(vma->mm, seen->start) : 0;
	i = seen ? find_run(seen, page - start) : 0;
	if (!seen || i == seen->run_count)
		return false;
	*run = seen->runs[i];
	run->first += start;
	return true;
}

/*
 * The model's entry in terms of what can be observed; the child's frame is compared with
 * the parent's.
 */
static struct seen_page model_page(const struct scene *scene, bool child, uint64_t number)
{
	const struct vm_area *vma = child ? scene->child : scene->parent, *parent = scene->parent;
	uint64_t last;

	return seen_model(vma, child && parent ? parent->mm : NULL, number, &last);
}

enum mark mark_page(const struct scene *scene, bool child, uint64_t number, struct seen_page *page)
{
	static const enum mark marks[] = {
		[SEEN_UNKNOWN] = MARK_UNSEEN, [SEEN_NO] = MARK_DISAGREES, [SEEN_YES] = MARK_AGREES};
	const struct vm_area *vma = child ? scene->child : scene->parent;
	struct seen_page model;
	struct seen_run run;
	enum mark mark;

	*page = (struct seen_page){0};
	if (vma && (number < vma_first(vma) || number > vma_last(vma)))
		return MARK_NONE;
	if (nothing_seen(scene, child, vma && scene->seen
			 ? seen_vma_at(seen_process(scene, child), page_address(vma->mm, number))
			 : NULL, &mark))
		return mark;
	if (!seen_run_at(scene, child, number, &run))
		return MARK_UNSEEN;
	model = model_page(scene, child, number);
	mark = marks[seen_agrees(model, run.page)];
	if (mark != MARK_DISAGREES)
		return mark;
	*page = run.page;
	if (page->anon == model.anon || model.anon == SEEN_UNKNOWN)
		page->anon = SEEN_UNKNOWN;
	if (page->same == model.same || model.same == SEEN_UNKNOWN)
		page->same = SEEN_UNKNOWN;
	return mark;
}

/* --- what it means ------------------------------------------------------------------- */

void seen_legend(const struct scene scenes[SIDES], bool utf8, struct buf *out)
{
	const struct observed *observed = scenes[LEFT].observed;

	if (!observed)
		return;
	if (scenes[LEFT].seen || scenes[RIGHT].seen)
		buf_printf(out, "%s: %s agrees  %s differs  %s not seen ", observed->version,
			   mark_sign(MARK_AGREES, utf8), mark_sign(MARK_DISAGREES, utf8),
			   mark_sign(MARK_UNSEEN, utf8));
	else if (!observed->fork_count && !observed->whole)
		buf_printf(out, "%s: stopped before fork ", observed->version);
	else
		buf_printf(out, "%s: seen %s%s%s ", observed->version,
			   observed->fork_count ? "after fork" : "",
			   observed->fork_count && observed->whole ? " and " : "",
			   observed->whole ? "at the end" : "");
}
