/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left of a process: smaps of many kernels, a core file, images of CRIU. */
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "import/import.h"
#include "model/events.h"
#include "support/check.h"
#include "support/core_file.h"
#include "support/world.h"

/* --- import, load, fork ----------------------------------------------------------------- */

struct dumped {
	char *text;		/* the scenario with its heading; owned */
	struct session *session; /* after a fork; owned */
	struct cost cost;
};

static struct dumped import(const char *path, unsigned which)
{
	const struct import_options options = {.what = path, .which = which, .budget = budget_default};
	struct buf heading = {0}, out = {0}, said = {0};
	struct dumped d = {0};
	struct shared_text shared;
	struct vf_error error = {0};

	if (!import_file(&options, &heading, &out, &error))
		fail_msg("%s: %s", path, error.message);
	buf_add(&heading, buf_str(&out), out.len);
	buf_deinit(&out);
	d.text = buf_take(&heading);
	assert_true(share_text(d.text, strlen(d.text), &shared, &error));
	d.session = session_create(false);
	if (!session_load(d.session, shared.path, &said, &error))
		fail_msg("%s: %u: %s", path, error.line, error.message);
	unshare_text(&shared);
	buf_deinit(&said);
	run(d.session, "fork");
	d.cost = left(d.session)->cost;
	return d;
}

static void dumped_deinit(struct dumped *d)
{
	session_free(d->session);
	free(d->text);
}

/* Message and hint of an import that is refused. */
static const char *refuses(const char *path, unsigned which)
{
	const struct import_options options = {.what = path, .which = which, .budget = budget_default};
	static struct buf text;
	struct buf heading = {0}, out = {0};
	struct vf_error error = {0};

	buf_clear(&text);
	assert_false(import_file(&options, &heading, &out, &error));
	assert_int_equal(heading.len + out.len, 0);
	vf_error_print(&error, &text);
	return buf_str(&text);
}

static void has(const struct dumped *d, const char *part)
{
	if (!strstr(d->text, part))
		fail_msg("no \"%s\" in\n%.3000s", part, d->text);
}

/* --- smaps ---------------------------------------------------------------------------- */

/*
 * worker has 2 + 1 + 50 + 4 pages of its own: relro, data, heap and stack. 7 tables: 3 of the
 * lowest level, for the program and its heap, its stack; 2 and 2 above them.
 */
#define WORKER 57

static void ten_kernels(void **state)
{
	static const struct {
		const char *file;
		unsigned which;
		uint64_t entries, least, most;
		const char *says[3];
	} rows[] = {
		{"v3.10", 0, WORKER, 7, 8, {"lines are those of 3.8 or later", "codes of VmFlags are not known"}},
		{"v3.18", 0, WORKER, 7, 8, {"vma heap anon private 264K rw"}},
		/* 100 present and 24 in swap, alone in 1 MiB */
		{"v4.4", 0, WORKER + 124, 9, 10, {"pte anon-1 100-123 swap,exclusive"}},
		{"v4.9.mail", 0, WORKER, 7, 8, {"the text names 4.9.0; v5.12 is the oldest", "kernel both v5.12",
						"worker-text"}},
		{"v4.14.android", 0, 300 + 16 + 75 + 5120 + 128 + 8, 17, 23,
		 {"vma libc_malloc anon private 2M", "smaps of a process 2741", "shmem shared 512K"}},
		/* Without Anonymous and VmFlags: relro, which is not writable, is not known to be its own. */
		{"v4.19.cut", 0, WORKER - 2, 7, 8, {"8 mappings have no Anonymous", "8 mappings have no VmFlags"}},
		/* 20 + 3 huge entries, and 20 small ones */
		{"v5.10.huge", 0, WORKER + 43, 29, 65, {"huge,write,exclusive"}},
		{"v6.1.two", 2, WORKER + 950, 8, 9, {"process 812 (leader)", "the text names 6.1.0",
						       "It had 16 page tables (VmPTE)"}},
		{"v6.12", 0, WORKER + 4000, 16, 41, {"vma memfd-ring shmem shared 4M", "+dp"}},
		{"v7.3", 0, WORKER + 4000 + 512, 17, 43, {"kernel both 7.3.4", "register uffd-1 anon-2 rwp"}},
	};
	char path[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dumped d;
		uint64_t least, most;
		const char *at;

		snprintf(path, sizeof(path), "tests/data/smaps/%s", rows[i].file);
		d = import(path, rows[i].which);
		for (size_t k = 0; k < 3 && rows[i].says[k]; k++)
			has(&d, rows[i].says[k]);
		at = strstr(d.text, "# Page tables that fork copies");
		assert_non_null(at);
		assert_int_equal(sscanf(at, IMPORT_TABLES_SCAN, &least, &most), 2);
		if (d.cost.entries != rows[i].entries || least != rows[i].least || most != rows[i].most)
			fail_msg("%s: %" PRIu64 " entries, %" PRIu64 " to %" PRIu64 " tables", path, d.cost.entries,
				 least, most);
		assert_in_range(cost_tables(&d.cost), least, most);
		dumped_deinit(&d);
	}
}

