/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entries of a process as runs. Reading them costs as much as the kernel's walk,
 * so each fact is read once: PAGEMAP_SCAN for the kinds of entries (in stretches),
 * smaps for a VMA as a whole, and pagemap, page by page, only where those two are
 * not enough.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "base/progress.h"
#include "import/import_private.h"
#include "observe/paging.h"

#define WINDOW 4096 /* pages that are read from pagemap at once */
#define STRETCH (UINT64_C(16) << 30) /* bytes that are scanned at once */
#define USER_END (UINT64_C(1) << 56) /* above: the vsyscall page */

struct import_scan {
	int fd;
	const struct eyes *eyes;
	struct progress progress;
	/* With PAGEMAP_SCAN: */
	pthread_t thread;
	bool threaded;
	const struct proc_map *map;
	uint64_t want; /* categories; see wanted() */
	uint64_t *v; /* what it found, packed: see keep() */
	size_t n, cap, at;
	struct live_page_region next; /* of those, the current one; end 0: none */
	bool gone;
	uint64_t entries[WINDOW];
};

/* --- stretches, packed ------------------------------------------------------------ */

/*
 * A scattered process has a million of them, and memory that is touched for the
 * first time costs as much as the scan does. One word, or two:
 *
 *     63 .......... 19   18 ...... 12   11 ........ 0
 *     | page number   | categories >> 2 | pages, 0: in the next word |
 */
#define PACKED_PAGES_MAX 0xfffu

static void keep(struct import_scan *scan, const struct live_page_region *r)
{
	uint64_t pages = (r->end - r->start) / PAGE_SIZE;
	uint64_t word = r->start / PAGE_SIZE << 19 | (r->categories >> 2 & 0x7f) << 12;

	if (scan->cap - scan->n < 2) {
		scan->cap = scan->cap ? 2 * scan->cap : 8192;
		scan->v = xrealloc(scan->v, scan->cap, sizeof(*scan->v));
	}
	scan->v[scan->n++] = word | (pages <= PACKED_PAGES_MAX ? pages : 0);
	if (pages > PACKED_PAGES_MAX)
		scan->v[scan->n++] = pages;
}

/* The current stretch; false at the end. */
static bool peek(struct import_scan *scan)
{
	uint64_t word, pages;

	if (scan->next.end)
		return true;
	if (scan->at == scan->n)
		return false;
	word = scan->v[scan->at++];
	pages = word & PACKED_PAGES_MAX ? word & PACKED_PAGES_MAX : scan->v[scan->at++];
	scan->next.start = word >> 19 << PAGE_SHIFT;
	scan->next.end = scan->next.start + pages * PAGE_SIZE;
	scan->next.categories = (word >> 12 & 0x7f) << 2;
	return true;
}

/* --- all stretches of the process ------------------------------------------------- */

/* Has an entry; which kind of entry. */
#define OCCUPIED (LIVE_PAGE_IS_PRESENT | LIVE_PAGE_IS_SWAPPED)
#define KINDS (LIVE_PAGE_IS_FILE | LIVE_PAGE_IS_PFNZERO | LIVE_PAGE_IS_HUGE)

static int scan_some(struct import_scan *scan, struct live_pm_scan_arg *arg)
{
	int n;

	do {
		n = ioctl(scan->fd, LIVE_PAGEMAP_SCAN, arg);
	} while (n < 0 && errno == EINTR);
	return n;
}

static uint64_t mapped(const struct proc_map *map)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < map->n; i++)
		sum += map->v[i].end - map->v[i].start;
	return sum;
}

/*
 * Only the struct page says whether a page is a file's, and to look there for each
 * entry is most of what a scan takes. Only a private mapping of a file leaves it open.
 */
static uint64_t wanted(const struct import_scan *scan, const struct proc_vma *vma)
{
	bool open = vma->perms[3] == 'p' && !import_anonymous(vma);

	return scan->want & ~(open ? 0 : LIVE_PAGE_IS_FILE);
}

/*
 * The kernel collects 512 regions at a time. If more fit, it goes on, but walk_end can then be
 * where its own 512 were full, before regions that it returned: they would be read twice.
 */
#define REGIONS_MAX 512

