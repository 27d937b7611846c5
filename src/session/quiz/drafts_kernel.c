/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of the topic "Reading a kernel": clauses, versions, errnos. */
#include "base/alloc.h"
#include "session/quiz/quiz_draft.h"

/* --- the clause that holds ---------------------------------------------------------------- */

/* Memory that fork copies, each for another reason, or for two. */
static const struct {
	const char *words, *commands[4]; /* %s of the commands: the name */
} copied[] = {
	{"is private anonymous memory; the parent has written pages 0-3", {"vma %s anon 64K", "touch %s 0-3"}},
	{"is a private mapping of a file; the parent has written page 0", {"vma %s file private 64K", "touch %s 0"}},
	{"is shared memory with a guard region", {"vma %s shmem 64K", "madvise %s guard-install 3"}},
	{"is private anonymous memory; the parent has written page 0, and made a guard region of page 3",
	 {"vma %s anon 64K", "touch %s 0", "madvise %s guard-install 3"}},
	{"is the memory of a device, mapped with remap_pfn_range()", {"vma %s pfnmap 64K"}},
	{"is the memory of a device with frames that have a struct page and others that have none",
	 {"vma %s mixedmap 64K"}},
	{"is shared memory that a userfaultfd with UFFD_FEATURE_EVENT_FORK has registered for write protection",
	 {"vma %s shmem 64K", "uffd u wp-hugetlbfs-shmem event-fork", "register u %s wp"}},
	{"is private anonymous memory that was written, and that a userfaultfd with UFFD_FEATURE_EVENT_FORK has registered "
	 "for write protection",
	 {"vma %s anon 64K", "touch %s", "uffd u event-fork", "register u %s wp"}},
	{"is private anonymous memory that was written, and that a userfaultfd without UFFD_FEATURE_EVENT_FORK has "
	 "registered for write protection",
	 {"vma %s anon 64K", "touch %s", "uffd u", "register u %s wp"}},
	{"is a private mapping of hugetlb; the parent has written it", {"vma %s hugetlb private 2M", "touch %s"}},
};

/* The command with the name in place of %s, if it has one. */
static void do_named(struct quiz_draft *d, const char *command, const char *name)
{
	struct buf line = {0};

	draft_fill(&line, command, name);
	draft_do(d, "%s", buf_str(&line));
	buf_deinit(&line);
}

static void which_reason(struct quiz_draft *d)
{
	struct buf asked = {0};
	size_t i = draft_number(d, 0, ARRAY_SIZE(copied) - 1);

	DRAFT_KERNEL(d, "v6.18.44", "v7.0", "v7.3");
	draft_say(d, "%s %s.", d->name[0], copied[i].words);
	for (size_t k = 0; k < ARRAY_SIZE(copied[i].commands) && copied[i].commands[k]; k++)
		do_named(d, copied[i].commands[k], d->name[0]);
	draft_then(d, "fork");
	draft_hint(d, "vma_needs_copy() asks for flags first, then for device memory, and last for what a store leaves.");
	buf_printf(&asked, "left %s copy because ?", d->name[0]);
	draft_ask(d, buf_str(&asked), "fork copies %s. Which flag, or anon_vma, is the first reason?", d->name[0]);
	buf_deinit(&asked);
}

/* About one side: what fork decides, or how many entries it copies. */
static void ask_about_fork(struct quiz_draft *d, const char *side, bool entries)
{
	struct buf asked = {0};

	if (entries) {
		buf_printf(&asked, "%s cost entries ?", side);
		draft_ask(d, buf_str(&asked), "On the %s: how many entries does fork put into the child's page tables?", side);
	} else {
		buf_printf(&asked, "%s %s ?", side, d->name[0]);
		draft_ask(d, buf_str(&asked), "On the %s: what does fork do with %s?", side, d->name[0]);
	}
	buf_deinit(&asked);
}

/* --- versions ----------------------------------------------------------------------------- */

