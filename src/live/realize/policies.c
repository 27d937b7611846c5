/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory policies. VMAs that have different ones are never joined; these all mean the same
 * on a machine with one node, and show nowhere else.
 */
#include "live/realize/realize_private.h"
#include "observe/uapi.h"

static const struct {
	int mode;
	bool node; /* names node 0 */
} policies[POLICIES] = {
	{0, false} /* default */, {1, true} /* preferred */, {2, true} /* bind */,
	{4, false} /* local */,   {3, true} /* interleave */,
};

void real_set_policy(struct live *live, uint64_t start, uint64_t end, unsigned policy, struct real *real)
{
	struct mailbox *box = live->remote.box;
	unsigned long *nodes = (unsigned long *)(void *)box->scratch;
	bool node = policies[policy].node;

	*nodes = 1;
	real_syscall(live, real, SYS_mbind, (long)start, (long)(end - start), policies[policy].mode,
		     node ? (long)(intptr_t)nodes : 0, node ? 64 : 0, 0);
	if (real->kind == REAL_REFUSED)
		real_impossible(real, "this kernel has no memory policies to keep VMAs apart");
}
