/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A truth table as text and as Markdown. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/decision_table.h"
#include "report/markdown.h"

/* --- words ------------------------------------------------------------------------------- */

static void flag_list(uint64_t flags, const char *between, struct buf *out)
{
	for (uint64_t rest = flags; rest; rest &= rest - 1)
		buf_printf(out, "%s%s", rest == flags ? "" : between, vm_flag_of(rest)->name);
}

/* The value of a column in a row. */
static const char *value_at(const struct table_row *row, size_t i)
{
	return !(row->inputs.care >> i & 1) ? "-" : row->inputs.value >> i & 1 ? "1" : "0";
}

void table_input_words(const struct table_input *input, struct buf *out)
{
	buf_printf(out, "%s ", vma_side_names[input->side]);
	if (input->flags)
		flag_list(input->flags, "|", out);
	else
		buf_puts(out, "anon_vma");
}

void table_row_words(const struct decision_table *t, const struct table_row *row, struct buf *out)
{
	const char *comma = "";

	for (int set = 1; set >= 0; set--)
		for (size_t i = 0; i < t->input_count; i++) {
			if (strcmp(value_at(row, i), set ? "1" : "0"))
				continue;
			buf_printf(out, "%s%s", comma, set ? "" : "no ");
			table_input_words(&t->inputs[i], out);
			comma = ", ";
		}
}

void table_row_why(const struct decision_table *t, const struct table_row *row, int k,
		   struct buf *out)
{
	const char *and = "";

	for (size_t i = 0; i < unreachable_count; i++)
		if (row->reasons[k] >> i & 1) {
			buf_printf(out, "%s%s: %s", and, unreachables[i].what, unreachables[i].why);
			and = "; ";
		}
	if (row->no_flags[k]) {
		buf_printf(out, "%s%s has no ", and, t->name[k]);
		flag_list(row->no_flags[k], ", ", out);
		and = "; ";
	}
	for (int lack = LACKS_NOTHING + 1, any = false; lack < LACKS; lack++)
		if (row->lacks[k] >> lack & 1) {
			if (any)
				buf_printf(out, ", %s", lack_names[lack]);
			else
				buf_printf(out, "%s%s lacks %s", and, t->name[k], lack_names[lack]);
			and = "; ";
			any = true;
		}
	if (!*and)
		buf_puts(out, "no set-up that the model knows leads there");
}

/* --- notes ------------------------------------------------------------------------------- */

/* Why rows are not reached: each sentence once, in the order of the rows. */
struct notes {
	char **v;
	size_t n, cap;
};

static size_t note(struct notes *notes, const struct decision_table *t, const struct table_row *row,
		   int k)
{
	struct buf why = {0};
	size_t i = 0;

	table_row_why(t, row, k, &why);
	while (i < notes->n && strcmp(notes->v[i], buf_str(&why)))
		i++;
	if (i == notes->n) {
		GROW(notes->v, notes->n, notes->cap);
		notes->v[notes->n++] = buf_take(&why);
	}
	buf_deinit(&why);
	return i;
}

/* a, b, ..., z, aa, ab, ... */
static void note_mark(size_t i, struct buf *out)
{
	if (i >= 26)
		note_mark(i / 26 - 1, out);
	buf_putc(out, (char)('a' + i % 26));
}

static void notes_deinit(struct notes *notes)
{
	for (size_t i = 0; i < notes->n; i++)
		free(notes->v[i]);
	free(notes->v);
}

/* "yes", "A only (b)", "no (a)", with the notes for why not. */
static void reached(const struct decision_table *t, const struct table_row *row,
		    struct notes *notes, struct buf *out)
{
	const char *comma = "(";
	size_t last = SIZE_MAX;

	if (row->reached[0] && row->reached[1]) {
		buf_puts(out, row->together ? "yes" : "each by its own calls");
		return;
	}
	buf_puts(out, row->reached[0] ? "A only " : row->reached[1] ? "B only " : "no ");
	for (int k = 0; k < 2; k++) {
		size_t i;

		if (row->reached[k])
			continue;
		i = note(notes, t, row, k);
		if (i == last)
			continue;
		buf_puts(out, comma);
		note_mark(i, out);
		comma = ", ";
		last = i;
	}
	buf_putc(out, ')');
}

