/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/cost/fork_cost.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "import/import.h"
#include "model/syscalls.h"
#include "report/label.h"
#include "session/cost/cost_private.h"

#define MOST_OF_IT 0.95

struct machine *cost_copy(struct session *session, const struct machine *m)
{
	struct machine *copy = machine_copy(m, m->kernel);
	struct bytes bytes = machine_bytes(copy);

	budget_begin(session_budget(session));
	machine_set_budget(copy, session_budget(session), bytes.all - bytes.own);
	return copy;
}

struct pte cost_entries(const struct vm_area *vma, uint64_t page, uint64_t *last)
{
	struct pte pte = runs_alike(&vma->mm->pages, page, last);

	*last = min(*last, vma_last(vma));
	return pte;
}

/* Of each VMA of the last fork; the caller frees it. */
static struct work *works_of(const struct machine *m)
{
	const struct fork_record *fork = &m->forks[m->fork_count - 1];
	struct work *works = xcalloc(fork->vma_count ? fork->vma_count : 1, sizeof(*works));

	work_of_vmas(m, fork, works);
	return works;
}

void cost_work(const struct machine *m, struct work *work)
{
	struct work *works = works_of(m);

	*work = (struct work){.count = {[PRICE_FORK] = 1}};
	for (size_t i = 0; i < m->forks[m->fork_count - 1].vma_count; i++)
		work_add(work, &works[i]);
	free(works);
}

struct vm_area *cost_vma(const struct machine *m, const struct cost_mapping *mapping)
{
	struct vm_area *vma = mm_vma_at(m->parent, mapping->start);

	return vma && vma->start == mapping->start ? vma : NULL;
}

/* --- now ------------------------------------------------------------------------------- */

static int most_expensive_first(const void *a, const void *b)
{
	const struct cost_mapping *x = a, *y = b;

	if (x->seconds != y->seconds)
		return x->seconds < y->seconds ? 1 : -1;
	return x->start < y->start ? -1 : x->start > y->start;
}

static void list_mappings(struct fork_cost *c, const struct machine *m)
{
	const struct fork_record *fork = &m->forks[m->fork_count - 1];
	struct work *works = works_of(m);
	double sum = 0, so_far = 0;

	c->mappings = xcalloc(fork->vma_count ? fork->vma_count : 1, sizeof(*c->mappings));
	for (; c->n < fork->vma_count; c->n++) {
		const struct fork_vma *vma = &fork->vmas[c->n];
		struct cost_mapping *mapping = &c->mappings[c->n];
		struct buf name = {0};

		label_vma(vma->src, &name);
		*mapping = (struct cost_mapping){
			.name = buf_take(&name),
			.start = vma->src->start,
			.end = vma->src->end,
			.decision = vma->decision.what,
			.work = works[c->n],
			.seconds = work_seconds(&works[c->n], &c->prices, NULL),
		};
		sum += mapping->seconds;
	}
	free(works);
	qsort(c->mappings, c->n, sizeof(*c->mappings), most_expensive_first);
	while (c->shown < c->n && so_far < MOST_OF_IT * sum)
		so_far += c->mappings[c->shown++].seconds;
}

/* --- afterwards ----------------------------------------------------------------------- */

/* Pages that the parent could write without a fault of fork's making before it. */
static void add_own_pages(const struct vm_area *vma, struct ranges *pages)
{
	for (uint64_t page = vma_first(vma), last; page <= vma_last(vma); page = last + 1) {
		struct pte pte = cost_entries(vma, page, &last);

		if ((pte.state == PTE_PRESENT || pte.state == PTE_HUGE) && pte.attrs & PTE_EXCLUSIVE)
			ranges_add(pages, page, last);
	}
}

static bool is_written(const struct vm_area *vma)
{
	return vma->flags & VM_WRITE &&
	       !(vma->flags & (VM_SHARED | VM_UFFD_FLAGS | VM_DONTCOPY | VM_WIPEONFORK));
}

/* m has forked; before: the same machine before it. */
static void write_all(struct fork_cost *c, struct machine *m, const struct machine *before)
{
	struct cost cost = m->cost;
	double price = c->prices.ns[PRICE_COPY] > 0 ? c->prices.ns[PRICE_COPY] * 1e-9 : 0;
	uint64_t copied = 0; /* pages: one copy of hugetlb memory is of many */

	for_each_vma(before->parent, vma)
	{
		uint64_t copies = m->cost.cow_copies;
		struct ranges pages = {0};
		struct model_error ignored;
		enum touch_result result = TOUCH_OK;

		if (!is_written(vma))
			continue;
		add_own_pages(vma, &pages);
		/* Of what the model refuses nothing is known. */
		if (pages.n &&
		    (m->exhausted || !vm_touch(m, m->parent, &pages, true, &result, &ignored) ||
		     result != TOUCH_OK))
			c->after.left_out++;
		copied += (m->cost.cow_copies - copies) *
			  (is_vm_hugetlb_page(vma) ? huge_pages(m->parent) : 1);
		ranges_deinit(&pages);
	}
	c->after.faults = m->cost.faults - cost.faults;
	c->after.copies = m->cost.cow_copies - cost.cow_copies;
	c->after.bytes = copied * page_size(&m->paging);
	c->after.seconds = (double)copied * price;
}

/* --- all of it ------------------------------------------------------------------------ */

static void read_comments(struct fork_cost *c, const char *scenario)
{
	const char *line = scenario ? strstr(scenario, "# Page tables that fork copies:") : NULL;

	c->ranged = line && sscanf(line, IMPORT_TABLES_SCAN, &c->tables_least, &c->tables_most) == 2;
	c->forked = scenario && strstr(scenario, IMPORT_FORKED_COMMENT);
}

double fork_cost_seconds(const struct fork_cost *c, uint64_t tables)
{
	double price = c->prices.ns[PRICE_TABLE] > 0 ? c->prices.ns[PRICE_TABLE] : 0;

	return c->seconds + ((double)tables - (double)c->work.tables) * price * 1e-9;
}

static bool explain(const struct model_error *refused, struct vf_error *error)
{
	vf_error_set(error, "the model cannot fork it: %s", refused->message);
	vf_error_hint(error, "%s", refused->hint);
	return false;
}

bool fork_cost_compute(struct fork_cost *c, struct session *session,
		       const struct calibration *prices, const char *scenario, struct vf_error *error)
{
	const struct machine *before = session_machine(session, LEFT);
	struct machine *m = cost_copy(session, before);
	struct model_error refused = {0};
	bool ok;

	*c = (struct fork_cost){.prices = prices ? *prices : calibration_typical, .typical = !prices};
	c->title = xstrdup(session_story(session)->title ? session_story(session)->title
							 : "a scenario");
	snprintf(c->kernel, sizeof(c->kernel), "%s", before->kernel->name);
	ok = (!before->fork_count ||
	      vf_error_set(error, "the scenario forks by itself: run FILE shows what that costs")) &&
	     (vm_fork(m, &refused) || explain(&refused, error)) &&
	     budget_check(session_budget(session), error);
	if (ok) {
		cost_work(m, &c->work);
		c->seconds = work_seconds(&c->work, &c->prices, &c->complete);
		read_comments(c, scenario);
		list_mappings(c, m);
		write_all(c, m, before);
	}
	machine_free(m);
	if (ok)
		cost_changes(c, session, before);
	else
		fork_cost_deinit(c);
	return ok;
}

void fork_cost_deinit(struct fork_cost *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->mappings[i].name);
	free(c->mappings);
	free(c->title);
	*c = (struct fork_cost){0};
}
