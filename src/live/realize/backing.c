/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mmap: VMAs, and the drivers that fill them; backing_files.c has the files that they map. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "live/realize/backing_private.h"
#include "model/pool.h"
#include "observe/paging.h"
#include "observe/proc.h"
#include "observe/uapi.h"

/* --- mmap -------------------------------------------------------------------------- */

int real_prot(unsigned prot)
{
	return (prot & MODEL_PROT_READ ? PROT_READ : 0) | (prot & MODEL_PROT_WRITE ? PROT_WRITE : 0) |
	       (prot & MODEL_PROT_EXEC ? PROT_EXEC : 0);
}

static int option_flags(const struct mmap_args *args)
{
	return (args->noreserve || args->add_flags & VM_NORESERVE ? MAP_NORESERVE : 0) |
	       (args->populate ? MAP_POPULATE : 0) | (args->growsdown ? MAP_GROWSDOWN : 0) |
	       (args->locked ? MAP_LOCKED : 0);
}

static long call_mmap(struct making *m, uint64_t at, int flags, long fd, bool populates_later)
{
	const struct mapping *mapping = &m->mapping;

	flags |= m->args->droppable ? LIVE_MAP_DROPPABLE : m->args->shared ? MAP_SHARED : MAP_PRIVATE;
	flags |= option_flags(m->args) & (populates_later ? ~(MAP_POPULATE | MAP_LOCKED) : ~0);
	return real_syscall(m->live, m->real, SYS_mmap, (long)at, (long)(mapping->end - mapping->start),
			    real_prot(m->args->prot), flags | MAP_FIXED_NOREPLACE, fd, (long)mapping->offset);
}

/* If what is free in the model is not, it is the probe's own. */
static void explain_taken(struct making *m)
{
	if (m->real->kind == REAL_REFUSED && m->real->err == EEXIST && m->model)
		real_impossible(m->real, "the probe itself has a mapping at 0x%" PRIx64, m->mapping.start);
}

/*
 * A policy that neither neighbor has, were they mapped apart. mremap may put any other mapping
 * beside it: they take turns.
 */
static unsigned other_policy(const struct making *m)
{
	const struct mapping *below = mapping_at(m->live, m->mapping.model - 1);
	const struct mapping *above = mapping_at(m->live, m->mapping.model + (m->mapping.end -
									      m->mapping.start));
	unsigned *policy = &m->live->policy;

	do
		*policy = *policy % (POLICIES - 1) + 1;
	while ((below && below->policy == *policy) || (above && above->policy == *policy));
	return *policy;
}

/*
 * Anonymous memory that has pages when it is moved is never joined at its new place: its pages
 * keep the numbers of the old one.
 */
static bool populates_later(const struct making *m)
{
	return m->args->backing == BACKING_ANON && (m->args->populate || m->args->locked);
}

/* What mmap's options would have done; like mmap, whatever comes of it. */
static void populate_moved(struct making *m)
{
	const struct mapping *mapping = &m->mapping;
	long start = (long)mapping->start, size = (long)(mapping->end - mapping->start);
	struct real real = {0};

	real_syscall(m->live, &real, SYS_mlock, start, size, 0, 0, 0, 0);
	if (real.kind == REAL_REFUSED)
		real = (struct real){0};
	if (real.kind == REAL_DONE && !m->args->locked)
		real_syscall(m->live, &real, SYS_munlock, start, size, 0, 0, 0, 0);
	if (real.kind != REAL_DONE)
		*m->real = real;
}

/*
 * The kernel joins it with its neighbors as soon as it is there, and VMAs that were one
 * share an anon_vma: so it gets its policy elsewhere, with nothing next to it, and is moved.
 */
