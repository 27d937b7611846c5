/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cells of both processes next to each other, and the entry on its way between them. */
#include <inttypes.h>

#include "report/label.h"
#include "view/guess.h"
#include "view/picture_private.h"

/* 33554432 as 32M, where exact numbers would not fit. */
static void short_number(uint64_t n, int room, struct buf *out)
{
	static const char units[] = "KMGTP";
	int unit = -1;

	buf_printf(out, "%" PRIu64, n);
	while ((int)out->len > room && unit < 4) {
		n >>= 10;
		unit++;
		buf_clear(out);
		buf_printf(out, "%" PRIu64 "%c", n, units[unit]);
	}
}

/* Pages of a row, from `first` on. */
static uint64_t row_pages(const struct window *window)
{
	return (uint64_t)window->cols << window->shift;
}

/* The row that holds the page; -1: none. */
static int row_of(const struct window *window, uint64_t page)
{
	uint64_t row;

	if (page < window->first)
		return -1;
	row = (page - window->first) / row_pages(window);
	return row < (uint64_t)window->rows ? (int)row : -1;
}

static bool is_in_focus(const struct picture *picture, uint64_t first, uint64_t last)
{
	return first <= vma_last(picture->vma) && last >= vma_first(picture->vma);
}

/* What is in a cell beside its entries: what this step does there. */
enum touch { TOUCH_NOT, TOUCH_EDGE, TOUCH_DROPPED };

static enum touch touch_of(const struct picture *picture, bool child, uint64_t first, uint64_t last)
{
	const struct scene *scene = picture->scene;
	uint64_t from = scene->last + 1;
	bool moving;

	if (picture->ui->marked && first <= picture->ui->mark_last && last >= picture->ui->mark_first)
		return TOUCH_EDGE;
	if (!scene->touches || first > scene->last || last < scene->first)
		return TOUCH_NOT;
	moving = cells_on_their_way(scene, picture->ui, &from);
	if (moving && first <= from && from <= last)
		return TOUCH_EDGE;
	if (child && scene->event->kind == EVENT_ENTRY && from > first &&
	    (scene->event->outcome == OUTCOME_DROPPED || scene->event->outcome == OUTCOME_FILE_HUGE))
		return TOUCH_DROPPED;
	return TOUCH_NOT;
}

/* The viewer's answer is a hollow mark where there is no entry. */
static enum cell_kind guessed_kind(enum cell_kind kind, const struct prediction *guess)
{
	return guess && kind <= CELL_NONE && guess_is_entry(guess) ? CELL_GUESS : kind;
}

static bool is_pointed_at(const struct picture *picture, bool child, uint64_t first, uint64_t last)
{
	const struct cell_cursor *cell = &picture->ui->cell;

	return cell->shown && cell->side == picture->scene->side && cell->child == child &&
	       first <= cell->page && cell->page <= last;
}

/* Returns whether the cell holds anything. */
static bool put_cell(struct picture *picture, int row, int col, bool child, uint64_t first,
		     uint64_t last)
{
	const struct prediction *guess = guess_page(picture->scene, child, first, last);
	enum cell_kind kind = guessed_kind(cell_kind(picture, child, first, last), guess);
	const struct cell_sign *sign = &cell_signs[kind];
	enum touch touch = touch_of(picture, child, first, last);
	bool utf8 = picture->area.grid->utf8;
	enum style style = sign->style;

	if (!is_in_focus(picture, first, last) && kind > CELL_NONE)
		style = STYLE_DIM;
	else
		picture->used |= 1u << kind;
	if (touch == TOUCH_DROPPED && kind == CELL_NONE) {
		put(picture->area, row, col, STYLE_LOST, utf8 ? "×" : "x");
		return false;
	}
	if (touch == TOUCH_EDGE)
		style = STYLE_MOVING;
	if (is_pointed_at(picture, child, first, last))
		style = STYLE_POINTED;
	if (guess && guess->revealed && !guess->right)
		style = STYLE_DIFFERS;
	put(picture->area, row, col, style, utf8 ? sign->utf8 : sign->ascii);
	return kind > CELL_NONE && kind != CELL_EMPTY_TABLE && kind != CELL_GUESS;
}

