/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A text with smaps, and what is beside it: a file that is called as it is, with status or
 * pagemap where it is called smaps. pagemap is a copy of the kernel's with each entry at its
 * place, holes where there is nothing: dd conv=sparse makes one.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "base/open_named.h"
#include "import/dump.h"
#include "import/smaps_text.h"
#include "kernels/version.h"
#include "observe/paging.h"

#define OLDEST "v5.12" /* of the kernels that are modelled */
#define STATUS_MOST 65536
/* Of pagemap: 256 GiB of memory, one entry for each page. */
#define PAGEMAP_PAGES_MOST (UINT64_C(1) << 26)
#define USER_END (UINT64_C(1) << 56)

/* --- the text -------------------------------------------------------------------------- */

/* All of it, also from a pipe. NULL: see *error. */
static char *read_text(struct dump *d, int fd, size_t *length, struct vf_error *error)
{
	uint64_t most = min(budget_memory_left(&d->im.budget) / 2, SIZE_MAX / 4);
	size_t cap = 1 << 16, n = 0;
	char *text = xmalloc(cap);
	ssize_t got;

	while ((got = read(fd, text + n, cap - n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || (n += (size_t)got) > most) {
			if (got < 0)
				vf_error_set(error, "%s: %s", d->path, strerror(errno));
			else
				vf_error_set(error, "%s is larger than the budget allows", d->path);
			vf_error_hint(error,
				      got < 0 ? "it cannot be read" : "--budget 4G allows more");
			free(text);
			return NULL;
		}
		if (n == cap)
			text = xrealloc(text, cap *= 2, 1);
	}
	*length = n;
	budget_take(&d->im.budget, n);
	return text;
}

/* "dir/redis.smaps", "smaps": the same with another word; NULL: it is not called so. */
static char *beside(const char *path, const char *word)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	const char *at = strstr(name, "smaps");
	struct buf other = {0};

	if (!at)
		return NULL;
	buf_printf(&other, "%.*s%s%s", (int)(at - path), path, word, at + strlen("smaps"));
	return buf_take(&other);
}

/* --- which process -------------------------------------------------------------------- */

static void add_process(struct buf *list, const struct smaps_process *p, size_t number)
{
	buf_printf(list, "%s%zu: line %u", number > 1 ? "; " : "", number, p->line);
	if (p->pid)
		buf_printf(list, ", process %d", (int)p->pid);
	if (p->comm[0])
		buf_printf(list, " (%s)", p->comm);
}

static struct smaps_process *choose(const struct dump *d, const struct smaps_text *t,
				    struct vf_error *error)
{
	struct buf list = {0};

	if (d->which ? d->which <= t->n : t->n == 1)
		return &t->v[d->which ? d->which - 1 : 0];
	for (size_t i = 0; i < t->n && i < 8; i++)
		add_process(&list, &t->v[i], i + 1);
	if (t->n > 8)
		buf_printf(&list, "; and %zu more", t->n - 8);
	vf_error_set(error, "%.100s has %zu process%s: %.300s", d->path, t->n, t->n > 1 ? "es" : "",
		     buf_str(&list));
	vf_error_hint(error, "import FILE N takes the Nth");
	buf_deinit(&list);
	return NULL;
}

/* --- what is beside it ---------------------------------------------------------------- */

static void read_status(const struct dump *d, struct smaps_process *p)
{
	char *path = beside(d->path, "status"), text[STATUS_MOST];
	struct vf_error ignored;
	int fd = path ? open_named(path, NAMED_BY_USER, &ignored) : -1;
	ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : 0;

	if (n > 0)
		smaps_text_status(p, text, (size_t)n);
	if (fd >= 0)
		close(fd);
	free(path);
}

static bool pagemap_runs(void *data, const struct proc_vma *vma, const struct import_sink *sink)
{
	return import_vma_runs(data, vma, sink);
}

/* The entries are read from there if it reaches as far as the mappings do. */
static bool open_pagemap(struct dump *d, struct vf_error *error)
{
	char *path = beside(d->path, "pagemap");
	uint64_t pages = 0, end = 0;
	struct vf_error ignored;
	struct stat st;

	d->im.pagemap_fd = path ? open_named(path, NAMED_BY_USER, &ignored) : -1;
	if (d->im.pagemap_fd < 0) {
		free(path);
		return true;
	}
	for (size_t i = 0; i < d->im.map.n; i++) {
		const struct proc_vma *vma = &d->im.map.v[i];

		if (vma->start < USER_END && vma->rss + vma->swap) {
			pages += (vma->end - vma->start) / PAGE_SIZE;
			end = vma->end / PAGE_SIZE * sizeof(uint64_t);
		}
	}
	if (fstat(d->im.pagemap_fd, &st) || !S_ISREG(st.st_mode) || (uint64_t)st.st_size < end) {
		vf_error_set(error, "%.200s ends before the last mapping that holds pages", path);
		vf_error_hint(
			error,
			"each entry is at its place: 8 bytes for each page of the address space");
	} else if (pages > PAGEMAP_PAGES_MOST) {
		vf_error_set(error, "%.200s: mappings with pages are larger than 256 GiB", path);
		vf_error_hint(error, "without pagemap their entries are taken from the sums");
	} else {
		d->im.eyes.scan = false;
		d->im.scan = import_scan_start(d->im.pagemap_fd, &d->im.map, &d->im.eyes);
		d->im.source = (struct import_source){pagemap_runs, d->im.scan};
		free(path);
		return true;
	}
	free(path);
	return false;
}

