/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A core file: PT_LOAD is a mapping each, NT_FILE has the names of files. The kernel writes all
 * of a private mapping that has an anon_vma, and leaves a hole where it had no page or the zero
 * page; of other mappings it writes nothing, or the first page of a program.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "import/dump.h"
#include "observe/paging.h"

#define NOTES_MOST ((size_t)64 << 20)
#define WINDOW 256   /* pages that are read at once */
#define PAGE_STEPS 5 /* of the budget, to read a page */
#define FILES_MOST 1000000

struct core {
	struct dump *d;
	Elf *elf;
	int fd;
	uint64_t size;	      /* of the file */
	bool sparse;	      /* it has holes: what is no hole was a page */
	size_t segments, cut; /* cut: segments that the file ends in */
	uint64_t vdso, stack; /* addresses in them; 0: not known */
	struct vf_error *error;
};

static bool bad_core(struct core *c, const char *what)
{
	vf_error_set(c->error, "%s: %s", c->d->path, what);
	vf_error_hint(c->error, "readelf -ln shows the segments and notes of a core file");
	return false;
}

/* --- mappings ------------------------------------------------------------------------- */

static uint64_t flags_of(uint32_t p_flags)
{
	return VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | (p_flags & PF_R ? VM_READ : 0) |
	       (p_flags & PF_W ? VM_WRITE | VM_ACCOUNT : 0) | (p_flags & PF_X ? VM_EXEC : 0);
}

static bool add_vma(struct core *c, const GElf_Phdr *p)
{
	struct proc_map *map = &c->d->im.map;
	struct proc_vma vma = {
		.start = p->p_vaddr,
		.end = p->p_vaddr + p->p_memsz,
		.flags = flags_of(p->p_flags),
		.page_size = PAGE_SIZE,
	};

	if (!p->p_memsz) /* what mprotect has cut to nothing is no mapping */
		return true;
	if (vma.end <= vma.start || (vma.start | vma.end) & (PAGE_SIZE - 1))
		return bad_core(c, "a segment is not a range of pages of 4 KiB");
	if (map->n && vma.start < map->v[map->n - 1].end)
		return bad_core(c, "its segments are not in order of address, or overlap");
	if (p->p_filesz > p->p_memsz)
		return bad_core(c, "a segment is larger in the file than in memory");
	snprintf(vma.perms, sizeof(vma.perms), "%c%c%cp", p->p_flags & PF_R ? 'r' : '-',
		 p->p_flags & PF_W ? 'w' : '-', p->p_flags & PF_X ? 'x' : '-');
	GROW(map->v, map->n, map->cap);
	map->v[map->n++] = vma;
	return budget_take(&c->d->im.budget, sizeof(vma)) ||
	       bad_core(c, "more segments than the budget allows (--budget)");
}

static bool each_segment(struct core *c, uint32_t type,
			 bool (*take)(struct core *, const GElf_Phdr *))
{
	for (size_t i = 0; i < c->segments; i++) {
		GElf_Phdr p;

		if (i > INT32_MAX || !gelf_getphdr(c->elf, (int)i, &p))
			return bad_core(c, elf_errmsg(-1));
		if (p.p_type == type && !take(c, &p))
			return false;
	}
	return true;
}

/* --- notes ---------------------------------------------------------------------------- */

static const char *const shmem_names[] = {"/memfd:", "/SYSV", "/dev/zero", "/dev/shm/"};

static void name_vma(struct core *c, const uint64_t place[3], const char *path, uint64_t unit)
{
	struct proc_map *map = &c->d->im.map;
	size_t at = 0, end = map->n;

	while (at < end) { /* the first that ends behind it */
		size_t middle = at + (end - at) / 2;

		if (map->v[middle].end <= place[0])
			at = middle + 1;
		else
			end = middle;
	}
	for (; at < map->n && map->v[at].start < place[1]; at++) {
		struct proc_vma *vma = &map->v[at];

		if (vma->path || vma->start < place[0])
			continue;
		vma->path = xstrdup(path);
		vma->offset = place[2] * unit + (vma->start - place[0]);
		vma->inode = 1; /* a file: which one is by its path */
		for (size_t i = 0; i < ARRAY_SIZE(shmem_names); i++)
			if (!strncmp(path, shmem_names[i], strlen(shmem_names[i]))) {
				vma->perms[3] = 's';
				vma->flags &= ~VM_ACCOUNT;
				vma->flags |= VM_MAYSHARE | (vma->flags & VM_WRITE ? VM_SHARED : 0);
			}
	}
}

