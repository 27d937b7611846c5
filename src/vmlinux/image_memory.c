/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/image_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/minmax.h"

enum { CHUNK = 65536, SEGMENTS_MAX = 4096, NOTES_MAX = 1 << 20 };

/* Where a segment has more than the kernel in it, that begins at such an address. */
#define KERNEL_ALIGN (UINT64_C(2) << 20)

/* Files of /proc cannot be mapped. False: they end earlier, or with an error. */
static bool read_at(int fd, uint64_t offset, void *buffer, size_t size)
{
	if (offset > INT64_MAX || lseek(fd, (off_t)offset, SEEK_SET) < 0)
		return false;
	for (size_t done = 0; done < size;) {
		ssize_t n = read(fd, (char *)buffer + done, size - done);

		if (n == 0)
			errno = ENODATA;
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n > 0)
			done += (size_t)n;
	}
	return true;
}

/* --- where the kernel is -------------------------------------------------------------- */

/* "SYMBOL(_stext)=ffffffff81000000", a line of VMCOREINFO; 0: there is none. */
static uint64_t start_in(const char *text, size_t length)
{
	static const char key[] = "\nSYMBOL(_stext)=";
	const char *at = memmem(text, length, key, sizeof(key) - 1);
	char digits[17] = "";
	size_t left;

	if (!at)
		return 0;
	at += sizeof(key) - 1;
	left = length - (size_t)(at - text);
	memcpy(digits, at, min(left, sizeof(digits) - 1));
	return strtoull(digits, NULL, 16);
}

static uint64_t start_in_notes(const uint8_t *notes, size_t size)
{
	static const char wanted[] = "VMCOREINFO";
	size_t at = 0;

	while (size - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		size_t name = at + sizeof(note), value;

		memcpy(&note, notes + at, sizeof(note));
		if (note.n_namesz > size || note.n_descsz > size)
			break;
		value = name + align_up(note.n_namesz, 4);
		at = value + align_up(note.n_descsz, 4);
		if (at > size)
			break;
		if (note.n_namesz == sizeof(wanted) && !memcmp(notes + name, wanted, sizeof(wanted)))
			return start_in((const char *)notes + value, note.n_descsz);
	}
	return 0;
}

static bool read_start(int fd, const Elf64_Phdr *segments, size_t n, uint64_t *start,
		       struct vf_error *error)
{
	*start = 0;
	for (size_t i = 0; i < n && !*start; i++) {
		uint64_t size = min(segments[i].p_filesz, (uint64_t)NOTES_MAX);
		uint8_t *notes;

		if (segments[i].p_type != PT_NOTE || !size)
			continue;
		notes = xcalloc(1, size);
		if (read_at(fd, segments[i].p_offset, notes, size))
			*start = start_in_notes(notes, size);
		free(notes);
	}
	if (*start)
		return true;
	vf_error_set(error, "the core file does not say where the kernel is in it: it has no VMCOREINFO "
			    "with _stext");
	vf_error_hint(error, "/proc/kcore has it since Linux 4.19");
	return false;
}

static bool read_segments(int fd, const Elf64_Ehdr *header, Elf64_Phdr *segments,
			  struct vf_error *error)
{
	return (header->e_phnum && header->e_phnum <= SEGMENTS_MAX &&
		header->e_phentsize == sizeof(*segments) &&
		read_at(fd, header->e_phoff, segments, header->e_phnum * sizeof(*segments))) ||
	       vf_error_set(error, "the program headers of the core file cannot be read, or are invalid");
}

/* --- its bytes --------------------------------------------------------------------------- */

static bool is_zero(const uint8_t *bytes, size_t n)
{
	return !bytes[0] && !memcmp(bytes, bytes + 1, n - 1);
}

/* Pages of zeroes stay unwritten, and so take no memory. */
static bool copy_bytes(int fd, uint64_t offset, uint8_t *to, uint64_t size)
{
	static uint8_t chunk[CHUNK];

	for (uint64_t done = 0; done < size; done += CHUNK) {
		size_t n = min(size - done, (uint64_t)CHUNK);

		if (!read_at(fd, offset + done, chunk, n))
			return false;
		if (!is_zero(chunk, n))
			memcpy(to + done, chunk, n);
	}
	return true;
}

