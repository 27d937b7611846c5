/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/text.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "report/explain.h"
#include "report/now.h"
#include "report/sides.h"

const struct fork_vma *last_fork_vma(const struct machine *m, const char *name)
{
	return m->fork_count ? machine_fork_vma(m, &m->forks[m->fork_count - 1], name) : NULL;
}

static const struct mm *live(const struct mm *mm)
{
	return mm && !mm->dead ? mm : NULL;
}

static bool same_pages(const struct vm_area *a, const struct vm_area *b)
{
	if (!a || !b)
		return a == b;
	if (vma_pages(a) != vma_pages(b))
		return false;
	for (uint64_t page = 0, last; page < vma_pages(a); page = last + 1) {
		uint64_t other;
		struct pte p = vma_alike(a, page, &last);
		struct pte q = vma_alike(b, page, &other);

		if (p.state != q.state || p.attrs != q.attrs)
			return false;
		if (other < last)
			last = other;
	}
	return true;
}

bool sides_differ(struct machine *const m[2], const char *name)
{
	const struct fork_vma *a = last_fork_vma(m[0], name), *b = last_fork_vma(m[1], name);
	const struct mm *p = live(m[0]->child), *q = live(m[1]->child);

	if (!a || !b ? a != b : a->decision.what != b->decision.what)
		return true;
	return !same_pages(p ? machine_vma(m[0], p, name) : NULL, q ? machine_vma(m[1], q, name) : NULL);
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
	struct buf size = {0};

	buf_size(&size, vma->end - vma->start);
	buf_printf(out, "    %-12s %012" PRIx64 "-%012" PRIx64 " %6s %-8s %s%s  ", vma_name(vma), vma->start,
		   vma->end, buf_str(&size), backing_names[vma->backing],
		   vma->flags & VM_SHARED ? "shared " : "private", vma->anon_vma ? " anon_vma" : "");
	explain_flags(vma->flags, true, out);
	buf_putc(out, '\n');
	buf_deinit(&size);
}

