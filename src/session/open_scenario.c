/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/open_scenario.h"

#include "base/alloc.h"
#include "session/session_private.h"

static char *copy_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

bool scenario_open(struct scenario *scenario, const char *path, struct budget_amounts budget,
		   struct vf_error *error)
{
	struct session *s = session_create(false);
	struct buf out = {0};
	bool ok;

	session_set_budget(s, budget);
	ok = session_load(s, path, &out, error);
	buf_deinit(&out);
	*scenario = (struct scenario){.budget = budget};
	if (ok) {
		scenario->title = copy_or_null(s->story.title);
		scenario->about = copy_or_null(s->story.about);
		scenario->thp = s->machine[LEFT]->thp;
		scenario->fault_around = s->machine[LEFT]->fault_around;
		scenario->no_zero_page = s->machine[LEFT]->no_zero_page;
		for (int side = 0; side < SIDES; side++)
			scenario->kernel[side] = kernel_copy(s->kernel[side]);
		for (size_t i = log_start(&s->log); i < s->log.count; i++)
			if (s->log.entries[i].command->spec->builds)
				scenario_add_command(scenario, s->log.entries[i].command);
	}
	session_free(s);
	return ok;
}
