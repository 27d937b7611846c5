/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What large files cost the program from its start to its end: time of the processor, and the
 * most memory it had. Medians. `make bench`; runs in the folder of the project.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/median.h"

#define ROUNDS 3
#define LINES 1000000u

static char path[64];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void touches(FILE *f)
{
	fprintf(f, "vma a shmem 4M\n");
	for (unsigned i = 0; i < LINES - 2; i++)
		fprintf(f, "touch a %u\n", i * 7 % 1024);
	fprintf(f, "fork\n");
}

static void expectations(FILE *f)
{
	fprintf(f, "vma a shmem 4M\n");
	for (unsigned i = 0; i < LINES - 1; i++)
		fprintf(f, "expect both parent a 0 none\n");
}

/* Every second page: as many runs as pages that are touched. */
static void runs(FILE *f)
{
	fprintf(f, "vma a anon %up\n", 2 * LINES);
	for (unsigned i = 0; i < LINES; i++)
		fprintf(f, "%s%u%s", i % 1000 ? "," : "touch a ", 2 * i, i % 1000 == 999 ? "\n" : "");
	fprintf(f, "fork\n");
}

static void row(const char *what, void (*write)(FILE *f), const char *const argv[])
{
	double times[ROUNDS], kib[ROUNDS];
	FILE *f = fopen(path, "w");

	if (!f)
		die(path);
	write(f);
	if (fclose(f))
		die(path);
	for (int i = 0; i < ROUNDS; i++) {
		struct rusage used;
		int status;
		pid_t pid = fork();

		if (pid < 0)
			die("fork");
		if (!pid) {
			if (dup2(open("/dev/null", O_WRONLY), 1) < 0)
				_exit(127);
			execv(argv[0], (char *const *)argv);
			_exit(127);
		}
		if (wait4(pid, &status, 0, &used) < 0 || status)
			die(what);
		times[i] = (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
			   (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
		kib[i] = (double)used.ru_maxrss;
	}
	printf("%-44s %9.2f s, %.0f MiB\n", what, median(times, ROUNDS), median(kib, ROUNDS) / 1024);
	fflush(stdout);
	unlink(path);
}

int main(void)
{
	const char *const check[] = {"./vmafork-tui", "check", path, NULL};
	const char *const json[] = {"./vmafork-tui", "run", "--json", "--budget", "1G,60s", path, NULL};

	snprintf(path, sizeof(path), "/tmp/vmafork-bench-%d.vma", (int)getpid());
	row("check of 1,000,000 lines, touch", touches, check);
	row("check of 1,000,000 lines, expect", expectations, check);
	row("run --json of 1,000,000 runs", runs, json);
	return 0;
}
