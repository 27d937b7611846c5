/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Measures address spaces that have many objects of one kind. Each is built and forked
 * once, several times; the median, less the median without the objects, is their time.
 * All of that is done in several runs, as a machine is not always the same: a price is their
 * median, and how far they differ is kept with it.
 * If an object cannot exist alone (an anon_vma needs a VMA and an entry), the prices of
 * the others, measured before, are subtracted. Times are CPU times of the parent: wall
 * time includes waiting when the machine is busy.
 *
 * Only the first fork of a space is measured: it write-protects the parent's entries,
 * and reads each page's struct page from memory rather than from a cache, as in a
 * process that forks now and then. A second fork takes half of that time, or less.
 */
#include "live/calibrate.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/median.h"
#include "base/minmax.h"
#include "base/progress.h"
#include "live/acquire.h"
#include "model/pages.h"
#include "observe/cgroup.h"
#include "observe/paging.h"
#include "observe/proc.h"

#define RUNS 5
#define ROUNDS 3 /* of each, in a run; fewer where they take long */
#define PATIENCE 0.3 /* seconds */
#define MANY_VMAS 16000 /* more than fit in a cache that is one processor's */
#define MANY_TABLES 1024
#define MANY_PAGES (UINT64_C(128) << 8) /* 128 MiB: their struct pages are 2 MiB */
#define MANY_HUGE (UINT64_C(128) << 20) /* bytes, and not less than 4 pages */
#define MEMORY_NEEDED (4 * MANY_PAGES * PAGE_SIZE) /* bytes; a quarter of it is used at once */

/* A piece of address space; at NULL: it is not available here. */
struct space {
	char *at;
	size_t size;
};

static double spent_ns(void)
{
	return clock_cpu() * 1e9;
}

/* The bare system call, without a C library's handlers. -1: it failed. */
static double one_fork(void)
{
	double start = spent_ns(), end;
	pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);

	if (child == 0)
		syscall(SYS_exit_group, 0);
	end = spent_ns();
	if (child < 0)
		return -1;
	while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	return end - start;
}

/*
 * Fork's time with the space that `make` builds each time, and (in *without) without
 * it. Negative: a fork failed, errno; 0: `make` cannot build it here.
 */
static double measure(struct space (*make)(void), double *without)
{
	double with[ROUNDS], base[ROUNDS], end = clock_now() + PATIENCE;
	size_t i;

	for (i = 0; i < ROUNDS && (!i || clock_now() < end); i++) {
		struct space space;

		base[i] = one_fork();
		space = make();
		if (!space.at)
			return 0;
		with[i] = one_fork();
		munmap(space.at, space.size);
		if (base[i] < 0 || with[i] < 0)
			return -1;
	}
	*without = median(base, i);
	return median(with, i);
}

/* --- spaces of one kind ------------------------------------------------------------------ */

static struct space anonymous(uint64_t pages, int prot)
{
	struct space s = {.size = pages * PAGE_SIZE + 2 * PMD_SIZE};
	char *at = mmap(NULL, s.size, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		return (struct space){0};
	madvise(at, s.size, MADV_NOHUGEPAGE);
	s.at = at;
	return s;
}

/* The first 2 MiB boundary in it. */
static volatile char *aligned(struct space s)
{
	return (volatile char *)(((uintptr_t)s.at + PMD_SIZE - 1) & ~(PMD_SIZE - 1));
}

static void write_pages(volatile char *at, uint64_t pages, uint64_t stride)
{
	for (uint64_t i = 0; at && i < pages; i++)
		at[i * stride] = 1;
}

static void read_pages(const volatile char *at, uint64_t pages)
{
	for (uint64_t i = 0; at && i < pages; i++)
		(void)at[i * PAGE_SIZE];
}

/* Every other page is made read-only, so that each is a VMA. */
static bool split(char *at, uint64_t pages)
{
	for (uint64_t i = 0; i < pages; i += 2)
		if (mprotect(at + i * PAGE_SIZE, PAGE_SIZE, PROT_READ))
			return false;
	return true;
}

static struct space lost(struct space s)
{
	munmap(s.at, s.size);
	return (struct space){0};
}

static struct space many_vmas(void)
{
	struct space s = anonymous(MANY_VMAS, PROT_READ | PROT_WRITE);

	return s.at && !split(s.at, MANY_VMAS) ? lost(s) : s;
}

static struct space many_anon_vmas(void)
{
	struct space s = anonymous(MANY_VMAS, PROT_READ | PROT_WRITE);
	char *at = (char *)(uintptr_t)aligned(s);

