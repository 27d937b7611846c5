/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The modes of vmafork-vmlinux. They print results and errors, and return the exit
 * status: 0; 1 when two images differ; or EXIT_ERROR.
 */
#ifndef VMLINUX_IMAGE_RUN_H
#define VMLINUX_IMAGE_RUN_H

#include "kernels/profile.h"
#include "vmlinux/reader.h"

/* Where to get the debug info that an image lacks. */
#define DEBUG_INFO_HINT                                                                   \
	"distributions ship it in a -dbg or debuginfo package; --debug-file FILE reads it " \
	"from there"

enum { EXIT_ALIKE = 0, EXIT_DIFFER = 1 }; /* and EXIT_ERROR */

enum image_form { FORM_PROFILE, FORM_EVIDENCE, FORM_LINES, FORM_JSON, FORM_COMPARE };

struct image_options {
	const char *program;  /* its name, for errors */
	const char *scenario; /* the file that image_compare() writes; NULL: none */
	struct reader_options reader;
	bool running;	  /* the image is that of the running kernel */
	const char *root; /* and below this folder; "" by default */
};

/* Prints what fork does in that image, in a form for one image. `path` NULL: options->running. */
int image_show(const struct image_options *options, const struct profiles *profiles,
	       enum image_form form, const char *path);

/* Prints when the old and the new image decide differently, and a scenario that shows it. */
int image_compare(const struct image_options *options, const struct profiles *profiles,
		  char *const paths[2]);

#endif
