/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses a profile's text into a kernel. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/profile_private.h"
#include "language/kernel_spec.h"
#include "language/words.h"
#include "model/vmflags.h"
#include "report/source_place.h"

struct parse {
	const struct profiles *all;
	like_function *like;
	const struct reader *reader;
	struct profile *profile;
	struct vf_error *error;
	bool seen[BEHAVIOUR_COUNT];
	/* What `like` has brought: the first line of its kind replaces all of them. */
	bool clauses, features, lines;
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

/* Has something been said that the profile behind `like` would replace? */
static bool has_begun(const struct parse *p)
{
	const struct kernel *kernel = p->profile->kernel;

	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		if (p->seen[i])
			return true;
	return kernel->clause_count || kernel->uffd_features || kernel->line_count || p->profile->row_count;
}

/* Takes clauses, behaviors, features, lines and what differs on other machines over; name, title, versions and notes are its own. */
static void be_like(struct parse *p, struct kernel *other)
{
	struct kernel *kernel = p->profile->kernel, *any = other;
	struct buf text = {0};

	if (kernel->arch != ARCHES) {
		other = kernel_on(any, kernel->arch);
		kernel_free(any);
	}
	memcpy(kernel->clauses, other->clauses, sizeof(kernel->clauses));
	kernel->clause_count = other->clause_count;
	other->clause_count = 0;
	memcpy(kernel->behaviour, other->behaviour, sizeof(kernel->behaviour));
	memset(p->seen, true, sizeof(p->seen));
	kernel->uffd_features = other->uffd_features;
	kernel->lines = other->lines;
	kernel->line_count = other->line_count;
	other->lines = NULL;
	other->line_count = 0;
	kernel->arch = other->arch;
	memcpy(kernel->rows, other->rows, sizeof(kernel->rows));
	kernel->row_count = p->profile->liked_rows = other->row_count;
	p->clauses = p->features = p->lines = true;
	buf_printf(&text, "like %s, where its profile says nothing else\n", other->profile);
	if (!kernel->title[0]) {
		free(kernel->title);
		kernel->title = xstrndup(buf_str(&text), text.len - 1);
	}
	buf_puts(&text, kernel->notes);
	free(kernel->notes);
	kernel->notes = buf_take(&text);
	kernel_free(other);
}

static bool parse_like(struct parse *p, const struct line *line)
{
	struct kernel *other;

	if (!one_word(p, line, "one profile or version"))
		return false;
	if (has_begun(p))
		return fail(p, &line->words[0], "like only once, before clause, behaviour, uffd and line",
			    NULL, 0);
	other = p->like(p->all, line->words[1].text, p->error);
	if (!other) {
		if (!p->error->file[0])
			reader_point(p->reader, &line->words[1], p->error);
		return false;
	}
	if (p->profile->kernel->arch != ARCHES && other->arch != ARCHES &&
	    p->profile->kernel->arch != other->arch) {
		kernel_free(other);
		return fail(p, &line->words[1], "a kernel of this machine", NULL, 0);
	}
	be_like(p, other);
	return true;
}

/* Whose kernel it is, and no other's: what `like` brings is as that machine has it. */
static bool parse_machine(struct parse *p, const struct line *line)
{
	enum arch arch;

	if (!one_word(p, line, "one machine"))
		return false;
	if (has_begun(p))
		return fail(p, &line->words[0], "machine before like, clause, behaviour, uffd, on and line",
			    NULL, 0);
	arch = arch_by_name(line->words[1].text);
	if (arch == ARCHES)
		return fail(p, &line->words[1], "x86-64, aarch64 or s390x", arch_names, ARCHES);
	p->profile->kernel->arch = arch;
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
	if (!version_parse(line->words[1].text, &v))
		return fail(p, &line->words[1], "a version such as 6.18.37 or 6.19-rc7", NULL, 0);
	GROW(profile->from, profile->from_count, profile->from_cap);
	profile->from[profile->from_count++] = v;
	return true;
}

static bool parse_clause(struct parse *p, const struct line *line)
{
	struct kernel *kernel = p->profile->kernel;
	struct clause clause = {0};
	size_t i = 2;

	if (p->clauses)
		kernel_drop_clauses(kernel);
	p->clauses = false;
	if (kernel->clause_count == CLAUSES_MAX)
		return fail(p, &line->words[0], "no more than eight clauses", NULL, 0);
	if (line->n < 3)
		return fail(p, &line->words[0], "a side, and flags after it", NULL, 0);
	if (strcmp(line->words[1].text, "src") && strcmp(line->words[1].text, "dst"))
		return fail(p, &line->words[1], "src or dst", vma_side_names, 2);
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
		return fail(p, &line->words[i], "one text in quotes after 'where'", NULL, 0);
	if (i < line->n)
		clause.where = xstrdup(line->words[i + 1].text);
	kernel->clauses[kernel->clause_count++] = clause;
	return true;
}

/* The words behind word `at`, which is `behaviour`: its name and value. */
static bool read_behaviour(const struct parse *p, const struct line *line, size_t at,
			   enum behaviour *behaviour, uint8_t *value)
{
	const struct word *name = &line->words[at + 1];
	const char *names[BEHAVIOUR_COUNT];

