/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scenario/profile.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "model/vmflags.h"
#include "report/place.h"
#include "scenario/builtin.h"
#include "scenario/file.h"
#include "scenario/words.h"

#ifndef VMAFORK_SHARE
#define VMAFORK_SHARE "/usr/local/share/vmafork-tui"
#endif

/* --- versions: 6.19-rc1 < 6.19 < 6.19.1 ------------------------------------------- */

struct version {
	unsigned part[3];
	unsigned rc; /* RELEASED: no -rc */
};
#define RELEASED 1000u

/* What stands behind the version (a distribution's suffix) does not count. */
static bool parse_version(const char *s, struct version *v)
{
	unsigned n = 0;
	char *end;

	*v = (struct version){.rc = RELEASED};
	if (*s == 'v')
		s++;
	while (n < 3) {
		unsigned long part;

		if (!isdigit((unsigned char)*s))
			return n >= 2;
		part = strtoul(s, &end, 10);
		if (part > 100000 || end - s > 6)
			return false;
		v->part[n++] = (unsigned)part;
		s = end;
		if (*s != '.' || !isdigit((unsigned char)s[1]))
			break;
		s++;
	}
	if ((*s == '-' || *s == '~') && s[1] == 'r' && s[2] == 'c') {
		unsigned long rc = strtoul(s + 3, &end, 10);

		if (!isdigit((unsigned char)s[3]) || rc >= RELEASED)
			return false;
		v->rc = (unsigned)rc;
		s = end;
	}
	return n >= 2 && (*s == '\0' || strchr("-+~_", *s));
}

static int compare_versions(const struct version *a, const struct version *b)
{
	for (int i = 0; i < 3; i++)
		if (a->part[i] != b->part[i])
			return a->part[i] < b->part[i] ? -1 : 1;
	return a->rc < b->rc ? -1 : a->rc > b->rc;
}

static void print_version(const struct version *v, struct buf *out)
{
	buf_printf(out, "v%u.%u", v->part[0], v->part[1]);
	if (v->part[2])
		buf_printf(out, ".%u", v->part[2]);
	if (v->rc != RELEASED)
		buf_printf(out, "-rc%u", v->rc);
}

/* --- one profile file --------------------------------------------------------------- */

struct profile {
	struct kernel *kernel;
	struct version *from;
	size_t from_count, from_cap;
};

struct parse {
	const struct reader *reader;
	struct profile *profile;
	struct vf_error *error;
	bool seen[BEHAVIOUR_COUNT];
};

static bool fail(const struct parse *p, const struct word *word, const char *expected,
		 const char *const *words, size_t n)
{
	const char *near = words ? nearest_word(word->text, words, n) : NULL;

	vf_error_set(p->error, "unexpected '%.60s': %s expected", word->text, expected);
	if (near)
		vf_error_hint(p->error, "did you mean '%s'?", near);
	reader_point(p->reader, word, p->error);
	return false;
}

static bool one_word(const struct parse *p, const struct line *line, const char *what)
{
	if (line->n == 2)
		return true;
	return fail(p, &line->words[line->n > 2 ? 2 : 0], what, NULL, 0);
}

static void replace(char **field, const char *s)
{
	free(*field);
	*field = xstrdup(s);
}

static bool parse_name(struct parse *p, const struct line *line)
{
	if (!one_word(p, line, "one name"))
		return false;
	replace(&p->profile->kernel->profile, line->words[1].text);
	replace(&p->profile->kernel->name, line->words[1].text);
	return true;
}

static bool parse_title(struct parse *p, const struct line *line)
{
	if (!one_word(p, line, "one text in quotes"))
		return false;
	replace(&p->profile->kernel->title, line->words[1].text);
	return true;
}

static bool parse_note(struct parse *p, const struct line *line)
{
	struct buf notes = {0};

	if (!one_word(p, line, "one text in quotes"))
		return false;
	buf_printf(&notes, "%s%s\n", p->profile->kernel->notes, line->words[1].text);
	free(p->profile->kernel->notes);
	p->profile->kernel->notes = buf_take(&notes);
	return true;
}

static bool parse_from(struct parse *p, const struct line *line)
{
	struct profile *profile = p->profile;
	struct version v;

	if (!one_word(p, line, "one version"))
		return false;
	if (!parse_version(line->words[1].text, &v))
		return fail(p, &line->words[1], "a version such as 6.18.37 or 6.19-rc7", NULL, 0);
	GROW(profile->from, profile->from_count, profile->from_cap);
	profile->from[profile->from_count++] = v;
	return true;
}

