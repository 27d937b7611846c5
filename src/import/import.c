/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/import.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/output.h"
#include "import/import_text.h"
#include "observe/access_bits.h"
#include "observe/zero_page.h"

/* A process whose mappings change while it is read is read again, so often. */
#define ATTEMPTS 3

/* --- small files of /proc ---------------------------------------------------------- */

/* At most size - 1 bytes of /proc/PID/NAME; their number, -1 (errno) when unreadable. */
static ssize_t read_proc(pid_t pid, const char *name, char *text, size_t size)
{
	char path[300];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/* "1234 (name) S 1 ... flags": false when there is no such process. */
static bool read_stat(struct import *im)
{
	char text[1024], *open, *close;

	if (read_proc(im->reader, "stat", text, sizeof(text)) <= 0)
		return false;
	open = strchr(text, '(');
	close = strrchr(text, ')');
	if (!open || !close || close < open)
		return false;
	snprintf(im->comm, sizeof(im->comm), "%.*s", (int)(close - open - 1), open + 1);
	for (char *c = im->comm; *c; c++) /* a process chooses it, and errors print it */
		if (*c < ' ' || *c > '~')
			*c = '?';
	return sscanf(close + 1, " %c %*d %*d %*d %*d %*d %u", &im->state, &im->task_flags) == 2;
}

static void read_command_line(struct import *im)
{
	ssize_t n = read_proc(im->reader, "cmdline", im->command, sizeof(im->command));

	for (ssize_t i = 0; i + 1 < n; i++)
		if (!im->command[i])
			im->command[i] = ' ';
}

/* The devices of mounted tmpfs: their files are shmem. */
static void read_mounts(struct import *im)
{
	char path[64], *line = NULL;
	size_t size = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/mountinfo", (int)im->reader);
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) > 0) {
		unsigned major, minor;

		if (sscanf(line, "%*d %*d %u:%u", &major, &minor) != 2 || !strstr(line, " - tmpfs "))
			continue;
		GROW(im->tmpfs, im->tmpfs_count, im->tmpfs_cap);
		im->tmpfs[im->tmpfs_count++] = makedev(major, minor);
	}
	free(line);
	if (file)
		fclose(file);
}

static void read_machine(struct import *im)
{
	char line[8192];
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");

	release_read(&im->release);
	im->software_bits = !access_bits_by_hardware();
	im->no_zero_page = !has_zero_page();
	if (file) {
		char *open, *close;

		if (fgets(line, sizeof(line), file) && (open = strchr(line, '[')) &&
		    (close = strchr(open, ']')))
			snprintf(im->thp, sizeof(im->thp), "%.*s", (int)(close - open - 1), open + 1);
		fclose(file);
	}
	file = fopen("/proc/cpuinfo", "re");
	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "flags", 5)) {
			im->more_levels = strstr(line, " la57 ") != NULL;
			break;
		}
	if (file)
		fclose(file);
}

/* --- errors ------------------------------------------------------------------------------ */

/* Why nothing could be read: the kernel's `err`; 0: nothing to read. */
static bool explain(struct import *im, int err, struct vf_error *error)
{
	int pid = (int)im->pid;

	if (!read_stat(im)) {
		vf_error_set(error, im->begun ? "process %d exited while it was being read"
					      : "no process %d", pid);
		vf_error_hint(error, "%s", im->begun ? "nothing was written: an incomplete scenario would be wrong"
					       : import_unknown_hint());
	} else if (im->task_flags & PF_KTHREAD) {
		vf_error_set(error, "process %d (%.32s) is a kernel thread: it has no address space",
			     pid, im->comm);
		vf_error_hint(error, "name a process that runs a program");
	} else if (im->state == 'Z' || im->state == 'X') {
		vf_error_set(error, "process %d (%.32s) has exited, and has no address space any more", pid,
			     im->comm);
		vf_error_hint(error, "it is a zombie: its parent has not waited for it yet");
	} else if (err == EACCES || err == EPERM) {
		vf_error_set(error, "process %d (%.32s) cannot be read: %s", pid, im->comm,
			     strerror(err));
		vf_error_hint(error, "%s", import_denied_hint());
	} else {
		vf_error_set(error, "process %d (%.32s) cannot be read: %s", pid, im->comm,
			     err && err != ESRCH ? strerror(err)
						 : "its address space went away (exit or exec)");
		vf_error_hint(error, "try again");
	}
	return false;
}

