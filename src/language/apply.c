/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that shape an address space: each is carried out on both machines. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "report/sides.h"

/* --- what they share -------------------------------------------------------------- */

static const char *word_text(const struct command *c, unsigned word)
{
	return c->line.words[word].text;
}

/* Says what is wrong with one word of the command. */
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

	if (c->args.all_pages) {
		ranges_add(pages, 0, n - 1);
		return true;
	}
	if (c->args.pages.v[c->args.pages.n - 1].last >= n) {
		refuse(error, MODEL_CANNOT, "%s has pages 0 to %llu", vma->name,
		       (unsigned long long)n - 1);
		return blame(error, c->args.pages_word);
	}
	ranges_copy(pages, &c->args.pages);
	return true;
}

/* The parent's VMA and the pages; then the call. */
typedef bool pages_call(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			const struct command *c, struct model_error *e);

static bool with_pages(struct machine *m, struct mm *mm, const struct command *c,
		       struct model_error *e, pages_call *call)
{
	struct vm_area *vma = command_vma(m, mm, c, c->args.name, e);
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

/* +FLAG and -FLAG words to the end of the line. */
static bool parse_flags_rest(struct parser *p)
{
	struct args *args = &p->command->args;
	const struct word *word;

	while ((word = parser_peek(p))) {
		const char *s = word->text;
		bool sign = *s == '+' || *s == '-';
		uint64_t bit = sign ? vm_flag_by_name(s + 1) : 0;

		if (!bit) {
			const char *names[2 * VM_FLAG_COUNT], *near;

			for (int i = 0; i < VM_FLAG_COUNT; i++) {
				names[2 * i] = vm_flags[i].name;
				names[2 * i + 1] = vm_flags[i].code;
			}
			near = sign ? nearest_word(s + 1, names, ARRAY_SIZE(names))
			       : vm_flag_by_name(s) ? s : NULL;
			parser_fail(p, p->at, "expected +FLAG or -FLAG, got '%.40s'", s);
			if (near)
				vf_error_hint(p->error, "did you mean '%c%s'?",
					      *s == '-' ? '-' : '+', near);
			else
				vf_error_hint(p->error, "a flag is a name such as VM_DONTCOPY, or its smaps code dc");
			return false;
		}
		*(*s == '+' ? &args->add_flags : &args->remove_flags) |= bit;
		*(*s == '+' ? &args->remove_flags : &args->add_flags) &= ~bit;
		p->at++;
	}
	return true;
}

/* --- vma ------------------------------------------------------------------------------ */

/* What each backing is unless the line says otherwise. */
static const bool shared_unless_said[BACKINGS] = {
	[BACKING_SHMEM] = true,
	[BACKING_PFNMAP] = true,
	[BACKING_MIXEDMAP] = true,
};

bool parse_vma(struct parser *p)
{
	struct args *args = &p->command->args;
	struct mmap_args *mmap = &args->mmap;
	int backing, share;

	if (!parse_new_name(p, &args->name) || !parse_vocab(p, &vocab_backing, &backing))
		return false;
	mmap->backing = (enum backing)backing;
	share = shared_unless_said[backing];
	maybe_vocab(p, &vocab_share, &share);
	mmap->shared = share;
	mmap->prot = MODEL_PROT_READ | MODEL_PROT_WRITE;
	if (!parse_size(p, &mmap->size))
		return hint_near(p, &vocab_share);
	if (!parse_prot(p, true))
		return false;
	if (maybe_word(p, "at")) {
		mmap->fixed = true;
		if (!parse_number(p, &mmap->address))
			return false;
	}
	return parse_flags_rest(p);
}

static bool apply_vma(struct machine *m, const struct command *c, struct model_error *e)
{
	struct mmap_args args = c->args.mmap;

	args.name = word_text(c, c->args.name);
	args.add_flags = c->args.add_flags;
	args.remove_flags = c->args.remove_flags;
	if (machine_vma(m, m->parent, args.name)) {
		refuse(e, MODEL_CANNOT, "the name %s is taken (reset empties the session)", args.name);
		return blame(e, c->args.name);
	}
	return vm_mmap(m, &args, e);
}

/* --- touch, pin, madvise ------------------------------------------------------------------ */

bool parse_touch(struct parser *p)
{
	struct args *args = &p->command->args;
	int access = 1;

	if (!parse_name(p, &args->name) || !parse_pages(p, true))
		return false;
	if (parser_peek(p) && !parse_vocab(p, &vocab_access, &access))
		return false;
	args->on = access;
	return parse_end(p);
}

static bool call_touch(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		       const struct command *c, struct model_error *e)
{
	enum touch_result result;

	return vm_touch(m, vma, pages, c->args.on, &result, e);
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
	if (nothing_there(m, mm, word_text(c, c->args.name))) {
		vm_touch_nothing(m, mm, c->args.on);
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

bool parse_vma_pages(struct parser *p)
{
	return parse_name(p, &p->command->args.name) && parse_pages(p, true) && parse_end(p);
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

bool parse_madvise(struct parser *p)
{
	struct args *args = &p->command->args;

	return parse_name(p, &args->name) && parse_vocab(p, &vocab_advice, &args->which) &&
	       parse_pages(p, true) && parse_end(p);
}

static bool call_madvise(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			 const struct command *c, struct model_error *e)
{
	enum advice advice = (enum advice)c->args.which;

	if (advice < ADVICE_DONTNEED &&
	    (pages->n != 1 || pages->v[0].first || pages->v[0].last + 1 != vma_pages(vma))) {
		refuse(e, MODEL_CANNOT, "%s changes a flag of the whole VMA: leave PAGES out",
		       advice_names[advice]);
		return blame(e, c->args.pages_word);
	}
	return vm_madvise(m, vma, advice, pages, e);
}

static bool apply_madvise(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, m->parent, c, e, call_madvise);
}

/* --- mprotect, mlock, munmap, merge ---------------------------------------------------------- */

bool parse_mprotect(struct parser *p)
{
	return parse_name(p, &p->command->args.name) && parse_prot(p, false) && parse_end(p);
}

static bool apply_mprotect(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.name, e);

	return vma && vm_mprotect(m, vma, c->args.mmap.prot, e);
}

bool parse_one_vma(struct parser *p)
{
	return parse_name(p, &p->command->args.name) && parse_end(p);
}

static bool apply_mlock(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.name, e);

	return vma && vm_mlock(m, vma, e);
}

static bool apply_munmap(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.name, e);

