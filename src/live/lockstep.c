/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/lockstep.h"

#include "base/alloc.h"

/* --- carrying out --------------------------------------------------------------- */

void knobs_apply(const struct knobs *knobs, struct machine *m)
{
	if (knobs->paging.levels)
		machine_set_paging(m, &knobs->paging);
	m->thp = knobs->thp;
	m->fault_around = knobs->fault_around;
	m->no_zero_page = knobs->no_zero_page;
}

static void new_machine(struct lockstep *l)
{
	machine_free(l->machine);
	budget_begin(&l->budget);
	l->machine = machine_create(l->kernel, &l->budget);
	knobs_apply(&l->knobs, l->machine);
	l->at = 0;
}

void lockstep_init(struct lockstep *l, const struct scenario *scenario, const struct kernel *kernel,
		   struct knobs knobs)
{
	*l = (struct lockstep){.scenario = scenario, .kernel = kernel, .knobs = knobs,
			       .budget = budget_of(scenario_budget(scenario))};
	new_machine(l);
}

void lockstep_deinit(struct lockstep *l)
{
	machine_free(l->machine);
	l->machine = NULL;
}

static bool apply(struct lockstep *l, struct model_error *error)
{
	if (!command_apply(l->machine, l->scenario->commands[l->at], error))
		return false;
	l->at++;
	return true;
}

/*
 * May the touch of one name, which has failed, have left more behind than the model's? A
 * kernel may have mapped the page protected, allocated tables, or made an anon_vma before it
 * waits; and so before a SIGBUS about a store to a page with a uffd-wp marker. Of a pattern
 * only the last name's result is known.
 */
static bool name_leaves_traces(struct machine *m, struct mm *mm, const struct command *c,
			       const struct name *name)
{
	struct ranges pages = {0};
	struct model_error ignored;
	bool traces = false;

	if (command_pages(mm, name, c, &pages, &ignored) && pages.n) {
		uint64_t last = pages.v[pages.n - 1].last, end;
		uint64_t page = vm_touch_failing(m, mm, &pages, c->args.write);
		const struct vm_area *vma = page <= last ? mm_vma_at(mm, page_address(mm, page)) : NULL;
		struct pte pte = vma ? vma_pte(vma, page, &end) : (struct pte){0};

		traces = (c->args.target.pattern && vma && vma->uffd) ||
			 (pte.state == PTE_MARKER && pte.attrs & PTE_UFFD_WP);
	}
	ranges_deinit(&pages);
	return traces;
}

static bool leaves_traces(struct machine *m, struct mm *mm, const struct command *c)
{
	struct name_list names = {0};
	struct model_error ignored;
	bool traces = mm->last_touch == TOUCH_BLOCKED;

	if (!traces && (mm->last_touch == TOUCH_SIGBUS || c->args.target.pattern))
		command_names(m, mm, c, &names, &ignored);
	for (size_t i = 0; i < names.n; i++)
		traces |= name_leaves_traces(m, mm, c, names.v[i]);
	name_list_deinit(&names);
	return traces;
}

bool lockstep_next(struct lockstep *l, struct seen_step *step, struct model_error *error)
{
	const struct command *c = l->scenario->commands[l->at];
	struct machine *m = l->machine;
	struct mm *mm;
	struct cost before = m->cost;
	bool ok = apply(l, error);

	*step = (struct seen_step){.done = true, .err = ok ? 0 : error->err};
	if (ok && c->spec->id == COMMAND_fork)
		step->err = m->forks[m->fork_count - 1].err;
	if (ok && c->spec->id == COMMAND_fork && m->unborn) {
		step->touch = true;
		step->signal = TOUCH_BLOCKED;
	}
	if (!ok || !command_is_touch(c))
		return ok;
	step->touch = true;
	step->after_fork = m->fork_count > 0;
	mm = command_mm(m, c);
	step->signal = mm->last_touch;
	step->traces = leaves_traces(m, mm, c);
	step->faults = step->after_fork ? (int64_t)(m->cost.faults - before.faults) : -1;
	step->cow_copies = step->after_fork ? (int64_t)(m->cost.cow_copies - before.cow_copies) : -1;
	return true;
}

void lockstep_rewind(struct lockstep *l, size_t n)
{
	struct model_error error;

	new_machine(l);
	while (l->at < n && apply(l, &error))
		;
}

bool lockstep_failing_page(const struct lockstep *l, const struct name *name,
			   const struct ranges *pages, uint64_t *page)
{
	const struct command *c = l->scenario->commands[l->at - 1];
	struct machine *m = l->machine;
	struct mm *mm = command_mm(m, c);
	uint64_t base = address_page(mm, mm_stretch(mm, name).start);
	struct ranges numbers = {0};

	for (size_t i = 0; i < pages->n; i++)
		ranges_add(&numbers, base + pages->v[i].first, base + pages->v[i].last);
	*page = vm_touch_failing(m, mm, &numbers, c->args.write) - base;
	ranges_deinit(&numbers);
	return *page <= pages->v[pages->n - 1].last;
}

/* --- what it predicts ------------------------------------------------------------- */

static void add_vma(struct seen_process *process, const struct vm_area *vma, const struct mm *parent)
{
	struct seen_vma *seen = seen_add_vma(process, vma->backing, vma->start, vma->end);

	seen_add_names(seen, vma->mm);
	seen->flags = vma->flags;
	seen->flags_known = UINT64_MAX;
	seen->pages_known = true;
	for (uint64_t page = vma_first(vma), last; page <= vma_last(vma); page = last + 1) {
		struct seen_page here = seen_model(vma, parent, page, &last);

		seen_add_pages(seen, last - page + 1, here);
	}
}

/* parent: NULL for a parent. */
static void observe(const struct mm *mm, const struct mm *parent, struct seen_process *process)
{
	process->alive = mm && !mm->dead;
	if (!process->alive)
		return;
	for_each_vma(mm, vma)
		add_vma(process, vma, parent);
}

/* What the last fork decided about the parent's VMAs. */
static void add_decisions(const struct fork_record *fork, struct seen_process *parent)
{
	for (size_t i = 0; i < parent->vma_count; i++) {
		const struct fork_vma *vma = fork_vma_from(fork, parent->vmas[i].start);

		if (vma && vma->src->start == parent->vmas[i].start)
			parent->vmas[i].decision = vma->decision.what;
	}
}

void lockstep_observe(const struct lockstep *l, struct seen_moment *moment)
{
	struct machine *m = l->machine;
	const struct fork_record *fork = m->fork_count ? &m->forks[m->fork_count - 1] : NULL;
	struct cost before, after;

	observe(m->parent, NULL, &moment->parent);
	observe(m->child, m->parent, &moment->child);
	if (!moment->fork || !fork)
		return;
	add_decisions(fork, &moment->parent);
	machine_seek(m, fork->first_event, 0);
	before = m->cost;
	machine_seek(m, fork->end_event, 0);
	after = m->cost;
	machine_seek_end(m);
	moment->entries = (int64_t)(after.entries - before.entries);
	moment->tables = 0;
	for (enum table_level level = LEVEL_PTE; level <= LEVEL_PUD; level++)
		moment->tables += (int64_t)(after.tables[level] - before.tables[level]);
}
