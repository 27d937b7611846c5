/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The truth table of two kernels: each row against the model's decision, what it says of fork
 * against all inputs that fork can meet, and each row that can be met by running its scenario.
 */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "kernels/decision_table.h"
#include "kernels/profile.h"
#include "kernels/row_witness.h"
#include "support/world.h"

/* --- tables ------------------------------------------------------------------------------ */

static struct kernel *find(const char *spec)
{
	struct vf_error error;
	struct kernel *kernel = profiles_find(profiles_all(), spec, &error);

	assert_non_null(kernel);
	return kernel;
}

typedef void table_test(const struct decision_table *table, const char *const spec[2]);

static void with_table(const char *a, const char *b, table_test *test)
{
	const char *const spec[2] = {a, b};
	struct kernel *k = find(a), *l = find(b);
	struct budget budget = budget_of(budget_default);
	struct vf_error error;
	struct decision_table *table = decision_table_create(k, l, &budget, &error);

	assert_non_null(table);
	test(table, spec);
	decision_table_free(table);
	kernel_free(k);
	kernel_free(l);
}

/* All pairs of built-in kernels; each stride-th of them. */
static void each_pair(size_t stride, table_test *test)
{
	size_t n, pair = 0;
	const char *const *names = profiles_names(profiles_all(), &n);

	assert_true(n >= 20);
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (pair++ % stride == 0)
				with_table(names[i], names[j], test);
}

/* --- rows and the decision --------------------------------------------------------------- */

/* Flags of the column: all, one, or some of them, at random. */
static uint64_t some_of(uint64_t flags, uint32_t *random)
{
	uint64_t some = 0;

	for (uint64_t rest = flags; rest; rest &= rest - 1)
		if (next_random(random) % 2)
			some |= rest & -rest;
	return some ? some : flags;
}

/* An input with these columns; the flags that no kernel asks are as they like. */
static struct decision_input make_input(const struct decision_table *t, uint64_t point,
					uint32_t *random)
{
	struct decision_input input = {0};
	uint64_t asked[2] = {0};

	for (size_t i = 0; i < t->input_count; i++) {
		const struct table_input *column = &t->inputs[i];

		asked[column->side] |= column->flags;
		if (!(point >> i & 1))
			continue;
		input.anon_vma |= !column->flags;
		*(column->side == SIDE_SRC ? &input.src : &input.dst) |=
			some_of(column->flags, random);
	}
	input.src |= some_of(~asked[SIDE_SRC] & ((UINT64_C(1) << VM_FLAG_COUNT) - 1), random);
	input.dst |= some_of(~asked[SIDE_DST] & ((UINT64_C(1) << VM_FLAG_COUNT) - 1), random);
	return input;
}

static void hold_against_decision(const struct decision_table *t, const char *const spec[2])
{
	uint32_t random = 7;

	assert_in_range(t->input_count, 3, 12);
	for (uint64_t point = 0; point < UINT64_C(1) << t->input_count; point++) {
		struct decision_input input = make_input(t, point, &random);
		const struct table_row *row = NULL;

		for (size_t i = 0; i < t->row_count; i++)
			if (cube_has(t->rows[i].inputs, point)) {
				assert_null(row); /* one row only */
				row = &t->rows[i];
			}
		assert_non_null(row);
		assert_true(table_point(t, &input) == point);
		assert_ptr_equal(table_row_of(t, &input), row);
		for (int k = 0; k < 2; k++) {
			int what = (int)dup_mmap_decides(t->kernel[k], input.src, input.dst,
							 input.anon_vma).what;

			if (what != row->answer[k])
				fail_msg("%s and %s, row %zu", spec[0], spec[1],
					 (size_t)(row - t->rows) + 1);
		}
	}
}

static void test_rows_are_the_decision(void **state)
{
	(void)state;
	each_pair(1, hold_against_decision);
}