	return vma && vm_munmap(m, vma, e);
}

bool parse_merge(struct parser *p)
{
	struct args *args = &p->command->args;

	return parse_name(p, &args->name) && parse_name(p, &args->name2) && parse_end(p);
}

static bool apply_merge(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *keep = command_vma(m, m->parent, c, c->args.name, e);
	struct vm_area *other = keep ? command_vma(m, m->parent, c, c->args.name2, e) : NULL;

	return other && vm_merge(m, keep, other, e);
}

/* --- userfaultfd -------------------------------------------------------------------------------- */

bool parse_uffd(struct parser *p)
{
	struct args *args = &p->command->args;
	int feature;

	if (!parse_new_name(p, &args->name))
		return false;
	while (parser_peek(p)) {
		if (!parse_vocab(p, &vocab_feature, &feature))
			return false;
		args->bits |= UINT32_C(1) << feature;
	}
	return true;
}

static bool apply_uffd(struct machine *m, const struct command *c, struct model_error *e)
{
	const char *name = word_text(c, c->args.name);

	if (uffd_find(m, name)) {
		refuse(e, MODEL_CANNOT, "a userfaultfd named %s already exists", name);
		return blame(e, c->args.name);
	}
	return uffd_open(m, name, c->args.bits, e);
}

bool parse_register(struct parser *p)
{
	struct args *args = &p->command->args;
	int mode;

	if (!parse_name(p, &args->name2) || !parse_name(p, &args->name))
		return false;
	do {
		if (!parse_vocab(p, &vocab_mode, &mode))
			return false;
		args->bits |= UINT32_C(1) << mode;
	} while (parser_peek(p));
	return true;
}

static bool apply_register(struct machine *m, const struct command *c, struct model_error *e)
{
	struct uffd_ctx *ctx = command_ctx(m, c, c->args.name2, e);
	struct vm_area *vma = ctx ? command_vma(m, m->parent, c, c->args.name, e) : NULL;

	return vma && uffd_register(m, ctx, vma, c->args.bits, e);
}

bool parse_ctx_vma(struct parser *p)
{
	struct args *args = &p->command->args;

	return parse_name(p, &args->name2) && parse_name(p, &args->name) && parse_end(p);
}

static bool apply_unregister(struct machine *m, const struct command *c, struct model_error *e)
{
	struct uffd_ctx *ctx = command_ctx(m, c, c->args.name2, e);
	struct vm_area *vma = ctx ? command_vma(m, m->parent, c, c->args.name, e) : NULL;

	return vma && uffd_unregister(m, ctx, vma, e);
}

bool parse_ctx_pages(struct parser *p)
{
	struct args *args = &p->command->args;

	args->on = !strcmp(p->command->spec->name, "protect");
	return parse_name(p, &args->name2) && parse_name(p, &args->name) && parse_pages(p, true) &&
	       parse_end(p);
}

