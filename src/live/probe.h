/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario, carried out for real and by the model: the results of both. */
#ifndef LIVE_PROBE_H
#define LIVE_PROBE_H

#include <stdbool.h>

#include "base/error.h"
#include "kernels/profile.h"
#include "live/lockstep.h"
#include "observe/facts.h"
#include "observe/probe_end.h"
#include "observe/release.h"

struct probe_options {
	unsigned timeout_ms;
	int stop_fd;	     /* readable when a signal has arrived that ends the probe; -1: none */
	const char *kernel;  /* the model's; NULL: this machine's release */
	int check;	     /* enum vma_side; -1: as that kernel was released */
	/* For many runs: the result of probe_kernel() for these two; or NULL. */
	const struct kernel *found;
	bool may_limit;	     /* `limit` sets limits of the whole machine for a while */
	bool every;	     /* look after each command, not after forks only */
	bool has_machine;    /* the caller holds the machine's lock, and has acquired what is needed */
};

struct probe {
	struct scenario scenario;
	struct release release;
	struct knobs knobs;    /* of this machine */
	struct kernel *kernel; /* the model's */
	struct record seen, predicted;
	enum probe_end end;
	size_t end_step;   /* the command that was not carried out, unless PROBE_WHOLE */
	int err;	   /* errno, where the kernel refused that; else 0 */
	char reason[400];  /* why not */
	double seconds;	   /* the deadline; 0: none, it was recorded earlier */
	bool blind;	   /* page frames could not be seen */
};

/*
 * Carries out a scenario, which is the probe's from here on. False: there is no
 * model for the kernel that the options name.
 */
bool probe_scenario(struct probe *probe, struct scenario *scenario,
		    const struct probe_options *options, struct vf_error *error);
void probe_deinit(struct probe *probe);

/* The command that was not carried out; NULL: all were, or there is none. */
const struct command *probe_end_command(const struct probe *probe);

/* The machine's knobs, as they are set now. */
struct knobs knobs_read(void);

/*
 * For callers with a record from elsewhere: the model's kernel that the options
 * name, or that of this version (NULL with an error: there is none); and
 * `predicted`, made anew for probe->kernel. A command that is not modelled ends it.
 */
struct kernel *probe_kernel(const struct probe_options *options, const char *version,
			    struct vf_error *error);
void probe_predict(struct probe *probe);

#endif
