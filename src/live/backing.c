/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mmap: the file or device that a VMA maps, made so that nothing remains afterward. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "live/neighbours.h"
#include "live/realize.h"
#include "observe/paging.h"
#include "observe/proc.h"
#include "observe/uapi.h"

#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#endif

/* A VMA that is being made. */
struct making {
	struct live *live;
	const struct command *command;
	const struct mmap_args *args;
	const struct vm_area *model; /* NULL: the model refuses it */
	struct mapping mapping;
	struct real *real;
};

/* --- files ------------------------------------------------------------------ */

/* File systems in memory are shmem: the model of files does not apply to them. */
static bool on_disk(const char *folder)
{
	struct statfs fs;

	return !statfs(folder, &fs) && fs.f_type != TMPFS_MAGIC && fs.f_type != RAMFS_MAGIC &&
	       fs.f_type != OVERLAYFS_SUPER_MAGIC;
}

char *find_folder(void)
{
	const char *const folders[] = {getenv("TMPDIR"), "/var/tmp", "/tmp", "."};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		int fd;

		if (!folders[i] || !on_disk(folders[i]))
			continue;
		fd = open(folders[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
		if (fd < 0)
			continue;
		close(fd);
		return xstrdup(folders[i]);
	}
	return NULL;
}

/*
 * Adjacent VMAs map consecutive parts of one file, so that they can be merged. A
 * file starts in the middle, to have room on both sides. False: it is a new file.
 */
#define FIRST_OFFSET (UINT64_C(1) << 30)

static bool continues(struct making *m, long *fd)
{
	const struct mappings *mappings = &m->live->parent_mappings;
	const struct mapping *below = mapping_below(mappings, m->mapping.start);
	const struct mapping *above = mapping_above(mappings, m->mapping.end);
	uint64_t size = m->mapping.end - m->mapping.start;

	m->mapping.offset = FIRST_OFFSET;
	if (below && below->backing == m->mapping.backing && below->fd >= 0) {
		*fd = below->fd;
		m->mapping.offset = below->offset + (below->end - below->start);
		return true;
	}
	if (above && above->backing == m->mapping.backing && above->fd >= 0 && above->offset >= size) {
		*fd = above->fd;
		m->mapping.offset = above->offset - size;
		return true;
	}
	return false;
}

/*
 * A file without a name, all of it in the page cache: written page by page, so
 * that file systems with large folios make small ones, and clean.
 */
static long open_file(struct making *m, uint64_t size)
{
	struct live *live = m->live;
	struct mailbox *box = live->remote.box;
	char *page = box->scratch + SCRATCH_SIZE / 2;
	struct call_result filled = {-1, 0};
	long fd;

	if (!live->folder) {
		real_impossible(m->real, "no directory on a disk's file system for a temporary file");
		return -1;
	}
	snprintf(box->scratch, SCRATCH_SIZE / 2, "%s", live->folder);
	if (!continues(m, &fd))
		fd = real_syscall(live, m->real, SYS_openat, AT_FDCWD, (long)(intptr_t)box->scratch,
				  O_TMPFILE | O_RDWR | O_CLOEXEC, 0600, 0, 0);
	if (fd < 0)
		return -1;
	memset(page, 0x11, SCRATCH_SIZE / 2);
	if (real_ended(m->real, remote_fill(&live->remote, &live->parent, &filled, fd, page,
					    m->mapping.offset, size / PAGE_SIZE)))
		return -1;
	real_refused(m->real, filled.err);
	if (filled.err)
		return -1;
	/* Not all of the file: its other pages may be mapped, and dirty. */
	return real_syscall(live, m->real, SYS_sync_file_range, fd, (long)m->mapping.offset, (long)size,
			    SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				    SYNC_FILE_RANGE_WAIT_AFTER,
			    0, 0) < 0 ? -1 : fd;
}

static long open_shmem(struct making *m)
{
	struct live *live = m->live;
	struct mailbox *box = live->remote.box;
	long fd;

	if (continues(m, &fd))
		return fd;
	snprintf(box->scratch, sizeof(box->scratch), "vmafork");
	fd = real_syscall(live, m->real, SYS_memfd_create, (long)(intptr_t)box->scratch,
			  1 /* MFD_CLOEXEC */, 0, 0, 0, 0);
	/* A hole costs nothing, so the file is large enough for all that may follow. */
	return fd < 0 || real_syscall(live, m->real, SYS_ftruncate, fd, INT64_C(1) << 42, 0, 0, 0, 0) < 0
		       ? -1
		       : fd;
}

/* --- mmap -------------------------------------------------------------------------- */

int real_prot(unsigned prot)
{
	return (prot & MODEL_PROT_READ ? PROT_READ : 0) | (prot & MODEL_PROT_WRITE ? PROT_WRITE : 0) |
	       (prot & MODEL_PROT_EXEC ? PROT_EXEC : 0);
}

/* Maps at the model's address. False: real says why. */
static bool map(struct making *m, int flags, long fd)
{
	struct mapping *mapping = &m->mapping;
	long at;

	flags |= m->args->shared ? MAP_SHARED : MAP_PRIVATE;
	if (m->command->args.vma.mmap.add_flags & VM_NORESERVE)
		flags |= MAP_NORESERVE;
	at = real_syscall(m->live, m->real, SYS_mmap, (long)mapping->start,
			  (long)(mapping->end - mapping->start), real_prot(m->args->prot),
			  flags | MAP_FIXED_NOREPLACE, fd, (long)mapping->offset);
	if (at == -1) {
		if (m->real->kind == REAL_REFUSED && m->real->err == EEXIST && m->model)
			real_impossible(m->real, "the probe itself has a mapping at 0x%llx",
					(unsigned long long)mapping->start);
		return false;
	}
	mapping->fd = (int)fd;
	return true;
}

static bool map_anon(struct making *m)
{
	return map(m, MAP_ANONYMOUS, -1);
}

static bool map_stack(struct making *m)
{
	return map(m, MAP_ANONYMOUS | MAP_GROWSDOWN, -1);
}

static bool map_shmem(struct making *m)
{
	long fd = open_shmem(m);

	return fd >= 0 && map(m, 0, fd);
}

static bool map_file(struct making *m)
{
	long fd = open_file(m, m->mapping.end - m->mapping.start);

	return fd >= 0 && map(m, 0, fd);
}

static bool map_hugetlb(struct making *m)
{
	uint64_t pages = (m->mapping.end - m->mapping.start) / PMD_SIZE;
	int two_mib = 21 << MAP_HUGE_SHIFT;

	/*
	 * Each process that writes to private pages needs its own, and unmapping does
	 * not free a pinned page.
	 */
	if (!acquire_huge_pages(&m->live->acquired, pages, m->live->forks_left + m->live->pins)) {
		real_impossible(m->real, "the pool of huge pages is too small and cannot be raised");
		return false;
	}
	return map(m, MAP_ANONYMOUS | MAP_HUGETLB | two_mib, -1);
}

/* The flag that distinguishes the two kinds of device mappings. */
static const uint64_t device_flag[BACKINGS] = {
	[BACKING_PFNMAP] = VM_PFNMAP,
	[BACKING_MIXEDMAP] = VM_MIXEDMAP,
};

/*
 * An io_uring's ring: a mixed map on newer kernels, a pfn map on older ones. It
 * The kernel chooses its address.
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
	at = real_syscall(live, m->real, SYS_mmap, 0, (long)size, PROT_READ | PROT_WRITE, MAP_SHARED,
			  fd, 0);
	if (at == -1)
		return false;
	vma = proc_map_read(&seen, live->parent.pid) ? proc_map_find(&seen, (uint64_t)at) : NULL;
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
	m->mapping.moved = true;
	return true;
}

static bool (*const map_backing[BACKINGS])(struct making *m) = {
	[BACKING_ANON] = map_anon,	 [BACKING_SHMEM] = map_shmem,
	[BACKING_FILE] = map_file,	 [BACKING_HUGETLB] = map_hugetlb,
	[BACKING_PFNMAP] = map_ring,	 [BACKING_MIXEDMAP] = map_ring,
	[BACKING_STACK] = map_stack,
};

/* --- the command ------------------------------------------------------------------------ */

/*
 * The kernel merges adjacent VMAs that are alike; the model merges by a command.
 * Splitting a merged VMA again would leave traces.
 */
static bool has_neighbour(const struct live *live, const struct mapping *mapping)
{
	return mapping_below(&live->parent_mappings, mapping->start) ||
	       mapping_above(&live->parent_mappings, mapping->end);
}

static bool is_alone(struct making *m)
{
	struct proc_map seen = {0};
	const struct proc_vma *vma = NULL;
	bool alone;

	if (proc_map_read(&seen, m->live->parent.pid))
		vma = proc_map_find(&seen, m->mapping.start);
	alone = vma && vma->start == m->mapping.start && vma->end == m->mapping.end;
	proc_map_deinit(&seen);
	return alone;
}

/* The list still has VMAs that the child did not inherit; this one takes their place. */
static void forget_replaced(struct mappings *mappings, const struct mapping *mapping)
{
	for (size_t i = mappings->n; i-- > 0;)
		if (mappings->v[i].start < mapping->end && mapping->start < mappings->v[i].end)
			mappings_remove(mappings, mappings->v[i].name);
}

void real_vma(struct live *live, const struct command *c, struct real *real)
{
	const struct mmap_args *args = &c->args.vma.mmap;
	const char *name = c->line.words[c->args.target.name].text;
	const struct machine *machine = live->lockstep.machine;
	struct making m = {
		.live = live,
		.command = c,
		.args = args,
		.model = machine_vma(machine, machine->parent, name),
		.mapping = {.backing = args->backing, .shared = args->shared, .fd = -1},
		.real = real,
	};

	if ((c->args.vma.mmap.add_flags & ~VM_NORESERVE) || c->args.vma.mmap.remove_flags) {
		real_impossible(real, "no system call sets VMA flags by hand");
		return;
	}
	for (size_t i = 0; !m.model && i < live->parent_mappings.n; i++)
		if (live->parent_mappings.v[i].moved) {
			real_impossible(real, "a ring buffer is not at the address that the model gives it");
			return;
		}
	if (m.model) {
		m.mapping.start = m.model->start;
		m.mapping.end = m.model->end;
	} else if (args->fixed) {
		uint64_t unit = args->backing == BACKING_HUGETLB ? PMD_SIZE : PAGE_SIZE;

		m.mapping.start = args->address;
		m.mapping.end = args->address + ((args->size + unit - 1) & ~(unit - 1));
	} else {
		real_impossible(real, "the model refuses it, so its address is unknown");
		return;
	}
	snprintf(m.mapping.name, sizeof(m.mapping.name), "%s", name);
	if (!neighbours_part(live, m.mapping.start, m.mapping.end, real))
		return;
	if (!map_backing[args->backing](&m))
		return;
	if (!m.mapping.moved && has_neighbour(live, &m.mapping) && !is_alone(&m)) {
		real_syscall(live, real, SYS_munmap, (long)m.mapping.start,
			     (long)(m.mapping.end - m.mapping.start), 0, 0, 0, 0);
		real_impossible(real, "the kernel merges it with its neighbor at once");
		return;
	}
	live->moved |= m.mapping.moved;
	forget_replaced(&live->parent_mappings, &m.mapping);
	mappings_add(&live->parent_mappings, &m.mapping);
}
