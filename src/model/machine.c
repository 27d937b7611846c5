/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/machine.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"
#include "base/minmax.h"

const char *const thp_mode_names[3] = {
	[THP_NEVER] = "never",
	[THP_MADVISE] = "madvise",
	[THP_ALWAYS] = "always",
};

uint64_t fault_around_default(const struct paging *paging)
{
	return (UINT64_C(64) << 10) >> paging->page_shift;
}

struct machine *machine_create(const struct kernel *kernel, struct budget *budget)
{
	struct machine *m = xcalloc(1, sizeof(*m));

	m->budget = budget;
	m->kernel = kernel_copy(kernel);
	m->asked = xcalloc(1, sizeof(*m->asked));
	m->thp = THP_MADVISE;
	m->group_runs = GROUP_RUNS;
	m->paging = paging_x86_64;
	m->fault_around = fault_around_default(&m->paging);
	for (int limit = 0; limit < LIMITS; limit++)
		m->limits[limit] = UNLIMITED;
	m->next_anon = (UINT64_C(1) * FRAME_ANON << FRAME_KIND_SHIFT) + 1;
	m->next_large = (UINT64_C(1) * FRAME_ANON << FRAME_KIND_SHIFT) | FRAME_LARGE;
	m->next_file = (UINT64_C(1) * FRAME_FILE << FRAME_KIND_SHIFT) + 1;
	m->next_pfn = (UINT64_C(1) * FRAME_PFN << FRAME_KIND_SHIFT) + 1;
	m->next_ksm = (UINT64_C(1) * FRAME_KSM << FRAME_KIND_SHIFT) + 1;
	m->parent = machine_new_mm(m);
	return m;
}

bool machine_is_new(const struct machine *m)
{
	return !m->vma_count && !m->fork_count && !m->context_count;
}

/* x86-64 is what profiles describe. */
static void put_kernel(struct machine *m, enum arch arch)
{
	if (m->chosen) {
		kernel_free(m->kernel);
		m->kernel = m->chosen;
		m->chosen = NULL;
	}
	if (arch == ARCH_X86_64)
		return;
	m->chosen = m->kernel;
	m->kernel = kernel_on(m->chosen, arch);
}

void machine_set_paging(struct machine *m, const struct paging *paging)
{
	bool usual = m->fault_around == fault_around_default(&m->paging);

	assert(machine_is_new(m));
	if (m->paging.arch != paging->arch)
		put_kernel(m, paging->arch);
	m->paging = *paging;
	if (usual)
		m->fault_around = fault_around_default(paging);
	m->fault_around = min(m->fault_around, ptrs_per_table(paging));
	runs_deinit(&m->parent->pages);
	runs_init(&m->parent->pages, PAGES_MAX, paging->table_bits);
}

