/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/pte.h"

const char *const pte_state_names[PTE_STATES] = {
	[PTE_NONE] = "none",
	[PTE_PRESENT] = "present",
	[PTE_SWAP] = "swap",
	[PTE_MIGRATION] = "migration",
	[PTE_DEVICE_PRIVATE] = "device-private",
	[PTE_DEVICE_EXCLUSIVE] = "device-exclusive",
	[PTE_MARKER] = "marker",
	[PTE_HWPOISON] = "hwpoison",
	[PTE_ZERO] = "zero",
	[PTE_HUGE] = "huge",
};

const char *const pte_attr_names[PTE_ATTRS] = {
	"write",     "dirty",	"young",  "soft-dirty", "uffd-wp",
	"exclusive", "special", "pinned", "guard",	"poison",
};

const uint16_t pte_state_attrs[PTE_STATES] = {
	[PTE_PRESENT] = PTE_WRITE | PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY |
			PTE_UFFD_WP | PTE_EXCLUSIVE | PTE_SPECIAL | PTE_PINNED,
	[PTE_SWAP] = PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE,
	[PTE_MIGRATION] = PTE_WRITE | PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY |
			  PTE_UFFD_WP | PTE_EXCLUSIVE,
	[PTE_DEVICE_PRIVATE] = PTE_WRITE | PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE,
	[PTE_DEVICE_EXCLUSIVE] = PTE_WRITE | PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_EXCLUSIVE,
	[PTE_MARKER] = PTE_UFFD_WP | PTE_GUARD | PTE_POISON,
	[PTE_HWPOISON] = PTE_UFFD_WP,
	[PTE_ZERO] = PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY | PTE_UFFD_WP | PTE_SPECIAL,
	[PTE_HUGE] = PTE_WRITE | PTE_DIRTY | PTE_YOUNG | PTE_SOFT_DIRTY |
		     PTE_UFFD_WP | PTE_EXCLUSIVE | PTE_SPECIAL | PTE_PINNED,
};
