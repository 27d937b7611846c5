/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands. One table: parsing, help, completion and the manual page all
 * come from its rows.
 */
#ifndef LANGUAGE_COMMAND_H
#define LANGUAGE_COMMAND_H

#include "base/buf.h"
#include "language/words.h"
#include "model/machine.h"
#include "model/ranges.h"
#include "model/syscalls.h"

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

/* What the words of a command came to. Each command uses what it needs. */
struct args {
	int which;	   /* index in a vocabulary: advice, side, process, ... */
	int second;	   /* another */
	bool on, has_name; /* on/off, write, not */
	unsigned name, name2; /* word numbers; 0: none */
	unsigned pages_word;  /* 0: none given, so all */
	bool all_pages;
	struct ranges pages;
	struct mmap_args mmap;
	uint64_t number;
	double real;
	uint64_t add_flags, remove_flags;
	uint32_t bits; /* features, modes */
	int state;     /* enum pte_state, or -1 */
	uint16_t attrs;
	unsigned because; /* word number; 0: none */
};

struct command {
	const struct command_spec *spec;
	struct line line; /* full words, as they would stand in a file */
	struct args args;
	char *file; /* where it stood; "" at the prompt */
	unsigned holders; /* see command_hold() */
};

struct parser {
	const struct reader *reader;
	struct vf_error *error;
	bool prompt; /* words may be shortened */
	unsigned at; /* next word of the command */
	struct command *command;
};

/* A row of the table. */
struct command_spec {
	enum command_id id;
	bool builds; /* a build step, which command_apply() carries out on a machine */
	const char *name;
	enum command_group group;
	const char *synopsis; /* behind the name */
	const char *summary;  /* one line */
	const char *details;  /* sentences; NULL: none */
	const char *example;  /* lines */
	const char *call;     /* what refuses it: a system call's name */
	bool (*parse)(struct parser *p);
	/* What can stand at each place, for completion: see complete.c. */
	const char *complete;
	bool logged; /* part of a saved session (all build steps are) */
	const char *prompt_only; /* why it does not stand in files; NULL: it may */
	bool later; /* than the first files: its name may be a VMA's */
};

extern const struct command_spec commands[COMMANDS];

/*
 * Carries out a build step on one machine. False: that kernel refuses, or it is too much for
 * the model.
 */
bool command_apply(struct machine *m, const struct command *command, struct model_error *e);
/* Puts what a machine said into words: "left: madvise: EINVAL, ..."; side: -1: both said it. */
void command_explain_refusal(const struct command *command, int side, const struct model_error *e,
			     struct vf_error *error);
/* Says which word of a command is to blame. reader NULL: positions cannot be shown. */
void command_point(const struct command *command, const struct reader *reader, unsigned word,
		   struct vf_error *error);

/* Parses one line; NULL on error. The words are taken from the line. */
struct command *command_parse(const struct reader *reader, struct line *line, bool prompt,
			      struct vf_error *error);
/* Does it access pages? */
bool command_is_touch(const struct command *command);
/* Is it the child that carries it out? */
bool command_is_childs(const struct command *command);

/* One more holder of it, who will free it, too. */
struct command *command_hold(struct command *command);
/* When that was the last holder. Takes NULL, too. */
void command_free(struct command *command);

/* One of its words, as one of `args` names it. */
static inline const char *command_word(const struct command *command, unsigned word)
{
	return command->line.words[word].text;
}

/* The line as it would stand in a file, without a newline. */
void command_print(const struct command *command, struct buf *out);

/* A text as a word of its own, in quotes. */
void command_print_quoted(const char *text, struct buf *out);

/* The row of a command by its full name (two words: "child touch"), or NULL. */
const struct command_spec *command_find(const char *name);

/* Help: one command, or all (name NULL). False when there is no such command. */
bool command_help(const char *name, struct buf *out);
/* The manual page's section: mdoc. */
void command_mdoc(struct buf *out);

/* Is this a word of the grammar, which no VMA or context may be called? */
bool reserved_word(const char *word);

/* --- vocabularies ----------------------------------------------------------------- */

struct vocabulary {
	const char *name; /* in messages: "an advice" */
	const char *const *words;
	size_t n;
};

extern const struct vocabulary vocab_side, vocab_process, vocab_backing, vocab_share,
	vocab_advice, vocab_state, vocab_attr, vocab_mode, vocab_feature, vocab_access,
	vocab_on_off, vocab_check, vocab_grain, vocab_decision, vocab_thp, vocab_show,
	vocab_signal, vocab_cost, vocab_goto, vocab_other;

