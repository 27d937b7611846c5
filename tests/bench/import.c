/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does importing a process of 4 GiB take, next to reading its pagemap? Prints
 * both and their ratio, which is to stay below 2: touched evenly, and scattered.
 * Taken in turns; the least of each, because machines are noisy. The kernel has to
 * walk twice (smaps for the flags, PAGEMAP_SCAN for the entries), which is done side
 * by side: without a second processor that is idle, the ratio is that of processor
 * time, which is told as well. `make bench`; BENCH_MIB=64 for a small one.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "import/import.h"
#include "observe/pagemap.h"
#include "observe/proc.h"
#include "observe/paging.h"

#define ROUNDS 15
#define WINDOW 65536

/* Processes that want to run, of the last minute: above 1, this one was not alone. */
static double load(void)
{
	double average = -1;

	getloadavg(&average, 1);
	return average;
}

/* Seconds: on the wall, and of this process on all processors. */
struct spent {
	double wall, cpu;
};

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct spent now(void)
{
	return (struct spent){clock_now(), cpu_seconds()};
}

static struct spent since(struct spent start)
{
	struct spent t = now();

	return (struct spent){t.wall - start.wall, t.cpu - start.cpu};
}

static struct spent least_of(struct spent a, struct spent b)
{
	return (struct spent){a.wall < b.wall ? a.wall : b.wall, a.cpu < b.cpu ? a.cpu : b.cpu};
}

/* A process with that much memory, of which every `stride`th page is written. */
static pid_t start(size_t bytes, size_t stride, bool random)
{
	int ready[2];
	pid_t pid;
	char c;

	if (pipe(ready))
		exit(1);
	pid = fork();
	if (pid == 0) {
		char *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		unsigned long seed = 88172645463325252ul;

		if (at == MAP_FAILED)
			_exit(1);
		madvise(at, bytes, MADV_NOHUGEPAGE);
		for (size_t i = 0; i < bytes; i += stride * PAGE_SIZE) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			if (!random || seed % 3)
				((volatile char *)at)[i] = 1;
		}
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	close(ready[1]);
	if (pid < 0 || read(ready[0], &c, 1) != 1) {
		fprintf(stderr, "the process to import did not come up: memory?\n");
		exit(1);
	}
	close(ready[0]);
	return pid;
}

/* As a program does that wants to know: the maps, then pagemap of each VMA. */
static struct spent read_pagemap(pid_t pid)
{
	static uint64_t entries[WINDOW];
	struct proc_map map = {0};
	struct spent started = now();
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || !proc_map_read_places(&map, pid))
		exit(1);
	for (size_t i = 0; i < map.n; i++)
		for (uint64_t at = map.v[i].start, n; at < map.v[i].end; at += n * PAGE_SIZE) {
			n = (map.v[i].end - at) / PAGE_SIZE;
			n = n < WINDOW ? n : WINDOW;
			if (!pagemap_read(fd, at, n, entries))
				break; /* vsyscall */
		}
	close(fd);
	proc_map_deinit(&map);
	return since(started);
}

static struct spent import(pid_t pid)
{
	struct buf heading = {0}, out = {0};
	struct vf_error error;
	struct spent started = now();

	if (!import_process(pid, &(struct import_options){.budget = budget_default}, &heading, &out, &error)) {
		fprintf(stderr, "%s\n", error.message);
		exit(1);
	}
	started = since(started);
	buf_deinit(&heading);
	buf_deinit(&out);
	return started;
}

static void compare(const char *what, size_t bytes, size_t stride, bool random)
{
	pid_t pid = start(bytes, stride, random);
	struct spent map = {1e9, 1e9}, all = map;

	for (int round = 0; round < ROUNDS; round++) {
		map = least_of(map, read_pagemap(pid));
		all = least_of(all, import(pid));
	}
	printf("%-24s pagemap %6.2f ms, import %6.2f ms: %.2f times, %.2f of processor time (load %.1f)\n",
	       what, map.wall * 1e3, all.wall * 1e3, all.wall / map.wall, all.cpu / map.cpu, load());
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

int main(void)
{
	const char *mib = getenv("BENCH_MIB");
	size_t bytes = (mib ? strtoul(mib, NULL, 10) : 4096) << 20;

	printf("import of a process, least of %d; %ld processors, and what is said holds for a load near 1\n",
	       ROUNDS, sysconf(_SC_NPROCESSORS_ONLN));
	compare("all pages", bytes, 1, false);
	compare("every second page", bytes, 2, false);
	compare("two of three, at random", bytes, 1, true);
	compare("every eighth page", bytes, 8, false);
	return 0;
}
