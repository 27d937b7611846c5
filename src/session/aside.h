/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What no file has is kept aside as it grows, for the case that the session ends early: a
 * file of its own in $XDG_STATE_HOME/vmafork-tui/unsaved, locked while the session runs. An
 * unlocked one was left by a session that is gone; the next session offers it.
 */
#ifndef SESSION_ASIDE_H
#define SESSION_ASIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"

struct session;
struct command;

/* One end of a log: see struct saved. The command is held. */
struct log_end {
	const struct command *last;
	size_t count;
};

struct aside_file {
	char *path; /* NULL: none */
	int fd;	    /* locked */
};

struct aside {
	struct aside_file own, offered;
	struct log_end kept;  /* what the file has; count 0: nothing */
	struct command *held; /* kept.last */
	struct log_end log, saved; /* of the session, when it was last looked at */
	size_t size;	      /* bytes, of the file */
	bool failed;	      /* was reported */
};
/* Removes its own file, and leaves an offered one where it is. */
void aside_deinit(struct aside *aside);

/*
 * After each command. False, with an error: it cannot be kept, by the first failure only.
 * Costs nothing while nothing changes, and by what was added while the log grows.
 */
bool session_keep_aside(struct session *session, struct vf_error *error);
/* The viewer had no say in the end: the file stays for the next start. */
void session_leave_aside(struct session *session);
/*
 * Asks whether to open what another session left, or says, in a session that has loaded a file,
 * how to be asked. False: nothing was left.
 */
bool session_offer_aside(struct session *session, struct buf *out);

/* The answer. False: it cannot be loaded, and stays where it is. */
bool aside_open(struct session *session, struct buf *out, struct vf_error *error);
/* It is not offered again. */
void aside_decline(struct session *session, struct buf *out);

#endif