static bool map_apart(struct making *m, int flags, long fd)
{
	struct mapping *mapping = &m->mapping;
	uint64_t size = mapping->end - mapping->start;
	uint64_t unit = UINT64_C(1) << TABLE_SHIFT(LEVEL_PMD), all = (size + 3 * unit - 1) & ~(unit - 1);
	long room, at;

	/* Holds its place with what is never joined; it goes when the mapping comes. */
	if (real_syscall(m->live, m->real, SYS_mmap, (long)mapping->start, (long)size, PROT_NONE,
			 MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0) == -1) {
		explain_taken(m);
		return false;
	}
	/* Where there are no page tables: for those that there are, mremap makes others. */
	room = real_syscall(m->live, m->real, SYS_mmap, 0, (long)all, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (room == -1 || real_syscall(m->live, m->real, SYS_munmap, room, (long)all, 0, 0, 0, 0))
		return false;
	at = call_mmap(m, ((uint64_t)room + unit) & ~(unit - 1), flags, fd, populates_later(m));
	if (at == -1)
		return false;
	mapping->policy = other_policy(m);
	real_set_policy(m->live, (uint64_t)at, (uint64_t)at + size, mapping->policy, m->real);
	if (m->real->kind != REAL_DONE || real_syscall(m->live, m->real, SYS_mremap, at, (long)size,
						       (long)size, MREMAP_MAYMOVE | MREMAP_FIXED,
						       (long)mapping->start, 0) == -1)
		return false;
	if (populates_later(m))
		populate_moved(m);
	return m->real->kind == REAL_DONE;
}

/* Maps at the model's address. False: real says why. */
static bool map(struct making *m, int flags, long fd)
{
	struct mapping *mapping = &m->mapping;

	mapping->fd = (int)fd;
	/* Those of hugetlb are never joined. */
	if (m->command->args.vma.apart && m->model && m->args->backing != BACKING_HUGETLB)
		return map_apart(m, flags, fd);
	if (call_mmap(m, mapping->start, flags, fd, false) != -1)
		return true;
	explain_taken(m);
	return false;
}

static bool map_anon(struct making *m)
{
	return map(m, MAP_ANONYMOUS, -1);
}

static bool map_shmem(struct making *m)
{
	long fd = open_memfd(m, m->mapping.end - m->mapping.start);

	return fd >= 0 && map(m, 0, fd);
}

static bool map_file(struct making *m)
{
	long fd = open_file(m, m->mapping.end - m->mapping.start);

	return fd >= 0 && map(m, 0, fd);
}

static bool map_secret(struct making *m)
{
	long fd = open_secret(m);

	return fd >= 0 && map(m, 0, fd);
}

/*
 * How many copies of a mapping there can be at most: each process that writes to private
 * pages needs its own, and unmapping does not free a pinned page.
 */
static size_t count_copies(const struct live *live)
{
	if (live->pins)
		return live->forks_left + live->pins;
	return min(live->stores, live->forks_left);
}

/* In the pool, and in memory where the pool has not enough of them. */
static bool huge_too_much(const struct making *m, uint64_t pages, uint64_t copies)
{
	const struct live *live = m->live;
	uint64_t most = UINT64_MAX / PMD_SIZE / (copies + 1), group;

	if (pages > most)
		return real_too_many(live, ROOM_MEMORY, UINT64_MAX - 1, m->real);
	group = cgroup_free(&live->room.cgroup, CGROUP_HUGE_PAGES);
	if (pages * (copies + 1) > group / PMD_SIZE / 2) {
		real_impossible(m->real, "it would take %" PRIu64 " MiB of huge pages, and the control group "
				"has %" PRIu64 " MiB", pages * (copies + 1) << 1, group >> 20);
		return true;
	}
	return real_too_many(live, ROOM_MEMORY,
			     acquire_huge_missing(&live->acquired, pages, copies) * PMD_SIZE, m->real);
}

static bool map_hugetlb(struct making *m)
{
	uint64_t length = m->mapping.end - m->mapping.start;
	uint64_t copies = count_copies(m->live);
	long fd;

	if (pool_is_limited(m->live->lockstep.machine)) {
		fd = open_memfd(m, length);
		return fd >= 0 && map(m, 0, fd);
	}
	if (huge_too_much(m, length / PMD_SIZE, copies))
		return false;
	if (!acquire_huge_pages(&m->live->acquired, length / PMD_SIZE, copies)) {
		real_impossible(m->real, "the pool of huge pages is too small and cannot be raised");
		return false;
	}
	fd = open_memfd(m, length);
	return fd >= 0 && map(m, 0, fd);
}

/* The flag that distinguishes the two kinds of device mappings. */
static const uint64_t device_flag[BACKINGS] = {
	[BACKING_PFNMAP] = VM_PFNMAP,
	[BACKING_MIXEDMAP] = VM_MIXEDMAP,
};

/* One of those that a driver has placed, at any of these addresses; or NULL. */
static struct mapping *moved_over(const struct mappings *mappings, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < mappings->n; i++) {
		struct mapping *old = &mappings->v[i];

		if (mapping_moved(old) && old->start < end && start < old->end)
			return old;
	}
	return NULL;
}

