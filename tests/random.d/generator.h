/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario that is being made. For the files that make commands only. */
#ifndef RANDOM_GENERATOR_H
#define RANDOM_GENERATOR_H

#include "base/alloc.h"
#include "base/buf.h"
#include "random.d/generate.h"
#include "random.d/layout.h"
#include "random.d/rng.h"

/* What a scenario is mostly about: whose commands are more likely than usual. */
enum theme {
	THEME_ANY,
	THEME_UFFD,
	THEME_HUGE,
	THEME_HUGETLB,
	THEME_GUARD,
	THEME_SWAP,
	THEME_PIN,
	THEME_KSM,
	THEME_PARTS,
};

enum phase { PHASE_BEFORE, PHASE_AFTER };

/* A call on a range that gives VMAs other attributes: the words around NAME and PAGES. */
struct range_call {
	char verb[24], before_pages[16], behind_pages[24];
};

/* One that was made, and the call that takes it back. */
struct toggle {
	struct range_call there, back;
	char name[80];
	uint64_t first, last; /* pages of the name */
};

#define TOGGLES_MAX 8

struct generator {
	struct rng rng;
	const struct surroundings *around;
	enum theme theme;
	enum phase phase;
	bool child_acts; /* carries out the line in hand */
	bool adjacent; /* most mappings are placed back to back */
	char focus[80]; /* a name that is taken more often than others; "": none */
	struct scenario scenario;
	struct lockstep lockstep;
	char *text;
	size_t length;
	struct statistics *statistics;
	unsigned vmas, contexts; /* made so far */
	/* The latest, to be made again elsewhere or taken back; `toggle`: of the line in hand. */
	struct toggle toggles[TOGGLES_MAX], toggle;
	unsigned toggle_count;
	struct layout before[2]; /* parent and child, before the line in hand */
	unsigned reached;	 /* LAYOUT_ */
	bool done[COMMANDS];	 /* commands that were carried out */
	bool over;
};

/* Makes the words of a command, or returns false when there is nothing to do it to. */
typedef bool maker(struct generator *g, struct buf *line);

static inline struct machine *machine(const struct generator *g)
{
	return g->lockstep.machine;
}

/* The process that carries out the line in hand. */
static inline const struct mm *acting(const struct generator *g)
{
	return g->child_acts ? machine(g)->child : machine(g)->parent;
}

/* Pages of a huge entry: on x86-64, 512. */
static inline uint64_t huge_unit(const struct generator *g)
{
	return ptrs_per_table(&machine(g)->paging);
}

/*
 * A place by where tables begin and end, so that it means the same on each machine: pages
 * before or after half a huge page, a huge page (one table of PTEs) or a table of PMDs.
 */
struct spot {
	enum spot_base { SPOT_START, SPOT_HALF_HUGE, SPOT_HUGE, SPOT_PMD_TABLE } base;
	int pages;
};

/* Its distance from the start of a table of PMDs, in bytes. (place.c) */
uint64_t spot_offset(const struct generator *g, struct spot spot);

/* --- pick.c: what a command is about ------------------------------------------------- */

/* A name of which something is mapped in that process; NULL: there is none. */
const struct name *any_name(struct generator *g, const struct mm *mm);
/* The pages of a name, mapped or not. */
uint64_t name_pages(const struct mm *mm, const struct name *name);
/* The unit in which its VMA can be split: of hugetlb, a huge page. */
uint64_t name_unit(const struct mm *mm, const struct name *name);
/* A VMA of that process; NULL: there is none. */
const struct vm_area *any_vma(struct generator *g, const struct mm *mm);
/* One that watches the process that acts, made for it or inherited; now and then any. */
const struct uffd_ctx *any_context(struct generator *g);

/* The name; of those that 'times' made, now and then a pattern for all of them. */
void put_name(struct generator *g, struct buf *line, const struct name *name);
/* "3", "0-3" */
void put_pages(struct buf *line, uint64_t first, uint64_t last);
/* " 3", " 0-3,8": some of that many pages from `first` on. */
void put_some_pages(struct generator *g, struct buf *line, uint64_t first, uint64_t pages);
/* The same from page 0 on, or nothing, which means all. */
void put_any_pages(struct generator *g, struct buf *line, uint64_t pages);
/* Half of the pages, a middle or all: a part that a call splits off. */
void any_part(struct generator *g, uint64_t pages, uint64_t unit, uint64_t *first, uint64_t *last);

/* A row of n, as likely as its weight is of all; 0: never. */
size_t pick_weighted(struct generator *g, size_t n,
		     unsigned (*weight)(const struct generator *g, size_t row));
/* By how much a row's theme makes it more likely. */
unsigned in_theme(const struct generator *g, enum theme theme, unsigned more);

/* --- the makers ------------------------------------------------------------------------ */

/* place.c: mappings */
maker make_vma, make_merge, make_munmap;
/* calls.c: calls on pages */
maker make_touch, make_madvise;
/* pins.c: calls on single pages */
maker make_pin, make_unpin, make_poke, make_ksm, make_clear_refs;
/* remap.c: mremap */
maker make_mremap;
/* limits.c: limits of the machine */
maker make_limit;
/* uffd.c: those of a userfaultfd */
maker make_uffd, make_protect, make_unprotect, make_poison, make_zeropage, make_copy, make_continue,
	make_move, make_close, make_reader;
/* parts.c: calls on ranges, which split and join VMAs */
maker make_range_call, make_register, make_unregister, make_again;

/* --- whole plans ----------------------------------------------------------------------- */

/* Carries the line out by the model. False: it is not part of the scenario. (generate.c) */
bool generator_add(struct generator *g, const char *line);
/* A letter that is free, now and then one that was used before; 0: none. (place.c) */
char free_letter(struct generator *g);
/* plans.c: commands that lead to one which is seldom possible; false: it was not. */
bool add_plan(struct generator *g);

#endif
