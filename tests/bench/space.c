/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What address spaces with very many runs and VMAs cost, against what the running kernel
 * takes to fork the same ones: made here by real calls, forked by this program. Medians of
 * CPU time within one run. Needs 4 GiB of memory. `make bench`.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/median.h"
#include "model/syscalls.h"
#include "session/session.h"

/* Last: model/kernel.h has the same names, as constants. */
#include <linux/userfaultfd.h>

#define ROUNDS 9
#define MiB (UINT64_C(1) << 20)

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* --- address spaces, real and modelled ---------------------------------------------------- */

/* Stretches of pages that are touched: every second page, or of random lengths. */
struct stretches {
	uint64_t *first, *last;
	size_t n, first_cap, last_cap;
	uint64_t pages, touched; /* of the mapping; of them */
};

static struct stretches stretches(uint64_t touched, bool random)
{
	struct stretches s = {0};
	uint32_t seed = 7;

	while (s.touched < touched) {
		uint64_t length = random ? 1 + rand_r(&seed) % 3u : 1;

		GROW(s.first, s.n, s.first_cap);
		GROW(s.last, s.n, s.last_cap);
		s.first[s.n] = s.pages;
		s.last[s.n++] = s.pages + length - 1;
		s.touched += length;
		s.pages += length + (random ? 1 + rand_r(&seed) % 3u : 1);
	}
	return s;
}

static void stretches_deinit(struct stretches *s)
{
	free(s->first);
	free(s->last);
}

static char *map(uint64_t pages, int flags)
{
	char *at = mmap(NULL, pages * 4096, PROT_READ | PROT_WRITE,
			flags | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (at == MAP_FAILED)
		die("mmap");
	madvise(at, pages * 4096, MADV_NOHUGEPAGE);
	return at;
}

static void real_touch(const struct stretches *s)
{
	char *at = map(s->pages, MAP_PRIVATE);

	for (size_t i = 0; i < s->n; i++)
		for (uint64_t page = s->first[i]; page <= s->last[i]; page++)
			at[page * 4096] = 1;
}

static void real_one_run(const struct stretches *s)
{
	memset(map(s->touched, MAP_PRIVATE), 1, s->touched * 4096);
}

/* Who inherits a context waits until its event was read. */
static void *read_events(void *arg)
{
	struct uffd_msg message;
	int fd = *(int *)arg;

	while (read(fd, &message, sizeof(message)) == sizeof(message))
		if (message.event == UFFD_EVENT_FORK)
			close((int)message.arg.fork.ufd);
	return NULL;
}

/* Every second page is write-protected, and the child inherits that (UFFD_FEATURE_EVENT_FORK). */
static void real_uffd(const struct stretches *s)
{
	struct uffdio_api api = {.api = UFFD_API,
				 .features = UFFD_FEATURE_WP_HUGETLBFS_SHMEM | UFFD_FEATURE_EVENT_FORK};
	static int fd;
	pthread_t thread;
	char *at = map(s->pages, MAP_SHARED);
	struct uffdio_register range = {.range = {(uintptr_t)at, s->pages * 4096},
					.mode = UFFDIO_REGISTER_MODE_WP};

	fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC);
	memset(at, 1, s->pages * 4096);
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &range))
		die("userfaultfd");
	for (size_t i = 0; i < s->n; i++) {
		struct uffdio_writeprotect wp = {.range = {(uintptr_t)at + s->first[i] * 4096, 4096},
						 .mode = UFFDIO_WRITEPROTECT_MODE_WP};

		if (ioctl(fd, UFFDIO_WRITEPROTECT, &wp))
			die("UFFDIO_WRITEPROTECT");
	}
	if (pthread_create(&thread, NULL, read_events, &fd))
		die("pthread_create");
}

/* VMAs of one page each, touched, that only their protection keeps apart. */
static void real_vmas(const struct stretches *s)
{
	char *at = map(s->touched, MAP_PRIVATE);

	memset(at, 1, s->touched * 4096);
	for (uint64_t page = 0; page < s->touched; page += 2)
		if (mprotect(at + page * 4096, 4096, PROT_READ))
			die("mprotect (vm.max_map_count)");
}

/* Nanoseconds that one fork takes in the parent, in a process that has nothing else. */
static double real_fork(void (*make)(const struct stretches *s), const struct stretches *s)
{
	double times[ROUNDS], result = 0;
	int ends[2], status;
	pid_t pid;

	if (pipe(ends))
		die("pipe");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		make(s);
		for (int i = 0; i < ROUNDS; i++) {
			double start = clock_cpu();
			pid_t child = fork();

			if (child == 0)
				_exit(0);
			times[i] = (clock_cpu() - start) * 1e9;
			waitpid(child, &status, 0);
		}
		result = median(times, ROUNDS);
		if (write(ends[1], &result, sizeof(result)) != sizeof(result))
			_exit(1);
		_exit(0);
	}
	close(ends[1]);
	if (read(ends[0], &result, sizeof(result)) != sizeof(result))
		result = -1;
	close(ends[0]);
	waitpid(pid, &status, 0);
	return result;
}

