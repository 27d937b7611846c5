/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/breaks/breakpoints.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void breakpoints_deinit(struct breakpoints *b)
{
	breakpoints_remove(b, -1, NULL);
	free(b->v);
	*b = (struct breakpoints){0};
}

struct breakpoints breakpoints_copy(const struct breakpoints *b)
{
	struct breakpoints copy = {0};

	for (size_t i = 0; i < b->n; i++)
		breakpoints_add(&copy, b->v[i].kind, b->v[i].name);
	return copy;
}

static bool is_breakpoint(const struct breakpoint *b, int kind, const char *name)
{
	return (int)b->kind == kind && (kind != BREAK_VMA || (b->name && name && !strcmp(b->name, name)));
}

bool breakpoints_add(struct breakpoints *b, enum break_kind kind, const char *name)
{
	for (size_t i = 0; i < b->n; i++)
		if (is_breakpoint(&b->v[i], (int)kind, name))
			return false;
	GROW(b->v, b->n, b->cap);
	b->v[b->n++] = (struct breakpoint){kind, name ? xstrdup(name) : NULL};
	return true;
}

size_t breakpoints_remove(struct breakpoints *b, int kind, const char *name)
{
	size_t kept = 0, n = b->n;

	for (size_t i = 0; i < n; i++) {
		if (kind < 0 || is_breakpoint(&b->v[i], kind, name))
			free(b->v[i].name);
		else
			b->v[kept++] = b->v[i];
	}
	b->n = kept;
	return n - kept;
}

void breakpoint_print(const struct breakpoint *b, struct buf *out)
{
	if (b->kind == BREAK_VMA)
		buf_printf(out, "vma %s", b->name);
	else
		buf_puts(out, vocab_break.words[b->kind]);
}
