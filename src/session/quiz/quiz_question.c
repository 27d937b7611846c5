/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/quiz/quiz_question.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/session_private.h"

const struct quiz_topic quiz_topics[QUIZ_TOPICS] = {
	{"What fork copies", &quiz_drafts_copies},
	{"Who is asked", &quiz_drafts_asked},
	{"userfaultfd", &quiz_drafts_userfaultfd},
	{"Guards", &quiz_drafts_guards},
	{"Huge, pinned, swapped", &quiz_drafts_huge},
	{"When it goes wrong", &quiz_drafts_wrong},
	{"Reading a kernel", &quiz_drafts_kernel},
};

const char *quiz_topic_word(size_t topic)
{
	return vocab_topic.words[topic];
}

const struct quiz_kind *quiz_kind_find(const char *name, size_t *topic)
{
	for (*topic = 0; *topic < QUIZ_TOPICS; ++*topic)
		for (size_t i = 0; i < quiz_topics[*topic].kinds->n; i++)
			if (!strcmp(quiz_topics[*topic].kinds->v[i].name, name))
				return &quiz_topics[*topic].kinds->v[i];
	return NULL;
}

void quiz_question_draw(struct quiz_question *q, size_t topic, const struct quiz_kind *kind, struct rng *rng)
{
	struct buf text = {0};

	*q = (struct quiz_question){.topic = topic, .kind = kind};
	draft_init(&q->draft, rng);
	kind->draft(&q->draft);
	q->draft.rng = NULL;
	draft_print(&q->draft, &text);
	q->text = buf_take(&text);
}

void quiz_question_deinit(struct quiz_question *q)
{
	draft_deinit(&q->draft);
	free(q->text);
	free(q->truth);
	free(q->choices);
	*q = (struct quiz_question){0};
}

/* --- the model's answer ------------------------------------------------------------------- */

/* All that an answer can be, where that is not much. */
static char *list_choices(const struct command *predict)
{
	enum { MOST = 10 };
	struct buf out = {0};
	const char *answer;

	if (predict->args.expect.asked == ASKED_NUMBER)
		buf_puts(&out, "a number");
	else if (predict->args.expect.asked == ASKED_REASON)
		buf_puts(&out, "a flag such as VM_UFFD_WP, or anon_vma");
	else if (prediction_answer(predict, MOST))
		buf_puts(&out, "an errno such as EINVAL");
	for (size_t i = 0; !prediction_answer(predict, MOST) && (answer = prediction_answer(predict, i)); i++)
		buf_printf(&out, "%s%s", i ? ", " : "", answer);
	return buf_take(&out);
}

static void take_answer(struct quiz_question *q, const struct prediction *p)
{
	q->truth = xstrdup(p->truth);
	q->choices = list_choices(p->command);
	memcpy(q->wrong, p->wrong, sizeof(q->wrong));
	q->wrong_count = p->wrong_count;
}

bool quiz_question_solve(struct quiz_question *q, struct budget_amounts budget, struct vf_error *error)
{
	struct script *script = script_open_text(q->kind->name, q->text, budget, error);
	struct session *s = session_create(false);
	enum request request;
	struct buf out = {0};
	bool ok = script;

	session_set_budget(s, budget);
	while (ok && script_peek(script))
		ok = script_step(script, s, &out, &request, error);
	if (ok)
		session_reveal(s, &out);
	if (ok && s->tally.failed) {
		ok = false;
		vf_error_set(error, "%s: %.200s", q->kind->name, buf_str(&out));
	}
	if (ok)
		take_answer(q, &s->predictions.v[0]);
	buf_deinit(&out);
	session_free(s);
	script_close(script);
	return ok;
}

bool quiz_question_probes(const struct quiz_question *q, const char *belief)
{
	for (size_t i = 0; i < q->wrong_count; i++)
		if (!strcmp(q->wrong[i].belief, belief))
			return true;
	return false;
}
