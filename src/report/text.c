/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/text.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "model/events.h"
#include "model/syscalls.h"
#include "report/explain.h"
#include "report/label.h"
#include "report/now.h"
#include "report/sides.h"

const char text_no_fork[] = "no fork yet\n";

const struct fork_record *last_fork(const struct machine *m)
{
	return m->fork_count ? &m->forks[m->fork_count - 1] : NULL;
}

const struct fork_vma *last_fork_vma(const struct machine *m, const char *name)
{
	return m->fork_count ? machine_fork_vma(m, last_fork(m), name) : NULL;
}

void text_undecided(const struct fork_record *fork, struct buf *out)
{
	assert(fork);
	if (fork->err)
		buf_printf(out, "the last fork failed with %s before it reached that VMA", strerrorname_np(fork->err));
	else if (fork->kind == FORK_FORK)
		buf_puts(out, "the last fork had no such VMA");
	else
		buf_printf(out, "%s decides nothing and copies nothing: its child %s", fork_kind_names[fork->kind],
			   fork->kind == FORK_POSIX_SPAWN ? "calls exec at once" : "uses the parent's memory");
}

void text_fork_end(const struct machine *m, int side, struct buf *out)
{
	const struct fork_record *fork = last_fork(m);

	if (m->unborn)
		buf_printf(out, "%s: fork: blocked, it waits until its event is read (reader %s on)\n",
			   side_names[side], uffd_fork_waits(m, m->unborn)->name);
	if (!fork || !fork->err)
		return;
	buf_printf(out, "%s: fork: %s at ", side_names[side], strerrorname_np(fork->err));
	label_vma(fork->failed, out);
	buf_puts(out, ": no child; changes to the VMAs before it remain\n");
}

/* --- headings and walking over both sides ---------------------------------------------------- */

static void side_heading(const struct machine *m, int side, struct buf *out)
{
	buf_printf(out, "%s: %s, check %s\n", side_names[side], m->kernel->name,
		   kernel_check_word(m->kernel));
}

static bool wanted(const struct vm_area *vma, const char *name)
{
	return !name || vma_has_name(vma, name);
}

/* --- show vmas, pages, flags -------------------------------------------------------------------- */

static void vma_line(const struct vm_area *vma, struct buf *out)
{
	struct buf label = {0}, size = {0};

	label_vma(vma, &label);
	buf_size(&size, vma->end - vma->start);
	buf_printf(out, "    %-12s %012" PRIx64 "-%012" PRIx64 " %6s %-8s %s%s  ", buf_str(&label),
		   vma->start, vma->end, buf_str(&size), backing_names[vma->backing],
		   vma->flags & VM_SHARED ? "shared " : "private", vma->anon_vma ? " anon_vma" : "");
	explain_flags(vma->flags, true, out);
	buf_putc(out, '\n');
	buf_deinit(&label);
	buf_deinit(&size);
}

static void page_lines(const struct vm_area *vma, struct buf *out)
{
	bool named = names_change(vma->mm, vma_first(vma), vma_last(vma)), any = false;
	struct named_entries entries;

	for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = entries.pages.last + 1) {
		struct buf numbers = {0};

		entries = named_entries(vma->mm, page, vma_last(vma));
		if (entries.pte.state == PTE_NONE)
			continue;
		label_numbers(entries.pages, named, &numbers);
		buf_printf(out, "      %-14s ", buf_str(&numbers));
		explain_pte(entries.pte, out);
		buf_putc(out, '\n');
		buf_deinit(&numbers);
		any = true;
	}
	if (!any)
		buf_puts(out, "      no entries\n");
}

typedef void vma_printer(const struct vm_area *vma, struct buf *out);

