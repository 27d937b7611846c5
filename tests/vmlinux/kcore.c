/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kcore IMAGE MEMORY SYMBOLS [WORD]...: writes the files MEMORY and SYMBOLS as /proc/kcore and
 * /proc/kallsyms would be if the image (kernel.c, not stripped) ran: its bytes at their
 * addresses, zeroes between them, and among other memory.
 *
 * Words for the code, whose first instruction calls __fentry__: `nop` takes that call out, as
 * a kernel does when it starts; `traced` makes it a call of something that is not the kernel;
 * `probed` puts a breakpoint there. For the files:
 *   large      one segment has 4 GiB of other memory around the kernel
 *   within     besides, the kernel's addresses are within another one, as on arm64; zeroes there
 *   hidden     no address is shown
 *   start=HEX  what VMCOREINFO says about _stext
 *   no-notes, no-start, short
 *   program    not a core file
 */
#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { IMAGE_MAX = 4 << 20, MEMORY_MAX = 64 << 20, SEGMENTS = 4, NOTES_MAX = 4096 };
#define PAGE UINT64_C(4096)
#define AROUND (UINT64_C(2) << 30)
#define OTHER UINT64_C(0xffff888000001000)

static unsigned char image[IMAGE_MAX], memory[MEMORY_MAX];
static uint64_t low = UINT64_MAX, high;
static char **words;

static const char *asked(const char *word)
{
	for (char **w = words; *w; w++)
		if (!strncmp(*w, word, strlen(word)))
			return *w + strlen(word);
	return NULL;
}

static void die(const char *why)
{
	fprintf(stderr, "kcore: %s\n", why);
	exit(2);
}

/* --- the kernel's memory ---------------------------------------------------------------- */

/* The build-id is linked somewhere below; in a kernel it is among the constants. */
static void take_segments(const Elf64_Phdr *segments, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (segments[i].p_type == PT_LOAD && segments[i].p_vaddr > UINT32_MAX) {
			low = segments[i].p_vaddr < low ? segments[i].p_vaddr : low;
			if (segments[i].p_vaddr + segments[i].p_memsz > high)
				high = segments[i].p_vaddr + segments[i].p_memsz;
		}
	high = (high + 15) & ~UINT64_C(15);
	if (high - low > MEMORY_MAX - PAGE)
		die("the image is too large");
	for (size_t i = 0; i < n; i++) {
		uint64_t at = segments[i].p_vaddr > UINT32_MAX ? segments[i].p_vaddr : high;

		if (segments[i].p_type == PT_LOAD)
			memcpy(memory + (at - low), image + segments[i].p_offset, segments[i].p_filesz);
		if (segments[i].p_type == PT_LOAD && at == high)
			high += segments[i].p_filesz;
	}
	high = (high + PAGE - 1) & ~(PAGE - 1);
}

static void change_code(uint64_t function)
{
	static const unsigned char nop[] = {0x0f, 0x1f, 0x44, 0, 0};
	static const unsigned char out[] = {0xe8, 0, 0, 0, 0x30};
	unsigned char *at = memory + (function - low);

	if (*at != 0xe8)
		die("the function does not call __fentry__");
	if (asked("nop"))
		memcpy(at, nop, sizeof(nop));
	if (asked("traced"))
		memcpy(at, out, sizeof(out));
	if (asked("probed"))
		*at = 0xcc;
}

/* --- the files ----------------------------------------------------------------------------- */

/* Symbols of a module come first, so that a reader who takes them is found out. */
static void write_symbols(const char *path)
{
	const Elf64_Ehdr *header = (const void *)image;
	const Elf64_Shdr *sections = (const void *)(image + header->e_shoff);
	FILE *f = fopen(path, "w");

	if (!f)
		die(path);
	fprintf(f, "%016llx t copy_page_range\t[other]\n", (unsigned long long)OTHER);
	for (int i = 0; i < header->e_shnum; i++) {
		const Elf64_Sym *symbols = (const void *)(image + sections[i].sh_offset);
		const char *names = (const char *)image + sections[sections[i].sh_link].sh_offset;

		if (sections[i].sh_type != SHT_SYMTAB)
			continue;
		for (size_t n = 0; n < sections[i].sh_size / sizeof(*symbols); n++) {
			const char *name = names + symbols[n].st_name;

			if (!*name)
				continue;
			if (!strcmp(name, "copy_page_range"))
				change_code(symbols[n].st_value);
			fprintf(f, "%016llx T %s\n",
				asked("hidden") ? 0ull : (unsigned long long)symbols[n].st_value, name);
		}
	}
	fclose(f);
}

