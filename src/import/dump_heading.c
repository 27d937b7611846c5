/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines above the VMAs of what is left of a process. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "import/dump.h"
#include "import/import.h"

static const char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

static void add_tables(const struct dump *d, struct buf *out)
{
	const struct import *im = &d->im;

	if (d->ranged) {
		buf_printf(out, IMPORT_TABLES_COMMENT ",\n", d->range.least, d->range.most);
		buf_puts(out,
			 "#   as entries are packed or spread and tables may be empty; the entries below are packed.\n");
	}
	if (im->tables >= 0)
		buf_printf(out,
			   "# It had %" PRId64
			   " page tables (VmPTE), of which the entries below explain %" PRIu64 ".\n",
			   im->tables, im->sum.tables);
	else if (d->ranged)
		buf_puts(out,
			 "#   VmPTE narrows that: a line of /proc/PID/status, in the same text or in a file "
			 "beside it.\n");
}

void dump_heading(const struct dump *d, struct buf *out)
{
	const struct import *im = &d->im;
	char subject[300];

	buf_printf(out, "# %s of a process", d->kind);
	if (im->pid && !im->anonymous)
		buf_printf(out, " %d", (int)im->pid);
	if (im->comm[0] && !im->anonymous) {
		buf_puts(out, " (");
		import_add_clean(out, im->comm, false);
		buf_putc(out, ')');
	}
	if (im->anonymous) {
		buf_puts(out, ", read by vmafork-probe --import --anonymous: without names\n"
			      "#   of files and processes, and at other addresses. Its page tables have the same shape.\n#\n");
	} else {
		buf_puts(out, ", read from ");
		import_add_clean(out, name_of(d->path), false);
		buf_puts(out, " by vmafork-probe --import.\n#\n");
	}
	buf_add(out, buf_str(&d->comments), d->comments.len);
	add_tables(d, out);
	if (im->sum.hinted)
		buf_printf(out,
			   "# VMAs with an anon_vma that only a hint tells of, see below: %" PRIu64
			   "\n",
			   im->sum.hinted);
	snprintf(subject, sizeof(subject), "%s", name_of(d->path));
	import_commands(im, subject, d->kernel[0] ? d->kernel : NULL, out);
}
