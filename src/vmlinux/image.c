/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/image.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "vmlinux/image_object.h"
#include "vmlinux/image_raw.h"
#include "vmlinux/payload.h"

/* Far above any kernel; a file that exceeds them is corrupt or malicious. */
#define SECTIONS_MAX 65000u
#define SEGMENTS_MAX 1000u

static bool within(uint64_t offset, uint64_t size, uint64_t whole)
{
	return offset <= whole && size <= whole - offset;
}

static bool truncated(struct vf_error *error, const char *what)
{
	return vf_error_set(error, "the file ends before its %s: it is truncated or corrupt", what);
}

/* --- what kind of file is it? ----------------------------------------------------- */

/* Files that users mistake for a kernel image, for the error message. */
static const struct {
	size_t offset, length;
	const char *magic, *what;
} lookalikes[] = {
	{0, 8, "!<arch>\n", "an archive or a package"},
	{0, 2, "MZ", "a program for EFI or Windows"},
};

static bool not_elf(const struct image *image, struct vf_error *error)
{
	const char *what = "not an ELF file";

	for (size_t i = 0; i < ARRAY_SIZE(lookalikes); i++)
		if (within(lookalikes[i].offset, lookalikes[i].length, image->size) &&
		    !memcmp(image->data + lookalikes[i].offset, lookalikes[i].magic,
			    lookalikes[i].length)) {
			what = lookalikes[i].what;
			break;
		}
	if (!image->size)
		what = "an empty file";
	vf_error_set(error, "this is %s%s", what,
		     strncmp(what, "not", 3) ? ", not an ELF file" : "");
	vf_error_hint(error, "expected a kernel image: vmlinuz as it is in /boot, or vmlinux");
	return false;
}

const char *const image_machine_names[MACHINES] = {
	[MACHINE_X86_64] = "x86-64",
	[MACHINE_ARM64] = "arm64",
	[MACHINE_RISCV64] = "riscv64",
	[MACHINE_S390X] = "s390x",
};

static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned number;
		const char *name;
	} names[] = {
		{EM_386, "32-bit x86"}, {EM_ARM, "32-bit ARM"}, {EM_RISCV, "RISC-V"},
		{EM_PPC64, "PowerPC"},	{EM_S390, "s390"},	{EM_MIPS, "MIPS"},
		{EM_X86_64, "x86-64"},	{EM_AARCH64, "arm64"},	{258, "LoongArch"},
		{EM_SPARCV9, "SPARC"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].number == machine)
			return names[i].name;
	return "an unknown architecture";
}

/* The ELF files that can be read. s390x kernels are read as boot images. */
static const struct {
	unsigned elf;
	enum image_machine machine;
} machines[] = {
	{EM_X86_64, MACHINE_X86_64},
	{EM_AARCH64, MACHINE_ARM64},
	{EM_RISCV, MACHINE_RISCV64},
};

bool image_take_machine(struct image *image, const Elf64_Ehdr *header, struct vf_error *error)
{
	bool little = header->e_ident[EI_DATA] == ELFDATA2LSB;
	/* A 32-bit header has its machine at the same place. */
	unsigned machine = little ? header->e_machine : __builtin_bswap16(header->e_machine);
	size_t i = 0;

	while (i < ARRAY_SIZE(machines) && machines[i].elf != machine)
		i++;
	if (header->e_ident[EI_CLASS] != ELFCLASS64 || !little || i == ARRAY_SIZE(machines)) {
		vf_error_set(error, "an ELF file for %s (%u), which cannot be read", machine_name(machine),
			     machine);
		vf_error_hint(error, "x86-64, arm64 and riscv64 can, and boot images (vmlinuz) of s390x");
		return false;
	}
	image->machine = machines[i].machine;
	return true;
}

static bool check_header(struct image *image, const Elf64_Ehdr *header, struct vf_error *error)
{
	if (!image_take_machine(image, header, error))
		return false;
	image->relocatable = header->e_type == ET_REL;
	if (image->relocatable || header->e_type == ET_EXEC || header->e_type == ET_DYN)
		return true;
	vf_error_set(error, "an ELF file of type %u, so neither a kernel image nor an object of one",
		     header->e_type);
	vf_error_hint(error, "expected vmlinuz, vmlinux or mm/memory.o, not a core dump");
	return false;
}

