/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/completion.h"
#include "base/output.h"

bool option_flag(void *at, const char *value)
{
	(void)value;
	return *(bool *)at = true;
}

bool option_text(void *at, const char *value)
{
	*(const char **)at = value;
	return true;
}

bool option_seconds(void *at, const char *value)
{
	char *end;
	double seconds = strtod(value, &end);

	if (end == value || *end || !(seconds > 0 && seconds <= 86400))
		return false;
	*(unsigned *)at = (unsigned)(seconds * 1000);
	return true;
}

/* --- what is wrong ---------------------------------------------------------------- */

static bool wrong(const struct program *program, struct vf_error *error, const char *format,
		  va_list args)
{
	struct buf message = {0};

	buf_vprintf(&message, format, args);
	vf_error_set(error, "%s", buf_str(&message));
	vf_error_hint(error, "%s --help lists the options", program->name);
	buf_deinit(&message);
	return false;
}

__attribute__((format(printf, 3, 4)))
static bool refuse(const struct program *program, struct vf_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	wrong(program, error, format, args);
	va_end(args);
	return false;
}

int options_complain(const struct program *program, const char *format, ...)
{
	struct vf_error error;
	va_list args;

	va_start(args, format);
	wrong(program, &error, format, args);
	va_end(args);
	return output_error(program->name, &error);
}

/* Modes go by what chooses them: "only one of --evidence, --lines and --compare". */
static bool refuse_mode(const struct program *program, struct vf_error *error)
{
	const char *last = NULL;
	struct buf names = {0};

	for (size_t i = 0; i < program->row_count; i++) {
		if (!program->rows[i].mode || !program->rows[i].name)
			continue;
		if (last)
			buf_printf(&names, "%s%s", names.len ? ", " : "", last);
		last = program->rows[i].name;
	}
	refuse(program, error, "only one of %s and %s", buf_str(&names), last);
	buf_deinit(&names);
	return false;
}

/* The options of these modes, as words: "--compare or --record". */
static void put_modes(const struct program *program, uint32_t modes, struct buf *out)
{
	const char *last = NULL;

	for (size_t i = 0; i < program->row_count; i++) {
		const struct option_row *row = &program->rows[i];

		if (!row->mode || !row->name || !(modes & OPTION_MODE(row->mode)))
			continue;
		if (last)
			buf_printf(out, "%s%s", out->len ? ", " : "", last);
		last = row->name;
	}
	if (last)
		buf_printf(out, "%s%s", out->len ? " or " : "", last);
}

/* An option that would have no effect is an error. */
static bool check_modes(const struct program *program, const struct command_line *line,
			struct vf_error *error)
{
	const struct option_row *wrong = NULL;
	struct buf names = {0};

	for (size_t i = 0; i < program->row_count && !wrong; i++) {
		const struct option_row *row = &program->rows[i];

		if (line->given >> i & 1 && row->modes && !(row->modes & OPTION_MODE(line->mode)))
			wrong = row;
	}
	if (!wrong)
		return true;
	put_modes(program, line->mode ? OPTION_MODE(line->mode) : wrong->modes, &names);
	refuse(program, error, line->mode ? "%s cannot be combined with %s" : "%s needs %s",
	       wrong->name, buf_str(&names));
	buf_deinit(&names);
	return false;
}

/* --- reading ---------------------------------------------------------------------- */

/* Every program's; they fill in a struct command_line. */
static const struct option_row common[] = {
	{"--help", "-h", OPTION_FLAG(struct command_line, help)},
	{"--version", "-V", OPTION_FLAG(struct command_line, version)},
};

static const struct option_row *find(const struct option_row *rows, size_t n, const char *word)
{
	size_t length = strcspn(word, "=");

	for (size_t i = 0; i < n; i++) {
		const char *name = rows[i].name, *small = rows[i].short_name;

		if (name && ((strlen(name) == length && !strncmp(name, word, length)) ||
			     (small && !strcmp(small, word))))
			return &rows[i];
	}
	return NULL;
}

const struct option_row *options_find(const struct program *program, const char *word)
{
	return find(program->rows, program->row_count, word);
}

const struct option_row *options_command(const struct program *program, const char *word)
{
	for (size_t i = 0; i < program->row_count; i++) {
		const char *name = program->rows[i].name;

		if (name && name[0] != '-' && !strcmp(name, word))
			return &program->rows[i];
	}
	return NULL;
}

static bool choose_mode(const struct program *program, int mode, struct command_line *line,
			struct vf_error *error)
{
	if (mode && line->mode && line->mode != mode)
		return refuse_mode(program, error);
	if (mode)
		line->mode = mode;
	return true;
}

