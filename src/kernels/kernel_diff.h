/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two kernels: on which inputs of the decision do they differ? Compares all inputs that the
 * same system calls can produce on both (model/reach.h), and finds the shortest condition
 * that separates the inputs on which they differ from the others.
 */
#ifndef KERNELS_KERNEL_DIFF_H
#define KERNELS_KERNEL_DIFF_H

#include "base/budget.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/minimise.h"
#include "model/reach.h"

/* A variable of a condition: a flag or the anon_vma, on some of four VMAs. */
struct diff_variable {
	int flag;	  /* enum vm_flag_number, or -1: the anon_vma */
	unsigned where;	  /* DIFF_AT(kernel, side): always equal on all of these */
};
#define DIFF_AT(kernel, side) (1u << (2 * (kernel) + (side)))

/* One of the ways in which they differ. */
struct diff_case {
	int copies;	   /* which kernel copies; the other one skips: 0 or 1 */
	struct cube cube;  /* over the variables */
	uint32_t mappings; /* bit 2 * backing + shared: the kinds of mappings that can have it */
	size_t inputs;	   /* how many inputs of the decision it covers */
};

struct kernel_diff {
	const struct kernel *kernel[2]; /* not owned */
	char *name[2];			/* made distinct, when both have the same name */
	struct diff_variable variables[64];
	size_t variable_count;
	size_t inputs;			/* distinct inputs that are possible on both kernels */
	size_t differ;			/* of them */
	struct diff_case *cases;
	size_t case_count;		/* 0: they decide alike */
	bool exact;			/* the condition is the shortest one */
	uint32_t alone[2];		/* bit enum lack: what the other kernel lacks */
};

/*
 * Compares the decisions of two kernels, which must outlive the result. NULL
 * when they check so many flags that comparing all inputs takes more than the budget.
 */
struct kernel_diff *kernel_diff_create(const struct kernel *a, const struct kernel *b,
				       struct budget *budget,
				       struct vf_error *error);
void kernel_diff_free(struct kernel_diff *diff); /* NULL is fine */

/*
 * The result of the condition for an input, as each kernel gets it: the kernel that
 * copies alone (0 or 1), or -1: they decide alike.
 */
int kernel_diff_says(const struct kernel_diff *diff, const struct decision_input input[2]);

/* One case in words: "VM_UFFD_WP in src and not in dst (...), no anon_vma". */
void kernel_diff_words(const struct kernel_diff *diff, const struct diff_case *c, struct buf *out);
/* And as a formula: "src VM_UFFD_WP && !dst VM_UFFD_WP && !anon_vma". */
void kernel_diff_formula(const struct kernel_diff *diff, const struct diff_case *c,
			 struct buf *out);

/* The whole report: cases, inputs left out and why, other differences. */
void kernel_diff_print(const struct kernel_diff *diff, struct buf *out);

/*
 * The error of two kernels that look for these flags: too many for the budget, or for the
 * variables that there are. Returns false.
 */
bool refuse_flags(char *const names[2], uint64_t flags, const struct budget *budget,
		  struct vf_error *error);

#endif
