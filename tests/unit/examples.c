/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each command has an example, and what help shows can be typed as it is. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "language/command.h"
#include "support/world.h"

static char folder[] = "/tmp/vmafork-examples-XXXXXX";

/* The files that examples name. */
static int make_files(void **state)
{
	static const char text[] = "vma heap anon 64K\ntouch heap\nfork\n";
	struct vf_error error;

	(void)state;
	return mkdtemp(folder) && !chdir(folder) && !mkdir("linux", 0700) && !mkdir("linux/mm", 0700) &&
			       write_file("linux/mm/memory.c", "", 0, &error) &&
			       write_file("other.vma", text, strlen(text), &error)
		       ? 0
		       : -1;
}

static int remove_files(void **state)
{
	(void)state;
	unlink("linux/mm/memory.c");
	unlink("other.vma");
	unlink("mine.vma");
	return rmdir("linux/mm") || rmdir("linux") || rmdir(folder);
}

/*
 * These ask other programs about this machine, or need a screen: tests/parts/probe.sh and
 * import.sh, tests/unit/record.c and export.c try them.
 */
static bool asks_elsewhere(const struct command *command)
{
	return command->spec->id == COMMAND_probe || command->spec->id == COMMAND_import ||
	       command->spec->id == COMMAND_calibrate || command->spec->id == COMMAND_record ||
	       command->spec->id == COMMAND_export || command->spec->id == COMMAND_set_palette ||
	       command->spec->id == COMMAND_set_mouse;
}

static void carry_out(struct session *session, struct reader *reader, struct line *line)
{
	struct vf_error error;
	struct command *command = command_parse(reader, line, false, &error);
	enum request request;
	struct buf text = { 0 }, out = { 0 };

	if (!command) {
		print_error("line %u: %s\n", error.line, error.message);
		fail();
	}
	command_print(command, &text);
	if (!asks_elsewhere(command) &&
	    !session_command(session, buf_str(&text), &out, &request, &error)) {
		print_error("%s: %s\n", buf_str(&text), error.message);
		fail();
	}
	command_free(command);
	buf_deinit(&text);
	buf_deinit(&out);
}

/* Does one of its lines show the command? */
static bool shows(const struct command_spec *spec)
{
	size_t n = strlen(spec->name);
	int process;

	for (const char *line = spec->example; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		for (process = PROCESS_PARENT; spec->by == BY_NAMED && process <= PROCESS_CHILD; process++)
			if (!strncmp(line, process_names[process], strlen(process_names[process])))
				line += strlen(process_names[process]) + 1;
		if (!strncmp(line, spec->name, n) && strchr(" \n", line[n]))
			return true;
	}
	return false;
}

static void test_each_command(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMMANDS; i++) {
		const struct command_spec *spec = &commands[i];
		struct session *session = world("");
		struct reader reader;
		bool more = true;

		if (!spec->example || !shows(spec)) {
			print_error("%s: no example of it\n", spec->name);
			fail();
		}
		reader_init(&reader, spec->name, spec->example, strlen(spec->example));
		while (more) {
			struct vf_error error;
			struct line line;

			assert_true(reader_next(&reader, &line, &more, &error));
			if (more)
				carry_out(session, &reader, &line);
		}
		if (session_failed(session)) {
			print_error("%s: an expectation of its example does not hold\n", spec->name);
			fail();
		}
		session_free(session);
	}
}

static void test_help_shows_it(void **state)
{
	struct buf out = { 0 };

	(void)state;
	assert_true(command_help("touch", &out));
	assert_non_null(strstr(buf_str(&out), "    Example:\n        vma heap anon 64K\n        touch heap 0-3\n"));
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_command),
		cmocka_unit_test(test_help_shows_it),
	};

	return cmocka_run_group_tests_name("examples", tests, make_files, remove_files);
}
