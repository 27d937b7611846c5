/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/pte_table.h"

#include <assert.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"

/* Frames of one kind lie so near to each other, and are of one sort (frame_kind() and so on). */
#define FRAME_SORT(frame) ((frame) >> 58)

/* The runs of a shape, which as many shapes hold as there are copies of its machine. */
struct shape_runs {
	uint32_t refs;
	struct shape_run v[];
};

static size_t runs_bytes(unsigned runs)
{
	return sizeof(struct shape_runs) + runs * sizeof(struct shape_run);
}

static size_t shape_bytes(unsigned runs)
{
	return sizeof(struct pte_shape) + runs_bytes(runs);
}

static size_t table_bytes(unsigned kinds)
{
	return sizeof(struct pte_table) + kinds * sizeof(struct pte_kind);
}

/* --- holders -------------------------------------------------------------------------- */

static struct shape_runs *runs_of(const struct pte_shape *shape)
{
	return (struct shape_runs *)((char *)shape->run - offsetof(struct shape_runs, v));
}

static struct shape_run *new_runs(unsigned cap)
{
	struct shape_runs *runs = xmalloc(runs_bytes(cap));

	runs->refs = 1;
	return runs->v;
}

static void put_runs(struct shape_runs *runs)
{
	if (!--runs->refs)
		free(runs);
}

static struct pte_shape *new_shape(unsigned pages, unsigned cap)
{
	struct pte_shape *shape = xmalloc(sizeof(*shape));

	*shape = (struct pte_shape){.refs = 1, .cap = (uint16_t)cap, .pages = (uint16_t)pages,
				    .run = new_runs(cap)};
	return shape;
}

static struct pte_table *new_table(struct pte_shape *shape, unsigned cap)
{
	struct pte_table *table = xmalloc(table_bytes(cap));

	*table = (struct pte_table){.refs = 1, .cap = (uint16_t)cap, .shape = shape};
	return table;
}

static void put_shape(struct pte_shape *shape)
{
	if (--shape->refs)
		return;
	put_runs(runs_of(shape));
	free(shape);
}

struct pte_table *pte_table_create(unsigned pages, struct pte pte)
{
	struct pte_shape *shape = new_shape(pages, 4);
	struct pte_table *table = new_table(shape, 2);

	shape->run[shape->n++] = (struct shape_run){0};
	table->kind[table->n++] = (struct pte_kind){.frame = pte.frame, .attrs = pte.attrs,
						    .state = pte.state, .uses = 1,
						    .pages = (uint16_t)pages};
	return table;
}

struct entries entries_get(struct entries entries)
{
	if (entries.table)
		entries.table->refs++;
	return entries;
}

void entries_put(struct entries entries)
{
	if (!entries.table || --entries.table->refs)
		return;
	put_shape(entries.table->shape);
	free(entries.table);
}

struct entries entries_copy(struct entries entries)
{
	const struct pte_table *from = entries.table;
	struct pte_table *table;

	if (!from || from->refs > 1)
		return entries_get(entries);
	/* Tables share shapes within fork's record only. */
	assert(from->shape->refs == 1);
	table = new_table(xmalloc(sizeof(*table->shape)), from->cap);
	table->n = from->n;
	memcpy(table->kind, from->kind, from->n * sizeof(*from->kind));
	*table->shape = *from->shape;
	runs_of(table->shape)->refs++;
	return (struct entries){.table = table};
}

/* --- looking -------------------------------------------------------------------------- */

unsigned pte_table_find(const struct pte_table *table, unsigned page)
{
	const struct shape_run *run = table->shape->run;
	size_t at = table->shape->n - 1u;

	if (run[at].first > page) /* tables often grow at the end */
		BISECT(at, table->shape->n - 1u, run[at + 1].first <= page);
	return (unsigned)at;
}

static struct pte entry_of(const struct pte_table *table, unsigned page)
{
	unsigned run = pte_table_find(table, page);

	return pte_advance(pte_table_run(table, run), page - table->shape->run[run].first);
}

/* --- changing ------------------------------------------------------------------------- */

static bool fits_kind(const struct pte_kind *kind, struct pte pte)
{
	uint64_t far = pte.frame - kind->frame + (UINT64_C(1) << 31);

	if (kind->state != pte.state || kind->attrs != pte.attrs || !kind->frame != !pte.frame)
		return false;
	return FRAME_SORT(kind->frame) == FRAME_SORT(pte.frame) && far <= UINT32_MAX;
}

