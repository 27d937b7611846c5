/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify FILE CHILD: what `vmafork-tui run --json` predicted, against the child that
 * a real fork made: each entry of each VMA, huge entries, and page tables. Prints a
 * line for each check: "ok ..." or "FAIL ...".
 *
 * The child has run a few instructions. What it faulted in by that are pages of the
 * program and its libraries, which fork skipped; it is reported, and its page tables are
 * allowed for.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "observe/paging.h"
#include "base/alloc.h"
#include "model/mm.h"
#include "model/vmflags.h"
#include "observe/pagemap.h"
#include "observe/proc.h"
#include "observe/uapi.h"

#define WINDOW 65536

struct prediction {
	json_t *vmas;
	int64_t entries, tables;
};

static uint64_t address(const json_t *vma, const char *key)
{
	return strtoull(json_string_value(json_object_get(vma, key)), NULL, 16);
}

static bool copied(const json_t *vma)
{
	return !strcmp(json_string_value(json_object_get(vma, "decision")), "copy");
}

static bool has_flag(const json_t *process, const char *name)
{
	const json_t *flag;
	size_t i;

	json_array_foreach(json_object_get(process, "flags"), i, flag)
		if (!strcmp(json_string_value(flag), name))
			return true;
	return false;
}

/* What pagemap says of each page that has an entry of this state. */
enum { NONE, PRESENT, SOFTWARE };

static uint8_t kind_of(const char *state)
{
	static const char *const present[] = {"present", "zero", "huge", "device-exclusive"};

	for (size_t i = 0; i < ARRAY_SIZE(present); i++)
		if (!strcmp(state, present[i]))
			return PRESENT;
	return SOFTWARE;
}

/* Kinds of all pages of a process's VMA, and how many pages are under huge entries. */
static uint8_t *predicted(const json_t *process, uint64_t pages, uint64_t *huge)
{
	uint8_t *kinds = xcalloc(pages, 1);
	const json_t *run;
	size_t i;

	*huge = 0;
	json_array_foreach(json_object_get(process, "pages"), i, run) {
		json_int_t first = json_integer_value(json_object_get(run, "first"));
		json_int_t count = json_integer_value(json_object_get(run, "count"));
		const char *state = json_string_value(json_object_get(run, "state"));

		memset(kinds + first, kind_of(state), (size_t)count);
		*huge += strcmp(state, "huge") ? 0 : (uint64_t)count;
	}
	return kinds;
}

/* Has the predicted parent's page table a table of small entries (or, higher, any) there? */
static bool parent_has(const struct prediction *p, unsigned shift, uint64_t number)
{
	uint64_t low = number << shift, high = (number + 1) << shift;
	const json_t *vma, *run;
	size_t i, r;

	json_array_foreach(p->vmas, i, vma) {
		uint64_t start = address(vma, "start");

		if (start >= high || address(vma, "end") <= low)
			continue;
		json_array_foreach(json_object_get(json_object_get(vma, "parent"), "pages"), r, run) {
			uint64_t first = start + (uint64_t)json_integer_value(
							 json_object_get(run, "first")) * PAGE_SIZE;
			uint64_t end = first + (uint64_t)json_integer_value(
						       json_object_get(run, "count")) * PAGE_SIZE;

			if (shift == TABLE_SHIFT(LEVEL_PTE) &&
			    !strcmp(json_string_value(json_object_get(run, "state")), "huge"))
				continue;
			if (first < high && end > low)
				return true;
		}
	}
	return false;
}

static bool copied_reaches(const struct prediction *p, unsigned shift, uint64_t number)
{
	const json_t *vma;
	size_t i;

	json_array_foreach(p->vmas, i, vma)
		if (copied(vma) && address(vma, "start") < (number + 1) << shift &&
		    address(vma, "end") > number << shift)
			return true;
	return false;
}

/* Tables that the child made itself, by faults; each number once. */
struct own {
	uint64_t last[TABLE_LEVELS], tables, pages;
};

static void add_own(const struct prediction *p, struct own *own, uint64_t at)
{
	own->pages++;
	for (enum table_level level = LEVEL_PTE; level <= LEVEL_PUD; level++) {
		uint64_t number = at >> TABLE_SHIFT(level);

		if (own->last[level] == number + 1)
			continue;
		own->last[level] = number + 1;
		own->tables += !(copied_reaches(p, TABLE_SHIFT(level), number) &&
				 parent_has(p, TABLE_SHIFT(level), number));
	}
}

static void result(bool ok, const char *what, int64_t model, int64_t kernel)
{
	printf("%s %s: model %" PRId64 ", kernel %" PRId64 "\n", ok ? "ok" : "FAIL", what, model,
	       kernel);
}

