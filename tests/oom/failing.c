/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library that is preloaded (LD_PRELOAD) into a program: its allocation number OOM_AT fails,
 * with OOM_ALL=1 all later ones, too. Counts those of the program and of all its libraries; with
 * OOM_SKIP=1 none that curses, readline or the C library makes. The file descriptor OOM_FD is a file whose first byte is set when one has failed; the program's
 * children inherit all that, and count on. For glibc.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static atomic_ulong count;
static unsigned long fails_at; /* 0: never */
static int all_later, skips;
static volatile char *failed;

__attribute__((constructor)) static void begin(void)
{
	const char *at = getenv("OOM_AT"), *fd = getenv("OOM_FD");
	void *shared;

	if (!at || !fd)
		return;
	shared = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED, atoi(fd), 0);
	if (shared == MAP_FAILED)
		abort();
	failed = shared;
	all_later = getenv("OOM_ALL") != NULL;
	skips = getenv("OOM_SKIP") != NULL;
	count = 0;
	fails_at = strtoul(at, NULL, 10);
}

static int is_skipped(const void *caller)
{
	static const char *const names[] = {"libtinfo", "libncurses", "libreadline", "libc.so"};
	Dl_info info;

	if (!dladdr(caller, &info) || !info.dli_fname)
		return 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(info.dli_fname, names[i]))
			return 1;
	return 0;
}

static int fails(const void *caller)
{
	unsigned long now;

	if (!fails_at || (skips && is_skipped(caller)))
		return 0;
	now = ++count;
	if (now != fails_at && !(all_later && now > fails_at))
		return 0;
	*failed = 1;
	errno = ENOMEM;
	return 1;
}

#define FAILS fails(__builtin_return_address(0))

void *malloc(size_t size)
{
	return FAILS ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return FAILS ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return FAILS ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return FAILS ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **at, size_t alignment, size_t size)
{
	void *p = FAILS ? NULL : __libc_memalign(alignment, size);

	if (!p)
		return ENOMEM;
	*at = p;
	return 0;
}

/* These are the C library's, and who calls them is to be seen. */
char *strndup(const char *s, size_t n)
{
	size_t length = strnlen(s, n);
	char *copy = FAILS ? NULL : __libc_malloc(length + 1);

	if (copy) {
		memcpy(copy, s, length);
		copy[length] = '\0';
	}
	return copy;
}

char *strdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = FAILS ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, s, size) : NULL;
}
