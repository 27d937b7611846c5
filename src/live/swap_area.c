/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/swap_area.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "live/knob.h"
#include "observe/paging.h"

#define SIZE (UINT64_C(1) << 30) /* takes memory for what it holds, compressed */
#define ZRAM_MAX 64		 /* devices that are looked at */

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
	snprintf(size, sizeof(size), "%" PRIu64 "\n", SIZE);
	if (number >= 0)
		knob_write(path, size);
	return number;
}

static void zram_remove(int number)
{
	char path[64], text[16];

	zram_path(path, sizeof(path), number, "reset");
	knob_write(path, "1\n");
	snprintf(text, sizeof(text), "%d\n", number);
	knob_write("/sys/class/zram-control/hot_remove", text);
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
	uint32_t page[PAGE_SIZE_MOST / sizeof(uint32_t)] = {0};
	const size_t size = PAGE_SIZE;

	page[256] = 1;
	page[257] = (uint32_t)(SIZE / size - 1);
	memcpy((char *)page + size - 10, "SWAPSPACE2", 10);
	return pwrite(fd, page, size, 0) == (ssize_t)size && !fsync(fd);
}

bool swap_area_on(struct swap_area *area)
{
	char name[64];
	bool on;
	int number = zram_add(), fd;

	if (number < 0)
		return false;
	fd = zram_open(number, name, sizeof(name));
	on = fd >= 0 && write_swap_header(fd) && !swapon(name, 0);
	if (fd >= 0)
		unlink(name);
	if (on) {
		*area = (struct swap_area){fd, number};
		return true;
	}
	if (fd >= 0)
		close(fd);
	zram_remove(number);
	return false;
}

void swap_area_off(struct swap_area *area)
{
	char path[64];

	if (area->fd < 0)
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", area->fd);
	swapoff(path);
	close(area->fd);
	zram_remove(area->zram);
	*area = (struct swap_area)SWAP_AREA_NONE;
}

/* --- what is left over -------------------------------------------------------------------- */

/* The process that an area is called after; 0: the area is none of ours. */
static pid_t owner(const char *line)
{
	int pid;

	return sscanf(line, "/dev/vmafork-%d", &pid) == 1 ? (pid_t)pid : 0;
}

/* Is a device in /proc/swaps by its usual name? Then it is somebody else's. */
static bool is_listed(int number)
{
	FILE *file = fopen("/proc/swaps", "re");
	char line[512], name[32];
	bool found = false;
	size_t length = (size_t)snprintf(name, sizeof(name), "/dev/zram%d", number);

	while (file && !found && fgets(line, sizeof(line), file))
		found = !strncmp(line, name, length) && isspace((unsigned char)line[length]);
	if (file)
		fclose(file);
	return found;
}

/* A process that was killed may still be a zombie. */
static bool is_alive(pid_t pid)
{
	char path[64], text[512] = "", *close;
	FILE *file;

	if (kill(pid, 0) && errno == ESRCH)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	file = fopen(path, "re");
	if (file && !fgets(text, sizeof(text), file))
		text[0] = '\0';
	if (file)
		fclose(file);
	close = strrchr(text, ')');
	return !close || close[1] != ' ' || !strchr("ZX", close[2]);
}

bool swap_area_is_left(void)
{
	FILE *file = fopen("/proc/swaps", "re");
	char line[512];
	bool left = false, used = false;

	while (file && fgets(line, sizeof(line), file)) {
		pid_t pid = owner(line);

		used |= pid && is_alive(pid);
		left |= pid != 0;
	}
	if (file)
		fclose(file);
	/* The name of a deleted node does not tell which device it is: what is used could be hit. */
	return left && !used;
}

static bool has_our_size(int number)
{
	char path[64];
	uint64_t size = 0;
	FILE *file;

	zram_path(path, sizeof(path), number, "disksize");
	file = fopen(path, "re");
	if (file && fscanf(file, "%" SCNu64, &size) != 1)
		size = 0;
	if (file)
		fclose(file);
	return size == SIZE;
}

void swap_area_clear(void)
{
	if (!swap_area_is_left())
		return;
	for (int number = 0; number < ZRAM_MAX; number++) {
		char name[64];
		int fd = has_our_size(number) && !is_listed(number) ? zram_open(number, name, sizeof(name)) : -1;
		bool off;

		if (fd < 0)
			continue;
		off = !swapoff(name);
		unlink(name);
		close(fd);
		if (off)
			zram_remove(number);
	}
}
