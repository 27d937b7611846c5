/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/access_bits.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "observe/paging.h"

#define PAGES 64 /* more than the faults that a child takes for itself meanwhile */

static long faults(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_minflt;
}

/* In the child: the faults of reading each page once; not more than PAGES. */
static int faults_of_reading(const volatile char *at, size_t stride)
{
	long before, after;

	faults(); /* this function's own pages are touched */
	before = faults();
	for (size_t i = 0; i < PAGES; i++)
		(void)at[i * stride];
	after = faults();
	return (int)(after - before < PAGES ? after - before : PAGES);
}

/* -1: it cannot be measured here. */
static int measure(void)
{
	const size_t stride = PAGE_SIZE;
	char *at = mmap(NULL, PAGES * stride, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int status = -1;
	pid_t child;

	if (at == MAP_FAILED)
		return -1;
	madvise(at, PAGES * stride, MADV_NOHUGEPAGE);
	for (size_t i = 0; i < PAGES; i++)
		((volatile char *)at)[i * stride] = 1;
	child = fork();
	if (!child)
		_exit(faults_of_reading(at, stride));
	if (child > 0 && (waitpid(child, &status, 0) != child || !WIFEXITED(status)))
		status = -1;
	munmap(at, PAGES * stride);
	return child > 0 && status != -1 ? WEXITSTATUS(status) : -1;
}

bool access_bits_by_hardware(void)
{
	static int found = -1; /* not asked yet */

	if (found < 0)
		found = !arch_has_software_bits(paging_observed()->arch) || measure() < PAGES;
	return found;
}
