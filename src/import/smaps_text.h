/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Smaps as people keep it: a copy of /proc/PID/smaps, or what was pasted into a report or a mail.
 * Lines of status (Name, Pid, VmPTE, VmPin), headings of `head` and `tail`, shell prompts with
 * /proc/PID/smaps and lines that name the kernel are understood; all other text is ignored.
 */
#ifndef IMPORT_SMAPS_TEXT_H
#define IMPORT_SMAPS_TEXT_H

#include "base/error.h"
#include "import/import_text.h"

/* One process of a text. */
struct smaps_process {
	char comm[64];	/* "": the text does not name it */
	pid_t pid;	/* 0: nor its number */
	unsigned line;	/* where it begins, from 1 */
	struct proc_map map;
	unsigned *lines; /* of its VMAs, map.n of them */
	uint32_t *seen;	 /* fields that each of them has: bits of enum smaps_field */
	size_t lines_cap, seen_cap;
	int64_t tables, pinned; /* VmPTE and VmPin in pages; -1: not known */
};

struct smaps_text {
	struct smaps_process *v;
	size_t n, cap;
	char version[64];  /* of the kernel that the text names; "": it names none */
	uint32_t fields;   /* those that occur anywhere: bits of enum smaps_field */
	struct budget *budget; /* that its mappings are charged to; NULL: none */
	unsigned unknown;  /* codes of VmFlags that the model does not know, "??" among them */
};

/*
 * Reads `length` bytes of text into *t, which is zeroed but for its budget. False: a line that
 * cannot be (error->line), or no mapping at all; smaps_text_deinit() frees what there is in any
 * case. path: for errors.
 */
bool smaps_text_read(struct smaps_text *t, const char *path, const char *text, size_t length,
		     struct vf_error *error);
void smaps_text_deinit(struct smaps_text *t);

/* Reads lines of status alone into that process. */
void smaps_text_status(struct smaps_process *p, const char *text, size_t length);

/* The first version that prints all the fields of the text; "": nothing that is known. */
const char *smaps_text_since(const struct smaps_text *t);

/*
 * Completes what lines are missing: flags from permissions, and so on. Sets how many VMAs lack
 * which. False: sums that cannot be; the error has the line.
 */
struct smaps_missing {
	size_t sums, anonymous, flags;
};
bool smaps_text_complete(const struct smaps_text *t, struct smaps_process *p, const char *path,
			 struct smaps_missing *missing, struct vf_error *error);

/*
 * An import_source: the entries of a VMA as its sums have them, packed: from its first page on, a
 * stack's up to its last one. Huge entries are where 2 MiB fit.
 */
bool smaps_runs(void *data, const struct proc_vma *vma, const struct import_sink *sink);

#endif
