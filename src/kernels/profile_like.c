/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/profile_like.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/wrap.h"
#include "language/command.h"
#include "model/vmflags.h"

#define COLUMNS 72

void profile_print_clause(const struct clause *clause, struct buf *out)
{
	buf_puts(out, vma_side_names[clause->side]);
	if (!clause->flags)
		buf_puts(out, " anon_vma");
	for (uint64_t rest = clause->flags; rest; rest &= rest - 1)
		buf_printf(out, " %s", vm_flag_of(rest & -rest)->name);
}

void profile_print_place(const char *where, struct buf *out)
{
	const char *blank = strrchr(where, ' '), *path = blank ? blank + 1 : where;
	const char *file = strrchr(path, '/'), *folder = file;

	buf_add(out, where, (size_t)(path - where));
	if (*path == '/') /* of the tree that somebody built */
		while (folder > path && folder[-1] != '/')
			folder--;
	else
		folder = path;
	buf_puts(out, folder);
}

static bool same_clauses(const struct kernel *a, const struct kernel *b)
{
	if (a->clause_count != b->clause_count)
		return false;
	for (size_t i = 0; i < a->clause_count; i++)
		if (a->clauses[i].side != b->clauses[i].side || a->clauses[i].flags != b->clauses[i].flags)
			return false;
	return true;
}

static unsigned differences(const struct kernel *a, const struct kernel *b)
{
	unsigned n = (a->uffd_features != b->uffd_features) + !same_clauses(a, b);

	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		n += a->behaviour[i] != b->behaviour[i];
	return n;
}

/* The nearest one, of equals the newest. */
static struct kernel *nearest(const struct profiles *profiles, const struct kernel *kernel)
{
	struct kernel *best = NULL;
	unsigned fewest = UINT_MAX;
	size_t n;
	const char *const *names = profiles_names(profiles, &n);

	for (size_t i = 0; i < n; i++) {
		struct vf_error ignored;
		struct kernel *each = profiles_are_shipped(profiles, names[i])
					      ? profiles_find(profiles, names[i], &ignored)
					      : NULL;
		unsigned differ = each ? differences(kernel, each) : UINT_MAX;

		if (each && differ <= fewest) {
			kernel_free(best);
			best = each;
			fewest = differ;
		} else {
			kernel_free(each);
		}
	}
	return best;
}

char *profile_alike(const struct profiles *profiles, const struct kernel *kernel)
{
	struct kernel *like = nearest(profiles, kernel);
	char *name = like && !differences(kernel, like) ? xstrdup(like->profile) : NULL;

	kernel_free(like);
	return name;
}

static void print_clauses(const struct kernel *kernel, struct buf *out)
{
	for (size_t i = 0; i < kernel->clause_count; i++) {
		struct buf clause = {0}, place = {0};

		profile_print_clause(&kernel->clauses[i], &clause);
		if (kernel->clauses[i].where) {
			profile_print_place(kernel->clauses[i].where, &place);
			buf_puts(&clause, " where ");
			command_print_quoted(buf_str(&place), &clause);
		}
		buf_printf(out, "clause    %s\n", buf_str(&clause));
		buf_deinit(&clause);
		buf_deinit(&place);
	}
}

static void print_features(uint32_t features, struct buf *out)
{
	struct buf words = {0};

	for (size_t i = 0; i < UFFD_FEATURE_COUNT; i++)
		if (features >> i & 1)
			buf_printf(&words, "%s%s", words.len ? " " : "", uffd_feature_names[i]);
	wrap_text(buf_str(&words), "uffd      ", "uffd      ", COLUMNS, out);
	if (!words.len)
		buf_puts(out, "uffd\n");
	buf_deinit(&words);
}

void profile_print_like(const struct profiles *profiles, const struct kernel *kernel, const char *name,
			struct buf *out)
{
	struct kernel *like = nearest(profiles, kernel);

	buf_puts(out, "name      ");
	command_print_quoted(name, out);
	buf_putc(out, '\n');
	if (like)
		buf_printf(out, "like      %s\n", like->profile);
	if (!like || !same_clauses(kernel, like))
		print_clauses(kernel, out);
	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		if (!like || kernel->behaviour[i] != like->behaviour[i])
			buf_printf(out, "behaviour %s %s\n", behaviours[i].name,
				   behaviours[i].values[kernel->behaviour[i]]);
	if (!like || kernel->uffd_features != like->uffd_features)
		print_features(kernel->uffd_features, out);
	kernel_free(like);
}
