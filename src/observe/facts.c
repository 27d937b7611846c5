/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/facts.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"
#include "observe/paging.h"

void record_init(struct record *record, size_t steps)
{
	*record = (struct record){
		.steps = xcalloc(steps + 1, sizeof(*record->steps)),
		.step_count = steps,
	};
}

static void process_deinit(struct seen_process *process)
{
	for (size_t i = 0; i < process->vma_count; i++) {
		struct seen_vma *vma = &process->vmas[i];

		for (size_t k = 0; k < vma->name_count; k++)
			free(vma->names[k].name);
		free(vma->names);
		free(vma->runs);
	}
	free(process->vmas);
}

void record_deinit(struct record *record)
{
	for (size_t i = 0; i < record->moment_count; i++) {
		process_deinit(&record->moments[i].parent);
		process_deinit(&record->moments[i].child);
	}
	free(record->moments);
	free(record->steps);
	*record = (struct record){0};
}

struct seen_moment *record_add(struct record *record, size_t step, bool fork)
{
	struct seen_moment *moment;

	GROW(record->moments, record->moment_count, record->moment_cap);
	moment = &record->moments[record->moment_count++];
	*moment = (struct seen_moment){.step = step, .fork = fork, .entries = -1, .tables = -1};
	return moment;
}

void seen_count(int64_t *sum, int64_t n)
{
	if (*sum < 0 || n < 0 || __builtin_add_overflow(*sum, n, sum))
		*sum = -1;
}

/* --- VMAs ----------------------------------------------------------------------- */

struct seen_vma *seen_add_vma(struct seen_process *process, enum backing backing, uint64_t start,
			      uint64_t end)
{
	struct seen_vma *vma;

	GROW(process->vmas, process->vma_count, process->vma_cap);
	vma = &process->vmas[process->vma_count++];
	*vma = (struct seen_vma){
		.start = start,
		.end = end,
		.backing = backing,
		.decision = SEEN_NO_DECISION,
	};
	return vma;
}

struct seen_vma *seen_vma_at(const struct seen_process *process, uint64_t address)
{
	size_t at;

	BISECT(at, process->vma_count, process->vmas[at].end <= address);
	if (at == process->vma_count || process->vmas[at].start > address)
		return NULL;
	return &process->vmas[at];
}

struct seen_vma *seen_vma_like(const struct seen_process *process, uint64_t start, uint64_t end)
{
	struct seen_vma *vma = seen_vma_at(process, start);

	return vma && vma->start == start && vma->end == end ? vma : NULL;
}

uint64_t seen_vma_pages(const struct seen_vma *vma)
{
	return (vma->end - vma->start) / PAGE_SIZE;
}

/* --- their names ------------------------------------------------------------------ */

void seen_add_name(struct seen_vma *vma, const char *name, uint64_t first, uint64_t count)
{
	const struct seen_name *last = vma->name_count ? &vma->names[vma->name_count - 1] : NULL;
	uint64_t at = last ? last->at + last->count : 0;

	GROW(vma->names, vma->name_count, vma->name_cap);
	vma->names[vma->name_count++] = (struct seen_name){xstrdup(name), at, first, count};
}

void seen_add_names(struct seen_vma *vma, const struct mm *mm)
{
	for (uint64_t at = vma->start, end; at < vma->end; at = end) {
		const struct name *name = mm_name_at(mm, at, &end);

		end = min(end, vma->end);
		if (name)
			seen_add_name(vma, name->text, mm_named_page(mm, address_page(mm, at)),
				      address_page(mm, end - at));
	}
}

const struct seen_name *seen_name_at(const struct seen_vma *vma, uint64_t page)
{
	size_t at;

	BISECT(at, vma->name_count, vma->names[at].at + vma->names[at].count <= page);
	return at < vma->name_count && vma->names[at].at <= page ? &vma->names[at] : NULL;
}

