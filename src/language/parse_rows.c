/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parsing the commands that are no build steps. */
#include <ctype.h>
#include <limits.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "language/kernel_spec.h"

static const char *const kernel_words[] = {"left", "right", "both", "list", "show", "diff"};

static const struct vocabulary vocab_kernel = {"left, right, both, list, show or diff", kernel_words, 6};

static bool parse_spec(struct parser *p, unsigned *word)
{
	if (!parse_any(p, word, "v6.18, a profile, a file, vmlinux:IMAGE or live"))
		return false;
	if (p->prompt || !spec_is_live(p->command, *word))
		return true;
	parser_fail(p, *word, "a scenario file cannot ask which kernel is running");
	vf_error_hint(p->error,
		      "use live at the prompt or in --batch; vmafork-probe --era prints the profile's name");
	return false;
}

/* A B [--scenario FILE] */
static bool parse_kernel_diff(struct parser *p)
{
	struct args *args = &p->command->args;

	args->on = p->prompt; /* with a scenario */
	if (!parse_spec(p, &args->name) || !parse_spec(p, &args->name2))
		return false;
	if (maybe_word(p, "--scenario")) {
		if (!p->prompt) {
			parser_fail(p, p->at - 1, "a scenario file cannot write files");
			vf_error_hint(p->error, "use kernel diff --scenario at the prompt or in --batch");
			return false;
		}
		if (!parse_any(p, &args->because, "a file name"))
			return false;
	}
	return parse_end(p);
}

bool parse_kernel(struct parser *p)
{
	struct args *args = &p->command->args;

	if (parser_peek(p) && !strcmp(parser_peek(p)->text, "live")) {
		parser_fail(p, p->at, "kernel live: missing side");
		vf_error_hint(p->error, "write kernel left live, kernel right live or kernel both live");
		return false;
	}
	if (!parse_vocab(p, &vocab_kernel, &args->which))
		return false;
	if (args->which == KERNEL_DIFF)
		return parse_kernel_diff(p);
	if (args->which == KERNEL_LIST)
		return parse_end(p);
	return parse_spec(p, &args->name) && parse_end(p);
}

bool parse_check(struct parser *p)
{
	struct args *args = &p->command->args;

	return parse_vocab(p, &vocab_side, &args->which) &&
	       parse_vocab(p, &vocab_check, &args->second) && parse_end(p);
}

bool parse_show(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_vocab(p, &vocab_show, &args->which))
		return false;
	if (parser_peek(p) && !parse_name(p, &args->name))
		return false;
	return parse_end(p);
}

bool parse_explain(struct parser *p)
{
	return parse_name(p, &p->command->args.name) && parse_end(p);
}

bool parse_help(struct parser *p)
{
	struct args *args = &p->command->args;
	const char *names[64], *near;
	struct buf ignored = {0};
	size_t n = 0;
	bool found;

	if (!parser_peek(p))
		return true;
	args->name = p->at++;
	if (parser_peek(p))
		args->name2 = p->at++;
	found = command_help(p->command->line.words[args->name].text, &ignored);
	buf_deinit(&ignored);
	if (found)
		return parse_end(p);
	for (size_t i = 0; i < COMMANDS && n < 64; i++)
		if (!strchr(commands[i].name, ' '))
			names[n++] = commands[i].name;
	near = nearest_word(p->command->line.words[args->name].text, names, n);
	parser_fail(p, args->name, "there is no command '%.40s'",
		    p->command->line.words[args->name].text);
	vf_error_hint(p->error, near ? "did you mean '%s'?" : "help lists the commands", near);
	return false;
}

bool parse_step(struct parser *p)
{
	struct args *args = &p->command->args;

	args->number = 1;
	args->second = -1;
	if (parser_peek(p) && looks_like_pages(parser_peek(p)->text) && !parse_number(p, &args->number))
		return false;
	if (args->number == 0 || args->number > (uint64_t)1 << 60)
		return parser_fail(p, p->at - 1, "expected a number from 1");
	if (parser_peek(p) && !parse_vocab(p, &vocab_grain, &args->second))
		return false;
	return parse_end(p);
}

