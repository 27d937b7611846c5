/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A SIZE of the language: 64K, or 16p, whose bytes only the machine knows. */
#ifndef LANGUAGE_MEMORY_SIZE_H
#define LANGUAGE_MEMORY_SIZE_H

#include "model/arch.h"

struct memory_size {
	uint64_t number; /* bytes, or pages */
	bool pages;
};

/* In bytes; UINT64_MAX: more than that. */
static inline uint64_t memory_size_bytes(struct memory_size size, const struct paging *paging)
{
	if (!size.pages)
		return size.number;
	return size.number > UINT64_MAX >> paging->page_shift ? UINT64_MAX
							      : size.number << paging->page_shift;
}

#endif