/* --- the model ------------------------------------------------------------------------------ */

static void run(struct session *s, const char *line)
{
	struct vf_error error;
	struct buf out = {0};
	enum request request;

	if (!session_command(s, line, &out, &request, &error)) {
		fprintf(stderr, "%.80s: %s\n", line, error.message);
		exit(1);
	}
	buf_deinit(&out);
}

static struct session *new_session(void)
{
	struct session *s = session_create(false);

	for (int side = 0; side < SIDES; side++)
		machine_set_budget(session_machine(s, side), NULL, 0);
	return s;
}

/* `call`, the list of these stretches, in lines that are not too long. */
static void run_list(struct session *s, const char *call, const struct stretches *list)
{
	struct buf line = {0};

	for (size_t i = 0; i < list->n; i++) {
		buf_printf(&line, "%s%llu-%llu", line.len ? "," : call,
			   (unsigned long long)list->first[i], (unsigned long long)list->last[i]);
		if (line.len < 60000 && i + 1 < list->n)
			continue;
		run(s, buf_str(&line));
		buf_clear(&line);
	}
	buf_deinit(&line);
}

static void map_as(struct session *s, const char *what, uint64_t pages)
{
	struct buf line = {0};

	buf_printf(&line, "vma a %s %llup", what, (unsigned long long)pages);
	run(s, buf_str(&line));
	buf_deinit(&line);
}

static void model_touch(struct session *s, const struct stretches *list)
{
	map_as(s, "anon", list->pages);
	run_list(s, "touch a ", list);
}

static void model_one_run(struct session *s, const struct stretches *list)
{
	map_as(s, "anon", list->touched);
	run(s, "touch a");
}

static void model_uffd(struct session *s, const struct stretches *list)
{
	run(s, "uffd u wp-hugetlbfs-shmem event-fork");
	map_as(s, "shmem", list->pages);
	run(s, "touch a");
	run(s, "register u a wp");
	run_list(s, "protect u a ", list);
}

static void model_vmas(struct session *s, const struct stretches *list)
{
	struct buf line = {0};

	map_as(s, "anon", list->touched);
	run(s, "touch a");
	for (uint64_t page = 0; page < list->touched; page += 2) {
		buf_clear(&line);
		buf_printf(&line, "mprotect a r %llu", (unsigned long long)page);
		run(s, buf_str(&line));
	}
	buf_deinit(&line);
}

/* One fork on one side, in nanoseconds; and the tenth. */
static double model_fork(void (*make)(struct session *s, const struct stretches *list),
			 const struct stretches *list, double *tenth)
{
	enum { FORKS = 10, TIMES = 3 };
	double first[TIMES], last[TIMES];

	for (int i = 0; i < TIMES; i++) {
		struct session *s = new_session();
		struct model_error error;

		make(s, list);
		for (int n = 0; n < FORKS; n++) {
			double start = clock_cpu();

			session_machine(s, LEFT)->op++;
			if (!vm_fork(session_machine(s, LEFT), &error))
				die(error.message);
			*(n ? &last[i] : &first[i]) = (clock_cpu() - start) * 1e9;
		}
		session_free(s);
	}
	*tenth = median(last, TIMES);
	return median(first, TIMES);
}

/* --- the table -------------------------------------------------------------------------------- */

static void fork_row(const char *what, void (*real)(const struct stretches *s),
		     void (*model)(struct session *s, const struct stretches *list),
		     const struct stretches *list)
{
	double tenth, ours = model_fork(model, list, &tenth), kernels = real_fork(real, list);
	double n = (double)list->touched;

	printf("%-44s", what);
	if (kernels > 0)
		printf(" kernel %7.1f ns, model %9.4f ns: %10.2f times as fast", kernels / n, ours / n,
		       kernels / ours);
	else
		printf(" kernel   cannot   , model %9.4f ns", ours / n);
	printf("; tenth fork %.2f times the first\n", tenth / ours);
}

int main(void)
{
	struct stretches large = {.touched = 4096 * MiB / 4096}, vmas = {.touched = 65000};
	struct stretches even = stretches(500000, false), odd = stretches(500000, true);
	struct stretches shmem = stretches(1024 * MiB / 4096 / 2, false);

	printf("fork on one side, for each entry (VMA in the last row)\n");
	fork_row("4 GiB, one run", real_one_run, model_one_run, &large);
	fork_row("500,000 pages, every second", real_touch, model_touch, &even);
	fork_row("500,000 pages, random stretches", real_touch, model_touch, &odd);
	fork_row("1 GiB shmem, uffd-wp on every second page", real_uffd, model_uffd, &shmem);
	fork_row("65,000 VMAs of one page", real_vmas, model_vmas, &vmas);
	stretches_deinit(&even);
	stretches_deinit(&odd);
	stretches_deinit(&shmem);
	return 0;
}
