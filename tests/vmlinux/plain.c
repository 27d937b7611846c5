/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plain LAYOUT IMAGE [WORD]...: fills the room that kernel.c leaves with -DROOM, so that
 * the image can do without debug info: its symbols, as kallsyms keeps them, and its types,
 * as BTF. LAYOUT is 6.1, 6.12, 6.16 or 7.0: the first kernel that keeps symbols that way.
 *
 * Words: `named` adds the enumerators of flags. `raw` writes the bytes as they are in
 * memory instead of the ELF file. `from-base` counts addresses from the first symbol in
 * every layout; `no-base` does so without saying where that is, and leaves out symbols of
 * data and all before _stext, as arm64's 6.1 does. These make the image wrong:
 *   short-names     one name less than the count says
 *   moved-banner    linux_banner is somewhere else
 *   moved-entry     the symbol of the first instruction is elsewhere
 *   unsorted        two addresses change places
 *   overlap         anon_vma is where vm_flags is
 *   outside         anon_vma is behind the structure
 *   no-member       there is no anon_vma
 *   twice           a second struct vm_area_struct, with another layout
 *   no-btf, no-kallsyms
 */
#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILLERS = 700, SYMBOLS_MAX = 2000, IMAGE_MAX = 4 << 20 };

static unsigned char image[IMAGE_MAX];
static size_t image_size;
static unsigned char *room, *at;
static size_t room_size;
static uint64_t room_address;

static char **words;

static bool asked(const char *word)
{
	for (char **w = words; *w; w++)
		if (!strcmp(*w, word))
			return true;
	return false;
}

static void die(const char *why)
{
	fprintf(stderr, "plain: %s\n", why);
	exit(2);
}

/* --- writing -------------------------------------------------------------------------- */

static void put(const void *bytes, size_t n)
{
	if ((size_t)(room + room_size - at) < n)
		die("no room");
	memcpy(at, bytes, n);
	at += n;
}

static void put8(uint8_t v) { put(&v, 1); }
static void put16(uint16_t v) { put(&v, 2); }
static void put32(uint32_t v) { put(&v, 4); }
static void put64(uint64_t v) { put(&v, 8); }

static void align(size_t unit)
{
	while ((size_t)(at - room) % unit)
		put8(0);
}

/* --- symbols -------------------------------------------------------------------------- */

struct named {
	char name[256];
	uint64_t address;
};

static struct named symbols[SYMBOLS_MAX];
static size_t symbol_count;

static int by_address(const void *a, const void *b)
{
	uint64_t x = ((const struct named *)a)->address, y = ((const struct named *)b)->address;

	return x < y ? -1 : x > y;
}

static void add(const char *name, uint64_t address)
{
	if (symbol_count == SYMBOLS_MAX)
		die("too many symbols");
	snprintf(symbols[symbol_count].name, sizeof(symbols[0].name), "%s", name);
	symbols[symbol_count++].address = address;
}

/* Drops what a kernel without CONFIG_KALLSYMS_ALL does not keep. */
static void keep_code(void)
{
	size_t n = 1; /* the per-CPU variable */
	bool started = false;

	for (size_t i = 1; i < symbol_count; i++) {
		started = started || !strcmp(symbols[i].name, "_stext");
		if (started && strcmp(symbols[i].name, "linux_banner"))
			symbols[n++] = symbols[i];
	}
	symbol_count = n;
}

/* Reads the image's symbols and its section .tables. */
static void read_image(void)
{
	const Elf64_Ehdr *header = (const void *)image;
	const Elf64_Shdr *sections = (const void *)(image + header->e_shoff);
	const char *names = (const char *)image + sections[header->e_shstrndx].sh_offset;
	uint64_t end = 0;

	for (int i = 0; i < header->e_shnum; i++) {
		const Elf64_Shdr *s = &sections[i];

		if (!strcmp(names + s->sh_name, ".tables")) {
			room = image + s->sh_offset;
			room_size = s->sh_size;
			room_address = s->sh_addr;
		}
		if (s->sh_type != SHT_SYMTAB)
			continue;
		for (size_t n = 0; n < s->sh_size / sizeof(Elf64_Sym); n++) {
			const Elf64_Sym *sym = (const Elf64_Sym *)(image + s->sh_offset) + n;
			const char *strings =
				(const char *)image + sections[s->sh_link].sh_offset;
			unsigned type = ELF64_ST_TYPE(sym->st_info);
			bool moved = (asked("moved-banner") &&
				      !strcmp(strings + sym->st_name, "linux_banner")) ||
				     (asked("moved-entry") &&
				      !strcmp(strings + sym->st_name, "primary_entry"));

			if (!sym->st_value || type == STT_SECTION || type == STT_FILE ||
			    strlen(strings + sym->st_name) > 200)
				continue;
			add(strings + sym->st_name, sym->st_value + (moved ? 2 : 0));
			if (sym->st_value > end)
				end = sym->st_value;
		}
	}
	if (!room || !symbol_count)
		die("the image has no section .tables, or no symbols");
	for (int i = 0; i < FILLERS; i++) {
		char name[256];

		/* One in a hundred has a name whose length takes two bytes. */
		snprintf(name, sizeof(name), "filler_%0*d", i % 100 ? 4 : 180, i);
		add(name, end + 16 * (uint64_t)i);
	}
	add("per_cpu_thing", 0x20); /* as x86 kernels have them up to 6.14 */
	qsort(symbols, symbol_count, sizeof(symbols[0]), by_address);
	if (asked("no-base"))
		keep_code();
	if (asked("unsorted")) {
		uint64_t swapped = symbols[symbol_count - 3].address;

		symbols[symbol_count - 3].address = symbols[3].address;
		symbols[3].address = swapped;
	}
}

