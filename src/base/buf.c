/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/buf.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void buf_deinit(struct buf *b)
{
	free(b->s);
	*b = (struct buf){0};
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	if (b->s)
		b->s[0] = '\0';
}

static void grow(struct buf *b, size_t more)
{
	size_t cap = b->cap ? b->cap : 64;

	while (cap < b->len + more + 1)
		cap *= 2;
	b->s = xrealloc(b->s, cap, 1);
	b->cap = cap;
}

/* Room for so many more characters, and the NUL. */
static inline void buf_reserve(struct buf *b, size_t more)
{
	if (b->len + more + 1 > b->cap)
		grow(b, more);
}

void buf_add(struct buf *b, const char *s, size_t n)
{
	buf_reserve(b, n);
	if (n)
		memcpy(b->s + b->len, s, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void buf_puts(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->s[b->len++] = c;
	b->s[b->len] = '\0';
}

void buf_vprintf(struct buf *b, const char *format, va_list args)
{
	va_list again;
	int n;

	va_copy(again, args);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		return;
	buf_reserve(b, (size_t)n);
	vsnprintf(b->s + b->len, (size_t)n + 1, format, args);
	b->len += (size_t)n;
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	buf_vprintf(b, format, args);
	va_end(args);
}

void buf_number(struct buf *b, uint64_t n)
{
	char digits[20], *at = digits + sizeof(digits);

	for (; n >= 100; n /= 100) { /* two at once: to divide takes the time */
		unsigned two = (unsigned)(n % 100);

		*--at = (char)('0' + two % 10);
		*--at = (char)('0' + two / 10);
	}
	do
		*--at = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(b, at, (size_t)(digits + sizeof(digits) - at));
}

const char *buf_str(const struct buf *b)
{
	return b->s ? b->s : "";
}

char *buf_take(struct buf *b)
{
	char *s = b->s ? b->s : xstrdup("");

	*b = (struct buf){0};
	return s;
}

void buf_size(struct buf *b, uint64_t bytes)
{
	static const char unit[] = {'T', 'G', 'M', 'K'};

	for (int i = 0; i < 4; i++) {
		int shift = 40 - 10 * i;

		if (bytes >> shift && !(bytes & ((UINT64_C(1) << shift) - 1))) {
			buf_printf(b, "%" PRIu64 "%c", bytes >> shift, unit[i]);
			return;
		}
	}
	buf_printf(b, "%" PRIu64, bytes);
}

void buf_count(struct buf *b, uint64_t n, const char *one, const char *many)
{
	buf_printf(b, "%" PRIu64 " %s", n, n == 1 ? one : many);
}

void buf_middle(struct buf *b, const char *text, size_t most, bool utf8)
{
	size_t n = strlen(text), sign = utf8 ? 1 : 2, head;

	if (n <= most || most <= sign) {
		buf_add(b, text, n < most ? n : most);
		return;
	}
	head = (most - sign) / 2;
	buf_add(b, text, head);
	buf_puts(b, utf8 ? "…" : "..");
	buf_puts(b, text + n - (most - sign - head));
}
