/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists the profiles of share/kernels/, and parses each on demand. */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/share.h"
#include "kernels/builtin.h"
#include "kernels/profile_private.h"
#include "language/kernel_spec.h"
#include "language/words.h"

/* By its name: which version belongs to which profile is not known before all are read. */
static struct kernel *like_named(const struct profiles *all, const char *name, struct vf_error *error)
{
	enum arch arch;
	char *base = spec_without_machine(name, &arch);
	struct profile *found = NULL;

	for (size_t i = 0; !found && i < all->n; i++)
		if (!strcmp(all->v[i].name, base))
			found = &all->v[i];
	free(base);
	if (found) {
		const struct kernel *kernel = profile_kernel(all, found, error);

		return !kernel ? NULL : arch == ARCHES ? kernel_copy(kernel) : kernel_on(kernel, arch);
	}
	vf_error_set(error, "no profile beside it is named '%.60s'", name);
	return NULL;
}

const struct kernel *profile_kernel(const struct profiles *all, struct profile *profile,
				    struct vf_error *error)
{
	struct profile parsed;
	bool ok;

	if (profile->parsing) {
		vf_error_set(error, "like %.60s: these profiles are like one another", profile->name);
		return NULL;
	}
	if (!profile->kernel) {
		profile->parsing = true;
		ok = profile_parse(all, like_named, profile->file, profile->text,
				   strlen(profile->text), &parsed, error);
		profile->parsing = false;
		if (!ok)
			return NULL;
		profile->kernel = parsed.kernel;
		profile->rows = parsed.rows;
		profile->row_count = parsed.row_count;
		profile->liked_rows = parsed.liked_rows;
		parsed.kernel = NULL;
		parsed.rows = NULL;
		profile_deinit(&parsed);
	}
	return profile->kernel;
}

static void add_profile(struct profiles *all, struct profile profile)
{
	GROW(all->v, all->n, all->cap);
	all->v[all->n++] = profile;
}

/*
 * --- those compiled in: tests parse them, so name and versions suffice until one is needed;
 * and files that are like another one: that one has to be known first
 */

static bool starts(const char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(line, word, n) && (line[n] == ' ' || line[n] == '\t');
}

/* Reads one line, if it is a `name` or a `from`. */
static void scan_row(struct profile *profile, const char *row, size_t length)
{
	bool is_name = starts(row, "name");
	struct reader reader;
	struct line line;
	struct version v;
	struct vf_error ignored;
	bool more;

	if (!is_name && !starts(row, "from"))
		return;
	reader_init(&reader, "", row, length);
	if (!reader_next(&reader, &line, &more, &ignored))
		return;
	if (line.n == 2 && is_name) {
		free(profile->name);
		profile->name = xstrdup(line.words[1].text);
	} else if (line.n == 2 && version_parse(line.words[1].text, &v)) {
		GROW(profile->from, profile->from_count, profile->from_cap);
		profile->from[profile->from_count++] = v;
	}
	line_deinit(&line);
}

/* Is there a line that begins with that word? */
static bool has_row(const char *text, const char *word)
{
	for (size_t length; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		if (starts(text, word))
			return true;
	}
	return false;
}

static void add_unparsed(struct profiles *all, const char *file, const char *text)
{
	struct profile profile = {.name = xstrdup(""), .file = xstrdup(file), .text = text};

	/* Both are above the clauses, where the file is one of ours. */
	for (size_t length; *text && !starts(text, "clause"); text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		scan_row(&profile, text, length);
	}
	add_profile(all, profile);
}

static int by_file(const void *name, const void *builtin)
{
	return strcmp(name, ((const struct builtin_file *)builtin)->name);
}

/* The compiled-in text of that file; NULL: none. */
static const char *builtin_text(const char *name)
{
	const struct builtin_file *found = bsearch(name, builtin_kernels, builtin_kernel_count,
						   sizeof(*builtin_kernels), by_file);

	return found ? found->text : NULL;
}

/* --- files ------------------------------------------------------------------------------ */

static const char suffix[] = ".kernel";

