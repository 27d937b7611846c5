/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How good are the times that `show cost` tells? Calibrates, builds processes of a few
 * shapes, imports each, lets it fork for real, and prints what was estimated, what it
 * took, and their ratio; of large folios also that of the time that is told if all pages are in
 * them. As everywhere here: ratios to look at, never asserted. The
 * estimate is of processor time, which is the time on the wall of an idle machine; both
 * are told. `make bench`; BENCH_MIB=64 for small heaps.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/median.h"
#include "import/import.h"
#include "live/calibrate.h"
#include "model/pages.h"
#include "observe/paging.h"
#include "session/session.h"

#define ROUNDS 3

static size_t heap = (size_t)4096 << 20;

static char *map(size_t size, int flags, int fd)
{
	char *at = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);

	if (at == MAP_FAILED)
		_exit(1);
	return at;
}

static void write_pages(char *at, size_t size, size_t stride)
{
	for (size_t i = 0; i < size; i += stride)
		((volatile char *)at)[i] = 1;
}

/* --- shapes ------------------------------------------------------------------------- */

static void small_pages(void)
{
	char *at = map(heap, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(at, heap, MADV_NOHUGEPAGE);
	write_pages(at, heap, PAGE_SIZE);
}

static void on_huge_pages(void)
{
	char *at = map(heap, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(at, heap, MADV_HUGEPAGE);
	write_pages(at, heap, PAGE_SIZE);
}

static void scattered(void)
{
	char *at = map(heap, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(at, heap, MADV_NOHUGEPAGE);
	write_pages(at, heap, 64 * PAGE_SIZE);
}

/* Every other one is executable, so that they stay apart; 16 pages each. */
static void vmas(size_t n)
{
	char *at = map(n * 16 * PAGE_SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(at, n * 16 * PAGE_SIZE, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < n; i += 2)
		mprotect(at + i * 16 * PAGE_SIZE, 16 * PAGE_SIZE, PROT_READ | PROT_WRITE | PROT_EXEC);
	write_pages(at, n * 16 * PAGE_SIZE, 4 * PAGE_SIZE);
}

static void many_vmas(void)
{
	vmas(1000);
}

static void all_vmas(void)
{
	vmas(60000);
}

/* Huge pages, each mapped by small entries, which are in use. */
static void large_folios(void)
{
	size_t size = heap / 4;
	char *at = map(size + PMD_SIZE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(at, size + PMD_SIZE, MADV_HUGEPAGE);
	write_pages(at, size, PAGE_SIZE);
	for (size_t i = 0; i + PAGE_SIZE < size; i += PMD_SIZE) {
		mprotect(at + i, PAGE_SIZE, PROT_READ);
		mprotect(at + i, PAGE_SIZE, PROT_READ | PROT_WRITE);
	}
	write_pages(at, size, PAGE_SIZE);
}

static void shared(void)
{
	write_pages(map(heap / 4, MAP_SHARED | MAP_ANONYMOUS, -1), heap / 4, PAGE_SIZE);
}

static void private_file(void)
{
	int fd = memfd_create("estimate", MFD_CLOEXEC);
	size_t size = heap / 8;
	char *at;

	if (ftruncate(fd, (off_t)size))
		_exit(1);
	at = map(size, MAP_PRIVATE, fd);
	for (size_t i = 0; i < size; i += PAGE_SIZE)
		(void)((volatile char *)at)[i];
	write_pages(at, size / 4, PAGE_SIZE);
}

static const struct shape {
	const char *name;
	void (*build)(void);
} shapes[] = {
	{"a heap of small pages", small_pages}, {"a heap of huge pages", on_huge_pages},
	{"a scattered heap", scattered},	{"1000 VMAs", many_vmas},
	{"60000 VMAs", all_vmas},		{"large folios", large_folios},
	{"shared memory", shared},		{"a private file", private_file},
};

/* --- a real fork -------------------------------------------------------------------- */

struct spent {
	double wall, cpu; /* seconds */
};

struct subject {
	pid_t pid;
	int orders, answers;
};

/* Builds itself, says so, waits for a word, forks, and tells what that took. */
static void live(const struct shape *shape, int orders, int answers)
{
	struct spent t;
	pid_t child;
	char c;

	shape->build();
	if (write(answers, "", 1) != 1 || read(orders, &c, 1) != 1)
		_exit(1);
	t = (struct spent){clock_now(), clock_cpu()};
	child = (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		syscall(SYS_exit_group, 0);
	t = (struct spent){clock_now() - t.wall, clock_cpu() - t.cpu};
	waitpid(child, NULL, 0);
	_exit(write(answers, &t, sizeof(t)) != sizeof(t));
}

/* Of what has been calibrated and imported here it would be a second generation. */
static void begin_anew(const struct shape *shape, int orders, int answers)
{
	char from[16], to[16];

	snprintf(from, sizeof(from), "%d", orders);
	snprintf(to, sizeof(to), "%d", answers);
	execl("/proc/self/exe", "estimate", shape->name, from, to, (char *)NULL);
	_exit(1);
}

static struct subject start(const struct shape *shape)
{
	int orders[2], answers[2];
	struct subject s;
	char c;

	if (pipe(orders) || pipe(answers))
		exit(1);
	s = (struct subject){fork(), orders[1], answers[0]};
	if (s.pid == 0)
		begin_anew(shape, orders[0], answers[1]);
	close(orders[0]);
	close(answers[1]);
	if (s.pid < 0 || read(s.answers, &c, 1) != 1) {
		fprintf(stderr, "%s: the process did not come up: memory?\n", shape->name);
		exit(1);
	}
	return s;
}

static struct spent let_fork(struct subject *s)
{
	struct spent t;

	if (write(s->orders, "", 1) != 1 || read(s->answers, &t, sizeof(t)) != sizeof(t))
		exit(1);
	close(s->orders);
	close(s->answers);
	waitpid(s->pid, NULL, 0);
	return t;
}

/* --- and what was told of it ------------------------------------------------------------ */

static void command(struct session *s, const char *line)
{
	struct vf_error error;
	struct buf out = {0};
	enum request request;

	if (!session_command(s, line, &out, &request, &error)) {
		fprintf(stderr, "%s: %s\n", line, error.message);
		exit(1);
	}
	buf_deinit(&out);
}

static double estimate(pid_t pid, const struct calibration *calibration, double *large)
{
	struct session *s = session_create(false);
	struct buf text = {0}, lines = {0};
	struct work *work, sum = {.count = {[PRICE_FORK] = 1}};
	const struct machine *m;
	const struct fork_record *fork;
	struct vf_error error;
	double t;
	char *rest, *line;

	if (!import_process(pid, &(struct import_options){.budget = budget_default}, &text, &lines, &error)) {
		fprintf(stderr, "%s\n", error.message);
		exit(1);
	}
	buf_add(&text, buf_str(&lines), lines.len);
	for (rest = text.s; (line = strsep(&rest, "\n"));)
		command(s, line);
	command(s, "fork");
	m = session_machine(s, 0);
	fork = &m->forks[m->fork_count - 1];
	work = xcalloc(fork->vma_count, sizeof(*work));
	work_of_vmas(m, fork, work);
	for (size_t i = 0; i < fork->vma_count; i++)
		work_add(&sum, &work[i]);
	t = work_seconds(&sum, calibration, NULL);
	*large = work_seconds_large(&sum, calibration);
	free(work);
	buf_deinit(&text);
	buf_deinit(&lines);
	session_free(s);
	return t;
}

static void compare(const struct shape *shape, const struct calibration *calibration)
{
	double told = 0, large = -1, wall[ROUNDS], cpu[ROUNDS], took, load = -1;

	for (int i = 0; i < ROUNDS; i++) {
		struct subject s = start(shape);
		struct spent t;

		if (!i)
			told = estimate(s.pid, calibration, &large);
		t = let_fork(&s);
		wall[i] = t.wall;
		cpu[i] = t.cpu;
	}
	took = median(cpu, ROUNDS);
	getloadavg(&load, 1);
	printf("%-24s estimated %8.3f ms, took %8.3f ms: %.2f times (on the wall %8.3f ms; load %.1f)\n",
	       shape->name, told * 1e3, took * 1e3, told / took, median(wall, ROUNDS) * 1e3, load);
	if (shape->build == large_folios && large >= 0)
		printf("%-24s estimated %8.3f ms if all pages are in them: %.2f times\n", "", large * 1e3,
		       large / took);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	const char *mib = getenv("BENCH_MIB");
	struct calibration calibration;
	struct vf_error error;

	if (mib)
		heap = strtoul(mib, NULL, 10) << 20;
	for (size_t i = 0; argc == 4 && i < ARRAY_SIZE(shapes); i++)
		if (!strcmp(shapes[i].name, argv[1]))
			live(&shapes[i], atoi(argv[2]), atoi(argv[3]));
	printf("time of a fork: estimated, and what it took (of a processor; median of %d)\n", ROUNDS);
	fflush(stdout);
	if (!calibrate(&calibration, &error)) {
		fprintf(stderr, "%s\n", error.message);
		return 1;
	}
	for (size_t i = 0; i < ARRAY_SIZE(shapes); i++)
		compare(&shapes[i], &calibration);
	return 0;
}
