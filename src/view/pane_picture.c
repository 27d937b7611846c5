/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page tables of parent and child: heads, levels, grids, and below them the same
 * entries in words. Both sides get the same rows for each, so that they can be compared.
 */
#include <string.h>

#include "view/picture_private.h"

enum {
	LEAST_ROWS = 6, /* or else words only */
	LEAST_COLS = 37,
	FRAME_COLS = 56, /* grids with frames */
	WIDE_COLS = 75, /* 32 cells a row */
	WORDS_MOST = 12,
	LEGEND = 1,
};

/* The rows that the parts get. */
struct share {
	int levels, grid, words, legend;
	bool lines, framed;
};

static int both_levels(const struct scene scenes[SIDES])
{
	int left = picture_level_count(&scenes[LEFT]), right = picture_level_count(&scenes[RIGHT]);

	return left > right ? left : right;
}

/* Does a row of the VMA have a number of four digits or more? */
static bool has_long_numbers(const struct vm_area *vma)
{
	uint64_t first = vma_first(vma), last = vma_last(vma);

	return last - first >= 1000 || mm_named_page(vma->mm, first) >= 1000 ||
	       mm_named_page(vma->mm, last) >= 1000;
}

/* Where columns are few, numbers of four digits take one from the gap between the processes. */
static void set_columns(struct picture *picture)
{
	int narrow = has_long_numbers(picture->vma) ? 5 : 4;
	int cols = picture->area.cols, grid, gap, left;

	picture->window.cols = cols >= WIDE_COLS ? 32 : 16;
	picture->slots = cols >= FRAME_COLS ? picture->window.cols : 8;
	grid = picture->window.cols + 2 * picture->framed;
	picture->label = cols >= WIDE_COLS ? 6 : cols >= FRAME_COLS ? 7 : narrow;
	left = cols - picture->label - 2 * grid;
	gap = left < 1 ? 1 : left > 14 ? 12 : left > 8 ? left - 5 : left;
	if (picture->label + 2 * grid + gap > cols)
		picture->label = picture->label > narrow ? narrow : 4;
	picture->parent_col = picture->label + picture->framed;
	picture->child_col = picture->label + grid + gap + picture->framed;
}

/* Rows for a grid of the VMA first, then words, then room around. */
static struct share share_rows(struct picture *picture, const struct scene scenes[SIDES], int rows,
			       int words)
{
	struct share share = {.levels = both_levels(scenes)};
	int rest = rows - 1 - share.levels;
	int least = words < 2 ? words : rest >= 9 ? 2 : 1;

	if (rest < 3) { /* words say more than so few cells */
		share.levels = 0;
		rest = rows - 1;
	}
	picture->framed = picture->area.cols >= FRAME_COLS && rest - least >= 4;
	set_columns(picture);
	share.framed = picture->framed;
	picture->window = window_choose(scenes, picture->vma, picture->ui,
					rest - least - 2 * share.framed > 1 ? rest - least - 2 * share.framed : 1,
					picture->window.cols);
	rest -= picture->window.rows + 2 * share.framed;
	share.words = words < rest ? words : rest;
	rest -= share.words;
	share.legend = rest > 0;
	rest -= share.legend;
	share.lines = rest >= share.levels && share.levels;
	rest -= share.lines ? share.levels : 0;
	window_grow(&picture->window, picture->vma->mm, rest);
	return share;
}

static const char *child_head(const struct scene *scene)
{
	const struct machine *m = scene->machine;

	if (!scene->fork)
		return "no child yet";
	if (m->unborn)
		return "fork waits";
	if (scene->fork->err && m->at >= scene->fork->end_event && !m->child)
		return "fork failed";
	if (m->child && m->child->dead)
		return "child: gone";
	if (scene->child && scene->parent && scene->child->mm == scene->parent->mm)
		return "child: same mm";
	if (scene->next)
		return "last child";
	return scene->child			? "child"
	       : scene->decided || scene->earlier ? "child: no VMA"
						  : "child";
}

