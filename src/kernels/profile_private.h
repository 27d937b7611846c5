/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Private to the files that read and find profiles. */
#ifndef KERNELS_PROFILE_PRIVATE_H
#define KERNELS_PROFILE_PRIVATE_H

#include "kernels/profile.h"
#include "kernels/version.h"

/* A row about another machine; before: it holds up to that version; zeroed: for all of them. */
struct profile_row {
	struct kernel_row row;
	struct version before;
};

struct profile {
	char *name;
	struct version *from;
	size_t from_count, from_cap;
	struct profile_row *rows;
	size_t row_count, row_cap;
	size_t liked_rows; /* those of the kernel that `like` has brought */
	struct kernel *kernel; /* NULL: its text has not been parsed yet */
	char *file;	       /* the file name of `text`, for errors */
	const char *text;      /* not parsed yet; NULL: parsed already */
	char *owned;	       /* `text`, if it is not one compiled in; or NULL */
	bool parsing;	       /* its `like` is being followed */
};

/* A file of share/kernels that could not be read. */
struct broken {
	char *name; /* the file's, without .kernel */
	struct vf_error error;
};

struct profiles {
	struct profile *v; /* by first version */
	size_t n, cap;
	struct broken *broken; /* by name */
	size_t broken_count, broken_cap;
	const char **names; /* of v */
};

/* The profile's kernel, parsed on the first call; NULL on error. The profile owns it. */
const struct kernel *profile_kernel(const struct profiles *all, struct profile *profile,
				    struct vf_error *error);

/* The kernel that `like NAME` means, which the caller frees; NULL with an error. */
typedef struct kernel *like_function(const struct profiles *all, const char *name,
				     struct vf_error *error);

/*
 * Reads a profile's text; `file` is for errors. Sets `name`, `from` and `kernel`.
 * False: *profile holds nothing.
 */
bool profile_parse(const struct profiles *all, like_function *like, const char *file,
		   const char *text, size_t length, struct profile *profile,
		   struct vf_error *error);
void profile_deinit(struct profile *profile);

/*
 * Gives the kernel, which is this profile's or a copy, the rows that hold for that version;
 * NULL: for the profile's first.
 */
void profile_add_rows(const struct profile *profile, const struct version *v, struct kernel *kernel);

#endif
