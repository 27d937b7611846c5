/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the probe answered, read back, and where in time it belongs. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "outside/helper.h"
#include "outside/live_kernel.h"
#include "outside/observed.h"
#include "support/world.h"

#define ANSWER "tests/data/flag-probe.json"

#define FLAG                                                                   \
	"kernel left v7.3\nkernel right v7.3\ncheck right src\n"               \
	"uffd u wp-hugetlbfs-shmem\nvma mem shmem 16K\ntouch mem 0-2\n"        \
	"register u mem wp\nprotect u mem 0-1\nfork\n"

/* Those of them that shape memory, as a session prints them. */
#define COMMANDS                                                               \
	"uffd u wp-hugetlbfs-shmem\nvma mem shmem 16K\ntouch mem 0-2\n"        \
	"register u mem wp\nprotect u mem 0-1\nfork\n"

static char *answer_text(void)
{
	struct vf_error error;
	size_t length;
	char *text = read_file(ANSWER, 1 << 20, &length, &error);

	assert_non_null(text);
	return text;
}

/* --- a session whose helper program answers from here ------------------------------------- */

struct canned {
	const char *text;
	int status;
	char asked[200]; /* the words of the last question but the path */
};

static bool answer(void *owner, const char *const argv[], struct answer *answer,
		   struct vf_error *error)
{
	struct canned *canned = owner;

	(void)error;
	snprintf(canned->asked, sizeof(canned->asked), "%s %s", argv[0], argv[1]);
	buf_puts(canned->status == 2 ? &answer->err : &answer->out, canned->text);
	answer->status = canned->status;
	return true;
}

/* The same, whose standard output is the text whatever its status. */
static bool answer_with_json(void *owner, const char *const argv[], struct answer *answer,
			     struct vf_error *error)
{
	struct canned *canned = owner;

	(void)argv;
	(void)error;
	buf_puts(&answer->out, canned->text);
	answer->status = canned->status;
	return true;
}

/* --- reading ---------------------------------------------------------------------- */

static void test_reads_what_the_probe_prints(void **state)
{
	struct vf_error error;
	char *text = answer_text();
	struct observed *observed = observed_read(text, COMMANDS, &error);
	const struct seen_vma *vma;

	(void)state;
	assert_non_null(observed);
	assert_string_equal(observed->version, "6.18.44");
	assert_int_equal(observed->fork_count, 1);
	assert_int_equal(observed->seen.moment_count, 2);
	assert_true(observed->whole);
	vma = seen_vma_at(&observed->seen.moments[0].parent, 0x1000003fff);
	assert_non_null(vma);
	assert_string_equal(vma->names[0].name, "mem");
	assert_int_equal(vma->run_count, 3); /* with the page that has no entry */
	assert_int_equal(vma->runs[0].page.attrs, PTE_UFFD_WP);
	assert_int_equal(seen_state(vma->runs[2].page), PTE_NONE);
	assert_int_equal(vma->runs[2].count, 1);
	assert_int_equal(observed_decision(observed, 0, 0x1000000000), DECISION_SKIP);
	assert_int_equal(observed_decision(observed, 0, 0x1000004000), SEEN_NO_DECISION);
	assert_int_equal(observed_decision(observed, 7, 0x1000000000), SEEN_NO_DECISION);
	assert_int_equal(observed->verdicts[RIGHT].differ, 7);
	observed_free(observed);
	free(text);
}

/* Whatever it is: an error or an answer, and no crash. */
static void test_broken_answers(void **state)
{
	static const char *const broken[] = {
		"", "{}", "[]", "null", "{\"sides\":{}}", "{\"schema\":3,\"release\":1,\"version\":\"6\"}",
		"{\"schema\":3,\"commands\":6,\"release\":\"a\",\"version\":\"6\",\"sides\":{\"live\":{\"forks\":[1]}}}",
		("{\"schema\":3,\"commands\":6,\"release\":\"a\",\"version\":\"6\",\"sides\":{\"live\":{\"forks\":"
		"[{\"vmas\":[{}]}]}}}"),
	};
	struct vf_error error;
	char *text = answer_text();
	uint32_t random = 7;
	size_t n = strlen(text);

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		assert_null(observed_read(broken[i], COMMANDS, &error));
		assert_non_null(strstr(error.message, "vmafork-probe"));
	}
	for (int i = 0; i < 3000; i++) {
		size_t at = next_random(&random) % n;
		char old = text[at];

		text[at] = (char)(1 + next_random(&random) % 127);
		observed_free(observed_read(text, COMMANDS, &error));
		text[at] = old;
	}
	for (size_t at = n - 1; at > 0; at = at * 9 / 10) {
		char old = text[at];

		text[at] = '\0';
		if (at < n - 2)
			assert_null(observed_read(text, COMMANDS, &error));
		text[at] = old;
	}
	free(text);
}

#define HEAD "{\"schema\":3,\"commands\":6,\"release\":\"6.18.44-x\",\"version\":\"6.18.44\","
#define SCORE(agree) "\"agree\":" #agree ",\"differ\":0,\"not_observable\":0"
#define AGREES(agree) "{" SCORE(agree) ",\"differences\":[]}"
#define NOTHING_COMPARED "{\"left\":" AGREES(0) ",\"right\":" AGREES(0) "}"

