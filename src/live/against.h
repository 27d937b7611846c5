/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was seen, held against the model of any kernel. */
#ifndef LIVE_AGAINST_H
#define LIVE_AGAINST_H

#include "live/compare.h"

/*
 * As compare(), but with that kernel. `ended` (may be NULL) gets why the model
 * could not follow all that was carried out, if so.
 */
struct score against(const struct probe *probe, const struct kernel *kernel, struct buf *differences,
		     struct buf *ended);

#endif
