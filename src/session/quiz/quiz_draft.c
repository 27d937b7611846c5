/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/quiz/quiz_draft.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"

/* --- chance ------------------------------------------------------------------------------- */

unsigned draft_number(struct quiz_draft *d, unsigned least, unsigned most)
{
	return least + rng_below(d->rng, most - least + 1);
}

bool draft_coin(struct quiz_draft *d)
{
	return rng_below(d->rng, 2);
}

const char *draft_word(struct quiz_draft *d, const char *const words[], size_t n)
{
	return words[rng_below(d->rng, n)];
}

unsigned draft_pages(struct quiz_draft *d)
{
	return 16U << rng_below(d->rng, 4);
}

struct draft_range draft_range_of(unsigned first, unsigned last)
{
	struct draft_range range = {.first = first, .last = last};

	assert(first <= last);
	if (first == last)
		snprintf(range.pages, sizeof(range.pages), "%u", first);
	else
		snprintf(range.pages, sizeof(range.pages), "%u-%u", first, last);
	snprintf(range.words, sizeof(range.words), first == last ? "page %s" : "pages %s", range.pages);
	return range;
}

struct draft_range draft_range(struct quiz_draft *d, unsigned first, unsigned last)
{
	unsigned all = last - first + 1, n = all > 1 ? draft_number(d, 1, all - 1) : 1;
	unsigned at = first + rng_below(d->rng, all - n + 1);

	return draft_range_of(at, at + n - 1);
}

unsigned draft_page(struct quiz_draft *d, struct draft_range range)
{
	return draft_number(d, range.first, range.last);
}

void draft_init(struct quiz_draft *d, struct rng *rng)
{
	static const char *const names[] = {
		"arena", "buffer", "cache", "data", "heap", "index", "queue", "ring", "store", "pool",
	};
	size_t first = rng_below(rng, ARRAY_SIZE(names));

	*d = (struct quiz_draft){.rng = rng};
	for (size_t i = 0; i < DRAFT_NAMES; i++) /* 3 and 10 have no common factor */
		d->name[i] = names[(first + 3 * i) % ARRAY_SIZE(names)];
}

void draft_deinit(struct quiz_draft *d)
{
	buf_deinit(&d->about);
	buf_deinit(&d->setup);
	buf_deinit(&d->then);
	buf_deinit(&d->question);
	buf_deinit(&d->asked);
	buf_deinit(&d->hint);
}

void draft_fill(struct buf *out, const char *text, const char *word)
{
	const char *at = strstr(text, "%s");

	buf_add(out, text, at ? (size_t)(at - text) : strlen(text));
	if (at)
		buf_printf(out, "%s%s", word, at + 2);
}

/* --- texts -------------------------------------------------------------------------------- */

static void add(struct buf *to, const char *separator, const char *format, va_list args)
{
	if (to->len)
		buf_puts(to, separator);
	buf_vprintf(to, format, args);
}

void draft_say(struct quiz_draft *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(&d->about, " ", format, args);
	va_end(args);
}

void draft_will(struct quiz_draft *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(&d->question, " ", format, args);
	va_end(args);
}

void draft_do(struct quiz_draft *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(&d->setup, "\n", format, args);
	va_end(args);
}

void draft_then(struct quiz_draft *d, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add(&d->then, "\n", format, args);
	va_end(args);
}

void draft_ask(struct quiz_draft *d, const char *asked, const char *format, ...)
{
	va_list args;

	assert(!d->asked.len);
	buf_puts(&d->asked, asked);
	va_start(args, format);
	add(&d->question, " ", format, args);
	va_end(args);
}

void draft_kernel(struct quiz_draft *d, const char *version)
{
	draft_do(d, "kernel both %s", version);
	draft_say(d, "Linux %s.", version);
}

void draft_hint(struct quiz_draft *d, const char *text)
{
	buf_puts(&d->hint, text);
}

void draft_ask_decision(struct quiz_draft *d, const char *name)
{
	struct buf asked = {0};

	buf_printf(&asked, "left %s ?", name);
	draft_ask(d, buf_str(&asked), "What does fork do with %s?", name);
	buf_deinit(&asked);
}

void draft_ask_entries(struct quiz_draft *d)
{
	draft_ask(d, "left cost entries ?", "How many entries does fork put into the child's page tables?");
}

void draft_ask_tables(struct quiz_draft *d)
{
	draft_ask(d, "left cost tables ?",
		  "How many page tables does fork allocate for the child, of all levels but the PGD?");
}

void draft_ask_child_page(struct quiz_draft *d, const char *name, unsigned page)
{
	struct buf asked = {0};

	buf_printf(&asked, "left child %s %u ?", name, page);
	draft_ask(d, buf_str(&asked), "What is at page %u of %s in the child, right after fork?", page, name);
	buf_deinit(&asked);
}

/* A command with a text in quotes. */
static void print_quoted(const char *command, const struct buf *text, struct buf *out)
{
	buf_printf(out, "%s ", command);
	command_print_quoted(buf_str(text), out);
}

void draft_print(const struct quiz_draft *d, struct buf *out)
{
	assert(d->about.len && d->setup.len && d->question.len && d->asked.len && d->hint.len);
	print_quoted("about", &d->about, out);
	buf_printf(out, "\n%s", buf_str(&d->setup));
	print_quoted("\npredict", &d->question, out);
	buf_printf(out, " %s", buf_str(&d->asked));
	print_quoted("\nhint", &d->hint, out);
	buf_printf(out, "\n%s%s", buf_str(&d->then), d->then.len ? "\n" : "");
}
