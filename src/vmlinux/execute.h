/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs the image's own copy_page_range() on two made-up VMAs,
 * in a machine that has nothing but the image's bytes, a stack and these VMAs.
 * Only execute*.c use unicorn.
 *
 * The function is followed wherever it goes inside the image (__fentry__, return
 * thunks, helpers that were not inlined). It has skipped the VMA when it returns
 * 0. It copies when it accesses memory that a decision does not
 * need: the mm_struct of either process, what anon_vma points to, or a write that
 * is neither to the stack nor to what each CPU counts for itself.
 */
#ifndef VMLINUX_EXECUTE_H
#define VMLINUX_EXECUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "vmlinux/findings.h"
#include "vmlinux/image.h"
#include "vmlinux/vma_layout.h"

/* One pair of VMAs; both sides are indexed by enum vma_side. */
struct vma_pair {
	uint64_t flags[2];
	bool anon_vma[2];
	/* Only the instruction at this address sees `hidden`; 0: all of them see all. */
	uint64_t seen_at;
	struct finding_input hidden;
};

/* A read of one of the VMAs. */
struct vma_read {
	uint64_t at; /* the instruction */
	uint8_t side;
	uint16_t offset, size;
};

enum { TRACE_MAX = 4096, READS_MAX = 128 };

struct trace {
	uint64_t at[TRACE_MAX]; /* instructions, in the order in which they ran */
	size_t n;
	struct vma_read reads[READS_MAX];
	size_t read_count;
};

struct emulator;

/* NULL on error. Like the image, it lives until the program ends. */
struct emulator *emulator_create(const struct image *image, const struct vma_layout *layout,
				 struct vf_error *error);

/* Runs the function once. `trace` may be NULL. */
void emulator_ask(struct emulator *emulator, const struct vma_pair *question, struct trial *run,
		  struct trace *trace);

#endif
