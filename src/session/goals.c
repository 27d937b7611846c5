/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/goals.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/session_private.h"

void goal_deinit(struct goal *goal)
{
	for (size_t i = 0; goal->command && i < goal->command->args.goal.n; i++)
		free(goal->parts[i].got);
	free(goal->parts);
	command_free(goal->command);
	*goal = (struct goal){0};
}

unsigned goal_stars(const struct goal *goal)
{
	uint64_t par = goal->command->args.goal.par;

	if (!par || goal->used <= par)
		return 3;
	return goal->used <= 2 * par ? 2 : 1;
}

/* --- what holds ---------------------------------------------------------------------------- */

/* Sides are the same in what neither has: such a name has to be there first. */
static bool is_known(const struct session *s, const struct command *expect, word_number word)
{
	return !word || expect->args.target.pattern || expect->args.expect.kind == EXPECT_ABSENT ||
	       machine_name(s->machine[LEFT], command_word(expect, word)) ||
	       machine_name(s->machine[RIGHT], command_word(expect, word));
}

static bool part_holds(struct session *s, const struct command *expect, struct buf *got)
{
	struct vf_error error = {0};
	bool failed = false, holds;

	if (!is_known(s, expect, expect->args.target.name)) {
		buf_printf(got, "there is no %s", command_word(expect, expect->args.target.name));
		return false;
	}
	holds = session_expects(s, expect, got, &failed, &error);
	if (failed) {
		buf_clear(got);
		buf_puts(got, error.message);
	}
	return holds && !failed;
}

/* Looks at each part, at the end of time; session_sync() brings time back. */
static bool look_at_parts(struct session *s)
{
	struct goal *goal = &s->goal;
	bool all = true;

	session_seek_end(s);
	for (size_t i = 0; i < goal->command->args.goal.n; i++) {
		struct goal_part *part = &goal->parts[i];
		struct buf got = {0};

		part->holds = part_holds(s, goal->command->args.goal.v[i], &got);
		free(part->got);
		part->got = buf_take(&got);
		all &= part->holds;
	}
	return all;
}

void goal_update(struct session *s)
{
	struct goal *goal = &s->goal;
	size_t steps = s->log.step_count, used = steps > goal->base ? steps - goal->base : 0;

	if (goal->state != GOAL_OPEN)
		return;
	for (size_t i = 0; used != goal->used && i < goal->command->args.goal.n; i++)
		goal->parts[i].held = goal->parts[i].holds;
	goal->used = used;
	if (!look_at_parts(s))
		return;
	goal->state = GOAL_REACHED;
	s->log.floor = 0;
}

/* --- beginning and end --------------------------------------------------------------------- */

static void report(struct session *s, const char *what, struct buf *out)
{
	const struct command *c = s->goal.command;

	if (c->file[0])
		buf_printf(out, "%s:%u: ", c->file, c->line.words[0].line);
	buf_printf(out, "goal: %s\n", what);
	s->tally.failed++;
}

/* An expectation that does not hold, as expect reports it. */
static void report_part(const struct command *expect, const struct goal_part *part, struct buf *what)
{
	struct buf line = {0};

	command_print(expect, &line);
	buf_printf(what, "%sexpected%s, got %s", what->len ? "; " : "",
		   buf_str(&line) + strlen("expect"), part->got);
	buf_deinit(&line);
}

bool goal_begin(struct session *s, struct command *c, struct buf *out, struct vf_error *error)
{
	struct goal *goal = &s->goal;
	bool viewer = s->saved.asks && !s->loading;

	if (!session_settle(s, error))
		return false;
	goal_forget(s);
	*goal = (struct goal){
		.state = viewer ? GOAL_OPEN : GOAL_SHOWN,
		.command = command_hold(c),
		.parts = xcalloc(c->args.goal.n, sizeof(*goal->parts)),
		.base = s->log.step_count,
	};
	if (!viewer && look_at_parts(s))
		report(s, "it holds before its solution", out);
	if (viewer) { /* who may have worked ahead */
		log_forget_redo(&s->log);
		s->log.floor = goal->base;
		goal_update(s);
	}
	return true;
}

bool goal_end(struct session *s, struct buf *out, struct vf_error *error)
{
	struct goal *goal = &s->goal;
	struct buf what = {0};

	if (goal->state != GOAL_SHOWN)
		return true;
	if (!session_settle(s, error))
		return false;
	goal->state = GOAL_NONE;
	if (!goal->solutions) {
		report(s, "no solution follows it", out);
	} else if (look_at_parts(s)) {
		s->tally.passed++;
	} else {
		for (size_t i = 0; i < goal->command->args.goal.n; i++)
			if (!goal->parts[i].holds)
				report_part(goal->command->args.goal.v[i], &goal->parts[i], &what);
		report(s, buf_str(&what), out);
		buf_deinit(&what);
	}
	return true;
}

void goal_forget(struct session *s)
{
	if (s->goal.state == GOAL_OPEN)
		s->log.floor = 0;
	goal_deinit(&s->goal);
}

bool session_skip_goal(struct session *s, bool take_back, struct vf_error *error)
{
	if (take_back && s->log.step_count > s->goal.base) {
		session_take_back(s, s->goal.base);
		if (!session_settle(s, error))
			return false;
	}
	s->goal.state = GOAL_SKIPPED;
	s->log.floor = 0;
	session_sync(s);
	return true;
}

bool session_goal_place(const struct session *s, struct place_named *place)
{
	const struct goal_args *goal = &s->goal.command->args.goal;

	for (size_t i = 0; i < goal->n; i++) {
		const struct command *expect = goal->v[i];
		word_number name = expect->args.target.name;

		if (name && !expect->args.target.pattern &&
		    name_place(s, expect->args.expect.side == WHICH_RIGHT ? RIGHT : LEFT, expect,
			       command_word(expect, name), place))
			return true;
	}
	return false;
}

const struct goal *session_goal(const struct session *s)
{
	return s->goal.state != GOAL_NONE ? &s->goal : NULL;
}

bool session_goal_open(const struct session *s)
{
	return s->goal.state == GOAL_OPEN;
}

/* Those that replace the session, and goals of files that are loaded. */
static bool ends_task(const struct session *s, const struct command *c)
{
	return c->spec->id == COMMAND_open || c->spec->id == COMMAND_import ||
	       c->spec->id == COMMAND_reset || (c->spec->id == COMMAND_goal && s->loading);
}

bool goal_allows(struct session *s, const struct command *c, const struct reader *reader,
		 struct vf_error *error)
{
	const char *word;

	if (s->goal.state != GOAL_OPEN)
		return true;
	if (ends_task(s, c)) {
		vf_error_set(error, "%s would end the task", c->spec->name);
		vf_error_hint(error, "undo takes back what you did; S skips the task");
	} else if ((word = goal_forbids(s->goal.command, c))) {
		vf_error_set(error, "this task does not allow %s%s", word,
			     c->spec->id == COMMAND_vma ? " set by hand" : "");
		vf_error_hint(error, "use system calls, such as vma, touch, madvise, fork");
	} else {
		return true;
	}
	command_point(c, reader, 0, error);
	return false;
}
