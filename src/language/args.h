/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The arguments of a command, typed for each family of commands. */
#ifndef LANGUAGE_ARGS_H
#define LANGUAGE_ARGS_H

#include <stdbool.h>
#include <stdint.h>

#include "language/memory_size.h"
#include "model/machine.h"
#include "model/ranges.h"
#include "model/syscalls.h"

/* Numbers of words: indexes into the command's line; 0: it has no such word. */
typedef unsigned word_number;

enum { WHICH_LEFT, WHICH_RIGHT, WHICH_BOTH }; /* sides */
enum { PROCESS_PARENT, PROCESS_CHILD };
enum knob {
	KNOB_THP, KNOB_FAULT_AROUND, KNOB_ZERO_PAGE,
	/* The machine itself, before the first VMA: */
	KNOB_MACHINE, KNOB_PAGE_SIZE, KNOB_LEVELS, KNOB_ACCESS_BITS,
	KNOBS
};
enum { ACCESS_BITS_HARDWARE, ACCESS_BITS_SOFTWARE };
enum show_what {
	SHOW_VMAS, SHOW_PAGES, SHOW_DECISION, SHOW_TRACE, SHOW_COST, SHOW_FLAGS, SHOW_KERNEL,
	SHOW_UFFD
};
enum grain { GRAIN_VMA, GRAIN_TABLE, GRAIN_RUN, GRAIN_PAGE, GRAINS };
enum cost_what { COST_ENTRIES, COST_TABLES, COST_FAULTS, COST_COW_COPIES };
enum kernel_action { KERNEL_CHOOSE, KERNEL_LIST, KERNEL_SHOW, KERNEL_DIFF };
enum goto_where { GOTO_STEP, GOTO_START, GOTO_END };
enum break_action { BREAK_SET, BREAK_OFF, BREAK_LIST };
/* In the order of vocab_break, then that of a name. */
enum break_kind {
	BREAK_DIVERGENCE, BREAK_WRITE_PROTECT, BREAK_MARKER, BREAK_TABLE, BREAK_COPY, BREAK_FAULT,
	BREAK_VMA,
	BREAK_KINDS
};
enum probe_action { PROBE_LOOK, PROBE_OFF, PROBE_LIST };
enum expect_kind {
	EXPECT_DECISION,
	EXPECT_PAGES,
	EXPECT_FLAGS,
	EXPECT_ABSENT,
	EXPECT_SIGNAL,
	EXPECT_COST,
	EXPECT_DIFFER,
	EXPECT_SAME,
	EXPECT_VMAS,
	EXPECT_COUNTED, /* so many pages have that state */
	EXPECT_JOINED,
	EXPECT_FORK,
	EXPECT_REFUSED,
};

/* What a prediction leaves open: the value that ? stands for. */
enum asked {
	ASKED_DECISION,
	ASKED_REASON,
	ASKED_NUMBER,
	ASKED_STATE, /* of one page */
	ASKED_FLAG,  /* yes or no */
	ASKED_SIGNAL,
	ASKED_FORK,  /* how it ends */
	ASKED_ERRNO,
	ASKED_KINDS
};

/* The limit is below that of any helper program (tty/run_helper.c). */
enum { PROBE_SECONDS = 10, PROBE_SECONDS_MOST = 500 };

/* NAME [PAGES]: the target of most commands. */
struct target {
	word_number name, pages_word;
	bool pattern; /* the name is one (pattern.h): all that it fits are targets */
	bool all_pages; /* no PAGES, or `all` */
	struct ranges pages;
};

/* A mapping; its name is the target's. */
struct vma_args {
	struct mmap_args mmap; /* without its name and size */
	struct memory_size size;
	word_number huge_size_word; /* page-size SIZE; 0: none is asked for */
	struct memory_size huge_size;
	word_number of;	  /* the mapping whose file it maps, too, from page of_page of that file */
	uint64_t of_page;
	bool is_times;	  /* NAME.0, NAME.1 and so on: `times` of them, else 1 */
	uint64_t times;
	bool own;   /* a file of its own, though it begins where another of its kind ends */
	bool apart; /* never joined with its neighbors, until merge */
};

/* Its name is the target's, and of a part the pages. */
struct remap_args {
	struct memory_size size; /* the new one */
	bool fixed;    /* at `address` */
	uint64_t address;
	bool dontunmap;
	bool part;
};

/* Its name is the target's. */
struct flag_args {
	uint64_t add, remove;
};

struct entry_args {
	int state; /* enum pte_state, or -1: any */
	uint16_t attrs;
};

/* Lists of pages, each of a name, or of all that a pattern fits. The first is the target, too. */
struct lists_args {
	struct target *v; /* owned */
	size_t n, cap;
};

struct uffd_args {
	word_number ctx;
	uint32_t bits; /* features, modes */
	bool wp;       /* copy, continue */
	bool on;       /* reader */
	word_number other; /* move: the destination's name, and which page of it */
	uint64_t page;
};

