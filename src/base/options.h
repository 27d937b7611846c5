/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of a program: one table lists what it accepts, for
 * parsing and for --help. --NAME VALUE and --NAME=VALUE are the same,
 * the last one counts, "--" ends the options, and anything else is a word.
 * The first word may be a command, which chooses what the program does.
 * Each program has --help (-h) and --version (-V), too, and --complete for the
 * shell: see completion.h.
 */
#ifndef BASE_OPTIONS_H
#define BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/error.h"

/* For the programs, whose version the build defines. */
#ifndef VMAFORK_VERSION
#define VMAFORK_VERSION "unknown"
#endif

struct option_row {
	const char *name;	/* "--timeout", or the command "check"; NULL: for --help only */
	const char *short_name; /* "-t", which takes no value after "="; NULL: none */
	const char *value;	/* what its value is called; NULL: it takes none */
	const char *words;	/* not NULL: a line of the usage, these words after the option;
				 * value and words: CAPITALS are kinds of things, a|b a choice */
	const char *help;	/* NULL: --help leaves it out */
	bool hidden;		/* completion does not offer it */
	int mode;		/* that it chooses; 0: none. Two that differ are an error */
	uint32_t modes;		/* the modes that allow it, OPTION_MODE() each; 0: all */
	bool (*take)(void *at, const char *value); /* false: no such value; NULL: nothing to do */
	size_t at; /* where in the program's options is what take() fills in */
};

#define OPTION_MODE(mode) (UINT32_C(1) << (mode))

/* For take and at: a bool that becomes true, a const char * that becomes the value (of argv). */
bool option_flag(void *at, const char *value);
bool option_text(void *at, const char *value);
/* Seconds, above 0 and up to a day, into an unsigned: as milliseconds. */
bool option_seconds(void *at, const char *value);
#define OPTION_FLAG(type, member) .take = option_flag, .at = offsetof(type, member)
#define OPTION_TEXT(type, member) .take = option_text, .at = offsetof(type, member)

struct program {
	const char *name, *version;
	const struct option_row *rows;
	size_t row_count;
	const char *about; /* text of --help after the usage, and at its end; NULL: none */
	const char *status;
};

struct command_line {
	char **words; /* neither option nor command, in order: the front of argv, which is used up */
	int count;
	int mode; /* 0: none was chosen */
	uint64_t given; /* bit n: row n of the table was there; tables have 64 rows at most */
	bool help, version;
	bool complete; /* everything after it is in `words` */
};

/*
 * Reads argv from its second word on into *line and, by the rows' take(), into
 * options. On failure the error names what is wrong and --help; options may be
 * filled in partly.
 */
bool options_read(const struct program *program, char **argv, void *options,
		  struct command_line *line, struct vf_error *error);

/* What --help prints. */
void options_help(const struct program *program, struct buf *out);

/* If help, version or complete is given: prints it, and sets the exit status. */
bool options_answer(const struct program *program, const struct command_line *line, int *status);

/* The row of an option, "--NAME" or "--NAME=VALUE"; of a command. NULL: there is none. */
const struct option_row *options_find(const struct program *program, const char *word);
const struct option_row *options_command(const struct program *program, const char *word);

/* Prints on standard error what is wrong, and names --help. Returns EXIT_ERROR. */
int options_complain(const struct program *program, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
