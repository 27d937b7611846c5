/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Syntax for vim, from the table of commands: share/vim/syntax/vmafork.vim is what this prints. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"

/* The highlighting of the words of each group of commands, and of each vocabulary. */
static const char *const group_looks[GROUPS] = {
	[GROUP_BUILD] = "Statement", [GROUP_KERNEL] = "PreProc",  [GROUP_RUN] = "Function",
	[GROUP_LOOK] = "Function",   [GROUP_SESSION] = "Function", [GROUP_STORY] = "Special",
	[GROUP_EXPECT] = "Conditional",
};
static const struct {
	const struct vocabulary *vocabulary;
	const char *name, *looks;
} vocabularies[] = {
	{&vocab_side, "Side", "Identifier"},	   {&vocab_check, "Check", "Identifier"},
	{&vocab_process, "Process", "Identifier"}, {&vocab_decision, "Decision", "Type"},
	{&vocab_backing, "Backing", "Type"},	   {&vocab_share, "Share", "Type"},
	{&vocab_advice, "Advice", "Type"},	   {&vocab_mode, "Mode", "Type"},
	{&vocab_feature, "Feature", "Type"},	   {&vocab_thp, "Thp", "Type"},
	{&vocab_access, "Access", "Type"},	   {&vocab_on_off, "OnOff", "Boolean"},
	{&vocab_grain, "Grain", "Type"},	   {&vocab_show, "Show", "Type"},
	{&vocab_signal, "Signal", "Constant"},	   {&vocab_cost, "Cost", "Type"},
	{&vocab_state, "State", "Constant"},	   {&vocab_attr, "Attr", "Constant"},
	{&vocab_errno, "Errno", "Constant"},	   {&vocab_palette, "Palette", "Type"},
};

/* Each word once: of several lines with one word, vim takes the last. */
struct seen {
	const char **words;
	size_t n, cap;
};

static bool is_new(struct seen *seen, const char *word)
{
	for (size_t i = 0; i < seen->n; i++)
		if (!strcmp(seen->words[i], word))
			return false;
	GROW(seen->words, seen->n, seen->cap);
	seen->words[seen->n++] = word;
	return true;
}

static void print_keyword(const char *name, const char *word, struct seen *seen, struct buf *line)
{
	if (!is_new(seen, word))
		return;
	if (!line->len)
		buf_printf(line, "syn keyword vmafork%s", name);
	buf_printf(line, " %s", word);
}

static void end_line(struct buf *line, struct buf *out)
{
	if (line->len)
		buf_printf(out, "%s\n", buf_str(line));
	buf_clear(line);
}

static const char *const group_names[GROUPS] = {
	[GROUP_BUILD] = "Build", [GROUP_KERNEL] = "Kernel",   [GROUP_RUN] = "Run",
	[GROUP_LOOK] = "Look",	 [GROUP_SESSION] = "Session", [GROUP_STORY] = "Story",
	[GROUP_EXPECT] = "Expect",
};

static void print_keywords(struct seen *seen, char **firsts, struct buf *out)
{
	struct buf line = {0};

	for (int group = 0; group < GROUPS; group++) {
		for (size_t i = 0; i < COMMANDS; i++)
			if (commands[i].group == (enum command_group)group) {
				const char *second = strchr(commands[i].name, ' ');

				print_keyword(group_names[group], firsts[i], seen, &line);
				if (second)
					print_keyword(group_names[group], second + 1, seen, &line);
			}
		end_line(&line, out);
	}
	for (size_t v = 0; v < ARRAY_SIZE(vocabularies); v++) {
		for (size_t i = 0; i < vocabularies[v].vocabulary->n; i++)
			print_keyword(vocabularies[v].name, vocabularies[v].vocabulary->words[i], seen,
				      &line);
		end_line(&line, out);
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct grammar *grammar = command_grammar(&commands[i]);
		const char *word;

		for (size_t n = 0; (word = grammar_literal(grammar, n)); n++)
			if (strspn(word, "abcdefghijklmnopqrstuvwxyz_-") == strlen(word) && word[0] != '-')
				print_keyword("Word", word, seen, &line);
	}
	end_line(&line, out);
}

static void print_links(struct buf *out)
{
	for (int group = 0; group < GROUPS; group++)
		buf_printf(out, "hi def link vmafork%s %s\n", group_names[group], group_looks[group]);
	for (size_t v = 0; v < ARRAY_SIZE(vocabularies); v++)
		buf_printf(out, "hi def link vmafork%s %s\n", vocabularies[v].name,
			   vocabularies[v].looks);
	buf_puts(out, "hi def link vmaforkWord Keyword\n"
		      "hi def link vmaforkFlag Constant\n"
		      "hi def link vmaforkNumber Number\n"
		      "hi def link vmaforkVersion Number\n"
		      "hi def link vmaforkText String\n"
		      "hi def link vmaforkJoin Special\n"
		      "hi def link vmaforkComment Comment\n");
}

void command_vim(struct buf *out)
{
	struct seen seen = {0};
	char *firsts[COMMANDS];

	for (size_t i = 0; i < COMMANDS; i++)
		firsts[i] = xstrndup(commands[i].name, strcspn(commands[i].name, " "));
	buf_puts(out, "\" SPDX-License-Identifier: GPL-2.0-or-later\n"
		      "\" Syntax of the scenarios that vmafork-tui reads; see vmafork-scenario(5).\n"
		      "\" Printed by vmafork-tui help --vim: tests/run docs compares, UPDATE_GOLDENS=1 renews.\n"
		      "if exists(\"b:current_syntax\")\n"
		      "  finish\n"
		      "endif\n\n"
		      "syn iskeyword @,48-57,_,-\n\n");
	print_keywords(&seen, firsts, out);
	buf_puts(out, "syn match vmaforkFlag /[+-]\\=\\<VM_[A-Z_]\\+\\>/\n"
		      "syn match vmaforkNumber /\\<\\(0x\\x\\+\\|\\d\\+[KMGTp]\\=\\)\\>/\n"
		      "syn match vmaforkVersion /\\<v\\=\\d\\+\\.\\d\\+[0-9.]*\\(-rc\\d\\+\\)\\=\\>/\n"
		      "syn region vmaforkText start=/\"/ skip=/\\\\[\"\\\\]/ end=/\"/ oneline\n"
		      "syn match vmaforkJoin /\\\\$/\n"
		      "syn match vmaforkComment /\\(^\\|\\s\\)#.*$/\n\n");
	print_links(out);
	buf_puts(out, "\nlet b:current_syntax = \"vmafork\"\n");
	for (size_t i = 0; i < COMMANDS; i++)
		free(firsts[i]);
	free(seen.words);
}
