/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "support/core_file.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "support/check.h"

#define PAGE 4096u
#define NOTES_AT 1024u

static void add_note(char *file, size_t *at, uint32_t type, const void *data, size_t size)
{
	Elf64_Nhdr note = {5, (uint32_t)size, type};

	memcpy(file + *at, &note, sizeof(note));
	memcpy(file + *at + sizeof(note), "CORE\0\0\0", 8);
	memcpy(file + *at + sizeof(note) + 8, data, size);
	*at += sizeof(note) + 8 + ((size + 3) & ~3u);
}

void core_file_make(const char *path, bool sparse, uint16_t machine)
{
	static char file[CORE_FILE_DATA];
	const Elf64_Ehdr header = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_CORE,
		.e_machine = machine,
		.e_version = EV_CURRENT,
		.e_phoff = 64,
		.e_ehsize = 64,
		.e_phentsize = 56,
		.e_phnum = 6,
	};
	uint64_t words[8] = {2, PAGE,		0x7f1000000000, 0x7f1000004000,
			     0, 0x7f1000004000, 0x7f1000006000, 4};
	const uint64_t auxv[2] = {31, 0x7ffff0001010};
	char info[136] = "", note[128], filler[PAGE];
	Elf64_Phdr p[6] = {
		{.p_type = PT_NOTE, .p_offset = NOTES_AT, .p_filesz = 1024},
		{PT_LOAD, PF_R | PF_W, CORE_FILE_DATA, 0x7f0000000000, 0, 8 * PAGE, 8 * PAGE, PAGE},
		{PT_LOAD, PF_R, CORE_FILE_DATA + 8 * PAGE, 0x7f0000400000, 0, 0, 0, PAGE},
		{PT_LOAD, PF_R | PF_X, CORE_FILE_DATA + 8 * PAGE, 0x7f1000000000, 0, PAGE, 4 * PAGE,
		 PAGE},
		{PT_LOAD, PF_R | PF_W, CORE_FILE_DATA + 9 * PAGE, 0x7f1000004000, 0, 2 * PAGE,
		 2 * PAGE, PAGE},
		{PT_LOAD, PF_R | PF_W, CORE_FILE_DATA + 11 * PAGE, 0x7ffff0000000, 0, 4 * PAGE,
		 4 * PAGE, PAGE},
	};
	static const unsigned there[] = {0, 3, 4, 8, 9, 10, 13, 14};
	int fd = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0600);
	const int32_t pid = 77;
	size_t at = NOTES_AT;

	memset(file, 0, sizeof(file));
	memcpy(note, words, sizeof(words));
	memcpy(note + sizeof(words), "/bin/x\0/bin/x", 14);
	memcpy(info + 24, &pid, sizeof(pid));
	strcpy(info + 40, "x");
	memcpy(file, &header, sizeof(header));
	memcpy(file + 64, p, sizeof(p));
	add_note(file, &at, NT_FILE, note, sizeof(words) + 14);
	add_note(file, &at, NT_PRPSINFO, info, sizeof(info));
	add_note(file, &at, NT_AUXV, auxv, sizeof(auxv));
	memset(filler, 'x', sizeof(filler));
	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, file, sizeof(file), 0), sizeof(file));
	assert_int_equal(ftruncate(fd, CORE_FILE_DATA + 15 * PAGE), 0);
	for (size_t i = 0; i < sizeof(there) / sizeof(there[0]); i++)
		assert_int_equal(pwrite(fd, filler, PAGE, CORE_FILE_DATA + there[i] * PAGE), PAGE);
	memset(filler, 0, sizeof(filler));
	for (unsigned i = 0; !sparse && i < 15; i++) {
		bool is_there = false;

		for (size_t k = 0; k < sizeof(there) / sizeof(there[0]); k++)
			is_there |= there[k] == i;
		if (!is_there)
			assert_int_equal(pwrite(fd, filler, PAGE, CORE_FILE_DATA + i * PAGE), PAGE);
	}
	close(fd);
}
