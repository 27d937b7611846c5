#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      MADV_PAGEOUT of a page of a shared file mapping that was written, and a read of the
#            page next to it in a new mapping.
# Version:   Linux 6.1.176-1 (linux-image-6.1.0-50-cloud-amd64, Debian bookworm)
#            Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     The page is written and leaves the page cache, or it stays there. What is in the page
#            cache and up to date is mapped by the fault next to it (fault_around_bytes is 64 KiB).
# Behavior:  It stays in the page cache, and is not mapped, however often the file is mapped anew.
#            The advice leaves the writing to others, and marks the page for reclaim: PG_reclaim.
#            The same bit is PG_readahead to fault-around, which leaves such a page to a fault of
#            its own. When it has been written the mark is gone.
# Output:    the text at the end, with which this script compares.
# Run:       findings/dirty-page-is-left-out-by-fault-around.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 16, WRITTEN = 3 };

static int file;

/* A new mapping, of which the first page is read. */
static char *map_anew(char *old)
{
	char *p;

	MUST(!old || !munmap(old, PAGES * PAGE));
	p = mmap(PLACE, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, file, 0);
	MUST(p != MAP_FAILED);
	(void)*(volatile char *)p;
	return p;
}

static void show(const char *when, char *p)
{
	unsigned char resident[PAGES];
	int count = 0;

	MUST(!mincore(p, PAGES * PAGE, resident));
	for (int i = 0; i < PAGES; i++)
		count += resident[i] & 1;
	printf("%s: %d pages in the page cache, %d mapped\n", when, count, present(0, p, PAGES));
}

int main(void)
{
	static char bytes[PAGES * PAGE];
	char *p;

	file = open("/var/tmp/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* on ext4 */
	MUST(file >= 0 && write(file, bytes, sizeof(bytes)) == sizeof(bytes) && !fsync(file));
	p = map_anew(NULL);
	show("the first page read", p);
	p[WRITTEN * PAGE] = 1;
	MUST(!madvise(p + WRITTEN * PAGE, PAGE, MADV_PAGEOUT));
	p = map_anew(p);
	show("a page written and paged out, mapped anew", p);
	p = map_anew(p);
	show("mapped anew once more", p);
	MUST(!fsync(file));
	p = map_anew(p);
	show("after fsync, mapped anew", p);
	return 0;
}
EOF

on_kernel linux-image-6.1.0-50-cloud-amd64 6.1.176-1
on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.1.176-1
the first page read: 16 pages in the page cache, 16 mapped
a page written and paged out, mapped anew: 16 pages in the page cache, 15 mapped
mapped anew once more: 16 pages in the page cache, 15 mapped
after fsync, mapped anew: 16 pages in the page cache, 16 mapped
Linux 6.12.117-1
the first page read: 16 pages in the page cache, 16 mapped
a page written and paged out, mapped anew: 16 pages in the page cache, 15 mapped
mapped anew once more: 16 pages in the page cache, 15 mapped
after fsync, mapped anew: 16 pages in the page cache, 16 mapped
EOF
