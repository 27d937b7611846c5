/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that move in time: step, back, goto, play, pause, speed. */
#include "session/session_private.h"

static bool need_steps(struct call *call)
{
	if (session_timeline(call->session)->count)
		return true;
	vf_error_set(call->error, "there are no steps yet");
	vf_error_hint(call->error, "run fork first");
	command_point(call->command, call->reader, 0, call->error);
	return false;
}

static bool move(struct call *call, long direction)
{
	const struct args *args = &call->command->args;
	enum grain grain = args->second < 0 ? call->session->grain : (enum grain)args->second;

	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	timeline_step(session_timeline(call->session), direction * (long)args->number, grain);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_step(struct call *call)
{
	return move(call, 1);
}

bool run_back(struct call *call)
{
	return move(call, -1);
}

bool run_goto(struct call *call)
{
	const struct args *args = &call->command->args;
	struct timeline *t;

	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	t = session_timeline(call->session);
	if (args->which < 0 && args->number > t->count) {
		vf_error_set(call->error, "expected a step from 0 to %zu", t->count);
		command_point(call->command, call->reader, 1, call->error);
		return false;
	}
	timeline_seek(t, args->which == 0 ? 0 : args->which == 1 ? t->count : args->number, 0);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_play(struct call *call)
{
	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	if (call->session->animate)
		call->session->playing = true;
	else
		timeline_seek(session_timeline(call->session), SIZE_MAX, 0);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_pause(struct call *call)
{
	call->session->playing = false;
	return true;
}

bool run_speed(struct call *call)
{
	call->session->speed = call->command->args.real;
	return true;
}
