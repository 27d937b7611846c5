/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/pages.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"

#define CHUNK 128 /* items */

void runs_init(struct runs *runs, uint64_t pages, unsigned table_bits)
{
	*runs = (struct runs){.chunks = 1, .cap = 1, .count = 1, .pages = pages,
			      .table_bits = table_bits};
	runs->looked = xcalloc(1, sizeof(*runs->looked));
	runs->chunk = xcalloc(1, sizeof(*runs->chunk));
	runs->chunk[0] = (struct runs_chunk){.n = 1, .cap = 1};
	runs->chunk[0].v = xcalloc(1, sizeof(struct runs_item));
}

static void put_items(struct runs_chunk *chunk, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		entries_put(chunk->v[i].entries);
}

void runs_deinit(struct runs *runs)
{
	for (size_t c = 0; c < runs->chunks; c++) {
		put_items(&runs->chunk[c], 0, runs->chunk[c].n);
		free(runs->chunk[c].v);
	}
	free(runs->chunk);
	free(runs->looked);
	*runs = (struct runs){0};
}

void runs_copy(struct runs *to, const struct runs *from)
{
	*to = *from;
	to->cap = from->chunks;
	to->looked = xcalloc(1, sizeof(*to->looked));
	to->chunk = xmalloc(to->cap * sizeof(*to->chunk));
	for (size_t c = 0; c < from->chunks; c++) {
		const struct runs_chunk *chunk = &from->chunk[c];
		struct runs_item *v = xmalloc(chunk->n * sizeof(*v));

		memcpy(v, chunk->v, chunk->n * sizeof(*v));
		for (size_t i = 0; i < chunk->n; i++)
			if (v[i].entries.table)
				v[i].entries = entries_copy(v[i].entries);
		to->chunk[c] = (struct runs_chunk){v, chunk->n, chunk->n};
	}
}

void runs_add_bytes(const struct runs *runs, struct bytes *bytes)
{
	uint64_t own = runs->chunks * sizeof(*runs->chunk) + runs->count * sizeof(struct runs_item);

	bytes->all += own;
	bytes->own += own;
	for (size_t c = 0; c < runs->chunks; c++)
		for (size_t i = 0; i < runs->chunk[c].n; i++)
			entries_add_bytes(runs->chunk[c].v[i].entries, bytes);
}

/* --- items ------------------------------------------------------------------------------ */

static struct runs_item *item_at(const struct runs *runs, struct item_place at)
{
	return &runs->chunk[at.c].v[at.i];
}

/* Is this a place, and the item there the one that holds the table? */
static bool holds(const struct runs *runs, struct item_place at, uint64_t table)
{
	const struct runs_chunk *chunk;

	if (at.c >= runs->chunks)
		return false;
	chunk = &runs->chunk[at.c];
	if (at.i >= chunk->n || chunk->v[at.i].first > table)
		return false;
	if (at.i + 1 < chunk->n)
		return chunk->v[at.i + 1].first > table;
	return at.c + 1 == runs->chunks || chunk[1].v[0].first > table;
}

/* The item that holds this table. */
static struct item_place find(const struct runs *runs, uint64_t table)
{
	struct item_place at = *runs->looked;

	if (holds(runs, at, table))
		return at;
	BISECT(at.c, runs->chunks - 1, runs->chunk[at.c + 1].v[0].first <= table);
	BISECT(at.i, runs->chunk[at.c].n - 1, runs->chunk[at.c].v[at.i + 1].first <= table);
	*runs->looked = at;
	return at;
}

/* The next position; false after the last item. */
static bool advance(const struct runs *runs, struct item_place *at)
{
	if (++at->i < runs->chunk[at->c].n)
		return true;
	at->i = 0;
	return ++at->c < runs->chunks;
}

/* The one before; false at the first item. */
static bool retreat(const struct runs *runs, struct item_place *at)
{
	if (at->i) {
		at->i--;
		return true;
	}
	if (!at->c)
		return false;
	at->i = runs->chunk[--at->c].n - 1;
	return true;
}

