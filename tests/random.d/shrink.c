/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.d/shrink.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"

/* --- what was found ---------------------------------------------------------------- */

/* The length of the word there, if it names mappings: "a", "a.0", "a.*"; else 0. */
static size_t name_length(const char *line, size_t i, size_t n)
{
	size_t end = i + 1;

	if (!isalpha((unsigned char)line[i]) || (i && line[i - 1] != ' '))
		return 0;
	if (end < n && line[end] == '.')
		for (end++; end < n && (isdigit((unsigned char)line[end]) || line[end] == '*');)
			end++;
	return end == n || line[end] == ' ' ? end - i : 0;
}

/* The line with every number, and range of them, as '#', and every name as '@'. */
static void without_numbers(const char *line, size_t n, struct buf *out)
{
	bool number = false;

	for (size_t i = 0; i < n; i++) {
		bool digit = isdigit((unsigned char)line[i]);

		if (name_length(line, i, n)) {
			buf_putc(out, '@');
			i += name_length(line, i, n) - 1;
			continue;
		}
		if (number && (digit || (line[i] == '-' && i + 1 < n &&
					 isdigit((unsigned char)line[i + 1]))))
			continue;
		number = digit && (!i || !isalpha((unsigned char)line[i - 1]));
		buf_putc(out, number ? '#' : line[i]);
	}
}

/* "random:LINE: " is where, not what. */
static const char *behind_place(const char *line)
{
	const char *colon = strchr(line, ' ');

	return colon ? colon + 1 : line;
}

static char *line_shape(const char *line)
{
	struct buf out = {0};

	line = behind_place(line);
	without_numbers(line, strcspn(line, "\n"), &out);
	return buf_take(&out);
}

char *finding_shape(const struct verdict *verdict)
{
	struct buf out = {0};

	if (verdict->kind == TRIAL_DIFFERS)
		return line_shape(verdict->differences);
	without_numbers(verdict->reason, strlen(verdict->reason), &out);
	return buf_take(&out);
}

bool shows(const struct verdict *verdict, const char *shape)
{
	const char *line = verdict->differences;
	bool found = false;

	if (verdict->kind != TRIAL_DIFFERS && verdict->kind != TRIAL_FAILED)
		return false;
	if (verdict->kind == TRIAL_FAILED) {
		char *own = finding_shape(verdict);

		found = !strcmp(own, shape);
		free(own);
	}
	while (*line && !found) {
		char *own = line_shape(line);

		found = !strcmp(own, shape);
		free(own);
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return found;
}

/* --- a scenario as lines ----------------------------------------------------------- */

struct lines {
	char **v; /* NULL: left out */
	size_t n, cap;
};

static void lines_read(struct lines *lines, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");

		GROW(lines->v, lines->n, lines->cap);
		lines->v[lines->n++] = xstrndup(text, n);
		text += n + (text[n] == '\n');
	}
}

static void lines_deinit(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->v[i]);
	free(lines->v);
	*lines = (struct lines){0};
}

struct shrinking {
	struct trial *trial;
	const struct trial_options *options;
	const char *shape;
	bool (*more)(void);
	struct lines lines;
};

/* Does it still show without lines from..to, and with `line` instead of line at? */
static bool still(struct shrinking *s, size_t from, size_t to, size_t at, const char *line)
{
	struct buf text = {0};
	bool ok;

	if (!s->more())
		return false;
	for (size_t i = 0; i < s->lines.n; i++)
		if (i < from || i >= to)
			buf_printf(&text, "%s\n", i == at && line ? line : s->lines.v[i]);
	ok = shows(trial_run(s->trial, s->options, buf_str(&text)), s->shape);
	buf_deinit(&text);
	return ok;
}

static void leave_out(struct lines *lines, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		free(lines->v[i]);
	memmove(lines->v + from, lines->v + to, (lines->n - to) * sizeof(*lines->v));
	lines->n -= to - from;
}

static bool drop_lines(struct shrinking *s)
{
	bool any = false;

	for (size_t size = s->lines.n; size; size /= 2)
		/* From the end: what comes later needs what comes before. */
		for (size_t to = s->lines.n; to; to = to > size ? to - size : 0) {
			size_t from = to > size ? to - size : 0;

			if (to > s->lines.n || to - from == s->lines.n)
				continue;
			if (!still(s, from, to, SIZE_MAX, NULL))
				continue;
			leave_out(&s->lines, from, to);
			any = true;
		}
	return any;
}

/* Does the line name that mapping (one of those, after `times`) or userfaultfd? */
static bool names(const char *line, char letter)
{
	size_t n = strlen(line);

	for (size_t i = 1; i < n; i++)
		if (line[i] == letter && name_length(line, i, n))
			return true;
	return false;
}