static bool call_protect(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			 const struct command *c, struct model_error *e)
{
	return uffd_protect(m, uffd_find(m, word_text(c, c->args.name2)), vma, pages, c->args.on, e);
}

static bool apply_protect(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.name2, e) && with_pages(m, m->parent, c, e, call_protect);
}

static bool apply_unprotect(struct machine *m, const struct command *c, struct model_error *e)
{
	return apply_protect(m, c, e);
}

static bool call_poison(struct machine *m, struct vm_area *vma, const struct ranges *pages,
			const struct command *c, struct model_error *e)
{
	return uffd_poison(m, uffd_find(m, word_text(c, c->args.name2)), vma, pages, e);
}

static bool apply_poison(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.name2, e) && with_pages(m, m->parent, c, e, call_poison);
}

/* --- knobs, and states by hand ---------------------------------------------------------------------- */

static const char *const knobs[KNOBS] = {
	[KNOB_THP] = "thp",
	[KNOB_FAULT_AROUND] = "fault-around",
	[KNOB_LEVELS] = "page-table-levels",
};
static const struct vocabulary vocab_knob = {"thp, fault-around or page-table-levels", knobs, KNOBS};

bool parse_set(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_vocab(p, &vocab_knob, &args->which))
		return false;
	if (args->which == KNOB_THP)
		return parse_vocab(p, &vocab_thp, &args->second) && parse_end(p);
	if (!parse_number(p, &args->number))
		return false;
	if (args->which == KNOB_FAULT_AROUND && !fault_around_fits(args->number))
		return parser_fail(p, p->at - 1, "expected a power of two from 1 to %u", PTRS_PER_PTE);
	if (args->which == KNOB_LEVELS && args->number != 4 && args->number != 5)
		return parser_fail(p, p->at - 1, "page tables have 4 or 5 levels");
	return parse_end(p);
}

static bool apply_set(struct machine *m, const struct command *c, struct model_error *e)
{
	switch ((enum knob)c->args.which) {
	case KNOB_THP:
		m->thp = (enum thp_mode)c->args.second;
		return true;
	case KNOB_FAULT_AROUND:
		m->fault_around = c->args.number;
		return true;
	default:
		if (m->parent->vma_count || m->fork_count)
			return refuse(e, MODEL_CANNOT, "page-table-levels must be set before the first VMA");
		m->levels = (unsigned)c->args.number;
		return true;
	}
}

bool parse_flags(struct parser *p)
{
	if (!parse_name(p, &p->command->args.name))
		return false;
	if (!parser_peek(p))
		return parser_fail(p, p->at, "flags: +FLAG or -FLAG is missing");
	return parse_flags_rest(p);
}

static bool apply_flags(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.name, e);

	return vma && set_flags_by_hand(m, vma, c->args.add_flags, c->args.remove_flags, e);
}

bool parse_anon_vma(struct parser *p)
{
	struct args *args = &p->command->args;

	return parse_name(p, &args->name) && parse_vocab(p, &vocab_on_off, &args->which) &&
	       parse_end(p);
}

static bool apply_anon_vma(struct machine *m, const struct command *c, struct model_error *e)
{
	struct vm_area *vma = command_vma(m, m->parent, c, c->args.name, e);

	if (vma)
		set_anon_vma_by_hand(m, vma, c->args.which);
	return vma;
}

bool parse_pte(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_name(p, &args->name) || !parse_pages(p, false))
		return false;
	if (!parse_state_list(p, true))
		return false;
	return parse_end(p);
}

static bool call_pte(struct machine *m, struct vm_area *vma, const struct ranges *pages,
		     const struct command *c, struct model_error *e)
{
	return set_pte_by_hand(m, vma, pages, (enum pte_state)c->args.state, c->args.attrs, e);
}

static bool apply_pte(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages(m, m->parent, c, e, call_pte);
}

/* --- fork and after ------------------------------------------------------------------------------------ */

bool parse_nothing(struct parser *p)
{
	return parse_end(p);
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

bool parse_become(struct parser *p)
{
	return parse_word(p, "child") && parse_end(p);
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

bool command_apply(struct machine *m, const struct command *c, struct model_error *e)
{
	assert(c->spec->builds);
	*e = (struct model_error){0};
	machine_seek_end(m);
	m->op++;
	if (!apply_functions[c->spec->id](m, c, e))
		return false;
	return !m->exhausted ||
	       not_modelled(e, "the steps need more than %llu MiB: too many VMAs, runs of "
			       "pages or forks",
			    (unsigned long long)(MODEL_BUDGET >> 20));
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
