/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/check.h"

#include "base/alloc.h"
#include "model/events.h"
#include "model/check/invariants.h"
#include "report/explain.h"

static bool try(struct session *session, const char *line, struct buf *out,
		struct vf_error *error)
{
	enum request request;

	return session_command(session, line, out, &request, error);
}

/* What the model promises of a machine, wherever in time it is looked at. */
static void check_machine(struct machine *m, const char *line)
{
	struct inconsistency found;
	size_t at = m->at;
	uint64_t pages = m->at_pages;

	machine_seek_end(m);
	if (!machine_check(m, &found))
		fail_msg("after %s: %s (%s, at %llu)", line, found.what,
			 found.vma ? vma_name(found.vma) : "no VMA", (unsigned long long)found.at);
	machine_seek(m, at, pages);
}

static void run_line(struct session *session, const char *line)
{
	struct buf out = { 0 }, message = { 0 };
	struct vf_error error = { 0 };

	if (!try(session, line, &out, &error)) {
		vf_error_print(&error, &message);
		print_error("refused: %s\n%s\n", line, buf_str(&message));
		fail();
	}
	buf_deinit(&out);
	check_machine(left(session), line);
	check_machine(right(session), line);
}

void run(struct session *session, const char *lines)
{
	char *copy = xstrdup(lines), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			run_line(session, line);
	free(copy);
}

struct session *world(const char *lines)
{
	struct session *session = session_create(false);

	run(session, lines);
	return session;
}

const char *refused(struct session *session, const char *line)
{
	static char said[800];
	struct vf_error error = { 0 };
	struct buf out = { 0 };

	if (try(session, line, &out, &error)) {
		print_error("not refused: %s\n", line);
		fail();
	}
	buf_deinit(&out);
	snprintf(said, sizeof(said), "%s\n%s", error.message, error.hint);
	return said;
}

void says(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("'%s' is not in '%s'", part, text);
}

const char *last_sentence(const struct session *session)
{
	static char *sentence;
	const struct machine *m = left(session);
	struct buf out = {0};

	assert_true(m->event_count);
	explain_event(m, machine_event(m, m->event_count - 1), &out);
	free(sentence);
	sentence = buf_take(&out);
	return sentence;
}

const char *said(struct session *session, const char *line)
{
	static char *text;
	struct buf out = { 0 };
	struct vf_error error = { 0 };

	free(text);
	text = NULL;
	if (!try(session, line, &out, &error)) {
		print_error("refused: %s: %s\n", line, error.message);
		fail();
	}
	text = xstrdup(buf_str(&out));
	buf_deinit(&out);
	return text;
}

struct machine *left(const struct session *session)
{
	return session_machine(session, LEFT);
}

struct machine *right(const struct session *session)
{
	return session_machine(session, RIGHT);
}

const char *pte_text(struct pte pte)
{
	static char texts[4][160];
	static unsigned next;
	char *text = texts[next++ % 4];

	strcpy(text, pte_state_names[pte.state]);
	for (size_t i = 0; i < PTE_ATTRS; i++) {
		if (!(pte.attrs & 1u << i))
			continue;
		strcat(text, ",");
		strcat(text, pte_attr_names[i]);
	}
	return text;
}

static const char *entry(const struct machine *m, const struct mm *mm, const char *name,
			 uint64_t page)
{
	const struct name *of = machine_name(m, name);
	uint64_t address = of ? mm_stretch(mm, of).start + page_address(mm, page) : 0, last;

	return mm_vma_at(mm, address) ? pte_text(runs_at(&mm->pages, address_page(mm, address), &last))
				      : "absent";
}

const char *child_pte(const struct session *session, const char *name, uint64_t page)
{
	return entry(left(session), left(session)->child, name, page);
}

const char *parent_pte(const struct session *session, const char *name, uint64_t page)
{
	return entry(left(session), left(session)->parent, name, page);
}

static void dump_ranges(struct buf *out, const struct rangeset *set)
{
	struct range part;

	for_each_range(set, part)
		buf_printf(out, " %" PRIx64 "-%" PRIx64, part.first, part.last);
	buf_putc(out, '\n');
}

static void dump_vma(struct buf *out, const struct vm_area *vma)
{
	buf_printf(out, "  %s %" PRIx64 "-%" PRIx64 " %s flags %" PRIx64 " anon_vma %u%s uffd %s %" PRIx32 "\n",
		   vma_name(vma), vma->start, vma->end, backing_names[vma->backing], vma->flags,
		   vma->anon_vma, vma->anon_vma_cloned ? " cloned" : "",
		   vma->uffd ? vma->uffd->name : "-", vma->uffd ? vma->uffd->features : 0);
	for (uint64_t page = 0, last; page < vma_pages(vma); page = last + 1) {
		struct pte pte = vma_entry(vma, page, &last);

		buf_printf(out, "    %" PRIu64 " %s frame %" PRIx64 "\n", page, pte_text(pte), pte.frame);
	}
}

/* What addresses are called, and by how much their pages were moved. */
static void dump_spans(struct buf *out, const struct mm *mm)
{
	struct span_place place;

	for (const struct span *s = spans_find(&mm->names, 0, &place); s; s = spans_next(&mm->names, &place)) {
		const struct name *name = s->value;

		buf_printf(out, "  name %s %" PRIx64 "-%" PRIx64 " of %" PRIx64 "-%" PRIx64 "\n", name->text,
			   s->start, s->end, mm_stretch(mm, name).start, mm_stretch(mm, name).end);
	}
	for (const struct span *s = spans_find(&mm->moved, 0, &place); s; s = spans_next(&mm->moved, &place))
		buf_printf(out, "  moved %" PRIx64 "-%" PRIx64 " by %" PRIxPTR "\n", s->start, s->end,
			   (uintptr_t)s->value);
}

static void dump_mm(struct buf *out, const struct machine *m, const struct mm *mm)
{
	buf_printf(out, " mm %u%s%s%s%s last touch %d\n", mm->number, mm == m->parent ? " parent" : "",
		   mm == m->child ? " child" : "", mm->dead ? " dead" : "",
		   mm->has_pinned ? " has pinned" : "", mm->last_touch);
	for_each_vma(mm, vma)
		dump_vma(out, vma);
	dump_spans(out, mm);
	for (size_t i = 0; i < TABLE_LEVELS; i++) {
		buf_printf(out, "  %s", table_level_names[i]);
		dump_ranges(out, &mm->tables[i]);
	}
}

char *machine_dump(const struct machine *m)
{
	struct buf out = { 0 };

	buf_printf(&out, "kernel %s check %d\n", m->kernel->name, kernel_checks(m->kernel));
	for (size_t i = 0; i < m->mm_count; i++)
		dump_mm(&out, m, m->mms[i]);
	buf_printf(&out, " cost %" PRIu64 " entries %" PRIu64 " copied %" PRIu64 " faults %" PRIu64 " cow",
		   m->cost.entries, m->cost.copied, m->cost.faults, m->cost.cow_copies);
	for (size_t i = 0; i < TABLE_LEVELS; i++)
		buf_printf(&out, " %" PRIu64, m->cost.tables[i]);
	buf_putc(&out, '\n');
	return buf_take(&out);
}

char *session_dump(const struct session *session)
{
	char *a = machine_dump(left(session)), *b = machine_dump(right(session));
	struct buf out = { 0 };

	buf_printf(&out, "left\n%sright\n%s", a, b);
	free(a);
	free(b);
	return buf_take(&out);
}
