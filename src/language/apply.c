/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that change an address space: each is carried out on both machines. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "language/pattern.h"
#include "model/invariants.h"
#include "report/sides.h"

/* --- what they share -------------------------------------------------------------- */

static const char *word_text(const struct command *c, unsigned word)
{
	return c->line.words[word].text;
}

/* Sets an error about one word of the command. */
static bool blame(struct model_error *e, unsigned word)
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
	blame(error, word);
	return NULL;
}

/* Adds those of first..last that the process calls so; *other: the name of one that is not. */
static void own_pages(const struct mm *mm, const struct name *name, uint64_t first, uint64_t last,
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

bool command_pages(const struct mm *mm, const struct name *name, const struct command *c,
		   struct ranges *pages, struct model_error *error)
{
	const struct target *target = &c->args.target;
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
		return blame(error, target->pages_word);
	}
	for (size_t i = 0; i < target->pages.n; i++)
		own_pages(mm, name, first + target->pages.v[i].first, first + target->pages.v[i].last,
			  pages, &other);
	if (!other)
		return true;
	refuse(error, MODEL_CANNOT, "some of these pages belong to %s now", other->text);
	return blame(error, target->pages_word);
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

bool command_names(const struct machine *m, const struct mm *mm, const struct command *c,
		   struct name_list *names, struct model_error *e)
{
	const char *text = word_text(c, c->args.target.name);
	const struct name *fitting;
	uint64_t at = 0;

	if (!c->args.target.pattern) {
		const struct name *name = command_name(m, mm, c, c->args.target.name, e);

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
	return blame(e, c->args.target.name);
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

/* One call for all pages of a name. */
typedef bool pages_call(struct machine *m, struct mm *mm, const struct ranges *pages,
			const struct command *c, struct model_error *e);

static bool pages_of(struct machine *m, struct mm *mm, const struct name *name,
		     const struct command *c, void *arg, struct model_error *e)
{
	struct ranges pages = {0};
	pages_call *const *call = arg;
	bool ok = command_pages(mm, name, c, &pages, e) && (*call)(m, mm, &pages, c, e);

	ranges_deinit(&pages);
	return ok;
}

static bool with_pages(struct machine *m, struct mm *mm, const struct command *c,
		       struct model_error *e, pages_call *call)
{
	return with_names(m, mm, c, pages_of, &call, e);
}

/* A call for each range of them. */
typedef bool range_call(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			const struct command *c, struct model_error *e);

static bool ranges_of(struct machine *m, struct mm *mm, const struct name *name,
		      const struct command *c, void *arg, struct model_error *e)
{
	struct ranges pages = {0};
	range_call *const *call = arg;
	bool ok = command_pages(mm, name, c, &pages, e);

	for (size_t i = 0; ok && i < pages.n; i++)
		ok = (*call)(m, mm, pages.v[i].first, pages.v[i].last, c, e);
	ranges_deinit(&pages);
	return ok;
}

static bool with_ranges(struct machine *m, struct mm *mm, const struct command *c,
			struct model_error *e, range_call *call)
{
	return with_names(m, mm, c, ranges_of, &call, e);
}

static struct uffd_ctx *command_ctx(struct machine *m, const struct command *c, unsigned word,
				    struct model_error *e)
{
	struct uffd_ctx *ctx = uffd_find(m, word_text(c, word));
	const char *names[64], *near;
	size_t n = 0;

	if (ctx)
		return ctx;
	for (ctx = m->contexts; ctx && n < ARRAY_SIZE(names); ctx = ctx->next)
		names[n++] = ctx->name;
	near = nearest_word(word_text(c, word), names, n);
	refuse(e, MODEL_CANNOT, "there is no userfaultfd called '%.64s'%s%s%s", word_text(c, word),
	       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	blame(e, word);
	return NULL;
}

/* --- vma ------------------------------------------------------------------------------ */

/* The file that `of NAME from PAGE` means. */
static bool find_file(struct machine *m, struct mm *mm, const struct command *c,
		      struct mmap_args *args, struct model_error *e)
{
	const struct vma_args *vma = &c->args.vma;
	const struct name *name = command_name(m, mm, c, vma->of, e);
	const struct vm_area *other = name ? mm_named_vma(mm, name) : NULL;

	if (!other)
		return false;
	if (vma->own) {
		refuse(e, MODEL_CANNOT, "it maps the file of %s, and so has none of its own", name->text);
		return blame(e, vma->of);
	}
	if (!other->object || other->backing != args->backing) {
		refuse(e, MODEL_CANNOT, "%s maps %s", name->text, backing_names[other->backing]);
		return blame(e, vma->of);
	}
	args->of = other->object;
	args->of_page = vma->of_page;
	return true;
}

static bool map_one(struct machine *m, struct mm *mm, const struct command *c,
		    const struct mmap_args *args, struct model_error *e)
{
	const struct name *name = machine_name(m, args->name);

	if (name && machine_name_in_use(m, name)) {
		refuse(e, MODEL_CANNOT, "the name %s is taken (reset empties the session)", args->name);
		return blame(e, c->args.target.name);
	}
	return vm_mmap(m, mm, args, e);
}

/* NAME.0, NAME.1 and so on, back to back behind `at`. */
static bool map_times(struct machine *m, struct mm *mm, const struct command *c,
		      struct mmap_args args, struct model_error *e)
{
	struct buf name = {0};
	bool ok = true;

	for (uint64_t i = 0; ok && i < c->args.vma.times && !m->exhausted; i++) {
		buf_clear(&name);
		buf_printf(&name, "%s.%llu", word_text(c, c->args.target.name), (unsigned long long)i);
		args.name = buf_str(&name);
		ok = map_one(m, mm, c, &args, e);
		if (ok && args.fixed)
			args.address = mm_stretch(mm, machine_name(m, args.name)).end;
	}
	buf_deinit(&name);
	return ok;
}

static bool apply_vma(struct machine *m, const struct command *c, struct model_error *e)
{
	const struct vma_args *vma = &c->args.vma;
	struct mmap_args args = vma->mmap;
	struct mm *mm = m->parent;

	args.own = vma->own;
	args.apart = vma->apart;
	args.name = word_text(c, c->args.target.name);
	if (vma->of && !find_file(m, mm, c, &args, e))
		return false;
	return vma->is_times ? map_times(m, mm, c, args, e) : map_one(m, mm, c, &args, e);
}

static bool call_touch(struct machine *m, struct mm *mm, const struct ranges *pages,
		       const struct command *c, struct model_error *e)
{
	enum touch_result result;

	return vm_touch(m, mm, pages, c->args.write, &result, e);
}

/* What is no longer mapped can be touched, too, unless others have its addresses: SIGSEGV. */
static bool touch_unmapped(struct machine *m, struct mm *mm, const struct name *name,
			   const struct command *c, struct model_error *e)
{
	struct ranges pages = {0};
	bool ok = command_pages(mm, name, c, &pages, e);

	if (ok)
		ok = pages.n ? call_touch(m, mm, &pages, c, e)
			     : command_name(m, mm, c, c->args.target.name, e) != NULL;
	ranges_deinit(&pages);
	return ok;
}

static bool touch_in(struct machine *m, struct mm *mm, const struct command *c,
		     struct model_error *e)
{
	const struct name *name = machine_name(m, word_text(c, c->args.target.name));

	if (name && !mm->dead && mm_stretch(mm, name).end && !mm_named_vma(mm, name))
		return touch_unmapped(m, mm, name, c, e);
	return with_pages(m, mm, c, e, call_touch);
}

static bool apply_touch(struct machine *m, const struct command *c, struct model_error *e)
{
	return touch_in(m, m->parent, c, e);
}

static bool apply_parent_touch(struct machine *m, const struct command *c, struct model_error *e)
{
	return touch_in(m, m->parent, c, e);
}

static bool apply_child_touch(struct machine *m, const struct command *c, struct model_error *e)
{
	return vm_has_child(m, e) && touch_in(m, m->child, c, e);
}

static bool call_pin(struct machine *m, struct mm *mm, const struct ranges *pages,
		     const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_pin(m, mm, pages, e);
}

static bool apply_pin(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, m->parent, c, e, call_pin);
}

static bool call_madvise(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			 const struct command *c, struct model_error *e)
{
	return vm_madvise(m, mm, first, last, c->args.advice, e);
}

static bool apply_madvise(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, m->parent, c, e, call_madvise);
}

static bool call_mprotect(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			  const struct command *c, struct model_error *e)
{
	return vm_mprotect(m, mm, first, last, c->args.prot, e);
}

static bool apply_mprotect(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, m->parent, c, e, call_mprotect);
}

static bool call_mlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		       const struct command *c, struct model_error *e)
{
	return vm_mlock(m, mm, first, last, c->args.onfault, e);
}

