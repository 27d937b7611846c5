/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where kallsyms' tables are in an image. scripts/kallsyms.c writes them:
 *
 *   names    each symbol's name, packed: a length (one byte, or two if it is above 127),
 *            then numbers of tokens
 *   markers  where every 256th name starts
 *   tokens   256 strings; an index of where each of them starts
 *   offsets  each symbol's address, 4 bytes
 *
 * Tokens have their own index and names have the markers to be checked against.
 */
#ifndef VMLINUX_KALLSYMS_TABLES_H
#define VMLINUX_KALLSYMS_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vmlinux/image.h"

enum { TOKENS = 256, NAMES_PER_MARKER = 256 };

struct kallsyms_tables {
	struct image_part part; /* that holds all of them; the numbers below are offsets in it */
	uint64_t token[TOKENS]; /* each a string */
	uint64_t tokens_end;	/* after their index */
	uint64_t count_at;	/* where the number of symbols is */
	uint32_t count;
	uint64_t names, names_end;
};

/* False when that part of the image holds no such tables. */
bool kallsyms_tables_find(const struct image *image, const struct image_part *part,
			  struct kallsyms_tables *tables);

/* The packed name at `at`: its tokens and their number; sets `at` to the next. False at the end. */
bool kallsyms_next_name(const struct kallsyms_tables *tables, uint64_t *at, const uint8_t **tokens,
			size_t *n);

#endif
