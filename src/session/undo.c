/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that take back: undo, redo, reset. */
#include "session/session_private.h"

/* In a file, or piped in, every expectation that was looked at counts. */
static bool all_count(const struct session *s)
{
	return s->from_file || !s->animate;
}

/* Where one may think again, the tally follows the log; `before`: the log's until now. */
static void count_again(struct session *s, struct tally before)
{
	struct tally now = session_log_tally(s);

	if (all_count(s))
		return;
	s->tally.passed += now.passed - before.passed;
	s->tally.failed += now.failed - before.failed;
}

/* Goes to where the first `steps` steps are done, and `log_count` commands of the log. */
static bool go_to_step(struct call *call, size_t steps, size_t log_count)
{
	struct session *s = call->session;
	struct tally before = session_log_tally(s);

	if (!session_may_replay(s, call->error)) {
		command_point(call->command, call->reader, 0, call->error);
		return false;
	}
	s->step_count = steps;
	s->log_count = log_count;
	count_again(s, before);
	session_rebuild(s);
	*call->request = REQUEST_CHANGED;
	return true;
}

static bool nothing(struct call *call, const char *what)
{
	vf_error_set(call->error, "there is nothing to %s", what);
	command_point(call->command, call->reader, 0, call->error);
	return false;
}

bool run_undo(struct call *call)
{
	struct session *s = call->session;
	uint64_t n = call->command->args.number, steps = s->step_count - s->undo_floor;

	if (!steps)
		return nothing(call, "undo");
	steps = s->step_count - (n < steps ? n : steps);
	return go_to_step(call, steps, s->steps[steps].begin);
}

bool run_redo(struct call *call)
{
	struct session *s = call->session;
	uint64_t n = call->command->args.number, steps;

	if (s->step_count == s->step_total)
		return nothing(call, "redo");
	steps = n < s->step_total - s->step_count ? s->step_count + n : s->step_total;
	/* With what stands behind the step: undo took that, too. */
	return go_to_step(call, steps, steps < s->step_total ? s->steps[steps].begin : s->log_total);
}

bool run_reset(struct call *call)
{
	struct session *s = call->session;
	struct tally before = session_log_tally(s);
	size_t count = s->log_count;

	/* What follows starts from nothing; the log keeps what was, for undo. */
	s->log_count = 0;
	count_again(s, before);
	session_rebuild(s);
	s->log_count = count;
	s->wanted.end = true; /* no moment of what was is one of what comes */
	s->fork_waits = false;
	*call->request = REQUEST_CHANGED;
	return true;
}