/* The kind of an entry, which is added if need be. */
static unsigned kind_of(struct pte_table **table, struct pte pte)
{
	struct pte_table *t = *table;
	unsigned free_place = t->n;

	for (unsigned i = 0; i < t->n; i++) {
		if (!t->kind[i].uses)
			free_place = i;
		else if (fits_kind(&t->kind[i], pte))
			return i;
	}
	if (free_place == t->cap) {
		t->cap = (uint16_t)(t->cap * 2);
		*table = t = xrealloc(t, 1, table_bytes(t->cap));
	}
	if (free_place == t->n)
		t->n++;
	t->kind[free_place] = (struct pte_kind){.frame = pte.frame, .attrs = pte.attrs,
						.state = pte.state, .low = UINT16_MAX};
	return free_place;
}

static struct shape_run new_run(struct pte_table **table, unsigned first, struct pte pte)
{
	unsigned i = kind_of(table, pte);
	struct pte_kind *kind = &(*table)->kind[i];

	kind->uses++;
	kind->low = min(kind->low, (uint16_t)first);
	kind->high = max(kind->high, (uint16_t)first);
	return (struct shape_run){(uint16_t)first, (uint16_t)i,
				  (uint32_t)(pte.frame - kind->frame)};
}

/* Counts the pages of the runs from..to - 1, or takes them back. */
static void count_pages(struct pte_table *table, unsigned from, unsigned to, bool add)
{
	for (unsigned i = from; i < to; i++) {
		struct pte_kind *kind = &table->kind[table->shape->run[i].kind];
		unsigned pages = pte_table_end(table, i) - table->shape->run[i].first;

		kind->pages = (uint16_t)(add ? kind->pages + pages : kind->pages - pages);
	}
}

/* Makes the runs of a shape its own, with room for `cap` of them. */
static void own_runs(struct pte_shape *shape, unsigned cap)
{
	struct shape_runs *runs = runs_of(shape);

	if (runs->refs > 1) {
		shape->run = new_runs(cap);
		memcpy(shape->run, runs->v, shape->n * sizeof(*shape->run));
		put_runs(runs);
	} else if (cap > shape->cap) {
		runs = xrealloc(runs, 1, runs_bytes(cap));
		shape->run = runs->v;
	}
	shape->cap = (uint16_t)cap;
}

/* Makes *table one that nobody else holds, with room for so many runs. */
static void own(struct pte_table **table, unsigned runs)
{
	struct pte_table *t = *table;
	struct pte_shape *shape = t->shape;
	unsigned cap = shape->cap;

	if (t->refs > 1) {
		t = new_table(shape, t->n < 2 ? 2 : t->n);
		t->n = (*table)->n;
		memcpy(t->kind, (*table)->kind, t->n * sizeof(*t->kind));
		shape->refs++;
		(*table)->refs--;
		*table = t;
	}
	while (cap < runs)
		cap = cap * 2 < shape->pages ? cap * 2 : shape->pages;
	if (shape->refs > 1) {
		t->shape = new_shape(shape->pages, cap);
		t->shape->n = shape->n;
		memcpy(t->shape->run, shape->run, shape->n * sizeof(*shape->run));
		put_shape(shape);
	} else {
		own_runs(shape, cap);
	}
}

/* The first run that begins at or behind the page. */
static unsigned begins_from(const struct pte_table *table, unsigned page)
{
	unsigned run = pte_table_find(table, page);

	return table->shape->run[run].first < page ? run + 1 : run;
}

void pte_table_set(struct pte_table **table, unsigned first, unsigned last, struct pte pte)
{
	struct pte_table *t = *table;
	unsigned next = last + 1, lo = begins_from(t, first), n = 0, hi;
	struct pte after = {0};
	struct shape_run with[2], *run;
	bool begins, ends; /* is there a run that begins at first; at next? */

	begins = !first || !pte_equal(pte_advance(entry_of(t, first - 1), 1), pte);
	ends = next < t->shape->pages;
	if (ends) {
		after = entry_of(t, next);
		ends = !pte_equal(pte_advance(pte, next - first), after);
	}
	hi = next < t->shape->pages ? begins_from(t, next + 1) : t->shape->n;
	own(table, t->shape->n - (hi - lo) + begins + ends);
	t = *table;
	count_pages(t, lo ? lo - 1 : 0, hi, false);
	for (unsigned i = lo; i < hi; i++)
		t->kind[t->shape->run[i].kind].uses--;
	if (begins)
		with[n++] = new_run(table, first, pte);
	if (ends)
		with[n++] = new_run(table, next, after);
	t = *table;
	run = t->shape->run;
	memmove(run + lo + n, run + hi, (t->shape->n - hi) * sizeof(*run));
	memcpy(run + lo, with, n * sizeof(*run));
	t->shape->n = (uint16_t)(t->shape->n - (hi - lo) + n);
	count_pages(t, lo ? lo - 1 : 0, lo + n, true);
}

struct entries pte_table_settle(struct pte_table *table)
{
	struct entries entries = {.table = table};

