/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Splitting VMAs, and joining them with their neighbours. (mm/vma.c, before 6.11 mm/mmap.c) */
#ifndef MODEL_VMA_H
#define MODEL_VMA_H

#include "model/machine.h"

/* What a call gives the VMAs of its range. */
struct vma_attrs {
	uint64_t flags;
	struct uffd_ctx *uffd;
	unsigned policy;
};

struct vma_attrs vma_attrs(const struct vm_area *vma);

/*
 * vma_modify(): gives the pages first..last of the VMA these attributes. Splits it where
 * they are a part of it, then joins the part with its neighbours if this kernel does.
 * Returns the VMA that holds `first` then. NULL: the VMA cannot be split there.
 */
struct vm_area *vma_modify(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			   struct vma_attrs attrs, struct model_error *error);

/* The same for (un)registering with a userfaultfd. */
struct vm_area *vma_modify_uffd(struct machine *m, struct vm_area *vma, uint64_t first,
				uint64_t last, struct vma_attrs attrs, struct model_error *error);

/*
 * __split_vma(), at both ends: makes the pages first..last of the VMA a VMA of their own
 * and returns that one. Joins nothing. NULL: the VMA cannot be split there.
 */
struct vm_area *vma_cut_out(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
			    struct model_error *error);

/*
 * The VMA that a fault on this page, which is not mapped, asks to grow down to it
 * (expand_downwards()); NULL: none. It gets its anon_vma before its limits are looked at.
 */
struct vm_area *vma_asked_to_grow(const struct mm *mm, uint64_t page);
/* The same if its limits let it grow as far: its index and RLIMIT_STACK. */
struct vm_area *vma_growing_to(const struct mm *mm, uint64_t page);
/* expand_downwards(): grows it so that it begins at `page`; returns the result. */
struct vm_area *vma_grow(struct machine *m, struct vm_area *vma, uint64_t page);

/* vma_merge(): joins a changed VMA, or a new one, with its neighbours; returns the result. */
struct vm_area *vma_merge(struct machine *m, struct vm_area *vma);
struct vm_area *vma_merge_new(struct machine *m, struct vm_area *vma);

/*
 * copy_vma(): a VMA over [start, end) for what is mapped from `from` on in this one, joined
 * with its neighbors; `apart`: not with that one. Written anonymous memory keeps its index
 * (pgoff). NULL: not modelled.
 */
struct vm_area *copy_vma(struct machine *m, const struct vm_area *vma, uint64_t from, uint64_t start,
			 uint64_t end, bool apart, struct model_error *error);

/* The VMA over the same addresses, with the index of them: it has no anon_vma any more. */
struct vm_area *vma_index_anew(struct machine *m, struct vm_area *vma);

/* vma_merge_extend(): the VMA grows over free addresses up to `end`, and joins the next one. */
struct vm_area *vma_merge_extend(struct machine *m, struct vm_area *vma, uint64_t end);

/* mmap.c: a free place for `size` bytes with a page free on both sides; 0: none. */
uint64_t free_address(struct machine *m, struct mm *mm, uint64_t size, uint64_t align);

/* mmap.c: munmap() as a part of other calls. EPERM where something is sealed. */
bool do_munmap(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
	       struct model_error *error);

/* Of two VMAs that touch, a below b: do the pages of b follow those of a in their file, or their index? */
bool object_continues(const struct vm_area *a, const struct vm_area *b);
/* The same of the index of private pages of a file, where this kernel looks at it. */
bool index_continues(const struct machine *m, const struct vm_area *a, const struct vm_area *b);

/* Why two VMAs of one process are not one. */
enum apart {
	APART_NOT, /* they would be joined if one of them were changed now */
	APART_PLACE,	/* they do not touch */
	APART_SPECIAL,	/* VM_SPECIAL is set */
	APART_BACKING,
	APART_FLAGS,
	APART_FILE,	/* not consecutive parts of one file */
	APART_INDEX,	/* nor of the index of private pages (from 7.3 on) */
	APART_UFFD,
	APART_POLICY,
	APART_ANON_VMAS,   /* each has one of its own */
	APART_ANON_CLONED, /* one has an anon_vma that fork cloned, the other none */
	APART_ANON_ORDER,  /* the changed one has an anon_vma, the other none (before 6.16) */
};

/*
 * Would this kernel join `vma`, if it were changed so that the attributes are those it has
 * now, with its neighbour? *flags: those that differ (APART_FLAGS), or are special.
 */
enum apart vma_apart(const struct machine *m, const struct vm_area *vma,
		     const struct vm_area *neighbour, uint64_t *flags);

/*
 * Carries a call out on each VMA of the pages first..last, in order of address, with the
 * pages of it that are meant. The call may split and join VMAs. Holes are passed over.
 */
typedef bool vma_call(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		      const void *arg, struct model_error *error);
bool each_vma(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, vma_call *call,
	      const void *arg, struct model_error *error);

/*
 * The same for a call that ends at the first VMA that refuses it: then the error says what
 * the kernel had done of it, in front of that VMA. `done` is its verb: "advised".
 */
bool each_vma_in_turn(struct machine *m, struct mm *mm, uint64_t first, uint64_t last, vma_call *call,
		      const void *arg, const char *done, struct model_error *error);

/* Adds to the kernel's error what it had done before; to that of the model nothing. */
void error_done(struct model_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A vma_call: EPERM where it is sealed. */
bool refuse_sealed(struct machine *m, struct vm_area *vma, uint64_t first, uint64_t last,
		   const void *arg, struct model_error *error);

/* The first page of first..last that is in no VMA; false: all are mapped. */
bool first_hole(const struct mm *mm, uint64_t first, uint64_t last, uint64_t *hole);

/* ENOMEM: `hole` is not mapped. The kernel has `done` what precedes it. */
bool refuse_hole(struct model_error *error, const struct mm *mm, uint64_t first, uint64_t hole,
		 const char *done);

#endif
