/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session of very many runs and VMAs costs: its memory, taking commands back,
 * choosing a check, moving in time, and building in any order. Medians of processor time
 * within one run. `make bench`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/median.h"
#include "session/session.h"

#define ROUNDS 7
#define PAGES 500000u /* that are present: every second one */

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

/* Carries lines out, of a text that is consumed. */
static void run_lines(struct session *s, struct buf *text)
{
	char *rest = text->s, *line;

	while (rest && (line = strsep(&rest, "\n")) && *line)
		run(s, line);
	buf_deinit(text);
}

/* The memory of a session, in the child of this program that has made it. */
static unsigned long peak_kib(void)
{
	FILE *f = fopen("/proc/self/status", "r");
	unsigned long kib = 0;
	char line[128];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "VmHWM: %lu", &kib) == 1)
			break;
	if (f)
		fclose(f);
	return kib;
}

/* --- many runs -------------------------------------------------------------------------- */

static struct session *alternating(unsigned pages)
{
	struct session *s = session_create(false);
	struct buf line = {0};

	buf_printf(&line, "vma a anon %up", 2 * pages);
	run(s, buf_str(&line));
	buf_clear(&line);
	for (unsigned i = 0; i < pages; i++) {
		buf_printf(&line, "%s%u", line.len ? "," : "touch a ", 2 * i);
		if (line.len < 60000 && i + 1 < pages)
			continue;
		run(s, buf_str(&line));
		buf_clear(&line);
	}
	buf_deinit(&line);
	return s;
}

static void memory_row(void)
{
	unsigned long kib[2] = {0};
	int ends[2];

	fflush(stdout);
	if (pipe(ends))
		exit(1);
	if (fork() == 0) {
		struct session *s;

		kib[0] = peak_kib();
		s = alternating(PAGES);
		run(s, "fork");
		kib[1] = peak_kib();
		session_free(s);
		_exit(write(ends[1], kib, sizeof(kib)) != sizeof(kib));
	}
	close(ends[1]);
	if (read(ends[0], kib, sizeof(kib)) != sizeof(kib))
		exit(1);
	close(ends[0]);
	wait(NULL);
	printf("memory of a session (VmHWM), every second of %u pages: %lu MiB more than an empty one, "
	       "%.0f bytes a page\n", 2 * PAGES, (kib[1] - kib[0]) >> 10,
	       (double)(kib[1] - kib[0]) * 1024 / PAGES);
}

/* The median time of a line, in milliseconds; each time the other line follows. */
static double timed(struct session *s, const char *line, const char *then, double *then_ms)
{
	double times[2][ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		double start = clock_cpu(), middle;

		run(s, line);
		middle = clock_cpu();
		run(s, then);
		times[0][i] = (middle - start) * 1e3;
		times[1][i] = (clock_cpu() - middle) * 1e3;
	}
	if (then_ms)
		*then_ms = median(times[1], ROUNDS);
	return median(times[0], ROUNDS);
}

static void pair_row(struct session *s, const char *what, const char *line, const char *then)
{
	double second, first = timed(s, line, then, &second);

	printf("%-44s %9.2f ms, then '%s' %9.2f ms\n", what, first, then, second);
	fflush(stdout);
}

