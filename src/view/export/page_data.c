/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/export/page_data.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/escape.h"
#include "view/export/cell_runs.h"

void page_data_deinit(struct page_data *data)
{
	string_table_deinit(&data->spans);
	string_table_deinit(&data->lines);
	string_table_deinit(&data->says);
	buf_deinit(&data->widths);
	buf_deinit(&data->steps);
	free(data->last);
	*data = (struct page_data){0};
}

static size_t add_span(struct page_data *data, const struct cell_run *run)
{
	size_t known = data->spans.n, number;
	struct buf span = {0};

	data->used[run->style] = true;
	buf_printf(&span, "%c%s", style_letters[run->style], buf_str(&run->text));
	number = string_table_add(&data->spans, buf_str(&span));
	if (number == known && (size_t)run->cols != run->characters)
		buf_printf(&data->widths, "%s\"%zu\":%d", data->widths.len ? "," : "", number,
			   run->cols);
	buf_deinit(&span);
	return number;
}

static size_t add_line(struct page_data *data, const struct grid *grid, int row)
{
	struct cell_run run = {0};
	struct buf line = {0};
	size_t number;

	for (int col = 0; cell_run_at(grid, row, col, &run); col += run.cols)
		buf_printf(&line, "%s%zu", col ? "," : "", add_span(data, &run));
	number = string_table_add(&data->lines, buf_str(&line));
	buf_deinit(&run.text);
	buf_deinit(&line);
	return number;
}

static void begin(struct page_data *data, const struct grid *grid)
{
	data->rows = grid->rows;
	data->cols = grid->cols;
	data->last = xcalloc((size_t)grid->rows, sizeof(*data->last));
}

void page_data_add(struct page_data *data, const struct grid *grid, const char *sentence)
{
	bool whole = data->count % PAGE_EVERY == 0;

	if (!data->last)
		begin(data, grid);
	buf_printf(&data->steps, "%s[%zu", data->count++ ? ",\n" : "",
		   string_table_add(&data->says, sentence));
	for (int row = 0; row < grid->rows; row++) {
		size_t line = add_line(data, grid, row);

		if (whole || line != data->last[row])
			buf_printf(&data->steps, ",%d,%zu", row, line);
		data->last[row] = line;
	}
	buf_putc(&data->steps, ']');
}

static void print_texts(const char *name, const struct string_table *table, struct buf *out)
{
	buf_printf(out, "\"%s\":[", name);
	for (size_t i = 0; i < table->n; i++) {
		buf_puts(out, i ? ",\n" : "\n");
		escape_json(out, table->v[i]);
	}
	buf_puts(out, "],\n");
}

static void print_styles(struct buf *out)
{
	char letters[STYLES + 1] = {0};

	for (int i = 0; i < STYLES; i++)
		letters[i] = style_letters[i];
	buf_puts(out, "\"styles\":");
	escape_json(out, letters);
	buf_puts(out, ",\n");
}

void page_data_print(const struct page_data *data, size_t divergence, struct buf *out)
{
	buf_printf(out, "{\"rows\":%d,\"cols\":%d,\"every\":%d,\"divergence\":%zu,\n", data->rows,
		   data->cols, PAGE_EVERY, divergence);
	print_styles(out);
	print_texts("spans", &data->spans, out);
	buf_printf(out, "\"widths\":{%s},\n\"lines\":[", buf_str(&data->widths));
	for (size_t i = 0; i < data->lines.n; i++)
		buf_printf(out, "%s[%s]", i ? ",\n" : "\n", data->lines.v[i]);
	buf_puts(out, "],\n");
	print_texts("says", &data->says, out);
	buf_printf(out, "\"steps\":[\n%s]}", buf_str(&data->steps));
}
