/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disjoint stretches of addresses, each with a value: the VMAs of an address space, and
 * the names of addresses. Sorted; in chunks of bounded size, so that a change anywhere
 * costs the logarithm of their number, whatever the order in which they are made.
 */
#ifndef MODEL_SPANS_H
#define MODEL_SPANS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct span {
	uint64_t start, end; /* [start, end), not empty */
	void *value;
};

struct span_chunk {
	struct span *v;
	size_t n, cap;
};

struct spans {
	struct span_chunk *chunk; /* none of them is empty */
	size_t chunks, cap;
	size_t count; /* spans in all of them */
};

/* A position: span `i` of chunk `c`. Changes of the set make it invalid. */
struct span_place {
	size_t c, i;
};

void spans_deinit(struct spans *spans);
/* `to` must be empty. */
void spans_copy(struct spans *to, const struct spans *from);

/* The first span that ends after the address, and where it is; NULL: none. */
const struct span *spans_find(const struct spans *spans, uint64_t address,
			      struct span_place *place);
/* The span at a place; the next one, or the one before. NULL: none. */
const struct span *spans_at(const struct spans *spans, const struct span_place *place);
const struct span *spans_next(const struct spans *spans, struct span_place *place);
const struct span *spans_before(const struct spans *spans, struct span_place *place);

/* Must overlap none that is there. */
void spans_insert(struct spans *spans, struct span span);
/* Takes out the one that starts there; there must be one. */
void spans_remove(struct spans *spans, uint64_t start);
/* Takes out all between the addresses; none may lie across them. Returns how many. */
size_t spans_remove_all(struct spans *spans, uint64_t start, uint64_t end);

/* Are they sorted, disjoint and counted right? For tests. */
bool spans_are_sound(const struct spans *spans);

#endif
