/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which kernel is it? Asked of records: what each profile's model does in the
 * tiny forks of share/era/ takes the place of a kernel that behaves as that profile.
 */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "kernels/builtin.h"
#include "live/era.h"

enum { FILES_MOST = 64 };

struct recorded {
	struct probe probes[FILES_MOST];
	size_t n;
};

static struct kernel *kernel_of(const char *spec, bool toggled)
{
	struct vf_error error;
	struct kernel *kernel = profiles_find(profiles_all(), spec, &error);

	assert_non_null(kernel);
	if (toggled)
		assert_true(kernel_check(kernel, kernel_checks(kernel) == SIDE_SRC ? SIDE_DST : SIDE_SRC));
	return kernel;
}

/* --- a record as the probe would have made it ------------------------------------ */

/* All that is visible of an entry from outside. */
static void forget_the_hidden(struct seen_process *process)
{
	for (size_t i = 0; i < process->vma_count; i++)
		for (size_t k = 0; k < process->vmas[i].run_count; k++) {
			struct seen_page *page = &process->vmas[i].runs[k].page;

			page->known = PTE_UFFD_WP;
			if (seen_state(*page) == PTE_PRESENT)
				page->known |= PTE_EXCLUSIVE;
			page->anon = page->same = SEEN_UNKNOWN;
		}
}

static void look(struct lockstep *lockstep, struct record *record, size_t step, bool fork)
{
	struct seen_moment *moment = record_add(record, step, fork);

	lockstep_observe(lockstep, moment);
	forget_the_hidden(&moment->parent);
	forget_the_hidden(&moment->child);
}

static void record_one(struct probe *probe, const struct kernel *kernel, const char *release,
		       const struct builtin_file *file)
{
	struct vf_error error;
	struct lockstep lockstep;
	struct model_error model_error;
	size_t i = 0;

	*probe = (struct probe){.knobs = {.thp = THP_MADVISE, .fault_around = 16}};
	snprintf(probe->release.name, sizeof(probe->release.name), "%s-test", release);
	snprintf(probe->release.version, sizeof(probe->release.version), "%s", release);
	assert_true(scenario_read(&probe->scenario, file->name, file->text, &error));
	record_init(&probe->seen, probe->scenario.n);
	lockstep_init(&lockstep, &probe->scenario, kernel, probe->knobs);
	for (; i < probe->scenario.n; i++) {
		bool fork = probe->scenario.commands[i]->spec->id == COMMAND_fork;

		if (!lockstep_next(&lockstep, &probe->seen.steps[i], &model_error)) {
			probe->end = model_error.err > 0 ? PROBE_REFUSED : PROBE_IMPOSSIBLE;
			probe->end_step = i;
			if (model_error.err <= 0)
				probe->seen.steps[i] = (struct seen_step){0};
			break;
		}
		if (fork)
			look(&lockstep, &probe->seen, i, true);
	}
	if (i == probe->scenario.n)
		look(&lockstep, &probe->seen, i - 1, false);
	lockstep_deinit(&lockstep);
}

static void record_all(struct recorded *r, const struct kernel *kernel, const char *release)
{
	assert_true(builtin_era_count > 0 && builtin_era_count <= FILES_MOST);
	for (r->n = 0; r->n < builtin_era_count; r->n++)
		record_one(&r->probes[r->n], kernel, release, &builtin_eras[r->n]);
}

static void forget(struct recorded *r)
{
	while (r->n)
		probe_deinit(&r->probes[--r->n]);
}

/* A kernel that behaves as `profile` and calls itself `release`. */
static void choose(struct era *era, const char *profile, bool toggled, const char *release)
{
	struct kernel *kernel = kernel_of(profile, toggled);
	struct recorded r = {.n = 0};

	record_all(&r, kernel, release);
	era_choose(era, profiles_all(), r.probes, r.n);
	forget(&r);
	kernel_free(kernel);
}

static const struct candidate *candidate(const struct era *era, const char *profile, bool toggled)
{
	for (size_t i = 0; i < era->count; i++)
		if (era->candidates[i].toggled == toggled &&
		    !strcmp(era->candidates[i].kernel->profile, profile))
			return &era->candidates[i];
	return NULL;
}

static void print(const struct era *era, struct buf *out)
{
	struct likeness likeness;

	era_likeness(era, &likeness);
	likeness_print(&likeness, out);
	likeness_deinit(&likeness);
}

/* --- the tests ---------------------------------------------------------------------- */

/* What no scenario of share/era/ can tell apart: there is nothing to see in user space. */
static const struct {
	const char *a, *b;
} alike[] = {
	{"bisect-5dba5cc2e0ff", "v6.19-rc7"}, /* where in the function a flag is looked up */
};

