/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/lacks.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/alloc.h"

static const struct {
	int err;
	bool ambiguous; /* the kernel has it for mistakes, too */
	const char *reason;
} rows[] = {
	{ENOMEM, true, "not enough memory on this machine, or a limit of it (ulimit -l, ulimit -v)"},
	{ENOSYS, true, "this kernel lacks the system call, or a filter (seccomp) refuses it"},
	{EAGAIN, false, "a limit of this machine: processes or locked memory (ulimit -u, ulimit -l, pids.max)"},
	{EMFILE, false, "too many open files (ulimit -n)"},
	{ENFILE, false, "too many open files on this machine (fs.file-max)"},
	{ENOSPC, false, "no space left on this machine"},
	{EDQUOT, false, "the disk quota is used up"},
	{EFBIG, false, "files may not be as large as that here (ulimit -f)"},
	{ENOBUFS, false, "no buffer space left on this machine"},
};

const char *machine_lacks(int err)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].err == err)
			return rows[i].reason;
	return NULL;
}

const char *machine_lacks_for(int err, int predicted)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].err == err)
			return err == predicted || (predicted && rows[i].ambiguous) ? NULL : rows[i].reason;
	return NULL;
}