/* The first page that the item holds; the first one that it does not. */
static uint64_t item_first(const struct runs *runs, struct item_place at)
{
	return item_at(runs, at)->first << runs->table_bits;
}

static uint64_t item_end(const struct runs *runs, struct item_place at)
{
	return advance(runs, &at) ? item_first(runs, at) : runs->pages;
}

/* The number of tables, the last one perhaps not whole. */
static uint64_t tables_of(const struct runs *runs)
{
	return ((runs->pages - 1) >> runs->table_bits) + 1;
}

static unsigned table_pages(const struct runs *runs)
{
	return 1u << runs->table_bits;
}

static unsigned page_slot(const struct runs *runs, uint64_t page)
{
	return (unsigned)page & (table_pages(runs) - 1);
}

/* --- looking ---------------------------------------------------------------------------- */

/* A page's entry, and the part of its run that is in one item: [first, end). */
struct piece {
	struct pte pte;
	uint64_t first, end;
};

/* Of an item, which may be a table: that run of it. */
static struct piece piece_of(const struct runs *runs, struct item_place at, unsigned run)
{
	const struct runs_item *item = item_at(runs, at);
	uint64_t base = item->first << runs->table_bits;
	const struct pte_table *table = item->entries.table;

	if (!table)
		return (struct piece){item->entries.pte, base, item_end(runs, at)};
	return (struct piece){pte_table_run(table, run), base + table->shape->run[run].first,
			      base + pte_table_end(table, run)};
}

/* Of an item: which run of it holds the page? */
static unsigned run_at(const struct runs *runs, struct item_place at, uint64_t page)
{
	const struct pte_table *table = item_at(runs, at)->entries.table;

	return table ? pte_table_find(table, page_slot(runs, page)) : 0;
}

static struct piece piece_at(const struct runs *runs, struct item_place at, uint64_t page)
{
	struct piece piece = piece_of(runs, at, run_at(runs, at, page));

	piece.pte = pte_advance(piece.pte, page - piece.first);
	return piece;
}

struct pte runs_at(const struct runs *runs, uint64_t page, uint64_t *last)
{
	struct item_place at = find(runs, page >> runs->table_bits);
	struct piece piece = piece_at(runs, at, page), next;
	uint64_t end = piece.end;

	/* It may go on in the next item, and if that is all alike, in the one after it. */
	while (end == item_end(runs, at) && advance(runs, &at)) {
		next = piece_at(runs, at, end);
		if (!pte_equal(pte_advance(piece.pte, end - page), next.pte))
			break;
		end = next.end;
	}
	*last = min(end, runs->pages) - 1;
	return piece.pte;
}

struct pte runs_alike(const struct runs *runs, uint64_t page, uint64_t *last)
{
	struct item_place at = find(runs, page >> runs->table_bits);
	struct piece piece = piece_at(runs, at, page), next = piece;
	uint64_t end;

	do {
		end = next.end;
		if (end >= runs->pages || (end == item_end(runs, at) && !advance(runs, &at)))
			break;
		next = piece_at(runs, at, end);
	} while (next.pte.state == piece.pte.state && next.pte.attrs == piece.pte.attrs);
	*last = min(end, runs->pages) - 1;
	return piece.pte;
}

/* Tables that are alike agree as a whole; it is asked once a table, where that begins. */
bool runs_agree(const struct runs *a, const struct runs *b, uint64_t page, uint64_t *last)
{
	struct item_place at[2] = {find(a, page >> a->table_bits), find(b, page >> b->table_bits)};
	const struct pte_table *x = item_at(a, at[0])->entries.table, *y = item_at(b, at[1])->entries.table;
	struct piece p, q;

	assert(a->table_bits == b->table_bits);
	if (x && y && !page_slot(a, page) && pte_tables_alike(x, y)) {
		*last = min(*last, page + x->shape->pages - 1);
		return true;
	}
	p = piece_at(a, at[0], page);
	q = piece_at(b, at[1], page);
	*last = min(*last, min(p.end, q.end) - 1);
	return p.pte.state == q.pte.state && p.pte.attrs == q.pte.attrs;
}

