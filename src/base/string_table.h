/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts, each once, with numbers in the order in which they came. */
#ifndef BASE_STRING_TABLE_H
#define BASE_STRING_TABLE_H

#include <stddef.h>

/* Zeroed: empty. */
struct string_table {
	char **v; /* by number */
	size_t n, cap;
	size_t *slots;	   /* a hash table: numbers + 1; 0: free */
	size_t slot_count; /* a power of two, or 0 */
};

void string_table_deinit(struct string_table *table);

/* The number of a text, which is copied if it is new. */
size_t string_table_add(struct string_table *table, const char *text);

#endif
