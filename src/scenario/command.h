/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands. One table: parsing, help, completion and the manual page all
 * come from its rows.
 */
#ifndef SCENARIO_COMMAND_H
#define SCENARIO_COMMAND_H

#include "base/buf.h"
#include "model/machine.h"
#include "model/ranges.h"
#include "model/syscalls.h"
#include "scenario/session.h"
#include "scenario/words.h"

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

/* What a command that is no build step gets to work with. */
struct call {
	struct session *session;
	const struct command *command;
	const struct reader *reader; /* NULL: positions cannot be shown */
	struct buf *out;
	enum request *request;
	struct vf_error *error;
	/* As in struct logged. */
	const struct kernel *kernel;
	bool met;
};

struct command_spec {
	const char *name;
	enum command_group group;
	const char *synopsis; /* behind the name */
	const char *summary;  /* one line */
	const char *details;  /* sentences; may be "" */
	const char *call;     /* what refuses it: a system call's name */
	bool (*parse)(struct parser *p);
	/* Exactly one of the two: a build step on each machine, or anything else. */
	bool (*apply)(struct machine *m, const struct command *command, struct model_error *error);
	bool (*run)(struct call *call);
	/* What can stand at each place, for completion: see complete.c. */
	const char *complete;
	bool logged; /* part of a saved session (all with `apply` are) */
	const char *prompt_only; /* why it does not stand in files; NULL: it may */
	bool later; /* than the first files: its name may be a VMA's */
};

extern const struct command_spec commands[];
extern const size_t command_count;

/* Parses one line; NULL on error. The words are taken from the line. */
struct command *command_parse(const struct reader *reader, struct line *line, bool prompt,
			      struct vf_error *error);
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

/* --- the rows' functions --------------------------------------------------------------- */

#define PARSE(name) bool parse_##name(struct parser *p);
#define APPLY(name) bool apply_##name(struct machine *m, const struct command *c, struct model_error *e);
#define RUN(name) bool run_##name(struct call *call);
PARSE(vma) PARSE(touch) PARSE(madvise) PARSE(mprotect) PARSE(one_vma) PARSE(vma_pages)
PARSE(uffd) PARSE(register) PARSE(ctx_vma) PARSE(ctx_pages) PARSE(merge) PARSE(set)
PARSE(flags) PARSE(anon_vma) PARSE(pte) PARSE(nothing)
APPLY(vma) APPLY(touch) APPLY(madvise) APPLY(mprotect) APPLY(mlock) APPLY(munmap) APPLY(pin)
APPLY(uffd) APPLY(register) APPLY(unregister) APPLY(protect) APPLY(poison) APPLY(merge)
APPLY(set) APPLY(flags) APPLY(anon_vma) APPLY(pte) APPLY(fork) APPLY(child_touch)
APPLY(child_exit) APPLY(child_exec) APPLY(become)
PARSE(kernel) PARSE(check) PARSE(step) PARSE(back) PARSE(goto) PARSE(speed) PARSE(undo)
PARSE(show) PARSE(explain) PARSE(file) PARSE(help) PARSE(become) PARSE(one_text) PARSE(wait)
PARSE(ask) PARSE(expect) PARSE(source) PARSE(probe) PARSE(import)
RUN(kernel) RUN(check) RUN(step) RUN(back) RUN(goto) RUN(play) RUN(pause) RUN(speed)
RUN(undo) RUN(redo) RUN(reset) RUN(show) RUN(explain) RUN(diff) RUN(save) RUN(load) RUN(open)
RUN(calibrate) RUN(help) RUN(quit) RUN(title) RUN(about) RUN(say) RUN(wait) RUN(ask) RUN(expect)
RUN(source) RUN(probe) RUN(import)
#undef PARSE
#undef APPLY
#undef RUN

/* The VMA that word `word` names in that process, or an error. */
struct vm_area *command_vma(struct machine *m, struct mm *mm, const struct command *command,
			    unsigned word, struct model_error *error);
/* The command's pages of this VMA in `pages`, which the caller frees. */
bool command_pages(const struct vm_area *vma, const struct command *command,
		   struct ranges *pages, struct model_error *error);

#endif
