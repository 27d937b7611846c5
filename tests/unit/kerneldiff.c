/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two kernels compared: the condition against all inputs one by one, the
 * witnesses against the model, and what counts as reachable against set-ups
 * that are put together at random.
 */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/minimise.h"
#include "kernels/kernel_diff.h"
#include "kernels/profile.h"
#include "kernels/witness.h"
#include "support/world.h"

/* --- the minimiser ------------------------------------------------------------------- */

enum { VARIABLES = 3, POINTS = 1 << VARIABLES };

static bool covers(const struct cube *cubes, size_t n, uint64_t point)
{
	for (size_t i = 0; i < n; i++)
		if (cube_has(cubes[i], point))
			return true;
	return false;
}

static unsigned literals(const struct cube *cubes, size_t n)
{
	unsigned sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (unsigned)__builtin_popcountll(cubes[i].care);
	return sum;
}

/* Is there a cover of at most n cubes and fewer than so many literals (or fewer cubes)? */
static bool is_shorter(const int *kind, size_t n, unsigned fewer, struct cube *chosen, size_t count)
{
	bool right = true;

	for (unsigned p = 0; p < POINTS && right; p++)
		right = kind[p] == 2 || covers(chosen, count, p) == (kind[p] == 1);
	if (right && (count < n || literals(chosen, count) < fewer))
		return true;
	if (count == n)
		return false;
	for (uint64_t care = 0; care < POINTS; care++)
		for (uint64_t value = 0; value < POINTS; value++) {
			if (value & ~care)
				continue;
			chosen[count] = (struct cube){care, value};
			if (is_shorter(kind, n, fewer, chosen, count + 1))
				return true;
		}
	return false;
}

static void test_minimiser(void **state)
{
	uint32_t random = 4711;

	(void)state;
	for (int round = 0; round < 400; round++) {
		uint64_t on[POINTS], off[POINTS];
		size_t on_count = 0, off_count = 0, n;
		int kind[POINTS]; /* 0: off, 1: on, 2: does not matter */
		struct cube *cubes, spare[POINTS];
		bool exact;

		for (unsigned p = 0; p < POINTS; p++) {
			kind[p] = (int)(next_random(&random) % 3);
			if (kind[p] == 1)
				on[on_count++] = p;
			else if (kind[p] == 0)
				off[off_count++] = p;
		}
		cubes = minimise(on, on_count, off, off_count, &n, &exact);
		assert_true(exact);
		for (size_t i = 0; i < on_count; i++)
			assert_true(covers(cubes, n, on[i]));
		for (size_t i = 0; i < off_count; i++)
			assert_false(covers(cubes, n, off[i]));
		if (n <= 3)
			assert_false(is_shorter(kind, n, literals(cubes, n), spare, 0));
		free(cubes);
	}
}

/* --- kernels ------------------------------------------------------------------------------ */

struct world_of_kernels {
	const struct profiles *profiles;
	const char *const *names;
	size_t n;
};

static struct world_of_kernels all_kernels(void)
{
	struct world_of_kernels w = {.profiles = profiles_all()};

	w.names = profiles_names(w.profiles, &w.n);
	assert_true(w.n >= 20);
	return w;
}

static struct kernel *find(const struct world_of_kernels *w, const char *spec)
{
	struct vf_error error;
	struct kernel *kernel = profiles_find(w->profiles, spec, &error);

	if (!kernel)
		print_error("%s: %s\n", spec, error.message);
	assert_non_null(kernel);
	return kernel;
}

static struct kernel_diff *compare(const struct kernel *a, const struct kernel *b)
{
	struct budget budget = budget_of(budget_default);
	struct vf_error error;
	struct kernel_diff *diff = kernel_diff_create(a, b, &budget, &error);

	assert_non_null(diff);
	return diff;
}

/* --- the condition against every input -------------------------------------------------------- */

struct brute {
	const struct kernel_diff *diff, *mirrored;
	size_t differ, inputs;
};

