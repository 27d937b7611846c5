/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vma_needs_copy() as a picture: the flags of both VMAs, the clauses, the decision. */
#include <string.h>

#include "view/panes.h"

#define MAY_FLAGS (VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_MAYSHARE)

enum style decision_style(const struct decision *decision)
{
	switch (decision->what) {
	case DECISION_COPY:
		return STYLE_COPY;
	case DECISION_SKIP:
		return STYLE_SKIP;
	case DECISION_DONTCOPY:
	case DECISION_WIPE:
		break;
	}
	return STYLE_LEFT_OUT;
}

/* The flags that this kernel's clauses test on that VMA. */
static uint64_t watched(const struct kernel *kernel, enum vma_side side)
{
	uint64_t flags = 0;

	for (size_t i = 0; i < kernel->clause_count; i++)
		if (kernel->clauses[i].side == side)
			flags |= kernel->clauses[i].flags;
	return flags;
}

/* One row of flags; both rows have the same columns, so that gaps show. */
static void put_flags(struct area area, int row, int col, uint64_t flags, uint64_t of,
		      uint64_t look_for)
{
	for (unsigned i = 0; i < VM_FLAG_COUNT; i++) {
		uint64_t bit = UINT64_C(1) << i;
		enum style style = look_for & bit ? STYLE_WATCHED : STYLE_NORMAL;

		if (!(of & bit))
			continue;
		if (col + 2 > area.cols) {
			put_fit(area, row, area.cols - 1, area.cols, STYLE_DIM, "...");
			return;
		}
		if (flags & bit)
			col = put(area, row, col, style, vm_flags[i].code);
		else
			col = put(area, row, col, STYLE_LOST, "--");
		col++;
	}
}

/*
 * Puts a mark before the flags and, if the running kernel has others, those after them.
 * Returns the column where the latter start.
 */
static int put_flags_seen(struct area area, int row, int col, const struct scene *scene, bool child)
{
	enum mark mark = mark_flags(scene, child);
	struct buf text = {0};
	int begin = area.cols;

	put_mark(area, row, col - 1, mark);
	if (mark == MARK_DISAGREES) {
		buf_puts(&text, " kernel");
		flags_difference(child ? scene->child : scene->parent,
				 child ? scene->seen_child : scene->seen_parent, &text);
		begin = put_right(area, row, STYLE_DISAGREES, buf_str(&text));
	}
	buf_deinit(&text);
	return begin;
}

int pane_flags(struct area area, int row, const struct scene *scene)
{
	const struct kernel *kernel = scene->machine->kernel;
	uint64_t src = scene->parent ? scene->parent->flags : 0;
	uint64_t dst = scene->child ? scene->child->flags : 0;
	uint64_t all = src | dst;
	int col = 14, room = (area.cols - col + 1) / 3, end;

	if (__builtin_popcountll(all) > room)
		all &= ~MAY_FLAGS;
	put(area, row, 1, STYLE_LABEL, "src  parent");
	end = put_flags_seen(area, row, col, scene, false);
	if (scene->parent)
		put_flags(area_part(area, 0, 0, area.rows, end), row, col, src, all,
			  watched(kernel, SIDE_SRC));
	else
		put(area, row, col, STYLE_DIM, "no such VMA");
	put(area, row + 1, 1, STYLE_LABEL, "dst  child");
	end = put_flags_seen(area, row + 1, col, scene, true);
	if (scene->child)
		put_flags(area_part(area, 0, 0, area.rows, end), row + 1, col, dst, all,
			  watched(kernel, SIDE_DST));
	else
		put(area, row + 1, col, STYLE_DIM,
		    !scene->forked ? "not forked yet" : scene->decided ? "no such VMA" : "no VMA yet");
	return row + 2;
}

/* How flags are written: the longest form that fits. */
enum wording { FULL, NAMES, CODES }; /* VM_UFFD_WP, UFFD_WP, uw */

static const char *flag_word(unsigned flag, enum wording wording)
{
	const char *name = vm_flags[flag].name;

	return wording == CODES ? vm_flags[flag].code : wording == NAMES ? name + 3 : name;
}

/* "dst->vm_flags & (VM_PFNMAP|[VM_UFFD_WP])": set flags in brackets. */
static int put_test(struct area area, int row, int col, const struct clause *clause,
		    uint64_t set, enum wording wording)
{
	bool full = wording == FULL;
	const char *before = "";

	col = put(area, row, col, STYLE_NORMAL, vma_side_names[clause->side]);
	if (!clause->flags)
		return put(area, row, col, STYLE_NORMAL, full ? "->anon_vma" : " anon_vma");
	col = put(area, row, col, STYLE_NORMAL, full ? "->vm_flags & (" : " & (");
	for (unsigned i = 0; i < VM_FLAG_COUNT; i++) {
		uint64_t bit = UINT64_C(1) << i;
		const char *name = flag_word(i, wording);

		if (!(clause->flags & bit))
			continue;
		col = put(area, row, col, STYLE_NORMAL, before);
		if (set & bit)
			col = putf(area, row, col, STYLE_WATCHED, "[%s]", name);
		else
			col = put(area, row, col, STYLE_NORMAL, name);
		before = full ? "|" : " ";
	}
	return put(area, row, col, STYLE_NORMAL, ")");
}

