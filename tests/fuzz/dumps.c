/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is left of a process, damaged:
 *
 *   dumps smaps|core|criu SEED SECONDS
 *
 * Takes files of tests/data, or a small core file, changes some bytes, numbers or lines, and
 * imports the result. That has to be refused, or a scenario that loads and forks, in a bounded
 * time. Ends at the first finding; the file is left, and its path printed. Runs in the folder of
 * the project.
 */
#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/file.h"
#include "import/import.h"
#include "random.d/rng.h"
#include "session/session.h"
#include "support/core_file.h"

#define SEEDS_MOST 64
#define PATIENCE 30 /* seconds for one, with sanitizers */

struct seed {
	char *name; /* of the file in its folder */
	char *text;
	size_t length;
};

struct fuzz {
	const char *kind;
	struct seed seeds[SEEDS_MOST];
	size_t n;
	struct rng rng;
	uint64_t seed, index, accepted;
	char folder[64], path[128];
};

static const struct fuzz *current;

static void on_alarm(int number)
{
	(void)number;
	fprintf(stderr, "dumps %s: seed %llu, number %llu: more than %d s: %s\n", current->kind,
		(unsigned long long)current->seed, (unsigned long long)current->index, PATIENCE,
		current->path);
	_exit(1);
}

static void found(const struct fuzz *f, const char *what, const char *more)
{
	fprintf(stderr, "dumps %s: seed %llu, number %llu: %s: %s (%s)\n", f->kind,
		(unsigned long long)f->seed, (unsigned long long)f->index, what, more, f->path);
	exit(1);
}

/* --- what there is ----------------------------------------------------------------------- */

static void add_file(struct fuzz *f, const char *folder, const char *name)
{
	char path[512];
	struct vf_error error;
	struct seed *seed = &f->seeds[f->n];

	if (f->n == SEEDS_MOST)
		return;
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	seed->text = read_file(path, 1 << 20, &seed->length, &error);
	if (!seed->text)
		return;
	seed->name = xstrdup(name);
	f->n++;
}

static void add_folder(struct fuzz *f, const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			add_file(f, folder, entry->d_name);
	if (dir)
		closedir(dir);
	if (!f->n) {
		fprintf(stderr, "dumps: nothing is in %s: run it in the folder of the project\n",
			folder);
		exit(2);
	}
}

static void add_core(struct fuzz *f)
{
	core_file_make(f->path, true, EM_X86_64);
	add_file(f, f->folder, "dump");
}

/* --- damage --------------------------------------------------------------------------- */

static const uint64_t numbers[] = {
	0,
	1,
	2,
	7,
	8,
	0xff,
	0xfff,
	0x1000,
	0x1001,
	0xffff,
	1u << 21,
	0x7fffffff,
	0x80000000,
	0xffffffff,
	UINT64_C(1) << 32,
	UINT64_C(1) << 46,
	UINT64_C(1) << 47,
	UINT64_C(1) << 52,
	UINT64_C(1) << 56,
	INT64_MAX,
	UINT64_C(1) << 63,
	UINT64_MAX - 4095,
	UINT64_MAX,
};

static uint64_t any_number(struct fuzz *f)
{
	uint64_t n = numbers[below(&f->rng, ARRAY_SIZE(numbers))];

	return percent(&f->rng, 30)   ? n + below(&f->rng, 3) - 1
	       : percent(&f->rng, 10) ? rng_next(&f->rng)
				      : n;
}

/* A number in the text, decimal or hexadecimal, becomes another. */
static void other_number(struct fuzz *f, struct buf *text)
{
	size_t at = below(&f->rng, text->len), end;
	struct buf next = {0};

	while (at < text->len && !strchr("0123456789", text->s[at]))
		at++;
	for (end = at; end < text->len && strchr("0123456789abcdef", text->s[end]); end++)
		;
	if (at == text->len)
		return;
	buf_add(&next, text->s, at);
	buf_printf(&next, percent(&f->rng, 50) ? "%llu" : "%llx", (unsigned long long)any_number(f));
	buf_add(&next, text->s + end, text->len - end);
	buf_deinit(text);
	*text = next;
}

static void other_bytes(struct fuzz *f, struct buf *text)
{
	size_t at = below(&f->rng, text->len);
	uint64_t n = any_number(f);
	size_t size = (size_t)1 << below(&f->rng, 4);

	if (percent(&f->rng, 40))
		text->s[at] = (char)(text->s[at] ^ 1 << below(&f->rng, 8));
	else if (text->len - at >= size)
		memcpy(text->s + (at & ~(size - 1)), &n, size);
}

/* A piece is taken away, or is there twice; lines of a text. */
static void other_pieces(struct fuzz *f, struct buf *text, bool lines)
{
	size_t at = below(&f->rng, text->len), n = 1 + below(&f->rng, lines ? 3000 : 64);
	struct buf next = {0};

	if (lines)
		while (at && text->s[at - 1] != '\n')
			at--;
	if (n > text->len - at)
		n = text->len - at;
	if (lines)
		while (at + n < text->len && text->s[at + n - 1] != '\n')
			n++;
	buf_add(&next, text->s, at);
	if (percent(&f->rng, 50)) {
		buf_add(&next, text->s + at, n);
		buf_add(&next, text->s + at, n);
	}
	buf_add(&next, text->s + at + n, text->len - at - n);
	buf_deinit(text);
	*text = next;
}

