/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/machine.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const char *const thp_mode_names[3] = {
	[THP_NEVER] = "never",
	[THP_MADVISE] = "madvise",
	[THP_ALWAYS] = "always",
};

struct name {
	unsigned id;
	char text[];
};

struct machine *machine_create(const struct kernel *kernel)
{
	struct machine *m = xcalloc(1, sizeof(*m));

	m->kernel = kernel_copy(kernel);
	m->thp = THP_MADVISE;
	m->fault_around = 16;
	m->budget = MODEL_BUDGET;
	m->levels = 4;
	m->next_anon = (UINT64_C(1) * FRAME_ANON << FRAME_KIND_SHIFT) + 1;
	m->next_large = (UINT64_C(1) * FRAME_ANON << FRAME_KIND_SHIFT) | FRAME_LARGE;
	m->next_file = (UINT64_C(1) * FRAME_FILE << FRAME_KIND_SHIFT) + 1;
	m->next_pfn = (UINT64_C(1) * FRAME_PFN << FRAME_KIND_SHIFT) + 1;
	m->parent = machine_new_mm(m);
	return m;
}

static void free_mm(struct mm *mm)
{
	free(mm->vmas);
	free(mm->by_name);
	for (int level = 0; level < TABLE_LEVELS; level++)
		ranges_deinit(&mm->tables[level]);
	free(mm);
}

static void free_contexts(struct uffd_ctx *ctx)
{
	while (ctx) {
		struct uffd_ctx *next = ctx->next;

		free(ctx->name);
		free(ctx);
		ctx = next;
	}
}

void machine_free(struct machine *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->mm_count; i++)
		free_mm(m->mms[i]);
	while (m->all_vmas) {
		struct vm_area *vma = m->all_vmas;

		m->all_vmas = vma->next_owned;
		runs_deinit(&vma->pages);
		free(vma);
	}
	while (m->objects) {
		struct object *object = m->objects;

		m->objects = object->next;
		ranges_deinit(&object->cached);
		ranges_deinit(&object->swapped);
		ranges_deinit(&object->pinned);
		free(object);
	}
	free_contexts(m->contexts);
	free_contexts(m->inherited);
	for (size_t i = 0; i < m->fork_count; i++) {
		free(m->forks[i].vmas);
		free(m->forks[i].by_name);
	}
	for (size_t i = 0; i < m->name_slots; i++)
		free(m->names[i]);
	ranges_deinit(&m->swap_cache);
	free(m->names);
	free(m->forks);
	free(m->events);
	free(m->journal);
	free(m->mms);
	kernel_free(m->kernel);
	free(m);
}

/* --- names: an open-addressed hash table, so that a lookup costs O(1) ------ */

static size_t name_slot(const struct machine *m, const char *s)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	size_t i;

	for (const char *c = s; *c; c++)
		hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
	for (i = hash & (m->name_slots - 1); m->names[i]; i = (i + 1) & (m->name_slots - 1))
		if (!strcmp(m->names[i]->text, s))
			break;
	return i;
}

static void grow_names(struct machine *m)
{
	struct name **old = m->names;
	size_t slots = m->name_slots;

	m->name_slots = slots ? slots * 2 : 16;
	m->names = xcalloc(m->name_slots, sizeof(*m->names));
	for (size_t i = 0; i < slots; i++)
		if (old[i])
			m->names[name_slot(m, old[i]->text)] = old[i];
	free(old);
}

const char *machine_intern(struct machine *m, const char *s, unsigned *id)
{
	size_t i, len = strlen(s);

	if (m->name_count * 2 >= m->name_slots)
		grow_names(m);
	i = name_slot(m, s);
	if (!m->names[i]) {
		m->names[i] = xmalloc(sizeof(struct name) + len + 1);
		m->names[i]->id = (unsigned)m->name_count++;
		memcpy(m->names[i]->text, s, len + 1);
	}
	if (id)
		*id = m->names[i]->id;
	return m->names[i]->text;
}

static const struct name *find_name(const struct machine *m, const char *s)
{
	return m->name_slots ? m->names[name_slot(m, s)] : NULL;
}

struct vm_area *machine_vma(const struct machine *m, const struct mm *mm, const char *name)
{
	const struct name *found = find_name(m, name);

	return found && found->id < mm->by_name_count ? mm->by_name[found->id] : NULL;
}

