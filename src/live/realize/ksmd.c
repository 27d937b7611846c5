/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has ksmd merge the pages that a scenario names, and no others: first they are made equal,
 * and all other pages that it would look at are made different. Then it runs until it is done.
 * Pages that belong to one process alone are written through /proc/PID/mem, which leaves their
 * entries as they are. What others share cannot be written: it has to be equal already.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/minmax.h"
#include "live/realize/realize_private.h"
#include "live/settings.h"
#include "model/fault.h"
#include "model/hold.h"
#include "observe/pagemap.h"
#include "observe/paging.h"
#include "observe/proc.h"

#define KSM_PAGES_MAX 4096u
#define KSM_SHARING 256u /* entries of one page, at most: max_page_sharing */
#define KSM_PATIENCE_MS 8000
#define TOO_MANY "too many pages could be merged, or they cannot be read"
#define CANNOT_KEEP_APART "other shared pages have equal content, and cannot be kept unmerged"
#define CONTENT 16 /* bytes in which pages differ: the others are 0 */

/* --- pages that ksmd can see ------------------------------------------------------------- */

struct ksm_page {
	const struct process *process;
	uint64_t address;
	uint64_t frame;
	bool named;   /* to be merged */
	bool written; /* its content can be changed without a trace */
	bool asked;   /* ksmd asks who else holds it before it merges it */
	char first[CONTENT]; /* what it begins with; all content that pages get here differs there */
};

struct ksm_pages {
	struct ksm_page *v;
	size_t n, cap;
};

static bool read_content(struct ksm_page *page, int fd)
{
	return pread(fd, page->first, sizeof(page->first), (off_t)page->address) ==
	       (ssize_t)sizeof(page->first);
}

/* Is it a page that ksmd looks at? */
static bool may_be_merged(const struct pagemap_entry *look)
{
	return look->page.states & (1u << PTE_PRESENT | 1u << PTE_HUGE) && look->page.anon == SEEN_YES;
}

/* Would a store of our own change the entry of a page that is not named? */
static bool leaves_no_trace(const struct vm_area *vma, struct pte pte)
{
	return pte.attrs & PTE_EXCLUSIVE && !(pte.attrs & PTE_UFFD_WP) &&
	       (pte.attrs & PTE_WRITE || !(vma->flags & VM_WRITE)) && !soft_dirty_wp(vma, pte);
}

/* The model has merged the named ones already: what they were is seen, not known. */
static bool can_be_written(const struct live *live, const struct vm_area *vma,
			   const struct pagemap_entry *look)
{
	bool dirty = !live->eyes->soft_dirty || look->page.attrs & PTE_SOFT_DIRTY;

	return look->page.known & look->page.attrs & PTE_EXCLUSIVE && !(look->page.attrs & PTE_UFFD_WP) &&
	       (dirty || !vma_soft_dirty_enabled(vma));
}

/* Pages of one VMA that have one name. */
static bool add_pages(const struct live *live, const struct process *p, const struct mapping *mapping,
		      const struct vm_area *vma, struct range pages, const struct ranges *named, int fd,
		      struct ksm_pages *all)
{
	uint64_t last;
	struct look_at at = {
		.start = mapping_address(mapping, pages.first), .pages = pages.last - pages.first + 1,
	};
	struct pagemap_entry *looks;
	bool ok;

	if (at.pages > KSM_PAGES_MAX || all->n + at.pages > KSM_PAGES_MAX)
		return false;
	looks = xcalloc(at.pages, sizeof(*looks));
	ok = pagemap_look(live->eyes, p->pagemap_fd, &at, looks);
	for (uint64_t i = 0; ok && i < at.pages; i++) {
		struct ksm_page page = {
			.process = p,
			.address = at.start + i * PAGE_SIZE,
			.frame = looks[i].frame,
			.named = named && ranges_has(named, pages.first + i),
		};
		struct pte pte = vma_pte(vma, pages.first + i, &last);

		if (!may_be_merged(&looks[i]))
			continue;
		page.asked = ksm_asks_holders(pte);
		page.written = page.named ? can_be_written(live, vma, &looks[i]) : leaves_no_trace(vma, pte);
		ok = read_content(&page, fd);
		GROW(all->v, all->n, all->cap);
		all->v[all->n++] = page;
	}
	free(looks);
	return ok;
}

