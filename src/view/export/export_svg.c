/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/export/export_svg.h"

#include "base/escape.h"
#include "view/export/cell_runs.h"
#include "view/export/inks.h"
#include "view/panes.h"

/* A cell in tenths of a pixel: monospaced fonts of 14 pixels are 8.4 wide, or nearly. */
enum { FONT = 14, CELL_WIDTH = 84, CELL_HEIGHT = 170, BASELINE = 130, MARGIN = 80 };

static void add_tenths(struct buf *out, const char *name, int tenths)
{
	buf_printf(out, " %s=\"%d.%d\"", name, tenths / 10, tenths % 10);
}

static void add_rect(struct buf *out, int x, int y, int width, int height, uint32_t fill)
{
	buf_puts(out, "<rect");
	add_tenths(out, "x", x);
	add_tenths(out, "y", y);
	add_tenths(out, "width", width);
	add_tenths(out, "height", height);
	buf_printf(out, " fill=\"#%06x\"/>\n", fill);
}

static void add_run(struct buf *out, int row, const struct cell_run *run, struct inks inks)
{
	buf_puts(out, "<text");
	add_tenths(out, "x", MARGIN + run->col * CELL_WIDTH);
	add_tenths(out, "y", MARGIN + row * CELL_HEIGHT + BASELINE);
	add_tenths(out, "textLength", run->cols * CELL_WIDTH);
	buf_printf(out, " lengthAdjust=\"spacingAndGlyphs\" fill=\"#%06x\"%s%s>", inks.fg,
		   inks.bold ? " font-weight=\"bold\"" : "",
		   inks.underline ? " text-decoration=\"underline\"" : "");
	escape_xml(out, buf_str(&run->text));
	buf_puts(out, "</text>\n");
}

static void add_row(struct buf *out, const struct grid *grid, int row,
		    const struct palette *palette, const struct paper *paper)
{
	struct cell_run run = {0};

	for (int col = 0; cell_run_at(grid, row, col, &run); col += run.cols) {
		struct inks inks = inks_of(&palette->looks[run.style], paper);

		if (inks.bg != paper->bg)
			add_rect(out, MARGIN + col * CELL_WIDTH, MARGIN + row * CELL_HEIGHT,
				 run.cols * CELL_WIDTH, CELL_HEIGHT, inks.bg);
		add_run(out, row, &run, inks);
	}
	buf_deinit(&run.text);
}

void export_svg(const struct grid *grid, const struct palette *palette, const char *title,
		struct buf *out)
{
	const struct paper *paper = paper_for(palette);
	int width = 2 * MARGIN + grid->cols * CELL_WIDTH;
	int height = 2 * MARGIN + grid->rows * CELL_HEIGHT;

	buf_puts(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		      "<svg xmlns=\"http://www.w3.org/2000/svg\"");
	add_tenths(out, "width", width);
	add_tenths(out, "height", height);
	buf_printf(out, " viewBox=\"0 0 %d.%d %d.%d\">\n<title>", width / 10, width % 10,
		   height / 10, height % 10);
	escape_xml(out, title);
	buf_puts(out, "</title>\n");
	add_rect(out, 0, 0, width, height, paper->bg);
	buf_printf(out,
		   "<g font-family=\"'DejaVu Sans Mono', 'Liberation Mono', Menlo, Consolas, "
		   "monospace\" font-size=\"%d\" xml:space=\"preserve\">\n",
		   FONT);
	for (int row = 0; row < grid->rows; row++)
		add_row(out, grid, row, palette, paper);
	buf_puts(out, "</g>\n</svg>\n");
}

void export_screen(const struct session *session, const struct ui *ui, int rows, int cols,
		   const struct palette *palette, struct buf *out)
{
	const char *title = session_story(session)->title;
	struct grid *grid = render(session, ui, rows, cols);

	export_svg(grid, palette, title ? title : "vmafork-tui", out);
	grid_free(grid);
}
