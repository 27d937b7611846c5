#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      MADV_DONTNEED of a private hugetlb mapping that has used a pool of two huge pages
#            up, and then a second mapping of that size.
# Version:   Linux 6.1.176-1 (linux-image-6.1.0-50-cloud-amd64, Debian bookworm)
#            Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     MADV_DONTNEED gives the huge pages to the pool, where others can have them.
# Behavior:  In 6.12 HugePages_Free says 2, but the first mapping has them reserved again:
#            mmap() of other memory fails with ENOMEM. In 6.1 mmap() works, and the first
#            mapping, which had been promised its pages, gets SIGBUS when it is used again.
# Output:    the text at the end, with which this script compares.
# Run:       findings/dontneed-keeps-huge-pages.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#include <setjmp.h>

static void print_pool(const char *when)
{
	long free_pages = number_in("/proc/meminfo", "HugePages_Free");
	long reserved = number_in("/proc/meminfo", "HugePages_Rsvd");

	printf("%s: free %ld, reserved %ld\n", when, free_pages, reserved);
}

static char *map_huge(void)
{
	return mmap(NULL, 2 * HUGE_PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);
}

static sigjmp_buf back;

static void on_bus(int number)
{
	(void)number;
	siglongjmp(back, 1);
}

static const char *store(char *p)
{
	signal(SIGBUS, on_bus);
	if (sigsetjmp(back, 1))
		return "SIGBUS";
	*(volatile char *)p = 1;
	return "stored";
}

int main(void)
{
	char *first, *second;

	write_file("/proc/sys/vm/nr_hugepages", "2");
	first = map_huge();
	MUST(first != MAP_FAILED);
	memset(first, 1, 2 * HUGE_PAGE);
	print_pool("used");
	MUST(!madvise(first, 2 * HUGE_PAGE, MADV_DONTNEED));
	print_pool("MADV_DONTNEED");
	second = map_huge();
	printf("second mapping: %s\n", second == MAP_FAILED ? strerrorname_np(errno) : "0");
	if (second != MAP_FAILED)
		memset(second, 1, 2 * HUGE_PAGE);
	printf("store to the first mapping: %s\n", store(first));
	return 0;
}
EOF

on_kernel linux-image-6.1.0-50-cloud-amd64 6.1.176-1
on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.1.176-1
used: free 0, reserved 0
MADV_DONTNEED: free 2, reserved 0
second mapping: 0
store to the first mapping: SIGBUS
Linux 6.12.117-1
used: free 0, reserved 0
MADV_DONTNEED: free 2, reserved 2
second mapping: ENOMEM
store to the first mapping: stored
EOF
