/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language: where errors point to, what they suggest, and that nothing changed. */
#include "support/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "session/timeline.h"
#include "support/world.h"

static char path[64];

static void write_scenario(const char *text, size_t length)
{
	FILE *file;

	snprintf(path, sizeof(path), "/tmp/vmafork-language-%d.vma", (int)getpid());
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, length, file), length);
	assert_int_equal(fclose(file), 0);
}

static bool load(struct session *session, const char *text, struct vf_error *error)
{
	struct buf out = { 0 };
	bool ok;

	memset(error, 0, sizeof(*error));
	write_scenario(text, strlen(text));
	ok = session_load(session, path, &out, error);
	buf_deinit(&out);
	unlink(path);
	return ok;
}

struct wrong {
	const char *text;
	unsigned line, col;
	const char *says; /* in the message or the hint */
};

/* Pages 0 and 1 got another name, b.old, and that one went away. */
#define LEFT_BEHIND \
	"vma b anon 4p at 0x20000000\nmremap b 2p at 0x40000000 dontunmap part 0-1\n" \
	"mremap b.old 2p at 0x50000000\n"

#define MERGEABLE "vma a anon 2p\nmadvise a mergeable\ntouch a\n"

static const struct wrong wrongs[] = {
	{ "vma a anon 4K\ntuch a\n", 2, 1, "touch" },
	{ "vma a anom 4K\n", 1, 7, "anon" },
	{ "vma a anon 4Q\n", 1, 12, NULL },
	{ "vma a anon\n", 1, 0, NULL },
	{ "vma a anon 4K rwz\n", 1, 15, NULL },
	{ "vma a anon 4K +VM_LOCKD\n", 1, 15, "VM_LOCKED" },
	{ "vma a anon 4K\nvma a anon 4K\n", 2, 5, NULL },
	{ "vma touch anon 4K\n", 1, 5, NULL },
	/* ksmd asks who holds a page if its entry is written, not if only a load has made it. */
	{ MERGEABLE "pin a short\nfork\nksm a all\n", 6, 1, "pinned" },
	{ MERGEABLE "madvise a pageout\nfork\nchild touch a read\nchild pin a read short\nchild ksm a all\n",
	  8, 1, "held" },
	{ "vma a/b anon 4K\n", 1, 5, NULL },
	{ "vma heap anon 4K\ntouch heep\n", 2, 7, "heap" },
	{ "vma a anon 4K\ntouch a 1\n", 2, 9, NULL },
	{ "vma a anon 4K\ntouch a 0 reed\n", 2, 11, "read" },
	{ "vma a anon 4K\nmadvise a wipeonfrok\n", 2, 11, "wipeonfork" },
	{ "  \t vma a anon 4K junk\n", 1, 19, NULL },
	{ "vma \"a\" anon 4K; touch a\n", 1, 14, NULL },
	{ "# a comment\n\n\nsay \"never closed\n", 4, 5, NULL },
	{ "vma a \\\n  anon \\\n  4Q\n", 3, 3, NULL },
	{ "say \"\303\244\303\266\" oops\n", 1, 10, NULL },
	{ "expect both a copy\n", 1, 13, NULL },
	{ "vma a anon 4K\nfork\nexpect both a copyy\n", 3, 15, "copy" },
	{ "vma a anon 4K\nfork\nexpect both a copy because VM_UFD_WP\n", 3, 28, "VM_UFFD_WP" },
	{ "kernel left v6.18x\n", 1, 13, NULL },
	{ "check left up\n", 1, 12, NULL },
	{ "uffd c evnt-fork\n", 1, 8, "event-fork" },
	{ "uffd c\nregister d a wp\n", 2, 10, NULL },
	{ "ask \"q\" \"a\" \"b\" answer 3\n", 1, 24, NULL },
	/* where a word was meant that may be left out, and the second of two */
	{ "vma a shmem privat 4p\n", 1, 13, "did you mean 'private'" },
	{ "vma a anon 4p\nfork\nexpect both a copy becuase anon_vma\n", 3, 20, "because" },
	{ "vma a anon 4p\nfork\nbecome chld\n", 3, 8, "did you mean 'child'" },
	{ "vma a anon 4p\nfork\nchild tuch a\n", 3, 7, "did you mean 'child touch'" },
	{ "vma a anon 4p\nfork\nchild\n", 3, 1, "help child lists" },
	{ LEFT_BEHIND "pin b 1\n", 4, 7, "no page of b is there" },
	{ LEFT_BEHIND "mprotect b r 1\n", 4, 14, "no page of b is there" },
	{ "vma a anon 4p\nexit\n", 2, 1, "write 'child exit'" },
	{ "vma a anon 4p\nflags a uw\n", 2, 9, "did you mean '+uw'" },
	{ "vma a anon 4p +dc at 0x200000\n", 1, 19, "a flag is a name such as VM_DONTCOPY" },
	/* a byte order mark and CRLF take no column */
	{ "\357\273\277vma a anom 4K\r\n", 1, 7, "anon" },
	{ "vma a anon 4K\r\n# a comment\r\n\r\ntouch a 0 reed\r\n", 4, 11, "read" },
	{ "vma a anon \\\r\n  4Q\r\n", 2, 3, NULL },
	{ "say \"never closed\r\nvma a anon 4K\r\n", 1, 5, "not closed" },
	{ "vma a anon\r\n", 1, 12, "a size" },
	{ "vma a anon 4K\n\357\273\277touch a\n", 2, 1, "there is no command" },
	/* no word of the language is a name */
	{ "vma blocked anon 4p\n", 1, 5, "a word of the language" },
	{ "vma SIGBUS anon 4p\n", 1, 5, "a word of the language" },
	/* a file does not shorten words */
	{ "vma a anon 4K\ntou a\n", 2, 1, NULL },
	/* what a kernel refuses names the side and the errno */
	{ "kernel left v6.12\nvma a anon 4K\nmadvise a guard-install 0\n", 3, 0, "left: madvise: EINVAL" },
	{ "vma a hugetlb 2M\nmadvise a wipeonfork\n", 2, 0, "EINVAL" },
};

