/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A string that grows. Always NUL-terminated once something was added. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *s; /* NULL while empty; free with buf_deinit() */
	size_t len, cap;
};

void buf_deinit(struct buf *b);
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const char *s, size_t n);
void buf_puts(struct buf *b, const char *s);
void buf_putc(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list args);

/* The text, "" while empty; owned by the buffer. */
const char *buf_str(const struct buf *b);

/* Hands the text to the caller, who frees it; the buffer is empty after that. */
char *buf_take(struct buf *b);

/* As %PRIu64, and faster: for what is written millions of times. */
void buf_number(struct buf *b, uint64_t n);
/* A size in bytes in the language's notation: 4096, 64K, 2M, 1G, 1T. */
void buf_size(struct buf *b, uint64_t bytes);

/* A number and its noun: "1 entry", "3 entries". */
void buf_count(struct buf *b, uint64_t n, const char *one, const char *many);

/*
 * A text of single-column characters, in at most `most` columns: a longer one is cut in its
 * middle, which is marked with "…" or "..".
 */
void buf_middle(struct buf *b, const char *text, size_t most, bool utf8);

#endif