static void processes(struct machine *const m[2], const char *name, struct buf *out,
		      vma_printer *print, bool names)
{
	for (int side = 0; side < 2; side++) {
		const struct mm *mms[] = {m[side]->parent, m[side]->child};

		side_heading(m[side], side, out);
		for (int who = 0; who < 2; who++) {
			const struct mm *mm = mms[who];
			bool any = false;

			if (!mm)
				continue;
			buf_printf(out, "  %s%s\n", who ? "child" : "parent",
				   mm->dead				  ? " (gone)"
				   : who && mm == m[side]->parent ? " (uses the parent's memory)"
								  : "");
			if (mm->dead)
				continue;
			for_each_vma(mm, vma) {
				if (!wanted(vma, name))
					continue;
				if (names) {
					buf_puts(out, "    ");
					label_vma(vma, out);
					buf_putc(out, '\n');
				}
				print(vma, out);
				any = true;
			}
			if (!any)
				buf_puts(out, "    nothing mapped\n");
		}
	}
}

void text_vmas(struct machine *const m[2], const char *name, struct buf *out)
{
	processes(m, name, out, vma_line, false);
}

void text_pages(struct machine *const m[2], const char *name, struct buf *out)
{
	processes(m, name, out, page_lines, true);
}

static void flag_lines(const struct vm_area *vma, struct buf *out)
{
	for (int i = 0; i < VM_FLAG_COUNT; i++)
		if (vma->flags & (UINT64_C(1) << i))
			buf_printf(out, "      %-16s %s  %s\n", vm_flags[i].name, vm_flags[i].code,
				   vm_flags[i].what);
}

void text_flags(struct machine *const m[2], const char *name, struct buf *out)
{
	processes(m, name, out, flag_lines, true);
}

/* --- show decision, trace, cost ---------------------------------------------------------------------- */

static void decision_lines(const struct machine *m, const struct fork_record *fork, const char *name,
			   struct buf *out)
{
	for (size_t i = 0; i < fork->vma_count; i++) {
		const struct decision *d = &fork->vmas[i].decision;
		struct buf clauses = {0};

		if (!wanted(fork->vmas[i].src, name))
			continue;
		buf_puts(out, "  ");
		label_vma(fork->vmas[i].src, out);
		buf_puts(out, ": ");
		explain_outcome(d, out);
		buf_puts(out, "\n    parent ");
		explain_flags(d->src_flags, true, out);
		buf_puts(out, d->anon_vma ? ", anon_vma\n" : ", no anon_vma\n");
		if (d->what == DECISION_DONTCOPY)
			continue;
		buf_puts(out, "    child  ");
		explain_flags(d->dst_flags, true, out);
		buf_putc(out, '\n');
		if (d->what == DECISION_WIPE)
			continue;
		explain_clauses(m, d, &clauses);
		for (char *line = clauses.s, *next; line && *line; line = next + 1) {
			next = strchr(line, '\n');
			assert(next);
			*next = '\0';
			buf_printf(out, "      %s\n", line);
		}
		buf_deinit(&clauses);
	}
}

/* Was the last one a fork that copies no memory? */
static void say_borrowed(const struct machine *m, struct buf *out)
{
	if (!last_fork(m) || last_fork(m)->kind == FORK_FORK)
		return;
	buf_puts(out, "  ");
	text_undecided(last_fork(m), out);
	buf_putc(out, '\n');
}

void text_decision(struct machine *const m[2], const char *name, struct buf *out)
{
	for (int side = 0; side < 2; side++) {
		const struct fork_record *fork = last_fork(m[side]);
		struct point_in_time point;

		side_heading(m[side], side, out);
		if (!fork) {
			buf_puts(out, text_no_fork);
			continue;
		}
		text_fork_end(m[side], side, out);
		point = fork_return_to(m[side], fork);
		say_borrowed(m[side], out);
		decision_lines(m[side], fork, name, out);
		fork_leave(m[side], point);
	}
}

/* Names are those of the moment that each sentence is about. */
static void trace_lines(struct machine *m, const char *name, struct buf *out)
{
	size_t at = m->at;
	uint64_t pages = m->at_pages;

	for (size_t i = 0; i < m->event_count; i++) {
		const struct event *e = machine_event(m, i);

		machine_seek(m, i + 1, 0);
		if (name && (!e->src || !vma_has_name(e->src, name)))
			continue;
		buf_printf(out, "  %c%4zu  ", i + 1 == at ? '>' : ' ', i + 1);
		explain_event(m, e, out);
		buf_putc(out, '\n');
	}
	machine_seek(m, at, pages);
}

