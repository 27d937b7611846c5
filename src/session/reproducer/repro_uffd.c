/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands on userfaultfds. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/text.h"
#include "session/reproducer/reproducer_private.h"

/* --- contexts -------------------------------------------------------------------------------- */

static struct repro_uffd *find_uffd(struct repro *r, const char *name, int process)
{
	for (size_t i = 0; i < r->uffd_count; i++)
		if (r->uffd[i].open && r->uffd[i].process == process && !strcmp(r->uffd[i].name, name))
			return &r->uffd[i];
	return NULL;
}

static struct repro_uffd *add_uffd(struct repro *r, const char *name, int process, int by)
{
	struct repro_uffd *uffd;

	if (r->uffd_count == REPRODUCER_UFFDS) {
		repro_cannot(r, "there are more userfaultfds than this program has room for");
		return NULL;
	}
	repro_need(r, "events");
	uffd = &r->uffd[r->uffd_count++];
	*uffd = (struct repro_uffd){.name = xstrdup(name), .process = process, .by = by, .open = true};
	return uffd;
}

static size_t number_of(const struct repro *r, const struct repro_uffd *uffd)
{
	return (size_t)(uffd - r->uffd);
}

static bool open_uffd(struct repro *r)
{
	const struct uffd_args *args = &r->command->args.uffd;
	struct repro_uffd *uffd;

	if (args->bits & UFFD_FEATURE_EVENT_FORK && r->by)
		return repro_cannot(r, "the observer reads the events of the first process only");
	uffd = add_uffd(r, command_word(r->command, args->ctx), r->by, r->by);
	if (!uffd)
		return false;
	uffd->event_fork = args->bits & UFFD_FEATURE_EVENT_FORK;
	repro_call(r, "uffd_open(%zu, 0x%" PRIx32 ");", number_of(r, uffd), args->bits);
	return true;
}

/* Does the child have a VMA of the context that the fork has made of this one? */
static bool is_inherited(const struct machine *m, const char *name)
{
	for_each_vma(m->child, vma)
		if (vma->uffd && !strcmp(vma->uffd->name, name))
			return true;
	return false;
}

void repro_uffd_inherit(struct repro *r)
{
	size_t before = r->uffd_count;

	for (size_t i = 0; i < before; i++) {
		struct repro_uffd *heir;

		if (!r->uffd[i].open || !r->uffd[i].event_fork || r->uffd[i].process != r->parent ||
		    !is_inherited(r->m[LEFT], r->uffd[i].name))
			continue;
		heir = add_uffd(r, r->uffd[i].name, r->child, REPRODUCER_OBSERVER);
		if (!heir)
			return;
		heir->event_fork = true;
		repro_need(r, "inherit");
		repro_turn(r, REPRODUCER_OBSERVER);
		buf_printf(&r->body, "\n\t\tuffd_inherit(%zu, %zu);\n", i, number_of(r, heir));
	}
}

/* --- calls ------------------------------------------------------------------------------------- */

static size_t ctx_number(struct repro *r)
{
	const char *name = command_word(r->command, r->command->args.uffd.ctx);
	int process = r->command->process == PROCESS_CHILD ? r->child : r->parent;

	return number_of(r, find_uffd(r, name, process));
}

static bool is_rwp(const struct repro *r, uint64_t start)
{
	const struct vm_area *vma = mm_vma_at(r->mm, start);

	return vma && vma->flags & VM_UFFD_RWP;
}

static const char *word(bool yes)
{
	return yes ? "true" : "false";
}

static bool move(struct repro *r, const char *at, const char *size)
{
	const struct uffd_args *args = &r->command->args.uffd;
	const struct name *to = machine_name(r->m[LEFT], command_word(r->command, args->other));
	uint64_t start = mm_stretch(r->mm, to).start;
	struct buf there = {0};

	if (r->by == REPRODUCER_OBSERVER)
		return repro_cannot(r, "only the process itself can move its pages");
	repro_need(r, "move");
	repro_address(r, to, start, start + args->page * repro_page(r), &there);
	repro_call(r, "uffd_move(%zu, %s, %s, %s);", ctx_number(r), buf_str(&there), at, size);
	buf_deinit(&there);
	return true;
}

static bool call_range(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	const struct uffd_args *args = &r->command->args.uffd;
	enum command_id id = r->command->spec->id;
	size_t n = ctx_number(r);

	(void)bytes;
	switch (id) {
	case COMMAND_register:
		repro_need(r, "register");
		repro_call(r, "uffd_register(%zu, %s, %s, 0x%" PRIx32 ");", n, at, size, args->bits);
		return true;
	case COMMAND_unregister:
		repro_need(r, "unregister");
		repro_call(r, "uffd_unregister(%zu, %s, %s);", n, at, size);
		return true;
	case COMMAND_protect:
	case COMMAND_unprotect:
		repro_need(r, "protect");
		repro_call(r, "uffd_protect(%zu, %s, %s, %s, %s);", n, at, size, word(id == COMMAND_protect),
			   word(is_rwp(r, start)));
		return true;
	case COMMAND_poison:
		repro_need(r, "poison");
		repro_call(r, "uffd_poison(%zu, %s, %s);", n, at, size);
		return true;
	case COMMAND_zeropage:
		repro_need(r, "zeropage");
		repro_call(r, "uffd_zeropage(%zu, %s, %s);", n, at, size);
		return true;
	case COMMAND_copy:
		repro_need(r, "copy");
		repro_call(r, "uffd_copy(%zu, %s, %s, %s);", n, at, size, word(args->wp));
		return true;
	case COMMAND_continue:
		repro_need(r, "continue");
		repro_call(r, "uffd_continue(%zu, %s, %s, %s);", n, at, size, word(args->wp));
		return true;
	default:
		return move(r, at, size);
	}
}

static bool close_uffd(struct repro *r)
{
	size_t n = ctx_number(r);

	repro_need(r, "close");
	repro_call(r, "uffd_close(%zu);", n);
	r->uffd[n].open = false;
	return true;
}

static bool set_reader(struct repro *r)
{
	size_t n = ctx_number(r);

	r->by = REPRODUCER_OBSERVER; /* who reads them all */
	repro_need(r, "reader");
	repro_call(r, "uffd_reader(%zu, %s);", n, word(r->command->args.uffd.on));
	return true;
}

bool repro_uffd_command(struct repro *r)
{
	const struct repro_uffd *uffd;

	if (r->command->spec->id == COMMAND_uffd)
		return open_uffd(r);
	uffd = find_uffd(r, command_word(r->command, r->command->args.uffd.ctx), r->by);
	if (!uffd)
		return repro_cannot(r, "this program does not have that userfaultfd");
	r->by = uffd->by;
	switch (r->command->spec->id) {
	case COMMAND_close:
		return close_uffd(r);
	case COMMAND_reader:
		return set_reader(r);
	default:
		return repro_each_range(r, call_range);
	}
}
