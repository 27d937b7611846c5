/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Patterns of names: what fits, and that no pattern takes long. */
#include "support/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/pattern.h"

static const struct {
	const char *pattern, *name;
	bool fits;
} cases[] = {
	{"a", "a", true},
	{"a", "ab", false},
	{"ab", "a", false},
	{"*", "a", true},
	{"*", "", true},
	{"", "", true},
	{"", "a", false},
	{"***", "a.b", true},
	{"a*", "a", true},
	{"a*", "ab.c-1", true},
	{"a*", "ba", false},
	{"*a", "a", true},
	{"*a", "aba", true},
	{"*a", "ab", false},
	{"stack.*", "stack.0", true},
	{"stack.*", "stack", false},
	{"stack.*", "stack.", true},
	{"*.1", "s.11", false},
	{"*.1", "s.1.1", true},
	{"a*b*c", "aXbYc", true},
	{"a*b*c", "abbc", true},
	{"a*b*c", "acb", false},
	{"a*b*c", "abcbc", true},
	{"*ab*ab*", "ab", false},
	{"*ab*ab*", "aab-ab", true},
	{"*aab", "aaab", true},
	{"A", "a", false},
	{"a?", "ab", false},
	{"[ab]", "a", false},
};

static void test_cases(void **state)
{
	bool ok = true;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (pattern_fits(cases[i].pattern, cases[i].name) != cases[i].fits) {
			print_error("%s / %s: wanted %d\n", cases[i].pattern, cases[i].name, cases[i].fits);
			ok = false;
		}
	assert_true(ok);
	assert_true(is_pattern("a*"));
	assert_false(is_pattern("a.b"));
}

/* By definition: a star stands for each beginning of the rest. Short words only. */
static bool fits_slowly(const char *pattern, const char *name)
{
	if (*pattern == '*')
		return fits_slowly(pattern + 1, name) || (*name && fits_slowly(pattern, name + 1));
	if (!*pattern || !*name)
		return *pattern == *name;
	return *pattern == *name && fits_slowly(pattern + 1, name + 1);
}

/* The word with this number, of letters of the alphabet and up to six of them. */
static void word_of(unsigned number, const char *alphabet, char word[8])
{
	size_t n = strlen(alphabet), length = 0;

	for (; number; number = (unsigned)((number - 1) / n))
		word[length++] = alphabet[(number - 1) % n];
	word[length] = '\0';
}

static void test_all_short_words(void **state)
{
	char pattern[8], name[8];

	(void)state;
	for (unsigned p = 0; p < 1093; p++)	   /* 3^0 + ... + 3^6 */
		for (unsigned n = 0; n < 127; n++) { /* 2^0 + ... + 2^6 */
			word_of(p, "ab*", pattern);
			word_of(n, "ab", name);
			if (pattern_fits(pattern, name) != fits_slowly(pattern, name))
				fail_msg("%s / %s", pattern, name);
		}
}

/* A matcher that tries all ways takes longer than anybody waits: 30 stars, 100,000 characters. */
static void test_the_worst(void **state)
{
	enum { LENGTH = 100000, STARS = 30 };
	char *name = xcalloc(LENGTH + 1, 1), pattern[2 * STARS + 2];

	(void)state;
	memset(name, 'a', LENGTH);
	for (size_t i = 0; i < STARS; i++)
		memcpy(pattern + 2 * i, "*a", 2);
	strcpy(pattern + 2 * STARS, "b");
	assert_false(pattern_fits(pattern, name));
	name[LENGTH - 1] = 'b';
	assert_true(pattern_fits(pattern, name));
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_all_short_words),
		cmocka_unit_test(test_the_worst),
	};

	return cmocka_run_group_tests_name("pattern", tests, NULL, NULL);
}
