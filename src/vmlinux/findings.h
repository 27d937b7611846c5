/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The findings about a kernel image. The image is untrusted, so a process in a
 * sandbox reads it and returns only this: a value of fixed size without pointers,
 * which findings_check() checks before anything uses it.
 */
#ifndef VMLINUX_FINDINGS_H
#define VMLINUX_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/kernel.h"

enum { NAME_SIZE = 64 };

/* From the debug info: it may be outside of the source tree. */
struct code_place {
	char file[128];
	uint32_t line; /* 0: not known */
};

struct frame {
	char function[NAME_SIZE];
	struct code_place place;
};

struct address_range {
	uint64_t low, high; /* high is the first address after it */
};

/* An input of the decision: a bit of a VMA's flag word, or its anon_vma. */
enum { ANON_VMA = 64, INPUTS_PER_SIDE };

struct finding_input {
	uint8_t side; /* enum vma_side */
	uint8_t bit;  /* of the kernel's own flag word, or ANON_VMA */
};

/* How a run of copy_page_range() ended. */
enum trial_end {
	TRIAL_SKIP,  /* it returned 0 */
	TRIAL_COPY,  /* it accessed memory that belongs neither to the VMAs nor to the image */
	TRIAL_OTHER, /* another value was returned, a trap, or the limit: see `why` */
};

struct trial {
	uint8_t outcome;
	uint64_t stopped_at; /* the instruction */
	uint64_t touched;    /* the address that it accessed; 0: none */
	uint32_t instructions;
	char what[NAME_SIZE]; /* "the parent's mm"; or why it was neither */
};

/* One clause: these bits of that side's flag word, or its anon_vma, make fork copy. */
struct found_clause {
	uint8_t side;
	bool anon_vma;
	uint64_t bits;	  /* of the kernel's own word */
	uint64_t read_at; /* the instruction whose read decides; 0: no single read decides */
	/* Of that read, in the function that decides; of the branch, if the read has no line. */
	struct code_place place;
	char function[NAME_SIZE];
	struct code_place innermost; /* the same in the function that was inlined there, if any */
	char innermost_function[NAME_SIZE];
	struct trial proof; /* the run with the first of the bits set, and nothing else */
	struct finding_input proof_input;
};

struct found_function {
	char name[NAME_SIZE];
	uint64_t address; /* 0: it has no code of its own (inlined), or is not in this image */
	struct code_place place;
};

/* What names the bits of the flag word. */
enum bits_source {
	BITS_USUAL, /* nothing in the image: the numbers are those of all kernels before 6.19 */
	BITS_ENUMERATORS,
	BITS_CODES, /* the codes that smaps prints */
	BITS_BOTH,  /* which agree */
	BITS_SOURCES,
};

enum {
	FUNCTIONS_MAX = 40,
	RANGES_MAX = 8,
	ALSO_READ_MAX = 8,
	BANNER_SIZE = 256,
	RUN_PAIR_MAX = 16,
};

/* A pair of inputs that together do something that neither does alone. */
struct found_pair {
	struct finding_input a, b;
	bool copies; /* only together; otherwise the second one prevents the copy */
};

struct findings {
	char banner[BANNER_SIZE];   /* "Linux version 6.1..." */
	char machine[16];	    /* "x86-64" */
	char error[600], hint[300]; /* "" when all went well */

	bool has_lines; /* there is debug info; without it no line is known */
	/* Of the kernel that runs: its addresses are secrets, and only --evidence prints them. */
	bool from_memory;

	/* for an image without debug info, which may be elsewhere: what identifies it */
	bool wants_debug_file;
	char build_id[2 * 64 + 1];
	char debuglink[256];

	/* struct vm_area_struct, in bytes */
	uint64_t vma_size, vm_flags, anon_vma, vm_start, vm_end, vm_mm;

	char bit_names[64][NAME_SIZE]; /* "VM_UFFD_WP"; "" for none */
	uint8_t bits_from;	       /* enum bits_source */

	struct found_function functions[FUNCTIONS_MAX];
	uint32_t function_count;

	struct address_range inlined[RANGES_MAX]; /* of vma_needs_copy in copy_page_range */
	uint32_t inlined_count;
	struct code_place inlined_call;

	struct found_clause clauses[CLAUSES_MAX];
	uint32_t clause_count;
	struct trial baseline;		 /* nothing set */
	uint32_t singles, pairs, others; /* runs that were made */
	struct found_pair odd[RUN_PAIR_MAX];
	uint32_t odd_count;
	char also_read[ALSO_READ_MAX][NAME_SIZE]; /* other members read before it decided */
	uint32_t also_read_count;
};

/*
 * Makes untrusted findings safe to use: counts within bounds, strings that
 * end and that can be printed. False when they are not what a reader writes.
 */
bool findings_check(struct findings *findings);

/* The version in the banner, as kernel profiles know it ("6.1.176"); "" for none. */
void findings_version(const struct findings *findings, char *version, size_t size);

/* "VM_UFFD_WP", "bit 57", or "anon_vma"; the text lives until the next call but three. */
const char *input_name(const struct findings *findings, struct finding_input input);

/* The bits of a clause as flags of the model; false when one of them has no name there. */
bool clause_flags(const struct findings *findings, const struct found_clause *clause,
		  uint64_t *flags, unsigned *unknown_bit);

#endif
