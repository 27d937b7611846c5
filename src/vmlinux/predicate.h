/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From runs to clauses. Every input (64 bits and anon_vma, on either side) is
 * set alone; then in pairs, to tell "or" from "and"; then in random mixtures,
 * whose results the clauses must predict.
 */
#ifndef VMLINUX_PREDICATE_H
#define VMLINUX_PREDICATE_H

#include "vmlinux/debuginfo.h"
#include "vmlinux/execute.h"

/*
 * Fills in the clauses, the baseline, the counts and what else was read. Without a
 * unit (NULL) no line is known. False and an error when clauses cannot express what
 * copy_page_range() does.
 */
bool predicate_learn(struct emulator *emulator, const struct vma_layout *layout,
		     const struct vma_fields *fields, const struct unit *unit,
		     struct findings *findings, struct vf_error *error);

#endif
