/* SPDX-License-Identifier: GPL-2.0-or-later */
/* In place of core.c where libelf is missing. */
#include "import/dump.h"

bool dump_read_core(struct dump *d, int fd, struct vf_error *error)
{
	(void)fd;
	vf_error_set(error, "%s: a core file, which this build cannot read", d->path);
	vf_error_hint(error, "it was built without libelf (libelf-dev)");
	return false;
}
