/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Both sides next to each other in Markdown, for a mail or an issue: kernels, VMAs,
 * decisions, costs and differences, as they are at this point in time.
 */
#ifndef REPORT_COMPARISON_H
#define REPORT_COMPARISON_H

#include "base/buf.h"
#include "model/machine.h"
#include "report/sides.h"

/* title, about: of the scenario, or NULL. when: "at step 3 of 20"; "": at the end. */
void comparison_markdown(struct machine *const machines[SIDES], const char *title,
			 const char *about, const char *when, struct buf *out);

#endif