/* --- kallsyms -------------------------------------------------------------------------- */

static const char *tokens[256];
static char single[256][2];

static void make_tokens(void)
{
	for (int i = 0; i < 256; i++) {
		single[i][0] = (char)(i > ' ' && i < 127 ? i : 0);
		tokens[i] = single[i];
	}
	tokens[1] = "filler_";
	tokens[2] = "Tcopy_";
	tokens[200] = "page_range";
}

static void put_name(const char *name)
{
	unsigned char packed[512], *to = packed;
	char whole[300];

	snprintf(whole, sizeof(whole), "T%s", name);
	for (const char *s = whole; *s;) {
		int best = (unsigned char)*s;

		for (int t = 0; t < 256; t++)
			if (strlen(tokens[t]) > strlen(tokens[best]) &&
			    !strncmp(s, tokens[t], strlen(tokens[t])))
				best = t;
		*to++ = (unsigned char)best;
		s += strlen(tokens[best]);
	}
	if (to - packed > 127)
		put8((uint8_t)(((to - packed) & 0x7f) | 0x80));
	put8((uint8_t)(to - packed > 127 ? (to - packed) >> 7 : to - packed));
	put(packed, (size_t)(to - packed));
}

enum encoding { BELOW_BASE, FROM_BASE, FROM_ENTRY };

static void put_offsets(enum encoding encoding)
{
	uint64_t base = symbols[0].address;

	for (size_t i = 0; i < symbol_count && base < UINT32_MAX; i++)
		base = symbols[i].address;
	for (size_t i = 0; i < symbol_count; i++) {
		uint64_t address = symbols[i].address;

		if (encoding == FROM_ENTRY)
			put32((uint32_t)(address - (room_address + (uint64_t)(at - room))));
		else if (encoding == FROM_BASE)
			put32((uint32_t)(address - base));
		else
			put32(address < UINT32_MAX ? (uint32_t)address : (uint32_t)(base - 1 - address));
	}
	if (encoding != FROM_ENTRY) {
		align(8);
		put64(asked("no-base") ? 0 : base);
	}
}

static void put_kallsyms(const char *layout)
{
	static uint32_t markers[SYMBOLS_MAX];
	bool first = !strcmp(layout, "6.1");
	enum encoding encoding = first || !strcmp(layout, "6.12") ? BELOW_BASE
				 : !strcmp(layout, "6.16")		  ? FROM_BASE
								  : FROM_ENTRY;
	const unsigned char *names;
	size_t unit, offset = 0;

	if (asked("from-base") || asked("no-base"))
		encoding = FROM_BASE;
	unit = encoding == FROM_ENTRY ? 4 : 8;

	if (encoding != BELOW_BASE) { /* the first address is that of a per-CPU variable */
		symbol_count--;
		memmove(symbols, symbols + 1, symbol_count * sizeof(symbols[0]));
	}
	make_tokens();
	align(8);
	if (first)
		put_offsets(encoding);
	put32((uint32_t)symbol_count);
	align(unit);
	names = at;
	for (size_t i = 0; i < symbol_count; i++) {
		if (i % 256 == 0)
			markers[i / 256] = (uint32_t)(at - names);
		if (i != 400 || !asked("short-names"))
			put_name(symbols[i].name);
	}
	align(unit);
	for (size_t i = 0; i < (symbol_count + 255) / 256; i++)
		put32(markers[i]);
	align(unit);
	for (int i = 0; i < 256; i++)
		put(tokens[i], strlen(tokens[i]) + 1);
	align(unit);
	for (int i = 0; i < 256; i++) {
		put16((uint16_t)offset);
		offset += strlen(tokens[i]) + 1;
	}
	align(unit);
	if (!first)
		put_offsets(encoding);
	for (size_t i = 0; i < symbol_count; i++) /* the numbers by name: nobody looks */
		put("\1\2\3", 3);
}

/* --- BTF ------------------------------------------------------------------------------- */

