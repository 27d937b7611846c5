/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper programs: a session runs one, and gets its output as text.
 * Starting them involves signals and the terminal, so the front end provides the
 * function that does it (tty/run_helper.c); tests provide one that answers from a file.
 */
#ifndef OUTSIDE_HELPER_H
#define OUTSIDE_HELPER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

struct answer {
	struct buf out, err; /* what the program printed; of err only the start */
	int status;	     /* its exit status */
	size_t most;	     /* bytes that `out` may have: set before it runs */
};
void answer_deinit(struct answer *answer);

/*
 * Runs argv, which NULL ends; argv[0] is the program's name without a path. False: no
 * output.
 */
typedef bool helper_function(void *owner, const char *const argv[], struct answer *answer,
			     struct vf_error *error);

/* How helper programs are started. Zeroed: they cannot be started. */
struct helper {
	helper_function *run;
	void *owner;
	size_t most; /* bytes that one may print; 0: HELPER_MOST */
};
#define HELPER_MOST ((size_t)64 << 20)

/*
 * Runs it. Exit status 0 is an answer, and so is 77: there was nothing to observe.
 * Every other one is an error: see helper_complain().
 */
bool helper_ask(const struct helper *helper, const char *const argv[], struct answer *answer,
		struct vf_error *error);

/* The same for a program that prints JSON, errors included: its output is valid at any status. */
bool helper_ask_json(const struct helper *helper, const char *const argv[], struct answer *answer,
		     struct vf_error *error);

/*
 * The error that the program printed on standard error: its first line, and the
 * second as a hint.
 */
void helper_complain(const char *program, const struct answer *answer, struct vf_error *error);

#endif
