#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      A curses program that gets a signal for which it has no handler.
# Version:   ncurses 6.4-4 (libncursesw6, libtinfo6, libncurses-dev, ncurses-base, Debian
#            bookworm)
# Guess:     The program ends by the signal, and curses treats all signals that end a
#            program alike.
# Behavior:  For SIGINT and SIGTERM curses restores the terminal and calls exit(1). The
#            parent does not see a signal, so a shell loop continues after Ctrl-C. For
#            SIGHUP and SIGQUIT the program ends by the signal, with the alternate screen on
#            and echo off.
# Output:    the text at the end, with which this script compares.
# Run:       findings/ncurses-restores-on-two-signals.sh
. "$(dirname "$0")/lib.sh"

package libncursesw6 6.4-4
package libtinfo6 6.4-4
package libncurses-dev 6.4-4
package ncurses-base 6.4-4

compile "$TMP/program" -I "$ROOT/usr/include" "$ROOT/lib/x86_64-linux-gnu/libncursesw.so.6" \
	"$ROOT/lib/x86_64-linux-gnu/libtinfo.so.6" <<'EOF'
#include <curses.h>
#include <signal.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
	if (argc != 2 || !newterm("xterm", stdout, stdin))
		return 3;
	cbreak();
	noecho();
	refresh();
	raise(atoi(argv[1]));
	return 4;
}
EOF

compile "$TMP/terminal" -lutil <<'EOF'
#include <errno.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

/* Runs the program on a terminal of its own, up to the end of its output. */
static int on_terminal(const char *program, int number, char *output, size_t size,
		       struct termios *mode)
{
	char word[16];
	int master, slave, status;
	size_t n = 0;
	pid_t pid;

	snprintf(word, sizeof(word), "%d", number);
	if (openpty(&master, &slave, NULL, NULL, &(struct winsize){24, 80, 0, 0}))
		exit(1);
	pid = fork();
	if (!pid) {
		close(master);
		login_tty(slave);
		signal(number, SIG_DFL); /* whatever this script was started with */
		execl(program, program, word, (char *)NULL);
		_exit(2);
	}
	/* What it wrote fits into the terminal's buffer; closing the slave ends the read. */
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(1);
	tcgetattr(slave, mode);
	close(slave);
	for (ssize_t r; n < size - 1 && (r = read(master, output + n, size - 1 - n)) > 0;)
		n += (size_t)r;
	output[n] = '\0';
	close(master);
	return status;
}

int main(int argc, char *argv[])
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

	for (size_t i = 0; argc == 2 && i < sizeof(numbers) / sizeof(*numbers); i++) {
		static char output[65536];
		struct termios mode;
		int status = on_terminal(argv[1], numbers[i], output, sizeof(output), &mode);

		printf("SIG%-4s ", sigabbrev_np(numbers[i]));
		if (WIFEXITED(status))
			printf("exit status %d,", WEXITSTATUS(status));
		else
			printf("ended by SIG%s,", sigabbrev_np(WTERMSIG(status)));
		printf(" alternate screen %s, echo %s\n",
		       strstr(output, "\033[?1049l") ? "left" : "still on",
		       mode.c_lflag & ECHO ? "on" : "off");
	}
	return 0;
}
EOF

ulimit -c 0
TERMINFO=$ROOT/lib/terminfo LD_LIBRARY_PATH=$ROOT/lib/x86_64-linux-gnu \
	"$TMP/terminal" "$TMP/program" >"$TMP/seen" 2>&1

expect <<'EOF'
SIGINT  exit status 1, alternate screen left, echo on
SIGTERM exit status 1, alternate screen left, echo on
SIGHUP  ended by SIGHUP, alternate screen still on, echo off
SIGQUIT ended by SIGQUIT, alternate screen still on, echo off
EOF
