/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/zero_page.h"

#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "observe/paging.h"

/* Of an entry of pagemap: nobody else has the page. No one is said to have that of zeroes. */
#define PRESENT_AND_MAPPED_ONCE (UINT64_C(1) << 63 | UINT64_C(1) << 56)

static bool loads_take_pages(void)
{
	const volatile char *at = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	if (at != MAP_FAILED) {
		(void)*at;
		if (fd < 0 || pread(fd, &entry, sizeof(entry),
				    (off_t)((uintptr_t)at / PAGE_SIZE * sizeof(entry))) != sizeof(entry))
			entry = 0;
		munmap((void *)(uintptr_t)at, PAGE_SIZE);
	}
	if (fd >= 0)
		close(fd);
	return (entry & PRESENT_AND_MAPPED_ONCE) == PRESENT_AND_MAPPED_ONCE;
}

bool has_zero_page(void)
{
	static int found = -1; /* not asked yet */

	if (found < 0)
		found = !loads_take_pages();
	return found;
}
