/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What vmafork-tui does with the words of its command line: one function for each
 * mode, at the terminal or without one. Each prints its errors and returns the exit
 * status: see plain.h.
 */
#ifndef TTY_FRONT_H
#define TTY_FRONT_H

#include <stdbool.h>

#include "base/budget.h"
#include "base/options.h"
#include "tty/loop.h"

/* What quiz is asked for; texts NULL: the command's own defaults. */
struct front_quiz {
	const char *topic, *count, *seed; /* words of the language */
	bool sheet, key, markdown;
};

struct front_options {
	const struct program *program;
	struct loop_options loop;
	struct budget_amounts budget; /* of each session */
	const char *learner; /* whose progress is kept; NULL: the default one */
	const char *scenario; /* kernel-diff: the file to write it to; NULL: it is printed */
	bool mail; /* kernel-diff: as text for a mail */
	struct front_quiz quiz;
	bool json; /* run, cost and learn report: JSON */
	unsigned watch_ms; /* cost: again after so long; 0: once */
	bool plain; /* session and play: as lines of text */
	bool anonymous; /* import: for others to read */
	bool live; /* check: on the running kernel */
	bool mdoc; /* help: as the manual page has it */
	bool mdoc_keys; /* help: the keys, as the manual page has them */
	bool vim;  /* help: the syntax for vim */
};

/* words: `count` of them, as many as the mode takes. */
typedef int front_mode(const struct front_options *options, char *const words[], int count);

front_mode front_session; /* [FILE] */
front_mode front_play;	  /* [FILE]: a scenario's story; by default the main scenario's */
front_mode front_run;	  /* FILE */
front_mode front_check;	  /* FILE... */
front_mode front_import;  /* PID|DUMP [N] */
front_mode front_cost;	  /* PID|DUMP [N] */
front_mode front_doctor;  /* none: what this machine can do */
front_mode front_learn;	  /* [map|NAME|next|start|reset|report]: lessons */
front_mode front_kernel_diff; /* KERNEL [with CLAUSE...] KERNEL [with CLAUSE...] */
front_mode front_quiz;	  /* no words */
front_mode front_batch;	  /* [FILE|-] */
front_mode front_help;	  /* [COMMAND]; a command has one word or two */

#endif
