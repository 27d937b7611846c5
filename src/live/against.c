/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/against.h"

#include "base/alloc.h"
#include "live/predict.h"

struct score probe_compare_kernel(const struct probe *probe, const struct kernel *kernel,
				  struct differences *differences, struct unfollowed *unfollowed)
{
	struct probe other = *probe; /* owns only what it predicts */
	struct model_error error;
	struct score score;
	size_t done = predict_record(&probe->scenario, kernel, probe->knobs, &probe->seen,
				     &other.predicted, &error);

	score = probe_compare(&other, differences);
	if (unfollowed)
		*unfollowed = (struct unfollowed){0};
	if (unfollowed && error.message[0] && done < probe->scenario.n)
		*unfollowed = (struct unfollowed){done, xstrdup(error.message)};
	record_deinit(&other.predicted);
	return score;
}
