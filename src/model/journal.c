/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The journal: what each change does, and its reverse. */
#include <assert.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "model/copy_private.h"
#include "model/journal_private.h"

enum record_kind {
	RECORD_PTE,
	RECORD_FLAGS,
	RECORD_ANON_VMA,
	RECORD_UFFD,
	RECORD_POLICY,
	RECORD_ADD_VMA,
	RECORD_REMOVE_VMA,
	RECORD_NAMES,
	RECORD_STRETCH,
	RECORD_MOVED,
	RECORD_ADD_TABLES,
	RECORD_REMOVE_TABLES,
	RECORD_PROCESSES,
	RECORD_DEAD,
	RECORD_LAST_TOUCH,
	RECORD_UNBORN,
	RECORD_CONTEXT,
};

/* --- what a record does, and its reverse ----------------------------------- */

static void insert_vma(struct mm *mm, struct vm_area *vma)
{
	spans_insert(&mm->vmas, (struct span){vma->start, vma->end, vma});
}

static void delete_vma(struct mm *mm, struct vm_area *vma)
{
	assert(mm_vma_at(mm, vma->start) == vma);
	spans_remove(&mm->vmas, vma->start);
}

/* They have one value now, or none; and will have the other. */
static void respan(struct spans *spans, uint64_t start, uint64_t end, const void *from,
		   const void *to)
{
	struct span_place place;
	const struct span *span;

	if (from) {
		struct span old;

		span = spans_find(spans, start, &place);
		assert(span && span->start <= start && end <= span->end && span->value == from);
		old = *span;
		spans_remove(spans, old.start);
		if (old.start < start)
			spans_insert(spans, (struct span){old.start, start, old.value});
		if (end < old.end)
			spans_insert(spans, (struct span){end, old.end, old.value});
	}
	if (!to)
		return;
	/* Maximal stretches: so that going back is exact. */
	span = spans_find(spans, end, &place);
	if (span && span->start == end && span->value == to) {
		end = span->end;
		spans_remove(spans, span->start);
	}
	spans_find(spans, start, &place);
	span = spans_before(spans, &place);
	if (span && span->end == start && span->value == to) {
		start = span->start;
		spans_remove(spans, start);
	}
	spans_insert(spans, (struct span){start, end, (void *)(uintptr_t)to});
}

static void set_stretch(struct mm *mm, const struct name *name, struct stretch stretch)
{
	if (name->id >= mm->stretch_count) {
		size_t count = name->id + name->id / 2 + 4;

		mm->stretches = xrealloc(mm->stretches, count, sizeof(*mm->stretches));
		memset(mm->stretches + mm->stretch_count, 0,
		       (count - mm->stretch_count) * sizeof(*mm->stretches));
		mm->stretch_count = count;
	}
	mm->stretches[name->id] = stretch;
}

#ifdef VMAFORK_CHECK
/* Are the pages up to `last` what the record is about to change? */
static void expect_entries(const struct machine *m, const struct journal_record *r, bool forward,
			   uint64_t last)
{
	struct pte pte = forward ? r->pte.old : r->pte.now;
	uint64_t end;

	/* What is not recorded may change unlike entries at once. */
	for (uint64_t page = r->pte.first; m->recording && page <= last; page = end + 1) {
		struct pte here = runs_at(&r->mm->pages, page, &end);

		assert(pte_equal(here, pte_advance(pte, page - r->pte.first)));
	}
}
#else
static void expect_entries(const struct machine *m, const struct journal_record *r, bool forward,
			   uint64_t last)
{
	(void)m;
	(void)r;
	(void)forward;
	(void)last;
}
#endif

/* The value after it; the machine has to have the one before it, so that time is exact. */
static uint64_t turn(const struct journal_record *r, bool forward, uint64_t value)
{
	assert(value == (forward ? r->value.old : r->value.now));
	return forward ? r->value.now : r->value.old;
}

static uint64_t anon_vma_value(unsigned anon_vma, bool cloned)
{
	return (uint64_t)anon_vma << 1 | cloned;
}

void journal_effects(const struct journal_record *r, struct event_effects *effects)
{
	if (r->kind == RECORD_ADD_TABLES)
		effects->table = true;
	if (r->kind == RECORD_PTE && r->pte.now.state == r->pte.old.state &&
	    r->pte.old.attrs & ~r->pte.now.attrs & PTE_WRITE)
		effects->unwrites = true;
}

bool journal_vma(const struct journal_record *r, struct vma_change *change)
{
	*change = (struct vma_change){r->vma, r->kind == RECORD_ADD_VMA};
	return r->kind == RECORD_ADD_VMA || r->kind == RECORD_REMOVE_VMA;
}