/* "The answers differ in 3 of 10 rows, and fork can meet 2 of these." */
static void print_count(const struct decision_table *t, struct buf *out)
{
	size_t differ = 0, met = 0;

	for (size_t i = 0; i < t->row_count; i++) {
		bool differs = table_row_differs(&t->rows[i]);

		differ += differs;
		met += differs && (t->rows[i].reached[0] || t->rows[i].reached[1]);
	}
	if (!differ)
		buf_printf(out, "The answers are the same in all %zu rows.\n", t->row_count);
	else
		buf_printf(out,
			   "The answers differ in %zu of %zu rows, of which fork can meet %zu.\n",
			   differ, t->row_count, met);
}

/* --- text -------------------------------------------------------------------------------- */

#define BEFORE "      " /* what is before the columns: the mark of a choice, and the row's number */

/* The width of a column: "pf|", "_vma". */
static int width(const struct table_input *input)
{
	return input->flags ? 3 : 4;
}

static int head_lines(const struct decision_table *t)
{
	int most = 1;

	for (size_t i = 0; i < t->input_count; i++) {
		int flags = __builtin_popcountll(t->inputs[i].flags);

		most = flags > most ? flags : most;
	}
	return 1 + most;
}

/* A line over a column: "src", then each of its flags: "pf|" and "mm"; or "anon" and "_vma". */
static void print_head(const struct table_input *input, int line, struct buf *out)
{
	uint64_t rest = input->flags;
	char text[8] = "";

	for (int i = 1; rest && i < line; i++)
		rest &= rest - 1;
	if (!line)
		snprintf(text, sizeof(text), "%s",
			 input->flags ? vma_side_names[input->side] : "anon");
	else if (rest)
		snprintf(text, sizeof(text), "%s%s", vm_flag_of(rest)->code,
			 rest & (rest - 1) ? "|" : "");
	else if (!input->flags && line == 1)
		snprintf(text, sizeof(text), "_vma");
	buf_printf(out, "%-*s ", width(input), text);
}

static void print_heads(const struct decision_table *t, struct buf *out)
{
	int lines = head_lines(t);

	for (int line = 0; line < lines; line++) {
		struct buf head = {0};
		size_t n;

		for (size_t i = 0; i < t->input_count; i++)
			print_head(&t->inputs[i], line, &head);
		if (line + 1 == lines)
			buf_puts(&head, " A           B         reached");
		n = head.len;
		while (n && buf_str(&head)[n - 1] == ' ')
			n--;
		buf_printf(out, BEFORE "%.*s\n", (int)n, buf_str(&head));
		buf_deinit(&head);
	}
}

static void print_row(const struct decision_table *t, size_t number, struct notes *notes,
		      struct buf *out)
{
	const struct table_row *row = &t->rows[number];

	buf_printf(out, "%5zu ", number + 1);
	for (size_t i = 0; i < t->input_count; i++)
		buf_printf(out, "%-*s ", width(&t->inputs[i]), value_at(row, i));
	buf_printf(out, " %-8s %s %-8s  ", decision_names[row->answer[0]],
		   table_row_differs(row) ? "!=" : "  ", decision_names[row->answer[1]]);
	reached(t, row, notes, out);
	buf_putc(out, '\n');
}

static void print_codes(const struct decision_table *t, struct buf *out)
{
	uint64_t printed = 0;

	for (size_t i = 0; i < t->input_count; i++)
		for (uint64_t rest = t->inputs[i].flags & ~printed; rest; rest &= rest - 1) {
			const struct vm_flag *flag = vm_flag_of(rest);

			buf_printf(out, "%s%s %s", printed ? ", " : "", flag->code, flag->name);
			printed |= rest & -rest;
		}
	buf_putc(out, '\n');
}

static size_t lines_in(const struct buf *text)
{
	size_t n = 0;

	for (const char *s = buf_str(text); (s = strchr(s, '\n')); s++)
		n++;
	return n;
}

