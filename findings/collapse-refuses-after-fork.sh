#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      MADV_COLLAPSE of written anonymous memory after fork(), when the child has
#            exited.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 6.18.15-1~bpo13+1 (linux-image-6.18.15+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     No other process has the pages and the mapping is writable, so they become a
#            huge page.
# Behavior:  6.12 fails with EINVAL, the error for memory that can never be huge. It
#            collapses a range only if at least one page is mapped writable, and fork() has
#            write-protected all of them. Writing one byte is enough. 6.18 has no such
#            condition.
# Output:    the text at the end, with which this script compares.
# Run:       findings/collapse-refuses-after-fork.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE 25
#endif

static char *map_small_pages(void)
{
	char *p = map_huge_range();

	MUST(!madvise(p, HUGE_PAGE, MADV_NOHUGEPAGE));
	memset(p, 1, HUGE_PAGE);
	MUST(!madvise(p, HUGE_PAGE, MADV_HUGEPAGE));
	return p;
}

int main(void)
{
	char *p = map_small_pages();

	printf("no fork: %s\n", result(madvise(p, HUGE_PAGE, MADV_COLLAPSE)));
	p = map_small_pages();
	end_child(fork_idle());
	printf("after a fork: %s\n", result(madvise(p, HUGE_PAGE, MADV_COLLAPSE)));
	p[0] = 1;
	printf("one byte written: %s\n", result(madvise(p, HUGE_PAGE, MADV_COLLAPSE)));
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-6.18.15+deb13-cloud-amd64 6.18.15-1~bpo13+1

expect <<'EOF'
Linux 6.12.117-1
no fork: 0
after a fork: EINVAL
one byte written: 0
Linux 6.18.15-1~bpo13+1
no fork: 0
after a fork: 0
one byte written: 0
EOF