static void test_errors(void **state)
{
	bool ok = true;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrongs); i++) {
		const struct wrong *w = &wrongs[i];
		struct session *session = world("vma before anon 4K");
		char *before = session_dump(session), *after;
		struct vf_error error;

		if (load(session, w->text, &error)) {
			print_error("not refused: %s", w->text);
			ok = false;
		} else if (error.line != w->line || (w->col && error.col != w->col) ||
			   strcmp(error.file, path) ||
			   (w->says && !strstr(error.message, w->says) && !strstr(error.hint, w->says))) {
			print_error("%s%s:%u:%u: %s (%s)\n  wanted %u:%u %s\n", w->text, error.file,
				    error.line, error.col, error.message, error.hint, w->line,
				    w->col, w->says ? w->says : "");
			ok = false;
		}
		after = session_dump(session);
		if (strcmp(before, after)) {
			print_error("changed by: %s", w->text);
			ok = false;
		}
		free(before);
		free(after);
		session_free(session);
	}
	assert_true(ok);
}

static void test_the_caret(void **state)
{
	struct session *session = world("");
	struct vf_error error;
	struct buf out = { 0 };

	(void)state;
	assert_false(load(session, "vma a anom 4K\n", &error));
	vf_error_print(&error, &out);
	assert_non_null(strstr(buf_str(&out), ":1:7: "));
	assert_non_null(strstr(buf_str(&out), "vma a anom 4K\n"));
	assert_non_null(strstr(buf_str(&out), "^~~~\n") ?: strstr(buf_str(&out), "^^^^\n")
			?: strstr(buf_str(&out), "^\n"));
	buf_deinit(&out);
	session_free(session);
}

