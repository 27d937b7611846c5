/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of which only what it comes to counts, such as `check` and `run` read: each command is
 * carried out when it is read, and forgotten, so that a million take no more memory than their
 * text. Few commands need those before them once more: another kernel, undo, a goal. A file that
 * has one is loaded.
 */
#include "session/session_private.h"

struct checking {
	struct session *session;
	struct buf *out;
	bool built;	 /* something was carried out, and forgotten */
	bool looks_back; /* a command needs it */
	bool failed;
	struct vf_error error; /* of the first that failed */
};

static bool looks_back(const struct checking *k, const struct command *c)
{
	static const bool stories[COMMANDS] = {
		[COMMAND_title] = true, [COMMAND_about] = true, [COMMAND_say] = true,
		[COMMAND_wait] = true,	[COMMAND_ask] = true,
	};

	if (c->spec->group == GROUP_EXPECT)
		return c->args.expect.kind == EXPECT_REFUSED; /* is tried on a copy */
	if (c->spec->id == COMMAND_kernel || c->spec->id == COMMAND_check)
		return k->built;
	return !c->spec->builds && !stories[c->spec->id];
}

static bool carry_out(struct checking *k, struct command *c, const struct reader *reader)
{
	enum request request;
	bool kept;

	k->built |= c->spec->builds;
	return session_execute(k->session, c, reader, k->out, &request, &kept, &k->error);
}

/* An error in how a later line is written is reported first, as session_load() does. */
static bool take(void *arg, struct command *c, const struct reader *reader, struct vf_error *error)
{
	struct checking *k = arg;

	(void)error;
	k->looks_back = !k->failed && looks_back(k, c);
	if (!k->failed && !k->looks_back)
		k->failed = !carry_out(k, c, reader);
	budget_give(&k->session->budget, c->bytes);
	command_free(c);
	return !k->looks_back;
}

/* Loads what has been read, into a session that is as it was. */
static bool load(struct session *s, const char *path, struct command_list *list, struct buf *out,
		 struct vf_error *error)
{
	s->forgets = false;
	s->tally = (struct tally){0};
	session_roll_back(s, 0);
	buf_clear(out);
	budget_begin(&s->budget);
	return read_commands(path, &s->budget, list, error) &&
	       session_load_commands(s, list, out, error);
}

bool session_run_file(struct session *s, const char *path, struct buf *out, struct vf_error *error)
{
	struct checking k = {.session = s, .out = out};
	struct command_list list = {0};
	bool ok;

	budget_begin(&s->budget);
	s->forgets = true;
	s->loading++;
	ok = each_command(path, &s->budget, &list, take, &k, error);
	s->loading--;
	if (k.looks_back) {
		ok = load(s, path, &list, out, error);
	} else if (ok && k.failed) {
		*error = k.error;
		ok = false;
	} else if (ok) {
		ok = session_settle(s, error);
	}
	command_list_deinit(&list);
	return ok;
}
