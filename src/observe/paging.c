/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/paging.h"

#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* The words that uname() has for them. */
static const char *const unames[ARCHES_MODELLED] = {
	[ARCH_X86_64] = "x86_64",
	[ARCH_AARCH64] = "aarch64",
};

int arch_by_uname(const char *word)
{
	for (int arch = 0; arch < ARCHES_MODELLED; arch++)
		if (!strcmp(unames[arch], word))
			return arch;
	return -1;
}

bool paging_here(struct paging *paging, struct vf_error *error)
{
	uint64_t size = (uint64_t)sysconf(_SC_PAGESIZE);
	const struct paging *known = NULL;
	struct utsname name;
	int arch;

	if (uname(&name))
		name.machine[0] = '\0';
	arch = arch_by_uname(name.machine);
	if (arch >= 0)
		known = paging_find((enum arch)arch, (unsigned)__builtin_ctzll(size), 0);
	if (!known) {
		vf_error_set(error, "%s with pages of %u KiB is not known", name.machine, (unsigned)(size >> 10));
		vf_error_hint(error, "known are x86-64 with pages of 4 KiB, and aarch64 with 4 or 16; "
				     "or use the model alone: vmafork-tui");
		return false;
	}
	*paging = *known;
	return true;
}

void paging_print(const struct paging *paging, struct buf *out)
{
	buf_printf(out, "%s, pages of %u KiB, access bits by %s", arch_names[paging->arch],
		   (unsigned)(page_size(paging) >> 10), paging->hardware_bits ? "hardware" : "software");
}

static struct paging observed; /* no levels: not asked yet */

const struct paging *paging_observed(void)
{
	struct vf_error ignored;

	if (!observed.levels && !paging_here(&observed, &ignored))
		observed = paging_x86_64;
	return &observed;
}

void paging_observe(const struct paging *paging)
{
	observed = paging ? *paging : (struct paging){0};
}
