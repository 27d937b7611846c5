#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      soft-dirty tracking (/proc/PID/clear_refs and pagemap) of memory that is mapped
#            anew and then joined with a neighbor.
# Version:   Linux 6.18.15-1~bpo13+1 (linux-image-6.18.15+deb13-cloud-amd64, Debian
#            trixie-backports)
#            Linux 7.3.4-1~bpo13+1 (linux-image-7.3.4+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     New memory is reported as soft-dirty until the next clear_refs, because its VMA
#            has VM_SOFTDIRTY. The kernel's soft-dirty.rst promises it for new and for
#            expanded regions, so a join keeps the flag.
# Behavior:  In 6.18.15 a joined VMA has the flag of the range that the joining call was about.
#            MADV_DODUMP of an old neighbor is enough to report the new memory as unchanged:
#            an incremental checkpoint keeps the bytes that were there before. 7.3 keeps the
#            flag if any part has it.
# Output:    the text at the end, with which this script compares.
# Run:       findings/joining-hides-new-memory.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#define PM_SOFT_DIRTY (1ULL << 55)

static void print_page(const char *when, const char *page)
{
	printf("%s: %s\n", when, pagemap(0, page) & PM_SOFT_DIRTY ? "soft-dirty" : "unchanged");
}

int main(void)
{
	char *p = map_pages(PLACE, 4), *page = p + 3 * PAGE;

	MUST(!madvise(p, 2 * PAGE, MADV_DONTDUMP));
	*page = 'A';
	write_file("/proc/self/clear_refs", "4");
	print_page("page 3, written before clear_refs", page);

	MUST(!munmap(p + 2 * PAGE, 2 * PAGE));
	map_pages(p + 2 * PAGE, 2);
	print_vmas("pages 2 and 3 mapped anew", p, 4);
	print_page("page 3", page);

	MUST(!madvise(p, 2 * PAGE, MADV_DODUMP));
	print_vmas("DODUMP of pages 0 and 1", p, 4);
	print_page("page 3", page);
	printf("it was 'A' and is %d\n", *page);
	return 0;
}
EOF

on_kernel linux-image-6.18.15+deb13-cloud-amd64 6.18.15-1~bpo13+1
on_kernel linux-image-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1

expect <<'EOF'
Linux 6.18.15-1~bpo13+1
page 3, written before clear_refs: unchanged
pages 2 and 3 mapped anew: 0-2 rw-p, 2-4 rw-p
page 3: soft-dirty
DODUMP of pages 0 and 1: 0-4 rw-p
page 3: unchanged
it was 'A' and is 0
Linux 7.3.4-1~bpo13+1
page 3, written before clear_refs: unchanged
pages 2 and 3 mapped anew: 0-2 rw-p, 2-4 rw-p
page 3: soft-dirty
DODUMP of pages 0 and 1: 0-4 rw-p
page 3: soft-dirty
it was 'A' and is 0
EOF
