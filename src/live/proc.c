/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/proc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/vmflags.h"

/* "VmFlags: rd wr mr ...": what the model has no name for is left out. */
static uint64_t parse_flags(char *codes)
{
	uint64_t flags = 0;
	char *save, *code = strtok_r(codes, " \n", &save);

	for (; code; code = strtok_r(NULL, " \n", &save))
		flags |= vm_flag_by_name(code);
	return flags;
}

bool proc_map_read(struct proc_map *map, pid_t pid)
{
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	file = fopen(path, "re");
	if (!file)
		return false;
	map->n = 0;
	while (getline(&line, &size, file) > 0) {
		struct proc_vma vma = {0};

		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " ", &vma.start, &vma.end) == 2) {
			GROW(map->v, map->n, map->cap);
			map->v[map->n++] = vma;
		} else if (map->n && !strncmp(line, "VmFlags:", 8)) {
			map->v[map->n - 1].flags = parse_flags(line + 8);
		} else if (map->n && !strncmp(line, "AnonHugePages:", 14)) {
			map->v[map->n - 1].anon_huge = strtoull(line + 14, NULL, 10) << 10;
		}
	}
	free(line);
	fclose(file);
	return map->n > 0;
}

void proc_map_deinit(struct proc_map *map)
{
	free(map->v);
	*map = (struct proc_map){0};
}

const struct proc_vma *proc_map_find(const struct proc_map *map, uint64_t address)
{
	for (size_t i = 0; i < map->n; i++)
		if (address < map->v[i].end)
			return &map->v[i];
	return NULL;
}

/* The number behind `key` at the start of a line; -1 when there is none. */
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
	return kib < 0 ? -1 : kib / 4;
}

uint64_t proc_available(void)
{
	int64_t kib = read_number("/proc/meminfo", "MemAvailable:");

	return kib < 0 ? 0 : (uint64_t)kib << 10;
}

bool proc_has_swap(void)
{
	return read_number("/proc/meminfo", "SwapFree:") > 0;
}
