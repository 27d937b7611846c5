#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      Rss of /proc/PID/smaps and VmRSS of /proc/PID/status after memory was read that
#            nobody has written.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     Rss is the size of the pages that have an entry in the page tables: what pagemap
#            calls present and mincore() calls resident adds up to it.
# Behavior:  Entries of the zero page count nowhere: 4096 pages are present and resident, and
#            Rss and VmRSS are what they were without them. The page tables that hold these
#            entries do count, as VmPTE. A number of entries that is taken from smaps, such as
#            what fork() may copy, lacks them.
# Output:    the text at the end, with which this script compares.
# Run:       findings/zero-pages-are-not-resident.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 4096 };

static void print_sums(const char *when, char *p, long vm_rss, long vm_pte)
{
	static unsigned char in_core[PAGES];
	int resident = 0;

	MUST(!mincore(p, PAGES * PAGE, in_core));
	for (int i = 0; i < PAGES; i++)
		resident += in_core[i] & 1;
	printf("%s: %d present (pagemap), %d resident (mincore), Rss %ld kB, VmRSS +%ld kB, VmPTE +%ld kB\n",
	       when, present(0, p, PAGES), resident, smaps_number(p, "Rss"),
	       number_in("/proc/self/status", "VmRSS") - vm_rss,
	       number_in("/proc/self/status", "VmPTE") - vm_pte);
}

int main(void)
{
	char *p = map_pages(PLACE, PAGES);
	volatile char sum = 0;
	long vm_rss, vm_pte;

	/* What printing and reading take themselves is there before. */
	print_sums("mapped", p, number_in("/proc/self/status", "VmRSS"),
		   number_in("/proc/self/status", "VmPTE"));
	vm_rss = number_in("/proc/self/status", "VmRSS");
	vm_pte = number_in("/proc/self/status", "VmPTE");
	for (int i = 0; i < PAGES; i++)
		sum += p[i * PAGE];
	print_sums("read", p, vm_rss, vm_pte);
	for (int i = 0; i < PAGES; i++)
		p[i * PAGE] = 1;
	print_sums("written", p, vm_rss, vm_pte);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
mapped: 0 present (pagemap), 0 resident (mincore), Rss 0 kB, VmRSS +0 kB, VmPTE +0 kB
read: 4096 present (pagemap), 4096 resident (mincore), Rss 0 kB, VmRSS +0 kB, VmPTE +40 kB
written: 4096 present (pagemap), 4096 resident (mincore), Rss 16384 kB, VmRSS +16384 kB, VmPTE +40 kB
EOF
