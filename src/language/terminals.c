/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language/terminals.h"

#include <ctype.h>
#include <string.h>

#include "base/alloc.h"
#include "language/parser_private.h"

static bool digit(const char *word)
{
	return isdigit((unsigned char)word[0]);
}

static bool pages(const char *word)
{
	return digit(word) || !strcmp(word, "all");
}

static bool prot(const char *word)
{
	return !strcmp(word, "none") || !strcmp(word, "-") ||
	       (word[0] && strspn(word, "rwx") == strlen(word));
}

static bool signed_flag(const char *word)
{
	return word[0] == '+' || word[0] == '-';
}

static bool flag(const char *word)
{
	return vm_flag_by_name(word) != 0;
}

/* Neither is one: without what has to follow them, that is what is missing. */
static bool states(const char *word)
{
	return strcmp(word, "not") && strcmp(word, "vmas") && strcmp(word, "pages");
}

static bool reason(const char *word)
{
	return flag(word) || !strcmp(word, "anon_vma") || !strcmp(word, "none");
}

/* A folder called left is ./left. */
static bool folder(const char *word)
{
	return vocabulary_find(&vocab_side, word, false) < 0;
}

#define WORDS(id_, shown_, vocab_)                                                               \
	[TERMINAL_##id_] = {.id = #id_, .shown = shown_, .vocabulary = &vocab_,                  \
			    .completion = COMPLETE_WORDS}
#define READ_BY(read_, id_, shown_, what_, looks_, ...)                                          \
	[TERMINAL_##id_] = {.id = #id_, .shown = shown_, .what = what_, .looks = looks_,         \
			    .read = read_, __VA_ARGS__}
#define READ(id_, ...) READ_BY(read_##id_, id_, __VA_ARGS__)
#define NUMBER(...) READ_BY(read_number, __VA_ARGS__)
#define AS_IT_IS(...) READ_BY(NULL, __VA_ARGS__)

