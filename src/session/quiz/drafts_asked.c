/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of the topic "Who is asked": VM_UFFD_WP, looked for on dst or on src. */
#include "base/alloc.h"
#include "session/quiz/quiz_draft.h"

/* What a question is about: memory that is watched, on one of two kernels. */
struct watched {
	const char *side, *name;
	unsigned pages;
	struct draft_range present, markers; /* markers: where there is no page */
};

/* One side looks at dst, the other one at src; which is which, and which one is asked, varies. */
static const char *sides(struct quiz_draft *d)
{
	const char *dst = DRAFT_WORD(d, "v6.6", "v6.12", "v6.18", "v7.3");
	bool swapped = draft_coin(d), right = draft_coin(d);

	draft_do(d, "kernel left %s", swapped ? "v6.19-rc1" : dst);
	draft_do(d, "kernel right %s", swapped ? dst : "v6.19-rc1");
	draft_say(d, "Left is %s, which looks for the flag at %s; right is %s, which looks at %s.",
		  swapped ? "v6.19-rc1" : dst, swapped ? "src" : "dst", swapped ? dst : "v6.19-rc1",
		  swapped ? "dst" : "src");
	return right ? "right" : "left";
}

/* The lower pages are used, the upper ones are not; all are registered and write-protected. */
static struct watched watch(struct quiz_draft *d, bool anon, bool event)
{
	unsigned pages = draft_pages(d), used = draft_number(d, 1, pages - 1);
	bool write = anon || draft_coin(d);
	struct watched w = {
		.side = sides(d),
		.name = d->name[0],
		.pages = pages,
		.present = draft_range_of(0, used - 1),
		.markers = draft_range_of(used, pages - 1),
	};

	draft_do(d, "vma %s %s %up", w.name, anon ? "anon" : "shmem", pages);
	draft_do(d, "touch %s %s %s", w.name, w.present.pages, write ? "write" : "read");
	draft_do(d, "uffd u %s%s", anon ? "wp-unpopulated" : "wp-hugetlbfs-shmem", event ? " event-fork" : "");
	draft_do(d, "register u %s wp", w.name);
	draft_do(d, "protect u %s", w.name);
	draft_say(d, "%s is %s, %u pages; the parent has %s %s.", w.name,
		  anon ? "private anonymous memory" : "shared memory", pages, write ? "written" : "read",
		  w.present.words);
	draft_say(d, "A userfaultfd %s UFFD_FEATURE_EVENT_FORK watches it: all pages are registered for write protection, "
		     "and protected; where there is no page a marker says so.",
		  event ? "with" : "without");
	draft_then(d, "fork");
	return w;
}

static void ask(struct quiz_draft *d, const struct watched *w, const char *what, const char *question)
{
	struct buf asked = {0};

	buf_printf(&asked, "%s %s ?", w->side, what);
	draft_ask(d, buf_str(&asked), "On the %s: %s", w->side, question);
	buf_deinit(&asked);
}

/* About the mapping: its name is in both texts. */
static void ask_named(struct quiz_draft *d, const struct watched *w, const char *before, const char *after,
		      const char *question)
{
	struct buf asked = {0};

	buf_printf(&asked, "%s %s%s%s ?", w->side, before, w->name, after);
	draft_ask(d, buf_str(&asked), "On the %s: %s %s?", w->side, question, w->name);
	buf_deinit(&asked);
}

static void ask_page(struct quiz_draft *d, const struct watched *w)
{
	struct draft_range range = draft_coin(d) ? w->present : w->markers;
	unsigned page = draft_page(d, range);
	struct buf asked = {0};

	buf_printf(&asked, "%s child %s %u ?", w->side, w->name, page);
	draft_ask(d, buf_str(&asked), "On the %s: what has the child at page %u of %s right after fork?", w->side, page,
		  w->name);
	buf_deinit(&asked);
}

static void ask_entries(struct quiz_draft *d, const struct watched *w)
{
	ask(d, w, "cost entries", "how many entries does fork put into the child's page tables?");
}

static void whose_decision(struct quiz_draft *d)
{
	struct watched w = watch(d, false, false);

	draft_hint(d, "dup_userfaultfd() clears the flag on the child's VMA, dst, before vma_needs_copy() looks.");
	ask_named(d, &w, "", "", "what does fork do with");
}

static void whose_flag(struct quiz_draft *d)
{
	struct watched w = watch(d, draft_coin(d), draft_coin(d));

	draft_hint(d, "Does it matter where vma_needs_copy() looks? What does dup_userfaultfd() do?");
	ask_named(d, &w, "child ", " VM_UFFD_WP", "has the child VM_UFFD_WP at its VMA of");
}

static void whose_entries(struct quiz_draft *d)
{
	struct watched w = watch(d, false, draft_coin(d));

	draft_hint(d, "Is it copied at all? Does a child that is not watched need markers?");
	ask_entries(d, &w);
}

static void whose_page(struct quiz_draft *d)
{
	struct watched w = watch(d, false, draft_coin(d));

	draft_hint(d, "Is it copied at all? Does a child that is not watched need markers?");
	ask_page(d, &w);
}

/* Where an anon_vma decides, it does not matter who is asked. */
static void same_toggle(struct quiz_draft *d)
{
	struct watched w = watch(d, true, false);

	draft_hint(d, "Is there another clause that holds, on both kernels?");
	switch (draft_number(d, 0, 2)) {
	case 0:
		ask_named(d, &w, "", "", "what does fork do with");
		break;
	case 1:
		ask_entries(d, &w);
		break;
	default:
		ask_page(d, &w);
		break;
	}
}

static void which_clause(struct quiz_draft *d)
{
	struct watched w = watch(d, true, draft_coin(d));

	draft_hint(d, "The first clause that holds is the reason. Flags are asked for first: is one set on the VMA that is asked?");
	ask_named(d, &w, "", " copy because", "both kernels copy. Which clause, or flag, is the first reason to copy");
}

static void later_faults(struct quiz_draft *d)
{
	struct watched w = watch(d, false, false);
	struct draft_range range = draft_range(d, w.present.first, w.present.last);

	draft_then(d, "child touch %s %s", w.name, range.pages);
	draft_will(d, "After fork the child writes %s.", range.words);
	draft_hint(d, "Is an entry that was write-protected in the parent writable in the child?");
	ask(d, &w, "cost faults", "how many page faults do these stores take?");
}

static const struct quiz_kind kinds[] = {
	{"whose-decision", 1, whose_decision}, {"whose-flag", 1, whose_flag},	  {"whose-entries", 2, whose_entries},
	{"whose-page", 2, whose_page},	       {"same-toggle", 3, same_toggle},	  {"which-clause", 3, which_clause},
	{"later-faults", 4, later_faults},
};

const struct quiz_kinds quiz_drafts_asked = {kinds, ARRAY_SIZE(kinds)};
