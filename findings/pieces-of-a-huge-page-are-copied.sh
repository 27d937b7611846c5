#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      Writes to a huge page that is mapped by small entries, after fork(), when the
#            child has exited.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 6.18.15-1~bpo13+1 (linux-image-6.18.15+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     The parent is the only user again, so its writes reuse the pages, as they do
#            for ordinary small pages.
# Behavior:  6.12 copies each of the 512 pages. It reuses a page of a large folio only while
#            the page is marked exclusive, and fork() clears that mark. 6.18 knows that one
#            process maps the folio, and reuses its pages.
# Output:    the text at the end, with which this script compares.
# Run:       findings/pieces-of-a-huge-page-are-copied.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = HUGE_PAGE / PAGE };

static void count(const char *what, volatile char *p)
{
	static uint64_t before[PAGES];
	int copied = 0;

	end_child(fork_idle());
	for (int i = 0; i < PAGES; i++)
		before[i] = frame(0, p + i * PAGE);
	for (int i = 0; i < PAGES; i++) {
		p[i * PAGE] = 2;
		copied += frame(0, p + i * PAGE) != before[i];
	}
	printf("%s: %d of %d written pages have a new frame\n", what, copied, PAGES);
}

int main(void)
{
	char *small = map_memory(HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
	char *huge = map_huge_page();

	MUST(!madvise(small, HUGE_PAGE, MADV_NOHUGEPAGE));
	memset(small, 1, HUGE_PAGE);
	count("small pages", small);
	/* Another protection for one page, and back: the huge entry becomes 512 small ones. */
	MUST(number_in("/proc/self/smaps_rollup", "AnonHugePages") == HUGE_PAGE / 1024);
	MUST(!mprotect(huge, PAGE, PROT_READ));
	MUST(!mprotect(huge, PAGE, PROT_READ | PROT_WRITE));
	MUST(number_in("/proc/self/smaps_rollup", "AnonHugePages") == 0);
	count("pieces of a huge page", huge);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-6.18.15+deb13-cloud-amd64 6.18.15-1~bpo13+1

expect <<'EOF'
Linux 6.12.117-1
small pages: 0 of 512 written pages have a new frame
pieces of a huge page: 512 of 512 written pages have a new frame
Linux 6.18.15-1~bpo13+1
small pages: 0 of 512 written pages have a new frame
pieces of a huge page: 0 of 512 written pages have a new frame
EOF
