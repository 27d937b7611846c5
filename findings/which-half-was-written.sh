#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      MADV_DONTDUMP and then MADV_DODUMP of one half of a mapping.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 6.18.15-1~bpo13+1 (linux-image-6.18.15+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     The first call splits the VMA, and the second one joins the halves again: their
#            flags are equal, and at most one of them has an anon_vma.
# Behavior:  6.12 joins them if the other half was written between the calls, and not if
#            this one was: a VMA without anon_vma cannot take in one that has it. The halves
#            are two equal lines in /proc/PID/maps, and mremap() cannot grow the mapping any
#            more (EFAULT). To join them, write to the other half and repeat both calls. 6.18
#            joins them either way.
# Output:    the text at the end, with which this script compares.
# Run:       findings/which-half-was-written.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
/* The calls change the second half, pages 2 and 3. One page is written between them. */
static char *change_and_write(char *p, int page)
{
	MUST(!madvise(p + 2 * PAGE, 2 * PAGE, MADV_DONTDUMP));
	p[page * PAGE] = 1;
	MUST(!madvise(p + 2 * PAGE, 2 * PAGE, MADV_DODUMP));
	return p;
}

int main(void)
{
	char *p = change_and_write(map_pages(PLACE, 4), 0);

	print_vmas("first half written", p, 4);
	print_growth(p, 4);
	p = change_and_write(map_pages(PLACE, 4), 2);
	print_vmas("second half written", p, 4);
	print_growth(p, 4);
	p = change_and_write(map_pages(PLACE, 4), 2);
	p[0] = 1;
	print_vmas("second half written, then the first", p, 4);
	change_and_write(p, 0);
	print_vmas("and both calls again", p, 4);
	print_growth(p, 4);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-6.18.15+deb13-cloud-amd64 6.18.15-1~bpo13+1

expect <<'EOF'
Linux 6.12.117-1
first half written: 0-4 rw-p
    mremap: 0
second half written: 0-2 rw-p, 2-4 rw-p
    mremap: EFAULT
second half written, then the first: 0-2 rw-p, 2-4 rw-p
and both calls again: 0-4 rw-p
    mremap: 0
Linux 6.18.15-1~bpo13+1
first half written: 0-4 rw-p
    mremap: 0
second half written: 0-4 rw-p
    mremap: 0
second half written, then the first: 0-4 rw-p
and both calls again: 0-4 rw-p
    mremap: 0
EOF
