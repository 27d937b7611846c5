/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing: which lines are commands, what their arguments are, and where a wrong one is wrong. */
#include "support/check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"

/* The line as a command, or NULL with an error. */
static struct command *parse(const char *text, bool prompt, struct vf_error *error)
{
	struct reader reader;
	struct line line;
	bool more;

	*error = (struct vf_error){0};
	reader_init(&reader, "test", text, strlen(text));
	assert_true(reader_next(&reader, &line, &more, error));
	assert_true(more);
	return command_parse(&reader, &line, prompt, error);
}

static struct command *right(const char *text)
{
	struct vf_error error;
	struct command *c = parse(text, false, &error);

	if (!c)
		fail_msg("%s: column %u: %s", text, error.col, error.message);
	return c;
}

struct wrong {
	const char *text;
	unsigned col;
	const char *says; /* in the message or the hint */
};

static void check_wrong(const struct wrong *wrongs, size_t n)
{
	bool ok = true;

	for (size_t i = 0; i < n; i++) {
		const struct wrong *w = &wrongs[i];
		struct vf_error error;
		struct command *c = parse(w->text, false, &error);

		if (c) {
			print_error("not refused: %s\n", w->text);
			ok = false;
		} else if (error.col != w->col ||
			   (!strstr(error.message, w->says) && !strstr(error.hint, w->says))) {
			print_error("%s\n  column %u: %s (%s)\n  wanted column %u: %s\n", w->text, error.col,
				    error.message, error.hint, w->col, w->says);
			ok = false;
		}
		command_free(c);
	}
	assert_true(ok);
}

/* What the prompt makes of a line that has shortened words. */
static void check_full(const char *text, const char *full)
{
	struct vf_error error;
	struct command *c = parse(text, true, &error);
	struct buf out = {0};

	if (!c)
		fail_msg("%s: column %u: %s", text, error.col, error.message);
	command_print(c, &out);
	assert_string_equal(buf_str(&out), full);
	buf_deinit(&out);
	command_free(c);
}

/* --- vma ------------------------------------------------------------------------------------- */

static void test_vma_options(void **state)
{
	struct command *c = right("vma a shmem 4p r times 3 at 0x200000 own +dc");
	const struct vma_args *vma = &c->args.vma;

	(void)state;
	assert_true(vma->is_times);
	assert_int_equal(vma->times, 3);
	assert_int_equal(vma->mmap.address, 0x200000);
	assert_true(vma->own && !vma->apart && !vma->of);
	assert_int_equal(vma->mmap.add_flags, VM_DONTCOPY);
	command_free(c);

	c = right("vma a shmem 4p apart of b from 0x10");
	vma = &c->args.vma;
	assert_string_equal(command_word(c, c->args.target.name), "a");
	assert_string_equal(command_word(c, vma->of), "b");
	assert_int_equal(vma->of_page, 16);
	assert_int_equal(vma->times, 1);
	assert_true(!vma->is_times && !vma->own && vma->apart && !vma->mmap.fixed);
	command_free(c);

	c = right("vma a file 4p none times 1 of b");
	vma = &c->args.vma;
	assert_true(vma->is_times && vma->of && !vma->of_page);
	assert_int_equal(vma->mmap.prot, 0);
	command_free(c);
}

/* Shared anonymous memory is a shmem file that nothing else maps. */
static void test_anon_shared(void **state)
{
	struct command *c = right("vma a anon shared 4p times 2");

	(void)state;
	assert_int_equal(c->args.vma.mmap.backing, BACKING_SHMEM);
	assert_true(c->args.vma.mmap.shared && c->args.vma.own);
	command_free(c);
	c = right("vma a anon private 4p");
	assert_int_equal(c->args.vma.mmap.backing, BACKING_ANON);
	assert_true(!c->args.vma.mmap.shared && !c->args.vma.own);
	command_free(c);
	c = right("vma a shmem shared 4p");
	assert_true(c->args.vma.mmap.shared && !c->args.vma.own);
	command_free(c);
}

