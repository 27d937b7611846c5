/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import/smaps_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/version.h"
#include "observe/paging.h"
#include "observe/smaps.h"

#define LINE_MAX_READ \
	4096 /* what follows in a line is ignored: the kernel escapes, and cuts, a path */
#define PROCESS_BYTES 8192 /* with the first of its mappings */
#define VMA_BYTES (2 * sizeof(struct proc_vma) + 32)
#define KB_MOST (UINT64_C(1) << 46) /* 64 PiB */

struct lines {
	struct smaps_text *t;
	const char *path;
	unsigned number;
	char line[LINE_MAX_READ];
	const char *text; /* the line without the marks of a quotation */
	bool pathless; /* the last line was a heading without a path: a mail may have wrapped it */
	bool flags;    /* the last line was VmFlags, which may have been wrapped as well */
	struct vf_error *error;
};

/* --- errors ---------------------------------------------------------------------------- */

static bool wrong(struct lines *l, const char *at, const char *message, const char *hint)
{
	struct vf_error *error = l->error;

	vf_error_set(error, "%s", message);
	snprintf(error->file, sizeof(error->file), "%s", l->path);
	error->line = l->number;
	error->col = (unsigned)(at - l->line) + 1;
	error->width = 1;
	vf_error_hint(error, "%s", hint);
	return false;
}

/* --- processes ------------------------------------------------------------------------ */

static struct smaps_process *latest(struct smaps_text *t)
{
	return t->n ? &t->v[t->n - 1] : NULL;
}

static struct smaps_process *begin_process(struct smaps_text *t, unsigned line)
{
	budget_take(t->budget, PROCESS_BYTES);
	GROW(t->v, t->n, t->cap);
	t->v[t->n] = (struct smaps_process){.line = line, .tables = -1, .pinned = -1};
	return &t->v[t->n++];
}

/* The one that lines of status, or of a new one, belong to. */
static struct smaps_process *beginning(struct lines *l)
{
	struct smaps_process *p = latest(l->t);

	return p && !p->map.n ? p : begin_process(l->t, l->number);
}

static void forget_process(struct smaps_process *p)
{
	proc_map_deinit(&p->map);
	free(p->lines);
	free(p->seen);
}

void smaps_text_deinit(struct smaps_text *t)
{
	for (size_t i = 0; i < t->n; i++)
		forget_process(&t->v[i]);
	free(t->v);
	*t = (struct smaps_text){0};
}

/* --- lines that are not smaps' -------------------------------------------------------- */

