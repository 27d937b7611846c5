/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The differences between two kernels, in words. */
#include "kernels/kernel_diff.h"

#include <string.h>

#include "base/alloc.h"
#include "model/machine.h"

#define AT_SRC (DIFF_AT(0, SIDE_SRC) | DIFF_AT(1, SIDE_SRC))
#define AT_DST (DIFF_AT(0, SIDE_DST) | DIFF_AT(1, SIDE_DST))
#define AT_FIRST (DIFF_AT(0, SIDE_SRC) | DIFF_AT(0, SIDE_DST))
#define AT_SECOND (DIFF_AT(1, SIDE_SRC) | DIFF_AT(1, SIDE_DST))

static const char *variable_name(const struct diff_variable *v)
{
	return v->flag < 0 ? "anon_vma" : vm_flags[v->flag].name;
}

/* "src " or "dst " when it can differ between the two VMAs. */
static const char *side_of(const struct diff_variable *v)
{
	return v->flag < 0 ? "" : !(v->where & AT_DST) ? "src" : !(v->where & AT_SRC) ? "dst" : "";
}

/* The variable's kernel, when it can differ between the two; else NULL. */
static const char *kernel_of(const struct kernel_diff *diff, const struct diff_variable *v)
{
	return !(v->where & AT_SECOND) ? diff->name[0] : !(v->where & AT_FIRST) ? diff->name[1] : NULL;
}

/* 1, 0, or -1: not part of the case. */
static int literal(const struct diff_case *c, size_t variable)
{
	return c->cube.care >> variable & 1 ? (int)(c->cube.value >> variable & 1) : -1;
}

/* Set flags first, then those that fork clears, then the anon_vma (variable 0, if there is one). */
static size_t in_order(const struct kernel_diff *diff, size_t i)
{
	size_t anon = 0;

	while (anon < diff->variable_count && diff->variables[anon].flag < 0)
		anon++;
	return (i + anon) % diff->variable_count;
}

void kernel_diff_formula(const struct kernel_diff *diff, const struct diff_case *c, struct buf *out)
{
	const char *and = "";

	for (int set = 1; set >= 0; set--)
		for (size_t i = 0; i < diff->variable_count; i++) {
			size_t n = in_order(diff, i);
			const struct diff_variable *v = &diff->variables[n];

			if (literal(c, n) != set)
				continue;
			buf_printf(out, "%s%s%s%s%s", and, set ? "" : "!", side_of(v),
				   *side_of(v) ? " " : "", variable_name(v));
			if (kernel_of(diff, v))
				buf_printf(out, "[%s]", kernel_of(diff, v));
			and = " && ";
		}
	if (!*and)
		buf_puts(out, "always");
}

/* --- one case in words ------------------------------------------------------------------- */

/* The variable of the same flag on the child, for the one on the parent; or the count. */
static size_t on_child(const struct kernel_diff *diff, size_t parent)
{
	const struct diff_variable *v = &diff->variables[parent];

	for (size_t i = 0; i < diff->variable_count; i++)
		if (diff->variables[i].flag == v->flag && !strcmp(side_of(v), "src") &&
		    !strcmp(side_of(&diff->variables[i]), "dst"))
			return i;
	return diff->variable_count;
}

static void where_words(const struct kernel_diff *diff, const struct diff_variable *v,
			struct buf *out)
{
	if (*side_of(v))
		buf_printf(out, " in %s", side_of(v));
	if (kernel_of(diff, v))
		buf_printf(out, " on %s", kernel_of(diff, v));
}

static const char *why_lost(int flag)
{
	return UINT64_C(1) << flag & VM_UFFD_FLAGS ? "no UFFD_FEATURE_EVENT_FORK" : "fork clears it";
}

void kernel_diff_words(const struct kernel_diff *diff, const struct diff_case *c, struct buf *out)
{
	const char *comma = "";
	uint64_t said = 0; /* variables printed so far */
	size_t none = 0;

	for (size_t i = 0; i < diff->variable_count; i++) {
		size_t n = in_order(diff, i), child = on_child(diff, n);
		const struct diff_variable *v = &diff->variables[n];

		if (literal(c, n) != 1 || said >> n & 1)
			continue;
		buf_printf(out, "%s%s%s", comma, v->flag < 0 ? "an " : "", variable_name(v));
		where_words(diff, v, out);
		if (child < diff->variable_count && literal(c, child) >= 0) {
			if (literal(c, child))
				buf_puts(out, " and in dst");
			else
				buf_printf(out, " and not in dst (%s)", why_lost(v->flag));
			said |= UINT64_C(1) << child;
		}
		comma = ", ";
	}
	/* Flags that are clear on all VMAs are printed together. */
	for (size_t n = 0; n < diff->variable_count; n++) {
		const struct diff_variable *v = &diff->variables[n];

		if (literal(c, n) == 0 && v->flag >= 0 && !*side_of(v) && !kernel_of(diff, v))
			none++;
	}
	if (none) {
		const char *or = "";

		buf_printf(out, "%s%s ", comma, none > 1 ? "none of" : "no");
		for (size_t n = 0; n < diff->variable_count; n++) {
			const struct diff_variable *v = &diff->variables[n];

			if (literal(c, n) != 0 || v->flag < 0 || *side_of(v) || kernel_of(diff, v))
				continue;
			buf_printf(out, "%s%s", or, variable_name(v));
			said |= UINT64_C(1) << n;
			or = "|";
		}
		comma = ", ";
	}
	for (size_t i = 0; i < diff->variable_count; i++) {
		size_t n = in_order(diff, i);

		if (literal(c, n) != 0 || said >> n & 1)
			continue;
		buf_printf(out, "%sno %s", comma, variable_name(&diff->variables[n]));
		where_words(diff, &diff->variables[n], out);
		comma = ", ";
	}
	if (!*comma)
		buf_puts(out, "always");
}

