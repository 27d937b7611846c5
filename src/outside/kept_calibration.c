/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outside/kept_calibration.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kept.h"

#define FILE_LIMIT 65536

static const char name[] = "calibration";

bool calibration_load(struct calibration *calibration, struct vf_error *error)
{
	struct buf path = {0};
	size_t length;
	char *text = kept_read(name, FILE_LIMIT, &length, &path, error);
	bool ok = text && calibration_parse(calibration, text, error);

	if (!ok && path.len)
		snprintf(error->file, sizeof(error->file), "%s", buf_str(&path));
	free(text);
	buf_deinit(&path);
	return ok;
}

bool calibration_keep(const char *text, struct buf *out, struct vf_error *error)
{
	struct buf path = {0};
	bool ok = kept_write(name, text, strlen(text), &path, error);

	if (ok)
		buf_printf(out, "saved in %s\n", buf_str(&path));
	buf_deinit(&path);
	return ok;
}
