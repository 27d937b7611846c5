/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A question of the quiz while it is made: a situation with random parameters, as sentences and
 * as the commands of a scenario, and what is asked of the model. It has no answer: the model's
 * is the answer. Each quiz_drafts_TOPIC has the kinds of questions of one topic.
 */
#ifndef SESSION_QUIZ_DRAFT_H
#define SESSION_QUIZ_DRAFT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/rng.h"

enum { DRAFT_NAMES = 4 };

struct quiz_draft {
	struct rng *rng;
	const char *name[DRAFT_NAMES]; /* of mappings, all different */
	struct buf about;	       /* the situation, in sentences */
	struct buf setup;	       /* commands, a line each: what precedes the question, */
	struct buf then;	       /* and what precedes its answer */
	struct buf question, asked;    /* asked: an expectation with ? in place of the value */
	struct buf hint;
};

/* Each question of this kind is another one: other names, sizes, pages, kernels. */
typedef void draft_function(struct quiz_draft *draft);

struct quiz_kind {
	const char *name; /* what a learner's file calls it; never another kind's */
	unsigned level;	  /* from 1: how much there is to think of */
	draft_function *draft;
};

struct quiz_kinds {
	const struct quiz_kind *v;
	size_t n;
};

extern const struct quiz_kinds quiz_drafts_copies, quiz_drafts_asked, quiz_drafts_userfaultfd, quiz_drafts_guards,
	quiz_drafts_huge, quiz_drafts_wrong, quiz_drafts_kernel;

/* The names are chosen. rng: outlives it. */
void draft_init(struct quiz_draft *draft, struct rng *rng);
void draft_deinit(struct quiz_draft *draft);

/* --- chance ------------------------------------------------------------------------------- */

/* From `least` to `most`. */
unsigned draft_number(struct quiz_draft *draft, unsigned least, unsigned most);
bool draft_coin(struct quiz_draft *draft);
const char *draft_word(struct quiz_draft *draft, const char *const words[], size_t n);
#define DRAFT_WORD(draft, ...)                                                                       \
	draft_word(draft, (const char *const[]){__VA_ARGS__},                                        \
		   sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

/* 16, 32, 64 or 128. */
unsigned draft_pages(struct quiz_draft *draft);

/* Pages of a mapping. */
struct draft_range {
	unsigned first, last;
	char pages[24]; /* as a command has them: "3", "0-7" */
	char words[32]; /* "page 3", "pages 0-7" */
};
struct draft_range draft_range_of(unsigned first, unsigned last);
/* Some of the pages first..last, not all if there are more than one. */
struct draft_range draft_range(struct quiz_draft *draft, unsigned first, unsigned last);
/* One of them. */
unsigned draft_page(struct quiz_draft *draft, struct draft_range range);

/* Adds the text with the word in place of its %s, if it has one. */
void draft_fill(struct buf *out, const char *text, const char *word);

/* --- texts -------------------------------------------------------------------------------- */

#define DRAFT_FORMAT(f) __attribute__((format(printf, f, f + 1)))

/* Both sides are one of these kernels. */
#define DRAFT_KERNEL(draft, ...) draft_kernel(draft, DRAFT_WORD(draft, __VA_ARGS__))
void draft_kernel(struct quiz_draft *draft, const char *version);
/* Adds a sentence to the situation. */
void draft_say(struct quiz_draft *draft, const char *format, ...) DRAFT_FORMAT(2);
/* Adds a sentence in front of the question: what is done before its answer. */
void draft_will(struct quiz_draft *draft, const char *format, ...) DRAFT_FORMAT(2);
/* Adds a command in front of the question, behind it. */
void draft_do(struct quiz_draft *draft, const char *format, ...) DRAFT_FORMAT(2);
void draft_then(struct quiz_draft *draft, const char *format, ...) DRAFT_FORMAT(2);
/* asked: as predict has it, behind the question. */
void draft_ask(struct quiz_draft *draft, const char *asked, const char *format, ...) DRAFT_FORMAT(3);
/* The usual ones, of the left side. */
void draft_ask_decision(struct quiz_draft *draft, const char *name);
void draft_ask_entries(struct quiz_draft *draft);
void draft_ask_tables(struct quiz_draft *draft);
void draft_ask_child_page(struct quiz_draft *draft, const char *name, unsigned page);
void draft_hint(struct quiz_draft *draft, const char *text);

/* The scenario, without a title. */
void draft_print(const struct quiz_draft *draft, struct buf *out);

#endif
