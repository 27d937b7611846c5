/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of the topic "What fork copies". */
#include <string.h>

#include "base/alloc.h"
#include "session/quiz/quiz_draft.h"

#define ALL_KERNELS "v6.1", "v6.6", "v6.12", "v6.18", "v7.3"

/* Kinds of memory, as sentences and commands have them. */
static const struct {
	const char *words, *command;
} memories[] = {
	{"private anonymous memory", "anon"},
	{"shared memory (a memfd)", "shmem"},
	{"a private mapping of a file", "file private"},
	{"a shared mapping of a file", "file shared"},
	{"shared anonymous memory", "anon shared"},
};

/* "touch NAME 0-3 read", and what it did. */
static void touch(struct quiz_draft *d, const char *name, struct draft_range range, bool write)
{
	const char *who = strstr(buf_str(&d->about), "The parent") ? "It" : "The parent";

	draft_do(d, "touch %s %s %s", name, range.pages, write ? "write" : "read");
	draft_say(d, "%s has %s %s.", who, write ? "written" : "read", range.words);
}

/* Memory of one kind of which some pages were used in one way. */
static struct draft_range simple(struct quiz_draft *d, size_t memory, bool write)
{
	unsigned pages = draft_pages(d);
	struct draft_range range = draft_range(d, 0, pages - 1);

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_say(d, "%s is %s, %u pages.", d->name[0], memories[memory].words, pages);
	draft_do(d, "vma %s %s %up", d->name[0], memories[memory].command, pages);
	touch(d, d->name[0], range, write);
	draft_then(d, "fork");
	return range;
}

static void read_or_written(struct quiz_draft *d)
{
	bool write = draft_coin(d), state = draft_coin(d);
	struct draft_range range = simple(d, 0, write);

	draft_hint(d, "What does the first store leave at the VMA, and what does a load leave?");
	if (state)
		draft_ask_child_page(d, d->name[0], draft_page(d, range));
	else
		draft_ask_entries(d);
}

static void kind_of_memory(struct quiz_draft *d)
{
	size_t memory = draft_number(d, 0, ARRAY_SIZE(memories) - 1);

	simple(d, memory, draft_coin(d));
	draft_hint(d, "Can a page fault bring these pages back? vma_needs_copy() asks for an anon_vma.");
	draft_ask_decision(d, d->name[0]);
}

static void whole_vma(struct quiz_draft *d)
{
	bool file = draft_coin(d), entries = draft_coin(d);
	unsigned pages = draft_pages(d), seen = draft_number(d, pages / 2, pages);
	struct draft_range range = draft_range_of(0, seen - 1), written = draft_range(d, 0, seen - 1);

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_say(d, "%s is %s, %u pages.", d->name[0], memories[file ? 2 : 0].words, pages);
	draft_do(d, "set fault-around 1");
	draft_do(d, "vma %s %s %up", d->name[0], memories[file ? 2 : 0].command, pages);
	touch(d, d->name[0], range, false);
	touch(d, d->name[0], written, true);
	draft_say(d, "A page fault maps one page (no fault-around).");
	draft_then(d, "fork");
	draft_hint(d, "Is the decision made for each page, or for the VMA?");
	if (entries)
		draft_ask_entries(d);
	else
		draft_ask_child_page(d, d->name[0], draft_number(d, 0, pages - 1));
}

static void emptied(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d), what = draft_number(d, 0, 2);
	struct draft_range written = draft_range(d, 0, pages - 1);
	bool whole = draft_coin(d);
	struct draft_range gone = whole ? draft_range_of(0, pages - 1) : draft_range(d, written.first, written.last);

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_say(d, "%s is private anonymous memory, %u pages.", d->name[0], pages);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	touch(d, d->name[0], written, true);
	draft_say(d, "Then it has discarded %s with MADV_DONTNEED.", whole ? "all of it" : gone.words);
	draft_do(d, "madvise %s dontneed %s", d->name[0], gone.pages);
	draft_then(d, "fork");
	draft_hint(d, "MADV_DONTNEED takes the pages. What of the VMA and its tables stays?");
	if (!what)
		draft_ask_decision(d, d->name[0]);
	else if (what == 1)
		draft_ask_entries(d);
	else
		draft_ask_tables(d);
}

