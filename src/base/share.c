/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/share.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/options.h"

#ifndef VMAFORK_SHARE
#define VMAFORK_SHARE "/usr/local/share/vmafork-tui"
#endif

const char *const program_version = VMAFORK_VERSION;

char *program_path(const char *file)
{
	struct buf path = {0};
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	exe[n > 0 ? n : 0] = '\0';
	slash = strrchr(exe, '/');
	buf_printf(&path, "%.*s/%s", slash ? (int)(slash - exe) : 1, slash ? exe : ".", file);
	return buf_take(&path);
}

char *share_path(const char *file)
{
	/* The build tree; where the program was installed, even if all of that was moved. */
	static const char *const beside[] = {"share", "../share/vmafork-tui"};
	const char *set = getenv("VMAFORK_SHARE");
	struct buf path = {0};

	if (set && *set) {
		buf_printf(&path, "%s/%s", set, file);
		return buf_take(&path);
	}
	for (size_t i = 0; i < ARRAY_SIZE(beside); i++) {
		char *folder = program_path(beside[i]);

		buf_clear(&path);
		buf_printf(&path, "%s/%s", folder, file);
		free(folder);
		if (!access(buf_str(&path), R_OK))
			return buf_take(&path);
	}
	buf_clear(&path);
	buf_printf(&path, "%s/%s", VMAFORK_SHARE, file);
	return buf_take(&path);
}
