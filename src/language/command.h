/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands. One table: parsing, help, completion and the manual page all
 * come from its rows.
 */
#ifndef LANGUAGE_COMMAND_H
#define LANGUAGE_COMMAND_H

#include "base/buf.h"
#include "language/args.h"
#include "language/grammar.h"
#include "language/words.h"

/* Which command: one for each row of commands.def. */
enum command_id {
#define BUILD(id, ...) COMMAND_##id,
#define RUN(id, ...) COMMAND_##id,
#include "language/commands.def"
#undef BUILD
#undef RUN
	COMMANDS
};

enum command_group {
	GROUP_BUILD,
	GROUP_KERNEL,
	GROUP_RUN,
	GROUP_LOOK,
	GROUP_SESSION,
	GROUP_STORY,
	GROUP_EXPECT,
	GROUPS
};
extern const char *const group_titles[GROUPS];

struct command {
	const struct command_spec *spec;
	int process; /* who carries it out */
	struct line line; /* full words, as in a file */
	struct args args;
	char *file; /* its file; "" at the prompt */
	unsigned holders; /* see command_hold() */
	uint64_t bytes; /* what it has taken of the budget that it was read with */
};

/* Commands whose words mean the same kind of things: see args.h. */
enum command_family {
	FAMILY_TARGET, /* at most NAME [PAGES] */
	FAMILY_VMA,
	FAMILY_TOUCH,
	FAMILY_MADVISE,
	FAMILY_MPROTECT,
	FAMILY_MLOCK,
	FAMILY_PIN,
	FAMILY_LISTS,
	FAMILY_MREMAP,
	FAMILY_MERGE,
	FAMILY_UFFD,
	FAMILY_SET,
	FAMILY_LIMIT,
	FAMILY_FLAGS,
	FAMILY_ON_OFF,
	FAMILY_ENTRY,
	FAMILY_KERNEL,
	FAMILY_TABLE,
	FAMILY_CHECK,
	FAMILY_MOVE,
	FAMILY_GOTO,
	FAMILY_BREAK,
	FAMILY_REAL,
	FAMILY_SHOW,
	FAMILY_WHY,
	FAMILY_SOURCE,
	FAMILY_PROBE,
	FAMILY_IMPORT,
	FAMILY_NUMBER,
	FAMILY_COMMAND,
	FAMILY_FILE,
	FAMILY_TEXT,
	FAMILY_ASK,
	FAMILY_EXPECT,
	FAMILY_PREDICT,
	FAMILY_GOAL,
	FAMILY_SOLUTION,
	FAMILY_LESSON,
	FAMILY_LEARN,
	FAMILY_QUIZ,
	FAMILIES
};

/* Which process can carry a command out: `child COMMAND`, `parent COMMAND`. */
enum command_by {
	BY_PARENT, /* the parent, or no process at all: the command has no such word */
	BY_EITHER, /* the parent, if the word is missing */
	BY_NAMED,  /* either; the word must not be missing */
};

/* A row of the table. */
struct command_spec {
	enum command_id id;
	enum command_by by;
	bool builds; /* a build step, which command_apply() carries out on a machine */
	const char *name;
	enum command_group group;
	const char *grammar; /* of the words that follow the name: see grammar.h */
	const char *synopsis; /* for people, where the grammar is too long; NULL: the grammar */
	enum command_family family;
	const char *stray, *stray_hint; /* a common wrong first word, and what to write; or NULL */
	const char *summary;  /* one line */
	const char *details;  /* sentences; NULL: none */
	const char *example;  /* lines that work in an empty session */
	const char *call;     /* the system call that refuses it */
	bool logged; /* part of a saved session (all build steps are) */
	unsigned least;	 /* letters: shorter prefixes are short for others; 0: as many as it takes */
	const char *prompt_only; /* why files may not contain it; NULL: they may */
};

extern const struct command_spec commands[COMMANDS];

/*
 * Carries out a build step on one machine, at the end of its time. The only function that
 * does so. False, with *e: the kernel refuses it, it is not modelled, or it takes more than
 * the machine's budget (MODEL_BUDGET). The machine may hold half of the change
 * then: its owner builds it anew.
 */
bool command_apply(struct machine *m, const struct command *command, struct model_error *e);
/* Words the error of a machine: "left: madvise: EINVAL, ..."; side -1: of both machines. */
void command_explain_refusal(const struct command *command, int side, const struct model_error *e,
			     struct vf_error *error);
/* Points the error at a word of the command. reader NULL: positions cannot be shown. */
void command_point(const struct command *command, const struct reader *reader, unsigned word,
		   struct vf_error *error);

/*
 * Parses one line; NULL on error. The words are taken from the line. Charges the budget of the
 * reader, if it succeeds: whoever frees the command gives its bytes back.
 */
struct command *command_parse(const struct reader *reader, struct line *line, bool prompt,
			      struct vf_error *error);
/* Does it access pages? */
bool command_is_touch(const struct command *command);

/* The process of that machine that carries it out; NULL: there is no child. */
static inline struct mm *command_mm(const struct machine *m, const struct command *command)
{
	return command->process == PROCESS_CHILD ? m->child : m->parent;
}

/*
 * Does that machine take no part in it? The command is the child's, and its last fork has failed
 * there. Of both sides at least one has to take part.
 */
bool command_passes(const struct machine *m, const struct command *command);

/* One more holder of it, who will free it, too. */
struct command *command_hold(struct command *command);
/* When that was the last holder. Takes NULL, too. */
void command_free(struct command *command);

/* One of its words, as one of `args` names it. */
static inline const char *command_word(const struct command *command, unsigned word)
{
	return command->line.words[word].text;
}

