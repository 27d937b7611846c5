/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Predictions: expectations with ? in place of the value, and answers that take its place. */
#include <assert.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"
#include "language/command.h"

/* --- the answers that can be ---------------------------------------------------------------- */

static const char *const yes_no_words[] = {"yes", "no"};
static const struct vocabulary yes_no = {"yes or no", yes_no_words, ARRAY_SIZE(yes_no_words)};
static const char *const fork_end_words[] = {"ok", "blocked", "ENOMEM"};
static const struct vocabulary fork_ends = {"ok, blocked or ENOMEM", fork_end_words,
					    ARRAY_SIZE(fork_end_words)};

static const struct {
	const struct vocabulary *answers; /* NULL: a number, or a reason */
	const char *what;		  /* in messages */
	const char *before, *until;	  /* the value is between these in what was got; or NULL */
} kinds[ASKED_KINDS] = {
	[ASKED_DECISION] = {&vocab_decision, "copy, skip, dontcopy or wipe", NULL, " "},
	[ASKED_REASON] = {NULL, "a reason (a flag, anon_vma, none)", "because ", NULL},
	[ASKED_NUMBER] = {NULL, "a number", NULL, NULL},
	[ASKED_STATE] = {&vocab_state, "the state of a page (present, none, swap)", " ", ","},
	[ASKED_FLAG] = {&yes_no, "yes or no", NULL, NULL},
	[ASKED_SIGNAL] = {&vocab_signal, "ok, SIGSEGV, SIGBUS or blocked", NULL, NULL},
	[ASKED_FORK] = {&fork_ends, "ok, blocked or an errno", NULL, NULL},
	[ASKED_ERRNO] = {&vocab_errno, "an errno (ENOMEM, EINVAL)", NULL, ","},
};

/* By the words of the vocabularies. */
static const struct {
	enum asked asked;
	const char *answer, *meaning;
} meanings[] = {
	{ASKED_DECISION, "copy", "the child gets the entries"},
	{ASKED_DECISION, "skip", "the child has the memory, and no entries: it faults pages in"},
	{ASKED_DECISION, "dontcopy", "the child does not get this memory"},
	{ASKED_DECISION, "wipe", "the child gets this memory, but empty"},
	{ASKED_STATE, "none", "no entry: the next access faults"},
	{ASKED_STATE, "present", "an entry with a page in memory"},
	{ASKED_STATE, "swap", "an entry that says where in swap the page is"},
	{ASKED_STATE, "migration", "an entry of a page that is being moved"},
	{ASKED_STATE, "device-private", "an entry of a page in a device's memory"},
	{ASKED_STATE, "device-exclusive", "an entry of a page that a device has for itself"},
	{ASKED_STATE, "marker", "an entry without a page, which keeps a note: protected, guard"},
	{ASKED_STATE, "hwpoison", "an entry of a page with a memory error"},
	{ASKED_STATE, "zero", "an entry of the kernel's page of zeroes"},
	{ASKED_STATE, "huge", "a part of a huge page"},
	{ASKED_SIGNAL, "ok", "it is carried out"},
	{ASKED_SIGNAL, "SIGSEGV", "nothing is mapped there, or it is not allowed"},
	{ASKED_SIGNAL, "SIGBUS", "mapped, but there is no page to be had"},
	{ASKED_SIGNAL, "blocked", "it waits for a userfaultfd"},
	{ASKED_FORK, "ok", "there is a child"},
	{ASKED_FORK, "blocked", "fork does not return"},
	{ASKED_FORK, "ENOMEM", "fork fails: not enough memory"},
	{ASKED_FLAG, "yes", "the VMA has the flag"},
	{ASKED_FLAG, "no", "it lacks the flag"},
};

static const char *reason_answer(size_t i)
{
	static const char *const others[] = {"anon_vma", "none"};

	if (i < ARRAY_SIZE(others))
		return others[i];
	i -= ARRAY_SIZE(others);
	return i < VM_FLAG_COUNT ? vm_flags[i].name : NULL;
}

const char *prediction_answer(const struct command *predict, size_t i)
{
	const struct vocabulary *answers = kinds[predict->args.expect.asked].answers;

	if (predict->args.expect.asked == ASKED_REASON)
		return reason_answer(i);
	return answers && i < answers->n ? answers->words[i] : NULL;
}

