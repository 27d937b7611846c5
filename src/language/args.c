/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading one word after the other: names, sizes, pages, words of a vocabulary. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"

#define NAME_MAX_LENGTH 64
#define PAGE_RANGES_MAX 1000000

struct word *parser_peek(const struct parser *p)
{
	const struct line *line = &p->command->line;

	return p->at < line->n ? &line->words[p->at] : NULL;
}

bool parser_fail(struct parser *p, unsigned word, const char *format, ...)
{
	const struct line *line = &p->command->line;
	struct word at;
	va_list args;

	*p->error = (struct vf_error){0};
	va_start(args, format);
	vsnprintf(p->error->message, sizeof(p->error->message), format, args);
	va_end(args);
	if (word < line->n) {
		at = line->words[word];
	} else { /* what is missing would stand behind the last word */
		at = line->words[line->n - 1];
		at.col += at.width + 1;
		at.width = 1;
	}
	reader_point(p->reader, &at, p->error);
	return false;
}

/* The text of a word for a message: not longer than one wants to read. */
static const char *shown(const struct word *word, char buffer[44])
{
	snprintf(buffer, 44, "%.40s%s", word->text, strlen(word->text) > 40 ? "..." : "");
	return buffer;
}

static void hint_usage(struct parser *p)
{
	const struct command_spec *spec = p->command->spec;

	if (strlen(spec->synopsis) < 120)
		vf_error_hint(p->error, "usage: %s%s%s", spec->name, spec->synopsis[0] ? " " : "",
			      spec->synopsis);
	else
		vf_error_hint(p->error, "help %s shows its forms", spec->name);
}

/* "expected X" or, behind the end, "X is missing". */
static bool expected(struct parser *p, const char *what)
{
	const struct word *word = parser_peek(p);
	char text[44];

	if (!word) {
		parser_fail(p, p->at, "%s: %s is missing", p->command->spec->name, what);
		hint_usage(p);
		return false;
	}
	return parser_fail(p, p->at, "expected %s, got '%s'", what, shown(word, text));
}

bool parse_end(struct parser *p)
{
	char text[44];

	if (!parser_peek(p))
		return true;
	parser_fail(p, p->at, "unexpected word '%s'", shown(parser_peek(p), text));
	hint_usage(p);
	return false;
}

/* --- vocabularies ----------------------------------------------------------------- */

/* Index of the word, or of the only one it is a prefix of (prompt); -1: none; -2: several. */
static int lookup(const struct parser *p, const struct vocabulary *vocab, const char *text)
{
	size_t len = strlen(text);
	int found = -1;

	for (size_t i = 0; i < vocab->n; i++)
		if (!strcmp(text, vocab->words[i]))
			return (int)i;
	for (size_t i = 0; p->prompt && len && i < vocab->n; i++)
		if (!strncmp(text, vocab->words[i], len)) {
			if (found >= 0)
				return -2;
			found = (int)i;
		}
	return found;
}

static void accept(struct parser *p, const char *full)
{
	struct word *word = parser_peek(p);

	if (strcmp(word->text, full)) {
		free(word->text);
		word->text = xstrdup(full);
	}
	p->at++;
}

bool maybe_vocab(struct parser *p, const struct vocabulary *vocab, int *which)
{
	const struct word *word = parser_peek(p);
	int i = word ? lookup(p, vocab, word->text) : -1;

	if (i < 0)
		return false;
	*which = i;
	accept(p, vocab->words[i]);
	return true;
}

/* A vocabulary of that one word. */
static bool take_literal(struct parser *p, const char *literal,
			 bool (*take)(struct parser *p, const struct vocabulary *vocab, int *which))
{
	const char *const words[] = {literal};
	const struct vocabulary vocab = {literal, words, 1};
	int which;

	return take(p, &vocab, &which);
}

bool maybe_word(struct parser *p, const char *literal)
{
	return take_literal(p, literal, maybe_vocab);
}

bool parse_word(struct parser *p, const char *literal)
{
	return take_literal(p, literal, parse_vocab);
}

bool parse_vocab(struct parser *p, const struct vocabulary *vocab, int *which)
{
	const struct word *word = parser_peek(p);
	struct buf words = {0};
	const char *near;
	int i;

	if (!word)
		return expected(p, vocab->name);
	if (maybe_vocab(p, vocab, which))
		return true;
	i = lookup(p, vocab, word->text);
	near = nearest_word(word->text, vocab->words, vocab->n);
	expected(p, vocab->name);
	for (size_t w = 0; w < vocab->n; w++)
		if (i != -2 || !strncmp(word->text, vocab->words[w], strlen(word->text)))
			buf_printf(&words, "%s%s", words.len ? " " : "", vocab->words[w]);
	if (i == -2)
		vf_error_hint(p->error, "'%.20s' could be: %.200s", word->text, buf_str(&words));
	else if (near)
		vf_error_hint(p->error, "did you mean '%s'?", near);
	else
		vf_error_hint(p->error, "one of: %.240s", buf_str(&words));
	buf_deinit(&words);
	return false;
}

