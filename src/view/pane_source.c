/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel source line of this step, and its neighbors. */
#include <stdio.h>

#include "kernels/source_tree.h"
#include "view/panes.h"

enum { TAB = 8, NEIGHBOURS = 2 };

/* Columns of leading white space. */
static int indentation(const char *s, size_t length)
{
	int col = 0;

	for (; length && (*s == ' ' || *s == '\t'); s++, length--)
		col = *s == '\t' ? (col / TAB + 1) * TAB : col + 1;
	return col;
}

/* The line with tabs expanded, without the first `cut` columns of indentation. */
static void spread(const char *s, size_t length, int cut, struct buf *out)
{
	int col = 0;

	for (; length && *s != '\r'; s++, length--) {
		int to = *s == '\t' ? (col / TAB + 1) * TAB : col + 1;

		for (; *s == '\t' && col < to; col++)
			if (col >= cut)
				buf_putc(out, ' ');
		if (*s != '\t' && (col >= cut || *s != ' '))
			buf_putc(out, *s);
		col = to;
	}
}

/* The indentation that all lines share, to be left out. */
static int common_indentation(const char *text, unsigned first, unsigned last)
{
	int least = 1000;
	size_t length;

	for (unsigned n = first; n <= last; n++) {
		const char *line = source_line(text, n, &length);
		int here = line ? indentation(line, length) : least;

		if (line && length && here < least)
			least = here;
	}
	return least == 1000 ? 0 : least;
}

/* digits: width of the longest line number. */
static void put_line(struct area area, int row, const char *text, unsigned n, int digits, int cut,
		     bool here)
{
	const char *mark = !here ? " " : area.grid->utf8 ? "▸" : ">";
	size_t length;
	const char *line = source_line(text, n, &length);
	struct buf spreaded = {0};
	int col;

	if (!line)
		return;
	spread(line, length, cut, &spreaded);
	col = put(area, row, 0, STYLE_ACTIVE, mark);
	col = putf(area, row, col, STYLE_LABEL, "%*u ", digits, n);
	put_fit(area, row, col, area.cols, here ? STYLE_CURRENT : STYLE_DIM, buf_str(&spreaded));
	buf_deinit(&spreaded);
}

void pane_source(struct area area, const struct scene *scene)
{
	unsigned line = scene->place.line, around = (unsigned)(area.rows - 1) / 2, first, last;
	const char *text;
	size_t length;
	int digits, cut;

	if (!scene->source || !scene->event || area.rows < 1)
		return;
	if (!scene->placed) {
		put_fit(area, 0, 1, area.cols, STYLE_DIM, "(the profile does not say where)");
		return;
	}
	if (!source_has(scene->machine->kernel, &scene->place)) {
		char whose[PLACE_VERSION_MAX + PLACE_FILE_MAX + 40];

		snprintf(whose, sizeof(whose), "(of %s: %s:%u)", scene->place.version,
			 scene->place.file, scene->place.line);
		put_fit(area, 0, 1, area.cols, STYLE_DIM, whose);
		return;
	}
	text = source_text(scene->source, scene->place.file);
	if (!text || !source_line(text, line, &length)) {
		char why[420];

		snprintf(why, sizeof(why), "%s: %s", scene->place.file,
			 text ? "has fewer lines" : scene->source->why);
		put_fit(area, 0, 1, area.cols, STYLE_DIM, why);
		return;
	}
	if (around > NEIGHBOURS)
		around = NEIGHBOURS;
	first = line > around ? line - around : 1;
	last = line + around;
	digits = snprintf(NULL, 0, "%u", last);
	cut = common_indentation(text, first, last);
	for (unsigned n = first; n <= last; n++)
		put_line(area, (int)(n - first), text, n, digits, cut, n == line);
}
