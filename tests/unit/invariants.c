/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What machine_check() promises to find: each promise is broken by hand in a machine
 * that keeps it, and has to be named.
 */
#include "support/check.h"

#include <string.h>

#include "base/alloc.h"
#include "model/check/invariants.h"
#include "support/world.h"

/* --- a machine, and hands ------------------------------------------------------------- */

/* Something of each kind; a and s are in one PTE table, and have been forked. */
#define FORKED                                                                         \
	"vma a anon 4p at 0x1000000000\nvma s shmem 4p at 0x1000004000\n"              \
	"vma t anon 4M at 0x2000000000\nvma h hugetlb private 2M at 0x3000000000\n"    \
	"vma gone anon 1p\nmunmap gone\nmadvise t hugepage\n"                           \
	"touch a\ntouch s\ntouch t\ntouch h\nuffd u\nregister u a wp\nfork\n"

static struct vm_area *vma_of(struct machine *m, const char *name)
{
	return machine_vma(m, m->parent, name);
}

static struct vm_area *child_vma(struct machine *m, const char *name)
{
	return machine_vma(m, m->child, name);
}

static struct pte entry(struct machine *m, const char *name, uint64_t page)
{
	uint64_t last;

	return vma_entry(vma_of(m, name), page, &last);
}

static void put(struct machine *m, const char *name, uint64_t first, uint64_t last, struct pte pte)
{
	const struct vm_area *vma = vma_of(m, name);

	runs_set(&vma->mm->pages, vma_first(vma) + first, vma_first(vma) + last, pte);
}

static void add_attr(struct machine *m, const char *name, uint64_t first, uint64_t last, uint16_t attr)
{
	struct pte pte = entry(m, name, first);

	pte.attrs |= attr;
	put(m, name, first, last, pte);
}

static uint64_t table_of(struct machine *m, const char *name, enum table_level level)
{
	return vma_of(m, name)->start >> table_shift(&m->paging, level);
}

/* --- what is broken -------------------------------------------------------------------- */

static void own_child(struct machine *m) { m->child = m->parent; }
static void own_memory(struct machine *m) { m->borrow = BORROW_VFORK; }
static void no_parent(struct machine *m) { m->parent->number += 100; }
static void no_child(struct machine *m) { m->child->number += 100; }
static struct object *file_of(struct machine *m) { return vma_of(m, "s")->object; }

static struct range *cached(struct machine *m) { return &file_of(m)->cached.chunk[0].ranges.v[0]; }

static void file_ranges(struct machine *m) { cached(m)->first += 1000; }
static void both(struct machine *m)
{
	rangeset_add(&file_of(m)->swapped, cached(m)->first, cached(m)->first);
}
static void lazyfree(struct machine *m)
{
	rangeset_add(&m->lazyfree, 1, 1);
	m->lazyfree.chunk[0].ranges.v[0].last = 0;
}

static void free_in_swap_cache(struct machine *m)
{
	rangeset_add(&m->lazyfree, 1, 3);
	rangeset_add(&m->swap_cache, 3, 4);
}

