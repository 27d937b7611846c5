/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/apply.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/invariants.h"

#ifdef VMAFORK_CHECK
/*
 * Builds for tests look after each command whether the machine is what the model
 * promises; after fewer of them when it is large, so that this takes a part of the time.
 */
static void check(struct machine *m, const struct command *c)
{
	struct inconsistency found;

	if (m->work < m->check_at)
		return;
	if (!machine_check(m, &found)) {
		fprintf(stderr, "%s: after '%s' (line %u): %s (%s, at %llu)\n", m->kernel->name,
			c->spec->name, c->line.n ? c->line.words[0].line : 0, found.what,
			found.vma ? found.vma->name : "no VMA", (unsigned long long)found.at);
		abort();
	}
	m->check_at = m->work + found.looked / 32;
}
#else
static void check(struct machine *m, const struct command *c)
{
	(void)m;
	(void)c;
}
#endif

bool command_apply(struct machine *m, const struct command *c, struct model_error *e)
{
	assert(c->spec->apply);
	*e = (struct model_error){0};
	machine_seek_end(m);
	m->op++;
	if (!c->spec->apply(m, c, e))
		return false;
	if (m->exhausted)
		return not_modelled(e, "this takes more than %llu MiB for its steps: too many VMAs, runs "
				       "of pages or forks",
				    (unsigned long long)(m->budget >> 20));
	check(m, c);
	return true;
}
