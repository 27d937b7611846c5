/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table [A B] [markdown | row N] */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/row_witness.h"
#include "session/session_private.h"

/* --- the two kernels --------------------------------------------------------------------- */

static const char *check_of(const struct kernel *kernel)
{
	const char *word = kernel_check_word(kernel);

	return strcmp(word, "none") ? word : NULL;
}

/* The words that choose the kernel as that machine has it; takes them over. */
static char *spec_on(char *spec, enum arch arch)
{
	size_t length = strcspn(spec, " ");
	char *first = xstrndup(spec, length);
	bool as_it_is = strchr(first, '/') || *first == '"' || spec_is_file(first);
	struct buf out = {0};

	if (!as_it_is) {
		spec_on_machine(first, arch, &out);
		buf_puts(&out, spec + length);
		free(spec);
		spec = buf_take(&out);
	}
	free(first);
	return spec;
}

/* How a side's kernel was chosen: as session_print() writes it. The caller frees the spec. */
static struct kernel_choice choice_of_side(const struct session *s, int side)
{
	const struct kernel *kernel = s->kernel[side];
	bool checked = side == RIGHT; /* by default it is */
	char *spec = NULL;

	for (size_t i = log_start(&s->log); i < s->log.count; i++) {
		const struct logged *logged = &s->log.entries[i];
		const struct command *c = logged->command;
		const struct kernel_args *args = &c->args.kernel;

		if (c->spec->id == COMMAND_check &&
		    (c->args.check.side == side || c->args.check.side == WHICH_BOTH)) {
			checked = true;
		} else if (c->spec->id == COMMAND_kernel &&
			   (args->side == side || args->side == WHICH_BOTH)) {
			free(spec);
			spec = spec_words(c, args->spec, logged->kernel, args->first_clause,
					  args->clauses);
			checked = spec_is_live(c, args->spec);
		}
	}
	spec = spec_on(spec ? spec : xstrdup(kernel->name), s->machine[side]->paging.arch);
	return (struct kernel_choice){spec, checked ? check_of(kernel) : NULL};
}

/* As the machine of the session has it. */
static struct kernel *kernel_of_side(const struct session *s, int side)
{
	enum arch arch = s->machine[side]->paging.arch;

	return arch == ARCH_X86_64 ? kernel_copy(s->kernel[side]) : kernel_on(s->kernel[side], arch);
}

static struct kernel *table_kernel(struct call *call, int k)
{
	const struct table_args *args = &call->command->args.table;

	if (!args->spec[0])
		return kernel_of_side(call->session, k);
	return call_changed_kernel(call, args->spec[k], args->first_clause[k], args->clauses[k]);
}

static struct kernel_choice table_choice(const struct call *call, int k,
					 const struct kernel *kernel)
{
	const struct table_args *args = &call->command->args.table;
	bool live = args->spec[0] && spec_is_live(call->command, args->spec[k]);

	if (!args->spec[0])
		return choice_of_side(call->session, k);
	return (struct kernel_choice){
		spec_words(call->command, args->spec[k], kernel, args->first_clause[k],
			   args->clauses[k]),
		live ? check_of(kernel) : NULL};
}

/* --- its rows ---------------------------------------------------------------------------- */

/* Replaces the session with the scenario whose fork meets row N. */
static bool open_row(struct call *call, const struct decision_table *table)
{
	const struct command *c = call->command;
	struct kernel_choice choice[2];
	struct shared_text shared;
	struct buf text = {0};
	uint64_t row = c->args.table.row;
	bool ok;

	if (row > table->row_count) {
		vf_error_set(call->error,
			     "there is no row %" PRIu64 ": the table has rows 1 to %zu", row,
			     table->row_count);
		return call_blame(call, (unsigned)c->line.n - 1);
	}
	for (int k = 0; k < 2; k++)
		choice[k] = table_choice(call, k, table->kernel[k]);
	ok = row_witness_write(table, row - 1, choice, &text, call->error) &&
	     share_text(buf_str(&text), text.len, &shared, call->error);
	if (ok) {
		ok = session_open_file(call, shared.path);
		unshare_text(&shared);
	}
	for (int k = 0; k < 2; k++)
		free((char *)choice[k].spec);
	buf_deinit(&text);
	return ok || call_blame(call, (unsigned)c->line.n - 1);
}

/* Says what the new session is: its heading and its description. */
static void print_story(const struct session *s, struct buf *out)
{
	buf_printf(out, "%s\n%s\n", s->story.title, s->story.about);
}

/* Each row of the text can be chosen, and is then carried out as `table ... row N`. */
static void offer_rows(struct call *call, const struct decision_table *table, const size_t *lines)
{
	struct buf command = {0}, line = {0};

	command_print(call->command, &command);
	for (size_t i = 0; i < table->row_count; i++) {
		buf_clear(&line);
		buf_printf(&line, "%s row %zu", buf_str(&command), i + 1);
		session_offer(call->session, lines[i], buf_str(&line));
	}
	buf_deinit(&command);
	buf_deinit(&line);
}

static void print_table(struct call *call, const struct decision_table *table)
{
	size_t *lines = NULL;

	if (call->command->args.table.markdown) {
		decision_table_markdown(table, call->out);
		return;
	}
	decision_table_print(table, call->out, &lines);
	if (!call->session->from_file)
		offer_rows(call, table, lines);
	free(lines);
}

bool run_table(struct call *call)
{
	const struct table_args *args = &call->command->args.table;
	struct kernel *a = table_kernel(call, 0), *b = a ? table_kernel(call, 1) : NULL;
	struct decision_table *table = NULL;
	bool ok = b != NULL;

	if (b && !call->session->loading) { /* only play prints what a file shows */
		table = decision_table_create(a, b, &call->session->budget, call->error);
		ok = table || call_blame(call, args->spec[0]);
	}
	if (table && args->row) {
		ok = open_row(call, table);
		if (ok)
			print_story(call->session, call->out);
	} else if (table) {
		print_table(call, table);
	}
	decision_table_free(table);
	kernel_free(a);
	kernel_free(b);
	return ok;
}
