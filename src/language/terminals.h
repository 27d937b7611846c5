/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of words that commands take. One table: how such a word is recognized and read,
 * its names in messages and synopses, and its completions.
 */
#ifndef LANGUAGE_TERMINALS_H
#define LANGUAGE_TERMINALS_H

#include "base/buf.h"
#include "language/memory_size.h"
#include "language/words.h"
#include "model/ranges.h"

/* terminals[] has how each is recognized and read. */
#define TERMINALS(T)                                                                     \
	T(NAME) T(ONE_NAME) T(NEW_NAME) T(CTX) T(NEW_CTX) T(BACKING) T(SHARE) T(SIZE) T(HUGE_SIZE) \
	T(PROT) T(ADDR) T(SET_FLAG) T(PAGES) T(PAGE) T(ACCESS) T(ADVICE) T(FEATURE)      \
	T(MODE) T(ON_OFF) T(ENTRY) T(THP) T(FAULT_AROUND) T(MACHINE) T(PAGE_SIZE) T(LEVELS) T(ACCESS_BITS) T(SIDE) T(ONE_SIDE) T(CHECK) \
	T(SPEC) T(FILE) T(DIR) T(N) T(STEP) T(GRAIN) T(X) T(SECONDS) T(PROBE_SECONDS)    \
	T(PID) T(PALETTE) T(BREAK) T(SHOW) T(COMMAND) T(CLAUSE) T(TEXT) T(QUESTION) T(CHOICE) T(ANSWER) T(WHY)         \
	T(DECISION) T(REASON) T(PROCESS) T(STATES) T(FLAG) T(SIGNAL) T(COST) T(COUNT)    \
	T(ERRNO) T(BUILD_STEP) T(TASK) T(SOLUTION_STEP) T(BY_HAND) T(LESSON) T(TOPIC) T(ATTR)

enum terminal {
	TERMINAL_LITERAL, /* the word itself */
#define T(id) TERMINAL_##id,
	TERMINALS(T)
#undef T
	TERMINAL_ROWS
};

/* How well a word fits; better ones are greater. */
enum fit {
	FIT_NONE,
	FIT_PREFIX, /* short for it */
	FIT_LOOSE,  /* one of very many words that would */
	FIT_FULL,   /* exactly this word */
};

struct vocabulary {
	const char *name; /* in messages: "an advice" */
	const char *const *words;
	size_t n;
};

/* What completes a word of this kind. */
enum completion_kind {
	COMPLETE_NOTHING,
	COMPLETE_WORDS, /* of the vocabulary */
	COMPLETE_VMAS,
	COMPLETE_CONTEXTS,
	COMPLETE_SET_FLAGS,
	COMPLETE_FLAGS,
	COMPLETE_CLAUSES, /* "src FLAG" or "dst FLAG", in quotes */
	COMPLETE_REASONS,
	COMPLETE_KERNELS,
	COMPLETE_COMMANDS,
	COMPLETE_BUILD_STEP, /* a line inside the line */
	COMPLETE_SOLUTION_STEP, /* the same, and kernels */
	COMPLETE_ENTRIES, /* a state, then attributes */
	COMPLETE_STATES,  /* states and attributes */
	COMPLETE_FILES,
	COMPLETE_FOLDERS,
};

/* A word as its value. */
struct value {
	uint64_t number;    /* also: index in the vocabulary, bits that are set */
	struct memory_size size; /* of SIZE */
	uint64_t clear;	    /* of SET_FLAG: bits that are cleared */
	double real;
	int state;	    /* of ENTRY and STATES: enum pte_state, or -1 */
	bool all;	    /* of PAGES */
	struct ranges pages; /* of PAGES; whoever takes it frees it */
};

struct parser;

struct terminal_row {
	const char *id;
	const char *shown; /* in synopses; NULL: the words of the vocabulary */
	const char *what;  /* in messages: "a name" */
	const struct vocabulary *vocabulary; /* or NULL */
	/* Without a vocabulary: could the word be one? NULL: any word could. */
	bool (*looks)(const char *word);
	/* Reads word p->at, and may write it out in full; NULL: it is taken as it is. False: an error. */
	bool (*read)(struct parser *p, struct value *value);
	enum completion_kind completion;
	const char *words; /* further words that completion offers, each ended by NUL; or NULL */
	const char *hint;  /* what to do when another word is there; or NULL */
};

extern const struct terminal_row terminals[TERMINAL_ROWS];

/* By the name that grammars use; TERMINAL_LITERAL: there is none. */
enum terminal terminal_by_name(const char *name);
enum fit terminal_fit(enum terminal terminal, const struct word *word, bool short_words);
/* As a synopsis shows it. */
void terminal_print(enum terminal terminal, struct buf *out);
/* Is `text` that word, in full or as a prefix? */
enum fit word_fit(const char *full, const char *text, bool short_words);

/*
 * Index of the word in a vocabulary, or of the only one that it is a prefix of
 * (short_words). -1: none; -2: several.
 */
int vocabulary_find(const struct vocabulary *vocabulary, const char *text, bool short_words);

#endif
