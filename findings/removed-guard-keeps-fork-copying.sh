#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      fork() of shared memory in which a guard region was installed and removed.
# Version:   Linux 7.3.4-1~bpo13+1 (linux-image-7.3.4+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     MADV_GUARD_REMOVE undoes MADV_GUARD_INSTALL, and fork() copies no page tables
#            of shared memory, as before.
# Behavior:  With one guard page fork() copies all entries of the mapping, the ordinary ones
#            too. After MADV_GUARD_REMOVE it still does: the kernel never clears
#            VM_MAYBE_GUARD.
# Output:    the text at the end, with which this script compares.
# Run:       findings/removed-guard-keeps-fork-copying.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 64, GUARD_INSTALL = 102, GUARD_REMOVE = 103 };

int main(void)
{
	volatile char *p = map_memory(PAGES * PAGE, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS);

	for (int i = 0; i < PAGES; i++)
		p[i * PAGE] = 1;
	print_fork("before", p, PAGES);
	MUST(!madvise((void *)p, PAGE, GUARD_INSTALL));
	print_fork("guard on page 0", p, PAGES);
	MUST(!madvise((void *)p, PAGE, GUARD_REMOVE));
	p[0] = 1;
	print_fork("guard removed", p, PAGES);
	return 0;
}
EOF

on_kernel linux-image-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1

expect <<'EOF'
Linux 7.3.4-1~bpo13+1
before: parent 64 entries, child 0
guard on page 0: parent 63 entries, child 63
guard removed: parent 64 entries, child 64
EOF
