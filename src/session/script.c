/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Playback: a file, command by command. */
#include <stdlib.h>

#include "base/alloc.h"
#include "session/session_private.h"

struct script {
	struct budget budget; /* of the list */
	struct command_list list;
	char *path;
	size_t at;
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

struct script *script_open(const char *path, struct budget_amounts budget, struct vf_error *error)
{
	struct script *script = xcalloc(1, sizeof(*script));

	script->path = xstrdup(path);
	script->budget = budget_of(budget);
	if (!read_commands(path, &script->budget, &script->list, error) ||
	    !rehearse(script, budget, error)) {
		script_close(script);
		return NULL;
	}
	print_next(script);
	return script;
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
	if (!at)
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
