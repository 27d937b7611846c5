/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/setups.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/reach.h"

struct step_info {
	const char *line;
	enum use use;
	uint64_t flags;
};

static const struct step_info step_infos[] = {
	{"vma mem shmem 4K", USE_MAP, 0},
	{"vma mem anon 4K", USE_MAP, 0},
	{"vma mem file shared 4K", USE_MAP, 0},
	{"vma mem file 4K", USE_MAP, 0},
	{"vma mem shmem private 4K", USE_MAP, 0},
	{"vma mem stack 4K", USE_MAP, 0},
	{"vma mem hugetlb shared 2M", USE_MAP, 0},
	{"vma mem hugetlb 2M", USE_MAP, 0},
	{"vma mem pfnmap 4K", USE_DEVICE, 0},
	{"vma mem mixedmap 4K", USE_DEVICE, 0},
	{"vma mem pfnmap private 4K", USE_DEVICE, 0},
	{"vma mem mixedmap private 4K", USE_DEVICE, 0},
	{"touch mem", USE_ALWAYS, 0},
	{"touch mem read", USE_ALWAYS, 0},
	{"uffd u", USE_FLAGS, 0},
	{"uffd u event-fork", USE_FLAGS, 0},
	{"uffd u wp-async", USE_FLAGS, VM_UFFD_WP},
	{"uffd u event-fork wp-async", USE_FLAGS, VM_UFFD_WP},
	{"uffd u rwp", USE_FLAGS, VM_UFFD_RWP},
	{"uffd u event-fork rwp", USE_FLAGS, VM_UFFD_RWP},
	{"register u mem wp", USE_FLAGS, VM_UFFD_WP},
	{"register u mem missing", USE_FLAGS, VM_UFFD_MISSING},
	{"register u mem minor", USE_FLAGS, VM_UFFD_MINOR},
	{"register u mem rwp", USE_FLAGS, VM_UFFD_RWP},
	{"register u mem missing wp", USE_FLAGS, VM_UFFD_MISSING | VM_UFFD_WP},
	{"register u mem wp minor", USE_FLAGS, VM_UFFD_WP | VM_UFFD_MINOR},
	{"register u mem missing minor", USE_FLAGS, VM_UFFD_MISSING | VM_UFFD_MINOR},
	{"register u mem missing rwp", USE_FLAGS, VM_UFFD_MISSING | VM_UFFD_RWP},
	{"register u mem minor rwp", USE_FLAGS, VM_UFFD_MINOR | VM_UFFD_RWP},
	{"register u mem missing wp minor", USE_FLAGS, VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR},
	{"register u mem missing minor rwp", USE_FLAGS, VM_UFFD_MISSING | VM_UFFD_MINOR | VM_UFFD_RWP},
	{"madvise mem dontfork", USE_BYPASS, VM_DONTCOPY},
	{"madvise mem wipeonfork", USE_BYPASS, VM_WIPEONFORK},
	{"madvise mem guard-install", USE_GUARD, 0},
	{"madvise mem wipeonfork", USE_GUARD, VM_MAYBE_GUARD},
	{"fork", USE_GUARD, VM_MAYBE_GUARD},
	{"become child", USE_GUARD, VM_MAYBE_GUARD},
	{"madvise mem keeponfork", USE_GUARD, VM_MAYBE_GUARD},
	{"mlock mem", USE_FLAGS, VM_LOCKED},
	{"mprotect mem r", USE_FLAGS, VM_WRITE},
	{"mprotect mem none", USE_FLAGS, VM_READ},
	{"mprotect mem rwx", USE_FLAGS, VM_EXEC},
	{"madvise mem hugepage", USE_FLAGS, VM_HUGEPAGE},
	{"madvise mem nohugepage", USE_FLAGS, VM_NOHUGEPAGE},
	{"madvise mem mergeable", USE_FLAGS, VM_MERGEABLE},
};

struct command *setup_command(const char *text)
{
	struct reader reader;
	struct line line;
	struct vf_error error;
	bool more;

	reader_init(&reader, "", text, strlen(text));
	if (!reader_next(&reader, &line, &more, &error) || !more)
		abort();
	return command_parse(&reader, &line, false, &error);
}

static void add_step(struct setup_steps *steps, const char *line, enum use use)
{
	struct command *command = setup_command(line);

	if (!command)
		abort();
	GROW(steps->v, steps->n, steps->cap);
	steps->v[steps->n++] = (struct setup_step){command, use};
}

static bool is_useful(const struct kernel *const kernel[2], const struct step_info *info,
		      uint64_t flags, uint64_t bypasses)
{
	if (info->use == USE_BYPASS)
		return info->flags & bypasses;
	if (info->use == USE_FLAGS)
		return info->flags ? (info->flags & flags) == info->flags : flags & VM_UFFD_FLAGS;
	if (info->use != USE_GUARD)
		return true;
	for (int k = 0; k < 2; k++)
		if (kernel[k]->behaviour[BEHAVIOUR_GUARD_REGIONS] == GUARD_NONE)
			return false;
	return (info->flags & flags) == info->flags;
}

/* Flags by hand: not those that define a kind of mapping, nor those that bypass the decision. */
#define NEVER_BY_HAND                                                                    \
	(VM_SHARED | VM_MAYSHARE | VM_MAYREAD | VM_HUGETLB | VM_PFNMAP | VM_MIXEDMAP |     \
	 VM_GROWSDOWN | VM_UFFD_FLAGS | VM_MAYBE_GUARD | VM_DONTCOPY | VM_WIPEONFORK |     \
	 VM_DROPPABLE)

void setups_collect(const struct kernel *const kernel[2], uint64_t bypasses,
		    struct setup_steps *steps)
{
	uint64_t flags = kernel_looks_for(kernel[0]) | kernel_looks_for(kernel[1]);

	for (size_t i = 0; i < ARRAY_SIZE(step_infos); i++)
		if (is_useful(kernel, &step_infos[i], flags, bypasses))
			add_step(steps, step_infos[i].line, step_infos[i].use);
	for (int flag = 0; flag < VM_FLAG_COUNT; flag++)
		for (int sign = 0; sign < 2; sign++) {
			struct buf line = {0};

			if (!(flags & ~NEVER_BY_HAND & UINT64_C(1) << flag))
				continue;
			buf_printf(&line, "flags mem %c%s", sign ? '-' : '+', vm_flags[flag].name);
			add_step(steps, buf_str(&line), USE_BY_HAND);
			buf_deinit(&line);
		}
}

void setups_deinit(struct setup_steps *steps)
{
	for (size_t i = 0; i < steps->n; i++)
		command_free(steps->v[i].command);
	free(steps->v);
}