/* --- tables ----------------------------------------------------------------------- */

static const char *string_at(const uint8_t *table, uint64_t size, uint64_t offset)
{
	if (!table || offset >= size || !memchr(table + offset, 0, size - offset))
		return "";
	return (const char *)table + offset;
}

static bool read_segments(struct image *image, const Elf64_Ehdr *header, struct vf_error *error)
{
	uint64_t n = header->e_phnum;

	if (!n)
		return true;
	if (n > SEGMENTS_MAX || header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff % 8)
		return vf_error_set(error, "the program headers are invalid");
	if (!within(header->e_phoff, n * sizeof(Elf64_Phdr), image->size))
		return truncated(error, "program headers");
	image->segments = (const Elf64_Phdr *)(image->data + header->e_phoff);
	image->segment_count = n;
	return true;
}

static bool read_sections(struct image *image, const Elf64_Ehdr *header, struct vf_error *error)
{
	const Elf64_Shdr *table;
	uint64_t n = header->e_shnum, names = header->e_shstrndx;
	const uint8_t *name_data = NULL;
	uint64_t name_size = 0;

	if (!header->e_shoff && image->segment_count)
		return true; /* stripped of them, too */
	if (!header->e_shoff || header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shoff % 8)
		return vf_error_set(error, "the section headers are missing or invalid");
	if (!within(header->e_shoff, sizeof(*table), image->size))
		return truncated(error, "section headers");
	table = (const Elf64_Shdr *)(image->data + header->e_shoff);
	if (!n)
		n = table[0].sh_size; /* there are too many for the header's field */
	if (names == SHN_XINDEX)
		names = table[0].sh_link;
	if (!n || n > SECTIONS_MAX || names >= n)
		return vf_error_set(error, "the section headers are invalid");
	if (!within(header->e_shoff, n * sizeof(*table), image->size))
		return truncated(error, "section headers");
	if (table[names].sh_type != SHT_NOBITS &&
	    within(table[names].sh_offset, table[names].sh_size, image->size)) {
		name_data = image->data + table[names].sh_offset;
		name_size = table[names].sh_size;
	}
	image->sections = xcalloc(n, sizeof(*image->sections));
	image->section_count = n;
	for (size_t i = 0; i < n; i++) {
		const Elf64_Shdr *from = &table[i];
		struct section *to = &image->sections[i];

		*to = (struct section){
			.name = string_at(name_data, name_size, from->sh_name),
			.type = from->sh_type,
			.link = from->sh_link,
			.info = from->sh_info,
			.flags = from->sh_flags,
			.address = from->sh_addr,
			.entry_size = from->sh_entsize,
			.size = from->sh_size,
		};
		if (from->sh_type == SHT_NOBITS || from->sh_type == SHT_NULL)
			continue;
		if (!within(from->sh_offset, from->sh_size, image->size)) {
			vf_error_set(error,
				     "the file ends before the end of its section %zu (%.40s): "
				     "it is truncated or corrupt",
				     i, to->name);
			return false;
		}
		to->data = image->data + from->sh_offset;
	}
	return true;
}

bool image_open(struct image *image, int fd, struct vf_error *error)
{
	enum payload_kind kind = PAYLOAD_PLAIN;
	const Elf64_Ehdr *header;
	struct stat st;
	void *data;

	*image = (struct image){0};
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return vf_error_set(error, "not a regular file");
	image->size = (size_t)st.st_size;
	if (image->size) {
		data = mmap(NULL, image->size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data == MAP_FAILED)
			return vf_error_set(error, "a file of %zu bytes cannot be mapped",
					    image->size);
		image->data = data;
		if (!payload_take(&image->data, &image->size, &kind, error))
			return false;
		image->is_file = image->data == data;
	}
	if (image->size < SELFMAG || memcmp(image->data, ELFMAG, SELFMAG))
		return image_raw_take(image, kind) || not_elf(image, error);
	if (image->size < sizeof(*header))
		return truncated(error, "ELF header");
	header = (const Elf64_Ehdr *)image->data;
	return check_header(image, header, error) && read_segments(image, header, error) &&
	       read_sections(image, header, error) &&
	       (!image->relocatable || image_object_link(image, error));
}

