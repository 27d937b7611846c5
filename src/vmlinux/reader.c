/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/open_named.h"
#include "vmlinux/image_memory.h"
#include "vmlinux/read.h"
#include "vmlinux/sandbox.h"

enum { DEADLINE_MS = 60000, CANDIDATES_MAX = 8 };

/* --- the child -------------------------------------------------------------------- */

static uint64_t size_of(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) ? (uint64_t)st.st_size : 0;
}

/* What the child maps of the files. Those of /proc say nothing of their size, and are copied. */
static uint64_t mapped_of(const struct read_files *files)
{
	return files->memory ? IMAGE_MEMORY_MAX : size_of(files->kernel) + size_of(files->beside);
}

/* What a process that parses untrusted files has open, besides 0 to 2. */
enum kept { KEPT_KERNEL = 3, KEPT_OUT, KEPT_BESIDE, KEPT_END };

/*
 * Closes what the caller left open. Descriptors 0 to 2 may have been closed, and the files
 * opened there instead, so each is moved out of the way first.
 */
static bool keep_open(const struct read_files *files, int out)
{
	const int from[] = {files->kernel, out, files->beside};
	int moved[ARRAY_SIZE(from)];

	for (size_t i = 0; i < ARRAY_SIZE(from); i++) {
		moved[i] = from[i] < 0 ? -1 : fcntl(from[i], F_DUPFD_CLOEXEC, KEPT_END);
		if (from[i] >= 0 && moved[i] < 0)
			return false;
	}
	for (int i = 0; i < (int)ARRAY_SIZE(from); i++)
		if (moved[i] >= 0 && dup2(moved[i], KEPT_KERNEL + i) < 0)
			return false;
	return !close_range(files->beside < 0 ? KEPT_BESIDE : KEPT_END, ~0u, 0);
}

/* Discards what libraries print when they abort: the parent reports the end. */
static void be_quiet(void)
{
#ifndef __SANITIZE_ADDRESS__
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2 && null >= 0; fd++)
		if (fd != null)
			dup2(null, fd);
	if (null > 2)
		close(null);
#endif
}

static _Noreturn void child(struct read_files files, const char *build_id, int out, pid_t parent)
{
	static struct findings findings;
	const char *bytes = (const char *)&findings;

	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (getppid() != parent)
		_exit(1);
	if (!keep_open(&files, out))
		_exit(1);
	files.kernel = KEPT_KERNEL;
	files.beside = files.beside < 0 ? -1 : KEPT_BESIDE;
	out = KEPT_OUT;
	be_quiet();
	if (sandbox_enter(mapped_of(&files)))
		read_kernel(&files, build_id, &findings);
	else
		snprintf(findings.error, sizeof(findings.error),
			 "not read: no seccomp, which the reader needs as its sandbox: %s",
			 strerror(errno));
	for (size_t done = 0; done < sizeof(findings);) {
		ssize_t n = write(out, bytes + done, sizeof(findings) - done);

		if (n <= 0 && errno != EINTR)
			_exit(1);
		if (n > 0)
			done += (size_t)n;
	}
	_exit(0);
}

/* --- the parent ------------------------------------------------------------------- */

/* Reads exactly `size` bytes; false at the end, at the deadline, or on an error. */
static bool receive(int fd, void *buffer, size_t size, bool *late)
{
	int64_t end = clock_ms() + DEADLINE_MS;

	*late = false;
	for (size_t done = 0; done < size;) {
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		int64_t left = end - clock_ms();
		ssize_t n;

		if (left <= 0) {
			*late = true;
			return false;
		}
		if (poll(&poll_fd, 1, (int)left) <= 0)
			continue;
		n = read(fd, (char *)buffer + done, size - done);
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
		if (n > 0)
			done += (size_t)n;
	}
	return true;
}

