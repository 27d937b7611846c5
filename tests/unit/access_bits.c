/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A processor that leaves young and dirty to the kernel: what that costs in faults. */
#include "support/check.h"
#include "support/world.h"

/* A session whose machines have no hardware access and dirty bits. */
static struct session *software(const char *lines)
{
	struct session *session = session_create(false);

	left(session)->paging.hardware_bits = right(session)->paging.hardware_bits = false;
	run(session, lines);
	return session;
}

/* Each number measured on an emulated Cortex-A72, with 6.12.117 and 7.3.4. */
static void each_first_touch(void **state)
{
	static const struct {
		const char *lines;
		const char *touch; /* all of a */
		uint64_t faults;
	} rows[] = {
		{"vma a anon 2M\ntouch a\nfork", "child touch a read", 512},
		{"vma a anon 2M\ntouch a\nfork\nchild touch a read", "child touch a read", 0},
		{"vma a anon 2M\ntouch a\nfork", "child touch a", 512},
		{"vma a anon 2M\ntouch a\nfork", "touch a read", 0},
		{"vma a anon 2M\ntouch a\nfork\nchild touch a read", "child touch a", 512},
		{"vma a anon 2M\ntouch a read\ntouch a 0\nfork", "child touch a read", 512},
		{"vma a shmem 2M\ntouch a\nvma b shmem 2M of a\nfork", "child touch b read", 32},
		{"vma a shmem private 2M\ntouch a read\ntouch a 0\nfork", "child touch a read", 512},
		{"vma a file 2M\ntouch a read\ntouch a 0\nfork", "child touch a read", 512},
		{"vma a anon 2M\ntouch a\nfork\nmadvise a cold", "touch a read", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct session *session = software(rows[i].lines);
		uint64_t before = left(session)->cost.faults;

		run(session, rows[i].touch);
		assert_int_equal(left(session)->cost.faults - before, rows[i].faults);
		session_free(session);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_first_touch),
	};

	return cmocka_run_group_tests_name("access_bits", tests, NULL, NULL);
}
