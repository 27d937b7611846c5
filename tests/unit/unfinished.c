/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that a kernel does not finish. The model refuses them on each kernel that is
 * concerned, here with entries that are set by hand, which no kernel can be given; and
 * no file of this tree leads any known kernel to one.
 */
#include "support/check.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/profile.h"
#include "support/world.h"

/* --- commands from text ------------------------------------------------------------ */

struct steps {
	struct command **v;
	size_t n, cap;
};

/* Those that shape memory, up to the first that no system call does. */
static struct steps steps_read(const char *name, const char *text, bool by_hand)
{
	struct steps steps = {0};
	struct vf_error error;
	struct reader reader;
	struct line line = {0};
	bool more = true;

	reader_init(&reader, name, text, strlen(text));
	while (reader_next(&reader, &line, &more, &error) && more) {
		struct command *c = command_parse(&reader, &line, false, &error);

		if (!c)
			fail_msg("%s:%u: %s", name, error.line, error.message);
		if (!by_hand && (c->spec->id == COMMAND_pte || c->spec->id == COMMAND_flags ||
				 c->spec->id == COMMAND_anon_vma)) {
			command_free(c);
			break;
		}
		if (!c->spec->builds) {
			command_free(c);
			continue;
		}
		GROW(steps.v, steps.n, steps.cap);
		steps.v[steps.n++] = c;
	}
	return steps;
}

static void steps_free(struct steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		command_free(steps->v[i]);
	free(steps->v);
	*steps = (struct steps){0};
}

/* How many are carried out; *error says why not the next one. */
static size_t carry_out(const struct kernel *kernel, const struct steps *steps,
			struct model_error *error)
{
	struct machine *m = machine_create(kernel, NULL);
	size_t n = 0;

	*error = (struct model_error){0};
	while (n < steps->n && command_apply(m, steps->v[n], error))
		n++;
	machine_free(m);
	return n;
}

/* --- every kernel, with either check -------------------------------------------------- */

static void each_kernel(void (*each)(const struct kernel *kernel, void *owner), void *owner)
{
	const struct profiles *profiles = profiles_all();
	struct vf_error error;
	size_t n;
	const char *const *names = profiles_names(profiles, &n);

	assert_true(n > 20);
	for (size_t i = 0; i < n; i++) {
		struct kernel *kernel = profiles_find(profiles, names[i], &error);

		assert_non_null(kernel);
		for (int side = 0; side < 2; side++)
			if (kernel_check(kernel, (enum vma_side)side) || !side)
				each(kernel, owner);
		kernel_free(kernel);
	}
}

/* --- refused ----------------------------------------------------------------------------- */

enum { IN_PARENT, IN_CHILD, GUARD, FORCED };

/* The last line is the call. */
static const struct {
	int kind;
	const char *text;
} cases[] = {
	{GUARD, "vma a shmem 4p\npte a 1 marker,uffd-wp\nmadvise a guard-install\n"},
	{GUARD, "vma a shmem 4p\npte a 1 present,uffd-wp\nflags a +VM_UFFD_WP\nmadvise a guard-install 0-2\n"},
	{GUARD, "vma a file private 4p\npte a 3 marker,uffd-wp\nmadvise a guard-install 0,3\n"},
	{IN_PARENT, "vma a hugetlb private 2M\nanon_vma a on\npte a all huge,uffd-wp,exclusive\ntouch a 5 write\n"},
	{IN_PARENT, "vma a hugetlb private 2M\nanon_vma a on\npte a all huge,uffd-wp,exclusive\npin a 0\n"},
	{IN_PARENT, "vma a hugetlb private 2M\nanon_vma a on\npte a all huge,uffd-wp,exclusive\nmlock a\n"},
	{IN_PARENT, "vma a hugetlb private 2M r\nanon_vma a on\npte a all huge,uffd-wp,exclusive\n"
		    "flags a +VM_LOCKED\nmprotect a rw\n"},
	{IN_PARENT, "vma a hugetlb shared 4M\npte a 512-1023 marker,uffd-wp\ntouch a 600 write\n"},
	{IN_CHILD, "vma a hugetlb private 2M\nanon_vma a on\npte a all huge,uffd-wp,exclusive\n"
		   "flags a +VM_UFFD_WP\nfork\nflags a -VM_UFFD_WP\nchild touch a 0 write\n"},
	{FORCED, "vma a hugetlb private 2M r\nanon_vma a on\npte a all huge,exclusive\nflags a -VM_SOFTDIRTY\npoke a 0\n"},
};