	if (table->shape->n > 1)
		return entries;
	entries.pte = pte_table_run(table, 0);
	entries_put((struct entries){.table = table});
	entries.table = NULL;
	return entries;
}

/* --- making one in order ---------------------------------------------------------------- */

struct pte_table *pte_table_begin(unsigned pages, unsigned runs)
{
	return new_table(new_shape(pages, runs), 4);
}

void pte_table_append(struct pte_table **table, unsigned first, struct pte pte)
{
	struct pte_shape *shape = (*table)->shape;
	struct shape_run run;

	if (shape->n) {
		unsigned pages = first - shape->run[shape->n - 1].first;

		if (pte_equal(pte_advance(pte_table_run(*table, shape->n - 1u), pages), pte))
			return;
		if (shape->n == shape->cap)
			own_runs(shape, min(2u * shape->cap, shape->pages));
	}
	run = new_run(table, first, pte);
	shape->run[shape->n++] = run;
}

struct entries pte_table_finish(struct pte_table *table)
{
	count_pages(table, 0, table->shape->n, true);
	return pte_table_settle(table);
}

/* --- fork ----------------------------------------------------------------------------- */

/* Up to so many kinds are looked at in pairs; with more, they are counted anew. */
#define FEW_KINDS 24

/* Can a run of one kind go on with one of the other, where it did not before? */
static bool may_join(const struct pte_kind *a, struct pte_change to_a, const struct pte_kind *b,
		     struct pte_change to_b)
{
	bool a_has = a->frame && !to_a.no_frame, b_has = b->frame && !to_b.no_frame;
	bool unlike = a->state != b->state || a->attrs != b->attrs;

	if (to_a.state != to_b.state || to_a.attrs != to_b.attrs || a_has != b_has)
		return false;
	return a_has ? unlike && FRAME_SORT(a->frame) == FRAME_SORT(b->frame)
		     : unlike || a->frame || b->frame;
}

/* Which runs may go on with the one before them. */
struct joins {
	uint32_t with[FEW_KINDS]; /* bit j of with[i]: those of kind j with those of kind i */
	unsigned low, high;	  /* pages between which one of both begins; low > high: none may */
};

/* Of the two kinds, the one whose runs lie nearer to each other says where to look. */
static void add_join(struct joins *joins, const struct pte_table *t, unsigned i, unsigned j)
{
	const struct pte_kind *a = &t->kind[i], *b = &t->kind[j];
	const struct pte_kind *near = a->high - a->low < b->high - b->low ? a : b;

	joins->with[i] |= UINT32_C(1) << j;
	joins->with[j] |= UINT32_C(1) << i;
	joins->low = min(joins->low, near->low);
	joins->high = max(joins->high, near->high);
}

static struct joins find_joins(const struct pte_table *t, const struct pte_change *change)
{
	struct joins joins = {.low = UINT_MAX};

	for (unsigned i = 0; i < t->n; i++)
		for (unsigned j = 0; j <= i; j++)
			if (t->kind[i].uses && t->kind[j].uses &&
			    may_join(&t->kind[i], change[i], &t->kind[j], change[j]))
				add_join(&joins, t, i, j);
	return joins;
}

/* Does the run go on with the entries of the one before it? */
static bool goes_on(const struct pte_table *t, unsigned run)
{
	unsigned pages = t->shape->run[run].first - t->shape->run[run - 1].first;

	return pte_equal(pte_advance(pte_table_run(t, run - 1), pages), pte_table_run(t, run));
}

/* The next run from `run` on that goes on with the one before it; shape->n: none. */
static unsigned next_join(const struct pte_table *t, unsigned run, const struct joins *joins)
{
	const struct shape_run *v = t->shape->run;

	for (; run < t->shape->n && v[run - 1].first <= joins->high; run++)
		if (joins->with[v[run - 1].kind] >> v[run].kind & 1 && goes_on(t, run))
			return run;
	return t->shape->n;
}

/* Leaves out runs that go on with those before them. The others and the kinds stay in place. */
static void join_runs(struct pte_table *t, const struct joins *joins)
{
	const struct pte_shape *from = t->shape;
	struct pte_shape *to;
	unsigned run = 0, join = next_join(t, max(1, pte_table_find(t, joins->low)), joins);

	if (join == from->n)
		return;
	to = new_shape(from->pages, from->n - 1u);
	count_pages(t, 0, from->n, false);
	for (; run < from->n; run = join + 1, join = next_join(t, join + 1, joins)) {
		memcpy(to->run + to->n, from->run + run, (join - run) * sizeof(*to->run));
		to->n = (uint16_t)(to->n + join - run);
		if (join < from->n)
			t->kind[from->run[join].kind].uses--;
	}
	put_shape(t->shape);
	t->shape = to;
	count_pages(t, 0, to->n, true);
}

