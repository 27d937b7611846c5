/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which known kernel the running one behaves as: the result of tiny forks, and it in words. */
#ifndef KERNELS_LIKENESS_H
#define KERNELS_LIKENESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "model/arch.h"

/* At a command of one of the tiny forks. */
struct likeness_note {
	char *file; /* its name, without a folder */
	unsigned line; /* 0: before the first command */
	char *text;
};

/* Starts as {0}; holds all its texts. */
struct likeness {
	char *release, *version; /* of the running kernel */
	enum arch arch;		 /* of the machine: the profile is meant as that one has it */
	char *profile, *check;	 /* of the one that explains all, else of the nearest; NULL: nothing was seen */
	bool explains;		 /* it explains all that was seen */
	bool released;		 /* with the check that it was released with */
	size_t agree, differ;	 /* facts */
	struct likeness_note contradiction; /* the first; text NULL: it explains all */
	char *by_release; /* the profile that covers the version; NULL: none */
	char **alike;	  /* what explains all as well: "v6.18 (TITLE)" */
	size_t alike_count, alike_cap;
	struct likeness_note *left_out; /* what could not be carried out here */
	size_t left_out_count, left_out_cap;
};
void likeness_deinit(struct likeness *likeness);

/* These copy their texts. A note starts as {0}. */
void likeness_note_deinit(struct likeness_note *note);
void likeness_note_set(struct likeness_note *note, const char *file, unsigned line, const char *text);
void likeness_add_alike(struct likeness *likeness, const char *profile, const char *title);
void likeness_add_left_out(struct likeness *likeness, const char *file, unsigned line,
			   const char *text);

/* All of it, in lines. */
void likeness_print(const struct likeness *likeness, struct buf *out);

/* That no profile explains what was seen, with the nearest and what contradicts it. */
void likeness_error(const struct likeness *likeness, struct vf_error *error);

#endif
