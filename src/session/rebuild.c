/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries the commands of the log out again, and updates all derived state. */
#include "session/session_private.h"

/* --- machines ------------------------------------------------------------------------------- */

/*
 * A machine that is being built, the state of the log that it has reached, and what that has
 * taken so far, in steps.
 */
struct build {
	struct machine *machine;
	uint64_t state;
	struct checkpoint_mark mark;
	uint64_t steps;
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

/* The last state between these that a machine is in which can be copied; it has none: none. */
static struct build find_start(struct session *s, int side, uint64_t first, uint64_t last)
{
	const struct kernel *kernel = s->kernel[side];
	const struct checkpoint *checkpoint =
		checkpoints_last(&s->checkpoints, &s->log, kernel, first, last);
	struct build from = {.state = first};

	if (checkpoint)
		from = (struct build){checkpoint->machine, checkpoint->state,
				      checkpoint_mark_of(checkpoint->machine), 0};
	for (int i = 0; i < SIDES; i++)
		if (is_between(s, i, kernel, first, last) && s->state[i] > from.state)
			from = (struct build){s->machine[i], s->state[i], s->mark[i], 0};
	return from;
}

/* Two machines may be more than fits into memory: the old one of that side goes. */
static void make_room(struct session *s, int side)
{
	machine_free(s->machine[side]);
	s->machine[side] = machine_create(s->kernel[side], NULL);
	s->state[side] = STATE_UNKNOWN;
	s->mark[side] = (struct checkpoint_mark){0};
	s->builds++;
}

/*
 * A copy of that, or a new machine: `first` is a state in which nothing has been done. tight:
 * the budget has no room for another machine that shares nothing.
 */
static struct build start_build(struct session *s, int side, uint64_t first, uint64_t last,
				bool tight)
{
	const struct kernel *kernel = s->kernel[side];
	struct build b = find_start(s, side, first, last);

	if (!b.machine) {
		if (tight)
			make_room(s, side);
		b.machine = machine_create(kernel, NULL);
		return b;
	}
	machine_seek_end(b.machine); /* the timeline brings it back to where it has to be */
	b.steps = machine_copy_work(b.machine);
	b.machine = machine_copy(b.machine, kernel);
	return b;
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

/* Carries one command of the log out. False: its kernel refuses it, or the budget. */
static bool build_step(struct session *s, int side, const struct logged *logged, struct build *b,
		       struct vf_error *error)
{
	const struct command *c = logged->command;
	struct model_error e;
	uint64_t before = b->machine->work;

	if (!c->spec->builds || command_passes(b->machine, c))
		return true;
	budget_spend(b->machine->budget, COMMAND_STEPS);
	if (!command_apply(b->machine, c, &e)) {
		if (e.err == MODEL_BUDGET)
			budget_check(&s->budget, error);
		else
			explain_refusal(s, side, c, &e, error);
		return false;
	}
	b->steps += b->machine->work - before + COMMAND_STEPS;
	b->state = logged->state;
	checkpoints_pass(&s->checkpoints, &s->log, b->machine, s->machine[!side], b->state,
			 &b->mark);
	return true;
}

/*
 * A machine of that side that has carried out the set-up. Without one, its kernel refuses, or
 * the budget, if it is to be asked: what it had room for once it has room for again.
 */
static struct build build(struct session *s, int side, bool asks, bool tight,
			  struct vf_error *error)
{
	const struct log *log = &s->log;
	struct build b = start_build(s, side, log_state(log, log_start(log)),
				     log_state(log, log->count), tight);
	bool ok = true;
	size_t at;

	if (asks) {
		machine_set_budget(b.machine, &s->budget, 0);
		budget_spend(&s->budget, b.steps);
	}
	log_find_state(log, b.state, &at);
	for (; ok && at < log->count; at++)
		ok = build_step(s, side, &log->entries[at], &b, error);
	if (!ok || (asks && !budget_check(&s->budget, error))) {
		machine_free(b.machine);
		b.machine = NULL;
	}
	return b;
}

struct machine *session_copy_machine(struct session *s, int side, struct vf_error *error)
{
	struct build b = build(s, side, false, false, error);
	struct bytes bytes;

	if (!b.machine)
		return NULL;
	bytes = machine_bytes(b.machine);
	machine_set_budget(b.machine, &s->budget, bytes.all - bytes.own);
	budget_spend(&s->budget, b.steps);
	if (budget_check(&s->budget, error))
		return b.machine;
	machine_free(b.machine);
	return NULL;
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
	machine_set_budget(b.machine, &s->budget, 0);
	s->machine[side] = b.machine;
	s->state[side] = b.state;
	s->mark[side] = b.mark;
	s->stale[side] = false;
	s->builds++;
}

static bool settle_side(struct session *s, int side, struct vf_error *error)
{
	bool tight = s->machine[side]->memory > budget_memory_left(&s->budget);
	struct build b;

	/* It goes when the new one is there: no state is refused because of the way to it. */
	machine_set_budget(s->machine[side], NULL, 0);
	b = build(s, side, true, tight, error);
	if (b.machine)
		replace_machine(s, side, b);
	else
		machine_set_budget(s->machine[side], &s->budget, 0);
	return b.machine;
}

bool session_settle(struct session *s, struct vf_error *error)
{
	for (int side = 0; side < SIDES; side++)
		if (s->stale[side] && !settle_side(s, side, error))
			return false;
	return true;
}

/*
 * Shows the state between commands of a file that is played. It may choose several
 * kernels in a row, and not each of them can carry out the set-up.
 */
static void settle_to_show(struct session *s)
{
	bool shows = s->shown <= s->budget.steps;
	struct vf_error ignored;

	for (int side = 0; side < SIDES && shows; side++) {
		struct build b;

		if (!s->stale[side])
			continue;
		b = build(s, side, false, false, &ignored);
		s->shown += b.steps;
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
	char *lesson = s->story.lesson; /* in no log: it goes on until reset */

	budget_spend(&s->budget, s->log.count - first);
	session_default_kernels(s);
	s->story.lesson = NULL;
	story_clear(&s->story);
	s->story.lesson = lesson;
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
	s->shown = 0; /* what is shown now was there before */
	session_rebuild(s, log_start(&s->log));
}
