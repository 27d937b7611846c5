/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time that fork takes: costs per operation, measured on one machine, times the
 * model's counts. An estimate, and always labeled as one.
 */
#ifndef OBSERVE_CALIBRATION_H
#define OBSERVE_CALIBRATION_H

#include "base/buf.h"
#include "base/error.h"
#include "model/machine.h"

/*
 * Objects with a price. The price of a table includes the walk over its 512 entries; that
 * of a huge entry the table that is deposited for it. PRICE_LARGE is counted where the model split
 * a huge entry; of entries set by hand, an import's, nothing says so: see work_seconds_large().
 */
#define PRICE_LIST(P)                                                                    \
	P(FORK, "fork", "a fork without any VMA")                                       \
	P(VMA, "vma", "a VMA that the child gets")                                       \
	P(ANON_VMA, "anon-vma", "its anon_vma")                                          \
	P(FILE_VMA, "file-vma", "its file: i_mmap")                                      \
	P(TABLE, "table", "a page-table page")                                           \
	P(ANON, "anon", "an entry of an anonymous page")                                 \
	P(FILE, "file", "an entry of a file's page")                                     \
	P(OTHER, "other", "any other entry: zero page, swap, marker")                    \
	P(LARGE, "large", "an entry of an anonymous page in a folio of 2 MiB")           \
	P(HUGE, "huge", "a huge entry")                                                  \
	P(COPY, "copy", "a pinned page that is copied")

enum price {
#define P(id, word, what) PRICE_##id,
	PRICE_LIST(P)
#undef P
	PRICES
};

extern const struct price_row {
	const char *word, *what;
} price_rows[PRICES];

struct calibration {
	double ns[PRICES]; /* nanoseconds each, the median of several runs; negative: not measured */
	double low[PRICES], high[PRICES]; /* of these runs; a file of version 0.1 has the median alone */
	char date[32];	   /* 2026-11-23T06:00:00Z */
	char kernel[128];  /* uname -r */
};

/* Do the runs differ so much that an estimate with this price says little? */
bool calibration_varies(const struct calibration *calibration, enum price price);

/* Of a virtual machine of 2026, Linux 6.18.44: where nothing was measured. */
extern const struct calibration calibration_typical;

/* Writes a calibration file: one line for each value. */
void calibration_print(const struct calibration *calibration, struct buf *out);

/* Reads what calibration_print() wrote. False: not a calibration; the error has the line. */
bool calibration_parse(struct calibration *calibration, const char *text,
		       struct vf_error *error);

/* The work of a fork, counted by operation. */
struct work {
	uint64_t count[PRICES];
	uint64_t entries, tables, bytes; /* as in struct cost */
};

/*
 * Counts the work of a whole fork for each of its VMAs, at any point of the machine's time;
 * `work` has fork->vma_count elements.
 */
void work_of_vmas(const struct machine *m, const struct fork_record *fork, struct work *work);
/* Adds `more` to `sum`. */
void work_add(struct work *sum, const struct work *more);

/*
 * Estimated seconds. *complete (may be NULL) is false when an operation was not
 * measured: it is counted as 0.
 */
double work_seconds(const struct work *work, const struct calibration *calibration,
		    bool *complete);

/* Seconds with the lowest and with the highest prices of all runs. */
struct work_range {
	double low, high;
};
struct work_range work_range(const struct work *work, const struct calibration *calibration);

/* Seconds if all its anonymous pages were in large folios; negative: their price is not known. */
double work_seconds_large(const struct work *work, const struct calibration *calibration);

#endif