void journal_play(struct machine *m, const struct journal_record *r, bool forward,
		  uint64_t pages)
{
	uint64_t last;

	switch ((enum record_kind)r->kind) {
	case RECORD_PTE:
		last = r->pte.last;
		if (pages && last - r->pte.first >= pages)
			last = r->pte.first + pages - 1;
		expect_entries(m, r, forward, last);
		runs_set(&r->mm->pages, r->pte.first, last,
			 forward ? r->pte.now : r->pte.old);
		break;
	case RECORD_FLAGS:
		r->vma->flags = turn(r, forward, r->vma->flags);
		break;
	case RECORD_ANON_VMA:
		last = turn(r, forward, anon_vma_value(r->vma->anon_vma, r->vma->anon_vma_cloned));
		r->vma->anon_vma = (unsigned)(last >> 1);
		r->vma->anon_vma_cloned = last & 1;
		break;
	case RECORD_UFFD:
		assert(r->vma->uffd == (forward ? r->uffd.old : r->uffd.now));
		r->vma->uffd = forward ? r->uffd.now : r->uffd.old;
		break;
	case RECORD_POLICY:
		r->vma->policy = (unsigned)turn(r, forward, r->vma->policy);
		break;
	case RECORD_ADD_VMA:
	case RECORD_REMOVE_VMA:
		if ((r->kind == RECORD_ADD_VMA) == forward)
			insert_vma(r->mm, r->vma);
		else
			delete_vma(r->mm, r->vma);
		break;
	case RECORD_NAMES:
		respan(&r->mm->names, r->names.start, r->names.end,
		       forward ? r->names.old : r->names.now,
		       forward ? r->names.now : r->names.old);
		break;
	case RECORD_MOVED:
		respan(&r->mm->moved, r->moved.first, r->moved.last + 1,
		       forward ? r->moved.old : r->moved.now,
		       forward ? r->moved.now : r->moved.old);
		break;
	case RECORD_STRETCH:
		set_stretch(r->mm, r->stretch.name, forward ? r->stretch.now : r->stretch.old);
		break;
	case RECORD_ADD_TABLES:
	case RECORD_REMOVE_TABLES:
		if ((r->kind == RECORD_ADD_TABLES) == forward)
			rangeset_add(&r->mm->tables[r->level], r->tables.first, r->tables.last);
		else
			rangeset_remove(&r->mm->tables[r->level], r->tables.first, r->tables.last);
		break;
	case RECORD_PROCESSES:
		assert(m->parent == (forward ? r->processes.old_parent : r->processes.parent));
		assert(m->child == (forward ? r->processes.old_child : r->processes.child));
		m->parent = forward ? r->processes.parent : r->processes.old_parent;
		m->child = forward ? r->processes.child : r->processes.old_child;
		m->borrow = forward ? r->processes.borrow : r->processes.old_borrow;
		break;
	case RECORD_DEAD:
		r->mm->dead = turn(r, forward, r->mm->dead);
		break;
	case RECORD_LAST_TOUCH:
		r->mm->last_touch = (enum touch_result)turn(r, forward, r->mm->last_touch);
		break;
	case RECORD_UNBORN:
		m->unborn = forward ? r->unborn.now : r->unborn.old;
		break;
	case RECORD_CONTEXT:
		r->context.ctx->closed = forward ? r->context.closed : r->context.old_closed;
		r->context.ctx->unread = forward ? r->context.unread : r->context.old_unread;
		break;
	}
}

void journal_play_entry(struct machine *m, const struct event *e, bool forward, uint64_t pages)
{
	const struct journal_record parent = {
		.kind = RECORD_PTE,
		.mm = e->src->mm,
		.pte = {e->first, e->first + e->count - 1, e->before, e->after},
	};
	const struct journal_record child = {
		.kind = RECORD_PTE,
		.mm = e->dst->mm,
		.pte = {e->first, e->first + e->count - 1, {0}, e->child},
	};

	if (!pte_equal(e->before, e->after))
		journal_play(m, &parent, forward, pages);
	if (e->child.state != PTE_NONE)
		journal_play(m, &child, forward, pages);
}

