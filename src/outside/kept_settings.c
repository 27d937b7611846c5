/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/kept_settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "language/command.h"

#define FILE_LIMIT 4096

static const char file_name[] = "settings";

/* A line is a setting and its value, the words of `set`. */
static const struct {
	const char *name;
	const struct vocabulary *values;
} rows[] = {{"palette", &vocab_palette}, {"mouse", &vocab_on_off}};
enum { ROW_PALETTE, ROW_MOUSE };

/* The words of a line; false: it is not a setting. */
static bool read_line(struct settings *settings, const char *line)
{
	char name[16], value[16], more;

	if (sscanf(line, "%15s %15s %c", name, value, &more) != 2)
		return false;
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

static bool read_lines(struct settings *settings, char *text, struct vf_error *error)
{
	char *rest = text;

	for (unsigned number = 1; rest; number++) {
		char *line = strsep(&rest, "\n");

		if (!*line || *line == '#' || read_line(settings, line))
			continue;
		vf_error_set(error, "not a setting: %.40s", line);
		vf_error_hint(error, "set palette or set mouse writes this file anew");
		error->line = number;
		return false;
	}
	return true;
}

bool settings_load(struct settings *settings, struct vf_error *error)
{
	char *path = state_path(file_name), *text = NULL;
	size_t length;
	bool ok = false;

	*settings = (struct settings){0};
	*error = (struct vf_error){0};
	if (path && !access(path, F_OK)) {
		text = read_file(path, FILE_LIMIT, &length, error);
		ok = text && read_lines(settings, text, error);
		if (!ok) {
			*settings = (struct settings){0};
			snprintf(error->file, sizeof(error->file), "%s", path);
		}
	}
	free(text);
	free(path);
	return ok;
}

bool settings_keep(const struct settings *settings, struct buf *where, struct vf_error *error)
{
	char *path = state_path(file_name);
	struct buf text = {0};
	bool ok;

	if (!path) {
		vf_error_set(error, "neither XDG_STATE_HOME nor HOME is set");
		return false;
	}
	buf_printf(&text, "%s %s\n", rows[ROW_PALETTE].name, vocab_palette.words[settings->palette]);
	buf_printf(&text, "%s %s\n", rows[ROW_MOUSE].name, vocab_on_off.words[settings->mouse]);
	ok = write_file(path, buf_str(&text), text.len, error);
	if (ok)
		buf_puts(where, path);
	buf_deinit(&text);
	free(path);
	return ok;
}
