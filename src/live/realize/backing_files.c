/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files that mappings map, made so that nothing remains afterward. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/alloc.h"
#include "live/realize/backing_private.h"
#include "observe/paging.h"
#include "observe/uapi.h"

#ifndef OVERLAYFS_SUPER_MAGIC
#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#endif

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

const struct mapping *mapping_at(const struct live *live, uint64_t address)
{
	const struct mm *mm = live->by_mm;
	uint64_t end;

	return mm_vma_at(mm, address)
		       ? mappings_find(live->by_mappings, mm_name_at(mm, address, &end))
		       : NULL;
}

/*
 * The mapping whose file it maps, too; NULL: it has a file of its own. Where the model has
 * refused it, this need not be known: so will the kernel, whatever the file.
 */
static const struct mapping *same_file(const struct making *m)
{
	const struct vm_area *before;

	if (m->command->args.vma.of)
		return mappings_find(m->live->by_mappings,
				     machine_name(m->live->lockstep.machine,
						  command_word(m->command, m->command->args.vma.of)));
	before = m->model ? mm_vma_at(m->model->mm, m->mapping.model - 1) : NULL;
	return before && before->object == m->model->object ? mapping_at(m->live, m->mapping.model - 1)
							    : NULL;
}

/* The file, and its size so far. `create` makes a new one. -1: real says why not. */
static long open_backing(struct making *m, long (*create)(struct making *m), uint64_t *size)
{
	const struct mapping *other = same_file(m);
	uint64_t first = m->mapping.model / PAGE_SIZE;
	long fd = other ? other->fd : create(m), end;

	*size = 0;
	if (m->model)
		m->mapping.offset = linear_page_index(m->model, first) * PAGE_SIZE;
	if (!other || fd < 0 || m->args->backing == BACKING_SECRET) /* that one is large enough */
		return fd;
	end = real_syscall(m->live, m->real, SYS_lseek, fd, 0, SEEK_END, 0, 0, 0);
	*size = (uint64_t)end;
	return end < 0 ? -1 : fd;
}

static long create_file(struct making *m)
{
	struct live *live = m->live;
	struct mailbox *box = live->remote.box;

	if (!live->folder) {
		real_impossible(m->real, "no directory on a disk's file system for a temporary file");
		return -1;
	}
	snprintf(box->scratch, SCRATCH_SIZE / 2, "%s", live->folder);
	return real_syscall(live, m->real, SYS_openat, AT_FDCWD, (long)(intptr_t)box->scratch,
			    O_TMPFILE | O_RDWR | O_CLOEXEC, 0600, 0, 0);
}

/* A file without a name, all of it in the page cache. */
long open_file(struct making *m, uint64_t length)
{
	uint64_t size;
	long fd = open_backing(m, create_file, &size);

	if (fd < 0 || m->mapping.offset + length <= size)
		return fd;
	return real_fill_file(m->live, fd, size, m->mapping.offset + length, m->real) ? fd : -1;
}

static long create_memfd(struct making *m)
{
	struct mailbox *box = m->live->remote.box;
	unsigned long flags = LIVE_MFD_CLOEXEC;

	if (m->args->backing == BACKING_HUGETLB)
		flags |= LIVE_MFD_HUGETLB |
			 (unsigned long)table_shift(paging_observed(), LEVEL_PTE) << LIVE_MFD_HUGE_SHIFT;
	snprintf(box->scratch, sizeof(box->scratch), "vmafork");
	return real_syscall(m->live, m->real, SYS_memfd_create, (long)(intptr_t)box->scratch, (long)flags,
			    0, 0, 0, 0);
}

/* A file in memory, shmem or hugetlb: a hole costs nothing. */
long open_memfd(struct making *m, uint64_t length)
{
	uint64_t size, end;
	long fd = open_backing(m, create_memfd, &size);

	end = m->mapping.offset + length;
	if (fd < 0 || end <= size)
		return fd;
	return real_syscall(m->live, m->real, SYS_ftruncate, fd, (long)end, 0, 0, 0, 0) < 0 ? -1 : fd;
}

/* Its size can be set once: it is large, which costs nothing. */
static long create_secret(struct making *m)
{
	long fd = real_syscall(m->live, m->real, SYS_memfd_secret, O_CLOEXEC, 0, 0, 0, 0, 0);

	if (fd < 0 && m->real->err == ENOSYS && m->model)
		real_impossible(m->real, "memfd_secret is disabled (secretmem.enable=1 on the kernel's "
					 "command line)");
	if (fd < 0 || real_syscall(m->live, m->real, SYS_ftruncate, fd, INT64_C(1) << 42, 0, 0, 0, 0) < 0)
		return -1;
	return fd;
}

long open_secret(struct making *m)
{
	uint64_t size;

	return open_backing(m, create_secret, &size);
}