static bool apply_mlock(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, m->parent, c, e, call_mlock);
}

static bool call_mseal(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		       const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_mseal(m, mm, first, last, e);
}

static bool apply_mseal(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, m->parent, c, e, call_mseal);
}

static bool call_munmap(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_munmap(m, mm, first, last, e);
}

static bool call_munlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			 const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_munlock(m, mm, first, last, e);
}

static bool apply_munlock(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, m->parent, c, e, call_munlock);
}

static bool apply_munmap(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, m->parent, c, e, call_munmap);
}

/* Ends `apart` of the addresses that a word names. */
static bool drop_policy_of(struct machine *m, const struct command *c, unsigned word,
			   struct model_error *e)
{
	struct mm *mm = m->parent;
	const struct name *name = command_name(m, mm, c, word, e), *other = NULL;
	struct ranges pages = {0};
	struct stretch stretch;
	bool ok = name;

	if (!ok)
		return false;
	stretch = mm_stretch(mm, name);
	own_pages(mm, name, address_page(mm, stretch.start), address_page(mm, stretch.end - 1), &pages,
		  &other);
	for (size_t i = 0; ok && i < pages.n; i++)
		ok = drop_policy(m, mm, pages.v[i].first, pages.v[i].last, e);
	ranges_deinit(&pages);
	return ok;
}

