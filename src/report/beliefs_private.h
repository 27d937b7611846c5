/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that make up wrong answers share; no other file includes this. */
#ifndef REPORT_BELIEFS_PRIVATE_H
#define REPORT_BELIEFS_PRIVATE_H

#include "report/beliefs.h"

#define ON(subject) (1U << BELIEF_##subject)

struct collector {
	const struct belief_question *question;
	struct wrong_answer *wrong;
	size_t n;
};

/* Adds an answer, unless it is the truth, or there, or there are enough. */
void collect(struct collector *c, const char *answer, const char *belief, const char *otherwise);
void collect_number(struct collector *c, uint64_t number, const char *belief, const char *otherwise);

/* beliefs_fixed.c: answers by what they are, and by what was there */
void collect_fixed(struct collector *c);
/* beliefs_child.c: what the last fork put into the child */
void collect_child(struct collector *c);
/* beliefs_numbers.c: other costs, and numbers near the truth */
void collect_costs(struct collector *c);
void collect_near(struct collector *c);

/* The parent's entry of the first page that is asked about, at the last fork; none before one. */
struct pte beliefs_entry_at_fork(const struct belief_question *q);

#endif
