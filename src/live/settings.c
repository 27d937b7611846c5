/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/settings.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "live/knob.h"
#include "observe/paging.h"
#include "observe/proc.h"

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

static bool write_number(const char *path, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 "\n", number);
	return knob_write(path, text);
}

/* --- numbers that are set, and set back --------------------------------------------- */

static bool is_saved(const struct machine_settings *settings, const char *path)
{
	for (size_t i = 0; i < settings->saved_count; i++)
		if (!strcmp(settings->saved[i].path, path))
			return true;
	return false;
}

static bool set_number(struct machine_settings *settings, const char *path, uint64_t number)
{
	if (access(path, W_OK))
		return false;
	if (!is_saved(settings, path)) {
		assert(settings->saved_count < sizeof(settings->saved) / sizeof(*settings->saved));
		settings->saved[settings->saved_count++] = (struct saved_number){path, read_number(path)};
	}
	return write_number(path, number);
}

static void restore_numbers(struct machine_settings *settings)
{
	while (settings->saved_count) {
		const struct saved_number *saved = &settings->saved[--settings->saved_count];

		write_number(saved->path, saved->value);
	}
}

/* --- huge pages ---------------------------------------------------------------- */

/* Of the pages of a huge entry: 2 MiB, or 32 MiB where small ones have 16 KiB. */
enum pool_file { POOL_SIZE, POOL_FREE, POOL_RESERVED, POOL_OVERCOMMIT, POOL_FILES };

static const char *pool(enum pool_file file)
{
	static const char *const names[POOL_FILES] = {"nr_hugepages", "free_hugepages", "resv_hugepages",
						      "nr_overcommit_hugepages"};
	static char paths[POOL_FILES][96];

	snprintf(paths[file], sizeof(paths[file]), "/sys/kernel/mm/hugepages/hugepages-%" PRIu64 "kB/%s",
		 pmd_size(paging_observed()) >> 10, names[file]);
	return paths[file];
}

static void set_pool(uint64_t pages)
{
	write_number(pool(POOL_SIZE), pages);
}

uint64_t huge_pages_reserved(void)
{
	return read_number(pool(POOL_RESERVED));
}

uint64_t huge_pages_unreserved(void)
{
	uint64_t free = read_number(pool(POOL_FREE)), taken = huge_pages_reserved();

	return free > taken ? free - taken : 0;
}

uint64_t huge_pages_taken(void)
{
	return read_number(pool(POOL_SIZE)) - read_number(pool(POOL_FREE));
}

bool huge_pages_are_free(uint64_t pages)
{
	return huge_pages_unreserved() >= pages;
}

bool settings_add_huge_pages(struct machine_settings *settings, uint64_t pages)
{
	uint64_t before = read_number(pool(POOL_SIZE)), after, have = huge_pages_unreserved();

	if (have >= pages)
		return true;
	set_pool(before + pages - have);
	after = read_number(pool(POOL_SIZE));
	if (after > before)
		settings->huge_pages += after - before;
	return huge_pages_are_free(pages);
}

/*
 * Pages that were pinned are free only when the kernel has taken the ring apart,
 * a little after its last process; until then they stay in the pool.
 */
static void restore_huge_pages(struct machine_settings *settings)
{
	uint64_t now = read_number(pool(POOL_SIZE));
	uint64_t goal = now > settings->huge_pages ? now - settings->huge_pages : 0;

	for (int tries = 0; settings->huge_pages && tries < 1000; tries++) {
		set_pool(goal);
		if (read_number(pool(POOL_SIZE)) <= goal)
			break;
		poll(NULL, 0, 1);
	}
	settings->huge_pages = 0;
}

bool settings_set_huge_pages(struct machine_settings *settings, uint64_t pages)
{
	return set_number(settings, pool(POOL_OVERCOMMIT), 0) &&
	       set_number(settings, pool(POOL_SIZE), pages) && read_number(pool(POOL_SIZE)) == pages;
}

/* --- limits --------------------------------------------------------------------- */

bool settings_limit_vmas(struct machine_settings *settings, uint64_t count)
{
	return set_number(settings, "/proc/sys/vm/max_map_count", count);
}

#define OVERCOMMIT "/proc/sys/vm/overcommit_"

bool settings_limit_commit(struct machine_settings *settings, uint64_t pages)
{
	uint64_t swap = proc_swap_pages();

	/* Swap is added to the limit; and of 0 KiB the kernel takes a ratio of the memory instead. */
	return pages > swap && set_number(settings, "/proc/sys/vm/admin_reserve_kbytes", 0) &&
	       set_number(settings, "/proc/sys/vm/user_reserve_kbytes", 0) &&
	       /* Of the two, one is 0: to write one sets the other one to 0. */
	       (read_number(OVERCOMMIT "kbytes") ||
		set_number(settings, OVERCOMMIT "ratio", read_number(OVERCOMMIT "ratio"))) &&
	       set_number(settings, OVERCOMMIT "kbytes", (pages - swap) * (PAGE_SIZE >> 10)) &&
	       /* Each time: this makes the kernel's counter exact. */
	       set_number(settings, OVERCOMMIT "memory", 2);
}

