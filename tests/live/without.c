/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * without WHAT PROGRAM ARGUMENT...: runs it as on a kernel that lacks something: a
 * system call with that argument is refused as such a kernel would.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/alloc.h"
#include "observe/uapi.h"

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(offset))
#define UNLESS(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)

#define ANY UINT32_MAX

static const struct {
	const char *what;
	uint32_t call, argument; /* which one, counted from 0; ANY: whatever they are */
	uint32_t value;
	uint32_t err;
} lacks[] = {
	{"pagemap-scan", SYS_ioctl, 1, (uint32_t)LIVE_PAGEMAP_SCAN, ENOTTY}, /* before 6.7 */
	{"seccomp", SYS_prctl, 0, PR_SET_SECCOMP, EINVAL},
	/* As containers refuse them. */
	{"userfaultfd", SYS_userfaultfd, ANY, 0, EPERM},
	{"io-uring", SYS_io_uring_setup, ANY, 0, EPERM},
	{"ptrace", SYS_ptrace, ANY, 0, EPERM},
	{"mlock", SYS_mlock2, ANY, 0, EPERM},
	{"pidfd", SYS_pidfd_open, ANY, 0, ENOSYS},
	{"madvise", SYS_madvise, ANY, 0, ENOSYS},
};

static int refuse(size_t i)
{
	bool any = lacks[i].argument == ANY;
	uint64_t place = offsetof(struct seccomp_data, args) + (any ? 0 : lacks[i].argument) * sizeof(uint64_t);
	struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		UNLESS(lacks[i].call, 3),
		LOAD(place),
		BPF_JUMP(BPF_JMP | (any ? BPF_JGE : BPF_JEQ) | BPF_K, lacks[i].value, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | lacks[i].err),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_SIZE(filter), filter};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	size_t i = 0;

	while (argc > 2 && i < ARRAY_SIZE(lacks) && strcmp(argv[1], lacks[i].what))
		i++;
	if (argc < 3 || i == ARRAY_SIZE(lacks)) {
		fprintf(stderr, "usage: without WHAT PROGRAM ARGUMENT...\n");
		return 2;
	}
	if (refuse(i)) {
		perror("seccomp");
		return 77;
	}
	execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
