/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands kernel and check: which kernel decides, and which VMA it checks. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/open_named.h"
#include "report/text.h"
#include "session/session_private.h"

static void choose_kernel(struct session *s, int side, struct kernel *kernel)
{
	kernel_free(s->kernel[side]);
	s->kernel[side] = kernel;
	s->stale[side] = true;
}

bool session_ask_image(const struct session *s, const struct command *c, unsigned word,
		       struct answer *answer, struct vf_error *error)
{
	char *spec = spec_path(c, word);
	const char *const argv[] = {"vmafork-vmlinux", "--", spec_image(spec), NULL};
	bool ok = helper_ask(&s->helper, argv, answer, error);

	free(spec);
	return ok;
}

static struct kernel *image_kernel(struct call *call, unsigned word)
{
	struct kernel *kernel;
	struct answer answer;

	if (!session_ask_image(call->session, call->command, word, &answer, call->error))
		return NULL;
	kernel = profile_read(call->session->profiles, spec_image(command_word(call->command, word)), buf_str(&answer.out),
			      answer.out.len, call->error);
	answer_deinit(&answer);
	return kernel;
}

/* A profile that a file names may not be a pipe, which is the user's. */
static bool may_read(const struct command *c, const char *spec, struct vf_error *error)
{
	int fd;

	if (!*c->file || !spec_is_file(spec))
		return true;
	fd = open_named(spec, NAMED_BY_FILE, error);
	if (fd < 0) {
		snprintf(error->file, sizeof(error->file), "%s", spec);
		spec_hint_machines(spec, error);
		return false;
	}
	close(fd);
	return true;
}

struct kernel *call_kernel(struct call *call, unsigned word)
{
	struct session *s = call->session;
	struct kernel *kernel;
	char *spec, *report;

	if (spec_is_live(call->command, word)) {
		kernel = session_live_kernel(s, &report, call->error);
		if (report)
			buf_puts(call->out, report);
		free(report);
	} else if (spec_image(command_word(call->command, word))) {
		kernel = image_kernel(call, word);
	} else {
		spec = spec_path(call->command, word);
		kernel = may_read(call->command, spec, call->error)
				 ? profiles_find(s->profiles, spec, call->error) : NULL;
		free(spec);
	}
	if (!kernel)
		call_blame(call, word);
	return kernel;
}

/*
 * Is that kernel found outside of the compiled-in profiles: in a file, an image or the
 * running kernel?
 */
static bool spec_is_outside(const struct command *c, unsigned word)
{
	const char *spec = command_word(c, word);

	return spec_is_live(c, word) || spec_image(spec) || spec_is_file(spec);
}

/* Reuses an equal kernel that was found before: a file may choose its kernels very often. */
static const struct kernel *keep_found(struct session *s, const struct kernel *kernel)
{
	for (size_t i = 0; i < s->found_count; i++)
		if (kernel_equal(s->found[i], kernel))
			return s->found[i];
	GROW(s->found, s->found_count, s->found_cap);
	s->found[s->found_count] = kernel_copy(kernel);
	return s->found[s->found_count++];
}

/* "src VM_UFFD_WP": where that kernel looks the flag up. */
static bool change_clause(struct call *call, unsigned word, struct kernel *kernel)
{
	char *text = xstrdup(command_word(call->command, word)), *rest = text;
	const char *side = strsep(&rest, " "), *flag = rest ? rest + strspn(rest, " ") : "";
	const struct vm_flag *known = vm_flag_by_name(flag) ? vm_flag_of(vm_flag_by_name(flag)) : NULL;
	int which = vocabulary_find(&vocab_check, side, false);
	bool ok = false;
	struct buf name = {0};

	if (which < 0 || !*flag)
		vf_error_set(call->error, "expected dst or src and a flag, in quotes: \"src VM_UFFD_WP\"");
	else if (!known)
		vf_error_set(call->error, "%.40s is not a VMA flag", flag);
	else if (!kernel_look_up(kernel, vm_flag_by_name(flag), (enum vma_side)which))
		vf_error_set(call->error, "%s has no clause about %s", kernel->name, known->name);
	else
		ok = true;
	if (ok) {
		buf_printf(&name, "%s with %s %s", kernel->name, side, known->name);
		free(kernel->name);
		kernel->name = buf_take(&name);
	}
	free(text);
	return ok || call_blame(call, word);
}

struct kernel *call_changed_kernel(struct call *call, unsigned word, unsigned first_clause,
				   unsigned clauses)
{
	struct kernel *kernel = call_kernel(call, word);

	for (unsigned i = 0; kernel && i < clauses; i++)
		if (!change_clause(call, first_clause + i, kernel)) {
			kernel_free(kernel);
			return NULL;
		}
	return kernel;
}

/* The kernel that the command names, with its clauses as they are to be; NULL with an error. */
static struct kernel *changed_kernel(struct call *call)
{
	const struct kernel_args *args = &call->command->args.kernel;

	if (call->kernel)
		return kernel_copy(call->kernel);
	return call_changed_kernel(call, args->spec, args->first_clause, args->clauses);
}

bool run_kernel(struct call *call)
{
	struct session *s = call->session;
	const struct kernel_args *args = &call->command->args.kernel;
	struct kernel *kernel;

	if (args->action == KERNEL_LIST) {
		if (!s->loading) /* only play prints what a file shows */
			profiles_list(s->profiles, call->out);
		return true;
	}
	if (args->action == KERNEL_DIFF)
		return run_kernel_diff(call);
	kernel = changed_kernel(call);
	if (!kernel)
		return false;
	if (args->action == KERNEL_SHOW) {
		if (!s->loading)
			text_profile(kernel, call->out);
		kernel_free(kernel);
		return true;
	}
	if (!s->loading && !spec_is_live(call->command, args->spec) && strstr(kernel->name, " (as "))
		buf_printf(call->out, "%s, the nearest known profile\n", kernel->name);
	for (int side = 0; side < SIDES; side++)
		if (args->side == WHICH_BOTH || args->side == side)
			choose_kernel(s, side, kernel_copy(kernel));
	if (!call->kernel && spec_is_outside(call->command, args->spec))
		call->kernel = keep_found(s, kernel);
	kernel_free(kernel);
	*call->request = REQUEST_CHANGED;
	return true;
}

bool run_check(struct call *call)
{
	struct session *s = call->session;
	const struct check_args *args = &call->command->args.check;

	for (int side = 0; side < SIDES; side++) {
		if (args->side != WHICH_BOTH && args->side != side)
			continue;
		if (!kernel_check(s->kernel[side], args->check)) {
			if (!s->loading)
				buf_printf(call->out, "%s: %s does not look uffd-wp up\n",
					   side_names[side], s->kernel[side]->name);
			continue;
		}
		s->stale[side] = true;
		*call->request = REQUEST_CHANGED;
	}
	return true;
}