static void swap_cache(struct machine *m)
{
	rangeset_add(&m->swap_cache, 1, 1);
	m->swap_cache.chunk[0].ranges.v[0].last = 0;
}
static void other_process(struct machine *m) { vma_of(m, "a")->mm = m->child; }
static void order(struct machine *m)
{
	struct span *spans = m->parent->vmas.chunk[0].v, first = spans[0];

	spans[0] = spans[1];
	spans[1] = first;
}
static void empty(struct machine *m) { vma_of(m, "a")->end = vma_of(m, "a")->start; }
static void odd_size(struct machine *m) { vma_of(m, "h")->end -= page_size(&m->paging); }
static void no_name(struct machine *m) { spans_remove(&m->parent->names, vma_of(m, "s")->start); }
static void old_name(struct machine *m)
{
	m->parent->stretches[machine_name(m, "a")->id].end -= page_size(&m->paging);
}
static void other_uffd(struct machine *m) { m->contexts->mm = m->child; }
static void new_anon_vma(struct machine *m) { vma_of(m, "a")->anon_vma = m->next_anon_vma + 1; }
static void no_chain(struct machine *m)
{
	vma_of(m, "s")->anon_vma = 0;
	vma_of(m, "s")->anon_vma_cloned = true;
}
static void hugetlb_flag(struct machine *m) { vma_of(m, "a")->flags |= VM_HUGETLB; }
static void shared_flag(struct machine *m) { vma_of(m, "a")->flags |= VM_MAYSHARE; }
static void anon_shared(struct machine *m) { vma_of(m, "a")->flags |= VM_SHARED; }
static void no_file(struct machine *m) { vma_of(m, "s")->object = NULL; }
static void run_count(struct machine *m) { m->parent->pages.count++; }
static void run_order(struct machine *m) { m->parent->pages.chunk[0].v[0].first = 1; }
static void split_run(struct machine *m)
{
	const struct vm_area *vma = vma_of(m, "a");
	struct pte_table *table;
	uint64_t last;
	unsigned i = 0;

	add_attr(m, "a", 2, 2, PTE_SPECIAL);
	table = runs_table(&m->parent->pages, page_table(m->parent, vma_first(vma)), &last).table;
	while (!(table->kind[i].attrs & PTE_SPECIAL))
		i++;
	table->kind[i].attrs &= ~PTE_SPECIAL;
}
static void unmapped_page(struct machine *m)
{
	const struct vm_area *vma = vma_of(m, "a");

	runs_set(&m->parent->pages, vma_first(vma) - 1, vma_first(vma) - 1, entry(m, "a", 0));
}
static void attribute(struct machine *m) { add_attr(m, "a", 1, 1, PTE_GUARD); }
static void marks_nothing(struct machine *m) { put(m, "s", 0, 0, (struct pte){.state = PTE_MARKER}); }
static void zero_of_file(struct machine *m) { put(m, "s", 0, 0, (struct pte){.state = PTE_ZERO}); }
static void no_frame(struct machine *m) { put(m, "a", 0, 0, (struct pte){.state = PTE_PRESENT}); }
static void marker_frame(struct machine *m)
{
	struct pte pte = {.state = PTE_MARKER, .attrs = PTE_GUARD, .frame = entry(m, "a", 0).frame};

	put(m, "a", 0, 0, pte);
}
static void wrong_offset(struct machine *m)
{
	put(m, "s", 0, 0, entry(m, "s", 1));
}
static void not_cached(struct machine *m)
{
	rangeset_remove(&file_of(m)->cached, cached(m)->first, cached(m)->first);
}
static void not_allocated(struct machine *m)
{
	struct pte pte = entry(m, "a", 0);

	pte.frame += 1000000;
	put(m, "a", 0, 0, pte);
}
static void shared_exclusive(struct machine *m) { add_attr(m, "s", 0, 0, PTE_EXCLUSIVE); }
static void part_of_huge(struct machine *m) { add_attr(m, "t", 5, 9, PTE_SPECIAL); }
static void huge_middle(struct machine *m)
{
	struct pte pte = entry(m, "t", 0);

	pte.frame++;
	put(m, "t", 0, 511, pte);
}
static void small_hugetlb(struct machine *m)
{
	struct pte pte = entry(m, "h", 0);

	pte.state = PTE_PRESENT;
	put(m, "h", 0, 511, pte);
}
static void no_table(struct machine *m)
{
	rangeset_remove(&m->parent->tables[LEVEL_PTE], table_of(m, "a", LEVEL_PTE), table_of(m, "a", LEVEL_PTE));
}
static void table_below(struct machine *m)
{
	rangeset_add(&m->parent->tables[LEVEL_PTE], table_of(m, "t", LEVEL_PTE), table_of(m, "t", LEVEL_PTE));
}
static void table_ranges(struct machine *m) { m->parent->tables[LEVEL_PMD].chunk[0].ranges.v[0].first += 9; }
static void top_level(struct machine *m) { rangeset_add(&m->parent->tables[LEVEL_P4D], 0, 0); }
static void no_level(struct machine *m)
{
	rangeset_remove(&m->parent->tables[LEVEL_PMD], table_of(m, "a", LEVEL_PMD), table_of(m, "a", LEVEL_PMD));
}
static void spare_table(struct machine *m)
{
	uint64_t table = table_of(m, "a", LEVEL_PTE) + 3;

	rangeset_add(&m->parent->tables[LEVEL_PTE], table, table);
}
static void twice(struct machine *m) { put(m, "a", 1, 1, entry(m, "a", 0)); }
static void shared_writable(struct machine *m) { add_attr(m, "a", 2, 2, PTE_WRITE); }
static void no_longer_shared(struct machine *m) { add_attr(m, "t", 0, 1023, PTE_EXCLUSIVE); }
static void lacks_vma(struct machine *m) { m->forks[0].vmas[0].dst = NULL; }
static void another_vma(struct machine *m) { m->forks[0].vmas[0].dst = m->forks[0].vmas[1].dst; }
static void child_anon_vma(struct machine *m)
{
	child_vma(m, "a")->anon_vma = 0;
	child_vma(m, "a")->anon_vma_cloned = false;
}
static void not_copied(struct machine *m)
{
	struct pte pte = entry(m, "s", 1);

	runs_set(&m->child->pages, vma_first(child_vma(m, "s")) + 1, vma_first(child_vma(m, "s")) + 1, pte);
}
static struct stored_event *stored(struct machine *m, size_t i)
{
	return segments_at(&m->stored, i, sizeof(struct stored_event));
}
static struct event *whole(struct machine *m, size_t i)
{
	return segments_at(&m->whole, i, sizeof(struct event));
}
static size_t event_of(struct machine *m, enum event_kind kind)
{
	size_t i = 0;

	while (stored(m, i)->kind != kind)
		i++;
	return i;
}
static struct event *table_event(struct machine *m)
{
	return whole(m, stored(m, event_of(m, EVENT_TABLE))->whole - 1u);
}
static void counted_tables(struct machine *m) { table_event(m)->count++; }
static void before_fork(struct machine *m) { m->recording = false; }
static void journal_order(struct machine *m)
{
	stored(m, event_of(m, EVENT_DECIDE))->journal = (uint32_t)m->journal.n;
}
static void op_order(struct machine *m) { stored(m, 1)->op = m->op + 1; }
static void no_fork(struct machine *m) { table_event(m)->fork = 7; }
static void no_fork_vma(struct machine *m) { table_event(m)->vma = 77; }
static void costs(struct machine *m) { m->cost.entries++; }
static void cost_tables_off(struct machine *m) { m->cost.tables[LEVEL_PMD]--; }
static void fork_order(struct machine *m) { m->forks[1].first_event = 1; }
static void fork_ends(struct machine *m) { m->forks[0].end_event--; }
#ifndef VMAFORK_CHECK /* such builds stop at the entry that is not what the journal says */
static void not_exact(struct machine *m) { add_attr(m, "a", 1, 1, PTE_SPECIAL); }
#endif

