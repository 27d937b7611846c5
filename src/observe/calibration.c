/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/calibration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const struct price_row price_rows[PRICES] = {
#define P(id, word, what) {word, what},
	PRICE_LIST(P)
#undef P
};

const struct calibration calibration_typical = {
	.ns = {[PRICE_FORK] = 39000, [PRICE_VMA] = 270, [PRICE_ANON_VMA] = 700, [PRICE_FILE_VMA] = 40,
	       [PRICE_TABLE] = 1900, [PRICE_ANON] = 95, [PRICE_FILE] = 72, [PRICE_OTHER] = 39,
	       [PRICE_LARGE] = 20, [PRICE_HUGE] = 1750, [PRICE_COPY] = 2300},
	.date = "2026-11-29",
	.kernel = "6.18.44",
};

static const char heading[] = "# vmafork calibration: what fork takes here, in nanoseconds: the median, the lowest and\n"
			      "# the highest of several runs\n";

#define VARIES 2 /* times the lowest */

/* --- the file ------------------------------------------------------------------------ */

bool calibration_varies(const struct calibration *c, enum price price)
{
	return c->ns[price] >= 0 && c->high[price] >= VARIES * c->low[price] + 1;
}

/* A line about the prices that say little; none: nothing. */
static void add_varying(const struct calibration *c, struct buf *out)
{
	const char *sign = "# Its runs differ by a factor of two or more:";

	for (int i = 0; i < PRICES; i++)
		if (calibration_varies(c, (enum price)i)) {
			buf_printf(out, "%s %s", sign, price_rows[i].word);
			sign = ",";
		}
	if (*sign == ',')
		buf_puts(out, "\n#   Estimates with these are rough. Calibrate again when the machine is idle.\n");
}

void calibration_print(const struct calibration *c, struct buf *out)
{
	buf_printf(out, "%sdate %s\nkernel %s\n", heading, c->date, c->kernel);
	for (int i = 0; i < PRICES; i++) {
		if (c->ns[i] < 0)
			buf_printf(out, "# %s could not be measured\n", price_rows[i].word);
		else
			buf_printf(out, "%-9s %12.1f %12.1f %12.1f  # %s\n", price_rows[i].word, c->ns[i],
				   c->low[i], c->high[i], price_rows[i].what);
	}
	add_varying(c, out);
}

static bool parse_ns(const char *text, double *ns)
{
	char *end;

	*ns = strtod(text, &end);
	return end != text && !*end && *ns >= 0 && *ns < 1e12;
}

/* The median; then, but not in old files, the lowest and the highest. */
static bool parse_price(struct calibration *c, int i, const char *median, const char *low,
			const char *high)
{
	if (!parse_ns(median, &c->ns[i]))
		return false;
	c->low[i] = c->high[i] = c->ns[i];
	return !low || (high && parse_ns(low, &c->low[i]) && parse_ns(high, &c->high[i]) &&
			c->low[i] <= c->ns[i] && c->ns[i] <= c->high[i]);
}

/* "date VALUE", "kernel VALUE" or "PRICE NUMBER [LOWEST HIGHEST]". */
static bool parse_line(struct calibration *c, const char *key, const char *value, const char *low,
		       const char *high)
{
	if (!strcmp(key, "date"))
		return !low && snprintf(c->date, sizeof(c->date), "%s", value) < (int)sizeof(c->date);
	if (!strcmp(key, "kernel"))
		return !low && snprintf(c->kernel, sizeof(c->kernel), "%s", value) < (int)sizeof(c->kernel);
	for (int i = 0; i < PRICES; i++)
		if (!strcmp(key, price_rows[i].word))
			return parse_price(c, i, value, low, high);
	return false;
}

/* Words of an untrusted file that end up on the screen. */
static bool printable(const char *s)
{
	for (; *s; s++)
		if (*s <= ' ' || *s > '~')
			return false;
	return true;
}

bool calibration_parse(struct calibration *calibration, const char *text, struct vf_error *error)
{
	struct calibration c = {.date = ""};
	char *copy = xstrdup(text), *rest = copy, *line;
	unsigned number = 0;
	bool ok = true;

	for (int i = 0; i < PRICES; i++)
		c.ns[i] = -1;
	while (ok && (line = strsep(&rest, "\n"))) {
		char *save, *key, *value, *low, *high;

		number++;
		line[strcspn(line, "#")] = '\0';
		key = strtok_r(line, " \t\r", &save);
		value = key ? strtok_r(NULL, " \t\r", &save) : NULL;
		if (!key)
			continue;
		low = value ? strtok_r(NULL, " \t\r", &save) : NULL;
		high = low ? strtok_r(NULL, " \t\r", &save) : NULL;
		ok = value && printable(value) && !(high && strtok_r(NULL, " \t\r", &save)) &&
		     parse_line(&c, key, value, low, high);
		if (!ok) {
			vf_error_set(error, "line %u is not a calibration entry", number);
			vf_error_hint(error, "run calibrate again: it writes a new file");
		}
	}
	free(copy);
	if (ok && (!c.date[0] || !c.kernel[0] || c.ns[PRICE_FORK] < 0)) {
		vf_error_set(error, "not a calibration file: date, kernel or fork is missing");
		vf_error_hint(error, "run calibrate again: it writes a new file");
		ok = false;
	}
	if (ok)
		*calibration = c;
	return ok;
}

