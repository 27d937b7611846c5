/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vma_needs_copy() as a picture: the flags of both VMAs, the clauses, the decision. */
#include <string.h>

#include "view/guess.h"
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
		    !scene->fork				 ? "not forked yet"
		    : scene->decided || scene->earlier ? "no such VMA"
		    : scene->undecided		       ? "no VMA"
							 : "no VMA yet");
	return row + 2;
}

/* The flags by their names, a row for each; where parent and child differ, and the clauses look. */
void pane_flag_list(struct area area, const struct scene *scene)
{
	const struct kernel *kernel = scene->machine->kernel;
	uint64_t src = scene->parent ? scene->parent->flags : 0, dst = scene->child ? scene->child->flags : 0;
	uint64_t asked = watched(kernel, SIDE_SRC) | watched(kernel, SIDE_DST);
	int row = 1, name = 6, parent = 24, child = 33;

	put(area, 0, name, STYLE_LABEL, "flag");
	put(area, 0, parent, STYLE_LABEL, "parent");
	put(area, 0, child, STYLE_LABEL, scene->child ? "child" : "");
	for (unsigned i = 0; i < VM_FLAG_COUNT && row < area.rows; i++) {
		uint64_t bit = UINT64_C(1) << i;

		if (!((src | dst) & bit))
			continue;
		put(area, row, 1, STYLE_LABEL, vm_flags[i].code);
		put(area, row, name, asked & bit ? STYLE_WATCHED : STYLE_NORMAL, vm_flags[i].name);
		put(area, row, parent, STYLE_NORMAL, src & bit ? "set" : "--");
		if (scene->child)
			put(area, row, child, dst & bit ? STYLE_NORMAL : STYLE_LOST, dst & bit ? "set" : "cleared");
		put(area, row, child + 10, STYLE_DIM, asked & bit ? "a clause asks for it" : "");
		row++;
	}
}

/*
 * How a clause is written: as code of the longest form in which all clauses of this
 * kernel fit.
 *
 *     if (src->vm_flags & (VM_PFNMAP | [VM_UFFD_WP]))
 *     if (src->vm_flags & (PFNMAP|[UFFD_WP]))
 *     src & (PFNMAP|[UFFD_WP])
 *     if (src->vm_flags & VM_COPY_ON_FORK) [UFFD_WP]
 *     src & (pf [uw])
 *
 * The last two write the flags of VM_COPY_ON_FORK by that name, and the one that is set.
 */
enum wording { FULL, NAMES, TERSE, MASK, CODES, WORDINGS };

#define MASK_FLAGS (VM_UFFD_WP | VM_MAYBE_GUARD)

static const struct {
	const char *before, *flags, *anon_vma, *between, *after;
} code[WORDINGS] = {
	[FULL] = {"if (", "->vm_flags & ", "->anon_vma", " | ", ")"},
	[NAMES] = {"if (", "->vm_flags & ", "->anon_vma", "|", ")"},
	[TERSE] = {"", " & ", "->anon_vma", "|", ""},
	[MASK] = {"if (", "->vm_flags & ", "->anon_vma", "|", ")"},
	[CODES] = {"", " & ", " anon_vma", " ", ""},
};

static const char *flag_word(unsigned flag, enum wording wording)
{
	const char *name = vm_flags[flag].name;

	return wording == CODES ? vm_flags[flag].code : wording == FULL ? name : name + 3;
}

/* What a clause found: flags that are set, and those that the child's VMA has lost. */
struct found {
	uint64_t set, cleared;
};

static int put_flag_list(struct area area, int row, int col, uint64_t flags, struct found found,
			 enum wording wording)
{
	const char *before = "";

