/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/cgroup.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/minmax.h"

/* Files of a group; `controller` of version 1, NULL: version 2. */
struct cgroup_row {
	enum cgroup_resource resource;
	const char *controller, *limit, *used;
	const char *cache[2]; /* in memory.stat: pages of files, which can be dropped */
};

static const struct cgroup_row rows[] = {
	{CGROUP_MEMORY, NULL, "memory.max", "memory.current", {"inactive_file ", "active_file "}},
	{CGROUP_MEMORY, NULL, "memory.high", "memory.current", {"inactive_file ", "active_file "}},
	{CGROUP_SWAP, NULL, "memory.swap.max", "memory.swap.current", {NULL}},
	{CGROUP_HUGE_PAGES, NULL, "hugetlb.2MB.max", "hugetlb.2MB.current", {NULL}},
	{CGROUP_HUGE_PAGES, NULL, "hugetlb.2MB.rsvd.max", "hugetlb.2MB.rsvd.current", {NULL}},
	{CGROUP_MEMORY, "memory", "memory.limit_in_bytes", "memory.usage_in_bytes",
	 {"total_inactive_file ", "total_active_file "}},
	{CGROUP_SWAP, "memory", "memory.memsw.limit_in_bytes", "memory.memsw.usage_in_bytes", {NULL}},
	{CGROUP_HUGE_PAGES, "hugetlb", "hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.usage_in_bytes", {NULL}},
	{CGROUP_HUGE_PAGES, "hugetlb", "hugetlb.2MB.rsvd.limit_in_bytes", "hugetlb.2MB.rsvd.usage_in_bytes",
	 {NULL}},
};

/* Version 1 has a number in place of "max". */
#define NO_LIMIT (UINT64_C(1) << 60)

/* --- numbers in files ---------------------------------------------------------------- */

/* The number at the start of the file, or (key) after it; `otherwise`: there is none. */
static uint64_t read_number(const char *folder, const char *name, const char *key, uint64_t otherwise)
{
	struct buf path = {0};
	char line[256];
	uint64_t number = otherwise;
	FILE *file;

	buf_printf(&path, "%s/%s", folder, name);
	file = fopen(buf_str(&path), "re");
	buf_deinit(&path);
	while (file && number == otherwise && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)) &&
		    sscanf(line + strlen(key), "%" SCNu64, &number) != 1)
			number = otherwise;
	if (file)
		fclose(file);
	return number;
}

static uint64_t limit_of(const char *folder, const struct cgroup_row *row)
{
	return read_number(folder, row->limit, "", UINT64_MAX);
}

static uint64_t free_in(const struct cgroup_limit *limit)
{
	const struct cgroup_row *row = limit->row;
	uint64_t most = limit_of(limit->folder, row), used = read_number(limit->folder, row->used, "", 0);

	if (most >= NO_LIMIT)
		return UINT64_MAX;
	for (size_t i = 0; i < ARRAY_SIZE(row->cache) && row->cache[i]; i++) {
		uint64_t cache = read_number(limit->folder, "memory.stat", row->cache[i], 0);

		used -= min(used, cache);
	}
	return most - min(most, used);
}

uint64_t cgroup_free(const struct cgroup_limits *limits, enum cgroup_resource resource)
{
	uint64_t least = UINT64_MAX;

	for (size_t i = 0; i < limits->n; i++)
		if (limits->v[i].row->resource == resource)
			least = min(least, free_in(&limits->v[i]));
	return least;
}

/* --- finding the groups --------------------------------------------------------------- */

/* A mount of a hierarchy: what it shows begins at `root`. */
struct mount {
	char root[512], point[512], type[32], options[512];
};

/* 36 35 0:28 ROOT POINT OPTIONS... - TYPE SOURCE OPTIONS */
static bool read_mount(const char *line, struct mount *mount)
{
	const char *rest = strstr(line, " - ");

	return rest && sscanf(line, "%*s %*s %*s %511s %511s", mount->root, mount->point) == 2 &&
	       sscanf(rest, " - %31s %*s %511s", mount->type, mount->options) == 2 &&
	       !strncmp(mount->type, "cgroup", 6);
}

/* Is `word` one of those that commas separate? */
static bool lists(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; (at = strstr(at, word)); at += n)
		if ((at == words || at[-1] == ',') && (!at[n] || strchr(",:\n", at[n])))
			return true;
	return false;
}

/* The group of this process in that hierarchy: "" when it has none. */
static void read_group(const char *groups, const char *controller, char *path, size_t size)
{
	FILE *file = fopen(groups, "re");
	char line[1024];

	*path = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'), *group;

		if (!controllers || !(group = strchr(++controllers, ':')))
			continue;
		*group++ = '\0';
		if (controller ? !lists(controllers, controller) : *controllers != '\0')
			continue;
		snprintf(path, size, "%.*s", (int)strcspn(group, "\n"), group);
	}
	if (file)
		fclose(file);
}

static void add_if_limited(struct cgroup_limits *limits, const char *folder, const struct cgroup_row *row)
{
	if (limit_of(folder, row) >= NO_LIMIT)
		return;
	GROW(limits->v, limits->n, limits->cap);
	limits->v[limits->n++] = (struct cgroup_limit){xstrdup(folder), row};
}

/* From the group of this process up to the top of what is mounted. */
static void add_groups(struct cgroup_limits *limits, const struct mount *mount, const char *group,
		       const struct cgroup_row *row)
{
	size_t top = strlen(mount->point), root = strcmp(mount->root, "/") ? strlen(mount->root) : 0;
	char folder[1200];

	if (!strncmp(group, mount->root, root) && (!group[root] || group[root] == '/'))
		group += root;
	snprintf(folder, sizeof(folder), "%s%s", mount->point, strcmp(group, "/") ? group : "");
	if (strstr(folder, "/..") || access(folder, X_OK))
		folder[top] = '\0'; /* a namespace that does not show it */
	for (;;) {
		add_if_limited(limits, folder, row);
		if (strlen(folder) <= top)
			break;
		*strrchr(folder, '/') = '\0';
	}
}

static void add_mount(struct cgroup_limits *limits, const struct mount *mount, const char *groups)
{
	bool unified = !strcmp(mount->type, "cgroup2");
	char group[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (unified ? rows[i].controller != NULL
			    : !rows[i].controller || !lists(mount->options, rows[i].controller))
			continue;
		read_group(groups, rows[i].controller, group, sizeof(group));
		if (*group)
			add_groups(limits, mount, group, &rows[i]);
	}
}

void cgroup_limits_read(struct cgroup_limits *limits, const char *groups, const char *mounts)
{
	FILE *file = fopen(mounts, "re");
	struct mount mount;
	char line[2048];

	*limits = (struct cgroup_limits){0};
	while (file && fgets(line, sizeof(line), file))
		if (read_mount(line, &mount))
			add_mount(limits, &mount, groups);
	if (file)
		fclose(file);
}

void cgroup_limits_deinit(struct cgroup_limits *limits)
{
	for (size_t i = 0; i < limits->n; i++)
		free(limits->v[i].folder);
	free(limits->v);
	*limits = (struct cgroup_limits){0};
}
