/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/grammar.h"

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/*
 * Thompson's construction: a state takes one word, or forks into two that take none.
 * NOWHERE is filled in later.
 */
enum state_kind { TAKES_WORD, FORKS, ACCEPTS };
#define NOWHERE UINT16_MAX

struct state {
	enum state_kind kind;
	struct grammar_symbol symbol;
	uint16_t next, other; /* other: of FORKS, the second choice */
	uint32_t once;	      /* a path that comes here again ends: its bit, or 0 */
};

struct grammar {
	struct state *states;
	size_t n, cap;
	uint16_t start;
	unsigned once; /* bits that are given to states */
};

/* --- from text to states ------------------------------------------------------------------ */

/* A part of the automaton: where it begins, and the state whose `next` leads out of it. */
struct part {
	uint16_t start, end;
};

struct compiler {
	struct grammar *grammar;
	const char *at;
};

static uint16_t add_state(struct grammar *g, struct state state)
{
	assert(g->n < NOWHERE);
	GROW(g->states, g->n, g->cap);
	g->states[g->n] = state;
	return (uint16_t)g->n++;
}

/* A state that forks, and takes the first way if that leads somewhere. */
static uint16_t add_fork(struct grammar *g, uint16_t first, uint16_t second)
{
	return add_state(g, (struct state){.kind = FORKS, .next = first, .other = second});
}

/* One that only leads on, as the end of a part: a fork with one way. */
static uint16_t add_joint(struct grammar *g)
{
	return add_fork(g, NOWHERE, NOWHERE);
}

static struct part alternatives(struct compiler *c);

static void skip_blanks(struct compiler *c)
{
	c->at += strspn(c->at, " ");
}

static bool take(struct compiler *c, const char *token)
{
	size_t n = strlen(token);

	skip_blanks(c);
	if (strncmp(c->at, token, n))
		return false;
	c->at += n;
	return true;
}

/* A literal or a terminal. */
static struct part one_word(struct compiler *c)
{
	size_t n = strcspn(c->at, " []()|&.");
	char *text = xstrndup(c->at, n);
	struct state state = {.kind = TAKES_WORD, .next = NOWHERE, .other = NOWHERE};
	uint16_t at;

	assert(n);
	if (isupper((unsigned char)text[0])) {
		state.symbol.terminal = terminal_by_name(text);
		assert(state.symbol.terminal != TERMINAL_LITERAL);
		free(text);
	} else {
		state.symbol = (struct grammar_symbol){TERMINAL_LITERAL, text};
	}
	c->at += n;
	at = add_state(c->grammar, state);
	return (struct part){at, at};
}

static struct part optional(struct grammar *g, struct part part)
{
	uint16_t end = add_joint(g), start = add_fork(g, part.start, end);

	g->states[part.end].next = end;
	return (struct part){start, end};
}

static struct part repeated(struct grammar *g, struct part part)
{
	uint16_t end = add_joint(g), again = add_fork(g, part.start, end);

	g->states[part.end].next = again;
	return (struct part){part.start, end};
}

static struct part item(struct compiler *c)
{
	struct part part;

	if (take(c, "[")) {
		part = optional(c->grammar, alternatives(c));
		assert(*c->at == ']');
		c->at++;
	} else if (take(c, "(")) {
		part = alternatives(c);
		assert(*c->at == ')');
		c->at++;
	} else {
		part = one_word(c);
	}
	return take(c, "...") ? repeated(c->grammar, part) : part;
}

/* One that a path passes once. */
static uint16_t add_once(struct grammar *g, uint16_t next)
{
	uint16_t at = add_fork(g, next, NOWHERE);

	assert(g->once < 32);
	g->states[at].once = UINT32_C(1) << g->once++;
	return at;
}

/* `first` and what follows it behind `&`: each part is led to from one place, and leads back. */
static struct part any_order(struct compiler *c, struct part first)
{
	struct grammar *g = c->grammar;
	uint16_t hub = add_joint(g), end = add_joint(g), at = hub;

	for (struct part part = first;; part = item(c)) {
		uint16_t once = add_once(g, part.start), more = add_joint(g);

		g->states[at].next = once;
		g->states[at].other = more;
		g->states[part.end].next = hub;
		at = more;
		if (!take(c, "&"))
			break;
	}
	g->states[at].next = end;
	return (struct part){hub, end};
}

static struct part sequence(struct compiler *c)
{
	struct part whole = {NOWHERE, NOWHERE};

	for (skip_blanks(c); *c->at && !strchr("|])", *c->at); skip_blanks(c)) {
		struct part next = item(c);

		if (*c->at == '&')
			next = any_order(c, next);
		if (whole.start == NOWHERE)
			whole.start = next.start;
		else
			c->grammar->states[whole.end].next = next.start;
		whole.end = next.end;
	}
	if (whole.start == NOWHERE) /* no words */
		whole.start = whole.end = add_joint(c->grammar);
	return whole;
}