/* named: numbers of pages that are; NULL: none of this process. */
static bool add_process(const struct live *live, const struct process *p, const struct mappings *mappings,
			const struct mm *mm, const struct ranges *named, int fd, struct ksm_pages *all)
{
	for_each_vma(mm, vma) {
		uint64_t end;

		for (uint64_t at = vma->start; vma->flags & VM_MERGEABLE && at < vma->end; at = end) {
			const struct name *name = mm_name_at(mm, at, &end);
			const struct mapping *mapping = name ? mappings_find(mappings, name) : NULL;

			end = min(end, vma->end);
			if (!mapping || !add_pages(live, p, mapping, vma,
						   (struct range){address_page(mm, at), address_page(mm, end) - 1},
						   named, fd, all))
				return false;
		}
	}
	return true;
}

static int open_memory(const struct process *p)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)p->pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static bool add_one(const struct live *live, const struct process *p, const struct mappings *mappings,
		    const struct mm *mm, const struct ranges *named, struct ksm_pages *all)
{
	int fd;
	bool ok;

	if (!p->pid || !mm)
		return true;
	fd = open_memory(p);
	ok = fd >= 0 && add_process(live, p, mappings, mm, p == live->by ? named : NULL, fd, all);
	if (fd >= 0)
		close(fd);
	return ok;
}

/* A page that is named in one process is merged in the other, too, where it is the same one. */
static void name_shared(struct ksm_pages *all)
{
	size_t n = all->n;

	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; all->v[i].named && j < n; j++)
			all->v[j].named |= all->v[j].frame == all->v[i].frame;
}

/* --- their contents ------------------------------------------------------------------------- */

static bool write_page(struct live *live, const struct process *p, long fd, uint64_t address,
		       const char content[CONTENT], struct real *real)
{
	char *full = live->remote.box->scratch + PAGE_SIZE;
	struct call_result result = {-1, 0};

	memset(full, 0, PAGE_SIZE);
	memcpy(full, content, CONTENT);
	if (!real_ended(real, remote_fill(&live->remote, p, &result, fd, full, address, 1)) && result.err)
		real_impossible(real, "the content of a page cannot be set: %s", strerror(result.err));
	return real->kind == REAL_DONE;
}

static void put_content(char content[CONTENT], const char *kind, uint64_t number)
{
	memset(content, 0, CONTENT);
	snprintf(content, 8, "%s", kind);
	memcpy(content + 8, &number, 8);
}

static void new_content(struct live *live, char content[CONTENT])
{
	put_content(content, "own", ++live->ksm_content);
}

/* What the named pages will contain: what those have that cannot be written, else anything new. */
static bool choose_content(struct live *live, const struct ksm_pages *all, char content[CONTENT],
			   struct real *real)
{
	const struct ksm_page *fixed = NULL;

	new_content(live, content);
	for (size_t i = 0; i < all->n; i++) {
		const struct ksm_page *page = &all->v[i];

		if (!page->named || page->written)
			continue;
		if (fixed && memcmp(fixed->first, page->first, sizeof(page->first))) {
			real_impossible(real, "the pages are shared with others, and their contents differ");
			return false;
		}
		fixed = page;
	}
	if (fixed)
		memcpy(content, fixed->first, sizeof(fixed->first));
	return true;
}

static bool equal(const struct ksm_page *a, const char content[CONTENT])
{
	return !memcmp(a->first, content, CONTENT);
}

/* Is there another page like this one that is not named either, and cannot be written? */
static bool has_twin(const struct ksm_pages *all, const struct ksm_page *page)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct ksm_page *other = &all->v[i];

		if (!other->named && !other->written && other->frame != page->frame &&
		    equal(other, page->first))
			return true;
	}
	return false;
}

/* Would ksmd merge it with the named ones, or others would they with it? */
static bool is_like_named(const struct ksm_pages *all, const struct ksm_page *page,
			  const char content[CONTENT])
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].named && all->v[i].frame != page->frame && equal(page, content))
			return true;
	return false;
}

