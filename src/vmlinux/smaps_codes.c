/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/smaps_codes.h"

#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"

enum { BITS = 64, STRIDES = 2, STRIDE_MAX = 3, LEADING = 9 };

/* The first bits have had these codes since there is such a table. */
static const char leading[LEADING][2] = {
	{'r', 'd'}, {'w', 'r'}, {'e', 'x'}, {'s', 'h'}, {'m', 'r'},
	{'m', 'w'}, {'m', 'e'}, {'m', 's'}, {'g', 'd'},
};
/* Bytes of an element: without a final zero up to 6.11, with it since. */
static const size_t strides[STRIDES] = {2, 3};

static bool is_letter(uint8_t c)
{
	return c >= 'a' && c <= 'z';
}

/* One element: two letters, "??", or nothing. */
static bool take_element(const uint8_t *at, size_t stride, char code[3])
{
	memset(code, 0, 3);
	if (stride == 3 && at[2])
		return false;
	if ((!at[0] && !at[1]) || (at[0] == '?' && at[1] == '?'))
		return true;
	if (!is_letter(at[0]) || !is_letter(at[1]))
		return false;
	memcpy(code, at, 2);
	return true;
}

static bool take_table(const uint8_t *at, size_t stride, struct smaps_codes *codes)
{
	for (size_t bit = 0; bit < BITS; bit++) {
		/* cppcheck-suppress uninitvar -- take_element() writes to it, and reads nothing */
		if (!take_element(at + bit * stride, stride, codes->code[bit]))
			return false;
		for (size_t before = 0; before < bit; before++)
			if (codes->code[bit][0] && !strcmp(codes->code[bit], codes->code[before]))
				return false;
	}
	return true;
}

/* Looks for tables of that stride in one part of the image. */
static enum smaps_codes_end search(const uint8_t *data, uint64_t size, size_t stride,
				   enum smaps_codes_end end, struct smaps_codes *codes)
{
	uint8_t pattern[LEADING * STRIDE_MAX] = {0};
	const uint8_t *at = data;

	for (size_t i = 0; i < LEADING; i++)
		memcpy(pattern + i * stride, leading[i], sizeof(leading[i]));
	while ((at = memmem(at, size - (uint64_t)(at - data), pattern, LEADING * stride))) {
		struct smaps_codes found;

		if (size - (uint64_t)(at - data) >= BITS * stride && take_table(at, stride, &found)) {
			if (end == SMAPS_CODES_NONE) {
				*codes = found;
				end = SMAPS_CODES_FOUND;
			} else if (memcmp(codes, &found, sizeof(found))) {
				end = SMAPS_CODES_DIFFER;
			}
		}
		at++;
	}
	return end;
}

enum smaps_codes_end smaps_codes_find(const struct image *image, struct smaps_codes *codes)
{
	enum smaps_codes_end end = SMAPS_CODES_NONE;
	struct image_part part;

	for (size_t i = 0; image_constants(image, i, &part); i++)
		for (size_t s = 0; part.size && s < STRIDES; s++)
			end = search(part.data, part.size, strides[s], end, codes);
	return end;
}
