/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What does the model's fork cost? Prints ratios taken in one run, because
 * machines are noisy: by pages (must stay near 1), by runs and by VMAs (near the
 * factor by which there are more of them). `make bench`.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/median.h"
#include "session/session.h"

#define ROUNDS 21

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

/* One set-up: `vmas` VMAs of this size, of which every `stride`th page is touched. */
static double measure(const char *size, unsigned vmas, unsigned stride, unsigned touches)
{
	double times[ROUNDS];

	for (int round = 0; round < ROUNDS; round++) {
		struct session *s = session_create(false);
		double start;

		for (unsigned i = 0; i < vmas; i++) {
			struct buf line = {0};

			buf_printf(&line, "vma v%u anon %s", i, size);
			command(s, buf_str(&line));
			buf_clear(&line);
			buf_printf(&line, "touch v%u ", i);
			for (unsigned t = 0; t < touches; t++)
				buf_printf(&line, "%s%u", t ? "," : "", t * stride);
			if (!touches)
				buf_puts(&line, "all");
			command(s, buf_str(&line));
			buf_deinit(&line);
		}
		start = clock_now();
		command(s, "fork");
		times[round] = clock_now() - start;
		session_free(s);
	}
	return median(times, ROUNDS);
}

int main(void)
{
	double base = measure("1G", 1, 0, 0);
	double runs = measure("1G", 1, 2, 1000), vmas = measure("64K", 100, 0, 0);

	printf("one fork on both sides, median of %d; base: 1 GiB in one run, %.1f us\n", ROUNDS,
	       base * 1e6);
	printf("pages x 1024 (1 TiB)     %8.2f times base\n", measure("1T", 1, 0, 0) / base);
	printf("pages x 65536 (64 TiB)   %8.2f times base\n", measure("64T", 1, 0, 0) / base);
	printf("1000 runs                %8.2f times base\n", runs / base);
	printf("10000 runs               %8.2f times 1000 runs\n",
	       measure("1G", 1, 2, 10000) / runs);
	printf("1000 VMAs                %8.2f times 100 VMAs\n", measure("64K", 1000, 0, 0) / vmas);
	return 0;
}
