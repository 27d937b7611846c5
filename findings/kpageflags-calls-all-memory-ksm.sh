#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      The KSM bit (21) of /proc/kpageflags.
# Version:   Linux 6.1.176-1 (linux-image-6.1.0-50-cloud-amd64, Debian bookworm)
#            Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
#            Linux 7.3.4-1~bpo13+1 (linux-image-7.3.4+deb13-cloud-amd64, Debian
#            trixie-backports)
# Guess:     It marks the pages that KSM has merged.
# Behavior:  6.12 sets it for every anonymous page, although KSM has never run on the
#            machine and no memory is advised MADV_MERGEABLE. 6.1 and 7.3 do not.
# Output:    the text at the end, with which this script compares.
# Run:       findings/kpageflags-calls-all-memory-ksm.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 64, KPF_ANON = 12, KPF_KSM = 21 };

int main(void)
{
	volatile char *p = map_memory(PAGES * PAGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS);
	int fd = open("/proc/kpageflags", O_RDONLY | O_CLOEXEC), anonymous = 0, ksm = 0;

	MUST(fd >= 0);
	for (int i = 0; i < PAGES; i++) {
		uint64_t flags;

		p[i * PAGE] = (char)(i + 1);
		MUST(pread(fd, &flags, 8, (off_t)frame(0, p + i * PAGE) * 8) == 8);
		anonymous += flags >> KPF_ANON & 1;
		ksm += flags >> KPF_KSM & 1;
	}
	printf("ksm/run %ld, ksm/full_scans %ld\n", number_of("/sys/kernel/mm/ksm/run"),
	       number_of("/sys/kernel/mm/ksm/full_scans"));
	printf("of %d pages ANON %d, KSM %d\n", PAGES, anonymous, ksm);
	return 0;
}
EOF

on_kernel linux-image-6.1.0-50-cloud-amd64 6.1.176-1
on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1
on_kernel linux-image-7.3.4+deb13-cloud-amd64 7.3.4-1~bpo13+1

expect <<'EOF'
Linux 6.1.176-1
ksm/run 0, ksm/full_scans 0
of 64 pages ANON 64, KSM 0
Linux 6.12.117-1
ksm/run 0, ksm/full_scans 0
of 64 pages ANON 64, KSM 64
Linux 7.3.4-1~bpo13+1
ksm/run 0, ksm/full_scans 0
of 64 pages ANON 64, KSM 0
EOF