static void print_notes(const struct notes *notes, struct buf *out)
{
	if (notes->n)
		buf_puts(out, "\nWhy rows are not reached\n");
	for (size_t i = 0; i < notes->n; i++) {
		buf_puts(out, "  ");
		note_mark(i, out);
		buf_printf(out, "  %s\n", notes->v[i]);
	}
}

void decision_table_print(const struct decision_table *t, struct buf *out, size_t **lines)
{
	struct notes notes = {0};

	buf_printf(out, "What fork does with a VMA.  A: %s  B: %s\n", t->name[0], t->name[1]);
	print_count(t, out);
	buf_putc(out, '\n');
	print_heads(t, out);
	if (lines)
		*lines = xcalloc(t->row_count, sizeof(**lines));
	for (size_t i = 0; i < t->row_count; i++) {
		if (lines)
			(*lines)[i] = lines_in(out);
		print_row(t, i, &notes, out);
	}
	buf_puts(out, "\n1: set, or one of several is; 0: not set; -: does not matter\n"
		      "src: the parent's VMA; dst: the child's\n");
	print_codes(t, out);
	print_notes(&notes, out);
	notes_deinit(&notes);
}

/* --- Markdown ---------------------------------------------------------------------------- */

static void markdown_heads(const struct decision_table *t, struct markdown_table *table)
{
	markdown_cell(table, "row");
	for (size_t i = 0; i < t->input_count; i++) {
		const struct table_input *input = &t->inputs[i];
		struct buf head = {0};

		buf_printf(&head, "%s ", vma_side_names[input->side]);
		if (input->flags)
			flag_list(input->flags, " or ", &head);
		else
			buf_puts(&head, "anon_vma");
		markdown_cell_take(table, &head);
	}
	markdown_cell(table, "A");
	markdown_cell(table, "B");
	markdown_cell(table, "reached");
}

static void markdown_row(const struct decision_table *t, size_t number, struct notes *notes,
			 struct markdown_table *table)
{
	const struct table_row *row = &t->rows[number];
	const char *bold = table_row_differs(row) ? "**" : "";
	struct buf who = {0};

	markdown_cell_printf(table, "%zu", number + 1);
	for (size_t i = 0; i < t->input_count; i++)
		markdown_cell(table, value_at(row, i));
	for (int k = 0; k < 2; k++)
		markdown_cell_printf(table, "%s%s%s", bold, decision_names[row->answer[k]], bold);
	reached(t, row, notes, &who);
	markdown_cell_take(table, &who);
}

/* Which kernels, and how many rows differ: names of kernels come from files. */
static void markdown_title(const struct decision_table *t, struct buf *out)
{
	buf_puts(out, "What fork does with a VMA. A: ");
	markdown_text(out, t->name[0]);
	buf_puts(out, ", B: ");
	markdown_text(out, t->name[1]);
	buf_puts(out, ". ");
	print_count(t, out);
	buf_putc(out, '\n');
}

static void markdown_notes(const struct notes *notes, struct buf *out)
{
	if (notes->n)
		buf_puts(out, "\nWhy rows are not reached:\n\n");
	for (size_t i = 0; i < notes->n; i++) {
		buf_puts(out, "- ");
		note_mark(i, out);
		buf_puts(out, ": ");
		markdown_text(out, notes->v[i]);
		buf_putc(out, '\n');
	}
}

void decision_table_markdown(const struct decision_table *t, struct buf *out)
{
	struct notes notes = {0};
	struct markdown_table table = {.columns = t->input_count + 4, .right = {true}};

	_Static_assert(TABLE_INPUTS_MAX + 4 <= MARKDOWN_COLUMNS, "row, A, B and reached are more");
	markdown_title(t, out);
	markdown_heads(t, &table);
	for (size_t i = 0; i < t->row_count; i++)
		markdown_row(t, i, &notes, &table);
	markdown_table_print(&table, out);
	buf_puts(out, "\n1: set, or one of several is; 0: not set; -: does not matter; "
		      "src: the parent's VMA; dst: the child's.\n");
	markdown_notes(&notes, out);
	notes_deinit(&notes);
}
