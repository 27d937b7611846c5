#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      The PAGEMAP_SCAN ioctl, repeated from walk_end until the end of the range.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     walk_end is the end of what was scanned, so the calls together return each
#            region once, for any length of the vector.
# Behavior:  This holds for vectors of up to 512 regions. For a longer vector the kernel
#            scans in rounds of 512 regions. The round that reaches the end of the range
#            does not set walk_end, which keeps the value of the previous round. The caller
#            repeats the scan from there and gets up to 512 regions a second time.
# Output:    the text at the end, with which this script compares.
# Run:       findings/pagemap-scan-returns-regions-twice.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 4096, VECTOR_MAX = 1024, PAGE_IS_PRESENT = 8 };

struct scan_region {
	uint64_t start, end, categories;
};
struct scan {
	uint64_t size, flags, start, end, walk_end, vec, vec_len, max_pages;
	uint64_t category_inverted, category_mask, category_anyof_mask, return_mask;
};
#define SCAN _IOWR('f', 16, struct scan)

static long page_of(uint64_t address, const char *start)
{
	return (long)((address - (uintptr_t)start) / PAGE);
}

static void count(const char *p, int vector, int fd)
{
	static struct scan_region found[VECTOR_MAX];
	struct scan scan = {
		.size = sizeof(scan),
		.start = (uintptr_t)p,
		.end = (uintptr_t)p + PAGES * PAGE,
		.vec = (uintptr_t)found,
		.vec_len = (uint64_t)vector,
		.category_mask = PAGE_IS_PRESENT,
		.return_mask = PAGE_IS_PRESENT,
	};
	int total = 0, twice = 0;
	uint64_t end = 0;

	printf("a vector of %d:\n", vector);
	for (int calls = 0; scan.start < scan.end; calls++, scan.start = scan.walk_end) {
		long n = ioctl(fd, SCAN, &scan);

		MUST(n > 0 && calls < PAGES);
		for (int i = 0; i < n; i++) {
			twice += found[i].start < end;
			if (found[i].end > end)
				end = found[i].end;
		}
		total += (int)n;
		if (page_of(end, p) > page_of(scan.walk_end, p))
			printf("  regions up to page %ld, walk_end is page %ld\n", page_of(end, p),
			       page_of(scan.walk_end, p));
	}
	printf("  %d regions, %d of them for the second time\n", total, twice);
}

int main(void)
{
	char *p = map_memory(PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS);
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

	MUST(fd >= 0 && !madvise(p, PAGES * PAGE, MADV_NOHUGEPAGE));
	for (int i = 0; i < PAGES; i += 2) /* each a region of its own */
		p[i * PAGE] = 1;
	count(p, 256, fd);
	count(p, 512, fd);
	count(p, 1024, fd);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
a vector of 256:
  2048 regions, 0 of them for the second time
a vector of 512:
  2048 regions, 0 of them for the second time
a vector of 1024:
  regions up to page 4095, walk_end is page 3072
  2560 regions, 512 of them for the second time
EOF
