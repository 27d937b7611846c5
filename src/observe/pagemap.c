/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/pagemap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "observe/paging.h"
#include "observe/proc.h"
#include "observe/uapi.h"

#define BIT(state) ((uint16_t)(1u << (state)))

/* What a swap-format entry can be as long as its type is unknown. */
#define ANY_SOFTWARE                                                                   \
	(BIT(PTE_SWAP) | BIT(PTE_MIGRATION) | BIT(PTE_DEVICE_PRIVATE) |                \
	 BIT(PTE_DEVICE_EXCLUSIVE) | BIT(PTE_MARKER) | BIT(PTE_HWPOISON))
/* No swap file has such a number: types from here on are not swap. */
#define FIRST_SPECIAL_TYPE 23

/* --- what can be seen ------------------------------------------------------- */

/* A frame number of our own stack, which is certainly present. */
static bool sees_frames(int fd)
{
	char here = 1;
	uint64_t entry = 0, page = (uint64_t)(uintptr_t)&here / PAGE_SIZE;

	return pread(fd, &entry, sizeof(entry), (off_t)(page * sizeof(entry))) == sizeof(entry) &&
	       entry & PAGEMAP_PFN_MASK;
}

static bool can_scan(int fd)
{
	struct live_page_region region;
	struct live_pm_scan_arg arg = {
		.size = sizeof(arg),
		.vec = (uint64_t)(uintptr_t)&region,
		.vec_len = 1,
		.category_anyof_mask = LIVE_PAGE_IS_HUGE,
		.return_mask = LIVE_PAGE_IS_HUGE,
	};

	return ioctl(fd, LIVE_PAGEMAP_SCAN, &arg) >= 0;
}

/* A new VMA, such as our first, is soft-dirty as a whole where the kernel supports soft-dirty. */
static bool has_soft_dirty(void)
{
	FILE *file = fopen("/proc/self/smaps", "re");
	char line[512];
	bool found = false;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "VmFlags:", 8)) {
			found = strstr(line, " sd");
			break;
		}
	if (file)
		fclose(file);
	return found;
}

/* Does smaps show VM_LOCKONFAULT? Tried on a page of our own. */
static bool shows_lockonfault(void)
{
	struct proc_map map = {0};
	const struct proc_vma *vma = NULL;
	void *page = mmap(NULL, PAGE_SIZE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	bool shown;

	if (page == MAP_FAILED)
		return false;
	if (!mlock2(page, PAGE_SIZE, MLOCK_ONFAULT) && proc_map_read(&map, getpid()))
		vma = proc_map_find(&map, (uint64_t)(uintptr_t)page);
	shown = vma && vma->flags & VM_LOCKONFAULT;
	proc_map_deinit(&map);
	munmap(page, PAGE_SIZE);
	return shown;
}

void eyes_open(struct eyes *eyes, const char *version)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	unsigned major = 0, minor = 0;

	sscanf(version, "%u.%u", &major, &minor);
	*eyes = (struct eyes){
		.kpageflags_fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC),
		.frames = fd >= 0 && sees_frames(fd),
		.scan = fd >= 0 && can_scan(fd),
		.anon_exclusive = major * 1000 + minor >= 5019,
		.soft_dirty = has_soft_dirty(),
		.lockonfault = shows_lockonfault(),
		/* Until 6.1 the last type was the swap-in error. */
		.marker_type = major * 1000 + minor >= 6002 ? 31 : 30,
	};
	if (fd >= 0)
		close(fd);
}

void eyes_close(struct eyes *eyes)
{
	if (eyes->kpageflags_fd >= 0)
		close(eyes->kpageflags_fd);
	eyes->kpageflags_fd = -1;
}

/* --- one entry ---------------------------------------------------------------- */

static struct pagemap_entry look_marker(uint64_t offset)
{
	return (struct pagemap_entry){
		.page = {
			.states = BIT(PTE_MARKER),
			.attrs = (uint16_t)((offset & 1 ? PTE_UFFD_WP : 0) |
					    (offset & 2 ? PTE_POISON : 0) |
					    (offset & 4 ? PTE_GUARD : 0)),
			.known = PTE_UFFD_WP | PTE_POISON | PTE_GUARD,
		},
	};
}

struct pagemap_entry pagemap_software(const struct eyes *eyes, uint64_t entry)
{
	uint64_t type = entry & 31, offset = (entry & PAGEMAP_PFN_MASK) >> 5;
	struct pagemap_entry look = {.page = {.known = PTE_UFFD_WP}};