/* What this process's pages among them are to contain. */
static bool set_contents_of(struct live *live, const struct ksm_pages *all, const struct process *p,
			    const char content[CONTENT], struct real *real)
{
	long fd = -1;
	char own[CONTENT];

	for (size_t i = 0; i < all->n && real->kind == REAL_DONE; i++) {
		const struct ksm_page *page = &all->v[i];

		if (page->process != p || !page->written)
			continue;
		if (fd < 0 && (fd = real_open_own(live, p, "/proc/self/mem", real)) < 0)
			return false;
		if (!page->named)
			new_content(live, own);
		write_page(live, p, fd, page->address, page->named ? content : own, real);
	}
	if (fd >= 0)
		real_close_own(live, p, fd, real);
	return real->kind == REAL_DONE;
}

/* Of a process that is not observed any more: what cannot be written stays as it is. */
static bool add_former(const struct process *p, uint64_t address, const struct pagemap_entry *look, int mem,
		       struct ksm_pages *all)
{
	struct ksm_page page = {.process = p, .address = address, .frame = look->frame};

	if (!may_be_merged(look))
		return true;
	if (all->n == KSM_PAGES_MAX || !read_content(&page, mem))
		return false;
	GROW(all->v, all->n, all->cap);
	all->v[all->n++] = page;
	return true;
}

/* A process that is not observed any more may have pages that are equal to these by chance. */
static void change_vma(struct live *live, const struct process *p, long fd, int mem,
		       const struct proc_vma *vma, struct ksm_pages *all, struct real *real)
{
	struct look_at at = {.start = vma->start, .pages = (vma->end - vma->start) / PAGE_SIZE};
	struct pagemap_entry *looks;
	char own[CONTENT];

	if (!(vma->flags & VM_MERGEABLE) || at.pages > KSM_PAGES_MAX)
		return;
	looks = xcalloc(at.pages, sizeof(*looks));
	if (!pagemap_look(live->eyes, p->pagemap_fd, &at, looks))
		at.pages = 0;
	for (uint64_t i = 0; i < at.pages && real->kind == REAL_DONE; i++) {
		const struct seen_page *page = &looks[i].page;

		if (!(page->known & page->attrs & PTE_EXCLUSIVE) || page->attrs & PTE_UFFD_WP) {
			if (!add_former(p, at.start + i * PAGE_SIZE, &looks[i], mem, all))
				real_impossible(real, TOO_MANY);
			continue;
		}
		new_content(live, own);
		write_page(live, p, fd, at.start + i * PAGE_SIZE, own, real);
	}
	free(looks);
}

static void change_process(struct live *live, const struct process *p, struct ksm_pages *all,
			   struct real *real)
{
	struct proc_map map = {0};
	long fd;
	int mem;

	if (!p->pid || !proc_map_read(&map, p->pid))
		return;
	fd = real_open_own(live, p, "/proc/self/mem", real);
	mem = open_memory(p);
	for (size_t i = 0; fd >= 0 && i < map.n; i++)
		change_vma(live, p, fd, mem, &map.v[i], all, real);
	if (mem >= 0)
		close(mem);
	if (fd >= 0)
		real_close_own(live, p, fd, real);
	proc_map_deinit(&map);
}

static bool is_observed(const struct live *live, const struct process *p)
{
	return p == &live->parent || p == &live->child;
}

/* Makes the named pages equal, and all others different from these and from each other. */
static bool set_contents(struct live *live, struct ksm_pages *all, struct real *real)
{
	char content[CONTENT];

	name_shared(all);
	for (size_t i = 0; i < live->other_count && real->kind == REAL_DONE; i++)
		change_process(live, &live->others[i], all, real);
	for (size_t i = 0; i < live->former_count && real->kind == REAL_DONE; i++)
		change_process(live, &live->former[i], all, real);
	if (real->kind != REAL_DONE)
		return false;
	if (!choose_content(live, all, content, real) ||
	    !set_contents_of(live, all, &live->parent, content, real) ||
	    !set_contents_of(live, all, &live->child, content, real))
		return false;
	for (size_t i = 0; i < all->n; i++)
		if (is_observed(live, all->v[i].process) && !all->v[i].written && !all->v[i].named &&
		    is_like_named(all, &all->v[i], content)) {
			real_impossible(real, "ksmd would also merge other shared pages, whose content is equal");
			return false;
		}
	return true;
}