/* --- counting -------------------------------------------------------------------------- */

static enum price price_of_entry(const struct event *e)
{
	switch ((enum outcome)e->outcome) {
	case OUTCOME_SHARED:
		return e->child.frame & FRAME_LARGE ? PRICE_LARGE : PRICE_ANON;
	case OUTCOME_FILE:
		return PRICE_FILE;
	case OUTCOME_COPIED:
		return PRICE_COPY;
	default:
		return PRICE_OTHER;
	}
}

static void count_entry(struct work *work, const struct event *e)
{
	bool huge = e->child.state == PTE_HUGE ||
		    (e->child.state != PTE_NONE && is_vm_hugetlb_page(e->src));
	const struct paging *paging = e->src->mm->paging;
	uint64_t entries = huge ? e->count / ptrs_per_table(paging) : e->count;

	if (e->outcome == OUTCOME_COPIED)
		work->bytes += e->count << paging->page_shift;
	if (e->deposits) {
		work->tables += entries;
		work->bytes += entries << paging->page_shift;
	}
	if (e->child.state == PTE_NONE)
		return;
	work->entries += entries;
	if (huge && e->outcome != OUTCOME_COPIED)
		work->count[PRICE_HUGE] += entries;
	else
		work->count[price_of_entry(e)] += e->count;
}

static void count_vma(struct work *work, const struct fork_vma *vma)
{
	if (vma->decision.what == DECISION_DONTCOPY)
		return;
	work->count[PRICE_VMA]++;
	work->count[PRICE_ANON_VMA] +=
		vma->decision.anon_vma && vma->decision.what != DECISION_WIPE;
	work->count[PRICE_FILE_VMA] += !vma_is_anonymous(vma->src);
}

void work_of_vmas(const struct machine *m, const struct fork_record *fork, struct work *work)
{
	memset(work, 0, fork->vma_count * sizeof(*work));
	for (size_t i = 0; i < fork->vma_count; i++)
		count_vma(&work[i], &fork->vmas[i]);
	for (size_t i = fork->first_event; i < fork->end_event; i++) {
		const struct event *e = machine_event(m, i);

		if (e->kind == EVENT_TABLE) {
			work[e->vma].count[PRICE_TABLE] += e->count;
			work[e->vma].tables += e->count;
			work[e->vma].bytes += e->count << m->paging.page_shift;
		} else if (e->kind == EVENT_ENTRY) {
			count_entry(&work[e->vma], e);
		}
	}
}

void work_add(struct work *sum, const struct work *more)
{
	for (int i = 0; i < PRICES; i++)
		sum->count[i] += more->count[i];
	sum->entries += more->entries;
	sum->tables += more->tables;
	sum->bytes += more->bytes;
}

/* Where no huge pages are to be had the entries of large folios have no price: that of others is near. */
static enum price price_known(const struct calibration *c, int price)
{
	return price == PRICE_LARGE && c->ns[PRICE_LARGE] < 0 ? PRICE_ANON : (enum price)price;
}

double work_seconds(const struct work *work, const struct calibration *calibration, bool *complete)
{
	double ns = 0;

	if (complete)
		*complete = true;
	for (int i = 0; i < PRICES; i++) {
		double price = calibration->ns[price_known(calibration, i)];

		if (price >= 0)
			ns += (double)work->count[i] * price;
		else if (work->count[i] && complete)
			*complete = false;
	}
	return ns * 1e-9;
}

struct work_range work_range(const struct work *work, const struct calibration *calibration)
{
	struct work_range range = {0};

	for (int i = 0; i < PRICES; i++) {
		enum price price = price_known(calibration, i);

		if (calibration->ns[price] >= 0) {
			range.low += (double)work->count[i] * calibration->low[price] * 1e-9;
			range.high += (double)work->count[i] * calibration->high[price] * 1e-9;
		}
	}
	return range;
}

double work_seconds_large(const struct work *work, const struct calibration *calibration)
{
	struct work large = *work;

	if (calibration->ns[PRICE_LARGE] < 0)
		return -1;
	large.count[PRICE_LARGE] += work->count[PRICE_ANON];
	large.count[PRICE_ANON] = 0;
	return work_seconds(&large, calibration, NULL);
}