static struct part alternatives(struct compiler *c)
{
	struct part whole = sequence(c);

	while (take(c, "|")) {
		struct part next = sequence(c);
		uint16_t end = add_joint(c->grammar);

		c->grammar->states[whole.end].next = end;
		c->grammar->states[next.end].next = end;
		whole = (struct part){add_fork(c->grammar, whole.start, next.start), end};
	}
	return whole;
}

struct grammar *grammar_create(const char *text)
{
	struct grammar *g = xcalloc(1, sizeof(*g));
	struct compiler c = {g, text};
	struct part whole = alternatives(&c);
	uint16_t accept = add_state(g, (struct state){.kind = ACCEPTS, .next = NOWHERE});

	assert(!*c.at);
	g->states[whole.end].next = accept;
	g->start = whole.start;
	return g;
}

void grammar_free(struct grammar *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n; i++)
		free(g->states[i].symbol.literal);
	free(g->states);
	free(g);
}

/* --- following words ------------------------------------------------------------------------ */

/* A path through the automaton, up to this word. */
struct thread {
	uint16_t state; /* that takes the word */
	uint8_t fit;	/* how well the word fits it */
	uint32_t once;	/* bits of the states that it has passed, and cannot again */
	size_t from;	/* the thread that it continues, as an index in `threads` */
};

struct follower {
	const struct grammar *grammar;
	struct thread *threads; /* those of all words, one word after the other */
	size_t n, cap;
	bool *seen; /* states reached before the word in question */
	bool may_end;
	size_t end_from; /* the thread after which the command may end: the first one */
};

enum { NO_THREAD = 0 }; /* threads[0] has taken no word */

/* How well a word is that symbol. */
static enum fit symbol_fit(const struct grammar_symbol *symbol, const struct word *word, bool short_words)
{
	if (symbol->terminal != TERMINAL_LITERAL)
		return terminal_fit(symbol->terminal, word, short_words);
	if (word->quoted)
		return FIT_NONE;
	return word_fit(symbol->literal, word->text, short_words);
}

/*
 * Adds the states that take a word and can be reached from `state` without one. Of two paths
 * that lead to one state the first stays, whatever else they passed.
 */
static void reach(struct follower *f, uint16_t state, size_t from, uint32_t once)
{
	const struct state *s = &f->grammar->states[state];

	if (state == NOWHERE || f->seen[state] || s->once & once)
		return;
	f->seen[state] = true;
	if (s->kind == FORKS) {
		reach(f, s->next, from, once | s->once);
		reach(f, s->other, from, once | s->once);
	} else if (s->kind == ACCEPTS) {
		f->may_end = true;
	} else {
		GROW(f->threads, f->n, f->cap);
		f->threads[f->n++] = (struct thread){state, FIT_NONE, once, from};
	}
}

/* The same from where a thread's word leads. */
static void reach_behind(struct follower *f, size_t thread)
{
	const struct thread *t = &f->threads[thread];

	reach(f, thread == NO_THREAD ? f->grammar->start : f->grammar->states[t->state].next, thread,
	      t->once);
}

/* Of the threads [begin, end) those that take the word stay; the value is their new end. */
static size_t keep_fitting(struct follower *f, size_t begin, size_t end, const struct word *word,
			   bool short_words)
{
	size_t kept = begin;

	for (size_t i = begin; i < end; i++) {
		struct thread *t = &f->threads[i];

		t->fit = symbol_fit(&f->grammar->states[t->state].symbol, word, short_words);
		if (t->fit != FIT_NONE)
			f->threads[kept++] = *t;
	}
	return kept;
}

static bool same_symbol(const struct grammar_symbol *a, const struct grammar_symbol *b)
{
	return a->terminal == b->terminal && (!a->literal || !strcmp(a->literal, b->literal));
}

/* Notes what the threads [begin, end) wait for. */
static void note_expected(const struct follower *f, size_t begin, size_t end, struct match *match)
{
	match->expected = xcalloc(end - begin + 1, sizeof(*match->expected));
	for (size_t i = begin; i < end; i++) {
		const struct grammar_symbol *symbol = &f->grammar->states[f->threads[i].state].symbol;
		size_t k = 0;

		while (k < match->expected_count && !same_symbol(match->expected[k], symbol))
			k++;
		if (k == match->expected_count)
			match->expected[match->expected_count++] = symbol;
	}
}

/*
 * Does thread a fit its words better than b, up to the last one of both, number `word`? The
 * first word at which they fit differently decides. *differ: the first that they take for
 * something else.
 */
