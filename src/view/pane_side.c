/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One side: its kernel, the running function, the decision, the tables, the cost. */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "language/command.h"
#include "report/explain.h"
#include "report/label.h"
#include "report/now.h"
#include "view/guess.h"
#include "view/panes.h"

static bool has_toggle(const struct kernel *kernel)
{
	for (size_t i = 0; i < kernel->clause_count; i++)
		if (kernel->clauses[i].flags & VM_UFFD_WP)
			return true;
	return false;
}

const char *check_words(const struct kernel *kernel)
{
	return !has_toggle(kernel)		  ? "no uffd-wp clause"
	       : kernel_checks(kernel) == SIDE_SRC ? "check src"
						   : "check dst";
}

static bool verdicts_differ(const struct scene *a, const struct scene *b)
{
	if (!a->decided || !b->decided)
		return false;
	return a->record->decision.what != b->record->decision.what ||
	       strcmp(decision_reason(&a->record->decision), decision_reason(&b->record->decision));
}

/* " COPY ≠ ", in the header's last columns. Returns where it begins. */
static int put_header_verdict(struct area area, const struct scene *scene, bool differs)
{
	const struct decision *decision = scene->decided ? &scene->record->decision : NULL;
	int end = area.cols;

	if (differs)
		end = put_right(area, 0, STYLE_DIFFERS, area.grid->utf8 ? " ≠ " : " ! ");
	if (!decision)
		return end;
	area = area_part(area, 0, 0, 1, end);
	end = put_right(area, 0, decision_style(decision), " ");
	area.cols = end;
	end = put_right(area, 0, decision_style(decision), decision_word(decision));
	area.cols = end;
	end = put_right(area, 0, decision_style(decision), " ");
	if (!scene->earlier)
		return end;
	area.cols = end;
	return put_right(area, 0, decision_style(decision), end > 45 ? " last fork:" : " was");
}

/* The kernel in so many columns: the clauses show what `with` has changed. */
static void header_name(const char *name, int cols, struct buf *out)
{
	const char *with = text_columns(name) > cols ? strstr(name, " with ") : NULL;

	if (with)
		buf_printf(out, "%.*s with changes", (int)(with - name), name);
	else
		buf_puts(out, name);
}

static void put_header(struct area area, const struct scene *scene, const struct scene *other, bool alone)
{
	enum style style = scene->side == LEFT ? STYLE_LEFT : STYLE_RIGHT;
	const struct kernel *kernel = scene->machine->kernel;
	const char *check = check_words(kernel);
	struct buf name = {0};
	int col, gap = 2, end;

	area_style_row(area, 0, style);
	end = put_header_verdict(area, scene, verdicts_differ(scene, other));
	if (alone) {
		struct area before = area_part(area, 0, 0, 1, end);

		end = put_right(before, 0, style, " | other ");
	}
	col = put(area, 0, 1, style, scene->side == LEFT ? "LEFT" : "RIGHT");
	if (has_toggle(kernel) && end > 56)
		check = kernel_checks(kernel) == SIDE_SRC ? "vma_needs_copy(): check src"
							   : "vma_needs_copy(): check dst";
	header_name(kernel->name, end - col - 4 - text_columns(check), &name);
	/* A long name ("live 6.18.44 (as v6.19-rc7)") takes room from its neighbors. */
	if (col + 4 + text_columns(buf_str(&name)) + text_columns(check) > end) {
		gap = 1;
		check = has_toggle(kernel) ? strrchr(check, ' ') + 1 : check;
	}
	if (col + gap + text_columns(buf_str(&name)) + 1 + text_columns(check) > end)
		col = 0; /* left and right are seen to be so */
	col = put_fit(area, 0, col + gap, end, style, buf_str(&name));
	put_fit(area, 0, col + gap, end, style, check);
	buf_deinit(&name);
}

/*
 * The innermost function is last, highlighted, with its place in the source. What does
 * not fit is dropped from the front, and the place first if there is only one function.
 */
