/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What open descriptors tell of memory, in /proc/PID/fdinfo:
 *
 *   userfaultfd  API: aa:FEATURES:IOCTLS
 *   io_uring     UserBufs: N, and a line "NUMBER: 0xADDRESS/BYTES" for each buffer that is pinned
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "import/import_text.h"
#include "observe/paging.h"

/* Bits of FEATURES that the kernel keeps for itself (UFFD_FEATURE_INITIALIZED). */
#define FEATURES_INTERNAL (UINT32_C(1) << 31)

static void read_context(struct import *im, const char *line)
{
	unsigned features;

	if (sscanf(line, "API: %*x:%x", &features) != 1)
		return;
	features &= ~FEATURES_INTERNAL;
	if (im->contexts && features != im->features)
		im->features_differ = true;
	im->features = im->contexts++ ? im->features : features;
}

static void read_buffer(struct import *im, const char *line)
{
	uint64_t start, size;

	if (sscanf(line, " %*u: 0x%" SCNx64 "/%" SCNu64, &start, &size) != 2 || !size ||
	    start > UINT64_MAX - PAGE_SIZE - size)
		return;
	GROW(im->pins, im->pin_count, im->pin_cap);
	im->pins[im->pin_count++] = (struct import_pin){
		.start = start & ~(PAGE_SIZE - 1),
		.end = (start + size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1),
	};
}

static void read_descriptor(struct import *im, const char *name,
			    void (*read_line)(struct import *im, const char *line))
{
	char path[300], *line = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.200s", (int)im->reader, name);
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) > 0)
		read_line(im, line);
	free(line);
	if (file)
		fclose(file);
}

static int by_start(const void *a, const void *b)
{
	const struct import_pin *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* In order, and those that touch as one. */
static void join_pins(struct import *im)
{
	size_t kept = 0;

	if (im->pin_count)
		qsort(im->pins, im->pin_count, sizeof(*im->pins), by_start);
	for (size_t i = 0; i < im->pin_count; i++)
		if (kept && im->pins[i].start <= im->pins[kept - 1].end) {
			if (im->pins[i].end > im->pins[kept - 1].end)
				im->pins[kept - 1].end = im->pins[i].end;
		} else {
			im->pins[kept++] = im->pins[i];
		}
	im->pin_count = kept;
}

void import_descriptors(struct import *im)
{
	static const struct {
		const char *target;
		void (*read_line)(struct import *im, const char *line);
	} kinds[] = {
		{"anon_inode:[userfaultfd]", read_context},
		{"anon_inode:[io_uring]", read_buffer},
	};
	char path[64], target[64];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)im->reader);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
			if (!strcmp(target, kinds[i].target))
				read_descriptor(im, entry->d_name, kinds[i].read_line);
	}
	if (dir)
		closedir(dir);
	join_pins(im);
}