enum { WHICH_LEFT, WHICH_RIGHT, WHICH_BOTH };
enum { PROCESS_PARENT, PROCESS_CHILD };
enum knob { KNOB_THP, KNOB_FAULT_AROUND, KNOB_LEVELS, KNOBS };
enum show_what {
	SHOW_VMAS, SHOW_PAGES, SHOW_DECISION, SHOW_TRACE, SHOW_COST, SHOW_FLAGS, SHOW_KERNEL,
	SHOW_UFFD
};
/* The commands that do several things: which. */
enum kernel_action { KERNEL_LIST = 3, KERNEL_SHOW, KERNEL_DIFF };
enum probe_action { PROBE_OFF, PROBE_LIST };
/* The most leaves it some of what any program of ours gets (tty/run_helper.c). */
enum { PROBE_SECONDS = 10, PROBE_SECONDS_MOST = 500 };
enum grain { GRAIN_VMA, GRAIN_TABLE, GRAIN_RUN, GRAIN_PAGE, GRAINS };
extern const char *const grain_names[GRAINS];
enum expect_kind {
	EXPECT_DECISION,
	EXPECT_PAGES,
	EXPECT_FLAGS,
	EXPECT_ABSENT,
	EXPECT_SIGNAL,
	EXPECT_COST,
	EXPECT_DIFFER,
	EXPECT_SAME,
};
enum cost_what { COST_ENTRIES, COST_TABLES, COST_FAULTS, COST_COW_COPIES };

/* --- parsing one word (args.c); all return false with an error ----------------------- */

/* The next word, or NULL at the end of the line. */
struct word *parser_peek(const struct parser *p);
bool parser_fail(struct parser *p, unsigned word, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool parse_end(struct parser *p);
/* A word of a vocabulary; made full when shortened. */
bool parse_vocab(struct parser *p, const struct vocabulary *vocab, int *which);
/* The same if the next word is one; else *which stays and nothing is taken. */
bool maybe_vocab(struct parser *p, const struct vocabulary *vocab, int *which);
bool maybe_word(struct parser *p, const char *literal);
bool parse_word(struct parser *p, const char *literal);
/* Where a word of `vocab` could have stood, too, and the next word failed: was it meant? Returns false. */
bool hint_near(struct parser *p, const struct vocabulary *vocab);
bool parse_new_name(struct parser *p, unsigned *word);
bool parse_name(struct parser *p, unsigned *word);
bool parse_size(struct parser *p, uint64_t *bytes);
bool parse_number(struct parser *p, uint64_t *number);
bool parse_real(struct parser *p, double *real);
bool parse_pages(struct parser *p, bool optional);
bool parse_prot(struct parser *p, bool optional);
bool parse_text(struct parser *p, unsigned *word);
bool parse_any(struct parser *p, unsigned *word, const char *what);
/* STATE[,ATTR]...; or, unless a state is required, ATTR[,ATTR]... (args->state -1). */
bool parse_state_list(struct parser *p, bool state_required);
bool looks_like_pages(const char *word);

/* --- the rows' parsers --------------------------------------------------------------- */

#define PARSE(name) bool parse_##name(struct parser *p);
PARSE(vma) PARSE(touch) PARSE(madvise) PARSE(mprotect) PARSE(one_vma) PARSE(vma_pages)
PARSE(uffd) PARSE(register) PARSE(ctx_vma) PARSE(ctx_pages) PARSE(merge) PARSE(set)
PARSE(flags) PARSE(anon_vma) PARSE(pte) PARSE(nothing)
PARSE(kernel) PARSE(check) PARSE(step) PARSE(goto) PARSE(speed) PARSE(undo)
PARSE(show) PARSE(explain) PARSE(file) PARSE(help) PARSE(become) PARSE(one_text) PARSE(wait)
PARSE(ask) PARSE(expect) PARSE(source) PARSE(probe) PARSE(import)
#undef PARSE

/* The VMA that word `word` names in that process, or an error. */
struct vm_area *command_vma(struct machine *m, struct mm *mm, const struct command *command,
			    unsigned word, struct model_error *error);
/* The command's pages of this VMA in `pages`, which the caller frees. */
bool command_pages(const struct vm_area *vma, const struct command *command,
		   struct ranges *pages, struct model_error *error);

/*
 * Does what an expectation says hold on this machine, as it stands? Adds what is so instead
 * to `got`. Not for `differ` and `same`, which speak of both sides.
 */
bool expectation_holds(const struct command *command, const struct machine *m, struct buf *got);

#endif
