/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/witness.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/witness_text.h"
#include "report/sides.h"
#include "report/text.h"

/* --- the goal ---------------------------------------------------------------------------- */

/* Is the decision of the last fork on both the difference that is looked for? */
static bool differs(const struct witness_goal *s, const struct setup_pair *pair)
{
	struct decision_input input[2];
	const struct decision *d[2] = {NULL};

	for (int k = 0; k < 2; k++) {
		const struct fork_vma *vma = last_fork_vma(pair->machine[k], "mem");

		if (!vma)
			return false;
		d[k] = &vma->decision;
		input[k] = (struct decision_input){d[k]->src_flags, d[k]->dst_flags, d[k]->anon_vma};
	}
	if (d[0]->what == d[1]->what)
		return false;
	if (s->which < s->diff->case_count) {
		struct kernel_diff one = *s->diff;

		one.cases = &s->diff->cases[s->which];
		one.case_count = 1;
		return kernel_diff_says(&one, input) >= 0;
	}
	return true;
}

static bool reached(const struct setup_pair *pair, const void *goal)
{
	const struct witness_goal *difference = goal;

	return differs(difference, pair) && (!difference->must_show || setup_pair_shows(pair));
}

/* --- the scenario's text ----------------------------------------------------------------- */

/* The case that the found set-up belongs to. */
static size_t case_of(const struct witness_goal *difference, const struct setup_pair *pair)
{
	struct witness_goal one = *difference;

	for (one.which = 0; one.which < one.diff->case_count; one.which++)
		if (differs(&one, pair))
			return one.which;
	return 0;
}

static void print_head(const struct witness *w, struct buf *out)
{
	const struct kernel_diff *diff = w->goal.diff;
	const struct diff_case *shown = &diff->cases[w->shown];
	struct buf text = {0};

	buf_puts(out, "# The smallest set-up in which these two kernels decide differently, found by\n"
		      "# kernel diff.\n");
	if (w->by_hand)
		witness_text_by_hand(out);
	if (!w->goal.must_show)
		buf_puts(out, "# The decision differs, and the child's entries do not.\n");
	buf_printf(&text, "%s and %s decide differently", diff->name[0], diff->name[1]);
	witness_text_line("title", buf_str(&text), out);
	buf_clear(&text);
	buf_printf(&text, "%s copies and %s skips when: ", diff->name[shown->copies],
		   diff->name[!shown->copies]);
	kernel_diff_words(diff, shown, &text);
	buf_putc(&text, '.');
	witness_text_line("about", buf_str(&text), out);
	buf_deinit(&text);
}

/* --- finding it -------------------------------------------------------------------------- */

bool witness_find(const struct kernel_diff *diff, size_t which, struct budget *budget,
		  struct witness *w, struct vf_error *error)
{
	bool found = false;

	*w = (struct witness){.goal = {.diff = diff, .which = which}};
	if (!diff->case_count)
		return vf_error_set(error, "%s and %s decide alike: there is no scenario that shows a difference",
				    diff->name[0], diff->name[1]);
	w->search = setup_search_create(diff->kernel, 0, budget, reached, &w->goal);
	/* First choice: by system calls, and visible in the child's pages. */
	for (int choice = 0; choice < 4 && !found; choice++) {
		w->goal.must_show = !(choice & 1);
		w->by_hand = choice & 2;
		found = setup_search_run(w->search, w->by_hand);
	}
	if (found) {
		w->pair = setup_found_forked(w->search);
		w->shown = case_of(&w->goal, &w->pair);
		return true;
	}
	witness_deinit(w);
	vf_error_set(error, "no set-up was found in which %s and %s decide differently",
		     diff->name[0], diff->name[1]);
	vf_error_hint(error, "the condition above is what is known; "
			     "a larger --budget searches longer");
	return false;
}

void witness_deinit(struct witness *w)
{
	setup_pair_free(&w->pair);
	setup_search_free(w->search);
	*w = (struct witness){0};
}

bool witness_write(const struct kernel_diff *diff, const char *const spec[2], size_t which,
		   struct budget *budget, struct buf *out, struct vf_error *error)
{
	struct witness w;

	if (!witness_find(diff, which, budget, &w, error))
		return false;
	print_head(&w, out);
	for (int k = 0; k < 2; k++)
		buf_printf(out, "kernel %s %s\n", side_names[k], spec[k]);
	witness_text_rest(w.search, &w.pair, out);
	witness_deinit(&w);
	return true;
}