static void set_name(char *to, size_t size, const char *text)
{
	snprintf(to, size, "%.*s", (int)strcspn(text, "\r\n"), text);
	for (char *c = to; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

/* A line of status: false: it is none. */
static bool status_line(struct smaps_process *p, const char *text)
{
	static const struct {
		const char *key;
		size_t member;
	} sums[] = {
		{"VmPTE:", offsetof(struct smaps_process, tables)},
		{"VmPin:", offsetof(struct smaps_process, pinned)},
	};

	for (size_t i = 0; i < ARRAY_SIZE(sums); i++) {
		size_t n = strlen(sums[i].key);
		uint64_t kib;
		char *end;

		if (strncmp(text, sums[i].key, n))
			continue;
		kib = strtoull(text + n, &end, 10);
		if (end != text + n && kib < KB_MOST)
			*(int64_t *)((char *)p + sums[i].member) = (int64_t)(kib / 4);
		return true;
	}
	if (!strncmp(text, "Pid:\t", 5)) {
		p->pid = (pid_t)strtol(text + 5, NULL, 10);
		return true;
	}
	if (!strncmp(text, "Name:\t", 6)) {
		set_name(p->comm, sizeof(p->comm), text + 6);
		return true;
	}
	return false;
}

/* "==> /proc/42/smaps <==", "# cat /proc/42/status": the number; 0: none. */
static pid_t names_process(const char *text)
{
	const char *at = strstr(text, "/proc/");
	char *end;
	long pid;

	if (!at)
		return 0;
	pid = strtol(at + 6, &end, 10);
	if (pid <= 0 || pid > INT32_MAX || (strncmp(end, "/smaps", 6) && strncmp(end, "/status", 7)))
		return 0;
	return (pid_t)pid;
}

/* "Linux version 6.1.0-18-amd64 ...", "Linux host 6.1.0-18-amd64 #1 SMP ..." */
static void names_kernel(struct smaps_text *t, const char *text)
{
	const char *at = strstr(text, "Linux ");
	struct version v;
	size_t n;

	if (!at || t->version[0])
		return;
	at += strlen("Linux ");
	at += strcspn(at, " ");
	at += strspn(at, " ");
	n = version_scan(at, &v);
	if (n && n < sizeof(t->version))
		snprintf(t->version, sizeof(t->version), "%.*s", (int)n, at);
}

static void other_line(struct lines *l)
{
	struct smaps_process *p = latest(l->t);
	pid_t pid = names_process(l->text);

	names_kernel(l->t, l->text);
	if (pid && (!p || p->pid != pid))
		beginning(l)->pid = pid;
	else if (!strncmp(l->text, "Name:\t", 6) && (!p || p->map.n) && !(p && p->pid && !p->comm[0]))
		status_line(begin_process(l->t, l->number), l->text);
	else if (p)
		status_line(p, l->text);
}

/* --- mappings ------------------------------------------------------------------------- */

/* "7f0000000000-7f0000001000 ": hexadecimal digits on both sides, and lower case. */
static bool looks_like_range(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef"), m;

	if (n < 4 || n > 16 || text[n] != '-')
		return false;
	m = strspn(text + n + 1, "0123456789abcdef");
	return m >= 4 && m <= 16 && text[n + 1 + m] == ' ';
}

static bool perms_fit(const char *perms)
{
	static const char *const letters[] = {"r-", "w-", "x-", "ps"};

	for (int i = 0; i < 4; i++)
		if (!perms[i] || !strchr(letters[i], perms[i]))
			return false;
	return true;
}

static bool take_heading(struct lines *l)
{
	struct smaps_process *p = latest(l->t);
	struct proc_vma vma = {0};

	if (!smaps_heading(l->text, &vma) || !perms_fit(vma.perms)) {
		free(vma.path);
		return wrong(l, l->text, "not a mapping of smaps",
			     "expected one such as 7f0000000000-7f0000001000 rw-p 00000000 00:00 0");
	}
	if (vma.start >= vma.end || (vma.start | vma.end) & (PAGE_SIZE - 1)) {
		free(vma.path);
		return wrong(
			l, l->text, "not a range of pages of 4 KiB",
			"a mapping begins and ends at a multiple of 1000 (hexadecimal), and ends behind its begin");
	}
	/* Addresses that begin again are another process. */
	if (!p || (p->map.n && vma.start < p->map.v[p->map.n - 1].end))
		p = begin_process(l->t, l->number);
	if (!p->map.n)
		p->line = l->number;
	if (p->map.n == p->lines_cap) {
		p->lines_cap = p->lines_cap ? 2 * p->lines_cap : 64;
		p->lines = xrealloc(p->lines, p->lines_cap, sizeof(*p->lines));
		p->seen = xrealloc(p->seen, p->lines_cap, sizeof(*p->seen));
	}
	p->lines[p->map.n] = l->number;
	p->seen[p->map.n] = 0;
	GROW(p->map.v, p->map.n, p->map.cap);
	p->map.v[p->map.n++] = vma;
	l->pathless = !vma.path;
	budget_take(l->t->budget, VMA_BYTES + (vma.path ? strlen(vma.path) : 0));
	return true;
}

static bool take_field(struct lines *l, struct smaps_process *p, enum smaps_field field)
{
	struct proc_vma *vma = &p->map.v[p->map.n - 1];
	const char *value = l->text + strlen(smaps_rows[field].key) + 1;
	uint64_t number;
	char *end;

	p->seen[p->map.n - 1] |= UINT32_C(1) << field;
	l->t->fields |= UINT32_C(1) << field;
	if (field == SMAPS_VM_FLAGS) {
		vma->flags |= smaps_flags(value, &l->t->unknown);
		l->flags = true;
		return true;
	}
	value += strspn(value, " \t");
	errno = 0;
	number = strtoull(value, &end, 10);
	if (!isdigit((unsigned char)*value) || errno || number >= KB_MOST)
		return wrong(l, value, "not a number of kB",
			     "the kernel prints a line such as Rss:     4 kB");
	smaps_add(vma, field, value);
	return true;
}

/* What a mail has wrapped: the path of a heading, codes of VmFlags. */
static bool take_wrapped(struct lines *l, struct smaps_process *p, bool pathless, bool flags)
{
	const char *text = l->text;

	if (pathless && (*text == '/' || *text == '[')) {
		p->map.v[p->map.n - 1].path = xstrndup(text, strcspn(text, "\r\n"));
		return true;
	}
	for (size_t i = 0; flags && text[i] && text[i] != '\r'; i++)
		if (i % 3 == 2 ? text[i] != ' ' : !islower((unsigned char)text[i]) && text[i] != '?')
			return false;
	if (!flags || !*text)
		return false;
	p->map.v[p->map.n - 1].flags |= smaps_flags(text, &l->t->unknown);
	return l->flags = true;
}

static bool take_line(struct lines *l)
{
	struct smaps_process *p = latest(l->t);
	bool pathless = l->pathless, flags = l->flags;
	int field;

	l->pathless = l->flags = false;
	l->text = l->line + strspn(l->line, " \t>|");
	if (looks_like_range(l->text))
		return take_heading(l);
	field = smaps_field(l->text);
	if (field >= 0 && p && p->map.n)
		return take_field(l, p, (enum smaps_field)field);
	if (p && p->map.n && take_wrapped(l, p, pathless, flags))
		return true;
	other_line(l);
	return true;
}

/* --- all of it ------------------------------------------------------------------------ */

/* A status behind the last smaps is that one's; what has no mapping is no process. */
static void drop_empty(struct smaps_text *t)
{
	struct smaps_process *last = latest(t);
	size_t kept = 0;

	if (t->n > 1 && !last->map.n && last[-1].map.n && last[-1].tables < 0 &&
	    (!last[-1].pid || !last->pid || last[-1].pid == last->pid)) {
		last[-1].tables = last->tables;
		last[-1].pinned = last->pinned;
		if (last->pid)
			last[-1].pid = last->pid;
		if (last->comm[0])
			memcpy(last[-1].comm, last->comm, sizeof(last->comm));
	}
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].map.n)
			t->v[kept++] = t->v[i];
		else
			forget_process(&t->v[i]);
	t->n = kept;
}