void journal_play_copy(struct machine *m, const struct event *e, unsigned anon_vma, bool forward,
		       uint64_t pages)
{
	struct journal_record r = {.vma = e->dst};

	switch ((enum event_kind)e->kind) {
	case EVENT_DUP:
		r.kind = RECORD_ADD_VMA;
		r.mm = e->dst->mm;
		break;
	case EVENT_ANON_VMA:
		r.kind = RECORD_ANON_VMA;
		r.value.now = anon_vma_value(anon_vma, true);
		break;
	case EVENT_TABLE:
		r.kind = RECORD_ADD_TABLES;
		r.level = e->level;
		r.mm = e->dst->mm;
		r.tables.first = e->first;
		r.tables.last = e->first + e->count - 1;
		break;
	case EVENT_ENTRY:
		journal_play_entry(m, e, forward, pages);
		return;
	default:
		return;
	}
	journal_play(m, &r, forward, 0);
}

/* --- copies of the machine ------------------------------------------------------ */

static void copy_record(const struct copying *c, struct journal_record *r)
{
	r->vma = copied_vma(c, r->vma);
	r->mm = copied_mm(c, r->mm);
	switch ((enum record_kind)r->kind) { /* without a default: each kind has to be thought of */
	case RECORD_UFFD:
		r->uffd.old = copied_context(c, r->uffd.old);
		r->uffd.now = copied_context(c, r->uffd.now);
		break;
	case RECORD_PROCESSES:
		r->processes.old_parent = copied_mm(c, r->processes.old_parent);
		r->processes.old_child = copied_mm(c, r->processes.old_child);
		r->processes.parent = copied_mm(c, r->processes.parent);
		r->processes.child = copied_mm(c, r->processes.child);
		break;
	case RECORD_UNBORN:
		r->unborn.old = copied_mm(c, r->unborn.old);
		r->unborn.now = copied_mm(c, r->unborn.now);
		break;
	case RECORD_CONTEXT:
		r->context.ctx = copied_context(c, r->context.ctx);
		break;
	case RECORD_PTE:
	case RECORD_FLAGS:
	case RECORD_ANON_VMA:
	case RECORD_POLICY:
	case RECORD_ADD_VMA:
	case RECORD_REMOVE_VMA:
	case RECORD_NAMES: /* names are shared */
	case RECORD_STRETCH:
	case RECORD_MOVED: /* distances */
	case RECORD_ADD_TABLES:
	case RECORD_REMOVE_TABLES:
	case RECORD_DEAD:
	case RECORD_LAST_TOUCH:
		break; /* the VMA and the mm are all that they point to */
	}
}

void journal_copy(const struct copying *c)
{
	struct machine *to = c->to;

	segments_copy(&to->journal, &c->from->journal, sizeof(struct journal_record));
	for (size_t i = 0; i < to->journal.n; i++)
		copy_record(c, journal_number(to, i));
}

/* --- recording -------------------------------------------------------------------- */

static void change(struct machine *m, const struct journal_record *record)
{
	journal_play(m, record, true, 0);
	machine_work(m, 8); /* against 1 for looking */
	if (!m->recording || !machine_take(m, sizeof(*record) * 9 / 8))
		return;
	assert(event_takes_changes(m));
	*(struct journal_record *)segments_add(&m->journal, sizeof(*record)) = *record;
}

/* --- changes ----------------------------------------------------------------- */

/* Counts the copy of a table that others hold, which a change of the page will need. */
static void take_copy(struct machine *m, const struct mm *mm, uint64_t page)
{
	uint64_t last;
	struct entries entries = runs_table(&mm->pages, page_table(mm, page), &last);

	if (m->recording && entries.table)
		machine_take(m, pte_table_shared_bytes(entries.table));
}

void change_pte(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		struct pte pte)
{
	while (first <= last) {
		uint64_t end;
		struct pte old = runs_at(&mm->pages, first, &end);

		if (!m->recording || end > last)
			end = last;
		if (!pte_equal(old, pte) || !m->recording) {
			take_copy(m, mm, first);
			if (page_table(mm, end) != page_table(mm, first))
				take_copy(m, mm, end);
			change(m, &(struct journal_record){
					  .kind = RECORD_PTE,
					  .mm = mm,
					  .pte = {first, end, old, pte},
				  });
		}
		pte = pte_advance(pte, end - first + 1);
		first = end + 1;
	}
}

void change_entry(struct machine *m, const struct event *e)
{
	uint64_t last = e->first + e->count - 1;

	take_copy(m, e->src->mm, e->first);
	if (page_table(e->src->mm, last) != page_table(e->src->mm, e->first))
		take_copy(m, e->src->mm, last);
	journal_play_entry(m, e, true, 0);
	machine_work(m, 16); /* as two other changes */
}