/* Rows are few: a decision list, not all combinations. */
static void count_rows(const struct decision_table *t, const char *const spec[2])
{
	(void)spec;
	assert_in_range(t->row_count, 3, 24);
}

static void test_rows_are_few(void **state)
{
	(void)state;
	each_pair(1, count_rows);
}

/* --- what fork can meet ------------------------------------------------------------------ */

struct met {
	const struct decision_table *table;
	bool *reached[2], *together;
};

static void meet(struct met *met, const struct circumstance *c, uint64_t more)
{
	size_t row[2];
	bool can[2];

	for (int k = 0; k < 2; k++) {
		struct decision_input input = reach_input(met->table->kernel[k], c);

		input.src |= more;
		input.dst |= more;
		can[k] = !reach_lacks(met->table->kernel[k], c);
		row[k] = (size_t)(table_row_of(met->table, &input) - met->table->rows);
		if (can[k])
			met->reached[k][row[k]] = true;
	}
	if (can[0] && can[1] && row[0] == row[1])
		met->together[row[0]] = true;
}

static bool meet_all(const struct circumstance *c, void *arg)
{
	bool anonymous = c->backing == BACKING_ANON || c->backing == BACKING_STACK;

	meet(arg, c, 0);
	meet(arg, c, VM_DONTCOPY);
	if (anonymous && !c->shared) /* elsewhere MADV_WIPEONFORK is EINVAL */
		meet(arg, c, VM_WIPEONFORK);
	return true;
}

static void hold_against_inputs(const struct decision_table *t, const char *const spec[2])
{
	struct met met = {.table = t, .together = xcalloc(t->row_count, sizeof(bool))};

	(void)spec;
	for (int k = 0; k < 2; k++)
		met.reached[k] = xcalloc(t->row_count, sizeof(bool));
	/* more flags than the two ask for: they make no difference */
	assert_true(reach_each(kernel_looks_for(t->kernel[0]) | kernel_looks_for(t->kernel[1]) |
			       VM_LOCKED | VM_UFFD_WP, meet_all, &met));
	for (size_t i = 0; i < t->row_count; i++) {
		assert_int_equal(t->rows[i].together, met.together[i]);
		for (int k = 0; k < 2; k++)
			assert_int_equal(t->rows[i].reached[k], met.reached[k][i]);
	}
	for (int k = 0; k < 2; k++)
		free(met.reached[k]);
	free(met.together);
}

static void test_reached(void **state)
{
	(void)state;
	each_pair(SANITIZED ? 5 : 1, hold_against_inputs);
}

/* Is that input excluded by one of the reasons that the row gives? */
static bool is_excluded(const struct table_row *row, int k, const struct decision_input *input)
{
	for (size_t i = 0; i < unreachable_count; i++)
		if (row->reasons[k] >> i & 1 && unreachables[i].is(input))
			return true;
	return (input->src | input->dst) & row->no_flags[k];
}

/* The reasons leave no input of the row, as many as random finds. */
static void hold_against_reasons(const struct decision_table *t, const char *const spec[2])
{
	uint64_t flags = kernel_looks_for(t->kernel[0]) | kernel_looks_for(t->kernel[1]);
	uint32_t random = 11;

	for (size_t i = 0; i < t->row_count; i++)
		for (int k = 0; k < 2; k++) {
			const struct table_row *row = &t->rows[i];
			bool why = row->reasons[k] || row->no_flags[k] || row->lacks[k];

			if (row->reached[k])
				continue;
			if (!why)
				fail_msg("%s and %s: row %zu has no reason", spec[0], spec[1],
					 i + 1);
			for (int round = 0; !row->lacks[k] && round < 400; round++) {
				uint64_t open = next_random(&random) & ~row->inputs.care;
				struct decision_input input =
					make_input(t, open | row->inputs.value, &random);

				input.src &= flags;
				input.dst &= flags;
				if (table_row_of(t, &input) == row && !is_excluded(row, k, &input))
					fail_msg("%s and %s: the reason for row %zu leaves inputs",
						 spec[0], spec[1], i + 1);
			}
		}
}

