/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole sessions from random scenarios, with two random kernels:
 *
 *   session SEED SECONDS
 *
 * After each line the invariants of both machines are checked. Now and then the session
 * undoes and does again, goes back in time and forward, chooses another kernel and the one
 * before, or is saved and loaded: it has to be as it was. After an undo, and with another
 * kernel, it has to be what a new session is that carries the commands out from the start.
 * Ends at the first finding, with the lines that led there.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "kernels/profile.h"
#include "model/check/invariants.h"
#include "random.d/generate.h"
#include "random.d/rng.h"
#include "support/world.h"

struct fuzz {
	struct session *session;
	struct rng rng;
	uint64_t seed, index;
	struct buf lines; /* carried out so far, with what was tried in between */
	char path[64];
};

static const struct fuzz *current;

/* What an assertion of the program leaves behind; buf_str() allocates nothing. */
static void on_abort(int number)
{
	fprintf(stderr, "seed %llu, scenario %llu: an assertion, after\n%s", (unsigned long long)current->seed,
		(unsigned long long)current->index, buf_str(&current->lines));
	_exit(128 + number);
}

static void found(const struct fuzz *f, const char *what)
{
	fprintf(stderr, "seed %llu, scenario %llu: %s, after\n%s", (unsigned long long)f->seed,
		(unsigned long long)f->index, what, buf_str(&f->lines));
	exit(1);
}

/* Carries out a line; false: it is refused, and changes nothing. */
static bool carry_out(struct fuzz *f, const char *line)
{
	struct buf out = {0};
	struct vf_error error;
	enum request request;
	size_t length = f->lines.len;
	bool ok;

	buf_printf(&f->lines, "%s\n", line);
	ok = session_command(f->session, line, &out, &request, &error);
	if (!ok)
		f->lines.s[f->lines.len = length] = '\0';
	buf_deinit(&out);
	return ok;
}

static void must(struct fuzz *f, const char *line)
{
	if (!carry_out(f, line)) {
		buf_printf(&f->lines, "%s\n", line);
		found(f, "the last line is refused");
	}
}

static void check_machines(struct fuzz *f)
{
	struct inconsistency wrong;
	char what[200];

	for (int side = 0; side < 2; side++) {
		struct machine *m = session_machine(f->session, side);

		machine_seek_end(m);
		if (machine_check(m, &wrong))
			continue;
		snprintf(what, sizeof(what), "%s: %s (at %llu)", side ? "right" : "left", wrong.what,
			 (unsigned long long)wrong.at);
		found(f, what);
	}
}

/* The session is as it was. */
static void must_equal(struct fuzz *f, struct session *now, char *before, const char *what)
{
	char *after = session_dump(now);

	if (strcmp(before, after))
		found(f, what);
	free(before);
	free(after);
}

/* A new session that carries out what this one would save comes to the same. */
static void must_be_replayed(struct fuzz *f, const char *what)
{
	struct session *again = session_create(false);
	char line[96], *before = session_dump(f->session);
	struct buf out = {0};
	struct vf_error error;

	session_set_checkpoints(again, false, 0);
	snprintf(line, sizeof(line), "save %s replace", f->path);
	must(f, line);
	if (!session_load(again, f->path, &out, &error))
		found(f, "what was saved cannot be loaded");
	must_equal(f, again, before, what);
	buf_deinit(&out);
	session_free(again);
}

static const char *any_kernel(struct fuzz *f)
{
	size_t n;
	const char *const *names = profiles_names(profiles_all(), &n);

	return names[below(&f->rng, n)];
}

/* Another kernel or check on one side, and the one before again. */
static void choose_and_back(struct fuzz *f)
{
	char line[128], *before = session_dump(f->session);

	/* Where there is nothing to choose, `check` is no step. */
	if (percent(&f->rng, 50) &&
	    strcmp(kernel_check_word(session_machine(f->session, 0)->kernel), "none") != 0)
		snprintf(line, sizeof(line), "check %s %s", percent(&f->rng, 50) ? "left" : "both",
			 percent(&f->rng, 50) ? "src" : "dst");
	else
		snprintf(line, sizeof(line), "kernel %s %s", percent(&f->rng, 50) ? "left" : "right",
			 any_kernel(f));
	if (!carry_out(f, line)) { /* it cannot carry out the set-up */
		must_equal(f, f->session, before, "refusing a kernel changes the session");
		return;
	}
	must_be_replayed(f, "another kernel gives another session than from the start");
	must(f, "undo");
	must_equal(f, f->session, before, "another kernel and back give another session");
}