/* Where versions differ, and the releases around the change. */
static const struct {
	const char *words, *commands[5], *versions[6];
	unsigned version_count;
} changed[] = {
	{"is a shared mapping of hugetlb, all of it written",
	 {"vma %s hugetlb shared 4M", "touch %s"}, {"v5.14", "v5.18", "v5.19", "v6.0", "v6.6", "v7.3"}, 6},
	{"is shared memory, written. A userfaultfd without UFFD_FEATURE_EVENT_FORK has registered and protected it",
	 {"vma %s shmem 64K", "touch %s 0-7", "uffd u wp-hugetlbfs-shmem", "register u %s wp", "protect u %s"},
	 {"v6.6", "v6.18", "v6.19-rc1", "v6.19-rc6", "v6.19-rc7", "v7.3"}, 6},
	{"is a private mapping of a file that was read; page 3 is a guard region",
	 {"vma %s file private 64K", "touch %s all read", "madvise %s guard-install 3"},
	 {"v6.15", "v6.16", "v6.17", "v6.18", "v6.18.44", "v7.3"}, 6},
	{"is private anonymous memory with nothing but a guard region at page 3",
	 {"vma %s anon 64K", "madvise %s guard-install 3"}, {"v6.13", "v6.15", "v6.17", "v6.18", "v6.18.44", "v7.3"}, 6},
};

static void which_version(struct quiz_draft *d)
{
	size_t i = draft_number(d, 0, ARRAY_SIZE(changed) - 1);
	const char *left = draft_word(d, changed[i].versions, changed[i].version_count), *right = left;
	const char *side = DRAFT_WORD(d, "left", "right");
	bool entries = draft_coin(d);

	while (right == left)
		right = draft_word(d, changed[i].versions, changed[i].version_count);
	draft_do(d, "kernel left %s", left);
	draft_do(d, "kernel right %s", right);
	draft_do(d, "set fault-around 1");
	for (size_t k = 0; k < ARRAY_SIZE(changed[i].commands) && changed[i].commands[k]; k++)
		do_named(d, changed[i].commands[k], d->name[0]);
	draft_say(d, "Left is Linux %s, right is Linux %s.", left, right);
	draft_say(d, "%s %s.", d->name[0], changed[i].words);
	draft_then(d, "fork");
	draft_hint(d, "kernel show VERSION lists the clauses of that version, and where they are from.");
	ask_about_fork(d, side, entries);
}

/* --- one line turned ---------------------------------------------------------------------- */

/* Memory for whose decision it may matter at which VMA flags are looked for. */
static const struct {
	const char *words, *commands[4];
} turned[] = {
	{"is shared memory that a userfaultfd without UFFD_FEATURE_EVENT_FORK has registered for write protection",
	 {"vma %s shmem 64K", "touch %s 0-7", "uffd u wp-hugetlbfs-shmem", "register u %s wp"}},
	{"is shared memory that a userfaultfd with UFFD_FEATURE_EVENT_FORK has registered for write protection",
	 {"vma %s shmem 64K", "touch %s 0-7", "uffd u wp-hugetlbfs-shmem event-fork", "register u %s wp"}},
	{"is shared memory; the parent has written pages 0-7, and made a guard region of page 9",
	 {"vma %s shmem 64K", "touch %s 0-7", "madvise %s guard-install 9"}},
	{"is shared memory; the parent has written pages 0-7", {"vma %s shmem 64K", "touch %s 0-7"}},
	{"is private anonymous memory; the parent has written pages 0-7", {"vma %s anon 64K", "touch %s 0-7"}},
	{"is private anonymous memory; the parent has written pages 0-7, and a userfaultfd without UFFD_FEATURE_EVENT_FORK "
	 "has registered it for write protection",
	 {"vma %s anon 64K", "touch %s 0-7", "uffd u", "register u %s wp"}},
};

static void one_line_turned(struct quiz_draft *d)
{
	const char *version = DRAFT_WORD(d, "v6.18.44", "v7.0", "v7.3");
	const char *side = DRAFT_WORD(d, "left", "right");
	size_t i = draft_number(d, 0, ARRAY_SIZE(turned) - 1);
	bool entries = draft_coin(d);

	draft_do(d, "kernel both %s", version);
	draft_do(d, "check right src");
	draft_say(d, "Left is Linux %s. Right is the same with one line turned: it looks for the flags of copy-on-fork at src, "
		     "not at dst.",
		  version);
	draft_say(d, "%s %s.", d->name[0], turned[i].words);
	for (size_t k = 0; k < ARRAY_SIZE(turned[i].commands) && turned[i].commands[k]; k++)
		do_named(d, turned[i].commands[k], d->name[0]);
	draft_then(d, "fork");
	draft_hint(d, "Which flags are on one of the two VMAs only, when vma_needs_copy() looks?");
	ask_about_fork(d, side, entries);
}

/* --- errnos ------------------------------------------------------------------------------- */

