/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries the commands of the log out again, and updates all derived state. */
#include "session/session_private.h"

static uint64_t machine_work(const struct session *s, int side)
{
	return s->machine[side]->work + s->machine[side]->moved;
}

uint64_t session_work(const struct session *s)
{
	return machine_work(s, LEFT) + machine_work(s, RIGHT);
}

/* --- machines ------------------------------------------------------------------------------- */

/* A new machine of that side that has carried out the set-up; NULL: its kernel refuses. */
static struct machine *build(const struct session *s, int side, struct vf_error *error)
{
	struct machine *m = machine_create(s->kernel[side]);

	for (size_t i = log_start(&s->log); i < s->log.count; i++) {
		const struct command *c = s->log.entries[i].command;
		struct buf line = {0};
		struct model_error e;

		if (!c->spec->builds || command_passes(m, c) || command_apply(m, c, &e))
			continue;
		command_print(c, &line);
		command_explain_refusal(c, side, &e, error);
		vf_error_hint(error, "%s cannot carry out the set-up: line %u, %.120s",
			      s->kernel[side]->name, c->line.words[0].line, buf_str(&line));
		buf_deinit(&line);
		machine_free(m);
		return NULL;
	}
	return m;
}

struct machine *session_copy_machine(struct session *s, int side, struct vf_error *error)
{
	struct machine *m = budget_may_replay(&s->budget, error) ? build(s, side, error) : NULL;

	if (m)
		budget_replay(&s->budget, s->log.count, machine_work(s, side));
	return m;
}

static void replace_machine(struct session *s, int side, struct machine *m)
{
	machine_free(s->machine[side]);
	s->machine[side] = m;
	s->stale[side] = false;
	s->builds++;
}

bool session_settle(struct session *s, struct vf_error *error)
{
	for (int side = 0; side < SIDES; side++) {
		struct machine *m;

		if (!s->stale[side])
			continue;
		m = budget_may_replay(&s->budget, error) ? build(s, side, error) : NULL;
		if (!m)
			return false;
		budget_replay(&s->budget, s->log.count, machine_work(s, side));
		replace_machine(s, side, m);
	}
	return true;
}

/*
 * Shows the state between commands of a file that is played. It may choose several
 * kernels in a row, and not each of them can carry out the set-up.
 */
static void settle_to_show(struct session *s)
{
	struct vf_error ignored;

	for (int side = 0; side < SIDES; side++) {
		struct machine *m;

		if (!s->stale[side] || !budget_may_show(&s->budget))
			continue;
		m = build(s, side, &ignored);
		budget_show(&s->budget, s->log.count, m ? machine_work(s, side) : 0, m ? m->work : 0);
		if (m)
			replace_machine(s, side, m);
	}
}

/* --- all that is derived ---------------------------------------------------------------------- */

void session_sync_time(struct session *s)
{
	playhead_sync(&s->playhead, s->machine, s->builds);
}

void session_sync(struct session *s)
{
	if (s->loading) /* undo and the front end see a file as one command */
		return;
	settle_to_show(s);
	session_sync_time(s);
	if (s->probed.observed) {
		struct buf commands = {0};

		log_print_building(&s->log, &commands);
		probed_compare(&s->probed, buf_str(&commands));
		buf_deinit(&commands);
	}
}

/* --- from the log ----------------------------------------------------------------------------- */

void session_rebuild(struct session *s, size_t first)
{
	struct vf_error ignored;
	struct buf out = {0};
	struct tally tally = s->tally;

	session_default_kernels(s);
	story_clear(&s->story);
	for (int side = 0; side < SIDES; side++) {
		source_close(s->source[side]);
		s->source[side] = NULL;
	}
	/* Kernels and story first: only the last commands that set them count. */
	for (size_t i = first; i < s->log.count; i++) {
		const struct logged *logged = &s->log.entries[i];
		const struct command *c = logged->command;
		enum request request = REQUEST_NONE;
		struct call call = {s, c, NULL, &out, &request, &ignored, logged->kernel, false};

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
	log_cut(&s->log, log_count);
	session_rebuild(s, log_start(&s->log));
}
