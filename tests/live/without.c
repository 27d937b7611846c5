/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * without WHAT PROGRAM ARGUMENT...: runs it as on a kernel that lacks something: a
 * system call with that argument is refused as such a kernel would.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
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

static const struct {
	const char *what;
	uint32_t call, argument; /* which one, counted from 0 */
	uint32_t value;
	uint32_t err;
} lacks[] = {
	{"pagemap-scan", SYS_ioctl, 1, (uint32_t)LIVE_PAGEMAP_SCAN, ENOTTY}, /* before 6.7 */
	{"seccomp", SYS_prctl, 0, PR_SET_SECCOMP, EINVAL},
};

static int refuse(size_t i)
{
	struct sock_filter filter[] = {
		LOAD(offsetof(struct seccomp_data, nr)),
		UNLESS(lacks[i].call, 3),
		LOAD(offsetof(struct seccomp_data, args) + lacks[i].argument * sizeof(uint64_t)),
		UNLESS(lacks[i].value, 1),
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
		fprintf(stderr, "usage: without pagemap-scan|seccomp PROGRAM ARGUMENT...\n");
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