static int compare_threads(const struct follower *f, size_t a, size_t b, size_t word, size_t *differ)
{
	int better = 0;

	for (; a != b; a = f->threads[a].from, b = f->threads[b].from, word--) {
		const struct thread *x = &f->threads[a], *y = &f->threads[b];

		assert(word);
		if (x->fit != y->fit)
			better = x->fit > y->fit ? 1 : -1;
		if (x->state != y->state)
			*differ = word - 1;
	}
	return better;
}

/* Puts better threads first: where two lead to one state, the first stays. */
static void order(struct follower *f, size_t begin, size_t end, size_t word)
{
	for (size_t i = begin + 1; i < end; i++)
		for (size_t k = i, ignored = 0;
		     k > begin && compare_threads(f, k, k - 1, word, &ignored) > 0; k--) {
			struct thread t = f->threads[k];

			f->threads[k] = f->threads[k - 1];
			f->threads[k - 1] = t;
		}
}

/* Can the command end after this thread's word? */
static bool ends(struct follower *f, size_t thread)
{
	size_t n = f->n;

	memset(f->seen, 0, f->grammar->n * sizeof(*f->seen));
	f->may_end = false;
	reach_behind(f, thread);
	f->n = n;
	return f->may_end;
}

/* Notes what the n words of this thread are. */
static void note_words(const struct follower *f, size_t thread, size_t n, struct match *match)
{
	match->words = xcalloc(n + 1, sizeof(*match->words));
	match->n = n;
	for (; n; thread = f->threads[thread].from)
		match->words[--n] = &f->grammar->states[f->threads[thread].state].symbol;
}

/* Chooses among the threads [begin, end) that have taken all n words. */
static void choose(struct follower *f, size_t begin, size_t end, size_t n, struct match *match)
{
	size_t best = SIZE_MAX, tie = SIZE_MAX;

	for (size_t i = begin; i < end; i++) {
		size_t differ = SIZE_MAX;
		int better;

		if (!ends(f, i))
			continue;
		better = best == SIZE_MAX ? 1 : compare_threads(f, i, best, n, &differ);
		if (better > 0) {
			best = i;
			tie = SIZE_MAX;
		} else if (!better && tie == SIZE_MAX) {
			tie = differ;
		}
	}
	if (best == SIZE_MAX)
		return;
	match->result = MATCH_WHOLE;
	note_words(f, best, n, match);
	/* Two paths that fit alike: the first of the grammar, unless a short word is ambiguous. */
	for (size_t i = best, word = n; tie != SIZE_MAX && word; i = f->threads[i].from)
		if (--word == tie && f->threads[i].fit == FIT_PREFIX) {
			match->result = MATCH_AMBIGUOUS;
			match->at = tie;
		}
}

void grammar_match(const struct grammar *grammar, const struct word *words, size_t n,
		   bool short_words, struct match *match)
{
	struct follower f = {.grammar = grammar, .seen = xcalloc(grammar->n, sizeof(*f.seen))};
	size_t begin = 0, end = 1; /* the threads that took the word before */

	*match = (struct match){.result = MATCH_PART};
	GROW(f.threads, f.n, f.cap);
	f.threads[f.n++] = (struct thread){0};
	for (size_t word = 0;; word++) {
		size_t first = f.n, kept;

		memset(f.seen, 0, grammar->n * sizeof(*f.seen));
		f.may_end = false;
		for (size_t i = begin; i < end; i++)
			reach_behind(&f, i);
		match->may_end = f.may_end;
		match->at = word;
		if (word == n) {
			note_expected(&f, first, f.n, match);
			if (f.may_end)
				choose(&f, begin, end, n, match);
			break;
		}
		kept = keep_fitting(&f, first, f.n, &words[word], short_words);
		if (kept == first) {
			match->result = MATCH_WRONG;
			note_expected(&f, first, f.n, match);
			break;
		}
		order(&f, first, kept, word + 1);
		f.n = kept;
		begin = first;
		end = kept;
	}
	if (!match->words && end - begin == 1)
		note_words(&f, begin, match->at, match);
	free(f.threads);
	free(f.seen);
}

void match_deinit(struct match *match)
{
	free(match->words);
	free(match->expected);
	*match = (struct match){0};
}

const char *grammar_literal(const struct grammar *grammar, size_t n)
{
	for (size_t i = 0; i < grammar->n; i++)
		if (grammar->states[i].symbol.literal && !n--)
			return grammar->states[i].symbol.literal;
	return NULL;
}

/* --- for people ------------------------------------------------------------------------------ */

void grammar_print(const char *text, struct buf *out)
{
	while (*text) {
		size_t n = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

		if (n) {
			char *name = xstrndup(text, n);

			terminal_print(terminal_by_name(name), out);
			free(name);
			text += n;
		} else {
			buf_putc(out, *text == '&' ? ' ' : *text);
			text++;
		}
	}
}
