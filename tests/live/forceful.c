/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * forceful PID: has a process fork that does not know of it. Stops all its threads (ptrace) and
 * prints "stopped". Then it obeys the letters on standard input: f has the main thread, or another
 * one if that has ended, carry out the system call of a fork, and prints the child's number, and the microseconds that it
 * took; the child is held before its first instruction. Anything else, or the end of input,
 * ends the child, and lets the process continue: registers and an interrupted system call are
 * restored, and it has no child that it would have to wait for.
 *
 * Nothing is written to the process: an instruction that it has is used. "skip WHY" and status
 * 77: it cannot be stopped, or has no such instruction.
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "observe/proc.h"

#define EVENT_OF(status) ((status) >> 16)

struct threads {
	pid_t *v;
	size_t n, cap;
};

static _Noreturn void skip(const char *why)
{
	printf("skip %s: %s\n", why, strerror(errno));
	exit(77); /* which detaches from all threads */
}

/* --- the machine ----------------------------------------------------------------------- */

#if defined(__x86_64__)
static const unsigned char instruction[] = {0x0f, 0x05}; /* syscall */
#define INSTRUCTION_ALIGN 1

static void set_call(struct user_regs_struct *regs, uint64_t at, long number, const long arg[4])
{
	regs->rip = at;
	regs->rax = (unsigned long)number;
	regs->orig_rax = (unsigned long)-1; /* nothing is to be restarted */
	regs->rdi = (unsigned long)arg[0];
	regs->rsi = (unsigned long)arg[1];
	regs->rdx = (unsigned long)arg[2];
	regs->r10 = (unsigned long)arg[3];
	regs->r8 = 0;
}

static long result_of(const struct user_regs_struct *regs)
{
	return (long)regs->rax;
}
#elif defined(__aarch64__)
/*
 * An interrupted system call has been wound back when its thread stops: the registers restart
 * it, a sleep with its whole time.
 */
static const unsigned char instruction[] = {0x01, 0x00, 0x00, 0xd4}; /* svc #0 */
#define INSTRUCTION_ALIGN 4
#define PSTATE_BTYPE 0xc00u /* of a branch that has just been taken: no target that it asks for */

static void set_call(struct user_regs_struct *regs, uint64_t at, long number, const long arg[4])
{
	regs->pc = at;
	regs->pstate &= ~(unsigned long long)PSTATE_BTYPE;
	regs->regs[8] = (unsigned long)number;
	for (int i = 0; i < 4; i++)
		regs->regs[i] = (unsigned long)arg[i];
	regs->regs[4] = 0;
}

static long result_of(const struct user_regs_struct *regs)
{
	return (long)regs->regs[0];
}
#else
#error "no system call of another process on this machine yet"
#endif

static bool get_registers(pid_t tid, struct user_regs_struct *regs)
{
	struct iovec all = {.iov_base = regs, .iov_len = sizeof(*regs)};

	return !ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all);
}

static bool set_registers(pid_t tid, struct user_regs_struct *regs)
{
	struct iovec all = {.iov_base = regs, .iov_len = sizeof(*regs)};

	return !ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all);
}

/* --- stopping ------------------------------------------------------------------------ */

static bool known(const struct threads *threads, pid_t tid)
{
	for (size_t i = 0; i < threads->n; i++)
		if (threads->v[i] == tid)
			return true;
	return false;
}

/* Until it stops: signals that come meanwhile are passed on. False: it has ended. */
static bool wait_stop(pid_t tid, int event)
{
	int status;

	for (;;) {
		if (waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
			return false;
		if (EVENT_OF(status) == event)
			return true;
		ptrace(PTRACE_CONT, tid, 0, EVENT_OF(status) ? 0 : WSTOPSIG(status));
	}
}

static bool stop_thread(pid_t tid)
{
	/* A seccomp filter must not refuse the fork. */
	static const long options[] = {
		PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD | PTRACE_O_SUSPEND_SECCOMP,
		PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACESYSGOOD,
	};
	size_t i = 0;

	while (i < ARRAY_SIZE(options) && ptrace(PTRACE_SEIZE, tid, 0, options[i]))
		i++;
	return i < ARRAY_SIZE(options) && !ptrace(PTRACE_INTERRUPT, tid, 0, 0) &&
	       wait_stop(tid, PTRACE_EVENT_STOP);
}

/* Threads that have not stopped yet may make others meanwhile. */
static void stop_all(pid_t pid, struct threads *threads)
{
	char path[64];
	bool found = true;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	while (found) {
		struct dirent *entry;
		DIR *dir = opendir(path);

		found = false;
		while (dir && (entry = readdir(dir))) {
			pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);

			if (tid <= 0 || known(threads, tid))
				continue;
			if (stop_thread(tid)) {
				GROW(threads->v, threads->n, threads->cap);
				threads->v[threads->n++] = tid;
				found = true;
			} else if (tid == proc_living_thread(pid)) {
				skip("it cannot be stopped");
			}
		}
		if (dir)
			closedir(dir);
	}
	if (!threads->n)
		skip("there is no such process");
}

