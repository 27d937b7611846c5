#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      MADV_DONTFORK and MADV_DOFORK on hugetlb memory.
# Version:   Linux 6.18.15-1~bpo13+1 (linux-image-6.18.15+deb13-cloud-amd64, Debian
#            trixie-backports)
#            Linux 7.3.4-1~bpo13+1 (linux-image-7.3.4+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     MADV_DOFORK undoes MADV_DONTFORK, as madvise(2) says. RDMA libraries use the
#            pair for buffers.
# Behavior:  It does in 6.18. 7.3 accepts MADV_DONTFORK, but MADV_DOFORK fails with EINVAL
#            for every special mapping, and hugetlb is one (VM_DONTEXPAND). The child never
#            inherits that range again.
# Output:    the text at the end, with which this script compares.
# Run:       findings/dontfork-of-hugetlb-cannot-be-undone.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
static void advise(const char *what, char *p)
{
	printf("%s: DONTFORK %s", what, result(madvise(p, HUGE_PAGE, MADV_DONTFORK)));
	printf(", DOFORK %s\n", result(madvise(p, HUGE_PAGE, MADV_DOFORK)));
}

int main(void)
{
	write_file("/proc/sys/vm/nr_hugepages", "2");
	advise("anonymous", map_memory(HUGE_PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS));
	advise("hugetlb", map_memory(HUGE_PAGE, PROT_READ | PROT_WRITE,
				     MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB));
	return 0;
}
EOF

on_kernel linux-image-6.18.15+deb13-cloud-amd64 6.18.15-1~bpo13+1
on_kernel linux-image-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1

expect <<'EOF'
Linux 6.18.15-1~bpo13+1
anonymous: DONTFORK 0, DOFORK 0
hugetlb: DONTFORK 0, DOFORK 0
Linux 7.3.4-1~bpo13+1
anonymous: DONTFORK 0, DOFORK 0
hugetlb: DONTFORK 0, DOFORK EINVAL
EOF