static void put_chain(struct area area, const struct scene *scene)
{
	const char *chain[10], *arrow = area.grid->utf8 ? " › " : " > ";
	size_t n = scene->event ? explain_call_chain(scene->event, chain) : 0, first = 0;
	char place[PLACE_FILE_MAX + PLACE_VERSION_MAX + 16] = "";
	int col = 1, width;

	if (!n) {
		put(area, 0, 1, STYLE_DIM,
		    scene->event    ? "(user space)"
		    : scene->fork ? "(nothing to do in this step)"
				    : "(before the fork)");
		return;
	}
	if (scene->placed)
		snprintf(place, sizeof(place), " %s%s%s:%u", scene->place.version,
			 scene->place.version[0] ? " " : "", scene->place.file, scene->place.line);
	if (5 + text_columns(chain[n - 1]) + text_columns(place) > area.cols)
		place[0] = '\0';
	for (;; first++) {
		width = (first ? 5 : 1) + text_columns(place);
		for (size_t i = first; i < n; i++)
			width += text_columns(chain[i]) + 3;
		if (width - 3 <= area.cols || first + 1 >= n)
			break;
	}
	if (first)
		col = put(area, 0, col, STYLE_DIM, area.grid->utf8 ? "… › " : ".. > ");
	for (size_t i = first; i < n; i++) {
		if (i > first)
			col = put(area, 0, col, STYLE_DIM, arrow);
		col = put_fit(area, 0, col, area.cols,
			      i + 1 == n ? STYLE_CURRENT : STYLE_NORMAL, chain[i]);
	}
	put(area, 0, col, STYLE_DIM, place);
}

static void put_vma(struct area area, const struct scene *scene, const struct ui *ui)
{
	const struct vm_area *vma = scene_shown(scene);
	struct buf label = {0}, name = {0}, size = {0};
	int col;

	if (!vma) {
		put(area, 0, 1, STYLE_DIM,
		    ui->focused ? "this process has no such VMA" : "no VMAs yet");
		return;
	}
	buf_size(&size, vma->end - vma->start);
	label_vma(vma, &label);
	if (names_change(vma->mm, vma_first(vma), vma_last(vma))) /* the last one is seen, too */
		buf_middle(&name, buf_str(&label), (size_t)(area.cols / 2 - 1), area.grid->utf8);
	col = put_fit(area, 0, 1, area.cols / 2, STYLE_ACTIVE, buf_str(name.len ? &name : &label));
	buf_deinit(&label);
	buf_deinit(&name);
	col = putf(area, 0, col + 1, STYLE_NORMAL, "%s %s %s", backing_names[vma->backing],
		   vma->flags & VM_SHARED ? "shared" : "private", buf_str(&size));
	buf_deinit(&size);
	if (vma->uffd && col + 8 < area.cols)
		col = putf(area, 0, col + 1, STYLE_NORMAL, "uffd %s", vma->uffd->name);
	if (col + 16 < area.cols)
		putf(area, 0, col + 1, STYLE_DIM, "at 0x%" PRIx64, vma->start);
}

/* Rounded where the exact size would be long: 128.3G. */
static void short_size(uint64_t bytes, struct buf *out)
{
	static const char units[] = "KMGTP";
	double size = (double)bytes;
	int unit = -1;

	for (; size >= 1024 && unit < 4; unit++)
		size /= 1024;
	if (unit < 0)
		buf_count(out, bytes, "byte", "bytes");
	else
		buf_printf(out, size < 10000 && size == (double)(uint64_t)size ? "%.0f%c" : "%.1f%c",
			   size, units[unit]);
}

/*
 * Puts a mark before the row's numbers and, if the kernel's differ, those after them.
 * Returns the column where the latter start.
 */
static int put_cost_seen(struct area area, int row, uint64_t a, int64_t seen_a, uint64_t b,
			 int64_t seen_b)
{
	enum mark mark = mark_both(mark_number(a, seen_a), mark_number(b, seen_b));
	struct buf text = {0};
	int begin;

	put_mark(area, row, 7, mark);
	if (mark != MARK_DISAGREES)
		return area.cols;
	buf_puts(&text, " kernel ");
	buf_printf(&text, seen_a < 0 ? "?" : "%" PRId64, seen_a);
	buf_printf(&text, seen_b < 0 ? ", ?" : ", %" PRId64, seen_b);
	begin = put_right(area, row, STYLE_DISAGREES, buf_str(&text));
	buf_deinit(&text);
	return begin;
}

/* How much of this step has been seen to happen, in an animation. */
static uint64_t shown_so_far(const struct event *event, const struct ui *ui)
{
	return event->kind == EVENT_TOUCH ? (ui->frame >= UI_FRAMES ? event->count : 0)
					  : event->count * (uint64_t)ui->frame / UI_FRAMES;
}

