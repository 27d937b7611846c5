/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readers of images, of the kernel's own symbols and of its types, and of a kernel's memory,
 * on files of which a few bytes are wrong:
 *
 *   image image|kallsyms|btf|memory SEED SECONDS FILE
 *
 * FILE is a small image, or such a memory, that can be read. What a reader keeps lives as long as its process, so
 * that a child takes a few inputs each. Ends at the first child that does not exit by itself,
 * with the seed of its input: no input is written.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "random.d/rng.h"
#include "vmlinux/btf.h"
#include "vmlinux/image.h"
#include "vmlinux/image_memory.h"
#include "vmlinux/kallsyms.h"

enum { INPUTS_A_CHILD = 100, INPUT_SECONDS = 10 };

static char *original;
static size_t size;

/* --- what is read -------------------------------------------------------------------------- */

static bool read_whole(struct image *image, struct vf_error *error)
{
	char id[BUILD_ID_SIZE], link[DEBUGLINK_SIZE];
	struct image_part part;
	uint32_t crc;
	uint64_t word;

	(void)error;
	image_build_id(image, id);
	image_debuglink(image, link, &crc);
	for (size_t i = 0; image_constants(image, i, &part); i++)
		image_read(image, part.address, &word, sizeof(word));
	return true;
}

static bool read_symbols(struct image *image, struct vf_error *error)
{
	static struct symbol symbols[] = {{.name = "copy_page_range"}, {.name = "vma_needs_copy"}};

	return kallsyms_find(image, symbols, ARRAY_SIZE(symbols), error);
}

static void each_enumerator(void *data, const char *name, int64_t value)
{
	*(size_t *)data += strlen(name) + (size_t)(value & 1);
}

static bool read_types(struct image *image, struct vf_error *error)
{
	static struct vma_fields fields;
	struct btf *btf = image_btf(image, error);
	size_t sum = 0;

	if (!btf)
		return false;
	btf_read_enumerators(btf, each_enumerator, &sum);
	return btf_read_fields(btf, "vm_area_struct", &fields, error);
}

static const struct {
	const char *name;
	bool (*open)(struct image *image, int fd, struct vf_error *error);
	bool (*read)(struct image *image, struct vf_error *error);
} readers[] = {
	{"image", image_open, read_whole},
	{"kallsyms", image_open, read_symbols},
	{"btf", image_open, read_types},
	{"memory", image_memory_open, read_whole},
};

/* --- inputs ---------------------------------------------------------------------------------- */

/* Bytes, words at the edges of what they count, and stretches of zeroes. */
static void spoil(struct rng *rng, uint8_t *bytes)
{
	static const uint32_t words[] = {0, 1, 0x7f, 0x80, 0xff, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff};

	for (uint64_t n = below(rng, 6) + 1; n; n--) {
		size_t at = below(rng, below(rng, 2) ? size - 4 : 4096 < size ? 4096 : size - 4);

		switch (below(rng, 3)) {
		case 0:
			bytes[at] ^= (uint8_t)(1u << below(rng, 8));
			break;
		case 1:
			memcpy(bytes + at, &words[below(rng, ARRAY_SIZE(words))], sizeof(*words));
			break;
		default:
			memset(bytes + at, 0, below(rng, size - at < 256 ? size - at : 256));
			break;
		}
	}
}

static size_t read_one(size_t reader, uint64_t seed)
{
	struct rng rng = rng_stream(seed, 0);
	struct image image = {0};
	struct vf_error error = {0};
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	uint8_t *bytes;
	bool whole;

	if (fd < 0 || ftruncate(fd, (off_t)size))
		exit(2);
	bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memcpy(bytes, original, size);
	if (seed) /* 0: as it is */
		spoil(&rng, bytes);
	whole = readers[reader].open(&image, fd, &error) && readers[reader].read(&image, &error);
	munmap(bytes, size);
	close(fd);
	return whole;
}

/* --- children -------------------------------------------------------------------------------- */

struct progress {
	volatile uint64_t seed;
	volatile size_t whole;
};

static void run_child(size_t reader, uint64_t seed, struct progress *progress)
{
	for (uint64_t i = 0; i < INPUTS_A_CHILD; i++) {
		alarm(INPUT_SECONDS);
		progress->seed = seed + i;
		progress->whole += read_one(reader, seed + i);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	struct progress *progress = mmap(NULL, sizeof(*progress), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct vf_error error;
	size_t reader = 0;
	uint64_t seed, first;
	double end;
	int status;

	while (reader < ARRAY_SIZE(readers) && (argc < 2 || strcmp(argv[1], readers[reader].name)))
		reader++;
	if (argc != 5 || reader == ARRAY_SIZE(readers)) {
		fprintf(stderr, "usage: image image|kallsyms|btf|memory SEED SECONDS FILE\n");
		return 2;
	}
	original = read_file(argv[4], 1 << 28, &size, &error);
	if (!original || size < 8192) {
		fprintf(stderr, "%s: no file that can be read\n", argv[4]);
		return 2;
	}
	seed = first = strtoull(argv[2], NULL, 0) << 32;
	if (!read_one(reader, 0)) {
		fprintf(stderr, "%s cannot be read as it is\n", argv[4]);
		return 2;
	}
	for (end = clock_now() + atof(argv[3]); clock_now() < end; seed += INPUTS_A_CHILD) {
		pid_t pid = fork();

		if (!pid)
			run_child(reader, seed + 1, progress);
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			return 2;
		if (!WIFEXITED(status) || WEXITSTATUS(status)) {
			fprintf(stderr, "%s, input %#llx: status %#x\n", readers[reader].name,
				(unsigned long long)progress->seed, (unsigned)status);
			return 1;
		}
	}
	printf("%s: %llu inputs, %zu of them read\n", readers[reader].name, (unsigned long long)(seed - first),
	       progress->whole);
	return 0;
}
