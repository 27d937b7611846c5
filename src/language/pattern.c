/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/pattern.h"

#include <string.h>

bool is_pattern(const char *word)
{
	return strchr(word, '*');
}

/*
 * Only the last star that was met can need more characters: what precedes it has been
 * matched as early as possible.
 */
bool pattern_fits(const char *pattern, const char *name)
{
	const char *star = NULL, *taken = NULL; /* the last star, and what follows its characters */

	while (*name) {
		if (*pattern == '*') {
			star = pattern++;
			taken = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star) {
			pattern = star + 1;
			name = ++taken;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}