static const char *const rights[] = {
	"vma a anon 4096 rwx at 0x10000000 +dc\n",
	"vma a anon private 16p r -VM_MAYWRITE\n",
	"vma a.b-c_1 shmem private 1G\n",
	"vma a anon 1T # with a comment\n",
	"vma a anon 64K\ntouch a 0-3,8,12-15 write\r\n",
	"\357\273\277vma a anon 64K\r\ntouch \\\r\n a\r\n",
	"\357\273\277# only a comment\r\n",
	"\357\273\277",
	"say \"a\"\r\n\r\n \t\r\nvma a anon 64K # why\r\ntouch a \"0\"\r\nsay \"b\"\r",
	"title \"a \\\"quoted\\\" \\\\ word\"\nabout \"\"\nsay \"x\"\nwait\nwait 0.5\n",
	"set thp always\nset fault-around 1\nvma a file 64K\ntouch a 0 read\n",
	"vma a anon 64K\nflags a +VM_SEALED -VM_MAYEXEC\nanon_vma a on\npte a 0-2 swap,exclusive\n",
	"kernel both v6.1\nkernel right 6.12.107\ncheck left src\n",
	"vma a anon 64K\nfork\nstep 2 run\nback\ngoto start\ngoto 1\ngoto end\nspeed 2\n",
	"vma a anon 64K\ntouch a\nfork\nbecome child\nfork\nchild exec\nundo 2\nredo\nreset\n",
	"vma a anon 64K\nshow vmas\nshow pages a\nfork\nshow decision\nshow trace a\nshow cost\n"
	"show flags\nshow kernel\nshow uffd\nexplain a\ndiff\nhelp\nhelp touch\n",
	"vma a anon 64K\ntouch a\nfork\nexpect both a copy because anon_vma\n"
	"expect left child a all present\nexpect right child a 0 not write\n"
	"expect both child a not VM_UFFD_WP\nexpect both cost entries 16\n"
	"expect both cost tables 3\nexpect same a\n",
	"kernel list\nkernel show v6.19-rc1\n",
	"table\ntable markdown\ntable v6.1 v7.3\ntable v6.1 v7.3 with \"src VM_UFFD_WP\" markdown\n"
	"vma row anon 4p\nvma markdown anon 4p\n",
	"vma a anon 4K \\",
	"title \"ends here\" \\\r",
	"vma a anon 4p\nmlock a\nexpect both parent a VM_LOCKED\nmunlock a\n"
	"expect both parent a not VM_LOCKED\n",
	/* what came later than the first files is free for names */
	"vma ok anon 4p\nvma open anon 4p\nvma munlock anon 4p\ntouch ok 0\nexpect both parent ok 0 present\n"
	"expect both parent signal ok\n",
	/* what was taken back is absent, as what went away is */
	"vma a anon 4p\nvma b anon 4p\nundo\nexpect both parent b absent\nreset\n"
	"expect both parent a absent\nexpect both parent nobody absent\n",
	/* and what is there is not, page by page as well */
	"vma a anon 4p\nvma b anon 4p\nmadvise b dontfork\nfork\nexpect both child a not absent\n"
	"expect both child a 0-3 not absent\nexpect both child b absent\nexpect both child b 0,2 absent\n"
	"expect both parent b all not absent\nchild exit\nexpect both child a 0 absent\n",
};

static void test_what_is_right(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rights); i++) {
		struct session *session = session_create(false);
		struct vf_error error;

		if (!load(session, rights[i], &error)) {
			print_error("%sline %u, column %u: %s\n", rights[i], error.line,
				    error.col, error.message);
			fail();
		}
		assert_int_equal(session_failed(session), 0);
		session_free(session);
	}
}

/* At the prompt a unique prefix will do; an ambiguous one lists what it could be. */
static void test_prefixes(void **state)
{
	struct session *session = world("vma a anon 64K");
	const char *message;

	(void)state;
	run(session, "tou a 0 re");
	/* what a decision follows is a name, whatever it could be short for */
	run(session, "vma c anon 4p\nvma co anon 4p\nfork\nexpect both c skip\nexpect both co skip");
	assert_int_equal(session_passed(session), 2);
	run(session, "madv a wipe");
	message = refused(session, "s");
	assert_non_null(strstr(message, "step"));
	assert_non_null(strstr(message, "show"));
	session_free(session);
}

/* A `kernel` after the set-up does it over on that side. */
static void test_replay(void **state)
{
	struct session *session = world("vma a anon 64K\nmadvise a guard-install 0\nfork");

	(void)state;
	assert_non_null(strstr(refused(session, "kernel left v6.12"), "EINVAL"));
	assert_string_equal(left(session)->kernel->profile, right(session)->kernel->profile);
	run(session, "kernel left v6.15\nexpect both a copy because anon_vma");
	session_free(session);
}

