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
};
struct source {
	char *file, *text;
	char *real; /* the path from the root, to recognize rings */
	size_t length;
	struct source *next;
};
bool read_commands(const char *path, struct command_list *list, struct vf_error *error);
void command_list_deinit(struct command_list *list);
/* A reader over the text that a command came from, for pointing into it. */
bool command_reader(const struct command_list *list, const struct command *command,
		    struct reader *reader);

#endif
