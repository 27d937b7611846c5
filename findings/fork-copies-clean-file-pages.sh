#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      fork() of a private file mapping in which one page was written.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     fork() copies the entry of the written page, which the child cannot get from
#            the file, and leaves the clean pages to page faults in the child.
# Behavior:  The kernel decides for the whole mapping (vma_needs_copy()). Before the first
#            private write it copies nothing; after one it copies all entries, also those
#            of page-cache pages. Dropping the written page changes nothing, because the
#            mapping keeps its anon_vma.
# Output:    the text at the end, with which this script compares.
# Run:       findings/fork-copies-clean-file-pages.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 64 };

int main(void)
{
	int fd = open("/tmp/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	volatile char *p;

	MUST(fd >= 0 && !ftruncate(fd, PAGES * PAGE));
	p = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	MUST(p != MAP_FAILED);
	for (int i = 0; i < PAGES; i++)
		(void)p[i * PAGE];
	print_fork("every page read", p, PAGES);
	p[0] = 1;
	print_fork("one of them written", p, PAGES);
	MUST(!madvise((void *)p, PAGE, MADV_DONTNEED));
	print_fork("that one dropped", p, PAGES);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
every page read: parent 64 entries, child 0
one of them written: parent 64 entries, child 64
that one dropped: parent 63 entries, child 63
EOF