	for (unsigned i = 0; i < VM_FLAG_COUNT; i++) {
		uint64_t bit = UINT64_C(1) << i;
		const char *name = flag_word(i, wording);

		if (!(flags & bit))
			continue;
		col = put(area, row, col, STYLE_NORMAL, before);
		if (found.set & bit)
			col = putf(area, row, col, STYLE_WATCHED, "[%s]", name);
		else
			col = put(area, row, col, found.cleared & bit ? STYLE_LOST : STYLE_NORMAL, name);
		before = code[wording].between;
	}
	return col;
}

/* Is it written as VM_COPY_ON_FORK? */
static bool is_mask(const struct clause *clause, enum wording wording)
{
	return wording >= MASK && (clause->flags & MASK_FLAGS) == MASK_FLAGS;
}

static int put_mask(struct area area, int row, int col, const struct clause *clause,
		    struct found found, enum wording wording)
{
	const char *name = wording == MASK ? "VM_COPY_ON_FORK" : "COPY_ON_FORK";
	uint64_t set = found.set & clause->flags;

	col = put(area, row, col, found.cleared & clause->flags ? STYLE_LOST : STYLE_NORMAL, name);
	col = put(area, row, col, STYLE_NORMAL, code[wording].after);
	return set ? put_flag_list(area, row, col + 1, set, found, wording) : col;
}

/* "if (dst->vm_flags & (VM_PFNMAP | [VM_UFFD_WP]))": set flags in brackets. */
static int put_test(struct area area, int row, int col, const struct clause *clause,
		    struct found found, enum wording wording)
{
	bool list = clause->flags & (clause->flags - 1) || wording == CODES;

	col = put(area, row, col, STYLE_NORMAL, code[wording].before);
	col = put(area, row, col, STYLE_ACTIVE, vma_side_names[clause->side]);
	if (!clause->flags) {
		col = put(area, row, col, STYLE_NORMAL, code[wording].anon_vma);
		return put(area, row, col, STYLE_NORMAL, code[wording].after);
	}
	col = put(area, row, col, STYLE_NORMAL, code[wording].flags);
	if (is_mask(clause, wording))
		return put_mask(area, row, col, clause, found, wording);
	col = put(area, row, col, STYLE_NORMAL, list ? "(" : "");
	col = put_flag_list(area, row, col, clause->flags, found, wording);
	col = put(area, row, col, STYLE_NORMAL, list ? ")" : "");
	return put(area, row, col, STYLE_NORMAL, code[wording].after);
}

/* With brackets around one flag: a step does not change how wide it is. */
static int test_width(const struct clause *clause, enum wording wording)
{
	int width = (int)(strlen(code[wording].before) + 3 + strlen(code[wording].after));

	if (!clause->flags)
		return width + (int)strlen(code[wording].anon_vma);
	if (is_mask(clause, wording)) /* one of its flags is set */
		return width + (int)strlen(code[wording].flags) + (wording == MASK ? 15 + 10 : 12 + 5);
	width += (int)strlen(code[wording].flags) + 4 - (int)strlen(code[wording].between);
	for (unsigned i = 0; i < VM_FLAG_COUNT; i++)
		if (clause->flags >> i & 1)
			width += (int)(strlen(flag_word(i, wording)) + strlen(code[wording].between));
	return width;
}

static bool is_not_asked(const struct decision *decision, int clause)
{
	return decision->what == DECISION_DONTCOPY || decision->what == DECISION_WIPE ||
	       (decision->clause >= 0 && clause > decision->clause);
}

/* The result of a clause. Clauses after the first true one are not evaluated. */
static const char *test_answer(const struct scene *scene, int clause, enum style *style)
{
	const struct decision *decision =
		scene->decided ? &scene->record->decision : NULL;

	*style = STYLE_DIM;
	if (!decision)
		return scene->undecided && !scene->next ? "not asked" : "?";
	if (is_not_asked(decision, clause))
		return "not asked";
	*style = clause == decision->clause ? STYLE_YES : STYLE_NO;
	return clause == decision->clause ? "YES" : "no";
}

enum { ANSWER_COLS = 11 }; /* "  not asked" */