/* The line that begins at `text`, without its end; returns where the next one begins. */
static const char *next_line(struct lines *l, const char *text, const char *end)
{
	const char *newline = memchr(text, '\n', (size_t)(end - text));
	size_t n = (size_t)((newline ? newline : end) - text), kept = n;

	if (kept >= sizeof(l->line))
		kept = sizeof(l->line) - 1;
	memcpy(l->line, text, kept);
	while (kept && (l->line[kept - 1] == '\r' || l->line[kept - 1] == ' '))
		kept--;
	l->line[kept] = '\0';
	l->number++;
	return newline ? newline + 1 : end;
}

bool smaps_text_read(struct smaps_text *t, const char *path, const char *text, size_t length,
		     struct vf_error *error)
{
	struct lines l = {.t = t, .path = path, .error = error};
	const char *end = text + length;

	while (text < end) {
		text = next_line(&l, text, end);
		if (!budget_check(t->budget, error) || !take_line(&l))
			return false;
	}
	drop_empty(t);
	if (t->n)
		return true;
	vf_error_set(error, "%s: no mapping is in this text", path);
	vf_error_hint(error,
		      "give a copy of /proc/PID/smaps, a core file, or a folder of CRIU images");
	return false;
}

void smaps_text_status(struct smaps_process *p, const char *text, size_t length)
{
	struct lines l = {.path = ""};
	const char *end = text + length;

	while (text < end) {
		text = next_line(&l, text, end);
		status_line(p, l.line);
	}
}

const char *smaps_text_since(const struct smaps_text *t)
{
	const char *since = "";

	for (int i = 0; i < SMAPS_FIELDS; i++) {
		struct version a, b;

		if (!(t->fields & UINT32_C(1) << i) || !version_scan(smaps_rows[i].since, &a))
			continue;
		if (!*since || (version_scan(since, &b) && version_compare(&a, &b) > 0))
			since = smaps_rows[i].since;
	}
	return since;
}