static void test_a_touch_that_is_a_signal(void **state)
{
	struct session *session = world(
		"vma a anon 64K\nmadvise a guard-install 2\ntouch a 0-3\n"
		"expect both parent signal SIGSEGV\nexpect both parent a 0 none\n"
		"vma r anon 64K r\ntouch r 0 write\nexpect both parent signal SIGSEGV\n"
		"touch r 0 read\nexpect both parent r 0 zero\n");

	(void)state;
	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

static bool completes(const struct session *session, const char *line, const char *word)
{
	size_t start;
	enum want_path want;
	bool found = false;
	char **words = session_complete(session, line, strlen(line), &start, &want);

	for (size_t i = 0; words && words[i]; i++) {
		found |= !strcmp(words[i], word);
		free(words[i]);
	}
	free(words);
	return found;
}

static enum want_path wants(struct session *session, const char *line)
{
	size_t start;
	enum want_path want;
	char **words = session_complete(session, line, strlen(line), &start, &want);

	for (size_t i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
	return want;
}

static void test_paths(void **state)
{
	struct session *session = world("");

	(void)state;
	assert_true(completes(session, "kernel left vm", "vmlinux:"));
	assert_true(completes(session, "kernel left v6.12.107/", "v6.12.107/aarch64"));
	assert_true(completes(session, "kernel left v6.19-rc1/s", "v6.19-rc1/s390x"));
	assert_true(completes(session, "kernel left bisect-5dba5cc2e0ff/aa", "bisect-5dba5cc2e0ff/aarch64"));
	assert_false(completes(session, "kernel left nonesuch/", "nonesuch/aarch64"));
	assert_int_equal(wants(session, "kernel left vm"), WANT_NO_PATH);
	assert_int_equal(wants(session, "kernel left vmlinux:"), WANT_IMAGE);
	assert_int_equal(wants(session, "kernel show vmlinux:build/v"), WANT_IMAGE);
	assert_int_equal(wants(session, "kernel left ./"), WANT_FILE);
	assert_int_equal(wants(session, "load "), WANT_FILE);
	assert_int_equal(wants(session, "set source "), WANT_FOLDER);
	assert_int_equal(wants(session, "set source left "), WANT_FOLDER);
	assert_true(completes(session, "set source ", "right"));
	assert_true(completes(session, "br", "break"));
	assert_true(completes(session, "break ", "write-protect"));
	assert_true(completes(session, "break ", "list"));
	assert_true(completes(session, "break off ", "divergence"));
	assert_true(completes(session, "break off ", "vma"));
	assert_true(completes(session, "ne", "next"));
	assert_true(completes(session, "pre", "previous"));
	assert_true(completes(session, "set source right ", "off"));
	assert_false(completes(session, "set source right ", "right"));
	assert_int_equal(wants(session, "touch "), WANT_NO_PATH);
	session_free(session);
}

/* The text that changes a kernel's clause, with its quotes and blank; what is behind it, too. */
static void test_clauses(void **state)
{
	struct session *session = world("kernel both v7.3\n");

	(void)state;
	assert_true(completes(session, "kernel left v7.3 ", "with"));
	assert_true(completes(session, "kernel left v7.3 with ", "\"src VM_UFFD_WP\""));
	assert_true(completes(session, "kernel left v7.3 with \"", "\"dst VM_UFFD_WP\""));
	assert_true(completes(session, "kernel left v7.3 with \"src VM_U", "\"src VM_UFFD_WP\""));
	assert_false(completes(session, "kernel left v7.3 with \"src VM_U", "\"dst VM_UFFD_WP\""));
	assert_false(completes(session, "kernel left v7.3 with ", "\"src VM_LOCKED\""));
	assert_true(completes(session, "kernel left v7.3 with \"src VM_PFNMAP\" \"dst VM_UFFD", "\"dst VM_UFFD_WP\""));
	assert_true(completes(session, "table v7.3 with \"src VM_UFFD_WP\" v", "v7.3"));
	assert_false(completes(session, "title \"kernel ", "left"));
	session_free(session);
}

static void test_completion(void **state)
{
	struct session *session = world("vma heap anon 64K\nuffd ctx\n");

	(void)state;
	assert_true(completes(session, "tou", "touch"));
	assert_true(completes(session, "touch he", "heap"));
	assert_true(completes(session, "madvise heap wipe", "wipeonfork"));
	assert_true(completes(session, "check left ", "dst"));
	assert_true(completes(session, "tab", "table"));
	assert_true(completes(session, "table ", "v6.19-rc1"));
	assert_true(completes(session, "table ", "markdown"));
	assert_true(completes(session, "table ", "row"));
	assert_true(completes(session, "table v6.18 ", "with"));
	assert_false(completes(session, "table v6.18 ", "markdown"));
	assert_true(completes(session, "table v6.18 v6.1", "v6.19-rc1"));
	assert_true(completes(session, "table v6.18 v6.19-rc1 ", "markdown"));
	assert_true(completes(session, "table v6.18 with \"src VM_UFFD_WP\" v6.19-rc1 ", "row"));
	assert_true(completes(session, "kernel left v6.19", "v6.19-rc1"));
	assert_true(completes(session, "flags heap +VM_UFFD", "+VM_UFFD_WP"));
	assert_true(completes(session, "register c", "ctx"));
	assert_false(completes(session, "touch zz", "heap"));
	/* words that may be left out */
	assert_true(completes(session, "vma x anon ", "shared"));
	assert_false(completes(session, "vma x anon ", "rwx"));
	assert_true(completes(session, "vma x anon 4K ", "rwx"));
	assert_true(completes(session, "vma x anon 4K ", "none"));
	assert_true(completes(session, "vma x anon 4K ", "at"));
	assert_true(completes(session, "vma x anon 4K own ti", "times"));
	assert_true(completes(session, "vma x anon 4K own at 0x1000 ", "apart"));
	assert_false(completes(session, "vma x anon 4K own at 0x1000 ", "own"));
	assert_true(completes(session, "vma x anon 4K of ", "heap"));
	assert_true(completes(session, "vma x anon 4K of heap fr", "from"));
	assert_true(completes(session, "vma x anon 4K ", "+"));
	assert_true(completes(session, "vma x anon 4K +VM_DONTC", "+VM_DONTCOPY"));
	assert_true(completes(session, "vma x anon shared 4K r at 0x1000 ", "-"));
	assert_false(completes(session, "vma x anon shared 4K r at 0x1000 ", "at"));
	assert_false(completes(session, "vma x anon shared 4K r at ", "at"));
	assert_true(completes(session, "touch heap ", "all"));
	assert_true(completes(session, "touch heap ", "read"));
	assert_true(completes(session, "touch heap 0-2 ", "read"));
	assert_true(completes(session, "mprotect heap r ", "all"));
	assert_true(completes(session, "mlock heap 0 ", "onfault"));
	assert_true(completes(session, "munl", "munlock"));
	assert_true(completes(session, "register ctx heap 0 mi", "minor"));
	assert_false(completes(session, "touch heap read ", "read"));
	assert_true(completes(session, "step 3 ", "page"));
	/* lists */
	assert_true(completes(session, "pte heap 0 pres", "present"));
	assert_false(completes(session, "pte heap 0 wri", "write"));
	assert_true(completes(session, "pte heap 0 present,", "present,write"));
	assert_true(completes(session, "pte heap 0 present,write,d", "present,write,dirty"));
	assert_true(completes(session, "expect left child heap 0 uf", "uffd-wp"));
	assert_true(completes(session, "expect left child heap not abs", "absent"));
	assert_true(completes(session, "expect left child heap 0 not abs", "absent"));
	assert_true(completes(session, "expect left heap ", "all"));
	assert_true(completes(session, "expect left heap 0 sk", "skip"));
	assert_true(completes(session, "expect left child heap 0 VM_UFFD_", "VM_UFFD_WP"));
	assert_true(completes(session, "expect left child heap vm", "vmas"));
	assert_true(completes(session, "expect left child not jo", "joined"));
	assert_true(completes(session, "expect left child joined he", "heap"));
	assert_true(completes(session, "expect left child joined heap he", "heap"));
	assert_true(completes(session, "expect left fork EN", "ENOMEM"));
	assert_true(completes(session, "expect left fork o", "ok"));
	/* a command inside: only those that may be there, each to its end */
	assert_true(completes(session, "expect left refused EPE", "EPERM"));
	assert_true(completes(session, "expect left refused EPERM mad", "madvise"));
	assert_true(completes(session, "expect left refused EPERM chi", "child"));
	assert_true(completes(session, "expect left refused EPERM child to", "touch"));
	assert_false(completes(session, "expect left refused EPERM sh", "show"));
	assert_false(completes(session, "expect left refused EPERM exp", "expect"));
	assert_true(completes(session, "expect left refused EPERM madvise he", "heap"));
	assert_true(completes(session, "expect left refused EPERM madvise heap wipe", "wipeonfork"));
	assert_false(completes(session, "expect left refused EPERM expect ", "left"));
	assert_true(completes(session, "save a.vma rep", "replace"));
	assert_true(completes(session, "expect left child heap 0 not uffd-wp,", "uffd-wp,dirty"));
	/* help of two words */
	assert_true(completes(session, "help se", "set"));
	assert_true(completes(session, "help set ", "source"));
	assert_true(completes(session, "help child ", "touch"));
	assert_false(completes(session, "help child ", "fork"));
	assert_true(completes(session, "chi", "child"));
	assert_true(completes(session, "child mpro", "mprotect"));
	assert_true(completes(session, "child exi", "exit"));
	assert_false(completes(session, "exi", "exit"));
	assert_false(completes(session, "child fo", "fork"));
	assert_true(completes(session, "child munmap he", "heap"));
	session_free(session);
}

static void test_steps_that_undo_knows(void **state)
{
	struct session *session = session_create(true); /* at a screen, where one may think again */
	char *before, *after;

	(void)state;
	run(session, "vma a anon 64K\ntouch a\nfork\ngoto end");
	before = session_dump(session);
	/* looking and expecting are no steps */
	run(session, "kernel show v6.1\nkernel list\nshow pages\nexpect both a copy\nundo");
	assert_int_equal(left(session)->fork_count, 0);
	run(session, "redo");
	after = session_dump(session);
	assert_string_equal(before, after);
	free(after);

	/* open is one step, whatever is in the file */
	run(session, "expect both a copy\nopen scenarios/pfnmap.vma\nundo\ngoto end");
	after = session_dump(session);
	assert_string_equal(before, after);
	assert_int_equal(session_passed(session), 2); /* the first one came back with redo */
	free(after);

	/* what is refused leaves redo alone */
	run(session, "undo");
	refused(session, "touch nobody");
	refused(session, "undo 0");
	refused(session, "redo 0");
	run(session, "redo");
	after = session_dump(session);
	assert_string_equal(before, after);
	free(after);
	free(before);
	session_free(session);
}

static void test_absent_is_exact(void **state)
{
	struct session *session = world("vma a anon 4p\nvma b anon 4p\nmadvise b dontfork\nfork");

	(void)state;
	assert_string_equal(said(session, "expect both child a absent"),
			    "expected both child a absent, got left: it is mapped; right: it is mapped\n");
	assert_string_equal(said(session, "expect left child a 0-1 absent"),
			    "expected left child a 0-1 absent, got it is mapped\n");
	assert_string_equal(said(session, "expect left child b not absent"),
			    "expected left child b not absent, got absent\n");
	assert_string_equal(said(session, "expect left child b 0 not absent"),
			    "expected left child b 0 not absent, got absent\n");
	/* what is not mapped has no pages that could be none */
	assert_string_equal(said(session, "expect left child b 0 none"),
			    "expected left child b 0 none, got absent\n");
	assert_non_null(strstr(said(session, "expect left child a 9 not absent"), ", got a has pages 0 to 3\n"));
	assert_int_equal(session_failed(session), 6);
	session_free(session);
	session = world("vma a anon 4p");
	assert_string_equal(said(session, "expect left child a not absent"),
			    "expected left child a not absent, got no child yet\n");
	session_free(session);
}

/* Commands that change nothing are allowed between undo and redo; and expectations count. */
static void test_expectations_between_undo_and_redo(void **state)
{
	struct session *session = world(
		"vma a anon 4p\ntouch a 0\nexpect both parent a 0 present\nundo\n"
		"expect both parent a 0 none\nsay \"between\"\nredo\nexpect both parent a 0 present\n"
		"undo 2\nredo\nexpect both parent a 0 none\nredo\nexpect both parent a 0 present");
	struct vf_error error;

	(void)state;
	assert_int_equal(session_passed(session), 5);
	assert_int_equal(session_failed(session), 0);
	assert_non_null(strstr(refused(session, "redo"), "nothing to redo"));
	run(session, "expect both parent a 0 none\nundo 2\nreset");
	assert_int_equal(session_failed(session), 1);
	session_free(session);

	/* In a file, too. */
	session = session_create(true);
	assert_true(load(session, "vma a anon 4p\ntouch a 0\nundo\nexpect both parent a 0 none\nredo\n"
				  "expect both parent a 0 present\n", &error));
	assert_int_equal(session_passed(session), 2);
	session_free(session);

	/* At a screen an expectation that is taken back was never there. */
	session = session_create(true);
	run(session, "vma a anon 4p\ntouch a\nexpect both parent a 0 present\nundo");
	assert_int_equal(session_passed(session), 0);
	run(session, "expect both parent a 0 none\nredo");
	assert_int_equal(session_passed(session), 2);
	run(session, "undo\nredo\nundo\nredo");
	assert_int_equal(session_passed(session), 2);
	run(session, "reset");
	assert_int_equal(session_passed(session), 0);
	run(session, "undo 2\nredo\nredo");
	assert_int_equal(session_passed(session), 0);
	run(session, "undo");
	assert_int_equal(session_passed(session), 2);
	session_free(session);

	/* One that fails stays visible as long as it is in the session. */
	session = session_create(true);
	run(session, "vma a anon 4p\nvma b anon 4p\nundo\nexpect both parent a absent\nredo\nundo");
	assert_int_equal(session_failed(session), 1);
	run(session, "undo");
	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

/* A toggle that this kernel does not have is no step. */
static void test_a_check_that_does_nothing(void **state)
{
	struct session *session = world("kernel both v5.12\nvma a anon 4p\nundo\ncheck left src\nredo");

	(void)state;
	run(session, "expect both parent a 0 none");
	assert_int_equal(session_passed(session), 1);
	session_free(session);
}

static size_t place(const struct session *session)
{
	return session_timeline(session)->at;
}

/* A command leads to its end, whatever was chosen before it; else a place is kept. */
static void test_where_a_command_leads(void **state)
{
	static const char fork[] = "vma a anon 4p\ntouch a\nfork\ngoto 3\n";
	struct session *session = world(fork);

	(void)state;
	run(session, "touch a");
	assert_int_equal(place(session), session_timeline(session)->count);
	session_free(session);

	session = world(fork);
	run(session, "kernel left v6.17\ntouch a");
	assert_int_equal(place(session), session_timeline(session)->count);
	session_free(session);

	session = world(fork);
	run(session, "kernel left v6.17");
	assert_int_equal(place(session), 3);
	session_free(session);
}

/* An error of one kernel names its side; an error of both is one of the command. */
static void test_whose_refusal(void **state)
{
	struct session *session = world(
		"kernel left v7.3\nkernel right v6.12\nvma a anon 16p\nuffd u\nregister u a missing");

	(void)state;
	assert_non_null(strstr(refused(session, "madvise a guard-install 4"), "right: madvise: "));
	assert_ptr_equal(strstr(refused(session, "pin a"), "pin: "), refused(session, "pin a"));
	session_free(session);
}

static void test_names_are_free_again(void **state)
{
	struct session *session = world("vma a anon 16K\ntouch a\nfork\nmunmap a");

	(void)state;
	/* The child still has it. */
	assert_non_null(strstr(refused(session, "vma a shmem 8K none"), "the name a is taken"));
	run(session, "child exit\nvma a shmem 8K none");
	refused(session, "vma a anon 4K");
	run(session, "fork\nexpect both a skip\nexpect both child a sh");
	assert_int_equal(session_failed(session), 0);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps_that_undo_knows),
		cmocka_unit_test(test_absent_is_exact),
		cmocka_unit_test(test_expectations_between_undo_and_redo),
		cmocka_unit_test(test_a_check_that_does_nothing),
		cmocka_unit_test(test_where_a_command_leads),
		cmocka_unit_test(test_whose_refusal),
		cmocka_unit_test(test_names_are_free_again),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_the_caret),
		cmocka_unit_test(test_what_is_right),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_replay),
		cmocka_unit_test(test_a_touch_that_is_a_signal),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_clauses),
	};

	return cmocka_run_group_tests_name("language", tests, NULL, NULL);
}
