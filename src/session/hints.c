/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/hints.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "language/command.h"

void hints_deinit(struct hints *hints)
{
	for (size_t i = 0; i < hints->n; i++)
		free(hints->v[i]);
	free(hints->v);
	command_free(hints->of);
	*hints = (struct hints){0};
}

void hints_begin(struct hints *hints, struct command *of)
{
	command_hold(of);
	hints_deinit(hints);
	hints->of = of;
}

void hints_add(struct hints *hints, const char *text)
{
	GROW(hints->v, hints->n, hints->cap);
	hints->v[hints->n++] = xstrdup(text);
}

const char *hints_show(struct hints *hints, const struct command *of)
{
	if (hints->of != of || !hints->n)
		return NULL;
	if (hints->shown < hints->n)
		hints->shown++;
	return hints->v[hints->shown - 1];
}

size_t hints_left(const struct hints *hints, const struct command *of)
{
	return hints->of == of ? hints->n - hints->shown : 0;
}