static void free_mm(struct mm *mm)
{
	spans_deinit(&mm->vmas);
	spans_deinit(&mm->names);
	spans_deinit(&mm->moved);
	runs_deinit(&mm->pages);
	free(mm->stretches);
	for (int level = 0; level < TABLE_LEVELS; level++)
		rangeset_deinit(&mm->tables[level]);
	rangeset_deinit(&mm->huge_reserved);
	rangeset_deinit(&mm->huge_owned);
	rangeset_deinit(&mm->huge_lost);
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
	budget_give(m->budget, m->taken);
	for (size_t i = 0; i < m->mm_count; i++)
		free_mm(m->mms[i]);
	for (size_t i = 0; i < m->vma_blocks; i++)
		free(m->vmas[i]);
	free(m->vmas);
	while (m->objects) {
		struct object *object = m->objects;

		m->objects = object->next;
		rangeset_deinit(&object->cached);
		rangeset_deinit(&object->swapped);
		rangeset_deinit(&object->dirty);
		rangeset_deinit(&object->reserved);
		free(object);
	}
	free_contexts(m->contexts);
	free_contexts(m->inherited);
	for (size_t i = 0; i < m->fork_count; i++)
		free(m->forks[i].vmas);
	for (size_t i = 0; i < m->name_slots; i++)
		if (m->names[i] && !--m->names[i]->refs)
			free(m->names[i]);
	rangeset_deinit(&m->swap_cache);
	rangeset_deinit(&m->lazyfree);
	rangeset_deinit(&m->mlocked);
	rangeset_deinit(&m->pinned);
	rangeset_deinit(&m->held);
	free(m->holds);
	free(m->names);
	free(m->forks);
	events_free(m);
	free(m->mms);
	kernel_free(m->chosen);
	kernel_free(m->kernel);
	free(m->asked);
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

const struct name *machine_intern(struct machine *m, const char *s)
{
	size_t i, len = strlen(s);

	if (m->name_count * 2 >= m->name_slots)
		grow_names(m);
	i = name_slot(m, s);
	if (!m->names[i]) {
		m->names[i] = xmalloc(sizeof(struct name) + len + 1);
		m->names[i]->id = (unsigned)m->name_count++;
		m->names[i]->refs = 1;
		machine_take(m, NAME_BYTES + len);
		memcpy(m->names[i]->text, s, len + 1);
	}
	return m->names[i];
}

const struct name *machine_name(const struct machine *m, const char *text)
{
	return m->name_slots ? m->names[name_slot(m, text)] : NULL;
}

struct vm_area *machine_vma(const struct machine *m, const struct mm *mm, const char *text)
{
	const struct name *name = machine_name(m, text);

	return name ? mm_named_vma(mm, name) : NULL;
}

bool machine_name_in_use(const struct machine *m, const struct name *name)
{
	for (size_t i = 0; i < m->mm_count; i++)
		if (mm_named_vma(m->mms[i], name))
			return true;
	return false;
}

/* --- forks ------------------------------------------------------------------- */

const struct fork_vma *fork_vma_from(const struct fork_record *fork, uint64_t address)
{
	size_t at;

	BISECT(at, fork->vma_count, fork->vmas[at].src->end <= address);
	return at < fork->vma_count ? &fork->vmas[at] : NULL;
}

/* The first of a fork's VMAs from `from` on that has addresses which `mm` calls so. */
static const struct fork_vma *fork_vma_named(const struct fork_record *fork, const struct mm *mm,
					     const struct name *name, uint64_t from)
{
	struct stretch stretch = mm_stretch(mm, name);
	const struct fork_vma *vma;
	uint64_t at = from > stretch.start ? from : stretch.start, end;

	for (; at < stretch.end; at = end) {
		bool named = mm_name_at(mm, at, &end) == name;

		if (!named)
			continue;
		vma = fork_vma_from(fork, at);
		if (vma && vma->src->start < end)
			return vma;
	}
	return NULL;
}

const struct fork_vma *machine_fork_vma(const struct machine *m, const struct fork_record *fork,
					const char *text)
{
	const struct name *name = machine_name(m, text);
	const struct fork_vma *vma = name ? fork_vma_named(fork, fork->parent, name, 0) : NULL;

	/* The parent may have given its addresses another name since. */
	return vma || !name ? vma : fork_vma_named(fork, fork->child, name, 0);
}

const struct fork_vma *machine_fork_next(const struct machine *m, const struct fork_record *fork,
					 const struct fork_vma *vma, const char *text)
{
	const struct name *name = machine_name(m, text);
	const struct mm *mm = fork_vma_named(fork, fork->parent, name, 0) ? fork->parent : fork->child;

	return fork_vma_named(fork, mm, name, vma->src->end);
}

/* --- what a machine owns --------------------------------------------------- */

struct vm_area *machine_new_vma(struct machine *m)
{
	struct vm_area *vma;

	if (m->vma_count == m->vma_blocks * VMA_BLOCK) {
		GROW(m->vmas, m->vma_blocks, m->vma_block_cap);
		m->vmas[m->vma_blocks++] = xcalloc(VMA_BLOCK, sizeof(**m->vmas));
	}
	vma = machine_vma_number(m, m->vma_count);
	vma->number = m->vma_count++;
	machine_take(m, sizeof(*vma) + sizeof(struct span) + 16);
	return vma;
}

struct vm_area *machine_new_vma_like(struct machine *m, const struct vm_area *like)
{
	struct vm_area *vma = machine_new_vma(m);
	uint32_t number = vma->number;

	*vma = *like;
	vma->number = number;
	return vma;
}

struct uffd_ctx *machine_new_context(struct machine *m, const char *name, uint32_t features,
				     const struct mm *mm)
{
	struct uffd_ctx *ctx = xcalloc(1, sizeof(*ctx));

	machine_take(m, CONTEXT_BYTES);
	*ctx = (struct uffd_ctx){.name = xstrdup(name), .features = features, .mm = mm,
				 .number = m->context_count++};
	return ctx;
}

struct mm *machine_new_mm(struct machine *m)
{
	struct mm *mm = xcalloc(1, sizeof(*mm));

	machine_take(m, MM_BYTES);
	mm->number = (unsigned)m->mm_count;
	mm->paging = &m->paging;
	runs_init(&mm->pages, PAGES_MAX, m->paging.table_bits);
	GROW(m->mms, m->mm_count, m->mm_cap);
	m->mms[m->mm_count++] = mm;
	return mm;
}

bool object_is_mapped(const struct machine *m, const struct object *object)
{
	for (size_t i = 0; i < m->mm_count; i++)
		if (!m->mms[i]->dead)
			for_each_vma(m->mms[i], vma)
				if (vma->object == object)
					return true;
	return false;
}

struct object *machine_new_object(struct machine *m, enum backing backing, uint64_t pages)
{
	struct object *object = xcalloc(1, sizeof(*object));

	machine_take(m, sizeof(*object));
	object->backing = backing;
	object->frame = m->next_file;
	m->next_file += pages;
	object->number = m->object_count++;
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

void mm_populate_tables(struct machine *m, struct mm *mm, uint64_t first,
			uint64_t last, enum table_level level)
{
	for (enum table_level l = level; l <= machine_top_level(m); l++)
		change_add_tables(m, mm, l, page_address(mm, first) >> table_shift(mm->paging, l),
				  page_address(mm, last) >> table_shift(mm->paging, l));
}

/* --- what it may take ---------------------------------------------------------- */

/* Work between two looks at the budget: milliseconds. */
#define ASK_EVERY 100000
/* So many times the work of a copy goes by before memory, which takes less, is measured again. */
#define WEIGH_EVERY 4

bool machine_take(struct machine *m, uint64_t bytes)
{
	m->memory += bytes;
	m->taken += bytes;
	if (!budget_take(m->budget, bytes))
		m->exhausted = true;
	return !m->exhausted;
}

/* What was not taken in advance: pages and tables. */
static void weigh(struct machine *m)
{
	uint64_t bytes = machine_bytes(m).all, less;

	if (bytes >= m->memory) {
		machine_take(m, bytes - m->memory);
	} else {
		less = min(m->memory - bytes, m->taken);
		m->memory = bytes;
		m->taken -= less;
		budget_give(m->budget, less);
	}
	m->weigh_at = m->work + WEIGH_EVERY * machine_copy_work(m) + ASK_EVERY;
}

void machine_settle_work(struct machine *m)
{
	if (!budget_spend(m->budget, m->work - m->spent))
		m->exhausted = true;
	m->spent = m->work;
}

void machine_ask(struct machine *m)
{
	uint64_t next;

	machine_settle_work(m);
	if (m->work >= m->weigh_at)
		weigh(m);
	next = m->work + 1 + min(ASK_EVERY, budget_steps_left(m->budget));
	m->ask_at = min(next, m->weigh_at);
}

void machine_set_budget(struct machine *m, struct budget *budget, uint64_t shared)
{
	budget_give(m->budget, m->taken);
	m->budget = budget;
	m->taken = m->memory - min(shared, m->memory);
	m->spent = m->work;
	m->ask_at = 0;
	budget_take(budget, m->taken);
}

/* --- errors --------------------------------------------------------------------- */

bool refuse(struct model_error *error, int err, const char *format, ...)
{
	va_list args;

	error->err = err;
	error->unfinished = false;
	error->hint[0] = '\0';
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
	error->hint[0] = '\0';
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
