/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/source_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/open_named.h"
#include "kernels/version.h"
#include "language/command.h"
#include "report/source_place.h"

#define SOURCE_LIMIT ((off_t)4 << 20)

struct source_tree *source_open(const char *folder)
{
	struct source_tree *tree = xcalloc(1, sizeof(*tree));

	tree->folder = xstrdup(folder);
	return tree;
}

void source_close(struct source_tree *tree)
{
	if (!tree)
		return;
	free(tree->folder);
	free(tree->file);
	free(tree->text);
	free(tree);
}

/* Finds it part by part, so that no link and no ".." leaves the tree: O_PATH; -1 with errno. */
static int open_below(const char *folder, const char *path)
{
	int at = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	while (at >= 0) {
		size_t n = strcspn(path, "/");
		bool last = !path[n];
		char part[NAME_MAX + 1];
		int next = -1;

		if (!n || n > NAME_MAX || !strncmp(path, "..", n)) {
			errno = EACCES;
		} else {
			memcpy(part, path, n);
			part[n] = '\0';
			next = openat(at, part, O_NOFOLLOW | O_CLOEXEC |
						(last ? O_PATH : O_RDONLY | O_DIRECTORY));
		}
		close(at);
		if (last)
			return next;
		at = next;
		path += n + 1;
	}
	return -1;
}

/* What open_below() has found, for reading; -1: tree->why says why not. */
static int open_source(struct source_tree *tree, const char *file)
{
	int found = open_below(tree->folder, file), fd;
	struct vf_error error;

	if (found < 0) {
		snprintf(tree->why, sizeof(tree->why), "%s",
			 errno == ELOOP ? "is a link, which is not followed" : strerror(errno));
		return -1;
	}
	fd = open_found(found, NAMED_BY_FILE, &error);
	close(found);
	if (fd < 0)
		snprintf(tree->why, sizeof(tree->why), "%.60s", error.message);
	return fd;
}

static bool is_readable(struct source_tree *tree, int fd, struct stat *st)
{
	if (fstat(fd, st))
		snprintf(tree->why, sizeof(tree->why), "%s", strerror(errno));
	else if (st->st_size > SOURCE_LIMIT)
		snprintf(tree->why, sizeof(tree->why), "is larger than 4 MiB");
	else
		return true;
	return false;
}

static void read_source(struct source_tree *tree, const char *file)
{
	int fd = open_source(tree, file);
	struct stat st;

	if (fd >= 0 && is_readable(tree, fd, &st)) {
		ssize_t n;

		tree->text = xmalloc((size_t)st.st_size + 1);
		while (tree->length < (size_t)st.st_size &&
		       (n = read(fd, tree->text + tree->length,
				 (size_t)st.st_size - tree->length)) > 0)
			tree->length += (size_t)n;
		tree->text[tree->length] = '\0';
	}
	if (fd >= 0)
		close(fd);
}

const char *source_text(struct source_tree *tree, const char *file)
{
	if (!tree->file || strcmp(tree->file, file)) {
		free(tree->file);
		free(tree->text);
		tree->file = xstrdup(file);
		tree->text = NULL;
		tree->length = 0;
		read_source(tree, file);
	}
	return tree->text;
}

const char *source_line(const char *text, unsigned line, size_t *length)
{
	while (--line) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	*length = strcspn(text, "\n");
	return *text ? text : NULL;
}

/* The first version in a kernel's name: "live 6.18.44 (as v6.19-rc7)". */
static bool version_of(const struct kernel *kernel, struct version *version)
{
	for (const char *at = kernel->name; *at; at += strcspn(at, " "), at += strspn(at, " ")) {
		char *word = xstrndup(at, strcspn(at, " "));
		bool is = version_parse(word, version);

		free(word);
		if (is)
			return true;
	}
	return false;
}

bool source_has(const struct kernel *kernel, const struct source_place *place)
{
	struct version own, its;

	return !place->version[0] ||
	       (version_of(kernel, &own) && version_parse(place->version, &its) &&
		!version_compare_branches(&own, &its));
}
