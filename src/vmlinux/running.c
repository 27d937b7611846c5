/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/running.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "vmlinux/image.h"

enum { NOTES_MAX = 65536, RELEASE_SIZE = 128 };

/* Those with debug info come first: they have the lines. %s: the release. */
static const char *const places[] = {
	"/usr/lib/debug/boot/vmlinux-%s",
	"/usr/lib/debug/lib/modules/%s/vmlinux",
	"/usr/lib/modules/%s/build/vmlinux",
	"/boot/vmlinuz-%s",
	"/usr/lib/modules/%s/vmlinuz",
	"/lib/modules/%s/vmlinuz",
	"/boot/vmlinux-%s",
	"/boot/Image-%s",
	"/boot/kernel-%s",
};

static void print_place(const char *root, const char *place, const char *release, struct buf *path)
{
	const char *rest = strstr(place, "%s");

	buf_printf(path, "%s%.*s%s%s", root, (int)(rest - place), place, release, rest + 2);
}

/* The n first bytes of a file below `root`; their number, 0 and an error if it cannot be read. */
static size_t read_start(const char *root, const char *name, void *bytes, size_t n,
			 struct vf_error *error)
{
	struct buf path = {0};
	FILE *f;

	buf_printf(&path, "%s%s", root, name);
	f = fopen(buf_str(&path), "re");
	if (f) {
		n = fread(bytes, 1, n, f);
		fclose(f);
	} else {
		vf_error_set(error, "cannot tell which kernel runs here: %.200s: %s", buf_str(&path),
			     strerror(errno));
		n = 0;
	}
	buf_deinit(&path);
	return n;
}

/* In hex, from the notes that every kernel shows. */
static bool read_build_id(const char *root, char id[BUILD_ID_SIZE], struct vf_error *error)
{
	static uint8_t bytes[NOTES_MAX];
	size_t n = read_start(root, "/sys/kernel/notes", bytes, sizeof(bytes), error), at = 0;

	if (!n)
		return false;
	while (n - at >= sizeof(Elf64_Nhdr)) {
		Elf64_Nhdr note;
		size_t name, value;

		memcpy(&note, bytes + at, sizeof(note));
		name = at + sizeof(note);
		if (note.n_namesz > n || note.n_descsz > n)
			break;
		value = name + ((note.n_namesz + (size_t)3) & ~(size_t)3);
		at = value + ((note.n_descsz + (size_t)3) & ~(size_t)3);
		if (at > n)
			break;
		if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 ||
		    memcmp(bytes + name, "GNU", 4) || 2 * (size_t)note.n_descsz >= BUILD_ID_SIZE)
			continue;
		for (size_t i = 0; i < note.n_descsz; i++)
			snprintf(id + 2 * i, 3, "%02x", bytes[value + i]);
		return true;
	}
	return vf_error_set(error, "cannot tell which kernel runs here: /sys/kernel/notes has no "
				   "build-id");
}

static bool read_release(const char *root, char release[RELEASE_SIZE], struct vf_error *error)
{
	size_t n = read_start(root, "/proc/sys/kernel/osrelease", release, RELEASE_SIZE - 1, error);

	release[n] = '\0';
	release[strcspn(release, "\n")] = '\0';
	if (!n)
		return false;
	if (strchr(release, '/') || !*release)
		return vf_error_set(error, "the release of the running kernel is invalid");
	return true;
}

static void print_path(struct buf *path, const char *root, const char *name)
{
	buf_clear(path);
	buf_printf(path, "%s%s", root, name);
}

/* What is missing: `error` says what is wrong with an image, if there is any. */
static bool missing(const char *release, bool any, const char *memory, const struct vf_error *of_memory,
		    struct vf_error *error)
{
	struct vf_error first = *error;

	if (any) {
		vf_error_set(error, "%.250s; and %.80s: %.150s", first.message, memory, of_memory->message);
		snprintf(error->file, sizeof(error->file), "%s", first.file);
		vf_error_hint(error, "%s", first.hint);
		return false;
	}
	vf_error_set(error,
		     "no image of the kernel that runs here, %.100s, in /boot or /usr/lib/modules; and "
		     "%.80s: %.200s",
		     release, memory, of_memory->message);
	if (of_memory->hint[0])
		vf_error_hint(error, "%s", of_memory->hint);
	else
		vf_error_hint(error, "vmafork-vmlinux IMAGE reads one from elsewhere, root may read "
				     "/proc/kcore; vmafork-probe --era runs tiny forks instead");
	return false;
}

bool running_ask(const char *root, const struct reader_options *options,
		 struct findings *findings, struct reader_cost *cost, struct buf *path,
		 struct vf_error *error)
{
	struct reader_options with_id = *options;
	char id[BUILD_ID_SIZE], release[RELEASE_SIZE];
	struct vf_error of_memory = {0};
	struct buf symbols = {0};
	bool any = false, ok = false;

	if (!read_build_id(root, id, error) || !read_release(root, release, error))
		return false;
	with_id.build_id = id;
	for (size_t i = 0; i < ARRAY_SIZE(places) && !ok; i++) {
		buf_clear(path);
		print_place(root, places[i], release, path);
		if (access(buf_str(path), F_OK))
			continue;
		any = true;
		error->file[0] = '\0';
		ok = reader_ask(buf_str(path), &with_id, findings, cost, error);
	}
	if (ok)
		return true;
	print_path(path, root, "/proc/kcore");
	print_path(&symbols, root, "/proc/kallsyms");
	ok = reader_ask_memory(buf_str(path), buf_str(&symbols), &with_id, findings, cost, &of_memory);
	buf_deinit(&symbols);
	return ok || missing(release, any, buf_str(path), &of_memory, error);
}