/* --- readahead of swap ---------------------------------------------------------- */

/* The logarithm of the number of pages that one swap-in reads. */
#define PAGE_CLUSTER "/proc/sys/vm/page-cluster"

bool swap_comes_alone(void)
{
	return !read_number(PAGE_CLUSTER);
}

static bool stop_readahead(struct machine_settings *settings)
{
	uint64_t cluster = read_number(PAGE_CLUSTER);

	if (!cluster)
		return true;
	if (!write_number(PAGE_CLUSTER, 0))
		return false;
	settings->page_cluster = cluster;
	return true;
}

static void restore_readahead(struct machine_settings *settings)
{
	if (settings->page_cluster)
		write_number(PAGE_CLUSTER, settings->page_cluster);
	settings->page_cluster = 0;
}

/* --- swap --------------------------------------------------------------------- */

bool settings_add_swap(struct machine_settings *settings, uint64_t pages)
{
	(void)pages;
	if (!stop_readahead(settings))
		return false;
	swap_area_clear();
	return proc_free_swap() || swap_area_on(&settings->swap);
}

static void restore_swap(struct machine_settings *settings)
{
	swap_area_off(&settings->swap);
}

/* --- khugepaged ------------------------------------------------------------------ */

#define KHUGEPAGED_SLEEP "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"
#define LONG_SLEEP_MS 3600000 /* not forever, should the keeper be killed */

bool khugepaged_is_calm(void)
{
	uint64_t ms = read_number(KHUGEPAGED_SLEEP);

	return !ms || ms >= LONG_SLEEP_MS;
}

uint64_t khugepaged_full_scans(void)
{
	return read_number("/sys/kernel/mm/transparent_hugepage/khugepaged/full_scans");
}

bool settings_calm_khugepaged(struct machine_settings *settings, uint64_t pages)
{
	uint64_t ms = read_number(KHUGEPAGED_SLEEP);

	(void)pages;
	if (khugepaged_is_calm() || !write_number(KHUGEPAGED_SLEEP, LONG_SLEEP_MS))
		return false;
	settings->khugepaged_ms = ms;
	return true;
}

static void restore_calm(struct machine_settings *settings)
{
	if (settings->khugepaged_ms)
		write_number(KHUGEPAGED_SLEEP, settings->khugepaged_ms);
	settings->khugepaged_ms = 0;
}

/* --- KSM ---------------------------------------------------------------------------- */

#define KSM "/sys/kernel/mm/ksm/"

uint64_t ksm_full_scans(void)
{
	return read_number(KSM "full_scans");
}

/* smart_scan, where there is one (6.7), passes over pages that were not merged last time. */
bool settings_start_ksm(struct machine_settings *settings, uint64_t pages)
{
	(void)pages;
	if (read_number(KSM "run") == 1)
		return false;
	if (!settings->ksm) {
		settings->ksm_pages = read_number(KSM "pages_to_scan");
		settings->ksm_sleep_ms = read_number(KSM "sleep_millisecs");
		settings->ksm_smart = read_number(KSM "smart_scan");
		settings->ksm = true;
	}
	write_number(KSM "smart_scan", 0);
	write_number(KSM "sleep_millisecs", 1);
	return write_number(KSM "pages_to_scan", 100000) && write_number(KSM "run", 1);
}

bool settings_stop_ksm(struct machine_settings *settings, uint64_t pages)
{
	(void)settings;
	(void)pages;
	return write_number(KSM "run", 0);
}

static void restore_ksm(struct machine_settings *settings)
{
	if (!settings->ksm)
		return;
	write_number(KSM "run", 0);
	write_number(KSM "pages_to_scan", settings->ksm_pages);
	write_number(KSM "sleep_millisecs", settings->ksm_sleep_ms);
	write_number(KSM "smart_scan", settings->ksm_smart);
	settings->ksm = false;
}

/* --- all of it ------------------------------------------------------------------- */

void settings_init(struct machine_settings *settings)
{
	*settings = (struct machine_settings){.swap = SWAP_AREA_NONE};
}

void settings_restore(struct machine_settings *settings)
{
	restore_numbers(settings);
	restore_ksm(settings);
	restore_calm(settings);
	restore_huge_pages(settings);
	restore_swap(settings);
	restore_readahead(settings);
}
