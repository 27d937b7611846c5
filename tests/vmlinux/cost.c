/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cost FILE COMMAND...: runs it, ends with its status, and writes to FILE what it took: seconds, those on a processor, MiB. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int main(int argc, char **argv)
{
	FILE *f = argc > 2 ? fopen(argv[1], "w") : NULL;
	double start = seconds();
	struct rusage usage;
	int status;
	pid_t pid;

	if (!f)
		return 2;
	pid = fork();
	if (!pid) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 2;
	fprintf(f, "%.2f %.2f %ld\n", seconds() - start, of(usage.ru_utime) + of(usage.ru_stime),
		usage.ru_maxrss / 1024);
	fclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