	/* One mapping each: a VMA that is split off shares the anon_vma. */
	if (!s.at || !split(at, MANY_VMAS))
		return s.at ? lost(s) : s;
	for (uint64_t i = 0; i < MANY_VMAS; i++) {
		if (i % 2 == 0)
			mprotect(at + i * PAGE_SIZE, PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
		((volatile char *)at)[i * PAGE_SIZE] = 1;
	}
	return s;
}

static struct space many_file_vmas(void)
{
	struct space s = {.size = MANY_VMAS * PAGE_SIZE};
	int fd = memfd_create("calibrate", MFD_CLOEXEC);
	char *at = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, (off_t)s.size))
		at = mmap(NULL, s.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED)
		return (struct space){0};
	s.at = at;
	return split(at, MANY_VMAS) ? s : lost(s);
}

static struct space many_tables(void)
{
	struct space s = anonymous(MANY_TABLES * PTRS_PER_PTE, PROT_READ | PROT_WRITE);

	write_pages(s.at ? aligned(s) : NULL, MANY_TABLES, PMD_SIZE);
	return s;
}

static struct space many_anon(void)
{
	struct space s = anonymous(MANY_PAGES, PROT_READ | PROT_WRITE);

	write_pages(s.at ? aligned(s) : NULL, MANY_PAGES, PAGE_SIZE);
	return s;
}

static struct space many_zeros(void)
{
	struct space s = anonymous(MANY_PAGES, PROT_READ | PROT_WRITE);

	read_pages(s.at ? aligned(s) : NULL, MANY_PAGES);
	write_pages(s.at ? aligned(s) : NULL, 1, PAGE_SIZE);
	return s;
}

/* A private file mapping that is read everywhere and written once: all is copied. */
static struct space many_file(void)
{
	struct space s = {.size = MANY_PAGES * PAGE_SIZE};
	int fd = memfd_create("calibrate", MFD_CLOEXEC);
	char *at = MAP_FAILED;

	if (fd >= 0 && !ftruncate(fd, (off_t)s.size))
		at = mmap(NULL, s.size, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (fd >= 0)
		close(fd);
	if (at == MAP_FAILED)
		return (struct space){0};
	madvise(at, s.size, MADV_NOHUGEPAGE);
	s.at = at;
	read_pages(at, MANY_PAGES);
	write_pages(at, 1, PAGE_SIZE);
	return s;
}

static uint64_t many_huge_pages(void)
{
	return max(MANY_HUGE / PMD_SIZE, 4);
}

static struct space many_huge(void)
{
	struct space s = anonymous(many_huge_pages() * PTRS_PER_PTE, PROT_READ | PROT_WRITE);
	struct proc_map map = {0};
	const struct proc_vma *vma = NULL;

	if (!s.at)
		return s;
	madvise((char *)(uintptr_t)aligned(s), many_huge_pages() * PMD_SIZE, MADV_HUGEPAGE);
	write_pages(aligned(s), many_huge_pages(), PMD_SIZE);
	if (proc_map_read(&map, getpid()))
		vma = proc_map_find(&map, (uint64_t)(uintptr_t)aligned(s));
	if (!vma || vma->anon_huge != many_huge_pages() * PMD_SIZE)
		s = lost(s);
	proc_map_deinit(&map);
	return s;
}

/*
 * Huge pages that small entries map: the huge entries were split, the pages were not. Each entry is
 * used once more: a hypervisor that shadows page tables has its part of fork's work only then.
 */
static struct space many_large(void)
{
	struct space s = many_huge();
	char *at = s.at ? (char *)(uintptr_t)aligned(s) : NULL;

