/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model that carries out the commands of a scenario one after the other,
 * beside the real kernel. It says where VMAs go, and what it predicts.
 */
#ifndef LIVE_LOCKSTEP_H
#define LIVE_LOCKSTEP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "language/scenario.h"
#include "observe/facts.h"

/* The machine as it is, for a model that is to predict with the same. */
struct knobs {
	struct paging paging; /* zeroed: that of a new machine */
	enum thp_mode thp;
	uint64_t fault_around; /* pages */
	bool no_zero_page;
};

/* Gives a new machine what the scenario may set otherwise. */
void knobs_apply(const struct knobs *knobs, struct machine *m);

struct lockstep {
	const struct scenario *scenario;
	const struct kernel *kernel;
	struct knobs knobs;
	struct budget budget; /* the scenario's; the machine charges it */
	struct machine *machine;
	size_t at; /* commands carried out */
};

/* It must not be moved from then on. */
void lockstep_init(struct lockstep *lockstep, const struct scenario *scenario,
		   const struct kernel *kernel, struct knobs knobs);
void lockstep_deinit(struct lockstep *lockstep);

/*
 * Carries out the next command and stores its result. False: the model refuses it,
 * does not cover it (error->err <= 0), or has used up its budget: then nothing from here
 * on can be compared.
 */
bool lockstep_next(struct lockstep *lockstep, struct seen_step *step, struct model_error *error);

/* Back to where the first n commands are done. */
void lockstep_rewind(struct lockstep *lockstep, size_t n);

/*
 * Of a touch of these pages of a name: the page at which the model says that it ends in a
 * signal, or waits; false: it does neither. The language has such a touch change nothing,
 * so that page alone is what can be touched for real. The touch must be the last command done.
 */
bool lockstep_failing_page(const struct lockstep *lockstep, const struct name *name,
			   const struct ranges *pages, uint64_t *page);

/* What the model predicts at this point. */
void lockstep_observe(const struct lockstep *lockstep, struct seen_moment *moment);

#endif