static bool hold_against(const struct circumstance *c, void *arg)
{
	struct brute *brute = arg;
	struct decision_input input[2], swapped[2];
	bool copies[2];
	int truth, said;

	for (int k = 0; k < 2; k++) {
		const struct kernel *kernel = brute->diff->kernel[k];

		if (reach_lacks(kernel, c))
			return true;
		input[k] = swapped[!k] = reach_input(kernel, c);
		copies[k] = vma_needs_copy(kernel, input[k].src, input[k].dst,
					   input[k].anon_vma).what == DECISION_COPY;
	}
	brute->inputs++;
	truth = copies[0] == copies[1] ? -1 : copies[1];
	brute->differ += truth >= 0;
	said = kernel_diff_says(brute->diff, input);
	assert_int_equal(said, truth);
	said = kernel_diff_says(brute->mirrored, swapped);
	assert_int_equal(said, truth < 0 ? -1 : !truth);
	return true;
}

/* Also the flags that neither kernel looks for: they must not matter. */
#define MORE_FLAGS (VM_UFFD_WP | VM_UFFD_MISSING | VM_UFFD_RWP | VM_LOCKED | VM_WRITE)

static size_t assert_condition(const struct kernel *a, const struct kernel *b)
{
	struct brute brute = {.diff = compare(a, b), .mirrored = compare(b, a)};
	size_t cases = brute.diff->case_count;

	assert_true(reach_each(kernel_looks_for(a) | kernel_looks_for(b) | MORE_FLAGS, hold_against,
			       &brute));
	assert_true(brute.inputs > 0);
	assert_int_equal(brute.differ > 0, cases > 0);
	assert_int_equal(brute.diff->differ > 0, cases > 0);
	assert_true(brute.diff->exact);
	assert_int_equal(brute.mirrored->case_count, cases);
	for (size_t i = 0; i < cases; i++) {
		assert_int_equal(brute.mirrored->cases[i].copies, !brute.diff->cases[i].copies);
		assert_true(brute.diff->cases[i].inputs > 0);
	}
	kernel_diff_free((struct kernel_diff *)brute.diff);
	kernel_diff_free((struct kernel_diff *)brute.mirrored);
	return cases;
}

static void test_all_pairs(void **state)
{
	struct world_of_kernels w = all_kernels();

	(void)state;
	for (size_t i = 0; i < w.n; i++)
		for (size_t j = 0; j < w.n; j++) {
			struct kernel *a = find(&w, w.names[i]), *b = find(&w, w.names[j]);
			size_t cases = assert_condition(a, b);

			if (i == j)
				assert_int_equal(cases, 0);
			kernel_free(a);
			kernel_free(b);
		}
}

/* --- witnesses --------------------------------------------------------------------------------- */

static char temporary[64];

/* Loads it as `check` does; everything holds, and the decisions differ. */
static void assert_shows(const char *text)
{
	struct session *session = session_create(false);
	const struct fork_record *fork[2];
	const struct fork_vma *vma[2];
	struct vf_error error;
	struct buf out = {0};

	assert_true(write_file(temporary, text, strlen(text), &error));
	if (!session_load(session, temporary, &out, &error))
		print_error("%s\n%s", error.message, text);
	unlink(temporary);
	print_message("%s", buf_str(&out));
	assert_int_equal(session_failed(session), 0);
	assert_true(session_passed(session) >= 9);
	for (int side = 0; side < 2; side++) {
		const struct machine *m = session_machine(session, side);

		fork[side] = &m->forks[m->fork_count - 1];
		vma[side] = machine_fork_vma(m, fork[side], "mem");
		assert_non_null(vma[side]);
	}
	assert_int_not_equal(vma[LEFT]->decision.what, vma[RIGHT]->decision.what);
	buf_deinit(&out);
	session_free(session);
}

static char *witness(const struct kernel_diff *diff, const char *a, const char *b, size_t which)
{
	const char *const spec[2] = {a, b};
	struct budget budget = budget_of(budget_default);
	struct vf_error error;
	struct buf text = {0};

	if (!witness_write(diff, spec, which, &budget, &text, &error)) {
		assert_int_equal(text.len, 0);
		return NULL;
	}
	return buf_take(&text);
}