static void test_wrong_vma(void **state)
{
	static const struct wrong wrongs[] = {
		{"vma a shmem 4p own apart own", 26, "'own' is given already"},
		{"vma a shmem 4p at 4096 of b at 4096", 29, "'at' is given already"},
		{"vma a shmem 4p times 0", 22, "a number from 1"},
		{"vma a shmem 4p times", 22, "a number is missing"},
		{"vma a shmem 4p of", 19, "a name is missing"},
		{"vma a shmem 4p of b from", 26, "a page's number is missing"},
		{"vma a shmem 4p of b from x", 26, "a page's number"},
		{"vma a shmem 4p of b from 0xfffffffffffff0", 26, "does not exist"},
		{"vma a shmem 4p from 3", 16, "of"},
		{"vma a shmem 4p aprt", 16, "did you mean 'apart'"},
		{"vma a shmem own 4p", 13, "a size"},
		{"vma a shmem 4p +dc own", 20, "+FLAG"},
		{"vma a shmem 4p own rw", 20, "got 'rw'"},
		{"vma a23456789-123456789-123456789-123456789-123456789-123456789-123 shmem 4p times 2", 5,
		 "65 characters"},
		{"vma a shmem 4p times 10000000000000000000", 22, "a number from 1"},
	};

	(void)state;
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}

/* --- names ---------------------------------------------------------------------------------------- */

/* Words of the first version, and those without which expectations would be ambiguous. */
static void test_reserved_names(void **state)
{
	static const char *const words[] = {
		"vma", "touch", "child", "fork", "left", "both", "anon", "shared", "dontneed", "guard-remove",
		"present", "device-private", "uffd-wp", "wp", "event-fork", "move", "read", "off", "dst",
		"run", "copy", "wipe", "always", "vmas", "cow-copies", "blocked", "SIGBUS", "start", "all",
		"at", "not", "because", "differ", "signal", "absent", "answer", "page-table-levels", "exec",
		"anon_vma", "VM_UFFD_WP", "joined", "refused", "and", "par",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		char line[64];

		snprintf(line, sizeof(line), "vma %s anon 4p", words[i]);
		check_wrong(&(struct wrong){line, 5, "is a word of the language"}, 1);
		snprintf(line, sizeof(line), "uffd %s", words[i]);
		check_wrong(&(struct wrong){line, 6, "is a word of the language"}, 1);
	}
}