void change_flags(struct machine *m, struct vm_area *vma, uint64_t flags)
{
	if (vma->flags != flags)
		change(m, &(struct journal_record){
				  .kind = RECORD_FLAGS,
				  .vma = vma,
				  .value = {vma->flags, flags},
			  });
}

void change_anon_vma(struct machine *m, struct vm_area *vma, unsigned anon_vma,
		     bool cloned)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_ANON_VMA,
			  .vma = vma,
			  .value = {anon_vma_value(vma->anon_vma, vma->anon_vma_cloned),
				    anon_vma_value(anon_vma, cloned)},
		  });
}

void change_uffd(struct machine *m, struct vm_area *vma, struct uffd_ctx *ctx)
{
	if (vma->uffd != ctx)
		change(m, &(struct journal_record){
				  .kind = RECORD_UFFD,
				  .vma = vma,
				  .uffd = {vma->uffd, ctx},
			  });
}

void change_policy(struct machine *m, struct vm_area *vma, unsigned policy)
{
	if (vma->policy != policy)
		change(m, &(struct journal_record){
				  .kind = RECORD_POLICY,
				  .vma = vma,
				  .value = {vma->policy, policy},
			  });
}

void change_add_vma(struct machine *m, struct mm *mm, struct vm_area *vma)
{
	vma->mm = mm;
	change(m, &(struct journal_record){.kind = RECORD_ADD_VMA, .vma = vma, .mm = mm});
}

void change_remove_vma(struct machine *m, struct vm_area *vma)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_REMOVE_VMA, .vma = vma, .mm = vma->mm});
}

void change_names(struct machine *m, struct mm *mm, uint64_t start, uint64_t end,
		  const struct name *name)
{
	uint64_t stop;

	for (; start < end; start = stop) {
		const struct name *old = mm_name_at(mm, start, &stop);

		if (stop > end)
			stop = end;
		if (old != name)
			change(m, &(struct journal_record){
					  .kind = RECORD_NAMES,
					  .mm = mm,
					  .names = {start, stop, old, name},
				  });
	}
}

void change_stretch(struct machine *m, struct mm *mm, const struct name *name,
		    struct stretch stretch)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_STRETCH,
			  .mm = mm,
			  .stretch = {name, mm_stretch(mm, name), stretch},
		  });
}

void change_moved(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		  uint64_t distance)
{
	uint64_t stop;

	for (; first <= last; first = stop + 1) {
		uint64_t old = first - mm_home(mm, first, &stop);

		stop = min(stop, last);
		if (old != distance)
			change(m, &(struct journal_record){
					  .kind = RECORD_MOVED,
					  .mm = mm,
					  .moved = {first, stop, (void *)(uintptr_t)old,
						    (void *)(uintptr_t)distance},
				  });
	}
}

static void change_tables(struct machine *m, struct mm *mm, enum table_level level,
			  uint64_t first, uint64_t last, bool add)
{
	struct range part;

	while (first <= last && rangeset_next(&mm->tables[level], first, last, !add, &part)) {
		change(m, &(struct journal_record){
				  .kind = add ? RECORD_ADD_TABLES : RECORD_REMOVE_TABLES,
				  .level = (uint8_t)level,
				  .mm = mm,
				  .tables = {part.first, part.last},
			  });
		first = part.last + 1;
	}
}

void change_add_tables(struct machine *m, struct mm *mm, enum table_level level,
		       uint64_t first, uint64_t last)
{
	change_tables(m, mm, level, first, last, true);
}

void change_remove_tables(struct machine *m, struct mm *mm, enum table_level level,
			  uint64_t first, uint64_t last)
{
	change_tables(m, mm, level, first, last, false);
}

void change_processes(struct machine *m, struct mm *parent, struct mm *child, enum borrow borrow)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_PROCESSES,
			  .processes = {m->parent, m->child, parent, child, m->borrow, borrow},
		  });
}

void change_unborn(struct machine *m, struct mm *unborn)
{
	change(m, &(struct journal_record){.kind = RECORD_UNBORN, .unborn = {m->unborn, unborn}});
}

void change_context(struct machine *m, struct uffd_ctx *ctx, bool closed, bool unread)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_CONTEXT,
			  .context = {ctx, ctx->closed, ctx->unread, closed, unread},
		  });
}

void change_dead(struct machine *m, struct mm *mm, bool dead)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_DEAD, .mm = mm, .value = {mm->dead, dead}});
}

void change_last_touch(struct machine *m, struct mm *mm, enum touch_result result)
{
	change(m, &(struct journal_record){
			  .kind = RECORD_LAST_TOUCH,
			  .mm = mm,
			  .value = {mm->last_touch, result},
		  });
}
