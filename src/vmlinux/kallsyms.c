/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/kallsyms.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "vmlinux/image_raw.h"
#include "vmlinux/kallsyms_tables.h"

/* --- addresses ----------------------------------------------------------------------- */

/* How an entry of the table of offsets becomes an address. */
enum encoding {
	FROM_BASE,	  /* base + entry */
	BELOW_BASE,	  /* base - 1 - entry where that is negative, else the entry itself (per CPU) */
	FROM_ENTRY,	  /* the entry's own address + entry */
	ENCODINGS,
};

struct offsets {
	uint64_t at; /* in the tables' part of the image */
	enum encoding encoding;
	uint64_t base;
};

static uint64_t address_of(const struct image *image, const struct kallsyms_tables *t,
			   const struct offsets *offsets, uint32_t i)
{
	uint64_t at = offsets->at + 4 * (uint64_t)i;
	uint32_t entry = image_u32(image, t->part.data + at);
	int64_t extended = (int32_t)entry;

	switch (offsets->encoding) {
	case BELOW_BASE:
		return extended < 0 ? offsets->base - 1 - (uint64_t)extended : entry;
	case FROM_ENTRY:
		return t->part.address + at + (uint64_t)extended;
	default:
		return offsets->base + entry;
	}
}

/* Symbols are sorted by address; a table that is read in a wrong way is not. */
static bool ascending(const struct image *image, const struct kallsyms_tables *t,
		      const struct offsets *offsets)
{
	uint64_t last = 0;

	for (uint32_t i = 0; i < t->count; i++) {
		uint64_t address = address_of(image, t, offsets, i);

		if (address < last)
			return false;
		last = address;
	}
	/* A raw image may have a base that is filled in when the kernel starts. */
	return last > UINT32_MAX || (image->raw && offsets->encoding == FROM_BASE);
}

/* --- names -------------------------------------------------------------------------- */

enum { SYMBOL_NAME_SIZE = 128 };

/* Unpacks a name; false when it is too long to be one that is looked for. */
static bool unpack_name(const struct kallsyms_tables *t, const uint8_t *tokens, size_t n,
			char name[SYMBOL_NAME_SIZE])
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++) {
		const char *token = (const char *)t->part.data + t->token[tokens[i]];
		size_t more = strlen(token);

		if (length + more >= SYMBOL_NAME_SIZE)
			return false;
		memcpy(name + length, token, more);
		length += more;
	}
	name[length] = '\0';
	return true;
}

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct symbol *)element)->name);
}

/* The number of each symbol in the tables; UINT32_MAX: it has none. */
static void find_numbers(const struct kallsyms_tables *t, const struct symbol *symbols, size_t n,
			 uint32_t *numbers)
{
	uint64_t at = t->names;
	const uint8_t *tokens;
	size_t length;

	for (size_t i = 0; i < n; i++)
		numbers[i] = UINT32_MAX;
	for (uint32_t i = 0; i < t->count && kallsyms_next_name(t, &at, &tokens, &length); i++) {
		char name[SYMBOL_NAME_SIZE];
		const struct symbol *found;

		/* The first letter is the symbol's type. */
		if (!unpack_name(t, tokens, length, name) || !name[0])
			continue;
		found = bsearch(name + 1, symbols, n, sizeof(*symbols), by_name);
		if (found && numbers[found - symbols] == UINT32_MAX)
			numbers[found - symbols] = i;
	}
}

/* --- which layout is it? -------------------------------------------------------------- */

/* The kernel's own words are where its symbol says; true also when it has no such symbol. */
static bool banner_fits(const struct image *image, const struct symbol *symbols, size_t n)
{
	static const char start[] = "Linux version ";
	char text[sizeof(start) - 1];

	for (size_t i = 0; i < n; i++)
		if (!strcmp(symbols[i].name, "linux_banner") && symbols[i].address)
			return image_read(image, symbols[i].address, text, sizeof(text)) ==
				       sizeof(text) &&
			       !memcmp(text, start, sizeof(text));
	return true;
}

/*
 * Where the offsets can be: after the tokens, with the base behind them or without one
 * (6.12 and later), or before the names with the base between (6.1). -1: not there.
 */
static size_t places(const struct image *image, const struct kallsyms_tables *t,
		     struct offsets found[2 * ENCODINGS])
{
	const struct image_part *part = &t->part;
	uint64_t bytes = 4 * (uint64_t)t->count;
	size_t n = 0;

