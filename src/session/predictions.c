/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/predictions.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "session/log.h"

/* Of an entry in an array that grows, with its allocations. */
#define PREDICTION_BYTES (2 * sizeof(struct prediction) + 64)

static void charge(struct predictions *predictions, struct prediction *p, uint64_t bytes)
{
	p->bytes += bytes;
	budget_take(predictions->budget, bytes);
}

static void deinit(struct predictions *predictions, struct prediction *p)
{
	budget_give(predictions->budget, p->bytes);
	command_free(p->command);
	command_free(p->reveal);
	free(p->name);
	free(p->question);
	free(p->answer);
	free(p->before);
	free(p->truth);
}

void predictions_deinit(struct predictions *predictions)
{
	for (size_t i = 0; i < predictions->n; i++)
		deinit(predictions, &predictions->v[i]);
	free(predictions->v);
	*predictions = (struct predictions){0};
}

struct prediction *predictions_add(struct predictions *predictions, struct command *command,
				   const char *name, const struct range *part, const char *question)
{
	const struct target *target = &command->args.target;
	bool named = !target->all_pages && target->pages.n;
	struct prediction *p;

	GROW(predictions->v, predictions->n, predictions->cap);
	p = &predictions->v[predictions->n++];
	*p = (struct prediction){
		.command = command_hold(command),
		.name = name ? xstrdup(name) : NULL,
		.question = xstrdup(question),
		.shown = true,
	};
	p->in_part = part || named;
	if (p->in_part) {
		p->first = part ? part->first : target->pages.v[0].first;
		p->last = part ? part->last : target->pages.v[target->pages.n - 1].last;
	}
	charge(predictions, p, PREDICTION_BYTES + strlen(question) + (name ? strlen(name) : 0));
	return p;
}

static void forget(struct predictions *predictions, bool (*goes)(const struct prediction *p))
{
	size_t n = 0;

	for (size_t i = 0; i < predictions->n; i++) {
		if (goes(&predictions->v[i]))
			deinit(predictions, &predictions->v[i]);
		else
			predictions->v[n++] = predictions->v[i];
	}
	predictions->n = n;
	predictions->waiting = predictions->first_lit = 0;
}

/* Undo took back the command that asks it, or the one that revealed it: that was its answer. */
static bool is_hidden(const struct prediction *p)
{
	return !p->shown || (p->truth && !p->revealed);
}

static bool is_of_fork(const struct prediction *p)
{
	return p->of_fork;
}

void predictions_forget_hidden(struct predictions *predictions)
{
	if (predictions->hidden)
		forget(predictions, is_hidden);
	predictions->hidden = false;
}

void predictions_forget_fork(struct predictions *predictions)
{
	forget(predictions, is_of_fork);
}

struct prediction *predictions_open(const struct predictions *predictions)
{
	for (size_t i = predictions->waiting; i < predictions->n; i++) {
		struct prediction *p = &predictions->v[i];

		if (p->shown && !p->revealed && !p->answer && !p->passed)
			return p;
	}
	return NULL;
}

bool predictions_pending(const struct predictions *predictions)
{
	for (size_t i = predictions->waiting; i < predictions->n; i++)
		if (predictions->v[i].shown && !predictions->v[i].revealed)
			return true;
	return false;
}

void predictions_unlight(struct predictions *predictions)
{
	for (size_t i = predictions->first_lit; i < predictions->n; i++)
		predictions->v[i].lit = false;
	predictions->first_lit = predictions->n;
}

/* Both are in the order of the log. One command can ask several. */
void predictions_follow(struct predictions *predictions, const struct log *log, size_t first)
{
	size_t asks = first, reveals = first;

	predictions->waiting = predictions->first_lit = 0;
	predictions->hidden = false;
	for (size_t i = 0; i < predictions->n; i++) {
		struct prediction *p = &predictions->v[i];

		while (!p->of_fork && asks < log->count && log->entries[asks].command != p->command)
			asks++;
		p->shown = p->of_fork || asks < log->count;
		while (p->reveal && reveals < log->count && log->entries[reveals].command != p->reveal)
			reveals++;
		p->revealed = p->truth && (!p->reveal || reveals < log->count);
		predictions->hidden |= is_hidden(p);
	}
}

void prediction_reveal(struct predictions *predictions, struct prediction *p,
		       struct command *reveal, const char *truth, bool right, size_t step)
{
	charge(predictions, p, strlen(truth) + 1);
	command_free(p->reveal);
	free(p->truth);
	p->reveal = reveal ? command_hold(reveal) : NULL;
	p->truth = xstrdup(truth);
	p->right = right;
	p->step = step;
	p->revealed = p->lit = true;
}

const char *prediction_name(const struct prediction *p)
{
	word_number name = p->command->args.target.name;

	return p->name || !name ? p->name : command_word(p->command, name);
}

bool prediction_stretch(const struct prediction *p, const struct machine *m, const struct mm *mm,
			struct stretch *stretch)
{
	const char *text = prediction_name(p);
	const struct name *name = text && mm ? machine_name(m, text) : NULL;

	if (!name)
		return false;
	*stretch = mm_stretch(mm, name);
	if (p->in_part && stretch->start < stretch->end)
		*stretch = (struct stretch){stretch->start + page_address(mm, p->first),
					    stretch->start + page_address(mm, p->last + 1)};
	return true;
}

static void print_mistake(const struct prediction *p, struct buf *out)
{
	const struct wrong_answer *wrong = &p->wrong[p->mistake];

	buf_printf(out, " Your answer, %s, is wrong.", p->answer);
	if (p->mistaken)
		buf_printf(out, " It follows from the belief that %s. %s", wrong->belief, wrong->otherwise);
}

void prediction_print(const struct prediction *p, struct buf *out)
{
	buf_printf(out, "%s\n  %s.", p->question, p->truth);
	if (p->answer && p->right)
		buf_puts(out, p->before ? " Right, at the second try." : " Right.");
	else if (p->answer)
		print_mistake(p, out);
	else if (p->passed)
		buf_puts(out, " You had no answer.");
	if (p->step)
		buf_printf(out, " Step %zu decided it.", p->step);
	buf_putc(out, '\n');
}
