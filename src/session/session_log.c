/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What made a session what it is: the log, its steps, and carrying it out again. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/session_private.h"

/* A file that changes kernels at every other line replays its set-up each time. */
#define REPLAY_LIMIT UINT64_C(10000000)

/* Runs of pages that one command, or one file, may look at: seconds of work. */
#define WORK_LIMIT UINT64_C(50000000)

/* --- the log -------------------------------------------------------------------------------- */

size_t session_log_start(const struct session *s)
{
	size_t start = 0;

	for (size_t i = 0; i < s->log_count; i++)
		if (s->log[i].command->spec->id == COMMAND_reset)
			start = i + 1;
	return start;
}

void session_forget_redo(struct session *s)
{
	/* Commands behind the log's end, and the steps that end there. */
	while (s->log_total > s->log_count)
		command_free(s->log[--s->log_total].command);
	s->step_total = s->step_count;
}

static bool changes(const struct command *c)
{
	return c->spec->group != GROUP_STORY && c->spec->group != GROUP_EXPECT;
}

struct tally session_log_tally(const struct session *s)
{
	struct tally tally = {0};

	for (size_t i = session_log_start(s); i < s->log_count; i++)
		if (s->log[i].command->spec->group == GROUP_EXPECT)
			(*(s->log[i].met ? &tally.passed : &tally.failed))++;
	return tally;
}

void session_log(struct session *s, struct logged entry)
{
	/* What changes nothing leaves what can be redone behind it. */
	if (changes(entry.command))
		session_forget_redo(s);
	GROW(s->log, s->log_total, s->log_cap);
	memmove(&s->log[s->log_count + 1], &s->log[s->log_count],
		(s->log_total - s->log_count) * sizeof(*s->log));
	command_hold(entry.command);
	s->log[s->log_count++] = entry;
	s->log_total++;
	for (size_t i = s->step_count; i < s->step_total; i++) {
		s->steps[i].begin++;
		s->steps[i].end++;
	}
}

void session_end_step(struct session *s, size_t begin)
{
	bool any = false;

	for (size_t i = begin; i < s->log_count; i++)
		any |= changes(s->log[i].command);
	if (!any)
		return;
	GROW(s->steps, s->step_count, s->step_cap);
	s->steps[s->step_count++] = (struct step){begin, s->log_count};
	s->step_total = s->step_count;
}

/* --- and again ------------------------------------------------------------------------------ */

/* Carries the set-up out again on a new machine of that side. */
static bool replay(struct session *s, int side, struct vf_error *error)
{
	struct machine *m = machine_create(s->kernel[side]);

	for (size_t i = session_log_start(s); i < s->log_count; i++) {
		const struct command *c = s->log[i].command;
		struct model_error e;

		if (!c->spec->builds || command_apply(m, c, &e))
			continue;
		if (error) {
			struct buf line = {0};

			command_print(c, &line);
			command_explain_refusal(c, side, &e, error);
			vf_error_hint(error, "%s cannot carry out the set-up: line %u, %.120s",
				      s->kernel[side]->name, c->line.words[0].line, buf_str(&line));
			buf_deinit(&line);
		}
		machine_free(m);
		return false;
	}
	session_retime(s);
	s->replayed += s->log_count;
	s->work_gone += s->machine[side]->work;
	machine_free(s->machine[side]);
	s->machine[side] = m;
	s->timeline.machine[side] = m;
	s->stale[side] = false;
	return true;
}

void session_retime(struct session *s)
{
	if (s->timeline_stale)
		return;
	s->wanted = timeline_now(&s->timeline);
	s->timeline_stale = true;
}

static uint64_t work_done(const struct session *s)
{
	return s->work_gone + s->machine[LEFT]->work + s->machine[RIGHT]->work;
}

bool session_may_work(const struct session *s, struct vf_error *error)
{
	if (work_done(s) - s->work_before <= WORK_LIMIT)
		return true;
	vf_error_set(error, "work limit exceeded: the VMAs are too fragmented for this many commands");
	vf_error_hint(error, "use fewer commands, or VMAs with fewer runs of pages");
	return false;
}

void session_begin_work(struct session *s)
{
	s->replayed = 0;
	s->work_before = work_done(s);
}

bool session_may_replay(const struct session *s, struct vf_error *error)
{
	if (s->replayed <= REPLAY_LIMIT)
		return true;
	vf_error_set(error, "the set-up was carried out again too many times");
	vf_error_hint(error, "choose kernels once, before the set-up");
	return false;
}

bool session_settle(struct session *s, struct vf_error *error)
{
	for (int side = 0; side < SIDES; side++)
		if (s->stale[side] && !(session_may_replay(s, error) && replay(s, side, error)))
			return false;
	return true;
}

void session_refresh(struct session *s)
{
	uint64_t replayed = s->replayed, before = work_done(s);

	for (int side = 0; side < SIDES; side++)
		if (s->stale[side])
			replay(s, side, NULL);
	/* Looking costs nothing: with or without it the same commands may follow. */
	s->replayed = replayed;
	s->work_before += work_done(s) - before;
}

void session_rebuild(struct session *s)
{
	struct vf_error ignored;
	struct buf out = {0};
	struct tally tally = s->tally;

	session_retime(s);
	session_default_kernels(s);
	story_clear(&s->story);
	for (int side = 0; side < SIDES; side++)
		source_set(&s->source[side], NULL);
	/* Kernels and story first; they end up as the last of their commands left them. */
	for (size_t i = session_log_start(s); i < s->log_count; i++) {
		struct command *c = s->log[i].command;
		enum request request = REQUEST_NONE;
		struct call call = {s, c, NULL, &out, &request, &ignored, s->log[i].kernel, false};

		if (!c->spec->builds && c->spec->group != GROUP_EXPECT && c->spec->id != COMMAND_reset)
			command_run(&call);
	}
	for (int side = 0; side < SIDES; side++)
		s->stale[side] = true;
	s->tally = tally;
	buf_deinit(&out);
}

void session_roll_back(struct session *s, size_t log_count)
{
	if (s->log_count > log_count) {
		s->log_count = log_count;
		session_forget_redo(s);
	}
	session_rebuild(s);
	session_refresh(s);
}