struct set_args {
	enum knob knob;
	enum thp_mode thp;
	uint64_t number; /* of the other knobs; of KNOB_PAGE_SIZE bits (page_shift) */
};

struct limit_args {
	enum limit limit;
	uint64_t value; /* a number of pages or VMAs */
	struct memory_size size; /* of LIMIT_COMMIT */
};

struct kernel_args {
	enum kernel_action action;
	int side;
	word_number spec, other;
	word_number first_clause; /* with */
	unsigned clauses;
	word_number other_clause; /* the same of the other one */
	unsigned other_clauses;
	word_number file;      /* diff --scenario */
	bool mail;	       /* diff --mail */
	bool typed;	       /* not in a file */
};

struct table_args {
	word_number spec[2]; /* 0: the kernels of the two sides */
	word_number first_clause[2]; /* with */
	unsigned clauses[2];
	bool markdown;
	uint64_t row; /* from 1; 0: the table itself */
};

struct check_args {
	int side;
	enum vma_side check;
};

struct move_args {
	uint64_t n;
	int grain; /* enum grain, or -1: the session's */
};

struct goto_args {
	enum goto_where where;
	uint64_t step;
};

/* The name is the target's; it may be a pattern. */
struct break_args {
	enum break_action action;
	int kind; /* enum break_kind, or -1: all (off) */
};

struct source_args {
	int side;
	word_number folder; /* 0: off */
};

struct probe_args {
	enum probe_action action;
	uint64_t seconds;
};

struct file_args {
	word_number file;
	bool replace;
};

struct import_args {
	word_number what; /* a process, or a file */
	bool file;
	uint64_t which; /* process of the file; 0: the only one */
};

struct ask_args {
	word_number question, first_choice, why;
	unsigned choices, answer; /* from 1 */
};

struct command;

/* Its name and pages are the target's. */
struct expect_args {
	enum expect_kind kind;
	int side, process;
	bool negated;
	struct entry_args entry;
	uint64_t flags;
	int decision; /* DECISION_... */
	word_number reason;
	enum touch_result signal;
	enum cost_what cost;
	uint64_t count;		 /* of a cost, of VMAs, of pages */
	word_number other;	 /* of joined: the second name */
	int err;		 /* errno of fork or refused; 0: ok */
	bool blocked;		 /* of fork */
	struct command *refused; /* a build step, which belongs to this command */
	/* Of a prediction: an expectation whose value is ?. */
	word_number question, unknown; /* unknown: the ? */
	enum asked asked;
};

/* Commands that a goal refuses by default, in the order of vocab_by_hand. */
enum by_hand { BY_HAND_KERNEL, BY_HAND_CHECK, BY_HAND_FLAGS, BY_HAND_ANON_VMA, BY_HAND_PTE };

struct goal_args {
	word_number task;
	struct command **v; /* its expectations, as expect commands; owned */
	size_t n, cap;
	uint64_t par; /* 0: none */
	unsigned allowed; /* 1U << enum by_hand */
};

struct lesson_args {
	word_number name;
	word_number first_after; /* each is two words behind the one before: after NAME after NAME */
	unsigned after;
};

enum learn_action {
	LEARN_MAP, LEARN_CHALLENGES, LEARN_NEXT, LEARN_START, LEARN_RESET, LEARN_REPORT, LEARN_LESSON
};

struct learn_args {
	enum learn_action action;
	bool json; /* report */
	word_number lesson;
};

enum quiz_action { QUIZ_START, QUIZ_NEXT, QUIZ_SUMMARY };

enum { QUIZ_COUNT = 10, QUIZ_COUNT_MOST = 1000 }; /* questions, by default and at most */

struct quiz_args {
	enum quiz_action action;
	int topic; /* in the order of vocab_topic; -1: all */
	uint64_t count;
	bool seeded;
	uint64_t seed;
	bool sheet, key, markdown;
};

struct args {
	struct target target;
	union {
		struct vma_args vma;
		bool write;   /* touch */
		enum advice advice;
		unsigned prot;
		bool onfault; /* mlock */
		enum pin_kind pin;
		struct lists_args lists; /* ksm */
		struct remap_args remap;
		word_number other; /* merge */
		struct flag_args flags;
		bool on; /* anon_vma */
		struct entry_args entry;
		struct uffd_args uffd;
		struct set_args set;
		struct limit_args limit;
		struct kernel_args kernel;
		struct table_args table;
		struct check_args check;
		struct move_args move;
		struct goto_args go;
		struct break_args brk;
		double real; /* speed; wait: negative: until Enter */
		enum show_what show;
		int attr; /* why: bit number; -1: none was named */
		struct source_args source;
		struct probe_args probe;
		uint64_t number;     /* undo, redo: steps */
		word_number words[2]; /* help */
		struct file_args file;
		word_number text; /* title, about, say */
		struct import_args import;
		struct ask_args ask;
		struct expect_args expect;
		struct goal_args goal;
		struct command *inner; /* solution: what it carries out; owned */
		struct lesson_args lesson;
		struct learn_args learn;
		struct quiz_args quiz;
	};
};

#endif