static char strings[4096] = "";
static size_t string_size = 1;

static uint32_t string(const char *s)
{
	size_t here = string_size;

	if (!*s)
		return 0;
	strcpy(strings + here, s);
	string_size += strlen(s) + 1;
	return (uint32_t)here;
}

enum { KIND_INT = 1, KIND_PTR, KIND_STRUCT = 4, KIND_UNION, KIND_ENUM };

static void put_type(const char *name, unsigned kind, unsigned members, uint32_t size)
{
	put32(string(name));
	put32(kind << 24 | members);
	put32(size);
}

static void put_member(const char *name, uint32_t type, uint32_t byte)
{
	put32(string(name));
	put32(type);
	put32(8 * byte);
}

enum { TYPE_LONG = 1, TYPE_POINTER, TYPE_UNION, TYPE_CHAIN };

/* struct vm_area_struct, as kernel.c has it. */
static void put_vma(uint32_t anon_vma)
{
	put_type("vm_area_struct", KIND_STRUCT, 9, 80);
	put_member("vm_start", TYPE_LONG, 0);
	put_member("vm_end", TYPE_LONG, 8);
	put_member("vm_mm", TYPE_POINTER, 16);
	put_member("vm_page_prot", TYPE_LONG, 24);
	put_member("", TYPE_UNION, 32);
	put_member("chain", TYPE_CHAIN, 40);
	put_member(asked("no-member") ? "anon_vmb" : "anon_vma", TYPE_POINTER, anon_vma);
	put_member("vm_ops", TYPE_POINTER, 64);
	put_member("vm_private_data", TYPE_POINTER, 72);
}

static void put_btf(void)
{
	unsigned char *header, *types;
	uint32_t length;

	align(8);
	header = at;
	put16(0xeb9f);
	put8(1);
	put8(0);
	put32(24);
	for (int i = 0; i < 4; i++)
		put32(0);
	types = at;
	put_type("unsigned long", KIND_INT, 0, 8);
	put32(64);
	put_type("", KIND_PTR, 0, 0);
	put_type("", KIND_UNION, 2, 8);
	put_member("vm_flags", TYPE_LONG, 0);
	put_member("flags_for_writing", TYPE_LONG, 0);
	put_type("", KIND_STRUCT, 2, 16);
	put_member("next", TYPE_POINTER, 0);
	put_member("prev", TYPE_POINTER, 8);
	put_vma(asked("overlap") ? 32 : asked("outside") ? 80 : 56);
	if (asked("twice"))
		put_vma(64);
	if (asked("named")) {
		put_type("", KIND_ENUM, 3, 4);
		put32(string("VMA_PFNMAP_BIT"));
		put32(10);
		put32(string("VMA_UFFD_WP_BIT"));
		put32(12);
		put32(string("VMA_UFFD_RWP_BIT"));
		put32(41);
	}
	length = (uint32_t)(at - types);
	put(strings, string_size);
	memcpy(header + 12, &length, 4); /* types */
	memcpy(header + 16, &length, 4); /* strings follow them */
	length = (uint32_t)string_size;
	memcpy(header + 20, &length, 4);
}

/* Replaces the ELF file by what its segments put into memory. */
static void make_raw(void)
{
	static unsigned char memory[IMAGE_MAX];
	const Elf64_Ehdr *header = (const void *)image;
	const Elf64_Phdr *segments = (const void *)(image + header->e_phoff);
	uint64_t first = UINT64_MAX, end = 0;

	for (int i = 0; i < header->e_phnum; i++)
		if (segments[i].p_type == PT_LOAD && segments[i].p_vaddr < first)
			first = segments[i].p_vaddr;
	for (int i = 0; i < header->e_phnum; i++) {
		uint64_t to = segments[i].p_vaddr - first;

		if (segments[i].p_type != PT_LOAD || !segments[i].p_filesz)
			continue;
		if (to + segments[i].p_filesz > sizeof(memory))
			die("the image is too large");
		memcpy(memory + to, image + segments[i].p_offset, segments[i].p_filesz);
		if (to + segments[i].p_filesz > end)
			end = to + segments[i].p_filesz;
	}
	memcpy(image, memory, end);
	image_size = end;
}

int main(int argc, char **argv)
{
	FILE *f = argc >= 3 ? fopen(argv[2], "r+b") : NULL;

	if (!f)
		die("usage: plain LAYOUT IMAGE [WORD]...");
	words = argv + 3;
	image_size = fread(image, 1, sizeof(image), f);
	read_image();
	at = room;
	if (!asked("no-kallsyms"))
		put_kallsyms(argv[1]);
	if (!asked("no-btf"))
		put_btf();
	rewind(f);
	if (asked("raw"))
		make_raw();
	return fwrite(image, 1, image_size, f) != image_size || fflush(f) ||
	       ftruncate(fileno(f), (off_t)image_size);
}
