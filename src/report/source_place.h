/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The source line of a step in a kernel's tree: "mm/memory.c:1570". */
#ifndef REPORT_SOURCE_PLACE_H
#define REPORT_SOURCE_PLACE_H

#include <stdbool.h>

#include "model/machine.h"

#define PLACE_FILE_MAX 200
#define PLACE_VERSION_MAX 23

struct source_place {
	char version[PLACE_VERSION_MAX + 1]; /* whose lines those are; "": the kernel's own */
	char file[PLACE_FILE_MAX + 1]; /* below the source tree's root; no "..", no leading "/" */
	unsigned line;		       /* from 1 */
};

/*
 * Reads "mm/memory.c:1570" at the end of a text such as "7.3 mm/memory.c:1563-1586"
 * (the first of those lines). False: not found, or the path leaves the tree.
 */
bool place_parse(const char *text, struct source_place *place);

/*
 * The line of the innermost function of this step, or, for a decision, of the clause
 * that held. False: it is not in the machine's kernel profile.
 */
bool event_place(const struct machine *m, const struct event *event, struct source_place *place);

#endif
