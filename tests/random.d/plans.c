/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Calls that need memory in a certain state, which seldom comes about by itself: a plan has all
 * steps that lead to one. Other commands may come between them.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "random.d/generator.h"

/* One more line, by the process that acts. False: the model refuses it. */
__attribute__((format(printf, 2, 3))) static bool step(struct generator *g, const char *format, ...)
{
	struct buf words = {0}, line = {0};
	va_list args;
	bool added;

	va_start(args, format);
	buf_vprintf(&words, format, args);
	va_end(args);
	buf_printf(&line, "%s%s", g->child_acts ? "child " : "", buf_str(&words));
	added = generator_add(g, buf_str(&line));
	buf_deinit(&line);
	buf_deinit(&words);
	return added && !g->over;
}

/* New memory; its name, or 0. */
static char new_memory(struct generator *g, const char *kind, uint64_t pages)
{
	char letter = free_letter(g);

	if (!letter || !step(g, "vma %c %s %" PRIu64 "p", letter, kind, pages))
		return 0;
	g->vmas++;
	return letter;
}

/* A new userfaultfd; its name, or 0. */
static char new_context(struct generator *g)
{
	struct buf line = {0};
	bool added = make_uffd(g, &line) && step(g, "%s", buf_str(&line));
	char name = added ? buf_str(&line)[strlen("uffd ")] : 0;

	buf_deinit(&line);
	return name;
}

/* Some of that many pages, from the first on or not. */
static uint64_t some(struct generator *g, uint64_t pages)
{
	return 1 + below(&g->rng, (unsigned)pages);
}

static bool plan_ksm(struct generator *g)
{
	uint64_t pages = 2 + below(&g->rng, 6);
	char name = g->around->cannot & CANNOT_KSM ? 0 : new_memory(g, "anon", pages);

	return name && step(g, "madvise %c mergeable", name) && step(g, "touch %c", name) &&
	       step(g, "ksm %c 0-%" PRIu64, name, some(g, pages - 1));
}

static bool plan_move(struct generator *g)
{
	uint64_t pages = 1 + below(&g->rng, 8), n = some(g, pages);
	char from = new_memory(g, "anon", pages), to = from ? new_memory(g, "anon", pages) : 0;
	char context = to ? new_context(g) : 0;

	return context && step(g, "register %c %c missing%s", context, to, percent(&g->rng, 30) ? " wp" : "") &&
	       step(g, "touch %c", from) &&
	       step(g, "move %c %c 0-%" PRIu64 " to %c %" PRIu64, context, from, n - 1, to, pages - n);
}

static bool plan_continue(struct generator *g)
{
	bool huge = !(g->around->cannot & CANNOT_HUGETLB) && percent(&g->rng, 15);
	uint64_t pages = huge ? huge_unit(g) : 1 + below(&g->rng, 8), n = huge ? pages : some(g, pages);
	char name = new_memory(g, huge ? "hugetlb shared" : "shmem", pages);
	char context = name ? new_context(g) : 0;
	bool wp = percent(&g->rng, 30);

	return context && step(g, "touch %c", name) &&
	       step(g, "register %c %c minor%s", context, name, wp ? " wp" : "") &&
	       step(g, "madvise %c dontneed", name) &&
	       step(g, "continue %c %c 0-%" PRIu64 "%s", context, name, n - 1,
		    wp && percent(&g->rng, 50) ? " wp" : "");
}

bool add_plan(struct generator *g)
{
	static bool (*const plans[])(struct generator *g) = {plan_ksm, plan_move, plan_continue};
	size_t which = below(&g->rng, ARRAY_SIZE(plans));

	g->child_acts = machine(g)->child && !machine(g)->child->dead && percent(&g->rng, 30);
	return plans[which](g);
}
