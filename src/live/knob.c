/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/knob.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

bool knob_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}
