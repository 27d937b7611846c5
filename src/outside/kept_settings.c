/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/kept_settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/kept.h"
#include "language/command.h"

#define FILE_LIMIT 4096

static const char file_name[] = "settings";

/* A line is a setting and its value, the words of `set`. */
static const struct {
	const char *name;
	const struct vocabulary *values;
} rows[] = {{"palette", &vocab_palette}, {"mouse", &vocab_on_off}};
enum { ROW_PALETTE, ROW_MOUSE };

/* False: it is not a setting. */
static bool take_setting(struct settings *settings, const char *name, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int word = strcmp(name, rows[i].name) ? -1 : vocabulary_find(rows[i].values, value, false);

		if (word < 0)
			continue;
		if (i == ROW_PALETTE)
			settings->palette = (unsigned)word;
		else
			settings->mouse = word;
		return true;
	}
	return false;
}

static bool take_line(void *arg, const struct reader *reader, const struct line *line, struct vf_error *error)
{
	const char *name = line->words[0].text, *value = line->n > 1 ? line->words[1].text : "";

	if (line->n == 2 && take_setting(arg, name, value))
		return true;
	vf_error_set(error, "not a setting: %.16s %.16s", name, value);
	vf_error_hint(error, "set palette or set mouse writes this file anew");
	reader_point(reader, &line->words[0], error);
	return false;
}

bool settings_load(struct settings *settings, struct vf_error *error)
{
	struct buf path = {0};
	size_t length;
	char *text = kept_read(file_name, FILE_LIMIT, &length, &path, error);
	struct reader reader;
	bool ok = false;

	*settings = (struct settings){0};
	if (text) {
		reader_init(&reader, buf_str(&path), text, length);
		ok = reader_each(&reader, take_line, settings, error);
	}
	if (!ok)
		*settings = (struct settings){0};
	free(text);
	buf_deinit(&path);
	return ok;
}

bool settings_keep(const struct settings *settings, struct buf *where, struct vf_error *error)
{
	struct buf text = {0};
	bool ok;

	buf_printf(&text, "%s %s\n", rows[ROW_PALETTE].name, vocab_palette.words[settings->palette]);
	buf_printf(&text, "%s %s\n", rows[ROW_MOUSE].name, vocab_on_off.words[settings->mouse]);
	ok = kept_write(file_name, buf_str(&text), text.len, where, error);
	buf_deinit(&text);
	return ok;
}
