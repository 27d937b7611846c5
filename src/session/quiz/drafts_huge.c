/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of the topic "Huge, pinned, swapped". */
#include "base/alloc.h"
#include "session/quiz/quiz_draft.h"

#define KERNELS "v6.6", "v6.12", "v6.18", "v7.3"

/* --- huge pages --------------------------------------------------------------------------- */

/* Anonymous memory with huge pages. The value: how many there are. */
static unsigned huge(struct quiz_draft *d)
{
	unsigned regions = draft_number(d, 2, 5), used = draft_number(d, 1, regions);

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s anon %uM at 0x4000000000", d->name[0], 2 * regions);
	draft_do(d, "madvise %s hugepage", d->name[0]);
	for (unsigned i = 0; i < used; i++)
		draft_do(d, "touch %s %u", d->name[0], 512 * i + draft_number(d, 0, 511));
	draft_say(d, "%s is private anonymous memory of %u MiB with MADV_HUGEPAGE, at a multiple of 1 GiB.", d->name[0],
		  2 * regions);
	if (used == 1)
		draft_say(d, "The parent has stored one byte in the first of its %u ranges of 2 MiB, and has a huge page there.",
			  regions);
	else
		draft_say(d, "The parent has stored one byte in each of the first %u of its %u ranges of 2 MiB, and has huge "
			     "pages there.",
			  used, regions);
	return used;
}

static void huge_entries(struct quiz_draft *d)
{
	huge(d);
	draft_then(d, "fork");
	draft_hint(d, "How many entries map a huge page?");
	draft_ask_entries(d);
}

static void huge_tables(struct quiz_draft *d)
{
	huge(d);
	draft_then(d, "fork");
	draft_hint(d, "A PTE table is put aside for each huge entry that is copied. Which tables are above it?");
	draft_ask_tables(d);
}

static void huge_split(struct quiz_draft *d)
{
	unsigned used = huge(d), page = 512 * draft_number(d, 0, used - 1) + draft_number(d, 0, 500);
	unsigned last = page + draft_number(d, 0, 8), other = page + 10;
	const char *who = DRAFT_WORD(d, "child", "parent"), *whose = DRAFT_WORD(d, "child", "parent");
	struct draft_range stores = draft_range_of(page, last);
	struct buf asked = {0};

	draft_then(d, "fork");
	draft_then(d, "%s touch %s %s", who, d->name[0], stores.pages);
	draft_will(d, "After fork the %s writes %s of 4 KiB.", who, stores.words);
	draft_hint(d, "The first store to a huge page that two processes map splits the entry of the one who stores.");
	switch (draft_number(d, 0, 2)) {
	case 0:
		draft_ask(d, "left cost cow-copies ?", "How many pages of 4 KiB does the kernel copy for that?");
		break;
	case 1:
		draft_ask(d, "left cost faults ?", "How many page faults does that take?");
		break;
	default:
		buf_printf(&asked, "left %s %s %u ?", whose, d->name[0], other);
		draft_ask(d, buf_str(&asked), "What kind of entry has the %s for page %u after that?", whose, other);
		break;
	}
	buf_deinit(&asked);
}

static void hugetlb(struct quiz_draft *d)
{
	unsigned pages = draft_number(d, 1, 4);
	bool shared = draft_coin(d), entries = draft_coin(d), write = draft_coin(d);

	DRAFT_KERNEL(d, "v5.14", "v5.19", "v6.0", "v6.6", "v6.18", "v7.3");
	draft_do(d, "vma %s hugetlb %s %uM", d->name[0], shared ? "shared" : "private", 2 * pages);
	draft_do(d, "touch %s all %s", d->name[0], write ? "write" : "read");
	draft_say(d, "%s is a %s mapping of hugetlb, %u huge %s of 2 MiB. The parent has %s all of it.", d->name[0],
		  shared ? "shared" : "private", pages, pages == 1 ? "page" : "pages", write ? "written" : "read");
	draft_then(d, "fork");
	draft_hint(d, "A shared mapping could find its pages again in the file. Since which version does fork rely on that?");
	if (entries)
		draft_ask_entries(d);
	else
		draft_ask_decision(d, d->name[0]);
}

/* --- pinned ------------------------------------------------------------------------------- */