const struct fork_vma *machine_fork_vma(const struct machine *m, const struct fork_record *fork,
					const char *name)
{
	const struct name *found = find_name(m, name);

	if (!found || found->id >= fork->name_count || !fork->by_name[found->id])
		return NULL;
	return &fork->vmas[fork->by_name[found->id] - 1];
}

bool machine_knows(const struct machine *m, const char *name)
{
	return find_name(m, name);
}

/* --- what a machine owns --------------------------------------------------- */

struct vm_area *machine_new_vma(struct machine *m)
{
	struct vm_area *vma = xcalloc(1, sizeof(*vma));

	vma->next_owned = m->all_vmas;
	m->all_vmas = vma;
	machine_take(m, sizeof(*vma) + sizeof(struct run_chunk) + sizeof(struct run) + 48);
	return vma;
}

struct mm *machine_new_mm(struct machine *m)
{
	struct mm *mm = xcalloc(1, sizeof(*mm));

	mm->number = (unsigned)m->mm_count;
	GROW(m->mms, m->mm_count, m->mm_cap);
	m->mms[m->mm_count++] = mm;
	return mm;
}

struct object *machine_new_object(struct machine *m, enum backing backing, uint64_t pages)
{
	struct object *object = xcalloc(1, sizeof(*object));

	object->backing = backing;
	object->frame = m->next_file;
	m->next_file += pages;
	object->next = m->objects;
	m->objects = object;
	return object;
}

uint64_t machine_new_frames(struct machine *m, uint64_t pages, bool large)
{
	uint64_t *next = large ? &m->next_large : &m->next_anon;
	uint64_t frame = *next;

	*next += pages;
	return frame;
}

void mm_populate_tables(struct machine *m, struct mm *mm, uint64_t start,
			uint64_t end, enum table_level level)
{
	for (enum table_level l = level; l <= machine_top_level(m); l++)
		change_add_tables(m, mm, l, start >> TABLE_SHIFT(l),
				  (end - 1) >> TABLE_SHIFT(l));
}

static bool is_mapped(struct pte pte)
{
	return pte.state == PTE_PRESENT || pte.state == PTE_HUGE;
}

/* mapped: present entries only; otherwise swap entries count, too. */
static bool held_elsewhere(const struct machine *m, const struct vm_area *vma, uint64_t page,
			   uint64_t frame, bool mapped, uint64_t limit, uint64_t *last)
{
	uint64_t address = page_address(vma, page);
	bool shared = false;

	*last = limit;
	for (size_t i = 0; i < m->mm_count; i++) {
		const struct mm *mm = m->mms[i];
		uint64_t theirs, end;
		struct pte pte;
		size_t at;

		if (mm == vma->mm || mm->dead)
			continue;
		at = mm_find(mm, address);
		if (at == mm->vma_count)
			continue;
		if (mm->vmas[at]->start > address) {
			end = address_page(vma, mm->vmas[at]->start) - 1;
		} else {
			theirs = address_page(mm->vmas[at], address);
			pte = runs_at(&mm->vmas[at]->pages, theirs, &end);
			end = page + (end - theirs);
			shared |= pte.frame == frame && (!mapped || is_mapped(pte));
		}
		if (end < *last)
			*last = end;
	}
	return shared;
}

bool frame_shared(const struct machine *m, const struct vm_area *vma, uint64_t page,
		  uint64_t frame, uint64_t limit, uint64_t *last)
{
	return held_elsewhere(m, vma, page, frame, false, limit, last);
}

bool frame_mapped(const struct machine *m, const struct vm_area *vma, uint64_t page,
		  uint64_t frame, uint64_t limit, uint64_t *last)
{
	return held_elsewhere(m, vma, page, frame, true, limit, last);
}

bool machine_take(struct machine *m, uint64_t bytes)
{
	m->memory += bytes;
	if (m->memory > m->budget)
		m->exhausted = true;
	return !m->exhausted;
}

bool refuse(struct model_error *error, int err, const char *format, ...)
{
	va_list args;

	error->err = err;
	error->unfinished = false;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	return false;
}

bool not_modelled(struct model_error *error, const char *format, ...)
{
	va_list args;

	error->err = MODEL_NOT_MODELLED;
	error->unfinished = false;
	va_start(args, format);
	vsnprintf(error->message, sizeof(error->message), format, args);
	va_end(args);
	return false;
}

bool not_finished(struct model_error *error)
{
	not_modelled(error, "this kernel does not finish this call");
	error->unfinished = true;
	return false;
}