/* The counters tick while things move. */
static struct cost shown_cost(const struct scene *scene, const struct ui *ui)
{
	struct cost cost = scene->machine->cost, all = {0}, part = {0};
	const struct event *event = scene->event;

	if (!event || ui->frame >= UI_FRAMES || scene->grain == GRAIN_PAGE)
		return cost;
	cost_add_event(&all, event, event->count);
	if (shown_so_far(event, ui))
		cost_add_event(&part, event, shown_so_far(event, ui));
	cost.entries -= all.entries - part.entries;
	cost.copied -= all.copied - part.copied;
	for (int level = 0; level < TABLE_LEVELS; level++)
		cost.tables[level] -= all.tables[level] - part.tables[level];
	return cost;
}

/* The end of time: what costs are predicted for. */
static bool is_now(const struct scene *scene)
{
	return scene->machine->at >= scene->machine->event_count;
}

/* What was guessed, unless its number has gone up since. */
static const struct prediction *guess_of(const struct scene *scene, enum cost_what what, uint64_t now)
{
	const struct prediction *guess = guess_cost(scene->predictions, scene->side, (int)what);

	return guess && is_now(scene) && guess->revealed && strtoull(guess->truth, NULL, 10) != now ? NULL : guess;
}

static const struct prediction *cost_guess(const struct scene *scene)
{
	const struct cost *cost = &scene->machine->cost;
	const struct prediction *entries = guess_of(scene, COST_ENTRIES, cost->entries);

	return entries ? entries : guess_of(scene, COST_TABLES, cost_tables(cost));
}

static const struct prediction *later_guess(const struct scene *scene)
{
	const struct cost *cost = &scene->machine->cost;
	const struct prediction *faults = guess_of(scene, COST_FAULTS, cost->faults);

	return faults ? faults : guess_of(scene, COST_COW_COPIES, cost->cow_copies);
}

void cost_words(const struct cost *cost, const struct paging *paging, struct buf words[COST_WORDS])
{
	buf_count(&words[COST_ENTRY_WORDS], cost->entries, "entry", "entries");
	buf_count(&words[COST_TABLE_WORDS], cost_tables(cost), "table", "tables");
	short_size(cost_bytes(cost, paging), &words[COST_BYTE_WORDS]);
	buf_count(&words[COST_FAULT_WORDS], cost->faults, "fault", "faults");
	buf_count(&words[COST_COPY_WORDS], cost->cow_copies, "copy on write", "copies on write");
}

/* What the numbers are of, since they add up: "2 forks". */
static void put_cost_label(struct area area, const struct scene *scene)
{
	const struct fork_record *last = fork_now(scene->machine);
	size_t forks = last ? (size_t)(last - scene->machine->forks) + 1 : 0;

	if (forks < 2 || forks > 9 || scene->seen) /* a mark has the column behind "cost" */
		put(area, 0, 1, STYLE_LABEL, "cost");
	else
		putf(area, 0, 0, STYLE_LABEL, "%zu forks", forks);
}

static void put_cost(struct area area, const struct scene *scene, const struct ui *ui, bool second)
{
	const struct cost shown = shown_cost(scene, ui), *cost = &shown;
	struct buf words[COST_WORDS] = {{0}};
	const char *text[COST_WORDS];
	int end = area.cols, later_end = area.cols;
	size_t parts = 3;

	if (scene->seen) {
		struct seen_cost seen = observed_cost(scene->observed, scene->seen);
		/* VmPTE has no P4D tables in it */
		uint64_t count = cost_tables(cost) - cost->tables[LEVEL_P4D];

		end = put_cost_seen(area, 0, cost->entries, seen.entries, count, seen.tables);
		if (second)
			later_end = put_cost_seen(area, 1, cost->faults, seen.faults,
						  cost->cow_copies, seen.cow_copies);
	}
	cost_words(cost, &scene->machine->paging, words);
	for (int i = 0; i < COST_WORDS; i++)
		text[i] = buf_str(&words[i]);
	if (!scene->seen)
		end = put_guess_right(area, 0, cost_guess(scene), is_now(scene));
	/* The kernel's numbers are those of the first two. */
	if (end < area.cols && 8 + (int)(words[0].len + words[1].len + words[2].len) + 4 > end)
		parts = 2;
	put_cost_label(area, scene);
	put_parts(area, 0, 8, end, STYLE_NORMAL, text, parts, ", ");
	if (second) {
		put(area, 1, 1, STYLE_LABEL, "later");
		if (!scene->seen)
			later_end = put_guess_right(area, 1, later_guess(scene), is_now(scene));
		put_parts(area, 1, 8, later_end, STYLE_NORMAL, text + COST_FAULT_WORDS, 2, ", ");
	}
	for (int i = 0; i < COST_WORDS; i++)
		buf_deinit(&words[i]);
}