/*
 * Pages that are not named, shared, and like each other: ksmd does not merge what somebody
 * else holds, if it asks at all. It does not for a clean entry that only a load has made.
 */
static bool hold_twins(struct live *live, const struct ksm_pages *all, const struct process *p,
		       struct brief_hold *hold, struct real *real)
{
	struct process *by = live->by;
	uint64_t addresses[HELD_FOR_A_MOMENT];
	size_t n = 0;

	*hold = (struct brief_hold){.fd = {-1, -1}};
	for (size_t i = 0; i < all->n; i++) {
		const struct ksm_page *page = &all->v[i];

		if (page->process != p || page->named || page->written || !has_twin(all, page))
			continue;
		if (!page->asked) {
			real_impossible(real, CANNOT_KEEP_APART);
			return false;
		}
		if (n == HELD_FOR_A_MOMENT) {
			real_impossible(real, "too many other pages are equal and shared");
			return false;
		}
		addresses[n++] = page->address;
	}
	if (!n)
		return true;
	live->by = p == &live->parent ? &live->parent : &live->child;
	if (!real_hold_briefly(live, addresses, n, hold, real) && real->kind == REAL_REFUSED)
		real_impossible(real, CANNOT_KEEP_APART);
	live->by = by;
	return real->kind == REAL_DONE;
}

static void let_go(struct live *live, struct process *p, const struct brief_hold *hold)
{
	struct process *by = live->by;
	struct real real = {.kind = REAL_DONE};

	live->by = p;
	real_let_go(live, hold, &real);
	live->by = by;
}

/* --- before a fork -------------------------------------------------------------------------- */

/*
 * What is shared cannot be written any more. So what a later ksm of the scenario names is
 * made equal before the fork, and all else different.
 */

/* Which pages of this process a later ksm is about. */
struct ksm_plan {
	struct ranges pages;
	size_t command; /* number in the scenario */
};

/*
 * The first that is about this page decides. 0: none is. Another number at each fork, so that
 * what an older process has kept is different.
 */
static uint64_t planned_content(const struct live *live, const struct ksm_plan *plans, size_t n,
				uint64_t page)
{
	for (size_t i = 0; i < n; i++)
		if (ranges_has(&plans[i].pages, page))
			return plans[i].command | (uint64_t)live->lockstep.machine->fork_count << 32;
	return 0;
}

static void plan_page(struct live *live, long fd, uint64_t address, uint64_t planned, struct real *real)
{
	char content[CONTENT];

	if (planned)
		put_content(content, "plan", planned);
	else
		new_content(live, content);
	write_page(live, &live->parent, fd, address, content, real);
}

/* Pages of one VMA, as the model has them before the fork. */
static void plan_vma(struct live *live, long fd, const struct vm_area *vma, const struct ksm_plan *plans,
		     size_t n, struct real *real)
{
	uint64_t end, last;

	for (uint64_t page = vma_first(vma); page <= vma_last(vma) && real->kind == REAL_DONE; page++) {
		const struct name *name = mm_name_at(vma->mm, page_address(vma->mm, page), &end);
		const struct mapping *mapping = name ? mappings_find(&live->parent_mappings, name) : NULL;
		struct pte pte = vma_pte(vma, page, &last);

		if (mapping && frame_kind(pte.frame) == FRAME_ANON && leaves_no_trace(vma, pte) &&
		    (pte.state == PTE_PRESENT || pte.state == PTE_HUGE))
			plan_page(live, fd, mapping_address(mapping, page),
				  planned_content(live, plans, n, page), real);
	}
}

static size_t make_plans(const struct live *live, struct ksm_plan **plans)
{
	const struct lockstep *lockstep = &live->lockstep;
	struct model_error ignored;
	size_t n = 0, cap = 0;

	for (size_t i = lockstep->at; i < lockstep->scenario->n; i++) {
		const struct command *c = lockstep->scenario->commands[i];

		if (c->spec->id != COMMAND_ksm)
			continue;
		GROW(*plans, n, cap);
		(*plans)[n] = (struct ksm_plan){.command = i};
		/* What is mapped only later is not shared by this fork. */
		list_pages(lockstep->machine, lockstep->machine->parent, c, &(*plans)[n++].pages, &ignored);
	}
	return n;
}

