/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that look outside of the models: the running kernel, other processes. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/alloc.h"
#include "scenario/session_private.h"

#define PROBE "vmafork-probe"

/* Its exit status when there was nothing to see, or not in all. */
enum { NOT_ALL = 77 };

/* --- a text that another program of the same user can read as a file, and nobody keeps ---- */

struct shared_text {
	int fd;
	char path[64];
};

static bool share(const struct buf *text, struct shared_text *shared, struct vf_error *error)
{
	size_t done = 0;

	shared->fd = memfd_create("scenario", MFD_CLOEXEC);
	snprintf(shared->path, sizeof(shared->path), "/proc/%d/fd/%d", (int)getpid(), shared->fd);
	while (shared->fd >= 0 && done < text->len) {
		ssize_t n = write(shared->fd, text->s + done, text->len - done);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (shared->fd >= 0 && done == text->len)
		return true;
	vf_error_set(error, "cannot hand a text to another program: %s", strerror(errno));
	if (shared->fd >= 0)
		close(shared->fd);
	return false;
}

static bool point(struct call *call, unsigned word)
{
	if (!call->error->line)
		command_point(call->command, call->reader, word, call->error);
	return false;
}

/* --- probe ---------------------------------------------------------------------------------- */

bool parse_probe(struct parser *p)
{
	p->command->args.on = !maybe_word(p, "off");
	return parse_end(p);
}

/* Line `number` of a text. */
static void add_line(const char *text, unsigned long number, struct buf *out)
{
	while (--number && *text)
		text += strcspn(text, "\n") + (text[strcspn(text, "\n")] != '\0');
	buf_add(out, text, strcspn(text, "\n"));
}

/* "PATH:LINE: what" as "COMMAND: what": nobody has seen that file. */
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

static struct reality *look(struct call *call)
{
	struct session *s = call->session;
	struct shared_text shared;
	struct reality *reality = NULL;
	struct answer answer;
	struct buf text = {0};

	session_print(s, &text);
	if (share(&text, &shared, call->error)) {
		const char *argv[] = {PROBE, "--sides", shared.path, NULL};

		if (session_ask(s, argv, NOT_ALL, &answer, call->error)) {
			reality = reality_read(buf_str(&answer.out), call->error);
			answer_deinit(&answer);
		}
		close(shared.fd);
	}
	for (int side = 0; reality && side < SIDES; side++)
		name_commands(&reality->verdicts[side], shared.path, buf_str(&text));
	buf_deinit(&text);
	return reality;
}

bool run_probe(struct call *call)
{
	struct session *s = call->session;
	struct reality *reality;

	if (!call->command->args.on) {
		session_set_reality(s, NULL);
		return true;
	}
	if (!session_settle(s, call->error))
		return point(call, 0);
	reality = look(call);
	if (!reality)
		return point(call, 0);
	session_set_reality(s, reality);
	reality_lines(reality, call->out);
	return true;
}

/* --- import ---------------------------------------------------------------------------------- */

bool parse_import(struct parser *p)
{
	struct args *args = &p->command->args;

	args->name = p->at;
	if (!parser_peek(p))
		return parser_fail(p, p->at, "expected the number of a process");
	if (!parse_number(p, &args->number))
		return false;
	if (!args->number || args->number > INT_MAX)
		return parser_fail(p, args->name, "expected the number of a process");
	return parse_end(p);
}

bool run_import(struct call *call)
{
	char pid[24];
	const char *argv[] = {PROBE, "--import", pid, NULL};
	struct shared_text shared;
	struct answer answer;
	bool ok;

	snprintf(pid, sizeof(pid), "%" PRIu64, call->command->args.number);
	if (!session_ask(call->session, argv, 0, &answer, call->error))
		return point(call, call->command->args.name);
	ok = share(&answer.out, &shared, call->error);
	answer_deinit(&answer);
	if (!ok)
		return point(call, 0);
	ok = session_open_file(call, shared.path);
	close(shared.fd);
	return ok;
}
