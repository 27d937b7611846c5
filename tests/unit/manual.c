/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manual page names everything that the tables of the program name. */
#include "support/check.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "model/kernel.h"
#include "model/pages.h"
#include "support/layouts.h"
#include "support/world.h"
#include "view/json.h"

static char *page;

static int read_page(void **state)
{
	static char text[1 << 17];
	FILE *file = fopen("man/vmafork-scenario.5", "r");
	size_t n = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	(void)state;
	if (file)
		fclose(file);
	text[n] = '\0';
	page = text;
	return n ? 0 : -1;
}

static void assert_in(const char *where, const char *text)
{
	if (!strstr(where, text))
		fail_msg("the page lacks: %s", text);
}

static void assert_named(const char *text)
{
	assert_in(page, text);
}

/* A request that wraps its words, such as `.Dv VM_IO` or `.Pq Er EBUSY`, as mandoc prints it. */
static void put_request(const char *line, size_t n, struct buf *out)
{
	bool parens = n > 4 && !memcmp(line, ".Pq ", 4);
	const char *at = parens ? line + 4 : line + 1, *end = line + n;
	bool section = !memcmp(at, "Xr ", 3);
	bool punctuation = n > 6 && end[-2] == ' ' && strchr("?,.", end[-1]);

	if (punctuation)
		end -= 2;
	buf_puts(out, parens ? "(" : "");
	for (at += 3; at < end && !(section && *at == ' '); at++)
		buf_putc(out, *at);
	buf_puts(out, parens ? ")" : "");
	if (punctuation)
		buf_putc(out, end[1]);
}

/* The page's sentences as one line, without the requests that mark its words. */
static char *plain_page(void)
{
	struct buf out = {0};

	for (const char *line = page, *end; *line; line = end + (*end == '\n')) {
		end = strchrnul(line, '\n');
		if (!memcmp(line, ".It", 3))
			buf_putc(&out, '\n');
		else if (*line == '.' && end - line > 4)
			put_request(line, (size_t)(end - line), &out);
		else
			buf_printf(&out, "%.*s", (int)(end - line), line);
		buf_putc(&out, ' ');
	}
	return buf_take(&out);
}

static void test_behaviours(void **state)
{
	char *plain = plain_page();

	(void)state;
	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++) {
		const struct behaviour_info *info = &behaviours[i];
		struct buf item = { 0 };

		buf_printf(&item, ".It Cm %s No ", info->name);
		for (size_t v = 0; v < ARRAY_SIZE(info->values) && info->values[v]; v++)
			buf_printf(&item, "%s%s", v ? " | " : "", info->values[v]);
		buf_putc(&item, '\n');
		assert_named(buf_str(&item));
		buf_deinit(&item);
		assert_in(plain, info->what);
		assert_non_null(info->values[1]);
		assert_int_equal(info->what[strlen(info->what) - 1], '?');
	}
	free(plain);
}

static void test_states_and_attributes(void **state)
{
	(void)state;
	for (size_t i = 0; i < PTE_STATES; i++)
		assert_named(pte_state_names[i]);
	for (size_t i = 0; i < PTE_ATTRS; i++)
		assert_named(pte_attr_names[i]);
}

/* Is the word marked as a member there: ".Va WORD", or one of several of an item? */
static bool is_named(const char *section, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = strstr(section, word); at; at = strstr(at + 1, word))
		if (at[-1] == ' ' && strchr(" \n", at[n]) &&
		    (!memcmp(at - 3, "Va ", 3) || !memcmp(at - 3, " , ", 3)))
			return true;
	return false;
}

/* All members of a JSON value. */
static void assert_members_named(const char *section, const json_t *value)
{
	const char *key;
	json_t *member;
	size_t i;

	json_array_foreach(value, i, member)
		assert_members_named(section, member);
	json_object_foreach((json_t *)value, key, member) {
		if (!is_named(section, key))
			fail_msg("the JSON section lacks: %s", key);
		assert_members_named(section, member);
	}
}

static void test_json(void **state)
{
	struct session *session = world(OTHER_LAYOUTS "fork\nchild touch low\n");
	const char *section = strstr(page, ".Sh JSON\n");
	char *text = json_session(session);
	json_t *root = json_loads(text, 0, NULL);

	(void)state;
	assert_non_null(section);
	assert_non_null(root);
	assert_members_named(section, root);
	json_decref(root);
	free(text);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_behaviours),
		cmocka_unit_test(test_states_and_attributes),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests_name("manual", tests, read_page, NULL);
}