/* NT_FILE: count, unit of offsets, then start, end and offset of each; then their paths. */
static void take_files(struct core *c, const char *data, size_t size)
{
	const char *path, *end = data + size;
	uint64_t head[2];

	if (size < sizeof(head))
		return;
	memcpy(head, data, sizeof(head));
	if (head[0] > FILES_MOST || (size - sizeof(head)) / (3 * sizeof(uint64_t)) < head[0])
		return;
	path = data + sizeof(head) + head[0] * 3 * sizeof(uint64_t);
	for (uint64_t i = 0; i < head[0] && path < end; i++) {
		uint64_t place[3];
		size_t n = strnlen(path, (size_t)(end - path));
		char *copy = xstrndup(path, n);

		memcpy(place, data + sizeof(head) + i * sizeof(place), sizeof(place));
		if (place[0] < place[1])
			name_vma(c, place, copy, head[1]);
		free(copy);
		path += n + 1;
	}
}

static void take_auxv(struct core *c, const char *data, size_t size)
{
	for (; size >= sizeof(Elf64_auxv_t);
	     data += sizeof(Elf64_auxv_t), size -= sizeof(Elf64_auxv_t)) {
		Elf64_auxv_t entry;

		memcpy(&entry, data, sizeof(entry));
		if (entry.a_type == AT_SYSINFO_EHDR)
			c->vdso = entry.a_un.a_val;
		if (entry.a_type == AT_EXECFN)
			c->stack = entry.a_un.a_val;
	}
}

/* NT_PRPSINFO of x86-64: the process's number is at 24, its name of 16 characters at 40. */
#define PRPSINFO_PID 24
#define PRPSINFO_NAME 40
#define PRPSINFO_SIZE 136

static void take_process(struct core *c, const char *data, size_t size)
{
	struct import *im = &c->d->im;
	int32_t pid;

	if (size < PRPSINFO_SIZE)
		return;
	memcpy(&pid, data + PRPSINFO_PID, sizeof(pid));
	im->pid = pid > 0 ? pid : 0;
	snprintf(im->comm, sizeof(im->comm), "%.16s", data + PRPSINFO_NAME);
	for (char *s = im->comm; *s; s++)
		if (*s < ' ' || *s > '~')
			*s = '?';
}

static bool take_notes(struct core *c, const GElf_Phdr *p)
{
	Elf_Data *data;
	GElf_Nhdr note;
	size_t at = 0, next, name, desc;

	if (p->p_filesz > NOTES_MOST || p->p_offset > c->size || p->p_filesz > c->size - p->p_offset)
		return true; /* cut off */
	data = elf_getdata_rawchunk(c->elf, (int64_t)p->p_offset, p->p_filesz, ELF_T_NHDR);
	while (data && (next = gelf_getnote(data, at, &note, &name, &desc)) > 0) {
		const char *bytes = (const char *)data->d_buf + desc;

		if (note.n_type == NT_FILE)
			take_files(c, bytes, note.n_descsz);
		else if (note.n_type == NT_AUXV)
			take_auxv(c, bytes, note.n_descsz);
		else if (note.n_type == NT_PRPSINFO)
			take_process(c, bytes, note.n_descsz);
		at = next;
	}
	return true;
}