/* A fourth of them, with sanitizers a 13th: each kernel is on either side of some. EVERY_WAY=1: all. */
static void test_all_witnesses(void **state)
{
	const size_t stride = every_way() ? 1 : SANITIZED ? 13 : 4;
	struct world_of_kernels w = all_kernels();
	size_t written = 0;

	(void)state;
	for (size_t i = 0; i < w.n; i++)
		for (size_t j = 2 * i % stride; j < w.n; j += stride) {
			struct kernel *a = find(&w, w.names[i]), *b = find(&w, w.names[j]);
			struct kernel_diff *diff = compare(a, b);
			char *text = witness(diff, w.names[i], w.names[j], SIZE_MAX);

			assert_int_equal(text != NULL, diff->case_count > 0);
			if (text) {
				/* by system calls, and to be seen in the child */
				assert_null(strstr(text, "\nflags"));
				assert_null(strstr(text, "map 4K"));
				assert_null(strstr(text, "do not"));
				if (i < j)
					assert_shows(text);
				written++;
			}
			for (size_t c = 0; i < j && c < diff->case_count; c++) {
				char *one = witness(diff, w.names[i], w.names[j], c);

				assert_non_null(one);
				free(one);
			}
			free(text);
			kernel_diff_free(diff);
			kernel_free(a);
			kernel_free(b);
		}
	assert_true(written > 100 / stride);
}

static char *between(const char *a, const char *b)
{
	struct world_of_kernels w = all_kernels();
	struct kernel *k = find(&w, a), *l = find(&w, b);
	struct kernel_diff *diff = compare(k, l);
	char *text = witness(diff, a, b, SIZE_MAX);

	kernel_diff_free(diff);
	kernel_free(k);
	kernel_free(l);
	return text;
}

/* The case that the program exists for, found by the program. */
static void test_flagship(void **state)
{
	char *text = between("v6.18", "v6.19-rc1");

	(void)state;
	assert_non_null(strstr(text, "kernel left v6.18\nkernel right v6.19-rc1\nvma mem shmem 4K\n"
				     "touch mem\nuffd u\nregister u mem wp\nfork\n"));
	assert_non_null(strstr(text, "expect left mem skip because none\n"
				     "expect right mem copy because VM_UFFD_WP\n"));
	free(text);
}

/*
 * A VMA that fork wiped keeps the flag of the guard regions that it had, and has
 * no anon_vma: what 6.18 skips then, the fixed 6.19 copies. (6.18.44 was seen to.)
 */
static void test_guard_after_wipe(void **state)
{
	char *text = between("v6.18", "v6.19-rc7");

	(void)state;
	assert_non_null(strstr(text, "madvise mem guard-install\nmadvise mem wipeonfork\nfork\n"
				     "become child\n"));
	assert_non_null(strstr(text, "expect right mem copy because VM_MAYBE_GUARD\n"));
	free(text);
}

/* --- words ----------------------------------------------------------------------------------------- */

static void assert_says(const char *line, const char *words)
{
	struct session *session = world("");
	const char *all = said(session, line);

	if (!strstr(all, words))
		print_error("%s\n", all);
	assert_non_null(strstr(all, words));
	session_free(session);
}

static void test_words(void **state)
{
	(void)state;
	assert_says("kernel diff v6.19-rc1 v6.19-rc7",
		    "v6.19-rc1 copies and v6.19-rc7 skips when\n"
		    "  VM_UFFD_WP in src and not in dst (no UFFD_FEATURE_EVENT_FORK), none of VM_PFNMAP|VM_MIXEDMAP|VM_MAYBE_GUARD, no anon_vma\n"
		    "  = src VM_UFFD_WP && !VM_PFNMAP && !VM_MIXEDMAP && !dst VM_UFFD_WP && !VM_MAYBE_GUARD && !anon_vma\n");
	/* 6.18.44 lets no userfaultfd have a driver's memory. */
	assert_says("kernel diff v6.19-rc1 v6.18.44",
		    "  = src VM_UFFD_WP && !dst VM_UFFD_WP && !VM_MAYBE_GUARD && !anon_vma\n");
	assert_says("kernel diff v6.19-rc1 v6.18.44", "uffd-wp on drivers' memory: v6.18.44 lacks it\n");
	assert_says("kernel diff v5.19 v6.0", "v5.19 copies and v6.0 skips when\n  VM_HUGETLB, ");
	assert_says("kernel diff v5.19 v6.0", "possible with: hugetlb shared or private\n");
	assert_says("kernel diff v7.2 v7.3", "v7.2 and v7.3 decide alike on all ");
	assert_says("kernel diff v7.2 v7.3", "what needs userfaultfd's mode rwp: v7.2 lacks it\n");
	assert_says("kernel diff v6.18 v6.19-rc7", "no VM_UFFD_WP in dst, no anon_vma on v6.18");
	assert_says("kernel diff v6.18 v6.18", "the first v6.18 and the second v6.18 decide alike");
	assert_says("kernel diff v6.18 v6.19-rc1", "userfaultfd flag on the child's VMA alone: "
						   "dup_userfaultfd only clears\n");
	assert_says("kernel diff v6.1 v6.12", "  uffd-no-context: ");
}

