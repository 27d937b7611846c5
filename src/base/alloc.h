/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Allocation that never returns NULL: when the machine is out of memory, these end the
 * program with a message. How much an untrusted file can ask for is limited by a budget (see
 * budget.h).
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <assert.h>
#include <stddef.h>

/*
 * Hidden: libreadline has an xmalloc and an xrealloc of its own, with other
 * arguments, and would call ours.
 */
#pragma GCC visibility push(hidden)
void *xmalloc(size_t size);
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *old, size_t count, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
#pragma GCC visibility pop

/* Called before the message, and without memory: it restores a terminal. NULL: nothing. */
void alloc_set_last_words(void (*before)(void));

/* By half, or by an eighth when it is large: realloc() moves large blocks without copying. */
static inline size_t grown(size_t cap)
{
	return cap < 4 ? 4 : cap < 65536 ? cap + cap / 2 : cap + cap / 8;
}

/* Makes room for one more element in the array PTR of LEN elements. */
#define GROW(ptr, len, cap)                                                    \
	do {                                                                   \
		if ((len) >= (cap)) {                                          \
			(cap) = grown(cap);                                    \
			(ptr) = xrealloc((ptr), (cap), sizeof(*(ptr)));        \
		}                                                              \
		assert(ptr);                                                   \
	} while (0)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
