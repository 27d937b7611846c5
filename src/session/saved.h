/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files a session has read or written, so that `save` may replace them, and which
 * state of its log was last saved or loaded.
 */
#ifndef SESSION_SAVED_H
#define SESSION_SAVED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct session;

/* A question that the viewer answers with y or n. */
struct confirmation {
	char *question; /* "Replace a.vma?"; NULL: none is open */
	char *path;	/* yes saves the session there; NULL: yes ends the session */
	bool opens;	/* or yes opens what is offered: see aside.h */
};

/* A file as it was when the session last read or wrote it. */
struct known_file {
	char *path; /* real path */
	struct stat st;
};

struct saved {
	bool asks; /* the front end shows questions; otherwise save refuses */
	struct known_file *files;
	size_t file_count, file_cap;
	/*
	 * The log's end when it was last saved or loaded. The log grows and shrinks at its end
	 * only where something changes, so both together name one state of it. Held, so that
	 * no other command gets its address.
	 */
	struct command *last;
	size_t log_count;
	struct confirmation open;
};
void saved_deinit(struct saved *saved);

/* Notes that the session has read or written this file. */
void saved_know(struct saved *saved, const char *path);
/*
 * Why this path should not be replaced without a question, as the rest of a sentence
 * that starts with the path; NULL: it may be replaced, or there is nothing to replace.
 */
const char *saved_objection(const struct saved *saved, const char *path);
/* Takes over both texts. */
void saved_ask(struct saved *saved, char *question, char *path);
/* Whether to open what aside.h offers. Takes over the text. */
void saved_ask_open(struct saved *saved, char *question);
/* Drops the open question, if any. */
void saved_forget_question(struct saved *saved);

/* Notes that a file has the session's current state. */
void session_mark_saved(struct session *session);
/* No file has it. */
void session_mark_unsaved(struct session *session);

#endif
