/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel in a boot image: found by the image's header, and unpacked. */
#ifndef VMLINUX_PAYLOAD_H
#define VMLINUX_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/*
 * Replaces the bytes of a file by those of the kernel in it: of an x86 bzImage, of an EFI
 * zboot image, of a compressed file, also one in another. Anything else stays as it is.
 * False and an error when a payload lies outside of the file or cannot be unpacked.
 */
bool payload_take(const uint8_t **data, size_t *size, struct vf_error *error);

#endif