/* One stretch of addresses, over one VMA or many; short enough to stop soon. */
static bool scan_range(struct import_scan *scan, uint64_t start, uint64_t end, uint64_t want)
{
	struct live_page_region regions[REGIONS_MAX];

	while (start < end) {
		struct live_pm_scan_arg arg = {
			.size = sizeof(arg),
			.start = start,
			.end = end,
			.vec = (uint64_t)(uintptr_t)regions,
			.vec_len = ARRAY_SIZE(regions),
			.category_anyof_mask = OCCUPIED,
			.return_mask = want,
		};
		int n = scan_some(scan, &arg);

		if (n < 0 || arg.walk_end <= start)
			return false;
		for (int i = 0; i < n; i++)
			keep(scan, &regions[i]);
		start = arg.walk_end;
	}
	return true;
}

static void *scan_all(void *data)
{
	struct import_scan *scan = data;
	const struct proc_map *map = scan->map;
	uint64_t all = mapped(map), done = 0, start = 0;

	for (size_t i = 0; i < map->n && !scan->gone; i++) {
		uint64_t end = map->v[i].end, want = wanted(scan, &map->v[i]);

		if (start < map->v[i].start)
			start = map->v[i].start;
		if (map->v[i].start >= USER_END)
			break;
		/* Scans adjacent VMAs that need the same categories together. */
		while (i + 1 < map->n && map->v[i + 1].start == end && end - start < STRETCH &&
		       wanted(scan, &map->v[i + 1]) == want)
			end = map->v[++i].end;
		while (start < end && !scan->gone) {
			uint64_t stop = min(end, start + STRETCH);

			scan->gone = !scan_range(scan, start, stop, want);
			done += stop - start;
			start = stop;
			progress_show(&scan->progress, done, all);
		}
	}
	return NULL;
}

struct import_scan *import_scan_start(int pagemap_fd, const struct proc_map *map,
				      const struct eyes *eyes)
{
	struct import_scan *scan = xcalloc(1, sizeof(*scan));

	scan->fd = pagemap_fd;
	scan->eyes = eyes;
	scan->map = map;
	scan->want = OCCUPIED | KINDS | (eyes->soft_dirty ? LIVE_PAGE_IS_SOFT_DIRTY : 0);
	progress_start(&scan->progress, "reading page tables");
	if (eyes->scan)
		scan->threaded = !pthread_create(&scan->thread, NULL, scan_all, scan);
	if (eyes->scan && !scan->threaded)
		scan_all(scan);
	return scan;
}

bool import_scan_wait(struct import_scan *scan)
{
	if (scan->threaded)
		pthread_join(scan->thread, NULL);
	scan->threaded = false;
	return !scan->gone;
}

void import_scan_free(struct import_scan *scan)
{
	if (!scan)
		return;
	import_scan_wait(scan);
	progress_end(&scan->progress);
	free(scan->v);
	free(scan);
}

/* --- one VMA --------------------------------------------------------------------------- */

bool import_anonymous(const struct proc_vma *vma)
{
	static const char *const names[] = {"[heap]", "[stack", "[anon:"};

	if (vma->flags & (VM_SHARED | VM_MAYSHARE | VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP))
		return false;
	if (!vma->path)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strncmp(vma->path, names[i], strlen(names[i])))
			return true;
	/* A private mapping of /dev/zero is anonymous as well. */
	return !strcmp(vma->path, "/dev/zero");
}

struct looker {
	struct import_scan *scan;
	const struct proc_vma *vma;
	const struct import_sink *sink;
	struct import_run run; /* the latest, which may continue; any: there is one */
	bool any, enough;
	bool anonymous;
	bool by_page; /* smaps and PAGEMAP_SCAN are not enough */
	bool exclusive; /* unless by_page: all anonymous pages of the VMA are */
	/* Without PAGEMAP_SCAN: */
	uint64_t huge_units; /* how many huge entries there still are (smaps) */
	bool huge_guessed;   /* which ones is not certain */
	uint64_t zero;	     /* frame of the zero page, once it was found; else 0 */
};