/* An answer with these members of the live side and this comparison on the left. */
static void fill_answer(struct buf *text, const char *live, const char *left)
{
	buf_clear(text);
	buf_printf(text, HEAD "\"sides\":{\"live\":{\"forks\":[]%s}},\"compared\":{\"left\":%s,\"right\":"
		   AGREES(0) "}}", live, left);
}

static bool is_readable(const struct buf *text, const char *what)
{
	struct vf_error error;
	struct observed *observed = observed_read(buf_str(text), COMMANDS, &error);
	bool ok = observed;

	if (!ok && !strstr(error.message, "cannot parse vmafork-probe's output: "))
		print_error("%s: %s\n", what, error.message);
	assert_true(ok || strstr(error.message, "cannot parse vmafork-probe's output: "));
	observed_free(observed);
	return ok;
}

/* Why it ended: each member is needed, has its type, and an index of a command that exists. */
static void test_wrong_ends(void **state)
{
	static const struct {
		const char *stopped;
		bool ok;
	} rows[] = {
		{"{\"kind\":\"refused\",\"command\":5,\"reason\":\"no\"}", true},
		{"{\"kind\":\"failed\",\"reason\":\"before the first command\"}", true},
		{"{\"kind\":\"deadline\",\"command\":0,\"reason\":\"late\",\"seconds\":0.5}", true},
		{"{}", false},
		{"[]", false},
		{"null", false},
		{"\"refused\"", false},
		{"{\"kind\":\"whole\",\"command\":5,\"reason\":\"no\"}", false},
		{"{\"kind\":\"maybe\",\"command\":5,\"reason\":\"no\"}", false},
		{"{\"kind\":1,\"command\":5,\"reason\":\"no\"}", false},
		{"{\"command\":5,\"reason\":\"no\"}", false},
		{"{\"kind\":\"refused\",\"command\":5}", false},
		{"{\"kind\":\"refused\",\"command\":5,\"reason\":7}", false},
		{"{\"kind\":\"refused\",\"command\":6,\"reason\":\"no\"}", false},
		{"{\"kind\":\"refused\",\"command\":-1,\"reason\":\"no\"}", false},
		{"{\"kind\":\"refused\",\"command\":9223372036854775807,\"reason\":\"no\"}", false},
		{"{\"kind\":\"refused\",\"command\":\"5\",\"reason\":\"no\"}", false},
		{"{\"kind\":\"refused\",\"command\":1.5,\"reason\":\"no\"}", false},
		{"{\"kind\":\"deadline\",\"command\":0,\"reason\":\"late\"}", false},
		{"{\"kind\":\"deadline\",\"command\":0,\"reason\":\"late\",\"seconds\":\"10\"}", false},
		{"{\"kind\":\"deadline\",\"command\":0,\"reason\":\"late\",\"seconds\":0}", false},
		{"{\"kind\":\"deadline\",\"command\":0,\"reason\":\"late\",\"seconds\":-3}", false},
		{"{\"kind\":\"deadline\",\"command\":0,\"reason\":\"late\",\"seconds\":1e300}", false},
	};
	struct buf live = {0}, text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&live);
		buf_printf(&live, ",\"stopped\":%s", rows[i].stopped);
		fill_answer(&text, buf_str(&live), AGREES(0));
		if (is_readable(&text, rows[i].stopped) != rows[i].ok)
			fail_msg("%s", rows[i].stopped);
	}
	buf_deinit(&live);
	buf_deinit(&text);
}

static void test_wrong_comparisons(void **state)
{
	static const struct {
		const char *left;
		bool ok;
	} rows[] = {
		{AGREES(36), true},
		{"{" SCORE(1) ",\"differences\":[{\"command\":5,\"text\":\"a\"},{\"command\":0,\"text\":\"b\"}]}", true},
		{"{" SCORE(1) ",\"differences\":[],\"not_modelled\":{\"command\":2,\"reason\":\"a\"}}", true},
		{"null", false},
		{"[]", false},
		{"{}", false},
		{"{" SCORE(1) "}", false},
		{"{" SCORE(1) ",\"differences\":{}}", false},
		{"{" SCORE(-1) ",\"differences\":[]}", false},
		{"{\"agree\":\"1\",\"differ\":0,\"not_observable\":0,\"differences\":[]}", false},
		{"{\"agree\":1,\"differ\":0,\"differences\":[]}", false},
		{"{" SCORE(1) ",\"differences\":[\"fork: as it was once\"]}", false},
		{"{" SCORE(1) ",\"differences\":[{\"text\":\"a\"}]}", false},
		{"{" SCORE(1) ",\"differences\":[{\"command\":5}]}", false},
		{"{" SCORE(1) ",\"differences\":[{\"command\":6,\"text\":\"a\"}]}", false},
		{"{" SCORE(1) ",\"differences\":[{\"command\":-1,\"text\":\"a\"}]}", false},
		{"{" SCORE(1) ",\"differences\":[{\"command\":5,\"text\":[]}]}", false},
		{"{" SCORE(1) ",\"differences\":[],\"not_modelled\":{\"command\":6,\"reason\":\"a\"}}", false},
		{"{" SCORE(1) ",\"differences\":[],\"not_modelled\":{\"reason\":\"a\"}}", false},
		{"{" SCORE(1) ",\"differences\":[],\"not_modelled\":\"a\"}", false},
	};
	struct buf text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		fill_answer(&text, "", rows[i].left);
		if (is_readable(&text, rows[i].left) != rows[i].ok)
			fail_msg("%s", rows[i].left);
	}
	buf_deinit(&text);
}