/* A limit of the caller's, such as `ulimit -v`, under which no image can be read. */
static bool too_little_room(uint64_t needed, struct vf_error *error)
{
	struct rlimit room;

	if (getrlimit(RLIMIT_AS, &room) || room.rlim_cur == RLIM_INFINITY || room.rlim_cur >= needed)
		return false;
	vf_error_set(error, "reading the image needs more memory than this process may have, %llu MiB",
		     (unsigned long long)(room.rlim_cur >> 20));
	vf_error_hint(error, "ulimit -v sets this limit; %llu MiB are enough for any image of this size",
		      (unsigned long long)(needed >> 20));
	return true;
}

static bool crashed(struct vf_error *error, int status, bool late, uint64_t needed)
{
	const char *how = "it ended early";

	if (too_little_room(needed, error))
		return false;
	if (late ||
	    (WIFSIGNALED(status) && (WTERMSIG(status) == SIGXCPU || WTERMSIG(status) == SIGKILL)))
		how = "it used too much time or memory";
	else if (WIFSIGNALED(status))
		how = strsignal(WTERMSIG(status));
	vf_error_set(error, "the image crashed the reader (%s): it is corrupt or malicious",
		     how);
	vf_error_hint(error,
		      "its output was discarded; readelf or dwarfdump may show what is wrong");
	return false;
}

