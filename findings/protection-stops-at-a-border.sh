#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      UFFDIO_WRITEPROTECT on a range that is registered as a whole, and of which
#            mprotect() has changed a part.
# Version:   Linux 6.1.176-1 (linux-image-6.1.0-50-cloud-amd64-unsigned, Debian bookworm)
#            Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     A range that UFFDIO_REGISTER has taken can be protected as a range: how the kernel
#            divides it into VMAs is its own affair, and other calls that take ranges, such as
#            madvise() and UFFDIO_REGISTER itself, pass over such borders.
# Behavior:  In 6.1 it fails with ENOENT as soon as the range lies in two VMAs, which another
#            call may have made of it at any time; the same range succeeds again when the
#            protection is as before, since the VMAs are joined then. 6.12 takes it.
# Output:    the text at the end, with which this script compares.
# Run:       findings/protection-stops-at-a-border.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#include <linux/userfaultfd.h>

enum { PAGES = 8 };

static void protect(const char *when, int fd, char *p, int pages)
{
	struct uffdio_writeprotect range = {
		.range = {.start = (uintptr_t)p, .len = pages * PAGE},
		.mode = UFFDIO_WRITEPROTECT_MODE_WP,
	};

	printf("%s: %s\n", when, result(ioctl(fd, UFFDIO_WRITEPROTECT, &range)));
}

int main(void)
{
	int fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY);
	struct uffdio_api api = {.api = UFFD_API};
	char *p = map_pages(PLACE, PAGES);
	struct uffdio_register registered = {
		.range = {.start = (uintptr_t)p, .len = PAGES * PAGE},
		.mode = UFFDIO_REGISTER_MODE_WP,
	};

	memset(p, 1, PAGES * PAGE);
	MUST(fd >= 0 && !ioctl(fd, UFFDIO_API, &api) && !ioctl(fd, UFFDIO_REGISTER, &registered));
	protect("all pages", fd, p, PAGES);
	MUST(!mprotect(p, 4 * PAGE, PROT_READ));
	protect("after mprotect of the first half", fd, p, PAGES);
	protect("  the first half", fd, p, 4);
	protect("  the second half", fd, p + 4 * PAGE, 4);
	MUST(!mprotect(p, 4 * PAGE, PROT_READ | PROT_WRITE));
	protect("as before", fd, p, PAGES);
	return 0;
}
EOF

on_kernel linux-image-6.1.0-50-cloud-amd64-unsigned 6.1.176-1
on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.1.176-1
all pages: 0
after mprotect of the first half: ENOENT
  the first half: 0
  the second half: 0
as before: 0
Linux 6.12.117-1
all pages: 0
after mprotect of the first half: 0
  the first half: 0
  the second half: 0
as before: 0
EOF
