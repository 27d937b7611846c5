/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A touch in the subject: its signal, its faults, and which frames it copied. */
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "live/realize/realize_private.h"
#include "live/settings.h"
#include "live/touch.h"
#include "observe/pagemap.h"
#include "observe/paging.h"
#include "observe/proc.h"
#include "observe/uapi.h"

/* Reading anonymous memory maps the zero page, again and again, where it may. */
static bool takes_memory(const struct live *live, const struct mapping *mapping, bool write)
{
	return write || live->lockstep.knobs.no_zero_page ||
	       (mapping->backing != BACKING_ANON && mapping->backing != BACKING_STACK);
}

static enum touch_result touch_result(int signal)
{
	static const struct {
		int signal;
		enum touch_result result;
	} results[] = {
		{0, TOUCH_OK}, {SIGSEGV, TOUCH_SIGSEGV}, {SIGBUS, TOUCH_SIGBUS},
		{TOUCH_GIVE_UP, TOUCH_BLOCKED},
	};

	for (size_t i = 0; i < ARRAY_SIZE(results); i++)
		if (results[i].signal == signal)
			return results[i].result;
	return TOUCH_OK;
}

static struct pagemap_entry *look_with(const struct eyes *eyes, const struct process *p,
				       const struct mapping *mapping)
{
	struct look_at at = {
		.start = mapping->start,
		.pages = mapping_pages(mapping),
		.hugetlb = mapping->backing == BACKING_HUGETLB,
	};
	struct pagemap_entry *looks;

	if (at.pages > LOOK_PAGES_MAX)
		return NULL;
	looks = xcalloc(at.pages, sizeof(*looks));

	if (pagemap_look(eyes, p->pagemap_fd, &at, looks))
		return looks;
	free(looks);
	return NULL;
}

struct pagemap_entry *real_look(const struct process *p, const struct mapping *mapping)
{
	struct eyes eyes = {.kpageflags_fd = -1, .frames = true};

	return look_with(&eyes, p, mapping);
}

struct pagemap_entry *real_look_closely(const struct live *live, const struct process *p,
					const struct mapping *mapping)
{
	return look_with(live->eyes, p, mapping);
}

/*
 * Pages that were copied: mapped before and after, but not the same frame. What
 * was not mapped before cannot be distinguished from a page that came from elsewhere,
 * unless it is anonymous memory, which then started as zeroes. -1: not known.
 */
static int64_t count_copies(const struct mapping *mapping, const struct ranges *pages, bool write,
			    const struct pagemap_entry *before, const struct pagemap_entry *after)
{
	uint64_t unit = mapping->backing == BACKING_HUGETLB ? PTRS_PER_PTE : 1;
	bool zeroed = mapping->backing == BACKING_ANON || mapping->backing == BACKING_STACK;
	uint64_t next = 0; /* two stretches may lie in one huge page */
	int64_t copies = 0;

	if (!before || !after)
		return -1;
	for (size_t i = 0; i < pages->n; i++) {
		uint64_t page = pages->v[i].first / unit * unit;

		for (page = page < next ? next : page; page <= pages->v[i].last; page += unit) {
			bool was = before[page].page.states & (1u << PTE_PRESENT | 1u << PTE_HUGE |
							       1u << PTE_ZERO);
			bool is = after[page].frame;

			if (before[page].page.states & 1u << PTE_SWAP && write)
				return -1; /* the slot may have been shared */
			if (!was && write && !zeroed && !mapping->shared)
				return -1;
			if (!was)
				continue;
			if (!before[page].frame || !is)
				return -1; /* frames cannot be seen */
			copies += before[page].frame != after[page].frame;
		}
		next = page;
	}
	return copies;
}