/* What all answers have: a schema, the number of commands, or an error in their place. */
static void test_wrong_heads(void **state)
{
	static const char rest[] = "\"release\":\"a\",\"version\":\"6\",\"sides\":{\"live\":{\"forks\":[]}},"
				   "\"compared\":" NOTHING_COMPARED "}";
	static const struct {
		const char *head, *message; /* NULL: it can be read */
	} rows[] = {
		{"{\"schema\":3,\"commands\":6,", NULL},
		{"{\"commands\":6,", "\"schema\" is missing"},
		{"{\"schema\":\"3\",\"commands\":6,", "\"schema\" is missing or not a number"},
		{"{\"schema\":2,\"commands\":6,", "it has another schema"},
		{"{\"schema\":4,\"commands\":6,", "it has another schema"},
		{"{\"schema\":3,", "it is for other commands"},
		{"{\"schema\":3,\"commands\":5,", "it is for other commands"},
		{"{\"schema\":3,\"commands\":-6,", "it is for other commands"},
		{"{\"schema\":3,\"commands\":\"6\",", "it is for other commands"},
		{"{\"schema\":3,\"error\":{\"kind\":\"failed\",\"message\":\"no right\"},", "vmafork-probe: no right"},
		{"{\"schema\":3,\"error\":{\"kind\":\"stopped\",\"message\":\"a signal\"},", "vmafork-probe: a signal"},
		{"{\"schema\":3,\"error\":{},", "not well-formed"},
		{"{\"schema\":3,\"error\":null,", "not well-formed"},
		{"{\"schema\":3,\"error\":\"no right\",", "not well-formed"},
		{"{\"schema\":3,\"error\":{\"kind\":\"failed\"},", "not well-formed"},
		{"{\"schema\":3,\"error\":{\"message\":\"no right\"},", "not well-formed"},
		{"{\"schema\":3,\"error\":{\"kind\":\"refused\",\"message\":\"no\"},", "not well-formed"},
		{"{\"schema\":3,\"error\":{\"kind\":\"failed\",\"message\":\"no\",\"hint\":1},", "not well-formed"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct vf_error error;
		struct buf text = {0};
		struct observed *observed;

		buf_printf(&text, "%s%s", rows[i].head, rest);
		observed = observed_read(buf_str(&text), COMMANDS, &error);
		if (!observed != (rows[i].message != NULL) ||
		    (!observed && !strstr(error.message, rows[i].message)))
			fail_msg("%s: %s", rows[i].head, observed ? "was read" : error.message);
		observed_free(observed);
		buf_deinit(&text);
	}
}

/* Numbers that cannot have been counted. */
static void test_sums_beyond_all_numbers(void **state)
{
	static const char text[] =
		HEAD "\"compared\":" NOTHING_COMPARED ",\"sides\":{\"live\":{\"forks\":["
		"{\"vmas\":[],\"cost\":{\"entries\":9223372036854775807,\"tables\":{\"total\":1}}},"
		"{\"vmas\":[],\"cost\":{\"entries\":9223372036854775807,\"tables\":{\"total\":2}}}]}}}";
	struct vf_error error;
	struct observed *observed = observed_read(text, COMMANDS, &error);
	struct seen_cost cost;

	(void)state;
	assert_non_null(observed);
	cost = observed_cost(observed, &observed->seen.moments[1]);
	assert_int_equal(cost.entries, -1);
	assert_int_equal(cost.tables, 3);
	assert_int_equal(cost.faults, -1);
	observed_free(observed);
}

/* Runs that overlap, go beyond the VMA, or are empty. */
static void test_wrong_runs(void **state)
{
	static const char *const runs[] = {
		"{\"first\":0,\"count\":5,\"state\":\"present\"}", "{\"first\":-1,\"count\":1,\"state\":\"present\"}",
		"{\"first\":0,\"count\":0,\"state\":\"present\"}", "{\"first\":4,\"count\":1,\"state\":\"present\"}",
		"{\"first\":0,\"count\":1,\"state\":\"nonsense\"}",
		"{\"first\":2,\"count\":1,\"state\":\"zero\"},{\"first\":1,\"count\":1,\"state\":\"zero\"}",
		"{\"first\":0,\"count\":9223372036854775807,\"state\":\"zero\"}",
	};
	struct vf_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		struct buf text = {0};

		buf_printf(&text, HEAD "\"compared\":" NOTHING_COMPARED ",\"sides\":{\"live\":{\"forks\":[{\"vmas\":["
				  "{\"name\":\"m\",\"names\":[],\"backing\":\"anon\",\"start\":\"0x1000\",\"end\":\"0x5000\","
				  "\"parent\":{\"flags\":[],\"pages\":[%s]},\"child\":null}]}]}}}", runs[i]);
		assert_null(observed_read(buf_str(&text), COMMANDS, &error));
		buf_deinit(&text);
	}
}

