/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every unit test starts with: cmocka, and what it wants before it. */
#ifndef SUPPORT_CHECK_H
#define SUPPORT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* Sanitizers take many times as long. What tries very many of a kind tries a part of them then. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif !defined(SANITIZED)
#define SANITIZED 0
#endif

/* EVERY_WAY=1 (as in make check-asan): what is tried in part is tried as a whole. */
static inline bool every_way(void)
{
	return getenv("EVERY_WAY") != NULL;
}

/* A small random generator that gives the same numbers everywhere. */
static inline uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

#endif
