/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/kept_calibration.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

#define FILE_LIMIT 65536

static const char file_name[] = "calibration";

bool calibration_load(struct calibration *calibration, struct vf_error *error)
{
	char *path = state_path(file_name), *text = NULL;
	size_t length;
	bool ok = false;

	*error = (struct vf_error){0};
	if (path && !access(path, F_OK)) {
		text = read_file(path, FILE_LIMIT, &length, error);
		ok = text && calibration_parse(calibration, text, error);
		if (!ok)
			snprintf(error->file, sizeof(error->file), "%s", path);
	}
	free(text);
	free(path);
	return ok;
}

/* Saves the calibration and prints where, or why it cannot be saved. */
bool calibration_keep(const char *text, struct buf *out, struct vf_error *error)
{
	char *path = state_path(file_name);
	struct buf copy = {0};
	bool ok;

	if (!path) {
		vf_error_set(error, "cannot save the calibration: neither XDG_STATE_HOME nor HOME is set");
		return false;
	}
	buf_puts(&copy, text);
	ok = write_file(path, buf_str(&copy), copy.len, error);
	if (ok)
		buf_printf(out, "saved in %s\n", path);
	buf_deinit(&copy);
	free(path);
	return ok;
}
