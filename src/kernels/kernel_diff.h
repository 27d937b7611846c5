/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two kernels: on which inputs of the decision do they differ? All that the
 * same system calls can bring about on both are looked at (model/reach.h), and
 * the shortest condition is found that tells the ones from the others.
 */
#ifndef KERNELS_KERNEL_DIFF_H
#define KERNELS_KERNEL_DIFF_H

#include "base/buf.h"
#include "base/error.h"
#include "base/minimise.h"
#include "model/reach.h"

/* What a condition can speak of: a flag or the anon_vma, on some of four VMAs. */
struct diff_variable {
	int flag;	  /* enum vm_flag_number, or -1: the anon_vma */
	unsigned where;	  /* DIFF_AT(kernel, side): always the same on all of these */
};
#define DIFF_AT(kernel, side) (1u << (2 * (kernel) + (side)))

/* One of the ways in which they differ. */
struct diff_case {
	int copies;	   /* which kernel copies; the other one skips: 0 or 1 */
	struct cube cube;  /* over the variables */
	uint32_t mappings; /* bit 2 * backing + shared: where it can happen */
	size_t inputs;	   /* how many inputs of the decision it covers */
};

struct kernel_diff {
	const struct kernel *kernel[2]; /* not owned */
	char *name[2];			/* told apart, when both are called the same */
	struct diff_variable variables[64];
	size_t variable_count;
	size_t inputs;			/* different ones that both kernels can meet */
	size_t differ;			/* of them */
	struct diff_case *cases;
	size_t case_count;		/* 0: they decide alike */
	bool exact;			/* the condition is the shortest one */
	uint32_t alone[2];		/* bit enum lack: what the other kernel lacks */
};

/*
 * Compares the decisions of two kernels, which must outlive the result. NULL
 * when they look for so many flags that not all inputs can be looked at.
 */
struct kernel_diff *kernel_diff_create(const struct kernel *a, const struct kernel *b,
				       struct vf_error *error);
void kernel_diff_free(struct kernel_diff *diff); /* NULL is fine */

/*
 * What the condition says about an input, as each kernel sees it: which kernel
 * copies alone (0 or 1), or -1: they decide alike.
 */
int kernel_diff_says(const struct kernel_diff *diff, const struct decision_input input[2]);

/* One case in words: "VM_UFFD_WP in src and not in dst (...), no anon_vma". */
void kernel_diff_words(const struct kernel_diff *diff, const struct diff_case *c, struct buf *out);
/* And as a formula: "src VM_UFFD_WP && !dst VM_UFFD_WP && !anon_vma". */
void kernel_diff_formula(const struct kernel_diff *diff, const struct diff_case *c,
			 struct buf *out);

/* All of it: cases, what was left out and why, what else differs. */
void kernel_diff_print(const struct kernel_diff *diff, struct buf *out);

#endif