static const struct {
	void (*break_it)(struct machine *m);
	const char *what;
	const char *more; /* commands after those above; NULL: none */
} promises[] = {
	{own_child, "the child is its own parent", NULL},
	{own_memory, "the child does not use the memory that it borrows", NULL},
	{no_parent, "the parent is not a process of this machine", NULL},
	{no_child, "the child is not a process of this machine", NULL},
	{file_ranges, "a file's page sets are not sorted, maximal ranges", NULL},
	{both, "a page of a file is in the page cache and in swap", NULL},
	{swap_cache, "the swap cache is not sorted, maximal ranges", NULL},
	{lazyfree, "the lazily freed frames are not sorted, maximal ranges", NULL},
	{free_in_swap_cache, "a page is lazily freed and in the swap cache", NULL},
	{other_process, "a VMA belongs to another process", NULL},
	{order, "VMAs are not sorted, or overlap", NULL},
	{empty, "a VMA is empty, or does not begin and end with a page", NULL},
	{odd_size, "a VMA is empty, or does not begin and end with a page", NULL},
	{no_name, "a mapped address has no name", NULL},
	{old_name, "an address has a name that does not reach there", NULL},
	{other_uffd, "a userfaultfd watches another process", NULL},
	{new_anon_vma, "an anon_vma was never allocated, or a chain has none", NULL},
	{no_chain, "an anon_vma was never allocated, or a chain has none", NULL},
	{hugetlb_flag, "VM_HUGETLB is set on hugetlb, and on nothing else", NULL},
	{shared_flag, "a VMA is shared or private although its backing cannot be", NULL},
	{anon_shared, "a VMA is shared or private although its backing cannot be", NULL},
	{no_file, "anonymous memory has no file, all other has", NULL},
	{run_count, "runs are not sorted and maximal", NULL},
	{run_order, "runs are not sorted and maximal", NULL},
	{split_run, "runs are not sorted and maximal", NULL},
	{unmapped_page, "there is an entry where nothing is mapped", NULL},
	{attribute, "an entry has an attribute that its state cannot have", NULL},
	{marks_nothing, "a marker marks nothing", NULL},
	{zero_of_file, "the zero page is mapped in shared memory", NULL},
	{no_frame, "an entry of this state cannot point to such a page", NULL},
	{marker_frame, "an entry of this state cannot point to such a page", NULL},
	{wrong_offset, "an entry maps a page that its file does not have there", NULL},
	{not_cached, "an entry maps a page that its file does not have there", NULL},
	{not_allocated, "an entry points to a page that was never allocated", NULL},
	{shared_exclusive, "a page of a shared mapping is exclusive", NULL},
	{part_of_huge, "the pages of one huge entry differ", NULL},
	{huge_middle, "a huge entry maps the middle of a huge page", NULL},
	{small_hugetlb, "hugetlb memory has a small entry", NULL},
	{no_table, "an entry is in no page table", NULL},
	{table_below, "under a huge entry there is a table", NULL},
	{table_ranges, "tables are not sorted, maximal ranges", NULL},
	{top_level, "there are tables above the top level", NULL},
	{no_level, "a table is in no table of the level above", NULL},
	{spare_table, "a table covers no VMA", NULL},
	{twice, "an anonymous page is mapped twice", NULL},
	{shared_writable, "a page that parent and child share is exclusive or writable", NULL},
	{no_longer_shared, "a page that parent and child share is exclusive or writable", NULL},
	{lacks_vma, "the child lacks a VMA, or has one that fork leaves out", NULL},
	{another_vma, "the child's VMA is not the parent's", NULL},
	{child_anon_vma, "the child's anon_vma does not go with the parent's", NULL},
	{not_copied, "the child has entries that fork did not copy", NULL},
	{counted_tables, "the child's tables are not as many as were counted", NULL},
	{before_fork, "something was recorded before the first fork", NULL},
	{journal_order, "the journal is not in the order of the events", NULL},
	{op_order, "events are not in the order of the commands", NULL},
	{no_fork, "an event names a fork or a VMA that does not exist", NULL},
	{no_fork_vma, "an event names a fork or a VMA that does not exist", NULL},
	{costs, "the costs are not those of the events up to here", NULL},
	{cost_tables_off, "the costs are not those of the events up to here", NULL},
	{fork_order, "a fork's events do not follow those of the fork before", "fork\nparent touch a 0"},
	{fork_ends, "a fork does not begin and end with its events", "fork\nparent touch a 0"},
#ifndef VMAFORK_CHECK
	{not_exact, "going back and forth again is not exact", "protect u a 1"},
#endif
};