static bool parse_clause(struct parse *p, const struct line *line)
{
	static const char *const sides[] = {"src", "dst"};
	struct kernel *kernel = p->profile->kernel;
	struct clause clause = {0};
	size_t i = 2;

	if (kernel->clause_count == CLAUSES_MAX)
		return fail(p, &line->words[0], "no more than eight clauses", NULL, 0);
	if (line->n < 3)
		return fail(p, &line->words[0], "a side and flags behind it", NULL, 0);
	if (strcmp(line->words[1].text, "src") && strcmp(line->words[1].text, "dst"))
		return fail(p, &line->words[1], "src or dst", sides, 2);
	clause.side = line->words[1].text[0] == 's' ? SIDE_SRC : SIDE_DST;
	if (!strcmp(line->words[2].text, "anon_vma")) {
		if (clause.side == SIDE_DST)
			return fail(p, &line->words[2], "a flag (anon_vma is looked up on src)",
				    NULL, 0);
		i++;
	}
	for (; i < line->n && strcmp(line->words[i].text, "where"); i++) {
		uint64_t bit = vm_flag_by_name(line->words[i].text);

		if (!bit || line->words[2].text[0] == 'a')
			return fail(p, &line->words[i], "a VMA flag such as VM_UFFD_WP", NULL, 0);
		clause.flags |= bit;
	}
	if (i < line->n && i + 2 != line->n)
		return fail(p, &line->words[i], "one text in quotes behind 'where'", NULL, 0);
	if (i < line->n)
		clause.where = xstrdup(line->words[i + 1].text);
	kernel->clauses[kernel->clause_count++] = clause;
	return true;
}

static bool parse_behaviour(struct parse *p, const struct line *line)
{
	const char *names[BEHAVIOUR_COUNT];

	if (line->n != 3)
		return fail(p, &line->words[0], "a behaviour and its value", NULL, 0);
	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++) {
		const struct behaviour_info *info = &behaviours[i];

		names[i] = info->name;
		if (strcmp(line->words[1].text, info->name))
			continue;
		for (size_t v = 0; v < ARRAY_SIZE(info->values) && info->values[v]; v++)
			if (!strcmp(line->words[2].text, info->values[v])) {
				p->profile->kernel->behaviour[i] = (uint8_t)v;
				p->seen[i] = true;
				return true;
			}
		return fail(p, &line->words[2], "a value of this behaviour", info->values,
			    ARRAY_SIZE(info->values));
	}
	return fail(p, &line->words[1], "a behaviour", names, BEHAVIOUR_COUNT);
}

static bool parse_uffd(struct parse *p, const struct line *line)
{
	for (size_t i = 1; i < line->n; i++) {
		size_t f = 0;

		while (f < UFFD_FEATURE_COUNT && strcmp(line->words[i].text, uffd_feature_names[f]))
			f++;
		if (f == UFFD_FEATURE_COUNT)
			return fail(p, &line->words[i], "a userfaultfd feature", uffd_feature_names,
				    UFFD_FEATURE_COUNT);
		p->profile->kernel->uffd_features |= UINT32_C(1) << f;
	}
	return true;
}

static bool parse_line_row(struct parse *p, const struct line *line)
{
	struct kernel *kernel = p->profile->kernel;
	struct place place;

	if (line->n != 3)
		return fail(p, &line->words[0], "a function and its place", NULL, 0);
	if (!place_parse(line->words[2].text, &place))
		return fail(p, &line->words[2], "a place in the source tree such as "
						"\"mm/memory.c:1225\"", NULL, 0);
	if (kernel_add_line(kernel, line->words[1].text, line->words[2].text))
		return true;
	return fail(p, &line->words[1],
		    kernel->line_count == KERNEL_LINES_MAX ? "no more than 256 lines"
							   : "a function that has no line yet",
		    NULL, 0);
}

static const struct {
	const char *word;
	bool (*parse)(struct parse *p, const struct line *line);
} fields[] = {
	{"name", parse_name},	    {"title", parse_title},
	{"note", parse_note},	    {"from", parse_from},
	{"clause", parse_clause},   {"behaviour", parse_behaviour},
	{"uffd", parse_uffd},	    {"line", parse_line_row},
};

static bool parse_line(struct parse *p, const struct line *line)
{
	const char *words[ARRAY_SIZE(fields)];

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		words[i] = fields[i].word;
		if (!strcmp(line->words[0].text, fields[i].word))
			return fields[i].parse(p, line);
	}
	return fail(p, &line->words[0], "name, title, from, clause, behaviour, uffd, line or note", words,
		    ARRAY_SIZE(fields));
}

static void profile_deinit(struct profile *profile)
{
	kernel_free(profile->kernel);
	free(profile->from);
}

