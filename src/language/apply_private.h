/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of apply share: what a command names, and one function for each build step. */
#ifndef LANGUAGE_APPLY_PRIVATE_H
#define LANGUAGE_APPLY_PRIVATE_H

#include "language/command.h"

/* Carries the build step out in the process command_mm(), which is alive. */
#define BUILD(id, ...) \
	bool apply_##id(struct machine *m, const struct command *c, struct model_error *e);
#define RUN(id, ...)
#include "language/commands.def"
#undef BUILD
#undef RUN

static inline const char *word_text(const struct command *c, unsigned word)
{
	return c->line.words[word].text;
}

/* Sets an error about one word of the command. Always false. */
bool apply_blame(struct model_error *e, unsigned word);

/* One call for all pages of a name. */
typedef bool pages_call(struct machine *m, struct mm *mm, const struct ranges *pages,
			const struct command *c, struct model_error *e);
/* A call for each range of them. */
typedef bool range_call(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			const struct command *c, struct model_error *e);

/* Carry a call out for NAME [PAGES] of the command, or for each name that its pattern fits. */
bool with_pages(struct machine *m, const struct command *c, struct model_error *e, pages_call *call);
bool with_ranges(struct machine *m, const struct command *c, struct model_error *e, range_call *call);

/* The same where nothing of NAME is mapped any more, unless others have its addresses. */
bool with_pages_once_mapped(struct machine *m, const struct command *c, struct model_error *e,
			    pages_call *call);

/* Adds those of first..last that the process calls so; *other: the name of one that is not. */
void own_pages(const struct mm *mm, const struct name *name, uint64_t first, uint64_t last,
	       struct ranges *pages, const struct name **other);

#endif
