/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/guess.h"

#include <string.h>

#include "language/command.h"
#include "model/vma.h"

static bool is_seen(const struct prediction *p)
{
	return p->shown && p->answer && (p->lit || !p->revealed);
}

/* The newest answer that is seen and older than that one; NULL: the newest of all. */
static const struct prediction *older(const struct predictions *predictions, const struct prediction *than)
{
	size_t i = than ? (size_t)(than - predictions->v) : predictions->n;

	while (i-- > 0)
		if (is_seen(&predictions->v[i]))
			return &predictions->v[i];
	return NULL;
}

#define for_each_guess(guess, predictions)                                                        \
	for (const struct prediction *guess = older(predictions, NULL); guess;                     \
	     guess = older(predictions, guess))

const struct prediction *guess_decision(const struct predictions *predictions, const struct machine *m,
					int side, struct stretch where)
{
	for_each_guess(p, predictions) {
		const struct expect_args *expect = &p->command->args.expect;
		struct stretch stretch;

		if (expect->side != side || (expect->asked != ASKED_DECISION && expect->asked != ASKED_REASON))
			continue;
		if (prediction_stretch(p, m, m->parent, &stretch) && stretch.start < where.end &&
		    where.start < stretch.end)
			return p;
	}
	return NULL;
}

const struct prediction *guess_cost(const struct predictions *predictions, int side, int cost)
{
	for_each_guess(p, predictions) {
		const struct expect_args *expect = &p->command->args.expect;

		if (expect->side == side && expect->kind == EXPECT_COST && (int)expect->cost == cost)
			return p;
	}
	return NULL;
}

const struct prediction *guess_page(const struct scene *scene, bool child, uint64_t first, uint64_t last)
{
	const struct mm *mm = scene_process(scene, child);

	if (!mm || !scene->predictions->n)
		return NULL;
	for_each_guess(p, scene->predictions) {
		const struct expect_args *expect = &p->command->args.expect;
		struct stretch stretch;
		uint64_t page;

		if (expect->asked != ASKED_STATE || expect->side != scene->side ||
		    (expect->process == PROCESS_CHILD) != child)
			continue;
		if (!prediction_stretch(p, scene->machine, mm, &stretch) || stretch.start == stretch.end)
			continue;
		page = address_page(mm, stretch.start);
		if (first <= page && page <= last)
			return p;
	}
	return NULL;
}

bool guess_is_entry(const struct prediction *guess)
{
	return strcmp(guess->answer, "none") && strcmp(guess->answer, "absent");
}

static enum style style_of(const struct prediction *guess, bool known)
{
	return !known || !guess->revealed ? STYLE_LABEL : guess->right ? STYLE_SKIP : STYLE_COPY;
}

static void text_of(const struct prediction *guess, bool known, struct buf *out)
{
	buf_printf(out, "you: %s%s", guess->answer,
		   !known || !guess->revealed ? "?" : guess->right ? ", right" : ", wrong");
}

void put_guess_briefly(struct area area, int row, int col, const struct prediction *guess, bool known)
{
	col = put_fit(area, row, col, area.cols, style_of(guess, known), "you: ");
	put_fit(area, row, col, area.cols, style_of(guess, known), guess->answer);
}

int put_guess_right(struct area area, int row, const struct prediction *guess, bool known)
{
	struct buf text = {0};
	int col;

	if (!guess)
		return area.cols;
	buf_putc(&text, ' ');
	text_of(guess, known, &text);
	buf_putc(&text, ' ');
	col = put_right(area, row, style_of(guess, known), buf_str(&text));
	buf_deinit(&text);
	return col;
}
