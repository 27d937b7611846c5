/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct mapping *mappings_add(struct mappings *mappings, const struct mapping *mapping)
{
	size_t i = 0;

	GROW(mappings->v, mappings->n, mappings->cap);
	while (i < mappings->n && mappings->v[i].start < mapping->start)
		i++;
	memmove(mappings->v + i + 1, mappings->v + i, (mappings->n - i) * sizeof(*mappings->v));
	mappings->v[i] = *mapping;
	mappings->n++;
	return &mappings->v[i];
}

struct mapping *mappings_find(const struct mappings *mappings, const char *name)
{
	for (size_t i = 0; i < mappings->n; i++)
		if (!strcmp(mappings->v[i].name, name))
			return &mappings->v[i];
	return NULL;
}

void mappings_remove(struct mappings *mappings, const char *name)
{
	struct mapping *mapping = mappings_find(mappings, name);

	if (!mapping)
		return;
	mappings->n--;
	memmove(mapping, mapping + 1, (size_t)(mappings->v + mappings->n - mapping) * sizeof(*mapping));
}

void mappings_copy(struct mappings *to, const struct mappings *from)
{
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		mappings_add(to, &from->v[i]);
}

void mappings_deinit(struct mappings *mappings)
{
	free(mappings->v);
	*mappings = (struct mappings){0};
}
