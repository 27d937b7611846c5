/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Facts about a scenario that was carried out: observed on a real kernel, or predicted
 * by the model. Both fill in the same structures, so that the same code compares and
 * prints them. A fact that could not be observed is marked as such, never guessed.
 */
#ifndef OBSERVE_FACTS_H
#define OBSERVE_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "model/kernel.h"
#include "model/mm.h"
#include "model/pages.h"

enum seen_answer { SEEN_UNKNOWN, SEEN_NO, SEEN_YES };

/* One entry of a page table. */
struct seen_page {
	uint16_t states; /* bit (1 << enum pte_state): the states that it may be in */
	uint16_t attrs;	 /* those that are set */
	uint16_t known;	 /* attributes that could be seen */
	uint8_t anon;	 /* enum seen_answer: anonymous memory, not a file's? */
	uint8_t same;	 /* enum seen_answer: of a child: the parent's frame? */
};

struct seen_run {
	uint64_t first, count;
	struct seen_page page;
};

/* Pages of a VMA that have one name of the scenario. */
struct seen_name {
	char *name;
	uint64_t at;	       /* where they begin in the VMA */
	uint64_t first, count; /* which of the name's pages they are */
};

/* Decisions are this where they could not be seen. */
#define SEEN_NO_DECISION (-1)

/* As the kernel has it, whatever is called what; but where the model has its addresses. */
struct seen_vma {
	uint64_t start, end;
	enum backing backing;
	struct seen_name *names; /* in order of address */
	size_t name_count, name_cap;
	uint64_t flags, flags_known;
	int decision; /* of a parent's right after a fork: DECISION_... */
	bool pages_known;
	struct seen_run *runs; /* all pages in order, `none` included */
	size_t run_count, run_cap;
};

/* All VMAs of the scenario, in order of address. */
struct seen_process {
	bool alive;
	struct seen_vma *vmas;
	size_t vma_count, vma_cap;
};

/* Everything at one point of the scenario: after a fork, or at the end. */
struct seen_moment {
	size_t step; /* the command that it comes after */
	bool fork;   /* and that was a fork */
	struct seen_process parent, child;
	int64_t entries, tables; /* of a fork; -1: not seen */
};

/* The result of a command. */
struct seen_step {
	bool done;	 /* was carried out, or refused */
	int err;	 /* errno; 0: success */
	bool touch, after_fork;
	enum touch_result signal;
	bool traces; /* of a prediction: the touch failed, and may have left more than the model has */
	int64_t faults, cow_copies; /* of a touch after the first fork */
};

struct record {
	struct seen_step *steps; /* step_count of them, one a command */
	size_t step_count;
	struct seen_moment *moments;
	size_t moment_count, moment_cap;
};

void record_init(struct record *record, size_t steps);
void record_deinit(struct record *record);
struct seen_moment *record_add(struct record *record, size_t step, bool fork);

/* Adds to a sum of counts; -1 (not known) if one of them is. */
void seen_count(int64_t *sum, int64_t n);

/* Adds a VMA without names and pages, behind all that are there. */
struct seen_vma *seen_add_vma(struct seen_process *process, enum backing backing, uint64_t start,
			      uint64_t end);
/* The VMA that holds the address, or NULL. */
struct seen_vma *seen_vma_at(const struct seen_process *process, uint64_t address);
/* The VMA of exactly these addresses, or NULL. */
struct seen_vma *seen_vma_like(const struct seen_process *process, uint64_t start, uint64_t end);
uint64_t seen_vma_pages(const struct seen_vma *vma);

/* The next pages of the VMA are these of a name. */
void seen_add_name(struct seen_vma *vma, const char *name, uint64_t first, uint64_t count);
/* All its names, as a process of the model has them. */
void seen_add_names(struct seen_vma *vma, const struct mm *mm);
/* The name of a page of the VMA; NULL: it has none. */
const struct seen_name *seen_name_at(const struct seen_vma *vma, uint64_t page);
/* Its names in short: "a+b". */
void seen_label(const struct seen_vma *vma, struct buf *out);

/* Appends pages to those of the VMA; merges equal ones into one run. */
void seen_add_pages(struct seen_vma *vma, uint64_t count, struct seen_page page);

/*
 * A model's entry as it would be observed if everything were visible. parent: the entry of
 * the same page in the parent, for a child's; or NULL.
 */
struct seen_page seen_pte(struct pte pte, const struct pte *parent);

/*
 * The page of a model's VMA that has this number. parent: the process whose frames it may
 * share, or NULL. *last: up to which page the answer is the same.
 */
struct seen_page seen_model(const struct vm_area *vma, const struct mm *parent, uint64_t page,
			    uint64_t *last);

/* Does it match what was observed? SEEN_UNKNOWN: possibly. */
enum seen_answer seen_agrees(struct seen_page model, struct seen_page seen);

/* The state, or -1 when several are possible. */
int seen_state(struct seen_page page);

#endif
