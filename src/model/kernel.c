/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/kernel.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "model/vmflags.h"

const char *const vma_side_names[2] = {[SIDE_SRC] = "src", [SIDE_DST] = "dst"};

const struct behaviour_info behaviours[BEHAVIOUR_COUNT] = {
#define B(name, word, what, values) [BEHAVIOUR_##name] = {word, {values}, what},
#define V(name, word) word,
	BEHAVIOUR_LIST(B, V)
#undef B
#undef V
};

const char *const uffd_feature_names[UFFD_FEATURE_COUNT] = {
#define F(name, word) word,
	UFFD_FEATURE_LIST(F)
#undef F
};

const char *const decision_names[] = {
	[DECISION_COPY] = "copy",
	[DECISION_SKIP] = "skip",
	[DECISION_DONTCOPY] = "dontcopy",
	[DECISION_WIPE] = "wipe",
};

struct kernel *kernel_copy(const struct kernel *kernel)
{
	struct kernel *copy = xmalloc(sizeof(*copy));

	*copy = *kernel;
	copy->name = xstrdup(kernel->name);
	copy->profile = xstrdup(kernel->profile);
	copy->title = xstrdup(kernel->title);
	copy->notes = xstrdup(kernel->notes);
	for (size_t i = 0; i < kernel->clause_count; i++)
		if (kernel->clauses[i].where)
			copy->clauses[i].where = xstrdup(kernel->clauses[i].where);
	copy->lines = NULL;
	copy->line_count = 0;
	for (size_t i = 0; i < kernel->line_count; i++)
		kernel_add_line(copy, kernel->lines[i].function, kernel->lines[i].place);
	return copy;
}

/* Takes flags out of all clauses, and those clauses away that have none left. */
static void take_flags(struct kernel *kernel, uint64_t flags, bool owned)
{
	size_t kept = 0;

	for (size_t i = 0; i < kernel->clause_count; i++) {
		struct clause clause = kernel->clauses[i];
		bool goes = clause.flags && !(clause.flags & ~flags);

		clause.flags &= ~flags;
		if (!goes)
			kernel->clauses[kept++] = clause;
		else if (owned)
			free(clause.where);
	}
	kernel->clause_count = kept;
}

/* Carries out what the rows say about that machine. owned: the kernel's strings are its own. */
static void take_rows(struct kernel *k, enum arch arch, bool owned)
{
	for (size_t i = 0; i < k->row_count && k->arch == ARCHES; i++) {
		const struct kernel_row *row = &k->rows[i];

		if (row->arch != arch)
			continue;
		k->uffd_features &= ~row->lacks_features;
		if (row->behaviour != BEHAVIOUR_COUNT)
			k->behaviour[row->behaviour] = row->value;
		take_flags(k, row->lacks_flags, owned);
	}
}

struct kernel *kernel_on(const struct kernel *kernel, enum arch arch)
{
	struct kernel *on = kernel_copy(kernel);
	const char *behind = strchr(kernel->name, ' ');
	size_t version = behind ? (size_t)(behind - kernel->name) : strlen(kernel->name);
	struct buf name = {0};

	if (kernel->arch != ARCHES)
		return on;
	take_rows(on, arch, true);
	on->arch = arch;
	on->row_count = 0;
	buf_printf(&name, "%.*s/%s%s", (int)version, kernel->name, arch_names[arch], kernel->name + version);
	free(on->name);
	on->name = buf_take(&name);
	return on;
}

void kernel_drop_clauses(struct kernel *kernel)
{
	while (kernel->clause_count)
		free(kernel->clauses[--kernel->clause_count].where);
}

void kernel_drop_lines(struct kernel *kernel)
{
	for (size_t i = 0; i < kernel->line_count; i++) {
		free(kernel->lines[i].function);
		free(kernel->lines[i].place);
	}
	free(kernel->lines);
	kernel->lines = NULL;
	kernel->line_count = 0;
}

void kernel_free(struct kernel *kernel)
{
	if (!kernel)
		return;
	kernel_drop_clauses(kernel);
	kernel_drop_lines(kernel);
	free(kernel->name);
	free(kernel->profile);
	free(kernel->title);
	free(kernel->notes);
	free(kernel);
}

static bool clause_equal(const struct clause *a, const struct clause *b)
{
	return a->side == b->side && a->flags == b->flags &&
	       (a->where && b->where ? !strcmp(a->where, b->where) : a->where == b->where);
}

static bool line_equal(const struct kernel_line *a, const struct kernel_line *b)
{
	return !strcmp(a->function, b->function) && !strcmp(a->place, b->place);
}

static bool rows_equal(const struct kernel *a, const struct kernel *b)
{
	bool equal = a->arch == b->arch && a->row_count == b->row_count;

	for (size_t i = 0; equal && i < a->row_count; i++) {
		const struct kernel_row *x = &a->rows[i], *y = &b->rows[i];

		equal = x->arch == y->arch && x->lacks_flags == y->lacks_flags &&
			x->lacks_features == y->lacks_features && x->behaviour == y->behaviour &&
			x->value == y->value;
	}
	return equal;
}

bool kernel_equal(const struct kernel *a, const struct kernel *b)
{
	if (strcmp(a->name, b->name) || strcmp(a->profile, b->profile) || strcmp(a->title, b->title) ||
	    strcmp(a->notes, b->notes) || a->clause_count != b->clause_count ||
	    memcmp(a->behaviour, b->behaviour, sizeof(a->behaviour)) ||
	    a->uffd_features != b->uffd_features || a->line_count != b->line_count || !rows_equal(a, b))
		return false;
	for (size_t i = 0; i < a->clause_count; i++)
		if (!clause_equal(&a->clauses[i], &b->clauses[i]))
			return false;
	for (size_t i = 0; i < a->line_count; i++)
		if (!line_equal(&a->lines[i], &b->lines[i]))
			return false;
	return true;
}

