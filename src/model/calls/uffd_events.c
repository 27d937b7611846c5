/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * userfaultfd: messages that a call sends and waits for. fork sends one for each context
 * that it has duplicated (dup_userfaultfd_complete()), after the page tables are copied and
 * before there is a child; the parent waits until each is read.
 */
#include "model/syscalls.h"

const struct uffd_ctx *uffd_fork_waits(const struct machine *m, const struct mm *child)
{
	for (const struct uffd_ctx *ctx = m->inherited; ctx; ctx = ctx->next)
		if (ctx->mm == child && ctx->parent->unread)
			return ctx->parent;
	return NULL;
}

void uffd_reader(struct machine *m, struct uffd_ctx *ctx, bool on)
{
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .by_child = machine_child_acts(m, ctx->mm),
				    .text = on ? "reader on" : "reader off"});
	change_context(m, ctx, ctx->closed, !on);
	if (!m->unborn || uffd_fork_waits(m, m->unborn))
		return;
	change_processes(m, m->parent, m->unborn, BORROW_NOTHING);
	change_unborn(m, NULL);
}

bool uffd_event_is_read(const struct vm_area *vma, uint32_t feature, struct model_error *error)
{
	if (!vma->uffd || !vma->uffd->unread || !(vma->uffd->features & feature))
		return true;
	return not_modelled(error, "a call that waits for the reader of %s, other than fork",
			    vma->uffd->name);
}