/* What came later than the first files may be a name, in each place of a name. */
static void test_later_words_as_names(void **state)
{
	static const char *const words[] = {"ok", "open", "probe", "import", "calibrate", "munlock", "of",
					    "from", "times", "own", "apart", "onfault", "ENOMEM", "uw"};
	static const char *const lines[] = {
		"vma %s anon 4p", "vma %s anon 4p own", "vma a anon 4p of %s", "touch %s",
		"mlock %s onfault", "register u %s wp", "merge %s %s", "expect both %s skip",
		"expect both child %s 0 present", "expect left parent joined %s %s", "expect left parent %s vmas 1",
		"expect left refused EPERM munmap %s", "expect same %s", "uffd %s",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		for (size_t k = 0; k < ARRAY_SIZE(lines); k++) {
			char line[80];

			snprintf(line, sizeof(line), lines[k], words[i], words[i]);
			command_free(right(line));
		}
}

static void test_options_as_names(void **state)
{
	struct command *c = right("vma times anon 4p times 2 of of from 1");

	(void)state;
	assert_string_equal(command_word(c, c->args.vma.of), "of");
	assert_int_equal(c->args.vma.times, 2);
	command_free(c);
}

static void test_short_vma(void **state)
{
	(void)state;
	check_full("vma a sh sh 4p ti 2 ow ap at 4096 of b fr 1",
		   "vma a shmem shared 4p times 2 own apart at 4096 of b from 1");
}

/* --- patterns -------------------------------------------------------------------------------------- */

static void check_pattern(const char *text, bool pattern)
{
	struct command *c = right(text);

	if (c->args.target.pattern != pattern)
		fail_msg("%s: is its name a pattern?", text);
	command_free(c);
}

static void test_patterns(void **state)
{
	(void)state;
	check_pattern("touch a.* 0 read", true);
	check_pattern("touch a.1 0 read", false);
	check_pattern("register u * 0 wp", true);
	check_pattern("madvise *a*b dontfork", true);
	check_pattern("show pages h*", true);
	check_pattern("show pages", false);
	check_pattern("explain *", true);
	check_pattern("pte a* 0 present", true);
	check_pattern("expect both a* skip", true);
	check_pattern("expect same a*", true);
	check_pattern("expect left child *.0 not absent", true);
}

static void test_wrong_patterns(void **state)
{
	static const struct wrong wrongs[] = {
		{"vma a* anon 4p", 5, "a pattern is not possible here"},
		{"vma a shmem 4p of b*", 19, "a pattern is not possible here"},
		{"merge a* b", 7, "a pattern is not possible here"},
		{"merge a *", 9, "a pattern is not possible here"},
		{"uffd u*", 6, "a pattern is not possible here"},
		{"protect u* a", 9, "a pattern is not possible here"},
		{"touch a?", 7, "a name of letters"},
	};

	(void)state;
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}

/* --- calls on ranges --------------------------------------------------------------------------- */

/* The target and its pages: "a", "a 0-3". */
static void check_target(const char *text, const char *name, uint64_t first, uint64_t last)
{
	struct command *c = right(text);
	const struct target *target = &c->args.target;

	assert_string_equal(command_word(c, target->name), name);
	assert_int_equal(target->all_pages, first > last);
	if (!target->all_pages) {
		assert_int_equal(target->pages.n, 1);
		assert_int_equal(target->pages.v[0].first, first);
		assert_int_equal(target->pages.v[0].last, last);
	}
	command_free(c);
}

enum { ALL = 1 }; /* first page of no range: up to page 0 */

static void test_ranges(void **state)
{
	(void)state;
	check_target("mprotect a r", "a", ALL, 0);
	check_target("mprotect a r all", "a", ALL, 0);
	check_target("mprotect a none 2-3", "a", 2, 3);
	check_target("mlock a", "a", ALL, 0);
	check_target("mlock a onfault", "a", ALL, 0);
	check_target("mlock a 1 onfault", "a", 1, 1);
	check_target("munlock a", "a", ALL, 0);
	check_target("munlock a 0-1,2", "a", 0, 2);
	check_target("munmap a 7", "a", 7, 7);
	check_target("register u a 1-4 wp missing", "a", 1, 4);
	check_target("register u a minor", "a", ALL, 0);
	check_target("unregister u a 3", "a", 3, 3);
	check_target("madvise a dontfork 3", "a", 3, 3);
	/* onfault came later, and so did munlock */
	check_target("touch munlock 0", "munlock", 0, 0);
	check_target("mlock onfault 0 onfault", "onfault", 0, 0);
}

static void test_onfault(void **state)
{
	struct command *c = right("mlock a onfault");

	(void)state;
	assert_true(c->args.onfault);
	command_free(c);
	c = right("mlock a");
	assert_false(c->args.onfault);
	command_free(c);
	check_full("ml a 0 on", "mlock a 0 onfault");
	check_full("reg u a 0 w", "register u a 0 wp");
}

static void test_wrong_ranges(void **state)
{
	static const struct wrong wrongs[] = {
		{"mprotect a 0-3 r", 12, "a protection"},
		{"mprotect a r x", 14, "pages"},
		{"mlock a onfault 3", 17, "unexpected word '3'"},
		{"mlock a onfalt", 9, "did you mean 'onfault'"},
		{"munlock", 9, "a name is missing"},
		{"munmap a 3-1", 10, "ends before it starts"},
		{"register u a 3", 16, "missing"},
		{"register u a wp 3", 17, "missing, wp, minor or rwp"},
		{"unregister u a 1 2", 18, "unexpected word '2'"},
	};

	(void)state;
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}

/* --- expectations ------------------------------------------------------------------------------------ */

/* The kind, the target, and what all kinds have. */
static struct command *expects(const char *text, enum expect_kind kind, const char *name, bool negated)
{
	struct command *c = right(text);
	const struct target *target = &c->args.target;

	if (c->args.expect.kind != kind)
		fail_msg("%s: kind %d, wanted %d", text, c->args.expect.kind, kind);
	assert_int_equal(c->args.expect.negated, negated);
	if (name)
		assert_string_equal(command_word(c, target->name), name);
	else
		assert_int_equal(target->name, 0);
	return c;
}

static void test_expected_pages(void **state)
{
	struct command *c = expects("expect left a 0-3 copy because VM_PFNMAP", EXPECT_DECISION, "a", false);

	(void)state;
	assert_int_equal(c->args.target.pages.v[0].last, 3);
	assert_int_equal(c->args.expect.decision, DECISION_COPY);
	assert_string_equal(command_word(c, c->args.expect.reason), "VM_PFNMAP");
	command_free(c);
	c = expects("expect left a all skip", EXPECT_DECISION, "a", false);
	assert_true(c->args.target.all_pages && c->args.target.pages_word);
	command_free(c);
	c = expects("expect both child a 2 not VM_LOCKED lf", EXPECT_FLAGS, "a", true);
	assert_int_equal(c->args.expect.flags, VM_LOCKED | vm_flag_by_name("lf"));
	assert_int_equal(c->args.target.pages.v[0].first, 2);
	command_free(c);
	c = expects("expect both child a 2 not present,write", EXPECT_PAGES, "a", true);
	assert_int_equal(c->args.expect.entry.state, PTE_PRESENT);
	command_free(c);
	command_free(expects("expect right parent a 2 not absent", EXPECT_ABSENT, "a", true));
	command_free(expects("expect right parent a 2 absent", EXPECT_ABSENT, "a", false));
	command_free(expects("expect right parent a VM_UFFD_WP", EXPECT_FLAGS, "a", false));
}

static void test_expected_vmas(void **state)
{
	struct command *c = expects("expect both child a 0-7 vmas 2", EXPECT_VMAS, "a", false);

	(void)state;
	assert_int_equal(c->args.expect.count, 2);
	assert_int_equal(c->args.expect.process, PROCESS_CHILD);
	assert_int_equal(c->args.target.pages.v[0].last, 7);
	command_free(c);
	c = expects("expect both parent a* vmas 1", EXPECT_VMAS, "a*", false);
	assert_true(c->args.target.pattern && c->args.target.all_pages);
	command_free(c);
}

static void test_expected_counts_of_pages(void **state)
{
	struct command *c = expects("expect left child a 0-7 pages marker,uffd-wp 3", EXPECT_COUNTED, "a", false);

	(void)state;
	assert_int_equal(c->args.expect.count, 3);
	assert_int_equal(c->args.expect.entry.state, PTE_MARKER);
	assert_int_equal(c->args.expect.entry.attrs, PTE_UFFD_WP);
	assert_int_equal(c->args.target.pages.v[0].last, 7);
	command_free(c);
	c = expects("expect both parent a* pages swap 0", EXPECT_COUNTED, "a*", false);
	assert_true(c->args.target.pattern && c->args.target.all_pages);
	command_free(c);
}

static void test_expected_joined(void **state)
{
	struct command *c = expects("expect left child not joined a b", EXPECT_JOINED, "a", true);

	(void)state;
	assert_string_equal(command_word(c, c->args.expect.other), "b");
	assert_int_equal(c->args.expect.process, PROCESS_CHILD);
	command_free(c);
	c = expects("expect left parent joined of of", EXPECT_JOINED, "of", false);
	assert_string_equal(command_word(c, c->args.expect.other), "of");
	assert_true(c->args.expect.other != c->args.target.name);
	command_free(c);
}

static void test_expected_fork(void **state)
{
	struct command *c = expects("expect left fork ENOMEM", EXPECT_FORK, NULL, false);

	(void)state;
	assert_int_equal(c->args.expect.err, ENOMEM);
	command_free(c);
	c = expects("expect left fork ok", EXPECT_FORK, NULL, false);
	assert_int_equal(c->args.expect.err, 0);
	command_free(c);
	c = expects("expect left fork EHWPOISON", EXPECT_FORK, NULL, false);
	assert_int_equal(c->args.expect.err, EHWPOISON);
	command_free(c);
}

static void test_expected_refusal(void **state)
{
	struct command *c = expects("expect both refused EPERM madvise a* dontneed 0-3", EXPECT_REFUSED, NULL,
				    false);
	const struct command *refused = c->args.expect.refused;
	struct buf out = {0};

	(void)state;
	assert_int_equal(c->args.expect.err, EPERM);
	assert_int_equal(refused->spec->id, COMMAND_madvise);
	assert_true(refused->args.target.pattern);
	assert_int_equal(refused->args.target.pages.v[0].last, 3);
	assert_int_equal(refused->args.advice, ADVICE_DONTNEED);
	/* its words are where they are in the line */
	assert_int_equal(refused->line.words[refused->args.target.pages_word].col, 47);
	command_print(c, &out);
	assert_string_equal(buf_str(&out), "expect both refused EPERM madvise a* dontneed 0-3");
	buf_deinit(&out);
	command_free(c);

	c = right("expect left refused EEXIST vma b anon 4p at 0x200000");
	assert_int_equal(c->args.expect.refused->spec->id, COMMAND_vma);
	command_free(c);
	c = right("expect left refused ENOMEM child touch b 3 read");
	assert_int_equal(c->args.expect.refused->spec->id, COMMAND_touch);
	assert_int_equal(c->args.expect.refused->process, PROCESS_CHILD);
	command_free(c);
	check_full("expe l ref ENOM mprot a r 0", "expect left refused ENOMEM mprotect a r 0");
	check_full("expe l ref EINVAL chi to a wr", "expect left refused EINVAL child touch a write");
}

static void test_goals(void **state)
{
	static const struct wrong wrongs[] = {
		{"goal", 6, "a task in quotes is missing"},
		{"goal \"x\"", 10, "left, right, both, differ or same is missing"},
		{"goal \"x\" left cost entries", 28, "a number is missing"},
		{"goal \"x\" left cost entries 4 or", 30, "unexpected word 'or'"},
		{"goal \"x\" left cost entries 4 par 0", 34, "expected a number from 1"},
		{"goal \"x\" left cost entries 4 with thp", 35, "expected kernel, check, flags, anon_vma or pte"},
		{"goal \"x\" left refused EPERM touch a and left a copy", 41, "a refused can only be the last"},
		{"goal \"x\" left refused EPERM undo par 3", 29, "expected a command that changes memory"},
	};
	struct command *c = right("goal \"Do it.\" both a copy because anon_vma and left child a 0-3 present and "
				  "left refused EPERM touch a 9 par 4 with kernel pte");
	const struct goal_args *goal = &c->args.goal;

	(void)state;
	assert_string_equal(command_word(c, goal->task), "Do it.");
	assert_int_equal(goal->n, 3);
	assert_int_equal(goal->v[0]->args.expect.kind, EXPECT_DECISION);
	assert_int_equal(goal->v[1]->args.expect.kind, EXPECT_PAGES);
	assert_int_equal(goal->v[1]->args.target.pages.v[0].last, 3);
	assert_int_equal(goal->v[2]->args.expect.refused->spec->id, COMMAND_touch);
	assert_int_equal(goal->v[2]->line.words[0].col, 77); /* where the expectation begins */
	assert_int_equal(goal->par, 4);
	assert_int_equal(goal->allowed, 1 << BY_HAND_KERNEL | 1 << BY_HAND_PTE);
	command_free(c);

	c = right("goal \"\" left with copy and differ with with check");
	assert_int_equal(c->args.goal.n, 2);
	assert_int_equal(c->args.goal.par, 0);
	assert_int_equal(c->args.goal.allowed, 1 << BY_HAND_CHECK);
	command_free(c);

	check_full("goa \"x\" l cost en 4 and r fork ENOM with fl", "goal \"x\" left cost entries 4 and right fork ENOMEM with flags");
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}

static void test_solutions(void **state)
{
	static const struct wrong wrongs[] = {
		{"solution undo", 10, "expected a command that changes memory, kernel or check, got 'undo'"},
		{"solution touch", 16, "touch: a name is missing"},
		{"solution solution fork", 10, "expected a command that changes memory"},
	};
	struct command *c = right("solution child touch a 3");

	(void)state;
	assert_int_equal(c->args.inner->spec->id, COMMAND_touch);
	assert_int_equal(c->args.inner->process, PROCESS_CHILD);
	command_free(c);
	check_full("sol chec l s", "solution check left src");
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}

static void test_lessons(void **state)
{
	static const struct wrong wrongs[] = {
		{"lesson a b", 10, "expected after, got 'b'"},
	};
	struct command *c = right("lesson one after zero after guard");

	(void)state;
	assert_string_equal(command_word(c, c->args.lesson.name), "one");
	assert_int_equal(c->args.lesson.after, 2);
	assert_string_equal(command_word(c, c->args.lesson.first_after + 2), "guard");
	command_free(c);
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}

static void test_wrong_expectations(void **state)
{
	static const struct wrong wrongs[] = {
		{"expect left a 0-3", 19, "is missing"},
		{"expect left a 0-3 copyy", 19, "did you mean 'copy'"},
		{"expect left a copy 0-3", 20, "because"},
		{"expect left child a vmas", 26, "a number is missing"},
		{"expect left child a 0 vmas", 28, "a number is missing"},
		{"expect left child a 0 vmas x", 28, "a number"},
		{"expect left child a 0 not", 27, "is missing"},
		{"expect left child a not vmas 2", 25, "a flag"},
		{"expect left child a 0 presnt", 23, "did you mean 'present'"},
		{"expect left child a 0 VM_UFD_WP", 23, "did you mean 'VM_UFFD_WP'"},
		{"expect left child a vmsa 2", 21, "did you mean 'vmas'"},
		{"expect left child joined a", 28, "a name is missing"},
		{"expect left child joined a b c", 30, "unexpected word 'c'"},
		{"expect left child joined a* b", 26, "a pattern is not possible here"},
		{"expect left child joined a b*", 28, "a pattern is not possible here"},
		{"expect left joined a b", 20, "dontcopy or wipe"},
		{"expect left fork", 18, "ok"},
		{"expect left fork ENOMEN", 18, "did you mean 'ENOMEM'"},
		{"expect left refused", 21, "an errno"},
		{"expect left refused ENOMEM", 28, "a command that changes memory is missing"},
		{"expect left refused ok touch a", 21, "an errno"},
		{"expect left refused EINVAL tuch a", 28, "did you mean 'touch'"},
		{"expect left refused EINVAL touch", 34, "touch: a name is missing"},
		{"expect left refused EINVAL touch a 0-x", 36, "pages"},
		{"expect left refused EINVAL mprotect a rr 0", 39, "a protection"},
		{"expect left refused EINVAL show vmas", 28, "expected a command that changes memory, got 'show'"},
		{"expect left refused EINVAL child tuch", 34, "did you mean 'child touch'"},
		{"expect left refused EINVAL expect left refused EINVAL touch a", 28, "got 'expect'"},
		{"expect left refused EINVAL vma a* anon 4p", 32, "a pattern is not possible here"},
	};

	(void)state;
	check_wrong(wrongs, ARRAY_SIZE(wrongs));
}

/* As deep as a line is long, if each were parsed before it is refused. */
static void test_nested_refusals(void **state)
{
	struct buf text = {0};
	struct vf_error error;

	(void)state;
	for (size_t i = 0; i < 200000; i++)
		buf_puts(&text, "expect left refused EINVAL ");
	assert_null(parse(buf_str(&text), false, &error));
	assert_int_equal(error.col, 28);
	buf_deinit(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vma_options),
		cmocka_unit_test(test_anon_shared),
		cmocka_unit_test(test_wrong_vma),
		cmocka_unit_test(test_reserved_names),
		cmocka_unit_test(test_later_words_as_names),
		cmocka_unit_test(test_options_as_names),
		cmocka_unit_test(test_short_vma),
		cmocka_unit_test(test_expected_pages),
		cmocka_unit_test(test_expected_vmas),
		cmocka_unit_test(test_expected_counts_of_pages),
		cmocka_unit_test(test_expected_joined),
		cmocka_unit_test(test_expected_fork),
		cmocka_unit_test(test_expected_refusal),
		cmocka_unit_test(test_goals),
		cmocka_unit_test(test_solutions),
		cmocka_unit_test(test_lessons),
		cmocka_unit_test(test_wrong_expectations),
		cmocka_unit_test(test_nested_refusals),
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_wrong_patterns),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_onfault),
		cmocka_unit_test(test_wrong_ranges),
	};

	return cmocka_run_group_tests_name("parse", tests, NULL, NULL);
}
