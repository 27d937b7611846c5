/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion, from the `complete` column of the command table. Its words stand
 * for the places behind the command's name, separated by blanks; | separates
 * what can stand at one place, @name is a kind of word, [] may be left out, and
 * * repeats the last.
 */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "language/complete.h"
#include "language/kernel_spec.h"

struct candidates {
	const char *prefix;
	char **v;
	size_t n, cap;
	enum want_path path;
};

static void add(struct candidates *c, const char *word)
{
	if (strncmp(word, c->prefix, strlen(c->prefix)))
		return;
	for (size_t i = 0; i < c->n; i++)
		if (!strcmp(c->v[i], word))
			return;
	GROW(c->v, c->n, c->cap);
	c->v[c->n++] = xstrdup(word);
}

static void add_vocab(struct candidates *c, const struct vocabulary *vocab)
{
	for (size_t i = 0; i < vocab->n; i++)
		add(c, vocab->words[i]);
}

static void add_vmas(struct candidates *c, const struct known_names *known)
{
	const struct mm *mm = known->machine->parent;

	for (size_t i = 0; i < mm->vma_count && i < 1000; i++)
		add(c, mm->vmas[i]->name);
}

static void add_contexts(struct candidates *c, const struct known_names *known)
{
	for (const struct uffd_ctx *ctx = known->machine->contexts; ctx; ctx = ctx->next)
		add(c, ctx->name);
}

static void add_flags(struct candidates *c, bool signs)
{
	for (int i = 0; i < VM_FLAG_COUNT; i++)
		for (int sign = 0; sign < (signs ? 2 : 1); sign++) {
			struct buf word = {0};

			buf_printf(&word, "%s%s", !signs ? "" : sign ? "-" : "+", vm_flags[i].name);
			if (!signs || c->prefix[0])
				add(c, buf_str(&word));
			buf_deinit(&word);
		}
	if (signs && !c->prefix[0]) { /* all of them would hide what else there is */
		add(c, "+");
		add(c, "-");
	}
}

/* STATE[,ATTR]...: behind a comma what is in front of it stays. */
static void add_list(struct candidates *c, const struct vocabulary *first)
{
	const char *comma = strrchr(c->prefix, ',');
	const struct vocabulary *vocab = comma ? &vocab_attr : first;

	for (size_t i = 0; i < vocab->n; i++) {
		struct buf word = {0};

		buf_add(&word, c->prefix, comma ? (size_t)(comma + 1 - c->prefix) : 0);
		buf_puts(&word, vocab->words[i]);
		add(c, buf_str(&word));
		buf_deinit(&word);
	}
}

static void add_kernels(struct candidates *c, const struct known_names *known)
{
	if (spec_image(c->prefix)) {
		c->path = WANT_IMAGE;
		return;
	}
	for (size_t i = 0; i < known->kernel_count; i++)
		add(c, known->kernels[i]);
	add(c, "live");
	add(c, "vmlinux:");
	if (strchr(c->prefix, '/') || c->prefix[0] == '.')
		c->path = WANT_FILE;
}

static void add_commands(struct candidates *c, const char *first)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		const char *name = commands[i].name, *blank = strchr(name, ' ');
		size_t n = blank ? (size_t)(blank - name) : strlen(name);

		if (!first) {
			char *word = xstrndup(name, n);

			add(c, word);
			free(word);
		} else if (blank && strlen(first) == n && !strncmp(first, name, n)) {
			add(c, blank + 1);
		}
	}
}

static const struct {
	const char *kind;
	const struct vocabulary *vocab;
} kinds[] = {
	{"backing", &vocab_backing}, {"advice", &vocab_advice},	    {"feature", &vocab_feature},
	{"mode", &vocab_mode},	     {"grain", &vocab_grain},	    {"show", &vocab_show},
	{"decision", &vocab_decision}, {"cost", &vocab_cost},
};

static void add_kind(struct candidates *c, const struct known_names *known, const char *kind, const char *first)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(kind, kinds[i].kind))
			add_vocab(c, kinds[i].vocab);
	if (!strcmp(kind, "vma"))
		add_vmas(c, known);
	else if (!strcmp(kind, "ctx"))
		add_contexts(c, known);
	else if (!strcmp(kind, "flag"))
		add_flags(c, true);
	else if (!strcmp(kind, "flagname"))
		add_flags(c, false);
	else if (!strcmp(kind, "reason")) {
		add_flags(c, false);
		add(c, "anon_vma");
		add(c, "none");
	} else if (!strcmp(kind, "kernel"))
		add_kernels(c, known);
	else if (!strcmp(kind, "command"))
		add_commands(c, first);
	else if (!strcmp(kind, "pages"))
		add(c, "all");
	else if (!strcmp(kind, "prot"))
		for (const char *p = "r\0rw\0rx\0rwx\0none\0"; *p; p += strlen(p) + 1)
			add(c, p);
	else if (!strcmp(kind, "state"))
		add_list(c, &vocab_state);
	else if (!strcmp(kind, "attr"))
		add_list(c, &vocab_attr);
	else if (!strcmp(kind, "file"))
		c->path = WANT_FILE;
	else if (!strcmp(kind, "folder"))
		c->path = WANT_FOLDER;
}

