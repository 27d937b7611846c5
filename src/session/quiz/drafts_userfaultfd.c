/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions of the topic "userfaultfd": registering, protecting, and who hears of a fork. */
#include "base/alloc.h"
#include "session/quiz/quiz_draft.h"

#define KERNELS "v6.6", "v6.12", "v6.18", "v7.3"

/* Memory that is registered for write protection; its lower pages are used. */
struct registered {
	const char *name;
	unsigned pages;
	struct draft_range used, unused;
	bool event;
};

static struct registered begin(struct quiz_draft *d, bool anon, bool event)
{
	unsigned pages = draft_pages(d), used = draft_number(d, 1, pages - 1);
	struct registered r = {d->name[0], pages, draft_range_of(0, used - 1), draft_range_of(used, pages - 1), event};

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s %s %up", r.name, anon ? "anon" : "shmem", pages);
	draft_do(d, "touch %s %s", r.name, r.used.pages);
	draft_do(d, "uffd u wp-hugetlbfs-shmem%s", event ? " event-fork" : "");
	draft_do(d, "register u %s wp", r.name);
	draft_say(d, "%s is %s, %u pages; the parent has written %s.", r.name,
		  anon ? "private anonymous memory" : "shared memory", pages, r.used.words);
	draft_say(d, "A userfaultfd %s UFFD_FEATURE_EVENT_FORK registers it for write protection.",
		  event ? "with" : "without");
	return r;
}

static struct draft_range protect(struct quiz_draft *d, const struct registered *r)
{
	struct draft_range range = draft_coin(d) ? draft_range_of(0, r->pages - 1) : draft_range(d, 0, r->pages - 1);

	draft_do(d, "protect u %s %s", r->name, range.pages);
	draft_say(d, "Then it protects %s.", range.last - range.first + 1 == r->pages ? "all of it" : range.words);
	return range;
}

static void registered_only(struct quiz_draft *d)
{
	struct registered r = begin(d, false, draft_coin(d));

	draft_say(d, "No page is protected.");
	draft_then(d, "fork");
	draft_hint(d, "Which flag does the registration set, and on whose VMA is it when vma_needs_copy() looks?");
	if (draft_coin(d))
		draft_ask_decision(d, r.name);
	else
		draft_ask_entries(d);
}

static void with_event(struct quiz_draft *d)
{
	struct registered r = begin(d, draft_coin(d), true);

	protect(d, &r);
	draft_then(d, "fork");
	draft_hint(d, "With this feature the child is watched as well. Which protection would it miss after a skip?");
	if (draft_coin(d))
		draft_ask_child_page(d, r.name, draft_number(d, 0, r.pages - 1));
	else
		draft_ask_entries(d);
}

static void no_reader(struct quiz_draft *d)
{
	struct registered r = begin(d, false, draft_coin(d));

	if (draft_coin(d))
		protect(d, &r);
	if (draft_coin(d)) {
		draft_do(d, "reader u off");
		draft_say(d, "No thread reads events from the userfaultfd.");
	} else {
		draft_say(d, "A thread reads events from the userfaultfd.");
	}
	draft_then(d, "fork");
	draft_hint(d, "Does this fork send an event? Who takes it?");
	draft_ask(d, "left fork ?", "How does fork end?");
}

static void unregistered(struct quiz_draft *d)
{
	struct registered r = begin(d, draft_coin(d), draft_coin(d));
	bool close = draft_coin(d);

	protect(d, &r);
	if (close)
		draft_do(d, "close u");
	else
		draft_do(d, "unregister u %s", r.name);
	draft_say(d, "Then %s.", close ? "the userfaultfd is closed" : "it is unregistered");
	draft_then(d, "fork");
	draft_hint(d, "Is VM_UFFD_WP still there?");
	switch (draft_number(d, 0, 2)) {
	case 0:
		draft_ask_decision(d, r.name);
		break;
	case 1:
		draft_ask_child_page(d, r.name, draft_number(d, 0, r.pages - 1));
		break;
	default:
		draft_ask_entries(d);
		break;
	}
}

static void ask_touch(struct quiz_draft *d, const char *name, unsigned page, bool write)
{
	draft_then(d, "child touch %s %u %s", name, page, write ? "write" : "read");
	draft_will(d, "After fork the child %s page %u.", write ? "writes" : "reads", page);
	draft_ask(d, "left child signal ?", "How does that access end?");
}

static void child_waits(struct quiz_draft *d)
{
	struct registered r = begin(d, false, draft_coin(d));
	struct draft_range range = protect(d, &r);
	unsigned page = draft_coin(d) ? draft_page(d, range) : draft_number(d, 0, r.pages - 1);

	draft_then(d, "fork");
	draft_hint(d, "Is the child watched? Is this page protected in it?");
	ask_touch(d, r.name, page, draft_number(d, 0, 3));
}

/* Anonymous memory without any page of its own: only markers, or zero pages. */
static void no_anon_vma(struct quiz_draft *d)
{
	unsigned pages = draft_pages(d), read = draft_number(d, 1, pages - 1);
	struct draft_range range = draft_range_of(0, read - 1);
	bool event = draft_coin(d);

	DRAFT_KERNEL(d, KERNELS);
	draft_do(d, "vma %s anon %up", d->name[0], pages);
	draft_do(d, "touch %s %s read", d->name[0], range.pages);
	draft_do(d, "uffd u wp-unpopulated%s", event ? " event-fork" : "");
	draft_do(d, "register u %s wp", d->name[0]);
	draft_do(d, "protect u %s", d->name[0]);
	draft_say(d, "%s is private anonymous memory, %u pages. The parent has read %s, and has not written.", d->name[0], pages,
		  range.words);
	draft_say(d, "A userfaultfd with UFFD_FEATURE_WP_UNPOPULATED, %s UFFD_FEATURE_EVENT_FORK, protects all of it.",
		  event ? "and with" : "but without");
	draft_then(d, "fork");
	draft_hint(d, "Is there an anon_vma? What else can have it copied?");
	if (draft_coin(d))
		draft_ask_entries(d);
	else
		draft_ask_child_page(d, d->name[0], draft_number(d, 0, pages - 1));
}

static const struct quiz_kind kinds[] = {
	{"registered-only", 1, registered_only}, {"with-event", 2, with_event},	  {"no-reader", 2, no_reader},
	{"unregistered", 3, unregistered},	 {"no-anon-vma", 3, no_anon_vma}, {"child-waits", 4, child_waits},
};

const struct quiz_kinds quiz_drafts_userfaultfd = {kinds, ARRAY_SIZE(kinds)};
