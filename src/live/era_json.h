/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The result of era_find(), as one JSON object, without a newline; the caller frees it. */
#ifndef LIVE_ERA_JSON_H
#define LIVE_ERA_JSON_H

#include "live/era.h"

char *era_json(const struct era *era);

#endif
