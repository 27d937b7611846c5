/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "base/output.h"
#include "vmlinux/answer.h"
#include "vmlinux/findings_json.h"
#include "vmlinux/image_run.h"
#include "vmlinux/running.h"

/* An image that was read. */
struct image_result {
	const char *path;
	const struct findings *findings;
	const struct reader_cost *cost;
	const struct image_answer *answer; /* NULL: the model's clauses cannot express it */
	bool found; /* the caller did not name it */
};

static void print_profile(const struct image_result *result, struct buf *out)
{
	/* A file that the caller did not name is of use only with its folder. */
	if (result->answer)
		image_answer_profile(result->answer, result->findings,
				     result->found ? result->path : image_title(result->path), out);
	output_text(out);
}

static void print_evidence(const struct image_result *result, struct buf *out)
{
	image_answer_evidence(result->findings, result->path, out);
	output_text(out);
}

static void print_lines(const struct image_result *result, struct buf *out)
{
	image_answer_lines(result->findings, out);
	output_text(out);
}

static void print_json(const struct image_result *result, struct buf *out)
{
	char *json = findings_json(result->findings, result->answer, result->cost, result->path);

	buf_printf(out, "%s\n", json);
	free(json);
	output_raw(out);
}

static void (*const print_forms[])(const struct image_result *result, struct buf *out) = {
	[FORM_PROFILE] = print_profile,
	[FORM_EVIDENCE] = print_evidence,
	[FORM_LINES] = print_lines,
	[FORM_JSON] = print_json,
};

int image_show(const struct image_options *options, const struct profiles *profiles,
	       enum image_form form, const char *path)
{
	static struct findings findings; /* too large for a stack */
	struct reader_cost cost = {0};
	struct image_answer answer = {0};
	struct image_result result = {path, &findings, &cost, NULL, !path};
	struct vf_error error = {0};
	struct buf out = {0}, found = {0};
	bool ok = path ? reader_ask(path, &options->reader, &findings, &cost, &error)
		       : running_ask(options->root, &options->reader, &findings, &cost, &found, &error);

	if (!ok) {
		buf_deinit(&found);
		return output_error(options->program, &error);
	}
	if (!path)
		path = result.path = buf_str(&found);
	if (form == FORM_LINES && !findings.has_lines) {
		vf_error_set(&error, "no debug info: the lines are missing");
		vf_error_hint(&error, "%s", DEBUG_INFO_HINT);
		ok = false;
	} else if (image_answer_create(&answer, &findings, profiles, &error)) {
		result.answer = &answer;
	}
	if (ok) {
		print_forms[form](&result, &out);
		image_answer_deinit(&answer);
		ok = result.answer || form == FORM_LINES;
	}
	if (!ok)
		snprintf(error.file, sizeof(error.file), "%s", path);
	buf_deinit(&found);
	return ok ? EXIT_ALIKE : output_error(options->program, &error);
}
