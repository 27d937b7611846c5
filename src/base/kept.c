/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/kept.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"

char *kept_read(const char *name, size_t limit, size_t *length, struct buf *path, struct vf_error *error)
{
	char *place = state_path(name), *text = NULL;

	*error = (struct vf_error){0};
	if (place && !access(place, F_OK)) {
		buf_puts(path, place);
		text = read_file(place, limit, length, error);
	}
	free(place);
	return text;
}

bool kept_write(const char *name, const char *text, size_t length, struct buf *path,
		struct vf_error *error)
{
	char *place = state_path(name);
	bool ok = place && write_file(place, text, length, error);

	if (!place)
		vf_error_set(error, "cannot keep %s: neither XDG_STATE_HOME nor HOME is set", name);
	if (ok)
		buf_puts(path, place);
	free(place);
	return ok;
}