/* Every profile says everything: nothing is inherited or assumed. */
static bool complete(const struct parse *p)
{
	const char *missing = NULL;

	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		if (!p->seen[i])
			missing = behaviours[i].name;
	if (!p->profile->kernel->clause_count)
		missing = "clause";
	if (!p->profile->kernel->name[0])
		missing = "name";
	if (!missing)
		return true;
	vf_error_set(p->error, "this profile lacks '%s'", missing);
	snprintf(p->error->file, sizeof(p->error->file), "%s", p->reader->file);
	vf_error_hint(p->error, "vmafork-scenario(5) lists what a profile must say");
	return false;
}

static bool parse_profile(const char *file, const char *text, size_t length,
			  struct profile *profile, struct vf_error *error)
{
	struct reader reader;
	struct parse p = {.reader = &reader, .profile = profile, .error = error};
	struct line line;
	bool more = true, ok = true;

	*profile = (struct profile){.kernel = xcalloc(1, sizeof(struct kernel))};
	replace(&profile->kernel->name, "");
	replace(&profile->kernel->profile, "");
	replace(&profile->kernel->title, "");
	replace(&profile->kernel->notes, "");
	reader_init(&reader, file, text, length);
	while (ok && (ok = reader_next(&reader, &line, &more, error)) && more) {
		ok = parse_line(&p, &line);
		line_deinit(&line);
	}
	if (ok && complete(&p))
		return true;
	profile_deinit(profile);
	return false;
}

/* --- all of them ----------------------------------------------------------------------- */

struct profiles {
	struct profile *v;
	size_t n, cap;
	const char **names;
};

static void add_profile(struct profiles *all, const char *file, const char *text, size_t length,
			struct buf *warning)
{
	struct vf_error error;
	struct profile profile;

	if (!parse_profile(file, text, length, &profile, &error)) {
		if (warning)
			vf_error_print(&error, warning);
		return;
	}
	GROW(all->v, all->n, all->cap);
	all->v[all->n++] = profile;
}

static bool is_profile_name(const char *name)
{
	size_t len = strlen(name);

	return len > 7 && !strcmp(name + len - 7, ".kernel");
}

static void read_folder(struct profiles *all, const char *folder, struct buf *warning)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[PATH_MAX];
		struct vf_error error;
		size_t length;
		char *text;

		if (!is_profile_name(entry->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		text = read_file(path, 1 << 20, &length, &error);
		if (text)
			add_profile(all, path, text, length, warning);
		else if (warning)
			vf_error_print(&error, warning);
		free(text);
	}
	if (dir)
		closedir(dir);
}

static int by_first_version(const void *a, const void *b)
{
	const struct profile *p = a, *q = b;
	static const struct version none = {.rc = RELEASED};

	return compare_versions(p->from_count ? &p->from[0] : &none,
				q->from_count ? &q->from[0] : &none);
}

char *program_path(const char *file)
{
	struct buf path = {0};
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	exe[n > 0 ? n : 0] = '\0';
	slash = strrchr(exe, '/');
	buf_printf(&path, "%.*s/%s", slash ? (int)(slash - exe) : 1, slash ? exe : ".", file);
	return buf_take(&path);
}

char *share_path(const char *file)
{
	const char *set = getenv("VMAFORK_SHARE");
	struct buf path = {0};
	char *beside;

	if (set && *set) {
		buf_printf(&path, "%s/%s", set, file);
		return buf_take(&path);
	}
	beside = program_path("share"); /* the build tree */
	buf_printf(&path, "%s/%s", beside, file);
	free(beside);
	if (access(buf_str(&path), R_OK)) {
		buf_clear(&path);
		buf_printf(&path, "%s/%s", VMAFORK_SHARE, file);
	}
	return buf_take(&path);
}

struct profiles *profiles_create(struct buf *warning)
{
	struct profiles *all = xcalloc(1, sizeof(*all));
	char *folder = share_path("kernels");

	read_folder(all, folder, warning);
	free(folder);
	if (!all->n) {
		/* No such folder, or every file in it is broken. */
		for (size_t i = 0; i < builtin_kernel_count; i++)
			add_profile(all, builtin_kernels[i].name, builtin_kernels[i].text,
				    strlen(builtin_kernels[i].text), warning);
	}
	qsort(all->v, all->n, sizeof(*all->v), by_first_version);
	all->names = xcalloc(all->n, sizeof(*all->names));
	for (size_t i = 0; i < all->n; i++)
		all->names[i] = all->v[i].kernel->profile;
	return all;
}

void profiles_free(struct profiles *all)
{
	if (!all)
		return;
	for (size_t i = 0; i < all->n; i++)
		profile_deinit(&all->v[i]);
	free(all->v);
	free(all->names);
	free(all);
}

const char *const *profiles_names(const struct profiles *all, size_t *n)
{
	*n = all->n;
	return all->names;
}

