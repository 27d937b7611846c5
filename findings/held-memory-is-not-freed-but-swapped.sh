#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      Reclaim of memory that MADV_FREE has given up, while a pipe holds it (vmsplice()).
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 6.17.13-1~bpo13+1 (linux-image-6.17.13+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     A page that is not to be kept is dropped, or, as long as the pipe holds it, stays
#            where it is; it never takes room in swap.
# Behavior:  In 6.12 reclaim that finds the page held makes an ordinary page of it: the next
#            pass writes it to swap, and it stays there when the pipe is closed. MADV_FREE is
#            forgotten. 6.17 leaves the page as it is, and drops it when the pipe is closed.
# Output:    the text at the end, with which this script compares.
# Run:       findings/held-memory-is-not-freed-but-swapped.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#include <sys/uio.h>

static void print_page(const char *when, volatile char *p)
{
	uint64_t entry = pagemap(0, p);

	printf("%s: %s\n", when, entry & PM_PRESENT ? "present" : entry & PM_SWAP ? "in swap" : "nothing");
}

static void reclaim(char *p)
{
	for (int i = 0; i < 10; i++)
		MUST(!madvise(p, PAGE, MADV_PAGEOUT));
}

int main(void)
{
	char *p = map_pages(PLACE, 1);
	struct iovec part = {p, PAGE};
	int ends[2];

	swap_on_zram();
	memset(p, 1, PAGE);
	MUST(!madvise(p, PAGE, MADV_FREE));
	MUST(!pipe(ends) && vmsplice(ends[1], &part, 1, 0) == (ssize_t)PAGE);
	reclaim(p);
	print_page("while a pipe holds it", p);
	close(ends[0]);
	close(ends[1]);
	reclaim(p);
	print_page("when the pipe is closed", p);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-6.17.13+deb13-cloud-amd64 6.17.13-1~bpo13+1

expect <<'EOF'
Linux 6.12.117-1
while a pipe holds it: in swap
when the pipe is closed: in swap
Linux 6.17.13-1~bpo13+1
while a pipe holds it: present
when the pipe is closed: nothing
EOF