	if (line->n != at + 3)
		return fail(p, &line->words[at], "a behaviour and its value", NULL, 0);
	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++) {
		const struct behaviour_info *info = &behaviours[i];

		names[i] = info->name;
		if (strcmp(name->text, info->name))
			continue;
		for (size_t v = 0; v < ARRAY_SIZE(info->values) && info->values[v]; v++)
			if (!strcmp(name[1].text, info->values[v])) {
				*behaviour = (enum behaviour)i;
				*value = (uint8_t)v;
				return true;
			}
		return fail(p, &name[1], "a value of this behaviour", info->values,
			    ARRAY_SIZE(info->values));
	}
	return fail(p, name, "a behaviour", names, BEHAVIOUR_COUNT);
}

static bool parse_behaviour(struct parse *p, const struct line *line)
{
	enum behaviour behaviour;
	uint8_t value;

	if (!read_behaviour(p, line, 0, &behaviour, &value))
		return false;
	p->profile->kernel->behaviour[behaviour] = value;
	p->seen[behaviour] = true;
	return true;
}

/* The number of that feature; UFFD_FEATURE_COUNT: it is none. */
static size_t find_feature(const char *word)
{
	size_t f = 0;

	while (f < UFFD_FEATURE_COUNT && strcmp(word, uffd_feature_names[f]))
		f++;
	return f;
}

static bool parse_uffd(struct parse *p, const struct line *line)
{
	if (p->features)
		p->profile->kernel->uffd_features = 0;
	p->features = false;
	for (size_t i = 1; i < line->n; i++) {
		size_t f = find_feature(line->words[i].text);

		if (f == UFFD_FEATURE_COUNT)
			return fail(p, &line->words[i], "a userfaultfd feature", uffd_feature_names,
				    UFFD_FEATURE_COUNT);
		p->profile->kernel->uffd_features |= UINT32_C(1) << f;
	}
	return true;
}

/* --- other machines ----------------------------------------------------------------------- */

/* Features and flags from word `at` on. */
static bool read_lacks(const struct parse *p, const struct line *line, size_t at, struct kernel_row *row)
{
	if (at == line->n)
		return fail(p, &line->words[0], "features and flags that it lacks", NULL, 0);
	for (; at < line->n; at++) {
		const char *word = line->words[at].text;
		size_t f = find_feature(word);

		row->lacks_flags |= vm_flag_by_name(word);
		if (f < UFFD_FEATURE_COUNT)
			row->lacks_features |= UINT32_C(1) << f;
		else if (!vm_flag_by_name(word))
			return fail(p, &line->words[at], "a userfaultfd feature or a VMA flag",
				    uffd_feature_names, UFFD_FEATURE_COUNT);
	}
	return true;
}

/* on MACHINE [before VERSION] behaviour NAME VALUE, or lacks WORD... */
static bool parse_on(struct parse *p, const struct line *line)
{
	struct profile *profile = p->profile;
	struct profile_row row = {.row.behaviour = BEHAVIOUR_COUNT};
	bool before = line->n > 3 && !strcmp(line->words[2].text, "before");
	size_t at = before ? 4 : 2;

	if (line->n < at + 2)
		return fail(p, &line->words[0], "a machine, and after it behaviour or lacks", NULL, 0);
	if (profile->kernel->arch != ARCHES)
		return fail(p, &line->words[0], "no 'on', as this profile is of one machine",
			    NULL, 0);
	row.row.arch = arch_by_name(line->words[1].text);
	if (row.row.arch == ARCHES || row.row.arch == ARCH_X86_64)
		return fail(p, &line->words[1], "aarch64 or s390x", arch_names, ARCHES);
	if (before && !version_parse(line->words[3].text, &row.before))
		return fail(p, &line->words[3], "a version such as 6.10", NULL, 0);
	if (profile->liked_rows + profile->row_count == KERNEL_ROWS_MAX)
		return fail(p, &line->words[0], "no more than 16 lines with 'on'", NULL, 0);
	if (!strcmp(line->words[at].text, "lacks")) {
		if (!read_lacks(p, line, at + 1, &row.row))
			return false;
	} else if (strcmp(line->words[at].text, "behaviour")) {
		return fail(p, &line->words[at], "behaviour or lacks", NULL, 0);
	} else if (!read_behaviour(p, line, at, &row.row.behaviour, &row.row.value)) {
		return false;
	}
	GROW(profile->rows, profile->row_count, profile->row_cap);
	profile->rows[profile->row_count++] = row;
	return true;
}

