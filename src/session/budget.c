/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/budget.h"

/* A file that changes kernels at every other line replays its set-up each time. */
#define REPLAY_LIMIT UINT64_C(10000000)

/* Runs of pages that one command, or one file, may look at: seconds of work. */
#define WORK_LIMIT UINT64_C(50000000)

void budget_begin(struct budget *b, uint64_t work)
{
	b->replayed = b->shown = 0;
	b->work_before = b->work_gone + work;
}

bool budget_may_work(const struct budget *b, uint64_t work, struct vf_error *error)
{
	if (b->work_gone + work - b->work_before <= WORK_LIMIT)
		return true;
	vf_error_set(error, "work limit exceeded: the VMAs are too fragmented for this many commands");
	vf_error_hint(error, "use fewer commands, or VMAs with fewer runs of pages");
	return false;
}

bool budget_may_replay(const struct budget *b, struct vf_error *error)
{
	if (b->replayed <= REPLAY_LIMIT)
		return true;
	vf_error_set(error, "the set-up was carried out again too many times");
	vf_error_hint(error, "choose kernels once, before the set-up");
	return false;
}

bool budget_may_show(const struct budget *b)
{
	return b->shown <= REPLAY_LIMIT;
}

void budget_replay(struct budget *b, uint64_t commands, uint64_t gone)
{
	b->replayed += commands;
	b->work_gone += gone;
}

void budget_show(struct budget *b, uint64_t commands, uint64_t gone, uint64_t made)
{
	b->shown += commands;
	b->work_gone += gone;
	b->work_before += made;
}