/* --- a system call of another process --------------------------------------------------- */

static uint64_t find_in(int mem, uint64_t start, uint64_t end)
{
	static char code[1 << 16];

	for (uint64_t at = start; at < end; at += sizeof(code)) {
		size_t size = end - at < sizeof(code) ? end - at : sizeof(code);
		ssize_t n = pread(mem, code, size, (off_t)at);

		for (ssize_t i = 0; i + (ssize_t)sizeof(instruction) <= n; i += INSTRUCTION_ALIGN)
			if (!memcmp(code + i, instruction, sizeof(instruction)))
				return at + (uint64_t)i;
	}
	return 0;
}

/*
 * The address of such an instruction in its text. The vdso has one, where it is mapped: what is
 * looked through elsewhere is faulted in, which is why this is done before anything is compared.
 */
static uint64_t find_instruction(pid_t tid)
{
	char path[64], line[512], perms[5];
	uint64_t start, end, found = 0;
	FILE *maps;
	int mem;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)tid);
	maps = fopen(path, "re");
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)tid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	for (int turn = 0; maps && !found && turn < 2; turn++) {
		rewind(maps);
		while (!found && fgets(line, sizeof(line), maps))
			if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s", &start, &end, perms) == 3 &&
			    perms[2] == 'x' && !strstr(line, "[vsyscall]") && (turn || strstr(line, "[vdso]")))
				found = find_in(mem, start, end);
	}
	if (maps)
		fclose(maps);
	close(mem);
	return found;
}

/* The next stop of the thread: of a system call, or of a child that it made. */
static int run_to_stop(pid_t tid)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, tid, 0, 0) || waitpid(tid, &status, __WALL) != tid || !WIFSTOPPED(status))
		skip("it does not stop");
	return status;
}

struct forced {
	pid_t tid, child; /* tid: the thread that forks */
	long name; /* what the process calls its child: it may be in a namespace */
	struct user_regs_struct saved;
	uint64_t instruction;
	double us;
};

/* Has the thread carry it out; *child is set if that makes one. */
static long call(struct forced *f, long number, long a, long b, long c, long d)
{
	struct user_regs_struct regs = f->saved;
	unsigned long message;
	double begun;

	set_call(&regs, f->instruction, number, (const long[]){a, b, c, d});
	if (!set_registers(f->tid, &regs))
		skip("its registers cannot be set");
	run_to_stop(f->tid); /* on its way in */
	begun = clock_now();
	while (EVENT_OF(run_to_stop(f->tid))) {
		if (!ptrace(PTRACE_GETEVENTMSG, f->tid, 0, &message))
			f->child = (pid_t)message;
	}
	f->us = (clock_now() - begun) * 1e6;
	get_registers(f->tid, &regs);
	return result_of(&regs);
}

static void fork_it(struct forced *f)
{
	long result;

	/* No signal tells it that the child has ended, and wait() does not return it. */
	f->child = 0;
	result = call(f, SYS_clone, 0, 0, 0, 0);
	f->name = result;
	if (result < 0 || !f->child) {
		errno = result < 0 ? (int)-result : ECHILD;
		skip("fork");
	}
	if (!wait_stop(f->child, PTRACE_EVENT_STOP))
		skip("the child has ended");
	printf("%d %.1f\n", (int)f->child, f->us);
}

static void end_child(struct forced *f)
{
	pid_t child = f->child;
	int status;

	if (!child)
		return;
	kill(child, SIGKILL);
	while (waitpid(child, &status, __WALL) == child && !WIFSIGNALED(status) && !WIFEXITED(status))
		;
	call(f, SYS_wait4, f->name, 0, __WALL, 0);
	f->child = 0;
}

/* Back to where it was interrupted; that is a stop at which the kernel restarts system calls. */
static void let_go(struct forced *f, const struct threads *threads)
{
	ptrace(PTRACE_INTERRUPT, f->tid, 0, 0);
	ptrace(PTRACE_CONT, f->tid, 0, 0);
	if (wait_stop(f->tid, PTRACE_EVENT_STOP))
		set_registers(f->tid, &f->saved);
	for (size_t i = 0; i < threads->n; i++)
		ptrace(PTRACE_DETACH, threads->v[i], 0, 0);
}

int main(int argc, char **argv)
{
	pid_t pid = argc == 2 ? (pid_t)strtol(argv[1], NULL, 10) : 0;
	struct threads threads = {0};
	struct forced f = {0};
	char letter;

	if (pid <= 0) {
		fprintf(stderr, "usage: forceful PID\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	stop_all(pid, &threads);
	f.tid = known(&threads, pid) ? pid : threads.v[0];
	f.instruction = find_instruction(f.tid);
	if (!f.instruction)
		skip("it has no syscall instruction");
	if (!get_registers(f.tid, &f.saved))
		skip("its registers cannot be read");
	printf("stopped %zu\n", threads.n);
	while (read(STDIN_FILENO, &letter, 1) == 1 && letter == 'f' && !f.child)
		fork_it(&f);
	end_child(&f);
	let_go(&f, &threads);
	return 0;
}
