/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of a process, while it is read. Private to the files of import. */
#ifndef IMPORT_DUMP_H
#define IMPORT_DUMP_H

#include "import/import_text.h"
#include "import/tables_range.h"

/* Runs of pages by number (address >> PAGE_SHIFT), in order and without overlap. */
struct dump_pages {
	struct import_run *v;
	size_t n, cap, at;
};

struct dump {
	struct import im;
	const char *path;
	unsigned which; /* 0: there has to be one process only */
	const char *kind; /* "smaps text" */
	struct buf comments; /* what it does and does not tell, lines of comments */
	struct dump_pages pages; /* where entries are known one by one */
	char kernel[64]; /* that the scenario chooses; "": none */
	bool ranged;
	struct tables_range range;
};

/*
 * Readers: each fills in the map, the source, the comments and whatever else is known. `fd`: the
 * open file, or folder, which stays the caller's. False: *error.
 */
bool dump_read_smaps(struct dump *d, int fd, struct vf_error *error);
bool dump_read_core(struct dump *d, int fd, struct vf_error *error);
bool dump_read_criu(struct dump *d, int fd, struct vf_error *error);

/*
 * Appends pages of known addresses; those that continue the last run join it. False: over the
 * budget.
 */
bool dump_add_pages(struct dump *d, uint64_t first, uint64_t count, enum pte_state state,
		    uint16_t attrs);
/* An import_source of them; data: the struct dump. */
bool dump_runs(void *data, const struct proc_vma *vma, const struct import_sink *sink);

/* The lines above the VMAs; call it after import_text(). */
void dump_heading(const struct dump *d, struct buf *out);

#endif