/* One VMA that holds two names, and one of which the end is a name's third part. */
#define TWO_NAMES "[{\"name\":\"a\",\"first\":0,\"count\":2,\"at\":0}," \
		  "{\"name\":\"b\",\"first\":4,\"count\":2,\"at\":2}]"

static struct observed *read_vmas(const char *vmas, struct vf_error *error)
{
	struct buf text = {0};
	struct observed *observed;

	buf_printf(&text, HEAD "\"compared\":" NOTHING_COMPARED ",\"sides\":{\"live\":{\"forks\":[{\"vmas\":[%s]}]}}}",
		   vmas);
	observed = observed_read(buf_str(&text), COMMANDS, error);
	buf_deinit(&text);
	return observed;
}

#define VMA(start, end, names) "{\"name\":\"a\",\"names\":" names ",\"backing\":\"anon\",\"start\":\"" start \
	"\",\"end\":\"" end "\",\"decision\":\"copy\",\"parent\":{\"flags\":[],\"pages\":[]},\"child\":null}"

static void test_names_of_a_vma(void **state)
{
	struct vf_error error;
	struct observed *observed = read_vmas(VMA("0x1000", "0x5000", TWO_NAMES), &error);
	const struct seen_process *parent;
	struct buf label = {0};

	(void)state;
	assert_non_null(observed);
	parent = &observed->seen.moments[0].parent;
	assert_int_equal(parent->vma_count, 1);
	assert_int_equal(observed->seen.moments[0].child.vma_count, 0);
	assert_int_equal(observed_decision(observed, 0, 0x4fff), DECISION_COPY);
	assert_string_equal(seen_name_at(parent->vmas, 1)->name, "a");
	assert_string_equal(seen_name_at(parent->vmas, 2)->name, "b");
	assert_int_equal(seen_name_at(parent->vmas, 3)->first, 4);
	assert_null(seen_name_at(parent->vmas, 4));
	seen_label(parent->vmas, &label);
	assert_string_equal(buf_str(&label), "a+b");
	buf_deinit(&label);
	observed_free(observed);
}

static void test_wrong_vmas(void **state)
{
	static const char *const rows[] = {
		VMA("0x5000", "0x5000", "[]"),
		VMA("0x5000", "0x1000", "[]"),
		VMA("0x1001", "0x5000", "[]"),
		VMA("0x1000", "0x5000", "null"),
		VMA("0x1000", "0x5000", "[1]"),
		VMA("0x1000", "0x5000", "[{\"name\":\"a\",\"first\":0,\"count\":0}]"),
		VMA("0x1000", "0x5000", "[{\"name\":\"a\",\"first\":0,\"count\":5}]"),
		VMA("0x1000", "0x5000", "[{\"name\":\"a\",\"first\":-1,\"count\":4}]"),
		VMA("0x1000", "0x4000", TWO_NAMES),
		VMA("0x1000", "0x5000", "[]") "," VMA("0x4000", "0x6000", "[]"),
		VMA("0x4000", "0x6000", "[]") "," VMA("0x1000", "0x2000", "[]"),
	};
	struct vf_error error;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (read_vmas(rows[i], &error))
			fail_msg("%s", rows[i]);
}

/* --- one entry -------------------------------------------------------------------- */

static enum seen_answer agrees(struct pte pte, struct seen_page page)
{
	return seen_agrees(seen_pte(pte, NULL), page);
}

static void test_agreement(void **state)
{
	struct pte present = {.state = PTE_PRESENT, .attrs = PTE_WRITE | PTE_UFFD_WP,
			      .frame = (uint64_t)FRAME_ANON << FRAME_KIND_SHIFT | 7};
	struct seen_page page = {.states = 1u << PTE_PRESENT, .attrs = PTE_UFFD_WP, .known = PTE_UFFD_WP};
	struct pte parent = present;

	(void)state;
	assert_int_equal(agrees(present, page), SEEN_YES); /* the write bit is not visible */
	page.anon = SEEN_NO;
	assert_int_equal(agrees(present, page), SEEN_NO);
	page.anon = SEEN_YES;
	page.same = SEEN_YES;
	assert_int_equal(seen_agrees(seen_pte(present, &parent), page), SEEN_YES);
	parent.frame++;
	assert_int_equal(seen_agrees(seen_pte(present, &parent), page), SEEN_NO);
	page.attrs = 0;
	assert_int_equal(agrees(present, page), SEEN_NO);
	page.known = 0;
	assert_int_equal(agrees(present, page), SEEN_YES);
	page.states |= 1u << PTE_HUGE;
	assert_int_equal(agrees(present, page), SEEN_UNKNOWN);
	page.states = 1u << PTE_NONE;
	assert_int_equal(agrees(present, page), SEEN_NO);
	assert_int_equal(agrees((struct pte){0}, page), SEEN_YES);
}

