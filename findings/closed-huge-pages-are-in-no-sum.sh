#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      smaps of a huge page that mprotect(PROT_NONE) has closed.
# Version:   Linux 6.1.176-1 (linux-image-6.1.0-50-cloud-amd64, Debian bookworm)
#            Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     Protection does not change what is resident: Rss and AnonHugePages stay, as Rss does
#            for small pages.
# Behavior:  In 6.1 a huge page without access is in no sum: Rss and AnonHugePages are 0, though
#            pagemap has its 512 pages. Small pages are counted. In 6.12 both are.
# Output:    the text at the end, with which this script compares.
# Run:       findings/closed-huge-pages-are-in-no-sum.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
static void show(const char *what, char *p)
{
	printf("%s: Rss %ld kB, AnonHugePages %ld kB, pagemap %d pages\n", what, smaps_number(p, "Rss"),
	       smaps_number(p, "AnonHugePages"), present(0, p, HUGE_PAGE / PAGE));
}

int main(void)
{
	char *huge = map_huge_page(), *small = map_pages(PLACE, HUGE_PAGE / PAGE);

	MUST(!madvise(small, HUGE_PAGE, MADV_NOHUGEPAGE));
	memset(small, 1, HUGE_PAGE);
	MUST(!mprotect(huge, HUGE_PAGE, PROT_READ) && !mprotect(small, HUGE_PAGE, PROT_READ));
	show("huge, read-only", huge);
	MUST(!mprotect(huge, HUGE_PAGE, PROT_NONE) && !mprotect(small, HUGE_PAGE, PROT_NONE));
	show("huge, no access", huge);
	show("small, no access", small);
	return 0;
}
EOF

on_kernel linux-image-6.1.0-50-cloud-amd64 6.1.176-1
on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.1.176-1
huge, read-only: Rss 2048 kB, AnonHugePages 2048 kB, pagemap 512 pages
huge, no access: Rss 0 kB, AnonHugePages 0 kB, pagemap 512 pages
small, no access: Rss 2048 kB, AnonHugePages 0 kB, pagemap 512 pages
Linux 6.12.117-1
huge, read-only: Rss 2048 kB, AnonHugePages 2048 kB, pagemap 512 pages
huge, no access: Rss 2048 kB, AnonHugePages 2048 kB, pagemap 512 pages
small, no access: Rss 2048 kB, AnonHugePages 0 kB, pagemap 512 pages
EOF
