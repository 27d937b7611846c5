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

/* A machine that is being built, and the state of the log that it has reached. */
struct build {
	struct machine *machine;
	uint64_t state;
	struct checkpoint_mark mark;
};

/*
 * Is the machine of a side in a state between first and last, and could be so with that
 * kernel?
 */
static bool is_between(const struct session *s, int side, const struct kernel *kernel,
		       uint64_t first, uint64_t last)
{
	const struct machine *m = s->machine[side];
	size_t count;

	return s->checkpoints.most && s->state[side] != STATE_UNKNOWN &&
	       s->state[side] >= first && s->state[side] <= last &&
	       log_find_state(&s->log, s->state[side], &count) &&
	       machine_suits(m, kernel);
}

/*
 * A copy of what is known of the last state between these, or a new machine: `first` is a
 * state in which nothing has been done.
 */
static struct build start_build(struct session *s, int side, uint64_t first, uint64_t last)
{
	const struct kernel *kernel = s->kernel[side];
	const struct checkpoint *checkpoint =
		checkpoints_last(&s->checkpoints, &s->log, kernel, first, last);
	struct build from = {NULL, first, {0}};

	if (checkpoint)
		from = (struct build){checkpoint->machine, checkpoint->state,
				      checkpoint_mark_of(checkpoint->machine)};
	for (int i = 0; i < SIDES; i++)
		if (is_between(s, i, kernel, first, last) && s->state[i] > from.state)
			from = (struct build){s->machine[i], s->state[i], s->mark[i]};
	if (!from.machine)
		return (struct build){machine_create(kernel), first, {0}};
	machine_seek_end(from.machine); /* the timeline brings it back to where it has to be */
	from.machine = machine_copy(from.machine, kernel);
	return from;
}

static void explain_refusal(const struct session *s, int side, const struct command *c,
			    const struct model_error *e, struct vf_error *error)
{
	struct buf line = {0};

	command_print(c, &line);
	command_explain_refusal(c, side, e, error);
	vf_error_hint(error, "%s cannot carry out the set-up: line %u, %.120s", s->kernel[side]->name,
		      c->line.words[0].line, buf_str(&line));
	buf_deinit(&line);
}

/* A machine of that side that has carried out the set-up; without one, its kernel refuses. */
static struct build build(struct session *s, int side, struct vf_error *error)
{
	const struct log *log = &s->log;
	struct build b = start_build(s, side, log_state(log, log_start(log)), log_state(log, log->count));
	size_t at;

	log_find_state(log, b.state, &at);
	for (; at < log->count; at++) {
		const struct command *c = log->entries[at].command;
		struct model_error e;

		if (!c->spec->builds || command_passes(b.machine, c))
			continue;
		if (!command_apply(b.machine, c, &e)) {
			explain_refusal(s, side, c, &e, error);
			machine_free(b.machine);
			b.machine = NULL;
			break;
		}
		b.state = log->entries[at].state;
		checkpoints_pass(&s->checkpoints, log, b.machine, s->machine[!side], b.state, &b.mark);
	}
	return b;
}

struct machine *session_copy_machine(struct session *s, int side, struct vf_error *error)
{
	struct build b;

	if (!budget_may_replay(&s->budget, error))
		return NULL;
	b = build(s, side, error);
	if (b.machine)
		budget_replay(&s->budget, s->log.count, machine_work(s, side));
	return b.machine;
}

void session_note_state(struct session *s)
{
	for (int side = 0; side < SIDES; side++) {
		s->state[side] = log_state(&s->log, s->log.count);
		checkpoints_pass(&s->checkpoints, &s->log, s->machine[side], s->machine[!side],
				 s->state[side], &s->mark[side]);
	}
}

static void replace_machine(struct session *s, int side, struct build b)
{
	machine_free(s->machine[side]);
	s->machine[side] = b.machine;
	s->state[side] = b.state;
	s->mark[side] = b.mark;
	s->stale[side] = false;
	s->builds++;
}

bool session_settle(struct session *s, struct vf_error *error)
{
	for (int side = 0; side < SIDES; side++) {
		struct build b;

		if (!s->stale[side])
			continue;
		if (!budget_may_replay(&s->budget, error))
			return false;
		b = build(s, side, error);
		if (!b.machine)
			return false;
		budget_replay(&s->budget, s->log.count, machine_work(s, side));
		replace_machine(s, side, b);
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
		struct build b;

		if (!s->stale[side] || !budget_may_show(&s->budget))
			continue;
		b = build(s, side, &ignored);
		budget_show(&s->budget, s->log.count, b.machine ? machine_work(s, side) : 0,
			    b.machine ? b.machine->work : 0);
		if (b.machine)
			replace_machine(s, side, b);
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
		struct command *c = logged->command;
		enum request request = REQUEST_NONE;
		struct call call = {s, c, NULL, &out, &request, &ignored, logged->kernel, false};

		if (!c->spec->builds && c->spec->group != GROUP_EXPECT &&
		    c->spec->family != FAMILY_PREDICT && c->spec->id != COMMAND_reveal &&
		    c->spec->id != COMMAND_reset)
			command_run(&call);
	}
	predictions_follow(&s->predictions, &s->log, first);
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