/*
 * Maps a driver's file where the kernel likes. Not where a part of another such mapping
 * was, of which the rest is still there: one address would have two names.
 */
static long map_somewhere(const struct making *m, uint64_t size, long fd)
{
	long at[8];
	size_t n = 0;

	do {
		at[n] = real_syscall(m->live, m->real, SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE,
				     MAP_SHARED, fd, 0);
		if (at[n] == -1)
			break;
	} while (n + 1 < ARRAY_SIZE(at) &&
		 moved_over(m->live->by_mappings, (uint64_t)at[n], (uint64_t)at[n] + size) &&
		 ++n);
	for (size_t i = 0; i < n; i++)
		real_syscall(m->live, m->real, SYS_munmap, at[i], (long)size, 0, 0, 0, 0);
	return at[n];
}

/*
 * An io_uring's ring: a mixed map on newer kernels, a pfn map on older ones. The kernel
 * chooses its address.
 */
static bool map_ring(struct making *m)
{
	struct live *live = m->live;
	struct mailbox *box = live->remote.box;
	struct live_io_uring_params *params = (struct live_io_uring_params *)(void *)box->scratch;
	uint64_t size = m->mapping.end - m->mapping.start;
	struct proc_map seen = {0};
	const struct proc_vma *vma;
	bool fits;
	long fd, at;

	if (!m->model) {
		real_impossible(m->real, "the kernel chooses the address of a ring buffer");
		return false;
	}
	if (!m->args->shared || real_prot(m->args->prot) != (PROT_READ | PROT_WRITE)) {
		real_impossible(m->real, "a ring buffer must be shared, readable and writable");
		return false;
	}
	if (size > (UINT64_C(1) << 16)) {
		real_impossible(m->real, "a ring buffer is not that large");
		return false;
	}
	memset(params, 0, sizeof(*params));
	params->flags = 1 << 3; /* IORING_SETUP_CQSIZE: 16 bytes a completion */
	params->cq_entries = (uint32_t)(size / 16 < 8 ? 8 : size / 16);
	fd = real_syscall(live, m->real, SYS_io_uring_setup, 4, (long)(intptr_t)params, 0, 0, 0, 0);
	if (fd < 0) {
		real_impossible(m->real, "io_uring: %s", strerror(m->real->err));
		return false;
	}
	at = map_somewhere(m, size, fd);
	if (at == -1)
		return false;
	vma = proc_map_read(&seen, live->by->pid) ? proc_map_find(&seen, (uint64_t)at) : NULL;
	fits = vma && vma->start == (uint64_t)at && vma->end == (uint64_t)at + size &&
	       vma->flags & device_flag[m->args->backing];
	proc_map_deinit(&seen);
	if (!fits) {
		real_syscall(live, m->real, SYS_munmap, at, (long)size, 0, 0, 0, 0);
		real_impossible(m->real, "no driver here maps a %s", backing_names[m->args->backing]);
		return false;
	}
	m->mapping.start = (uint64_t)at;
	m->mapping.end = (uint64_t)at + size;
	m->mapping.fd = (int)fd;
	return true;
}

