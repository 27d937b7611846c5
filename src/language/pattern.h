/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns of names: `*` stands for any characters, also none. */
#ifndef LANGUAGE_PATTERN_H
#define LANGUAGE_PATTERN_H

#include <stdbool.h>

/* Is it a pattern, rather than one name? */
bool is_pattern(const char *word);
/* Does the whole name fit? Takes at most the product of the lengths, and no memory. */
bool pattern_fits(const char *pattern, const char *name);

#endif
