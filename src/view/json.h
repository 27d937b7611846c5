/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A session as one JSON object; vmafork-scenario(5) documents it. */
#ifndef VIEW_JSON_H
#define VIEW_JSON_H

#include "session/session.h"

/*
 * The whole session on one line, without a newline; the caller frees it. Moves
 * the machines through time, and leaves them where they were.
 */
char *json_session(const struct session *session);

#endif
