/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A command line is read, and help is printed, by one table. */
#include "support/check.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/completion.h"
#include "base/options.h"

struct options {
	bool still;
	const char *file;
	int number;
};

enum { MODE_A = 1, MODE_B, MODE_C, MODE_D };

/* A digit. */
static bool take_number(void *at, const char *value)
{
	*(int *)at = value[0] - '0';
	return value[0] >= '0' && value[0] <= '9' && !value[1];
}

static const struct option_row rows[] = {
	{.words = "FILE", .help = "reads it"},
	{"--able", .words = "", .help = "does A", .mode = MODE_A},
	{"--baker", .value = "N", .words = "FILE...", .help = "does B", .mode = MODE_B,
	 .take = take_number, .at = offsetof(struct options, number)},
	{"--charlie", .mode = MODE_C},
	{"delta", .words = "[FILE]", .help = "does D", .mode = MODE_D},
	{.words = "delta --still", .help = "quietly", .mode = MODE_D},
	{"--tuned", .modes = OPTION_MODE(MODE_A) | OPTION_MODE(MODE_C)},
	{"--doubled", .modes = OPTION_MODE(MODE_C) | OPTION_MODE(MODE_D)},
	{"--plain", .modes = ~OPTION_MODE(MODE_B)},
	{"--still", "-s", .help = "no animation", OPTION_FLAG(struct options, still)},
	{"--file", .value = "FILE", .help = "where it is", OPTION_TEXT(struct options, file)},
	{"--tint", .value = "red|orange|yellow|green|blue|indigo|violet|white|gray|black|brown", .hidden = true,
	 .help = "which color"},
	{"--shade", .value = "dark|light", .hidden = true},
	{"--number", .value = "DIGIT", .help = "how many", .take = take_number,
	 .at = offsetof(struct options, number)},
};

static const struct program program = {
	.name = "prog",
	.version = "1.2",
	.rows = rows,
	.row_count = ARRAY_SIZE(rows),
	.about = "About it.\n",
	.status = "Its status.\n",
};

static struct options options;
static struct command_line line;
static struct vf_error error;

#define READ(...) read_words((char *[]){"prog", __VA_ARGS__, NULL})

static bool read_words(char **argv)
{
	options = (struct options){0};
	return options_read(&program, argv, &options, &line, &error);
}

/* Words of the last READ with a '|' after each. */
static const char *words(void)
{
	static char text[200];

	text[0] = '\0';
	for (int i = 0; i < line.count; i++) {
		strcat(text, line.words[i]);
		strcat(text, "|");
	}
	return text;
}

static void test_values(void **state)
{
	(void)state;
	assert_true(READ("--file", "x", "--still", "--number=7"));
	assert_string_equal(options.file, "x");
	assert_true(options.still);
	assert_int_equal(options.number, 7);
	assert_int_equal(line.count, 0);
	assert_int_equal(line.mode, 0);

	assert_true(READ("--file=a=b", "--file", "--still"));
	assert_string_equal(options.file, "--still"); /* the last one counts, whatever it is */
	assert_false(options.still);
	assert_true(READ("--file="));
	assert_string_equal(options.file, "");
	assert_true(READ("-s"));
	assert_true(options.still);
}

static void test_words(void **state)
{
	char *nothing[] = {NULL};

	(void)state;
	assert_true(READ("a", "--still", "-", "b", "--", "--file", "--", "c"));
	assert_string_equal(words(), "a|-|b|--file|--|c|");
	assert_true(options.still);
	assert_null(options.file);
	assert_true(READ(""));
	assert_string_equal(words(), "|");
	assert_true(read_words(nothing));
	assert_int_equal(line.count, 0);
}

static void test_modes(void **state)
{
	(void)state;
	assert_true(READ("--able", "--able", "x"));
	assert_int_equal(line.mode, MODE_A);
	assert_true(READ("--baker", "3", "x"));
	assert_int_equal(line.mode, MODE_B);
	assert_int_equal(options.number, 3);
	assert_false(READ("--able", "--charlie"));
	assert_string_equal(error.message, "only one of --able, --baker, --charlie and delta");
}

static void test_commands(void **state)
{
	(void)state;
	assert_true(READ("--still", "delta", "x", "delta"));
	assert_int_equal(line.mode, MODE_D);
	assert_string_equal(words(), "x|delta|");
	assert_true(READ("x", "delta"));
	assert_int_equal(line.mode, 0);
	assert_string_equal(words(), "x|delta|");
	assert_true(READ("--", "--able"));
	assert_int_equal(line.mode, 0);
	assert_string_equal(words(), "--able|");
	assert_true(READ("deltas"));
	assert_string_equal(words(), "deltas|");
	assert_false(READ("delta", "--able"));
	assert_string_equal(error.message, "only one of --able, --baker, --charlie and delta");
	assert_false(READ("--able", "delta"));
	assert_false(READ("--tuned", "delta"));
	assert_string_equal(error.message, "--tuned cannot be combined with delta");
	assert_false(READ("--doubled", "x"));
	assert_string_equal(error.message, "--doubled needs --charlie or delta");
}

