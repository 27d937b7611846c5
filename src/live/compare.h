/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The model against what was seen, fact by fact. */
#ifndef LIVE_COMPARE_H
#define LIVE_COMPARE_H

#include "base/buf.h"
#include "live/probe.h"

struct score {
	size_t agree, differ, unseen; /* facts */
};

struct difference {
	size_t step; /* the scenario's command */
	char *text;  /* with both values: "mem decision: model copy, kernel skip" */
};

/* In the order of the commands. Starts as {0}. */
struct differences {
	struct difference *v;
	size_t n, cap;
};

/* Adds a line for each, with the command's file and line. */
void differences_print(const struct differences *differences, const struct scenario *scenario,
		       struct buf *out);
void differences_deinit(struct differences *differences);

/*
 * Adds what differs to `differences`: the result of a command each time; VMAs, flags, pages
 * and decisions once, where the difference began. The score counts all.
 */
struct score probe_compare(const struct probe *probe, struct differences *differences);

/*
 * Has a touch of a name of this VMA (NULL: of any) waited for a userfaultfd by then? Its
 * traces are not compared.
 */
bool compare_waited(const struct probe *probe, size_t step, const struct seen_vma *vma);

#endif