/* --- the session ------------------------------------------------------------------- */

static void test_the_command(void **state)
{
	char *text = answer_text();
	struct canned canned = {.text = text};
	struct session *session = world(FLAG);
	struct machine *m = left(session);

	(void)state;
	assert_non_null(strstr(refused(session, "probe"), "cannot start"));
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	assert_non_null(strstr(said(session, "probe"), "6.18.44-test, observed: left 36 agree"));
	assert_string_equal(canned.asked, "vmafork-probe --sides");
	assert_non_null(session_observed(session));

	/* right after the fork and at the end, which is the same here; not in between */
	assert_ptr_equal(observed_moment(session_observed(session), m),
			 &session_observed(session)->seen.moments[1]);
	run(session, "goto 5");
	assert_null(observed_moment(session_observed(session), m));

	/* the kernels may change, and the toggle; time moves; memory may not */
	run(session, "check right dst\nkernel left v6.1\ngoto end");
	assert_non_null(session_observed(session));
	assert_non_null(strstr(said(session, "child touch mem 0"), "Probe results are stale: run probe again."));
	assert_null(session_observed(session));
	assert_non_null(strstr(refused(session, "probe list"), "no probe results for these commands"));
	run(session, "undo");
	assert_non_null(session_observed(session));
	assert_non_null(strstr(said(session, "probe list"), "left: is now v6.1, check "));
	assert_non_null(strstr(said(session, "probe off"), "results are removed"));
	assert_non_null(strstr(said(session, "probe off"), "no probe results"));
	assert_null(session_observed(session));
	run(session, "probe\nreset");
	assert_null(session_observed(session));
	canned.asked[0] = '\0';
	assert_non_null(strstr(refused(session, "probe"), "no commands to carry out"));
	assert_string_equal(canned.asked, "");
	session_free(session);
	free(text);
}

/* A list of differences speaks of the kernels that it was made for. */
static void test_the_list_and_other_kernels(void **state)
{
	char *text = answer_text();
	struct canned canned = {.text = text};
	struct session *session = world(FLAG);
	const char *list;

	(void)state;
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	assert_non_null(strstr(said(session, "probe"), "left agrees, right differs: this kernel behaves like left"));
	assert_non_null(strstr(said(session, "probe list"), "right: fork: entries: model 3, kernel 0"));
	run(session, "kernel right v6.18");
	list = said(session, "probe list");
	assert_null(strstr(list, "kernel 0"));
	assert_non_null(strstr(list, "right: is now v6.18, check dst; probe compared v7.3, check src: "
				     "run probe again"));
	assert_non_null(strstr(list, "left 36 agree, 0 differ, "));
	assert_non_null(strstr(list, "right not compared yet"));
	run(session, "undo");
	assert_non_null(strstr(said(session, "probe list"), "right: fork: entries: model 3, kernel 0"));
	run(session, "check right dst");
	assert_non_null(strstr(said(session, "probe list"), "right not compared yet"));
	run(session, "probe"); /* the same answer, for the kernels as they are now */
	assert_null(strstr(said(session, "probe list"), "not compared"));
	session_free(session);
	free(text);
}

#define CUT(forks, stopped)                                                    \
	HEAD "\"sides\":{\"live\":{\"forks\":[" forks "],\"now\":null,"               \
	     "\"stopped\":{" stopped "}}},"                                       \
	     "\"compared\":{\"left\":" AGREES(3) ",\"right\":" AGREES(3) "}}"
#define TOO_LARGE "\"kind\":\"not-carried-out\",\"command\":2,\"reason\":\"too large\""

/* What agreed before fork is no word about the sides. */
static void test_a_fork_that_was_not_reached(void **state)
{
	struct canned canned = {.text = CUT("", TOO_LARGE)};
	struct session *session = world(FLAG);
	const char *all;

	(void)state;
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	all = said(session, "probe");
	assert_non_null(strstr(all, "both 3 agree, 0 differ"));
	assert_non_null(strstr(all, "not carried out: touch mem 0-2: too large\n"
				    "so fork was not carried out, and neither side is compared\n"));
	assert_null(strstr(all, "what the kernel did"));
	canned.text = CUT("{\"vmas\":[]}", TOO_LARGE);
	all = said(session, "probe");
	assert_non_null(strstr(all, "not carried out: touch mem 0-2: too large\n"
				    "until then, both sides agree with what the kernel did\n"));
	session_free(session);
}

/* Where frames cannot be seen, the session says what is missing. */
static void test_a_probe_that_is_blind(void **state)
{
	static const char seeing[] = CUT("{\"vmas\":[]}", TOO_LARGE);
	struct buf blind = {0};
	struct canned canned = {.text = seeing};
	struct session *session = world(FLAG);

	(void)state;
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	assert_null(strstr(said(session, "probe"), "page frames cannot be seen"));
	buf_printf(&blind, "{\"blind\":true,%s", seeing + 1);
	canned.text = buf_str(&blind);
	assert_non_null(strstr(said(session, "probe"), "page frames cannot be seen here (vmafork-tui --doctor says more)"));
	session_free(session);
	buf_deinit(&blind);
}