void text_trace(struct machine *const m[2], const char *name, struct buf *out)
{
	for (int side = 0; side < 2; side++) {
		side_heading(m[side], side, out);
		if (!m[side]->event_count)
			buf_puts(out, text_no_fork);
		trace_lines(m[side], name, out);
	}
}

static void cost_number(struct cost_number *row, const char *what, const char *rest, uint64_t left,
		     uint64_t right)
{
	*row = (struct cost_number){.value = {left, right}};
	snprintf(row->what, sizeof(row->what), "%s%s", what, rest);
}

size_t cost_numbers(struct machine *const m[2], struct cost_number rows[COST_NUMBERS])
{
	const struct cost *a = &m[0]->cost, *b = &m[1]->cost;
	size_t n = 0;

	cost_number(&rows[n++], "entries put into children", "", a->entries, b->entries);
	for (int level = 0; level < TABLE_LEVELS; level++)
		if (level != LEVEL_P4D || a->tables[level] || b->tables[level])
			cost_number(&rows[n++], table_level_names[level], " tables allocated",
				 a->tables[level], b->tables[level]);
	cost_number(&rows[n++], "frames copied by fork", "", a->copied, b->copied);
	cost_number(&rows[n++], "bytes allocated by fork", "", cost_bytes(a, &m[0]->paging),
		 cost_bytes(b, &m[1]->paging));
	cost_number(&rows[n++], "page faults after fork", "", a->faults, b->faults);
	cost_number(&rows[n++], "frames copied by them", "", a->cow_copies, b->cow_copies);
	return n;
}

void text_cost(struct machine *const m[2], struct buf *out)
{
	bool end = m[0]->at == m[0]->event_count && m[1]->at == m[1]->event_count;
	struct cost_number rows[COST_NUMBERS];
	size_t n = cost_numbers(m, rows);
	int width[2] = {0}; /* of the names */

	for (int side = 0; side < 2; side++) { /* without the part in parentheses */
		const char *name = m[side]->kernel->name, *more = strstr(name, " (");

		width[side] = (int)(more ? (size_t)(more - name) : strlen(name));
	}
	say_borrowed(m[LEFT], out);
	buf_printf(out, "  %-28s %14s %14s\n", "", side_names[LEFT], side_names[RIGHT]);
	buf_printf(out, "  %-28s %14.*s %14.*s\n",
		   end ? "since the first fork" : "first fork to this step", width[0],
		   m[0]->kernel->name, width[1], m[1]->kernel->name);
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "  %-28s %14" PRIu64 " %14" PRIu64 "%s\n", rows[i].what, rows[i].value[0],
			   rows[i].value[1], rows[i].value[0] == rows[i].value[1] ? "" : "  *");
	if (!m[LEFT]->paging.hardware_bits)
		buf_puts(out, "  Entries that fork copied are old, but for hugetlb. The kernel marks them young, not\n"
			      "  this processor: the first touch of each costs a fault, a read, too.\n");
}

/* --- kernels, userfaultfd ------------------------------------------------------------------------------ */

static int wider(int width, const char *text)
{
	int columns = (int)strlen(text);

	return columns > width ? columns : width;
}

static void text_behaviours(const struct kernel *k, struct buf *out)
{
	int name = 0, value = 0;

	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++) {
		name = wider(name, behaviours[i].name);
		value = wider(value, behaviours[i].values[k->behaviour[i]]);
	}
	buf_puts(out, "behaviour\n");
	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		buf_printf(out, "  %-*s  %-*s  %s\n", name, behaviours[i].name, value,
			   behaviours[i].values[k->behaviour[i]], behaviours[i].what);
}