static void pinned(struct quiz_draft *d)
{
	unsigned pages = draft_number(d, 2, 8) * 2;
	struct draft_range pinned = draft_range(d, 0, pages - 1), stores = draft_range(d, 0, pages - 1);
	bool copies = draft_coin(d);
	const char *who = DRAFT_WORD(d, "child", "parent");

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	draft_do(d, "touch %s", d->name[0]);
	draft_do(d, "pin %s %s", d->name[0], pinned.pages);
	draft_say(d, "%s is private anonymous memory, %u pages, all written. It has pinned %s, as "
		     "io_uring pins its buffers.",
		  d->name[0], pages, pinned.words);
	draft_then(d, "fork");
	draft_then(d, "%s touch %s %s", who, d->name[0], stores.pages);
	draft_will(d, "After fork the %s writes %s.", who, stores.words);
	draft_hint(d, "fork copies a pinned page at once. Who shares it after that?");
	if (copies)
		draft_ask(d, "left cost cow-copies ?", "How many pages does the kernel copy for that?");
	else
		draft_ask(d, "left cost faults ?", "How many page faults does that take?");
}

/* Pins for reading unshare; short ones do not. */
static void reading_pins(struct quiz_draft *d)
{
	unsigned pages = draft_number(d, 2, 8) * 2;
	const char *who = DRAFT_WORD(d, "child", "parent");
	struct draft_range range = draft_range(d, 0, pages - 1), stores = draft_range(d, 0, pages - 1);
	static const char *const words[] = {
		"pins %s for reading, as process_vm_readv() does", "takes a reference to %s, as vmsplice() does", "reads %s",
	};
	size_t how = draft_number(d, 0, ARRAY_SIZE(words) - 1);
	struct buf looks = {0};

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	draft_do(d, "touch %s", d->name[0]);
	draft_do(d, "fork");
	draft_do(d, "child touch %s %s", d->name[0], stores.pages);
	draft_say(d, "%s is private anonymous memory, %u pages, all written. The parent has forked. The child has written %s.",
		  d->name[0], pages, stores.words);
	if (how == 2)
		draft_then(d, "%s touch %s %s read", who, d->name[0], range.pages);
	else
		draft_then(d, "%s pin %s %s %s", who, d->name[0], range.pages, how ? "short" : "read");
	draft_fill(&looks, words[how], range.words);
	draft_will(d, "Then the %s %s.", who, buf_str(&looks));
	buf_deinit(&looks);
	draft_hint(d, "A process that looks at a page for long must not see another process's stores, or lose its own.");
	draft_ask(d, "left cost cow-copies ?", "How many pages were copied since fork?");
}

/* --- swapped ------------------------------------------------------------------------------ */

static void swapped(struct quiz_draft *d)
{
	bool shared = draft_coin(d), entries = draft_coin(d);
	unsigned pages = draft_pages(d), used = draft_number(d, 2, pages);
	struct draft_range written = draft_range_of(0, used - 1), out = draft_range(d, 0, used - 1);

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s %s %up", d->name[0], shared ? "shmem" : "anon", pages);
	draft_do(d, "touch %s %s", d->name[0], written.pages);
	draft_do(d, "madvise %s pageout %s", d->name[0], out.pages);
	draft_say(d, "%s is %s, %u pages. The parent has written %s. Then MADV_PAGEOUT has swapped %s out.", d->name[0],
		  shared ? "shared memory" : "private anonymous memory", pages, written.words, out.words);
	draft_then(d, "fork");
	draft_hint(d, "Who remembers where a swapped page is: the process's page table, or the file?");
	if (entries)
		draft_ask_entries(d);
	else
		draft_ask_child_page(d, d->name[0], draft_page(d, draft_coin(d) ? out : draft_range_of(0, pages - 1)));
}

static void swapped_in(struct quiz_draft *d)
{
	unsigned pages = draft_number(d, 2, 8) * 2;
	struct draft_range out = draft_range(d, 0, pages - 1), used = draft_range(d, 0, pages - 1);
	bool write = draft_coin(d);
	const char *who = DRAFT_WORD(d, "child", "parent");

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	draft_do(d, "touch %s", d->name[0]);
	draft_do(d, "madvise %s pageout %s", d->name[0], out.pages);
	draft_say(d, "%s is private anonymous memory, %u pages, all written. MADV_PAGEOUT has swapped %s out.", d->name[0],
		  pages, out.words);
	draft_then(d, "fork");
	draft_then(d, "%s touch %s %s %s", who, d->name[0], used.pages, write ? "write" : "read");
	draft_will(d, "After fork the %s %s %s.", who, write ? "writes" : "reads", used.words);
	draft_hint(d, "Which of these accesses fault: those to swap entries, those to pages that are write-protected?");
	draft_ask(d, "left cost faults ?", "How many page faults does that take?");
}

static const struct quiz_kind kinds[] = {
	{"huge-entries", 1, huge_entries}, {"swapped", 1, swapped},	    {"hugetlb", 2, hugetlb},
	{"pinned", 2, pinned},		   {"huge-split", 3, huge_split},   {"swapped-in", 3, swapped_in},
	{"huge-tables", 4, huge_tables},   {"reading-pins", 4, reading_pins},
};

const struct quiz_kinds quiz_drafts_huge = {kinds, ARRAY_SIZE(kinds)};
