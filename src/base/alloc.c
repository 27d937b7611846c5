/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/alloc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*last_words)(void);

void alloc_set_last_words(void (*before)(void))
{
	last_words = before;
}

static void *require(void *p)
{
	static const char message[] = "vmafork: out of memory\n";

	if (!p) {
		ssize_t ignored;

		if (last_words)
			last_words();
		ignored = write(STDERR_FILENO, message, sizeof(message) - 1);
		(void)ignored;
		exit(2);
	}
	return p;
}

void *xmalloc(size_t size)
{
	return require(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
	return require(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *old, size_t count, size_t size)
{
	if (size && count > SIZE_MAX / size)
		return require(NULL);
	size *= count;
	return require(realloc(old, size ? size : 1));
}

char *xstrdup(const char *s)
{
	return require(strdup(s));
}

char *xstrndup(const char *s, size_t n)
{
	return require(strndup(s, n));
}
