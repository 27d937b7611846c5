/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/helper.h"

#include <string.h>

void answer_deinit(struct answer *answer)
{
	buf_deinit(&answer->out);
	buf_deinit(&answer->err);
	answer->status = 0;
}

enum { NOTHING_SEEN = 77 };

/*
 * The first line of a helper program's error says what is wrong, the following lines
 * what to do.
 */
static void complaint(const char *program, const struct answer *answer, struct vf_error *error)
{
	const char *text = buf_str(&answer->err);
	size_t n = strcspn(text, "\n");
	const char *hint = text[n] ? text + n + 1 + strspn(text + n + 1, " ") : "";

	if (!n) {
		vf_error_set(error, "%s failed with status %d and no message", program,
			     answer->status);
		return;
	}
	/* Messages start with the program's name. */
	if (strncmp(text, program, strlen(program)))
		vf_error_set(error, "%s: %.*s", program, n < 400 ? (int)n : 400, text);
	else
		vf_error_set(error, "%.*s", n < 400 ? (int)n : 400, text);
	vf_error_hint(error, "%.*s", (int)strcspn(hint, "\n"), hint);
}

bool helper_ask(const struct helper *helper, const char *const argv[], int also,
		struct answer *answer, struct vf_error *error)
{
	*answer = (struct answer){0};
	if (!helper->run) {
		vf_error_set(error, "cannot start %s from here", argv[0]);
		vf_error_hint(error, "use a session or vmafork-tui --batch");
		return false;
	}
	if (!helper->run(helper->owner, argv, answer, error)) {
		answer_deinit(answer);
		return false;
	}
	if (!answer->status || answer->status == NOTHING_SEEN || answer->status == also)
		return true;
	complaint(argv[0], answer, error);
	answer_deinit(answer);
	return false;
}
