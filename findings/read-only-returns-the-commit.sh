#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      mprotect() of private memory to PROT_READ and back.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 6.1.176-1 (linux-image-6.1.0-50-cloud-amd64, Debian bookworm)
# Guess:     Memory is charged against the commit limit by mmap() and stays charged until
#            munmap(). Making it read-only for a while is safe.
# Behavior:  6.12 gives the charge back when memory that was never written becomes
#            read-only. Under strict overcommit another mapping can take it, and then
#            mprotect() back to writable fails with ENOMEM. After one write the whole
#            mapping stays charged. 6.1 keeps the charge in both cases.
# Output:    the text at the end, with which this script compares.
# Run:       findings/read-only-returns-the-commit.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#define SIZE (256UL << 20)

static long committed(void)
{
	return number_in("/proc/meminfo", "Committed_AS"); /* kB */
}

/* In whole MiB: this process itself needs some kB more or less. */
static long committed_since(long before)
{
	return (committed() - before + 512) / 1024;
}

static char *map_size(void)
{
	return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

int main(void)
{
	long before = committed();
	char limit[32], *p = map_size(), *second;

	MUST(p != MAP_FAILED);
	printf("mapped: %+ld MiB committed\n", committed_since(before));
	MUST(!mprotect(p, SIZE, PROT_READ));
	printf("read-only: %+ld MiB\n", committed_since(before));
	MUST(!mprotect(p, SIZE, PROT_READ | PROT_WRITE));

	/* Room for that mapping and half of another one. */
	snprintf(limit, sizeof(limit), "%ld", before + (long)(SIZE >> 10) * 3 / 2);
	write_file("/proc/sys/vm/overcommit_kbytes", limit);
	write_file("/proc/sys/vm/overcommit_memory", "2");
	MUST(!mprotect(p, SIZE, PROT_READ));
	second = map_size();
	printf("strict, and another mapping of that size: %s\n",
	       second == MAP_FAILED ? result(-1) : "0");
	printf("the first one back to writable: %s\n",
	       result(mprotect(p, SIZE, PROT_READ | PROT_WRITE)));
	if (second != MAP_FAILED)
		munmap(second, SIZE);

	MUST(!mprotect(p, SIZE, PROT_READ | PROT_WRITE));
	*p = 1;
	MUST(!mprotect(p, SIZE, PROT_READ));
	printf("one byte written, and read-only: %+ld MiB\n", committed_since(before));
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-6.1.0-50-cloud-amd64 6.1.176-1

expect <<'EOF'
Linux 6.12.117-1
mapped: +256 MiB committed
read-only: +0 MiB
strict, and another mapping of that size: 0
the first one back to writable: ENOMEM
one byte written, and read-only: +256 MiB
Linux 6.1.176-1
mapped: +256 MiB committed
read-only: +256 MiB
strict, and another mapping of that size: ENOMEM
the first one back to writable: 0
one byte written, and read-only: +256 MiB
EOF