static bool send_touch(struct live *live, const struct process *p, const struct mapping *mapping,
		       const struct ranges *pages, bool write, struct real *real)
{
	struct mailbox *box = live->remote.box;
	size_t next = 0;

	real->step.faults = 0;
	do {
		uint32_t n = 0;

		for (; next < pages->n && n < TOUCH_RANGES_MAX; n++, next++)
			box->ranges[n] = (struct touch_range){
				.address = mapping->start + pages->v[next].first * PAGE_SIZE,
				.pages = pages->v[next].last - pages->v[next].first + 1,
			};
		box->write = write;
		box->range_count = n;
		if (real_ended(real, remote_order(&live->remote, p, ORDER_TOUCH)))
			return false;
		real->step.signal = touch_result(box->signal);
		real->step.faults += (int64_t)box->faults;
	} while (next < pages->n && real->step.signal == TOUCH_OK);
	return true;
}

/*
 * The zero page has a frame, too: copying it is zeroing. How often its number occurs
 * would be a guess, so this reads kpageflags.
 */
static void forget_zero_pages(const struct eyes *eyes, struct pagemap_entry *looks, uint64_t pages)
{
	struct flags_block block = {0};

	for (uint64_t i = 0; looks && i < pages; i++) {
		uint64_t flags;

		if (!looks[i].frame || looks[i].page.states & 1u << PTE_SWAP)
			continue;
		flags = frame_flags(eyes, &block, looks[i].frame);
		if (flags != UINT64_MAX && flags & KPF_ZERO)
			looks[i] = (struct pagemap_entry){.page = {.states = 1u << PTE_NONE}};
	}
}

/* That other programs have taken the last huge page is no result of the kernel. */
static void explain_sigbus(const struct live *live, const struct mapping *mapping, struct real *real)
{
	if (real->kind == REAL_DONE && real->step.signal == TOUCH_SIGBUS &&
	    live->predicted.signal == TOUCH_OK && mapping->backing == BACKING_HUGETLB &&
	    !huge_pages_unreserved())
		real_impossible(real, "other programs have taken the pool's last huge page");
}

/* A touch of one name; what it takes is added to real->step. */
static void touch_name(struct live *live, const struct process *p, const struct name *name,
		       const struct mapping *mapping, struct ranges *pages, bool write, struct real *real)
{
	struct pagemap_entry *before = NULL, *after = NULL;
	int64_t faults = real->step.faults, copies = -1;
	uint64_t page;

	if (lockstep_failing_page(&live->lockstep, name, pages, &page)) {
		ranges_clear(pages);
		ranges_add(pages, page, page);
		/* What earlier pages take is not taken: only that one is touched. */
		if (!lockstep_failing_page(&live->lockstep, name, pages, &page)) {
			real_impossible(real, "page %" PRIu64 " fails for want of what earlier pages take",
					pages->v[0].first);
			return;
		}
	}
	if (real_too_much(live, mapping, pages,
			  takes_memory(live, mapping, write) ? TAKE_PAGES : TAKE_TABLES, real))
		return;
	if (live->forked) {
		before = real_look(p, mapping);
		forget_zero_pages(live->eyes, before, mapping_pages(mapping));
	}
	if (send_touch(live, p, mapping, pages, write, real) && before &&
	    real->step.signal == TOUCH_OK) {
		after = real_look(p, mapping);
		copies = count_copies(mapping, pages, write, before, after);
	}
	explain_sigbus(live, mapping, real);
	seen_count(&real->step.faults, faults);
	seen_count(&real->step.cow_copies, copies);
	free(before);
	free(after);
}

void real_touch(struct live *live, const struct command *c, struct real *real)
{
	real->step = (struct seen_step){.done = true, .touch = true, .after_fork = live->forked};
	for (size_t i = 0; i < live->names.n && real->kind == REAL_DONE; i++) {
		const struct mapping *mapping = mappings_find(live->by_mappings, live->names.v[i]);
		struct ranges pages = {0};

		if (!mapping)
			real_impossible(real, "this process has no %s", live->names.v[i]->text);
		else if (real_pages(live, c, live->names.v[i], &pages, real))
			touch_name(live, live->by, live->names.v[i], mapping, &pages, c->args.write, real);
		ranges_deinit(&pages);
	}
	if (!live->forked)
		real->step.faults = real->step.cow_copies = -1;
}
