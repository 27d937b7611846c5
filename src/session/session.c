/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/session.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/sides.h"
#include "report/text.h"
#include "session/session_private.h"

/* --- lines that can be chosen ----------------------------------------------------------- */

void session_offer(struct session *s, size_t line, const char *command)
{
	GROW(s->choices, s->choice_count, s->choice_cap);
	s->choices[s->choice_count++] = (struct choice){line, xstrdup(command)};
}

void session_forget_choices(struct session *s)
{
	for (size_t i = 0; i < s->choice_count; i++)
		free(s->choices[i].command);
	s->choice_count = s->chosen = 0;
}

const struct choice *session_choices(const struct session *s, size_t *n)
{
	*n = s->choice_count;
	return s->choices;
}

size_t session_chosen(const struct session *s)
{
	return s->chosen;
}

/* --- creating ------------------------------------------------------------------------ */

void session_default_kernels(struct session *s)
{
	for (int side = 0; side < SIDES; side++) {
		kernel_free(s->kernel[side]);
		s->kernel[side] = profiles_newest(s->profiles);
	}
	kernel_check(s->kernel[RIGHT], SIDE_SRC);
}

struct session *session_create(bool animate)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->profiles = profiles_all();
	s->animate = animate;
	s->keyless = !animate;
	playhead_init(&s->playhead);
	checkpoints_init(&s->checkpoints);
	s->log.budget = s->predictions.budget = &s->budget;
	session_default_kernels(s);
	for (int side = 0; side < SIDES; side++)
		s->machine[side] = machine_create(s->kernel[side], NULL);
	session_set_budget(s, budget_default);
	session_sync(s);
	return s;
}

void session_set_budget(struct session *s, struct budget_amounts amounts)
{
	/* A share is the checkpoints' from the start: nothing fails because there are some. */
	uint64_t share = amounts.memory / CHECKPOINTS_SHARE;

	assert(!s->log.total);
	for (int side = 0; side < SIDES; side++)
		machine_set_budget(s->machine[side], NULL, 0);
	s->budget = budget_of(amounts);
	budget_take(&s->budget, share);
	s->checkpoints.most = share;
	for (int side = 0; side < SIDES; side++)
		machine_set_budget(s->machine[side], &s->budget, 0);
}

/* What a helper program prints takes several times as much to be used: see read_file_within(). */
#define HELPER_SHARE 8

struct budget *session_budget(struct session *s)
{
	return &s->budget;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	playhead_deinit(&s->playhead);
	breakpoints_deinit(&s->breakpoints);
	for (int side = 0; side < SIDES; side++) {
		machine_free(s->machine[side]);
		kernel_free(s->kernel[side]);
		source_close(s->source[side]);
	}
	checkpoints_deinit(&s->checkpoints);
	log_deinit(&s->log);
	story_clear(&s->story);
	predictions_deinit(&s->predictions);
	goal_deinit(&s->goal);
	hints_deinit(&s->hints);
	probed_deinit(&s->probed);
	for (size_t i = 0; i < s->found_count; i++)
		kernel_free(s->found[i]);
	free(s->found);
	saved_deinit(&s->saved);
	aside_deinit(&s->aside);
	buf_deinit(&s->answer);
	session_forget_choices(s);
	free(s->choices);
	free(s->record);
	free(s->wanted.path);
	free(s->wanted.text);
	free(s->wanted.lesson);
	quiz_deinit(&s->quiz);
	free(s);
}

/* --- carrying out -------------------------------------------------------------------------- */

/* Prints a fork that failed, or waits. */
static void report_fork(const struct session *s, const struct command *c, struct buf *out)
{
	if (s->loading || c->spec->id != COMMAND_fork)
		return;
	for (int side = 0; side < SIDES; side++)
		text_fork_end(s->machine[side], side, out);
}

/* Prints a touch that was a signal, or that blocked. */
static void report_touch(const struct session *s, const struct command *c, struct buf *out)
{
	if (s->loading || !command_is_touch(c))
		return;
	for (int side = 0; side < SIDES; side++) {
		const struct machine *m = s->machine[side];
		enum touch_result result = command_passes(m, c) ? TOUCH_OK : command_mm(m, c)->last_touch;

		if (result != TOUCH_OK)
			buf_printf(out, "%s: touch: %s%s\n", side_names[side], touch_result_names[result],
				   result == TOUCH_BLOCKED ? ", it waits for the userfaultfd" : "");
	}
}