/* Beside the name of a process: what happens to it in this step. */
static void head_note(const struct picture *picture, bool child, struct buf *out)
{
	const struct scene *scene = picture->scene;
	const struct event *event = scene->event;

	if (event && scene->tables && event->level == LEVEL_PTE && child)
		buf_puts(out, "new");
	else if (picture->empty[child])
		buf_puts(out, "empty");
	if (!event || !scene->touches)
		return;
	if (event->kind == EVENT_ENTRY || event->kind == EVENT_TOUCH)
		buf_clear(out);
	if (event->kind == EVENT_TOUCH && event->by_child == child && event->faults) {
		buf_putc(out, '+'); /* the line "later" has the sum */
		buf_count(out, event->faults, "fault", "faults");
	} else if (event->kind == EVENT_ENTRY && child && event->deposits) {
		buf_puts(out, "+deposit");
	} else if (event->kind == EVENT_SPLIT && !child) {
		buf_puts(out, "split");
	}
}

static void put_head(const struct picture *picture, bool child)
{
	struct area area = picture->area;
	int col = child ? picture->child_col : picture->parent_col, end = child ? area.cols : picture->child_col - 1;
	struct buf note = {0};

	const char *head = child ? child_head(picture->scene) : "parent";

	head_note(picture, child, &note);
	if (note.len && col + text_columns(head) + 1 + text_columns(buf_str(&note)) > end && child)
		head = "child";
	col = put_fit(area, 0, col, end, STYLE_LABEL, head);
	/* The number alone: the step's sentence says of what. */
	if (note.len && col + 1 + text_columns(buf_str(&note)) > end)
		note.s[strcspn(note.s, " ")] = '\0';
	if (note.len)
		put_fit(area, 0, col + 1, end, picture->empty[child] ? STYLE_DIM : STYLE_NEW, buf_str(&note));
	buf_deinit(&note);
}

/* The signs that are in the grids, with their names. */
static void put_legend(const struct picture *picture, int row)
{
	const char *parts[CELLS];
	struct buf text[CELLS] = {{0}};
	size_t n = 0;

	for (int kind = 0; kind < CELLS; kind++) {
		const struct cell_sign *sign = &cell_signs[kind];

		if (!(picture->used >> kind & 1) || !sign->name)
			continue;
		buf_printf(&text[n], "%s %s", picture->area.grid->utf8 ? sign->utf8 : sign->ascii, sign->name);
		parts[n] = buf_str(&text[n]);
		n++;
	}
	if (n)
		put_parts(picture->area, row, picture->parent_col, picture->area.cols, STYLE_DIM,
			  parts, n, "  ");
	for (size_t i = 0; i < n; i++)
		buf_deinit(&text[i]);
}

static void put_caption(const struct picture *picture, int row)
{
	const struct window *window = &picture->window;
	bool new = picture->scene->tables && picture->scene->event->level == LEVEL_PTE;

	put(picture->area, row, picture->label > 4, new ? STYLE_ACTIVE : STYLE_LABEL,
	    window->zoom == ZOOM_PTE ? "PTE" : "all");
}

void pane_picture(struct area area, const struct scene scenes[SIDES], int side, const struct ui *ui)
{
	const struct scene *scene = &scenes[side];
	struct picture picture = {.area = area, .scene = scene, .other = &scenes[!side], .ui = ui};
	struct share share;
	int row = 1;

	/* the same window on both sides */
	picture.vma = scene_shown(&scenes[LEFT]);
	if (!picture.vma)
		picture.vma = scene_shown(&scenes[RIGHT]);
	if (!picture.vma)
		return;
	if (area.rows < LEAST_ROWS || area.cols < LEAST_COLS) {
		pane_entries(area, scene, picture.other, ui, true);
		return;
	}
	share = share_rows(&picture, scenes, area.rows,
			   entries_lines(scene, picture.other, ui, WORDS_MOST));
	if (share.levels)
		row = picture_levels(&picture, row, share.lines);
	put_caption(&picture, row);
	row = picture_grids(&picture, row);
	put_head(&picture, false);
	put_head(&picture, true);
	area.grid->kinds |= picture.used;
	if (share.legend)
		put_legend(&picture, row++);
	pane_entries(area_part(area, row, 0, share.words, area.cols), scene, picture.other, ui, false);
}
