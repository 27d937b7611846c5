/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/kallsyms_tables.h"

#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"

enum {
	DIGIT = '0',	     /* characters that names use are tokens of themselves */
	NAME_MAX_BYTES = 130, /* a longer packed name does not occur on average */
	MARKERS_MIN = 3,     /* every kernel has more symbols than that */
};

/* --- tokens ------------------------------------------------------------------------- */

/*
 * All but the first token are known; the index says how long that one is. What precedes it
 * may be anything, so it cannot be found by going back.
 */
static bool index_fits(const struct image *image, struct kallsyms_tables *t, uint64_t at)
{
	uint64_t length;

	if (at > t->part.size || t->part.size - at < 2 * TOKENS)
		return false;
	length = image_u16(image, t->part.data + at + 2);
	if (!length || length > t->token[1])
		return false;
	t->token[0] = t->token[1] - length;
	for (size_t i = 0; i < TOKENS; i++)
		if (image_u16(image, t->part.data + at + 2 * i) != t->token[i] - t->token[0])
			return false;
	return strlen((const char *)t->part.data + t->token[0]) + 1 == length;
}

/* `digit` is where the token "0" would start. */
static bool take_tokens(const struct image *image, struct kallsyms_tables *t, uint64_t digit)
{
	const uint8_t *data = t->part.data;
	uint64_t at = digit;

	/* Back over the tokens before it, which end with a zero each, to the second one. */
	for (size_t i = 1; i < DIGIT; i++) {
		if (at < 2 || data[at - 1])
			return false;
		for (at--; at && data[at - 1]; at--)
			;
		if (!at)
			return false;
	}
	for (size_t i = 1; i < TOKENS; i++) {
		const uint8_t *end = memchr(data + at, 0, t->part.size - at);

		if (!end)
			return false;
		t->token[i] = at;
		at = (uint64_t)(end - data) + 1;
	}
	/* The index follows, aligned. */
	for (uint64_t unit = 2; unit <= 8; unit *= 2) {
		uint64_t index = align_up(t->part.address + at, unit) - t->part.address;

		if (index_fits(image, t, index)) {
			t->tokens_end = index + 2 * TOKENS;
			return true;
		}
	}
	return false;
}

static bool find_tokens(const struct image *image, struct kallsyms_tables *t)
{
	static const char digits[] = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009";
	const uint8_t *data = t->part.data, *at = data;

	while ((at = memmem(at, t->part.size - (uint64_t)(at - data), digits, sizeof(digits)))) {
		if (take_tokens(image, t, (uint64_t)(at - data)))
			return true;
		at++;
	}
	return false;
}

/* --- names -------------------------------------------------------------------------- */

bool kallsyms_next_name(const struct kallsyms_tables *t, uint64_t *at, const uint8_t **tokens,
			size_t *n)
{
	const uint8_t *data = t->part.data;
	uint64_t next = *at;
	size_t length;

	if (next >= t->names_end)
		return false;
	length = data[next++];
	if (length & 0x80) {
		if (next >= t->names_end)
			return false;
		length = (length & 0x7f) | (size_t)data[next++] << 7;
	}
	if (!length || length > t->names_end - next)
		return false;
	*tokens = data + next;
	*n = length;
	*at = next + length;
	return true;
}

/* All names, if they start at `t->names`: each 256th of them is where its marker says. */
static bool names_fit(const struct image *image, struct kallsyms_tables *t, uint64_t markers)
{
	uint64_t at = t->names;

	t->names_end = markers;
	for (uint32_t i = 0; i < t->count; i++) {
		const uint8_t *tokens;
		size_t n;

		if (i % NAMES_PER_MARKER == 0 &&
		    image_u32(image, t->part.data + markers + 4 * (i / NAMES_PER_MARKER)) !=
			    at - t->names)
			return false;
		if (!kallsyms_next_name(t, &at, &tokens, &n))
			return false;
	}
	t->names_end = at;
	return markers - at < 8;
}

/* How many values there are at `at` that can be markers. */
static size_t markers_at(const struct image *image, const struct kallsyms_tables *t, uint64_t at)
{
	uint32_t last = image_u32(image, t->part.data + at);
	size_t n = 1;

	if (last)
		return 0;
	for (at += 4; at < t->token[0] && t->token[0] - at >= 4; at += 4, n++) {
		uint32_t next = image_u32(image, t->part.data + at);

		if (next < last || next - last < 2 * NAMES_PER_MARKER ||
		    next - last > NAMES_PER_MARKER * NAME_MAX_BYTES)
			break;
		last = next;
	}
	return n;
}

/*
 * The names before these markers. They start at most one marker's share before what the
 * last marker says, and their number precedes them.
 */
static bool take_names(const struct image *image, struct kallsyms_tables *t, uint64_t markers,
		       size_t n)
{
	uint64_t last = image_u32(image, t->part.data + markers + 4 * (n - 1));
	uint64_t lowest = last + NAMES_PER_MARKER * NAME_MAX_BYTES, start;

	if (last + 4 >= markers)
		return false;
	start = markers > lowest ? markers - lowest : 4;
	start = align_up(t->part.address + start, 4) - t->part.address;
	for (; start < markers - last; start += 4)
		for (uint64_t before = 4; before <= 8 && before <= start; before += 4) {
			t->count_at = start - before;
			t->count = image_u32(image, t->part.data + t->count_at);
			t->names = start;
			if (((uint64_t)t->count + NAMES_PER_MARKER - 1) / NAMES_PER_MARKER == n &&
			    names_fit(image, t, markers))
				return true;
		}
	return false;
}

static bool find_names(const struct image *image, struct kallsyms_tables *t)
{
	uint64_t at = align_up(t->part.address + t->token[0], 4) - t->part.address;

	while (at >= 16) {
		size_t n;

		at -= 4;
		if (t->part.size - at < 4 || image_u32(image, t->part.data + at))
			continue;
		n = markers_at(image, t, at);
		if (n >= MARKERS_MIN && take_names(image, t, at, n))
			return true;
	}
	return false;
}

bool kallsyms_tables_find(const struct image *image, const struct image_part *part,
			  struct kallsyms_tables *tables)
{
	*tables = (struct kallsyms_tables){.part = *part};
	return part->size && find_tokens(image, tables) && find_names(image, tables);
}