/* --- the work ------------------------------------------------------------------------- */

/* Same ranges and permissions as before? */
static bool same_places(const struct proc_map *a, const struct proc_map *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->v[i].start != b->v[i].start || a->v[i].end != b->v[i].end ||
		    strcmp(a->v[i].perms, b->v[i].perms))
			return false;
	return true;
}

static bool live_runs(void *data, const struct proc_vma *vma, const struct import_sink *sink)
{
	return import_vma_runs(data, vma, sink);
}

/* Once; im is as before the first time, but for what can be read again over it. */
static bool read_process(struct import *im, struct buf *out, struct vf_error *error)
{
	char path[64];
	bool ok;

	im->reader = proc_living_thread(im->pid);
	if (!read_stat(im))
		return explain(im, 0, error);
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)im->reader);
	im->pagemap_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (im->pagemap_fd < 0 || !proc_map_read_places(&im->before, im->reader))
		return explain(im, im->pagemap_fd < 0 ? errno : 0, error);
	proc_map_cut_overlaps(&im->before);
	im->begun = true;
	if (!import_charge_vmas(im, im->before.n, error))
		return false;
	im->scan = import_scan_start(im->pagemap_fd, &im->before, &im->eyes);
	im->source = (struct import_source){live_runs, im->scan};
	errno = 0;
	ok = proc_map_read(&im->map, im->reader);
	if (!import_scan_wait(im->scan) || !ok)
		return explain(im, ok ? 0 : errno, error);
	im->cut = proc_map_cut_overlaps(&im->map);
	import_set_levels(im);
	im->changed = im->cut || !same_places(&im->before, &im->map);
	im->tables = proc_tables(im->reader);
	im->pinned = proc_pinned(im->reader);
	read_command_line(im);
	read_mounts(im);
	import_around(im);
	import_descriptors(im);
	if (!import_text(im, out, error))
		return error->message[0] ? false : explain(im, 0, error);
	/* Everything was read: did it change meanwhile? */
	if (!proc_map_read_places(&im->before, im->reader))
		return explain(im, 0, error);
	im->changed |= !same_places(&im->before, &im->map);
	return true;
}

/* Forgets what was read, but for the machine. */
static void forget(struct import *im)
{
	import_scan_free(im->scan);
	if (im->pagemap_fd >= 0)
		close(im->pagemap_fd);
	proc_map_deinit(&im->before);
	proc_map_deinit(&im->map);
	free(im->tmpfs);
	free(im->pins);
}

bool import_process(pid_t pid, const struct import_options *options, struct buf *heading, struct buf *out,
		    struct vf_error *error)
{
	const struct import fresh = {.pid = pid, .anonymous = options->anonymous, .pagemap_fd = -1};
	struct import machine = fresh, im;
	bool ok, again;

	read_machine(&machine);
	eyes_open(&machine.eyes, machine.release.version);
	do {
		im = machine;
		im.attempts = ++machine.attempts;
		im.budget = budget_of(options->budget);
		*error = (struct vf_error){0};
		ok = read_process(&im, out, error);
		again = ok && im.changed && im.attempts < ATTEMPTS;
		if (ok && !again)
			import_heading(&im, heading);
		else
			buf_deinit(out);
		forget(&im);
	} while (again);
	eyes_close(&machine.eyes);
	return ok;
}

/* A word of digits: a process. 0: it is none. */
static pid_t pid_of(const char *word)
{
	char *end;
	long pid = strtol(word, &end, 10);

	return word[0] >= '0' && word[0] <= '9' && !*end && pid > 0 && pid <= INT_MAX ? (pid_t)pid : 0;
}

int import_print(const char *program, const struct import_options *options)
{
	struct vf_error error = {0};
	struct buf heading = {0}, out = {0};
	pid_t pid = pid_of(options->what);
	bool ok;
	int status = 0;

	if (pid && options->which)
		ok = vf_error_set(&error, "process %d is one: which of several is for files", (int)pid);
	else
		ok = pid ? import_process(pid, options, &heading, &out, &error)
			 : import_file(options, &heading, &out, &error);
	if (!ok)
		status = output_error(program, &error);
	output_raw(&heading);
	output_raw(&out);
	buf_deinit(&heading);
	buf_deinit(&out);
	return status;
}
