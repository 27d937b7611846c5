/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel in a boot image: found by the image's header, and unpacked. */
#ifndef VMLINUX_PAYLOAD_H
#define VMLINUX_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/* What the image around a kernel says about its bytes. */
enum payload_kind {
	PAYLOAD_PLAIN, /* nothing: they have a header of their own */
	PAYLOAD_S390X, /* the memory of an s390x kernel, without a header */
};

/*
 * Replaces the bytes of a file by those of the kernel in it: of a bzImage for x86 or s390x,
 * of an EFI zboot image, of a compressed file, also one in another. Anything else stays as
 * it is. False and an error when a payload lies outside of the file or cannot be unpacked.
 */
bool payload_take(const uint8_t **data, size_t *size, enum payload_kind *kind,
		  struct vf_error *error);

#endif