/* What the kernel does with a case: 0 it is carried out, an errno, or -1: unfinished. */
static int expected(const struct kernel *k, int kind)
{
	uint8_t guard = k->behaviour[BEHAVIOUR_GUARD_REGIONS];
	bool kept = k->behaviour[BEHAVIOUR_HUGETLB_STALE_BIT] == HUGETLB_STALE_BIT_KEPT;
	bool stale = k->behaviour[BEHAVIOUR_HUGETLB_UFFD_FORK] == HUGETLB_UFFD_FORK_STALE;

	if (kind == FORCED)
		return k->behaviour[BEHAVIOUR_HUGETLB_FORCE] == HUGETLB_FORCE_YES ? -1 : EIO;
	if (kind == GUARD)
		return guard == GUARD_NONE || guard == GUARD_ANON ? EINVAL : -1;
	/* A child that still is registered, as flags by hand are in some, waits instead. */
	if (kind == IN_CHILD && k->behaviour[BEHAVIOUR_UFFD_NO_CONTEXT] == UFFD_NO_CONTEXT_KEPT)
		return 0;
	return kept && (kind == IN_PARENT || stale) ? -1 : 0;
}

static void check_cases(const struct kernel *kernel, void *owner)
{
	unsigned *unfinished = owner;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct steps steps = steps_read("case", cases[i].text, true);
		struct model_error error;
		size_t n = carry_out(kernel, &steps, &error);
		int want = expected(kernel, cases[i].kind);
		int got = n == steps.n ? 0 : error.unfinished ? -1 : error.err;

		if (n < steps.n - 1 || got != want)
			fail_msg("%s, case %zu, command %zu: %d, not %d: %s", kernel->name, i, n, got,
				 want, error.message);
		if (got < 0)
			assert_int_equal(error.err, MODEL_NOT_MODELLED);
		unfinished[cases[i].kind] += got < 0;
		steps_free(&steps);
	}
}

static void test_the_model_refuses(void **state)
{
	unsigned unfinished[4] = {0};
	struct session *session;

	(void)state;
	each_kernel(check_cases, unfinished);
	for (size_t i = 0; i < ARRAY_SIZE(unfinished); i++)
		assert_true(unfinished[i] > 0);
	session = world("kernel both v6.18\nvma a shmem 1p\npte a 0 marker,uffd-wp");
	assert_string_equal(refused(session, "madvise a guard-install"),
			    "left: not modelled: this kernel does not finish this call\n");
	session_free(session);
}

/* --- no file ------------------------------------------------------------------------------- */

struct file {
	const char *name;
	struct steps steps;
};

static void check_file(const struct kernel *kernel, void *owner)
{
	const struct file *file = owner;
	struct model_error error;
	size_t n = carry_out(kernel, &file->steps, &error);

	if (n < file->steps.n && error.unfinished)
		fail_msg("%s: %s does not finish command %zu", file->name, kernel->name, n + 1);
}

static char *read_text(const char *name)
{
	FILE *file = fopen(name, "r");
	char *text = xcalloc(1, 1 << 18);

	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 18) - 1, file) < (1 << 18) - 1);
	fclose(file);
	return text;
}

static void test_no_file_holds_such_a_call(void **state)
{
	static const char *const patterns[] = {
		"scenarios/*.vma", "share/era/*.vma", "tests/*.vma", "tests/*/*.vma", "tests/*/*/*.vma",
	};
	glob_t files = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++)
		glob(patterns[i], i ? GLOB_APPEND : 0, NULL, &files);
	assert_true(files.gl_pathc > 100);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		char *text = read_text(files.gl_pathv[i]);
		struct file file = {files.gl_pathv[i], steps_read(files.gl_pathv[i], text, false)};

		each_kernel(check_file, &file);
		steps_free(&file.steps);
		free(text);
	}
	globfree(&files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_model_refuses),
		cmocka_unit_test(test_no_file_holds_such_a_call),
	};

	return cmocka_run_group_tests_name("unfinished", tests, NULL, NULL);
}