static void texts_that_are_refused(void **state)
{
	(void)state;
	says(refuses("tests/data/smaps/refused.32-bit", 0), "refused.32-bit:1: all mappings are below 4 GiB");
	says(refuses("tests/data/smaps/refused.64k", 0), "refused.64k:1: pages of 64 KiB");
	says(refuses("tests/data/smaps/refused.maps", 0), "it is a text of maps");
	says(refuses("tests/data/smaps/v6.1.two", 0), "2 processes: 1: line 13, process 811 (worker); 2: line 215");
	says(refuses("tests/data/smaps/v6.1.two", 3), "import FILE N");
	says(refuses("Makefile", 0), "no mapping is in this text");
	says(refuses("tests/data/smaps", 0), "no images of CRIU are in this folder");
	says(refuses("tests/data/nothing", 0), "No such file");
}

#define HEAD "7f0000000000-7f0000002000 rw-p 00000000 00:00 0\n"

static void lines_that_are_wrong(void **state)
{
	static const struct {
		const char *text, *error;
	} rows[] = {
		{HEAD "Rss: many kB\n", ":2:6: not a number of kB"},
		{HEAD "Rss: 12 kB\n", ":1: Rss is 12 kB in a mapping that has room for 8 kB"},
		{HEAD "Rss: 4 kB\nAnonymous: 8 kB\n", ":1: Anonymous is 8 kB"},
		{HEAD "Rss: 99999999999999999999 kB\n", ":2:6: not a number of kB"},
		{"x\n> 7f0000002000-7f0000001000 rw-p 0 00:00 0\n", ":2:3: not a range of pages of 4 KiB"},
		{"7f0000000000-7f0000000800 rw-p 0 00:00 0\n", ":1:1: not a range"},
		{"7f0000000000-7f0000001000 rwxq 0 00:00 0\n", ":1:1: not a mapping of smaps"},
		{"7f0000000000-7f0000001000 rw-p\n", ":1:1: not a mapping of smaps"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shared_text shared;
		struct vf_error error;

		assert_true(share_text(rows[i].text, strlen(rows[i].text), &shared, &error));
		says(refuses(shared.path, 0), rows[i].error);
		unshare_text(&shared);
	}
}

/* Nothing is seen of what userfaultfd may have put there. */
static void what_userfaultfd_hides(void **state)
{
	static const struct {
		const char *flags, *range;
	} rows[] = {
		{"rd wr mr mw me ac", "between 0 and 0,"},
		{"rd wr mr mw me ac um", "between 0 and 5,"}, /* two PTE tables, two PMD tables, one PUD table */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct shared_text shared;
		struct vf_error error;
		struct dumped d;
		char text[160];

		snprintf(text, sizeof(text), "7f003ffff000-7f0040001000 rw-p 00000000 00:00 0\nRss: 0 kB\n"
					     "Anonymous: 0 kB\nVmFlags: %s\n", rows[i].flags);
		assert_true(share_text(text, strlen(text), &shared, &error));
		d = import(shared.path, 0);
		has(&d, rows[i].range);
		dumped_deinit(&d);
		unshare_text(&shared);
	}
}

/* pagemap and status beside it: entries are at their places, and the range is gone or narrow. */
static void what_is_beside(void **state)
{
	char folder[] = "/tmp/vmafork-dumps.XXXXXX", path[80];
	const char *text = "7f0000000000-7f0000400000 rw-p 00000000 00:00 0\nRss: 8 kB\nPrivate_Dirty: 8 kB\n"
			   "Anonymous: 8 kB\nVmFlags: rd wr mr mw me ac\n";
	const char *status = "Name:\tapart\nPid:\t7\nVmPTE:\t      16 kB\n";
	uint64_t present = UINT64_C(1) << 63 | UINT64_C(1) << 56;
	struct vf_error error;
	struct dumped d;
	int fd;

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/a.status", folder);
	assert_true(make_file(path, status, strlen(status), &error));
	snprintf(path, sizeof(path), "%s/a.smaps", folder);
	assert_true(make_file(path, text, strlen(text), &error));
	d = import(path, 0);
	has(&d, "process 7 (apart)");
	has(&d, "between 4 and 4,"); /* no other mapping can have any of the four */
	has(&d, "pte anon-1 0-1 present,write,exclusive");
	dumped_deinit(&d);

	snprintf(path, sizeof(path), "%s/a.pagemap", folder);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (0x7f0000400 + 0x1000) * 8), 0);
	assert_int_equal(pwrite(fd, &present, 8, 0x7f0000003 * 8), 8);
	assert_int_equal(pwrite(fd, &present, 8, 0x7f0000208 * 8), 8);
	close(fd);
	snprintf(path, sizeof(path), "%s/a.smaps", folder);
	d = import(path, 0);
	has(&d, "pte anon-1 3,520 present,write,exclusive");
	assert_int_equal(cost_tables(&d.cost), 4);
	dumped_deinit(&d);

	snprintf(path, sizeof(path), "%s/a.pagemap", folder);
	assert_int_equal(truncate(path, 4096), 0);
	snprintf(path, sizeof(path), "%s/a.smaps", folder);
	says(refuses(path, 0), "a.pagemap ends before the last mapping");
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/a.%s", folder, i == 0 ? "smaps" : i == 1 ? "status" : "pagemap");
		unlink(path);
	}
	rmdir(folder);
}

