/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/image_object.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "vmlinux/relocate.h"

/* No object of a kernel is larger; calls reach that far. */
#define OBJECT_MAX (UINT64_C(64) << 20)
#define OTHERS_STEP 64u /* bytes for each symbol of another object */
enum { PAGE_SIZE = 4096, OTHERS_MAX = 100000 };

static const uint64_t base_address[MACHINES] = {
	[MACHINE_X86_64] = UINT64_C(0xffffffff81000000),
	[MACHINE_ARM64] = UINT64_C(0xffff800080000000),
};

/*
 * What compilers call before a function decides anything. The first ones return at once, and
 * memset() is carried out; what else the object calls belongs to the work of the kernel.
 */
enum { STUB_RETURN, STUB_MEMSET, STUBS, STUB_SIZE = 32 };

static const struct {
	const char *name;
	int stub;
} stub_names[] = {
	{"__fentry__", STUB_RETURN}, {"__x86_return_thunk", STUB_RETURN},
	{"_mcount", STUB_RETURN},    {"__sanitizer_cov_trace_pc", STUB_RETURN},
	{"memset", STUB_MEMSET},     {"__memset", STUB_MEMSET},
};
static const uint8_t stub_code[MACHINES][STUBS][STUB_SIZE] = {
	[MACHINE_X86_64] = {
		{0xc3},
		/* push rdi; mov eax, esi; mov rcx, rdx; rep stosb; pop rax; ret */
		{0x57, 0x89, 0xf0, 0x48, 0x89, 0xd1, 0xf3, 0xaa, 0x58, 0xc3},
	},
	[MACHINE_ARM64] = {
		{0xc0, 0x03, 0x5f, 0xd6},
		/* mov x3, x0; cbz x2, 2f; 1: strb w1, [x3], #1; subs x2, x2, #1; b.ne 1b; 2: ret */
		{0xe3, 0x03, 0x00, 0xaa, 0x82, 0x00, 0x00, 0xb4, 0x61, 0x14, 0x00, 0x38,
		 0x42, 0x04, 0x00, 0xf1, 0xc1, 0xff, 0xff, 0x54, 0xc0, 0x03, 0x5f, 0xd6},
	},
};

/* The object in memory: its sections, then a page with the stubs. */
struct linked_object {
	struct image *image;
	uint8_t *memory;
	uint64_t size;	   /* of the sections */
	uint64_t stubs;	   /* the address of that page */
	uint64_t others;   /* where the symbols of other objects are: nothing is there */
	const struct section *symbols, *strings;
	const char **names; /* of them, by number in `symbols`; NULL: it is one of this object */
	size_t count;	    /* of the symbols */
};

static struct linked_object linked; /* a process reads one object */

static bool corrupt(struct vf_error *error, const char *what)
{
	return vf_error_set(error, "the object's %s invalid: it is truncated or corrupt", what);
}

/* --- sections ------------------------------------------------------------------------- */

/* Addresses for what is loaded, one after the other. */
static bool place_sections(struct linked_object *o, struct vf_error *error)
{
	uint64_t base = base_address[o->image->machine], at = 0;

	for (size_t i = 0; i < o->image->section_count; i++) {
		struct section *s = &o->image->sections[i];

		if (!(s->flags & SHF_ALLOC))
			continue;
		at = align_up(at, PAGE_SIZE);
		if (s->size > OBJECT_MAX - at)
			return vf_error_set(error, "the object's sections are larger than %llu MiB",
					    (unsigned long long)(OBJECT_MAX >> 20));
		s->address = base + at;
		at += s->size;
	}
	o->size = align_up(at, PAGE_SIZE);
	o->memory = xcalloc(1, o->size + PAGE_SIZE);
	o->stubs = base + o->size;
	o->others = base + OBJECT_MAX + PAGE_SIZE;
	for (size_t i = 0; i < o->image->section_count; i++) {
		const struct section *s = &o->image->sections[i];

		if ((s->flags & SHF_ALLOC) && s->data)
			memcpy(o->memory + (s->address - base), s->data, s->size);
	}
	memcpy(o->memory + o->size, stub_code[o->image->machine], sizeof(stub_code[0]));
	return true;
}

/* Where a section's bytes may be changed; NULL and an error when they cannot be unpacked. */
static uint8_t *writable(struct linked_object *o, struct section *s, uint64_t *size,
			 struct vf_error *error)
{
	const uint8_t *data;

	if (s->flags & SHF_ALLOC) {
		*size = s->data ? s->size : 0;
		return o->memory + (s->address - base_address[o->image->machine]);
	}
	data = section_data(s, size, error);
	if (data && !s->unpacked) {
		s->unpacked = xmalloc(s->size);
		memcpy(s->unpacked, s->data, s->size);
		s->unpacked_size = s->size;
	}
	return data ? s->unpacked : NULL;
}

/* --- symbols ------------------------------------------------------------------------- */