bool parse_goto(struct parser *p)
{
	struct args *args = &p->command->args;

	args->which = -1;
	if (!maybe_vocab(p, &vocab_goto, &args->which) && !parse_number(p, &args->number))
		return false;
	return parse_end(p);
}

bool parse_speed(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_real(p, &args->real))
		return false;
	if (args->real < 0.01 || args->real > 1000)
		return parser_fail(p, p->at - 1, "expected a speed from 0.01 to 1000");
	return parse_end(p);
}

bool parse_undo(struct parser *p)
{
	struct args *args = &p->command->args;

	args->number = 1;
	if (parser_peek(p) && !parse_number(p, &args->number))
		return false;
	if (args->number == 0)
		return parser_fail(p, p->at - 1, "expected a number from 1");
	return parse_end(p);
}

bool parse_one_text(struct parser *p)
{
	return parse_text(p, &p->command->args.name) && parse_end(p);
}

bool parse_wait(struct parser *p)
{
	struct args *args = &p->command->args;

	args->real = -1;
	if (parser_peek(p) && !parse_real(p, &args->real))
		return false;
	return parse_end(p);
}

bool parse_ask(struct parser *p)
{
	struct args *args = &p->command->args;
	const struct word *word;
	unsigned choices = 0;

	if (!parse_text(p, &args->name))
		return false;
	args->name2 = p->at;
	while ((word = parser_peek(p)) && (word->quoted || strcmp(word->text, "answer"))) {
		choices++;
		p->at++;
	}
	args->second = (int)choices;
	if (!word)
		return parser_fail(p, p->at, "ask: expected answer N after the choices");
	if (choices < 2)
		return parser_fail(p, p->at, "ask: expected two choices or more, got %u", choices);
	p->at++;
	if (!parse_number(p, &args->number))
		return false;
	if (args->number < 1 || args->number > choices)
		return parser_fail(p, p->at - 1, "ask: expected an answer from 1 to %u", choices);
	if (parser_peek(p) && !parse_text(p, &args->because))
		return false;
	return parse_end(p);
}



static const char *const probe_words[] = {"off", "list"};

static const struct vocabulary vocab_probe = {"off, list or whole seconds", probe_words, ARRAY_SIZE(probe_words)};

bool parse_probe(struct parser *p)
{
	struct args *args = &p->command->args;
	const struct word *word = parser_peek(p);

	args->which = -1;
	args->number = PROBE_SECONDS;
	if (word && isdigit((unsigned char)word->text[0])) {
		unsigned at = p->at;

		if (!parse_number(p, &args->number) || !args->number ||
		    args->number > PROBE_SECONDS_MOST)
			return parser_fail(p, at, "expected whole seconds, 1 to %d", PROBE_SECONDS_MOST);
	} else if (word && !parse_vocab(p, &vocab_probe, &args->which)) {
		return false;
	}
	return parse_end(p);
}

bool parse_import(struct parser *p)
{
	struct args *args = &p->command->args;

	args->name = p->at;
	if (!parser_peek(p))
		return parser_fail(p, p->at, "expected a process ID");
	if (!parse_number(p, &args->number))
		return false;
	if (!args->number || args->number > INT_MAX)
		return parser_fail(p, args->name, "expected a process ID");
	return parse_end(p);
}

bool parse_file(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_any(p, &args->name, "a file name"))
		return false;
	if (p->command->spec->id == COMMAND_save)
		args->on = maybe_word(p, "replace");
	return parse_end(p);
}

bool parse_source(struct parser *p)
{
	struct args *args = &p->command->args;

	args->which = WHICH_BOTH;
	/* The first of two words can only be a side. */
	if (!maybe_vocab(p, &vocab_side, &args->which) && p->at + 2 == p->command->line.n)
		return parse_vocab(p, &vocab_side, &args->which);
	if (!parse_any(p, &args->name, "the folder of a kernel's source"))
		return false;
	return parse_end(p);
}