/* --- what it tells -------------------------------------------------------------------- */

static bool any_flag(const struct dump *d, uint64_t flag)
{
	for (size_t i = 0; i < d->im.map.n; i++)
		if (d->im.map.v[i].flags & flag)
			return true;
	return false;
}

/* Flags that a kernel which the text names does not have yet: codes that mean something else there. */
static void drop_newer_flags(struct dump *d, const struct version *named)
{
	static const struct {
		uint64_t flag;
		const char *since;
	} flags[] = {
		{VM_UFFD_MINOR, "5.13"},     {VM_SEALED, "6.10"},  {VM_DROPPABLE, "6.11"},
		{VM_MAYBE_GUARD, "6.18.37"}, {VM_UFFD_RWP, "7.3"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		struct version since = {0};

		version_scan(flags[i].since, &since);
		for (size_t k = 0; version_compare(named, &since) < 0 && k < d->im.map.n; k++)
			d->im.map.v[k].flags &= ~flags[i].flag;
	}
}

/* The kernel of the text, or one that has its flags. */
static void choose_kernel(struct dump *d, const struct smaps_text *t)
{
	struct version named, oldest;
	const char *since = smaps_text_since(t);

	version_parse(OLDEST, &oldest);
	if (t->version[0] && version_scan(t->version, &named)) {
		bool old = version_compare(&named, &oldest) < 0;

		drop_newer_flags(d, &named);

		snprintf(d->kernel, sizeof(d->kernel), "%s", old ? OLDEST : t->version);
		snprintf(d->im.release.version, sizeof(d->im.release.version), "%s", t->version);
		buf_printf(&d->comments, "# Kernel: the text names %s%s.\n", t->version,
			   old ? "; " OLDEST " is the oldest that is modelled, and is used for it"
			       : "");
		return;
	}
	if (any_flag(d, VM_UFFD_RWP))
		since = "7.3";
	else if (any_flag(d, VM_MAYBE_GUARD))
		since = "6.19";
	if (any_flag(d, VM_UFFD_RWP | VM_MAYBE_GUARD))
		snprintf(d->kernel, sizeof(d->kernel), "v%s", since);
	buf_printf(&d->comments, "# Kernel: the text does not name it%s%s%s.\n",
		   *since ? "; its lines are those of " : "", since, *since ? " or later" : "");
}

static void add_missing(struct dump *d, const struct smaps_text *t,
			const struct smaps_missing *missing)
{
	struct buf *out = &d->comments;

	if (missing->sums)
		buf_printf(out, "# %zu mappings have no Rss: they have no entries below.\n",
			   missing->sums);
	if (missing->anonymous)
		buf_printf(out,
			   "# %zu mappings have no Anonymous: which pages are their own is inferred.\n",
			   missing->anonymous);
	if (missing->flags)
		buf_printf(out,
			   "# %zu mappings have no VmFlags: their flags are those that permissions imply.\n",
			   missing->flags);
	if (t->unknown)
		buf_printf(out, "# %u codes of VmFlags are not known here, and were ignored.\n",
			   t->unknown);
}

static void add_comments(struct dump *d, const struct smaps_text *t,
			 const struct smaps_missing *missing)
{
	struct buf *out = &d->comments;

	choose_kernel(d, t);
	buf_printf(out, "# Seen: mappings, flags and sums (smaps)%s.\n",
		   d->im.scan ? ", entries (pagemap)" : "");
	buf_puts(out,
		 "# Inferred: anon_vma is on where a VMA holds pages of its own, and where flags or neighbors\n"
		 "#   hint at one, as noted there. A file is shmem where its name says so.\n");
	if (!d->im.scan)
		buf_puts(out,
			 "# Not seen: where in a VMA its entries are; zero pages, markers, and swap entries of files.\n");
	add_missing(d, t, missing);
}

static bool use_process(struct dump *d, const struct smaps_text *t, struct smaps_process *p,
			struct vf_error *error)
{
	struct smaps_missing missing;

	if (!smaps_text_complete(t, p, d->path, &missing, error))
		return false;
	d->im.map = p->map;
	p->map = (struct proc_map){0};
	d->im.pid = p->pid;
	d->im.tables = p->tables;
	d->im.pinned = p->pinned;
	memcpy(d->im.comm, p->comm, sizeof(d->im.comm));
	d->im.eyes.soft_dirty = any_flag(d, VM_SOFTDIRTY);
	d->im.source = (struct import_source){smaps_runs, NULL};
	import_set_levels(&d->im);
	if (!open_pagemap(d, error))
		return false;
	d->ranged = !d->im.scan;
	add_comments(d, t, &missing);
	return true;
}

bool dump_read_smaps(struct dump *d, int fd, struct vf_error *error)
{
	struct smaps_process *p;
	struct smaps_text t = {.budget = &d->im.budget};
	size_t length;
	char *text = read_text(d, fd, &length, error);
	bool ok;

	if (!text)
		return false;
	d->kind = "smaps";
	ok = smaps_text_read(&t, d->path, text, length, error);
	free(text);
	p = ok ? choose(d, &t, error) : NULL;
	if (p && t.n == 1)
		read_status(d, p);
	ok = p && use_process(d, &t, p, error);
	smaps_text_deinit(&t);
	return ok;
}