void real_plan_ksm(struct live *live)
{
	const struct mm *mm = live->lockstep.machine->parent;
	struct real real = {.kind = REAL_DONE};
	struct ksm_plan *plans = NULL;
	size_t n = make_plans(live, &plans);
	long fd = -1;

	if (n && live->parent.pid && live->lockstep.machine->borrow == BORROW_NOTHING)
		fd = real_open_own(live, &live->parent, "/proc/self/mem", &real);
	for_each_vma(mm, vma)
		if (fd >= 0 && is_cow_mapping(vma->flags) && vma_pages(vma) <= KSM_PAGES_MAX)
			plan_vma(live, fd, vma, plans, n, &real);
	if (fd >= 0)
		real_close_own(live, &live->parent, fd, &real);
	for (size_t i = 0; i < n; i++)
		ranges_deinit(&plans[i].pages);
	free(plans);
}

/* --- ksmd at work ------------------------------------------------------------------------------- */

/* Have the named pages so few frames now as merged pages have? */
static bool all_merged(const struct live *live, const struct ksm_pages *all)
{
	uint64_t frames[KSM_PAGES_MAX / KSM_SHARING + 2];
	size_t n = 0, count = 0, most;

	for (size_t i = 0; i < all->n; i++)
		count += all->v[i].named;
	most = count / KSM_SHARING + 1;
	for (size_t i = 0; i < all->n; i++) {
		struct look_at at = {.start = all->v[i].address, .pages = 1};
		struct pagemap_entry look;
		size_t j = 0;

		if (!all->v[i].named)
			continue;
		if (!pagemap_look(live->eyes, all->v[i].process->pagemap_fd, &at, &look) || !look.frame)
			return false;
		while (j < n && frames[j] != look.frame)
			j++;
		if (j == n && n == most)
			return false;
		if (j == n)
			frames[n++] = look.frame;
	}
	return true;
}

static void run_ksmd(struct live *live, const struct ksm_pages *all, struct real *real)
{
	int64_t end = clock_ms() + KSM_PATIENCE_MS;
	uint64_t scans;
	bool merged = false;

	if (!acquire_ksm(&live->acquired)) {
		real_impossible(real, "this machine has no KSM, or its ksmd runs already");
		return;
	}
	while (!merged && clock_ms() < end) {
		poll(NULL, 0, 1);
		merged = all_merged(live, all);
	}
	/* Pages of other processes that have the same frames are merged a little later. */
	scans = ksm_full_scans();
	while (merged && ksm_full_scans() < scans + 2 && clock_ms() < end)
		poll(NULL, 0, 1);
	release_ksm(&live->acquired);
	if (!merged)
		real_impossible(real, "ksmd has not merged them in %d s", KSM_PATIENCE_MS / 1000);
}

static void run_alone(struct live *live, const struct ksm_pages *all, struct real *real)
{
	struct brief_hold of_parent, of_child = {.fd = {-1, -1}};

	if (hold_twins(live, all, &live->parent, &of_parent, real) &&
	    hold_twins(live, all, &live->child, &of_child, real))
		run_ksmd(live, all, real);
	let_go(live, &live->parent, &of_parent);
	let_go(live, &live->child, &of_child);
}

void real_ksm(struct live *live, const struct command *c, struct real *real)
{
	const struct machine *m = live->lockstep.machine;
	struct ksm_pages all = {0};
	struct ranges named = {0};
	struct model_error error;

	if (!list_pages(m, live->by_mm, c, &named, &error))
		real_impossible(real, "%s", error.message);
	else if (!live->eyes->frames || !live->eyes->anon_exclusive || live->eyes->kpageflags_fd < 0)
		real_impossible(real, "which pages are shared cannot be observed on this machine");
	else if (m->borrow != BORROW_NOTHING)
		real_impossible(real, "two processes use this memory");
	else if (!add_one(live, &live->parent, &live->parent_mappings, m->parent, &named, &all) ||
		 !add_one(live, &live->child, &live->child_mappings, m->child, &named, &all))
		real_impossible(real, TOO_MANY);
	else if (set_contents(live, &all, real))
		run_alone(live, &all, real);
	ranges_deinit(&named);
	free(all.v);
}