static bool changes_nothing(const struct pte_table *t, const struct pte_change *change)
{
	for (unsigned i = 0; i < t->n; i++)
		if (t->kind[i].uses &&
		    (t->kind[i].state != change[i].state || t->kind[i].attrs != change[i].attrs ||
		     (change[i].no_frame && t->kind[i].frame)))
			return false;
	return true;
}

/* Run by run. */
static struct entries map_runs(const struct pte_table *t, const struct pte_change *change)
{
	const struct pte_shape *shape = t->shape;
	struct pte_table *to = pte_table_begin(shape->pages, shape->n);

	for (unsigned i = 0; i < shape->n; i++)
		pte_table_append(&to, shape->run[i].first,
				 pte_changed(pte_table_run(t, i), change[shape->run[i].kind]));
	return pte_table_finish(to);
}

struct entries pte_table_map(struct pte_table *t, const struct pte_change *change)
{
	struct pte_table *to;
	struct joins joins;

	if (changes_nothing(t, change))
		return entries_get((struct entries){.table = t});
	if (t->n > FEW_KINDS)
		return map_runs(t, change);
	to = new_table(t->shape, t->n);
	t->shape->refs++;
	to->n = t->n;
	for (unsigned i = 0; i < t->n; i++) {
		to->kind[i] = t->kind[i];
		to->kind[i].attrs = change[i].attrs;
		to->kind[i].state = change[i].state;
		if (change[i].no_frame)
			to->kind[i].frame = 0;
	}
	joins = find_joins(t, change);
	if (joins.low <= joins.high)
		join_runs(to, &joins);
	return pte_table_settle(to);
}

bool pte_tables_alike(const struct pte_table *a, const struct pte_table *b)
{
	if (a == b)
		return true;
	if (a->n != b->n || a->shape->n != b->shape->n || a->shape->pages != b->shape->pages)
		return false;
	for (unsigned i = 0; i < a->n; i++) {
		const struct pte_kind *x = &a->kind[i], *y = &b->kind[i];

		if (x->state != y->state || x->attrs != y->attrs ||
		    FRAME_SORT(x->frame) != FRAME_SORT(y->frame))
			return false;
	}
	return a->shape->run == b->shape->run ||
	       !memcmp(a->shape->run, b->shape->run, a->shape->n * sizeof(*a->shape->run));
}

/* --- memory --------------------------------------------------------------------------- */

uint64_t pte_table_shared_bytes(const struct pte_table *table)
{
	return (table->refs > 1 ? table_bytes(table->n) : 0) +
	       (table->refs > 1 || table->shape->refs > 1 ? shape_bytes(table->shape->cap) : 0);
}

uint64_t entries_bytes(struct entries entries, const struct pte_table *from)
{
	const struct pte_table *table = entries.table;

	if (!table || table == from)
		return 0;
	return table_bytes(table->cap) +
	       (!from || table->shape != from->shape ? shape_bytes(table->shape->cap) : 0);
}

void entries_add_bytes(struct entries entries, struct bytes *bytes)
{
	const struct pte_table *table = entries.table;
	size_t own, runs;

	if (!table || table->refs > 1)
		return;
	own = table_bytes(table->cap) + sizeof(*table->shape);
	runs = runs_bytes(table->shape->cap);
	bytes->all += own + runs;
	bytes->own += own + runs / runs_of(table->shape)->refs;
}

/* --- for tests ------------------------------------------------------------------------ */

static bool shape_is_sound(const struct pte_table *t)
{
	const struct pte_shape *shape = t->shape;

	if (!shape->refs || !shape->n || shape->n > shape->cap || shape->run[0].first)
		return false;
	for (unsigned i = 0; i < shape->n; i++) {
		if (shape->run[i].kind >= t->n || pte_table_end(t, i) <= shape->run[i].first)
			return false;
		if (i && pte_equal(entry_of(t, shape->run[i].first),
				   pte_advance(entry_of(t, shape->run[i].first - 1u), 1)))
			return false;
	}
	return true;
}

bool pte_table_is_sound(const struct pte_table *t)
{
	if (!t->refs || t->n > t->cap || !shape_is_sound(t))
		return false;
	for (unsigned kind = 0; kind < t->n; kind++) {
		unsigned uses = 0, pages = 0;

		for (unsigned i = 0; i < t->shape->n; i++)
			if (t->shape->run[i].kind == kind) {
				if (t->shape->run[i].first < t->kind[kind].low ||
				    t->shape->run[i].first > t->kind[kind].high)
					return false;
				uses++;
				pages += pte_table_end(t, i) - t->shape->run[i].first;
			}
		if (uses != t->kind[kind].uses || pages != t->kind[kind].pages)
			return false;
	}
	return true;
}