static void test_refusals(void **state)
{
	struct session *session = world("");

	(void)state;
	assert_non_null(strstr(refused(session, "kernel diff"), "a kernel (v6.18, a profile, a file, vmlinux:IMAGE, live) is missing"));
	assert_non_null(strstr(refused(session, "kernel diff v6.18"), "is missing"));
	assert_non_null(strstr(refused(session, "kernel diff v6.18 v9zz"), "unknown kernel"));
	assert_non_null(strstr(refused(session, "kernel diff ./none.kernel v6.1"), "none.kernel"));
	assert_non_null(strstr(refused(session, "kernel diff v6.18 v6.1 --scenario"), "file name"));
	refused(session, "kernel diff v6.18 v6.1 more");
	assert_non_null(strstr(refused(session, "kernel diff v7.2 v7.2 --scenario /tmp/never.vma"),
			       "decide alike"));
	assert_int_not_equal(access("/tmp/never.vma", F_OK), 0);
	assert_non_null(strstr(refused(session, "kernel diff v6.18 v6.19-rc1 --scenario Makefile"),
			       "already exists"));
	session_free(session);
}

/* --- made-up kernels ------------------------------------------------------------------------------------ */

static const char *const made_up_flags[] = {
	"VM_UFFD_WP", "VM_UFFD_WP", "VM_UFFD_MISSING", "VM_UFFD_MINOR", "VM_UFFD_RWP", "VM_MAYBE_GUARD",
	"VM_MAYBE_GUARD", "VM_HUGETLB", "VM_PFNMAP", "VM_MIXEDMAP", "VM_LOCKED", "VM_GROWSDOWN",
	"VM_SEQ_READ", "VM_RAND_READ", "VM_WRITE", "VM_MERGEABLE", "VM_HUGEPAGE", "VM_SHARED", "VM_IO",
	"VM_DONTCOPY",
};
static const char *const models[] = {"v6.1", "v6.14", "v6.18.36", "v6.19-rc1", "v7.2", "v7.3"};

/* A profile of share/kernels with other clauses. */
static void make_up(const struct world_of_kernels *w, const char *path, const char *model,
		    uint32_t *random)
{
	size_t length, clauses = next_random(random) % 3 + 1;
	struct vf_error error;
	struct buf text = {0};
	struct kernel *kernel = find(w, model);
	char from[96], *all, *rest, *line;

	snprintf(from, sizeof(from), "share/kernels/%s.kernel", kernel->profile);
	rest = all = read_file(from, 1 << 20, &length, &error);
	assert_non_null(all);
	while ((line = strsep(&rest, "\n")))
		if (strncmp(line, "clause", 6) && strncmp(line, "name", 4))
			buf_printf(&text, "%s\n", line);
	buf_puts(&text, "name made-up\n");
	for (size_t i = 0; i < clauses; i++) {
		buf_printf(&text, "clause %s", next_random(random) % 2 ? "src" : "dst");
		for (size_t flags = next_random(random) % 3 + 1; flags; flags--)
			buf_printf(&text, " %s", made_up_flags[next_random(random) %
							       ARRAY_SIZE(made_up_flags)]);
		buf_putc(&text, '\n');
	}
	if (next_random(random) % 4)
		buf_puts(&text, "clause src anon_vma\n");
	assert_true(write_file(path, buf_str(&text), text.len, &error));
	buf_deinit(&text);
	free(all);
	kernel_free(kernel);
}

