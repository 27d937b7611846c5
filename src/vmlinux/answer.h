/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Turns findings into their output: a kernel, a profile, the evidence. */
#ifndef VMLINUX_ANSWER_H
#define VMLINUX_ANSWER_H

#include "base/buf.h"
#include "base/error.h"
#include "kernels/profile.h"
#include "model/kernel.h"
#include "vmlinux/findings.h"

/* A kernel for the model: the image's decision, and the rest from a known profile. */
struct image_answer {
	struct kernel *kernel;
	char known[64];	  /* the profile that supplies the rest */
	char version[64]; /* of the image, "v6.1.176"; "" when unknown */
	bool as_known;	  /* the decision is that of the known profile, too */
};

/*
 * False and an error when the model's clauses cannot express the image's decision
 * (a flag that the model does not know, an "and").
 */
bool image_answer_create(struct image_answer *answer, const struct findings *findings,
		   const struct profiles *profiles, struct vf_error *error);
void image_answer_deinit(struct image_answer *answer);

/* "vmlinuz": the last part of a path, to name an image by. */
const char *image_title(const char *path);

/* The kernel as a profile for profiles_find(); its title says that it is read from `image`. */
void image_answer_profile(const struct image_answer *answer, const struct findings *findings,
		    const char *image, struct buf *out);

/* Each clause with the instruction that read the word, its line, and the runs that prove it. */
void image_answer_evidence(const struct findings *findings, const char *image, struct buf *out);

/* FUNCTION FILE:LINE, a line each. */
void image_answer_lines(const struct findings *findings, struct buf *out);

/* "" if the image names the bits of its clauses, else a sentence about where the names are from. */
const char *findings_caveat(const struct findings *findings);

/* One clause in the profile's words: "dst VM_UFFD_WP". */
void clause_words(const struct findings *findings, const struct found_clause *clause,
		  struct buf *out);

#endif