static bool apply_merge(struct machine *m, const struct command *c, struct model_error *e)
{
	return drop_policy_of(m, c, c->args.target.name, e) && drop_policy_of(m, c, c->args.other, e);
}

static bool apply_uffd(struct machine *m, const struct command *c, struct model_error *e)
{
	const char *name = word_text(c, c->args.uffd.ctx);

	if (uffd_find(m, name)) {
		refuse(e, MODEL_CANNOT, "a userfaultfd named %s already exists", name);
		return blame(e, c->args.uffd.ctx);
	}
	return uffd_open(m, name, c->args.uffd.bits, e);
}

/* The calls on a range through a context, which exists. */
static struct uffd_ctx *ctx_of(struct machine *m, const struct command *c)
{
	return uffd_find(m, word_text(c, c->args.uffd.ctx));
}

static bool call_register(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			  const struct command *c, struct model_error *e)
{
	return uffd_register(m, ctx_of(m, c), mm, first, last, c->args.uffd.bits, e);
}

static bool apply_register(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) &&
	       with_ranges(m, m->parent, c, e, call_register);
}

static bool call_unregister(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			    const struct command *c, struct model_error *e)
{
	return uffd_unregister(m, ctx_of(m, c), mm, first, last, e);
}

static bool apply_unregister(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) &&
	       with_ranges(m, m->parent, c, e, call_unregister);
}

static bool call_protect(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			 const struct command *c, struct model_error *e)
{
	return uffd_protect(m, ctx_of(m, c), mm, first, last, c->spec->id == COMMAND_protect, e);
}

static bool apply_protect(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) &&
	       with_ranges(m, m->parent, c, e, call_protect);
}

static bool apply_unprotect(struct machine *m, const struct command *c, struct model_error *e)
{
	return apply_protect(m, c, e);
}

static bool call_poison(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			const struct command *c, struct model_error *e)
{
	return uffd_poison(m, ctx_of(m, c), mm, first, last, e);
}

static bool apply_poison(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) &&
	       with_ranges(m, m->parent, c, e, call_poison);
}

/* --- knobs, and states by hand ---------------------------------------------------------------------- */

static bool apply_set(struct machine *m, const struct command *c, struct model_error *e)
{
	switch (c->args.set.knob) {
	case KNOB_THP:
		m->thp = c->args.set.thp;
		return true;
	case KNOB_FAULT_AROUND:
		m->fault_around = c->args.set.number;
		return true;
	default:
		if (mm_vma_count(m->parent) || m->fork_count)
			return refuse(e, MODEL_CANNOT, "page-table-levels must be set before the first VMA");
		m->paging.levels = (unsigned)c->args.set.number;
		m->paging.task_size = (UINT64_C(1) << (m->paging.levels == 5 ? 56 : 47)) -
				      page_size(&m->paging);
		return true;
	}
}

