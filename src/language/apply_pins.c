/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about single pages: pins, a debugger's stores, merged and soft-dirty pages. */
#include "language/apply_private.h"

static bool call_pin(struct machine *m, struct mm *mm, const struct ranges *pages,
		     const struct command *c, struct model_error *e)
{
	return vm_pin(m, mm, pages, c->args.pin, e);
}

bool apply_pin(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, c, e, call_pin);
}

static bool call_unpin(struct machine *m, struct mm *mm, const struct ranges *pages,
		       const struct command *c, struct model_error *e)
{
	(void)c;
	(void)e;
	vm_unpin(m, mm, pages);
	return true;
}

bool apply_unpin(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages_once_mapped(m, c, e, call_unpin);
}

static bool call_poke(struct machine *m, struct mm *mm, const struct ranges *pages,
		      const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_poke(m, mm, pages, e);
}

bool apply_poke(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, c, e, call_poke);
}

bool list_pages(const struct machine *m, const struct mm *mm, const struct command *c,
		struct ranges *pages, struct model_error *e)
{
	bool ok = true;

	for (size_t i = 0; ok && i < c->args.lists.n; i++) {
		const struct target *list = &c->args.lists.v[i];
		struct name_list names = {0};

		ok = target_names(m, mm, c, list, &names, e);
		for (size_t j = 0; ok && j < names.n; j++)
			ok = target_pages(mm, names.v[j], list, pages, e);
		name_list_deinit(&names);
	}
	return ok;
}

bool apply_ksm(struct machine *m, const struct command *c, struct model_error *e)
{
	struct mm *mm = command_mm(m, c);
	struct ranges pages = {0};
	bool ok = list_pages(m, mm, c, &pages, e) && vm_ksm(m, mm, &pages, e);

	ranges_deinit(&pages);
	return ok;
}

bool apply_clear_refs(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)e;
	vm_clear_soft_dirty(m, command_mm(m, c));
	return true;
}
