/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/settings.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <unistd.h>

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

static bool write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool write_number(const char *path, uint64_t number)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64 "\n", number);
	return write_text(path, text);
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

#define POOL "/sys/kernel/mm/hugepages/hugepages-2048kB/"

static void set_pool(uint64_t pages)
{
	write_number(POOL "nr_hugepages", pages);
}

uint64_t huge_pages_reserved(void)
{
	return read_number(POOL "resv_hugepages");
}

static uint64_t unreserved(void)
{
	uint64_t free = read_number(POOL "free_hugepages"), taken = huge_pages_reserved();

	return free > taken ? free - taken : 0;
}

uint64_t huge_pages_taken(void)
{
	return read_number(POOL "nr_hugepages") - read_number(POOL "free_hugepages");
}

bool huge_pages_are_free(uint64_t pages)
{
	return unreserved() >= pages;
}

bool settings_add_huge_pages(struct machine_settings *settings, uint64_t pages)
{
	uint64_t before = read_number(POOL "nr_hugepages"), after, have = unreserved();

	if (have >= pages)
		return true;
	set_pool(before + pages - have);
	after = read_number(POOL "nr_hugepages");
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
	uint64_t now = read_number(POOL "nr_hugepages");
	uint64_t goal = now > settings->huge_pages ? now - settings->huge_pages : 0;

	for (int tries = 0; settings->huge_pages && tries < 1000; tries++) {
		set_pool(goal);
		if (read_number(POOL "nr_hugepages") <= goal)
			break;
		poll(NULL, 0, 1);
	}
	settings->huge_pages = 0;
}

bool settings_set_huge_pages(struct machine_settings *settings, uint64_t pages)
{
	return set_number(settings, POOL "nr_overcommit_hugepages", 0) &&
	       set_number(settings, POOL "nr_hugepages", pages) && read_number(POOL "nr_hugepages") == pages;
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
	       set_number(settings, OVERCOMMIT "ratio", read_number(OVERCOMMIT "ratio")) &&
	       set_number(settings, OVERCOMMIT "kbytes", (pages - swap) * 4) &&
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

#define SWAP_SIZE (UINT64_C(1) << 30) /* takes memory for what it holds, compressed */

static void zram_path(char *path, size_t size, int number, const char *file)
{
	snprintf(path, size, "/sys/block/zram%d/%s", number, file);
}

/* A new zram of that size; -1: not available. */
static int zram_add(void)
{
	FILE *file = NULL;
	char path[64], size[32];
	int number = -1;

	/* Reading adds, even where /sys is read-only (containers): then it could not be removed. */
	if (!access("/sys/class/zram-control/hot_remove", W_OK))
		file = fopen("/sys/class/zram-control/hot_add", "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &number) != 1)
		number = -1;
	fclose(file);
	zram_path(path, sizeof(path), number, "disksize");
	snprintf(size, sizeof(size), "%" PRIu64 "\n", SWAP_SIZE);
	if (number >= 0)
		write_text(path, size);
	return number;
}

static void zram_remove(int number)
{
	char path[64], text[16];

	zram_path(path, sizeof(path), number, "reset");
	write_text(path, "1\n");
	snprintf(text, sizeof(text), "%d\n", number);
	write_text("/sys/class/zram-control/hot_remove", text);
}

/* The device, by a name of its own, for the caller to unlink: /dev may not have one. */
static int zram_open(int number, char *name, size_t size)
{
	char path[64];
	unsigned major = 0, minor = 0;
	FILE *file;
	int fd = -1;

	zram_path(path, sizeof(path), number, "dev");
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%u:%u", &major, &minor) == 2) {
		snprintf(name, size, "/dev/vmafork-%d", (int)getpid());
		if (!mknod(name, S_IFBLK | 0600, makedev(major, minor)))
			fd = open(name, O_RDWR | O_CLOEXEC);
		if (fd < 0)
			unlink(name);
	}
	fclose(file);
	return fd;
}

/* What mkswap writes: version, last page, no bad ones; and the signature. */
static bool write_swap_header(int fd)
{
	uint32_t page[1024] = {0};

	page[256] = 1;
	page[257] = (uint32_t)(SWAP_SIZE / 4096 - 1);
	memcpy((char *)page + 4096 - 10, "SWAPSPACE2", 10);
	return pwrite(fd, page, sizeof(page), 0) == sizeof(page) && !fsync(fd);
}

bool settings_add_swap(struct machine_settings *settings, uint64_t pages)
{
	char name[64];
	bool on;
	int number, fd;

	(void)pages;
	if (!stop_readahead(settings))
		return false;
	if (proc_free_swap())
		return true;
	number = zram_add();
	if (number < 0)
		return false;
	fd = zram_open(number, name, sizeof(name));
	on = fd >= 0 && write_swap_header(fd) && !swapon(name, 0);
	if (fd >= 0)
		unlink(name);
	if (on) {
		settings->swap_fd = fd;
		settings->zram = number;
		return true;
	}
	if (fd >= 0)
		close(fd);
	zram_remove(number);
	return false;
}

static void restore_swap(struct machine_settings *settings)
{
	char path[64];

	if (settings->swap_fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", settings->swap_fd);
	swapoff(path);
	close(settings->swap_fd);
	zram_remove(settings->zram);
	settings->swap_fd = settings->zram = -1;
}

/* --- khugepaged ------------------------------------------------------------------ */

#define KHUGEPAGED_SLEEP "/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs"
#define LONG_SLEEP_MS 3600000 /* not forever, should the keeper be killed */

bool khugepaged_is_calm(void)
{
	uint64_t ms = read_number(KHUGEPAGED_SLEEP);

	return !ms || ms >= LONG_SLEEP_MS;
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
	*settings = (struct machine_settings){.swap_fd = -1, .zram = -1};
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