void profile_add_rows(const struct profile *profile, const struct version *v, struct kernel *kernel)
{
	static const struct version none = {.rc = VERSION_RELEASED}, always;

	if (!v)
		v = profile->from_count ? &profile->from[0] : &none;
	kernel->row_count = profile->liked_rows;
	for (size_t i = 0; i < profile->row_count; i++) {
		const struct profile_row *row = &profile->rows[i];

		if (!version_compare(&row->before, &always) || version_compare(v, &row->before) < 0)
			kernel->rows[kernel->row_count++] = row->row;
	}
}

static bool parse_line_row(struct parse *p, const struct line *line)
{
	struct kernel *kernel = p->profile->kernel;
	struct source_place place;

	if (line->n != 3)
		return fail(p, &line->words[0], "a function and its place", NULL, 0);
	if (!place_parse(line->words[2].text, &place))
		return fail(p, &line->words[2], "a place in the source tree such as "
						"\"mm/memory.c:1225\"", NULL, 0);
	if (p->lines)
		kernel_drop_lines(kernel);
	p->lines = false;
	if (kernel_add_line(kernel, line->words[1].text, line->words[2].text))
		return true;
	return fail(p, &line->words[1],
		    kernel->line_count == KERNEL_LINES_MAX ? "no more than 256 lines"
							   : "a function that is listed once",
		    NULL, 0);
}

static const struct {
	const char *word;
	bool (*parse)(struct parse *p, const struct line *line);
} fields[] = {
	{"name", parse_name},	    {"like", parse_like},
	{"title", parse_title},
	{"note", parse_note},	    {"from", parse_from},
	{"clause", parse_clause},   {"behaviour", parse_behaviour},
	{"machine", parse_machine}, {"uffd", parse_uffd},	    {"line", parse_line_row},
	{"on", parse_on},
};

static bool parse_line(struct parse *p, const struct line *line)
{
	const char *words[ARRAY_SIZE(fields)];

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		words[i] = fields[i].word;
		if (!strcmp(line->words[0].text, fields[i].word))
			return fields[i].parse(p, line);
	}
	return fail(p, &line->words[0], "name, machine, like, title, from, clause, behaviour, uffd, on, line or note", words,
		    ARRAY_SIZE(fields));
}

void profile_deinit(struct profile *profile)
{
	kernel_free(profile->kernel);
	free(profile->from);
	free(profile->rows);
	free(profile->name);
	free(profile->file);
	free(profile->owned);
}

/* A scenario may be named by mistake, and shares some first words with profiles. */
static void doubt(const struct parse *p)
{
	const struct kernel *kernel = p->profile->kernel;

	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		if (p->seen[i])
			return;
	if (!kernel->name[0] && !kernel->clause_count && !p->error->hint[0])
		vf_error_hint(p->error, "is this a kernel profile? It has no name, clause or behaviour so "
					"far; load reads scenarios");
}

/* A profile is complete, by itself or by the one that it is like: nothing is assumed. */
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
	vf_error_hint(p->error, "vmafork-scenario(5) lists the entries that a profile must have; "
				"after like v7.3 only those that differ");
	return false;
}

bool profile_parse(const struct profiles *all, like_function *like, const char *file,
		   const char *text, size_t length, struct profile *profile, struct vf_error *error)
{
	struct reader reader;
	struct parse p = {.all = all, .like = like, .reader = &reader, .profile = profile, .error = error};
	struct line line;
	bool more = true, ok = true;

	*profile = (struct profile){.kernel = xcalloc(1, sizeof(struct kernel))};
	profile->kernel->arch = ARCHES;
	replace(&profile->kernel->name, "");
	replace(&profile->kernel->profile, "");
	replace(&profile->kernel->title, "");
	replace(&profile->kernel->notes, "");
	reader_init(&reader, file, text, length);
	while (ok && (ok = reader_next(&reader, &line, &more, error)) && more) {
		ok = parse_line(&p, &line);
		line_deinit(&line);
		if (!ok)
			doubt(&p);
	}
	if (ok && complete(&p)) {
		profile->name = xstrdup(profile->kernel->profile);
		profile_add_rows(profile, NULL, profile->kernel);
		return true;
	}
	profile_deinit(profile);
	return false;
}

/* A known kernel; no other file. */
static struct kernel *like_known(const struct profiles *all, const char *name, struct vf_error *error)
{
	if (!spec_is_file(name) && !spec_image(name) && strcmp(name, "live"))
		return profiles_find(all, name, error);
	vf_error_set(error, "like takes a known profile or a version, not '%.60s'", name);
	vf_error_hint(error, "kernel list prints the known ones");
	return NULL;
}

struct kernel *profile_read(const struct profiles *all, const char *name, const char *text,
			    size_t length, struct vf_error *error)
{
	struct profile profile;
	struct kernel *kernel;

	if (!profile_parse(all, like_known, name, text, length, &profile, error))
		return NULL;
	kernel = kernel_copy(profile.kernel);
	profile_deinit(&profile);
	return kernel;
}
