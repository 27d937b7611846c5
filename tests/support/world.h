/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session for tests, and the state of its machines as text. */
#ifndef SUPPORT_WORLD_H
#define SUPPORT_WORLD_H

#include "base/buf.h"
#include "session/session.h"

/* Carries out lines (separated by newlines); fails the test when one is refused. */
void run(struct session *session, const char *lines);
/* A new session that has carried out these lines. */
struct session *world(const char *lines);
/* Carries out one line that has to be refused; message and hint. Good until the next call. */
const char *refused(struct session *session, const char *line);
/* What a line that is carried out says. Good until the next call. */
const char *said(struct session *session, const char *line);

/* The sentence about the newest event of the left machine. Good until the next call. */
const char *last_sentence(const struct session *session);
/* Fails the test when the part is not in the text. */
void says(const char *text, const char *part);

struct machine *left(const struct session *session);
struct machine *right(const struct session *session);

/* "present,write,dirty", "none"; of the left machine's child or parent. */
const char *child_pte(const struct session *session, const char *name, uint64_t page);
const char *parent_pte(const struct session *session, const char *name, uint64_t page);
const char *pte_text(struct pte pte);

/* Everything about a machine that could be seen: flags, entries, frames, tables, costs. */
char *machine_dump(const struct machine *m);
/* Of both machines. */
char *session_dump(const struct session *session);

#endif
