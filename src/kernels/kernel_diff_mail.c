/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/kernel_diff_mail.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/minmax.h"
#include "base/share.h"
#include "base/wrap.h"
#include "kernels/profile_like.h"
#include "kernels/witness.h"
#include "kernels/witness_text.h"
#include "report/sides.h"
#include "report/text.h"

#define COLUMNS 72
#define LABEL 20			  /* of a row of the table */
#define CELL ((COLUMNS - 2 - LABEL) / 2) /* and of a value, with the gap behind it */

struct mail {
	const struct profiles *profiles;
	const struct kernel_diff *diff;
	const char *const *spec;
	char *file[2]; /* the profile that is in the text; NULL: none */
	struct buf *out;
};

static void paragraph(const struct mail *mail, const char *indent, struct buf *text)
{
	wrap_text(buf_str(text), indent, indent, COLUMNS, mail->out);
	buf_deinit(text);
}

static void heading(const struct mail *mail, const char *text)
{
	buf_printf(mail->out, "\n%s\n\n", text);
}

/* --- the claim and the condition ------------------------------------------------------- */

static void add_claim(const struct mail *mail)
{
	const struct kernel_diff *diff = mail->diff;
	struct buf text = {0};

	buf_printf(&text, "fork: %s and %s decide %s", diff->name[0], diff->name[1],
		   diff->case_count ? "differently" : "alike");
	paragraph(mail, "", &text);
	buf_putc(mail->out, '\n');
	buf_printf(&text, "vma_needs_copy() is asked for each VMA of a process that forks: are its page "
			  "tables copied to the child, or is the child to fault its pages in? ");
	if (diff->case_count)
		buf_printf(&text, "On %zu of the %zu inputs that both kernels can meet, one of them "
				  "copies and the other one skips.", diff->differ, diff->inputs);
	else
		buf_printf(&text, "%s and %s answer alike on all %zu inputs that both can meet.",
			   diff->name[0], diff->name[1], diff->inputs);
	paragraph(mail, "", &text);
}

static void add_condition(const struct mail *mail, size_t i)
{
	const struct kernel_diff *diff = mail->diff;
	const struct diff_case *c = &diff->cases[i];
	struct buf text = {0};

	if (i)
		buf_putc(mail->out, '\n');
	buf_printf(&text, "%s copies and %s skips when:", diff->name[c->copies], diff->name[!c->copies]);
	paragraph(mail, "", &text);
	kernel_diff_words(diff, c, &text);
	paragraph(mail, "  ", &text);
	buf_puts(&text, "= ");
	kernel_diff_formula(diff, c, &text);
	wrap_text(buf_str(&text), "  ", "    ", COLUMNS, mail->out);
	buf_deinit(&text);
}

static void add_conditions(const struct mail *mail)
{
	heading(mail, "Condition");
	for (size_t i = 0; i < mail->diff->case_count; i++)
		add_condition(mail, i);
	if (!mail->diff->exact)
		buf_puts(mail->out, "(a shorter condition may exist)\n");
}

/* --- the scenario ------------------------------------------------------------------------ */

/* A line of the language, continued where it is too long: between words, outside of quotes. */
static void add_line(const struct mail *mail, const char *line)
{
	const char *gap = NULL, *start = line;
	bool quoted = false;
	int room = COLUMNS - 2 - 2; /* the indentation, and what continues a line */

	buf_puts(mail->out, "  ");
	for (const char *at = line; *at; at++) {
		if (*at == '\\' && quoted && at[1])
			at++;
		else if (*at == '"')
			quoted = !quoted;
		else if (*at == ' ' && !quoted)
			gap = at;
		if (at - start < room || !gap)
			continue;
		buf_add(mail->out, start, (size_t)(gap - start));
		buf_puts(mail->out, " \\\n    ");
		start = gap + 1;
		gap = NULL;
		room = COLUMNS - 4 - 2;
	}
	buf_printf(mail->out, "%s\n", start);
}

static void add_lines(const struct mail *mail, struct buf *text)
{
	char *rest = text->s, *line;

	while (rest && (line = strsep(&rest, "\n")))
		if (*line == '#')
			wrap_text(line + strspn(line, "# "), "  # ", "  # ", COLUMNS, mail->out);
		else if (*line)
			add_line(mail, line);
	buf_deinit(text);
}