/* Takes these lines in place of the ones there are, if it still shows; else frees them. */
static bool take_instead(struct shrinking *s, struct lines *instead)
{
	struct lines all = s->lines;
	bool ok;

	s->lines = *instead;
	ok = still(s, 0, 0, SIZE_MAX, NULL);
	if (!ok)
		s->lines = all;
	lines_deinit(ok ? &all : instead);
	return ok;
}

/* A mapping or a userfaultfd, and all the lines that name it, in one go. */

static bool drop_names(struct shrinking *s)
{
	bool any = false;

	for (char letter = 'a'; letter <= 'z'; letter++) {
		struct lines some = {0};

		for (size_t i = 0; i < s->lines.n; i++)
			if (!names(s->lines.v[i], letter)) {
				GROW(some.v, some.n, some.cap);
				some.v[some.n++] = xstrdup(s->lines.v[i]);
			}
		if (some.n && some.n != s->lines.n)
			any |= take_instead(s, &some);
		else
			lines_deinit(&some);
	}
	return any;
}

/* --- layout ----------------------------------------------------------------------------- */

/* Where a mapping is: "vma NAME ... SIZE ... at ADDRESS". False: it has no address. */
static bool mapping_of(const char *line, uint64_t *address, uint64_t *pages)
{
	const char *at = strstr(line, " at 0x"), *size = line;

	if (strncmp(line, "vma ", 4) || !at)
		return false;
	while (*size && !(isdigit((unsigned char)*size) && size[strspn(size, "0123456789")] == 'p'))
		size++;
	*address = strtoull(at + strlen(" at "), NULL, 16);
	*pages = strtoull(size, NULL, 10);
	return *pages;
}

/* The line at another address, or of another size. */
static char *moved(const char *line, uint64_t address, uint64_t pages)
{
	uint64_t old_address, old_pages;
	struct buf out = {0}, from = {0};
	const char *size;

	mapping_of(line, &old_address, &old_pages);
	buf_printf(&from, " %" PRIu64 "p", old_pages);
	size = strstr(line, buf_str(&from));
	buf_printf(&out, "%.*s %" PRIu64 "p", (int)(size - line), line, pages);
	size += from.len;
	line = strstr(size, " at 0x") + strlen(" at 0x");
	buf_printf(&out, "%.*s at 0x%" PRIx64 "%s", (int)(strstr(size, " at 0x") - size), size, address,
		   line + strspn(line, "0123456789abcdef"));
	buf_deinit(&from);
	return buf_take(&out);
}

/*
 * Line `at` maps `less` pages less, and what is above it in the same PMD table is mapped
 * that much lower, so that what is adjacent stays so.
 */
static bool close_up(struct shrinking *s, size_t at, uint64_t less)
{
	const struct paging *paging = &s->options->around->knobs.paging;
	const unsigned shift = table_shift(paging, LEVEL_PMD);
	struct lines closed = {0};
	uint64_t start, pages;

	mapping_of(s->lines.v[at], &start, &pages);
	for (size_t i = 0; i < s->lines.n; i++) {
		const char *line = s->lines.v[i];
		uint64_t address, own;

		GROW(closed.v, closed.n, closed.cap);
		if (i == at)
			closed.v[closed.n++] = moved(line, start, pages - less);
		else if (mapping_of(line, &address, &own) && address > start && address >> shift == start >> shift)
			closed.v[closed.n++] = moved(line, address - less * page_size(paging), own);
		else
			closed.v[closed.n++] = xstrdup(line);
	}
	return take_instead(s, &closed);
}

static bool shrink_layout(struct shrinking *s)
{
	bool any = false;

	for (size_t i = 0; i < s->lines.n; i++) {
		uint64_t address, pages;

		if (!mapping_of(s->lines.v[i], &address, &pages))
			continue;
		for (uint64_t less = pages - 1; less; less /= 2)
			if (close_up(s, i, less)) {
				any = true;
				break;
			}
	}
	return any;
}

/* --- words ------------------------------------------------------------------------------ */

#define WORDS_MAX 24

struct words {
	char *v[WORDS_MAX];
	size_t n;
};

static void words_read(struct words *words, char *line)
{
	char *save, *word = strtok_r(line, " ", &save);

	for (words->n = 0; word && words->n < WORDS_MAX; word = strtok_r(NULL, " ", &save))
		words->v[words->n++] = word;
}

/* The line with another text instead of one of its words; "": without the word. */
static bool try_word(struct shrinking *s, size_t at, const struct words *words, size_t word,
		     size_t count, const char *instead)
{
	struct buf line = {0};
	bool ok;

	for (size_t i = 0; i < words->n; i++) {
		const char *text = i == word ? instead : i > word && i < word + count ? "" : words->v[i];

		if (*text)
			buf_printf(&line, "%s%s", line.len ? " " : "", text);
	}
	ok = strcmp(buf_str(&line), s->lines.v[at]) && still(s, 0, 0, at, buf_str(&line));
	if (ok) {
		free(s->lines.v[at]);
		s->lines.v[at] = buf_take(&line);
	}
	buf_deinit(&line);
	return ok;
}