static void put_cells(struct picture *picture, int row, int col, bool child)
{
	const struct window *window = &picture->window;
	uint64_t each = UINT64_C(1) << window->shift, page = window->first;
	bool any = false;

	for (int i = 0; i < window->rows; i++) {
		area_spot(picture->area, row + i, col, window->cols,
			  (struct hotspot){.kind = SPOT_CELLS, .side = picture->scene->side, .child = child,
					.first = page, .shift = window->shift});
		for (int k = 0; k < window->cols; k++, page += each)
			any |= put_cell(picture, row + i, col + k, child, page, page + each - 1);
	}
	picture->empty[child] = !any;
}

/* Does a table exist that holds any of these cells? */
static bool any_table(const struct picture *picture, const struct mm *mm)
{
	const struct window *window = &picture->window;
	uint64_t last = window->first + row_pages(window) * (uint64_t)window->rows - 1, run_last;
	struct range part;

	return rangeset_next(&mm->tables[LEVEL_PTE], page_table(mm, window->first),
			     page_table(mm, last), true, &part) ||
	       runs_at(&mm->pages, window->first, &run_last).state != PTE_NONE || run_last < last;
}

static void put_frame(const struct picture *picture, int row, int col, bool new)
{
	const struct window *window = &picture->window;
	struct area box = area_part(picture->area, row, col, window->rows + 2, window->cols + 2);

	struct buf title = {0};

	put_box(box, new ? STYLE_MOVING : STYLE_BORDER, NULL);
	short_number(UINT64_C(1) << window->shift, 4, &title);
	buf_puts(&title, window->shift ? " pages a cell" : " page a cell");
	put_fit(box, 0, 1, box.cols - 1, STYLE_LABEL, buf_str(&title));
	buf_deinit(&title);
}

/* Why the child has no such table, in the few columns of a grid. */
static const char *no_table(const struct scene *scene, bool child)
{
	if (!child || !scene->decided || scene->deciding)
		return "no table";
	switch (scene->record->decision.what) {
	case DECISION_SKIP:
		return "not copied";
	case DECISION_WIPE:
		return "wiped";
	case DECISION_COPY:
	case DECISION_DONTCOPY:
		break;
	}
	return "no table";
}

static void put_grid(struct picture *picture, int row, bool child)
{
	const struct mm *mm = scene_process(picture->scene, child);
	int col = child ? picture->child_col : picture->parent_col;
	bool new = child && picture->scene->tables && picture->scene->event->level == LEVEL_PTE;

	if (!mm)
		return;
	if (!any_table(picture, mm)) {
		put_fit(picture->area, row + picture->framed, col, col + picture->window.cols,
			STYLE_DIM, no_table(picture->scene, child));
		return;
	}
	if (picture->framed)
		put_frame(picture, row, col - 1, new);
	put_cells(picture, row + picture->framed, col, child);
}

/* The page's number in its name, at the first page of the row that is in the VMA. */
static void put_row_labels(const struct picture *picture, int row)
{
	const struct window *window = &picture->window;
	const struct vm_area *vma = picture->vma;
	int end = picture->label - (picture->label > 4);
	uint64_t page = window->first;

	for (int i = 0; i < window->rows; i++, page += row_pages(window)) {
		uint64_t first = page < vma_first(vma) ? vma_first(vma) : page;
		struct buf number = {0};

		if (first > vma_last(vma) || first >= page + row_pages(window) ||
		    (!i && !picture->framed)) /* its name is there */
			continue;
		short_number(mm_named_page(vma->mm, first), picture->label > 4 ? end : end - 1, &number);
		if (picture->label <= 4)
			buf_putc(&number, ' ');
		put(picture->area, row + i, end - (int)number.len, STYLE_LABEL, buf_str(&number));
		buf_deinit(&number);
	}
}

/* --- the way over ------------------------------------------------------------------- */

/* What this step does to an entry on its way: one sign, with and without color. */
struct passage {
	const char *sign, *ascii;
	enum style style;
	const char *lost; /* the letter of the bit that falls off; NULL: none */
	bool arrives;
};

static struct passage passage_of(const struct event *event)
{
	bool stripped = event->before.attrs & PTE_UFFD_WP && !(event->child.attrs & PTE_UFFD_WP);
	bool protected = event->before.attrs & ~event->after.attrs & PTE_WRITE;

	if (event->outcome == OUTCOME_DROPPED || event->outcome == OUTCOME_FILE_HUGE)
		return (struct passage){"×", "x", STYLE_DIFFERS, NULL, false};
	if (event->outcome == OUTCOME_COPIED)
		return (struct passage){"+", "+", STYLE_OWN, NULL, true};
	if (stripped)
		return (struct passage){"u", "u", STYLE_LOST, "u", true};
	if (protected)
		return (struct passage){"w", "w", STYLE_LOST, "w", true};
	return (struct passage){"─", "-", STYLE_MOVING, NULL, true};
}

