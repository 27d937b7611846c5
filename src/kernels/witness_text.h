/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of a scenario that a search has found: what all of them have. */
#ifndef KERNELS_WITNESS_TEXT_H
#define KERNELS_WITNESS_TEXT_H

#include "base/buf.h"
#include "kernels/setup_search.h"

/* A line: the command and, in quotes, its text. */
void witness_text_line(const char *command, const char *text, struct buf *out);

/* A comment: the set-up needs what system calls do not do. */
void witness_text_by_hand(struct buf *out);

/* What both sides' last fork is expected to do. */
void witness_text_expectations(const struct setup_pair *pair, struct buf *out);

/* The set-up, the fork, why each kernel decides so, and the expectations for both sides. */
void witness_text_rest(const struct setup_search *search, const struct setup_pair *pair,
		       struct buf *out);

#endif
