/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Completion: the grammar knows what may come next, and the session knows the names. */
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
	int process; /* who carries the command out */
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
	const struct machine *m = known->machine;
	const struct mm *mm = c->process == PROCESS_CHILD && m->child ? m->child : m->parent;
	const struct name *name;
	uint64_t at = 0;

	for (size_t i = 0; i < 1000 && (name = mm_next_name(mm, &at)); i++)
		add(c, name->text);
}

static void add_contexts(struct candidates *c, const struct known_names *known)
{
	const struct machine *m = known->machine;
	const struct mm *mm = c->process == PROCESS_CHILD && m->child ? m->child : m->parent;

	for (int list = 0; list < 2; list++)
		for (const struct uffd_ctx *ctx = list ? m->inherited : m->contexts; ctx; ctx = ctx->next)
			if (ctx->mm == mm && !ctx->closed)
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
	if (signs && !c->prefix[0]) { /* all of them would hide the other completions */
		add(c, "+");
		add(c, "-");
	}
}

/* Whole, with their quotes. */
static void add_clauses(struct candidates *c, uint64_t flags)
{
	static const char *const sides[] = {"src", "dst"};

	for (; flags; flags &= flags - 1)
		for (size_t i = 0; i < ARRAY_SIZE(sides); i++) {
			struct buf word = {0};

			buf_printf(&word, "\"%s %s\"", sides[i], vm_flag_of(flags)->name);
			add(c, buf_str(&word));
			buf_deinit(&word);
		}
}

/* STATE[,ATTR]...: keeps the text before the last comma. */
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