#define LABEL_NAMES 3 /* that a label has */

void seen_label(const struct seen_vma *vma, struct buf *out)
{
	if (!vma->name_count)
		buf_puts(out, "a VMA");
	for (size_t i = 0; i < vma->name_count && i < LABEL_NAMES; i++)
		buf_printf(out, "%s%s", i ? "+" : "", vma->names[i].name);
	if (vma->name_count > LABEL_NAMES)
		buf_printf(out, "+%zu-more", vma->name_count - LABEL_NAMES);
}

/* --- their pages ------------------------------------------------------------------- */

static bool page_equal(struct seen_page a, struct seen_page b)
{
	return a.states == b.states && a.attrs == b.attrs && a.known == b.known &&
	       a.anon == b.anon && a.same == b.same;
}

void seen_add_pages(struct seen_vma *vma, uint64_t count, struct seen_page page)
{
	struct seen_run *last = vma->run_count ? &vma->runs[vma->run_count - 1] : NULL;
	uint64_t first;

	if (last && page_equal(last->page, page)) {
		last->count += count;
		return;
	}
	first = last ? last->first + last->count : 0;
	GROW(vma->runs, vma->run_count, vma->run_cap);
	vma->runs[vma->run_count++] = (struct seen_run){first, count, page};
}

int seen_state(struct seen_page page)
{
	if (!page.states || page.states & (page.states - 1))
		return -1;
	return __builtin_ctz(page.states);
}

/* --- the model beside it ------------------------------------------------------- */

static uint8_t same_frame(struct pte child, struct pte parent)
{
	bool both = pte_has_frame(child) && pte_has_frame(parent);

	if (!both || child.state != parent.state)
		return SEEN_UNKNOWN;
	return child.frame == parent.frame ? SEEN_YES : SEEN_NO;
}

struct seen_page seen_pte(struct pte pte, const struct pte *parent)
{
	bool framed = pte.state == PTE_PRESENT || pte.state == PTE_HUGE || pte.state == PTE_ZERO;

	return (struct seen_page){
		.states = (uint16_t)(1u << pte.state),
		.attrs = pte.attrs,
		.known = (1u << PTE_ATTRS) - 1,
		.anon = !framed ? SEEN_UNKNOWN
				: frame_is_anon(pte.frame) ? SEEN_YES : SEEN_NO,
		.same = parent ? same_frame(pte, *parent) : SEEN_UNKNOWN,
	};
}

struct seen_page seen_model(const struct vm_area *vma, const struct mm *parent, uint64_t page,
			    uint64_t *last)
{
	const struct vm_area *there = parent ? mm_find(parent, page_address(vma->mm, page)) : NULL;
	struct pte pte = vma_pte(vma, page, last), other;
	uint64_t end;

	if (there && vma_first(there) > page) {
		*last = min(*last, vma_first(there) - 1);
		there = NULL;
	}
	if (!there)
		return seen_pte(pte, NULL);
	other = vma_pte(there, page, &end);
	*last = min(*last, end);
	return seen_pte(pte, &other);
}

/* Of kind and frame: unpredicted or unobservable ones do not differ. */
static bool answers_agree(uint8_t model, uint8_t seen)
{
	return model == SEEN_UNKNOWN || seen == SEEN_UNKNOWN || model == seen;
}

enum seen_answer seen_agrees(struct seen_page model, struct seen_page seen)
{
	int state = seen_state(model);

	if (!(model.states & seen.states))
		return SEEN_NO;
	if (state != PTE_NONE && ((model.attrs ^ seen.attrs) & pte_state_attrs[state] & seen.known))
		return SEEN_NO;
	if (state != PTE_NONE &&
	    (!answers_agree(model.anon, seen.anon) || !answers_agree(model.same, seen.same)))
		return SEEN_NO;
	return seen_state(seen) < 0 ? SEEN_UNKNOWN : SEEN_YES;
}
