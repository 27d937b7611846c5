/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/predict.h"

#include <stdio.h>

#include "base/alloc.h"
#include "live/mapping.h"

/* The names of the VMAs that were observed, so that the model looks at the same ones. */
static struct mappings mappings_of(const struct seen_process *process)
{
	struct mappings mappings = {0};

	for (size_t i = 0; i < process->vma_count; i++) {
		const struct seen_vma *vma = &process->vmas[i];
		struct mapping mapping = {
			.backing = vma->backing, .start = vma->start, .end = vma->end, .fd = -1};

		snprintf(mapping.name, sizeof(mapping.name), "%s", vma->name);
		GROW(mappings.v, mappings.n, mappings.cap);
		mappings.v[mappings.n++] = mapping;
	}
	return mappings;
}

static void predict_moment(const struct lockstep *lockstep, const struct seen_moment *seen,
			   struct record *predicted)
{
	struct mappings parent = mappings_of(&seen->parent), child = mappings_of(&seen->child);

	lockstep_observe(lockstep, parent.v, parent.n, child.v, child.n,
			 record_add(predicted, seen->step, seen->fork));
	mappings_deinit(&parent);
	mappings_deinit(&child);
}

size_t predict_record(const struct scenario *scenario, const struct kernel *kernel, struct knobs knobs,
	       const struct record *seen, struct record *predicted, struct model_error *error)
{
	struct lockstep lockstep;
	size_t done = 0, moment = 0;

	record_init(predicted, scenario->n);
	lockstep_init(&lockstep, scenario, kernel, knobs);
	*error = (struct model_error){0};
	while (done < scenario->n && seen->steps[done].done) {
		struct seen_step *step = &predicted->steps[done];
		bool ok = lockstep_next(&lockstep, step, error);

		if (!ok && error->err <= 0) {
			*step = (struct seen_step){0};
			break;
		}
		*error = (struct model_error){0};
		done++;
		if (!ok || seen->steps[done - 1].err || seen->steps[done - 1].signal != step->signal)
			break; /* they are not in the same state any more */
		for (; moment < seen->moment_count && seen->moments[moment].step < done; moment++)
			predict_moment(&lockstep, &seen->moments[moment], predicted);
	}
	lockstep_deinit(&lockstep);
	return done;
}