/* Calls that a kernel refuses. */
static const struct {
	const char *words, *commands[4], *call, *does, *versions[4];
	unsigned version_count;
} refused[] = {
	{"is private anonymous memory", {"vma %s anon 64K"}, "madvise %s guard-install 3",
	 "MADV_GUARD_INSTALL on page 3", {"v6.1", "v6.6", "v6.12"}, 3},
	{"is shared memory", {"vma %s shmem 64K"}, "madvise %s guard-install 3",
	 "MADV_GUARD_INSTALL on page 3", {"v6.12", "v6.13", "v6.14"}, 3},
	{"is private anonymous memory that mlock() has locked", {"vma %s anon 64K", "mlock %s"},
	 "madvise %s dontneed", "MADV_DONTNEED on it", {"v6.1", "v6.12", "v6.18", "v7.3"}, 4},
	{"is private anonymous memory that mseal() has sealed", {"vma %s anon 64K", "mseal %s"}, "mprotect %s r",
	 "mprotect() to read-only", {"v6.12", "v6.18", "v7.3"}, 3},
	{"is private anonymous memory that mseal() has sealed", {"vma %s anon 64K", "mseal %s"}, "munmap %s",
	 "munmap() of it", {"v6.12", "v6.18", "v7.3"}, 3},
	{"is private anonymous memory of which page 3 is unmapped again", {"vma %s anon 64K", "munmap %s 3"},
	 "mprotect %s r", "mprotect() of all its addresses", {"v6.1", "v6.12", "v6.18", "v7.3"}, 4},
	{"is private anonymous memory of which page 3 is unmapped again", {"vma %s anon 64K", "munmap %s 3"},
	 "mlock %s", "mlock() of all its addresses", {"v6.1", "v6.12", "v6.18", "v7.3"}, 4},
	{"is a mapping of hugetlb", {"vma %s hugetlb private 2M"}, "madvise %s wipeonfork",
	 "MADV_WIPEONFORK on it", {"v6.1", "v6.12", "v6.18", "v7.3"}, 4},
	{"is private anonymous memory", {"vma %s anon 64K"}, "mseal %s", "mseal() of it", {"v6.1", "v6.6", "v6.9"}, 3},
	{"is a private mapping of a file", {"vma %s file private 64K", "uffd u"}, "register u %s wp",
	 "UFFDIO_REGISTER of it for write protection, by a userfaultfd without features", {"v6.12", "v6.18", "v7.3"}, 3},
	{"is private anonymous memory that one userfaultfd has registered; there is a second one, w",
	 {"vma %s anon 64K", "uffd u", "register u %s wp", "uffd w"}, "register w %s wp", "UFFDIO_REGISTER of it by w",
	 {"v6.1", "v6.12", "v7.3"}, 3},
	{"is private anonymous memory; there is a userfaultfd that has not registered it", {"vma %s anon 64K", "uffd u"},
	 "protect u %s", "UFFDIO_WRITEPROTECT of it", {"v6.1", "v6.12", "v6.18", "v7.3"}, 4},
	{"is private anonymous memory that may only be read", {"vma %s anon 64K r"}, "madvise %s populate-write",
	 "MADV_POPULATE_WRITE on it", {"v6.1", "v6.12", "v6.18", "v7.3"}, 4},
	{"is shared memory", {"vma %s shmem 64K"}, "madvise %s wipeonfork", "MADV_WIPEONFORK on it",
	 {"v6.1", "v6.12", "v6.18", "v7.3"}, 4},
};

static void which_errno(struct quiz_draft *d)
{
	struct buf asked = {0};
	size_t i = draft_number(d, 0, ARRAY_SIZE(refused) - 1);

	draft_kernel(d, draft_word(d, refused[i].versions, refused[i].version_count));
	draft_say(d, "%s %s.", d->name[0], refused[i].words);
	for (size_t k = 0; k < ARRAY_SIZE(refused[i].commands) && refused[i].commands[k]; k++)
		do_named(d, refused[i].commands[k], d->name[0]);
	draft_hint(d, "Is the argument wrong, is something not mapped, or is it not allowed?");
	buf_puts(&asked, "left refused ? ");
	draft_fill(&asked, refused[i].call, d->name[0]);
	draft_ask(d, buf_str(&asked), "The kernel refuses %s. With which errno?", refused[i].does);
	buf_deinit(&asked);
}

static const struct quiz_kind kinds[] = {
	{"which-reason", 1, which_reason},
	{"which-errno", 2, which_errno},
	{"which-version", 3, which_version},
	{"one-line-turned", 4, one_line_turned},
};

const struct quiz_kinds quiz_drafts_kernel = {kinds, ARRAY_SIZE(kinds)};
