/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What VMAs and pages are called: by the names of their addresses. One VMA can hold several
 * names, and one name can lie in several VMAs.
 */
#ifndef REPORT_LABEL_H
#define REPORT_LABEL_H

#include "base/buf.h"
#include "model/mm.h"

/* Pages next to each other that have the same name. */
struct named_pages {
	const struct name *name; /* NULL: they have none */
	uint64_t first, last;	 /* page numbers of the process */
	uint64_t number;	 /* of `first` within the name; without a name: `first` */
};

/* The pages from `first` on, at most up to `last`, that have the name of `first`. */
struct named_pages named_pages(const struct mm *mm, uint64_t first, uint64_t last);

/* Those around a page of the VMA that are in it and have the same name. */
struct named_pages named_around(const struct vm_area *vma, uint64_t page);

/* Pages of one name with equal entries, but for the frames. */
struct named_entries {
	struct named_pages pages;
	bool mapped; /* they are in a VMA; else `pte` is none */
	struct pte pte;
};

/* Those from `first` on, at most up to `last`. */
struct named_entries named_entries(const struct mm *mm, uint64_t first, uint64_t last);

/* Do these pages have several names? */
bool names_change(const struct mm *mm, uint64_t first, uint64_t last);

/* "heap"; a part of it: "heap[4-7]"; several names: "a+b", "a+b[0-3]+12 more". */
void label_vma(const struct vm_area *vma, struct buf *out);
void label_range(const struct mm *mm, uint64_t first, uint64_t last, struct buf *out);

/* "heap page 3"; "a pages 4-7 and b pages 0-1"; long lists are shortened. */
void label_pages(const struct mm *mm, uint64_t first, uint64_t last, struct buf *out);

/*
 * "4-7": pages of one name, by their number in it; named: with the name in front, for
 * lists of pages that have several names.
 */
void label_numbers(struct named_pages pages, bool named, struct buf *out);

/*
 * The first entries of these pages in a few words: "0-1 present,uffd-wp; 2 present; ..."; what
 * has none is left out. named: as label_numbers().
 */
void label_entries(const struct mm *mm, uint64_t first, uint64_t last, bool named, struct buf *out);

/* "aarch64, pages of 16 KiB, 3 levels, access bits by software"; nothing of an x86-64. */
void label_machine(const struct paging *paging, struct buf *out);

#endif