static void add_run(struct looker *l, uint64_t start, uint64_t end, enum pte_state state,
		    uint16_t attrs, bool guessed)
{
	struct import_run run = {
		.first = (start - l->vma->start) / PAGE_SIZE,
		.last = (end - l->vma->start) / PAGE_SIZE - 1,
		.attrs = attrs & pte_state_attrs[state],
		.state = (uint8_t)state,
		.guessed = guessed,
	};

	if (l->any && l->run.last + 1 == run.first && l->run.state == run.state &&
	    l->run.attrs == run.attrs && l->run.guessed == guessed) {
		l->run.last = run.last;
		return;
	}
	if (l->any && !l->enough)
		l->enough = !l->sink->take(l->sink->data, &l->run);
	l->run = run;
	l->any = true;
}

/* Attributes of a present page. Write bits are inferred, see import_text.c. */
static uint16_t present_attrs(const struct looker *l, uint64_t categories, bool once, bool wp)
{
	const struct proc_vma *vma = l->vma;
	bool anon = !(categories & LIVE_PAGE_IS_FILE) && vma->perms[3] == 'p';
	uint16_t attrs = wp ? PTE_UFFD_WP : 0;

	if (categories & LIVE_PAGE_IS_PFNZERO)
		return attrs;
	if (anon && once)
		attrs |= PTE_EXCLUSIVE;
	if (anon && once && vma->flags & VM_WRITE && !wp)
		attrs |= PTE_WRITE;
	if (categories & LIVE_PAGE_IS_SOFT_DIRTY && !(vma->flags & VM_SOFTDIRTY))
		attrs |= PTE_SOFT_DIRTY;
	return attrs;
}

static void add_small(struct looker *l, uint64_t start, uint64_t end, uint64_t categories,
		      bool once, bool wp)
{
	bool zero = categories & LIVE_PAGE_IS_PFNZERO && l->anonymous;

	add_run(l, start, end, zero ? PTE_ZERO : PTE_PRESENT, present_attrs(l, categories, once, wp),
		false);
}

static void add_present(struct looker *l, uint64_t start, uint64_t end, uint64_t categories,
			bool once, bool wp)
{
	uint64_t from = (start + PMD_SIZE - 1) & ~(PMD_SIZE - 1), to = end & ~(PMD_SIZE - 1);
	uint16_t attrs = present_attrs(l, categories, once, wp);

	if (!(categories & LIVE_PAGE_IS_HUGE) && !(l->vma->flags & VM_HUGETLB)) {
		add_small(l, start, end, categories, once, wp);
		return;
	}
	/* A huge entry is whole, unless it was split while we looked. */
	if (from >= to) {
		add_small(l, start, end, categories, once, wp);
		return;
	}
	if (start < from)
		add_small(l, start, from, categories, once, wp);
	if (categories & LIVE_PAGE_IS_PFNZERO)
		attrs |= PTE_SPECIAL;
	add_run(l, from, to, PTE_HUGE, attrs, l->huge_guessed);
	if (to < end)
		add_small(l, to, end, categories, once, wp);
}

/* The only state that is left, or the likeliest where privileges are missing. */
static void add_software(struct looker *l, uint64_t start, uint64_t entry)
{
	struct pagemap_entry look = pagemap_software(l->scan->eyes, entry);
	const struct proc_vma *vma = l->vma;
	int state = seen_state(look.page);
	uint16_t attrs = look.page.attrs;
	bool guessed = state < 0;

	if (guessed && !l->scan->eyes->frames && vma->swap)
		state = PTE_SWAP;
	/* What is left: markers. A migration is over in no time, and hardware errors are rare. */
	else if (guessed && !l->scan->eyes->frames)
		state = PTE_MARKER;
	else if (guessed)
		state = PTE_MIGRATION;
	if (state == PTE_SWAP && vma->swap == vma->swap_pss && !(vma->flags & VM_SHARED))
		attrs |= PTE_EXCLUSIVE;
	if (state == PTE_MARKER && !(attrs & (PTE_UFFD_WP | PTE_GUARD | PTE_POISON)))
		attrs |= PTE_POISON;
	add_run(l, start, start + PAGE_SIZE, (enum pte_state)state, attrs, guessed);
}

/* --- huge entries and zero pages, where PAGEMAP_SCAN does not show them ------------------ */

