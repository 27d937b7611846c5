/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The truth table of two kernels: what fork does with a VMA, over what either of them asks.
 * A row leaves inputs open that cannot change its two answers, so that there are few rows;
 * each combination of inputs is in one row. The table knows which rows fork can meet, and
 * why it cannot meet the others.
 */
#ifndef KERNELS_DECISION_TABLE_H
#define KERNELS_DECISION_TABLE_H

#include "base/budget.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/minimise.h"
#include "model/reach.h"

/* A column: is any of these flags set on that VMA? */
struct table_input {
	enum vma_side side;
	uint64_t flags; /* 0: does src have an anon_vma? */
};

struct table_row {
	struct cube inputs;  /* over the columns */
	int answer[2];	     /* DECISION_... */
	bool reached[2];     /* fork can meet it on that kernel */
	bool together;	     /* after the same calls on both */
	bool by_calls[2];    /* and without a driver's mapping */
	/* Where it is not reached, why: */
	uint64_t reasons[2];  /* bits of unreachables[], the fewest that explain it */
	uint64_t no_flags[2]; /* or flags that this kernel does not have */
	uint32_t lacks[2];    /* or bit enum lack */
};

#define TABLE_INPUTS_MAX 64

struct decision_table {
	const struct kernel *kernel[2]; /* not owned */
	char *name[2];			/* made distinct */
	uint64_t no_flags[2];		/* flags that this kernel does not have */
	struct table_input inputs[TABLE_INPUTS_MAX];
	size_t input_count;
	struct table_row *rows; /* in the order of the questions: what decides both comes first */
	size_t row_count, row_cap;
	struct budget *budget; /* the rows are charged to it, and the work to make them */
};

/*
 * The table of two kernels, which must outlive it, as the budget must. NULL, with an error,
 * when they look for so many flags that the budget is used up.
 */
struct decision_table *decision_table_create(const struct kernel *a, const struct kernel *b,
					     struct budget *budget, struct vf_error *error);
void decision_table_free(struct decision_table *table); /* NULL is fine */

/* The columns' values for an input, bit by bit; and an input that has these values. */
uint64_t table_point(const struct decision_table *table, const struct decision_input *input);
struct decision_input table_input_at(const struct decision_table *table, uint64_t point);

/* The row of an input: there is exactly one. */
struct table_row *table_row_of(const struct decision_table *table,
			       const struct decision_input *input);
static inline bool table_row_differs(const struct table_row *row)
{
	return row->answer[0] != row->answer[1];
}

/* A column in words: "src VM_PFNMAP|VM_MIXEDMAP"; a row: "src anon_vma, no dst VM_UFFD_WP". */
void table_input_words(const struct table_input *input, struct buf *out);
void table_row_words(const struct decision_table *table, const struct table_row *row,
		     struct buf *out);
/* Why fork cannot meet the row on that kernel, as a sentence without a full stop. */
void table_row_why(const struct decision_table *table, const struct table_row *row, int kernel,
		   struct buf *out);

/*
 * The table, rows numbered from 1. lines, if not NULL: the line of each row's text, from 0;
 * the caller frees the array.
 */
void decision_table_print(const struct decision_table *table, struct buf *out, size_t **lines);
void decision_table_markdown(const struct decision_table *table, struct buf *out);

#endif