static void session_rows(void)
{
	struct session *s = alternating(PAGES);
	struct buf line = {0};
	double start, first, second = 0, tenth = 0;

	run(s, "uffd u");
	start = clock_cpu();
	run(s, "fork");
	first = clock_cpu() - start;
	printf("every second of %u pages is present, both sides\n", 2 * PAGES);
	pair_row(s, "undo of one fork", "undo", "redo");
	pair_row(s, "toggle", "check left src", "check left dst");
	pair_row(s, "another kernel", "kernel left v6.1", "kernel left v7.3");
	pair_row(s, "refused", "expect both refused EINVAL register u a minor", "expect both parent a 0 present");
	pair_row(s, "Home and End", "goto start", "goto end");
	for (unsigned i = 0; i < 1000; i++) {
		buf_printf(&line, "touch a %u", 2 * (i * 7919 % PAGES) + 1);
		run(s, buf_str(&line));
		buf_clear(&line);
	}
	pair_row(s, "undo of one touch", "undo", "redo");
	pair_row(s, "undo of 1,000", "undo 1000", "redo 1000");
	pair_row(s, "undo of 1,001", "undo 1001", "redo 1001");
	pair_row(s, "undo of 1,030", "undo 1030", "redo 1030");
	pair_row(s, "undo of all but one", "undo 1090", "redo 1090");
	pair_row(s, "toggle after 1,000 touches", "check left src", "check left dst");
	for (int i = 2; i <= 10; i++) {
		start = clock_cpu();
		run(s, "child exit");
		run(s, "fork");
		*(i == 2 ? &second : &tenth) = clock_cpu() - start;
	}
	printf("the first fork %.2f ms; the second %.2f times, the tenth %.2f times as long\n", first * 1e3,
	       second / first, tenth / first);
	buf_deinit(&line);
	session_free(s);
}

/* --- order ------------------------------------------------------------------------------ */

enum order { ASCENDING, DESCENDING, RANDOM, ORDERS };

static unsigned place(enum order order, unsigned i, unsigned n)
{
	/* 7919 is prime, and divides no n that is used here. */
	return order == ASCENDING ? i : order == DESCENDING ? n - 1 - i : (unsigned)((uint64_t)i * 7919 % n);
}

/* The time of making n of something, in that order. */
static double make(enum order order, unsigned n, bool vmas)
{
	double times[3];

	for (int round = 0; round < 3; round++) {
		struct session *s = session_create(false);
		struct buf line = {0};
		double start = clock_cpu();

		if (!vmas)
			run(s, "vma s shmem 1G");
		for (unsigned i = 0; i < n; i++) {
			unsigned at = place(order, i, n);

			buf_clear(&line);
			if (vmas)
				buf_printf(&line, "vma v%u anon 4K at 0x%llx", at,
					   0x100000000ull + at * 8192ull);
			else
				buf_printf(&line, "touch s %u", 2 * at);
			run(s, buf_str(&line));
		}
		times[round] = clock_cpu() - start;
		buf_deinit(&line);
		session_free(s);
	}
	return median(times, 3);
}

static void order_row(const char *what, unsigned n, bool vmas)
{
	double times[ORDERS];

	for (enum order order = 0; order < ORDERS; order++)
		times[order] = make(order, n, vmas);
	printf("%-44s %9.2f ms ascending; descending %.2f times, random %.2f times as long\n", what,
	       times[ASCENDING] * 1e3, times[DESCENDING] / times[ASCENDING],
	       times[RANDOM] / times[ASCENDING]);
	fflush(stdout);
}

/* --- splitting and joining ------------------------------------------------------------- */

/* 50,000 VMAs of two pages, kept apart; each is split, and joined again. */
static void split_row(void)
{
	enum { VMAS = 50000 };
	struct session *s = session_create(false);
	struct buf lines = {0};
	double start;

	for (unsigned i = 0; i < VMAS; i++)
		buf_printf(&lines, "vma v%u anon 8K at 0x%llx\n", i, 0x100000000ull + i * 16384ull);
	run_lines(s, &lines);
	start = clock_cpu();
	for (int again = 0; again < 2; again++)
		for (unsigned i = 0; i < VMAS; i++)
			buf_printf(&lines, "mprotect v%u %s 1\n", i, again ? "rw" : "r");
	run_lines(s, &lines);
	printf("%-44s %9.2f ms, both sides\n", "50,000 VMAs split and joined again", (clock_cpu() - start) * 1e3);
	session_free(s);
}

int main(void)
{
	memory_row();
	session_rows();
	order_row("100,000 VMAs", 100000, true);
	order_row("100,000 shmem touches", 100000, false);
	split_row();
	return 0;
}