	if (entry & PAGEMAP_UFFD_WP)
		look.page.attrs |= PTE_UFFD_WP;
	if (entry & PAGEMAP_GUARD) {
		look.page.states = BIT(PTE_MARKER);
		look.page.attrs |= PTE_GUARD;
		look.page.known |= PTE_GUARD;
	} else if (!eyes->frames) {
		look.page.states = ANY_SOFTWARE;
	} else if (type < FIRST_SPECIAL_TYPE) {
		look.page.states = BIT(PTE_SWAP);
		look.page.anon = SEEN_YES;
		look.frame = (entry & PAGEMAP_PFN_MASK) + 1;
	} else if (type == eyes->marker_type) {
		return look_marker(offset);
	} else {
		look.page.states = ANY_SOFTWARE & (uint16_t)~(BIT(PTE_SWAP) | BIT(PTE_MARKER));
	}
	return look;
}

uint64_t frame_flags(const struct eyes *eyes, struct flags_block *block, uint64_t frame)
{
	uint64_t first = frame / FLAGS_BLOCK * FLAGS_BLOCK;

	if (eyes->kpageflags_fd < 0)
		return UINT64_MAX;
	if (!block->n || block->first != first) {
		ssize_t n = pread(eyes->kpageflags_fd, block->flags, sizeof(block->flags),
				  (off_t)(first * sizeof(*block->flags)));

		block->first = first;
		block->n = n > 0 ? (size_t)n / sizeof(*block->flags) : 0;
	}
	return frame - first < block->n ? block->flags[frame - first] : UINT64_MAX;
}

bool pagemap_is_zero(const struct eyes *eyes, uint64_t entry)
{
	struct flags_block block = {0};
	uint64_t flags = eyes->frames && entry & PAGEMAP_PRESENT
				 ? frame_flags(eyes, &block, entry & PAGEMAP_PFN_MASK)
				 : UINT64_MAX;

	return flags != UINT64_MAX && flags & KPF_ZERO;
}

static uint16_t present_states(const struct eyes *eyes, const struct look_at *at, uint64_t flags,
			       uint64_t scan, uint64_t entry)
{
	bool zero = scan & LIVE_PAGE_IS_PFNZERO || (flags != UINT64_MAX && flags & KPF_ZERO);
	bool zero_known = eyes->scan || flags != UINT64_MAX;
	bool large_known = flags != UINT64_MAX;
	uint16_t states = 0;

	if (at->hugetlb)
		return BIT(PTE_HUGE);
	if (eyes->scan)
		return scan & LIVE_PAGE_IS_HUGE ? BIT(PTE_HUGE) : zero ? BIT(PTE_ZERO) : BIT(PTE_PRESENT);
	/* The huge zero page does not count as anonymous memory in smaps. */
	if (large_known ? flags & KPF_THP && (zero || !at->no_huge) : true)
		states |= BIT(PTE_HUGE);
	if (zero_known ? zero : !(entry & PAGEMAP_FILE))
		states |= BIT(PTE_ZERO);
	if (!zero_known || !zero)
		states |= BIT(PTE_PRESENT);
	return states;
}

/* Cached kpageflags while a VMA is scanned: of its pages, and of the heads of huge pages. */
struct known_frames {
	struct flags_block pages, heads;
};

static struct pagemap_entry look_present(const struct eyes *eyes, const struct look_at *at,
					 struct known_frames *known, uint64_t entry, uint64_t scan,
					 uint64_t page)
{
	uint64_t frame = entry & PAGEMAP_PFN_MASK, flags = UINT64_MAX;
	bool zero, huge;
	struct pagemap_entry look = {.page = {.known = PTE_UFFD_WP}, .frame = frame};

	if (frame)
		flags = frame_flags(eyes, &known->pages, frame);
	look.page.states = present_states(eyes, at, flags, scan, entry);
	zero = scan & LIVE_PAGE_IS_PFNZERO || (flags != UINT64_MAX && flags & KPF_ZERO);
	huge = look.page.states == BIT(PTE_HUGE);
	if (entry & PAGEMAP_UFFD_WP)
		look.page.attrs |= PTE_UFFD_WP;
	if (huge && (eyes->scan || flags != UINT64_MAX)) {
		look.page.known |= PTE_SPECIAL;
		look.page.attrs |= zero ? PTE_SPECIAL : 0;
	}
	if (zero)
		look.frame = 0;
	if (flags == UINT64_MAX) {
		if (zero || entry & PAGEMAP_FILE)
			look.page.anon = SEEN_NO;
		return look;
	}
	look.page.anon = !zero && flags & KPF_ANON ? SEEN_YES : SEEN_NO;
	if (huge && !zero) {
		uint64_t head = frame - (at->start / PAGE_SIZE + page) % PTRS_PER_PTE;

		flags = frame_flags(eyes, &known->heads, head);
	}
	/* A page of a large folio that is mapped page by page shows its head's flag. */
	if (look.page.anon == SEEN_NO) {
		look.page.known |= PTE_EXCLUSIVE;
	} else if (eyes->anon_exclusive && (huge || !(flags & KPF_THP))) {
		look.page.known |= PTE_EXCLUSIVE;
		look.page.attrs |= flags & KPF_ANON_EXCLUSIVE ? PTE_EXCLUSIVE : 0;
	}
	return look;
}

