/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/lockstep.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "live/mapping.h"

/* --- carrying out --------------------------------------------------------------- */

static void new_machine(struct lockstep *l)
{
	uint64_t budget = l->machine ? l->machine->budget : MODEL_BUDGET;

	machine_free(l->machine);
	l->machine = machine_create(l->kernel);
	l->machine->budget = budget;
	l->machine->thp = l->knobs.thp;
	l->machine->fault_around = l->knobs.fault_around;
	l->at = 0;
}

void lockstep_init(struct lockstep *l, const struct scenario *scenario, const struct kernel *kernel,
		   struct knobs knobs)
{
	*l = (struct lockstep){.scenario = scenario, .kernel = kernel, .knobs = knobs};
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

bool lockstep_next(struct lockstep *l, struct seen_step *step, struct model_error *error)
{
	const struct command *c = l->scenario->commands[l->at];
	const struct machine *m = l->machine;
	const struct vm_area *vma;
	const struct mm *mm;
	struct cost before = m->cost;
	bool ok = apply(l, error);

	*step = (struct seen_step){.done = true, .err = ok ? 0 : error->err};
	if (!ok || !command_is_touch(c))
		return ok;
	step->touch = true;
	step->after_fork = m->fork_count > 0;
	mm = command_is_childs(c) ? m->child : m->parent;
	vma = machine_vma(m, mm, c->line.words[c->args.target.name].text);
	step->signal = mm->last_touch;
	step->watched = step->signal != TOUCH_OK && vma && vma->uffd;
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

uint64_t lockstep_failing_page(const struct lockstep *l, const struct ranges *pages)
{
	const struct command *c = l->scenario->commands[l->at - 1];
	struct machine *m = l->machine;
	struct mm *mm = command_is_childs(c) ? m->child : m->parent;
	const struct name *name = machine_name(m, command_word(c, c->args.target.name));
	uint64_t base = address_page(mm, mm_stretch(mm, name).start), failing;
	struct ranges numbers = {0};

	for (size_t i = 0; i < pages->n; i++)
		ranges_add(&numbers, base + pages->v[i].first, base + pages->v[i].last);
	failing = vm_touch_failing(m, mm, &numbers, c->args.write) - base;
	ranges_deinit(&numbers);
	return failing;
}

/* --- what it predicts ------------------------------------------------------------- */

/* parent: the same VMA of the parent, or NULL. */
static void add_vma(struct seen_process *process, const struct vm_area *vma,
		    const struct vm_area *parent)
{
	struct seen_vma *seen = seen_add_vma(process, vma_name(vma), vma->backing, vma->start, vma->end);
	uint64_t pages = vma_pages(vma), last;

	if (parent && (parent->start != vma->start || parent->end != vma->end))
		parent = NULL;
	seen->flags = vma->flags;
	seen->flags_known = UINT64_MAX;
	seen->pages_known = true;
	for (uint64_t page = 0; page < pages; page = last + 1) {
		struct pte pte = vma_entry(vma, page, &last), other;
		uint64_t other_last;

		if (parent) {
			other = vma_entry(parent, page, &other_last);
			if (other_last < last)
				last = other_last;
		}
		seen_add_pages(seen, last - page + 1, seen_pte(pte, parent ? &other : NULL));
	}
}

static void observe(const struct machine *m, const struct mm *mm, const struct mm *parent,
		    const struct mapping *mappings, size_t count, struct seen_process *process)
{
	process->alive = mm && !mm->dead;
	for (size_t i = 0; process->alive && i < count; i++) {
		const struct vm_area *vma = machine_vma(m, mm, mappings[i].name);

		if (vma)
			add_vma(process, vma, parent ? machine_vma(m, parent, mappings[i].name) : NULL);
		else
			seen_add_vma(process, mappings[i].name, mappings[i].backing, mappings[i].start,
				     mappings[i].end)->absent = true;
	}
}

void lockstep_observe(const struct lockstep *l, const struct mapping *parent_mappings,
		      size_t parent_count, const struct mapping *child_mappings, size_t child_count,
		      struct seen_moment *moment)
{
	struct machine *m = l->machine;
	const struct fork_record *fork = m->fork_count ? &m->forks[m->fork_count - 1] : NULL;
	struct cost before, after;

	observe(m, m->parent, NULL, parent_mappings, parent_count, &moment->parent);
	observe(m, m->child, m->parent, child_mappings, child_count, &moment->child);
	if (!moment->fork || !fork)
		return;
	moment->decisions = xcalloc(parent_count + 1, sizeof(*moment->decisions));
	for (size_t i = 0; i < parent_count; i++) {
		moment->decisions[i] = SEEN_NO_DECISION;
		for (size_t j = 0; j < fork->vma_count; j++)
			if (fork->vmas[j].src == machine_vma(m, m->parent, parent_mappings[i].name))
				moment->decisions[i] = fork->vmas[j].decision.what;
	}
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
