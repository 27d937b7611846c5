#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      mremap() in place, to a smaller and to a larger size, when the process is three
#            VMAs below vm.max_map_count.
# Version:   Linux 6.18.15-1~bpo13+1 (linux-image-6.18.15+deb13-cloud-amd64, Debian
#            trixie-backports)
#            Linux 7.3.4-1~bpo13+1 (linux-image-7.3.4+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     Neither needs another VMA, so the limit does not matter. Freeing memory does not
#            fail for want of it.
# Behavior:  In 7.3 both fail with ENOMEM unless the limit allows four more VMAs. munmap() of
#            the page that could not be cut off works, and so does an mprotect() that needs
#            two more VMAs. 6.18 does not check the limit when mremap() stays in place.
# Output:    the text at the end, with which this script compares.
# Run:       findings/shrinking-needs-spare-vmas.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
/* The VMAs of this process; [vsyscall] is none. */
static int count_vmas(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	char line[512];
	int n = 0;

	MUST(file);
	while (fgets(line, sizeof(line), file))
		n += !strstr(line, "[vsyscall]");
	fclose(file);
	return n;
}

static int resize(char *p, int from, int to)
{
	return mremap(p, from * PAGE, to * PAGE, 0) == MAP_FAILED ? -1 : 0;
}

static void try(int spare)
{
	char *p = map_pages(PLACE, 8), *q = map_pages(PLACE + 64 * PAGE, 8);
	char limit[16];
	int shrunk;

	snprintf(limit, sizeof(limit), "%d", count_vmas() + spare);
	write_file("/proc/sys/vm/max_map_count", limit);
	printf("%d below the limit\n  grow: %s\n", spare, result(resize(q, 8, 9)));
	shrunk = resize(p, 8, 7);
	printf("  shrink: %s\n", result(shrunk));
	if (shrunk)
		printf("  munmap instead: %s\n", result(munmap(p + 7 * PAGE, PAGE)));
	printf("  mprotect in the middle: %s\n", result(mprotect(p + 3 * PAGE, PAGE, PROT_READ)));
	print_vmas("  result", p, 8);
	MUST(!munmap(p, 8 * PAGE) && !munmap(q, 9 * PAGE));
}

int main(void)
{
	try(4);
	try(3);
	return 0;
}
EOF

on_kernel linux-image-6.18.15+deb13-cloud-amd64 6.18.15-1~bpo13+1
on_kernel linux-image-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1

expect <<'EOF'
Linux 6.18.15-1~bpo13+1
4 below the limit
  grow: 0
  shrink: 0
  mprotect in the middle: 0
  result: 0-3 rw-p, 3-4 r--p, 4-7 rw-p
3 below the limit
  grow: 0
  shrink: 0
  mprotect in the middle: 0
  result: 0-3 rw-p, 3-4 r--p, 4-7 rw-p
Linux 7.3.4-1~bpo13+1
4 below the limit
  grow: 0
  shrink: 0
  mprotect in the middle: 0
  result: 0-3 rw-p, 3-4 r--p, 4-7 rw-p
3 below the limit
  grow: ENOMEM
  shrink: ENOMEM
  munmap instead: 0
  mprotect in the middle: 0
  result: 0-3 rw-p, 3-4 r--p, 4-7 rw-p
EOF