struct runs_walk runs_walk_from(const struct runs *runs, uint64_t page)
{
	struct item_place at = find(runs, page >> runs->table_bits);

	return (struct runs_walk){runs, at, run_at(runs, at, page), page};
}

/* False after the last one. */
static bool next_run(struct runs_walk *walk)
{
	const struct pte_table *table = item_at(walk->runs, walk->at)->entries.table;

	if (table && ++walk->run < table->shape->n)
		return true;
	walk->run = 0;
	return advance(walk->runs, &walk->at);
}

/* Of a table: the run behind this one that differs from it; their number, if there is none. */
static unsigned unlike_run(const struct pte_table *table, unsigned run)
{
	const struct pte_kind *kind = pte_table_kind(table, run), *next;

	while (++run < table->shape->n) {
		next = pte_table_kind(table, run);
		if (next->state != kind->state || next->attrs != kind->attrs)
			break;
	}
	return run;
}

/* The next one, if it ends within the item. */
static bool walk_within_item(struct runs_walk *walk, struct pte *pte)
{
	const struct runs_item *item = item_at(walk->runs, walk->at);
	const struct pte_table *table = item->entries.table;
	unsigned run = table ? unlike_run(table, walk->run) : 0;
	uint64_t base = item->first << walk->runs->table_bits;

	if (!table || run == table->shape->n)
		return false;
	*pte = pte_advance(pte_table_run(table, walk->run),
			   walk->page - base - table->shape->run[walk->run].first);
	walk->run = run;
	walk->page = base + table->shape->run[run].first;
	return true;
}

/* The next one, which may go on in the items behind this one. */
static struct pte walk_items(struct runs_walk *walk)
{
	struct piece piece = piece_of(walk->runs, walk->at, walk->run), next = piece;
	uint64_t end, page = walk->page;

	do {
		end = next.end;
		if (!next_run(walk))
			break;
		next = piece_of(walk->runs, walk->at, walk->run);
	} while (next.pte.state == piece.pte.state && next.pte.attrs == piece.pte.attrs);
	walk->page = min(end, walk->runs->pages);
	return pte_advance(piece.pte, page - piece.first);
}

struct pte runs_walk_next(struct runs_walk *walk, uint64_t *last)
{
	struct pte pte;

	if (!walk_within_item(walk, &pte))
		pte = walk_items(walk);
	*last = walk->page - 1;
	return pte;
}

uint64_t runs_first(const struct runs *runs, uint64_t page)
{
	struct item_place at = find(runs, page >> runs->table_bits);
	struct piece piece = piece_at(runs, at, page), before;
	uint64_t first = piece.first;

	while (first == item_first(runs, at) && retreat(runs, &at)) {
		before = piece_at(runs, at, first - 1);
		if (!pte_equal(pte_advance(before.pte, page - (first - 1)), piece.pte))
			break;
		first = before.first;
	}
	return first;
}

/* --- changing items --------------------------------------------------------------------- */

static void remove_chunks(struct runs *runs, size_t from, size_t to)
{
	for (size_t c = from; c < to; c++)
		free(runs->chunk[c].v);
	memmove(runs->chunk + from, runs->chunk + to, (runs->chunks - to) * sizeof(*runs->chunk));
	runs->chunks -= to - from;
}

static void erase_in_chunk(struct runs *runs, size_t c, size_t from, size_t to)
{
	struct runs_chunk *chunk = &runs->chunk[c];

	put_items(chunk, from, to);
	memmove(chunk->v + from, chunk->v + to, (chunk->n - to) * sizeof(*chunk->v));
	chunk->n -= to - from;
	runs->count -= to - from;
	if (!chunk->n)
		remove_chunks(runs, c, c + 1);
}

