/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "scenario/session_private.h"

const char *const side_names[SIDES] = {"left", "right"};

/* A file that changes kernels at every other line replays its set-up each time. */
#define REPLAY_LIMIT UINT64_C(10000000)

/* Runs of pages that one command, or one file, may look at: seconds of work. */
#define WORK_LIMIT UINT64_C(50000000)

/* --- creating ------------------------------------------------------------------------ */

static void default_kernels(struct session *s)
{
	for (int side = 0; side < SIDES; side++) {
		kernel_free(s->kernel[side]);
		s->kernel[side] = profiles_newest(s->profiles);
	}
	kernel_check(s->kernel[RIGHT], SIDE_SRC);
}

static void new_machines(struct session *s)
{
	for (int side = 0; side < SIDES; side++) {
		machine_free(s->machine[side]);
		s->machine[side] = machine_create(s->kernel[side]);
		s->stale[side] = false;
	}
	timeline_deinit(&s->timeline);
	timeline_init(&s->timeline, s->machine[LEFT], s->machine[RIGHT]);
	s->timeline_stale = true;
}

static void clear_question(struct question *q)
{
	for (size_t i = 0; i < q->choice_count; i++)
		free(q->choices[i]);
	free(q->choices);
	free(q->text);
	free(q->why);
	*q = (struct question){0};
}

static void clear_story(struct story *story)
{
	free(story->title);
	free(story->about);
	free(story->say);
	clear_question(&story->question);
	*story = (struct story){0};
}

struct session *session_create(bool animate)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->profiles = profiles_create(NULL);
	s->animate = animate;
	s->speed = 1;
	s->grain = GRAIN_RUN;
	s->wanted.end = true;
	default_kernels(s);
	new_machines(s);
	return s;
}

void session_free(struct session *s)
{
	if (!s)
		return;
	timeline_deinit(&s->timeline);
	for (int side = 0; side < SIDES; side++) {
		machine_free(s->machine[side]);
		kernel_free(s->kernel[side]);
		source_set(&s->source[side], NULL);
	}
	for (size_t i = 0; i < s->log_total; i++)
		command_free(s->log[i]);
	free(s->log);
	free(s->steps);
	clear_story(&s->story);
	session_set_reality(s, NULL);
	kernel_free(s->live);
	profiles_free(s->profiles);
	free(s);
}

/* --- carrying out, and again --------------------------------------------------------------- */

static const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "error";
}

/* Puts what a machine said into words: "left: madvise: EINVAL, ...". */
static void explain_refusal(const struct command *c, int side, const struct model_error *e,
			    struct vf_error *error)
{
	const char *call = c->spec->call;

	if (e->err == MODEL_NOT_MODELLED)
		vf_error_set(error, "%s: not modelled: %s", side_names[side], e->message);
	else if (e->err == MODEL_CANNOT)
		vf_error_set(error, "%s: %s", call, e->message);
	else
		vf_error_set(error, "%s: %s: %s, %s", side_names[side], call, errno_name(e->err),
			     e->message);
}

static bool apply_one(struct machine *m, const struct command *c, struct model_error *e)
{
	*e = (struct model_error){0};
	machine_seek_end(m);
	m->op++;
	if (!c->spec->apply(m, c, e))
		return false;
	return !m->exhausted ||
	       not_modelled(e, "this takes more than %llu MiB for its steps: too many VMAs, runs of "
			       "pages or forks",
			    (unsigned long long)(MODEL_BUDGET >> 20));
}

void command_point(const struct command *c, const struct reader *reader, unsigned word,
		   struct vf_error *error)
{
	if (reader)
		reader_point(reader, &c->line.words[word < c->line.n ? word : 0], error);
}

/* Where the log of what counts begins: behind the last reset. */
size_t session_log_start(const struct session *s)
{
	size_t start = 0;

	for (size_t i = 0; i < s->log_count; i++)
		if (s->log[i]->spec->run == run_reset)
			start = i + 1;
	return start;
}