/* The name of a path's file, without the ending. The caller frees it. */
static char *file_stem(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;

	return xstrndup(name, strlen(name) - strlen(suffix));
}

static bool is_profile_name(const char *name)
{
	size_t len = strlen(name), n = strlen(suffix);

	return len > n && !strcmp(name + len - n, suffix);
}

/*
 * A file that differs from the one compiled in may be broken: it is parsed at once, or, if it
 * is like another one, when all are known.
 */
static bool add_file(struct profiles *all, const char *folder, const char *name,
		     struct vf_error *error)
{
	const char *builtin = builtin_text(name);
	struct profile profile;
	char path[PATH_MAX];
	size_t length;
	char *text;
	bool ok = true;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	text = read_file(path, 1 << 20, &length, error);
	if (!text)
		return false;
	if (builtin && strlen(builtin) == length && !memcmp(text, builtin, length)) {
		add_unparsed(all, path, builtin);
	} else if (has_row(text, "like")) {
		add_unparsed(all, path, text);
		all->v[all->n - 1].owned = text;
		text = NULL;
	} else {
		ok = profile_parse(all, like_named, path, text, length, &profile, error);
		if (ok)
			add_profile(all, profile);
	}
	free(text);
	return ok;
}

static void add_broken(struct profiles *all, char *name, struct vf_error error)
{
	GROW(all->broken, all->broken_count, all->broken_cap);
	all->broken[all->broken_count++] = (struct broken){name, error};
}

/* Parses what is like another one; what is broken goes, with its error. */
static void follow_likes(struct profiles *all)
{
	struct vf_error *errors = xcalloc(all->n + 1, sizeof(*errors));
	bool *bad = xcalloc(all->n + 1, sizeof(*bad));
	size_t kept = 0;

	for (size_t i = 0; i < all->n; i++)
		bad[i] = all->v[i].text && has_row(all->v[i].text, "like") &&
			 !profile_kernel(all, &all->v[i], &errors[i]);
	for (size_t i = 0; i < all->n; i++) {
		if (!bad[i]) {
			all->v[kept++] = all->v[i];
			continue;
		}
		add_broken(all, file_stem(all->v[i].file), errors[i]);
		profile_deinit(&all->v[i]);
	}
	all->n = kept;
	free(bad);
	free(errors);
}

static void read_folder(struct profiles *all, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		struct vf_error error;

		if (is_profile_name(entry->d_name) && !add_file(all, folder, entry->d_name, &error))
			add_broken(all, file_stem(entry->d_name), error);
	}
	if (dir)
		closedir(dir);
	follow_likes(all);
}

/* --- the set ------------------------------------------------------------------------------ */

static int by_first_version(const void *a, const void *b)
{
	const struct profile *p = a, *q = b;
	static const struct version none = {.rc = VERSION_RELEASED};
	int order = version_compare(p->from_count ? &p->from[0] : &none,
				    q->from_count ? &q->from[0] : &none);

	return order ? order : strcmp(p->name, q->name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct broken *)a)->name, ((const struct broken *)b)->name);
}

static struct profiles *read_all(void)
{
	struct profiles *all = xcalloc(1, sizeof(*all));
	char *folder = share_path("kernels");

	read_folder(all, folder);
	free(folder);
	if (!all->n) {
		/* No such folder, or every file in it is broken. */
		for (size_t i = 0; i < builtin_kernel_count; i++)
			add_unparsed(all, builtin_kernels[i].name, builtin_kernels[i].text);
	}
	qsort(all->v, all->n, sizeof(*all->v), by_first_version);
	if (all->broken_count)
		qsort(all->broken, all->broken_count, sizeof(*all->broken), by_name);
	all->names = xcalloc(all->n, sizeof(*all->names));
	for (size_t i = 0; i < all->n; i++)
		all->names[i] = all->v[i].name;
	return all;
}

const struct profiles *profiles_all(void)
{
	static const struct profiles *all;

	if (!all)
		all = read_all();
	return all;
}

bool profiles_are_shipped(const struct profiles *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].name, name))
			return all->v[i].text && !all->v[i].owned;
	return false;
}
