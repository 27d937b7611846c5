/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that tell a story: title, about, say, wait, ask. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/session_private.h"

static bool tell(struct call *call, char **field, enum request request)
{
	free(*field);
	*field = xstrdup(command_word(call->command, call->command->args.name));
	*call->request = request;
	return true;
}

bool run_title(struct call *call)
{
	return tell(call, &call->session->story.title, REQUEST_TITLE);
}

bool run_about(struct call *call)
{
	return tell(call, &call->session->story.about, REQUEST_ABOUT);
}

bool run_say(struct call *call)
{
	return tell(call, &call->session->story.say, REQUEST_SAY);
}

bool run_wait(struct call *call)
{
	call->session->story.wait = call->command->args.real;
	*call->request = REQUEST_WAIT;
	return true;
}

bool run_ask(struct call *call)
{
	const struct args *args = &call->command->args;
	struct question *q = &call->session->story.question;

	for (size_t i = 0; i < q->choice_count; i++)
		free(q->choices[i]);
	free(q->choices);
	free(q->text);
	free(q->why);
	*q = (struct question){
		.text = xstrdup(command_word(call->command, args->name)),
		.choice_count = (size_t)args->second,
		.choices = xcalloc((size_t)args->second, sizeof(char *)),
		.answer = (unsigned)args->number,
		.why = args->because ? xstrdup(command_word(call->command, args->because)) : NULL,
	};
	for (size_t i = 0; i < q->choice_count; i++)
		q->choices[i] = xstrdup(command_word(call->command, args->name2 + (unsigned)i));
	*call->request = REQUEST_ASK;
	return true;
}