bool hint_near(struct parser *p, const struct vocabulary *vocab)
{
	const struct word *word = parser_peek(p);
	const char *near = word ? nearest_word(word->text, vocab->words, vocab->n) : NULL;

	if (near)
		vf_error_hint(p->error, "did you mean '%s'?", near);
	return false;
}

/* --- names ---------------------------------------------------------------------------- */

bool parse_name(struct parser *p, unsigned *number)
{
	const struct word *word = parser_peek(p);
	size_t length;

	if (!word)
		return expected(p, "a name");
	length = strlen(word->text);
	for (const char *c = word->text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-.", *c))
			return expected(p, "a name of letters, digits, '_', '-' and '.'");
	if (!length)
		return expected(p, "a name");
	if (length > NAME_MAX_LENGTH)
		return parser_fail(p, p->at, "this name has %zu characters; the limit is %d", length,
				   NAME_MAX_LENGTH);
	*number = p->at++;
	return true;
}

bool parse_new_name(struct parser *p, unsigned *number)
{
	const struct word *word = parser_peek(p);

	if (!parse_name(p, number))
		return false;
	if (reserved_word(word->text)) {
		p->at--;
		return parser_fail(p, *number, "'%s' is a word of the language and cannot be a name",
				   word->text);
	}
	return true;
}

bool parse_text(struct parser *p, unsigned *number)
{
	if (!parser_peek(p))
		return expected(p, "a text in quotes");
	*number = p->at++;
	return true;
}

bool parse_any(struct parser *p, unsigned *number, const char *what)
{
	if (!parser_peek(p))
		return expected(p, what);
	*number = p->at++;
	return true;
}

/* --- numbers ---------------------------------------------------------------------------- */

/* Decimal or 0x hex; *end is set behind it. False: no number, or too large. */
static bool scan_number(const char *s, const char **end, uint64_t *value)
{
	char *stop;
	int base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;

	if (!isdigit((unsigned char)*s) || (base == 16 && !isxdigit((unsigned char)s[2])))
		return false;
	errno = 0;
	*value = strtoull(s, &stop, base);
	*end = stop;
	return errno == 0;
}

bool parse_number(struct parser *p, uint64_t *number)
{
	const struct word *word = parser_peek(p);
	const char *end;

	if (!word || !scan_number(word->text, &end, number) || *end)
		return expected(p, "a number");
	p->at++;
	return true;
}

bool parse_real(struct parser *p, double *real)
{
	const struct word *word = parser_peek(p);
	char *end;

	if (!word || !isdigit((unsigned char)word->text[0]))
		return expected(p, "a number");
	*real = strtod(word->text, &end);
	if (*end || !(*real <= 86400))
		return expected(p, "a number up to 86400");
	p->at++;
	return true;
}

bool parse_size(struct parser *p, uint64_t *bytes)
{
	static const struct {
		char unit;
		unsigned shift;
	} units[] = {{'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}, {'p', 12}};
	const struct word *word = parser_peek(p);
	const char *end;
	unsigned shift = 0;

	if (!word || !scan_number(word->text, &end, bytes))
		return expected(p, "a size such as 4096, 64K, 2M, 1G, 1T or 16p");
	for (size_t i = 0; *end && i < ARRAY_SIZE(units); i++)
		if (*end == units[i].unit) {
			shift = units[i].shift;
			end++;
			break;
		}
	if (*end)
		return expected(p, "a size such as 4096, 64K, 2M, 1G, 1T or 16p");
	if (*bytes > UINT64_MAX >> shift)
		return parser_fail(p, p->at, "this size does not fit in 64 bits");
	*bytes <<= shift;
	if (*bytes == 0)
		return parser_fail(p, p->at, "the size must not be 0");
	p->at++;
	return true;
}

/* --- pages --------------------------------------------------------------------------------- */

bool looks_like_pages(const char *word)
{
	return isdigit((unsigned char)word[0]) || !strcmp(word, "all");
}

static int by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorts and joins a list that was written down in any order. */
static void normalize(struct ranges *pages)
{
	size_t n = 0;

	qsort(pages->v, pages->n, sizeof(*pages->v), by_first);
	for (size_t i = 0; i < pages->n; i++) {
		struct range *last = n ? &pages->v[n - 1] : NULL;

		if (last && pages->v[i].first <= last->last + 1) {
			if (pages->v[i].last > last->last)
				last->last = pages->v[i].last;
		} else {
			pages->v[n++] = pages->v[i];
		}
	}
	pages->n = n;
}

bool parse_pages(struct parser *p, bool optional)
{
	static const char what[] = "pages such as 3, 0-3, 0-3,8,12-15 or all";
	struct args *args = &p->command->args;
	const struct word *word = parser_peek(p);
	const char *s;

	args->all_pages = true;
	if (!word || !looks_like_pages(word->text)) {
		if (optional)
			return true;
		return expected(p, what);
	}
	args->pages_word = p->at;
	args->all_pages = !strcmp(word->text, "all");
	for (s = word->text; !args->all_pages;) {
		struct range r;

		if (!scan_number(s, &s, &r.first))
			return expected(p, what);
		r.last = r.first;
		if (*s == '-' && !scan_number(s + 1, &s, &r.last))
			return expected(p, what);
		if (r.last < r.first)
			return parser_fail(p, p->at, "the range %" PRIu64 "-%" PRIu64 " ends before it starts", r.first,
					   r.last);
		if (r.last > UINT64_MAX >> PAGE_SHIFT)
			return parser_fail(p, p->at, "page %" PRIu64 " does not exist", r.last);
		if (args->pages.n == PAGE_RANGES_MAX)
			return parser_fail(p, p->at, "more than a million ranges of pages");
		GROW(args->pages.v, args->pages.n, args->pages.cap);
		args->pages.v[args->pages.n++] = r;
		if (!*s)
			break;
		if (*s++ != ',')
			return expected(p, what);
	}
	if (!args->all_pages)
		normalize(&args->pages);
	p->at++;
	return true;
}

bool parse_prot(struct parser *p, bool optional)
{
	const struct word *word = parser_peek(p);
	unsigned prot = 0;

	if (optional && (!word || (strcmp(word->text, "none") &&
				   (strspn(word->text, "rwx-") != strlen(word->text) ||
				    (word->text[0] == '-' && word->text[1])))))
		return true;
	if (!word)
		return expected(p, "letters of rwx, or none");
	if (strcmp(word->text, "none") && strcmp(word->text, "-"))
		for (const char *c = word->text; *c; c++) {
			unsigned bit = *c == 'r'   ? MODEL_PROT_READ
				       : *c == 'w' ? MODEL_PROT_WRITE
				       : *c == 'x' ? MODEL_PROT_EXEC
						   : 0;

			if (!bit || prot & bit)
				return expected(p, "letters of rwx, or none");
			prot |= bit;
		}
	p->command->args.mmap.prot = prot;
	p->at++;
	return true;
}

/* --- states and attributes ------------------------------------------------------------ */

bool parse_state_list(struct parser *p, bool state_required)
{
	struct args *args = &p->command->args;
	const struct word *word = parser_peek(p);
	struct buf full = {0};
	char *list, *item, *rest;
	bool ok = true;

	if (!word)
		return expected(p, "a state such as present, then attributes: present,write");
	args->state = -1;
	args->attrs = 0;
	list = rest = xstrdup(word->text);
	for (bool first = true; ok && (item = strsep(&rest, ",")); first = false) {
		int state = first ? lookup(p, &vocab_state, item) : -1;
		int attr = state < 0 ? lookup(p, &vocab_attr, item) : -1;
		const char *names[PTE_STATES + PTE_ATTRS], *near;
		size_t n = 0;

		if (state >= 0) {
			args->state = state;
		} else if (attr >= 0 && !(first && state_required)) {
			args->attrs |= (uint16_t)(1u << attr);
		} else {
			for (int i = 0; first && i < PTE_STATES; i++)
				names[n++] = pte_state_names[i];
			for (int i = 0; !(first && state_required) && i < PTE_ATTRS; i++)
				names[n++] = pte_attr_names[i];
			near = nearest_word(item, names, n);
			ok = parser_fail(p, p->at, "'%.40s' is not %s", item,
					 !first		  ? "an attribute of an entry"
					 : state_required ? "a state of an entry"
							  : "a state or an attribute of an entry");
			if (near)
				vf_error_hint(p->error, "did you mean '%s'?", near);
			else
				vf_error_hint(p->error, "states: none present swap migration device-private "
							"device-exclusive marker hwpoison zero huge; attributes: "
							"write dirty young soft-dirty uffd-wp exclusive special "
							"pinned guard poison");
			break;
		}
		buf_printf(&full, "%s%s", first ? "" : ",",
			   state >= 0 ? pte_state_names[state] : pte_attr_names[attr]);
	}
	free(list);
	if (ok)
		accept(p, buf_str(&full));
	buf_deinit(&full);
	return ok;
}
