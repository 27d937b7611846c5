/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/markdown.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

/* --- text --------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || (unsigned char)c >= 0x80;
}

/* Is the sign at text[i] markup there? */
static bool is_markup(const char *text, size_t i)
{
	bool first = i == strspn(text, " ");

	switch (text[i]) {
	case '_': /* within a word it is not */
		return !i || !is_word(text[i - 1]) || !is_word(text[i + 1]);
	case '&':
		return is_word(text[i + 1]) || text[i + 1] == '#';
	case '#':
	case '+':
	case '-':
	case '=':
	case '>':
		return first;
	case '.':
	case ')':
		return strspn(text, " 0123456789") == i && i && isdigit((unsigned char)text[i - 1]);
	default:
		return strchr("\\`*[]<|~", text[i]);
	}
}

void markdown_text(struct buf *out, const char *text)
{
	struct buf clean = {0};

	utf8_clean(text, &clean);
	for (size_t i = 0; i < clean.len; i++) {
		if (is_markup(clean.s, i))
			buf_putc(out, '\\');
		buf_putc(out, clean.s[i] == '\n' ? ' ' : clean.s[i]);
	}
	buf_deinit(&clean);
}

void markdown_code(struct buf *out, const char *text)
{
	const char *fence = strchr(text, '`') ? "``" : "`";

	if (!*text)
		return;
	buf_puts(out, fence);
	for (; *text; text++) {
		if (*text == '|') /* in a table it would end the cell */
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_puts(out, fence);
}

/* --- tables ------------------------------------------------------------------------------- */

static int columns_of(const char *text)
{
	int columns = 0;

	for (size_t bytes; *text; text += bytes)
		columns += utf8_width(utf8_next(text, &bytes));
	return columns;
}

void markdown_cell(struct markdown_table *table, const char *text)
{
	GROW(table->cells, table->count, table->cap);
	table->cells[table->count++] = xstrdup(text);
}

void markdown_cell_take(struct markdown_table *table, struct buf *text)
{
	markdown_cell(table, buf_str(text));
	buf_deinit(text);
}

void markdown_cell_printf(struct markdown_table *table, const char *format, ...)
{
	struct buf text = {0};
	va_list args;

	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	markdown_cell_take(table, &text);
}

static void measure(const struct markdown_table *table, int widths[MARKDOWN_COLUMNS])
{
	for (size_t i = 0; i < table->count; i++) {
		int width = columns_of(table->cells[i]), *widest = &widths[i % table->columns];

		if (width > *widest)
			*widest = width;
	}
}

static void print_cell(const struct markdown_table *table, size_t i, int width, struct buf *out)
{
	int blanks = width - columns_of(table->cells[i]);
	bool right = table->right[i % table->columns];

	buf_printf(out, "| %*s%s%*s ", right ? blanks : 0, "", table->cells[i], right ? 0 : blanks,
		   "");
}

/* Below the head. */
static void print_rule(const struct markdown_table *table, const int widths[MARKDOWN_COLUMNS],
		       struct buf *out)
{
	for (size_t column = 0; column < table->columns; column++) {
		buf_puts(out, "| ");
		for (int i = 1; i < widths[column]; i++)
			buf_putc(out, '-');
		buf_printf(out, "%c ", table->right[column] ? ':' : '-');
	}
	buf_puts(out, "|\n");
}

void markdown_table_print(struct markdown_table *table, struct buf *out)
{
	int widths[MARKDOWN_COLUMNS];

	for (size_t column = 0; column < MARKDOWN_COLUMNS; column++)
		widths[column] = 3; /* the rule needs as many */
	measure(table, widths);
	for (size_t i = 0; i < table->count; i++) {
		print_cell(table, i, widths[i % table->columns], out);
		if ((i + 1) % table->columns == 0)
			buf_puts(out, "|\n");
		if (i + 1 == table->columns)
			print_rule(table, widths, out);
	}
	markdown_table_drop(table);
}

void markdown_table_drop(struct markdown_table *table)
{
	for (size_t i = 0; i < table->count; i++)
		free(table->cells[i]);
	free(table->cells);
	*table = (struct markdown_table){0};
}
