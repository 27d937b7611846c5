/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder with images of CRIU, of which these tell of memory:
 *
 *   mm-PID.img        a message whose field 14 is a mapping each; before 1.1 they were in
 * vma-PID.img pagemap-PID.img   a head, then stretches of pages that were dumped, or are in the
 * parent's images files.img         names of files, by the number that a mapping has
 *
 * An image begins with two magic numbers. What is dumped is what a process does not share with
 * a file: its own pages, those in swap among them, and no zero page.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "import/dump.h"
#include "import/protobuf.h"
#include "observe/paging.h"

#define COMMON_MAGIC UINT32_C(0x54564319)
#define PROCESSES_SHOWN 8
#define ADDRESS_END (UINT64_C(1) << 56)

struct criu_image {
	const char *name;
	uint32_t magic;
};

/* Names are formats of a process's number. */
static const struct criu_image mm_image = {"mm-%d.img", 0x57492820},
			       vmas_image = {"vma-%d.img", 0x54123737},
			       pagemap_image = {"pagemap-%d.img", 0x56084025},
			       files_image = {"files.img", 0x56303138};

struct criu {
	struct dump *d;
	int folder;
	pid_t pid;
	struct vf_error *error;
	char *text; /* of the image at hand */
	size_t length;
	char name[64];
};

/* --- images ------------------------------------------------------------------------------ */

static bool bad_image(struct criu *c, const char *what)
{
	vf_error_set(c->error, "%.200s/%s: %s", c->d->path, c->name, what);
	vf_error_hint(c->error,
		      "criu dump -t PID -D FOLDER writes such images; crit decode shows them");
	return false;
}

static void close_image(struct criu *c)
{
	free(c->text);
	c->text = NULL;
}

/* Reads all of it, within the budget. False with errno ENOENT and no error: there is no such image. */
static bool read_image(struct criu *c, int fd)
{
	struct stat st;
	size_t n = 0;
	ssize_t got = 0;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return bad_image(c, "not a regular file");
	if ((uint64_t)st.st_size > budget_memory_left(&c->d->im.budget) / 2)
		return bad_image(c, "it is larger than the budget allows (--budget)");
	c->text = xmalloc((size_t)st.st_size + 1);
	while (n < (size_t)st.st_size && (got = read(fd, c->text + n, (size_t)st.st_size - n)) > 0)
		n += (size_t)got;
	c->length = n;
	budget_take(&c->d->im.budget, n);
	return got >= 0 || bad_image(c, strerror(errno));
}

