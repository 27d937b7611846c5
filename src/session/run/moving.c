/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that move in time: step, back, goto, play, pause, speed. */
#include "session/session_private.h"

bool call_needs_steps(struct call *call)
{
	if (!session_settle(call->session, call->error))
		return false;
	session_sync_time(call->session);
	if (session_timeline(call->session)->count)
		return true;
	vf_error_set(call->error, "there are no steps yet");
	vf_error_hint(call->error, "run fork first");
	command_point(call->command, call->reader, 0, call->error);
	return false;
}

static bool move(struct call *call, bool backwards)
{
	const struct move_args *args = &call->command->args.move;
	enum grain grain = args->grain < 0 ? session_grain(call->session) : (enum grain)args->grain;

	if (!call_needs_steps(call))
		return false;
	session_step(call->session, backwards ? -(long)args->n : (long)args->n, grain);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_step(struct call *call)
{
	return move(call, false);
}

bool run_back(struct call *call)
{
	return move(call, true);
}

bool run_goto(struct call *call)
{
	const struct goto_args *args = &call->command->args.go;
	const struct timeline *t;

	if (!call_needs_steps(call))
		return false;
	t = session_timeline(call->session);
	if (args->where == GOTO_STEP && args->step > t->count) {
		vf_error_set(call->error, "expected a step from 0 to %zu", t->count);
		command_point(call->command, call->reader, 1, call->error);
		return false;
	}
	session_seek(call->session, args->where == GOTO_START ? 0 : args->where == GOTO_END ? t->count : args->step,
		     0);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_play(struct call *call)
{
	if (call->command->args.file.file)
		return run_play_file(call);
	if (!call_needs_steps(call))
		return false;
	if (call->session->animate)
		session_set_playing(call->session, true);
	else
		session_seek(call->session, SIZE_MAX, 0);
	*call->request = REQUEST_MOVED;
	return true;
}

bool run_pause(struct call *call)
{
	session_set_playing(call->session, false);
	return true;
}

bool run_speed(struct call *call)
{
	playhead_set_speed(&call->session->playhead, call->command->args.real);
	return true;
}