static void add_scenario(const struct mail *mail, const struct witness *w)
{
	struct buf text = {0};

	heading(mail, "Smallest scenario");
	if (w->by_hand)
		witness_text_by_hand(&text);
	for (int k = 0; k < 2; k++)
		if (mail->spec[k])
			buf_printf(&text, "kernel %s %s\n", side_names[k], mail->spec[k]);
		else
			buf_printf(&text, "kernel %s ./%s\n", side_names[k], mail->file[k]);
	setup_found_print(w->search, &text);
	buf_puts(&text, "fork\n");
	witness_text_expectations(&w->pair, &text);
	add_lines(mail, &text);
}

/* --- both sides ---------------------------------------------------------------------------- */

static void add_row(const struct mail *mail, const char *label, const char *left, const char *right)
{
	buf_printf(mail->out, "  %-*s%-*s %s\n", LABEL, label, CELL - 1, left, right);
}

/* The table's heads: names, or what each name is short for. */
static void add_heads(const struct mail *mail)
{
	char *const *name = mail->diff->name;
	bool fit = strlen(name[0]) < CELL && strlen(name[1]) < CELL;

	for (int k = 0; k < 2 && !fit; k++) {
		struct buf text = {0};

		buf_printf(&text, "%s: %s", k ? "second" : "first", name[k]);
		paragraph(mail, "  ", &text);
	}
	add_row(mail, "", fit ? name[0] : "first", fit ? name[1] : "second");
}

static void add_decisions(const struct mail *mail, const struct witness *w)
{
	struct buf why[2] = {{0}, {0}};
	const char *what[2];

	for (int k = 0; k < 2; k++) {
		const struct decision *d = &last_fork_vma(w->pair.machine[k], "mem")->decision;
		const struct kernel *kernel = mail->diff->kernel[k];

		what[k] = decision_names[d->what];
		if (d->what == DECISION_COPY && d->clause >= 0 && kernel->clauses[d->clause].flags)
			buf_printf(&why[k], "%s %s", vma_side_names[kernel->clauses[d->clause].side],
				   decision_reason(d));
		else
			buf_puts(&why[k], d->clause >= 0 ? decision_reason(d) : "no clause holds");
	}
	add_row(mail, "decision", what[0], what[1]);
	add_row(mail, "because of", buf_str(&why[0]), buf_str(&why[1]));
	buf_deinit(&why[0]);
	buf_deinit(&why[1]);
}

static const char *state_name(const struct vm_area *vma, uint64_t page, uint64_t *last)
{
	struct pte pte = {0};

	if (vma)
		pte = vma_entry(vma, page, last);
	return vma ? pte_state_names[pte.state] : "absent";
}

/* The child's pages of `mem`, as far as they are in one VMA. */
static void add_pages(const struct mail *mail, const struct witness *w)
{
	const struct vm_area *vma[2];
	uint64_t pages = 0;

	for (int k = 0; k < 2; k++) {
		const struct machine *m = w->pair.machine[k];

		vma[k] = m->child ? machine_vma(m, m->child, "mem") : NULL;
		pages = max(pages, vma[k] ? vma_pages(vma[k]) : 0);
	}
	for (uint64_t page = 0, last; page < pages; page = last + 1) {
		uint64_t ends[2] = {pages - 1, pages - 1};
		const char *state[2];
		char label[56];

		for (int k = 0; k < 2; k++)
			state[k] = state_name(vma[k], page, &ends[k]);
		last = min(ends[0], ends[1]);
		if (last > page)
			snprintf(label, sizeof(label), "child, %" PRIu64 "-%" PRIu64, page, last);
		else
			snprintf(label, sizeof(label), "child, page %" PRIu64, page);
		add_row(mail, label, state[0], state[1]);
	}
}

static void add_count(const struct mail *mail, const char *label, uint64_t left, uint64_t right)
{
	char text[2][24];

	snprintf(text[0], sizeof(text[0]), "%" PRIu64, left);
	snprintf(text[1], sizeof(text[1]), "%" PRIu64, right);
	add_row(mail, label, text[0], text[1]);
}

static void add_table(const struct mail *mail, const struct witness *w)
{
	const struct cost *cost[2] = {&w->pair.machine[0]->cost, &w->pair.machine[1]->cost};

	heading(mail, "What fork does there");
	add_heads(mail);
	add_decisions(mail, w);
	add_pages(mail, w);
	add_count(mail, "entries copied", cost[0]->entries, cost[1]->entries);
	add_count(mail, "tables allocated", cost_tables(cost[0]), cost_tables(cost[1]));
}

