/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/arch.h"

#include <stddef.h>
#include <string.h>

#include "base/alloc.h"

const char *const arch_names[ARCHES] = {
	[ARCH_X86_64] = "x86-64",
	[ARCH_AARCH64] = "aarch64",
	[ARCH_S390X] = "s390x",
};

const char *const table_level_names[TABLE_LEVELS] = {
	[LEVEL_PTE] = "PTE",
	[LEVEL_PMD] = "PMD",
	[LEVEL_PUD] = "PUD",
	[LEVEL_P4D] = "P4D",
};

enum arch arch_by_name(const char *name)
{
	enum arch arch = 0;

	while (arch < ARCHES && strcmp(arch_names[arch], name))
		arch++;
	return arch;
}

/* TASK_SIZE_MAX: x86-64 keeps the last page free, as some processors run into what is behind it. */
#define X86_64(levels_, bits_)                                                                     \
	{.arch = ARCH_X86_64, .page_shift = 12, .table_bits = 9, .levels = levels_,                \
	 .task_size = (UINT64_C(1) << bits_) - 4096, .mmap_min = 0x10000, .soft_dirty = true,            \
	 .hardware_bits = true}
#define AARCH64(shift_, table_, levels_, bits_)                                                    \
	{.arch = ARCH_AARCH64, .page_shift = shift_, .table_bits = table_, .levels = levels_,      \
	 .task_size = UINT64_C(1) << bits_, .mmap_min = 0x8000, .hardware_bits = true}

const struct paging paging_x86_64 = X86_64(4, 47);

/* The most usual one of each size of pages comes first; the others are 5-level paging and LPA2. */
static const struct paging known[] = {
	X86_64(4, 47),
	X86_64(5, 56),
	AARCH64(12, 9, 4, 48),
	AARCH64(12, 9, 5, 52),
	AARCH64(14, 11, 3, 47),
	AARCH64(14, 11, 4, 52),
};

const struct paging *paging_find(enum arch arch, unsigned page_shift, unsigned levels)
{
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (known[i].arch == arch && (!page_shift || known[i].page_shift == page_shift) &&
		    (!levels || known[i].levels == levels))
			return &known[i];
	return NULL;
}

bool arch_has_software_bits(enum arch arch)
{
	return arch == ARCH_AARCH64;
}
