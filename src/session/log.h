/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands that a session has carried out, in order, and how undo divides them
 * into steps. Commands that were undone follow, for redo.
 * Fields are for reading; only these functions change them.
 */
#ifndef SESSION_LOG_H
#define SESSION_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "language/command.h"

struct kernel;

/* Expectations. */
struct tally {
	size_t passed, failed;
};

/*
 * A stretch of the log that undo takes back as one: [begin, end). Expectations
 * and narration change nothing; they are between steps, and undo takes them with
 * the step before them.
 */
struct undo_step {
	size_t begin, end;
};

/* A command that was carried out. */
struct logged {
	struct command *command;
	/*
	 * The kernel that it found outside of the program: files change, and programs take
	 * time. Owned by the session; NULL: nothing.
	 */
	const struct kernel *kernel;
	bool met; /* the result of an expectation */
	/*
	 * The state of the machines after it: a number that the log gives once. Those that
	 * change no machine have that of the entry before. 0: before the first one.
	 */
	uint64_t state;
};

/* Zeroed: empty. */
struct log {
	struct logged *entries;
	size_t count;	   /* that are carried out */
	size_t total, cap; /* with those that can be redone */
	struct undo_step *steps;
	size_t step_count, step_total, step_cap;
	uint64_t states; /* the last number that was given to one */
	struct budget *budget; /* charged for the commands that it holds; or NULL */
	size_t floor; /* steps below are not undone: a file takes back its own steps only */
};

void log_deinit(struct log *log);

/* Index of the first command that counts: after the last reset. */
size_t log_start(const struct log *log);
/* The expectations that count. */
struct tally log_tally(const struct log *log);
/*
 * The commands that count and shape memory, one a line. Leaves out the chosen
 * kernels: they make no difference on a real kernel.
 */
void log_print_building(const struct log *log, struct buf *out);

/* The state after the first `count` entries. */
uint64_t log_state(const struct log *log, size_t count);
/*
 * After how many entries that state is reached, of those that can be redone, too. False: it
 * is none of this log any more.
 */
bool log_find_state(const struct log *log, uint64_t state, size_t *count);

/* Puts a command that was carried out at the end, holds it, and charges what it takes. */
void log_add(struct log *log, struct logged entry);
/* What was added from `begin` on is a step, if it changed something. */
void log_end_step(struct log *log, size_t begin);
/* Adds all that `from` has carried out, in its steps, to an empty log. */
void log_copy(struct log *log, const struct log *from);
/* The steps from number `first` on are one. */
void log_join_steps(struct log *log, size_t first);

/* Steps that undo can take back, and that redo can bring back. */
size_t log_undoable(const struct log *log);
size_t log_redoable(const struct log *log);
/* Takes back, or brings back, n steps: at most as many as there are. */
void log_undo(struct log *log, uint64_t n);
void log_redo(struct log *log, uint64_t n);
void log_forget_redo(struct log *log);
/* Takes commands off the end, down to `count`: they cannot be redone. */
void log_cut(struct log *log, size_t count);

/* A file is carried out: its steps are its own until it ends. */
struct log_file {
	size_t count, steps, floor;
};
struct log_file log_begin_file(struct log *log);
/* The file becomes one step; kept false: none, log_cut() follows. */
void log_end_file(struct log *log, struct log_file file, bool kept);

#endif