/* What a page has, whatever the number of its frame. */
#define TOLD (PAGEMAP_PRESENT | PAGEMAP_FILE | PAGEMAP_ONCE | PAGEMAP_UFFD_WP | PAGEMAP_SOFT_DIRTY)

/*
 * Do the entries from `at` on look as one huge entry does: 2 MiB of pages that lie
 * side by side? (Small entries of a huge page look the same.)
 */
static bool like_huge(const struct eyes *eyes, const uint64_t *entries, uint64_t pages, uint64_t at)
{
	if (at & (PMD_SIZE - 1) || pages < PTRS_PER_PTE || !(entries[0] & PAGEMAP_PRESENT) ||
	    (eyes->frames && entries[0] & PAGEMAP_PFN_MASK & (PTRS_PER_PTE - 1)))
		return false;
	for (uint64_t i = 1; i < PTRS_PER_PTE; i++)
		if (entries[i] != entries[0] + (eyes->frames ? i : 0))
			return false;
	return true;
}

/* Pages that are looked at together: units of 2 MiB are not cut. */
static uint64_t window(uint64_t start, uint64_t end)
{
	return min((end - start) / PAGE_SIZE, WINDOW - start / PAGE_SIZE % PTRS_PER_PTE);
}

/* smaps has the sum only: if as many look like huge entries, they are. */
static bool count_huge(struct looker *l, uint64_t huge)
{
	struct import_scan *scan = l->scan;
	uint64_t units = 0;

	for (uint64_t at = l->vma->start, pages; huge && at < l->vma->end; at += pages * PAGE_SIZE) {
		pages = window(at, l->vma->end);
		if (!pagemap_read(scan->fd, at, pages, scan->entries))
			return false;
		for (uint64_t i = 0; i < pages; i++)
			units += like_huge(scan->eyes, &scan->entries[i], pages - i, at + i * PAGE_SIZE) &&
				 !pagemap_is_zero(scan->eyes, scan->entries[i]);
	}
	l->huge_units = huge / PMD_SIZE;
	l->huge_guessed = units != l->huge_units;
	return true;
}

/*
 * Is it the small zero page? Asks the kernel once, where a frame occurs twice (others
 * do not), or where nothing else is possible.
 */
static bool is_zero(struct looker *l, uint64_t entry, bool repeated)
{
	uint64_t frame = entry & PAGEMAP_PFN_MASK;

	if (l->scan->eyes->scan || !l->anonymous || !frame)
		return false;
	if (!l->zero && (repeated || !l->vma->rss) && pagemap_is_zero(l->scan->eyes, entry))
		l->zero = frame;
	return frame == l->zero;
}

/* The categories that PAGEMAP_SCAN would report of a present page or huge entry. */
static uint64_t kinds_of(struct looker *l, uint64_t i, uint64_t pages, uint64_t at)
{
	const struct eyes *eyes = l->scan->eyes;
	const uint64_t *entries = &l->scan->entries[i];
	bool repeated = pages - i > 1 && entries[1] == entries[0];

	if (eyes->scan)
		return 0;
	if (!like_huge(eyes, entries, pages - i, at))
		return is_zero(l, *entries, repeated) ? LIVE_PAGE_IS_PFNZERO : 0;
	if (l->anonymous && pagemap_is_zero(eyes, *entries))
		return LIVE_PAGE_IS_HUGE | LIVE_PAGE_IS_PFNZERO;
	if (!l->huge_units)
		return 0;
	l->huge_units--;
	return LIVE_PAGE_IS_HUGE;
}

/* --- page by page --------------------------------------------------------------------- */

static bool continues(struct looker *l, uint64_t i, uint64_t at, uint64_t entry)
{
	uint64_t next = l->scan->entries[i];

	if ((next ^ entry) & TOLD)
		return false;
	return l->scan->eyes->scan || (at & (PMD_SIZE - 1) &&
				       is_zero(l, next, false) == is_zero(l, entry, false));
}

