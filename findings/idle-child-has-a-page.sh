#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      A child that executes no store after fork().
# Version:   Linux 6.12.117-1 (linux-image-6.12.117+deb13-cloud-amd64, Debian trixie)
# Guess:     Parent and child share all private pages until one of them writes.
# Behavior:  If the parent has registered an rseq area, as glibc does since 2.35, the child
#            owns the page with that area before its first instruction: on the way to user
#            space the kernel writes the CPU number into it.
# Output:    the text at the end, with which this script compares.
# Run:       findings/idle-child-has-a-page.sh
. "$(dirname "$0")/lib.sh"

compile_guest <<'EOF'
/* fork() with a child that only waits and stores nothing. */
static pid_t fork_without_stores(void)
{
	long pid;

	__asm__ volatile("syscall\n\t"
			 "test %%rax, %%rax\n\t"
			 "jnz 2f\n"
			 "1:\tmov %[pause], %%eax\n\t"
			 "syscall\n\t"
			 "jmp 1b\n"
			 "2:"
			 : "=a"(pid)
			 : "a"((long)SYS_fork), [pause] "i"(SYS_pause)
			 : "rcx", "r11", "memory");
	MUST(pid > 0);
	return (pid_t)pid;
}

static bool sleeps(pid_t pid)
{
	char path[64], state = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	MUST(file && fscanf(file, "%*d %*s %c", &state) == 1);
	fclose(file);
	return state == 'S';
}

static void count(const char *when, const volatile char *area, const volatile char *other)
{
	pid_t child = fork_without_stores();

	while (!sleeps(child))
		sched_yield();
	printf("%s: page 0 is %s, page 1 is %s\n", when,
	       frame(child, area) == frame(0, area) ? "shared" : "the child's own",
	       frame(child, other) == frame(0, other) ? "shared" : "the child's own");
	end_child(child);
}

static int compare(void *unused)
{
	enum { AREA_SIZE = 32, SIGNATURE = 0x53053053 };
	volatile char *p = map_memory(2 * PAGE, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS);

	(void)unused;
	p[0] = p[PAGE] = 0;
	count("no rseq", p, p + PAGE);
	MUST(!syscall(SYS_rseq, p, AREA_SIZE, 0, SIGNATURE));
	count("rseq in page 0", p, p + PAGE);
	_exit(0);
}

/* A task that shares its parent's memory starts without the area that glibc registered. */
int main(void)
{
	static _Alignas(16) char stack[65536];
	pid_t pid = clone(compare, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	int status;

	MUST(pid > 0 && waitpid(pid, &status, 0) == pid);
	return !WIFEXITED(status) || WEXITSTATUS(status);
}
EOF

on_kernel linux-image-6.12.117+deb13-cloud-amd64 6.12.117-1

expect <<'EOF'
Linux 6.12.117-1
no rseq: page 0 is shared, page 1 is shared
rseq in page 0: page 0 is the child's own, page 1 is shared
EOF
