/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session as a stream of lines, for screen readers, slow lines and terminals that cannot
 * place their cursor: what the screen would show that is new, a line for each fact. Nothing is
 * drawn again, and no control sequence is written.
 */
#ifndef TTY_STREAM_H
#define TTY_STREAM_H

#include "tty/loop.h"

/*
 * Runs until the viewer quits, or the input ends. As loop_run(): message, failed and script of
 * the options count. A story that is being told when the input ends goes on to its end.
 */
void stream_run(struct session *session, const struct loop_options *options, bool *broken);

#endif