static bool clauses_alike(const struct kernel *a, const struct kernel *b)
{
	if (a->clause_count != b->clause_count)
		return false;
	for (size_t i = 0; i < a->clause_count; i++)
		if (a->clauses[i].flags != b->clauses[i].flags || a->clauses[i].side != b->clauses[i].side)
			return false;
	return true;
}

bool kernel_acts_alike(const struct kernel *a, const struct kernel *on, enum arch arch,
		       const struct kernel_asked *asked)
{
	struct kernel there = *on; /* its strings are those of `on` */
	const struct kernel *b = &there;

	take_rows(&there, arch, false);
	for (int i = 0; i < BEHAVIOUR_COUNT; i++)
		if (asked->behaviours & UINT64_C(1) << i && a->behaviour[i] != b->behaviour[i])
			return false;
	return !((a->uffd_features ^ b->uffd_features) & asked->features) &&
	       (!asked->clauses || clauses_alike(a, b));
}

const char *kernel_line(const struct kernel *kernel, const char *function)
{
	for (size_t i = 0; i < kernel->line_count; i++)
		if (!strcmp(kernel->lines[i].function, function))
			return kernel->lines[i].place;
	return NULL;
}

bool kernel_add_line(struct kernel *kernel, const char *function, const char *place)
{
	size_t n = kernel->line_count;

	if (n == KERNEL_LINES_MAX || kernel_line(kernel, function))
		return false;
	kernel->lines = xrealloc(kernel->lines, n + 1, sizeof(*kernel->lines));
	kernel->lines[n] = (struct kernel_line){xstrdup(function), xstrdup(place)};
	kernel->line_count = n + 1;
	return true;
}

static int uffd_clause(const struct kernel *kernel)
{
	for (size_t i = 0; i < kernel->clause_count; i++)
		if (kernel->clauses[i].flags & VM_UFFD_WP)
			return (int)i;
	return -1;
}

bool kernel_check(struct kernel *kernel, enum vma_side side)
{
	int i = uffd_clause(kernel);

	if (i < 0)
		return false;
	kernel->clauses[i].side = side;
	return true;
}

bool kernel_look_up(struct kernel *kernel, uint64_t flag, enum vma_side side)
{
	struct clause *clause = kernel->clauses, *end = clause + kernel->clause_count;

	while (clause < end && !(clause->flags & flag))
		clause++;
	if (clause == end)
		return false;
	if (clause->side == side)
		return true;
	if (clause->flags != flag) {
		if (kernel->clause_count == CLAUSES_MAX)
			return false;
		clause->flags &= ~flag;
		memmove(clause + 1, clause, (size_t)(end - clause) * sizeof(*clause));
		kernel->clause_count++;
		*clause = (struct clause){.flags = flag};
	}
	clause->side = side;
	return true;
}

enum vma_side kernel_checks(const struct kernel *kernel)
{
	int i = uffd_clause(kernel);

	return i < 0 ? SIDE_SRC : kernel->clauses[i].side;
}

const char *kernel_check_word(const struct kernel *kernel)
{
	if (uffd_clause(kernel) < 0)
		return "none";
	return vma_side_names[kernel_checks(kernel)];
}

struct decision vma_needs_copy(const struct kernel *kernel, uint64_t src_flags,
			       uint64_t dst_flags, bool anon_vma)
{
	struct decision d = {
		.what = DECISION_SKIP,
		.clause = -1,
		.src_flags = src_flags,
		.dst_flags = dst_flags,
		.anon_vma = anon_vma,
	};

	for (size_t i = 0; i < kernel->clause_count; i++) {
		const struct clause *clause = &kernel->clauses[i];
		uint64_t flags = clause->side == SIDE_SRC ? src_flags : dst_flags;

		if (clause->flags ? !(flags & clause->flags) : !anon_vma)
			continue;
		d.what = DECISION_COPY;
		d.clause = (int)i;
		d.fired = flags & clause->flags;
		break;
	}
	return d;
}

struct decision dup_mmap_decides(const struct kernel *kernel, uint64_t src_flags,
				 uint64_t dst_flags, bool anon_vma)
{
	struct decision d = {
		.what = src_flags & VM_DONTCOPY ? DECISION_DONTCOPY : DECISION_WIPE,
		.clause = -1,
		.src_flags = src_flags,
		.dst_flags = dst_flags,
		.anon_vma = anon_vma,
	};

	if (src_flags & VM_DONTCOPY || dst_flags & VM_WIPEONFORK)
		return d;
	return vma_needs_copy(kernel, src_flags, dst_flags, anon_vma);
}

const char *decision_reason(const struct decision *decision)
{
	switch (decision->what) {
	case DECISION_DONTCOPY:
		return "VM_DONTCOPY";
	case DECISION_WIPE:
		return "VM_WIPEONFORK";
	case DECISION_SKIP:
		return "none";
	case DECISION_COPY:
		break;
	}
	if (!decision->fired)
		return "anon_vma";
	/* Kernels spell the mask PFNMAP, MIXEDMAP, UFFD_WP, MAYBE_GUARD, UFFD_RWP. */
	static const enum vm_flag_number order[] = {
		VM_HUGETLB_NUMBER, VM_PFNMAP_NUMBER, VM_MIXEDMAP_NUMBER,
		VM_UFFD_WP_NUMBER, VM_MAYBE_GUARD_NUMBER, VM_UFFD_RWP_NUMBER,
	};

	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		if (decision->fired & (UINT64_C(1) << order[i]))
			return vm_flags[order[i]].name;
	return vm_flag_of(decision->fired)->name;
}