static void not_inherited(struct quiz_draft *d)
{
	static const struct {
		const char *advice, *words;
	} advices[] = {
		{"dontfork", "MADV_DONTFORK"},
		{"wipeonfork", "MADV_WIPEONFORK"},
		{"dontdump", "MADV_DONTDUMP"},
		{"sequential", "MADV_SEQUENTIAL"},
	};
	size_t advice = draft_number(d, 0, ARRAY_SIZE(advices) - 1);
	bool write = draft_coin(d);

	simple(d, 0, write);
	draft_do(d, "madvise %s %s", d->name[0], advices[advice].advice);
	draft_say(d, "It has asked for %s on %s.", advices[advice].words, d->name[0]);
	draft_hint(d, "Some advice is for fork itself, and comes before vma_needs_copy(). Is this one of those?");
	draft_ask_decision(d, d->name[0]);
}

static void flags_kept(struct quiz_draft *d)
{
	bool lock = draft_coin(d);
	const char *flag = lock ? "VM_LOCKED" : draft_coin(d) ? "VM_DONTDUMP" : "VM_SEQ_READ";
	struct buf asked = {0};

	simple(d, 0, true);
	if (lock)
		draft_do(d, "mlock %s", d->name[0]);
	else
		draft_do(d, "madvise %s %s", d->name[0], flag[3] == 'D' ? "dontdump" : "sequential");
	draft_say(d, "It has called %s on %s, which sets %s.", lock ? "mlock()" : "madvise()", d->name[0], flag);
	draft_hint(d, "vm_area_dup() copies all flags. What does dup_mmap() take back?");
	buf_printf(&asked, "left child %s %s ?", d->name[0], flag);
	draft_ask(d, buf_str(&asked), "Has the child's VMA of %s the flag %s?", d->name[0], flag);
	buf_deinit(&asked);
}

static void split(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d), half = pages / 2, what = draft_number(d, 0, 2);
	bool upper = draft_coin(d);
	struct draft_range part = draft_range_of(upper ? half : 0, upper ? pages - 1 : half - 1);
	struct draft_range other = draft_range_of(upper ? 0 : half, upper ? half - 1 : pages - 1);
	struct draft_range written = draft_range(d, other.first, other.last);
	struct buf asked = {0};
	bool write = draft_coin(d);

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_say(d, "%s is private anonymous memory, %u pages.", d->name[0], pages);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	touch(d, d->name[0], written, write);
	draft_do(d, "mprotect %s r %s", d->name[0], part.pages);
	draft_say(d, "Then mprotect() has made %s read-only.", part.words);
	draft_then(d, "fork");
	draft_hint(d, "mprotect() of a part splits the VMA. Which half keeps the anon_vma, if there is one?");
	if (!what) {
		draft_ask_entries(d);
	} else {
		struct draft_range one = what == 1 ? part : other;

		buf_printf(&asked, "left %s %s ?", d->name[0], one.pages);
		draft_ask(d, buf_str(&asked), "What does fork do with the VMA that has %s of %s?", one.words, d->name[0]);
	}
	buf_deinit(&asked);
}

static void who_pays(struct quiz_draft *d)
{
	unsigned pages = draft_number(d, 2, 6) * 4, stores = draft_number(d, 2, 3);
	bool child = draft_coin(d), copies = draft_coin(d);
	struct buf list = {0};

	DRAFT_KERNEL(d, "v6.1", "v6.12", "v6.18", "v7.3");
	draft_say(d, "%s is private anonymous memory, %u pages, all written. The parent has forked.", d->name[0], pages);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	draft_do(d, "touch %s", d->name[0]);
	draft_do(d, "fork");
	draft_hint(d, "A store to a page that another process maps copies it. A process that is alone with a page keeps it.");
	for (unsigned i = 0; i < stores; i++, child = !child) {
		struct draft_range range = draft_range(d, 0, pages - 1);
		const char *who = child ? "child" : "parent";

		draft_then(d, "%s touch %s %s", who, d->name[0], range.pages);
		buf_printf(&list, "%s the %s %s%s", i ? ", then" : "Now", who, i ? "" : "writes ", range.words);
	}
	draft_will(d, "%s.", buf_str(&list));
	buf_deinit(&list);
	if (copies)
		draft_ask(d, "left cost cow-copies ?", "How many pages does the kernel copy for that?");
	else
		draft_ask(d, "left cost faults ?", "How many page faults does that take?");
}