static void test_made_up(void **state)
{
	struct world_of_kernels w = all_kernels();
	uint32_t random = 20260113;
	size_t written = 0, rounds = 120;
	char path[2][72];

	(void)state;
	for (int k = 0; k < 2; k++)
		snprintf(path[k], sizeof(path[k]), "/tmp/vmafork-%d-%d.kernel", (int)getpid(), k);
	for (size_t round = 0; round < rounds; round++) {
		struct kernel *kernel[2];
		struct kernel_diff *diff;
		char *text;

		for (int k = 0; k < 2; k++) {
			make_up(&w, path[k], models[next_random(&random) % ARRAY_SIZE(models)], &random);
			kernel[k] = find(&w, path[k]);
		}
		assert_condition(kernel[0], kernel[1]);
		diff = compare(kernel[0], kernel[1]);
		text = witness(diff, path[0], path[1], SIZE_MAX);
		assert_int_equal(text != NULL, diff->case_count > 0);
		if (text)
			assert_shows(text);
		written += text != NULL;
		free(text);
		kernel_diff_free(diff);
		for (int k = 0; k < 2; k++) {
			kernel_free(kernel[k]);
			unlink(path[k]);
		}
	}
	assert_in_range(written, rounds / 2, rounds - 1);
}

/* --- what counts as reachable ----------------------------------------------------------------------------- */

struct inputs {
	const struct kernel *kernel;
	uint64_t flags;
	struct decision_input *v;
	size_t n, cap;
};

static bool collect(const struct circumstance *c, void *arg)
{
	struct inputs *inputs = arg;
	struct decision_input input;

	if (reach_lacks(inputs->kernel, c))
		return true;
	input = reach_input(inputs->kernel, c);
	for (size_t i = 0; i < unreachable_count; i++)
		assert_false(unreachables[i].is(&input));
	input.src &= inputs->flags;
	input.dst &= inputs->flags;
	for (size_t i = 0; i < inputs->n; i++)
		if (inputs->v[i].src == input.src && inputs->v[i].dst == input.dst &&
		    inputs->v[i].anon_vma == input.anon_vma)
			return true;
	GROW(inputs->v, inputs->n, inputs->cap);
	inputs->v[inputs->n++] = input;
	return true;
}

#define TOLD_APART                                                                         \
	(VM_UFFD_FLAGS | VM_MAYBE_GUARD | VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP | VM_LOCKED | \
	 VM_GROWSDOWN | VM_SHARED | VM_WRITE | VM_MAYWRITE)

static void assert_reached(const struct inputs *inputs, const struct decision *d, const char *story)
{
	for (size_t i = 0; i < inputs->n; i++)
		if (inputs->v[i].src == (d->src_flags & inputs->flags) &&
		    inputs->v[i].dst == (d->dst_flags & inputs->flags) &&
		    inputs->v[i].anon_vma == d->anon_vma)
			return;
	fail_msg("reached, but not enumerated:\n%s", story);
}

static const char *const random_lines[] = {
	"touch m", "touch m read", "uffd u", "uffd u event-fork", "uffd u wp-async", "uffd u rwp",
	"uffd v event-fork rwp wp-async", "register u m wp", "register u m missing", "register u m rwp",
	"register v m wp", "register u m missing wp", "register u m minor", "register v m missing rwp",
	"unregister u m", "protect u m", "unprotect u m", "poison u m", "madvise m guard-install",
	"madvise m guard-remove", "madvise m wipeonfork", "madvise m keeponfork", "madvise m dontfork",
	"madvise m dofork", "madvise m dontneed", "madvise m pageout", "madvise m collapse", "mlock m",
	"mprotect m r", "mprotect m rw", "pin m", "merge m n", "touch n", "madvise n guard-install",
	"register u n wp", "fork", "fork", "become child", "child touch m",
};
static const char *const random_maps[] = {
	"anon", "shmem", "shmem private", "file", "file shared", "hugetlb", "hugetlb shared", "stack",
	"pfnmap", "mixedmap",
};

/* One line after the other that both sides take; `look` after each. */
static void random_story(const char *left_kernel, const char *right_kernel, uint32_t *random,
			 void (*look)(struct session *session, const char *story, void *arg), void *arg)
{
	struct session *session = session_create(false);
	const char *map = random_maps[next_random(random) % ARRAY_SIZE(random_maps)];
	struct buf story = {0}, out = {0};
	enum request request;
	struct vf_error error;

	buf_printf(&story, "kernel left %s\nkernel right %s\nvma m %s 2M at 0x1000000000\n"
			   "vma n %s 2M at 0x1000200000\n", left_kernel, right_kernel, map, map);
	run(session, buf_str(&story));
	for (int i = 0; i < 14; i++) {
		const char *text = random_lines[next_random(random) % ARRAY_SIZE(random_lines)];

		if (!session_command(session, text, &out, &request, &error))
			continue;
		buf_printf(&story, "%s\n", text);
		if (request == REQUEST_FORK)
			look(session, buf_str(&story), arg);
	}
	buf_deinit(&story);
	buf_deinit(&out);
	session_free(session);
}

