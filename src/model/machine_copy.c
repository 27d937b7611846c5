/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second machine in the same state. What points from one part of a machine to another is
 * found again by its number. The entries are shared (pte_table.h), and so are names and the
 * groups of events, which never change.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/copy_private.h"

/* n elements of an array; NULL for none. */
static void *duplicate(const void *from, size_t n, size_t size)
{
	void *to = n ? xcalloc(n, size) : NULL;

	if (n)
		memcpy(to, from, n * size);
	return to;
}

static void copy_names(const struct copying *c)
{
	struct machine *to = c->to;

	to->names = duplicate(c->from->names, to->name_slots, sizeof(*to->names));
	for (size_t i = 0; i < to->name_slots; i++)
		if (to->names[i])
			to->names[i]->refs++;
}

static void copy_objects(struct copying *c)
{
	struct object **end = &c->to->objects;

	c->objects = xcalloc(c->from->object_count + 1u, sizeof(*c->objects));
	for (const struct object *object = c->from->objects; object; object = object->next) {
		struct object *copy = *end = duplicate(object, 1, sizeof(*object));

		c->objects[object->number] = copy;
		end = &copy->next;
		copy->cached = copy->swapped = copy->dirty = copy->reserved = (struct rangeset){0};
		rangeset_copy(&copy->cached, &object->cached);
		rangeset_copy(&copy->swapped, &object->swapped);
		rangeset_copy(&copy->dirty, &object->dirty);
		rangeset_copy(&copy->reserved, &object->reserved);
	}
	*end = NULL;
}

static void copy_context_list(struct copying *c, struct uffd_ctx **end, const struct uffd_ctx *ctx)
{
	for (; ctx; ctx = ctx->next) {
		struct uffd_ctx *copy = *end = duplicate(ctx, 1, sizeof(*ctx));

		c->contexts[ctx->number] = copy;
		copy->name = xstrdup(ctx->name);
		copy->mm = copied_mm(c, ctx->mm);
		end = &copy->next;
	}
	*end = NULL;
}

static void copy_contexts(struct copying *c)
{
	c->contexts = xcalloc(c->from->context_count + 1u, sizeof(*c->contexts));
	copy_context_list(c, &c->to->contexts, c->from->contexts);
	copy_context_list(c, &c->to->inherited, c->from->inherited);
	for (unsigned i = 0; i < c->from->context_count; i++)
		if (c->contexts[i])
			c->contexts[i]->parent = copied_context(c, c->contexts[i]->parent);
}

static void copy_vmas(const struct copying *c)
{
	struct machine *to = c->to;

	to->vma_block_cap = to->vma_blocks;
	to->vmas = duplicate(c->from->vmas, to->vma_blocks, sizeof(*to->vmas));
	for (size_t i = 0; i < to->vma_blocks; i++)
		to->vmas[i] = duplicate(c->from->vmas[i], VMA_BLOCK, sizeof(**to->vmas));
	for (uint32_t i = 0; i < to->vma_count; i++) {
		struct vm_area *vma = machine_vma_number(to, i);

		vma->mm = copied_mm(c, vma->mm);
		vma->uffd = copied_context(c, vma->uffd);
		if (vma->object)
			vma->object = c->objects[vma->object->number];
	}
}

static void copy_mm(const struct copying *c, const struct mm *from, struct mm *to)
{
	*to = *from;
	to->paging = &c->to->paging;
	to->vmas = to->names = to->moved = (struct spans){0};
	spans_copy(&to->vmas, &from->vmas);
	spans_copy(&to->names, &from->names);
	spans_copy(&to->moved, &from->moved);
	for (size_t i = 0; i < to->vmas.chunks; i++)
		for (size_t k = 0; k < to->vmas.chunk[i].n; k++)
			to->vmas.chunk[i].v[k].value = copied_vma(c, to->vmas.chunk[i].v[k].value);
	runs_copy(&to->pages, &from->pages);
	for (int level = 0; level < TABLE_LEVELS; level++) {
		to->tables[level] = (struct rangeset){0};
		rangeset_copy(&to->tables[level], &from->tables[level]);
	}
	to->huge_reserved = to->huge_owned = to->huge_lost = (struct rangeset){0};
	rangeset_copy(&to->huge_reserved, &from->huge_reserved);
	rangeset_copy(&to->huge_owned, &from->huge_owned);
	rangeset_copy(&to->huge_lost, &from->huge_lost);
	to->stretches = duplicate(from->stretches, from->stretch_count, sizeof(*from->stretches));
}

/* First of all, so that there is something to point to. */
static void new_mms(const struct copying *c)
{
	struct machine *to = c->to;

	to->mm_cap = to->mm_count;
	to->mms = xcalloc(to->mm_count, sizeof(*to->mms));
	for (size_t i = 0; i < to->mm_count; i++)
		to->mms[i] = xcalloc(1, sizeof(**to->mms));
	to->parent = copied_mm(c, c->from->parent);
	to->child = copied_mm(c, c->from->child);
	to->unborn = copied_mm(c, c->from->unborn);
}

static void copy_forks(const struct copying *c)
{
	struct machine *to = c->to;

	to->fork_cap = to->fork_count;
	to->forks = duplicate(c->from->forks, to->fork_count, sizeof(*to->forks));
	for (size_t i = 0; i < to->fork_count; i++) {
		struct fork_record *fork = &to->forks[i];

		fork->parent = copied_mm(c, fork->parent);
		fork->child = copied_mm(c, fork->child);
		fork->failed = copied_vma(c, fork->failed);
		fork->vmas = duplicate(fork->vmas, fork->vma_count, sizeof(*fork->vmas));
		for (size_t k = 0; k < fork->vma_count; k++) {
			fork->vmas[k].src = copied_vma(c, fork->vmas[k].src);
			fork->vmas[k].dst = copied_vma(c, fork->vmas[k].dst);
		}
	}
}

