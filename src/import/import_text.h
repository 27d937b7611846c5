/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scenario that an import writes. For import.c alone. */
#ifndef IMPORT_IMPORT_TEXT_H
#define IMPORT_IMPORT_TEXT_H

#include "import/import_private.h"
#include "model/machine.h"
#include "observe/release.h"

/* Addresses that an io_uring has pinned, whole pages. */
struct import_pin {
	uint64_t start, end;
};

/* Where the entries of a VMA come from. False: the process has exited. */
struct import_source {
	bool (*runs)(void *data, const struct proc_vma *vma, const struct import_sink *sink);
	void *data;
};

enum import_namespace { NAMESPACE_USER, NAMESPACE_PID, NAMESPACE_MOUNT, NAMESPACES };

/* Everything that was read about a process and its machine. */
struct import {
	pid_t pid;
	bool anonymous;
	const char *file; /* of what is left of it; NULL: it is a process of this machine */
	pid_t reader; /* the thread that is read: not the main one if that has ended */
	struct budget budget;
	char comm[64], command[256];
	char state;	     /* of /proc/PID/stat */
	unsigned task_flags; /* PF_... */
	bool begun, changed; /* its mappings changed while they were read */
	unsigned attempts;   /* how often it was read, until they did not */
	size_t cut;	     /* VMAs of which a part was listed twice */
	int pagemap_fd;
	int64_t tables; /* VmPTE in pages; -1: not known */
	struct proc_map before, map;
	struct import_scan *scan;
	struct import_source source;
	struct eyes eyes;
	struct release release;
	char thp[16];	  /* "" where the kernel has none */
	bool more_levels; /* of page tables: one more than most of these machines have */
	bool software_bits; /* the kernel marks entries young and dirty, not the processor */
	bool no_zero_page;  /* loads of untouched memory take pages here */
	/* Around it: see import_around.c. */
	long user, inner_pid; /* -1: not known; of the innermost pid namespace that it is in */
	bool own_namespace[NAMESPACES]; /* not the reader's */
	dev_t *tmpfs;
	size_t tmpfs_count, tmpfs_cap;
	/* userfaultfds that it has open; a monitor elsewhere may hold others. */
	unsigned contexts;
	uint32_t features;
	bool features_differ;
	struct import_pin *pins; /* in order, without overlap */
	size_t pin_count, pin_cap;
	int64_t pinned; /* VmPin in pages, of which pins explain some; -1: not known */
	/* What import_text() counted. */
	struct {
		uint64_t runs, entries, tables, empty, left_out, guessed, hinted, pinned;
		bool uffd;
	} sum;
};

#define PF_FORKNOEXEC 0x00000040u /* of task_flags: a child that has not called exec */
#define PF_KTHREAD 0x00200000u

/* The userfaultfd that VMAs are registered with: which of several it is cannot be seen. */
#define IMPORT_UFFD "uffd-1"

/* Adds untrusted text: all but printable ASCII as '?', and what quotes need escaped. */
void import_add_clean(struct buf *out, const char *text, bool quoted);

enum backing import_backing(const struct import *im, const struct proc_vma *vma);

/* Reads whose it is; adds comments on that, and on what could not be read because of it. */
void import_around(struct import *im);
void import_add_around(const struct import *im, struct buf *out);
/* What to do if the kernel does not let a process be read; if there is none of that number. */
const char *import_denied_hint(void);
const char *import_unknown_hint(void);

bool import_is_vvar(const struct proc_vma *vma);

/* --- tables in which nothing is ------------------------------------------------------ */

/* Units of 2 MiB, each of which has one table: maximal spans, in order. Zero: none. */
struct import_units {
	struct import_unit_span {
		uint64_t first, end; /* numbers, end excluded */
	} *v;
	size_t n, cap;
};

/* Adds the units of these addresses, none of which is below those that were added before. */
void import_units_add(struct import_units *units, uint64_t start, uint64_t end);
void import_units_deinit(struct import_units *units);

/*
 * Adds commands for those of the `missing` tables whose place is certain. names: of each VMA,
 * NULL if it is not in the scenario; used: units in which entries are. Returns how many they are.
 */
uint64_t import_empty_tables(const struct import *im, const char *const *names,
			     const struct import_units *used, uint64_t missing, struct buf *out);

/* Reads what the descriptors of the process tell: its userfaultfds and pins. */
void import_descriptors(struct import *im);

/* Charges so many VMAs, before they are read. False, with an error: they are too many. */
bool import_charge_vmas(struct import *im, size_t n, struct vf_error *error);

/*
 * The VMAs and their entries. False: too much for a scenario, or (no message) the
 * process is gone.
 */
bool import_text(struct import *im, struct buf *out, struct vf_error *error);

/* Notes that there is one more level of page tables, where an address needs it. */
void import_set_levels(struct import *im);

/* The lines above them; call it after import_text(). */
void import_heading(const struct import *im, struct buf *out);

/*
 * Of these the commands alone: title, about, kernel, and what else the VMAs need. subject:
 * what it is of, without a name; kernel: a spec, or NULL: none is chosen.
 */
void import_commands(const struct import *im, const char *subject, const char *kernel, struct buf *out);

#endif