static bool known_to_be_alike(const char *a, const char *b)
{
	for (size_t i = 0; i < ARRAY_SIZE(alike); i++)
		if ((!strcmp(a, alike[i].a) && !strcmp(b, alike[i].b)) ||
		    (!strcmp(a, alike[i].b) && !strcmp(b, alike[i].a)))
			return true;
	return false;
}

static void test_every_profile_is_recognized(void **state)
{
	size_t n;
	const char *const *names = profiles_names(profiles_all(), &n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct era era;

		choose(&era, names[i], false, "99.9");
		assert_non_null(era.chosen);
		assert_false(era.chosen->toggled);
		for (size_t k = 0; k < n; k++) {
			const struct candidate *c = candidate(&era, names[k], false);
			bool wanted = i == k || known_to_be_alike(names[i], names[k]);

			if (!c->differ != wanted)
				print_error("a kernel like %s, held against %s: %zu differ: %s\n", names[i],
					    names[k], c->differ, c->contradiction.text);
			assert_int_equal(!c->differ, wanted);
			assert_int_equal(!c->contradiction.text, wanted);
		}
		era_deinit(&era);
	}
}

static void test_behaviour_beats_the_release(void **state)
{
	struct era era;
	struct buf out = {0};

	(void)state;
	choose(&era, "v6.19-rc7", false, "6.1.0");
	assert_string_equal(era.chosen->kernel->profile, "v6.19-rc7");
	assert_string_equal(era.by_release, "v6.1");
	print(&era, &out);
	assert_non_null(strstr(buf_str(&out), "the profile of its release is v6.1"));
	buf_deinit(&out);
	era_deinit(&era);
}

static void test_the_release_settles_what_is_alike(void **state)
{
	struct era era;
	struct buf out = {0};

	(void)state;
	choose(&era, "bisect-5dba5cc2e0ff", false, "6.18.40");
	assert_string_equal(era.chosen->kernel->profile, "v6.19-rc7");
	print(&era, &out);
	assert_non_null(strstr(buf_str(&out), "not distinguishable from: bisect-5dba5cc2e0ff"));
	buf_deinit(&out);
	era_deinit(&era);
}

static void test_the_regression_on_a_newer_kernel(void **state)
{
	struct era era;

	(void)state;
	choose(&era, "v7.3", true, "7.3.4");
	assert_non_null(era.chosen);
	assert_true(era.chosen->toggled);
	assert_string_equal(era.chosen->kernel->profile, "v7.3");
	assert_string_equal(kernel_check_word(era.chosen->kernel), "src");
	era_deinit(&era);
}

/* No kernel has userfaultfd as new and guard regions as old as that. */
static void test_none_explains_it(void **state)
{
	struct kernel *old = kernel_of("v6.12", false), *new = kernel_of("v7.3", false);
	struct recorded r = {.n = 0};
	struct era era;
	struct buf out = {0};

	(void)state;
	record_all(&r, new, "7.3.4");
	for (size_t i = 0; i < r.n; i++)
		if (!strncmp(builtin_eras[i].name, "guard-", 6)) {
			probe_deinit(&r.probes[i]);
			record_one(&r.probes[i], old, "7.3.4", &builtin_eras[i]);
		}
	era_choose(&era, profiles_all(), r.probes, r.n);
	assert_null(era.chosen);
	assert_non_null(era.nearest);
	assert_string_equal(era.nearest->kernel->profile, "v7.3");
	print(&era, &out);
	assert_non_null(strstr(buf_str(&out), "no known kernel"));
	assert_non_null(strstr(buf_str(&out), "model success, kernel EINVAL"));
	buf_deinit(&out);
	era_deinit(&era);
	forget(&r);
	kernel_free(old);
	kernel_free(new);
}

static void test_nothing_was_seen(void **state)
{
	struct era era;
	struct buf out = {0};

	(void)state;
	era_choose(&era, profiles_all(), NULL, 0);
	assert_null(era.chosen);
	assert_null(era.nearest);
	print(&era, &out);
	assert_non_null(strstr(buf_str(&out), "nothing could be observed"));
	buf_deinit(&out);
	era_deinit(&era);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_profile_is_recognized),
		cmocka_unit_test(test_behaviour_beats_the_release),
		cmocka_unit_test(test_the_release_settles_what_is_alike),
		cmocka_unit_test(test_the_regression_on_a_newer_kernel),
		cmocka_unit_test(test_none_explains_it),
		cmocka_unit_test(test_nothing_was_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