static void far_apart(struct quiz_draft *d)
{
	static const unsigned distances[] = {1, 16, 512, 1024};
	unsigned distance = distances[draft_number(d, 0, ARRAY_SIZE(distances) - 1)];
	unsigned stores = draft_number(d, 2, 4), at = draft_number(d, 0, 15);
	bool entries = !draft_number(d, 0, 3);
	struct buf list = {0};

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_do(d, "vma %s anon 16M at 0x4000000000", d->name[0]);
	for (unsigned i = 0; i < stores; i++) {
		draft_do(d, "touch %s %u", d->name[0], at + i * distance);
		buf_printf(&list, "%s%u", !i ? "" : i + 1 < stores ? ", " : " and ", at + i * distance);
	}
	draft_say(d, "%s is private anonymous memory of 16 MiB, at a multiple of 1 GiB. The parent has written pages %s.",
		  d->name[0], buf_str(&list));
	buf_deinit(&list);
	draft_then(d, "fork");
	draft_hint(d, "A PTE table has 512 entries. Which tables are above it?");
	if (entries)
		draft_ask_entries(d);
	else
		draft_ask_tables(d);
}

static void neighbors(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d), gap = draft_coin(d) ? 0 : draft_number(d, 1, 4);
	bool first = draft_coin(d), number = draft_coin(d);
	const char *written = d->name[!first], *read = d->name[first];
	struct draft_range stores = draft_range(d, 0, pages - 1), loads = draft_range(d, 0, pages - 1);

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_do(d, "vma %s anon %up at 0x10000000", d->name[0], pages);
	draft_do(d, "vma %s anon %up at 0x%x", d->name[1], pages, 0x10000000 + (pages + gap) * 4096);
	draft_say(d, "%s and %s are private anonymous memory, %u pages each.", d->name[0], d->name[1], pages);
	if (gap)
		draft_say(d, "Between them %u %s not mapped.", gap, gap == 1 ? "page is" : "pages are");
	else
		draft_say(d, "%s begins where %s ends.", d->name[1], d->name[0]);
	draft_do(d, "touch %s %s", written, stores.pages);
	draft_do(d, "touch %s %s read", read, loads.pages);
	draft_say(d, "The parent has written %s of %s, and read %s of %s.", stores.words, written, loads.words, read);
	draft_then(d, "fork");
	draft_hint(d, "Are they one VMA, or two?");
	if (number)
		draft_ask_entries(d);
	else
		draft_ask_decision(d, read);
}

static void several(struct quiz_draft *d)
{
	unsigned n = draft_number(d, 2, 3);

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_do(d, "set fault-around 1");
	draft_say(d, "A page fault maps one page (no fault-around).");
	for (unsigned i = 0; i < n; i++) {
		size_t memory = draft_number(d, 0, ARRAY_SIZE(memories) - 1);
		unsigned pages = draft_pages(d);
		struct draft_range range = draft_range(d, 0, pages - 1);
		bool write = draft_coin(d);

		draft_do(d, "vma %s %s %up", d->name[i], memories[memory].command, pages);
		draft_do(d, "touch %s %s %s", d->name[i], range.pages, write ? "write" : "read");
		draft_say(d, "%s is %s, %s were %s.", d->name[i], memories[memory].words, range.words,
			  write ? "written" : "read");
	}
	draft_then(d, "fork");
	draft_hint(d, "Decide for each mapping first. Then count the entries of those that are copied.");
	draft_ask_entries(d);
}

static void moved(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d), half = pages / 2, what = draft_number(d, 0, 2);
	bool part = draft_coin(d);
	struct draft_range written = draft_range(d, 0, pages - 1), lower = draft_range_of(0, half - 1);
	struct buf place = {0};

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_say(d, "%s is private anonymous memory, %u pages.", d->name[0], pages);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	touch(d, d->name[0], written, true);
	draft_then(d, "fork");
	draft_hint(d, "The anon_vma goes along with what is moved. Does what stays lose it?");
	if (part) {
		draft_do(d, "mremap %s %up at 0x20000000 part %s", d->name[0], half, lower.pages);
		draft_say(d, "Then mremap() has moved %s to another address.", lower.words);
		buf_printf(&place, "%s.moved", d->name[0]);
	} else {
		draft_do(d, "mremap %s %up dontunmap", d->name[0], pages);
		draft_say(d, "Then mremap() with MREMAP_DONTUNMAP has moved it: the old addresses, now called %s.old, "
			     "stay mapped.", d->name[0]);
		buf_printf(&place, "%s.old", d->name[0]);
	}
	if (!what) {
		draft_ask_entries(d);
	} else if (part && what == 1) {
		struct buf asked = {0};

		buf_printf(&asked, "left %s %u-%u ?", d->name[0], half, pages - 1);
		draft_ask(d, buf_str(&asked), "What does fork do with the pages of %s that stayed?", d->name[0]);
		buf_deinit(&asked);
	} else {
		draft_ask_decision(d, part || what == 1 ? buf_str(&place) : d->name[0]);
	}
	buf_deinit(&place);
}

