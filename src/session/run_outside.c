/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that ask the running kernel or other processes. */
#include <ctype.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "outside/kept_calibration.h"
#include "outside/live_kernel.h"
#include "session/session_private.h"

#define PROBE "vmafork-probe"

/* The exit status of --era if no known kernel explains the running one. */
enum { NOT_KNOWN = 1 };

static bool point(struct call *call, unsigned word)
{
	if (!call->error->line)
		command_point(call->command, call->reader, word, call->error);
	return false;
}

/* --- probe ---------------------------------------------------------------------------------- */

/* Adds line `number` of a text, counted from 1. */
static void add_line(const char *text, unsigned long number, struct buf *out)
{
	while (--number && *text)
		text += strcspn(text, "\n") + (text[strcspn(text, "\n")] != '\0');
	buf_add(out, text, strcspn(text, "\n"));
}

/* Turns "PATH:LINE: what" into "COMMAND: what": the user does not know the temporary file. */
static void name_commands(struct verdict *verdict, const char *path, const char *text)
{
	size_t n = strlen(path);

	for (size_t i = 0; i < verdict->difference_count; i++) {
		const char *line = verdict->differences[i];
		struct buf named = {0};
		unsigned long number;
		char *rest;

		if (strncmp(line, path, n) || line[n] != ':')
			continue;
		number = strtoul(line + n + 1, &rest, 10);
		if (!number || *rest != ':')
			continue;
		add_line(text, number, &named);
		buf_puts(&named, rest);
		free(verdict->differences[i]);
		verdict->differences[i] = buf_take(&named);
	}
}

/* Removes the temporary file's name and line from an error. */
static void forget_path(struct vf_error *error, const char *path)
{
	char *at = strstr(error->message, path), *rest;

	if (!at)
		return;
	rest = at + strlen(path);
	rest += strspn(rest, ":0123456789 ");
	memmove(at, rest, strlen(rest) + 1);
}

/* Replaces vmafork-probe's hint, which names its own option. */
static void hint_time(struct vf_error *error, uint64_t seconds)
{
	uint64_t more = seconds * 6 < PROBE_SECONDS_MOST ? seconds * 6 : PROBE_SECONDS_MOST;

	if (strstr(error->message, "before the deadline"))
		vf_error_hint(error, seconds < PROBE_SECONDS_MOST
					     ? "timed out after %" PRIu64 " s; \"probe %" PRIu64 "\" allows %" PRIu64 " s"
					     : "timed out after %" PRIu64 " s, the longest limit: use less memory",
			      seconds, more, more);
}

static struct observed *ask_probe(struct call *call)
{
	uint64_t seconds = call->command->args.probe.seconds;
	char limit[24];
	struct session *s = call->session;
	struct shared_texts images = {0};
	struct shared_text shared;
	struct observed *observed = NULL;
	struct answer answer;
	struct buf text = {0};

	snprintf(limit, sizeof(limit), "%" PRIu64, seconds);
	if (session_print(s, &images, &text, call->error) &&
	    share_text(buf_str(&text), text.len, &shared, call->error)) {
		const char *argv[] = {PROBE, "--sides", "--timeout", limit, shared.path, NULL};

		if (helper_ask(&s->helper, argv, 0, &answer, call->error)) {
			observed = observed_read(buf_str(&answer.out), call->error);
			answer_deinit(&answer);
		} else {
			forget_path(call->error, shared.path);
			hint_time(call->error, seconds);
		}
		unshare_text(&shared);
	}
	for (int side = 0; observed && side < SIDES; side++)
		name_commands(&observed->verdicts[side], shared.path, buf_str(&text));
	shared_texts_deinit(&images);
	buf_deinit(&text);
	return observed;
}

/* Which side predicts it; and, where this step shows no marks, which one does. */
static void tell_sides(const struct session *s, struct buf *out)
{
	const struct observed *observed = session_observed(s);
	const struct timeline *timeline = session_timeline(s);

	observed_sides(observed, out);
	if (s->animate && observed->seen.moment_count && !observed_moment(observed, s->machine[LEFT]) &&
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
	observed = ask_probe(call);
	if (!observed) {
		buf_deinit(&commands);
		return point(call, 0);
	}
	observed_judged(observed, kernels);
	probed_set(&s->probed, observed, buf_str(&commands));
	buf_deinit(&commands);
	/* On a screen the marks show the differences. */
	observed_lines(observed, kernels, !s->animate, call->out);
	tell_sides(s, call->out);
	return true;
}

/* --- kernel SIDE live ---------------------------------------------------------------------- */

struct kernel *session_live_kernel(const struct session *s, char **told, struct vf_error *error)
{
	static const char *const argv[] = {PROBE, "--era", "--json", NULL};
	struct answer answer;
	struct kernel *kernel;

	*told = NULL;
	if (!helper_ask(&s->helper, argv, NOT_KNOWN, &answer, error))
		return NULL;
	kernel = era_read(s->profiles, buf_str(&answer.out), told, error);
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
	if (!helper_ask(&call->session->helper, argv, 0, &answer, call->error))
		return point(call, 1);
	ok = share_text(buf_str(&answer.out), answer.out.len, &shared, call->error);
	if (ok) {
		ok = session_open_file(call, shared.path);
		unshare_text(&shared);
	}
	/* The first comment of the output names the process and the time. */
	if (ok && !strncmp(buf_str(&answer.out), "# ", 2)) {
		add_line(buf_str(&answer.out) + 2, 1, call->out);
		buf_putc(call->out, '\n');
	}
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

	if (!helper_ask(&call->session->helper, argv, 0, &answer, call->error)) {
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