/* Takes out the items from..to, both included. */
static void erase(struct runs *runs, struct item_place from, struct item_place to)
{
	if (from.c == to.c) {
		erase_in_chunk(runs, from.c, from.i, to.i + 1);
		return;
	}
	erase_in_chunk(runs, to.c, 0, to.i + 1);
	for (size_t c = from.c + 1; c < to.c; c++) {
		put_items(&runs->chunk[c], 0, runs->chunk[c].n);
		runs->count -= runs->chunk[c].n;
	}
	remove_chunks(runs, from.c + 1, to.c);
	erase_in_chunk(runs, from.c, from.i, runs->chunk[from.c].n);
}

static void insert_chunk(struct runs *runs, size_t at)
{
	GROW(runs->chunk, runs->chunks, runs->cap);
	memmove(runs->chunk + at + 1, runs->chunk + at, (runs->chunks - at) * sizeof(*runs->chunk));
	runs->chunk[at] = (struct runs_chunk){0};
	runs->chunks++;
}

/* Puts the upper half of a full chunk into one of its own. */
static void split_chunk(struct runs *runs, size_t c)
{
	struct runs_chunk *low, *high;

	insert_chunk(runs, c + 1);
	low = &runs->chunk[c];
	high = &runs->chunk[c + 1];
	high->n = high->cap = low->n - CHUNK / 2;
	high->v = xmalloc(high->n * sizeof(*high->v));
	memcpy(high->v, low->v + CHUNK / 2, high->n * sizeof(*high->v));
	low->n = CHUNK / 2;
}

/* Inserts an item behind `at`, in order. */
static void insert_behind(struct runs *runs, struct item_place at, struct runs_item item)
{
	struct runs_chunk *chunk;

	at.i++;
	/* Items are mostly added in order: the last chunk then stays full. */
	if (at.i == CHUNK && at.c + 1 == runs->chunks) {
		insert_chunk(runs, at.c + 1);
		at = (struct item_place){at.c + 1, 0};
	} else if (runs->chunk[at.c].n == CHUNK) {
		split_chunk(runs, at.c);
		if (at.i > CHUNK / 2)
			at = (struct item_place){at.c + 1, at.i - CHUNK / 2};
	}
	chunk = &runs->chunk[at.c];
	GROW(chunk->v, chunk->n, chunk->cap);
	memmove(chunk->v + at.i + 1, chunk->v + at.i, (chunk->n - at.i) * sizeof(*chunk->v));
	chunk->v[at.i] = item;
	chunk->n++;
	runs->count++;
}

/* Joins the item that begins with this table to the one before it, if they are one. */
static void join(struct runs *runs, uint64_t table)
{
	struct item_place before, at;
	const struct runs_item *a, *b;

	if (!table || table >= tables_of(runs))
		return;
	before = find(runs, table - 1);
	at = find(runs, table);
	a = item_at(runs, before);
	b = item_at(runs, at);
	if (b->first == table && !a->entries.table && !b->entries.table &&
	    pte_equal(pte_advance(a->entries.pte, (b->first - a->first) << runs->table_bits),
		      b->entries.pte))
		erase(runs, at, at);
}

/* Makes an item begin with this table. */
static void cut(struct runs *runs, uint64_t table)
{
	struct item_place at;
	struct runs_item item;

	if (table >= tables_of(runs))
		return;
	at = find(runs, table);
	item = *item_at(runs, at);
	if (item.first == table)
		return;
	item.entries.pte = pte_advance(item.entries.pte, (table - item.first) << runs->table_bits);
	item.first = table;
	insert_behind(runs, at, item);
}

/* Makes first..last one item with these entries, which it holds from now on. */
static void set_tables(struct runs *runs, uint64_t first, uint64_t last, struct entries entries)
{
	struct item_place from, to;
	struct runs_item *item;

	cut(runs, first);
	cut(runs, last + 1);
	from = find(runs, first);
	to = find(runs, last);
	if (from.c != to.c || from.i != to.i) {
		struct item_place next = from;

		advance(runs, &next);
		erase(runs, next, to);
		from = find(runs, first);
	}
	item = item_at(runs, from);
	entries_put(item->entries);
	item->entries = entries;
	if (entries.table)
		return;
	join(runs, last + 1);
	join(runs, first);
}

