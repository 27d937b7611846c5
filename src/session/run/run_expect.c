/* SPDX-License-Identifier: GPL-2.0-or-later */
/* expect: checks what a scenario states at its line. */
#include <string.h>

#include "base/minmax.h"
#include "language/command.h"
#include "language/pattern.h"
#include "report/now.h"
#include "report/text.h"
#include "session/session_private.h"

static const char *name_of(const struct command *c)
{
	return command_word(c, c->args.target.name);
}

/* An unknown name is an error in the file, not an expectation that fails. */
static bool known_name(struct call *call, word_number word)
{
	struct session *s = call->session;
	const struct command *c = call->command;
	struct model_error e;
	bool absent;

	if (machine_name(s->machine[LEFT], command_word(c, word)) ||
	    machine_name(s->machine[RIGHT], command_word(c, word)))
		return true;
	absent = !command_name(s->machine[LEFT], s->machine[LEFT]->parent, c, word, &e);
	if (absent) {
		vf_error_set(call->error, "expect: %s", e.message);
		command_point(c, call->reader, word, call->error);
	}
	return !absent;
}

static bool known_names(struct call *call)
{
	const struct args *args = &call->command->args;

	if (!args->target.name || args->target.pattern || args->expect.kind == EXPECT_ABSENT)
		return true;
	return known_name(call, args->target.name) &&
	       (args->expect.kind != EXPECT_JOINED || known_name(call, args->expect.other));
}

/* Another name in the first VMA of this one, which the kernel has joined with it; NULL if none. */
static const char *joined_with(const struct machine *m, const char *text)
{
	const struct name *name = machine_name(m, text), *last;
	const struct vm_area *vma = name ? mm_named_vma(m->parent, name) : NULL;
	uint64_t start, end;

	if (!vma)
		return NULL;
	if (strcmp(vma_name(vma), text) != 0)
		return vma_name(vma);
	last = mm_name_around(m->parent, vma->end - 1, &start, &end);
	return last && strcmp(last->text, text) != 0 ? last->text : NULL;
}

/* What was written for VMAs that stay apart, as those of version 0.1.0 did, fails where they do not. */
static void report_joined(struct call *call)
{
	const struct args *args = &call->command->args;
	const char *other = NULL;

	if (!args->target.name || args->target.pattern || args->expect.kind == EXPECT_JOINED)
		return;
	for (int side = 0; side < SIDES && !other; side++)
		other = joined_with(call->session->machine[side], name_of(call->command));
	if (other)
		buf_printf(call->out,
			   "    %s and %s are one VMA, in which each name keeps its addresses; "
			   "\"apart\" at the end of their vma lines keeps them from being joined\n",
			   name_of(call->command), other);
}

static void report(struct call *call, const char *got)
{
	const struct command *c = call->command;
	struct buf line = {0};

	command_print(c, &line);
	if (c->file[0])
		buf_printf(call->out, "%s:%u: ", c->file, c->line.words[0].line);
	/* "expected left shm skip ..." */
	buf_printf(call->out, "expected%s, got %s\n", buf_str(&line) + strlen("expect"), got);
	report_joined(call);
	buf_deinit(&line);
}

/* A decision is about the VMAs and names that the last fork had. */
static bool decision_holds(const struct command *c, struct machine *m, struct buf *got)
{
	struct point_in_time point = fork_return_to(m, last_fork(m));
	bool holds = expectation_holds(c, m, got);

	fork_leave(m, point);
	return holds;
}

/* To find a name in both forks, for each side. */
#define NAME_STEPS 12

/* Charges that, and the runs of pages that a comparison may look at. */
static void charge_comparison(struct session *s, const char *text)
{
	for (int side = 0; side < SIDES; side++) {
		const struct machine *m = s->machine[side];
		const struct name *name = machine_name(m, text);
		struct stretch at = name ? mm_stretch(m->parent, name) : (struct stretch){0};
		uint64_t tables = m->parent->pages.count << m->paging.table_bits;
		uint64_t pages = (at.end - at.start) >> m->paging.page_shift;

		budget_spend(&s->budget, NAME_STEPS + min(pages, tables) / 8);
	}
}