/* What the probe reports as its own error, with status 2, in the session's words. */
static void test_ends_that_are_errors(void **state)
{
	struct canned canned = {
		.text = CUT("", "\"kind\":\"deadline\",\"command\":5,\"reason\":\"timed out after 10 s\",\"seconds\":10"),
		.status = 2,
	};
	struct session *session = world(FLAG);
	const char *all;

	(void)state;
	session_set_helper(session, (struct helper){.run = answer_with_json, .owner = &canned});
	all = refused(session, "probe");
	assert_non_null(strstr(all, "vmafork-probe: fork: timed out after 10 s\n"));
	assert_non_null(strstr(all, "\"probe 60\" allows 60 s"));
	canned.text = CUT("", "\"kind\":\"deadline\",\"command\":5,\"reason\":\"timed out\",\"seconds\":499.5");
	assert_non_null(strstr(refused(session, "probe"), "500 s is the limit: touch less memory"));
	canned.text = CUT("", "\"kind\":\"failed\",\"command\":1,\"reason\":\"it ended the process\"");
	assert_non_null(strstr(refused(session, "probe"),
			       "vmafork-probe: not carried out: vma mem shmem 16K: it ended the process"));
	canned.text = CUT("", "\"kind\":\"stopped\",\"reason\":\"it was interrupted\"");
	assert_non_null(strstr(refused(session, "probe"), "vmafork-probe: not carried out: it was interrupted"));
	canned.text = "{\"schema\":3,\"error\":{\"kind\":\"failed\",\"message\":\"no model\",\"hint\":\"get one\"}}";
	assert_non_null(strstr(refused(session, "probe"), "vmafork-probe: no model\n"));
	assert_non_null(strstr(refused(session, "kernel left live"), "get one"));
	/* A result with that status is none. */
	canned.text = CUT("", TOO_LARGE);
	assert_non_null(strstr(refused(session, "probe"), "failed with status 2"));
	assert_null(session_observed(session));
	session_free(session);
}

static void test_errors_of_the_program(void **state)
{
	struct canned canned = {.text = "vmafork-probe: no right\n    try as root\n", .status = 2};
	struct session *session = world(FLAG "goto end");

	(void)state;
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	assert_non_null(strstr(refused(session, "probe"), "vmafork-probe: no right"));
	assert_non_null(strstr(refused(session, "probe"), "try as root"));
	canned.text = "";
	assert_non_null(strstr(refused(session, "kernel left live"), "printed no error"));
	assert_non_null(strstr(refused(session, "import 1"), "printed no error"));
	canned = (struct canned){.text = "{}"};
	assert_non_null(strstr(refused(session, "probe"), "cannot parse vmafork-probe's output"));
	assert_non_null(strstr(refused(session, "kernel left live"), "cannot parse vmafork-probe's output"));
	assert_string_equal(session_machine(session, LEFT)->kernel->name, "v7.3");
	session_free(session);
}

static void test_import(void **state)
{
	struct canned canned = {.text = "title \"a process\"\nvma a anon 16K\ntouch a\n"};
	struct session *session = world("vma before anon 16K");

	(void)state;
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	run(session, "import 4711");
	assert_string_equal(canned.asked, "vmafork-probe --import");
	assert_string_equal(parent_pte(session, "a", 0), "present,write,dirty,young,soft-dirty,exclusive");
	assert_null(machine_vma(left(session), left(session)->parent, "before"));
	run(session, "undo");
	assert_non_null(machine_vma(left(session), left(session)->parent, "before"));
	canned.text = "vma a anon 16K\nnonsense\n";
	refused(session, "import 4711");
	assert_non_null(machine_vma(left(session), left(session)->parent, "before"));
	refused(session, "import 0");
	refused(session, "import 99999999999");
	refused(session, "import bash");
	refused(session, "import");
	session_free(session);
}

#define ERA_WITH(chosen, nearest, more)                                        \
	ERA_ON("x86-64", chosen, nearest, more)
#define ERA_ON(machine, chosen, nearest, more)                                                  \
	"{\"schema\":3,\"release\":\"6.18.44-x\",\"version\":\"6.18.44\",\"machine\":\"" machine "\"," more \
	"\"chosen\":" chosen ",\"nearest\":" nearest "}"
#define REST "\"by_release\":null,\"alike\":[],\"not_carried_out\":[],"
#define ERA(chosen) ERA_WITH(chosen, "null", REST)
#define CANDIDATE(profile, check) "{\"profile\":\"" profile "\",\"check\":\"" check "\",\"released\":true,\"agree\":7,\"differ\":0}"
#define NEAREST(more) "{\"profile\":\"v7.3\",\"check\":\"dst\",\"released\":true,\"agree\":7,\"differ\":1" more "}"
#define CONTRADICTION ",\"contradiction\":{\"file\":\"a.vma\",\"line\":3,\"text\":\"entries: model 3, kernel 0\"}"

