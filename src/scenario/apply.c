/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/apply.h"

#include <assert.h>

bool command_apply(struct machine *m, const struct command *c, struct model_error *e)
{
	assert(c->spec->apply);
	*e = (struct model_error){0};
	machine_seek_end(m);
	m->op++;
	if (!c->spec->apply(m, c, e))
		return false;
	return !m->exhausted ||
	       not_modelled(e, "this takes more than %llu MiB for its steps: too many VMAs, runs of "
			       "pages or forks",
			    (unsigned long long)(m->budget >> 20));
}
