/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#endif

#include "base/alloc.h"

enum { SECONDS_MAX = 30 };
/* Unicorn reserves a gigabyte for translated code and uses little of it. */
#define ROOM (UINT64_C(4) << 30)

#if defined(__x86_64__)
#define HERE AUDIT_ARCH_X86_64
#elif defined(__AARCH64EL__)
#define HERE AUDIT_ARCH_AARCH64
#endif

/* The system calls that are needed; all others fail with EPERM, but see filter_calls(). */
static const int allowed[] = {
	SYS_read,	    SYS_write,		SYS_lseek,	  SYS_fstat,
#ifdef SYS_newfstatat
	SYS_newfstatat,
#endif
	SYS_mmap,	    SYS_munmap,		SYS_mprotect,	  SYS_mremap,
	SYS_madvise,	    SYS_brk,		SYS_futex,	  SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn,	SYS_sigaltstack,  SYS_sched_yield,
	SYS_sched_getaffinity, SYS_sysinfo,	SYS_getpid,	  SYS_gettid,
	SYS_clock_gettime,  SYS_gettimeofday,	SYS_getrandom,	  SYS_close,
	SYS_exit,	    SYS_exit_group,
};

/* A limit that cannot be set is lower already. */
static void limit(int what, uint64_t value)
{
	struct rlimit limit = {value, value};

	setrlimit((__rlimit_resource_t)what, &limit);
}

/* Landlock, on kernels from 5.13 on, as a second barrier: seccomp alone denies opening files, too. */
static void deny_files(void)
{
#ifdef LANDLOCK_ACCESS_FS_MAKE_SYM /* all that the first version supports */
	struct landlock_ruleset_attr all = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1,
	};
	/* The first version's size: older kernels accept no larger one. */
	long fd = syscall(SYS_landlock_create_ruleset, &all, sizeof(all.handled_access_fs), 0);

	if (fd < 0)
		return;
	syscall(SYS_landlock_restrict_self, (int)fd, 0);
	close((int)fd);
#endif
}

/*
 * abort() sends a signal to its own process; signals to others are denied. A process
 * ID has 32 bits, and the kernel ignores the upper half of the argument; on these
 * machines the lower half is first in memory.
 */
static bool filter_calls(void)
{
#ifdef HERE
	enum { HEAD = 4, OWN = 3, TAIL = 2, DENY = HEAD + ARRAY_SIZE(allowed) + OWN };
	struct sock_filter code[DENY + TAIL] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, HERE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	const struct sock_filter rest[OWN + TAIL] = {
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_tgkill, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[0])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)getpid(), 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = ARRAY_SIZE(code), .filter = code};

	for (size_t i = 0; i < ARRAY_SIZE(allowed); i++)
		code[HEAD + i] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)allowed[i],
			(uint8_t)(DENY - HEAD - i), 0);
	memcpy(code + HEAD + ARRAY_SIZE(allowed), rest, sizeof(rest));
	return !prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
#else
	errno = ENOSYS;
	return false;
#endif
}

uint64_t sandbox_room(uint64_t mapped)
{
	return mapped + ROOM;
}

bool sandbox_enter(uint64_t mapped)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_CPU, SECONDS_MAX);
	limit(RLIMIT_NPROC, 0);
#ifndef __SANITIZE_ADDRESS__ /* which maps terabytes, and prints reports */
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_AS, sandbox_room(mapped));
#else
	(void)mapped;
#endif
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return false;
	deny_files();
	return filter_calls();
}