static void name_special(struct core *c)
{
	for (size_t i = 0; i < c->d->im.map.n; i++) {
		struct proc_vma *vma = &c->d->im.map.v[i];

		if (vma->path)
			continue;
		if (vma->start <= c->vdso && c->vdso < vma->end) {
			vma->path = xstrdup("[vdso]");
			vma->flags |= VM_DONTEXPAND;
		} else if (vma->start <= c->stack && c->stack < vma->end) {
			vma->path = xstrdup("[stack]");
			vma->flags |= VM_GROWSDOWN;
		}
	}
}

/* --- pages ---------------------------------------------------------------------------- */

static bool is_zero(const char *page)
{
	return !page[0] && !memcmp(page, page + 1, PAGE_SIZE - 1);
}

static bool add_pages(struct core *c, struct proc_vma *vma, uint64_t at, uint64_t count)
{
	/* Of a file's mapping they were faulted in to be written: which were there is not known. */
	bool own = import_anonymous(vma);
	uint16_t attrs = own ? (uint16_t)(PTE_EXCLUSIVE | (vma->flags & VM_WRITE ? PTE_WRITE : 0))
			     : 0;

	if (own) {
		vma->rss += count * PAGE_SIZE;
		vma->anonymous = vma->private = vma->rss;
	}
	return dump_add_pages(c->d, at / PAGE_SIZE, count, PTE_PRESENT, attrs) ||
	       bad_core(c, "more stretches of pages than the budget allows (--budget)");
}

/* Where there are no holes: a page that is nothing but zeros is none. */
static bool add_by_content(struct core *c, struct proc_vma *vma, uint64_t at, uint64_t offset,
			   uint64_t pages)
{
	static char window[WINDOW * PAGE_SIZE_MOST];

	while (pages) {
		uint64_t n = min(pages, WINDOW);
		ssize_t got = pread(c->fd, window, n * PAGE_SIZE, (off_t)offset);

		if (got < 0)
			return bad_core(c, strerror(errno));
		for (uint64_t i = 0; i < n && (i + 1) * PAGE_SIZE <= (uint64_t)got; i++)
			if (!is_zero(window + i * PAGE_SIZE) && !add_pages(c, vma, at + i * PAGE_SIZE, 1))
				return false;
		if (!budget_spend(&c->d->im.budget, n * PAGE_STEPS))
			return bad_core(c, "more pages than the budget has time for (--budget)");
		at += n * PAGE_SIZE, offset += n * PAGE_SIZE, pages -= n;
	}
	return true;
}

/* The next stretch of data of [offset, end), on borders of pages; false: there is none. */
static bool next_data(const struct core *c, uint64_t segment, uint64_t *offset, uint64_t *stop,
		      uint64_t end)
{
	off_t data = lseek(c->fd, (off_t)*offset, SEEK_DATA), hole;

	if (data < 0 || (uint64_t)data >= end)
		return false;
	hole = lseek(c->fd, data, SEEK_HOLE);
	*offset = segment + (((uint64_t)data - segment) & ~(PAGE_SIZE - 1));
	*stop = hole < 0 ? end
			 : min(segment + (((uint64_t)hole - segment + PAGE_SIZE - 1) &
					  ~(PAGE_SIZE - 1)),
			       end);
	return *stop > *offset;
}

static struct proc_vma *vma_at(struct core *c, uint64_t start)
{
	struct proc_map *map = &c->d->im.map;

	for (size_t *at = &c->d->pages.at; *at < map->n; (*at)++)
		if (map->v[*at].start == start)
			return &map->v[*at];
	return NULL;
}

