/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wrong answers to a question about fork, each with the belief behind it: what fork would do
 * if that were so, by the model, and which function or clause of the kernel says otherwise.
 */
#ifndef REPORT_BELIEFS_H
#define REPORT_BELIEFS_H

#include "model/machine.h"

/* What is asked. */
enum belief_subject {
	BELIEF_DECISION, /* about the VMA that had that page in the last fork */
	BELIEF_REASON,
	BELIEF_ENTRIES, /* costs, since the first fork */
	BELIEF_TABLES,
	BELIEF_FAULTS,
	BELIEF_COPIES,
	BELIEF_CHILD_STATE, /* of that page */
	BELIEF_PARENT_STATE,
	BELIEF_CHILD_FLAG, /* of the VMA that has that page */
	BELIEF_PARENT_FLAG,
	BELIEF_VMAS, /* how many have the name */
	BELIEF_PAGES, /* how many of the child's have that state */
	BELIEF_SIGNAL,
	BELIEF_FORK_END,
	BELIEF_ERRNO,
	BELIEF_SUBJECTS
};

struct belief_question {
	enum belief_subject subject;
	struct machine *m; /* at the end of its time, where it is afterwards, too */
	struct stretch where; /* of the page, or the pages; empty: it is not about a place */
	uint64_t parents;  /* BELIEF_PAGES: how many of the parent's have it */
	const char *truth; /* the answer that holds: "copy", "512", "VM_UFFD_WP" */
};

enum { WRONG_ANSWERS = 3, WRONG_ANSWER_SIZE = 24 };

struct wrong_answer {
	char text[WRONG_ANSWER_SIZE]; /* as a viewer types it, in full */
	const char *belief;	      /* "shared means not copied" */
	const char *otherwise;	      /* a sentence, or several */
};

/*
 * The likeliest first, each another one, none of them the truth. The value is their number:
 * fewer where there are not so many.
 */
size_t wrong_answers(const struct belief_question *question,
		     struct wrong_answer wrong[WRONG_ANSWERS]);

#endif
