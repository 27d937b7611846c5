/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands on userfaultfds, through the contexts that the probe holds. */
#include <errno.h>
#include <string.h>

#include "live/realize_private.h"
#include "live/uffd_calls.h"
#include "observe/proc.h"

void real_uffd(struct live *live, const struct command *c, struct real *real)
{
	int err = 0;

	if (real_ended(real, uffd_live_open(&live->remote, live->by, command_word(c, c->args.uffd.ctx),
					    c->args.uffd.bits, &err)))
		return;
	if (err == EPERM || err == ENOSYS)
		real_impossible(real, "userfaultfd: %s", strerror(err));
	else
		real_refused(real, err);
}

/* The watch that the command names; NULL: real says why not. */
static struct watch *command_watch(struct live *live, const struct command *c, struct real *real)
{
	struct watch *watch = uffd_watch(&live->remote, live->by, command_word(c, c->args.uffd.ctx));

	if (!watch)
		real_impossible(real, "%s does not watch this process", command_word(c, c->args.uffd.ctx));
	return watch;
}

static void register_range(struct live *live, const struct command *c, const struct mapping *mapping,
			   uint64_t start, uint64_t size, struct real *real)
{
	const struct watch *watch = command_watch(live, c, real);

	(void)mapping;
	if (watch)
		real_refused(real, uffd_live_register(watch, start, size, c->args.uffd.bits));
}

void real_register(struct live *live, const struct command *c, struct real *real)
{
	for_ranges(live, c, real, register_range);
}

static void unregister_range(struct live *live, const struct command *c, const struct mapping *mapping,
			     uint64_t start, uint64_t size, struct real *real)
{
	const struct watch *watch = command_watch(live, c, real);

	(void)mapping;
	if (watch)
		real_refused(real, uffd_live_unregister(watch, start, size));
}

void real_unregister(struct live *live, const struct command *c, struct real *real)
{
	for_ranges(live, c, real, unregister_range);
}

/* Is the VMA there registered for rwp, so that protecting means that? */
static bool registered_rwp(const struct live *live, uint64_t address)
{
	struct proc_map map = {0};
	const struct proc_vma *vma = NULL;
	bool rwp;

	if (proc_map_read(&map, live->by->pid))
		vma = proc_map_find(&map, address);
	rwp = vma && vma->flags & VM_UFFD_RWP;
	proc_map_deinit(&map);
	return rwp;
}

static void protect(struct live *live, const struct command *c, const struct mapping *mapping,
		    uint64_t start, uint64_t size, struct real *real)
{
	const struct watch *watch = command_watch(live, c, real);

	(void)mapping;
	if (watch)
		real_refused(real, uffd_live_protect(watch, start, size, c->spec->id == COMMAND_protect,
						     registered_rwp(live, start)));
}

void real_protect(struct live *live, const struct command *c, struct real *real)
{
	for_ranges(live, c, real, protect);
}

static void poison(struct live *live, const struct command *c, const struct mapping *mapping,
		   uint64_t start, uint64_t size, struct real *real)
{
	const struct watch *watch = command_watch(live, c, real);

	(void)mapping;
	if (watch)
		real_refused(real, uffd_live_poison(watch, start, size));
}

void real_unprotect(struct live *live, const struct command *c, struct real *real)
{
	real_protect(live, c, real);
}

void real_poison(struct live *live, const struct command *c, struct real *real)
{
	for_ranges(live, c, real, poison);
	for (size_t i = 0; i < live->names.n; i++) {
		struct mapping *mapping = mappings_find(live->by_mappings, live->names.v[i]);

		if (mapping && mapping->backing == BACKING_HUGETLB)
			mapping->hidden_markers = true;
	}
}
