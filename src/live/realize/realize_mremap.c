/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mremap, and where names are mapped afterwards. */
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "live/realize/realize_private.h"
#include "observe/paging.h"

/* One name's memory: pages of the model before the call, and the mapping then. */
struct remapping {
	struct live *live;
	const struct remap_args *args;
	const struct name *name;
	struct mapping was;
	uint64_t old, size; /* bytes; where the model had it */
	uint64_t new_size;  /* bytes */
	bool taken;	    /* there was a NAME.moved before */
	bool done;	    /* the model has carried it out */
};

/* What is called so in the model now; NULL: nothing. */
static const struct name *name_with(const struct remapping *r, const char *suffix)
{
	struct buf text = {0};
	const struct name *name;

	buf_printf(&text, "%s%s", r->name->text, suffix);
	name = machine_name(r->live->lockstep.machine, buf_str(&text));
	buf_deinit(&text);
	return name;
}

/* Is it somewhere else now? *at: where the model has it. */
static bool has_moved(const struct remapping *r, uint64_t *at)
{
	const struct name *now = r->args->part ? name_with(r, ".moved") : r->name;
	uint64_t start;

	*at = r->old;
	if (!r->done || (r->args->part && (r->taken || !now || !mm_named_vma(r->live->by_mm, now))))
		return false;
	/* A name of which others have the front still begins where it did. */
	start = mm_stretch(r->live->by_mm, now).start;
	if (start == (r->args->part ? r->old : r->was.model))
		return false;
	*at = start;
	return true;
}

static uint64_t file_offset(const struct remapping *r, uint64_t address)
{
	return r->was.offset + (address - r->was.model);
}

/* The file is as long as what is mapped of it, and locked memory must fit. */
static void make_room(const struct remapping *r, uint64_t at, struct real *real)
{
	const struct vm_area *vma = r->done ? mm_vma_at(r->live->by_mm, at) : NULL;
	struct ranges pages = {0};

	if (!vma || r->new_size <= r->size)
		return;
	if (vma->flags & VM_LOCKED) {
		ranges_add(&pages, 0, (r->new_size - 1) / PAGE_SIZE);
		real_too_much(r->live, &r->was, &pages, TAKE_PAGES, real);
		ranges_deinit(&pages);
	}
	if (real->kind == REAL_DONE && r->was.fd >= 0)
		real_extend_file(r->live, &r->was, (file_offset(r, r->old + r->new_size) + PAGE_SIZE - 1) &
							   ~(uint64_t)(PAGE_SIZE - 1), real);
}

static void call_mremap(const struct remapping *r, uint64_t at, bool moved, struct real *real)
{
	bool fixed = r->args->fixed || moved;
	int flags = MREMAP_MAYMOVE | (fixed ? MREMAP_FIXED : 0) |
		    (r->args->dontunmap ? MREMAP_DONTUNMAP : 0);

	real_syscall(r->live, real, SYS_mremap,
		     (long)mapping_address(&r->was, r->old / PAGE_SIZE), (long)r->size,
		     (long)r->new_size, flags, (long)(r->args->fixed ? r->args->address : moved ? at : 0), 0);
}

/* A name that lies where the model has it, from this place of the old mapping on. */
static void place_name(const struct remapping *r, const struct name *name, uint64_t from)
{
	struct stretch stretch = mm_stretch(r->live->by_mm, name);
	struct mapping mapping = r->was;

	mapping.start = mapping.model = stretch.start;
	mapping.end = stretch.end;
	mapping.offset = file_offset(r, from);
	mappings_set(r->live->by_mappings, name, &mapping);
}

static void note_names(const struct remapping *r, bool moved)
{
	struct stretch stretch = mm_stretch(r->live->by_mm, r->name);
	struct mapping mapping = r->was;

	if (moved) {
		place_name(r, r->args->part ? name_with(r, ".moved") : r->name, r->old);
	} else {
		mapping.end = mapping.start + (stretch.end - stretch.start);
		mappings_set(r->live->by_mappings, r->name, &mapping);
	}
	if (r->args->dontunmap)
		place_name(r, name_with(r, ".old"), r->old);
}

/* Would it replace a driver's mapping, which is somewhere else than in the model? */
static bool meets_driver(const struct remapping *r)
{
	uint64_t start = r->args->address, end = start + r->new_size;

	for (size_t i = 0; r->args->fixed && i < r->live->by_mappings->n; i++) {
		const struct mapping *other = &r->live->by_mappings->v[i];

		if (mapping_moved(other) && other->model < end &&
		    start < other->model + (other->end - other->start))
			return true;
	}
	return false;
}

static void remap_one(const struct remapping *r, struct real *real)
{
	uint64_t at;
	bool moved = has_moved(r, &at), driver = r->was.backing == BACKING_PFNMAP ||
						 r->was.backing == BACKING_MIXEDMAP;

	if (driver && (moved || r->args->fixed || r->args->dontunmap)) {
		real_impossible(real, "the driver decides where its mapping can move");
		return;
	}
	if (meets_driver(r)) {
		real_impossible(real, "a ring buffer is not at the address that the model gives it");
		return;
	}
	if (r->new_size)
		real_too_many(r->live, ROOM_MEMORY, room_tables(at, r->new_size), real);
	if (real->kind == REAL_DONE)
		make_room(r, at, real);
	if (real->kind == REAL_DONE)
		call_mremap(r, at, moved, real);
	if (real->kind == REAL_DONE && r->done)
		note_names(r, moved);
}

static struct spot find_spot(const struct machine *m, const struct mm *mm, const struct name *name,
			     const struct command *c)
{
	struct ranges pages = {0};
	struct model_error ignored;
	struct buf text = {0};
	struct spot spot = {0};
	const struct name *moved;

	if (command_pages(mm, name, c, &pages, &ignored) && pages.n)
		spot = (struct spot){.first = pages.v[0].first, .last = pages.v[pages.n - 1].last};
	ranges_deinit(&pages);
	buf_printf(&text, "%s.moved", name->text);
	moved = machine_name(m, buf_str(&text));
	spot.taken = moved && machine_name_in_use(m, moved);
	buf_deinit(&text);
	return spot;
}

void real_mremap_prepare(struct live *live, const struct mm *mm, const struct command *c)
{
	for (size_t i = 0; i < live->names.n; i++) {
		GROW(live->spots, i, live->spot_cap);
		live->spots[i] = find_spot(live->lockstep.machine, mm, live->names.v[i], c);
	}
}

void real_mremap(struct live *live, const struct command *c, struct real *real)
{
	struct remapping r = {
		.live = live,
		.args = &c->args.remap,
		.new_size = memory_size_bytes(c->args.remap.size, &live->lockstep.machine->paging),
		.done = !live->predicted.err,
	};

	if (!live->may_limit && live->lockstep.machine->lost_reserved > live->lost_reserved)
		real_impossible(real, "the kernel would lose the reservation of huge pages that do not move, "
				      "until this machine is booted");
	for (size_t i = 0; i < live->names.n && real->kind == REAL_DONE; i++) {
		const struct mapping *mapping = mappings_find(live->by_mappings, live->names.v[i]);

		r.name = live->names.v[i];
		r.old = live->spots[i].first * PAGE_SIZE;
		r.size = (live->spots[i].last + 1) * PAGE_SIZE - r.old;
		r.taken = live->spots[i].taken;
		if (!mapping) {
			real_impossible(real, "this process has no %s", r.name->text);
			break;
		}
		r.was = *mapping;
		remap_one(&r, real);
	}
}
