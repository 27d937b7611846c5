/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hint, goal, solution, lesson. */
#include "session/session_private.h"

bool run_hint(struct call *call)
{
	struct session *s = call->session;

	if (s->hints.of) {
		hints_add(&s->hints, command_word(call->command, call->command->args.text));
		return true;
	}
	vf_error_set(call->error, "hint: no predict or goal precedes it");
	return call_blame(call, 0);
}

bool run_goal(struct call *call)
{
	struct session *s = call->session;

	if (!goal_begin(s, call->command, call->out, call->error))
		return call_blame(call, 0);
	hints_begin(&s->hints, call->command);
	*call->request = REQUEST_GOAL;
	return true;
}

/* Does this solution command change the session: is it one that nobody else solves? */
bool solution_counts(const struct session *s)
{
	return s->goal.state == GOAL_SHOWN || s->goal.state == GOAL_SKIPPED;
}

bool run_solution(struct call *call)
{
	struct session *s = call->session;

	if (!s->goal.command)
		vf_error_set(call->error, "solution: no goal precedes it");
	else if (s->saved.asks && !s->from_file && !s->loading) {
		vf_error_set(call->error, "solution belongs in a file, behind its goal");
		vf_error_hint(call->error, "type the command itself");
	} else {
		return true; /* execute() has done the rest */
	}
	return call_blame(call, 0);
}

bool run_lesson(struct call *call)
{
	story_set_lesson(&call->session->story, command_word(call->command, call->command->args.lesson.name));
	return true;
}