static bool compares(struct session *s, const struct command *c, const char *name, struct buf *got)
{
	bool differ = sides_differ(s->machine, name);

	charge_comparison(s, name);
	buf_puts(got, differ ? "they differ" : "they are the same");
	return differ == (c->args.expect.kind == EXPECT_DIFFER);
}

/* The names that the pattern fits and the last fork had, by address. */
static struct name_list fitting_names(const struct machine *m, const char *pattern)
{
	struct name_list names = {0};
	const struct name *name;
	uint64_t at = 0;

	while ((name = mm_next_name(m->parent, &at)))
		if (pattern_fits(pattern, name->text) && last_fork_vma(m, name->text))
			name_list_add(&names, name);
	return names;
}

/* differ and same: of the name, or of each that the pattern fits. */
static bool comparison_holds(struct session *s, const struct command *c, struct buf *got)
{
	struct name_list names;
	bool holds = true;

	if (!c->args.target.pattern)
		return compares(s, c, name_of(c), got);
	names = fitting_names(s->machine[LEFT], name_of(c));
	for (size_t i = 0; holds && i < names.n && budget_lasts(&s->budget); i++) {
		buf_clear(got);
		buf_printf(got, "%s: ", names.v[i]->text);
		holds = compares(s, c, names.v[i]->text, got);
	}
	if (!names.n) {
		buf_puts(got, "no name fits");
		holds = false;
	}
	name_list_deinit(&names);
	return holds;
}

bool session_holds(struct session *s, const struct command *expect, int side, struct buf *got,
		   bool *failed, struct vf_error *error)
{
	struct machine *copy;
	bool holds;

	if (expect->args.expect.kind == EXPECT_DECISION && last_fork(s->machine[side]))
		return decision_holds(expect, s->machine[side], got);
	if (expect->args.expect.kind != EXPECT_REFUSED)
		return expectation_holds(expect, s->machine[side], got);
	copy = session_copy_machine(s, side, error);
	*failed |= !copy;
	holds = copy && refusal_holds(expect, copy, got);
	if (copy && !budget_check(&s->budget, error)) /* that is no answer of the kernel's */
		*failed = true;
	machine_free(copy);
	return holds;
}

void session_seek_end(struct session *s)
{
	for (int side = 0; side < SIDES; side++)
		if (s->machine[side]->at != s->machine[side]->event_count ||
		    s->machine[side]->at_pages)
			machine_seek_end(s->machine[side]);
}

/* The same of each side that it is about. */
static bool sides_hold(struct session *s, const struct command *c, struct buf *got, bool *failed,
		       struct vf_error *error)
{
	bool holds = true, both = c->args.expect.side == WHICH_BOTH;

	for (int side = 0; side < SIDES; side++) {
		struct buf here = {0};

		if (!both && c->args.expect.side != side)
			continue;
		if (!session_holds(s, c, side, &here, failed, error)) {
			holds = false;
			buf_printf(got, "%s%s%s%s", got->len ? "; " : "", both ? side_names[side] : "",
				   both ? ": " : "", buf_str(&here));
		}
		buf_deinit(&here);
	}
	return holds;
}

bool session_expects(struct session *s, const struct command *expect, struct buf *got, bool *failed,
		     struct vf_error *error)
{
	enum expect_kind kind = expect->args.expect.kind;

	return kind == EXPECT_DIFFER || kind == EXPECT_SAME ? comparison_holds(s, expect, got)
							    : sides_hold(s, expect, got, failed, error);
}

bool run_expect(struct call *call)
{
	struct session *s = call->session;
	const struct command *c = call->command;
	struct buf got = {0};
	bool holds, failed = false;

	if (!known_names(call))
		return false;
	/* Compare the state at this line, wherever the timeline is. */
	session_seek_end(s);
	holds = session_expects(s, c, &got, &failed, call->error);
	if (failed) {
		if (!call->error->line)
			command_point(c, call->reader, 0, call->error);
		buf_deinit(&got);
		return false;
	}
	call->met = holds;
	if (holds)
		s->tally.passed++;
	else
		s->tally.failed++;
	if (!holds)
		report(call, buf_str(&got));
	else if (!s->loading)
		buf_puts(call->out, "holds\n");
	buf_deinit(&got);
	return true;
}
