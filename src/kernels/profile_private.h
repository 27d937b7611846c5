/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that know profiles share; nobody else includes this. */
#ifndef KERNELS_PROFILE_PRIVATE_H
#define KERNELS_PROFILE_PRIVATE_H

#include "kernels/profile.h"
#include "kernels/version.h"

struct profile {
	struct kernel *kernel;
	struct version *from;
	size_t from_count, from_cap;
};

/* Reads a profile's text; `file` is for errors. False: *profile holds nothing. */
bool profile_parse(const char *file, const char *text, size_t length, struct profile *profile,
		   struct vf_error *error);
void profile_deinit(struct profile *profile);

#endif
