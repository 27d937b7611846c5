/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/string_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void string_table_deinit(struct string_table *table)
{
	for (size_t i = 0; i < table->n; i++)
		free(table->v[i]);
	free(table->v);
	free(table->slots);
	*table = (struct string_table){0};
}

/* FNV-1a. */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(0xCBF29CE484222325);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001B3);
	return h;
}

/* The slot that has the text, or else a free one. */
static size_t *find_slot(const struct string_table *table, const char *text)
{
	size_t mask = table->slot_count - 1, i = hash(text) & mask;

	while (table->slots[i] && strcmp(table->v[table->slots[i] - 1], text))
		i = (i + 1) & mask;
	return &table->slots[i];
}

/* Half of the slots, at least, are free. */
static void make_room(struct string_table *table)
{
	if (2 * table->n < table->slot_count)
		return;
	table->slot_count = table->slot_count ? 2 * table->slot_count : 64;
	free(table->slots);
	table->slots = xcalloc(table->slot_count, sizeof(*table->slots));
	for (size_t i = 0; i < table->n; i++)
		*find_slot(table, table->v[i]) = i + 1;
}

size_t string_table_add(struct string_table *table, const char *text)
{
	size_t *slot;

	make_room(table);
	slot = find_slot(table, text);
	if (!*slot) {
		GROW(table->v, table->n, table->cap);
		table->v[table->n] = xstrdup(text);
		*slot = ++table->n;
	}
	return *slot - 1;
}
