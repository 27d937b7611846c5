/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The manual page names everything that the tables of the program name. */
#include "support/check.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "model/kernel.h"
#include "model/pages.h"

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

static void assert_named(const char *text)
{
	if (!strstr(page, text)) {
		print_error("the page lacks: %s\n", text);
		fail();
	}
}

static void test_behaviours(void **state)
{
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
	}
}

static void test_states_and_attributes(void **state)
{
	(void)state;
	for (size_t i = 0; i < PTE_STATES; i++)
		assert_named(pte_state_names[i]);
	for (size_t i = 0; i < PTE_ATTRS; i++)
		assert_named(pte_attr_names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_behaviours),
		cmocka_unit_test(test_states_and_attributes),
	};

	return cmocka_run_group_tests_name("manual", tests, read_page, NULL);
}
