/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/predict.h"

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
		if (!ok || seen->steps[done - 1].err != step->err || seen->steps[done - 1].signal != step->signal)
			break; /* they are not in the same state any more */
		for (; moment < seen->moment_count && seen->moments[moment].step < done; moment++)
			lockstep_observe(&lockstep, record_add(predicted, seen->moments[moment].step,
							       seen->moments[moment].fork));
	}
	lockstep_deinit(&lockstep);
	return done;
}