static void test_reasons(void **state)
{
	(void)state;
	each_pair(1, hold_against_reasons);
}

/* --- the scenarios of rows --------------------------------------------------------------- */

static char temporary[64];

/* Does the fork of that side decide as the row says, for an input of the row? */
static bool meets(const struct session *session, int side, const struct decision_table *t,
		  const struct table_row *row, int k)
{
	const struct machine *m = session_machine(session, side);
	const struct decision *d =
		&machine_fork_vma(m, &m->forks[m->fork_count - 1], "mem")->decision;
	struct decision_input input = {d->src_flags, d->dst_flags, d->anon_vma};

	return table_row_of(t, &input) == row && (int)d->what == row->answer[k];
}

static void run_row(const struct decision_table *t, const char *const spec[2], size_t i)
{
	const struct kernel_choice choice[2] = {{spec[0], NULL}, {spec[1], NULL}};
	const struct table_row *row = &t->rows[i];
	struct session *session = session_create(false);
	struct buf text = {0}, out = {0};
	struct vf_error error;

	if (!row_witness_write(t, i, choice, &text, &error))
		fail_msg("%s and %s: %s", spec[0], spec[1], error.message);
	assert_true(write_file(temporary, buf_str(&text), text.len, &error));
	if (!session_load(session, temporary, &out, &error))
		fail_msg("%s\n%s", error.message, buf_str(&text));
	assert_int_equal(session_failed(session), 0);
	assert_true(session_passed(session) >= 6);
	for (int k = 0; k < 2; k++) {
		/* one kernel may be on both sides */
		bool there = !strcmp(session_machine(session, k)->kernel->name, spec[k]);

		if (row->reached[k] && !meets(session, there ? k : !k, t, row, k))
			fail_msg("%s and %s: row %zu is not met by\n%s", spec[0], spec[1], i + 1,
				 buf_str(&text));
	}
	buf_deinit(&text);
	buf_deinit(&out);
	session_free(session);
}

static size_t rows_run, rows_refused;

static void run_rows(const struct decision_table *t, const char *const spec[2])
{
	for (size_t i = 0; i < t->row_count; i++) {
		const struct kernel_choice choice[2] = {{spec[0], NULL}, {spec[1], NULL}};
		struct buf text = {0}, why = {0};
		struct vf_error error;

		if (t->rows[i].reached[0] || t->rows[i].reached[1]) {
			run_row(t, spec, i);
			rows_run++;
			continue;
		}
		assert_false(row_witness_write(t, i, choice, &text, &error));
		assert_int_equal(text.len, 0);
		table_row_why(t, &t->rows[i], 0, &why);
		says(error.message, buf_str(&why));
		buf_deinit(&why);
		rows_refused++;
	}
}

/* Each kernel is on either side of some. */
static void test_scenarios(void **state)
{
	(void)state;
	each_pair(SANITIZED ? 23 : 7, run_rows);
	assert_true(rows_run > 100 && rows_refused > 10);
}

/* --- the pair that the program exists for ------------------------------------------------ */

static void look_at_flagship(const struct decision_table *t, const char *const spec[2])
{
	size_t differ = 0, met = 0;

	(void)spec;
	for (size_t i = 0; i < t->row_count; i++) {
		const struct table_row *row = &t->rows[i];
		struct buf words = {0};

		table_row_words(t, row, &words);
		differ += table_row_differs(row);
		if (table_row_differs(row) && row->together) {
			met++;
			assert_int_equal(row->answer[0], DECISION_SKIP);
			assert_int_equal(row->answer[1], DECISION_COPY);
			says(buf_str(&words), "src VM_UFFD_WP, ");
			says(buf_str(&words), "no dst VM_UFFD_WP");
			says(buf_str(&words), "no src anon_vma");
		}
		buf_deinit(&words);
	}
	assert_int_equal(differ, 3);
	assert_int_equal(met, 1);
}

