/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a session runs a helper program: it passes arguments and gets the output as text.
 * Starting a program involves signals and the terminal, so the front end provides the
 * function (tty/run_helper.c); tests provide one that answers from a file.
 */
#ifndef OUTSIDE_HELPER_H
#define OUTSIDE_HELPER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

struct answer {
	struct buf out, err; /* what the program printed; of err only the start */
	int status;	     /* its exit status */
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
};

/*
 * Runs a helper program. Exit status 0 means that there is output, and so do 77 (nothing
 * to observe) and `also`. Any other status is an error, with the program's text from
 * standard error.
 */
bool helper_ask(const struct helper *helper, const char *const argv[], int also,
		struct answer *answer, struct vf_error *error);

#endif