bool call_blame(struct call *call, unsigned word)
{
	struct vf_error *error = call->error;
	char message[sizeof(error->message)];

	if (error->line)
		return false;
	if (error->file[0]) {
		snprintf(message, sizeof(message), "%.200s: %.200s", error->file, error->message);
		memcpy(error->message, message, sizeof(message));
	}
	command_point(call->command, call->reader, word, error);
	return false;
}

static bool apply_command(struct session *s, const struct command *c, const struct reader *reader,
			  struct buf *out, enum request *request, struct vf_error *error)
{
	struct moment before = moment_after(s->machine[LEFT], s->machine[RIGHT]);
	bool fork = c->spec->id == COMMAND_fork;
	bool one_passes = command_passes(s->machine[LEFT], c) != command_passes(s->machine[RIGHT], c);

	for (int side = 0; side < SIDES; side++) {
		struct model_error e, ignored;
		bool both;

		s->state[side] = STATE_UNKNOWN;
		if ((one_passes && command_passes(s->machine[side], c)) ||
		    command_apply(s->machine[side], c, &e))
			continue;
		/* What is wrong on both sides is wrong with the command. */
		both = e.err == MODEL_CANNOT && side == LEFT &&
		       !command_apply(s->machine[RIGHT], c, &ignored);
		s->state[RIGHT] = STATE_UNKNOWN;
		command_explain_refusal(c, both ? -1 : side, &e, error);
		command_point(c, reader, e.word, error);
		return false;
	}
	report_fork(s, c, out);
	report_touch(s, c, out);
	*request = fork ? REQUEST_FORK : REQUEST_CHANGED;
	/* If the front end shows forks, time stops where the fork starts. */
	if (s->machine[LEFT]->recording)
		playhead_append(&s->playhead, s->animate && fork ? &before : NULL);
	return true;
}

static uint64_t moved(const struct session *s)
{
	return s->machine[LEFT]->moved + s->machine[RIGHT]->moved;
}

/* Charges what the model does not: the command itself, and moving in time. */
static bool charge_command(struct session *s, uint64_t moved_before, struct vf_error *error)
{
	uint64_t now = moved(s); /* less, if there are other machines now */

	budget_spend(&s->budget, COMMAND_STEPS + (now > moved_before ? now - moved_before : 0));
	return budget_check(&s->budget, error);
}

/* Carries out a command that is no solution. *kept: it is in the log now, which holds it. */
static bool carry_out(struct session *s, struct command *c, const struct reader *reader,
		    struct buf *out, enum request *request, bool *kept, struct vf_error *error)
{
	struct call call = {s, c, reader, out, request, error, NULL, false};
	uint64_t moved_before = moved(s);
	bool ok, lasts = budget_lasts(&s->budget);

	if (c->spec->builds || c->spec->group == GROUP_EXPECT || c->spec->group == GROUP_LOOK)
		if (!session_settle(s, error)) {
			command_point(c, reader, 0, error);
			return false;
		}
	ok = c->spec->builds ? apply_command(s, c, reader, out, request, error) : command_run(&call);
	if (ok && !charge_command(s, moved_before, error) && lasts) {
		command_point(c, reader, 0, error);
		ok = false;
	}
	if (!ok)
		return false;
	/* kernel list and kernel show change nothing. */
	if (s->forgets && (c->spec->builds || c->spec->group == GROUP_EXPECT))
		return true;
	if (c->spec->logged && (c->spec->group != GROUP_KERNEL || *request == REQUEST_CHANGED)) {
		log_add(&s->log, (struct logged){.command = c, .kernel = call.kernel, .met = call.met});
		*kept = true;
		if (c->spec->builds)
			session_note_state(s);
	}
	return true;
}

/* A solution, where it counts: as the command that it is. */
static bool solve(struct session *s, struct command *c, const struct reader *reader, struct buf *out,
		  enum request *request, bool *kept, struct vf_error *error)
{
	struct call call = {s, c, reader, out, request, error, NULL, false};

	if (!command_run(&call))
		return false;
	if (!solution_counts(s))
		return true;
	s->goal.solutions++;
	return carry_out(s, c->args.inner, reader, out, request, kept, error);
}

/* Carries out a parsed command. *kept: it, or its inner command, is in the log now. */
static bool execute(struct session *s, struct command *c, const struct reader *reader,
		    struct buf *out, enum request *request, bool *kept, struct vf_error *error)
{
	enum command_id id = c->spec->id;

