#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      Writes after a fork() that failed with ENOMEM.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     A fork() that fails has no effect. The caller continues as if it had not called
#            it.
# Behavior:  fork() charges and copies the mappings in the order of their addresses. Those
#            before the mapping that exceeds the commit limit are write-protected for a
#            child that never exists. The parent takes a page fault for each page of them
#            that it writes next.
# Output:    the text at the end, with which this script compares.
# Run:       findings/failed-fork-leaves-its-mark.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 64 };
#define LARGE (512UL << 20)

static volatile char *map_at(uintptr_t address, size_t size)
{
	void *p = mmap((void *)address, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	MUST(p != MAP_FAILED);
	return p;
}

static long write_all(volatile char *p)
{
	long before = faults();

	for (int i = 0; i < PAGES; i++)
		p[i * PAGE] = 1;
	return faults() - before;
}

static void count(const char *when, volatile char *low, volatile char *high)
{
	long below = write_all(low), above = write_all(high);

	printf("%s: %ld faults below the large mapping, %ld above it\n", when, below, above);
}

int main(void)
{
	volatile char *low = map_at(0x100000000000, PAGES * PAGE), *high;
	char limit[32];
	pid_t child;

	map_at(0x200000000000, LARGE);
	high = map_at(0x300000000000, PAGES * PAGE);
	write_all(low);
	write_all(high);
	count("written before", low, high);
	snprintf(limit, sizeof(limit), "%ld",
		 number_in("/proc/meminfo", "Committed_AS") + (long)(LARGE >> 10) / 2);
	write_file("/proc/sys/vm/overcommit_kbytes", limit);
	write_file("/proc/sys/vm/overcommit_memory", "2");
	child = fork();
	if (!child)
		_exit(0);
	printf("fork: %s\n", result(child));
	count("written after", low, high);
	count("and again", low, high);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
written before: 0 faults below the large mapping, 0 above it
fork: ENOMEM
written after: 64 faults below the large mapping, 0 above it
and again: 0 faults below the large mapping, 0 above it
EOF
