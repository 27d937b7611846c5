/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the control groups of this process allow it, versions 1 and 2: a container may have
 * less than its machine. Each group is limited, and so is each one that it is in.
 */
#ifndef OBSERVE_CGROUP_H
#define OBSERVE_CGROUP_H

#include <stddef.h>
#include <stdint.h>

enum cgroup_resource { CGROUP_MEMORY, CGROUP_SWAP, CGROUP_HUGE_PAGES };

struct cgroup_row; /* which files tell */

/* One group that has a limit. */
struct cgroup_limit {
	char *folder;
	const struct cgroup_row *row;
};

struct cgroup_limits {
	struct cgroup_limit *v;
	size_t n, cap;
};

/* Finds the limits: by /proc/self/cgroup and /proc/self/mountinfo, or what a test has in their place. */
void cgroup_limits_read(struct cgroup_limits *limits, const char *groups, const char *mounts);
void cgroup_limits_deinit(struct cgroup_limits *limits);

/* Bytes that they leave free at this moment; UINT64_MAX: there is no limit. What the kernel can drop counts. */
uint64_t cgroup_free(const struct cgroup_limits *limits, enum cgroup_resource resource);

#endif