static void put_why(struct area area, const struct scene *scene)
{
	struct buf text = {0};

	if (scene->decided)
		explain_decision(scene->machine, scene->record, &text);
	put_wrapped(area_part(area, 0, 1, area.rows, area.cols - 2), 0, STYLE_DIM, buf_str(&text));
	buf_deinit(&text);
}

/* Parts of a side from top to bottom. */
enum part { HEADER, CHAIN, SOURCE, VMA, FLAGS, CLAUSES, VERDICT, WHY, GAP, TABLES, GAP_2, FLAG_LIST, COST, LATER, PARTS };

/* The same on both sides, so that the rows below are at the same height. */
static int clause_rows(const struct scene scenes[SIDES])
{
	size_t left = scenes[LEFT].machine->kernel->clause_count;
	size_t right = scenes[RIGHT].machine->kernel->clause_count;

	return (int)(left > right ? left : right);
}

/* Gives rows to the parts, the most important first, until all are used. */
static void share_rows(int rows, int clauses, int later, int source, int observed, int part[PARTS])
{
	const struct {
		enum part part;
		int rows;
	} wishes[] = {
		{HEADER, 1}, {TABLES, 4}, {CLAUSES, clauses}, {VERDICT, observed}, {TABLES, 6},
		{COST, 1}, {SOURCE, source}, {CHAIN, 1}, {FLAGS, 2}, {TABLES, 6}, {VERDICT, 1 - observed},
		{VMA, 1}, {LATER, later}, {SOURCE, 4 * source}, {TABLES, 6}, {GAP, 1}, {LATER, 1 - later},
		{TABLES, 4}, {WHY, 5}, {GAP_2, 1}, {TABLES, 4}, {FLAG_LIST, 13},
	};

	for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
		if (rows >= wishes[i].rows || wishes[i].part == TABLES) {
			int given = rows < wishes[i].rows ? rows : wishes[i].rows;

			part[wishes[i].part] += given;
			rows -= given;
		}
	part[TABLES] += rows;
}

void pane_side(struct area area, const struct scene scenes[SIDES], int side,
	       const struct ui *ui, bool alone)
{
	const struct scene *scene = &scenes[side], *other = &scenes[!side];
	int part[PARTS] = {0}, row = 0;
	bool later = scene->machine->cost.faults || other->machine->cost.faults;
	bool source = scene->source || other->source;

	share_rows(area.rows, clause_rows(scenes), later, source, scene->observed || other->observed, part);
	for (int i = 0; i < PARTS; row += part[i], i++) {
		struct area here = area_part(area, row, 0, part[i], area.cols);

		if (!part[i] || (i == FLAG_LIST && part[i] < 2))
			continue;
		switch ((enum part)i) {
		case HEADER:
			put_header(here, scene, other, alone);
			break;
		case CHAIN:
			put_chain(here, scene);
			break;
		case SOURCE:
			pane_source(here, scene);
			break;
		case VMA:
			put_vma(here, scene, ui);
			break;
		case FLAGS:
			pane_flags(here, 0, scene);
			break;
		case CLAUSES:
			pane_clauses(here, 0, scene);
			break;
		case VERDICT:
			pane_verdict(here, 0, scene, verdicts_differ(scene, other));
			break;
		case WHY:
			put_why(here, scene);
			break;
		case TABLES:
			pane_picture(here, scenes, side, ui);
			break;
		case FLAG_LIST:
			pane_flag_list(here, scene);
			break;
		case COST:
			put_cost(area_part(area, row, 0, 2, area.cols), scene, ui, part[LATER] > 0);
			break;
		case GAP:
		case GAP_2:
		case LATER:
		case PARTS:
			break;
		}
	}
}
