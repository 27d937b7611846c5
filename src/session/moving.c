/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that move in time: step, back, goto, play, pause, speed. */
#include "session/session_private.h"

static bool need_steps(struct call *call)
{
	if (session_timeline(call->session)->count)
		return true;
	vf_error_set(call->error, "there is nothing to step through yet");
	vf_error_hint(call->error, "fork makes steps");
	command_point(call->command, call->reader, 0, call->error);
	return false;
}

static bool move(struct call *call, long direction)
{
	const struct move_args *args = &call->command->args.move;
	enum grain grain = args->grain < 0 ? call->session->grain : (enum grain)args->grain;

	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	timeline_step(session_timeline(call->session), direction * (long)args->n, grain);
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
	const struct goto_args *args = &call->command->args.go;
	struct timeline *t;

	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	t = session_timeline(call->session);
	if (args->where == GOTO_STEP && args->step > t->count) {
		vf_error_set(call->error, "there are steps 0 to %zu", t->count);
		command_point(call->command, call->reader, 1, call->error);
		return false;
	}
	timeline_seek(t, args->where == GOTO_START ? 0 : args->where == GOTO_END ? t->count : args->step, 0);
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
