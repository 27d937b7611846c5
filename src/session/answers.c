/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The viewer's answers to predictions, and forks that wait for them (set predict on). */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/session_private.h"

enum { FORK_NAMES = 16 }; /* with more, a fork is not asked about */

/* --- before a fork ------------------------------------------------------------------------ */

/* Of each VMA on that side, as `predict "..." SIDE * ?` asks. */
static void ask_side(struct session *s, int side)
{
	size_t first = s->predictions.n;
	struct buf text = {0};
	struct reader reader;
	struct line line;
	struct vf_error error;
	struct command *c;
	bool more;

	buf_printf(&text, "predict \"Copied or skipped on the %s, %s, check %s?\" %s * ?", side_names[side],
		   s->kernel[side]->name, kernel_check_word(s->kernel[side]), side_names[side]);
	reader_init(&reader, "", buf_str(&text), text.len);
	c = reader_next(&reader, &line, &more, &error) ? command_parse(&reader, &line, false, &error) : NULL;
	if (c)
		ask_names(s, c, FORK_NAMES, &error);
	while (first < s->predictions.n)
		s->predictions.v[first++].of_fork = true;
	command_free(c);
	buf_deinit(&text);
}

/* What decides on both sides is the same: to ask twice would give the answer away. */
static bool same_kernel(const struct session *s)
{
	return !strcmp(s->kernel[LEFT]->name, s->kernel[RIGHT]->name) &&
	       !strcmp(kernel_check_word(s->kernel[LEFT]), kernel_check_word(s->kernel[RIGHT]));
}

bool session_ask_fork(struct session *s, const struct command *c, enum request *request)
{
	struct predictions *predictions = &s->predictions;

	if (c->spec->id != COMMAND_fork || !predictions->on || predictions->forking || !s->saved.asks)
		return false;
	predictions_forget_fork(predictions);
	predictions_unlight(predictions);
	ask_side(s, LEFT);
	if (!same_kernel(s))
		ask_side(s, RIGHT);
	predictions->fork_waits = predictions->n && predictions->v[predictions->n - 1].of_fork;
	*request = REQUEST_PREDICT;
	return predictions->fork_waits;
}

void session_forget_fork(struct session *s)
{
	if (s->predictions.fork_waits)
		predictions_forget_fork(&s->predictions);
	s->predictions.fork_waits = false;
}

/* --- answers ------------------------------------------------------------------------------- */

/* In a line where a screen shows each answer next to what it was about. */
static void reveal_fork(struct session *s, struct buf *out)
{
	const struct predictions *predictions = &s->predictions;
	size_t asked = 0, right = 0;
	struct buf said = {0};

	session_reveal(s, &said);
	if (s->keyless)
		buf_puts(out, buf_str(&said));
	buf_deinit(&said);
	for (size_t i = 0; i < predictions->n; i++) {
		asked += predictions->v[i].lit;
		right += predictions->v[i].lit && predictions->v[i].right;
	}
	buf_printf(out, "%zu of %zu right; ' goes to the steps that decided.\n", right, asked);
}

/* Carries out the fork that has waited, and reveals. */
static bool fork_now_asked(struct session *s, struct buf *out, enum request *request,
			   struct vf_error *error)
{
	struct predictions *predictions = &s->predictions;
	bool ok;

	predictions->fork_waits = false;
	predictions->forking = true;
	ok = session_command(s, "fork", out, request, error);
	predictions->forking = false;
	if (ok)
		reveal_fork(s, out);
	else
		predictions_forget_fork(predictions);
	return ok;
}

bool session_predict(struct session *s, const char *answer, struct buf *out, enum request *request,
		     struct vf_error *error)
{
	struct prediction *p = predictions_open(&s->predictions);
	struct command *expect;
	struct buf full = {0};

	*request = REQUEST_NONE;
	session_forget_choices(s);
	if (answer) {
		expect = prediction_expects(p, answer, error);
		if (!expect)
			return false;
		prediction_answered(p->command, expect, &full);
		p->answer = buf_take(&full);
		command_free(expect);
	}
	p->passed = !answer;
	if (s->predictions.fork_waits && !predictions_open(&s->predictions))
		return fork_now_asked(s, out, request, error);
	return true;
}

void session_predict_again(struct session *s, const char *answer, const char *belief)
{
	struct prediction *p = predictions_open(&s->predictions);

	free(p->before);
	p->before = xstrdup(answer);
	p->missed = belief;
}

void session_reveal(struct session *s, struct buf *out)
{
	struct vf_error error;

	if (!goal_end(s, out, &error))
		vf_error_print(&error, out);
	predictions_reveal(s, NULL, out);
	session_sync(s);
}

const struct prediction *session_asked(const struct session *s)
{
	return predictions_open(&s->predictions);
}

bool session_asked_place(const struct session *s, struct place_named *place)
{
	const struct prediction *p = session_asked(s);
	const struct command *c = p->command;

	return prediction_name(p) && name_place(s, c->args.expect.side, c, prediction_name(p), place);
}

bool session_revealed_place(const struct session *s, struct place_named *place)
{
	const struct predictions *predictions = &s->predictions;
	const struct prediction *shown = NULL;

	for (size_t i = 0; i < predictions->n; i++) {
		const struct prediction *p = &predictions->v[i];

		if (p->lit && prediction_name(p) && (!shown || (shown->right && !p->right)))
			shown = p;
	}
	return shown && name_place(s, shown->command->args.expect.side, shown->command, prediction_name(shown),
				   place);
}

/* What hints are about: the open goal or question; NULL: none. */
static const struct command *hinted(const struct session *s)
{
	const struct prediction *asked = session_asked(s);

	return session_goal_open(s) ? s->goal.command : asked ? asked->command : NULL;
}

const char *session_hint(struct session *s, size_t *left, bool *again)
{
	const struct command *of = hinted(s);
	bool all = of && !hints_left(&s->hints, of);
	const char *hint = of ? hints_show(&s->hints, of) : NULL;

	*left = of ? hints_left(&s->hints, of) : 0;
	*again = hint && all;
	return hint;
}

bool session_has_hints(const struct session *s)
{
	const struct command *of = hinted(s);

	return of && s->hints.of == of && s->hints.n;
}

const struct predictions *session_predictions(const struct session *s)
{
	return &s->predictions;
}