	for (uint64_t unit = 4; unit <= 8; unit += 4) {
		uint64_t at = align_up(part->address + t->tokens_end, unit) - part->address;
		uint64_t base = align_up(part->address + at + bytes, 8) - part->address;

		if (unit == 8 && n && found[0].at == at)
			break;
		if (at > part->size || bytes > part->size - at)
			continue;
		found[n++] = (struct offsets){at, FROM_ENTRY, 0};
		if (base > part->size || part->size - base < 8)
			continue;
		for (enum encoding e = FROM_BASE; e <= BELOW_BASE; e++)
			found[n++] = (struct offsets){at, e, image_u64(image, part->data + base)};
	}
	return n;
}

static size_t places_before(const struct image *image, const struct kallsyms_tables *t,
			    struct offsets found[2])
{
	uint64_t bytes = align_up(4 * (uint64_t)t->count, 8), base = t->count_at - 8;

	if (t->count_at < 8 || base < bytes)
		return 0;
	for (enum encoding e = FROM_BASE; e <= BELOW_BASE; e++)
		found[e] = (struct offsets){base - bytes, e, image_u64(image, t->part.data + base)};
	return 2;
}

/*
 * Places a raw image where these symbols say that it is, and moves them along. True also
 * for an ELF file, which says itself; false when nothing says it, or two symbols do not agree.
 */
static bool place_raw(struct image *image, const struct offsets *offsets, struct symbol *symbols,
		      size_t n)
{
	struct image_anchor anchors[ANCHORS_MAX];
	size_t count = image_raw_anchors(image, anchors);
	uint64_t before = image->segments ? image->segments[0].p_vaddr : 0, start = 0, moved;
	bool known = false;

	if (!image->raw)
		return true;
	for (size_t i = 0; i < count; i++) {
		size_t s = 0;

		while (s < n && (strcmp(symbols[s].name, anchors[i].symbol) || !symbols[s].found))
			s++;
		if (s == n)
			continue;
		if (known && start != symbols[s].address - anchors[i].offset)
			return false;
		start = symbols[s].address - anchors[i].offset;
		known = true;
	}
	/* Relative to the provisional address they say that one. */
	if (!known || (offsets->encoding == FROM_ENTRY && start != before))
		return false;
	moved = image_raw_place(image, start);
	for (size_t i = 0; i < n; i++)
		if (symbols[i].found)
			symbols[i].address += moved;
	return true;
}

/* Addresses under the only layout in which they make sense. */
static bool resolve(struct image *image, const struct kallsyms_tables *t,
		    struct symbol *symbols, size_t n, struct vf_error *error)
{
	uint32_t *numbers = xcalloc(n, sizeof(*numbers));
	struct symbol *tried = xcalloc(n, sizeof(*tried));
	struct offsets all[2 * ENCODINGS + 2];
	size_t count = places(image, t, all);
	bool found = false, differ = false;

	count += places_before(image, t, all + count);
	find_numbers(t, symbols, n, numbers);
	for (size_t o = 0; o < count; o++) {
		if (!ascending(image, t, &all[o]))
			continue;
		for (size_t i = 0; i < n; i++) {
			tried[i] = symbols[i];
			tried[i].found = numbers[i] != UINT32_MAX;
			if (tried[i].found)
				tried[i].address = address_of(image, t, &all[o], numbers[i]);
		}
		if (!place_raw(image, &all[o], tried, n) || !banner_fits(image, tried, n))
			continue;
		differ = differ || (found && memcmp(symbols, tried, n * sizeof(*tried)));
		memcpy(symbols, tried, n * sizeof(*tried));
		found = true;
	}
	free(tried);
	free(numbers);
	if (differ)
		return vf_error_set(error, "the image's table of symbols (kallsyms) can be read in two ways");
	if (!found)
		return vf_error_set(error, "the image's table of symbols (kallsyms) has no addresses that "
					   "fit the image: it is corrupt, or of an unknown layout");
	return true;
}

bool kallsyms_find(struct image *image, struct symbol *symbols, size_t n,
		   struct vf_error *error)
{
	static struct kallsyms_tables tables;
	struct image_part part;

	for (size_t i = 0; image_constants(image, i, &part); i++)
		if (kallsyms_tables_find(image, &part, &tables))
			return resolve(image, &tables, symbols, n, error);
	vf_error_set(error, "the image has neither debug info nor a table of symbols (CONFIG_KALLSYMS)");
	vf_error_hint(error, "--debug-file FILE reads them from the matching debug info");
	return false;
}