static bool (*const map_backing[BACKINGS])(struct making *m) = {
	[BACKING_ANON] = map_anon,	 [BACKING_SHMEM] = map_shmem,
	[BACKING_FILE] = map_file,	 [BACKING_HUGETLB] = map_hugetlb,
	[BACKING_PFNMAP] = map_ring,	 [BACKING_MIXEDMAP] = map_ring,
	[BACKING_SECRET] = map_secret,	 [BACKING_STACK] = map_anon,
};

/* --- the command ------------------------------------------------------------------------ */

/* Another driver's mapping was there: the model knows nothing of that. */
static void forget_moved(struct mappings *mappings, const struct mapping *now)
{
	struct mapping *old;

	while ((old = moved_over(mappings, now->start, now->end)))
		*old = (struct mapping){0};
}

static bool populate_too_much(const struct making *m)
{
	const struct mapping *mapping = &m->mapping;
	struct ranges pages = {0};
	bool too_much;

	if (!m->args->populate && !m->args->locked)
		return false;
	ranges_add(&pages, 0, mapping_pages(mapping) - 1);
	too_much = real_too_much(m->live, mapping, &pages, TAKE_PAGES, m->real);
	ranges_deinit(&pages);
	return too_much;
}

/* The bytes that it takes: whole pages. */
static uint64_t mapping_size(const struct live *live, const struct command *c)
{
	uint64_t unit = c->args.vma.mmap.backing == BACKING_HUGETLB ? PMD_SIZE : PAGE_SIZE;

	return align_up(memory_size_bytes(c->args.vma.size, &live->lockstep.machine->paging), unit);
}

/* name: NULL where the model has refused it before it got that far. */
static void map_one(struct live *live, const struct command *c, const struct name *name, uint64_t address,
		    struct real *real)
{
	const struct mmap_args *args = &c->args.vma.mmap;
	const struct mm *mm = live->by_mm;
	bool refused = live->predicted.err;
	struct making m = {
		.live = live,
		.command = c,
		.args = args,
		.model = refused ? NULL : mm_vma_at(mm, address),
		.mapping = {.backing = args->backing, .shared = args->shared, .fd = -1,
			    .start = address, .model = address,
			    .end = address + mapping_size(live, c)},
		.real = real,
	};

	if (populate_too_much(&m) || !map_backing[args->backing](&m))
		return;
	if (mapping_moved(&m.mapping)) {
		live->moved = true;
		forget_moved(live->by_mappings, &m.mapping);
	}
	if (name)
		mappings_set(live->by_mappings, name, &m.mapping);
}

/* Where the model has a name, or would have it. */
static uint64_t place_of(const struct live *live, const struct command *c, const struct name *name,
			 uint64_t number)
{
	if (!live->predicted.err)
		return mm_stretch(live->by_mm, name).start;
	return c->args.vma.mmap.address + number * mapping_size(live, c);
}

void real_vma(struct live *live, const struct command *c, struct real *real)
{
	const struct vma_args *vma = &c->args.vma;
	const struct machine *machine = live->lockstep.machine;
	const char *text = command_word(c, c->args.target.name);
	struct buf name = {0};

	if ((vma->mmap.add_flags & ~VM_NORESERVE) || vma->mmap.remove_flags)
		real_impossible(real, "no system call sets VMA flags by hand");
	else if (live->predicted.err && live->moved)
		real_impossible(real, "a ring buffer is not at the address that the model gives it");
	else if (live->predicted.err && !vma->mmap.fixed)
		real_impossible(real, "the model refuses it, so its address is unknown");
	for (uint64_t i = 0; i < (vma->is_times ? vma->times : 1) && real->kind == REAL_DONE; i++) {
		const struct name *known;

		buf_clear(&name);
		buf_puts(&name, text);
		if (vma->is_times)
			buf_printf(&name, ".%" PRIu64, i);
		known = machine_name(machine, buf_str(&name)); /* NULL: it was refused */
		map_one(live, c, known, place_of(live, c, known, i), real);
	}
	buf_deinit(&name);
}