/* --- CRIU ----------------------------------------------------------------------------- */

/* Written by criu 4.1.1 of a perl that has 1 MiB of text, twice: a constant and a copy. */
static void images_of_criu(void **state)
{
	struct dumped d = import("tests/data/criu", 0);

	(void)state;
	has(&d, "CRIU images of a process");
	has(&d, "vma heap anon private");
	has(&d, "vma libc-text file private");
	has(&d, "vma main-stack stack private");
	assert_int_equal(d.cost.entries, 629);
	dumped_deinit(&d);
	says(refuses("tests/data/criu", 2), "tests/data/criu has 1 process: 1: process");
}

/* --- a core file ---------------------------------------------------------------------- */

static void a_core_file(void **state)
{
	char path[] = "/tmp/vmafork-core.XXXXXX";

	(void)state;
	close(mkstemp(path));
	for (int sparse = 0; sparse < 2; sparse++) {
		struct dumped d;

		core_file_make(path, sparse, EM_X86_64);
		d = import(path, 0);
		has(&d, "core file of a process 77 (x)");
		has(&d, sparse ? "what is no hole of the file" : "the file has no holes");
		has(&d, "pte anon-1 0,3-4 present,write,exclusive");
		has(&d, "vma x-data file private 8K rw at 0x7f1000004000");
		has(&d, "vma main-stack stack private 16K");
		has(&d, "pte main-stack 2-3 present");
		assert_null(strstr(d.text, "0x7f0000400000"));
		/* 3 + 2 + 2: the text, of which only the first page was written, is not walked. */
		assert_int_equal(d.cost.entries, 7);
		dumped_deinit(&d);
	}
	core_file_make(path, true, EM_AARCH64);
	says(refuses(path, 0), "only x86-64 is modelled");
	core_file_make(path, true, EM_X86_64);
	assert_int_equal(truncate(path, CORE_FILE_DATA + 4 * 4096), 0);
	{
		struct dumped d = import(path, 0);

		has(&d, "The file ends early: 3 segments are incomplete");
		has(&d, "pte anon-1 0,3 present");
		dumped_deinit(&d);
	}
	assert_int_equal(truncate(path, 100), 0);
	says(refuses(path, 0), "readelf -ln");
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_kernels),
		cmocka_unit_test(texts_that_are_refused),
		cmocka_unit_test(lines_that_are_wrong),
		cmocka_unit_test(what_userfaultfd_hides),
		cmocka_unit_test(what_is_beside),
		cmocka_unit_test(images_of_criu),
		cmocka_unit_test(a_core_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
