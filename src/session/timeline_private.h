/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that know how a timeline is stored share. */
#ifndef SESSION_TIMELINE_PRIVATE_H
#define SESSION_TIMELINE_PRIVATE_H

#include "session/timeline.h"

struct timeline_cursor {
	const struct machine *m;
	size_t at;
	uint64_t offset; /* pages of that event that are in slots already */
};

/* A cursor at the first event of a part of a group. */
struct part_place {
	const struct entry_group *group; /* NULL: it is elsewhere */
	size_t part;
};

struct part_place timeline_part_place(const struct timeline_cursor *c);

/* The stretch that holds slot i. */
size_t timeline_stretch_at(const struct timeline *t, size_t i);
/* The slot behind a stretch. */
size_t timeline_stretch_end(const struct timeline *t, size_t stretch);
/* The kind of the events of slot i: those of a group are of one kind. */
uint8_t timeline_slot_kind(const struct timeline *t, size_t i);

/* The first slot of a stretch in which the sides differ; timeline_stretch_end(): none. */
size_t timeline_stretch_differs(const struct timeline *t, size_t stretch);

#endif
