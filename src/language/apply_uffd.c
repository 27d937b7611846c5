/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands on userfaultfds. */
#include "base/alloc.h"
#include "language/apply_private.h"

static struct uffd_ctx *command_ctx(struct machine *m, const struct command *c, unsigned word,
				    struct model_error *e)
{
	const struct mm *mm = command_mm(m, c);
	struct uffd_ctx *ctx = uffd_find(m, mm, word_text(c, word));
	const char *names[64], *near;
	size_t n = 0;

	if (ctx)
		return ctx;
	for (int list = 0; list < 2; list++)
		for (ctx = list ? m->inherited : m->contexts; ctx && n < ARRAY_SIZE(names); ctx = ctx->next)
			if (ctx->mm == mm && !ctx->closed)
				names[n++] = ctx->name;
	near = nearest_word(word_text(c, word), names, n);
	refuse(e, MODEL_CANNOT, "this process has no userfaultfd called '%.64s'%s%s%s", word_text(c, word),
	       near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
	apply_blame(e, word);
	return NULL;
}

bool apply_uffd(struct machine *m, const struct command *c, struct model_error *e)
{
	const char *name = word_text(c, c->args.uffd.ctx);

	if (uffd_find(m, command_mm(m, c), name)) {
		refuse(e, MODEL_CANNOT, "a userfaultfd named %s already exists", name);
		return apply_blame(e, c->args.uffd.ctx);
	}
	return uffd_open(m, command_mm(m, c), name, c->args.uffd.bits, e);
}

/* The calls on a range through a context, which exists. */
static struct uffd_ctx *ctx_of(struct machine *m, const struct command *c)
{
	return uffd_find(m, command_mm(m, c), word_text(c, c->args.uffd.ctx));
}

static bool call_register(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			  const struct command *c, struct model_error *e)
{
	return uffd_register(m, ctx_of(m, c), mm, first, last, c->args.uffd.bits, e);
}

bool apply_register(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) &&
	       with_ranges(m, c, e, call_register);
}

static bool call_unregister(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			    const struct command *c, struct model_error *e)
{
	return uffd_unregister(m, ctx_of(m, c), mm, first, last, e);
}

bool apply_unregister(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) &&
	       with_ranges(m, c, e, call_unregister);
}

static bool call_protect(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			 const struct command *c, struct model_error *e)
{
	return uffd_protect(m, ctx_of(m, c), mm, first, last, c->spec->id == COMMAND_protect, e);
}

bool apply_protect(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) &&
	       with_ranges(m, c, e, call_protect);
}

bool apply_unprotect(struct machine *m, const struct command *c, struct model_error *e)
{
	return apply_protect(m, c, e);
}

static bool call_fill(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		      const struct command *c, struct model_error *e)
{
	static const enum uffd_filling fillings[COMMANDS] = {
		[COMMAND_poison] = UFFD_POISON,
		[COMMAND_zeropage] = UFFD_ZEROPAGE,
		[COMMAND_copy] = UFFD_COPY,
		[COMMAND_continue] = UFFD_CONTINUE,
	};

	return uffd_fill(m, mm, first, last, fillings[c->spec->id], c->args.uffd.wp, e);
}

static bool apply_fill(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) && with_ranges(m, c, e, call_fill);
}

bool apply_poison(struct machine *m, const struct command *c, struct model_error *e)
{
	return apply_fill(m, c, e);
}

bool apply_zeropage(struct machine *m, const struct command *c, struct model_error *e)
{
	return apply_fill(m, c, e);
}

bool apply_copy(struct machine *m, const struct command *c, struct model_error *e)
{
	return apply_fill(m, c, e);
}

bool apply_continue(struct machine *m, const struct command *c, struct model_error *e)
{
	return apply_fill(m, c, e);
}

/* The page of the command's process that the move goes to. False: an error. */
static bool destination(struct machine *m, const struct command *c, uint64_t *page,
			struct model_error *e)
{
	const struct mm *mm = command_mm(m, c);
	const struct name *name = command_name(m, mm, c, c->args.uffd.other, e);
	struct stretch stretch;
	uint64_t pages;

	if (!name)
		return false;
	stretch = mm_stretch(mm, name);
	pages = address_page(mm, stretch.end - stretch.start);
	if (c->args.uffd.page >= pages) {
		refuse(e, MODEL_CANNOT, "%s has pages 0 to %llu", name->text,
		       (unsigned long long)pages - 1);
		return apply_blame(e, c->args.uffd.other);
	}
	*page = address_page(mm, stretch.start) + c->args.uffd.page;
	return true;
}

/* One call: what is asked of a name of which a part has another name by now is several. */
static bool call_move(struct machine *m, struct mm *mm, const struct ranges *pages,
		      const struct command *c, struct model_error *e)
{
	uint64_t to = 0;

	if (pages->n != 1) {
		refuse(e, MODEL_CANNOT, "these pages are not one range any more");
		return apply_blame(e, c->args.target.pages_word);
	}
	return destination(m, c, &to, e) &&
	       uffd_move(m, ctx_of(m, c), mm, pages->v[0].first, pages->v[0].last, to, e);
}

bool apply_move(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) && with_pages(m, c, e, call_move);
}

bool apply_close(struct machine *m, const struct command *c, struct model_error *e)
{
	struct uffd_ctx *ctx = command_ctx(m, c, c->args.uffd.ctx, e);

	return ctx && uffd_close(m, ctx, command_mm(m, c), e);
}

bool apply_reader(struct machine *m, const struct command *c, struct model_error *e)
{
	struct uffd_ctx *ctx = command_ctx(m, c, c->args.uffd.ctx, e);

	if (ctx)
		uffd_reader(m, ctx, c->args.uffd.on);
	return ctx;
}
