/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Observations of a kernel as a text file: one file a kernel, with a section
 * for each scenario. A replay reads it in place of the kernel, so that any machine can
 * compare the model with it. It has only what was observed, and the commands
 * that were carried out.
 *
 *   recording 2                  the format: the first line
 *   date 2026-11-23              command "what was run"
 *   kernel RELEASE VERSION       machine NAME and what the probe could see there
 *   page-size BYTES              access-bits hardware|software
 *   model SPEC, check dst|src    the profile to compare with, unless VERSION's
 *
 *   scenario FILE                as it was named; then its section
 *   knobs thp MODE fault-around PAGES [zero-page off]
 *   step "COMMAND" WORD...       errno NAME, touch RESULT, after-fork, faults N, cow-copies N
 *   moment fork|now              after that step; in it:
 *   parent, child                and their VMAs, in order of address; of each:
 *   vma START-END BACKING NAME:FIRST[-LAST]...
 *                                which pages of which names it holds, in this order
 *   flags CODE... [unseen CODE...]
 *   decision WORD                a parent's VMA, after a fork
 *   FIRST[-LAST] STATE[|STATE]... ATTR... !ATTR... [anonymous|file] [parents-frame|own-frame]
 *                                pages of the VMA; !ATTR was seen to be clear
 *   entries N, tables N          of the fork
 *   left "COMMAND"               was not carried out
 *   end impossible|refused "WHY" why those are left
 */
#ifndef LIVE_RECORDING_H
#define LIVE_RECORDING_H

#include "base/buf.h"
#include "live/probe.h"

/* --- writing ---------------------------------------------------------------------- */

/* The head of a file. command: what the reader may run to make the same. */
void recording_begin(struct buf *out, const struct probe_options *options, const char *command);
/* The section of a scenario that was carried out. path: as the reader will find it. */
void recording_add(struct buf *out, const struct probe *probe, const char *path);

/* --- reading ---------------------------------------------------------------------- */

/* A section: what probe_scenario() found, without the scenario itself. */
struct recorded {
	char *scenario;
	unsigned line;
	bool missing; /* see recording_find() */
	struct knobs knobs;
	char **texts; /* of all commands, also of those that were left */
	size_t text_count, text_cap;
	struct record seen; /* until it is replayed */
	enum probe_end end;
	char reason[400];
};

struct recording {
	char *path;
	struct release release;
	char *date, *command, *machine, *model; /* NULL: not given */
	int check;				/* -1: not given */
	struct paging paging;			/* of the machine that it was made on */
	struct recorded *scenarios;
	size_t count, cap;
};

bool recording_read(struct recording *recording, const char *path, struct vf_error *error);
void recording_deinit(struct recording *recording);

/*
 * Can all scenarios be found under their names, from the working directory? False:
 * one error for those that are missing, which are marked.
 */
bool recording_find(struct recording *recording, struct vf_error *error);

/*
 * Replays a section as probe_scenario() would observe a kernel; once for each section.
 * The scenario is the section's, opened; the probe takes it over. False: it is not
 * the one that was recorded.
 */
bool recording_replay(struct recording *recording, size_t section,
		      struct scenario *scenario, const struct probe_options *options, struct probe *probe,
		      struct vf_error *error);

#endif