/* The profile with the latest start that is not after v. */
static const struct profile *for_version(const struct profiles *all, const struct version *v)
{
	const struct profile *best = NULL;
	const struct version *start = NULL;

	for (size_t i = 0; i < all->n; i++)
		for (size_t f = 0; f < all->v[i].from_count; f++) {
			const struct version *from = &all->v[i].from[f];

			if (compare_versions(from, v) <= 0 &&
			    (!start || compare_versions(from, start) > 0)) {
				best = &all->v[i];
				start = from;
			}
		}
	return best;
}

static const struct version newest = {{100000, 0, 0}, RELEASED};

/* 6.18.44 and 6.18-rc1 are of one branch. */
static int compare_branches(const struct version *a, const struct version *b)
{
	return a->part[0] != b->part[0] ? (a->part[0] < b->part[0] ? -1 : 1)
					: (a->part[1] > b->part[1]) - (a->part[1] < b->part[1]);
}

/*
 * Does nobody know whether that version behaves as its profile does? It is newer than all
 * that are known, or older than the kernel whose entries the profile describes.
 */
static bool is_a_guess(const struct profiles *all, const struct profile *profile,
		       const struct version *v)
{
	struct version made_for;

	if (profile == for_version(all, &newest) && compare_branches(v, &profile->from[0]) > 0)
		return true;
	if (!parse_version(profile->kernel->profile, &made_for) || compare_branches(v, &made_for) >= 0)
		return false;
	for (size_t i = 0; i < profile->from_count; i++) /* a backport */
		if (profile->from[i].part[2] && !compare_branches(v, &profile->from[i]))
			return false;
	return true;
}

static struct kernel *named(const struct kernel *kernel, const char *name)
{
	struct kernel *copy = kernel_copy(kernel);

	replace(&copy->name, name);
	return copy;
}

struct kernel *profile_read(const char *name, const char *text, size_t length,
			    struct vf_error *error)
{
	struct profile profile;
	struct kernel *kernel;

	if (!parse_profile(name, text, length, &profile, error))
		return NULL;
	kernel = kernel_copy(profile.kernel);
	profile_deinit(&profile);
	return kernel;
}

static struct kernel *from_file(const char *path, struct vf_error *error)
{
	size_t length;
	char *text = read_file(path, 1 << 20, &length, error);
	struct kernel *kernel = text ? profile_read(path, text, length, error) : NULL;

	free(text);
	return kernel;
}

struct kernel *profiles_find(const struct profiles *all, const char *spec, struct vf_error *error)
{
	const struct profile *profile;
	const char *near;
	struct version v;

	if (!strncmp(spec, "vmlinux:", 8)) {
		vf_error_set(error, "'%.60s': images are not read here", spec);
		vf_error_hint(error, "vmafork-vmlinux IMAGE > my.kernel makes a profile of it");
		return NULL;
	}
	if (strchr(spec, '/') || is_profile_name(spec))
		return from_file(spec, error);
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->v[i].kernel->profile, spec))
			return kernel_copy(all->v[i].kernel);
	if (!strcmp(spec, "live")) {
		vf_error_set(error, "'live' is not found out here");
		vf_error_hint(error, "vmafork-probe --era tells which profile this kernel behaves as");
		return NULL;
	}
	if (parse_version(spec, &v)) {
		struct buf name = {0};
		struct kernel *kernel = NULL;

		profile = for_version(all, &v);
		if (profile) {
			buf_printf(&name, "%s%s", spec[0] == 'v' ? "" : "v", spec);
			if (is_a_guess(all, profile, &v))
				buf_printf(&name, " (as %s)", profile->kernel->profile);
			kernel = named(profile->kernel, buf_str(&name));
			buf_deinit(&name);
			return kernel;
		}
		vf_error_set(error, "%.60s is older than the oldest kernel that is known", spec);
		vf_error_hint(error, "kernel list shows them");
		return NULL;
	}
	near = nearest_word(spec, all->names, all->n);
	vf_error_set(error, "no kernel is called '%.60s'", spec);
	if (near)
		vf_error_hint(error, "did you mean '%s'?", near);
	else
		vf_error_hint(error, "expected a version (v6.19-rc1), a profile (kernel list), "
				     "or a file (./my.kernel)");
	return NULL;
}

struct kernel *profiles_newest(const struct profiles *all)
{
	const struct profile *profile = for_version(all, &newest);

	return kernel_copy(profile ? profile->kernel : all->v[all->n - 1].kernel);
}

void profiles_list(const struct profiles *all, struct buf *out)
{
	for (size_t i = 0; i < all->n; i++) {
		const struct profile *p = &all->v[i];
		struct buf from = {0};

		for (size_t f = 0; f < p->from_count; f++) {
			if (f)
				buf_puts(&from, ", ");
			print_version(&p->from[f], &from);
		}
		buf_printf(out, "%-12s from %-22s %s\n", p->kernel->profile, buf_str(&from),
			   p->kernel->title);
		buf_deinit(&from);
	}
}
