/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Playback: a file, command by command. */
#include <stdlib.h>

#include "base/alloc.h"
#include "session/session_private.h"

struct script {
	struct budget budget; /* of the list */
	struct command_list list;
	char *path; /* NULL: it is no file */
	size_t at;
	size_t behind_goal; /* where the solution of the last goal is; 0: none was played */
	char *line; /* of the next command */
};

static void print_next(struct script *script)
{
	struct buf line = {0};

	free(script->line);
	script->line = NULL;
	if (script->at < script->list.n) {
		command_print(script->list.v[script->at], &line);
		script->line = buf_take(&line);
	}
}

/* Rehearses the commands that were read, not the file: it may change, or be a pipe. */
static bool rehearse(struct script *script, struct budget_amounts amounts, struct vf_error *error)
{
	struct session *session = session_create(false);
	struct command_charge lent;
	enum request request;
	bool ok = true;

	session_set_budget(session, amounts);
	lent = command_list_lend(&script->list, &session->budget);
	while (ok && script->at < script->list.n) {
		struct buf out = {0};

		ok = session_next(session, &script->list, &script->at, &out, &request, error);
		buf_deinit(&out);
	}
	command_list_return(&script->list, lent);
	session_free(session);
	script->at = 0;
	return ok;
}

/* text: NULL: it is that of the file. */
static struct script *open_script(const char *path, const char *text, struct budget_amounts budget,
				  struct vf_error *error)
{
	struct script *script = xcalloc(1, sizeof(*script));

	script->path = text ? NULL : xstrdup(path);
	script->budget = budget_of(budget);
	if (text)
		command_list_add_text(&script->list, path, text);
	if (!read_commands(path, &script->budget, &script->list, error) ||
	    !rehearse(script, budget, error)) {
		script_close(script);
		return NULL;
	}
	print_next(script);
	return script;
}

struct script *script_open(const char *path, struct budget_amounts budget, struct vf_error *error)
{
	return open_script(path, NULL, budget, error);
}

struct script *script_open_text(const char *name, const char *text, struct budget_amounts budget,
				struct vf_error *error)
{
	return open_script(name, text, budget, error);
}

void script_close(struct script *script)
{
	if (!script)
		return;
	command_list_deinit(&script->list);
	free(script->path);
	free(script->line);
	free(script);
}

const char *script_peek(const struct script *script)
{
	return script->line;
}

bool script_step(struct script *script, struct session *session, struct buf *out,
		 enum request *request, struct vf_error *error)
{
	size_t begin = session->log.count, at = script->at;
	struct tally before = session->tally;
	bool unsaved = session_unsaved(session);

	*request = REQUEST_NONE;
	if (script->list.v[at]->spec->id == COMMAND_goal)
		script->behind_goal = at + 1;
	if (!at && script->path)
		saved_know(&session->saved, script->path);
	if (session_next(session, &script->list, &script->at, out, request, error)) {
		if (!unsaved)
			session_mark_saved(session);
		print_next(script);
		session_sync(session);
		return true;
	}
	script->at = at;
	session->tally = before;
	session_roll_back(session, begin);
	session_sync(session);
	return false;
}

size_t script_at(const struct script *script)
{
	return script->at;
}

bool script_skip(struct script *script, struct session *s, size_t at)
{
	bool asks = s->saved.asks, ok = true;
	enum request request;
	struct vf_error error;
	struct buf out = {0};

	s->saved.asks = false;
	while (ok && script->at < at && script->line)
		ok = script_step(script, s, &out, &request, &error);
	s->saved.asks = asks;
	buf_deinit(&out);
	return ok;
}

/* --- looking ahead ------------------------------------------------------------------------ */

size_t script_setup(const struct script *script)
{
	size_t n = 0;

	while (script->at + n < script->list.n && script->list.v[script->at + n]->spec->builds &&
	       script->list.v[script->at + n]->spec->id != COMMAND_fork)
		n++;
	return n;
}

static bool makes_child(const struct command *c)
{
	static const enum command_id ids[] = {COMMAND_fork, COMMAND_vfork, COMMAND_posix_spawn,
					      COMMAND_clone_vm};
	bool is = false;

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		is |= c->spec->id == ids[i];
	return is;
}

bool script_will_fork(const struct script *script)
{
	for (size_t i = script->at; i < script->list.n; i++) {
		if (makes_child(script->list.v[i]))
			return true;
		if (script->list.v[i]->spec->id == COMMAND_reveal)
			return false;
	}
	return false;
}

/* Another session that has carried out the same, and asks the same; NULL: the budget is too small. */
static struct session *session_like(const struct session *s, const struct prediction *asked)
{
	struct session *other = session_create(false);
	struct vf_error ignored;

	session_set_budget(other, budget_amounts(&s->budget));
	log_copy(&other->log, &s->log);
	session_rebuild(other, log_start(&other->log));
	if (!session_settle(other, &ignored)) {
		session_free(other);
		return NULL;
	}
	predictions_add(&other->predictions, asked->command, asked->name,
			asked->in_part ? &(struct range){asked->first, asked->last} : NULL, asked->question);
	return other;
}

/* Plays on until it is revealed. */
static bool play_to_reveal(struct script *script, struct session *s)
{
	struct command_charge lent = command_list_lend(&script->list, &s->budget);
	size_t at = script->at;
	enum request request;
	struct vf_error error;
	struct buf out = {0};
	bool ok = true;

	while (ok && at < script->list.n && !s->predictions.v[0].revealed) {
		ok = session_next(s, &script->list, &at, &out, &request, &error);
		session_sync(s); /* a kernel or check may have been chosen */
	}
	command_list_return(&script->list, lent);
	if (ok && !s->predictions.v[0].revealed)
		session_reveal(s, &out);
	buf_deinit(&out);
	return ok && s->predictions.v[0].revealed;
}

struct foresight script_foresee(struct script *script, const struct session *s, const char *answer)
{
	const struct prediction *asked = session_asked(s);
	struct vf_error ignored;
	struct command *expect = prediction_expects(asked, answer, &ignored);
	struct session *other = expect ? session_like(s, asked) : NULL;
	struct foresight foresight = {0};
	struct buf full = {0};

	if (other) {
		const struct prediction *p;

		prediction_answered(asked->command, expect, &full);
		other->predictions.v[0].answer = buf_take(&full);
		foresight.known = play_to_reveal(script, other);
		p = other->predictions.v;
		foresight.right = p->right;
		if (p->mistaken) {
			foresight.belief = p->wrong[p->mistake].belief;
			foresight.otherwise = p->wrong[p->mistake].otherwise;
		}
	}
	session_free(other);
	command_free(expect);
	return foresight;
}

bool script_retake(struct script *script, struct session *s)
{
	struct vf_error error;

	if (s->goal.state != GOAL_REACHED || !script->behind_goal || s->log.step_count < s->goal.base)
		return false;
	if (!session_skip_goal(s, true, &error))
		return false;
	script->at = script->behind_goal;
	print_next(script);
	return true;
}
