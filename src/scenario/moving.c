/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that move in time: step, back, goto, play, pause, speed. */
#include "scenario/session_private.h"

bool parse_step(struct parser *p)
{
	struct args *args = &p->command->args;

	args->number = 1;
	args->second = -1;
	if (parser_peek(p) && looks_like_pages(parser_peek(p)->text) && !parse_number(p, &args->number))
		return false;
	if (args->number == 0 || args->number > (uint64_t)1 << 60)
		return parser_fail(p, p->at - 1, "expected a number from 1");
	if (parser_peek(p) && !parse_vocab(p, &vocab_grain, &args->second))
		return false;
	return parse_end(p);
}

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

bool parse_goto(struct parser *p)
{
	struct args *args = &p->command->args;

	args->which = -1;
	if (!maybe_vocab(p, &vocab_goto, &args->which) && !parse_number(p, &args->number))
		return false;
	return parse_end(p);
}

bool run_goto(struct call *call)
{
	const struct args *args = &call->command->args;
	struct timeline *t;

	if (!session_settle(call->session, call->error) || !need_steps(call))
		return false;
	t = session_timeline(call->session);
	if (args->which < 0 && args->number > t->count) {
		vf_error_set(call->error, "there are steps 0 to %zu", t->count);
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

bool parse_speed(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_real(p, &args->real))
		return false;
	if (args->real < 0.01 || args->real > 1000)
		return parser_fail(p, p->at - 1, "expected a speed from 0.01 to 1000");
	return parse_end(p);
}

bool run_speed(struct call *call)
{
	call->session->speed = call->command->args.real;
	return true;
}