static void test_live_kernel(void **state)
{
	struct canned canned = {.text = ERA(CANDIDATE("v6.19-rc7", "dst"))};
	struct session *session = world(FLAG);
	const char *list;

	(void)state;
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	assert_non_null(strstr(said(session, "kernel left live"), "6.18.44-x behaves as v6.19-rc7"));
	assert_string_equal(canned.asked, "vmafork-probe --era");
	assert_string_equal(left(session)->kernel->name, "live 6.18.44 (as v6.19-rc7)");
	assert_string_equal(left(session)->kernel->profile, "v6.19-rc7");

	/* undo and redo run no program */
	canned = (struct canned){.text = "gone", .status = 2};
	run(session, "child touch mem 0\nundo");
	assert_string_equal(left(session)->kernel->name, "live 6.18.44 (as v6.19-rc7)");
	run(session, "undo");
	assert_string_equal(left(session)->kernel->name, "v7.3");
	run(session, "redo");
	assert_string_equal(left(session)->kernel->name, "live 6.18.44 (as v6.19-rc7)");
	refused(session, "kernel both live");

	canned = (struct canned){.text = ERA(CANDIDATE("v7.3", "src"))};
	run(session, "kernel left live");
	assert_int_equal(kernel_checks(left(session)->kernel), SIDE_SRC);
	run(session, "undo"); /* to what was found the first time */
	assert_string_equal(left(session)->kernel->profile, "v6.19-rc7");
	canned = (struct canned){.text = ERA("null"), .status = 77};
	assert_non_null(strstr(refused(session, "kernel left live"), "6.18.44-x: nothing could be observed"));
	canned = (struct canned){.text = ERA_WITH("null", NEAREST(CONTRADICTION), REST), .status = 1};
	list = refused(session, "kernel left live");
	assert_non_null(strstr(list, "no known kernel explains all that was observed; nearest is v7.3, check dst"));
	assert_non_null(strstr(list, "a.vma:3: entries: model 3, kernel 0"));
	session_free(session);
}

/* The running kernel is meant as its machine has it: 6.1 has uffd-wp on x86-64, not on aarch64. */
static void test_live_kernel_of_aarch64(void **state)
{
	struct canned canned = {.text = ERA_ON("aarch64", CANDIDATE("v6.1", "dst"), "null", REST)};
	struct session *session = world("set machine aarch64");
	char path[] = "/tmp/vmafork-observed-XXXXXX", line[64], *text;
	int fd = mkstemp(path);
	struct vf_error error;
	size_t length;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	assert_non_null(strstr(said(session, "kernel left live"), "6.18.44-x behaves as v6.1/aarch64\n"));
	assert_string_equal(left(session)->kernel->name, "live 6.18.44 (as v6.1/aarch64)");
	assert_int_equal(left(session)->kernel->arch, ARCH_AARCH64);
	assert_false(left(session)->kernel->uffd_features & UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	snprintf(line, sizeof(line), "save %s replace", path);
	run(session, line);
	text = read_file(path, 1 << 20, &length, &error);
	unlink(path);
	assert_non_null(strstr(text, "kernel left v6.1/aarch64 # live 6.18.44 (as v6.1/aarch64)\n"));
	free(text);
	session_free(session);
}

/* A member that is missing, has another type, or names no profile of ours. */
static void test_wrong_live_kernels(void **state)
{
	static const char good[] = CANDIDATE("v7.3", "dst");
	static const char *const wrong[] = {
		"{\"schema\":3}",
		"{\"schema\":3,\"release\":\"6.18.44-x\",\"version\":\"6.18.44\"," REST "\"chosen\":" CANDIDATE("v7.3", "dst") ",\"nearest\":null}",
		ERA_ON("vax", CANDIDATE("v7.3", "dst"), "null", REST),
		ERA_WITH("1", "null", REST),
		ERA_WITH("{}", "null", REST),
		ERA_WITH("[]", "null", REST),
		ERA_WITH("null", "[]", REST),
		ERA_WITH("null", "{}", REST),
		ERA_WITH("null", NEAREST(""), REST),
		ERA_WITH("null", NEAREST(",\"contradiction\":\"a.vma:3: what\""), REST),
		ERA_WITH("null", NEAREST(",\"contradiction\":{\"file\":\"a.vma\",\"text\":\"a\"}"), REST),
		ERA_WITH("null", NEAREST(",\"contradiction\":{\"file\":\"a.vma\",\"line\":-3,\"text\":\"a\"}"), REST),
		ERA(NEAREST(CONTRADICTION)),
		ERA(CANDIDATE("nonesuch", "dst")),
		ERA(CANDIDATE("/etc/passwd", "dst")),
		ERA(CANDIDATE("v7.3", "both")),
		ERA("{\"profile\":\"v7.3\",\"check\":\"dst\",\"released\":1,\"agree\":7,\"differ\":0}"),
		ERA("{\"profile\":\"v7.3\",\"check\":\"dst\",\"released\":true,\"agree\":-7,\"differ\":0}"),
		ERA("{\"profile\":\"v7.3\",\"check\":\"dst\",\"released\":true,\"agree\":7}"),
		ERA_WITH(CANDIDATE("v7.3", "dst"), "null", ""),
		ERA_WITH(CANDIDATE("v7.3", "dst"), "null", "\"by_release\":7,\"alike\":[],\"not_carried_out\":[],"),
		ERA_WITH(CANDIDATE("v7.3", "dst"), "null", "\"by_release\":null,\"alike\":{},\"not_carried_out\":[],"),
		ERA_WITH(CANDIDATE("v7.3", "dst"), "null", "\"by_release\":null,\"alike\":[\"x\"],\"not_carried_out\":[],"),
		ERA_WITH(CANDIDATE("v7.3", "dst"), "null", "\"by_release\":null,\"alike\":[7],\"not_carried_out\":[],"),
		ERA_WITH(CANDIDATE("v7.3", "dst"), "null", "\"by_release\":null,\"alike\":[],\"not_carried_out\":[\"a\"],"),
		ERA_WITH(CANDIDATE("v7.3", "dst"), "null", "\"by_release\":null,\"alike\":[],\"not_carried_out\":[{}],"),
	};
	struct canned canned = {.text = good};
	struct session *session = world(FLAG);

	(void)state;
	session_set_helper(session, (struct helper){.run = answer_with_json, .owner = &canned});
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		canned.text = wrong[i];
		if (!strstr(refused(session, "kernel left live"), "cannot parse vmafork-probe's output: "))
			fail_msg("%s", wrong[i]);
	}
	canned.text = ERA_WITH(CANDIDATE("v7.3", "dst"), "null",
			       "\"by_release\":\"v6.18\",\"alike\":[\"v6.19-rc7\"],\"not_carried_out\":["
			       "{\"file\":\"b.vma\",\"line\":9,\"reason\":\"needs root\"},{\"reason\":\"late\"}],");
	assert_non_null(strstr(said(session, "kernel left live"),
			       "  the profile of its release is v6.18: this kernel was changed"));
	run(session, "undo");
	assert_non_null(strstr(said(session, "kernel left live"), "  not carried out: b.vma:9: needs root\n"));
	session_free(session);
}

