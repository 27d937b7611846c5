/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands on userfaultfds. */
#include "base/alloc.h"
#include "language/apply_private.h"

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
	apply_blame(e, word);
	return NULL;
}

bool apply_uffd(struct machine *m, const struct command *c, struct model_error *e)
{
	const char *name = word_text(c, c->args.uffd.ctx);

	if (uffd_find(m, name)) {
		refuse(e, MODEL_CANNOT, "a userfaultfd named %s already exists", name);
		return apply_blame(e, c->args.uffd.ctx);
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

static bool call_poison(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			const struct command *c, struct model_error *e)
{
	return uffd_poison(m, ctx_of(m, c), mm, first, last, e);
}

bool apply_poison(struct machine *m, const struct command *c, struct model_error *e)
{
	return command_ctx(m, c, c->args.uffd.ctx, e) &&
	       with_ranges(m, c, e, call_poison);
}
