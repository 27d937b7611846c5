#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      MAP_POPULATE with a private, writable mapping of a file.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     MAP_POPULATE maps the pages of the page cache in advance, as reads would. Each
#            page is copied at its first write.
# Behavior:  MAP_POPULATE takes write faults if the mapping is writable. It copies every
#            page at once, so the mapping costs anonymous memory of the size of the file
#            before any write. A read-only mapping, or MADV_POPULATE_READ, copies nothing.
# Output:    the text at the end, with which this script compares.
# Run:       findings/populate-copies-the-file.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
enum { PAGES = 512 };
#define PM_FILE (1ULL << 61)

static int fd;

static void count(const char *how, int protection, int flags, int advice)
{
	char *p = mmap(NULL, PAGES * PAGE, protection, MAP_PRIVATE | flags, fd, 0);
	int mapped = 0, anonymous = 0;

	MUST(p != MAP_FAILED);
	MUST(!advice || !madvise(p, PAGES * PAGE, advice));
	for (int i = 0; i < PAGES; i++) {
		uint64_t entry = pagemap(0, p + i * PAGE);

		mapped += !!(entry & PM_PRESENT);
		anonymous += (entry & PM_PRESENT) && !(entry & PM_FILE);
	}
	printf("%s: %d pages mapped, %d of them anonymous copies\n", how, mapped, anonymous);
	munmap(p, PAGES * PAGE);
}

int main(void)
{
	fd = open("/var/tmp/file", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	MUST(fd >= 0);
	for (int i = 0; i < PAGES; i++) {
		static const char bytes[PAGE] = "a page of the file";

		MUST(write(fd, bytes, PAGE) == (ssize_t)PAGE);
	}
	count("writable, MAP_POPULATE", PROT_READ | PROT_WRITE, MAP_POPULATE, 0);
	count("read-only, MAP_POPULATE", PROT_READ, MAP_POPULATE, 0);
	count("writable, MADV_POPULATE_READ", PROT_READ | PROT_WRITE, 0, MADV_POPULATE_READ);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
writable, MAP_POPULATE: 512 pages mapped, 512 of them anonymous copies
read-only, MAP_POPULATE: 512 pages mapped, 0 of them anonymous copies
writable, MADV_POPULATE_READ: 512 pages mapped, 0 of them anonymous copies
EOF
