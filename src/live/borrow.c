/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/borrow.h"

#include <inttypes.h>
#include <stdio.h>

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"

static uint64_t read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	uint64_t number = 0;

	if (file && fscanf(file, "%" SCNu64, &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

static void set_pool(uint64_t pages)
{
	FILE *file = fopen(POOL "nr_hugepages", "we");

	if (!file)
		return;
	fprintf(file, "%" PRIu64 "\n", pages);
	fclose(file);
}

static uint64_t unreserved(void)
{
	uint64_t free = read_number(POOL "free_hugepages"), taken = read_number(POOL "resv_hugepages");

	return free > taken ? free - taken : 0;
}

bool borrow_huge_pages(struct borrowed *borrowed, uint64_t pages)
{
	uint64_t before, after, have = unreserved();

	if (have >= pages)
		return true;
	before = read_number(POOL "nr_hugepages");
	set_pool(before + pages - have);
	after = read_number(POOL "nr_hugepages");
	if (after > before)
		borrowed->huge_pages += after - before;
	return unreserved() >= pages;
}

void borrow_return(struct borrowed *borrowed)
{
	uint64_t now;

	if (!borrowed->huge_pages)
		return;
	now = read_number(POOL "nr_hugepages");
	set_pool(now > borrowed->huge_pages ? now - borrowed->huge_pages : 0);
	borrowed->huge_pages = 0;
}
