/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/calibration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "observe/paging.h"

const struct price_row price_rows[PRICES] = {
#define P(id, word, what) {word, what},
	PRICE_LIST(P)
#undef P
};

static const char heading[] = "# vmafork calibration: what fork takes here, in nanoseconds\n";

/* --- the file ------------------------------------------------------------------------ */

void calibration_print(const struct calibration *c, struct buf *out)
{
	buf_printf(out, "%sdate %s\nkernel %s\n", heading, c->date, c->kernel);
	for (int i = 0; i < PRICES; i++) {
		if (c->ns[i] < 0)
			buf_printf(out, "# %s could not be measured\n", price_rows[i].word);
		else
			buf_printf(out, "%-9s %12.1f  # %s\n", price_rows[i].word, c->ns[i],
				   price_rows[i].what);
	}
}

/* "date VALUE", "kernel VALUE" or "PRICE NUMBER". */
static bool parse_line(struct calibration *c, const char *key, char *value)
{
	char *end;

	if (!strcmp(key, "date"))
		return snprintf(c->date, sizeof(c->date), "%s", value) < (int)sizeof(c->date);
	if (!strcmp(key, "kernel"))
		return snprintf(c->kernel, sizeof(c->kernel), "%s", value) < (int)sizeof(c->kernel);
	for (int i = 0; i < PRICES; i++)
		if (!strcmp(key, price_rows[i].word)) {
			c->ns[i] = strtod(value, &end);
			return end != value && !*end && c->ns[i] >= 0 && c->ns[i] < 1e12;
		}
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
		char *save, *key, *value;

		number++;
		line[strcspn(line, "#")] = '\0';
		key = strtok_r(line, " \t\r", &save);
		value = key ? strtok_r(NULL, " \t\r", &save) : NULL;
		if (!key)
			continue;
		ok = value && printable(value) && !strtok_r(NULL, " \t\r", &save) &&
		     parse_line(&c, key, value);
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

static enum price price_of_entry(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_SHARED:
		return PRICE_ANON;
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
	uint64_t entries = huge ? e->count / PTRS_PER_PTE : e->count;

	if (e->outcome == OUTCOME_COPIED)
		work->bytes += e->count * PAGE_SIZE;
	if (e->deposits) {
		work->tables += entries;
		work->bytes += entries * PAGE_SIZE;
	}
	if (e->child.state == PTE_NONE)
		return;
	work->entries += entries;
	if (huge && e->outcome != OUTCOME_COPIED)
		work->count[PRICE_HUGE] += entries;
	else
		work->count[price_of_entry((enum outcome)e->outcome)] += e->count;
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
			work[e->vma].bytes += e->count * PAGE_SIZE;
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

double work_seconds(const struct work *work, const struct calibration *calibration, bool *complete)
{
	double ns = 0;

	if (complete)
		*complete = true;
	for (int i = 0; i < PRICES; i++) {
		if (calibration->ns[i] >= 0)
			ns += (double)work->count[i] * calibration->ns[i];
		else if (work->count[i] && complete)
			*complete = false;
	}
	return ns * 1e-9;
}
