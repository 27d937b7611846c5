/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What comes from a terminal, and signals, without one. */
#include "support/check.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "tty/sequence.h"
#include "tty/signals.h"

/* Feeds what follows an ESC; returns how many characters of it are the sequence's. */
static size_t taken(struct sequence *s, const char *text)
{
	size_t n = 0;

	sequence_begin(s);
	while (text[n])
		if (sequence_add(s, (unsigned char)text[n++]))
			return n;
	return 0; /* there is more to come */
}

static void test_sequences(void **state)
{
	static const struct {
		const char *text; /* after the first ESC, with something typed after it */
		size_t length;
		bool control;
	} table[] = {
		{"[6~x", 3, true},    {"[1;2Dx", 5, true}, {"[Ax", 2, true},   {"[200~x", 5, true},
		{"[[Ax", 3, true},    {"OPx", 2, true},	   {"O2Px", 3, true},  {"\033[Ax", 3, true},
		{"[?62;1cx", 7, true}, {"xx", 1, false},   {"[", 0, false},    {"[1;", 0, true},
		{"O", 0, false},      {"[\rx", 2, true},   {"\033", 0, false},
	};
	struct sequence s;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		size_t length = taken(&s, table[i].text);

		assert_int_equal(length, table[i].length);
		assert_int_equal(is_control_sequence(s.bytes, s.length), table[i].control);
		if (length) {
			assert_int_equal(s.length, length + 1);
			assert_memory_equal(s.bytes + 1, table[i].text, length);
		}
	}
	assert_false(is_control_sequence("[6~", 3)); /* typed */
	assert_false(is_control_sequence("\033", 1));
}

/* However long, it ends at its last byte, and is not a key. */
static void test_a_long_sequence(void **state)
{
	struct sequence s;

	(void)state;
	sequence_begin(&s);
	assert_false(sequence_add(&s, '['));
	for (int i = 0; i < 100000; i++)
		assert_false(sequence_add(&s, '1'));
	assert_true(sequence_add(&s, 'A'));
	assert_true(s.length <= sizeof(s.bytes));
	assert_true(is_control_sequence(s.bytes, s.length));
}

static void restored(void)
{
	ssize_t ignored = write(STDOUT_FILENO, "", 1);

	(void)ignored;
}

/* A program that never comes back to its input gets the signal once. Side by side: each takes seconds. */
static void test_a_busy_program(void **state)
{
	static const int signals[] = {SIGTERM, SIGHUP, SIGQUIT};
	pid_t pids[ARRAY_SIZE(signals)];
	int outputs[ARRAY_SIZE(signals)];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		int ends[2];

		assert_int_equal(pipe(ends), 0);
		pids[i] = fork();
		assert_true(pids[i] >= 0);
		if (!pids[i]) {
			dup2(ends[1], STDOUT_FILENO);
			close(ends[0]);
			close(ends[1]);
			signals_open(restored);
			raise(signals[i]);
			for (;;)
				pause();
		}
		close(ends[1]);
		outputs[i] = ends[0];
	}
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++) {
		struct pollfd fd = {.fd = outputs[i], .events = POLLIN};
		char byte;
		int status;

		if (poll(&fd, 1, 30000) != 1)
			kill(pids[i], SIGKILL);
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_true(WIFSIGNALED(status));
		assert_int_equal(WTERMSIG(status), signals[i]);
		assert_int_equal(read(outputs[i], &byte, 1), 1); /* the terminal was restored */
		close(outputs[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequences),
		cmocka_unit_test(test_a_long_sequence),
		cmocka_unit_test(test_a_busy_program),
	};

	return cmocka_run_group_tests_name("terminal", tests, NULL, NULL);
}
