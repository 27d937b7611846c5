/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which wrong answers a prediction invites, and which of them the viewer gave. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/session_private.h"

static const enum belief_subject by_cost[] = {
	[COST_ENTRIES] = BELIEF_ENTRIES,
	[COST_TABLES] = BELIEF_TABLES,
	[COST_FAULTS] = BELIEF_FAULTS,
	[COST_COW_COPIES] = BELIEF_COPIES,
};

static enum belief_subject subject_of(const struct expect_args *expect)
{
	bool child = expect->process == PROCESS_CHILD;

	switch (expect->asked) {
	case ASKED_DECISION:
		return BELIEF_DECISION;
	case ASKED_REASON:
		return BELIEF_REASON;
	case ASKED_NUMBER:
		return expect->kind == EXPECT_COST   ? by_cost[expect->cost]
		       : expect->kind == EXPECT_VMAS ? BELIEF_VMAS
						     : BELIEF_PAGES;
	case ASKED_STATE:
		return child ? BELIEF_CHILD_STATE : BELIEF_PARENT_STATE;
	case ASKED_FLAG:
		return child ? BELIEF_CHILD_FLAG : BELIEF_PARENT_FLAG;
	case ASKED_SIGNAL:
		return BELIEF_SIGNAL;
	case ASKED_FORK:
		return BELIEF_FORK_END;
	case ASKED_ERRNO:
	case ASKED_KINDS:
		break;
	}
	return BELIEF_ERRNO;
}

/* Where what is asked about is; empty: it is not about a place, or nothing has that name. */
static struct stretch stretch_of(const struct machine *m, const struct prediction *p)
{
	const struct expect_args *expect = &p->command->args.expect;
	bool decision = expect->asked == ASKED_DECISION || expect->asked == ASKED_REASON;
	const struct mm *mm = !decision && expect->process == PROCESS_CHILD ? m->child : m->parent;
	struct stretch stretch = {0, 0};

	prediction_stretch(p, m, mm, &stretch);
	return stretch;
}

/* How many of the parent's pages have what is counted of the child's. */
static uint64_t parents_count(const struct machine *m, const struct prediction *p)
{
	struct command parents = *p->command; /* for reading only */
	struct buf got = {0};
	uint64_t count;

	if (parents.args.expect.kind != EXPECT_COUNTED)
		return 0;
	parents.args.expect.process = PROCESS_PARENT;
	expectation_holds(&parents, m, &got);
	count = strtoull(buf_str(&got), NULL, 10);
	buf_deinit(&got);
	return count;
}

/* Is what the viewer answered, in full, that answer? A state may have attributes behind it. */
static bool is_answer(const struct prediction *p, const char *wrong)
{
	size_t n = strcspn(p->answer, ",");

	if (p->command->args.expect.asked == ASKED_NUMBER)
		return strtoull(p->answer, NULL, 0) == strtoull(wrong, NULL, 0);
	return strlen(wrong) == n && !strncmp(p->answer, wrong, n);
}

void prediction_find_mistakes(struct session *s, struct prediction *p, const char *truth)
{
	const struct expect_args *expect = &p->command->args.expect;
	struct machine *m = s->machine[expect->side];
	struct belief_question question = {
		.subject = subject_of(expect),
		.m = m,
		.where = stretch_of(m, p),
		.parents = parents_count(m, p),
		.truth = truth,
	};

	p->wrong_count = wrong_answers(&question, p->wrong);
	p->mistaken = false;
	for (size_t i = 0; p->answer && !p->mistaken && i < p->wrong_count; i++) {
		p->mistaken = is_answer(p, p->wrong[i].text);
		p->mistake = i;
	}
	if (p->mistaken && !p->missed)
		p->missed = p->wrong[p->mistake].belief;
}