static void test_flagship(void **state)
{
	(void)state;
	with_table("v6.18", "v6.19-rc1", look_at_flagship);
}

/* --- the command ------------------------------------------------------------------------- */

static void test_words(void **state)
{
	struct session *session = world("");
	char *text;

	(void)state;
	text = xstrdup(said(session, "table v6.18 v6.19-rc1"));
	says(text, "    8 0   0   0   0    0   1   -    skip     != copy      yes\n");
	says(text, "    6 0   0   0   0    1   0   1    copy        copy      no (a)\n");
	says(text, "  a  a userfaultfd flag on the child's VMA alone: "
		   "dup_userfaultfd only clears\n");
	says(text, "  b  v6.18 has no VM_MAYBE_GUARD\n");
	assert_string_equal(text, said(session, "table v6.18 v6.19-rc1")); /* always the same */
	free(text);
	says(said(session, "table v5.19 v6.0"), "ht VM_HUGETLB");
	says(said(session, "table v5.18 v6.19-rc1"), "v5.18 lacks uffd-wp on shmem and hugetlb\n");
	says(said(session, "table v7.2 v7.2"), "The answers are the same in all ");
	says(said(session, "table v7.2 v7.2"), "A: the first v7.2  B: the second v7.2\n");
	says(said(session, "table"), "A: v7.3 (check dst)  B: v7.3 (check src)\n");
	run(session, "kernel left v6.1\ncheck right dst");
	says(said(session, "table"), "A: v6.1  B: v7.3\n");
	says(said(session, "table v7.3 v7.3 with \"src VM_UFFD_WP\""),
	     "B: v7.3 with src VM_UFFD_WP\n");
	says(said(session, "table v7.3 with \"src VM_PFNMAP\" \"src VM_UFFD_WP\" v7.3"),
	     "A: v7.3 with src VM_PFNMAP with src VM_UFFD_WP  B: v7.3\n");
	session_free(session);
}

/* Columns are in line, and a kernel's name from a file is text, not markup. */
static void test_markdown(void **state)
{
	struct session *session = world("vma a anon 4K");
	struct decision_table *table;
	struct vf_error error = {0};
	struct buf text = {0};
	struct kernel *kernels[2];

	(void)state;
	says(said(session, "table v6.18 v6.19-rc1 markdown"),
	     "\n|   8 | 0               | 0                 | 0     ");
	says(said(session, "table v6.18 v6.19-rc1 markdown"), "| **skip** | **copy** | yes ");
	for (int k = 0; k < 2; k++)
		kernels[k] = find(k ? "v7.3" : "v6.18");
	free(kernels[0]->name);
	kernels[0]->name = xstrdup("<b> | *v*");
	table = decision_table_create(kernels[0], kernels[1], NULL, &error);
	assert_non_null(table);
	decision_table_markdown(table, &text);
	says(buf_str(&text), "A: \\<b> \\| \\*v\\*, B: v7.3. ");
	says(buf_str(&text), ": \\<b> \\| \\*v\\* has no VM_");
	for (const char *line = buf_str(&text); (line = strchr(line, '<')); line++)
		assert_int_equal(line[-1], '\\');
	buf_deinit(&text);
	decision_table_free(table);
	kernel_free(kernels[0]);
	kernel_free(kernels[1]);
	session_free(session);
}

