/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/mapping.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct place *places_add(struct places *places, const struct place *place)
{
	size_t i = 0;

	GROW(places->v, places->n, places->cap);
	while (i < places->n && places->v[i].start < place->start)
		i++;
	memmove(places->v + i + 1, places->v + i, (places->n - i) * sizeof(*places->v));
	places->v[i] = *place;
	places->n++;
	return &places->v[i];
}

struct place *places_find(const struct places *places, const char *name)
{
	for (size_t i = 0; i < places->n; i++)
		if (!strcmp(places->v[i].name, name))
			return &places->v[i];
	return NULL;
}

void places_remove(struct places *places, const char *name)
{
	struct place *place = places_find(places, name);

	if (!place)
		return;
	places->n--;
	memmove(place, place + 1, (size_t)(places->v + places->n - place) * sizeof(*place));
}

void places_copy(struct places *to, const struct places *from)
{
	to->n = 0;
	for (size_t i = 0; i < from->n; i++)
		places_add(to, &from->v[i]);
}

void places_deinit(struct places *places)
{
	free(places->v);
	*places = (struct places){0};
}
