/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A scenario file as a list of commands, with what it loads. */
#ifndef LANGUAGE_COMMAND_FILE_H
#define LANGUAGE_COMMAND_FILE_H

#include "language/command.h"

/* Reads a whole file into commands, with what it loads. */
struct command_list {
	struct command **v;
	size_t n, cap;
	struct source *sources; /* texts, kept for messages */
	struct budget *budget;	/* that it was read with, and outlives it; or NULL */
	uint64_t bytes;		/* what it has taken of that */
};
struct source {
	char *file, *text;
	char *real; /* the path from the root, to recognize rings */
	size_t length;
	struct source *next;
};
/* False: the list is to be freed all the same. budget: see command_list; or NULL. */
bool read_commands(const char *path, struct budget *budget, struct command_list *list,
		   struct vf_error *error);
/*
 * The same, one command after the other: each goes over to take(), with what it has taken of the
 * budget, and into no list. take() returns false, with *error, to end it.
 */
typedef bool take_command(void *arg, struct command *command, const struct reader *reader,
			  struct vf_error *error);
bool each_command(const char *path, struct budget *budget, struct command_list *list,
		  take_command *take, void *arg, struct vf_error *error);
/* The text is what read_commands() finds at that path, which need not be a file's. Copied. */
void command_list_add_text(struct command_list *list, const char *path, const char *text);
/* Frees it, and gives back what it has taken. */
void command_list_deinit(struct command_list *list);
/* Another budget is charged for the list until it is returned, with what it was charged before. */
struct command_charge {
	struct budget *budget;
	uint64_t bytes;
};
struct command_charge command_list_lend(struct command_list *list, struct budget *to);
void command_list_return(struct command_list *list, struct command_charge before);
/* One of its commands goes over to who keeps it, and charges it from now on. */
void command_list_hand_over(struct command_list *list, const struct command *command);
/* A reader over the text that a command came from, for pointing into it. */
bool command_reader(const struct command_list *list, const struct command *command,
		    struct reader *reader);

#endif
