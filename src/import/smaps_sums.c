/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums of a VMA of smaps: what is missing, what cannot be, and the entries that they
 * stand for. Sums tell how many entries of a kind there are, and not where.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "import/smaps_text.h"
#include "observe/paging.h"
#include "observe/smaps.h"

/* --- what is missing --------------------------------------------------------------------- */

static uint64_t flags_of_perms(const struct proc_vma *vma)
{
	bool shared = vma->perms[3] == 's', write = vma->perms[1] == 'w';
	uint64_t flags = VM_MAYREAD | VM_MAYEXEC;

	flags |= vma->perms[0] == 'r' ? VM_READ : 0;
	flags |= write ? VM_WRITE : 0;
	flags |= vma->perms[2] == 'x' ? VM_EXEC : 0;
	if (shared)
		flags |= VM_MAYSHARE | (write ? VM_SHARED | VM_MAYWRITE : 0);
	else
		flags |= VM_MAYWRITE | (write ? VM_ACCOUNT : 0);
	if (vma->path && !strcmp(vma->path, "[stack]"))
		flags |= VM_GROWSDOWN;
	if (vma->path && !strncmp(vma->path, "[vvar", 5))
		flags = (flags & ~VM_MAYWRITE) | VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP;
	return flags;
}

/* Where flags contradict permissions, which are in the line of the addresses, these are right. */
static uint64_t flags_that_fit(const struct proc_vma *vma)
{
	uint64_t access = flags_of_perms(vma) & VM_ACCESS_FLAGS;
	uint64_t flags = (vma->flags & ~(VM_ACCESS_FLAGS | VM_SHARED | VM_MAYSHARE)) | access;

	/* What cannot be registered with a userfaultfd. */
	if (!(flags & VM_MAYWRITE) || (flags & (VM_SPECIAL | VM_DROPPABLE) && !(flags & VM_HUGETLB)))
		flags &= ~VM_UFFD_FLAGS;
	if (!access)
		flags &= ~VM_UFFD_RWP;
	if (import_anonymous(vma))
		flags &= ~VM_UFFD_MINOR;
	if (vma->perms[3] == 'p')
		return flags;
	/* A file that is open for reading only is shared without VM_SHARED. */
	if (flags & (VM_WRITE | VM_MAYWRITE | VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP))
		flags |= VM_SHARED;
	return flags | VM_MAYSHARE;
}

static void complete(struct proc_vma *vma, uint32_t seen, struct smaps_missing *missing)
{
	if (!(seen & UINT32_C(1) << SMAPS_VM_FLAGS)) {
		vma->flags = flags_of_perms(vma);
		missing->flags++;
	}
	vma->flags = flags_that_fit(vma);
	if (!(seen & UINT32_C(1) << SMAPS_RSS)) {
		missing->sums++;
	} else if (!(seen & UINT32_C(1) << SMAPS_ANONYMOUS) && vma->perms[3] == 'p') {
		/* A writable file mapping: its private pages are most likely its own. */
		vma->anonymous = import_anonymous(vma)	 ? vma->rss
				 : vma->flags & VM_WRITE ? min(vma->rss, vma->private)
							 : 0;
		missing->anonymous++;
	}
	if (!(seen & UINT32_C(1) << SMAPS_SWAP_PSS)) /* before 4.3 */
		vma->swap_pss = vma->swap;
	if (!(seen & UINT32_C(1) << SMAPS_KERNEL_PAGE_SIZE))
		vma->page_size = vma->flags & VM_HUGETLB ? PMD_SIZE : PAGE_SIZE;
}

/* --- what cannot be ------------------------------------------------------------------- */

static bool wrong_vma(struct vf_error *error, const char *path, unsigned line)
{
	snprintf(error->file, sizeof(error->file), "%s", path);
	error->line = line;
	return false;
}

