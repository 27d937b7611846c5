/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cost: what a fork costs a process, or one that something is left of; once, or again and again. */
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "outside/import_call.h"
#include "outside/kept_calibration.h"
#include "session/cost/fork_cost.h"
#include "tty/front.h"
#include "tty/plain.h"
#include "tty/run_helper.h"

#define COLUMNS_DEFAULT 80
#define HOME_AND_CLEAR "\033[H\033[J"

/* A scenario that somebody has imported before, and perhaps changed. */
static bool is_scenario(const char *word)
{
	size_t n = strlen(word);

	return n > 4 && !strcmp(word + n - 4, ".vma");
}

static bool import(const struct front_options *options, char *const words[], int count,
		   struct answer *answer, struct vf_error *error)
{
	struct helper helper = {.run = helper_run_plainly, .most = options->budget.memory / 4};
	struct import_call call;
	bool ok;

	import_call_init(&call, words[0], count > 1 ? words[1] : NULL, options->budget, false);
	ok = helper_ask(&helper, call.argv, answer, error);
	import_call_deinit(&call);
	return ok;
}

static bool load_import(const struct front_options *options, struct session *session,
			char *const words[], int count, struct buf *scenario, struct vf_error *error)
{
	struct shared_text shared;
	struct answer answer;
	struct buf said = {0};
	bool ok;

	if (!import(options, words, count, &answer, error))
		return false;
	ok = share_text(buf_str(&answer.out), answer.out.len, &shared, error);
	if (ok) {
		ok = session_load(session, shared.path, &said, error);
		unshare_text(&shared);
	}
	if (ok)
		buf_add(scenario, buf_str(&answer.out), answer.out.len);
	buf_deinit(&said);
	answer_deinit(&answer);
	return ok;
}

static bool load(const struct front_options *options, struct session *session, char *const words[],
		 int count, struct buf *scenario, struct vf_error *error)
{
	struct buf said = {0};
	char *text;
	size_t length;
	bool ok;

	if (!is_scenario(words[0]))
		return load_import(options, session, words, count, scenario, error);
	ok = session_load(session, words[0], &said, error);
	text = ok ? read_file_within(words[0], NAMED_BY_USER, session_budget(session), &length, error) : NULL;
	if (text)
		buf_add(scenario, text, length);
	free(text);
	buf_deinit(&said);
	return ok && text;
}

static int columns(void)
{
	struct winsize size;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col
								       : COLUMNS_DEFAULT;
}

static void print_cost(const struct front_options *options, const struct fork_cost *cost)
{
	bool utf8 = options->loop.glyphs == GLYPHS_UTF8 ||
		    (options->loop.glyphs == GLYPHS_AUTO && !strcmp(nl_langinfo(CODESET), "UTF-8"));
	struct buf out = {0};

	if (options->json) {
		fork_cost_json(cost, &out);
		output_raw(&out);
		return;
	}
	fork_cost_text(cost, &out);
	if (isatty(STDOUT_FILENO)) {
		buf_putc(&out, '\n');
		fork_cost_bars(cost, columns(), utf8, &out);
	}
	output_text(&out);
}

/* Once. first: nothing was printed yet. */
static int cost_once(const struct front_options *options, char *const words[], int count, bool first)
{
	struct session *session = session_create(false);
	struct calibration prices;
	struct fork_cost cost;
	struct vf_error error = {0}, ignored;
	struct buf scenario = {0}, between = {0};
	bool measured = calibration_load(&prices, &ignored);
	int status = EXIT_HOLDS;

	session_set_budget(session, options->budget);
	if (!load(options, session, words, count, &scenario, &error) ||
	    !fork_cost_compute(&cost, session, measured ? &prices : NULL, buf_str(&scenario), &error)) {
		status = plain_error(&error);
	} else {
		if (options->watch_ms && !options->json && isatty(STDOUT_FILENO))
			buf_puts(&between, HOME_AND_CLEAR);
		else if (!first && !options->json)
			buf_putc(&between, '\n');
		output_raw(&between);
		print_cost(options, &cost);
		fork_cost_deinit(&cost);
	}
	buf_deinit(&scenario);
	session_free(session);
	return status;
}

int front_cost(const struct front_options *options, char *const words[], int count)
{
	struct timespec pause = {.tv_sec = options->watch_ms / 1000,
				 .tv_nsec = options->watch_ms % 1000 * 1000000L};
	int status;

	if (options->watch_ms && words[0][strspn(words[0], "0123456789")])
		return options_complain(options->program,
					"--watch is for a process, and %s is none", words[0]);
	/* A signal ends it, as its default is; so does the end of the process, with an error. */
	for (bool first = true;; first = false) {
		status = cost_once(options, words, count, first);
		if (status != EXIT_HOLDS || !options->watch_ms || !output_flush())
			return status;
		nanosleep(&pause, NULL);
	}
}
