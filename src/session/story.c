/* SPDX-License-Identifier: GPL-2.0-or-later */
/* title, about, say, wait, ask: what a scenario tells its viewer. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/session_private.h"

static bool tell(struct call *call, char **field, enum request request)
{
	free(*field);
	*field = xstrdup(command_word(call->command, call->command->args.text));
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
	const struct ask_args *ask = &call->command->args.ask;
	struct question *q = &call->session->story.question;

	for (size_t i = 0; i < q->choice_count; i++)
		free(q->choices[i]);
	free(q->choices);
	free(q->text);
	free(q->why);
	*q = (struct question){
		.text = xstrdup(command_word(call->command, ask->question)),
		.choice_count = ask->choices,
		.choices = xcalloc(ask->choices, sizeof(char *)),
		.answer = ask->answer,
		.why = ask->why ? xstrdup(command_word(call->command, ask->why)) : NULL,
	};
	for (size_t i = 0; i < q->choice_count; i++)
		q->choices[i] = xstrdup(command_word(call->command, ask->first_choice + (unsigned)i));
	*call->request = REQUEST_ASK;
	return true;
}
