/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void make_room(struct mappings *mappings, size_t n)
{
	if (n <= mappings->n)
		return;
	mappings->v = xrealloc(mappings->v, n, sizeof(*mappings->v));
	memset(mappings->v + mappings->n, 0, (n - mappings->n) * sizeof(*mappings->v));
	mappings->n = n;
}

void mappings_set(struct mappings *mappings, const struct name *name, const struct mapping *mapping)
{
	if (name->id >= mappings->n)
		make_room(mappings, name->id + name->id / 2 + 16);
	mappings->v[name->id] = *mapping;
}

struct mapping *mappings_find(const struct mappings *mappings, const struct name *name)
{
	struct mapping *mapping = name && name->id < mappings->n ? &mappings->v[name->id] : NULL;

	return mapping && mapping->end > mapping->start ? mapping : NULL;
}

void mappings_copy(struct mappings *to, const struct mappings *from)
{
	mappings_deinit(to);
	make_room(to, from->n);
	if (from->n)
		memcpy(to->v, from->v, from->n * sizeof(*from->v));
}

void mappings_deinit(struct mappings *mappings)
{
	free(mappings->v);
	*mappings = (struct mappings){0};
}
