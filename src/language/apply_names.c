/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which pages of which names a command is about, and a call for each of them. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/apply_private.h"
#include "language/pattern.h"

bool apply_blame(struct model_error *e, unsigned word)
{
	e->word = word;
	e->err = MODEL_CANNOT;
	return false;
}

const struct name *command_name(const struct machine *m, const struct mm *mm,
				const struct command *c, unsigned word, struct model_error *error)
{
	const char *text = word_text(c, word), *near;
	const struct name *name = machine_name(m, text);
	const char *names[256];
	const struct name *known;
	uint64_t at = 0;
	size_t n = 0;

	if (name && mm_named_vma(mm, name))
		return name;
	if (name) {
		refuse(error, MODEL_CANNOT, "%.64s is no longer mapped in this process", text);
	} else {
		while (n < ARRAY_SIZE(names) && (known = mm_next_name(mm, &at)))
			names[n++] = known->text;
		near = nearest_word(text, names, n);
		refuse(error, MODEL_CANNOT, "there is no VMA called '%.64s'%s%s%s", text,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	apply_blame(error, word);
	return NULL;
}

void own_pages(const struct mm *mm, const struct name *name, uint64_t first, uint64_t last,
	       struct ranges *pages, const struct name **other)
{
	uint64_t at = page_address(mm, first), stop = page_address(mm, last + 1), end;

	for (; at < stop; at = end) {
		const struct name *here = mm_name_at(mm, at, &end);

		if (end > stop)
			end = stop;
		if (here == name)
			ranges_add(pages, address_page(mm, at), address_page(mm, end) - 1);
		else if (!*other)
			*other = here;
	}
}

bool target_pages(const struct mm *mm, const struct name *name, const struct target *target,
		  struct ranges *pages, struct model_error *error)
{
	struct stretch stretch = mm_stretch(mm, name);
	uint64_t first = address_page(mm, stretch.start), n = address_page(mm, stretch.end) - first;
	const struct name *other = NULL;

	if (target->all_pages) {
		own_pages(mm, name, first, first + n - 1, pages, &other);
		return true;
	}
	if (target->pages.v[target->pages.n - 1].last >= n) {
		refuse(error, MODEL_CANNOT, "%s has pages 0 to %llu", name->text,
		       (unsigned long long)n - 1);
		return apply_blame(error, target->pages_word);
	}
	for (size_t i = 0; i < target->pages.n; i++)
		own_pages(mm, name, first + target->pages.v[i].first, first + target->pages.v[i].last,
			  pages, &other);
	if (!other)
		return true;
	refuse(error, MODEL_CANNOT, "some of these pages belong to %s now", other->text);
	return apply_blame(error, target->pages_word);
}

bool command_pages(const struct mm *mm, const struct name *name, const struct command *c,
		   struct ranges *pages, struct model_error *error)
{
	return target_pages(mm, name, &c->args.target, pages, error);
}

void name_list_add(struct name_list *names, const struct name *name)
{
	GROW(names->v, names->n, names->cap);
	names->v[names->n++] = name;
}

void name_list_deinit(struct name_list *names)
{
	free(names->v);
	*names = (struct name_list){0};
}

/* Has the process anything of this name mapped, and does the pattern fit it? */
static bool fits(const struct mm *mm, const char *pattern, const struct name *name)
{
	return pattern_fits(pattern, name->text) && mm_named_vma(mm, name);
}

bool target_names(const struct machine *m, const struct mm *mm, const struct command *c,
		  const struct target *target, struct name_list *names, struct model_error *e)
{
	const char *text = word_text(c, target->name);
	const struct name *fitting;
	uint64_t at = 0;

	if (!target->pattern) {
		const struct name *name = command_name(m, mm, c, target->name, e);

		if (name)
			name_list_add(names, name);
		return name != NULL;
	}
	while (!mm->dead && (fitting = mm_next_name(mm, &at)))
		if (fits(mm, text, fitting))
			name_list_add(names, fitting);
	if (names->n)
		return true;
	refuse(e, MODEL_CANNOT, "no name of something mapped fits '%.64s'", text);
	return apply_blame(e, target->name);
}

bool command_names(const struct machine *m, const struct mm *mm, const struct command *c,
		   struct name_list *names, struct model_error *e)
{
	return target_names(m, mm, c, &c->args.target, names, e);
}

/* Calls `each` for the name, or for each that the pattern fits, in order of address. */
typedef bool name_call(struct machine *m, struct mm *mm, const struct name *name,
		       const struct command *c, void *arg, struct model_error *e);

static bool with_names(struct machine *m, struct mm *mm, const struct command *c, name_call *each,
		       void *arg, struct model_error *e)
{
	struct name_list names = {0};
	bool ok = command_names(m, mm, c, &names, e);

	for (size_t i = 0; ok && i < names.n; i++)
		ok = each(m, mm, names.v[i], c, arg, e);
	name_list_deinit(&names);
	return ok;
}

/* The pages for a call; an error where none of them is called so (any more). */
static bool called_pages(const struct mm *mm, const struct name *name, const struct command *c,
			 struct ranges *pages, struct model_error *e)
{
	const struct target *target = &c->args.target;

	if (!command_pages(mm, name, c, pages, e))
		return false;
	if (pages->n)
		return true;
	refuse(e, MODEL_CANNOT, "no page of %s is there any more", name->text);
	return apply_blame(e, target->pages_word ? target->pages_word : target->name);
}

static bool pages_of(struct machine *m, struct mm *mm, const struct name *name,
		     const struct command *c, void *arg, struct model_error *e)
{
	struct ranges pages = {0};
	pages_call *const *call = arg;
	bool ok = called_pages(mm, name, c, &pages, e) && (*call)(m, mm, &pages, c, e);

	ranges_deinit(&pages);
	return ok;
}

bool with_pages(struct machine *m, const struct command *c, struct model_error *e, pages_call *call)
{
	return with_names(m, command_mm(m, c), c, pages_of, &call, e);
}

/* The name has addresses there, though nothing of it is mapped any more. */
static bool with_unmapped(struct machine *m, struct mm *mm, const struct name *name,
			  const struct command *c, struct model_error *e, pages_call *call)
{
	struct ranges pages = {0};
	bool ok = command_pages(mm, name, c, &pages, e);

	if (ok)
		ok = pages.n ? call(m, mm, &pages, c, e)
			     : command_name(m, mm, c, c->args.target.name, e) != NULL;
	ranges_deinit(&pages);
	return ok;
}

bool with_pages_once_mapped(struct machine *m, const struct command *c, struct model_error *e,
			    pages_call *call)
{
	const struct name *name = machine_name(m, word_text(c, c->args.target.name));
	struct mm *mm = command_mm(m, c);

	if (name && mm_stretch(mm, name).end && !mm_named_vma(mm, name))
		return with_unmapped(m, mm, name, c, e, call);
	return with_pages(m, c, e, call);
}

static bool ranges_of(struct machine *m, struct mm *mm, const struct name *name,
		      const struct command *c, void *arg, struct model_error *e)
{
	struct ranges pages = {0};
	range_call *const *call = arg;
	bool ok = called_pages(mm, name, c, &pages, e);

	for (size_t i = 0; ok && i < pages.n; i++)
		ok = (*call)(m, mm, pages.v[i].first, pages.v[i].last, c, e);
	ranges_deinit(&pages);
	return ok;
}

bool with_ranges(struct machine *m, const struct command *c, struct model_error *e, range_call *call)
{
	return with_names(m, command_mm(m, c), c, ranges_of, &call, e);
}
