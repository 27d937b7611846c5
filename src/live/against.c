/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/against.h"

#include "live/predict.h"

struct score against(const struct probe *probe, const struct kernel *kernel, struct buf *differences,
		     struct buf *ended)
{
	struct probe other = *probe; /* shares all but the prediction */
	struct model_error error;
	struct score score;
	size_t done = predict_scenario(&probe->scenario, kernel, probe->knobs, &probe->seen,
				       &other.predicted, &error);

	score = compare(&other, differences);
	if (ended && error.message[0] && done < probe->scenario.n) {
		buf_puts(ended, "followed up to: ");
		command_print(probe->scenario.commands[done], ended);
		buf_printf(ended, ": not modelled: %s", error.message);
	}
	record_deinit(&other.predicted);
	return score;
}
