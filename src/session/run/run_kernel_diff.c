/* SPDX-License-Identifier: GPL-2.0-or-later */
/* kernel diff A [with ...] B [with ...] [--scenario FILE | --mail] */
#include <stdlib.h>

#include "base/file.h"
#include "kernels/kernel_diff_mail.h"
#include "kernels/witness.h"
#include "session/session_private.h"

/* How each of the two was named. */
struct named_kernel {
	word_number spec, first_clause;
	unsigned clauses;
};

static struct named_kernel named(const struct call *call, int k)
{
	const struct kernel_args *args = &call->command->args.kernel;

	return k ? (struct named_kernel){args->other, args->other_clause, args->other_clauses}
		 : (struct named_kernel){args->spec, args->first_clause, args->clauses};
}

static struct kernel *find_kernel(struct call *call, int k)
{
	struct named_kernel n = named(call, k);

	return call_changed_kernel(call, n.spec, n.first_clause, n.clauses);
}

/* The words that choose it in any folder of this machine. */
static char *words_here(const struct call *call, const struct kernel_diff *diff, int k)
{
	struct named_kernel n = named(call, k);

	return spec_words(call->command, n.spec, diff->kernel[k], n.first_clause, n.clauses);
}

/* And on any other one; NULL: it is known here only. */
static char *words_anywhere(const struct call *call, const struct kernel_diff *diff, int k)
{
	const char *spec = command_word(call->command, named(call, k).spec);

	if (spec_image(spec) || spec_is_file(spec) ||
	    !profiles_are_shipped(call->session->profiles, diff->kernel[k]->profile))
		return NULL;
	return words_here(call, diff, k);
}

/* Writes the scenario that shows the difference to `path`, or to `out` if path is NULL. */
static bool show_witness(struct call *call, const struct kernel_diff *diff, const char *path,
			 struct buf *out)
{
	char *spec[2] = {words_here(call, diff, 0), words_here(call, diff, 1)};
	struct buf text = {0};
	bool ok = (!path || file_is_new(path, call->error)) &&
		  witness_write(diff, (const char *const *)spec, SIZE_MAX, &call->session->budget,
				&text, call->error);

	if (ok && !path)
		buf_printf(out, "\na scenario that shows it:\n\n%s", buf_str(&text));
	else if (ok && (ok = write_file(path, buf_str(&text), text.len, call->error)))
		buf_printf(out, "\nsaved as %s\n", path);
	buf_deinit(&text);
	free(spec[0]);
	free(spec[1]);
	return ok;
}

static bool show_diff(struct call *call, const struct kernel_diff *diff)
{
	const struct kernel_args *args = &call->command->args.kernel;
	char *path = args->file ? command_path(call->command, args->file) : NULL;
	/* In a file the search is left out: many of them would take too long. */
	bool wanted = path || (diff->case_count && args->typed);
	struct buf scenario = {0};
	bool ok = !wanted || show_witness(call, diff, path, &scenario);

	if (ok || !path) {
		kernel_diff_print(diff, call->out);
		buf_puts(call->out, buf_str(&scenario));
	}
	if (!ok)
		command_point(call->command, call->reader, path ? args->file : args->spec,
			      call->error);
	buf_deinit(&scenario);
	free(path);
	return ok;
}

static bool show_mail(struct call *call, const struct kernel_diff *diff)
{
	char *spec[2] = {words_anywhere(call, diff, 0), words_anywhere(call, diff, 1)};
	bool ok = kernel_diff_mail(call->session->profiles, diff, (const char *const *)spec,
				   &call->session->budget, call->out, call->error);

	free(spec[0]);
	free(spec[1]);
	return ok || call_blame(call, named(call, 0).spec);
}

bool run_kernel_diff(struct call *call)
{
	struct kernel *a = find_kernel(call, 0), *b = a ? find_kernel(call, 1) : NULL;
	struct kernel_diff *diff = NULL;
	bool ok = false;

	if (b && call->session->loading) { /* only play prints what a file shows */
		ok = true;
	} else if (b) {
		diff = kernel_diff_create(a, b, &call->session->budget, call->error);
		if (!diff)
			call_blame(call, named(call, 0).spec);
	}
	if (diff) {
		call->session->kernels_differ = diff->case_count;
		ok = call->command->args.kernel.mail ? show_mail(call, diff) : show_diff(call, diff);
	}
	kernel_diff_free(diff);
	kernel_free(a);
	kernel_free(b);
	return ok;
}

bool session_kernels_differ(const struct session *session)
{
	return session->kernels_differ;
}