static const struct fork_record *last_fork(const struct machine *m)
{
	return &m->forks[m->fork_count - 1];
}

static bool was_asked(const struct decision *d)
{
	return d->what == DECISION_COPY || d->what == DECISION_SKIP;
}

static void look_at_left(struct session *session, const char *story, void *arg)
{
	const struct fork_record *fork = last_fork(left(session));

	for (size_t v = 0; v < fork->vma_count; v++)
		if (was_asked(&fork->vmas[v].decision))
			assert_reached(arg, &fork->vmas[v].decision, story);
}

static void test_reachable(void **state)
{
	static const char *const specs[] = {"v5.18", "v6.1", "v6.14", "v6.18", "v6.19-rc1", "v7.2", "v7.3"};
	struct world_of_kernels w = all_kernels();
	uint32_t random = 99;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(specs); i++) {
		struct kernel *kernel = find(&w, specs[i]);
		struct inputs inputs = {.kernel = kernel, .flags = TOLD_APART};

		if (!(kernel->uffd_features & UFFD_FEATURE_MINOR_SHMEM))
			inputs.flags &= ~VM_UFFD_MINOR;
		assert_true(reach_each(inputs.flags, collect, &inputs));
		for (int round = 0; round < 40; round++)
			random_story(specs[i], specs[i], &random, look_at_left, &inputs);
		free(inputs.v);
		kernel_free(kernel);
	}
}

/* What both sides decided is what the condition says. */
struct told {
	const struct kernel_diff *diff;
	size_t asked, differ;
};

static void look_at_both(struct session *session, const char *story, void *arg)
{
	struct told *told = arg;
	const struct fork_record *fork[2] = {last_fork(left(session)), last_fork(right(session))};

	assert_int_equal(fork[0]->vma_count, fork[1]->vma_count);
	for (size_t v = 0; v < fork[0]->vma_count; v++) {
		const struct decision *d[2];
		struct decision_input input[2];
		int said;

		for (int k = 0; k < 2; k++) {
			d[k] = &fork[k]->vmas[v].decision;
			input[k] = (struct decision_input){d[k]->src_flags, d[k]->dst_flags,
							   d[k]->anon_vma};
		}
		if (!was_asked(d[0]) || !was_asked(d[1]))
			continue;
		said = kernel_diff_says(told->diff, input);
		if ((d[0]->what != d[1]->what) != (said >= 0) ||
		    (said >= 0 && d[said]->what != DECISION_COPY))
			fail_msg("%s and %s: the condition says %d after\n%s",
				 told->diff->kernel[0]->name, told->diff->kernel[1]->name, said, story);
		told->asked++;
		told->differ += said >= 0;
	}
}

static void test_random_pairs(void **state)
{
	struct world_of_kernels w = all_kernels();
	uint32_t random = 7;
	size_t differ = 0;

	(void)state;
	for (int round = 0; round < 40; round++) {
		const char *a = w.names[next_random(&random) % w.n];
		const char *b = w.names[next_random(&random) % w.n];
		struct kernel *k = find(&w, a), *l = find(&w, b);
		struct told told = {.diff = compare(k, l)};

		for (int story = 0; story < 12; story++)
			random_story(a, b, &random, look_at_both, &told);
		assert_true(told.asked > 0);
		assert_true(!told.differ || told.diff->case_count);
		differ += told.differ;
		kernel_diff_free((struct kernel_diff *)told.diff);
		kernel_free(k);
		kernel_free(l);
	}
	assert_true(differ > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimiser),
		cmocka_unit_test(test_all_pairs),
		cmocka_unit_test(test_all_witnesses),
		cmocka_unit_test(test_flagship),
		cmocka_unit_test(test_guard_after_wipe),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_made_up),
		cmocka_unit_test(test_reachable),
		cmocka_unit_test(test_random_pairs),
	};

	snprintf(temporary, sizeof(temporary), "/tmp/vmafork-witness-%d.vma", (int)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
