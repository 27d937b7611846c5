/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/completion.h"

#include <string.h>

/* Where the next word would be. */
struct word_place {
	int mode;
	int words;			/* before it, options and commands apart */
	const struct option_row *wants; /* it is the value of that; NULL: it is not */
	bool only_words, begun;		/* after "--"; after the first word */
};

static void pass(const struct program *program, const char *word, struct word_place *place)
{
	const struct option_row *row;

	if (place->wants) {
		place->wants = NULL;
	} else if (!place->only_words && !strcmp(word, "--")) {
		place->only_words = true;
	} else if (!place->only_words && word[0] == '-' && word[1]) {
		row = options_find(program, word);
		if (row && row->mode)
			place->mode = row->mode;
		if (row && row->value && !strchr(word, '='))
			place->wants = row;
	} else {
		row = place->begun ? NULL : options_command(program, word);
		place->begun = true;
		if (row)
			place->mode = row->mode;
		else
			place->words++;
	}
}

/* A command is offered first, and one mode only; then the options that go with it. */
static bool fits(const struct option_row *row, const struct word_place *place)
{
	if (!row->name || row->hidden)
		return false;
	if (row->mode)
		return !place->mode && (row->name[0] == '-' || !place->begun);
	return !row->modes || row->modes & OPTION_MODE(place->mode);
}

/* The kinds of the nth word out of "[--json] FILE", "PID|DUMP [N]", "FILE..."; "> FILE" is the shell's. */
static void put_kind(const char *words, int nth, struct buf *out)
{
	const char *kind = NULL;
	int length = 0, n = 0;

	for (const char *p = words; *p && *p != '>' && n <= nth;) {
		size_t capitals = *p == '|' ? 0 : strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ|");

		if (capitals) {
			kind = p;
			length = (int)capitals;
			n++;
		}
		p += capitals ? capitals : 1;
	}
	if (!kind || (n <= nth && !strstr(words, "...")))
		return;
	for (int i = 0; i < length; i++)
		buf_putc(out, kind[i] == '|' ? '\n' : kind[i]);
	buf_putc(out, '\n');
}

void completion_print(const struct program *program, char *const *words, struct buf *out)
{
	struct word_place place = {0};
	bool told = false;

	for (; *words; words++)
		pass(program, *words, &place);
	if (place.wants) { /* "safe|ansi|mono", "FILE" */
		for (const char *p = place.wants->value; *p; p++)
			buf_putc(out, *p == '|' ? '\n' : *p);
		buf_putc(out, '\n');
		return;
	}
	for (size_t i = 0; i < program->row_count; i++) {
		const struct option_row *row = &program->rows[i];

		if (!place.only_words && fits(row, &place))
			buf_printf(out, "%s\n", row->name);
		if (row->words && row->mode == place.mode && !told) {
			put_kind(row->words, place.words, out);
			told = true;
		}
	}
	if (!place.only_words && !place.mode && !place.begun)
		buf_puts(out, "--help\n--version\n");
}