/* Entries of [start, end) one by one; `categories`: what PAGEMAP_SCAN reported. */
static bool add_by_page(struct looker *l, uint64_t start, uint64_t end, uint64_t categories)
{
	struct import_scan *scan = l->scan;

	for (uint64_t pages; start < end && !l->enough; start += pages * PAGE_SIZE) {
		pages = window(start, end);
		if (!pagemap_read(scan->fd, start, pages, scan->entries))
			return false;
		for (uint64_t i = 0, n; i < pages; i += n) {
			uint64_t entry = scan->entries[i], at = start + i * PAGE_SIZE;
			uint64_t kinds = categories;

			n = 1;
			if (entry & PAGEMAP_PRESENT) {
				kinds |= kinds_of(l, i, pages, at);
				if (kinds & ~categories & LIVE_PAGE_IS_HUGE)
					n = PTRS_PER_PTE;
				else
					while (i + n < pages && continues(l, i + n, at + n * PAGE_SIZE, entry))
						n++;
				if (entry & PAGEMAP_FILE && !(kinds & LIVE_PAGE_IS_PFNZERO))
					kinds |= LIVE_PAGE_IS_FILE;
				if (entry & PAGEMAP_SOFT_DIRTY && scan->eyes->soft_dirty)
					kinds |= LIVE_PAGE_IS_SOFT_DIRTY;
				add_present(l, at, at + n * PAGE_SIZE, kinds, entry & PAGEMAP_ONCE,
					    entry & PAGEMAP_UFFD_WP);
			} else if (entry & PAGEMAP_SWAP) {
				add_software(l, at, entry);
			} else if (entry & (PAGEMAP_GUARD | PAGEMAP_UFFD_WP)) {
				add_run(l, at, at + PAGE_SIZE, PTE_MARKER,
					entry & PAGEMAP_GUARD ? PTE_GUARD : PTE_UFFD_WP, false);
			}
		}
	}
	return true;
}

/* The stretches that PAGEMAP_SCAN found in this VMA. */
static bool add_scanned(struct looker *l)
{
	struct import_scan *scan = l->scan;
	const struct proc_vma *vma = l->vma;
	struct live_page_region *r = &scan->next;

	for (; !l->enough && peek(scan) && r->start < vma->end; r->end = 0) {
		uint64_t start = r->start < vma->start ? vma->start : r->start;
		uint64_t end = min(r->end, vma->end);

		if (start < end) {
			if (!l->by_page && r->categories & LIVE_PAGE_IS_PRESENT)
				add_present(l, start, end, r->categories, l->exclusive, false);
			else if (!add_by_page(l, start, end, r->categories))
				return false;
		}
		if (r->end > vma->end) /* the rest of it is the next VMA's */
			return true;
	}
	return true;
}

bool import_vma_skipped(const struct eyes *eyes, const struct proc_vma *vma)
{
	return !eyes->scan && (vma->end - vma->start) / PAGE_SIZE > LOOK_PAGES_MAX && !vma->rss &&
	       !vma->swap && !(vma->flags & (VM_UFFD_FLAGS | VM_MAYBE_GUARD));
}

static bool look_at_vma(struct looker *l)
{
	const struct proc_vma *vma = l->vma;
	uint64_t huge = vma->anon_huge + vma->shmem_huge + vma->file_huge;

	if (vma->flags & VM_PFNMAP) /* the kernel's walk leaves it out */
		return true;
	if (vma->flags & VM_HUGETLB && vma->flags & VM_UFFD_FLAGS)
		return add_by_page(l, vma->start, vma->end, LIVE_PAGE_IS_HUGE); /* markers, too */
	if (l->scan->eyes->scan)
		return add_scanned(l);
	if (import_vma_skipped(l->scan->eyes, vma))
		return true;
	return count_huge(l, huge) && add_by_page(l, vma->start, vma->end, 0);
}

bool import_vma_runs(struct import_scan *scan, const struct proc_vma *vma,
		     const struct import_sink *sink)
{
	bool mixed = vma->private && vma->shared && !(vma->flags & VM_SHARED) &&
		     (vma->anonymous || vma->flags & VM_HUGETLB);
	struct looker l = {
		.scan = scan,
		.vma = vma,
		.sink = sink,
		.anonymous = import_anonymous(vma),
		.exclusive = vma->private && !vma->shared,
		.by_page = vma->flags & VM_UFFD_FLAGS || mixed,
	};

	if (!look_at_vma(&l))
		return false;
	if (l.any && !l.enough)
		sink->take(sink->data, &l.run);
	return true;
}
