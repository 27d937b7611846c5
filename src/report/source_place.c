/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/source_place.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "report/explain.h"

#define LINE_MAX_DIGITS 7

/* Is it a relative path without "." and ".."? */
static bool stays_below(const char *path, size_t length)
{
	size_t part;

	for (size_t at = 0; at <= length; at += part + 1) {
		part = 0;
		while (at + part < length && path[at + part] != '/')
			part++;
		if (!part || (path[at] == '.' && (part == 1 || (part == 2 && path[at + 1] == '.'))))
			return false;
	}
	return true;
}

bool place_parse(const char *text, struct source_place *place)
{
	const char *blank = strrchr(text, ' '), *file = blank ? blank + 1 : text;
	const char *colon = strchr(file, ':'), *c;
	size_t length;
	unsigned line = 0;

	if (!colon || (size_t)(colon - file) > PLACE_FILE_MAX ||
	    !stays_below(file, (size_t)(colon - file)))
		return false;
	length = (size_t)(colon - file);
	for (c = colon + 1; isdigit((unsigned char)*c) && c - colon <= LINE_MAX_DIGITS; c++)
		line = line * 10 + (unsigned)(*c - '0');
	if (!line || (*c && *c != '-'))
		return false;
	if (file - text > PLACE_VERSION_MAX)
		return false;
	snprintf(place->version, sizeof(place->version), "%.*s", blank ? (int)(blank - text) : 0, text);
	memcpy(place->file, file, length);
	place->file[length] = '\0';
	place->line = line;
	return true;
}

static bool decision_place(const struct machine *m, const struct event *e, struct source_place *place)
{
	const struct decision *d = &m->forks[e->fork].vmas[e->vma].decision;
	const char *function = kernel_line(m->kernel, "vma_needs_copy");

	if (d->clause >= 0 && m->kernel->clauses[d->clause].where &&
	    place_parse(m->kernel->clauses[d->clause].where, place))
		return true;
	if (function && place_parse(function, place))
		return true;
	/* No clause held: the first one that was evaluated. */
	return m->kernel->clauses[0].where && place_parse(m->kernel->clauses[0].where, place);
}

bool event_place(const struct machine *m, const struct event *e, struct source_place *place)
{
	const char *chain[10], *said;
	size_t n;

	if (e->kind == EVENT_DECIDE)
		return decision_place(m, e, place);
	n = explain_call_chain(e, chain);
	said = n ? kernel_line(m->kernel, chain[n - 1]) : NULL;
	return said && place_parse(said, place);
}