static void page_lines(const struct vm_area *vma, struct buf *out)
{
	bool any = false;

	for (uint64_t page = 0, last; page < vma_pages(vma); page = last + 1) {
		struct pte pte = vma_alike(vma, page, &last);
		struct buf range = {0};

		if (pte.state == PTE_NONE)
			continue;
		explain_range(page, last, &range);
		buf_printf(out, "      %-14s ", buf_str(&range));
		explain_pte(pte, out);
		buf_putc(out, '\n');
		buf_deinit(&range);
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
			buf_printf(out, "  %s%s\n", who ? "child" : "parent", mm->dead ? " (gone)" : "");
			if (mm->dead)
				continue;
			for_each_vma(mm, vma) {
				if (!wanted(vma, name))
					continue;
				if (names)
					buf_printf(out, "    %s\n", vma_name(vma));
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

static const char no_fork[] = "no fork yet\n";

void text_decision(struct machine *const m[2], const char *name, struct buf *out)
{
	for (int side = 0; side < 2; side++) {
		const struct fork_record *fork;

		side_heading(m[side], side, out);
		if (!m[side]->fork_count) {
			buf_puts(out, no_fork);
			continue;
		}
		fork = &m[side]->forks[m[side]->fork_count - 1];
		for (size_t i = 0; i < fork->vma_count; i++) {
			const struct decision *d = &fork->vmas[i].decision;
			struct buf clauses = {0};

			if (!wanted(fork->vmas[i].src, name))
				continue;
			buf_printf(out, "  %s: ", vma_name(fork->vmas[i].src));
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
			explain_clauses(m[side], d, &clauses);
			for (char *line = clauses.s, *next; line && *line; line = next + 1) {
				next = strchr(line, '\n');
				*next = '\0';
				buf_printf(out, "      %s\n", line);
			}
			buf_deinit(&clauses);
		}
	}
}

void text_trace(struct machine *const m[2], const char *name, struct buf *out)
{
	for (int side = 0; side < 2; side++) {
		side_heading(m[side], side, out);
		if (!m[side]->event_count)
			buf_puts(out, no_fork);
		for (size_t i = 0; i < m[side]->event_count; i++) {
			const struct event *e = machine_event(m[side], i);
			struct buf line = {0};

			if (name && (!e->src || !vma_has_name(e->src, name)))
				continue;
			explain_event(m[side], e, &line);
			buf_printf(out, "  %c%4zu  %s\n", i + 1 == m[side]->at ? '>' : ' ', i + 1,
				   buf_str(&line));
			buf_deinit(&line);
		}
	}
}

static void cost_line(const char *what, uint64_t left, uint64_t right, struct buf *out)
{
	buf_printf(out, "  %-28s %14" PRIu64 " %14" PRIu64 "%s\n", what, left, right,
		   left == right ? "" : "  *");
}

void text_cost(struct machine *const m[2], struct buf *out)
{
	const struct cost *a = &m[0]->cost, *b = &m[1]->cost;
	bool end = m[0]->at == m[0]->event_count && m[1]->at == m[1]->event_count;
	int width[2]; /* of the names */

	for (int side = 0; side < 2; side++) { /* without the part in parentheses */
		const char *name = m[side]->kernel->name, *more = strstr(name, " (");

		width[side] = (int)(more ? (size_t)(more - name) : strlen(name));
	}
	buf_printf(out, "  %-28s %14s %14s\n", "", side_names[LEFT], side_names[RIGHT]);
	buf_printf(out, "  %-28s %14.*s %14.*s\n",
		   end ? "since the first fork" : "first fork to this step", width[0],
		   m[0]->kernel->name, width[1], m[1]->kernel->name);
	cost_line("entries put into children", a->entries, b->entries, out);
	for (int level = 0; level < TABLE_LEVELS; level++) {
		struct buf what = {0};

		buf_printf(&what, "%s tables allocated", table_level_names[level]);
		if (level != LEVEL_P4D || a->tables[level] || b->tables[level])
			cost_line(buf_str(&what), a->tables[level], b->tables[level], out);
		buf_deinit(&what);
	}
	cost_line("frames copied by fork", a->copied, b->copied, out);
	cost_line("bytes allocated by fork", cost_bytes(a, &m[0]->paging), cost_bytes(b, &m[1]->paging), out);
	cost_line("page faults after fork", a->faults, b->faults, out);
	cost_line("frames copied by them", a->cow_copies, b->cow_copies, out);
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
		buf_printf(out, "    %s: %s ", who, vma_name(vma));
		explain_flags(vma->flags & VM_UFFD_FLAGS, false, out);
		buf_printf(out, " (%s)\n", vma->uffd->name);
	}
}

void text_uffd(struct machine *const m[2], struct buf *out)
{
	for (int side = 0; side < 2; side++) {
		side_heading(m[side], side, out);
		if (!m[side]->contexts)
			buf_puts(out, "  no userfaultfd\n");
		for (const struct uffd_ctx *ctx = m[side]->contexts; ctx; ctx = ctx->next) {
			buf_printf(out, "  %s:", ctx->name);
			for (size_t i = 0; i < UFFD_FEATURE_COUNT; i++)
				if (ctx->features & UINT32_C(1) << i)
					buf_printf(out, " %s", uffd_feature_names[i]);
			buf_puts(out, ctx->features ? "\n" : " no features\n");
		}
		uffd_of(m[side]->parent, "parent", out);
		if (live(m[side]->child))
			uffd_of(m[side]->child, "child", out);
	}
}

/* --- explain, diff, the result of a fork ------------------------------------------------------------------ */

void text_explain(struct machine *const m[2], const char *name, struct buf *out)
{
	for (int side = 0; side < 2; side++) {
		const struct fork_vma *vma = last_fork_vma(m[side], name);

		buf_printf(out, "%s: ", side_names[side]);
		if (vma)
			explain_decision(m[side], vma, out);
		else
			buf_puts(out, m[side]->fork_count ? "the last fork had no such VMA" : "no fork yet");
		buf_putc(out, '\n');
	}
}

static void child_pages(const struct machine *m, const char *name, const char *side, struct buf *out)
{
	const struct mm *mm = live(m->child);
	const struct vm_area *vma = mm ? machine_vma(m, mm, name) : NULL;

	buf_printf(out, "    %s child\n", side);
	if (vma)
		page_lines(vma, out);
	else
		buf_puts(out, "      absent\n");
}

static void decision_line(struct machine *const m[2], const char *name, struct buf *out)
{
	buf_printf(out, "%s:", name);
	for (int side = 0; side < 2; side++) {
		const struct fork_vma *vma = decision_now(m[side], name);

		buf_printf(out, "%s %s ", side ? "," : "", side_names[side]);
		if (vma)
			explain_outcome(&vma->decision, out);
		else
			buf_puts(out, "not decided yet");
	}
	buf_putc(out, '\n');
}

/* Like sides_differ(), at this point in time. */
static bool differ_now(struct machine *const m[2], const char *name)
{
	const struct fork_vma *a = decision_now(m[0], name), *b = decision_now(m[1], name);
	const struct mm *p = live(m[0]->child), *q = live(m[1]->child);

	return (a && b && a->decision.what != b->decision.what) ||
	       !same_pages(p ? machine_vma(m[0], p, name) : NULL, q ? machine_vma(m[1], q, name) : NULL);
}

void text_diff(struct machine *const m[2], struct buf *out)
{
	const struct fork_record *fork = fork_now(m[0]);
	bool any = false, end = m[0]->at == m[0]->event_count && m[1]->at == m[1]->event_count;

	if (!m[0]->fork_count || !m[1]->fork_count) {
		buf_puts(out, no_fork);
		return;
	}
	for (size_t i = 0; fork && i < fork->vma_count; i++) {
		const char *name = vma_name(fork->vmas[i].src);

		if (!differ_now(m, name))
			continue;
		any = true;
		decision_line(m, name, out);
		child_pages(m[0], name, side_names[LEFT], out);
		child_pages(m[1], name, side_names[RIGHT], out);
	}
	if (!any)
		buf_puts(out, end ? "the sides are the same\n" : "the sides are the same at this step\n");
}

/* The first entries of a VMA in a few words: "0-1 present,uffd-wp; 2 present". */
static void brief_pages(const struct vm_area *vma, struct buf *out)
{
	size_t shown = 0, start = out->len;

	for (uint64_t page = 0, last; vma && page < vma_pages(vma); page = last + 1) {
		struct pte pte = vma_alike(vma, page, &last);

		if (pte.state == PTE_NONE)
			continue;
		if (shown++ == 4) {
			buf_puts(out, "; ...");
			break;
		}
		buf_puts(out, out->len > start ? "; " : "");
		explain_range(page, last, out);
		buf_putc(out, ' ');
		explain_pte(pte, out);
	}
	if (out->len == start)
		buf_puts(out, vma ? "no entries" : "absent");
}

/* At most this many VMAs are printed. */
#define SHOWN_VMAS 40

void text_fork(struct machine *const m[2], struct buf *out)
{
	const struct fork_record *fork;
	size_t shown = 0;

	if (!m[0]->fork_count) {
		buf_puts(out, no_fork);
		return;
	}
	buf_printf(out, "fork: left %s (check %s), right %s (check %s)\n", m[0]->kernel->name,
		   kernel_check_word(m[0]->kernel), m[1]->kernel->name,
		   kernel_check_word(m[1]->kernel));
	fork = &m[0]->forks[m[0]->fork_count - 1];
	for (size_t i = 0; i < fork->vma_count; i++) {
		const char *name = vma_name(fork->vmas[i].src);

		if (shown++ == SHOWN_VMAS) {
			buf_printf(out, "\n... and %zu more VMAs\n", fork->vma_count - SHOWN_VMAS);
			break;
		}
		buf_printf(out, "\n%s%s\n", name, sides_differ(m, name) ? "   <-- the sides differ" : "");
		for (int side = 0; side < 2; side++) {
			const struct fork_vma *vma = last_fork_vma(m[side], name);
			const struct mm *parent = live(m[side]->parent), *child = live(m[side]->child);

			if (!vma)
				continue;
			buf_printf(out, "  %-5s ", side_names[side]);
			explain_outcome(&vma->decision, out);
			buf_puts(out, "\n        parent  ");
			brief_pages(parent ? machine_vma(m[side], parent, name) : NULL, out);
			buf_puts(out, "\n        child   ");
			brief_pages(child ? machine_vma(m[side], child, name) : NULL, out);
			buf_puts(out, "\n        ");
			explain_decision(m[side], vma, out);
			buf_putc(out, '\n');
		}
	}
	buf_putc(out, '\n');
	text_cost(m, out);
}
