/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Page-table entries: states, attributes, and the frames that they point to. */
#ifndef MODEL_PTE_H
#define MODEL_PTE_H

#include <stdbool.h>
#include <stdint.h>

enum pte_state {
	PTE_NONE,
	PTE_PRESENT, /* an ordinary 4 KiB entry */
	PTE_SWAP,
	PTE_MIGRATION,
	PTE_DEVICE_PRIVATE,
	PTE_DEVICE_EXCLUSIVE,
	PTE_MARKER, /* pte_marker: uffd-wp, guard, poison */
	PTE_HWPOISON,
	PTE_ZERO, /* the 4 KiB zero page */
	PTE_HUGE, /* a page under a huge entry (THP or hugetlb) */
	PTE_STATES
};

enum {
	PTE_WRITE = 1 << 0, /* of migration, device entries: the writable kind */
	PTE_DIRTY = 1 << 1,
	PTE_YOUNG = 1 << 2,
	PTE_SOFT_DIRTY = 1 << 3,
	PTE_UFFD_WP = 1 << 4,	/* also the RWP bit: both use the same one */
	PTE_EXCLUSIVE = 1 << 5, /* PageAnonExclusive; for swap the entry's bit */
	PTE_SPECIAL = 1 << 6,	/* no struct page is used: zero page, pfnmap */
	PTE_PINNED = 1 << 7,	/* folio_maybe_dma_pinned */
	PTE_GUARD = 1 << 8,	/* kinds of marker */
	PTE_POISON = 1 << 9,
	PTE_ATTRS = 10
};

/* Names in the scenario language, indexed by state and by attribute bit. */
extern const char *const pte_state_names[PTE_STATES];
extern const char *const pte_attr_names[PTE_ATTRS];

/* The attributes that an entry of this state can have. */
extern const uint16_t pte_state_attrs[PTE_STATES];

/*
 * What an entry points to. A frame identifies content: a page that was swapped
 * out and in again keeps its number. The kind is in the top bits. An anonymous
 * frame is only ever mapped at the virtual address where it was allocated (the
 * model has no mremap), which is how its other mappers are found. A page that
 * ksmd has made of several is the exception: it is at many addresses, and the
 * pages of a run that map it all map the same one.
 */
enum frame_kind {
	FRAME_NOTHING, /* zero page, markers */
	FRAME_ANON,
	FRAME_FILE, /* page cache, shmem included; fixed offset in its object */
	FRAME_PFN,  /* device memory */
	FRAME_KSM,  /* anonymous, merged by ksmd: PageKsm */
};

#define FRAME_KIND_SHIFT 60
/* Anonymous frames that were allocated as one 2 MiB folio. */
#define FRAME_LARGE (UINT64_C(1) << 59)
/* Small ones that were part of such a folio before they were swapped out. */
#define FRAME_WAS_LARGE (UINT64_C(1) << 58)

static inline enum frame_kind frame_kind(uint64_t frame)
{
	return (enum frame_kind)(frame >> FRAME_KIND_SHIFT);
}

/* PageAnon: a KSM page is one, too. */
static inline bool frame_is_anon(uint64_t frame)
{
	return frame_kind(frame) == FRAME_ANON || frame_kind(frame) == FRAME_KSM;
}

struct pte {
	uint64_t frame;
	uint16_t attrs;
	uint8_t state; /* enum pte_state */
};

/* Does it point to anything that has a number? */
static inline bool pte_has_frame(struct pte pte)
{
	return pte.frame != 0;
}

static inline bool pte_equal(struct pte a, struct pte b)
{
	return a.state == b.state && a.attrs == b.attrs && a.frame == b.frame;
}

/* The entry `pages` further on in a run that starts with `pte`. */
static inline struct pte pte_advance(struct pte pte, uint64_t pages)
{
	if (pte_has_frame(pte) && frame_kind(pte.frame) != FRAME_KSM)
		pte.frame += pages;
	return pte;
}

#endif