static void test_each_promise(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(promises); i++) {
		struct session *session = world(FORKED);
		struct inconsistency found;

		if (promises[i].more)
			run(session, promises[i].more);
		assert_true(machine_check(left(session), &found));
		assert_null(found.what);
		assert_true(found.looked > 20);
		promises[i].break_it(left(session));
		if (machine_check(left(session), &found))
			fail_msg("not found: %s", promises[i].what);
		if (strcmp(found.what, promises[i].what))
			fail_msg("found: %s\nnot:   %s", found.what, promises[i].what);
		session_free(session);
	}
}

/* Where a machine is in time, and what it has counted of an event that is half way. */
static void test_the_point_in_time(void **state)
{
	struct session *session = world(FORKED);
	struct machine *m = left(session);
	struct inconsistency found = {0};
	size_t entry = event_of(m, EVENT_ENTRY), at;

	(void)state;
	machine_seek(m, entry, 2);
	assert_true(events_check(m, &found));
	m->at_pages = 3;
	assert_false(events_check(m, &found));
	assert_string_equal(found.what, "the costs are not those of the events up to here");
	m->at_pages = 2;
	machine_seek(m, entry - 1, 0);
	assert_true(events_check(m, &found));
	m->at_pages = 1;
	assert_false(events_check(m, &found));
	m->at_pages = 0;
	at = m->at;
	m->at = m->event_count + 1;
	assert_false(events_check(m, &found));
	m->at = at;
	machine_seek_end(m);
	assert_true(machine_check(m, &found));
	session_free(session);
}

/* A page that is set by hand is in the page cache, and was swapped out no longer. */
static void test_a_page_by_hand_is_not_in_swap(void **state)
{
	struct session *session = world("vma a shmem 2p\ntouch a\nmadvise a pageout\npte a 0 present");
	const struct object *object = left(session)->objects;

	(void)state;
	assert_int_equal(rangeset_count(&object->swapped, 0, UINT64_MAX), 1);
	assert_int_equal(rangeset_count(&object->cached, 0, UINT64_MAX), 1);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_promise),
		cmocka_unit_test(test_the_point_in_time),
		cmocka_unit_test(test_a_page_by_hand_is_not_in_swap),
	};

	return cmocka_run_group_tests_name("invariants", tests, NULL, NULL);
}