static bool is_size(const char *word)
{
	size_t n = strspn(word, "0123456789");

	return n && word[n] == 'p' && !word[n + 1];
}

static bool is_pages(const char *word)
{
	return isdigit((unsigned char)*word) && strspn(word, "0123456789,-") == strlen(word);
}

static bool smaller_size(struct shrinking *s, size_t at, const struct words *words, size_t word)
{
	const unsigned huge = (unsigned)ptrs_per_table(&s->options->around->knobs.paging);
	const unsigned sizes[] = {1, 2, 4, 8, 16, 32, huge, 2 * huge};
	unsigned long now = strtoul(words->v[word], NULL, 10);

	for (size_t i = 0; i < ARRAY_SIZE(sizes) && sizes[i] < now; i++) {
		char text[24];

		snprintf(text, sizeof(text), "%up", sizes[i]);
		if (try_word(s, at, words, word, 1, text))
			return true;
	}
	return false;
}

/* One range instead of several, and its first or last page or half instead of all of it. */
static bool fewer_pages(struct shrinking *s, size_t at, const struct words *words, size_t word)
{
	const char *range = words->v[word];
	bool several = strchr(range, ',');

	for (; *range; range += *range == ',') {
		size_t n = strcspn(range, ",");
		char *dash, text[64];
		unsigned long first = strtoul(range, &dash, 10), last = first;
		unsigned long tries[][2] = {{0, 0}, {first, first}, {0, 0}, {0, 0}};
		size_t count = 2;

		if (*dash == '-')
			last = strtoul(dash + 1, NULL, 10);
		snprintf(text, sizeof(text), "%.*s", (int)n, range);
		if (several && try_word(s, at, words, word, 1, text))
			return true;
		if (last > first) {
			tries[2][0] = tries[2][1] = last;
			tries[3][0] = first;
			tries[3][1] = first + (last - first) / 2;
			count = 4;
		}
		for (size_t i = first ? 0 : 1; i < count; i++) {
			unsigned long from = tries[i][0], to = tries[i][1];

			if (from == first && to == last)
				continue;
			snprintf(text, sizeof(text), from == to ? "%lu" : "%lu-%lu", from, to);
			if (try_word(s, at, words, word, 1, text))
				return true;
		}
		range += n;
	}
	return false;
}

/* An address goes, or becomes rounder. */
static bool simpler_address(struct shrinking *s, size_t at, const struct words *words, size_t word)
{
	static const char *const simple[] = {"0x10000000000", "0x10040000000", "0x10080000000"};

	if (try_word(s, at, words, word - 1, 2, ""))
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(simple) && strcmp(words->v[word], simple[i]); i++)
		if (try_word(s, at, words, word, 1, simple[i]))
			return true;
	return false;
}

/* Does this word come with the next one? */
static bool is_pair(const char *word)
{
	return !strcmp(word, "of") || !strcmp(word, "from") || !strcmp(word, "times");
}

static bool smaller_word(struct shrinking *s, size_t at, const struct words *words, size_t word)
{
	const char *text = words->v[word];

	if (is_pair(text))
		return try_word(s, at, words, word, 2, "");

	if (!strncmp(text, "0x", 2) && word)
		return simpler_address(s, at, words, word);
	if (is_size(text))
		return smaller_size(s, at, words, word);
	/* Without pages it would be all of them. */
	if (is_pages(text))
		return fewer_pages(s, at, words, word);
	if (try_word(s, at, words, word, 1, ""))
		return true;
	if (!strcmp(text, "exec"))
		return try_word(s, at, words, word, 1, "exit");
	return false;
}

static bool shrink_words(struct shrinking *s)
{
	bool any = false;

	for (size_t at = 0; at < s->lines.n; at++)
		for (size_t word = 1;; word++) {
			char *copy = xstrdup(s->lines.v[at]);
			struct words words;
			bool end, did;

			words_read(&words, copy);
			end = word >= words.n;
			did = !end && smaller_word(s, at, &words, word);
			free(copy);
			if (end)
				break;
			any |= did;
			word -= did; /* the same place again: there is another word now */
		}
	return any;
}

char *shrink(struct trial *trial, const struct trial_options *options, const char *text,
	     const char *shape, bool (*more)(void))
{
	struct shrinking s = {trial, options, shape, more, {0}};
	struct buf out = {0};
	bool smaller = true;

	lines_read(&s.lines, text);
	while (smaller && more()) {
		smaller = drop_lines(&s);
		smaller |= drop_names(&s);
		smaller |= shrink_layout(&s);
		smaller |= shrink_words(&s);
	}
	for (size_t i = 0; i < s.lines.n; i++)
		buf_printf(&out, "%s\n", s.lines.v[i]);
	lines_deinit(&s.lines);
	return buf_take(&out);
}
