/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text within other notations. Text is UTF-8 and may come from untrusted files: what is
 * not valid, and control characters, become U+FFFD, as utf8_next() says.
 */
#ifndef BASE_ESCAPE_H
#define BASE_ESCAPE_H

#include "base/buf.h"

/*
 * A string of JSON, with its quotes; control characters stay. Of HTML's markup nothing is
 * left in it, so that it may be in a script element.
 */
void escape_json(struct buf *out, const char *text);

/* In elements and attribute values of XML and HTML. */
void escape_xml(struct buf *out, const char *text);

#endif