/* What it lacks on other machines, and what behaves otherwise. */
static void text_rows(const struct kernel *k, struct buf *out)
{
	if (k->row_count)
		buf_puts(out, "\nother machines");
	for (size_t i = 0; i < k->row_count; i++) {
		const struct kernel_row *row = &k->rows[i];

		buf_printf(out, "\n  %s", arch_names[row->arch]);
		if (row->behaviour != BEHAVIOUR_COUNT) {
			buf_printf(out, ": %s %s", behaviours[row->behaviour].name,
				   behaviours[row->behaviour].values[row->value]);
			continue;
		}
		buf_puts(out, " lacks");
		for (uint64_t rest = row->lacks_flags; rest; rest &= rest - 1)
			buf_printf(out, " %s", vm_flag_of(rest & -rest)->name);
		for (size_t f = 0; f < UFFD_FEATURE_COUNT; f++)
			if (row->lacks_features >> f & 1)
				buf_printf(out, " %s", uffd_feature_names[f]);
	}
}

void text_profile(const struct kernel *k, struct buf *out)
{
	buf_printf(out, "%s (profile %s): %s\nvma_needs_copy copies when\n", k->name, k->profile, k->title);
	for (size_t i = 0; i < k->clause_count; i++) {
		const struct clause *c = &k->clauses[i];

		buf_printf(out, "  %s %s->", i ? "or" : "  ", vma_side_names[c->side]);
		if (c->flags) {
			buf_puts(out, "vm_flags & (");
			explain_flags(c->flags, false, out);
			buf_putc(out, ')');
		} else {
			buf_puts(out, "anon_vma");
		}
		buf_printf(out, "%s%s%s\n", c->where ? "   [" : "", c->where ? c->where : "",
			   c->where ? "]" : "");
	}
	text_behaviours(k, out);
	buf_puts(out, "userfaultfd features\n ");
	for (size_t i = 0; i < UFFD_FEATURE_COUNT; i++)
		if (k->uffd_features & UINT32_C(1) << i)
			buf_printf(out, " %s", uffd_feature_names[i]);
	text_rows(k, out);
	if (k->line_count)
		buf_puts(out, "\nfunctions");
	for (size_t i = 0; i < k->line_count; i++)
		buf_printf(out, "\n  %-24s %s", k->lines[i].function, k->lines[i].place);
	buf_printf(out, "\n%s%s", k->notes[0] ? "from\n" : "", k->notes);
}

void text_kernel(struct machine *const m[2], struct buf *out)
{
	for (int side = 0; side < 2; side++) {
		buf_printf(out, "%s: ", side_names[side]);
		text_profile(m[side]->kernel, out);
	}
}

static void uffd_of(const struct mm *mm, const char *who, struct buf *out)
{
	for_each_vma(mm, vma) {
		if (!vma->uffd)
			continue;
		buf_printf(out, "    %s: ", who);
		label_vma(vma, out);
		buf_putc(out, ' ');
		explain_flags(vma->flags & VM_UFFD_FLAGS, false, out);
		buf_printf(out, " (%s)\n", vma->uffd->name);
	}
}

/* The open ones of a process; their number. */
static unsigned contexts_of(const struct machine *m, const struct mm *mm, struct buf *out)
{
	unsigned n = 0;

	for (int list = 0; list < 2; list++)
		for (const struct uffd_ctx *ctx = list ? m->inherited : m->contexts; ctx; ctx = ctx->next) {
			if (ctx->mm != mm || ctx->closed)
				continue;
			n++;
			buf_printf(out, "  %s%s:", mm == m->parent ? "" : "child ", ctx->name);
			for (size_t i = 0; i < UFFD_FEATURE_COUNT; i++)
				if (ctx->features & UINT32_C(1) << i)
					buf_printf(out, " %s", uffd_feature_names[i]);
			buf_printf(out, "%s%s\n", ctx->features ? "" : " no features",
				   ctx->unread ? ", its events are not read" : "");
		}
	return n;
}

void text_uffd(struct machine *const m[2], struct buf *out)
{
	for (int side = 0; side < 2; side++) {
		const struct mm *mm = m[side]->child;
		bool child = mm && !mm->dead && mm != m[side]->parent; /* with memory of its own */
		unsigned n;

		side_heading(m[side], side, out);
		n = contexts_of(m[side], m[side]->parent, out);
		if (child)
			n += contexts_of(m[side], m[side]->child, out);
		if (!n)
			buf_puts(out, "  no userfaultfd\n");
		uffd_of(m[side]->parent, "parent", out);
		if (child)
			uffd_of(m[side]->child, "child", out);
	}
}
