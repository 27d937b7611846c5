/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of the topic "Guards": regions of MADV_GUARD_INSTALL. */
#include "base/alloc.h"
#include "session/quiz/quiz_draft.h"

static const struct {
	const char *words, *command;
} memories[] = {
	{"shared memory", "shmem"},
	{"a private mapping of a file", "file private"},
	{"private anonymous memory", "anon"},
};

/* Memory that was read, or written, and then got a guard region. */
struct guarded {
	const char *name;
	unsigned pages;
	struct draft_range used, guard;
};

static struct guarded guard(struct quiz_draft *d, bool write)
{
	size_t memory = draft_number(d, 0, ARRAY_SIZE(memories) - 1);
	unsigned pages = draft_pages(d), used = draft_number(d, 2, pages);
	struct guarded g = {d->name[0], pages, draft_range_of(0, used - 1), draft_range_of(0, 0)};
	unsigned first = draft_number(d, 0, pages - 1), n = draft_number(d, 1, 4);

	g.guard = draft_range_of(first, first + n > pages ? pages - 1 : first + n - 1);
	/* What kernels without the flag do with a guard is taught in another chapter; a store they know. */
	if (write && memory)
		DRAFT_KERNEL(d, "v6.18", "v6.18.44", "v7.0", "v7.3");
	else
		DRAFT_KERNEL(d, "v6.18.37", "v6.18.44", "v7.0", "v7.3");
	draft_do(d, "set fault-around 1");
	draft_do(d, "vma %s %s %up", g.name, memories[memory].command, pages);
	draft_do(d, "touch %s %s %s", g.name, g.used.pages, write ? "write" : "read");
	draft_do(d, "madvise %s guard-install %s", g.name, g.guard.pages);
	draft_say(d, "%s is %s, %u pages; a page fault maps one page. The parent has %s %s.", g.name, memories[memory].words, pages,
		  write ? "written" : "read", g.used.words);
	draft_say(d, "Then MADV_GUARD_INSTALL has made a guard region of %s.", g.guard.words);
	return g;
}

static void guarded_decision(struct quiz_draft *d)
{
	struct guarded g = guard(d, draft_coin(d));

	draft_then(d, "fork");
	draft_hint(d, "Can a page fault know that there was a guard? Which flag says that there may be one?");
	draft_ask_decision(d, g.name);
}

static void guarded_entries(struct quiz_draft *d)
{
	struct guarded g = guard(d, draft_coin(d));

	draft_then(d, "fork");
	draft_hint(d, "MADV_GUARD_INSTALL discards the pages of its range. What is in their entries then?");
	if (draft_coin(d))
		draft_ask_entries(d);
	else
		draft_ask_child_page(d, g.name, draft_number(d, 0, g.pages - 1));
}

static void guard_touched(struct quiz_draft *d)
{
	struct guarded g = guard(d, draft_coin(d));
	unsigned page = draft_coin(d) ? draft_page(d, g.guard) : draft_number(d, 0, g.pages - 1);
	bool wipe = draft_coin(d);

	if (wipe) {
		draft_do(d, "vma %s anon %up", d->name[1], g.pages);
		draft_do(d, "madvise %s wipeonfork", d->name[1]);
		draft_do(d, "madvise %s guard-install %s", d->name[1], g.guard.pages);
		draft_say(d, "%s is private anonymous memory with MADV_WIPEONFORK, as large, with a guard region of the same "
			     "pages.",
			  d->name[1]);
	}
	draft_then(d, "fork");
	draft_then(d, "child touch %s %u", d->name[wipe], page);
	draft_will(d, "After fork the child writes page %u of %s.", page, d->name[wipe]);
	draft_hint(d, "Did the child get the marker of this page?");
	draft_ask(d, "left child signal ?", "How does that store end?");
}

static void guard_removed(struct quiz_draft *d)
{
	struct guarded g = guard(d, false);
	bool flag = draft_coin(d);
	struct buf asked = {0};

	draft_do(d, "madvise %s guard-remove", g.name);
	draft_say(d, "Later MADV_GUARD_REMOVE has removed it.");
	draft_then(d, "fork");
	draft_hint(d, "Does the kernel know whether there is another guard in this VMA?");
	if (flag) {
		buf_printf(&asked, "left parent %s VM_MAYBE_GUARD ?", g.name);
		draft_ask(d, buf_str(&asked), "Has the parent's VMA of %s the flag VM_MAYBE_GUARD?", g.name);
	} else {
		draft_ask_decision(d, g.name);
	}
	buf_deinit(&asked);
}

/* A second guard, and what is left of the first one. */
static void two_guards(struct quiz_draft *d)
{
	struct guarded g = guard(d, draft_coin(d));
	struct draft_range other = draft_range(d, 0, g.pages / 2);
	bool install = draft_coin(d);

	draft_do(d, "madvise %s %s %s", g.name, install ? "guard-install" : "guard-remove", other.pages);
	draft_say(d, "Then it has used MADV_GUARD_%s on %s.", install ? "INSTALL" : "REMOVE", other.words);
	draft_then(d, "fork");
	draft_hint(d, "What is in each entry now: a page, a marker, or nothing?");
	draft_ask_entries(d);
}

/* A second mapping of the same file touches the first one, or does not. */
static void guard_spreads(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d), gap = draft_coin(d);
	struct draft_range guarded = draft_range(d, 0, pages - 1), seen = draft_range(d, 0, pages - 1);

	DRAFT_KERNEL(d, "v6.18.44", "v7.0", "v7.3");
	draft_do(d, "vma %s shmem %up at 0x10000000", d->name[0], pages);
	draft_do(d, "vma %s shmem %up at 0x%x", d->name[1], pages, 0x10000000 + (pages + gap) * 4096);
	draft_do(d, "madvise %s guard-install %s", d->name[0], guarded.pages);
	draft_do(d, "touch %s %s", d->name[1], seen.pages);
	draft_say(d, "%s and %s are shared memory, %u pages each. %s %s.", d->name[0], d->name[1], pages, d->name[1],
		  gap ? "is the mapping of another file, a page behind it" : "continues where it ends, in the same file");
	draft_say(d, "A guard region covers %s of %s, and the parent has written %s of %s.", guarded.words, d->name[0],
		  seen.words, d->name[1]);
	draft_then(d, "fork");
	draft_hint(d, "Are they one VMA? VMAs that differ only in a sticky flag are joined.");
	draft_ask_decision(d, d->name[1]);
}

static const struct quiz_kind kinds[] = {
	{"guarded-decision", 1, guarded_decision}, {"guarded-entries", 2, guarded_entries},
	{"guard-removed", 2, guard_removed},	   {"guard-touched", 3, guard_touched},
	{"two-guards", 3, two_guards},		   {"guard-spreads", 4, guard_spreads},
};

const struct quiz_kinds quiz_drafts_guards = {kinds, ARRAY_SIZE(kinds)};