struct way {
	int row, from, to; /* columns, `to` is not part of it */
	int at;		   /* where the entry is; `to`: it has arrived */
	bool half;	   /* it is in the second half of its way */
};

static struct way way_of(const struct picture *picture, int row, uint64_t page)
{
	enum { TRIPS = 6 }; /* frames of one way over, if many go */
	const struct scene *scene = picture->scene;
	bool one = scene->first == scene->last || scene->event->before.state == PTE_HUGE;
	int frames = one ? UI_FRAMES : TRIPS, frame = picture->ui->frame % frames;
	struct way way = {
		.row = row + picture->framed + row_of(&picture->window, page),
		.from = picture->parent_col + picture->window.cols + picture->framed,
		.to = picture->child_col - picture->framed,
	};

	way.at = way.from + (way.to - way.from) * frame / frames;
	if (picture->ui->frame >= UI_FRAMES)
		way.at = way.to;
	way.half = 2 * (way.at - way.from) >= way.to - way.from;
	return way;
}

/* At rest: "──w──▶"; on its way, the entry's letter. */
static void put_passage(const struct picture *picture, const struct way *way)
{
	const struct event *event = picture->scene->event;
	struct passage passage = passage_of(event);
	bool utf8 = picture->area.grid->utf8, rests = way->at == way->to;
	int middle = (way->from + way->to - 1) / 2, end = way->to - 1;
	enum cell_kind before = cell_of_entry(event->src, event->before);
	enum cell_kind after = cell_of_entry(event->dst, event->child);

	if (rests || (!passage.arrives && way->half)) {
		put_repeat(picture->area, way->row, way->from, (passage.arrives ? end : middle) - way->from,
			   STYLE_MOVING, utf8 ? "─" : "-");
		if (passage.arrives)
			put(picture->area, way->row, end, STYLE_MOVING, utf8 ? "▶" : ">");
		put(picture->area, way->row, middle, passage.style,
		    utf8 ? passage.sign : passage.ascii);
		return;
	}
	put_repeat(picture->area, way->row, way->from, way->at - way->from, STYLE_MOVING, utf8 ? "─" : "-");
	if (event->outcome == OUTCOME_COPIED && way->half)
		after = CELL_OWN;
	put(picture->area, way->row, way->at, STYLE_MOVING,
	    utf8 ? cell_signs[way->half ? after : before].utf8
		 : cell_signs[way->half ? after : before].ascii);
	if (passage.lost && way->half)
		put(picture->area, way->row + 1, middle, STYLE_LOST, passage.lost);
}

static void put_way(const struct picture *picture, int row)
{
	const struct scene *scene = picture->scene;
	uint64_t page = scene->last;
	struct way way;

	if (!scene->touches || !scene->event || scene->event->kind != EVENT_ENTRY ||
	    scene->event->by_child)
		return;
	cells_on_their_way(scene, picture->ui, &page);
	if (row_of(&picture->window, page) < 0)
		return;
	way = way_of(picture, row, page);
	put_passage(picture, &way);
}

/* A fault of this step points at the page. */
static void put_fault(const struct picture *picture, int row)
{
	const struct scene *scene = picture->scene;
	uint64_t page = scene->last;
	int col, at;

	if (!scene->touches || !scene->event || scene->event->kind != EVENT_TOUCH)
		return;
	cells_on_their_way(scene, picture->ui, &page);
	at = row_of(&picture->window, page);
	col = (scene->event->by_child ? picture->child_col : picture->parent_col) +
	      (scene->event->by_child ? -1 - picture->framed : picture->window.cols + picture->framed);
	if (at >= 0)
		put(picture->area, row + picture->framed + at, col, STYLE_MOVING,
		    scene->event->by_child == picture->area.grid->utf8
			    ? (scene->event->by_child ? "▶" : "<")
			    : (scene->event->by_child ? ">" : "◀"));
}

int picture_grids(struct picture *picture, int row)
{
	int rows = picture->window.rows + 2 * picture->framed;

	put_row_labels(picture, row + picture->framed);
	put_grid(picture, row, false);
	put_grid(picture, row, true);
	put_way(picture, row);
	put_fault(picture, row);
	return row + rows;
}