/* Takes the option argv[0]; returns how many words it used, 0 when it is wrong. */
static int take_option(const struct program *program, char **argv, void *options,
		       struct command_line *line, struct vf_error *error)
{
	const struct option_row *row = options_find(program, argv[0]);
	char *into = options, *value = strchr(argv[0], '=');
	int used = 1;

	if (row) {
		line->given |= UINT64_C(1) << (row - program->rows);
	} else {
		row = find(common, ARRAY_SIZE(common), argv[0]);
		into = (char *)line;
	}
	if (!row)
		return refuse(program, error, "unknown option '%s'", argv[0]);
	if (value) {
		value++;
	} else if (row->value) {
		value = argv[1];
		used = 2;
	}
	if (value && !row->value)
		return refuse(program, error, "%s takes no value", row->name);
	if (!value && row->value)
		return refuse(program, error, "%s needs a value: %s", row->name, row->value);
	if (!choose_mode(program, row->mode, line, error))
		return 0;
	if (row->take && !row->take(into + row->at, value))
		return refuse(program, error, "%s takes %s, not '%s'", row->name, row->value, value);
	return used;
}

bool options_read(const struct program *program, char **argv, void *options,
		  struct command_line *line, struct vf_error *error)
{
	const struct option_row *command;
	bool only_words = false, first = true;
	int used;

	*line = (struct command_line){.words = argv};
	if (!*argv)
		return true;
	if (argv[1] && !strcmp(argv[1], "--complete")) {
		line->complete = true;
		line->words = argv + 2;
		while (line->words[line->count])
			line->count++;
		return true;
	}
	for (argv++; *argv; argv += used) {
		bool option = !only_words && argv[0][0] == '-' && argv[0][1];

		used = 1;
		if (option && !strcmp(argv[0], "--")) {
			only_words = true;
			continue;
		}
		if (option) {
			used = take_option(program, argv, options, line, error);
			if (!used)
				return false;
			continue;
		}
		command = first ? options_command(program, argv[0]) : NULL;
		first = false;
		if (!command)
			line->words[line->count++] = argv[0];
		else if (!choose_mode(program, command->mode, line, error))
			return false;
	}
	return line->help || line->version || check_modes(program, line, error);
}

/* --- help ------------------------------------------------------------------------- */

/* The row's option, its value and its words, with a space between any two. */
static void label(const struct option_row *row, struct buf *out)
{
	const char *const parts[] = {row->name, row->value, row->words};

	buf_clear(out);
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
		if (parts[i] && *parts[i])
			buf_printf(out, "%s%s", out->len ? " " : "", parts[i]);
}

enum { LABEL = 60 }; /* a longer one has a line of its own, so that it does not move the second column */

/* The rows that are lines of the usage, or those that are not, in two columns. */
static void print_rows(const struct program *program, bool usage, struct buf *out)
{
	struct buf text = {0};
	size_t width = 0;
	bool first = true;

	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < program->row_count; i++) {
			const struct option_row *row = &program->rows[i];

			if (!row->help || usage != (row->words != NULL))
				continue;
			label(row, &text);
			if (pass == 0) {
				width = text.len > width && text.len <= LABEL ? text.len : width;
				continue;
			}
			if (usage)
				buf_printf(out, "%s%s ", first ? "usage: " : "       ", program->name);
			else
				buf_puts(out, "  ");
			if (text.len > LABEL)
				buf_printf(out, "%s\n%*s", buf_str(&text), (int)width + 2, "");
			else
				buf_printf(out, "%-*s", (int)width, buf_str(&text));
			buf_printf(out, "  %s\n", row->help);
			first = false;
		}
	buf_deinit(&text);
}

void options_help(const struct program *program, struct buf *out)
{
	print_rows(program, true, out);
	if (program->about)
		buf_printf(out, "\n%s", program->about);
	buf_puts(out, "\noptions:\n");
	print_rows(program, false, out);
	buf_puts(out, "  --help, --version\n");
	if (program->status)
		buf_printf(out, "\n%s", program->status);
}

bool options_answer(const struct program *program, const struct command_line *line, int *status)
{
	struct buf out = {0};

	if (line->complete)
		completion_print(program, line->words, &out);
	else if (line->help)
		options_help(program, &out);
	else if (line->version)
		buf_printf(&out, "%s %s\n", program->name, program->version);
	else
		return false;
	output_text(&out);
	*status = output_finish(program->name, 0);
	return true;
}