static bool call_flags(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		       const struct command *c, struct model_error *e)
{
	return set_flags_by_hand(m, mm, first, last, c->args.flags.add, c->args.flags.remove, e);
}

static bool apply_flags(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, m->parent, c, e, call_flags);
}

static bool call_anon_vma(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			  const struct command *c, struct model_error *e)
{
	(void)e;
	set_anon_vma_by_hand(m, mm, first, last, c->args.on);
	return true;
}

static bool apply_anon_vma(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, m->parent, c, e, call_anon_vma);
}

static bool call_pte(struct machine *m, struct mm *mm, const struct ranges *pages,
		     const struct command *c, struct model_error *e)
{
	return set_pte_by_hand(m, mm, pages, (enum pte_state)c->args.entry.state, c->args.entry.attrs, e);
}

static bool apply_pte(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, m->parent, c, e, call_pte);
}

static bool apply_fork(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_fork(m, e);
}

static bool apply_child_exit(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_child_exit(m, false, e);
}

static bool apply_child_exec(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_child_exit(m, true, e);
}

static bool apply_become(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_become_child(m, e);
}

/* --- carrying out ------------------------------------------------------------------------------ */

typedef bool apply_function(struct machine *m, const struct command *c, struct model_error *e);

static apply_function *const apply_functions[COMMANDS] = {
#define BUILD(id, ...) [COMMAND_##id] = apply_##id,
#define RUN(id, ...)
#include "language/commands.def"
#undef BUILD
#undef RUN
};

bool command_is_touch(const struct command *c)
{
	return c->spec->id == COMMAND_touch || c->spec->id == COMMAND_parent_touch ||
	       c->spec->id == COMMAND_child_touch;
}

bool command_is_childs(const struct command *c)
{
	return c->spec->id == COMMAND_child_touch || c->spec->id == COMMAND_child_exit ||
	       c->spec->id == COMMAND_child_exec;
}

#ifdef VMAFORK_CHECK
/* Of a machine of so many runs, VMAs and events, each command is checked. */
#define CHECK_ALWAYS 1024

/*
 * Builds for tests check the invariants of the machine after each command; where it is
 * large, only when about as much has been done to it as a check looks at, so that the
 * checks take no more than a part of the time.
 */
static void check(struct machine *m, const struct command *c)
{
	struct inconsistency found;

	if (m->work < m->check_at)
		return;
	if (!machine_check(m, &found)) {
		fprintf(stderr, "%s: after '%s' (line %u): %s (%s, at %llu)\n", m->kernel->name,
			c->spec->name, c->line.n ? c->line.words[0].line : 0, found.what,
			found.vma ? vma_name(found.vma) : "no VMA", (unsigned long long)found.at);
		abort();
	}
	if (found.looked > CHECK_ALWAYS)
		m->check_at = m->work + found.looked;
}
#else
static void check(struct machine *m, const struct command *c)
{
	(void)m;
	(void)c;
}
#endif

bool command_apply(struct machine *m, const struct command *c, struct model_error *e)
{
	assert(c->spec->builds);
	*e = (struct model_error){0};
	machine_seek_end(m);
	m->op++;
	if (!apply_functions[c->spec->id](m, c, e))
		return false;
	if (m->exhausted)
		return not_modelled(e, "this takes more than %llu MiB for its steps: too many VMAs, runs "
				       "of pages or forks",
				    (unsigned long long)(m->budget >> 20));
	check(m, c);
	return true;
}

static const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "error";
}

void command_explain_refusal(const struct command *c, int side, const struct model_error *e,
			    struct vf_error *error)
{
	const char *call = c->spec->call;

	if (e->err == MODEL_NOT_MODELLED)
		vf_error_set(error, "%s: not modelled: %s", side_names[side], e->message);
	else if (e->err == MODEL_CANNOT && side < 0)
		vf_error_set(error, "%s: %s", call, e->message);
	else if (e->err == MODEL_CANNOT)
		vf_error_set(error, "%s: %s: %s", side_names[side], call, e->message);
	else
		vf_error_set(error, "%s: %s: %s, %s", side_names[side], call, errno_name(e->err),
			     e->message);
}

void command_point(const struct command *c, const struct reader *reader, unsigned word,
		   struct vf_error *error)
{
	if (reader)
		reader_point(reader, &c->line.words[word < c->line.n ? word : 0], error);
}
