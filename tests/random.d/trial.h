/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One scenario, carried out beside the model in a process of its own, so that
 * nothing that happens there is the end of the run.
 */
#ifndef RANDOM_TRIAL_H
#define RANDOM_TRIAL_H

#include <sys/types.h>

#include "live/probe.h"
#include "random.d/generate.h"

enum trial_kind {
	TRIAL_AGREES,  /* as far as it was carried out */
	TRIAL_DIFFERS,
	TRIAL_FAILED,  /* the probe itself failed, or it or the model crashed, or took too long */
	TRIAL_STOPPED, /* the run is to end */
};

struct verdict {
	enum trial_kind kind;
	bool cut; /* something in it could not be carried out here */
	size_t agree, differ, unseen;
	char reason[512];	/* of a failure, or of the cut */
	char differences[8192]; /* a line each */
};

/* A trial on its way; the text, the verdict and the statistics lie in shared memory. */
struct trial {
	struct {
		char text[SCENARIO_TEXT_MAX];
		struct statistics statistics;
		struct verdict verdict;
		bool done;
	} *shared;
	uint64_t index;
	pid_t pid; /* 0: none */
	int pid_fd;
	int64_t deadline;
};

struct trial_options {
	struct probe_options probe;
	const struct surroundings *around;
	uint64_t seed;
};

/* Text as a scenario, which starts as {0}; the text is taken apart. */
bool trial_read(struct scenario *scenario, char *text, struct vf_error *error);

bool trial_init(struct trial *trial);
void trial_deinit(struct trial *trial);

/* Starts on scenario `index`, or (text not NULL) on that text. False: errno. */
bool trial_start(struct trial *trial, const struct trial_options *options, uint64_t index,
		 const char *text);
/* When pid_fd is readable, or the deadline has passed: the verdict is there. */
void trial_end(struct trial *trial);
/* Start, wait, end. */
const struct verdict *trial_run(struct trial *trial, const struct trial_options *options,
				const char *text);

#endif
