/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many page tables fork may copy, where it is known how many entries a VMA has, and not
 * where: at least those that hold them packed, at most all over the VMAs that fork walks. What
 * the process has of tables as a whole (VmPTE) narrows both.
 */
#ifndef IMPORT_TABLES_RANGE_H
#define IMPORT_TABLES_RANGE_H

#include "import/import_private.h"

struct tables_range {
	uint64_t least, most;
};

/*
 * evidence: of each VMA of the map, as import_evidence() has it. have: tables that the process
 * has; -1: not known.
 */
struct tables_range tables_range(const struct proc_map *map, const enum import_evidence *evidence,
				 int64_t have);

#endif
