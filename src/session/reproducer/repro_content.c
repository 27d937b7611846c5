/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What frames contain, as far as the program that is written has chosen it. */
#include "base/alloc.h"
#include "base/minmax.h"
#include "session/reproducer/repro_ksm_private.h"

static void add_content(struct repro *r, uint64_t first, uint64_t last, uint64_t number)
{
	GROW(r->content, r->content_count, r->content_cap);
	r->content[r->content_count++] = (struct repro_content){first, last, number};
}

void ksm_forget_content(struct repro *r, uint64_t first, uint64_t last)
{
	size_t n = r->content_count;

	for (size_t i = 0; i < n; i++) {
		struct repro_content was = r->content[i];

		if (was.last < first || was.first > last)
			continue;
		r->content[i] = (struct repro_content){1, 0, 0}; /* none */
		if (was.first < first)
			r->content[i] = (struct repro_content){was.first, first - 1, was.number};
		if (was.last > last)
			add_content(r, last + 1, was.last, was.number);
	}
}

void ksm_note_content(struct repro *r, uint64_t first, uint64_t last, uint64_t number)
{
	ksm_forget_content(r, first, last);
	add_content(r, first, last, number);
}

uint64_t ksm_content(const struct repro *r, uint64_t frame, uint64_t *last)
{
	for (size_t i = 0; i < r->content_count; i++) {
		const struct repro_content *content = &r->content[i];

		if (content->first <= frame && frame <= content->last) {
			*last = min(*last, content->last);
			return content->number;
		}
		if (content->first > frame && content->first <= content->last)
			*last = min(*last, content->first - 1);
	}
	return NO_CONTENT;
}
