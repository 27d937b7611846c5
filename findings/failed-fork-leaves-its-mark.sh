#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      a fork() that fails with ENOMEM.
# Version:   Linux 6.12.117-1, Debian trixie's linux-image-6.12.117+deb13-cloud-amd64.
# Guess:     it either happens or it does not: a caller that goes on without a child pays
#            nothing more for it.
# Behavior:  mappings are copied in the order of their addresses, and each is charged when
#            its turn comes. Those before the one that exceeds the limit were write-protected
#            for a child that will never run, and stay so: the next write to each of their
#            pages takes a fault. Those behind it do not.
# Output:    the text at the end; this script compares.
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