/* Sets *stream to its messages. False: there is none (no message), or *error. */
static bool open_image(struct criu *c, const struct criu_image *image, struct protobuf *stream)
{
	uint32_t magic[2];
	bool ok;
	int fd;

	*c->error = (struct vf_error){0};
	/* The formats are those above. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(c->name, sizeof(c->name), image->name, (int)c->pid);
#pragma GCC diagnostic pop
	fd = openat(c->folder, c->name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno == ENOENT ? false : bad_image(c, strerror(errno));
	ok = read_image(c, fd);
	close(fd);
	if (!ok)
		return false;
	if (c->length < sizeof(magic))
		return bad_image(c, "it is too short for an image");
	memcpy(magic, c->text, sizeof(magic));
	if (magic[0] != COMMON_MAGIC || magic[1] != image->magic)
		return bad_image(c, "not such an image of CRIU: its first bytes are others");
	*stream = (struct protobuf){.at = (uint8_t *)c->text + sizeof(magic),
				    .end = (uint8_t *)c->text + c->length};
	return true;
}

/* --- mappings ------------------------------------------------------------------------- */

/* Bits of a mapping's status. */
enum {
	STATUS_STACK = 1 << 1,
	STATUS_VDSO = 1 << 3,
	STATUS_HEAP = 1 << 5,
	STATUS_FILE_PRIVATE = 1 << 6,
	STATUS_FILE_SHARED = 1 << 7,
	STATUS_SYSVIPC = 1 << 10,
	STATUS_VVAR = 1 << 12,
};

struct criu_vma {
	uint64_t start, end, pgoff, shmid, prot, flags, status, madv;
};

static void read_fields(struct protobuf *message, struct criu_vma *v)
{
	uint64_t *const members[] = {NULL,     &v->start, &v->end,    &v->pgoff, &v->shmid,
				     &v->prot, &v->flags, &v->status, NULL,	 &v->madv};
	struct protobuf_field field;

	while (protobuf_next(message, &field))
		if (field.number < ARRAY_SIZE(members) && members[field.number])
			*members[field.number] = field.value;
}

static uint64_t flags_of(const struct criu_vma *v)
{
	static const struct {
		uint64_t map, flag;
	} maps[] = {
		{MAP_GROWSDOWN, VM_GROWSDOWN},
		{MAP_LOCKED, VM_LOCKED},
		{MAP_NORESERVE, VM_NORESERVE},
		{MAP_HUGETLB, VM_HUGETLB},
	};
	static const struct {
		int advice;
		uint64_t flag;
	} advices[] = {
		{MADV_RANDOM, VM_RAND_READ},  {MADV_SEQUENTIAL, VM_SEQ_READ},
		{MADV_DONTFORK, VM_DONTCOPY}, {MADV_MERGEABLE, VM_MERGEABLE},
		{MADV_HUGEPAGE, VM_HUGEPAGE}, {MADV_NOHUGEPAGE, VM_NOHUGEPAGE},
		{MADV_DONTDUMP, VM_DONTDUMP}, {MADV_WIPEONFORK, VM_WIPEONFORK},
	};
	bool shared = v->flags & MAP_SHARED;
	uint64_t flags = VM_MAYREAD | VM_MAYEXEC;

	flags |= v->prot & PROT_READ ? VM_READ : 0;
	flags |= v->prot & PROT_WRITE ? VM_WRITE : 0;
	flags |= v->prot & PROT_EXEC ? VM_EXEC : 0;
	if (!shared)
		flags |= VM_MAYWRITE |
			 (v->prot & PROT_WRITE && !(v->flags & MAP_NORESERVE) ? VM_ACCOUNT : 0);
	else
		flags |= VM_MAYSHARE | (v->prot & PROT_WRITE ? VM_SHARED | VM_MAYWRITE : 0);
	for (size_t i = 0; i < ARRAY_SIZE(maps); i++)
		flags |= v->flags & maps[i].map ? maps[i].flag : 0;
	for (size_t i = 0; i < ARRAY_SIZE(advices); i++)
		flags |= v->madv & UINT64_C(1) << advices[i].advice ? advices[i].flag : 0;
	if (v->status & STATUS_STACK)
		flags |= VM_GROWSDOWN;
	if (v->status & STATUS_VVAR)
		flags = (flags & ~VM_MAYWRITE) | VM_PFNMAP | VM_IO | VM_DONTEXPAND | VM_DONTDUMP;
	return flags;
}

/* Its name is a number until the files are read. */
static char *path_of(const struct criu_vma *v)
{
	static const struct {
		uint64_t status;
		const char *path;
	} paths[] = {
		{STATUS_STACK, "[stack]"}, {STATUS_VDSO, "[vdso]"},   {STATUS_VVAR, "[vvar]"},
		{STATUS_HEAP, "[heap]"},   {STATUS_SYSVIPC, "/SYSV"},
	};
	struct buf name = {0};

	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		if (v->status & paths[i].status)
			return xstrdup(paths[i].path);
	if (v->flags & MAP_GROWSDOWN)
		return xstrdup("[stack]");
	if (v->status & (STATUS_FILE_PRIVATE | STATUS_FILE_SHARED)) {
		buf_printf(&name, "/file-%" PRIu64, v->shmid);
		return buf_take(&name);
	}
	return v->flags & MAP_SHARED ? xstrdup("/dev/zero") : NULL;
}

static bool add_vma(struct criu *c, struct protobuf *message)
{
	struct proc_map *map = &c->d->im.map;
	struct criu_vma v = {0};
	struct proc_vma vma;

	read_fields(message, &v);
	if (message->broken || v.start >= v.end || (v.start | v.end) & (PAGE_SIZE - 1) ||
	    (map->n && v.start < map->v[map->n - 1].end))
		return bad_image(c, "a mapping is not a range of pages behind the one before");
	vma = (struct proc_vma){
		.start = v.start,
		.end = v.end,
		.offset = v.pgoff,
		.inode = v.status & (STATUS_FILE_PRIVATE | STATUS_FILE_SHARED) ? v.shmid : 0,
		.path = path_of(&v),
		.flags = flags_of(&v),
		.page_size = v.flags & MAP_HUGETLB ? PMD_SIZE : PAGE_SIZE,
	};
	snprintf(vma.perms, sizeof(vma.perms), "%c%c%c%c", v.prot & PROT_READ ? 'r' : '-',
		 v.prot & PROT_WRITE ? 'w' : '-', v.prot & PROT_EXEC ? 'x' : '-',
		 v.flags & MAP_SHARED ? 's' : 'p');
	GROW(map->v, map->n, map->cap);
	map->v[map->n++] = vma;
	return budget_take(&c->d->im.budget, sizeof(vma)) ||
	       bad_image(c, "more mappings than the budget allows (--budget)");
}

#define MM_VMAS 14 /* the field of the mappings */

/* All of mm-PID.img, or the messages of vma-PID.img. */
static bool read_mappings(struct criu *c)
{
	struct protobuf stream, message;
	struct protobuf_field field;
	bool ok;

	if (!open_image(c, &mm_image, &stream))
		return false;
	ok = protobuf_message(&stream, &message) || bad_image(c, "it has no message");
	while (ok && protobuf_next(&message, &field))
		if (field.number == MM_VMAS)
			ok = add_vma(c, &field.bytes);
	if (ok && (stream.broken || message.broken))
		ok = bad_image(c, "it ends before its message does");
	close_image(c);
	if (!ok || c->d->im.map.n)
		return ok;
	if (open_image(c, &vmas_image, &stream)) {
		while (ok && protobuf_message(&stream, &message))
			ok = add_vma(c, &message);
		if (ok && stream.broken)
			ok = bad_image(c, "it ends before its message does");
	}
	close_image(c);
	return ok && !c->error->message[0] && (c->d->im.map.n || bad_image(c, "it has no mapping"));
}

/* --- pages ---------------------------------------------------------------------------- */

struct criu_pages {
	uint64_t address, count, long_count, in_parent, flags;
};

static bool add_pages(struct criu *c, struct protobuf *message, size_t *at)
{
	struct criu_pages p = {0};
	uint64_t *const members[] = {NULL,	   &p.address, &p.count,
				     &p.in_parent, &p.flags,   &p.long_count};
	struct proc_map *map = &c->d->im.map;
	struct protobuf_field field;
	uint64_t end;

	while (protobuf_next(message, &field))
		if (field.number < ARRAY_SIZE(members) && members[field.number])
			*members[field.number] = field.value;
	p.count = max(p.count, p.long_count);
	if (message->broken || p.address & (PAGE_SIZE - 1) || !p.count || p.address > ADDRESS_END ||
	    p.count > ADDRESS_END / PAGE_SIZE)
		return bad_image(c, "a stretch is not one of pages");
	end = p.address + p.count * PAGE_SIZE;
	while (p.address < end) {
		const uint16_t own = PTE_EXCLUSIVE;
		uint64_t stop;
		struct proc_vma *vma;

		while (*at < map->n && map->v[*at].end <= p.address)
			(*at)++;
		vma = *at < map->n ? &map->v[*at] : NULL;
		if (!vma || vma->start > p.address)
			return bad_image(c, "pages are not in order, or in no mapping");
		stop = min(end, vma->end);
		vma->anonymous += stop - p.address;
		vma->rss = vma->private = vma->anonymous;
		if (vma->anonymous > vma->end - vma->start)
			return bad_image(c, "pages are not in order, or in no mapping");
		if (!dump_add_pages(
			    c->d, p.address / PAGE_SIZE, (stop - p.address) / PAGE_SIZE, PTE_PRESENT,
			    vma->perms[3] == 's' ? 0 : own | (vma->flags & VM_WRITE ? PTE_WRITE : 0)))
			return bad_image(
				c, "more stretches of pages than the budget allows (--budget)");
		p.address = stop;
	}
	return true;
}

static bool pages_in_order(const struct dump *d)
{
	for (size_t i = 1; i < d->pages.n; i++)
		if (d->pages.v[i].first <= d->pages.v[i - 1].last)
			return false;
	return true;
}

static bool read_pages(struct criu *c)
{
	struct protobuf stream, message;
	size_t at = 0;
	bool ok;

	if (!open_image(c, &pagemap_image, &stream))
		return c->error->message[0]
			       ? false
			       : bad_image(c, "there is no such image: it has the pages");
	ok = protobuf_message(&stream, &message) ||
	     bad_image(c, "it has no head"); /* which names the pages' file */
	while (ok && protobuf_message(&stream, &message))
		ok = add_pages(c, &message, &at);
	if (ok && (stream.broken || !pages_in_order(c->d)))
		ok = bad_image(c, stream.broken ? "it ends before its message does"
						: "pages are not in order");
	close_image(c);
	return ok;
}

/* --- names of files ------------------------------------------------------------------- */

#define FILE_ID 2
#define FILE_REGULAR 3
#define REGULAR_NAME 6

static void name_mappings(struct criu *c, uint64_t id, const struct protobuf *name)
{
	struct proc_map *map = &c->d->im.map;

	for (size_t i = 0; i < map->n; i++) {
		struct proc_vma *vma = &map->v[i];

		if (!vma->inode || vma->inode != id || strncmp(vma->path, "/file-", 6))
			continue;
		free(vma->path);
		vma->path = xstrndup((const char *)name->at,
				     min((uint64_t)(name->end - name->at), 4095));
	}
}

/* What cannot be read stays without names. */
static void read_names(struct criu *c)
{
	struct vf_error ignored = {0}, *error = c->error;
	struct protobuf stream, message;

	c->error = &ignored;
	if (open_image(c, &files_image, &stream))
		while (protobuf_message(&stream, &message)) {
			struct protobuf_field field, inner;
			struct protobuf name = {0};
			uint64_t id = 0;

			while (protobuf_next(&message, &field)) {
				if (field.number == FILE_ID)
					id = field.value;
				while (field.number == FILE_REGULAR &&
				       protobuf_next(&field.bytes, &inner))
					if (inner.number == REGULAR_NAME)
						name = inner.bytes;
			}
			if (name.at && name.at < name.end &&
			    budget_spend(&c->d->im.budget, c->d->im.map.n / 16 + 1))
				name_mappings(c, id, &name);
		}
	close_image(c);
	c->error = error;
}

/* --- which process -------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return x < y ? -1 : x > y;
}

/* The numbers of all mm-PID.img, in order; the caller frees them. */
static pid_t *list_processes(struct criu *c, size_t *n)
{
	int fd = openat(c->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *entry;
	pid_t *pids = NULL;
	size_t cap = 0;

	*n = 0;
	while (dir && (entry = readdir(dir))) {
		int pid, end = 0;

		if (sscanf(entry->d_name, "mm-%d.img%n", &pid, &end) != 1 || !end ||
		    entry->d_name[end] || pid <= 0)
			continue;
		GROW(pids, *n, cap);
		pids[(*n)++] = pid;
	}
	if (dir)
		closedir(dir);
	if (pids)
		qsort(pids, *n, sizeof(*pids), by_number);
	return pids;
}

static bool choose(struct criu *c)
{
	struct buf list = {0};
	size_t n;
	pid_t *pids = list_processes(c, &n);
	unsigned which = c->d->which;
	bool ok = which ? which <= n : n == 1;

	if (ok)
		c->pid = pids[which ? which - 1 : 0];
	for (size_t i = 0; i < n && i < PROCESSES_SHOWN; i++)
		buf_printf(&list, "%s%zu: process %d", i ? ", " : "", i + 1, (int)pids[i]);
	if (n > PROCESSES_SHOWN)
		buf_printf(&list, ", and %zu more", n - PROCESSES_SHOWN);
	if (!ok && !n)
		vf_error_set(c->error, "%.200s: no images of CRIU are in this folder (mm-PID.img)",
			     c->d->path);
	else if (!ok)
		vf_error_set(c->error, "%.100s has %zu process%s: %.300s", c->d->path, n,
			     n > 1 ? "es" : "", buf_str(&list));
	if (!ok)
		vf_error_hint(c->error, n ? "import FOLDER N takes the Nth"
					  : "criu dump -t PID -D FOLDER writes them");
	buf_deinit(&list);
	free(pids);
	return ok;
}

bool dump_read_criu(struct dump *d, int fd, struct vf_error *error)
{
	struct criu c = {.d = d, .folder = fd, .error = error};

	d->kind = "CRIU images";
	if (!choose(&c) || !read_mappings(&c)) {
		close_image(&c);
		return false;
	}
	if (!read_pages(&c)) {
		close_image(&c);
		return false;
	}
	read_names(&c);
	d->im.pid = c.pid;
	d->im.source = (struct import_source){dump_runs, d};
	import_set_levels(&d->im);
	buf_puts(&d->comments,
		 "# Kernel: the images do not name it.\n"
		 "# Seen: mappings, and which pages a process had for itself (swapped out or not).\n"
		 "# Inferred: flags from what mmap and madvise were asked for; anon_vma is on where a VMA holds\n"
		 "#   pages of its own, and where neighbors hint at one. Those pages are no other process's.\n"
		 "# Not seen: entries of a file's pages and zero pages, which fork copies where it walks the VMA;\n"
		 "#   huge entries, swap entries and markers.\n");
	return true;
}