/* Sets of frames, and who holds some. */
static void copy_frame_sets(const struct copying *c)
{
	const struct machine *m = c->from;
	struct machine *to = c->to;

	to->swap_cache = to->lazyfree = to->mlocked = to->pinned = to->held = (struct rangeset){0};
	rangeset_copy(&to->swap_cache, &m->swap_cache);
	rangeset_copy(&to->lazyfree, &m->lazyfree);
	rangeset_copy(&to->mlocked, &m->mlocked);
	rangeset_copy(&to->pinned, &m->pinned);
	rangeset_copy(&to->held, &m->held);
	to->hold_cap = to->hold_count;
	to->holds = duplicate(m->holds, to->hold_count, sizeof(*m->holds));
	for (size_t i = 0; i < to->hold_count; i++) {
		assert(to->holds); /* not empty */
		to->holds[i].mm = copied_mm(c, to->holds[i].mm);
	}
}

struct machine *machine_copy(const struct machine *m, const struct kernel *kernel)
{
	struct machine *to = xmalloc(sizeof(*to));
	struct copying c = {.from = m, .to = to};

	assert(m->at == m->event_count && !m->at_pages && !m->exhausted);
	assert(machine_suits(m, kernel));
	*to = *m;
	to->budget = NULL;
	to->taken = 0;
	to->spent = to->work;
	to->ask_at = to->weigh_at;
	to->moved = 0;
	to->kernel = m->chosen ? kernel_on(kernel, m->paging.arch) : kernel_copy(kernel);
	to->chosen = m->chosen ? kernel_copy(kernel) : NULL;
	to->asked = duplicate(m->asked, 1, sizeof(*m->asked));
	copy_names(&c);
	new_mms(&c);
	copy_objects(&c);
	copy_contexts(&c);
	copy_vmas(&c);
	for (size_t i = 0; i < m->mm_count; i++)
		copy_mm(&c, m->mms[i], to->mms[i]);
	copy_forks(&c);
	events_copy(&c);
	journal_copy(&c);
	copy_frame_sets(&c);
	free(c.objects);
	free(c.contexts);
	return to;
}

/* --- what that takes ------------------------------------------------------------------- */

uint64_t machine_copy_work(const struct machine *m)
{
	uint64_t work = 1000 + m->vma_count + m->name_slots / 8 + m->stored.n / 4 + 2 * m->whole.n +
			m->journal.n;

	for (size_t i = 0; i < m->mm_count; i++)
		work += 2 * m->mms[i]->pages.count + m->mms[i]->names.count;
	for (size_t i = 0; i < m->fork_count; i++)
		work += m->forks[i].vma_count;
	for (const struct object *object = m->objects; object; object = object->next)
		work += 4 * object->cached.chunks;
	return work;
}

static uint64_t spans_bytes(const struct spans *spans)
{
	return spans->chunks * sizeof(*spans->chunk) + spans->count * sizeof(struct span);
}

static uint64_t mm_bytes(const struct mm *mm)
{
	uint64_t bytes = MM_BYTES + spans_bytes(&mm->vmas) + spans_bytes(&mm->names) +
			 spans_bytes(&mm->moved) +
			 mm->stretch_count * sizeof(*mm->stretches);

	for (int level = 0; level < TABLE_LEVELS; level++)
		bytes += rangeset_bytes(&mm->tables[level]);
	bytes += rangeset_bytes(&mm->huge_reserved) + rangeset_bytes(&mm->huge_owned) +
		 rangeset_bytes(&mm->huge_lost);
	return bytes;
}

static uint64_t object_bytes(const struct object *object)
{
	return sizeof(*object) + rangeset_bytes(&object->cached) + rangeset_bytes(&object->swapped) +
	       rangeset_bytes(&object->dirty) + rangeset_bytes(&object->reserved);
}

struct bytes machine_bytes(const struct machine *m)
{
	uint64_t own = sizeof(*m) + sizeof(*m->kernel) + m->kernel->line_count * 64 +
		       m->name_count * (NAME_BYTES + NAME_LENGTH) +
		       m->context_count * CONTEXT_BYTES +
		       m->vma_blocks * (sizeof(*m->vmas) + VMA_BLOCK * sizeof(**m->vmas)) +
		       m->name_slots * sizeof(*m->names) + rangeset_bytes(&m->swap_cache) +
		       rangeset_bytes(&m->lazyfree) + rangeset_bytes(&m->mlocked) + rangeset_bytes(&m->pinned) + rangeset_bytes(&m->held) +
		       m->hold_count * sizeof(*m->holds);
	struct bytes bytes;

	for (size_t i = 0; i < m->mm_count; i++)
		own += mm_bytes(m->mms[i]);
	for (size_t i = 0; i < m->fork_count; i++)
		own += m->forks[i].vma_count * sizeof(struct fork_vma);
	for (const struct object *object = m->objects; object; object = object->next)
		own += object_bytes(object);
	bytes = (struct bytes){own, own};
	for (size_t i = 0; i < m->mm_count; i++)
		runs_add_bytes(&m->mms[i]->pages, &bytes);
	events_add_bytes(m, &bytes);
	return bytes;
}