/* What stands where in `expect` depends on the words before. words[0] is expect. */
static const char *expect_places(char *const *words, size_t n)
{
	bool process = n > 2 && (!strcmp(words[2], "parent") || !strcmp(words[2], "child"));

	if (n < 2)
		return "left|right|both|differ|same";
	if (!strcmp(words[1], "differ") || !strcmp(words[1], "same"))
		return ". @vma";
	if (n == 2)
		return ". @vma|parent|child|cost";
	if (!strcmp(words[2], "cost"))
		return ". . @cost";
	if (!process)
		return ". . @decision because @reason";
	if (n > 3 && !strcmp(words[3], "signal"))
		return ". . . SIGSEGV|SIGBUS|blocked";
	if (n > 4 && looks_like_pages(words[4]))
		return ". . @vma . [not] absent|@state|@attr";
	return ". . @vma|signal @pages|absent|not|@flagname absent|@flagname*";
}

enum { PLACES_MOST = 16 };

struct place_words {
	char *words; /* those that can stand there, between | */
	bool optional, repeated;
};

static size_t split_places(char *list, struct place_words *places)
{
	size_t n = 0;
	char *word;

	while (n < PLACES_MOST && (word = strsep(&list, " ")) && *word) {
		struct place_words place = {.words = word, .optional = word[0] == '['};
		char *end = word + strlen(word) - 1;

		place.repeated = *end == '*';
		if (place.optional)
			place.words++;
		if (place.optional || place.repeated)
			*end = '\0';
		places[n++] = place;
	}
	return n;
}

/* Does the word stand at this place, which could be left out? */
static bool stands_at(const struct place_words *place, const char *word)
{
	size_t n = strlen(word);

	if (!strcmp(place->words, "@pages"))
		return looks_like_pages(word);
	if (!strcmp(place->words, "@number"))
		return isdigit((unsigned char)word[0]);
	if (!strcmp(place->words, "@prot"))
		return strspn(word, "rwx") == n || !strcmp(word, "none");
	for (const char *at = place->words; *at; at += strcspn(at, "|"), at += *at == '|')
		if (strcspn(at, "|") == n && !strncmp(at, word, n))
			return true;
	return false;
}

/* Adds what can stand behind these words of those that are listed. */
static void add_place(struct candidates *c, const struct known_names *known, const char *listed,
		      char *const *words, size_t n)
{
	struct place_words places[PLACES_MOST];
	char *list = xstrdup(listed), *item;
	size_t count = split_places(list, places), at = 0;

	for (size_t i = 0; i < n && at < count; i++) {
		while (at < count && places[at].optional && !stands_at(&places[at], words[i]))
			at++;
		at += at < count && !places[at].repeated;
	}
	for (bool more = true; more && at < count; at++) {
		more = places[at].optional;
		while ((item = strsep(&places[at].words, "|"))) {
			if (item[0] == '@')
				add_kind(c, known, item + 1, NULL);
			else if (strcmp(item, "."))
				add(c, item);
		}
	}
	free(list);
}

/* The row whose name the first words are, or a unique prefix of; *used: words of it. */
static const struct command_spec *row_of(char *const *words, size_t n, size_t *used)
{
	const struct command_spec *found = NULL, *in_full = NULL;
	unsigned count = 0;

	for (size_t i = 0; i < COMMANDS; i++) {
		const char *name = commands[i].name, *blank = strchr(name, ' ');
		size_t length = blank ? (size_t)(blank - name) : strlen(name);

		if (strncmp(name, words[0], strlen(words[0])) || strlen(words[0]) > length)
			continue;
		if (blank && (n < 2 || strncmp(blank + 1, words[1], strlen(words[1]))))
			continue;
		if (strlen(words[0]) == length) {
			*used = blank ? 2 : 1;
			if (blank) /* two words say more than one */
				return &commands[i];
			in_full = &commands[i];
			continue;
		}
		if (!in_full)
			*used = blank ? 2 : 1;
		found = &commands[i];
		count++;
	}
	return in_full ? in_full : count == 1 ? found : NULL;
}

char **complete_line(const struct known_names *known, const char *line, size_t point,
		     size_t *start, enum want_path *want)
{
	char *text = xstrndup(line, point), *rest = text, *word;
	struct candidates c = {0};
	const struct command_spec *row;
	char *words[32];
	size_t n = 0, used = 0;

	*want = WANT_NO_PATH;
	*start = point;
	while (*start > 0 && !strchr(" \t", line[*start - 1]))
		--*start;
	c.prefix = text + *start;
	while (n < ARRAY_SIZE(words) && (word = strsep(&rest, " \t")))
		if (*word && word < text + *start)
			words[n++] = word;
	if (n == 0) {
		add_commands(&c, NULL);
	} else {
		row = row_of(words, n, &used);
		if (n == 1)
			add_commands(&c, words[0]);
		if (row && (n >= used))
			add_place(&c, known, row->id == COMMAND_expect ? expect_places(words, n) : row->complete,
				  words + used, n - used);
		if (row && row->id == COMMAND_help && n == 2)
			add_commands(&c, words[1]);
	}
	*want = c.path;
	free(text);
	if (!c.n)
		return NULL;
	GROW(c.v, c.n, c.cap);
	c.v[c.n] = NULL;
	return c.v;
}
