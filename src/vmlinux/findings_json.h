/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Findings as JSON; vmafork-vmlinux(1) describes the object. */
#ifndef VMLINUX_FINDINGS_JSON_H
#define VMLINUX_FINDINGS_JSON_H

#include "vmlinux/answer.h"
#include "vmlinux/reader.h"

/* The text; the caller frees it. `answer` may be NULL: no profile can express it. */
char *findings_json(const struct findings *findings, const struct image_answer *answer,
		    const struct reader_cost *cost, const char *image);

#endif
