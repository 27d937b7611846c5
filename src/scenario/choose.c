/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands kernel and check: which kernel decides, and on which VMA it looks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/text.h"
#include "scenario/file.h"
#include "scenario/session_private.h"

enum { KERNEL_LIST = 3, KERNEL_SHOW, KERNEL_DIFF };
static const char *const kernel_words[] = {"left", "right", "both", "list", "show", "diff"};
static const struct vocabulary vocab_kernel = {"left, right, both, list, show or diff", kernel_words, 6};

bool spec_is_live(const struct command *c, unsigned word)
{
	return !strcmp(command_word(c, word), "live");
}

static bool parse_spec(struct parser *p, unsigned *word)
{
	if (!parse_any(p, word, "v6.18, a profile, a file, vmlinux:IMAGE or live"))
		return false;
	if (p->prompt || !spec_is_live(p->command, *word))
		return true;
	parser_fail(p, *word, "a scenario file does not ask which kernel runs here");
	vf_error_hint(p->error,
		      "live is for the prompt and for --batch; vmafork-probe --era tells the profile's name");
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
			parser_fail(p, p->at - 1, "a scenario file does not write files");
			vf_error_hint(p->error, "kernel diff --scenario is for the prompt and for --batch");
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
		parser_fail(p, p->at, "kernel live: on which side?");
		vf_error_hint(p->error, "kernel left live, or right, or both");
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

static void choose_kernel(struct session *s, int side, struct kernel *kernel)
{
	kernel_free(s->kernel[side]);
	s->kernel[side] = kernel;
	s->stale[side] = true;
	session_retime(s);
}

static const char image_prefix[] = "vmlinux:";

const char *spec_image(const char *spec)
{
	size_t n = strlen(image_prefix);

	return strncmp(spec, image_prefix, n) ? NULL : spec + n;
}

static char *image_spec(char *path)
{
	struct buf spec = {0};

	buf_printf(&spec, "%s%s", image_prefix, path);
	free(path);
	return buf_take(&spec);
}

char *spec_path(const struct command *c, unsigned word)
{
	const char *spec = command_word(c, word), *image = spec_image(spec);

	if (image)
		return image_spec(relative_path(c->file, image));
	return profile_is_file(spec) ? command_path(c, word) : xstrdup(spec);
}

char *spec_lasting(const struct command *c, unsigned word, const struct kernel *kernel)
{
	const char *spec = command_word(c, word), *image = spec_image(spec);

	if (spec_is_live(c, word))
		return xstrdup(kernel->profile);
	if (image)
		return image_spec(lasting_path(relative_path(c->file, image)));
	return profile_is_file(spec) ? lasting_path(command_path(c, word)) : xstrdup(spec);
}

bool session_ask_image(const struct session *s, const struct command *c, unsigned word,
		       struct answer *answer, struct vf_error *error)
{
	char *spec = spec_path(c, word);
	const char *const argv[] = {"vmafork-vmlinux", "--", spec_image(spec), NULL};
	bool ok = session_ask(s, argv, 0, answer, error);

	free(spec);
	return ok;
}

static struct kernel *image_kernel(struct call *call, unsigned word)
{
	struct kernel *kernel;
	struct answer answer;

	if (!session_ask_image(call->session, call->command, word, &answer, call->error))
		return NULL;
	kernel = profile_read(spec_image(command_word(call->command, word)), buf_str(&answer.out),
			      answer.out.len, call->error);
	answer_deinit(&answer);
	return kernel;
}

struct kernel *call_kernel(struct call *call, unsigned word)
{
	struct session *s = call->session;
	struct kernel *kernel;
	char *spec, *told;

	if (spec_is_live(call->command, word)) {
		kernel = session_live_kernel(s, &told, call->error);
		if (told)
			buf_puts(call->out, told);
		free(told);
	} else if (spec_image(command_word(call->command, word))) {
		kernel = image_kernel(call, word);
	} else {
		spec = spec_path(call->command, word);
		kernel = profiles_find(s->profiles, spec, call->error);
		free(spec);
	}
	if (!kernel)
		call_blame(call, word);
	return kernel;
}

/* Is that kernel known only by asking, or by reading a file? */
static bool spec_is_outside(const struct command *c, unsigned word)
{
	const char *spec = command_word(c, word);

	return spec_is_live(c, word) || spec_image(spec) || profile_is_file(spec);
}

/* What was found before is the same one: a file may choose its kernels very often. */
static const struct kernel *keep_found(struct session *s, const struct kernel *kernel)
{
	for (size_t i = 0; i < s->found_count; i++)
		if (kernel_equal(s->found[i], kernel))
			return s->found[i];
	GROW(s->found, s->found_count, s->found_cap);
	s->found[s->found_count] = kernel_copy(kernel);
	return s->found[s->found_count++];
}

bool run_kernel(struct call *call)
{
	struct session *s = call->session;
	const struct args *args = &call->command->args;
	struct kernel *kernel;

	if (args->which == KERNEL_LIST) {
		if (!s->loading) /* what a file shows is for those who play it */
			profiles_list(s->profiles, call->out);
		return true;
	}
	if (args->which == KERNEL_DIFF)
		return run_kernel_diff(call);
	kernel = call->kernel ? kernel_copy(call->kernel) : call_kernel(call, args->name);
	if (!kernel)
		return false;
	if (args->which == KERNEL_SHOW) {
		if (!s->loading)
			text_profile(kernel, call->out);
		kernel_free(kernel);
		return true;
	}
	if (!s->loading && !spec_is_live(call->command, args->name) && strstr(kernel->name, " (as "))
		buf_printf(call->out, "%s, the nearest that is known\n", kernel->name);
	for (int side = 0; side < SIDES; side++)
		if (args->which == WHICH_BOTH || args->which == side)
			choose_kernel(s, side, kernel_copy(kernel));
	if (!call->kernel && spec_is_outside(call->command, args->name))
		call->kernel = keep_found(s, kernel);
	kernel_free(kernel);
	*call->request = REQUEST_CHANGED;
	return true;
}

bool parse_check(struct parser *p)
{
	struct args *args = &p->command->args;

	return parse_vocab(p, &vocab_side, &args->which) &&
	       parse_vocab(p, &vocab_check, &args->second) && parse_end(p);
}

bool run_check(struct call *call)
{
	struct session *s = call->session;
	const struct args *args = &call->command->args;

	for (int side = 0; side < SIDES; side++) {
		if (args->which != WHICH_BOTH && args->which != side)
			continue;
		if (!kernel_check(s->kernel[side], args->second ? SIDE_DST : SIDE_SRC)) {
			if (!s->loading)
				buf_printf(call->out, "%s: %s does not look uffd-wp up at all\n",
					   side_names[side], s->kernel[side]->name);
			continue;
		}
		s->stale[side] = true;
		session_retime(s);
		*call->request = REQUEST_CHANGED;
	}
	return true;
}
