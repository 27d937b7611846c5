/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What one side shows at this moment: computed once, drawn by the panes. */
#ifndef VIEW_SCENE_H
#define VIEW_SCENE_H

#include "outside/observed.h"
#include "report/source_place.h"
#include "session/session.h"
#include "view/ui.h"

struct scene {
	int side;
	enum grain grain; /* rows of the tables: runs or pages */
	const struct machine *machine;
	const struct predictions *predictions; /* of both sides */
	const struct event *event; /* of this step on this side; NULL: none */
	bool placed;		   /* the profile has the source place of this step: */
	struct source_place place;
	struct source_tree *source; /* its source tree; NULL: none was set */
	const struct vm_area *parent, *child; /* the VMA at the address in focus; NULL: has none */
	const struct fork_record *fork; /* the newest that has begun; NULL: none */
	const struct fork_vma *record; /* of the VMA in the current fork, or NULL */
	bool decided;		   /* the decision has been reached in time */
	bool undecided;		   /* that fork is over without a decision, and decides nothing any more */
	bool earlier;		   /* that fork is over: what is shown is later */
	bool next;		   /* the viewer is asked about the fork after it: nothing is decided */
	bool deciding;		   /* this step is the decision */
	bool touches;		   /* this step touches pages first..last of the process */
	uint64_t first, last;
	bool tables;		   /* this step allocates tables */
	/* What the running kernel did; NULL: not observed, or not at this moment. */
	const struct observed *observed;
	const struct seen_moment *seen;
	const struct seen_vma *seen_parent, *seen_child; /* of the VMA looked at */
	int seen_decision; /* of it in the current fork; may be SEEN_NO_DECISION */
};

struct scene scene_at(const struct session *session, const struct ui *ui, int side);

/* The VMA that is shown: of the process that acts in this step, if it has one there. NULL: none has. */
const struct vm_area *scene_shown(const struct scene *scene);

/* The parent or child that is shown; NULL: no such process. */
const struct mm *scene_process(const struct scene *scene, bool child);
/* The VMA there that holds the page; NULL: none. */
const struct vm_area *scene_vma(const struct scene *scene, bool child, uint64_t page);

/* "COPY", "SKIP", "DONTCOPY" or "WIPE". */
const char *decision_word(const struct decision *decision);

#endif