static void two_forks(struct quiz_draft *d)
{
	bool file = draft_coin(d);
	unsigned pages = draft_pages(d), page = draft_number(d, 0, pages - 1);
	struct draft_range before = draft_range(d, 0, pages - 1);

	DRAFT_KERNEL(d, ALL_KERNELS);
	draft_do(d, "set fault-around 1");
	draft_do(d, "vma %s %s %up", d->name[0], memories[file ? 2 : 0].command, pages);
	draft_do(d, "touch %s %s read", d->name[0], before.pages);
	draft_do(d, "fork");
	draft_do(d, "child exit");
	draft_do(d, "touch %s %u", d->name[0], page);
	draft_say(d, "%s is %s, %u pages; a page fault maps one page. The parent has read %s, and forked. The child has "
		     "exited. Then the parent has written page %u, and forks again.",
		  d->name[0], memories[file ? 2 : 0].words, pages, before.words, page);
	draft_then(d, "fork");
	draft_hint(d, "What was there at the first fork, and what is there at the second one?");
	draft_ask(d, "left cost entries ?", "How many entries do both forks together put into their children?");
}

/* Two calls on parts of a mapping: which VMAs does it lie in then? */
static void how_many_vmas(struct quiz_draft *d)
{
	static const struct {
		const char *command, *argument, *words;
	} calls[] = {
		{"mprotect", "r", "made %s read-only"},	     {"mlock", "", "locked %s"},
		{"madvise", "dontfork", "used MADV_DONTFORK on %s"}, {"madvise", "sequential", "used MADV_SEQUENTIAL, which sets a flag, on %s"},
		{"madvise", "populate-read", "used MADV_POPULATE_READ, which only faults pages in, on %s"}, {"munmap", "", "unmapped %s"},
	};
	unsigned pages = draft_pages(d);
	bool child = draft_coin(d);
	struct buf asked = {0};

	DRAFT_KERNEL(d, "v6.1", "v6.12", "v6.18", "v7.3");
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	draft_do(d, "touch %s", d->name[0]);
	draft_say(d, "%s is private anonymous memory, %u pages, all written.", d->name[0], pages);
	for (unsigned i = 0; i < 2; i++) {
		size_t call = draft_number(d, 0, ARRAY_SIZE(calls) - (i ? 1 : 2)); /* the last one is no first one */
		struct draft_range range = draft_range(d, 1, pages - 2);
		struct buf did = {0};

		draft_do(d, "%s %s%s%s %s", calls[call].command, d->name[0], calls[call].argument[0] ? " " : "",
			 calls[call].argument, range.pages);
		draft_fill(&did, calls[call].words, range.words);
		draft_say(d, "%s %s.", i ? "Then it has" : "The parent has", buf_str(&did));
		buf_deinit(&did);
	}
	draft_then(d, "fork");
	draft_hint(d, "Which of these calls change a flag of the VMA, and cut it? VMAs that touch and agree are joined.");
	buf_printf(&asked, "left %s %s vmas ?", child ? "child" : "parent", d->name[0]);
	draft_ask(d, buf_str(&asked), "In how many VMAs does %s lie in the %s, after fork?", d->name[0],
		  child ? "child" : "parent");
	buf_deinit(&asked);
}

static const struct quiz_kind kinds[] = {
	{"read-or-written", 1, read_or_written},
	{"kind-of-memory", 1, kind_of_memory},
	{"not-inherited", 1, not_inherited},
	{"flags-kept", 2, flags_kept},
	{"whole-vma", 2, whole_vma},
	{"emptied", 2, emptied},
	{"who-pays", 2, who_pays},
	{"neighbors", 3, neighbors},
	{"split", 3, split},
	{"two-forks", 3, two_forks},
	{"several", 3, several},
	{"how-many-vmas", 3, how_many_vmas},
	{"moved", 4, moved},
	{"far-apart", 4, far_apart},
};

const struct quiz_kinds quiz_drafts_copies = {kinds, ARRAY_SIZE(kinds)};