static double seconds_of(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static bool ask_child(const struct read_files *files, const char *build_id,
		      struct findings *findings, struct reader_cost *cost, struct vf_error *error)
{
	pid_t parent = getpid(), pid;
	int64_t start = clock_ms();
	struct rusage usage = {0};
	bool whole, late;
	int pipes[2], status = 0;

	if (pipe2(pipes, O_CLOEXEC))
		return vf_error_set(error, "cannot create a pipe: %s", strerror(errno));
	pid = fork();
	if (pid < 0) {
		vf_error_set(error, "cannot start a process to read the image: %s", strerror(errno));
		close(pipes[0]);
		close(pipes[1]);
		return false;
	}
	if (!pid)
		child(*files, build_id, pipes[1], parent);
	close(pipes[1]);
	whole = receive(pipes[0], findings, sizeof(*findings), &late);
	close(pipes[0]);
	kill(pid, SIGKILL); /* it has sent everything; it may still run */
	while (wait4(pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	cost->seconds = (double)(clock_ms() - start) / 1000;
	cost->processor = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
	cost->resident = (uint64_t)usage.ru_maxrss * 1024;
	if (!whole || !findings_check(findings)) {
		memset(findings, 0, sizeof(*findings));
		return crashed(error, status, late, sandbox_room(mapped_of(files)));
	}
	if (!findings->error[0])
		return true;
	vf_error_set(error, "%s", findings->error);
	if (findings->hint[0])
		vf_error_hint(error, "%s", findings->hint);
	return false;
}

/* --- where separate debug info may be --------------------------------------------- */

static void add_candidate(char *paths[], size_t *n, struct buf *path)
{
	if (*n < CANDIDATES_MAX)
		paths[(*n)++] = buf_take(path);
	buf_deinit(path);
}

/* gdb looks in the same places. The names are untrusted input. */
static size_t candidates(const char *path, const char *debug_dir, const struct findings *f,
			 char *paths[])
{
	const char *slash = strrchr(path, '/');
	int n = slash ? (int)(slash - path) + 1 : 0;
	struct buf b = {0};
	size_t count = 0;
	char *real;

	if (strlen(f->build_id) > 2 &&
	    f->build_id[strspn(f->build_id, "0123456789abcdef")] == '\0') {
		buf_printf(&b, "%s/.build-id/%.2s/%s.debug", debug_dir, f->build_id,
			   f->build_id + 2);
		add_candidate(paths, &count, &b);
	}
	if (!f->debuglink[0] || strchr(f->debuglink, '/') || !strcmp(f->debuglink, ".."))
		return count;
	buf_printf(&b, "%.*s%s", n, path, f->debuglink);
	add_candidate(paths, &count, &b);
	buf_printf(&b, "%.*s.debug/%s", n, path, f->debuglink);
	add_candidate(paths, &count, &b);
	real = realpath(path, NULL);
	if (real) {
		*strrchr(real, '/') = '\0';
		buf_printf(&b, "%s%s/%s", debug_dir, real, f->debuglink);
		add_candidate(paths, &count, &b);
		free(real);
	}
	return count;
}

/* mmap() takes no pipe, who ever names it. */
static int open_image(const char *path, struct vf_error *error)
{
	return open_named(path, NAMED_BY_FILE, error);
}

static bool same_file(int a, int b)
{
	struct stat sa, sb;

	return !fstat(a, &sa) && !fstat(b, &sb) && sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

static bool ask_with(int fd, const struct reader_options *options, struct findings *findings,
		     struct reader_cost *cost, struct vf_error *error)
{
	int debug_fd = open_image(options->debug_file, error);
	bool ok;

	if (debug_fd < 0) {
		snprintf(error->file, sizeof(error->file), "%s", options->debug_file);
		return false;
	}
	ok = ask_child(&(struct read_files){.kernel = fd, .beside = debug_fd}, options->build_id,
		       findings, cost, error);
	close(debug_fd);
	return ok;
}

/*
 * Asks again with the debug info that belongs to the image, if there is any. Where that
 * does not help, `findings` stay those without it.
 */
static bool follow(int fd, const char *path, const struct reader_options *options,
		   struct findings *findings, struct reader_cost *cost, struct vf_error *error)
{
	static struct findings with_lines;
	char *paths[CANDIDATES_MAX];
	size_t n = candidates(path, options->debug_dir, findings, paths);
	struct vf_error why;
	bool ok = false;

	for (size_t i = 0; i < n && !ok; i++) {
		int debug_fd = open_image(paths[i], &why);

		if (debug_fd < 0)
			continue;
		if (!same_file(fd, debug_fd)) {
			ok = ask_child(&(struct read_files){.kernel = fd, .beside = debug_fd},
				       options->build_id, &with_lines, cost, &why);
			if (ok)
				*findings = with_lines;
			else /* more helpful than what is missing */
				vf_error_set(error, "its debug info in %.150s: %.300s", paths[i],
					     why.message);
		}
		close(debug_fd);
	}
	for (size_t i = 0; i < n; i++)
		free(paths[i]);
	return ok;
}

bool reader_ask(const char *path, const struct reader_options *options, struct findings *findings,
		struct reader_cost *cost, struct vf_error *error)
{
	struct reader_cost own;
	bool ok;
	int fd;

	if (!cost)
		cost = &own;
	memset(findings, 0, sizeof(*findings));
	fd = open_image(path, error);
	if (fd < 0) {
		ok = false;
	} else if (options->debug_file) {
		ok = ask_with(fd, options, findings, cost, error);
	} else {
		ok = ask_child(&(struct read_files){.kernel = fd, .beside = -1}, options->build_id,
			       findings, cost, error);
		if (findings->wants_debug_file)
			ok = follow(fd, path, options, findings, cost, error) || ok;
	}
	if (fd >= 0)
		close(fd);
	if (!ok && !error->file[0])
		snprintf(error->file, sizeof(error->file), "%s", path);
	return ok;
}

/* Files of /proc, in which nothing waits, unless a folder of the caller's stands for /. */
static int open_proc(const char *path, struct vf_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0) {
		vf_error_set(error, "%s", strerror(errno));
	} else if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		vf_error_set(error, "not a regular file");
		close(fd);
		fd = -1;
	}
	return fd;
}

bool reader_ask_memory(const char *memory, const char *symbols, const struct reader_options *options,
		       struct findings *findings, struct reader_cost *cost, struct vf_error *error)
{
	struct read_files files = {.memory = true, .kernel = open_proc(memory, error)};
	struct vf_error ignored;
	bool ok = false;

	memset(findings, 0, sizeof(*findings));
	if (files.kernel >= 0) {
		files.beside = open_proc(symbols, &ignored);
		ok = ask_child(&files, options->build_id, findings, cost, error);
		if (files.beside >= 0)
			close(files.beside);
		close(files.kernel);
	}
	if (!ok)
		snprintf(error->file, sizeof(error->file), "%s", memory);
	return ok;
}