	for (size_t i = 0; at && i < many_huge_pages(); i++) {
		char *last = at + (i + 1) * PMD_SIZE - PAGE_SIZE;

		if (mprotect(last, PAGE_SIZE, PROT_READ) || mprotect(last, PAGE_SIZE, PROT_READ | PROT_WRITE))
			return lost(s);
	}
	write_pages(at, many_huge_pages() * PTRS_PER_PTE, PAGE_SIZE);
	return s;
}

/* --- prices --------------------------------------------------------------------------------- */

/* In this order: each one needs those before it. */
static const struct measurement {
	struct space (*make)(void);
	enum price price;
	struct work has;  /* price of one of these = what remains / count; see work_of() */
	uint64_t entries; /* side by side: they fill tables, which are not in `has` */
} measurements[] = {
	{many_vmas, PRICE_VMA, {.count = {[PRICE_VMA] = MANY_VMAS}}, 0},
	{many_file_vmas, PRICE_FILE_VMA,
	 {.count = {[PRICE_VMA] = MANY_VMAS, [PRICE_FILE_VMA] = MANY_VMAS}}, 0},
	/* One entry each, which the rounds in calibrate() subtract. */
	{many_tables, PRICE_TABLE,
	 {.count = {[PRICE_TABLE] = MANY_TABLES + 2, [PRICE_ANON] = MANY_TABLES}}, MANY_TABLES},
	{many_anon, PRICE_ANON, {.count = {[PRICE_ANON] = MANY_PAGES, [PRICE_TABLE] = 1}}, MANY_PAGES},
	{many_anon_vmas, PRICE_ANON_VMA,
	 {.count = {[PRICE_VMA] = MANY_VMAS, [PRICE_ANON_VMA] = MANY_VMAS, [PRICE_ANON] = MANY_VMAS,
		    [PRICE_TABLE] = 2}}, MANY_VMAS},
	{many_file, PRICE_FILE, {.count = {[PRICE_FILE] = MANY_PAGES, [PRICE_TABLE] = 1}}, MANY_PAGES},
	{many_zeros, PRICE_OTHER, {.count = {[PRICE_OTHER] = MANY_PAGES, [PRICE_TABLE] = 1}}, MANY_PAGES},
	{many_large, PRICE_LARGE, {.count = {[PRICE_TABLE] = 1}}, 0},
	{many_huge, PRICE_HUGE, {.count = {[PRICE_TABLE] = 1}}, 0},
};

static struct work work_of(const struct measurement *m)
{
	struct work work = m->has;

	work.count[PRICE_TABLE] += m->entries / PTRS_PER_PTE;
	if (m->price == PRICE_HUGE) {
		work.count[PRICE_HUGE] = many_huge_pages();
	} else if (m->price == PRICE_LARGE) {
		work.count[PRICE_LARGE] = many_huge_pages() * PTRS_PER_PTE;
		work.count[PRICE_TABLE] += many_huge_pages();
	}
	return work;
}

/* The part of `extra` for one of them, after the prices of the others. */
static double price(const struct measurement *m, double extra, const struct calibration *c)
{
	struct work others = work_of(m);
	uint64_t n = others.count[m->price];
	double ns;

	others.count[m->price] = 0;
	ns = (extra - work_seconds(&others, c, NULL) * 1e9) / (double)n;
	return ns > 0 ? ns : 0;
}

/* The tables of a child that does nothing: only those that fork allocated. */
static int64_t child_tables(void)
{
	int fds[2];
	int64_t tables;
	pid_t child;
	char c;

	if (pipe(fds))
		return -1;
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0) {
		syscall(SYS_read, fds[0], &c, 1);
		syscall(SYS_exit_group, 0);
	}
	tables = child > 0 ? proc_tables(child) : -1;
	close(fds[0]);
	close(fds[1]);
	if (child > 0) {
		kill(child, SIGKILL); /* it holds the pipe open itself */
		waitpid(child, NULL, 0);
	}
	return tables;
}

/* The size of this process itself, which every fork copies. */
static struct work own_work(void)
{
	struct work work = {0};
	struct proc_map map = {0};
	int64_t tables = child_tables();

	if (proc_map_read(&map, getpid()))
		for (size_t i = 0; i < map.n; i++) {
			const struct proc_vma *vma = &map.v[i];

			work.count[PRICE_VMA]++;
			work.count[PRICE_FILE_VMA] += vma->path && vma->path[0] == '/';
			if (!vma->anonymous)
				continue;
			work.count[PRICE_ANON_VMA]++;
			work.count[PRICE_ANON] += vma->anonymous / PAGE_SIZE;
			work.count[PRICE_FILE] += (vma->rss - vma->anonymous) / PAGE_SIZE;
		}
	proc_map_deinit(&map);
	work.count[PRICE_TABLE] = tables > 0 ? (uint64_t)tables : 0;
	return work;
}

/* Allocating a page and copying into it, as a fault sees it: fork does the same. */
static double copy_price(void)
{
	struct space from = many_anon(), to = anonymous(MANY_PAGES, PROT_READ | PROT_WRITE);
	double start = spent_ns(), ns = -1;

	if (from.at && to.at) {
		memcpy((char *)(uintptr_t)aligned(to), (char *)(uintptr_t)aligned(from),
		       MANY_PAGES * PAGE_SIZE);
		ns = (spent_ns() - start) / (double)MANY_PAGES;
	}
	if (from.at)
		munmap(from.at, from.size);
	if (to.at)
		munmap(to.at, to.size);
	return ns;
}

