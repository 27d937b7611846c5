/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.d/statistics.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void add(struct statistics *s, const char *key, uint64_t count)
{
	size_t i = 0;

	while (i < s->n && strcmp(s->v[i].key, key))
		i++;
	if (i == STATISTICS_MAX)
		return;
	if (i == s->n)
		snprintf(s->v[s->n++].key, sizeof(s->v[i].key), "%s", key);
	s->v[i].count += count;
}

void statistics_count(struct statistics *s, const char *format, ...)
{
	char key[sizeof(s->v[0].key)];
	va_list args;

	va_start(args, format);
	vsnprintf(key, sizeof(key), format, args);
	va_end(args);
	add(s, key, 1);
}

uint64_t statistics_of(const struct statistics *s, const char *key)
{
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->v[i].key, key))
			return s->v[i].count;
	return 0;
}

void statistics_add(struct statistics *to, const struct statistics *from)
{
	for (size_t i = 0; i < from->n; i++)
		add(to, from->v[i].key, from->v[i].count);
}

/* --- commands ----------------------------------------------------------------- */

/* Features or modes, each by its word. */
static void count_bits(struct statistics *s, const char *what, const struct vocabulary *words,
		       uint32_t bits)
{
	for (size_t i = 0; i < words->n; i++)
		if (bits & UINT32_C(1) << i)
			statistics_count(s, "%s %s", what, words->words[i]);
}

void statistics_command(struct statistics *s, const struct command *c, const char *refusal)
{
	statistics_count(s, "command %s", c->spec->name);
	if (refusal) {
		statistics_count(s, "refused %s %s", c->spec->name, refusal);
		return;
	}
	if (c->spec->id == COMMAND_vma)
		statistics_count(s, "backing %s%s", backing_names[c->args.vma.mmap.backing],
				 c->args.vma.mmap.shared ? " shared" : " private");
	if (c->spec->id == COMMAND_madvise)
		statistics_count(s, "advice %s", advice_names[c->args.advice]);
	if (c->spec->id == COMMAND_uffd)
		count_bits(s, "feature", &vocab_feature, c->args.uffd.bits);
	if (c->spec->id == COMMAND_register)
		count_bits(s, "mode", &vocab_mode, c->args.uffd.bits);
}

/* Counted by its message; numbers, and what is behind a colon or in brackets, do not matter. */
void statistics_not_modelled(struct statistics *s, const char *message)
{
	char key[sizeof(s->v[0].key)] = "not modelled: ";
	size_t n = strlen(key);

	statistics_count(s, STATISTICS_NOT_MODELLED);
	for (; *message && *message != ':' && *message != '(' && n + 1 < sizeof(key); message++)
		if (*message < '0' || *message > '9')
			key[n++] = *message;
	key[n] = '\0';
	add(s, key, 1);
}

/* --- the results ---------------------------------------------------------------- */

static void attributes(uint16_t attrs, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (int i = 0; i < PTE_ATTRS && n < size; i++)
		if (attrs & 1u << i)
			n += (size_t)snprintf(text + n, size - n, ",%s", pte_attr_names[i]);
}

static void count_event(struct statistics *s, const struct event *event)
{
	/* Which bits the hardware sets is not what fork asks. */
	uint16_t attrs = event->before.attrs & (PTE_UFFD_WP | PTE_PINNED | PTE_GUARD | PTE_POISON |
						PTE_SPECIAL | PTE_EXCLUSIVE);
	char text[80];

	attributes(attrs, text, sizeof(text));
	if (event->kind == EVENT_ENTRY || event->kind == EVENT_SPLIT)
		statistics_count(s, "%s %s%s%s", event->kind == EVENT_SPLIT ? "split" : "entry",
				 pte_state_names[event->before.state], text,
				 event->outcome == OUTCOME_DROPPED  ? " dropped"
				 : event->outcome == OUTCOME_COPIED ? " copied"
								    : "");
	if (event->kind == EVENT_TOUCH)
		statistics_count(s, "touch %s %s %s%s", event->by_child ? "child" : "parent",
				 event->write ? "write" : "read", pte_state_names[event->before.state],
				 event->signal == TOUCH_OK ? "" : " fails");
}

void statistics_machine(struct statistics *s, const struct machine *m)
{
	statistics_count(s, "forks %zu", m->fork_count);
	for (size_t i = 0; i < m->fork_count; i++)
		for (size_t j = 0; j < m->forks[i].vma_count; j++) {
			const struct decision *decision = &m->forks[i].vmas[j].decision;

			statistics_count(s, "decision %s because %s", decision_names[decision->what],
					 decision_reason(decision));
		}
	for (size_t i = 0; i < m->event_count; i++)
		count_event(s, machine_event(m, i));
}

/* --- printing --------------------------------------------------------------------- */

static int by_key(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void note_unused(struct statistics *s, const char *what, const struct vocabulary *words)
{
	char key[sizeof(s->v[0].key)];

	for (size_t i = 0; i < words->n; i++) {
		snprintf(key, sizeof(key), "%s %s", what, words->words[i]);
		add(s, key, 0);
	}
}

void statistics_print_share(const struct statistics *s)
{
	uint64_t tried = statistics_of(s, STATISTICS_TRIED);
	uint64_t left = statistics_of(s, STATISTICS_NOT_MODELLED);

	printf("%" PRIu64 " commands tried, %" PRIu64 " of them (%.2f %%) not modelled\n", tried, left,
	       tried ? 100.0 * (double)left / (double)tried : 0);
}

void statistics_print(const struct statistics *statistics)
{
	struct statistics *s = xmalloc(sizeof(*s));

	*s = *statistics;
	note_unused(s, "advice", &vocab_advice);
	note_unused(s, "feature", &vocab_feature);
	note_unused(s, "mode", &vocab_mode);
	for (size_t i = 0; i < COMMANDS; i++)
		if (commands[i].builds && commands[i].group != GROUP_LOOK) {
			char key[sizeof(s->v[0].key)];

			snprintf(key, sizeof(key), "command %s", commands[i].name);
			add(s, key, 0);
		}
	qsort(s->v, s->n, sizeof(s->v[0]), by_key);
	for (size_t i = 0; i < s->n; i++)
		printf("%10" PRIu64 "  %s\n", s->v[i].count, s->v[i].key);
	free(s);
}