static int test_width(const struct clause *clause, enum wording wording)
{
	int width = wording == FULL ? 18 : 10;

	for (unsigned i = 0; i < VM_FLAG_COUNT; i++)
		if (clause->flags >> i & 1)
			width += (int)strlen(flag_word(i, wording)) + 1;
	return width + 2;
}

/* The result of a clause. Clauses after the first true one are not evaluated. */
static const char *test_answer(const struct scene *scene, int clause, enum style *style)
{
	const struct decision *decision =
		scene->decided ? &scene->record->decision : NULL;

	*style = STYLE_DIM;
	if (!decision)
		return "?";
	if (decision->what == DECISION_DONTCOPY || decision->what == DECISION_WIPE)
		return "not asked";
	if (decision->clause >= 0 && clause > decision->clause)
		return "not asked";
	*style = clause == decision->clause ? STYLE_YES : STYLE_NO;
	return clause == decision->clause ? "YES" : "no";
}

/* The longest form in which the widest clause of this kernel fits. */
static enum wording choose_wording(const struct kernel *kernel, int cols, enum wording wording)
{
	for (size_t i = 0; i < kernel->clause_count; i++)
		while (wording < CODES && test_width(&kernel->clauses[i], wording) + 14 > cols)
			wording++;
	return wording;
}

int pane_clauses(struct area area, int row, const struct scene *scene, const struct scene *other)
{
	const struct kernel *kernel = scene->machine->kernel;
	const struct decision *decision = scene->decided ? &scene->record->decision : NULL;
	enum wording wording = choose_wording(kernel, area.cols, FULL);
	int end = 0;

	wording = choose_wording(other->machine->kernel, area.cols, wording);
	for (size_t i = 0; i < kernel->clause_count; i++) {
		int width = test_width(&kernel->clauses[i], wording);

		end = width > end ? width : end;
	}
	end = end + 14 > area.cols ? area.cols - 10 : end + 4;
	for (size_t i = 0; i < kernel->clause_count; i++) {
		const struct clause *clause = &kernel->clauses[i];
		enum style style;
		const char *answer = test_answer(scene, (int)i, &style);
		bool here = scene->deciding && decision && decision->clause == (int)i;
		uint64_t set = 0;
		int col = end;

		if (decision)
			set = clause->side == SIDE_SRC ? decision->src_flags
						       : decision->dst_flags;
		put(area, row, 0, STYLE_ACTIVE, here ? (area.grid->utf8 ? "▸" : ">") : " ");
		put_test(area_part(area, 0, 0, area.rows, end), row, 1, clause, set, wording);
		if (col + text_columns(answer) > area.cols)
			col = area.cols - text_columns(answer);
		put(area, row, col, style, answer);
		row++;
	}
	return row;
}

int pane_verdict(struct area area, int row, const struct scene *scene, bool differs)
{
	static const char *const why[] = {
		[DECISION_COPY] = "because of",
		[DECISION_SKIP] = "no clause holds",
		[DECISION_DONTCOPY] = "VM_DONTCOPY is checked first",
		[DECISION_WIPE] = "VM_WIPEONFORK: the child starts empty",
	};
	const struct decision *decision = scene->decided ? &scene->record->decision : NULL;
	enum { KERNEL_COLS = 23 }; /* "  ✗ kernel: DONTCOPY ≠ " */
	const char *words, *reason;
	enum mark mark;
	int col = 1;
	bool wrong;

	if (scene->deciding)
		put(area, row, 0, STYLE_ACTIVE, area.grid->utf8 ? "▸" : ">");
	if (!decision) {
		put(area, row, col, STYLE_DIM, scene->forked ? "copy or skip? not decided yet"
							     : "copy or skip? fork decides");
		return row + 1;
	}
	words = why[decision->what];
	reason = decision->what == DECISION_COPY ? decision_reason(decision) : "";
	mark = mark_decision(scene);
	wrong = mark == MARK_DISAGREES;
	col = put(area, row, col, decision_style(decision), decision_word(decision)) + 1;
	if (mark != MARK_NONE && !wrong) {
		put_mark(area, row, col, mark);
		col += 2;
	}
	/* The reason is the model's: it precedes what the kernel did, or is left out. */
	if (!wrong || col + text_columns(words) + 1 + text_columns(reason) + KERNEL_COLS <= area.cols) {
		col = put(area, row, col, STYLE_NORMAL, words) + 1;
		if (reason[0])
			col = put(area, row, col, STYLE_WATCHED, reason) + 1;
		col += wrong;
	}
	if (wrong) {
		struct decision seen = {.what = scene->seen_decision};

		put_mark(area, row, col, mark);
		putf(area, row, col + 2, STYLE_DISAGREES, "kernel: %s", decision_word(&seen));
	}
	if (differs)
		put_right(area, row, STYLE_DIFFERS, area.grid->utf8 ? " ≠ " : " ! ");
	return row + 1;
}