	*kept = false;
	*request = REQUEST_NONE;
	if (id == COMMAND_solution)
		return solve(s, c, reader, out, request, kept, error);
	if (id != COMMAND_hint && !goal_end(s, out, error)) {
		command_point(c, reader, 0, error);
		return false;
	}
	return goal_allows(s, c, reader, error) &&
	       carry_out(s, c, reader, out, request, kept, error);
}

/* --- one line ------------------------------------------------------------------------------- */

/* A parsed command as if typed. */
static bool execute_typed(struct session *s, struct command *c, const struct reader *reader,
			  struct buf *out, enum request *request, struct vf_error *error)
{
	size_t log_count = s->log.count;
	bool kept, ok, shown = session_observed(s);
	struct was *was = was_before(s, c);

	ok = execute(s, c, reader, out, request, &kept, error) && session_settle(s, error);
	if (ok) {
		if (kept)
			log_end_step(&s->log, log_count);
	} else if (c->spec->builds || c->spec->group == GROUP_KERNEL) {
		if (!error->line)
			command_point(c, reader, 0, error);
		session_roll_back(s, log_count);
	}
	if (ok && (*request == REQUEST_CHANGED || *request == REQUEST_FORK))
		goal_update(s);
	session_sync(s);
	was_changed(s, c, was, ok);
	if (shown && !session_observed(s) && s->probed.observed)
		buf_puts(out, "Probe results are stale: run probe again.\n");
	return ok;
}

static bool execute_line(struct session *s, const struct reader *reader, struct line *line,
			 struct buf *out, enum request *request, struct vf_error *error)
{
	struct command *c = command_parse(reader, line, true, error);
	bool ok;

	if (!c)
		return false;
	ok = session_ask_fork(s, c, request) || execute_typed(s, c, reader, out, request, error);
	budget_give(&s->budget, c->bytes); /* the log has charged it, if it is there */
	command_free(c);
	return ok;
}

bool session_read(struct session *s, struct reader *reader, bool *more, struct buf *out,
		  enum request *request, struct vf_error *error)
{
	struct line line;

	*request = REQUEST_NONE;
	saved_forget_question(&s->saved);
	session_forget_fork(s);
	session_forget_choices(s);
	budget_begin(&s->budget);
	s->shown = 0;
	reader->budget = &s->budget;
	if (!reader_next(reader, &line, more, error))
		return false;
	return !*more || execute_line(s, reader, &line, out, request, error);
}

bool session_command(struct session *s, const char *text, struct buf *out, enum request *request,
		     struct vf_error *error)
{
	struct reader reader;
	bool more;

	reader_init(&reader, "", text, strlen(text));
	return session_read(s, &reader, &more, out, request, error);
}

/* --- files ------------------------------------------------------------------------------------ */

bool session_execute(struct session *s, struct command *c, const struct reader *reader, struct buf *out,
		     enum request *request, bool *kept, struct vf_error *error)
{
	bool ok;

	session_forget_choices(s);
	s->from_file = true;
	ok = execute(s, c, reader, out, request, kept, error);
	s->from_file = false;
	return ok;
}

bool session_next(struct session *s, struct command_list *list, size_t *at, struct buf *out,
		  enum request *request, struct vf_error *error)
{
	struct command *c = list->v[*at];
	size_t begin = s->log.count;
	struct was *was = s->loading ? NULL : was_before(s, c); /* only play shows it */
	struct reader reader;
	bool kept, ok;

	command_reader(list, c, &reader);
	ok = session_execute(s, c, &reader, out, request, &kept, error);
	if (!s->loading)
		was_changed(s, c, was, ok);
	if (!ok)
		return false;
	if (kept)
		command_list_hand_over(list, c);
	*at = *request == REQUEST_QUIT ? list->n : *at + 1;
	if (*at == list->n && !(session_settle(s, error) && goal_end(s, out, error))) {
		command_point(c, &reader, 0, error);
		return false;
	}
	if (kept)
		log_end_step(&s->log, begin);
	return true;
}

bool session_load_commands(struct session *s, struct command_list *list, struct buf *out,
			   struct vf_error *error)
{
	struct breakpoints breakpoints = breakpoints_copy(&s->breakpoints);
	struct tally tally = s->tally;
	struct log_file file;
	enum request request;
	size_t at = 0;
	bool ok = true;

