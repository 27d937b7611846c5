/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that take back: undo, redo, reset. */
#include "session/session_private.h"

/* In a file, or piped in, every expectation that was checked counts. */
static bool all_count(const struct session *s)
{
	return s->from_file || !s->animate;
}

/* On a screen, the tally follows the log. */
static void count_again(struct session *s, struct tally before, struct tally now)
{
	if (all_count(s))
		return;
	s->tally.passed += now.passed - before.passed;
	s->tally.failed += now.failed - before.failed;
}

void session_take_back(struct session *s, size_t steps)
{
	if (s->log.step_count < steps)
		log_redo(&s->log, steps - s->log.step_count);
	else
		log_undo(&s->log, s->log.step_count - steps);
	session_rebuild(s, log_start(&s->log));
	for (int side = 0; side < SIDES; side++)
		s->stale[side] = s->state[side] != log_state(&s->log, s->log.count);
}

/* Steps through the log with that function: n, or as many as there are, which is `most`. */
static bool move_log(struct call *call, void (*move)(struct log *log, uint64_t n), size_t most)
{
	struct session *s = call->session;
	struct tally before = log_tally(&s->log), tally = s->tally;
	size_t steps = s->log.step_count;

	if (!most) {
		vf_error_set(call->error, "there is nothing to %s", call->command->spec->name);
		command_point(call->command, call->reader, 0, call->error);
		return false;
	}
	move(&s->log, call->command->args.number);
	count_again(s, before, log_tally(&s->log));
	session_rebuild(s, log_start(&s->log));
	/* A file builds machines when it needs them, and is taken back as a whole. */
	if (!s->from_file && !session_settle(s, call->error)) {
		session_take_back(s, steps);
		s->tally = tally;
		command_point(call->command, call->reader, 0, call->error);
		return false;
	}
	*call->request = REQUEST_CHANGED;
	return true;
}

bool run_undo(struct call *call)
{
	return move_log(call, log_undo, log_undoable(&call->session->log));
}

bool run_redo(struct call *call)
{
	return move_log(call, log_redo, log_redoable(&call->session->log));
}

bool run_reset(struct call *call)
{
	struct session *s = call->session;

	goal_forget(s);
	if (!s->from_file) /* a lesson can begin anew, and is that lesson still */
		story_set_lesson(&s->story, NULL);
	/* Starts from an empty session; the log keeps the old commands, for undo. */
	count_again(s, log_tally(&s->log), (struct tally){0});
	session_rebuild(s, s->log.count);
	playhead_reset(&s->playhead); /* no moment of the old session is one of the new */
	*call->request = REQUEST_CHANGED;
	return true;
}
