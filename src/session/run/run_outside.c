/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that use the running kernel or other processes. */
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/output.h"
#include "outside/import_call.h"
#include "outside/kept_calibration.h"
#include "outside/live_kernel.h"
#include "kernels/profile_like.h"
#include "session/session_private.h"

#define PROBE "vmafork-probe"

static bool point(struct call *call, unsigned word)
{
	if (!call->error->line)
		command_point(call->command, call->reader, word, call->error);
	return false;
}

/* --- probe ---------------------------------------------------------------------------------- */

/* What fits into the deadline of this command is up to its reader. */
static void explain_late(const struct observed *observed, struct vf_error *error)
{
	uint64_t allowed = (uint64_t)ceil(observed->seconds);
	uint64_t more = allowed < PROBE_SECONDS_MOST / 6 ? allowed * 6 : PROBE_SECONDS_MOST;

	vf_error_set(error, "vmafork-probe: %s", observed->stopped);
	if (allowed < PROBE_SECONDS_MOST)
		vf_error_hint(error, "\"probe %" PRIu64 "\" allows %" PRIu64 " s", more, more);
	else
		vf_error_hint(error, "%" PRIu64 " s is the limit: touch less memory", allowed);
}

/* Explains an end that is not a result of the kernel. Returns false. */
static bool explain_end(const struct observed *observed, const struct answer *answer,
			struct vf_error *error)
{
	if (observed->end == PROBE_LATE)
		explain_late(observed, error);
	else if (probe_end_is_error(observed->end))
		vf_error_set(error, "vmafork-probe: not carried out: %s", observed->stopped);
	else
		helper_complain(PROBE, answer, error);
	return false;
}

/* What the kernel did with these commands, a line each. */
static struct observed *read_answer(const struct answer *answer, const char *commands,
				   struct vf_error *error)
{
	struct observed *observed = observed_read(buf_str(&answer->out), commands, error);

	if (!observed || (!probe_end_is_error(observed->end) && answer->status != EXIT_ERROR))
		return observed;
	explain_end(observed, answer, error);
	observed_free(observed);
	return NULL;
}

/* commands: those of the session, a line each. */
static struct observed *carry_out_for_real(struct call *call, const char *commands)
{
	char limit[24];
	struct session *s = call->session;
	struct shared_texts images = {0};
	struct shared_text shared;
	struct observed *observed = NULL;
	struct answer answer;
	struct buf text = {0};

	snprintf(limit, sizeof(limit), "%" PRIu64, call->command->args.probe.seconds);
	if (session_print(s, &images, &text, call->error) &&
	    share_text(buf_str(&text), text.len, &shared, call->error)) {
		const char *argv[] = {PROBE, "--sides", "--timeout", limit, shared.path, NULL};

		if (helper_ask_json(&s->helper, argv, &answer, call->error)) {
			observed = read_answer(&answer, commands, call->error);
			answer_deinit(&answer);
		}
		unshare_text(&shared);
	}
	shared_texts_deinit(&images);
	buf_deinit(&text);
	return observed;
}

/* Which side this kernel behaves like; and, if this step shows no marks, which one does. */
static void print_sides(const struct session *s, struct buf *out)
{
	const struct observed *observed = session_observed(s);
	const struct timeline *timeline = session_timeline(s);

	observed_sides(observed, out);
	if (!s->keyless && observed->seen.moment_count &&
	    !observed_moment(observed, s->machine[LEFT]) &&
	    !observed_moment(observed, s->machine[RIGHT]))
		buf_printf(out, ". To see the marks: %s%s", observed->whole ? "End" : "where fork ends",
			   timeline->divergence < timeline->count ? ", or !" : "");
	buf_putc(out, '\n');
}

static bool list_differences(struct call *call, const struct kernel *const kernels[SIDES])
{
	if (session_observed(call->session)) {
		observed_lines(session_observed(call->session), kernels, true, call->out);
		return true;
	}
	vf_error_set(call->error, "no probe results for these commands");
	vf_error_hint(call->error, "run probe first");
	return point(call, 0);
}

bool run_probe(struct call *call)
{
	struct session *s = call->session;
	const struct kernel *const kernels[SIDES] = {s->kernel[LEFT], s->kernel[RIGHT]};
	enum probe_action action = call->command->args.probe.action;
	struct observed *observed;
	struct buf commands = {0};

	if (action == PROBE_OFF) {
		buf_puts(call->out, session_observed(s) ? "The probe results are removed.\n"
						       : "There are no probe results.\n");
		probed_set(&s->probed, NULL, "");
		return true;
	}
	if (action == PROBE_LIST)
		return list_differences(call, kernels);
	if (!session_settle(s, call->error))
		return point(call, 0);
	log_print_building(&s->log, &commands);
	if (!commands.len) {
		vf_error_set(call->error, "there are no commands to carry out");
		vf_error_hint(call->error, "map memory with vma NAME BACKING SIZE, then run fork");
		return point(call, 0);
	}
	observed = carry_out_for_real(call, buf_str(&commands));
	if (observed) {
		observed_judged(observed, kernels);
		probed_set(&s->probed, observed, buf_str(&commands));
		/* On a screen the marks show the differences. */
		observed_lines(observed, kernels, s->keyless, call->out);
		print_sides(s, call->out);
	}
	buf_deinit(&commands);
	return observed || point(call, 0);
}

