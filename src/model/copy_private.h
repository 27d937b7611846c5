/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files that copy a machine: what stands in the copy for what. */
#ifndef MODEL_COPY_PRIVATE_H
#define MODEL_COPY_PRIVATE_H

#include "model/machine.h"

struct copying {
	const struct machine *from;
	struct machine *to;
	/* By number. */
	struct object **objects;
	struct uffd_ctx **contexts;
};

/* Names are shared by copies of a machine; these are not. NULL stays NULL. */
static inline struct vm_area *copied_vma(const struct copying *c, const struct vm_area *vma)
{
	return vma ? machine_vma_number(c->to, vma->number) : NULL;
}

static inline struct mm *copied_mm(const struct copying *c, const struct mm *mm)
{
	return mm ? c->to->mms[mm->number] : NULL;
}

static inline struct uffd_ctx *copied_context(const struct copying *c, const struct uffd_ctx *ctx)
{
	return ctx ? c->contexts[ctx->number] : NULL;
}

void events_copy(const struct copying *c);
void journal_copy(const struct copying *c);
/* Adds what the machine's record takes. */
void events_add_bytes(const struct machine *m, struct bytes *bytes);

#endif