static void test_options_of_modes(void **state)
{
	(void)state;
	assert_true(READ("--tuned", "--charlie"));
	assert_true(READ("--able", "--tuned"));
	assert_false(READ("--tuned", "x"));
	assert_string_equal(error.message, "--tuned needs --able or --charlie");
	assert_false(READ("--tuned", "--baker", "3"));
	assert_string_equal(error.message, "--tuned cannot be combined with --baker");
	assert_true(READ("--plain", "x"));
	assert_true(READ("--plain", "--able"));
	assert_false(READ("--plain", "--baker=3"));
	assert_true(READ("--tuned", "--help"));
}

static void test_everybodys(void **state)
{
	(void)state;
	assert_true(READ("x", "-h"));
	assert_true(line.help && !line.version);
	assert_true(READ("--version", "--help"));
	assert_true(line.help && line.version);
	assert_true(READ("-V"));
	assert_true(line.version);
	assert_true(READ("--still"));
	assert_false(line.help || line.version);
}

static void assert_refused(bool ok, const char *message)
{
	assert_false(ok);
	assert_string_equal(error.message, message);
	assert_string_equal(error.hint, "prog --help lists the options");
}

static void test_refusals(void **state)
{
	char long_word[2000] = "--";

	(void)state;
	assert_refused(READ("--nonsense=1"), "unknown option '--nonsense=1'");
	assert_refused(READ("--stil"), "unknown option '--stil'");
	assert_refused(READ("--stills"), "unknown option '--stills'");
	assert_refused(READ("-s=1"), "unknown option '-s=1'");
	assert_refused(READ("-x"), "unknown option '-x'");
	assert_refused(READ("--=x"), "unknown option '--=x'");
	assert_refused(READ("--still=yes"), "--still takes no value");
	assert_refused(READ("--help="), "--help takes no value");
	assert_refused(READ("x", "--file"), "--file needs a value: FILE");
	assert_refused(READ("--number", "x"), "--number takes DIGIT, not 'x'");
	assert_refused(READ("--number="), "--number takes DIGIT, not ''");
	assert_refused(READ("--still", "--no"), "unknown option '--no'");

	memset(long_word + 2, 'x', sizeof(long_word) - 3);
	assert_false(READ(long_word));
	assert_non_null(strstr(error.message, "unknown option"));
	assert_string_equal(error.hint, "prog --help lists the options");
}

#define NEXT(...) next_word((char *[]){__VA_ARGS__, NULL})

/* What may come next, a space after each. */
static const char *next_word(char *const *before)
{
	static char text[300];
	struct buf out = {0};

	completion_print(&program, before, &out);
	snprintf(text, sizeof(text), "%s", buf_str(&out));
	for (char *p = text; (p = strchr(p, '\n'));)
		*p = ' ';
	buf_deinit(&out);
	return text;
}

static void test_completion(void **state)
{
	(void)state;
	assert_string_equal(NEXT(NULL), "FILE --able --baker --charlie delta --plain --still "
					"--file --number --help --version ");
	assert_string_equal(NEXT("--still", "x"), "--able --baker --charlie --plain --still "
						  "--file --number ");
	assert_string_equal(NEXT("--able"), "--tuned --plain --still --file --number ");
	assert_string_equal(NEXT("--baker"), "N ");
	assert_string_equal(NEXT("--baker", "3", "x"), "FILE --still --file --number ");
	assert_string_equal(NEXT("--baker=3"), "FILE --still --file --number ");
	assert_string_equal(NEXT("delta"), "FILE --doubled --plain --still --file --number ");
	assert_string_equal(NEXT("delta", "delta"), "--doubled --plain --still --file --number ");
	assert_string_equal(NEXT("--file"), "FILE ");
	assert_string_equal(NEXT("--shade"), "dark light ");
	assert_string_equal(NEXT("--"), "FILE ");
	assert_string_equal(NEXT("--nonsense", "delta"), "FILE --doubled --plain --still --file --number ");

	assert_true(READ("--complete", "--nonsense", "x"));
	assert_true(line.complete);
	assert_string_equal(words(), "--nonsense|x|");
}

static void test_help(void **state)
{
	struct buf out = {0};

	(void)state;
	options_help(&program, &out);
	assert_string_equal(buf_str(&out), "usage: prog FILE               reads it\n"
					   "       prog --able             does A\n"
					   "       prog --baker N FILE...  does B\n"
					   "       prog delta [FILE]       does D\n"
					   "       prog delta --still      quietly\n"
					   "\n"
					   "About it.\n"
					   "\n"
					   "options:\n"
					   "  --still         no animation\n"
					   "  --file FILE     where it is\n"
					   "  --tint red|orange|yellow|green|blue|indigo|violet|white|gray|black|brown\n"
					   "                  which color\n"
					   "  --number DIGIT  how many\n"
					   "  --help, --version\n"
					   "\n"
					   "Its status.\n");
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_commands),
		cmocka_unit_test(test_options_of_modes),
		cmocka_unit_test(test_everybodys),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
