/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mremap, and what its addresses are called afterwards. */
#include <string.h>

#include "base/buf.h"
#include "base/minmax.h"
#include "language/apply_private.h"
#include "language/words.h"

/* The names go by what was mapped where. */
struct renaming {
	struct machine *m;
	struct mm *mm;
	const struct command *c;
	const struct name *name;
	struct stretch old, now; /* of what has moved, or got another size */
	struct ranges holes;	 /* pages of `old` that were not mapped */
};

static void find_holes(struct renaming *r)
{
	uint64_t first = address_page(r->mm, r->old.start), last = address_page(r->mm, r->old.end - 1);

	ranges_add(&r->holes, first, last);
	for_each_vma_range(r->mm, vma, r->old.start, r->old.end)
		ranges_remove(&r->holes, vma_first(vma), vma_last(vma));
}

/* A name that the command makes: NULL: it is taken. */
static const struct name *new_name(const struct renaming *r, const char *suffix, struct model_error *e)
{
	const struct name *name;
	struct buf text = {0};

	buf_printf(&text, "%s.%s", r->name->text, suffix);
	name = machine_intern(r->m, buf_str(&text));
	buf_deinit(&text);
	if (!machine_name_in_use(r->m, name) && strlen(name->text) <= NAME_MAX_LENGTH)
		return name;
	refuse(e, MODEL_CANNOT, machine_name_in_use(r->m, name) ? "the name %s is taken"
								: "the name %s is too long",
	       name->text);
	apply_blame(e, r->c->args.target.name);
	return NULL;
}

/* From now on the name means those addresses, and no others. */
static void give(const struct renaming *r, const struct name *name, struct stretch stretch)
{
	forget_name(r->m, r->mm, name);
	change_names(r->m, r->mm, stretch.start, stretch.end, name);
	change_stretch(r->m, r->mm, name, stretch);
}

/* What others have mapped where nothing came keeps its names. */
static void keep_names(const struct renaming *r, const struct spans *before)
{
	const uint64_t distance = r->now.start - r->old.start;

	for (size_t i = 0; i < r->holes.n; i++) {
		uint64_t at = page_address(r->mm, r->holes.v[i].first) + distance;
		uint64_t end = page_address(r->mm, r->holes.v[i].last + 1) + distance;
		struct span_place place;
		const struct span *span = spans_find(before, at, &place);

		for (; span && span->start < end; span = spans_next(before, &place)) {
			uint64_t from = max(span->start, at);
			uint64_t to = min(span->end, end);

			if (span->value != r->name && mm_vma_at(r->mm, from))
				change_names(r->m, r->mm, from, to, span->value);
		}
	}
}

/* It is somewhere else now. */
static bool rename_moved(const struct renaming *r, struct model_error *e)
{
	const struct remap_args *args = &r->c->args.remap;
	const struct name *moved = args->part ? new_name(r, "moved", e) : r->name;
	const struct name *old = args->dontunmap ? new_name(r, "old", e) : NULL;
	struct spans before = {0};

	if (!moved || (args->dontunmap && !old))
		return false;
	spans_copy(&before, &r->mm->names);
	give(r, moved, r->now);
	if (old)
		give(r, old, r->old);
	keep_names(r, &before);
	spans_deinit(&before);
	return true;
}

/* It has grown, or the name gets shorter; that of a part of its pages does not. */
static void rename_resized(const struct renaming *r)
{
	struct stretch stretch = mm_stretch(r->mm, r->name);

	if (r->now.end > r->old.end) {
		change_names(r->m, r->mm, r->old.end, r->now.end, r->name);
		stretch.end = max(stretch.end, r->now.end);
	} else if (!r->c->args.remap.part) {
		change_names(r->m, r->mm, r->now.end, r->old.end, NULL);
		stretch.end = r->now.end;
	}
	change_stretch(r->m, r->mm, r->name, stretch);
}

static bool remap_range(struct renaming *r, struct model_error *e)
{
	const struct remap_args *args = &r->c->args.remap;
	struct mremap_args call = {
		.addr = r->old.start,
		.old_len = r->old.end - r->old.start,
		.new_len = memory_size_bytes(args->size, r->mm->paging),
		.fixed = args->fixed,
		.new_addr = args->address,
		.dontunmap = args->dontunmap,
	};

	find_holes(r);
	if (!vm_mremap(r->m, r->mm, &call, e))
		return false;
	if (r->old.end < r->old.start + call.old_len) /* whole huge pages */
		r->old.end = r->old.start + call.old_len;
	r->now = (struct stretch){call.new_addr, call.new_addr + call.new_len};
	if (r->now.start != r->old.start)
		return rename_moved(r, e);
	rename_resized(r);
	return true;
}

static bool call_mremap(struct machine *m, struct mm *mm, const struct ranges *pages,
			const struct command *c, struct model_error *e)
{
	struct renaming r = {.m = m, .mm = mm, .c = c};
	uint64_t end;
	bool ok;

	if (pages->n != 1) {
		refuse(e, MODEL_CANNOT, c->args.remap.part ? "these pages are not one range"
							   : "its addresses are not one range any more");
		return apply_blame(e, c->args.remap.part ? c->args.target.pages_word
							 : c->args.target.name);
	}
	r.old = (struct stretch){page_address(mm, pages->v[0].first),
				 page_address(mm, pages->v[0].last + 1)};
	r.name = mm_name_at(mm, r.old.start, &end);
	ok = remap_range(&r, e);
	ranges_deinit(&r.holes);
	return ok;
}

bool apply_mremap(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, c, e, call_mremap);
}
