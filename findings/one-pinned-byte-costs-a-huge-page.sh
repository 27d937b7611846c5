#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      fork() while one byte of a huge page is registered as an io_uring buffer.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     fork() copies the page with that byte for the child, and leaves the mapping of
#            the parent alone, whose buffer must not move.
# Behavior:  fork() splits the huge mapping of the parent into 512 entries, and copies all
#            512 pages for the child. The kernel counts pins per folio, so each page of the
#            folio counts as pinned.
# Output:    the text at the end, with which this script compares.
# Run:       findings/one-pinned-byte-costs-a-huge-page.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#include <linux/io_uring.h>
#include <sys/uio.h>

enum { PAGES = HUGE_PAGE / PAGE };

static void count(const char *when, const char *p)
{
	pid_t child = fork_idle();
	int copied = 0;

	for (int i = 0; i < PAGES; i++)
		copied += frame(child, p + i * PAGE) != frame(0, p + i * PAGE);
	printf("%s: %d pages copied for the child, %ld kB of the parent mapped huge\n", when,
	       copied, number_in("/proc/self/smaps_rollup", "AnonHugePages"));
	end_child(child);
}

int main(void)
{
	struct io_uring_params parameters = {0};
	long ring = syscall(SYS_io_uring_setup, 1, &parameters);
	char *p = map_huge_page();
	struct iovec byte = {.iov_len = 1};

	MUST(ring >= 0);
	count("nothing pinned", p);
	MUST(!munmap(p, HUGE_PAGE));
	byte.iov_base = p = map_huge_page();
	MUST(!syscall(SYS_io_uring_register, ring, IORING_REGISTER_BUFFERS, &byte, 1));
	count("one byte pinned", p);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
nothing pinned: 0 pages copied for the child, 2048 kB of the parent mapped huge
one byte pinned: 512 pages copied for the child, 0 kB of the parent mapped huge
EOF