/* --- sections and symbols ----------------------------------------------------------- */

struct section *image_section(const struct image *image, const char *name)
{
	char own[64];

	for (size_t i = 0; i < image->section_count; i++) {
		if (strlen(image->sections[i].name) >= sizeof(own))
			continue;
		section_dwarf_name(&image->sections[i], own, sizeof(own));
		if (!strcmp(own, name))
			return &image->sections[i];
	}
	return NULL;
}

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct symbol *)element)->name);
}

bool image_symbols(const struct image *image, struct symbol *symbols, size_t n)
{
	for (size_t i = 0; i < image->section_count; i++) {
		const struct section *table = &image->sections[i], *strings;

		if (table->type != SHT_SYMTAB || !table->data ||
		    table->link >= image->section_count)
			continue;
		strings = &image->sections[table->link];
		if (!strings->data || !strings->size || strings->data[strings->size - 1])
			continue;
		for (uint64_t at = 0; within(at, sizeof(Elf64_Sym), table->size);
		     at += sizeof(Elf64_Sym)) {
			struct symbol *found;
			Elf64_Sym symbol;

			memcpy(&symbol, table->data + at, sizeof(symbol));
			if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= strings->size)
				continue;
			found = bsearch(strings->data + symbol.st_name, symbols, n,
					sizeof(*symbols), by_name);
			if (found && !found->address) {
				found->found = true;
				found->address = symbol.st_value;
				if (image->relocatable && symbol.st_shndx < image->section_count)
					found->address += image->sections[symbol.st_shndx].address;
				found->size = symbol.st_size;
			}
		}
		return true;
	}
	return false;
}

/* --- bytes at an address ---------------------------------------------------------- */

static const Elf64_Phdr *segment_at(const struct image *image, uint64_t address)
{
	for (size_t i = 0; i < image->segment_count; i++) {
		const Elf64_Phdr *segment = &image->segments[i];

		if (segment->p_type == PT_LOAD && address >= segment->p_vaddr &&
		    address - segment->p_vaddr < segment->p_memsz)
			return segment;
	}
	return NULL;
}

/* The bytes of that segment in the file, from its start. */
static uint64_t file_part(const struct image *image, const Elf64_Phdr *segment)
{
	if (segment->p_offset > image->size)
		return 0;
	return min(segment->p_filesz, image->size - segment->p_offset);
}

size_t image_read(const struct image *image, uint64_t address, void *buffer, size_t n)
{
	size_t done = 0;

	while (done < n) {
		const Elf64_Phdr *segment = segment_at(image, address + done);
		uint64_t into, here, in_file;

		if (!segment)
			break;
		into = address + done - segment->p_vaddr;
		here = min(n - done, segment->p_memsz - into);
		in_file = file_part(image, segment);
		in_file = into < in_file ? min(here, in_file - into) : 0;
		if (in_file)
			memcpy((uint8_t *)buffer + done, image->data + segment->p_offset + into,
			       in_file);
		memset((uint8_t *)buffer + done + in_file, 0, here - in_file);
		done += here;
	}
	return done;
}

bool image_constants(const struct image *image, size_t i, struct image_part *part)
{
	const uint64_t kind = SHF_ALLOC | SHF_EXECINSTR | SHF_COMPRESSED;

	*part = (struct image_part){0};
	if (image->section_count) {
		const struct section *s = image->sections + i;

		if (i >= image->section_count)
			return false;
		if (s->data && (s->flags & kind) == SHF_ALLOC)
			*part = (struct image_part){s->data, s->size, s->address};
		return true;
	}
	if (i >= image->segment_count)
		return false;
	if (image->segments[i].p_type == PT_LOAD) {
		const Elf64_Phdr *segment = &image->segments[i];

		*part = (struct image_part){image->data + min(segment->p_offset, image->size),
					    file_part(image, segment), segment->p_vaddr};
	}
	return true;
}

