/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/witness_text.h"

#include <inttypes.h>

#include "report/explain.h"
#include "report/label.h"
#include "report/sides.h"
#include "report/text.h"

void witness_text_line(const char *command, const char *text, struct buf *out)
{
	buf_printf(out, "%s ", command);
	command_print_quoted(text, out);
	buf_putc(out, '\n');
}

void witness_text_by_hand(struct buf *out)
{
	buf_puts(out, "# No system call of the language leads there: flags are set by hand, "
		      "or a driver's\n# mapping is needed.\n");
}

static void print_pages(const struct machine *m, int side, struct buf *out)
{
	const struct name *name = machine_name(m, "mem");
	struct named_entries entries;

	for (const struct vm_area *vma = mm_named_vma(m->child, name); vma; vma = mm_named_next(vma, name))
		for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = entries.pages.last + 1) {
			entries = named_entries(m->child, page, vma_last(vma));
			if (entries.pages.name != name)
				continue;
			buf_printf(out, "expect %s child mem ", side_names[side]);
			label_numbers(entries.pages, false, out);
			buf_printf(out, " %s\n", pte_state_names[entries.pte.state]);
		}
}

void witness_text_expectations(const struct setup_pair *pair, struct buf *out)
{
	for (int k = 0; k < 2; k++) {
		const struct machine *m = pair->machine[k];
		const struct decision *d = &last_fork_vma(m, "mem")->decision;

		buf_printf(out, "expect %s mem %s because %s\n", side_names[k],
			   decision_names[d->what], decision_reason(d));
	}
	if (last_fork_vma(pair->machine[0], "mem")->decision.what !=
	    last_fork_vma(pair->machine[1], "mem")->decision.what)
		buf_puts(out, "expect differ mem\n");
	for (int k = 0; k < 2; k++)
		print_pages(pair->machine[k], k, out);
	for (int k = 0; k < 2; k++) {
		const struct cost *cost = &pair->machine[k]->cost;

		buf_printf(out, "expect %s cost entries %" PRIu64 "\n", side_names[k], cost->entries);
		buf_printf(out, "expect %s cost tables %" PRIu64 "\n", side_names[k],
			   cost_tables(cost));
	}
}

static void print_why(const struct setup_pair *pair, struct buf *out)
{
	struct buf why = {0};

	for (int k = 0; k < 2; k++) {
		buf_puts(&why, k ? " " : "");
		explain_decision(pair->machine[k], last_fork_vma(pair->machine[k], "mem"), &why);
	}
	witness_text_line("say", buf_str(&why), out);
	buf_deinit(&why);
}

void witness_text_rest(const struct setup_search *search, const struct setup_pair *pair,
		       struct buf *out)
{
	setup_found_print(search, out);
	buf_puts(out, "fork\n");
	print_why(pair, out);
	witness_text_expectations(pair, out);
}
