/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observe/smaps.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "model/vmflags.h"

const struct smaps_row smaps_rows[SMAPS_FIELDS] = {
#define KEPT(id, key, since, member) [SMAPS_##id] = {key, offsetof(struct proc_vma, member), since},
#define LEFT(id, key, since) [SMAPS_##id] = {key, SMAPS_LEFT, since},
	SMAPS_LIST(KEPT, LEFT)
#undef KEPT
#undef LEFT
};

bool smaps_heading(const char *line, struct proc_vma *vma)
{
	int path = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n",
		   &vma->start, &vma->end, vma->perms, &vma->offset, &vma->dev_major,
		   &vma->dev_minor, &vma->inode, &path) < 7)
		return false;
	if (path && line[path] && line[path] != '\n')
		vma->path = xstrndup(line + path, strcspn(line + path, "\n"));
	return true;
}

int smaps_field(const char *line)
{
	for (int i = 0; i < SMAPS_FIELDS; i++) {
		const char *key = smaps_rows[i].key;
		size_t n;

		if (*line != *key)
			continue;
		n = strlen(key);
		if (!strncmp(line, key, n) && line[n] == ':')
			return i;
	}
	return -1;
}

void smaps_add(struct proc_vma *vma, enum smaps_field field, const char *number)
{
	size_t member = smaps_rows[field].member;

	if (member != SMAPS_LEFT)
		*(uint64_t *)((char *)vma + member) += strtoull(number, NULL, 10) << 10;
}

uint64_t smaps_flags(const char *codes, unsigned *unknown)
{
	uint64_t flags = 0;

	for (;;) {
		char code[8];
		size_t n;
		uint64_t flag;

		codes += strspn(codes, " \t\r\n");
		n = strcspn(codes, " \t\r\n");
		if (!n)
			return flags;
		snprintf(code, sizeof(code), "%.*s", (int)(n < sizeof(code) ? n : sizeof(code) - 1),
			 codes);
		flag = vm_flag_by_name(code);
		flags |= flag;
		if (unknown)
			*unknown += !flag;
		codes += n;
	}
}