	if (!s->loading) {
		log_forget_redo(&s->log);
		s->shown = 0;
	}
	s->loading++;
	file = log_begin_file(&s->log);
	while (ok && at < list->n)
		ok = session_next(s, list, &at, out, &request, error);
	if (ok)
		predictions_reveal(s, NULL, out);
	s->loading--;
	log_end_file(&s->log, file, ok);
	if (!ok) {
		struct breakpoints file_set = s->breakpoints;

		if (s->goal.state == GOAL_SHOWN)
			goal_forget(s);
		s->breakpoints = breakpoints;
		breakpoints = file_set;
		s->tally = tally;
		session_roll_back(s, file.count);
	}
	breakpoints_deinit(&breakpoints);
	session_sync(s);
	return ok;
}

bool session_load(struct session *s, const char *path, struct buf *out, struct vf_error *error)
{
	struct command_list list = {0};
	bool unsaved = session_unsaved(s), ok;

	budget_begin(&s->budget);
	ok = read_commands(path, &s->budget, &list, error) &&
	     session_load_commands(s, &list, out, error);

	command_list_deinit(&list);
	if (ok)
		saved_know(&s->saved, path);
	if (ok && !unsaved) /* all of it is in files */
		session_mark_saved(s);
	return ok;
}

/* --- looking at a session --------------------------------------------------------------------- */

struct machine *session_machine(const struct session *s, int side)
{
	return s->machine[side];
}

void session_machines(const struct session *s, struct machine *machines[SIDES])
{
	for (int side = 0; side < SIDES; side++)
		machines[side] = s->machine[side];
}

uint64_t session_builds(const struct session *s)
{
	return s->builds;
}

void session_set_checkpoints(struct session *s, bool always, uint64_t most)
{
	s->checkpoints.always = always;
	s->checkpoints.most = most;
}

size_t session_checkpoints(const struct session *s, uint64_t *bytes, uint64_t *limit)
{
	*bytes = checkpoints_bytes(&s->checkpoints, s->machine[LEFT], s->machine[RIGHT]);
	*limit = checkpoints_limit(&s->checkpoints, s->machine[LEFT], s->machine[RIGHT]);
	return s->checkpoints.n;
}

const struct timeline *session_timeline(const struct session *s)
{
	return &s->playhead.timeline;
}

struct source_tree *session_source(const struct session *s, int side)
{
	return s->source[side];
}

const struct observed *session_observed(const struct session *s)
{
	return probed_result(&s->probed);
}

void session_seek(struct session *s, size_t slot, uint64_t page)
{
	playhead_seek(&s->playhead, slot, page);
}

bool session_step(struct session *s, long n, enum grain grain)
{
	return playhead_step(&s->playhead, n, grain);
}

void session_set_screen(struct session *s, bool screen)
{
	s->keyless = !screen;
}

void session_set_focus(struct session *s, bool focused, uint64_t address)
{
	s->focused = focused;
	s->focus = address;
}

const struct story *session_story(const struct session *s)
{
	return &s->story;
}

bool session_playing(const struct session *s)
{
	return s->playhead.playing;
}

void session_set_playing(struct session *s, bool playing)
{
	playhead_set_playing(&s->playhead, playing);
}

double session_speed(const struct session *s)
{
	return s->playhead.speed;
}

enum grain session_grain(const struct session *s)
{
	return s->playhead.grain;
}

void session_set_grain(struct session *s, enum grain grain)
{
	playhead_set_grain(&s->playhead, grain);
}

size_t session_passed(const struct session *s)
{
	return s->tally.passed;
}

size_t session_failed(const struct session *s)
{
	return s->tally.failed;
}

void session_set_helper(struct session *s, struct helper helper)
{
	s->helper = helper;
	s->helper.most = s->budget.memory / HELPER_SHARE;
}

char **session_complete(const struct session *s, const char *line, size_t point, size_t *start,
			enum want_path *want)
{
	struct known_names known = {.machine = s->machine[LEFT]};

	for (int side = 0; side < SIDES; side++) {
		const struct kernel *kernel = s->machine[side]->kernel;

		for (size_t i = 0; i < kernel->clause_count; i++)
			known.clause_flags |= kernel->clauses[i].flags;
	}
	known.kernels = profiles_names(s->profiles, &known.kernel_count);
	return complete_line(&known, line, point, start, want);
}