/* Carries the set-up out again on a new machine of that side. */
static bool replay(struct session *s, int side, struct vf_error *error)
{
	struct machine *m = machine_create(s->kernel[side]);

	for (size_t i = session_log_start(s); i < s->log_count; i++) {
		const struct command *c = s->log[i];
		struct model_error e;

		if (!c->spec->apply || apply_one(m, c, &e))
			continue;
		if (error) {
			struct buf line = {0};

			command_print(c, &line);
			explain_refusal(c, side, &e, error);
			vf_error_hint(error, "%s cannot carry out the set-up: line %u, %.120s",
				      s->kernel[side]->name, c->line.words[0].line, buf_str(&line));
			buf_deinit(&line);
		}
		machine_free(m);
		return false;
	}
	s->replayed += s->log_count;
	s->work += m->work;
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

/* Has what was asked for become too much work? */
static bool may_work(const struct session *s, struct vf_error *error)
{
	uint64_t work = s->work;

	for (int side = 0; side < SIDES; side++)
		work += s->machine[side]->work;
	if (work - s->work_before <= WORK_LIMIT)
		return true;
	vf_error_set(error, "too many runs of pages are looked at, too often");
	vf_error_hint(error, "fewer commands on VMAs in so many pieces");
	return false;
}

/* From here on work is counted anew. */
static void begin_work(struct session *s)
{
	s->replayed = 0;
	s->work = 0;
	s->work_before = s->machine[LEFT]->work + s->machine[RIGHT]->work;
}

bool session_may_replay(const struct session *s, struct vf_error *error)
{
	if (s->replayed <= REPLAY_LIMIT)
		return true;
	vf_error_set(error, "the set-up was carried out again too often");
	vf_error_hint(error, "choose kernels once, before building");
	return false;
}

bool session_settle(struct session *s, struct vf_error *error)
{
	for (int side = 0; side < SIDES; side++)
		if (s->stale[side] && !(session_may_replay(s, error) && replay(s, side, error)))
			return false;
	return true;
}

void session_rebuild(struct session *s)
{
	struct vf_error ignored;
	struct buf out = {0};
	struct tally tally = s->tally;

	session_retime(s);
	default_kernels(s);
	clear_story(&s->story);
	for (int side = 0; side < SIDES; side++)
		source_set(&s->source[side], NULL);
	/* Kernels and story first; they end up as the last of their commands left them. */
	for (size_t i = session_log_start(s); i < s->log_count; i++) {
		struct command *c = s->log[i];
		enum request request = REQUEST_NONE;
		struct call call = {s, c, NULL, &out, &request, &ignored};

		if (c->spec->run && c->spec->group != GROUP_EXPECT && c->spec->run != run_reset)
			c->spec->run(&call);
	}
	for (int side = 0; side < SIDES; side++)
		if (!replay(s, side, &ignored)) {
			/* It was done before: only a changed profile file can bring us here. */
			machine_free(s->machine[side]);
			s->machine[side] = machine_create(s->kernel[side]);
			s->timeline.machine[side] = s->machine[side];
			s->stale[side] = false;
		}
	s->tally = tally;
	buf_deinit(&out);
}

/* --- the log -------------------------------------------------------------------------------- */

void session_forget_redo(struct session *s)
{
	/* Commands behind the log's end, and the steps that end there. */
	while (s->log_total > s->log_count)
		command_free(s->log[--s->log_total]);
	s->step_total = s->step_count;
}

static void log_command(struct session *s, struct command *c)
{
	GROW(s->log, s->log_count, s->log_cap);
	s->log[s->log_count++] = c;
	s->log_total = s->log_count;
}

static bool changes(const struct command *c)
{
	return c->spec->group != GROUP_STORY && c->spec->group != GROUP_EXPECT;
}

void session_end_step(struct session *s, size_t begin, struct tally before)
{
	bool any = false;

	for (size_t i = begin; i < s->log_count; i++)
		any |= changes(s->log[i]);
	if (!any)
		return;
	GROW(s->steps, s->step_count, s->step_cap);
	s->steps[s->step_count++] = (struct step){begin, s->log_count, before, s->tally};
	s->step_total = s->step_count;
}

/* Takes commands off the end of the log, and what they did. */
static void roll_back(struct session *s, size_t log_count)
{
	if (s->log_count > log_count) {
		s->log_count = log_count;
		session_forget_redo(s);
	}
	session_rebuild(s);
}

/* A touch that was a signal, or that blocked, is told. */
static void report_touch(const struct session *s, const struct command *c, struct buf *out)
{
	bool child = c->spec->apply == apply_child_touch;

	if (s->loading || (!child && c->spec->apply != apply_touch))
		return;
	for (int side = 0; side < SIDES; side++) {
		const struct machine *m = s->machine[side];
		enum touch_result result = (child ? m->child : m->parent)->last_touch;

		if (result != TOUCH_OK)
			buf_printf(out, "%s: touch: %s%s\n", side_names[side], touch_result_names[result],
				   result == TOUCH_BLOCKED ? ", it waits for the userfaultfd" : "");
	}
}

static bool apply_command(struct session *s, const struct command *c, const struct reader *reader,
			  struct buf *out, enum request *request, struct vf_error *error)
{
	struct moment before = moment_after(s->machine[LEFT], s->machine[RIGHT]);

	for (int side = 0; side < SIDES; side++) {
		struct model_error e;

		if (apply_one(s->machine[side], c, &e))
			continue;
		explain_refusal(c, side, &e, error);
		command_point(c, reader, e.word, error);
		return false;
	}
	report_touch(s, c, out);
	*request = REQUEST_CHANGED;
	if (c->spec->apply == apply_fork)
		*request = REQUEST_FORK;
	if (!s->machine[LEFT]->recording)
		return true;
	/* Where the front end wants to see a fork happen, it starts there. */
	if (s->animate && *request == REQUEST_FORK && (!s->timeline_stale || s->wanted.end))
		s->wanted = before;
	else if (!s->timeline_stale)
		s->wanted = (struct moment){.end = true};
	s->timeline_stale = true;
	return true;
}

bool session_execute(struct session *s, struct command *c, const struct reader *reader,
		     struct buf *out, enum request *request, bool *kept, struct vf_error *error)
{
	struct call call = {s, c, reader, out, request, error};
	bool ok;

	*kept = false;
	*request = REQUEST_NONE;
	if (c->spec->apply || c->spec->group == GROUP_EXPECT || c->spec->group == GROUP_LOOK)
		if (!session_settle(s, error)) {
			command_point(c, reader, 0, error);
			return false;
		}
	if (!may_work(s, error)) {
		command_point(c, reader, 0, error);
		return false;
	}
	ok = c->spec->apply ? apply_command(s, c, reader, out, request, error) : c->spec->run(&call);
	if (!ok)
		return false;
	/* kernel list and kernel show only look. */
	if (c->spec->logged && (c->spec->group != GROUP_KERNEL || *request == REQUEST_CHANGED)) {
		if (s->log_total > s->log_count)
			session_forget_redo(s);
		log_command(s, c);
		*kept = true;
	}
	return true;
}

/* --- one line ------------------------------------------------------------------------------- */

static bool execute_line(struct session *s, const struct reader *reader, struct line *line,
			 struct buf *out, enum request *request, struct vf_error *error)
{
	struct command *c = command_parse(reader, line, true, error);
	size_t log_count = s->log_count;
	struct tally before = s->tally;
	bool kept, ok, shown = session_reality(s);

	if (!c)
		return false;
	begin_work(s);
	s->reality_checked = false;
	ok = session_execute(s, c, reader, out, request, &kept, error) && session_settle(s, error);
	if (ok) {
		if (kept)
			session_end_step(s, log_count, before);
	} else if (c->spec->apply || c->spec->group == GROUP_KERNEL) {
		if (!error->line)
			command_point(c, reader, 0, error);
		roll_back(s, log_count); /* frees the command when it was kept */
	}
	if (shown && !session_reality(s) && s->reality)
		buf_puts(out, "What the kernel did is not shown any more: probe looks again.\n");
	if (!kept)
		command_free(c);
	return ok;
}

bool session_read(struct session *s, struct reader *reader, bool *more, struct buf *out,
		  enum request *request, struct vf_error *error)
{
	struct line line;

	*request = REQUEST_NONE;
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

bool session_load(struct session *s, const char *path, struct buf *out, struct vf_error *error)
{
	struct command_list list = {0};
	size_t log_count = s->log_count;
	struct tally tally = s->tally;
	size_t steps = s->step_count, floor = s->undo_floor;
	enum request request = REQUEST_NONE;
	bool ok = read_commands(path, &list, error);

	if (!ok) {
		command_list_deinit(&list);
		return false;
	}
	if (!s->loading) {
		session_forget_redo(s);
		begin_work(s);
		if (s->animate)
			session_timeline(s); /* a fork in the file starts behind what is there */
	}
	s->loading++;
	s->reality_checked = false;
	s->undo_floor = steps;
	for (size_t i = 0; ok && i < list.n && request != REQUEST_QUIT; i++) {
		struct reader reader;
		size_t begin = s->log_count;
		bool kept = false;

		command_reader(&list, list.v[i], &reader);
		ok = session_execute(s, list.v[i], &reader, out, &request, &kept, error);
		if (ok && i + 1 == list.n && !session_settle(s, error)) {
			command_point(list.v[i], &reader, 0, error);
			ok = false;
		}
		if (kept) {
			list.v[i] = NULL;
			session_end_step(s, begin, tally);
		}
	}
	s->loading--;
	s->undo_floor = floor;
	s->step_count = s->step_total = steps; /* to the outside a load is one step */
	if (ok) {
		session_forget_redo(s);
		session_end_step(s, log_count, tally);
	} else {
		s->tally = tally;
		roll_back(s, log_count);
	}
	command_list_deinit(&list);
	return ok;
}

/* --- what the kernel did --------------------------------------------------------------------- */

/* The commands that shape memory: the kernels that are chosen make no difference to a real one. */
static void print_building(const struct session *s, struct buf *out)
{
	for (size_t i = session_log_start(s); i < s->log_count; i++)
		if (s->log[i]->spec->apply) {
			command_print(s->log[i], out);
			buf_putc(out, '\n');
		}
}

bool session_shapes_memory(const struct session *s)
{
	struct buf commands = {0};
	bool any;

	print_building(s, &commands);
	any = commands.len > 0;
	buf_deinit(&commands);
	return any;
}

void session_set_reality(struct session *s, struct reality *reality)
{
	struct buf commands = {0};

	reality_free(s->reality);
	free(s->reality_of);
	s->reality = reality;
	s->reality_of = NULL;
	if (!reality)
		return;
	print_building(s, &commands);
	s->reality_of = xstrdup(buf_str(&commands));
	s->reality_fresh = s->reality_checked = true;
	buf_deinit(&commands);
}

const struct reality *session_reality(const struct session *session)
{
	struct session *s = (struct session *)session; /* found out when it is wanted */

	if (s->reality && !s->reality_checked) {
		struct buf commands = {0};

		print_building(s, &commands);
		s->reality_fresh = !strcmp(buf_str(&commands), s->reality_of);
		s->reality_checked = true;
		buf_deinit(&commands);
	}
	return s->reality && s->reality_fresh ? s->reality : NULL;
}

/* --- looking at a session --------------------------------------------------------------------- */

struct machine *session_machine(const struct session *s, int side)
{
	return s->machine[side];
}

struct timeline *session_timeline(const struct session *session)
{
	struct session *s = (struct session *)session; /* made when it is wanted */

	if (s->timeline_stale) {
		timeline_rebuild(&s->timeline);
		timeline_return(&s->timeline, &s->wanted);
		s->timeline_stale = false;
	}
	return &s->timeline;
}

const struct story *session_story(const struct session *s)
{
	return &s->story;
}

bool session_playing(const struct session *s)
{
	return s->playing;
}

void session_set_playing(struct session *s, bool playing)
{
	s->playing = playing;
}

double session_speed(const struct session *s)
{
	return s->speed;
}

enum grain session_grain(const struct session *s)
{
	return s->grain;
}

void session_set_grain(struct session *s, enum grain grain)
{
	s->grain = grain;
}

size_t session_passed(const struct session *s)
{
	return s->tally.passed;
}

size_t session_failed(const struct session *s)
{
	return s->tally.failed;
}
