/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose a process is, and which namespaces it has: what can be read of it depends on that, and
 * names of files are those that it sees.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "import/import_text.h"

/* Inodes of the machine's own namespaces, the same in every kernel: PROC_USER_INIT_INO ... */
static const struct kind {
	const char *file, *word;
	ino_t machines;
} kinds[] = {
	[NAMESPACE_USER] = {"user", "user", 0xEFFFFFFDu},
	[NAMESPACE_PID] = {"pid", "pid", 0xEFFFFFFCu},
	[NAMESPACE_MOUNT] = {"mnt", "mount", 0},
};

/* 0: it cannot be read. */
static ino_t inode_of(const char *process, enum import_namespace which)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%s/ns/%s", process, kinds[which].file);
	return stat(path, &st) ? 0 : st.st_ino;
}

static bool is_inside(enum import_namespace which)
{
	ino_t ours = inode_of("self", which);

	return ours && ours != kinds[which].machines;
}

/* The last number behind KEY in /proc/PID/status, or the first; -1: there is none. */
static long status_number(const char *process, const char *key, bool last)
{
	char path[64], line[512];
	long number = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/status", process);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		char *at = line + strlen(key), *end;

		if (strncmp(line, key, strlen(key)))
			continue;
		for (long n; n = strtol(at, &end, 10), end != at && (last || number < 0); at = end)
			number = n;
	}
	if (file)
		fclose(file);
	return number;
}

void import_around(struct import *im)
{
	char process[24];

	snprintf(process, sizeof(process), "%d", (int)im->reader);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		ino_t its = inode_of(process, (enum import_namespace)i);

		im->own_namespace[i] = its && its != inode_of("self", (enum import_namespace)i);
	}
	im->user = status_number(process, "Uid:", false);
	snprintf(process, sizeof(process), "%d", (int)im->pid);
	im->inner_pid = status_number(process, "NSpid:", true);
}

void import_add_around(const struct import *im, struct buf *out)
{
	const char *sign = "# It has other namespaces:";
	bool any = false;

	if (im->user >= 0 && im->user != (long)geteuid() && im->anonymous)
		buf_puts(out, "# It runs as another user.\n");
	else if (im->user >= 0 && im->user != (long)geteuid())
		buf_printf(out, "# It runs as another user, %ld.\n", im->user);
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (im->own_namespace[i]) {
			buf_printf(out, "%s %s", sign, kinds[i].word);
			sign = ",";
			any = true;
		}
	if (any && im->own_namespace[NAMESPACE_PID] && im->inner_pid > 0 && !im->anonymous)
		buf_printf(out, ". In them it is process %ld", im->inner_pid);
	if (any && im->own_namespace[NAMESPACE_MOUNT] && !im->anonymous)
		buf_puts(out, ". Paths are\n#   those that it sees");
	buf_puts(out, any ? ".\n" : "");
}

const char *import_denied_hint(void)
{
	if (is_inside(NAMESPACE_USER))
		return "this runs in a user namespace, as in a container, whose root cannot read processes of "
		       "outside: run it as root of the machine";
	if (!geteuid())
		return "root lacks CAP_SYS_PTRACE or CAP_DAC_READ_SEARCH here, as in a container: run this as root of "
		       "the machine";
	return "run this as root, or as the user that it runs as; a process "
	       "that changed users or is not dumpable needs CAP_SYS_PTRACE";
}

const char *import_unknown_hint(void)
{
	return is_inside(NAMESPACE_PID)
		? "ps -e lists the processes; this runs in a pid namespace, as in a container, where others have no number"
		: "ps -e lists the processes";
}
