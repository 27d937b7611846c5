/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that change an address space: each is carried out on both machines. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
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

struct vm_area *command_vma(struct machine *m, struct mm *mm, const struct command *c,
			    unsigned word, struct model_error *error)
{
	const char *name = word_text(c, word), *near;
	struct vm_area *vma = machine_vma(m, mm, name);
	const char *names[256];
	size_t n = 0;

	if (vma && !mm->dead)
		return vma;
	if (machine_knows(m, name)) {
		refuse(error, MODEL_CANNOT, "%.64s is no longer mapped in this process", name);
	} else {
		for (; n < mm->vma_count && n < ARRAY_SIZE(names); n++)
			names[n] = mm->vmas[n]->name;
		near = nearest_word(name, names, n);
		refuse(error, MODEL_CANNOT, "there is no VMA called '%.64s'%s%s%s", name,
		       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	}
	blame(error, word);
	return NULL;
}

bool command_pages(const struct vm_area *vma, const struct command *c, struct ranges *pages,
		   struct model_error *error)
{
	uint64_t n = vma_pages(vma);

	if (c->args.target.all_pages) {
		ranges_add(pages, 0, n - 1);
		return true;
	}
	if (c->args.target.pages.v[c->args.target.pages.n - 1].last >= n) {
		refuse(error, MODEL_CANNOT, "%s has pages 0 to %llu", vma->name,
		       (unsigned long long)n - 1);
		return blame(error, c->args.target.pages_word);
	}
	ranges_copy(pages, &c->args.target.pages);
	return true;
}

/* The parent's VMA and the pages; then the call. */
typedef bool pages_call(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			const struct command *c, struct model_error *e);

static bool with_pages(struct machine *m, struct mm *mm, const struct command *c,
		       struct model_error *e, pages_call *call)
{
	struct vm_area *vma = command_vma(m, mm, c, c->args.target.name, e);
	struct ranges pages = {0};
	bool ok = vma && command_pages(vma, c, &pages, e) && call(m, vma, &pages, c, e);

	ranges_deinit(&pages);
	return ok;
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

static bool apply_vma(struct machine *m, const struct command *c, struct model_error *e)
{
	struct mmap_args args = c->args.mmap;

	args.name = word_text(c, c->args.target.name);
	if (machine_vma(m, m->parent, args.name)) {
		refuse(e, MODEL_CANNOT, "the name %s is taken (reset empties the session)", args.name);
		return blame(e, c->args.target.name);
	}
	return vm_mmap(m, &args, e);
}

static bool call_touch(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		       const struct command *c, struct model_error *e)
{
	enum touch_result result;

	return vm_touch(m, vma, pages, c->args.write, &result, e);
}

/* Is this the name of a VMA that the process does not have, where nothing is mapped now? */
static bool nothing_there(struct machine *m, const struct mm *mm, const char *name)
{
	const struct vm_area *vma = m->all_vmas;

	if (machine_vma(m, mm, name) || !machine_knows(m, name))
		return false;
	for (; vma && strcmp(vma->name, name); vma = vma->next_owned)
		m->work++;
	return vma && !mm_vma_at(mm, vma->start);
}

static bool touch_in(struct machine *m, struct mm *mm, const struct command *c,
		     struct model_error *e)
{
	if (nothing_there(m, mm, word_text(c, c->args.target.name))) {
		vm_touch_nothing(m, mm, c->args.write);
		return true;
	}
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

static bool call_pin(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		     const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_pin(m, vma, pages, e);
}

static bool apply_pin(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, m->parent, c, e, call_pin);
}

static bool call_madvise(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			 const struct command *c, struct model_error *e)
{
	enum advice advice = c->args.advice;

	if (advice < ADVICE_DONTNEED &&
	    (pages->n != 1 || pages->v[0].first || pages->v[0].last + 1 != vma_pages(vma))) {
		refuse(e, MODEL_CANNOT, "%s changes a flag of the whole VMA: leave PAGES out",
		       advice_names[advice]);
		return blame(e, c->args.target.pages_word);
	}
	return vm_madvise(m, vma, advice, pages, e);
}

static bool apply_madvise(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, m->parent, c, e, call_madvise);
}

static bool apply_mprotect(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.target.name, e);

	return vma && vm_mprotect(m, vma, c->args.prot, e);
}

static bool apply_mlock(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.target.name, e);

	return vma && vm_mlock(m, vma, e);
}

static bool apply_munmap(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.target.name, e);

	return vma && vm_munmap(m, vma, e);
}

static bool apply_merge(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *keep = command_vma(m, m->parent, c, c->args.target.name, e);
	struct vm_area *other = keep ? command_vma(m, m->parent, c, c->args.other, e) : NULL;

	return other && vm_merge(m, keep, other, e);
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

static bool apply_register(struct machine *m, const struct command *c, struct model_error *e)
{
	struct uffd_ctx *ctx = command_ctx(m, c, c->args.uffd.ctx, e);
	struct vm_area *vma = ctx ? command_vma(m, m->parent, c, c->args.target.name, e) : NULL;

	return vma && uffd_register(m, ctx, vma, c->args.uffd.bits, e);
}

static bool apply_unregister(struct machine *m, const struct command *c, struct model_error *e)
{
	struct uffd_ctx *ctx = command_ctx(m, c, c->args.uffd.ctx, e);
	struct vm_area *vma = ctx ? command_vma(m, m->parent, c, c->args.target.name, e) : NULL;

	return vma && uffd_unregister(m, ctx, vma, e);
}

static bool call_protect(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			 const struct command *c, struct model_error *e)
{
	return uffd_protect(m, uffd_find(m, word_text(c, c->args.uffd.ctx)), vma, pages,
			    c->spec->id == COMMAND_protect, e);
}

static bool apply_protect(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) && with_pages(m, m->parent, c, e, call_protect);
}

static bool apply_unprotect(struct machine *m, const struct command *c, struct model_error *e)
{
	return apply_protect(m, c, e);
}

static bool call_poison(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			const struct command *c, struct model_error *e)
{
	return uffd_poison(m, uffd_find(m, word_text(c, c->args.uffd.ctx)), vma, pages, e);
}

static bool apply_poison(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) && with_pages(m, m->parent, c, e, call_poison);
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
		if (m->parent->vma_count || m->fork_count)
			return refuse(e, MODEL_CANNOT, "page-table-levels must be set before the first VMA");
		m->levels = (unsigned)c->args.set.number;
		return true;
	}
}

static bool apply_flags(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.target.name, e);

	return vma && set_flags_by_hand(m, vma, c->args.flags.add, c->args.flags.remove, e);
}

static bool apply_anon_vma(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.target.name, e);

	if (vma)
		set_anon_vma_by_hand(m, vma, c->args.on);
	return vma;
}

static bool call_pte(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		     const struct command *c, struct model_error *e)
{
	return set_pte_by_hand(m, vma, pages, (enum pte_state)c->args.entry.state, c->args.entry.attrs, e);
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
			found.vma ? found.vma->name : "no VMA", (unsigned long long)found.at);
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
