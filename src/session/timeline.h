/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both machines' events, side by side: aligned by command, address and stage, so that
 * the two sides move in lockstep even where they have the addresses in different VMAs.
 * A slot is one step of the screen; on one side it may be empty. Where both sides have
 * groups of events (entry_group.h) that go together, or one side has one alone, their
 * slots are stored as a stretch.
 */
#ifndef SESSION_TIMELINE_H
#define SESSION_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "language/command.h"
#include "model/machine.h"

#define NO_EVENT UINT32_MAX

struct slot {
	uint32_t event[2];  /* of the left and the right machine, or NO_EVENT */
	uint64_t from[2];   /* the part of that event: its pages [from, to) */
	uint64_t to[2];
	uint32_t latest[2]; /* slot, this or before, with an event on that side */
};

/* The place of an event in the order that both sides share. */
struct event_key {
	uint32_t op;
	uint64_t address; /* of the table or page; of what is about a VMA: its start */
	unsigned stage;
	unsigned rank; /* tables from the top down, then entries */
};

/* A point in time that outlives the timeline. Zero: the start. */
struct moment {
	enum { MOMENT_START, MOMENT_AFTER, MOMENT_END } at; /* end: whatever comes last */
	struct event_key last; /* MOMENT_AFTER: what happened last */
};

/* Slots first .. (where the next stretch begins) - 1. */
struct slot_stretch {
	size_t first;
	struct slot slot; /* the first one */
	bool group;	  /* the others have the events that follow */
};

struct timeline {
	struct machine *machine[2]; /* not owned */
	size_t aligned[2];	    /* of their events, those that are in slots */
	uint64_t builds;	    /* which machines they are: see timeline_update() */
	struct slot_stretch *stretch;
	size_t stretches, cap;
	size_t count;	   /* slots */
	size_t at;	   /* slots that have happened: 0 .. count */
	uint64_t page;	   /* and pages of the next one (page grain only) */
	size_t divergence; /* first slot in which the sides differ; count: none */
};

/* Zeroed before the first use. */
void timeline_deinit(struct timeline *timeline);

/*
 * Aligns what the machines have done since the last time; all of it when `builds` is another
 * number than then, which means that they are other machines. Do not use it in between.
 * Nothing moves: timeline_seek() or timeline_return() follows.
 */
void timeline_update(struct timeline *timeline, struct machine *const machine[2], uint64_t builds);

/* Slot i. */
struct slot timeline_slot(const struct timeline *timeline, size_t i);

/* The first slot with that event of that side, or a later one; timeline->count: none. */
size_t timeline_slot_of(const struct timeline *timeline, int side, size_t event);

/* Moves both machines; positions after the end mean the end. */
void timeline_seek(struct timeline *timeline, size_t slot, uint64_t page);

/* The moment after all that these machines have done so far. */
struct moment moment_after(const struct machine *left, const struct machine *right);

/* Where the timeline is. */
struct moment timeline_moment(const struct timeline *timeline);

/* Goes to a moment, perhaps of another timeline, or to the nearest before it. */
void timeline_return(struct timeline *timeline, const struct moment *moment);

/* n steps of that grain forward or, if n is negative, backward; false at an end. */
bool timeline_step(struct timeline *timeline, long n, enum grain grain);

/* The event that happened last on that side in slot at - 1, or NULL: nothing there. */
const struct event *timeline_event(const struct timeline *timeline, int side);

/* First slot of the last fork that starts before `slot`, or 0. */
size_t timeline_fork_start(const struct timeline *timeline, size_t slot);

#endif