static int widest(const struct kernel *kernel, enum wording wording)
{
	int width = 0;

	for (size_t i = 0; i < kernel->clause_count; i++) {
		int of_clause = test_width(&kernel->clauses[i], wording);

		width = of_clause > width ? of_clause : width;
	}
	return width;
}

static enum wording choose_wording(const struct kernel *kernel, int cols)
{
	enum wording wording = FULL;

	while (wording < CODES && 1 + widest(kernel, wording) + ANSWER_COLS > cols)
		wording++;
	return wording;
}

static struct found found_by(const struct scene *scene, const struct clause *clause)
{
	const struct decision *decision = scene->decided ? &scene->record->decision : NULL;

	if (!decision)
		return (struct found){0, 0};
	if (clause->side == SIDE_SRC)
		return (struct found){decision->src_flags, 0};
	return (struct found){decision->dst_flags, decision->src_flags & ~decision->dst_flags};
}

static void put_clause(struct area area, int row, const struct scene *scene, int i, int end,
		       enum wording wording)
{
	const struct clause *clause = &scene->machine->kernel->clauses[i];
	const struct decision *decision = scene->decided ? &scene->record->decision : NULL;
	bool here = scene->deciding && decision && decision->clause == i;
	struct found found = found_by(scene, clause);
	const char *cleared = area.cols - end >= ANSWER_COLS + 9 ? "cleared: no" : "cleared";
	enum style style;
	const char *answer = test_answer(scene, i, &style);

	if (style == STYLE_NO && found.cleared & clause->flags)
		answer = cleared;
	put(area, row, 0, STYLE_ACTIVE, here ? (area.grid->utf8 ? "▸" : ">") : " ");
	put_test(area_part(area, 0, 0, area.rows, end), row, 1, clause, found, wording);
	if (decision && is_not_asked(decision, i))
		area_style_row(area_part(area, 0, 0, area.rows, end), row, STYLE_DIM);
	if (here)
		area_style_row(area_part(area, 0, 1, area.rows, end - 2), row, STYLE_CURRENT);
	put(area, row, end, style, answer);
}

int pane_clauses(struct area area, int row, const struct scene *scene)
{
	const struct kernel *kernel = scene->machine->kernel;
	enum wording wording = choose_wording(kernel, area.cols);
	int end = 1 + widest(kernel, wording) + 2;

	if (end + ANSWER_COLS - 2 > area.cols)
		end = area.cols - ANSWER_COLS + 2;
	for (size_t i = 0; i < kernel->clause_count; i++)
		put_clause(area, row++, scene, (int)i, end, wording);
	return row;
}

static void put_no_decision(struct area area, int row, int col, const struct scene *scene)
{
	if (!scene->fork)
		put(area, row, col, STYLE_DIM, "copy or skip? fork decides");
	else if (scene->next)
		put(area, row, col, STYLE_DIM, "copy or skip? the next fork decides");
	else if (!scene->undecided)
		put(area, row, col, STYLE_DIM, "copy or skip? not decided yet");
	else if (scene->fork->err)
		put(area, row, col, STYLE_DIM, "no decision: fork failed first");
	else
		putf(area, row, col, STYLE_DIM, "no decision: %s copies nothing",
		     fork_kind_names[scene->fork->kind]);
}

static const struct prediction *scene_guess(const struct scene *scene)
{
	const struct vm_area *vma = scene_shown(scene);

	return vma ? guess_decision(scene->predictions, scene->machine, scene->side,
				    (struct stretch){vma->start, vma->end})
		   : NULL;
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

	if (decision && scene->earlier)
		col = put(area, row, col, STYLE_DIM, "last fork:") + 1;
	if (scene->deciding)
		put(area, row, 0, STYLE_ACTIVE, area.grid->utf8 ? "▸" : ">");
	put_guess_right(area_part(area, 0, 0, area.rows, area.cols - 3 * differs), row,
			scene_guess(scene), decision);
	if (!decision) {
		put_no_decision(area, row, col, scene);
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