const struct terminal_row terminals[TERMINAL_ROWS] = {
	[TERMINAL_LITERAL] = {.id = "", .what = ""},
	READ(NAME, "NAME", "a name", NULL, .completion = COMPLETE_VMAS), /* or a pattern */
	READ(ONE_NAME, "NAME", "a name", NULL, .completion = COMPLETE_VMAS),
	READ(NEW_NAME, "NAME", "a name", NULL),
	READ_BY(read_ONE_NAME, CTX, "CTX", "the name of a userfaultfd", NULL, .completion = COMPLETE_CONTEXTS),
	READ_BY(read_NEW_NAME, NEW_CTX, "CTX", "a name", NULL),
	WORDS(BACKING, "BACKING", vocab_backing),
	WORDS(SHARE, NULL, vocab_share),
	READ(SIZE, "SIZE", "a size (4096, 64K, 2M, 1G, 1T, 16p)", digit),
	READ_BY(read_SIZE, HUGE_SIZE, "SIZE", "the size of huge pages (2M, 32M)", digit),
	READ(PROT, "PROT", "a protection (letters of rwx, or none)", prot, .completion = COMPLETE_WORDS,
	     .words = "r\0rw\0rx\0rwx\0none\0"),
	NUMBER(ADDR, "ADDR", "an address", digit),
	READ(SET_FLAG, "+FLAG|-FLAG", "+FLAG or -FLAG", signed_flag,
	     .completion = COMPLETE_SET_FLAGS,
	     .hint = "a flag is a name such as VM_DONTCOPY, or its smaps code dc"),
	READ(PAGES, "PAGES", "pages (3, 0-3, 0-3,8,12-15, all)", pages, .words = "all\0"),
	READ(PAGE, "PAGE", "a page's number", digit),
	WORDS(ACCESS, NULL, vocab_access),
	WORDS(ADVICE, "ADVICE", vocab_advice),
	WORDS(FEATURE, "FEATURE", vocab_feature),
	WORDS(MODE, "MODE", vocab_mode),
	WORDS(ON_OFF, "on|off", vocab_on_off),
	READ(ENTRY, "STATE[,ATTR]...", "a state, perhaps with attributes (present,write)",
	     NULL, .completion = COMPLETE_ENTRIES),
	WORDS(ATTR, "ATTR", vocab_attr),
	WORDS(THP, "always|madvise|never", vocab_thp),
	READ(FAULT_AROUND, "PAGES", "a number of pages", digit),
	WORDS(MACHINE, NULL, vocab_machine),
	WORDS(PAGE_SIZE, NULL, vocab_page_size),
	READ(LEVELS, "3|4|5", "3, 4 or 5", digit, .words = "3\0" "4\0" "5\0"),
	WORDS(ACCESS_BITS, NULL, vocab_access_bits),
	WORDS(SIDE, NULL, vocab_side),
	WORDS(ONE_SIDE, NULL, vocab_one_side),
	WORDS(CHECK, "dst|src", vocab_check),
	READ(SPEC, "SPEC", "a kernel (v6.18, a profile, a file, vmlinux:IMAGE, live)", NULL,
	     .completion = COMPLETE_KERNELS),
	AS_IT_IS(FILE, "FILE", "a file name", NULL, .completion = COMPLETE_FILES),
	AS_IT_IS(DIR, "DIR", "the folder of a kernel's source", folder, .completion = COMPLETE_FOLDERS),
	READ(N, "N", "a number", digit),
	NUMBER(STEP, "N", "a step's number", digit),
	WORDS(GRAIN, NULL, vocab_grain),
	READ(X, "X", "a number", digit),
	READ(SECONDS, "SECONDS", "seconds", digit),
	READ(PROBE_SECONDS, "SECONDS", "whole seconds", digit),
	READ(PID, "PID", "the number of a process", digit),
	WORDS(PALETTE, "PALETTE", vocab_palette),
	WORDS(BREAK, NULL, vocab_break),
	WORDS(SHOW, NULL, vocab_show),
	READ(COMMAND, "COMMAND", "a command", NULL, .completion = COMPLETE_COMMANDS),
	AS_IT_IS(CLAUSE, "\"SIDE FLAG\"", "a flag and where it is looked up (\"src VM_UFFD_WP\")", NULL,
		 .completion = COMPLETE_CLAUSES),
	AS_IT_IS(TEXT, "\"TEXT\"", "a text in quotes", NULL),
	AS_IT_IS(QUESTION, "\"QUESTION\"", "a question in quotes", NULL),
	AS_IT_IS(TASK, "\"TASK\"", "a task in quotes", NULL),
	AS_IT_IS(CHOICE, "\"CHOICE\"", "a choice in quotes", NULL),
	NUMBER(ANSWER, "N", "the number of a choice", digit),
	AS_IT_IS(WHY, "\"WHY\"", "the reason in quotes", NULL),
	WORDS(DECISION, "DECISION", vocab_decision),
	AS_IT_IS(REASON, "REASON", "a reason (a flag, anon_vma, none)", reason,
	     .completion = COMPLETE_REASONS, .hint = "a flag such as VM_UFFD_WP, anon_vma or none"),
	WORDS(PROCESS, NULL, vocab_process),
	READ(STATES, "STATE[,ATTR]...",
	     "a state, attributes or both (present,write)", states,
	     .completion = COMPLETE_STATES,
	     .hint = "states: none present swap migration device-private device-exclusive marker "
		     "hwpoison zero huge; attributes: write dirty young soft-dirty uffd-wp "
		     "exclusive special pinned guard poison"),
	READ(FLAG, "FLAG", "a flag (VM_UFFD_WP, uw)", flag, .completion = COMPLETE_FLAGS,
	     .hint = "pages come before a state: 0-3 present"),
	WORDS(SIGNAL, "SIGNAL", vocab_signal),
	WORDS(COST, NULL, vocab_cost),
	NUMBER(COUNT, "N", "a number", digit),
	WORDS(ERRNO, "ERRNO", vocab_errno),
	AS_IT_IS(BUILD_STEP, "COMMAND", "a command that changes memory", NULL,
		 .completion = COMPLETE_BUILD_STEP),
	AS_IT_IS(SOLUTION_STEP, "COMMAND", "a command that changes memory, kernel or check", NULL,
		 .completion = COMPLETE_SOLUTION_STEP),
	WORDS(BY_HAND, "WORD", vocab_by_hand),
	READ_BY(read_ONE_NAME, LESSON, "NAME", "the name of a lesson", NULL),
	WORDS(TOPIC, "TOPIC", vocab_topic),
};

enum terminal terminal_by_name(const char *name)
{
	for (enum terminal t = TERMINAL_LITERAL + 1; t < TERMINAL_ROWS; t++)
		if (!strcmp(terminals[t].id, name))
			return t;
	return TERMINAL_LITERAL;
}

enum fit word_fit(const char *full, const char *text, bool short_words)
{
	size_t n = strlen(text);

	if (!strcmp(full, text))
		return FIT_FULL;
	return short_words && n && !strncmp(full, text, n) ? FIT_PREFIX : FIT_NONE;
}

int vocabulary_find(const struct vocabulary *vocabulary, const char *text, bool short_words)
{
	int found = -1;

	for (size_t i = 0; i < vocabulary->n; i++)
		switch (word_fit(vocabulary->words[i], text, short_words)) {
		case FIT_FULL:
			return (int)i;
		case FIT_PREFIX:
			found = found == -1 ? (int)i : -2;
			break;
		default:
			break;
		}
	return found;
}

enum fit terminal_fit(enum terminal terminal, const struct word *word, bool short_words)
{
	const struct terminal_row *row = &terminals[terminal];
	int found;

	if (!row->vocabulary)
		return !row->looks || row->looks(word->text) ? FIT_LOOSE : FIT_NONE;
	found = vocabulary_find(row->vocabulary, word->text, short_words);
	if (found < 0)
		return FIT_NONE;
	return word_fit(row->vocabulary->words[found], word->text, short_words);
}

void terminal_print(enum terminal terminal, struct buf *out)
{
	const struct terminal_row *row = &terminals[terminal];

	if (row->shown)
		buf_puts(out, row->shown);
	for (size_t i = 0; !row->shown && i < row->vocabulary->n; i++)
		buf_printf(out, "%s%s", i ? "|" : "", row->vocabulary->words[i]);
}
