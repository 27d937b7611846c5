/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that tell a story: title, about, say, wait, ask. */
#include "base/alloc.h"
#include "session/session_private.h"

static const char *text_of(const struct call *call)
{
	return command_word(call->command, call->command->args.text);
}

bool run_title(struct call *call)
{
	story_set_title(&call->session->story, text_of(call));
	*call->request = REQUEST_TITLE;
	return true;
}

bool run_about(struct call *call)
{
	story_set_about(&call->session->story, text_of(call));
	*call->request = REQUEST_ABOUT;
	return true;
}

bool run_say(struct call *call)
{
	story_say(&call->session->story, text_of(call));
	*call->request = REQUEST_SAY;
	return true;
}

bool run_wait(struct call *call)
{
	story_wait(&call->session->story, call->command->args.real);
	*call->request = REQUEST_WAIT;
	return true;
}

bool run_ask(struct call *call)
{
	const struct ask_args *ask = &call->command->args.ask;
	struct question q = {
		.text = xstrdup(command_word(call->command, ask->question)),
		.choice_count = ask->choices,
		.choices = xcalloc(ask->choices, sizeof(char *)),
		.answer = ask->answer,
		.why = ask->why ? xstrdup(command_word(call->command, ask->why)) : NULL,
	};

	for (size_t i = 0; i < q.choice_count; i++)
		q.choices[i] = xstrdup(command_word(call->command, ask->first_choice + (unsigned)i));
	story_ask(&call->session->story, q);
	*call->request = REQUEST_ASK;
	return true;
}
