/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All pages of a VMA as a map: each letter is one page, or as many as needed to fit. The
 * parent is on the left, the child on the right.
 */
#include "view/panes.h"

static const struct {
	const char *letter;
	enum style style;
} signs[PTE_STATES] = {
	[PTE_NONE] = {"-", STYLE_NONE},
	[PTE_PRESENT] = {"P", STYLE_PRESENT},
	[PTE_SWAP] = {"S", STYLE_SWAP},
	[PTE_MIGRATION] = {"m", STYLE_SWAP},
	[PTE_DEVICE_PRIVATE] = {"d", STYLE_SWAP},
	[PTE_DEVICE_EXCLUSIVE] = {"e", STYLE_SWAP},
	[PTE_MARKER] = {"M", STYLE_MARKER},
	[PTE_HWPOISON] = {"X", STYLE_BAD},
	[PTE_ZERO] = {"Z", STYLE_ZERO},
	[PTE_HUGE] = {"H", STYLE_HUGE},
};

struct map {
	struct area area;
	const struct scene *scene;
	const struct ui *ui;
	uint64_t first, last;  /* page numbers of the process */
	uint64_t scale;	       /* pages of a letter */
	int cols;
	unsigned used; /* states whose letters are shown; MIXED: the sign of a mixture, too */
};

enum { MIXED = 1 << PTE_STATES };

static bool touched(const struct map *map, uint64_t first, uint64_t last)
{
	return map->scene->touches && first <= map->scene->last && last >= map->scene->first;
}

/* Has the child's entry not arrived yet? */
static bool on_its_way(const struct map *map, uint64_t first, uint64_t last)
{
	return map->ui->frame < UI_FRAMES && map->scene->event &&
	       map->scene->event->kind == EVENT_ENTRY && touched(map, first, last);
}

static void put_sign(struct map *map, int row, int col, const struct mm *mm, uint64_t first,
		     bool child)
{
	uint64_t last = first + map->scale - 1, run_last;
	struct pte pte = runs_at(&mm->pages, first, &run_last);
	unsigned used;
	const char *letter;
	enum style style;

	if (last > map->last)
		last = map->last;
	letter = signs[pte.state].letter;
	style = signs[pte.state].style;
	used = 1u << pte.state;
	if (pte.state == PTE_NONE && map->area.grid->utf8)
		letter = "·";
	if (run_last < last) { /* a mixture, unless what follows is the same kind */
		uint64_t at = run_last;

		while (at < last) {
			struct pte next = runs_at(&mm->pages, at + 1, &at);

			if (next.state != pte.state) {
				letter = "%";
				style = STYLE_NORMAL;
				used = MIXED;
				break;
			}
		}
	}
	map->used |= used;
	if (child && on_its_way(map, first, last)) {
		letter = " ";
	} else if (touched(map, first, last) && style != STYLE_NONE) {
		style = STYLE_MOVING;
	}
	put(map->area, row, col, style, letter);
}

/* Is any page of first..last in a VMA? */
static bool is_mapped(const struct mm *mm, uint64_t first, uint64_t last)
{
	const struct vm_area *vma = mm_find(mm, page_address(mm, first));

	return vma && vma_first(vma) <= last;
}

static void put_pages(struct map *map, int col, bool child)
{
	const struct mm *mm = scene_process(map->scene, child);
	uint64_t page = map->first;

	for (int row = 1; mm && row < map->area.rows; row++)
		for (int i = 0; i < map->cols; i++, page += map->scale) {
			if (page > map->last)
				return;
			if (is_mapped(mm, page, page + map->scale - 1))
				put_sign(map, row, col + i, mm, page, child);
		}
}

/* The pages of a letter, and the meaning of the letters shown. */
static void put_head(const struct map *map, int col)
{
	const char *parts[PTE_STATES + 2];
	struct buf text[PTE_STATES + 2] = {{0}};
	size_t n = 0;

	buf_count(&text[n], map->scale, "page per letter", "pages per letter");
	n++;
	for (int state = 0; state <= PTE_STATES; state++) {
		if (!(map->used >> state & 1) || state == PTE_NONE)
			continue;
		if (state == PTE_STATES)
			buf_puts(&text[n], "% a mixture");
		else
			buf_printf(&text[n], "%s %s", signs[state].letter, pte_state_names[state]);
		n++;
	}
	for (size_t i = 0; i < n; i++)
		parts[i] = buf_str(&text[i]);
	put_parts(map->area, 0, col, map->area.cols, STYLE_LABEL, parts, n, "  ");
	for (size_t i = 0; i < n; i++)
		buf_deinit(&text[i]);
}

void pane_map(struct area area, const struct scene *scene, const struct ui *ui, int parent_col,
	      int child_col, int width)
{
	const struct vm_area *vma = scene->parent ? scene->parent : scene->child;
	struct map map = {.area = area, .scene = scene, .ui = ui, .scale = 1};

	if (!vma || area.rows < 3)
		return;
	map.first = vma_first(vma);
	map.last = vma_last(vma);
	map.cols = width >= 64 ? 64 : width >= 32 ? 32 : width >= 16 ? 16 : 8;
	while (vma_pages(vma) / map.scale > (uint64_t)map.cols * (uint64_t)(area.rows - 1))
		map.scale *= 2;
	put(area, 0, 1, STYLE_LABEL, "map");
	put_pages(&map, parent_col, false);
	put_pages(&map, child_col, true);
	put_head(&map, parent_col);
}
