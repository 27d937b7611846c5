/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session as one JSON object; vmafork-scenario(5) documents it. */
#ifndef VIEW_JSON_H
#define VIEW_JSON_H

#include "session/session.h"

/* Takes the next piece of the text. */
typedef void json_sink(void *owner, const char *text, size_t length);

/*
 * Writes the whole session on one line, without a newline. Moves the machines through time,
 * and leaves them where they were. Takes no memory to speak of, and time of the session's
 * budget: false, with an error, when that is used up; what was written then is not whole.
 */
bool json_write(struct session *session, json_sink *write, void *owner, struct vf_error *error);

/* The same as a text, which the caller frees. */
char *json_session(struct session *session);

#endif
