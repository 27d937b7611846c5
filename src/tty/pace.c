/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/pace.h"

#include "base/alloc.h"

/* Seconds for an event of each kind: tables and entries can be seen to move. */
static const double kind_seconds[EVENT_KINDS] = {
	[EVENT_FORK] = 0.6,    [EVENT_VMA] = 0.5,      [EVENT_DUP] = 0.5,
	[EVENT_UFFD] = 0.9,    [EVENT_WIPE] = 0.9,     [EVENT_ANON_VMA] = 0.5,
	[EVENT_UNLOCK] = 0.5,  [EVENT_DECIDE] = 1.3,   [EVENT_TABLE] = 0.5,
	[EVENT_SPLIT] = 0.9,   [EVENT_ENTRY] = 1,      [EVENT_FORKED] = 0.5,
	[EVENT_TOUCH] = 1,     [EVENT_SYSCALL] = 0.8,
};

enum { MEAN_MS = 750 }; /* of a step, to see whether all of them fit */

double pace_step_seconds(const struct session *session)
{
	double seconds = 0;

	for (int side = 0; side < SIDES; side++) {
		const struct event *event = timeline_event(session_timeline(session), side);

		if (event && kind_seconds[event->kind] > seconds)
			seconds = kind_seconds[event->kind];
	}
	if (session_grain(session) == GRAIN_PAGE)
		seconds = seconds > 0.25 ? 0.25 : seconds;
	return (seconds > 0 ? seconds : 0.5) / session_speed(session);
}

double pace_move_seconds(const struct session *session)
{
	return pace_step_seconds(session) * 0.85;
}

struct pace pace_begin(const struct session *session, double now)
{
	const struct timeline *timeline = session_timeline(session);
	struct pace pace = {.began = now, .from = timeline->at};
	double longest = PACE_LONGEST / session_speed(session);

	pace.count = timeline->count - timeline->at;
	if ((double)pace.count * MEAN_MS / 1000 > PACE_LONGEST || session_grain(session) == GRAIN_PAGE)
		pace.lasts = longest;
	return pace;
}

/* The logarithm to base 2, and its inverse, with straight lines between whole numbers. */
static double log_2(double n)
{
	double whole = 0;

	for (; n >= 2; n /= 2)
		whole++;
	return whole + n - 1;
}

static double exp_2(double x)
{
	double power = 1;

	for (; x >= 1; x--)
		power *= 2;
	return power * (1 + x);
}

size_t pace_slot(const struct pace *pace, double now)
{
	double part = pace->lasts > 0 ? (now - pace->began) / pace->lasts : 0;

	if (!(part > 0))
		return pace->from;
	if (part >= 1)
		return pace->from + pace->count;
	/* count to the power of `part`: from 1 to count */
	return pace->from + (size_t)exp_2(log_2((double)pace->count + 1) * part) - 1;
}
