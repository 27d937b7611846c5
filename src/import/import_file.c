/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of a process: which kind of file it is, and the order of work. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "base/open_named.h"
#include "import/dump.h"
#include "observe/paging.h"

#define RUN_BYTES sizeof(struct import_run)

bool dump_add_pages(struct dump *d, uint64_t first, uint64_t count, enum pte_state state,
		    uint16_t attrs)
{
	struct dump_pages *pages = &d->pages;
	struct import_run *last = pages->n ? &pages->v[pages->n - 1] : NULL;

	if (last && last->last + 1 == first && last->state == state && last->attrs == attrs) {
		last->last += count;
		return true;
	}
	GROW(pages->v, pages->n, pages->cap);
	pages->v[pages->n++] = (struct import_run){first, first + count - 1, attrs, (uint8_t)state,
						   false};
	return budget_take(&d->im.budget, 2 * RUN_BYTES);
}

bool dump_runs(void *data, const struct proc_vma *vma, const struct import_sink *sink)
{
	struct dump_pages *pages = &((struct dump *)data)->pages;
	uint64_t first = vma->start / PAGE_SIZE, last = vma->end / PAGE_SIZE - 1;

	while (pages->at < pages->n && pages->v[pages->at].last < first)
		pages->at++;
	for (size_t i = pages->at; i < pages->n && pages->v[i].first <= last; i++) {
		struct import_run run = pages->v[i];

		run.first = max(run.first, first) - first;
		run.last = min(run.last, last) - first;
		if (!sink->take(sink->data, &run))
			break;
	}
	return true;
}

static bool cannot(struct vf_error *error, const char *path, const char *why)
{
	vf_error_set(error, "%s: %s", path, why);
	vf_error_hint(error,
		      "import takes the number of a process, a text with smaps, a core file, or a folder "
		      "with images of CRIU");
	return false;
}

/* A folder, a file, or a pipe that the user names. -1: see *error. */
static int open_dump(const char *path, struct vf_error *error)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct vf_error why = {0};

	if (fd < 0 && errno != ENOTDIR)
		cannot(error, path, strerror(errno));
	else if (fd < 0 && (fd = open_named(path, NAMED_BY_USER, &why)) < 0)
		cannot(error, path, why.message);
	return fd;
}

/* The reader of what fd is; NULL: see *error. */
static bool (*reader_of(int fd, const char *path, struct vf_error *error))(struct dump *, int,
									   struct vf_error *)
{
	char magic[4] = "";
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st)) {
		cannot(error, path, strerror(errno));
		return NULL;
	}
	if (S_ISDIR(st.st_mode))
		return dump_read_criu;
	/* A pipe cannot be looked at before it is read: a text. */
	if (S_ISREG(st.st_mode) && pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	    !memcmp(magic, "\177ELF", sizeof(magic)))
		return dump_read_core;
	return dump_read_smaps;
}

/* As where hints of a kernel count; where it is not known, those of a new one. */
#define HINTS_SINCE "6.12"

static struct tables_range range_of(const struct dump *d)
{
	enum import_evidence *evidence = import_evidence(&d->im.map, d->im.release.version);
	enum import_evidence *hints = import_evidence(&d->im.map, HINTS_SINCE);
	struct tables_range range;

	for (size_t i = 0; i < d->im.map.n; i++)
		if (!evidence[i])
			evidence[i] = hints[i];
	range = tables_range(&d->im.map, evidence, d->im.tables);
	free(evidence);
	free(hints);
	return range;
}

static bool write_scenario(struct dump *d, struct buf *heading, struct buf *out,
			   struct vf_error *error)
{
	struct buf text = {0};

	if (!d->im.release.version[0])
		strcpy(d->im.release.version, HINTS_SINCE);
	if (!import_charge_vmas(&d->im, d->im.map.n, error) || !import_text(&d->im, &text, error)) {
		buf_deinit(&text);
		return false;
	}
	d->range = range_of(d);
	dump_heading(d, heading);
	buf_add(out, buf_str(&text), text.len);
	buf_deinit(&text);
	return true;
}

bool import_file(const struct import_options *options, struct buf *heading, struct buf *out,
		 struct vf_error *error)
{
	const char *path = options->what;
	struct dump d = {
		.path = path,
		.which = options->which,
		.im = {.file = path,
		       .anonymous = options->anonymous,
		       .pagemap_fd = -1,
		       .tables = -1,
		       .pinned = -1,
		       .eyes = {.kpageflags_fd = -1, .scan = true}},
	};
	int fd = open_dump(path, error);
	bool (*reader)(struct dump *, int, struct vf_error *) = reader_of(fd, path, error);
	bool ok;

	d.im.budget = budget_of(options->budget);
	ok = reader && reader(&d, fd, error) && write_scenario(&d, heading, out, error);
	if (fd >= 0)
		close(fd);
	import_scan_free(d.im.scan);
	if (d.im.pagemap_fd >= 0)
		close(d.im.pagemap_fd);
	proc_map_deinit(&d.im.map);
	free(d.pages.v);
	buf_deinit(&d.comments);
	return ok;
}