/* --- all of it ---------------------------------------------------------------------------------- */

/* "shmem (shared or private), anon" */
static void mappings(uint32_t bits, struct buf *out)
{
	const char *comma = "";

	for (int backing = 0; backing < BACKINGS; backing++) {
		unsigned how = bits >> 2 * backing & 3;

		if (!how)
			continue;
		buf_printf(out, "%s%s%s", comma, backing_names[backing],
			   !backing_allows((enum backing)backing, true) ? ""
			   : how == 1				      ? " private"
			   : how == 2				      ? " shared"
								      : " shared or private");
		comma = ", ";
	}
}

static void print_case(const struct kernel_diff *diff, size_t i, struct buf *out)
{
	const struct diff_case *c = &diff->cases[i];

	if (diff->case_count > 1)
		buf_printf(out, "%zu. ", i + 1);
	buf_printf(out, "%s copies and %s skips when\n  ", diff->name[c->copies], diff->name[!c->copies]);
	kernel_diff_words(diff, c, out);
	buf_puts(out, "\n  = ");
	kernel_diff_formula(diff, c, out);
	buf_puts(out, "\n  possible with: ");
	mappings(c->mappings, out);
	buf_putc(out, '\n');
}

/* The same advice has different effects on the two kernels. */
static void print_guard(const struct kernel_diff *diff, struct buf *out)
{
	static const char *const makes[] = {
		[GUARD_ANON] = "makes an anon_vma; supports anonymous memory only",
		[GUARD_ANY_ANON_VMA] = "makes an anon_vma, in files and shmem too",
		[GUARD_ANY_FLAG] = "sets VM_MAYBE_GUARD, and makes an anon_vma in anonymous memory only",
	};
	const char *made[2];

	for (int k = 0; k < 2; k++)
		made[k] = makes[diff->kernel[k]->behaviour[BEHAVIOUR_GUARD_REGIONS]];
	if (!made[0] || !made[1] || made[0] == made[1])
		return;
	buf_puts(out, "guard regions leave different traces: MADV_GUARD_INSTALL\n");
	for (int k = 0; k < 2; k++)
		buf_printf(out, "  on %s %s\n", diff->name[k], made[k]);
	buf_puts(out, "  (a VMA that was wiped at fork keeps the flag and loses the anon_vma)\n");
}

static void print_left_out(const struct kernel_diff *diff, struct buf *out)
{
	uint64_t flags = kernel_looks_for(diff->kernel[0]) | kernel_looks_for(diff->kernel[1]);

	buf_puts(out, "left out, because fork cannot meet it\n");
	for (size_t i = 0; i < unreachable_count; i++) {
		const struct unreachable *u = &unreachables[i];

		if (u->about & flags && (!u->and_about || u->and_about & flags))
			buf_printf(out, "  %s: %s\n", u->what, u->why);
	}
	for (int k = 0; k < 2; k++)
		for (int lack = LACKS_NOTHING + 1; lack < LACKS; lack++)
			if (diff->alone[k] >> lack & 1)
				buf_printf(out, "  what needs %s: %s lacks it\n", lack_names[lack],
					   diff->name[!k]);
}

static void print_features(const struct kernel_diff *diff, int k, struct buf *out)
{
	uint32_t more = diff->kernel[k]->uffd_features & ~diff->kernel[!k]->uffd_features;

	if (!more)
		return;
	buf_printf(out, "  userfaultfd features of %s alone:", diff->name[k]);
	for (size_t i = 0; i < UFFD_FEATURE_COUNT; i++)
		if (more >> i & 1)
			buf_printf(out, " %s", uffd_feature_names[i]);
	buf_putc(out, '\n');
}

static void print_behaviours(const struct kernel_diff *diff, struct buf *out)
{
	const struct kernel *const *k = diff->kernel;
	bool any = k[0]->uffd_features != k[1]->uffd_features;

	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		any |= k[0]->behaviour[i] != k[1]->behaviour[i];
	if (!any)
		return;
	buf_puts(out, "also different, though not part of the decision\n");
	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		if (k[0]->behaviour[i] != k[1]->behaviour[i])
			buf_printf(out, "  %s: %s on %s, %s on %s (%s)\n", behaviours[i].name,
				   behaviours[i].values[k[0]->behaviour[i]], diff->name[0],
				   behaviours[i].values[k[1]->behaviour[i]], diff->name[1],
				   behaviours[i].what);
	print_features(diff, 0, out);
	print_features(diff, 1, out);
}

void kernel_diff_print(const struct kernel_diff *diff, struct buf *out)
{
	if (diff->case_count)
		buf_printf(out, "%s and %s decide differently on %zu of the %zu inputs that both can meet\n",
			   diff->name[0], diff->name[1], diff->differ, diff->inputs);
	else
		buf_printf(out, "%s and %s decide alike on all %zu inputs that both can meet\n",
			   diff->name[0], diff->name[1], diff->inputs);
	for (size_t i = 0; i < diff->case_count; i++)
		print_case(diff, i, out);
	if (!diff->exact)
		buf_puts(out, "(a shorter condition may exist: the search reached its limit)\n");
	print_guard(diff, out);
	print_left_out(diff, out);
	print_behaviours(diff, out);
}