/* Files change and images take time: what was chosen is not read again. */
static void test_a_chosen_kernel_stays(void **state)
{
	struct session *session = world(FLAG);
	struct vf_error error;
	size_t length;
	char path[64], line[96], *text = read_file("share/kernels/v6.1.kernel", 1 << 20, &length, &error);
	struct canned canned = {.text = text};

	(void)state;
	assert_non_null(text);
	session_set_helper(session, (struct helper){.run = answer, .owner = &canned});
	snprintf(path, sizeof(path), "/tmp/vmafork-observed-%d.kernel", (int)getpid());
	snprintf(line, sizeof(line), "kernel left %s", path);
	assert_true(write_file(path, text, length, &error));
	run(session, line);
	run(session, "kernel right vmlinux:image\nchild touch mem 0");
	assert_string_equal(canned.asked, "vmafork-vmlinux --");
	canned = (struct canned){.text = "gone", .status = 2};
	assert_int_equal(unlink(path), 0);

	refused(session, "child touch nobody");
	run(session, "undo\nundo\nredo\ncheck both src\nundo");
	assert_string_equal(left(session)->kernel->name, "v6.1");
	assert_string_equal(right(session)->kernel->name, "v6.1");
	run(session, "undo 2");
	assert_string_equal(left(session)->kernel->name, "v7.3");
	run(session, "redo 2");
	assert_string_equal(left(session)->kernel->name, "v6.1");
	assert_string_equal(right(session)->kernel->name, "v6.1");
	assert_string_equal(canned.asked, "");
	refused(session, line);
	session_free(session);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_what_the_probe_prints),
		cmocka_unit_test(test_broken_answers),
		cmocka_unit_test(test_sums_beyond_all_numbers),
		cmocka_unit_test(test_wrong_heads),
		cmocka_unit_test(test_wrong_ends),
		cmocka_unit_test(test_wrong_comparisons),
		cmocka_unit_test(test_wrong_runs),
		cmocka_unit_test(test_names_of_a_vma),
		cmocka_unit_test(test_wrong_vmas),
		cmocka_unit_test(test_agreement),
		cmocka_unit_test(test_the_command),
		cmocka_unit_test(test_the_list_and_other_kernels),
		cmocka_unit_test(test_a_fork_that_was_not_reached),
		cmocka_unit_test(test_a_probe_that_is_blind),
		cmocka_unit_test(test_ends_that_are_errors),
		cmocka_unit_test(test_errors_of_the_program),
		cmocka_unit_test(test_import),
		cmocka_unit_test(test_live_kernel),
		cmocka_unit_test(test_live_kernel_of_aarch64),
		cmocka_unit_test(test_wrong_live_kernels),
		cmocka_unit_test(test_a_chosen_kernel_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