/* The line as in a file, without a newline. */
void command_print(const struct command *command, struct buf *out);

/* A text as a word of its own, in quotes. */
void command_print_quoted(const char *text, struct buf *out);

/* The grammar of a row. Built at the first call, and kept. */
const struct grammar *command_grammar(const struct command_spec *spec);
/* The words that may follow the name, for people: "NAME [PAGES] [read|write]". */
void command_synopsis(const struct command_spec *spec, struct buf *out);

/* "parent", "child": by PROCESS_... */
extern const char *const process_names[];
/* Is the word one of them, in full or (short_words) in part? */
bool command_process(const char *word, bool short_words, int *process);

/*
 * The row that the first of n words name, in full or (short_words) by a unique prefix. A
 * name of two words beats one of one. *used: words of the name, with that of a process in
 * front of it. NULL: none, or several.
 */
const struct command_spec *command_lookup(const struct word *words, size_t n, bool short_words,
					  size_t *used);

/*
 * Help: one command ("touch", "child touch", "set source"), or all (name NULL). False when
 * there is no such command.
 */
bool command_help(const char *name, struct buf *out);
/*
 * A text as mdoc, which has its own meaning for backslashes. No text here starts a line with a
 * dot or a quote.
 */
void mdoc_text(const char *text, struct buf *out);
/* The manual page's section: mdoc. */
void command_mdoc(struct buf *out);
/* Syntax for vim. */
void command_vim(struct buf *out);

/* Is this a word of the language that cannot be a name? */
bool reserved_word(const char *word);

/* --- vocabularies ----------------------------------------------------------------- */

extern const struct vocabulary vocab_side, vocab_one_side, vocab_process, vocab_backing, vocab_share,
	vocab_advice, vocab_state, vocab_attr, vocab_mode, vocab_feature, vocab_access,
	vocab_on_off, vocab_check, vocab_grain, vocab_decision, vocab_thp, vocab_machine, vocab_page_size,
	vocab_access_bits, vocab_show, vocab_break,
	vocab_signal, vocab_cost, vocab_errno, vocab_palette, vocab_by_hand, vocab_topic;
extern const int errno_numbers[]; /* of vocab_errno */

extern const char *const grain_names[GRAINS];

/* The name that this word is, if that process has anything of it mapped; else an error. */
const struct name *command_name(const struct machine *m, const struct mm *mm,
				const struct command *command, unsigned word,
				struct model_error *error);
/* Names of a machine; starts as {0}. */
struct name_list {
	const struct name **v;
	size_t n, cap;
};
void name_list_add(struct name_list *names, const struct name *name);
void name_list_deinit(struct name_list *names);

/*
 * Adds the names that the command is about in that process, in order of address: its NAME,
 * or all that the pattern fits. An error where that has nothing mapped.
 */
bool command_names(const struct machine *m, const struct mm *mm, const struct command *command,
		   struct name_list *names, struct model_error *error);
/*
 * What NAME [PAGES] of the command means in that process: numbers of its pages, mapped or
 * not, in `pages`, which the caller frees. An error where a page is not the name's.
 */
bool command_pages(const struct mm *mm, const struct name *name, const struct command *command,
		   struct ranges *pages, struct model_error *error);

/* The pages of all lists of a command that has several (ksm), by number, in that process. */
bool list_pages(const struct machine *m, const struct mm *mm, const struct command *command,
		struct ranges *pages, struct model_error *error);
/* The same for another NAME [PAGES] of the command. */
bool target_names(const struct machine *m, const struct mm *mm, const struct command *command,
		  const struct target *target, struct name_list *names, struct model_error *error);
bool target_pages(const struct mm *mm, const struct name *name, const struct target *target,
		  struct ranges *pages, struct model_error *error);

/*
 * Does an expectation hold on this machine, in its current state? Adds the actual value
 * to `got`. Not for `differ` and `same`, which compare both sides, nor for `refused`.
 */
bool expectation_holds(const struct command *command, const struct machine *m, struct buf *got);
/* The same of `refused`: tries the command on a copy of the machine, which is to be freed then. */
bool refusal_holds(const struct command *command, struct machine *copy, struct buf *got);

/* Can a solution have it: does it change what a goal is about, so that undo takes it back? */
bool command_solves(const struct command_spec *spec);
/* What it carries out where nobody builds: of a solution, its command. */
static inline struct command *command_effect(struct command *command)
{
	return command->spec->id == COMMAND_solution ? command->args.inner : command;
}

/*
 * The word of the goal that would allow this command, such as "kernel", where it is missing;
 * NULL: the goal lets it be carried out.
 */
const char *goal_forbids(const struct command *goal, const struct command *command);

/* --- predictions (prediction.c): `predict` is an expectation with ? in place of the value ------ */

/* The answers that can be, in order: number i, or NULL. Of a number there are none. */
const char *prediction_answer(const struct command *predict, size_t i);
/* What that answer means, as half a sentence; NULL: its name says it, or there is no such answer. */
const char *prediction_meaning(const struct command *predict, size_t i);
/*
 * The expectation that an answer makes of it, which the caller frees. name: what stands instead
 * of its pattern, perhaps with pages ("heap 0-3"); or NULL. An answer may be shortened if only one begins so. NULL: it is no such
 * answer; the error, which has no place, says what was expected.
 */
struct command *prediction_with(const struct command *predict, const char *name, const char *answer,
				struct vf_error *error);
/* The answer that such an expectation was made from, in full. */
void prediction_answered(const struct command *predict, const struct command *expect, struct buf *out);
/*
 * The answer that holds, out of what expectation_holds() said of one that does not ("copy
 * because anon_vma", "3 present,write", "12").
 */
void prediction_truth(const struct command *predict, const char *got, struct buf *out);

#endif
