/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes and restores settings of the whole machine: huge pages, swap, the sleep of
 * khugepaged, ksmd. For the keeper of acquire.c alone.
 */
#ifndef LIVE_SETTINGS_H
#define LIVE_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "live/swap_area.h"

/* A file of /proc/sys or /sys with one number, and what it was. */
struct saved_number {
	const char *path;
	uint64_t value;
};

struct machine_settings {
	struct saved_number saved[8]; /* in the order in which they were changed */
	size_t saved_count;
	uint64_t huge_pages;	/* that were added to nr_hugepages */
	struct swap_area swap;	/* that was added */
	uint64_t page_cluster;	/* vm.page-cluster as it was; 0: it still is */
	uint64_t khugepaged_ms; /* how long it slept between two scans; 0: it still does */
	bool ksm;		/* ksmd's settings are changed; as they were: */
	uint64_t ksm_pages, ksm_sleep_ms, ksm_smart;
};

void settings_init(struct machine_settings *settings);

/* One signature for all. False: this machine does not allow it. */
typedef bool settings_change(struct machine_settings *settings, uint64_t pages);
settings_change settings_add_huge_pages; /* so many, without a reservation */
settings_change settings_add_swap;	/* unless there is some; and no readahead from it */
settings_change settings_calm_khugepaged;
settings_change settings_set_huge_pages;  /* the size of the pool */
settings_change settings_limit_vmas;	  /* vm.max_map_count */
/* So many pages can be promised, those included that are (vm.overcommit_memory 2). */
settings_change settings_limit_commit;
settings_change settings_start_ksm; /* ksmd scans at once, and quickly; unless it runs already */
settings_change settings_stop_ksm;

/* Sets everything as it was. */
void settings_restore(struct machine_settings *settings);

/* Is the setting already as needed? */
bool huge_pages_are_free(uint64_t pages);
uint64_t huge_pages_taken(void); /* not free: in use, by anybody */
uint64_t huge_pages_reserved(void);
uint64_t huge_pages_unreserved(void); /* free, and nobody has reserved them */
bool swap_comes_alone(void); /* no readahead */
uint64_t ksm_full_scans(void); /* so often ksmd has looked at all pages */
uint64_t khugepaged_full_scans(void);
bool khugepaged_is_calm(void); /* also: its sleep cannot be set, or another program has set it */

#endif
