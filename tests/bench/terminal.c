/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the session costs at a terminal: from its start to the first whole screen, against the
 * least program that draws as much (least-screen.c); and while it plays. `make bench`.
 *
 * A frame is one write, or a few. Times are those of the processor in the program, as the kernel counts them. Both programs
 * take turns, and the least of all rounds counts: others may use the machine.
 */
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utmp.h>

#include "base/alloc.h"
#include "base/clock.h"

#define ROUNDS 25
#define QUIET_MS 60 /* without output for so long: the screen is whole */

static char dir[4096]; /* of this program: build/tests/bench */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

struct run {
	pid_t pid;
	int master;
	size_t bytes, writes; /* of what it has written */
};

static void start(struct run *run, int rows, int cols, const char *const argv[])
{
	struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

	*run = (struct run){.pid = forkpty(&run->master, NULL, NULL, &size)};
	if (run->pid < 0)
		die("forkpty");
	if (!run->pid) {
		execv(argv[0], (char *const *)argv);
		die(argv[0]);
	}
}

/* Reads until nothing comes for so long, or the time is over. */
static void read_until_quiet(struct run *run, int quiet, double seconds)
{
	struct pollfd fd = {.fd = run->master, .events = POLLIN};
	double end = clock_now() + seconds;
	char bytes[65536];

	while (clock_now() < end && poll(&fd, 1, run->bytes ? quiet : 5000) > 0) {
		ssize_t n = read(run->master, bytes, sizeof(bytes));

		if (n <= 0 && run->bytes)
			return;
		if (n <= 0) /* it has not opened its terminal yet */
			continue;
		run->bytes += (size_t)n;
		run->writes++;
	}
}

static void type(const struct run *run, const char *keys)
{
	if (write(run->master, keys, strlen(keys)) < 0)
		die("write");
}

/* Seconds on a processor so far. */
static double cpu(const struct run *run)
{
	char path[64];
	unsigned long long nanoseconds = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/schedstat", (int)run->pid);
	file = fopen(path, "r");
	if (!file || fscanf(file, "%llu", &nanoseconds) != 1)
		die(path);
	fclose(file);
	return (double)nanoseconds * 1e-9;
}

static void stop(struct run *run)
{
	kill(run->pid, SIGKILL);
	waitpid(run->pid, NULL, 0);
	close(run->master);
}

/* --- start ----------------------------------------------------------------------------------- */

static double start_cost(const char *const argv[], int rows, int cols, size_t *bytes)
{
	struct run run;
	double seconds;

	start(&run, rows, cols, argv);
	read_until_quiet(&run, QUIET_MS, 5);
	seconds = cpu(&run);
	*bytes = run.bytes;
	stop(&run);
	return seconds;
}

static void make_empty(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f || fclose(f))
		die(path);
}

static void measure_start(const char *scenario, int rows, int cols)
{
	char least[4200], screen[64], empty[64], command[8192];
	const char *const ours[] = {"./vmafork-tui", scenario, NULL};
	const char *const theirs[] = {least, screen, NULL};
	double best[2] = {1e9, 1e9};
	size_t bytes[2];

	snprintf(least, sizeof(least), "%s/least-screen", dir);
	snprintf(screen, sizeof(screen), "/tmp/vmafork-bench-%d", (int)getpid());
	snprintf(empty, sizeof(empty), "/tmp/vmafork-bench-%d.vma", (int)getpid());
	make_empty(empty);
	snprintf(command, sizeof(command), "%s/../screen/screen %s %dx%d utf8%s >%s", dir,
		 scenario ? scenario : empty, cols, rows, scenario ? " 'goto start'" : "", screen);
	if (system(command))
		die("cannot draw the screen: make tests builds what does");
	for (int i = 0; i < ROUNDS; i++)
		for (int which = 0; which < 2; which++) {
			double seconds = start_cost(which ? theirs : ours, rows, cols, &bytes[which]);

			if (seconds < best[which])
				best[which] = seconds;
		}
	remove(screen);
	remove(empty);
	printf("%-44s %7.2f ms, least program %.2f ms: %.2f times (%zu and %zu bytes)\n",
	       scenario ? "start to the first screen, with a scenario" : "start to the first screen",
	       best[0] * 1e3, best[1] * 1e3, best[0] / best[1], bytes[0], bytes[1]);
}

/* --- playing ---------------------------------------------------------------------------------- */

static void measure_playing(int rows, int cols, int speed, double seconds)
{
	const char *const argv[] = {"./vmafork-tui", "scenarios/whose-flag-512.vma", NULL};
	struct run run;
	double before, began;
	char line[64];

	start(&run, rows, cols, argv);
	read_until_quiet(&run, 400, 5);
	snprintf(line, sizeof(line), "goto start\rspeed %d\r", speed);
	type(&run, line);
	read_until_quiet(&run, 200, 5);
	run.bytes = run.writes = 0;
	before = cpu(&run);
	began = clock_now();
	type(&run, " ");
	read_until_quiet(&run, 1000, seconds);
	printf("playing at %4dx, %3dx%-2d: %3.0f writes/s, %5.0f bytes each, %5.2f %% of a core\n", speed,
	       cols, rows, (double)run.writes / (clock_now() - began),
	       run.writes ? (double)run.bytes / (double)run.writes : 0.0,
	       100 * (cpu(&run) - before) / (clock_now() - began));
	stop(&run);
}

int main(int argc, char **argv)
{
	(void)argc;
	snprintf(dir, sizeof(dir), "%s", argv[0]);
	*strrchr(dir, '/') = '\0';
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("XDG_STATE_HOME", "/nowhere", 1); /* neither history nor settings of the user */
	measure_start(NULL, 24, 80);
	measure_start("scenarios/whose-flag.vma", 24, 80);
	measure_start("scenarios/whose-flag.vma", 60, 200);
	measure_playing(24, 80, 1, 4);
	measure_playing(60, 200, 1, 4);
	measure_playing(24, 80, 1000, 1.5);
	measure_playing(60, 200, 1000, 1.5);
	return 0;
}
