/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands about what is outside of the models: the running kernel, other processes. */
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/output.h"
#include "outside/kept_calibration.h"
#include "outside/live_kernel.h"
#include "session/session_private.h"

#define PROBE "vmafork-probe"

static bool point(struct call *call, unsigned word)
{
	if (!call->error->line)
		command_point(call->command, call->reader, word, call->error);
	return false;
}

/* --- what the kernel did -------------------------------------------------------------------- */

/* The commands that shape memory: the kernels that are chosen make no difference to a real one. */
static void print_building(const struct session *s, struct buf *out)
{
	for (size_t i = session_log_start(s); i < s->log_count; i++)
		if (s->log[i].command->spec->builds) {
			command_print(s->log[i].command, out);
			buf_putc(out, '\n');
		}
}

bool session_shapes_memory(const struct session *s)
{
	struct buf commands = {0};
	bool any;

	print_building(s, &commands);
	any = commands.len > 0;
	buf_deinit(&commands);
	return any;
}

void session_set_reality(struct session *s, struct reality *reality)
{
	struct buf commands = {0};

	reality_free(s->reality);
	free(s->reality_of);
	s->reality = reality;
	s->reality_of = NULL;
	if (!reality)
		return;
	print_building(s, &commands);
	s->reality_of = xstrdup(buf_str(&commands));
	s->reality_fresh = s->reality_checked = true;
	buf_deinit(&commands);
}

const struct reality *session_reality(const struct session *session)
{
	struct session *s = (struct session *)session; /* found out when it is wanted */

	if (s->reality && !s->reality_checked) {
		struct buf commands = {0};

		print_building(s, &commands);
		s->reality_fresh = !strcmp(buf_str(&commands), s->reality_of);
		s->reality_checked = true;
		buf_deinit(&commands);
	}
	return s->reality && s->reality_fresh ? s->reality : NULL;
}

/* --- probe ---------------------------------------------------------------------------------- */

/* What fits into the deadline of this command is up to its reader. */
static void explain_late(const struct reality *reality, struct vf_error *error)
{
	uint64_t allowed = (uint64_t)ceil(reality->seconds);
	uint64_t more = allowed < PROBE_SECONDS_MOST / 6 ? allowed * 6 : PROBE_SECONDS_MOST;

	vf_error_set(error, "vmafork-probe: %s", reality->stopped);
	if (allowed < PROBE_SECONDS_MOST)
		vf_error_hint(error, "\"probe %" PRIu64 "\" allows %" PRIu64 " s", more, more);
	else
		vf_error_hint(error, "%" PRIu64 " s is the most: touch less memory", allowed);
}

/* An end that is no result of the kernel. Returns false. */
static bool explain_end(const struct reality *reality, const struct answer *answer,
			struct vf_error *error)
{
	if (reality->end == PROBE_LATE)
		explain_late(reality, error);
	else if (probe_end_is_error(reality->end))
		vf_error_set(error, "vmafork-probe: not carried out: %s", reality->stopped);
	else
		helper_complain(PROBE, answer, error);
	return false;
}

/* What it did with these commands, a line each. */
static struct reality *read_answer(const struct answer *answer, const char *commands,
				   struct vf_error *error)
{
	struct reality *reality = reality_read(buf_str(&answer->out), commands, error);

	if (!reality || (!probe_end_is_error(reality->end) && answer->status != EXIT_ERROR))
		return reality;
	explain_end(reality, answer, error);
	reality_free(reality);
	return NULL;
}

static struct reality *carry_out_for_real(struct call *call)
{
	char limit[24];
	struct session *s = call->session;
	struct shared_texts images = {0};
	struct shared_text shared;
	struct reality *reality = NULL;
	struct answer answer;
	struct buf text = {0}, commands = {0};

	snprintf(limit, sizeof(limit), "%" PRIu64, call->command->args.number);
	if (session_print(s, &images, &text, call->error) &&
	    share_text(buf_str(&text), text.len, &shared, call->error)) {
		const char *argv[] = {PROBE, "--sides", "--timeout", limit, shared.path, NULL};

		if (helper_ask_json(&s->helper, argv, &answer, call->error)) {
			print_building(s, &commands);
			reality = read_answer(&answer, buf_str(&commands), call->error);
			answer_deinit(&answer);
		}
		unshare_text(&shared);
	}
	shared_texts_deinit(&images);
	buf_deinit(&text);
	buf_deinit(&commands);
	return reality;
}

/* Which side this kernel behaves like; and, if this step shows no marks, which one does. */
static void print_sides(const struct session *s, struct buf *out)
{
	const struct reality *reality = session_reality(s);
	const struct timeline *timeline = session_timeline(s);

	reality_sides(reality, out);
	if (s->animate && reality->seen.moment_count && !reality_moment(reality, s->machine[LEFT]) &&
	    !reality_moment(reality, s->machine[RIGHT]))
		buf_printf(out, ". See it: %s%s", reality->whole ? "End" : "where fork ends",
			   timeline->divergence < timeline->count ? ", or !" : "");
	buf_putc(out, '\n');
}

static bool list_differences(struct call *call, const struct kernel *const kernels[SIDES])
{
	if (session_reality(call->session)) {
		reality_lines(session_reality(call->session), kernels, true, call->out);
		return true;
	}
	vf_error_set(call->error, "no probe results for these commands: run probe first");
	return point(call, 0);
}

bool run_probe(struct call *call)
{
	struct session *s = call->session;
	const struct kernel *const kernels[SIDES] = {s->kernel[LEFT], s->kernel[RIGHT]};
	int which = call->command->args.which;
	struct reality *reality;

	if (which == PROBE_OFF) {
		buf_puts(call->out, session_reality(s) ? "Probe results are not shown any more.\n"
						       : "There are no probe results: run probe first.\n");
		session_set_reality(s, NULL);
		return true;
	}
	if (which == PROBE_LIST)
		return list_differences(call, kernels);
	if (!session_settle(s, call->error))
		return point(call, 0);
	if (!session_shapes_memory(s)) {
		vf_error_set(call->error, "there is no command to carry out");
		vf_error_hint(call->error, "vma NAME BACKING SIZE maps memory, and fork forks it");
		return point(call, 0);
	}
	reality = carry_out_for_real(call);
	if (!reality)
		return point(call, 0);
	reality_judged(reality, kernels);
	session_set_reality(s, reality);
	/* On a screen the marks show the differences. */
	reality_lines(reality, kernels, !s->animate, call->out);
	print_sides(s, call->out);
	return true;
}

/* --- kernel SIDE live ---------------------------------------------------------------------- */

struct kernel *session_live_kernel(const struct session *s, char **told, struct vf_error *error)
{
	static const char *const argv[] = {PROBE, "--era", "--json", NULL};
	struct answer answer;
	struct kernel *kernel;

	*told = NULL;
	if (!helper_ask_json(&s->helper, argv, &answer, error))
		return NULL;
	kernel = live_kernel_read(s->profiles, buf_str(&answer.out), told, error);
	answer_deinit(&answer);
	return kernel;
}

/* --- import ---------------------------------------------------------------------------------- */

bool run_import(struct call *call)
{
	char pid[24];
	const char *argv[] = {PROBE, "--import", pid, NULL};
	struct shared_text shared;
	struct answer answer;
	bool ok;

	snprintf(pid, sizeof(pid), "%" PRIu64, call->command->args.number);
	if (!helper_ask(&call->session->helper, argv, &answer, call->error))
		return point(call, call->command->args.name);
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
