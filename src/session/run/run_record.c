/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record: the front end does it, into a file that is made here. */
#include <stdlib.h>

#include "base/file.h"
#include "session/session_private.h"

bool run_record(struct call *call)
{
	struct session *s = call->session;
	const struct command *c = call->command;
	bool off = !c->args.file.file;
	char *path = off ? NULL : command_path(c, c->args.file.file);

	if (!s->saved.asks || s->keyless) {
		vf_error_set(call->error, "there is no screen to record");
		free(path);
		return call_blame(call, 0);
	}
	if (!off && !make_file(path, "", 0, call->error)) {
		free(path);
		return call_blame(call, c->args.file.file);
	}
	if (s->record)
		buf_printf(call->out, "%s is complete.\n", s->record);
	else if (off)
		buf_puts(call->out, "Nothing is being recorded.\n");
	if (!off)
		buf_printf(call->out, "Recording to %s; record off stops.\n", path);
	free(s->record);
	s->record = path;
	return true;
}

const char *session_record(const struct session *s)
{
	return s->record;
}
