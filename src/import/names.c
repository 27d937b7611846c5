/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of VMAs: from the file and the part of it (libc-text, libc-data, libc-bss),
 * from the name in brackets (heap), else anon-1, anon-2, ... What the names of files and of
 * memory tell is left out of an anonymous import: file-1-text, named-1.
 */
#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "import/import_text.h"
#include "language/command.h"

#define STEM_MAX 40 /* the language allows 64, and a number follows */

struct stem {
	unsigned last; /* last number of this stem; 0: none */
	char text[];
};

struct import_names {
	void *tree; /* of struct stem: stems and names that are taken; if anonymous, paths, too */
	bool anonymous;
	unsigned files; /* paths that have a number */
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct stem *)a)->text, ((const struct stem *)b)->text);
}

struct import_names *import_names_create(bool anonymous)
{
	struct import_names *names = xcalloc(1, sizeof(*names));

	names->anonymous = anonymous;
	return names;
}

void import_names_free(struct import_names *names)
{
	tdestroy(names->tree, free);
	free(names);
}

static struct stem *find_or_add(struct import_names *names, const char *text, bool *fresh)
{
	struct stem *name = xcalloc(1, sizeof(*name) + strlen(text) + 1);
	struct stem *found;

	strcpy(name->text, text);
	found = *(struct stem **)tsearch(name, &names->tree, by_text);
	*fresh = found == name;
	if (!*fresh)
		free(name);
	return found;
}

/* The same for all mappings of a file. A path has a '/' or a ':', and so is no name. */
static unsigned number_of_file(struct import_names *names, const char *path)
{
	bool fresh;
	struct stem *file = find_or_add(names, path, &fresh);

	if (fresh)
		file->last = ++names->files;
	return file->last;
}

/* "libc.so.6": libc; what the language does not allow becomes '-'. Anonymous: its number. */
static void stem_of_file(struct import_names *names, const char *path, char stem[STEM_MAX + 1])
{
	const char *slash = strrchr(path, '/'), *file = slash ? slash + 1 : path;
	const char *end = strstr(file, ".so"), *deleted = strstr(file, " (deleted)");
	size_t n = 0;

	if (names->anonymous) {
		snprintf(stem, STEM_MAX + 1, "file-%u", number_of_file(names, path));
		return;
	}
	if (!end || end == file || (end[3] && end[3] != '.' && end[3] != ' '))
		end = deleted && deleted > file ? deleted : file + strlen(file);
	while (file < end && n < STEM_MAX) {
		unsigned char c = (unsigned char)*file++;

		stem[n++] = isascii(c) && (isalnum(c) || strchr("_.", c)) ? (char)c : '-';
	}
	stem[n] = '\0';
}

static const char *part_of_file(const struct proc_vma *vma)
{
	if (vma->perms[3] == 's')
		return "";
	if (vma->perms[2] == 'x')
		return "-text";
	if (vma->perms[1] == 'w')
		return "-data";
	/* Written by the loader and then closed: it is still accounted for. */
	if (vma->flags & VM_ACCOUNT)
		return "-relro";
	return vma->perms[0] == 'r' ? "-rodata" : "-gap";
}

static bool is_data(const struct proc_vma *vma)
{
	return vma->path && vma->path[0] == '/' && !strcmp(vma->perms, "rw-p");
}

/* "[anon:NAME]": a name that the process has given, not the kernel. */
static bool is_named(const struct proc_vma *vma)
{
	return vma->path && vma->path[0] == '[' && strchr(vma->path, ':');
}

static void make_stem(struct import_names *names, const struct proc_vma *vma,
		      const struct proc_vma *before, char stem[STEM_MAX + 16])
{
	char inner[STEM_MAX + 1];
	bool anonymous = import_anonymous(vma);

	if (names->anonymous && is_named(vma)) {
		strcpy(stem, "named");
	} else if (vma->path && vma->path[0] == '[') {
		const char *colon = strchr(vma->path, ':');
		const char *from = colon ? colon + 1 : vma->path + 1;
		size_t n = 0;

		while (from[n] && from[n] != ']' && n < STEM_MAX) {
			unsigned char c = (unsigned char)from[n];

			inner[n++] = isascii(c) && (isalnum(c) || strchr("_.-", c)) ? (char)c : '-';
		}
		inner[n] = '\0';
		strcpy(stem, inner);
	} else if (vma->path && !anonymous) {
		stem_of_file(names, vma->path, inner);
		sprintf(stem, "%s%s", inner, part_of_file(vma));
	} else if (before && before->end == vma->start && is_data(before) &&
		   !strcmp(vma->perms, "rw-p")) {
		stem_of_file(names, before->path, inner);
		sprintf(stem, "%s-bss", inner);
	} else {
		strcpy(stem, "anon");
	}
	if (vma->path && !strcmp(vma->path, "[stack]"))
		strcpy(stem, "main-stack"); /* the bare word is a backing */
	if (!isalpha((unsigned char)stem[0])) {
		memmove(stem + 2, stem, strlen(stem) + 1);
		/* What was moved ends it. NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
		memcpy(stem, "m-", 2);
	}
}

const char *import_name(struct import_names *names, const struct proc_vma *vma,
			const struct proc_vma *before)
{
	char stem[STEM_MAX + 16], text[STEM_MAX + 32];
	struct stem *of_stem, *name;
	bool fresh;

	make_stem(names, vma, before, stem);
	of_stem = find_or_add(names, stem, &fresh);
	if (fresh && !reserved_word(stem) && strcmp(stem, "anon")) {
		of_stem->last = 1;
		return of_stem->text;
	}
	do {
		snprintf(text, sizeof(text), "%s-%u", stem, ++of_stem->last);
		name = find_or_add(names, text, &fresh);
	} while (!fresh);
	name->last = 1;
	return name->text;
}

void import_add_path(struct import_names *names, const struct proc_vma *vma, struct buf *out)
{
	if (!vma->path)
		buf_puts(out, "(no name)");
	else if (!names->anonymous || (vma->path[0] == '[' && !is_named(vma)))
		import_add_clean(out, vma->path, false);
	else if (is_named(vma))
		buf_puts(out, "(named by the process)");
	else
		buf_printf(out, "(file %u)", number_of_file(names, vma->path));
}