/* SPEC/MACHINE, behind the slash: what stands before it is complete. */
static void add_machines(struct candidates *c, const struct known_names *known)
{
	size_t before = strcspn(c->prefix, "/");
	bool is_kernel = spec_is_version(c->prefix);

	for (size_t i = 0; i < known->kernel_count; i++)
		is_kernel |= strlen(known->kernels[i]) == before && !strncmp(known->kernels[i], c->prefix, before);
	for (int arch = 0; is_kernel && arch < ARCHES; arch++) {
		struct buf word = {0};

		buf_printf(&word, "%.*s/%s", (int)before, c->prefix, arch_names[arch]);
		if (arch != ARCH_X86_64) /* which is meant without a word */
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
	if (strchr(c->prefix, '/'))
		add_machines(c, known);
	if (strchr(c->prefix, '/') || c->prefix[0] == '.')
		c->path = WANT_FILE;
}

/* Which rows are offered. */
enum offer { OFFER_ALL, OFFER_BUILD_STEPS, OFFER_SOLUTION_STEPS, OFFER_OF_PROCESS };

static bool is_offered(const struct command_spec *spec, enum offer offer)
{
	switch (offer) {
	case OFFER_OF_PROCESS:
		return spec->by != BY_PARENT;
	case OFFER_BUILD_STEPS:
		return spec->builds && spec->by != BY_NAMED;
	case OFFER_SOLUTION_STEPS:
		return command_solves(spec) && spec->by != BY_NAMED;
	default:
		return spec->by != BY_NAMED;
	}
}

static void add_processes(struct candidates *c)
{
	for (int process = PROCESS_PARENT; process <= PROCESS_CHILD; process++)
		add(c, process_names[process]);
}

/* Their first words; or, behind a first word, the second ones. */
static void add_commands(struct candidates *c, const char *first, enum offer offer)
{
	if (!first && offer != OFFER_OF_PROCESS)
		add_processes(c);
	for (size_t i = 0; i < COMMANDS; i++) {
		const char *name = commands[i].name, *blank = strchr(name, ' ');
		size_t n = blank ? (size_t)(blank - name) : strlen(name);

		if (!is_offered(&commands[i], offer))
			continue;
		if (!first) {
			char *word = xstrndup(name, n);

			add(c, word);
			free(word);
		} else if (blank && strlen(first) == n && !strncmp(first, name, n)) {
			add(c, blank + 1);
		}
	}
}

static void add_kind(struct candidates *c, const struct known_names *known,
		     const struct grammar_symbol *symbol, const char *first)
{
	const struct terminal_row *row = &terminals[symbol->terminal];
	int process;

	if (symbol->literal)
		add(c, symbol->literal);
	if (row->vocabulary)
		add_vocab(c, row->vocabulary);
	for (const char *word = row->words; word && *word; word += strlen(word) + 1)
		add(c, word);
	switch (row->completion) {
	case COMPLETE_VMAS:
		add_vmas(c, known);
		break;
	case COMPLETE_CONTEXTS:
		add_contexts(c, known);
		break;
	case COMPLETE_SET_FLAGS:
		add_flags(c, true);
		break;
	case COMPLETE_REASONS:
		add(c, "anon_vma");
		add(c, "none");
		add_flags(c, false);
		break;
	case COMPLETE_FLAGS:
		add_flags(c, false);
		break;
	case COMPLETE_CLAUSES:
		add_clauses(c, known->clause_flags);
		break;
	case COMPLETE_KERNELS:
		add_kernels(c, known);
		break;
	case COMPLETE_COMMANDS:
		if (first && command_process(first, true, &process))
			add_commands(c, NULL, OFFER_OF_PROCESS);
		else
			add_commands(c, first, OFFER_ALL);
		break;
	case COMPLETE_BUILD_STEP:
		add_commands(c, NULL, OFFER_BUILD_STEPS);
		break;
	case COMPLETE_SOLUTION_STEP:
		add_commands(c, NULL, OFFER_SOLUTION_STEPS);
		break;
	case COMPLETE_ENTRIES:
		add_list(c, &vocab_state);
		break;
	case COMPLETE_STATES:
		add_list(c, &vocab_state);
		add_list(c, &vocab_attr);
		break;
	case COMPLETE_FILES:
		c->path = WANT_FILE;
		break;
	case COMPLETE_FOLDERS:
		c->path = WANT_FOLDER;
		break;
	case COMPLETE_NOTHING:
	case COMPLETE_WORDS:
		break;
	}
}

/* The first of the words that are a command of their own, and which it can be; match.n: none is. */
static size_t inner_step(const struct match *match, enum offer *offer)
{
	for (size_t i = 0; i < match->n; i++) {
		enum terminal terminal = match->words[i]->terminal;

		*offer = terminal == TERMINAL_BUILD_STEP ? OFFER_BUILD_STEPS : OFFER_SOLUTION_STEPS;
		if (terminal == TERMINAL_BUILD_STEP || terminal == TERMINAL_SOLUTION_STEP)
			return i;
	}
	return match->n;
}

/* A row that may be named where only these are offered, whoever carries it out. */
static bool may_follow(const struct command_spec *row, enum offer offer)
{
	return (offer != OFFER_BUILD_STEPS && offer != OFFER_SOLUTION_STEPS) || row->by == BY_NAMED ||
	       is_offered(row, offer);
}

/* Adds what may follow these words, the first of which name a command. */
static void add_following(struct candidates *c, const struct known_names *known,
			  const struct word *words, size_t n, enum offer offer)
{
	size_t used = 0;
	const struct command_spec *row = command_lookup(words, n, true, &used);
	struct match match;
	bool named = command_process(words[0].text, true, &c->process);
	enum offer inner;

	if (n == 1)
		add_commands(c, words[0].text, offer);
	if (n == 1 && named)
		add_commands(c, NULL, OFFER_OF_PROCESS);
	if (!row || n < used || !may_follow(row, offer))
		return;
	grammar_match(command_grammar(row), words + used, n - used, true, &match);
	if (inner_step(&match, &inner) < match.n) {
		used += inner_step(&match, &inner);
		match_deinit(&match);
		add_following(c, known, words + used, n - used, inner);
		return;
	}
	for (size_t i = 0; match.result != MATCH_WRONG && i < match.expected_count; i++)
		add_kind(c, known, match.expected[i], n > used ? words[n - 1].text : NULL);
	match_deinit(&match);
}

/*
 * Cuts a line into words; those in quotes have no backslashes here, as they are only counted. Returns
 * where the last one begins that is not behind a blank: it is to be completed, and no word of these.
 */
static char *cut_words(char *text, struct word *words, size_t most, size_t *n)
{
	for (*n = 0;;) {
		bool quoted;
		char *end;

		text += strspn(text, " \t");
		quoted = *text == '"';
		end = quoted ? strchr(text + 1, '"') : text + strcspn(text, " \t");
		if (!end || !*end || (quoted && !end[1]))
			return text;
		*end = '\0';
		if (*n < most)
			words[(*n)++] = (struct word){.text = text + quoted, .quoted = quoted};
		text = end + 1;
	}
}

char **complete_line(const struct known_names *known, const char *line, size_t point,
		     size_t *start, enum want_path *want)
{
	char *text = xstrndup(line, point);
	struct candidates c = {0};
	struct word words[64] = {{0}};
	size_t n = 0;

	*want = WANT_NO_PATH;
	c.prefix = cut_words(text, words, ARRAY_SIZE(words), &n);
	*start = (size_t)(c.prefix - text);
	if (n)
		add_following(&c, known, words, n, OFFER_ALL);
	else
		add_commands(&c, NULL, OFFER_ALL);
	*want = c.path;
	free(text);
	if (!c.n)
		return NULL;
	GROW(c.v, c.n, c.cap);
	c.v[c.n] = NULL;
	return c.v;
}