static void damage(struct fuzz *f, struct buf *text)
{
	bool lines = !strcmp(f->kind, "smaps");

	for (unsigned i = 1 + below(&f->rng, 6); i-- && text->len;)
		switch (below(&f->rng, lines ? 4 : 3)) {
		case 0:
			other_pieces(f, text, lines);
			break;
		case 1:
		case 2:
			other_bytes(f, text);
			break;
		default:
			other_number(f, text);
		}
	if (percent(&f->rng, 5))
		text->len = below(&f->rng, text->len + 1);
}

/* --- one ------------------------------------------------------------------------------ */

static void put_file(const char *path, const char *text, size_t length)
{
	FILE *file = fopen(path, "we");

	if (!file || fwrite(text, 1, length, file) != length || fclose(file)) {
		fprintf(stderr, "dumps: %s: %s\n", path, strerror(errno));
		exit(2);
	}
}

/* What to import is written to f->path: a file, or all of a folder. */
static void put(struct fuzz *f)
{
	bool folder = !strcmp(f->kind, "criu");
	size_t which = below(&f->rng, f->n);

	for (size_t i = 0; i < f->n; i++) {
		struct buf text = {0};
		char path[512];

		if (!folder && i != which)
			continue;
		buf_add(&text, f->seeds[i].text, f->seeds[i].length);
		if (i == which)
			damage(f, &text);
		snprintf(path, sizeof(path), "%s/%s", f->folder, folder ? f->seeds[i].name : "dump");
		put_file(path, buf_str(&text), text.len);
		buf_deinit(&text);
	}
}

static void must_load(struct fuzz *f, const char *text, size_t length)
{
	struct session *session = session_create(false);
	struct shared_text shared;
	struct vf_error error = {0};
	struct buf out = {0};
	enum request request;

	if (!share_text(text, length, &shared, &error) ||
	    !session_load(session, shared.path, &out, &error))
		found(f, "what was imported cannot be loaded", error.message);
	if (!session_command(session, "fork", &out, &request, &error))
		found(f, "what was imported cannot be forked", error.message);
	unshare_text(&shared);
	buf_deinit(&out);
	session_free(session);
	f->accepted++;
}

static void one(struct fuzz *f)
{
	struct buf heading = {0}, out = {0};
	struct vf_error error = {0};
	struct budget_amounts budget = {.memory = 64 << 20, .seconds = 1};

	put(f);
	alarm(PATIENCE);
	if (import_file(f->path, percent(&f->rng, 30) ? below(&f->rng, 3) : 0, budget, &heading,
			&out, &error)) {
		buf_add(&heading, buf_str(&out), out.len);
		must_load(f, buf_str(&heading), heading.len);
	} else if (!error.message[0]) {
		found(f, "refused without a reason", "");
	}
	alarm(0);
	buf_deinit(&heading);
	buf_deinit(&out);
}

static void remove_files(const struct fuzz *f)
{
	char path[512];

	for (size_t i = 0; i < f->n; i++) {
		snprintf(path, sizeof(path), "%s/%s", f->folder, f->seeds[i].name);
		unlink(path);
		free(f->seeds[i].name);
		free(f->seeds[i].text);
	}
	snprintf(path, sizeof(path), "%s/dump", f->folder);
	unlink(path);
	rmdir(f->folder);
}

int main(int argc, char **argv)
{
	struct fuzz f = {.kind = argc > 1 ? argv[1] : "",
			 .seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1};
	double seconds = argc > 3 ? atof(argv[3]) : 60, start = clock_now();
	bool folder = !strcmp(f.kind, "criu");

	strcpy(f.folder, "/tmp/vmafork-fuzz.XXXXXX");
	if (!mkdtemp(f.folder)) {
		perror("dumps");
		return 2;
	}
	snprintf(f.path, sizeof(f.path), "%s%s", f.folder, folder ? "" : "/dump");
	current = &f;
	signal(SIGALRM, on_alarm);
	if (!strcmp(f.kind, "smaps")) {
		add_folder(&f, "tests/data/smaps");
	} else if (folder) {
		add_folder(&f, "tests/data/criu");
	} else if (!strcmp(f.kind, "core")) {
		add_core(&f);
	} else {
		fprintf(stderr, "usage: dumps smaps|core|criu SEED SECONDS\n");
		return 2;
	}
	for (; clock_now() - start < seconds; f.index++) {
		f.rng = rng_stream(f.seed, f.index);
		one(&f);
	}
	remove_files(&f);
	printf("%llu damaged %s files of seed %llu, %llu were accepted, nothing found\n",
	       (unsigned long long)f.index, f.kind, (unsigned long long)f.seed,
	       (unsigned long long)f.accepted);
	return 0;
}