const char *prediction_meaning(const struct command *predict, size_t i)
{
	const char *answer = prediction_answer(predict, i);

	for (size_t k = 0; answer && k < ARRAY_SIZE(meanings); k++)
		if (meanings[k].asked == predict->args.expect.asked && !strcmp(meanings[k].answer, answer))
			return meanings[k].meaning;
	return NULL;
}

/* --- an answer in its place ------------------------------------------------------------------ */

/* Adds a word as a file has it. */
static void add_word(const struct word *word, struct buf *line)
{
	buf_putc(line, ' ');
	if (word->quoted || !word->text[0])
		command_print_quoted(word->text, line);
	else
		buf_puts(line, word->text);
}

/* A flag that is not there is one that is not expected. answer: index in yes_no. */
static void add_flag(const struct word *word, int answer, struct buf *line)
{
	if (answer)
		buf_puts(line, " not");
	add_word(word, line);
}

static void add_expectation(const struct command *predict, const char *name, const char *answer,
			    int yes_or_no, struct buf *line)
{
	const struct expect_args *expect = &predict->args.expect;
	bool flag = expect->asked == ASKED_FLAG;

	buf_puts(line, "expect");
	for (unsigned i = expect->question + 1; i < predict->line.n; i++) {
		if (name && i == predict->args.target.name)
			buf_printf(line, " %s", name);
		else if (flag && i + 1 == expect->unknown)
			add_flag(&predict->line.words[i], yes_or_no, line);
		else if (i != expect->unknown)
			add_word(&predict->line.words[i], line);
		else if (!flag)
			buf_printf(line, " %s", answer);
	}
}

static struct command *parse(const char *text, struct vf_error *error)
{
	struct reader reader;
	struct line line = {0};
	bool more;

	reader_init(&reader, "", text, strlen(text));
	return reader_next(&reader, &line, &more, error) && more
		       ? command_parse(&reader, &line, true, error) : NULL;
}

/* Words that mean something else there would make another expectation. */
static bool is_asked(const struct command *predict, const struct command *expect)
{
	enum expect_kind kind = expect->args.expect.kind;

	return kind == predict->args.expect.kind ||
	       (predict->args.expect.asked == ASKED_STATE && kind == EXPECT_ABSENT);
}

/* The answer as the language has it: in capitals or not, and a flag as a screen shows it, without VM_. */
static const char *as_spelled(const struct command *predict, const char *typed)
{
	const char *answer;

	for (size_t i = 0; (answer = prediction_answer(predict, i)); i++)
		if (!strcasecmp(answer, typed) ||
		    (!strncmp(answer, "VM_", 3) && !strcasecmp(answer + 3, typed)))
			return answer;
	return typed;
}

struct command *prediction_with(const struct command *predict, const char *name, const char *typed,
				struct vf_error *error)
{
	const char *answer = as_spelled(predict, typed);
	enum asked asked = predict->args.expect.asked;
	bool one_word = *answer && !answer[strcspn(answer, " \t\n\"\\?#")];
	int yes_or_no = asked == ASKED_FLAG ? vocabulary_find(&yes_no, answer, true) : 0;
	struct command *expect = NULL;
	struct buf line = {0};

	*error = (struct vf_error){0};
	if (one_word && yes_or_no >= 0) {
		add_expectation(predict, name, answer, yes_or_no, &line);
		expect = parse(buf_str(&line), error);
	}
	buf_deinit(&line);
	if (expect && is_asked(predict, expect))
		return expect;
	command_free(expect);
	*error = (struct vf_error){0};
	vf_error_set(error, "expected %s, got '%.40s'", kinds[asked].what, answer);
	return NULL;
}

void prediction_answered(const struct command *predict, const struct command *expect, struct buf *out)
{
	const struct expect_args *open = &predict->args.expect;

	if (open->asked == ASKED_FLAG)
		buf_puts(out, yes_no_words[expect->args.expect.negated]);
	else /* as many words follow it */
		buf_puts(out, expect->line.words[expect->line.n - (predict->line.n - open->unknown)].text);
}

void prediction_truth(const struct command *predict, const char *got, struct buf *out)
{
	enum asked asked = predict->args.expect.asked;
	const char *at = kinds[asked].before ? strstr(got, kinds[asked].before) : got;

	assert(got);
	if (!at)
		at = got;
	else if (kinds[asked].before)
		at += strlen(kinds[asked].before);
	buf_add(out, at, kinds[asked].until ? strcspn(at, kinds[asked].until) : strlen(at));
}