static bool find_symbols(struct linked_object *o, struct vf_error *error)
{
	for (size_t i = 0; i < o->image->section_count && !o->symbols; i++)
		if (o->image->sections[i].type == SHT_SYMTAB)
			o->symbols = &o->image->sections[i];
	if (!o->symbols)
		return vf_error_set(error, "the object has no symbols");
	if (!o->symbols->data || o->symbols->link >= o->image->section_count)
		return corrupt(error, "symbols are");
	o->strings = &o->image->sections[o->symbols->link];
	if (!o->strings->data || !o->strings->size || o->strings->data[o->strings->size - 1])
		return corrupt(error, "symbols are");
	o->count = o->symbols->size / sizeof(Elf64_Sym);
	if (o->count > OTHERS_MAX)
		return vf_error_set(error, "the object has more than %d symbols", OTHERS_MAX);
	o->names = xcalloc(o->count, sizeof(*o->names));
	return true;
}

/* The stub of that name; STUBS: there is none. */
static int find_stub(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(stub_names); i++)
		if (!strcmp(name, stub_names[i].name))
			return stub_names[i].stub;
	return STUBS;
}

static bool symbol_value(struct linked_object *o, uint64_t number, uint64_t *value)
{
	const struct section *in;
	Elf64_Sym symbol;

	if (number >= o->count)
		return false;
	memcpy(&symbol, o->symbols->data + number * sizeof(symbol), sizeof(symbol));
	if (symbol.st_name >= o->strings->size)
		return false;
	if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx == SHN_COMMON) {
		const char *name = (const char *)o->strings->data + symbol.st_name;

		int stub = find_stub(name);

		if (stub != STUBS) {
			*value = o->stubs + (uint64_t)stub * STUB_SIZE;
			return true;
		}
		o->names[number] = number ? name : NULL;
		*value = number ? o->others + number * OTHERS_STEP : 0; /* 0 is no symbol */
		return true;
	}
	*value = symbol.st_value;
	if (symbol.st_shndx == SHN_ABS)
		return true;
	if (symbol.st_shndx >= o->image->section_count)
		return false;
	in = &o->image->sections[symbol.st_shndx];
	*value += in->flags & SHF_ALLOC ? in->address : 0;
	return true;
}

const char *image_object_external(const struct image *image, uint64_t address)
{
	uint64_t number = (address - linked.others) / OTHERS_STEP;

	return image->relocatable && address >= linked.others && number < linked.count
		       ? linked.names[number]
		       : NULL;
}

/* --- relocations --------------------------------------------------------------------- */

static bool is_read(const struct section *s)
{
	return (s->flags & SHF_ALLOC) || !strncmp(s->name, ".debug_", 7) ||
	       !strncmp(s->name, ".zdebug_", 8);
}

static bool relocate_section(struct linked_object *o, const struct section *relocations,
			     struct vf_error *error)
{
	struct section *s;
	uint64_t size;
	uint8_t *data;

	if (relocations->info >= o->image->section_count)
		return corrupt(error, "relocations are");
	s = &o->image->sections[relocations->info];
	if (!is_read(s) || !s->data || !s->size)
		return true;
	data = writable(o, s, &size, error);
	if (!data)
		return false;
	for (uint64_t i = 0; i < relocations->size / sizeof(Elf64_Rela); i++) {
		struct relocation r;
		Elf64_Rela rela;
		uint64_t value;

		memcpy(&rela, relocations->data + i * sizeof(rela), sizeof(rela));
		if (rela.r_offset > size || !symbol_value(o, ELF64_R_SYM(rela.r_info), &value))
			return corrupt(error, "relocations are");
		r = (struct relocation){
			.at = data + rela.r_offset,
			.room = size - rela.r_offset,
			.place = s->address + rela.r_offset,
			.value = value + (uint64_t)rela.r_addend,
			.type = (uint32_t)ELF64_R_TYPE(rela.r_info),
		};
		if (!relocate(o->image->machine, &r)) {
			vf_error_set(error, "a relocation of type %u in section %.40s cannot be applied",
				     r.type, s->name);
			vf_error_hint(error, "expected of objects that are not part of a kernel, or "
					     "were built for LTO");
			return false;
		}
	}
	return true;
}

static void make_segments(struct linked_object *o)
{
	struct image *image = o->image;
	Elf64_Phdr *segment = xcalloc(1, sizeof(*segment));

	*segment = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_vaddr = base_address[image->machine],
		.p_filesz = o->size + PAGE_SIZE,
		.p_memsz = o->size + PAGE_SIZE,
	};
	image->data = o->memory;
	image->size = o->size + PAGE_SIZE;
	image->is_file = false;
	image->segments = image->own_segment = segment;
	image->segment_count = 1;
}

bool image_object_link(struct image *image, struct vf_error *error)
{
	struct linked_object *o = &linked;

	*o = (struct linked_object){.image = image};
	if (!base_address[image->machine])
		return vf_error_set(error, "an object for %s: those for x86-64 and arm64 can be read",
				    image_machine_names[image->machine]);
	if (!find_symbols(o, error) || !place_sections(o, error))
		return false;
	for (size_t i = 0; i < image->section_count; i++)
		if (image->sections[i].type == SHT_RELA && image->sections[i].data &&
		    !relocate_section(o, &image->sections[i], error))
			return false;
	make_segments(o);
	return true;
}