static void test_refusals(void **state)
{
	struct session *session = world("vma a anon 4K");
	char *before = session_dump(session), *same;

	(void)state;
	says(refused(session, "table v6.18"), "is missing");
	says(refused(session, "table v6.18 v9zz"), "unknown kernel");
	says(refused(session, "table v6.18 v6.1 rows"), "markdown");
	says(refused(session, "table v6.18 v6.19-rc1 row 0"), "a number from 1");
	says(refused(session, "table v6.18 v6.19-rc1 row 11"), "the table has rows 1 to 10");
	says(refused(session, "table v6.18 v6.19-rc1 row 7"),
	     "fork cannot meet row 7: a userfaultfd flag on the child's VMA alone: "
	     "dup_userfaultfd only clears");
	says(refused(session, "table v6.18 v7.3 with VM_UFFD_WP"), "\"src VM_UFFD_WP\"");
	same = session_dump(session);
	assert_string_equal(before, same);
	free(before);
	free(same);
	session_free(session);
}

/* A row replaces the session with its scenario, and undo brings the session back. */
static void test_row(void **state)
{
	struct session *session = world("kernel left v6.1\nvma a anon 4K\ntouch a\nfork");
	char *before = session_dump(session), *after;

	(void)state;
	says(said(session, "table v6.18 v6.19-rc1 row 8"),
	     "v6.18: skip, v6.19-rc1: copy, when src VM_UFFD_WP, no src VM_DONTCOPY");
	assert_string_equal(left(session)->kernel->name, "v6.18");
	run(session, "expect left mem skip because none\nexpect right mem copy because VM_UFFD_WP");
	assert_int_equal(session_failed(session), 0);
	run(session, "undo");
	after = session_dump(session);
	assert_string_equal(before, after);
	run(session, "redo\nexpect right mem copy because VM_UFFD_WP");
	assert_int_equal(session_failed(session), 0);
	free(before);
	free(after);
	session_free(session);
}

/* Without names the kernels are those of the sides, however they were chosen. */
static void test_row_of_sides(void **state)
{
	static const char *const sides[] = {
		"", "check right dst\ncheck left src", "kernel both v6.19-rc1\ncheck left dst",
		("kernel left share/kernels/v6.19-rc1.kernel\n"
		 "kernel right v7.3 with \"src VM_UFFD_WP\""),
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
		struct session *session = world(sides[i]);
		char *table = xstrdup(said(session, "table")), *again;
		size_t n;
		char line[32];

		session_choices(session, &n);
		assert_true(n >= 7);
		snprintf(line, sizeof(line), "table row %zu", n);
		says(said(session, line), strrchr(line, 'r')); /* "row N" */
		again = xstrdup(said(session, "table"));
		assert_string_equal(strchr(table, '\n'), strchr(again, '\n'));
		free(table);
		free(again);
		session_free(session);
	}
}

/* The lines that can be chosen are the rows, and each stands for its own. */
static void test_choices(void **state)
{
	struct session *session = world("");
	const struct choice *choices;
	const char *line = said(session, "table v6.18 v6.19-rc1");
	size_t n, at = 0;

	(void)state;
	choices = session_choices(session, &n);
	assert_int_equal(n, 10);
	for (size_t i = 0; i < n; i++) {
		char command[64], number[32];

		for (; at < choices[i].line; at++)
			line = strchr(line, '\n') + 1;
		snprintf(number, sizeof(number), "%5zu ", i + 1);
		assert_int_equal(strncmp(line, number, strlen(number)), 0);
		snprintf(command, sizeof(command), "table v6.18 v6.19-rc1 row %zu", i + 1);
		assert_string_equal(choices[i].command, command);
	}
	said(session, "table v6.18 v6.19-rc1 markdown");
	session_choices(session, &n);
	assert_int_equal(n, 0);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_are_the_decision),
		cmocka_unit_test(test_rows_are_few),
		cmocka_unit_test(test_reached),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_scenarios),
		cmocka_unit_test(test_flagship),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_markdown),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_row),
		cmocka_unit_test(test_row_of_sides),
		cmocka_unit_test(test_choices),
	};

	snprintf(temporary, sizeof(temporary), "/tmp/vmafork-row-%d.vma", (int)getpid());
	return cmocka_run_group_tests(tests, NULL, NULL);
}
