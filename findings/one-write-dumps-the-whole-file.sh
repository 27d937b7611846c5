#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      What a core dump holds of a private file mapping.
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie), with the
#            coredump_filter that it starts with, 0x33
# Guess:     The pages that were written: the others are in the file. core(5) says that
#            file-backed private mappings are dumped if bit 2 is set, which it is not.
# Behavior:  One write anywhere in the mapping puts all of it into the core, pages of the file
#            included, since the VMA has an anon_vma from then on. It still does when the page
#            that was written has been given back with MADV_DONTNEED, and nothing in memory
#            differs from the file any more. 16 MiB of a file for one byte.
# Output:    the text at the end, with which this script compares.
# Run:       findings/one-write-dumps-the-whole-file.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#include <elf.h>

enum { PAGES = 4096 };
enum change { NONE, WRITE, WRITE_AND_GIVE_BACK };
static const char *const words[] = {"read", "one byte written", "written and given back"};

static int made_file(void)
{
	int fd = open("/data", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	MUST(fd >= 0 && !ftruncate(fd, PAGES * PAGE));
	return fd;
}

static void crash(int fd, enum change change)
{
	struct rlimit any = {RLIM_INFINITY, RLIM_INFINITY};
	volatile char sum = 0;
	char *p = mmap(PLACE, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED_NOREPLACE, fd, 0);

	MUST(p == PLACE && !setrlimit(RLIMIT_CORE, &any));
	for (int i = 0; i < PAGES; i++)
		sum += p[i * PAGE];
	if (change != NONE)
		p[7 * PAGE] = 1;
	if (change == WRITE_AND_GIVE_BACK)
		MUST(!madvise(p, PAGES * PAGE, MADV_DONTNEED));
	abort();
}

/* Pages of the mapping that are in the core. */
static unsigned long dumped(void)
{
	int fd = open("/core", O_RDONLY | O_CLOEXEC);
	unsigned long pages = 0;
	Elf64_Ehdr head;
	Elf64_Phdr part;

	MUST(fd >= 0 && read(fd, &head, sizeof(head)) == sizeof(head));
	for (unsigned i = 0; i < head.e_phnum; i++) {
		MUST(pread(fd, &part, sizeof(part), (off_t)(head.e_phoff + i * sizeof(part))) == sizeof(part));
		if (part.p_type == PT_LOAD && part.p_vaddr == (uintptr_t)PLACE)
			pages += part.p_filesz / PAGE;
	}
	close(fd);
	MUST(!unlink("/core"));
	return pages;
}

int main(void)
{
	int fd = made_file(), status;

	write_file("/proc/sys/kernel/core_pattern", "/core");
	write_file("/proc/sys/kernel/core_uses_pid", "0");
	for (enum change change = NONE; change <= WRITE_AND_GIVE_BACK; change++) {
		pid_t child = fork();

		if (!child)
			crash(fd, change);
		MUST(waitpid(child, &status, 0) == child && WCOREDUMP(status));
		printf("%s: %lu of %d pages are in the core\n", words[change], dumped(), PAGES);
	}
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
read: 0 of 4096 pages are in the core
one byte written: 4096 of 4096 pages are in the core
written and given back: 4096 of 4096 pages are in the core
EOF
