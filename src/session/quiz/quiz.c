/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/quiz/quiz.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "session/quiz/quiz_idea.h"

enum {
	RUN_TO_RISE = 2, /* right answers on a level */
	LATER = 2,	 /* questions until a missed one is asked again */
	TRIES = 60,	 /* draws, until one fits */
	IDEA_TRIES = 600, /* of those that are about an idea there are fewer */
};

/* --- beginning and ending ----------------------------------------------------------------- */

void quiz_forget_round(struct quiz *quiz)
{
	memset(quiz->score, 0, sizeof(quiz->score));
	quiz->missed_count = 0;
}

void quiz_deinit(struct quiz *quiz)
{
	quiz_question_deinit(&quiz->now);
	for (size_t i = 0; i < quiz->due_count; i++)
		free(quiz->due[i].belief);
	free(quiz->again.belief);
	free(quiz->due);
	free(quiz->seen);
	free(quiz->missed);
	*quiz = (struct quiz){0};
}

/* The caller gets its belief. */
static struct quiz_due take_due(struct quiz *quiz, size_t i)
{
	struct quiz_due due = quiz->due[i];

	quiz->due_count--;
	memmove(&quiz->due[i], &quiz->due[i + 1], (quiz->due_count - i) * sizeof(*quiz->due));
	return due;
}

/* The idea that it is only about; NULL: none. */
static const struct quiz_idea *only_idea(const struct quiz *quiz)
{
	return quiz->topic >= QUIZ_TOPICS ? &quiz_ideas[quiz->topic - QUIZ_TOPICS] : NULL;
}

static bool is_about(const struct quiz *quiz, const struct quiz_kind *kind, size_t topic, const char *belief)
{
	const struct quiz_idea *idea = only_idea(quiz);

	if (idea)
		return belief && quiz_idea_has(idea, belief);
	return !kind || quiz->topic < 0 || topic == (size_t)quiz->topic;
}

/* Each kind is there once: the latest belief counts. */
static void add_due(struct quiz *quiz, const struct quiz_kind *kind, size_t topic, const char *belief, size_t at)
{
	if (!is_about(quiz, kind, topic, belief))
		return;
	for (size_t i = 0; kind && i < quiz->due_count; i++)
		if (quiz->due[i].kind == kind) {
			free(take_due(quiz, i).belief);
			break;
		}
	GROW(quiz->due, quiz->due_count, quiz->due_cap);
	quiz->due[quiz->due_count++] = (struct quiz_due){kind, topic, belief ? xstrdup(belief) : NULL, at};
}

void quiz_begin(struct quiz *quiz, uint64_t seed, size_t count, int topic, const struct learner *learner)
{
	quiz_deinit(quiz);
	*quiz = (struct quiz){.begun = true, .seed = seed, .count = count, .topic = topic};
	for (size_t i = 0; i < learner->again_count; i++) {
		const struct missed_question *missed = &learner->again[i];
		size_t topic = 0;
		const struct quiz_kind *kind = missed->kind ? quiz_kind_find(missed->kind, &topic) : NULL;

		if (missed->kind ? kind != NULL : missed->belief != NULL)
			add_due(quiz, kind, topic, missed->belief, 1 + i * LATER);
	}
}

/* --- questions that were not asked yet ---------------------------------------------------- */

