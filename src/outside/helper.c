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

void helper_complain(const char *program, const struct answer *answer, struct vf_error *error)
{
	const char *text = buf_str(&answer->err);
	size_t n = strcspn(text, "\n");
	const char *hint = text[n] ? text + n + 1 + strspn(text + n + 1, " ") : "";

	if (!n) {
		vf_error_set(error, "%s failed with status %d and printed no error", program,
			     answer->status);
		return;
	}
	/* Errors that name no file begin with its name. */
	if (strncmp(text, program, strlen(program)))
		vf_error_set(error, "%s: %.*s", program, n < 400 ? (int)n : 400, text);
	else
		vf_error_set(error, "%.*s", n < 400 ? (int)n : 400, text);
	vf_error_hint(error, "%.*s", (int)strcspn(hint, "\n"), hint);
}

static bool run_helper(const struct helper *helper, const char *const argv[], struct answer *answer,
		       struct vf_error *error)
{
	*answer = (struct answer){.most = helper->most ? helper->most : HELPER_MOST};
	if (!helper->run) {
		vf_error_set(error, "cannot start %s from here", argv[0]);
		vf_error_hint(error, "use a session or vmafork-tui --batch");
		return false;
	}
	if (helper->run(helper->owner, argv, answer, error))
		return true;
	answer_deinit(answer);
	return false;
}

static bool complained(const char *program, struct answer *answer, struct vf_error *error)
{
	helper_complain(program, answer, error);
	answer_deinit(answer);
	return false;
}

bool helper_ask(const struct helper *helper, const char *const argv[], struct answer *answer,
		struct vf_error *error)
{
	if (!run_helper(helper, argv, answer, error))
		return false;
	if (!answer->status || answer->status == NOTHING_SEEN)
		return true;
	return complained(argv[0], answer, error);
}

bool helper_ask_json(const struct helper *helper, const char *const argv[], struct answer *answer,
		     struct vf_error *error)
{
	if (!run_helper(helper, argv, answer, error))
		return false;
	if (!answer->status || answer->out.len)
		return true;
	return complained(argv[0], answer, error);
}