static size_t put_note(unsigned char *to, const char *name, uint32_t type, const char *text)
{
	Elf64_Nhdr note = {(uint32_t)strlen(name) + 1, (uint32_t)strlen(text), type};
	size_t n = sizeof(note);

	memcpy(to, &note, n);
	strcpy((char *)to + n, name);
	n += (note.n_namesz + 3) & ~3u;
	memcpy(to + n, text, note.n_descsz);
	return n + ((note.n_descsz + 3) & ~3u);
}

static void put(int fd, uint64_t offset, const void *bytes, size_t n)
{
	if (pwrite(fd, bytes, n, (off_t)offset) != (ssize_t)n)
		die("cannot write");
}

static void write_memory(const char *path)
{
	static unsigned char notes[NOTES_MAX], other[PAGE];
	uint64_t around = asked("large") ? AROUND : 0, size = high - low;
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = asked("program") ? ET_EXEC : ET_CORE,
		.e_machine = ((const Elf64_Ehdr *)image)->e_machine,
		.e_phoff = sizeof(header),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = SEGMENTS,
	};
	Elf64_Phdr segments[SEGMENTS] = {
		{.p_type = asked("no-notes") ? PT_NULL : PT_NOTE, .p_offset = 1024},
		{.p_type = asked("within") ? PT_LOAD : PT_NULL, .p_vaddr = low - AROUND,
		 .p_offset = 2 * AROUND, .p_filesz = 2 * AROUND},
		{.p_type = PT_LOAD, .p_offset = 4 * PAGE, .p_vaddr = OTHER, .p_filesz = PAGE},
		{.p_type = PT_LOAD, .p_offset = 8 * PAGE, .p_vaddr = low - around,
		 .p_filesz = size + 2 * around},
	};
	char text[256];

	if (fd < 0)
		die(path);
	if (asked("no-start"))
		snprintf(text, sizeof(text), "OSRELEASE=6.1.0\nPAGESIZE=4096\n");
	else
		snprintf(text, sizeof(text), "OSRELEASE=6.1.0\nSYMBOL(_stext)=%llx\nPAGESIZE=4096\n",
			 asked("start=") ? strtoull(asked("start="), NULL, 16) : (unsigned long long)low + 16);
	segments[0].p_filesz = put_note(notes, "CORE", 1, "a process");
	segments[0].p_filesz += put_note(notes + segments[0].p_filesz, "VMCOREINFO", 0, text);
	memset(other, 0xaa, sizeof(other));
	put(fd, 0, &header, sizeof(header));
	put(fd, header.e_phoff, segments, sizeof(segments));
	put(fd, segments[0].p_offset, notes, segments[0].p_filesz);
	put(fd, segments[2].p_offset, other, sizeof(other));
	/* What is not written is zeroes, and takes no room on a disk. */
	if (ftruncate(fd, (off_t)(asked("within") ? 4 * AROUND : segments[3].p_offset + segments[3].p_filesz)))
		die("cannot write");
	for (uint64_t at = 0; at < size; at += PAGE)
		if (memory[at] || memcmp(memory + at, memory + at + 1, PAGE - 1))
			put(fd, segments[3].p_offset + around + at, memory + at, PAGE);
	if (asked("short") && ftruncate(fd, (off_t)(segments[3].p_offset + size / 2)))
		die("cannot write");
	close(fd);
}

int main(int argc, char **argv)
{
	const Elf64_Ehdr *header = (const void *)image;
	FILE *f = argc > 3 ? fopen(argv[1], "rb") : NULL;

	if (!f || fread(image, 1, sizeof(image), f) < sizeof(*header))
		die("usage: kcore IMAGE MEMORY SYMBOLS [WORD]...");
	fclose(f);
	words = argv + 4;
	take_segments((const Elf64_Phdr *)(image + header->e_phoff), header->e_phnum);
	write_symbols(argv[3]);
	write_memory(argv[2]);
	return 0;
}
