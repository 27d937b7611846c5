/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel image as a file: its sections, its symbols, and the bytes that it
 * puts at an address. The file is mapped and read where it is needed; nothing
 * in it is trusted before it is checked against the file's size.
 */
#ifndef VMLINUX_IMAGE_H
#define VMLINUX_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "vmlinux/section.h"

enum image_machine { MACHINE_X86_64, MACHINE_ARM64, MACHINE_RISCV64, MACHINE_S390X, MACHINES };

/* "x86-64" */
extern const char *const image_machine_names[MACHINES];

struct image {
	const uint8_t *data;
	size_t size;
	bool is_file; /* the bytes are those of the file, not unpacked from it */
	enum image_machine machine;
	bool big_endian;
	bool raw;	  /* no ELF file: see image_raw.h */
	bool memory;	  /* a running kernel: see image_memory.h */
	bool relocatable; /* one object of a kernel: see image_object.h */
	Elf64_Phdr *own_segment; /* that of any of these three */
	const Elf64_Phdr *segments;
	size_t segment_count;
	struct section *sections;
	size_t section_count;
};

/* Room for a build-id in hex, and for the name of a debug file. */
enum { BUILD_ID_SIZE = 2 * 64 + 1, DEBUGLINK_SIZE = 256 };

/*
 * Maps the open file `fd`, unpacks the kernel if it is a boot image, and checks its
 * headers; an object is linked. On error (not a kernel, another machine, truncated, ...)
 * false. The image lives until the program ends, which releases all of it.
 */
bool image_open(struct image *image, int fd, struct vf_error *error);

/* Sets the machine and the order of bytes; false and an error for those that cannot be read. */
bool image_take_machine(struct image *image, const Elf64_Ehdr *header, struct vf_error *error);

/* NULL when there is none; in `.debug_x` also finds `.zdebug_x`. */
struct section *image_section(const struct image *image, const char *name);

/* What is looked for, and where it was found; address 0: not found. Sorted by name. */
struct symbol {
	const char *name;
	uint64_t address, size;
	bool found;
};

/* Looks the symbols up, all in one pass; false when the image has no symbol table. */
bool image_symbols(const struct image *image, struct symbol *symbols, size_t n);

/*
 * Copies what the image holds at an address, zeroes where it says so without
 * keeping them (.bss). Returns how many of the n bytes it covers, from the first.
 */
size_t image_read(const struct image *image, uint64_t address, void *buffer, size_t n);

/* Bytes of the image, and where they are in the kernel's memory. */
struct image_part {
	const uint8_t *data;
	uint64_t size, address;
};

/*
 * The i-th part of what the image holds in memory besides its code, as far as it says
 * what is code; false after the last one. A part may be empty.
 */
bool image_constants(const struct image *image, size_t i, struct image_part *part);

/* True when the file holds the bytes of that address, and they are code. */
bool image_has_code(const struct image *image, uint64_t address);

/* Numbers in the machine's byte order, at any address. */
uint16_t image_u16(const struct image *image, const uint8_t *at);
uint32_t image_u32(const struct image *image, const uint8_t *at);
uint64_t image_u64(const struct image *image, const uint8_t *at);

/* Drops the pages of the file from memory; they are read again when needed. */
void image_let_go(const struct image *image);

/* The build-id in hex and the name in .gnu_debuglink (with its CRC); "" when there is none. */
void image_build_id(const struct image *image, char id[BUILD_ID_SIZE]);
/* True when one of its notes is that build-id, in hex. A raw image has more than one. */
bool image_has_build_id(const struct image *image, const char *id);
void image_debuglink(const struct image *image, char name[DEBUGLINK_SIZE], uint32_t *crc);

/* The checksum that .gnu_debuglink holds, over the whole file. */
uint32_t image_crc(const struct image *image);

#endif