static void undo_and_redo(struct fuzz *f)
{
	char line[32], *before = session_dump(f->session);
	unsigned long n = 1 + below(&f->rng, 4);

	snprintf(line, sizeof(line), "undo %lu", n);
	if (!carry_out(f, line)) { /* there are not so many */
		free(before);
		return;
	}
	if (percent(&f->rng, 30))
		must_be_replayed(f, "undo gives another session than from the start");
	snprintf(line, sizeof(line), "redo %lu", n);
	must(f, line);
	must_equal(f, f->session, before, "undo and redo give another session");
}

static void back_and_forth(struct fuzz *f)
{
	static const char *const grains[] = {"vma", "table", "run", "page"};
	const struct timeline *t = session_timeline(f->session);
	char line[64], *before;

	if (!t->count) /* time begins with the first fork */
		return;
	before = session_dump(f->session);
	for (int i = 0; i < 6; i++) {
		snprintf(line, sizeof(line), "goto %u", below(&f->rng, t->count));
		carry_out(f, line);
		snprintf(line, sizeof(line), "%s %lu %s", percent(&f->rng, 50) ? "step" : "back",
			 1 + (unsigned long)below(&f->rng, 5), grains[below(&f->rng, 4)]);
		carry_out(f, line);
	}
	must(f, "goto end");
	must_equal(f, f->session, before, "going back and forth in time gives another session");
}

static void one_session(struct fuzz *f, const char *text, const char *left, const char *right)
{
	char *copy = xstrdup(text), *rest = copy, *line, kernel[128];

	f->session = session_create(false);
	/* Keeps everything, or what there is room for; small sessions would keep nothing. */
	if (percent(&f->rng, 80))
		session_set_checkpoints(f->session, true, percent(&f->rng, 50) ? 1 << 18 : 1 << 26);
	buf_clear(&f->lines);
	for (int side = 0; side < 2; side++) {
		snprintf(kernel, sizeof(kernel), "kernel %s %s", side ? "right" : "left",
			 side ? right : left);
		must(f, kernel);
	}
	while ((line = strsep(&rest, "\n"))) {
		/* The right kernel may refuse what the left one does. */
		if (!*line || !carry_out(f, line))
			continue;
		check_machines(f);
		if (percent(&f->rng, 8))
			undo_and_redo(f);
		if (percent(&f->rng, 8))
			back_and_forth(f);
		if (percent(&f->rng, 4))
			choose_and_back(f);
	}
	must_be_replayed(f, "saving and loading give another session");
	session_free(f->session);
	free(copy);
}

int main(int argc, char **argv)
{
	static char text[SCENARIO_TEXT_MAX];
	struct fuzz f = {.seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1};
	double seconds = argc > 2 ? atof(argv[2]) : 60, start = clock_now();
	struct statistics statistics = {0};

	snprintf(f.path, sizeof(f.path), "/tmp/vmafork-fuzz-%d.vma", (int)getpid());
	f.rng = rng_stream(f.seed, UINT64_MAX);
	current = &f;
	signal(SIGABRT, on_abort);
	for (; clock_now() - start < seconds; f.index++) {
		const char *left = any_kernel(&f), *right = any_kernel(&f);
		struct vf_error error;
		struct kernel *kernel = profiles_find(profiles_all(), left, &error);
		struct surroundings around = {.kernel = kernel, .guard = kernel,
					      .knobs = {.thp = THP_MADVISE, .fault_around = 16}};

		generate(f.seed, f.index, &around, text, &statistics);
		one_session(&f, text, left, right);
		kernel_free(kernel);
	}
	unlink(f.path);
	buf_deinit(&f.lines);
	printf("%llu sessions of seed %llu, nothing found\n", (unsigned long long)f.index,
	       (unsigned long long)f.seed);
	return 0;
}
