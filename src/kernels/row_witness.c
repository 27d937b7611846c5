/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/row_witness.h"

#include "kernels/setup_search.h"
#include "kernels/witness_text.h"
#include "report/sides.h"
#include "report/text.h"

/* --- the goal ---------------------------------------------------------------------------- */

struct row_goal {
	const struct decision_table *table;
	const struct table_row *row;
	bool of[2]; /* the machines whose fork has to meet it */
	bool must_show; /* and the children's pages have to differ */
};

static bool reached(const struct setup_pair *pair, const void *arg)
{
	const struct row_goal *goal = arg;

	for (int k = 0; k < 2; k++) {
		const struct fork_vma *vma = last_fork_vma(pair->machine[k], "mem");
		const struct decision *d = vma ? &vma->decision : NULL;
		struct decision_input input;

		if (!vma)
			return false;
		input = (struct decision_input){d->src_flags, d->dst_flags, d->anon_vma};
		if (goal->of[k] && table_row_of(goal->table, &input) != goal->row)
			return false;
	}
	return !goal->must_show || setup_pair_shows(pair);
}

/* --- the text ---------------------------------------------------------------------------- */

static void print_choice(const char *side, const struct kernel_choice *choice, struct buf *out)
{
	buf_printf(out, "kernel %s %s\n", side, choice->spec);
	if (choice->check)
		buf_printf(out, "check %s %s\n", side, choice->check);
}

/* "v6.18: skip, v6.19-rc1: copy, when src VM_UFFD_WP, no anon_vma." */
static void print_head(const struct row_goal *goal, bool by_hand, struct buf *out)
{
	const struct decision_table *t = goal->table;
	size_t number = (size_t)(goal->row - t->rows) + 1;
	struct buf text = {0};

	buf_puts(out, "# The smallest set-up whose fork meets this row, found by table.\n");
	if (by_hand)
		witness_text_by_hand(out);
	buf_printf(&text, "%s and %s, row %zu", t->name[0], t->name[1], number);
	witness_text_line("title", buf_str(&text), out);
	buf_clear(&text);
	for (int k = 0; k < 2; k++)
		buf_printf(&text, "%s: %s, ", t->name[k], decision_names[goal->row->answer[k]]);
	buf_puts(&text, "when ");
	table_row_words(t, goal->row, &text);
	buf_putc(&text, '.');
	for (int k = 0; k < 2; k++)
		if (!goal->row->reached[k]) {
			buf_printf(&text, " %s does not meet this row: ", t->name[k]);
			table_row_why(t, goal->row, k, &text);
			buf_putc(&text, '.');
		}
	witness_text_line("about", buf_str(&text), out);
	buf_deinit(&text);
}

static void print_found(const struct setup_search *search, const struct row_goal *goal,
			bool by_hand, const struct kernel_choice *const choice[2],
			struct buf *out)
{
	struct setup_pair pair = setup_found_forked(search);

	print_head(goal, by_hand, out);
	for (int k = 0; k < 2; k++)
		print_choice(side_names[k], choice[k], out);
	witness_text_rest(search, &pair, out);
	setup_pair_free(&pair);
}

/* --- the search -------------------------------------------------------------------------- */

/* With these two kernels of the table on the sides; what fork cannot meet is not searched. */
static bool search_with(const struct row_goal *goal, const int kernels[2],
			const struct kernel_choice choice[2], struct buf *out)
{
	const struct kernel *const kernel[2] = {goal->table->kernel[kernels[0]],
						goal->table->kernel[kernels[1]]};
	const struct kernel_choice *const chosen[2] = {&choice[kernels[0]], &choice[kernels[1]]};
	struct setup_search *search = setup_search_create(kernel, VM_DONTCOPY | VM_WIPEONFORK,
							  goal->table->budget, reached, goal);
	bool by_calls = true, found = false;

	for (int k = 0; k < 2; k++)
		by_calls &= !goal->of[k] || goal->row->by_calls[kernels[k]];
	for (int by_hand = !by_calls; by_hand < 2 && !found; by_hand++) {
		found = setup_search_run(search, by_hand);
		if (found)
			print_found(search, goal, by_hand, chosen, out);
	}
	setup_search_free(search);
	return found;
}

static bool refuse_row(const struct decision_table *t, const struct table_row *row,
		       struct vf_error *error)
{
	struct buf why[2] = {{0}, {0}};
	bool same;

	for (int k = 0; k < 2; k++)
		table_row_why(t, row, k, &why[k]);
	same = row->reasons[0] == row->reasons[1] && !row->no_flags[0] && !row->lacks[0];
	vf_error_set(error, "fork cannot meet row %zu: %s%s%s", (size_t)(row - t->rows) + 1,
		     buf_str(&why[0]), same ? "" : "; ", same ? "" : buf_str(&why[1]));
	buf_deinit(&why[0]);
	buf_deinit(&why[1]);
	return false;
}

bool row_witness_write(const struct decision_table *t, size_t number,
		       const struct kernel_choice choice[2], struct buf *out,
		       struct vf_error *error)
{
	const struct table_row *row = &t->rows[number];
	struct row_goal goal = {.table = t, .row = row, .of = {row->reached[0], row->reached[1]}};
	int one = !row->reached[0];

	if (!row->reached[0] && !row->reached[1])
		return refuse_row(t, row, error);
	goal.must_show = row->together && table_row_differs(row);
	if (goal.must_show && search_with(&goal, (const int[2]){0, 1}, choice, out))
		return true;
	goal.must_show = false;
	if (search_with(&goal, (const int[2]){0, 1}, choice, out))
		return true;
	/* One kernel alone: the other refuses the calls, or needs other ones. */
	goal.of[0] = goal.of[1] = true;
	if (search_with(&goal, (const int[2]){one, one}, choice, out))
		return true;
	vf_error_set(error, "no set-up was found whose fork meets row %zu", number + 1);
	return false;
}