static bool sums_fit(const struct proc_vma *vma, const char *path, unsigned line,
		     struct vf_error *error)
{
	uint64_t size = vma->end - vma->start;
	const struct {
		const char *key;
		uint64_t bytes, most;
	} sums[] = {
		{"Rss", vma->rss, size},
		{"Anonymous", vma->anonymous, vma->rss},
		{"AnonHugePages", vma->anon_huge, vma->rss},
		{"ShmemPmdMapped", vma->shmem_huge, vma->rss},
		{"FilePmdMapped", vma->file_huge, vma->rss},
		{"Swap", vma->swap, size},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sums); i++)
		if (sums[i].bytes > sums[i].most) {
			vf_error_set(error,
				     "%s is %" PRIu64 " kB in a mapping that has room for %" PRIu64
				     " kB",
				     sums[i].key, sums[i].bytes >> 10, sums[i].most >> 10);
			vf_error_hint(error,
				      "the text was changed, or is of two moments: copy smaps again");
			return wrong_vma(error, path, line);
		}
	return true;
}

static bool page_size_fits(const struct proc_vma *vma, const char *path, unsigned line,
			   struct vf_error *error)
{
	if (vma->page_size == PAGE_SIZE || vma->flags & VM_HUGETLB ||
	    vma->page_size > (UINT64_C(256) << 10))
		return true;
	vf_error_set(error,
		     "pages of %" PRIu64 " KiB: only processes with pages of 4 KiB are modelled",
		     vma->page_size >> 10);
	vf_error_hint(error, "KernelPageSize says so; arm64 and ppc64 kernels can be built that way");
	return wrong_vma(error, path, line);
}

/* A 32-bit process has its stack, or its vdso, below 4 GiB; or all of it fits there. */
static bool is_32_bit(const struct smaps_process *p)
{
	const struct proc_map *map = &p->map;
	const uint64_t end = UINT64_C(1) << 32;

	if (map->v[map->n - 1].end > end)
		return false;
	for (size_t i = 0; i < map->n; i++)
		if (map->v[i].end > end / 2 ||
		    (map->v[i].path &&
		     (!strcmp(map->v[i].path, "[stack]") || !strcmp(map->v[i].path, "[vdso]"))))
			return true;
	return false;
}

bool smaps_text_complete(const struct smaps_text *t, struct smaps_process *p, const char *path,
			 struct smaps_missing *missing, struct vf_error *error)
{
	*missing = (struct smaps_missing){0};
	if (!(t->fields & UINT32_C(1) << SMAPS_RSS)) {
		vf_error_set(error, "%s has mappings, but no sums (Rss): it is a text of maps", path);
		vf_error_hint(error, "smaps has them: cat /proc/PID/smaps");
		return false;
	}
	if (is_32_bit(p)) {
		vf_error_set(error,
			     "all mappings are below 4 GiB: only 64-bit processes are modelled");
		vf_error_hint(error, "a 32-bit process has other page tables");
		return wrong_vma(error, path, p->line);
	}
	for (size_t i = 0; i < p->map.n; i++) {
		struct proc_vma *vma = &p->map.v[i];

		complete(vma, p->seen[i], missing);
		if (!sums_fit(vma, path, p->lines[i], error) ||
		    !page_size_fits(vma, path, p->lines[i], error))
			return false;
	}
	return true;
}

/* --- entries -------------------------------------------------------------------------- */

#define KINDS_MOST 8 /* runs of small entries; a gap for huge ones may cut one of them */

struct placed {
	struct import_run v[2 * KINDS_MOST];
	size_t n;
	uint64_t at;		       /* the next free page */
	uint64_t huge_first, huge_end; /* pages that huge entries have */
};

static void put(struct placed *placed, uint64_t pages, enum pte_state state, uint16_t attrs)
{
	while (pages) {
		uint64_t room = placed->at < placed->huge_first ? placed->huge_first - placed->at
								: pages;
		uint64_t n = min(pages, room);

		if (placed->at >= placed->huge_first && placed->at < placed->huge_end) {
			placed->at = placed->huge_end;
			continue;
		}
		assert(placed->n < ARRAY_SIZE(placed->v));
		placed->v[placed->n++] = (struct import_run){placed->at, placed->at + n - 1, attrs,
							     (uint8_t)state, false};
		placed->at += n;
		pages -= n;
	}
}

static bool grows_down(const struct proc_vma *vma)
{
	return vma->flags & VM_GROWSDOWN || (vma->path && !strncmp(vma->path, "[stack", 6));
}

/* The pages of whole units of 2 MiB that the VMA has. */
static void units(const struct proc_vma *vma, uint64_t *first, uint64_t *end)
{
	uint64_t from = (vma->start + PMD_SIZE - 1) & ~(PMD_SIZE - 1),
		 to = vma->end & ~(PMD_SIZE - 1);

	*first = from < to ? (from - vma->start) / PAGE_SIZE : 0;
	*end = from < to ? (to - vma->start) / PAGE_SIZE : 0;
}

