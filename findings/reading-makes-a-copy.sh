#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      Reading pages that a child shares with its parent after fork().
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     Copy-on-write copies on a write. Reading a page never gives the child a frame
#            of its own, and a system call that fails does not either.
# Behavior:  process_vm_readv() from the child, an O_DIRECT write() from its page, and a
#            shared FUTEX_WAIT that returns EAGAIN at once each copy the page to a new
#            frame. A load, a buffered write(), a private futex and /proc/PID/mem do not.
#            The first three use get_user_pages() in a way that unshares an anonymous page
#            first.
# Output:    the text at the end, with which this script compares.
# Run:       findings/reading-makes-a-copy.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
#include <linux/futex.h>
#include <sys/uio.h>

enum { MEM, READV, FUTEX, PRIVATE_FUTEX, LOAD, BUFFERED, DIRECT, PAGES };
static const char *const name[PAGES] = {
	[MEM] = "read of /proc/PID/mem",  [READV] = "process_vm_readv",
	[FUTEX] = "FUTEX_WAIT, EAGAIN",	  [PRIVATE_FUTEX] = "the same, private",
	[LOAD] = "load",		  [BUFFERED] = "write from it",
	[DIRECT] = "O_DIRECT write from it",
};

static void futex_again(volatile char *page, int operation)
{
	MUST(syscall(SYS_futex, page, operation, 99, NULL, NULL, 0) == -1 && errno == EAGAIN);
}

static void write_from(volatile char *page, const char *path, int flags)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600);

	MUST(fd >= 0 && write(fd, (void *)page, PAGE) == (ssize_t)PAGE);
	close(fd);
}

static void read_in_child(volatile char *p, int done)
{
	futex_again(p + FUTEX * PAGE, FUTEX_WAIT);
	futex_again(p + PRIVATE_FUTEX * PAGE, FUTEX_WAIT | FUTEX_PRIVATE_FLAG);
	(void)p[LOAD * PAGE];
	write_from(p + BUFFERED * PAGE, "/var/tmp/buffered", 0);
	write_from(p + DIRECT * PAGE, "/var/tmp/direct", O_DIRECT);
	MUST(write(done, "", 1) == 1);
	for (;;)
		pause();
}

static void read_from_parent(pid_t child, volatile char *p)
{
	static char buffer[PAGE];
	struct iovec to = {buffer, PAGE}, from = {(void *)(p + READV * PAGE), PAGE};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/mem", child);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	MUST(fd >= 0);
	MUST(pread(fd, buffer, PAGE, (off_t)(uintptr_t)(p + MEM * PAGE)) == (ssize_t)PAGE);
	MUST(process_vm_readv(child, &to, 1, &from, 1, 0) == (ssize_t)PAGE);
}

int main(void)
{
	volatile char *p = map_memory(PAGES * PAGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS);
	int done[2];
	pid_t child;
	char byte;

	for (int i = 0; i < PAGES; i++)
		p[i * PAGE] = 1;
	MUST(!pipe(done));
	child = fork();
	MUST(child >= 0);
	if (!child)
		read_in_child(p, done[1]);
	MUST(read(done[0], &byte, 1) == 1);
	read_from_parent(child, p);
	for (int i = 0; i < PAGES; i++)
		printf("%-22s  the child's frame is %s\n", name[i],
		       frame(child, p + i * PAGE) == frame(0, p + i * PAGE) ? "the parent's"
									   : "its own");
	end_child(child);
	return 0;
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
read of /proc/PID/mem   the child's frame is the parent's
process_vm_readv        the child's frame is its own
FUTEX_WAIT, EAGAIN      the child's frame is its own
the same, private       the child's frame is the parent's
load                    the child's frame is the parent's
write from it           the child's frame is the parent's
O_DIRECT write from it  the child's frame is its own
EOF
