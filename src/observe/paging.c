/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/paging.h"

#include <inttypes.h>

bool paging_is_known(uint64_t page_size, struct vf_error *error)
{
	if (page_size == PAGE_SIZE)
		return true;
	vf_error_set(error, "pages of %" PRIu64 " KiB are not known, only those of %" PRIu64 " KiB",
		     page_size >> 10, (uint64_t)PAGE_SIZE >> 10);
	vf_error_hint(error, "use a kernel with pages of %" PRIu64 " KiB, or the model alone: vmafork-tui",
		      (uint64_t)PAGE_SIZE >> 10);
	return false;
}
