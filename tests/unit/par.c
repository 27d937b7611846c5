/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * par of a challenge is the length of the shortest solution that the search for a witness finds,
 * among its own commands and those of the file's solution; where it finds none, the file says
 * why, behind "# par:". VERBOSE=1 lists what was found.
 */
#include "support/check.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "kernels/profile.h"
#include "kernels/setup_search.h"
#include "language/command.h"

enum { STEPS_MOST = 8 };

/* What a challenge consists of, as far as the search can know it. */
struct challenge {
	struct kernel *kernel[2];
	struct command *goal;
	bool begins_empty; /* nothing but kernels and words precedes the goal */
	bool says_why;
	char *steps[STEPS_MOST]; /* of the solution */
	size_t n;
};

static void choose(struct challenge *c, const struct line *line)
{
	bool both = !strcmp(line->words[1].text, "both"), left = !strcmp(line->words[1].text, "left");

	for (int side = 0; side < 2; side++) {
		struct vf_error error;

		if (!both && left != (side == 0))
			continue;
		kernel_free(c->kernel[side]);
		c->kernel[side] = profiles_find(profiles_all(), line->words[2].text, &error);
		assert_non_null(c->kernel[side]);
	}
}

/* fork is a step already; the search knows no limits, and nothing that precedes the first mapping. */
static void add_step(struct challenge *c, const struct reader *reader, struct line *line)
{
	static const char *const others[] = {"fork", "limit", "set", "reader", "child", "become"};
	struct vf_error error;
	struct command *solution;
	struct buf text = {0};

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (!strcmp(line->words[1].text, others[i]))
			return;
	solution = command_parse(reader, line, false, &error);
	assert_non_null(solution);
	command_print(solution, &text);
	assert_true(c->n < STEPS_MOST);
	c->steps[c->n++] = xstrdup(buf_str(&text) + strlen("solution "));
	buf_deinit(&text);
	command_free(solution);
}

static void take_line(struct challenge *c, const struct reader *reader, struct line *line)
{
	static const char *const words[] = {"title", "about", "say"};
	bool only_says = false;
	struct vf_error error;

	if (!strcmp(line->words[0].text, "solution"))
		add_step(c, reader, line);
	if (c->goal)
		return;
	if (!strcmp(line->words[0].text, "goal")) {
		c->goal = command_parse(reader, line, false, &error);
		assert_non_null(c->goal);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		only_says |= !strcmp(line->words[0].text, words[i]);
	if (!strcmp(line->words[0].text, "kernel"))
		choose(c, line);
	else if (!only_says)
		c->begins_empty = false;
}

/* "# par: no command of the search has a size" */
static bool has_reason(const char *text)
{
	return strstr(text, "\n# par: ") != NULL;
}

static void read_challenge(const char *path, struct challenge *c)
{
	struct vf_error error;
	struct reader reader;
	struct line line;
	bool more = true;
	size_t length;
	char *text = read_file(path, 1 << 20, &length, &error);

	assert_non_null(text);
	*c = (struct challenge){.begins_empty = true, .says_why = has_reason(text)};
	reader_init(&reader, path, text, length);
	while (reader_next(&reader, &line, &more, &error) && more) {
		take_line(c, &reader, &line);
		line_deinit(&line);
	}
	free(text);
	assert_non_null(c->goal);
}

static void free_challenge(struct challenge *c)
{
	for (int side = 0; side < 2; side++)
		kernel_free(c->kernel[side]);
	for (size_t i = 0; i < c->n; i++)
		free(c->steps[i]);
	command_free(c->goal);
}

/* --- what the search can be asked for --------------------------------------------------------- */

/* Of the VMA that it builds, and of what one machine has. */
static bool is_searched(const struct command *expect)
{
	const struct expect_args *args = &expect->args.expect;
	word_number name = expect->args.target.name;

	return args->kind != EXPECT_DIFFER && args->kind != EXPECT_SAME && args->kind != EXPECT_REFUSED &&
	       (!name || !strcmp(command_word(expect, name), "mem"));
}

static bool can_be_searched(const struct challenge *c)
{
	bool can = c->begins_empty;

	for (size_t i = 0; i < c->goal->args.goal.n; i++)
		can = can && is_searched(c->goal->args.goal.v[i]);
	return can;
}

static bool part_holds(const struct command *expect, const struct machine *m)
{
	struct buf got = {0};
	bool holds;

	if (expect->args.target.name && !machine_name(m, "mem"))
		return false;
	holds = expectation_holds(expect, m, &got);
	buf_deinit(&got);
	return holds;
}

static bool reaches(const struct setup_pair *pair, const void *goal)
{
	const struct command *c = goal;
	bool all = true;

	for (size_t i = 0; all && i < c->args.goal.n; i++) {
		const struct command *expect = c->args.goal.v[i];

		for (int side = 0; side < 2; side++)
			if (expect->args.expect.side == WHICH_BOTH || expect->args.expect.side == side)
				all = all && part_holds(expect, pair->machine[side]);
	}
	return all;
}

/* Commands of the shortest solution that the search finds, fork included; 0: none. */
static size_t shortest(const struct challenge *c, struct buf *found)
{
	const struct kernel *kernels[2] = {c->kernel[0], c->kernel[1]};
	struct budget budget = budget_of((struct budget_amounts){UINT64_C(1) << 30, 240 * 1000 * 1000});
	struct setup_search *search = setup_search_create(kernels, VM_DONTCOPY | VM_WIPEONFORK, &budget,
							  reaches, c->goal);
	size_t n = 0;

	for (size_t i = 0; i < c->n; i++)
		setup_search_add(search, c->steps[i]);
	if (setup_search_run(search, false)) {
		setup_found_print(search, found);
		n = 1;
		for (const char *at = buf_str(found); *at; at++)
			n += *at == '\n';
	}
	setup_search_free(search);
	return n;
}

/* --- every challenge -------------------------------------------------------------------------- */

static unsigned wrong, proved;

static void check_par(const char *path)
{
	struct challenge c;
	struct buf found = {0};
	size_t par, n;

	read_challenge(path, &c);
	par = c.goal->args.goal.par;
	n = can_be_searched(&c) ? shortest(&c, &found) : 0;
	proved += n == par;
	if (getenv("VERBOSE"))
		print_message("%s: par %zu, found %zu%s\n%s", path, par, n, c.says_why ? ", says why" : "",
			      buf_str(&found));
	if (n && n < par) {
		print_error("%s: par %zu, but this reaches it:\n%sfork\n", path, par, buf_str(&found));
		wrong++;
	} else if (n != par && !c.says_why) {
		print_error("%s: par %zu, the search finds %zu, and no \"# par:\" says why\n", path, par, n);
		wrong++;
	} else if (n == par && c.says_why) {
		print_error("%s: \"# par:\" is not needed\n", path);
		wrong++;
	}
	buf_deinit(&found);
	free_challenge(&c);
}

static void test_par_is_what_the_search_finds(void **state)
{
	const size_t step = SANITIZED && !every_way() ? 6 : 1;
	glob_t found;

	(void)state;
	assert_int_equal(glob("share/challenges/*.vma", 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i += step)
		check_par(found.gl_pathv[i]);
	globfree(&found);
	assert_int_equal(wrong, 0);
	assert_true(proved >= (step > 1 ? 2 : 12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_par_is_what_the_search_finds),
	};

	return cmocka_run_group_tests_name("par", tests, NULL, NULL);
}
