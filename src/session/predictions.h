/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the viewer was asked to predict, what they answered, and what the model's answer was.
 * Undo and redo hide and show questions with the commands that ask and reveal them; answers
 * stay.
 */
#ifndef SESSION_PREDICTIONS_H
#define SESSION_PREDICTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/budget.h"
#include "base/buf.h"
#include "model/machine.h"
#include "report/beliefs.h"

struct command;
struct log;

struct prediction {
	struct command *command; /* `predict`; held */
	uint64_t bytes;		 /* that the budget was charged for this one */
	char *name;		 /* the one that this is about, instead of the command's; or NULL */
	bool in_part;		 /* and of it only pages first..last, from 0 on */
	uint64_t first, last;
	char *question;
	char *answer; /* of the viewer; NULL: none */
	char *before; /* the same, a wrong one, after which they tried again; or NULL */
	bool passed;  /* the viewer has no answer */
	bool of_fork; /* asked by `set predict on` */
	bool shown;   /* its command is not undone */

	/* Once it is revealed. */
	bool revealed, right;
	struct command *reveal; /* held; NULL: no command did it */
	char *truth;		/* "copy because anon_vma" */
	size_t step;		/* that decided it, from 1; 0: none is known */
	/* The likeliest wrong answers, if somebody looks. */
	struct wrong_answer wrong[WRONG_ANSWERS];
	size_t wrong_count;
	bool mistaken; /* the viewer gave number `mistake` of them */
	size_t mistake;
	const char *missed; /* the belief that led to the first wrong answer; NULL: none is known */
	bool lit;		/* by the latest reveal, and shown next to what it was about */
};

/* Zeroed: none. Fields are for reading, but for the budget. */
struct predictions {
	struct budget *budget; /* of its owner, which outlives it */
	struct prediction *v;
	size_t n, cap;
	size_t waiting;	  /* none before this one waits to be revealed, */
	size_t first_lit; /* or is lit */
	bool hidden;	  /* predictions_forget_hidden() takes some away */
	bool on;	  /* set predict on */
	bool forking;	  /* the fork that waits is being carried out */
	bool fork_waits;  /* until its questions are answered */
};

void predictions_deinit(struct predictions *predictions);

/*
 * Asks one more. The texts are copied, the command is held; name: may be NULL. part: of its pages;
 * NULL: those that the command names.
 */
struct prediction *predictions_add(struct predictions *predictions, struct command *command,
				   const char *name, const struct range *part, const char *question);
/*
 * Takes those away that no command shows any more, and that redo cannot bring back; and those
 * whose reveal was undone, which would be graded once more.
 */
void predictions_forget_hidden(struct predictions *predictions);
/* Takes those of a fork away. */
void predictions_forget_fork(struct predictions *predictions);
/* The first that waits for an answer; NULL: none does. */
struct prediction *predictions_open(const struct predictions *predictions);
/* Is there one that waits to be revealed? */
bool predictions_pending(const struct predictions *predictions);
/* None is shown next to what it was about any more. */
void predictions_unlight(struct predictions *predictions);
/* Shows and hides them after the log has changed: its entries from `first` on count. */
void predictions_follow(struct predictions *predictions, const struct log *log, size_t first);

/* Sets truth and result. The truth is copied; reveal is held, and may be NULL. */
void prediction_reveal(struct predictions *predictions, struct prediction *prediction,
		       struct command *reveal, const char *truth, bool right, size_t step);
/* The name that it is about; NULL: it is about none. */
const char *prediction_name(const struct prediction *prediction);
/*
 * Where what it asks about is, in that process (may be NULL): all of the name, or the part of it.
 * False: nothing has that name.
 */
bool prediction_stretch(const struct prediction *prediction, const struct machine *m,
			const struct mm *mm, struct stretch *stretch);

/* The question, the truth and how the answer compares, as lines. */
void prediction_print(const struct prediction *prediction, struct buf *out);

#endif
