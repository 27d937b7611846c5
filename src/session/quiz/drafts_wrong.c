/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of the topic "When it goes wrong": signals, forks that fail, and traces that stay. */
#include "base/alloc.h"
#include "session/quiz/quiz_draft.h"

#define KERNELS "v6.1", "v6.12", "v6.18", "v7.3"

/* The child touches memory of which a part is kept from it. */
static void kept(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d);
	struct draft_range part = draft_range(d, 0, pages - 1);
	unsigned page = draft_coin(d) ? draft_page(d, part) : draft_number(d, 0, pages - 1);
	const char *advice = draft_number(d, 0, 2) ? "dontfork" : "wipeonfork";
	bool write = draft_coin(d);

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	draft_do(d, "touch %s", d->name[0]);
	draft_do(d, "madvise %s %s %s", d->name[0], advice, part.pages);
	draft_say(d, "%s is private anonymous memory, %u pages, all written. %s was used on %s.", d->name[0], pages,
		  advice[0] == 'd' ? "MADV_DONTFORK" : "MADV_WIPEONFORK", part.words);
	draft_then(d, "fork");
	draft_then(d, "child touch %s %u %s", d->name[0], page, write ? "write" : "read");
	draft_will(d, "After fork the child %s page %u.", write ? "writes" : "reads", page);
	draft_hint(d, "Is there a VMA at that address in the child?");
	draft_ask(d, "left child signal ?", "How does that access end?");
}

static void kept_entries(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d), used = draft_number(d, 2, pages);
	struct draft_range part = draft_range(d, 0, pages - 1);
	bool dont = draft_coin(d);

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	draft_do(d, "touch %s 0-%u", d->name[0], used - 1);
	draft_do(d, "madvise %s %s %s", d->name[0], dont ? "dontfork" : "wipeonfork", part.pages);
	draft_say(d, "%s is private anonymous memory, %u pages; pages 0-%u were written. %s was used on %s.", d->name[0],
		  pages, used - 1, dont ? "MADV_DONTFORK" : "MADV_WIPEONFORK", part.words);
	draft_then(d, "fork");
	draft_hint(d, "That advice cuts the VMA. Which parts are copied?");
	draft_ask_entries(d);
}

/* A debugger's store into program text. */
static void poked(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d), page = draft_number(d, 0, pages - 1);
	bool poke = draft_number(d, 0, 3), entries = draft_coin(d);
	struct draft_range seen = draft_range(d, 0, pages - 1);

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "set fault-around 1");
	draft_do(d, "vma %s file private %up rx", d->name[0], pages);
	draft_do(d, "touch %s %s read", d->name[0], seen.pages);
	draft_say(d, "%s is program text, %u pages: a private mapping of a file, not writable. The program has run %s; a page "
		     "fault maps one page.",
		  d->name[0], pages, seen.words);
	if (poke) {
		draft_do(d, "poke %s %u", d->name[0], page);
		draft_say(d, "A debugger has stored a breakpoint into page %u, and later the old byte.", page);
	} else {
		draft_say(d, "A debugger has only read it.");
	}
	draft_then(d, "fork");
	draft_hint(d, "A debugger's store gives the process a page of its own. What else does it leave at the VMA?");
	if (entries)
		draft_ask_entries(d);
	else
		draft_ask_decision(d, d->name[0]);
}

static void strict_overcommit(struct quiz_draft *d)
{
	unsigned first = draft_number(d, 1, 6) * 16, second = draft_number(d, 1, 6) * 16;
	unsigned limit = first + second + draft_number(d, 0, 12) * 16;
	bool shared = draft_coin(d);

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s anon %up", d->name[0], first);
	draft_do(d, "vma %s %s %up", d->name[1], shared ? "file shared" : "anon", second);
	draft_do(d, "touch %s", d->name[0]);
	draft_do(d, "limit commit %up", limit);
	draft_say(d, "%s is private anonymous memory, %u pages, all written. %s is %s, %u pages.", d->name[0], first, d->name[1],
		  shared ? "a shared mapping of a file" : "private anonymous memory without any page", second);
	draft_say(d, "Overcommit is strict: what all processes together are promised has to stay below %u pages.", limit);
	draft_then(d, "fork");
	draft_hint(d, "dup_mmap() charges the memory of each VMA that may need pages of its own, whether there are any or "
		      "not.");
	draft_ask(d, "left fork ?", "How does fork end?");
}

static void pool_is_empty(struct quiz_draft *d)
{
	unsigned pages = draft_number(d, 1, 3), more = draft_number(d, 0, 2);
	unsigned stores = draft_number(d, 1, pages), page = draft_number(d, 0, pages - 1);
	bool write = draft_coin(d);

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "limit hugepages %u", pages + more);
	draft_do(d, "vma %s hugetlb private %uM", d->name[0], 2 * pages);
	draft_do(d, "touch %s", d->name[0]);
	draft_say(d, "The pool has %u huge %s. %s is a private mapping of %u of hugetlb, all written.", pages + more,
		  pages + more == 1 ? "page" : "pages", d->name[0], pages);
	draft_then(d, "fork");
	draft_then(d, "parent touch %s 0-%u", d->name[0], 512 * stores - 1);
	draft_then(d, "child touch %s %u %s", d->name[0], 512 * page, write ? "write" : "read");
	draft_will(d, "After fork the parent writes its first %u huge %s. Then the child %s huge page %u, counted from 0.", stores,
		  stores == 1 ? "page" : "pages", write ? "writes" : "reads", page);
	draft_hint(d, "Where does the parent's copy come from? If the pool is empty, who loses the page?");
	draft_ask(d, "left child signal ?", "How does the child's access end?");
}

static const struct quiz_kind kinds[] = {
	{"kept", 1, kept},		   {"kept-entries", 2, kept_entries},
	{"poked", 2, poked},		   {"strict-overcommit", 3, strict_overcommit},
	{"pool-is-empty", 4, pool_is_empty},
};

const struct quiz_kinds quiz_drafts_wrong = {kinds, ARRAY_SIZE(kinds)};
