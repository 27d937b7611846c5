/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/proc.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "observe/paging.h"
#include "observe/smaps.h"

static void forget(struct proc_map *map)
{
	for (size_t i = 0; i < map->n; i++)
		free(map->v[i].path);
	map->n = 0;
}

static void read_field(const char *line, struct proc_vma *vma)
{
	int field = smaps_field(line);
	const char *value;

	if (field < 0)
		return;
	value = line + strlen(smaps_rows[field].key) + 1;
	if (field == SMAPS_VM_FLAGS)
		vma->flags = smaps_flags(value, NULL);
	else
		smaps_add(vma, (enum smaps_field)field, value);
}

#define BUFFER_SIZE ((size_t)64 << 10)

static bool read_map(struct proc_map *map, pid_t pid, const char *name)
{
	char path[64], *line = NULL, *buffer;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	/* By default stdio reads 1 KiB at a time: one system call for each VMA. */
	buffer = xmalloc(BUFFER_SIZE);
	setvbuf(file, buffer, _IOFBF, BUFFER_SIZE);
	forget(map);
	while (getline(&line, &size, file) > 0) {
		struct proc_vma vma = {0};

		/* Names begin with a capital, addresses do not. */
		if (!(*line >= 'A' && *line <= 'Z') && smaps_heading(line, &vma)) {
			GROW(map->v, map->n, map->cap);
			map->v[map->n++] = vma;
		} else if (map->n) {
			read_field(line, &map->v[map->n - 1]);
		}
	}
	free(line);
	fclose(file);
	free(buffer);
	return map->n > 0;
}

bool proc_map_read(struct proc_map *map, pid_t pid)
{
	return read_map(map, pid, "smaps");
}

bool proc_map_read_places(struct proc_map *map, pid_t pid)
{
	return read_map(map, pid, "maps");
}

size_t proc_map_cut_overlaps(struct proc_map *map)
{
	size_t kept = 0, cut = 0;

	for (size_t i = 0; i < map->n; i++) {
		struct proc_vma vma = map->v[i];
		uint64_t free_from = kept ? map->v[kept - 1].end : 0;

		if (vma.start < free_from) {
			if (vma.inode)
				vma.offset += free_from - vma.start;
			vma.start = free_from;
			cut++;
		}
		if (vma.start < vma.end)
			map->v[kept++] = vma;
		else
			free(vma.path);
	}
	map->n = kept;
	return cut;
}

void proc_map_deinit(struct proc_map *map)
{
	forget(map);
	free(map->v);
	*map = (struct proc_map){0};
}

const struct proc_vma *proc_map_find(const struct proc_map *map, uint64_t address)
{
	size_t at;

	BISECT(at, map->n, map->v[at].end <= address);
	return at < map->n ? &map->v[at] : NULL;
}

/* The number after `key` at the start of a line; -1 when there is none. */
static int64_t read_number(const char *path, const char *key)
{
	FILE *file = fopen(path, "re");
	char line[256];
	int64_t number = -1;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)))
			number = strtoll(line + strlen(key), NULL, 10);
	if (file)
		fclose(file);
	return number;
}

int64_t proc_tables(pid_t pid)
{
	char path[64];
	int64_t kib;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	kib = read_number(path, "VmPTE:");
	return kib < 0 ? -1 : kib / (int64_t)(PAGE_SIZE >> 10);
}

int64_t proc_pinned(pid_t pid)
{
	char path[64];
	int64_t kib;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	kib = read_number(path, "VmPin:");
	return kib < 0 ? -1 : kib / (int64_t)(PAGE_SIZE >> 10);
}

uint64_t proc_available(void)
{
	int64_t kib = read_number("/proc/meminfo", "MemAvailable:");

	return kib < 0 ? 0 : (uint64_t)kib << 10;
}

uint64_t proc_free_swap(void)
{
	int64_t kib = read_number("/proc/meminfo", "SwapFree:");

	return kib < 0 ? 0 : (uint64_t)kib << 10;
}

static uint64_t memory_pages(const char *what)
{
	int64_t kib = read_number("/proc/meminfo", what);

	return kib < 0 ? 0 : (uint64_t)kib / (PAGE_SIZE >> 10);
}

uint64_t proc_swap_pages(void)
{
	return memory_pages("SwapTotal:");
}

uint64_t proc_committed_pages(void)
{
	return memory_pages("Committed_AS:");
}

/* The state letter of a thread; 0: there is no such thread. */
static char thread_state(pid_t tid)
{
	char path[64], text[1024], *close;
	size_t n;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)tid);
	file = fopen(path, "re");
	n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;
	if (file)
		fclose(file);
	text[n] = '\0';
	close = strrchr(text, ')');
	return close && close[1] == ' ' ? close[2] : 0;
}

static bool has_ended(pid_t tid)
{
	char state = thread_state(tid);

	return !state || state == 'Z' || state == 'X';
}

pid_t proc_living_thread(pid_t pid)
{
	pid_t found = pid;
	char path[64];
	struct dirent *entry;
	DIR *dir;

	if (!has_ended(pid))
		return pid;
	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	dir = opendir(path);
	while (dir && found == pid && (entry = readdir(dir))) {
		pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

		if (tid > 0 && !has_ended(tid))
			found = tid;
	}
	if (dir)
		closedir(dir);
	return found;
}
