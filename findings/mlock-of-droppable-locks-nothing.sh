#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      mlock() of a MAP_DROPPABLE mapping.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     mlock() either keeps the pages in memory or fails, because the two requests
#            contradict each other.
# Behavior:  mlock() returns 0 and faults all pages in, but locks none. VmLck stays 0, and
#            MADV_PAGEOUT, which skips locked memory, drops the pages: they read as zero.
# Output:    the text at the end, with which this script compares.
# Run:       findings/mlock-of-droppable-locks-nothing.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#ifndef MAP_DROPPABLE
#define MAP_DROPPABLE 0x08
#endif

enum { PAGES = 16 };

static void lock(const char *what, int flags)
{
	volatile char *p = map_memory(PAGES * PAGE, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS);
	int kept = 0;

	printf("%s: mlock %s", what, result(mlock((void *)p, PAGES * PAGE)));
	printf(", %d pages present, VmLck %ld kB\n", present(0, p, PAGES),
	       number_in("/proc/self/status", "VmLck"));
	memset((void *)p, 1, PAGES * PAGE);
	for (int i = 0; i < 10; i++)
		madvise((void *)p, PAGES * PAGE, MADV_PAGEOUT);
	printf("  after MADV_PAGEOUT: %d present", present(0, p, PAGES));
	for (int i = 0; i < PAGES; i++)
		kept += p[i * PAGE];
	printf(", %d with their content\n", kept);
	munmap((void *)p, PAGES * PAGE);
}

int main(void)
{
	swap_on_zram();
	lock("private", MAP_PRIVATE);
	lock("droppable", MAP_DROPPABLE);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
private: mlock 0, 16 pages present, VmLck 64 kB
  after MADV_PAGEOUT: 16 present, 16 with their content
droppable: mlock 0, 16 pages present, VmLck 0 kB
  after MADV_PAGEOUT: 0 present, 0 with their content
EOF