/*
 * The smallest segment with that address: the kernel's own has no more in it. On arm64 it is also
 * within that of vmalloc().
 */
static const Elf64_Phdr *segment_of(const Elf64_Phdr *segments, size_t n, uint64_t address)
{
	const Elf64_Phdr *found = NULL;

	for (size_t i = 0; i < n; i++)
		if (segments[i].p_type == PT_LOAD && address - segments[i].p_vaddr < segments[i].p_filesz &&
		    (!found || segments[i].p_filesz < found->p_filesz))
			found = &segments[i];
	return found;
}

static bool copy_kernel(struct image *image, int fd, const Elf64_Phdr *segments, size_t n,
			struct vf_error *error)
{
	const Elf64_Phdr *segment;
	uint64_t start, from;
	void *to;

	if (!read_start(fd, segments, n, &start, error))
		return false;
	segment = segment_of(segments, n, start);
	if (!segment)
		return vf_error_set(error, "the core file does not hold the kernel's own code");
	/* The kernel starts a little before _stext. */
	from = segment->p_vaddr;
	if (segment->p_filesz > IMAGE_MEMORY_MAX)
		from = max(from, start & ~(KERNEL_ALIGN - 1));
	image->size = min(segment->p_filesz - (from - segment->p_vaddr), IMAGE_MEMORY_MAX);
	to = mmap(NULL, image->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (to == MAP_FAILED)
		return vf_error_set(error, "not enough memory for the kernel's %zu bytes", image->size);
	if (!copy_bytes(fd, segment->p_offset + (from - segment->p_vaddr), to, image->size))
		return vf_error_set(error, "the kernel's memory cannot be read: %s", strerror(errno));
	image->data = to;
	image->own_segment = xcalloc(1, sizeof(*image->own_segment));
	*image->own_segment = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_vaddr = from,
		.p_filesz = image->size,
		.p_memsz = image->size,
	};
	image->segments = image->own_segment;
	image->segment_count = 1;
	return true;
}

bool image_memory_open(struct image *image, int fd, struct vf_error *error)
{
	Elf64_Phdr *segments;
	Elf64_Ehdr header;
	bool ok;

	*image = (struct image){.memory = true};
	if (!read_at(fd, 0, &header, sizeof(header)))
		return vf_error_set(error, "the kernel's memory cannot be read: %s", strerror(errno));
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_type != ET_CORE)
		return vf_error_set(error, "not a core file of a kernel");
	if (!image_take_machine(image, &header, error))
		return false;
	segments = xcalloc(SEGMENTS_MAX, sizeof(*segments));
	ok = read_segments(fd, &header, segments, error) &&
	     copy_kernel(image, fd, segments, header.e_phnum, error);
	free(segments);
	return ok;
}

/* --- symbols ------------------------------------------------------------------------------ */

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct symbol *)element)->name);
}

/* "ffffffff81000000 T _text"; a symbol of a module has the module's name behind it. */
static void take_line(char *line, struct symbol *symbols, size_t n)
{
	char *end;
	uint64_t address = strtoull(line, &end, 16);
	struct symbol *found;

	if (end == line || end[0] != ' ' || !end[1] || end[2] != ' ' || strchr(end, '\t'))
		return;
	found = bsearch(end + 3, symbols, n, sizeof(*symbols), by_name);
	if (!found || found->found)
		return;
	found->address = address;
	found->found = true;
}

bool image_memory_symbols(int fd, struct symbol *symbols, size_t n)
{
	static char text[CHUNK + 1];
	bool any = false, hidden = false;
	size_t length = 0;
	ssize_t more;

	/* No line has as many bytes. */
	while ((more = read(fd, text + length, CHUNK - length)) > 0) {
		char *line = text, *end;

		length += (size_t)more;
		text[length] = '\0';
		for (; (end = memchr(line, '\n', length - (size_t)(line - text))); line = end + 1) {
			*end = '\0';
			take_line(line, symbols, n);
		}
		length -= (size_t)(line - text);
		memmove(text, line, length);
	}
	for (size_t i = 0; i < n; i++) {
		any = any || symbols[i].found;
		hidden = hidden || (symbols[i].found && !symbols[i].address);
	}
	if (any && !hidden)
		return true;
	for (size_t i = 0; i < n; i++)
		symbols[i] = (struct symbol){.name = symbols[i].name};
	return false;
}
