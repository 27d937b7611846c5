/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where in a kernel's source a step is done: "mm/memory.c:1570". */
#ifndef REPORT_SOURCE_PLACE_H
#define REPORT_SOURCE_PLACE_H

#include <stdbool.h>

#include "model/machine.h"

#define PLACE_FILE_MAX 200
#define PLACE_VERSION_MAX 23

struct source_place {
	char version[PLACE_VERSION_MAX + 1]; /* whose lines those are; "": the kernel's own */
	char file[PLACE_FILE_MAX + 1]; /* below the source tree's root; no "..", no "/" in front */
	unsigned line;		       /* from 1 */
};

/*
 * Reads "mm/memory.c:1570" at the end of a text such as "7.3 mm/memory.c:1563-1586"
 * (the first of those lines). False: there is none, or the path leads out of the tree.
 */
bool place_parse(const char *text, struct source_place *place);

/*
 * Where the innermost function of this step stands, or, for a decision, the test
 * that was true. False: the machine's kernel profile does not say.
 */
bool event_place(const struct machine *m, const struct event *event, struct source_place *place);

#endif
