/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The helper programs, as a session sees them: it asks, and
 * gets a text back. Starting them takes signals and a terminal's manners, so
 * the front end brings the function that does it (tty/run_helper.c); tests bring
 * one that answers from a file.
 */
#ifndef OUTSIDE_HELPER_H
#define OUTSIDE_HELPER_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/error.h"

struct answer {
	struct buf out, err; /* what it printed; of err the beginning */
	int status;	     /* its exit status */
};
void answer_deinit(struct answer *answer);

/* argv[0] is the program's name, no path; NULL ends it. False: there is no answer. */
typedef bool helper_function(void *owner, const char *const argv[], struct answer *answer,
			     struct vf_error *error);

/* How they are started. Zeroed: they cannot be. */
struct helper {
	helper_function *run;
	void *owner;
};

/*
 * Asks. Exit status 0 is an answer, 77 one that says that there was nothing to
 * see, and so is `also`; every other one is an error, in the words that the
 * program wrote on standard error.
 */
bool helper_ask(const struct helper *helper, const char *const argv[], int also,
		struct answer *answer, struct vf_error *error);

#endif
