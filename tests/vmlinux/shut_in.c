/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Is a process that has called sandbox_enter() shut in? Prints what it still could do. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "vmlinux/sandbox.h"

static int bad;

static void refused(const char *what, long result)
{
	if (result != -1 || errno != EPERM) {
		printf("%s: %ld, %s\n", what, result, strerror(errno));
		bad++;
	}
}

int main(int argc, char **argv)
{
	char *const none[] = {NULL};
	const pid_t parent = getppid();
	char *memory;

	(void)argc;
	if (!sandbox_enter(1 << 20)) {
		perror("sandbox_enter");
		return 2;
	}
	refused("open to read", open("/etc/passwd", O_RDONLY));
	refused("open to write", open(argv[1], O_WRONLY | O_CREAT, 0600));
	refused("socket", socket(AF_INET, SOCK_STREAM, 0));
	refused("socketpair", socketpair(AF_UNIX, SOCK_STREAM, 0, (int[2]){0}));
	refused("fork", fork());
	refused("exec", execve("/bin/true", none, none));
	refused("unlink", unlink(argv[1]));
	refused("kill", kill(parent, 0));
	refused("tgkill", tgkill(parent, parent, 0));
	/* Of this number the kernel looks at the lower half. */
	refused("tgkill, with more bits", syscall(SYS_tgkill, 1L << 32 | parent, parent, 0));
	if (tgkill(getpid(), gettid(), 0))
		bad++, perror("tgkill of its own");
	memory = malloc(64 << 20);
	if (!memory)
		bad++, puts("no memory to work in");
	else
		memset(memory, 1, 64 << 20);
	free(memory);
	if (!bad)
		puts("shut in");
	return bad != 0;
}