/* All prices, once. False: a fork failed, errno. */
static bool one_run(struct calibration *c, struct progress *progress, size_t run)
{
	double extra[ARRAY_SIZE(measurements)], base = 0;
	struct work own;

	for (int i = 0; i < PRICES; i++)
		c->ns[i] = -1;
	for (size_t i = 0; i < ARRAY_SIZE(measurements); i++) {
		double with = measure(measurements[i].make, &base);

		if (with < 0)
			return false;
		extra[i] = with - base;
		if (with > 0)
			c->ns[measurements[i].price] = price(&measurements[i], extra[i], c);
		progress_show(progress, run * ARRAY_SIZE(measurements) + i + 1,
			      RUNS * ARRAY_SIZE(measurements));
	}
	/* Tables and anonymous entries come together: settle them in a few rounds. */
	for (int round = 0; round < 8; round++)
		for (size_t i = 0; i < ARRAY_SIZE(measurements); i++)
			if (c->ns[measurements[i].price] >= 0)
				c->ns[measurements[i].price] = price(&measurements[i], extra[i], c);
	c->ns[PRICE_COPY] = copy_price();
	own = own_work();
	c->ns[PRICE_FORK] = base - work_seconds(&own, c, NULL) * 1e9;
	if (c->ns[PRICE_FORK] < 0)
		c->ns[PRICE_FORK] = 0;
	return true;
}

/* The median of what the runs say, and how far they differ. */
static void settle(struct calibration *c, const struct calibration runs[RUNS])
{
	for (int i = 0; i < PRICES; i++) {
		double ns[RUNS];
		size_t n = 0;

		for (size_t run = 0; run < RUNS; run++)
			if (runs[run].ns[i] >= 0)
				ns[n++] = runs[run].ns[i];
		c->ns[i] = n ? median(ns, n) : -1;
		c->low[i] = n ? ns[0] : -1;
		c->high[i] = n ? ns[n - 1] : -1;
	}
}

/* Here, and in the control group. */
static uint64_t free_memory(void)
{
	struct cgroup_limits limits;
	uint64_t machine = proc_available(), group;

	cgroup_limits_read(&limits, "/proc/self/cgroup", "/proc/self/mountinfo");
	group = cgroup_free(&limits, CGROUP_MEMORY);
	cgroup_limits_deinit(&limits);
	return machine && machine < group ? machine : group;
}

static bool calibrate_alone(struct calibration *calibration, struct vf_error *error)
{
	struct calibration c = {.date = ""}, runs[RUNS];
	struct progress progress;
	struct utsname name;
	time_t now = time(NULL);
	uint64_t available = free_memory();
	struct tm tm;

	if (available < MEMORY_NEEDED) {
		vf_error_set(error, "%" PRIu64 " MiB of memory are free, and %" PRIu64 " MiB are needed to calibrate",
			     available >> 20, MEMORY_NEEDED >> 20);
		vf_error_hint(error, "stop other programs and try again");
		return false;
	}
	progress_start(&progress, "measuring forks");
	for (size_t run = 0; run < RUNS; run++)
		if (!one_run(&runs[run], &progress, run)) {
			progress_end(&progress);
			vf_error_set(error, "fork: %s", strerror(errno));
			vf_error_hint(error, "fork failed: check memory and limits (ulimit -u)");
			return false;
		}
	progress_end(&progress);
	settle(&c, runs);
	gmtime_r(&now, &tm);
	strftime(c.date, sizeof(c.date), "%Y-%m-%dT%H:%M:%SZ", &tm);
	uname(&name);
	memcpy(c.kernel, name.release, strlen(name.release) + 1);
	*calibration = c;
	return true;
}

/* What another probe does meanwhile, ksmd or swap, takes time as well. */
bool calibrate(struct calibration *calibration, struct vf_error *error)
{
	struct acquired acquired;
	char busy[128];
	bool ok;

	acquire_init(&acquired);
	if (acquire_machine(&acquired, -1) != MACHINE_LOCK_TAKEN) {
		acquire_busy(busy, sizeof(busy));
		vf_error_set(error, "%s", busy);
		vf_error_hint(error, "wait until it has ended and try again");
		return false;
	}
	ok = calibrate_alone(calibration, error);
	acquire_restore(&acquired);
	return ok;
}