/* --- how, and of what ------------------------------------------------------------------------ */

static void add_how(const struct mail *mail, bool scenario)
{
	struct buf text = {0};

	heading(mail, "How it was found out");
	buf_printf(&text, "By the model of vmafork-tui, not by running these kernels. It compared all %zu "
			  "inputs of the decision that system calls can lead to on both: the flags of "
			  "both VMAs, and the anon_vma.", mail->diff->inputs);
	if (scenario)
		buf_puts(&text, " The condition is the shortest that covers those that differ, and no "
				"other. The scenario is the first of all sequences of calls that shows "
				"it, in the order of their length.");
	paragraph(mail, "", &text);
	if (!scenario)
		return;
	buf_puts(mail->out, "\nTo repeat it, save the scenario as diff.vma:\n\n"
			    "  vmafork-tui check diff.vma      # what both sides do, as above\n"
			    "  vmafork-probe --sides diff.vma  # what the running kernel does\n");
}

static void add_clauses(const struct mail *mail, const struct kernel *kernel)
{
	for (size_t i = 0; i < kernel->clause_count; i++) {
		struct buf text = {0};

		profile_print_clause(&kernel->clauses[i], &text);
		if (kernel->clauses[i].where) {
			buf_puts(&text, " [");
			profile_print_place(kernel->clauses[i].where, &text);
			buf_putc(&text, ']');
		}
		wrap_text(buf_str(&text), "  ", "      ", COLUMNS, mail->out);
		buf_deinit(&text);
	}
}

static void add_kernel(const struct mail *mail, int k)
{
	const struct kernel *kernel = mail->diff->kernel[k];
	struct buf text = {0};

	buf_putc(mail->out, '\n');
	buf_printf(&text, "%s copies when one of these is set:", mail->diff->name[k]);
	paragraph(mail, "", &text);
	add_clauses(mail, kernel);
	if (!mail->file[k])
		return;
	buf_printf(&text, "Its profile, to be saved as %s:", mail->file[k]);
	paragraph(mail, "", &text);
	buf_putc(mail->out, '\n');
	profile_print_like(mail->profiles, kernel, kernel->name, &text);
	add_lines(mail, &text);
}

static void add_versions(const struct mail *mail)
{
	heading(mail, "Versions");
	buf_printf(mail->out, "vmafork-tui %s\n", program_version);
	for (int k = 0; k < 2; k++)
		add_kernel(mail, k);
}

/* --- all of it --------------------------------------------------------------------------------- */

/* A file's name out of a kernel's: letters, digits, "-", "_" and "."; which: where both are alike. */
static char *file_name(const char *name, int which, bool alike)
{
	enum { LONGEST = 40 };
	struct buf file = {0};

	for (; *name && file.len < LONGEST; name++) {
		bool plain = isalnum((unsigned char)*name) || *name == '-' || *name == '_' ||
			     (*name == '.' && file.len);

		buf_putc(&file, plain ? *name : '-');
	}
	if (!file.len || alike)
		buf_printf(&file, "%s%s", file.len ? "-" : "", which ? "second" : "first");
	buf_puts(&file, ".kernel");
	return buf_take(&file);
}

bool kernel_diff_mail(const struct profiles *profiles, const struct kernel_diff *diff,
		      const char *const spec[2], struct budget *budget, struct buf *out,
		      struct vf_error *error)
{
	struct mail mail = {.profiles = profiles, .diff = diff, .spec = spec, .out = out};
	struct witness w;

	if (diff->case_count && !witness_find(diff, SIZE_MAX, budget, &w, error))
		return false;
	for (int k = 0; k < 2; k++)
		if (!spec[k])
			mail.file[k] = file_name(diff->kernel[k]->name, k,
						 !strcmp(diff->kernel[0]->name, diff->kernel[1]->name));
	add_claim(&mail);
	if (diff->case_count) {
		add_conditions(&mail);
		add_scenario(&mail, &w);
		add_table(&mail, &w);
		witness_deinit(&w);
	}
	add_how(&mail, diff->case_count);
	add_versions(&mail);
	free(mail.file[0]);
	free(mail.file[1]);
	return true;
}