/* One VMA; returns the entries that the kernel put into the child. */
static int64_t check_vma(const struct prediction *p, const json_t *vma, int fd,
			 const struct proc_map *map, struct own *own)
{
	static uint64_t entries[WINDOW];
	const char *name = json_string_value(json_object_get(vma, "name"));
	const json_t *child = json_object_get(vma, "child");
	uint64_t start = address(vma, "start"), pages = (address(vma, "end") - start) / PAGE_SIZE;
	const struct proc_vma *real = proc_map_find(map, start);
	bool gone = !real || real->start > start, hugetlb = has_flag(child, "VM_HUGETLB");
	uint64_t huge, model = 0, seen = 0, wrong = 0, at_wrong = 0, before = own->pages;
	bool program = !copied(vma) && !has_flag(child, "VM_WRITE");
	uint8_t *kinds;
	char what[128];

	if (!json_is_object(child) || gone) {
		snprintf(what, sizeof(what), "%s is in the child", name);
		result(json_is_object(child) == !gone, what, json_is_object(child), !gone);
		return 0;
	}
	if (has_flag(child, "VM_UFFD_WP") || real->flags & VM_UFFD_WP) {
		snprintf(what, sizeof(what), "%s VM_UFFD_WP in the child", name);
		result(has_flag(child, "VM_UFFD_WP") == !!(real->flags & VM_UFFD_WP), what,
		       has_flag(child, "VM_UFFD_WP"), !!(real->flags & VM_UFFD_WP));
	}
	if (has_flag(child, "VM_PFNMAP")) /* cannot be seen */
		return 0;
	kinds = predicted(child, pages, &huge);
	for (uint64_t page = 0, n; page < pages; page += n) {
		n = pages - page < WINDOW ? pages - page : WINDOW;
		if (!pagemap_read(fd, start + page * PAGE_SIZE, n, entries))
			exit(2);
		for (uint64_t i = 0; i < n; i++) {
			uint8_t kind = entries[i] & PAGEMAP_PRESENT ? PRESENT
				       : entries[i] & (PAGEMAP_SWAP | PAGEMAP_GUARD | PAGEMAP_UFFD_WP)
					       ? SOFTWARE
					       : NONE;

			if (program && entries[i] & PAGEMAP_FILE && kinds[page + i] == NONE) {
				add_own(p, own, start + (page + i) * PAGE_SIZE);
				continue;
			}
			model += kinds[page + i] != NONE;
			seen += kind != NONE;
			if (kind != kinds[page + i] && !wrong++)
				at_wrong = page + i;
		}
	}
	free(kinds);
	snprintf(what, sizeof(what), "%s %s", name, copied(vma) ? "copied, pages" : "not copied, pages");
	result(!wrong && model == seen, what, (int64_t)model, (int64_t)seen);
	if (wrong)
		printf("     %" PRIu64 " entries differ, page %" PRIu64 " first\n", wrong, at_wrong);
	if (own->pages > before)
		printf("     and %" PRIu64 " that the child faulted in itself\n", own->pages - before);
	if (hugetlb)
		return (int64_t)(seen / PTRS_PER_PTE);
	if (huge || real->anon_huge) {
		snprintf(what, sizeof(what), "%s pages under huge entries", name);
		/* The huge zero page is in no sum. */
		if (real->anon_huge)
			result(huge == real->anon_huge / PAGE_SIZE, what, (int64_t)huge,
			       (int64_t)(real->anon_huge / PAGE_SIZE));
	}
	return (int64_t)(seen - huge + huge / PTRS_PER_PTE);
}

/* Entries of the model that cannot be observed. */
static int64_t hidden_entries(const struct prediction *p)
{
	int64_t sum = 0;
	const json_t *vma, *run;
	size_t i, r;

	json_array_foreach(p->vmas, i, vma) {
		const json_t *child = json_object_get(vma, "child");

		if (has_flag(child, "VM_PFNMAP"))
			json_array_foreach(json_object_get(child, "pages"), r, run)
				sum += json_integer_value(json_object_get(run, "count"));
	}
	return sum;
}

int main(int argc, char **argv)
{
	pid_t child = argc > 2 ? (pid_t)strtol(argv[2], NULL, 10) : 0;
	struct proc_map map = {0};
	struct prediction p = {0};
	struct own own = {0};
	json_t *root, *side, *fork, *tables, *count;
	int64_t entries = 0, real;
	const char *key;
	char path[64];
	size_t i;
	int fd;

	root = argc > 2 ? json_load_file(argv[1], 0, NULL) : NULL;
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (!root || fd < 0 || !proc_map_read(&map, child)) {
		fprintf(stderr, "usage: verify FILE CHILD, both of which can be read\n");
		return 2;
	}
	side = json_object_get(json_object_get(root, "sides"), "left");
	fork = json_array_get(json_object_get(side, "forks"), 0);
	p.vmas = json_object_get(fork, "vmas");
	p.entries = json_integer_value(json_object_get(json_object_get(side, "cost"), "entries"));
	tables = json_object_get(json_object_get(side, "cost"), "tables");
	json_object_foreach(tables, key, count)
		if (strcmp(key, "p4d")) /* VmPTE does not count them */
			p.tables += json_integer_value(count);

	json_array_foreach(p.vmas, i, side)
		entries += check_vma(&p, side, fd, &map, &own);
	result(p.entries - hidden_entries(&p) == entries, "entries of all VMAs",
	       p.entries - hidden_entries(&p), entries);
	real = proc_tables(child) - (int64_t)own.tables;
	result(p.tables == real, "page tables", p.tables, real);
	printf("     the child has faulted in %" PRIu64 " pages by itself, which took %" PRIu64
	       " tables\n", own.pages, own.tables);
	proc_map_deinit(&map);
	json_decref(root);
	close(fd);
	return 0;
}