bool image_has_code(const struct image *image, uint64_t address)
{
	/* A .debug file keeps the headers of the code, without the code. */
	for (size_t i = 0; i < image->section_count; i++) {
		const struct section *s = &image->sections[i];

		if ((s->flags & SHF_EXECINSTR) && (s->flags & SHF_ALLOC) && address >= s->address &&
		    address - s->address < s->size)
			return s->data && segment_at(image, address);
	}
	if (!image->section_count) {
		const Elf64_Phdr *segment = segment_at(image, address);

		return segment && (segment->p_flags & PF_X) &&
		       address - segment->p_vaddr < file_part(image, segment);
	}
	return false;
}

uint16_t image_u16(const struct image *image, const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return image->big_endian ? __builtin_bswap16(value) : value;
}

uint32_t image_u32(const struct image *image, const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return image->big_endian ? __builtin_bswap32(value) : value;
}

uint64_t image_u64(const struct image *image, const uint8_t *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return image->big_endian ? __builtin_bswap64(value) : value;
}

void image_let_go(const struct image *image)
{
	if (image->is_file)
		madvise((void *)image->data, image->size, MADV_DONTNEED);
}

/* --- links to a separate debug file ------------------------------------------ */

void image_build_id(const struct image *image, char id[BUILD_ID_SIZE])
{
	id[0] = '\0';
	for (size_t i = 0; i < image->section_count; i++) {
		const struct section *s = &image->sections[i];
		uint64_t at = 0;

		if (s->type != SHT_NOTE || !s->data)
			continue;
		while (within(at, sizeof(Elf64_Nhdr), s->size)) {
			Elf64_Nhdr note;
			uint64_t name, value;

			memcpy(&note, s->data + at, sizeof(note));
			name = at + sizeof(note);
			value = name + ((note.n_namesz + UINT64_C(3)) & ~UINT64_C(3));
			if (!within(name, note.n_namesz, s->size) ||
			    !within(value, note.n_descsz, s->size))
				break;
			if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
			    !memcmp(s->data + name, "GNU", 4) && note.n_descsz >= 2 &&
			    note.n_descsz <= (BUILD_ID_SIZE - 1) / 2) {
				for (uint64_t b = 0; b < note.n_descsz; b++)
					snprintf(id + 2 * b, 3, "%02x", s->data[value + b]);
				return;
			}
			at = value + ((note.n_descsz + UINT64_C(3)) & ~UINT64_C(3));
		}
	}
}

bool image_has_build_id(const struct image *image, const char *id)
{
	const uint32_t length = (uint32_t)strlen(id) / 2, words[] = {4, length, NT_GNU_BUILD_ID};
	uint8_t note[sizeof(words) + 4 + BUILD_ID_SIZE];
	struct image_part part;
	size_t n = 0;

	if (length > BUILD_ID_SIZE)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++, n += 4) {
		uint32_t word = image_u32(image, (const uint8_t *)&words[i]);

		memcpy(note + n, &word, sizeof(word));
	}
	memcpy(note + n, "GNU", 4);
	n += 4;
	for (uint32_t i = 0; i < length; i++) {
		const char digits[] = {id[2 * i], id[2 * i + 1], '\0'};

		note[n++] = (uint8_t)strtoul(digits, NULL, 16);
	}
	for (size_t i = 0; image_constants(image, i, &part); i++)
		if (part.size && memmem(part.data, part.size, note, n))
			return true;
	return false;
}

void image_debuglink(const struct image *image, char name[DEBUGLINK_SIZE], uint32_t *crc)
{
	const struct section *s = image_section(image, ".gnu_debuglink");
	size_t length;

	name[0] = '\0';
	*crc = 0;
	if (!s || !s->data || !memchr(s->data, 0, s->size))
		return;
	length = strlen((const char *)s->data);
	if (!length || length >= DEBUGLINK_SIZE || !within((length + 4) & ~(size_t)3, 4, s->size))
		return;
	memcpy(name, s->data, length + 1);
	memcpy(crc, s->data + ((length + 4) & ~(size_t)3), 4);
}

uint32_t image_crc(const struct image *image)
{
	return (uint32_t)crc32_z(crc32(0, NULL, 0), image->data, image->size);
}