/* --- kernel SIDE live ---------------------------------------------------------------------- */

/* The profile's title is "read from FILE". */
static const char *file_read(const struct kernel *kernel)
{
	static const char start[] = "read from ";

	return strncmp(kernel->title, start, strlen(start)) ? kernel->title : kernel->title + strlen(start);
}

static bool is_memory(const char *file)
{
	return !strcmp(file, "/proc/kcore");
}

/* Called after the running kernel, and after what a file can name it by: a known profile, or its image. */
static void name_live_image(const struct session *s, struct kernel *kernel)
{
	char *alike = profile_alike(s->profiles, kernel);
	struct buf name = {0}, profile = {0};

	if (alike) {
		buf_printf(&name, "live %.60s (as %s)", kernel->name, alike);
		buf_puts(&profile, alike);
	} else {
		bool memory = is_memory(file_read(kernel));

		buf_printf(&name, "live %.60s (from its %s)", kernel->name, memory ? "memory" : "image");
		if (memory)
			buf_puts(&profile, "live");
		else
			buf_printf(&profile, "vmlinux:%s", file_read(kernel));
	}
	free(alike);
	free(kernel->name);
	free(kernel->profile);
	kernel->name = buf_take(&name);
	kernel->profile = buf_take(&profile);
}

/* Read out of the image of the running kernel; NULL: there is none here, or no program that reads it. */
static struct kernel *live_image(const struct session *s, char **report)
{
	static const char *const argv[] = {"vmafork-vmlinux", "--running", NULL};
	struct answer answer;
	struct vf_error ignored;
	struct kernel *kernel;
	struct buf text = {0};

	if (!helper_ask(&s->helper, argv, &answer, &ignored))
		return NULL;
	kernel = answer.status ? NULL
			       : profile_read(s->profiles, "vmafork-vmlinux --running", buf_str(&answer.out),
					      answer.out.len, &ignored);
	answer_deinit(&answer);
	if (!kernel)
		return NULL;
	name_live_image(s, kernel);
	buf_printf(&text, "%s: its decision is read from its %s, %s\n", kernel->name,
		   is_memory(file_read(kernel)) ? "memory" : "image", file_read(kernel));
	*report = buf_take(&text);
	return kernel;
}

struct kernel *session_live_kernel(const struct session *s, char **report, struct vf_error *error)
{
	static const char *const argv[] = {PROBE, "--era", "--json", NULL};
	struct answer answer;
	struct kernel *kernel;

	*report = NULL;
	kernel = live_image(s, report);
	if (kernel)
		return kernel;
	if (!helper_ask_json(&s->helper, argv, &answer, error))
		return NULL;
	kernel = live_kernel_read(s->profiles, buf_str(&answer.out), report, error);
	answer_deinit(&answer);
	return kernel;
}

/* --- import ---------------------------------------------------------------------------------- */

bool run_import(struct call *call)
{
	const struct import_args *args = &call->command->args.import;
	char *path = args->file ? command_path(call->command, args->what) : NULL;
	char which[24];
	struct import_call import;
	struct shared_text shared;
	struct answer answer;
	bool ok;

	snprintf(which, sizeof(which), "%" PRIu64, args->which);
	import_call_init(&import, path ? path : command_word(call->command, args->what),
			 args->which ? which : NULL, budget_amounts(&call->session->budget), false);
	ok = helper_ask(&call->session->helper, import.argv, &answer, call->error);
	import_call_deinit(&import);
	free(path);
	if (!ok)
		return point(call, 1);
	ok = share_text(buf_str(&answer.out), answer.out.len, &shared, call->error);
	if (ok) {
		ok = session_open_file(call, shared.path);
		unshare_text(&shared);
	}
	/* Its first comment names the process and the time. */
	if (ok && !strncmp(buf_str(&answer.out), "# ", 2))
		buf_printf(call->out, "%.*s\n", (int)strcspn(buf_str(&answer.out) + 2, "\n"),
			   buf_str(&answer.out) + 2);
	answer_deinit(&answer);
	return ok || point(call, 0);
}

/* --- calibrate ------------------------------------------------------------------------------- */

bool run_calibrate(struct call *call)
{
	static const char *const argv[] = {"vmafork-probe", "--calibrate", NULL};
	struct calibration calibration;
	struct answer answer;
	bool ok;

	if (!helper_ask(&call->session->helper, argv, &answer, call->error)) {
		if (!call->error->line)
			command_point(call->command, call->reader, 0, call->error);
		return false;
	}
	ok = calibration_parse(&calibration, buf_str(&answer.out), call->error);
	if (ok) {
		buf_puts(call->out, buf_str(&answer.out));
		ok = calibration_keep(buf_str(&answer.out), call->out, call->error);
	}
	answer_deinit(&answer);
	return ok;
}