/* What pages of its own may have; see present_attrs() of import_scan.c. */
static uint16_t own_attrs(const struct proc_vma *vma, bool exclusive)
{
	if (!exclusive)
		return 0;
	return (uint16_t)(PTE_EXCLUSIVE | (vma->flags & VM_WRITE ? PTE_WRITE : 0));
}

static void place_huge(struct placed *placed, const struct proc_vma *vma, uint64_t huge)
{
	uint64_t first, end;

	units(vma, &first, &end);
	huge = min(huge, (end - first) / PTRS_PER_PTE);
	if (!huge)
		return;
	placed->huge_end = grows_down(vma) ? first + huge * PTRS_PER_PTE : end;
	placed->huge_first = placed->huge_end - huge * PTRS_PER_PTE;
}

/* Where `small` pages begin, for a stack's to end with its last page. */
static uint64_t begin_of(const struct placed *placed, const struct proc_vma *vma, uint64_t small)
{
	uint64_t pages = (vma->end - vma->start) / PAGE_SIZE;
	uint64_t behind = pages - placed->huge_end;

	if (!grows_down(vma))
		return 0;
	if (small <= behind || !placed->huge_end)
		return pages - min(small, pages);
	return placed->huge_first - min(small - behind, placed->huge_first);
}

static int by_page(const void *a, const void *b)
{
	const struct import_run *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static bool give(struct placed *placed, const struct import_sink *sink)
{
	qsort(placed->v, placed->n, sizeof(*placed->v), by_page);
	for (size_t i = 0; i < placed->n; i++)
		if (!sink->take(sink->data, &placed->v[i]))
			break;
	return true;
}

/* Shared_Hugetlb and Private_Hugetlb, and nothing else. */
static bool hugetlb_runs(const struct proc_vma *vma, const struct import_sink *sink)
{
	struct placed placed = {.n = 0};
	uint64_t pages = min(vma->private + vma->shared, vma->end - vma->start) / PMD_SIZE *
			 PTRS_PER_PTE;
	bool exclusive = !vma->shared && vma->perms[3] == 'p';

	put(&placed, pages, PTE_HUGE, own_attrs(vma, exclusive));
	return give(&placed, sink);
}

bool smaps_runs(void *data, const struct proc_vma *vma, const struct import_sink *sink)
{
	struct placed placed = {.n = 0};
	uint64_t size = (vma->end - vma->start) / PAGE_SIZE;
	bool mine = vma->perms[3] == 'p', anonymous = import_anonymous(vma);
	uint64_t huge = (vma->anon_huge + vma->shmem_huge + vma->file_huge) / PMD_SIZE;
	uint64_t rss = vma->rss / PAGE_SIZE, own, file, swap, exclusive;

	(void)data;
	if (vma->flags & VM_PFNMAP)
		return true;
	if (vma->flags & VM_HUGETLB)
		return hugetlb_runs(vma, sink);
	place_huge(&placed, vma, huge);
	huge = placed.huge_end - placed.huge_first;
	rss -= min(rss, huge);
	own = mine ? vma->anonymous / PAGE_SIZE : 0;
	own -= min(own, vma->anon_huge / PAGE_SIZE);
	own = min(own, rss);
	file = rss - own;
	/* Of shared memory smaps counts what the file has in swap: no entries. */
	swap = mine ? min(vma->swap / PAGE_SIZE, size - huge - own - file) : 0;
	exclusive = vma->shared ? min(own, vma->private / PAGE_SIZE) : own;
	placed.at = begin_of(&placed, vma, own + file + swap);
	put(&placed, exclusive, PTE_PRESENT, own_attrs(vma, true));
	put(&placed, own - exclusive, PTE_PRESENT, 0);
	put(&placed, file, PTE_PRESENT, 0);
	put(&placed, swap, PTE_SWAP, vma->swap == vma->swap_pss ? PTE_EXCLUSIVE : 0);
	if (huge)
		placed.v[placed.n++] = (struct import_run){placed.huge_first, placed.huge_end - 1,
							   own_attrs(vma, anonymous && !vma->shared),
							   PTE_HUGE, false};
	return give(&placed, sink);
}