static bool take_pages(struct core *c, const GElf_Phdr *p)
{
	struct proc_vma *vma = p->p_memsz ? vma_at(c, p->p_vaddr) : NULL;
	uint64_t offset = p->p_offset, end, stop;

	/* Less than all of it: the headers of a program, which says nothing of its pages. */
	if (!vma || !p->p_filesz || p->p_filesz < p->p_memsz || vma->perms[3] == 's' ||
	    (vma->path && !strcmp(vma->path, "[vdso]")))
		return true;
	if (p->p_offset > INT64_MAX - p->p_filesz)
		return bad_core(c, "a segment is behind the end of any file");
	end = min(p->p_offset + p->p_filesz, c->size);
	c->cut += end < p->p_offset + p->p_filesz;
	if (!import_anonymous(vma))
		vma->anonymous = PAGE_SIZE; /* an anon_vma, which is why it is there */
	if (end <= offset)
		return true;
	if (!c->sparse)
		return add_by_content(c, vma, vma->start, offset, (end - offset) / PAGE_SIZE);
	for (; offset < end && next_data(c, p->p_offset, &offset, &stop, end); offset = stop)
		if (!add_pages(c, vma, vma->start + (offset - p->p_offset),
			       (stop - offset + PAGE_SIZE - 1) / PAGE_SIZE) ||
		    !budget_spend(&c->d->im.budget, PAGE_STEPS))
			return false;
	return true;
}

/* --- all of it ------------------------------------------------------------------------ */

static bool check_kind(struct core *c)
{
	GElf_Ehdr header;

	if (!c->elf || elf_kind(c->elf) != ELF_K_ELF || !gelf_getehdr(c->elf, &header))
		return bad_core(c, c->elf ? "not an ELF file that can be read" : elf_errmsg(-1));
	if (header.e_type != ET_CORE) {
		bad_core(c, "an ELF file, but not a core file");
		vf_error_hint(
			c->error,
			"gcore PID writes a core file of a process; images of kernels are for vmafork-vmlinux");
		return false;
	}
	if (gelf_getclass(c->elf) != ELFCLASS64 || header.e_machine != EM_X86_64)
		return bad_core(
			c, gelf_getclass(c->elf) != ELFCLASS64
				   ? "the core file of a 32-bit process: only 64-bit processes are modelled"
				   : "the core file of another machine: only x86-64 is modelled");
	return !elf_getphdrnum(c->elf, &c->segments) || bad_core(c, elf_errmsg(-1));
}

static void add_comments(struct core *c)
{
	struct buf *out = &c->d->comments;

	buf_puts(out,
		 "# Kernel: a core file does not name it.\n"
		 "# Seen: mappings and permissions; which private mappings have an anon_vma: those that were\n"
		 "#   written as a whole. (gcore writes others as well.)\n");
	buf_printf(
		out, "# Seen: pages of anonymous memory: %s.\n",
		c->sparse
			? "what is no hole of the file"
			: "the file has no holes, so pages of nothing but zeros are taken for absent");
	buf_puts(out,
		 "# Inferred: flags from permissions; a file is shmem where its name says so, and private else.\n"
		 "#   Where a file's mapping was written as a whole, all of its pages are taken for present.\n"
		 "# Not seen: huge entries, swap entries, markers; memory that madvise(MADV_DONTDUMP) kept out.\n");
	if (c->cut)
		buf_printf(out,
			   "# The file ends early: %zu segments are incomplete, and their rest is taken for absent.\n",
			   c->cut);
}

bool dump_read_core(struct dump *d, int fd, struct vf_error *error)
{
	struct core c = {.d = d, .fd = fd, .error = error};
	struct stat st;
	off_t hole;
	bool ok;

	d->kind = "core file";
	if (elf_version(EV_CURRENT) == EV_NONE || fstat(fd, &st))
		return bad_core(&c, "it cannot be read");
	c.size = (uint64_t)st.st_size;
	hole = lseek(fd, 0, SEEK_HOLE);
	c.sparse = hole >= 0 && hole < st.st_size;
	c.elf = elf_begin(fd, ELF_C_READ, NULL);
	ok = check_kind(&c) && each_segment(&c, PT_LOAD, add_vma) &&
	     each_segment(&c, PT_NOTE, take_notes);
	if (ok && !d->im.map.n)
		ok = bad_core(&c, "it has no mapping (PT_LOAD)");
	if (ok)
		name_special(&c);
	ok = ok && each_segment(&c, PT_LOAD, take_pages);
	elf_end(c.elf);
	d->pages.at = 0;
	if (ok)
		add_comments(&c);
	d->im.source = (struct import_source){dump_runs, d};
	import_set_levels(&d->im);
	return ok;
}