/* --- changing entries -------------------------------------------------------------------- */

struct entries runs_table(const struct runs *runs, uint64_t table, uint64_t *last)
{
	struct item_place at = find(runs, table);
	const struct runs_item *item = item_at(runs, at);
	struct entries entries = item->entries;

	*last = advance(runs, &at) ? item_at(runs, at)->first - 1 : tables_of(runs) - 1;
	entries.pte = pte_advance(entries.pte, (table - item->first) << runs->table_bits);
	return entries;
}

void runs_put(struct runs *runs, uint64_t table, struct entries entries)
{
	struct runs_item *item = item_at(runs, find(runs, table));

	entries_get(entries);
	if (item->entries.table && entries.table) {
		entries_put(item->entries);
		item->entries = entries;
	} else {
		set_tables(runs, table, table, entries);
	}
}

/* Pages of one table, not all of it. */
static void set_part(struct runs *runs, uint64_t first, uint64_t last, struct pte pte)
{
	uint64_t table = first >> runs->table_bits, same;
	struct runs_item *item = item_at(runs, find(runs, table));
	struct entries now;

	if (item->entries.table) {
		pte_table_set(&item->entries.table, page_slot(runs, first), page_slot(runs, last), pte);
		if (item->entries.table->shape->n > 1)
			return;
		now = pte_table_settle(item->entries.table);
		item->entries = now;
		join(runs, table + 1);
		join(runs, table);
		return;
	}
	now = runs_table(runs, table, &same);
	now.table = pte_table_create(table_pages(runs), now.pte);
	pte_table_set(&now.table, page_slot(runs, first), page_slot(runs, last), pte);
	now = pte_table_settle(now.table);
	if (now.table) /* else nothing has changed */
		set_tables(runs, table, table, now);
}

void runs_set(struct runs *runs, uint64_t first, uint64_t last, struct pte pte)
{
	const unsigned bits = runs->table_bits;
	uint64_t from = first;

	if (first >> bits == last >> bits && (page_slot(runs, first) || page_slot(runs, last + 1))) {
		set_part(runs, first, last, pte);
		return;
	}
	if (page_slot(runs, first)) {
		from = ((first >> bits) + 1) << bits;
		set_part(runs, first, from - 1, pte);
	}
	if (page_slot(runs, last + 1)) {
		uint64_t start = last >> bits << bits;

		set_part(runs, start, last, pte_advance(pte, start - first));
		last = start - 1;
	}
	if (from <= last)
		set_tables(runs, from >> bits, last >> bits,
			   (struct entries){.pte = pte_advance(pte, from - first)});
}

/* --- for tests ---------------------------------------------------------------------------- */

static bool item_is_sound(const struct runs *runs, const struct runs_item *before,
			  const struct runs_item *item)
{
	const struct pte_table *table = item->entries.table;
	uint64_t apart;

	if (before ? item->first <= before->first : item->first)
		return false;
	if (item->first >= tables_of(runs))
		return false;
	if (table)
		return table->shape->pages == table_pages(runs) && table->shape->n > 1 &&
		       pte_table_is_sound(table);
	if (!before)
		return true;
	apart = item->first - before->first;
	/* A table holds one table's entries; neighbours that are one are joined. */
	return before->entries.table ||
	       !pte_equal(pte_advance(before->entries.pte, apart << runs->table_bits),
			  item->entries.pte);
}

bool runs_are_sound(const struct runs *runs)
{
	const struct runs_item *before = NULL;
	size_t count = 0;

	for (size_t c = 0; c < runs->chunks; c++) {
		const struct runs_chunk *chunk = &runs->chunk[c];

		if (!chunk->n || chunk->n > CHUNK || chunk->n > chunk->cap)
			return false;
		count += chunk->n;
		for (size_t i = 0; i < chunk->n; before = &chunk->v[i++]) {
			if (before && before->entries.table && chunk->v[i].first != before->first + 1)
				return false;
			if (!item_is_sound(runs, before, &chunk->v[i]))
				return false;
		}
	}
	return count && count == runs->count;
}