/* FNV-1a. */
static uint64_t hash(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

static bool is_seen(const struct quiz *quiz, const struct quiz_question *q)
{
	uint64_t h = hash(q->text);

	for (size_t i = 0; i < quiz->seen_count; i++)
		if (quiz->seen[i] == h)
			return true;
	return false;
}

/* That one is the question now. */
static void take(struct quiz *quiz, struct quiz_question *q)
{
	GROW(quiz->seen, quiz->seen_count, quiz->seen_cap);
	quiz->seen[quiz->seen_count++] = hash(q->text);
	quiz_question_deinit(&quiz->now);
	quiz->now = *q;
	quiz->drawn++;
	quiz->open = true;
}

/* Those of the topic that are nearest to the level; `but` only if there is no other one. */
static const struct quiz_kind *choose_kind(size_t topic, unsigned level, const struct quiz_kind *but, struct rng *rng)
{
	const struct quiz_kinds *kinds = quiz_topics[topic].kinds;
	const struct quiz_kind *chosen = NULL;
	unsigned nearest = QUIZ_LEVELS, fit = 0;

	for (size_t i = 0; i < kinds->n; i++) {
		const struct quiz_kind *kind = &kinds->v[i];
		unsigned distance = kind->level > level ? kind->level - level : level - kind->level;

		if (kind == but || distance > nearest)
			continue;
		fit = distance < nearest ? 1 : fit + 1;
		nearest = distance;
		if (!rng_below(rng, fit)) /* each of them with the same chance */
			chosen = kind;
	}
	return chosen ? chosen : but;
}

/* One on that level that was not asked yet, if there are enough. */
static bool draw(struct quiz *quiz, size_t topic, unsigned level, struct rng *rng, struct budget_amounts budget,
		 struct vf_error *error)
{
	const struct quiz_kind *kind = choose_kind(topic, level, quiz->now.kind, rng);
	struct quiz_question q = {0};

	for (unsigned i = 0; i < TRIES && (!i || is_seen(quiz, &q)); i++) {
		quiz_question_deinit(&q);
		quiz_question_draw(&q, topic, kind, rng);
	}
	if (!quiz_question_solve(&q, budget, error)) {
		quiz_question_deinit(&q);
		return false;
	}
	take(quiz, &q);
	return true;
}

static unsigned level_of(const struct learner *learner, size_t topic)
{
	const struct quiz_progress *progress = learner_quiz(learner, quiz_topic_word(topic));
	unsigned level = progress ? progress->level : 1;

	return level < 1 ? 1 : level > QUIZ_LEVELS ? QUIZ_LEVELS : level;
}

/*
 * One about the idea that it is only about; if there is one, near the level that the learner has
 * in its topic, or, if learner is NULL, near `level`.
 */
static bool draw_idea(struct quiz *quiz, const struct learner *learner, unsigned level, struct rng *rng,
		      struct budget_amounts budget, struct vf_error *error)
{
	const struct quiz_idea *idea = only_idea(quiz);

	for (unsigned i = 0; i < IDEA_TRIES; i++) {
		size_t topic = rng_below(rng, QUIZ_TOPICS);
		const struct quiz_kinds *kinds = quiz_topics[topic].kinds;
		const struct quiz_kind *kind = &kinds->v[rng_below(rng, kinds->n)];
		struct quiz_question q;

		if (learner)
			level = level_of(learner, topic);
		if (i < IDEA_TRIES / 2 && (kind->level > level + 1 || kind->level + 1 < level))
			continue;
		quiz_question_draw(&q, topic, kind, rng);
		if (quiz_question_solve(&q, budget, error) && !is_seen(quiz, &q) && quiz_idea_probed(idea, &q)) {
			take(quiz, &q);
			return true;
		}
		quiz_question_deinit(&q);
	}
	vf_error_set(error, "no other question about this topic was found");
	return false;
}

/* --- what was missed ---------------------------------------------------------------------- */

/* One of those that are open. */
static size_t choose_topic(const struct quiz *quiz, const bool open[QUIZ_TOPICS], struct rng *rng)
{
	size_t chosen = 0;
	unsigned n = 0;

	if (only_idea(quiz))
		return rng_below(rng, QUIZ_TOPICS);
	if (quiz->topic >= 0)
		return (size_t)quiz->topic;
	for (size_t i = 0; i < QUIZ_TOPICS; i++)
		if (open[i] && !rng_below(rng, ++n))
			chosen = i;
	return chosen;
}

/* Which question may ask for a missed idea once more, the best first. */
enum likeness {
	OTHER_KIND,  /* another kind of question, in which the same belief leads to a wrong answer */
	SAME_BELIEF, /* the same kind, and the same belief */
	SAME_KIND,
	LIKENESSES
};

/* One that may do; NULL: this one does not. *topic: its topic. */
static const struct quiz_kind *kind_like(const struct quiz *quiz, const struct quiz_due *due, enum likeness like,
					 const bool open[QUIZ_TOPICS], struct rng *rng, size_t *topic)
{
	const struct quiz_kind *kind;

	*topic = due->kind ? due->topic : choose_topic(quiz, open, rng);
	if (like != OTHER_KIND)
		return due->kind;
	kind = &quiz_topics[*topic].kinds->v[rng_below(rng, quiz_topics[*topic].kinds->n)];
	if (!due->kind)
		return kind;
	return kind != due->kind && kind->level <= due->kind->level + 1 ? kind : NULL;
}

/* Draws until one fits. False: none did. */
static bool draw_like(struct quiz *quiz, const struct quiz_due *due, enum likeness like,
		      const bool open[QUIZ_TOPICS], struct rng *rng, struct budget_amounts budget)
{
	for (unsigned i = 0; i < TRIES; i++) {
		size_t topic;
		const struct quiz_kind *kind = kind_like(quiz, due, like, open, rng, &topic);
		struct vf_error ignored;
		struct quiz_question q;

		if (!kind)
			continue;
		quiz_question_draw(&q, topic, kind, rng);
		if (quiz_question_solve(&q, budget, &ignored) && !is_seen(quiz, &q) &&
		    (like == SAME_KIND || quiz_question_probes(&q, due->belief))) {
			take(quiz, &q);
			return true;
		}
		quiz_question_deinit(&q);
	}
	return false;
}

static bool draw_again(struct quiz *quiz, const struct quiz_due *due, const bool open[QUIZ_TOPICS], struct rng *rng,
		       struct budget_amounts budget)
{
	enum likeness like = due->belief ? OTHER_KIND : SAME_KIND;

	while (like < LIKENESSES && !draw_like(quiz, due, like, open, rng, budget))
		like++;
	return like < LIKENESSES;
}

/* Asks the first that is due, but not twice in a row: new questions come in between. False: none. */
static bool next_due(struct quiz *quiz, const bool open[QUIZ_TOPICS], struct rng *rng, struct budget_amounts budget)
{
	bool before = quiz->is_again;
	size_t i = 0;

	quiz->is_again = false;
	while (i < quiz->due_count && quiz->due[i].at > quiz->drawn)
		i++;
	if (before || i == quiz->due_count)
		return false;
	free(quiz->again.belief);
	quiz->again = take_due(quiz, i);
	quiz->is_again = draw_again(quiz, &quiz->again, open, rng, budget);
	return quiz->is_again;
}

/* --- the next one ------------------------------------------------------------------------- */

bool quiz_next(struct quiz *quiz, const struct learner *learner, const bool open[QUIZ_TOPICS],
	       struct budget_amounts budget, struct vf_error *error)
{
	struct rng rng = rng_stream(quiz->seed, quiz->drawn);
	size_t topic;

	if (next_due(quiz, open, &rng, budget))
		return true;
	if (only_idea(quiz))
		return draw_idea(quiz, learner, 0, &rng, budget, error);
	topic = choose_topic(quiz, open, &rng);
	return draw(quiz, topic, level_of(learner, topic), &rng, budget, error);
}

bool quiz_next_of_sheet(struct quiz *quiz, struct budget_amounts budget, struct vf_error *error)
{
	struct rng rng = rng_stream(quiz->seed, quiz->drawn), order = rng_stream(quiz->seed, UINT64_MAX);
	unsigned level = (unsigned)(1 + quiz->drawn * QUIZ_LEVELS / quiz->count);
	size_t topic = quiz->topic >= 0 ? (size_t)quiz->topic
					: (rng_below(&order, QUIZ_TOPICS) + quiz->drawn * 3) % QUIZ_TOPICS;

	if (only_idea(quiz))
		return draw_idea(quiz, NULL, level, &rng, budget, error);
	return draw(quiz, topic, level, &rng, budget, error);
}

/* --- answers ------------------------------------------------------------------------------ */

static void add_missed(struct quiz *quiz, const char *belief)
{
	for (size_t i = 0; i < quiz->missed_count; i++)
		if (!strcmp(quiz->missed[i].belief, belief)) {
			quiz->missed[i].times++;
			return;
		}
	GROW(quiz->missed, quiz->missed_count, quiz->missed_cap);
	quiz->missed[quiz->missed_count++] = (struct quiz_missed){belief, 1};
}

void quiz_note(struct quiz *quiz, const struct quiz_end *end)
{
	struct quiz_score *score = &quiz->score[quiz->now.topic];

	assert(quiz->open);
	score->asked++;
	score->right += end->right;
	score->second += end->right && end->second;
	score->skipped += end->skipped;
	if (end->belief)
		add_missed(quiz, end->belief);
	if (!end->right || end->second)
		add_due(quiz, quiz->now.kind, quiz->now.topic, end->belief, quiz->drawn + LATER - 1);
	quiz->open = false;
}

void quiz_note_learner(const struct quiz *quiz, const struct quiz_end *end, struct learner *learner)
{
	struct quiz_progress *progress = learner_add_quiz(learner, quiz_topic_word(quiz->now.topic));
	bool right = end->right && !end->second;

	progress->level = level_of(learner, quiz->now.topic);
	progress->asked++;
	progress->right += right;
	progress->run = right ? progress->run + 1 : 0;
	if (progress->run >= RUN_TO_RISE && progress->level < QUIZ_LEVELS) {
		progress->level++;
		progress->run = 0;
	} else if (!right && progress->level > 1) {
		progress->level--;
	}
	if (end->belief)
		learner_add_missed(learner, end->belief);
	if (right && quiz->is_again)
		learner_drop_again(learner, quiz->again.kind ? quiz->again.kind->name : NULL, quiz->again.belief);
	if (right)
		learner_drop_again(learner, quiz->now.kind->name, NULL);
	else
		learner_add_again(learner, quiz->now.kind->name, end->belief);
}

struct quiz_score quiz_sum(const struct quiz *quiz)
{
	struct quiz_score sum = {0};

	for (size_t i = 0; i < QUIZ_TOPICS; i++) {
		sum.asked += quiz->score[i].asked;
		sum.right += quiz->score[i].right;
		sum.second += quiz->score[i].second;
		sum.skipped += quiz->score[i].skipped;
	}
	return sum;
}