static struct pagemap_entry look_one(const struct eyes *eyes, const struct look_at *at,
				     struct known_frames *known, uint64_t entry, uint64_t scan, uint64_t page)
{
	struct pagemap_entry look = {.page = {.states = BIT(PTE_NONE)}};

	if (entry & PAGEMAP_PRESENT)
		look = look_present(eyes, at, known, entry, scan, page);
	else if (entry & PAGEMAP_SWAP)
		look = pagemap_software(eyes, entry);
	else if (entry & PAGEMAP_GUARD)
		look = look_marker(4);
	else if (entry & PAGEMAP_UFFD_WP) /* hugetlb shows only this bit */
		look.page = (struct seen_page){.states = BIT(PTE_MARKER) | BIT(PTE_MIGRATION),
					       .attrs = PTE_UFFD_WP,
					       .known = PTE_UFFD_WP};
	else if (at->hugetlb && at->hidden_markers)
		look.page.states |= BIT(PTE_MARKER);
	/* Of hugetlb pagemap shows VM_SOFTDIRTY alone. */
	if (eyes->soft_dirty && !at->soft_dirty_vma && !at->hugetlb && look.page.states != BIT(PTE_NONE)) {
		look.page.known |= PTE_SOFT_DIRTY;
		look.page.attrs |= entry & PAGEMAP_SOFT_DIRTY ? PTE_SOFT_DIRTY : 0;
	}
	return look;
}

/* --- a VMA --------------------------------------------------------------------------- */

/* Marks the pages that PAGEMAP_SCAN reports. */
static void scan_pages(int fd, const struct look_at *at, uint8_t *categories)
{
	struct live_page_region regions[64];
	uint64_t end = at->start + at->pages * PAGE_SIZE;
	struct live_pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = at->start,
		.end = end,
		.vec = (uint64_t)(uintptr_t)regions,
		.vec_len = ARRAY_SIZE(regions),
		.category_anyof_mask = LIVE_PAGE_IS_HUGE | LIVE_PAGE_IS_PFNZERO,
		.return_mask = LIVE_PAGE_IS_HUGE | LIVE_PAGE_IS_PFNZERO,
	};

	while (arg.start < end) {
		int n = ioctl(fd, LIVE_PAGEMAP_SCAN, &arg);

		if (n < 0)
			return;
		for (int i = 0; i < n; i++)
			memset(categories + (regions[i].start - at->start) / PAGE_SIZE,
			       (int)regions[i].categories,
			       (regions[i].end - regions[i].start) / PAGE_SIZE);
		if (arg.walk_end <= arg.start)
			return;
		arg.start = arg.walk_end;
	}
}

bool pagemap_read(int fd, uint64_t start, uint64_t pages, uint64_t *entries)
{
	size_t size = pages * sizeof(*entries), done = 0;
	off_t offset = (off_t)(start / PAGE_SIZE * sizeof(*entries));

	while (done < size) {
		ssize_t n = pread(fd, (char *)entries + done, size - done, offset + (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

bool pagemap_look(const struct eyes *eyes, int fd, const struct look_at *at, struct pagemap_entry *looks)
{
	uint64_t *entries = xcalloc(at->pages, sizeof(*entries));
	uint8_t *categories = xcalloc(at->pages, 1);
	bool ok = pagemap_read(fd, at->start, at->pages, entries);
	struct known_frames known = {0};

	if (eyes->scan)
		scan_pages(fd, at, categories);
	for (uint64_t page = 0; ok && page < at->pages; page++)
		looks[page] = look_one(eyes, at, &known, entries[page], categories[page], page);
	free(categories);
	free(entries);
	return ok;
}
