/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads what all JSON of vmafork-probe has in common. Nothing in it is taken on
 * trust: a member that is missing, has another type or is out of range is an error.
 */
#ifndef OUTSIDE_PROBE_JSON_H
#define OUTSIDE_PROBE_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

struct json_t;

/*
 * Parses it; the caller holds the object that is returned. NULL on error: it is no
 * JSON of this schema, or it is the error that the probe reports, without its place in
 * a file that the caller's reader has never seen.
 */
struct json_t *probe_json_open(const char *json, struct vf_error *error);

/* Says that `what` cannot be parsed. Returns false. */
bool probe_json_wrong(struct vf_error *error, const char *what);

/* A string that must be there; NULL: it is not. It is the object's. */
const char *probe_json_string(const struct json_t *object, const char *key);

/* A number of things, at most `most`; false: it is missing, no such number, or larger. */
bool probe_json_count(const struct json_t *object, const char *key, size_t most, size_t *count);

#endif
