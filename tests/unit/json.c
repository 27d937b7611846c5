/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `run --json` prints, read back. */
#include "support/check.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "support/layouts.h"
#include "support/world.h"
#include "view/json.h"

static json_t *parsed(struct session *session)
{
	char *text = json_session(session);
	json_error_t error;
	json_t *root;

	assert_non_null(text);
	root = json_loads(text, 0, &error);
	if (!root)
		print_error("%s\n", error.text);
	assert_non_null(root);
	free(text);
	return root;
}

/* Follows keys and array indexes: "sides.left.forks.0.cost.entries". */
static json_t *at(json_t *root, const char *path)
{
	char copy[128], *rest = copy, *key;

	strcpy(copy, path);
	while ((key = strsep(&rest, ".")))
		root = json_is_array(root) ? json_array_get(root, (size_t)atoi(key))
					   : json_object_get(root, key);
	if (!root)
		print_error("nothing at %s\n", path);
	assert_non_null(root);
	return root;
}

static void assert_json(json_t *root, const char *path, const char *text)
{
	char *found = json_dumps(at(root, path), JSON_COMPACT | JSON_ENCODE_ANY);

	assert_string_equal(found, text);
	free(found);
}

#define MAIN_CASE                                                              \
	"title \"Whose flag?\"\nkernel both v6.18\ncheck right src\n"          \
	"uffd c wp-hugetlbfs-shmem\nvma a shmem 16K at 0x10000000\n"           \
	"touch a 0-2\nregister c a wp\nprotect c a 0-1\nfork\n"

static void test_the_main_case(void **state)
{
	struct session *session = world(MAIN_CASE);
	json_t *root = parsed(session);

	(void)state;
	assert_json(root, "schema", "1");
	assert_json(root, "title", "\"Whose flag?\"");
	assert_json(root, "about", "null");
	assert_json(root, "sides.left.kernel", "\"v6.18\"");
	assert_json(root, "sides.left.check", "\"dst\"");
	assert_json(root, "sides.right.check", "\"src\"");
	assert_json(root, "sides.left.forks.0.vmas.0.name", "\"a\"");
	assert_json(root, "sides.left.forks.0.vmas.0.start", "\"0x10000000\"");
	assert_json(root, "sides.left.forks.0.vmas.0.end", "\"0x10004000\"");
	assert_json(root, "sides.left.forks.0.vmas.0.decision", "\"skip\"");
	assert_json(root, "sides.left.forks.0.vmas.0.reason", "\"none\"");
	assert_json(root, "sides.right.forks.0.vmas.0.decision", "\"copy\"");
	assert_json(root, "sides.right.forks.0.vmas.0.reason", "\"VM_UFFD_WP\"");
	assert_json(root, "sides.left.forks.0.vmas.0.parent.anon_vma", "false");
	assert_json(root, "sides.left.forks.0.vmas.0.parent.pages.0.first", "0");
	assert_json(root, "sides.left.forks.0.vmas.0.parent.pages.0.count", "2");
	assert_json(root, "sides.left.forks.0.vmas.0.parent.pages.0.state", "\"present\"");
	assert_json(root, "sides.left.forks.0.vmas.0.parent.pages.1.first", "2");
	assert_int_equal(json_array_size(at(root, "sides.left.forks.0.vmas.0.parent.pages")), 2);
	assert_json(root, "sides.left.forks.0.vmas.0.child.pages", "[]");
	/* the pages that were protected lose the bit, and stay read-only */
	assert_json(root, "sides.right.forks.0.vmas.0.child.pages",
		    "[{\"first\":0,\"count\":2,\"state\":\"present\",\"attrs\":[\"soft-dirty\"]},"
		    "{\"first\":2,\"count\":1,\"state\":\"present\",\"attrs\":[\"write\",\"soft-dirty\"]}]");
	assert_json(root, "sides.left.forks.0.cost",
		    "{\"entries\":0,\"tables\":{\"pte\":0,\"pmd\":0,\"pud\":0,\"p4d\":0},"
		    "\"copied_pages\":0,\"bytes\":0}");
	assert_json(root, "sides.right.forks.0.cost",
		    "{\"entries\":3,\"tables\":{\"pte\":1,\"pmd\":1,\"pud\":1,\"p4d\":0},"
		    "\"copied_pages\":0,\"bytes\":12288}");
	assert_json(root, "differ", "[\"a\"]");
	json_decref(root);
	session_free(session);
}

/* forks[] keeps the state right after the fork; now is the current one. */
static void test_forks_and_now(void **state)
{
	struct session *session = world("vma a anon 16K\nvma d anon 4K\nmadvise d dontfork\ntouch a\n"
					"fork\nchild touch a 1\nfork\nchild exit\n");
	json_t *root = parsed(session);

	(void)state;
	assert_int_equal(json_array_size(at(root, "sides.left.forks")), 2);
	assert_json(root, "sides.left.forks.0.vmas.1.child", "null");
	assert_json(root, "sides.left.forks.0.vmas.1.decision", "\"dontcopy\"");
	assert_json(root, "sides.left.forks.0.vmas.0.child.pages.0.count", "4");
	assert_json(root, "sides.left.forks.1.cost.entries", "4");
	assert_json(root, "sides.left.cost.entries", "8");
	assert_json(root, "sides.left.cost.cow_copies", "1");
	assert_json(root, "sides.left.now.child", "null");
	assert_json(root, "sides.left.now.parent.0.name", "\"a\"");
	assert_json(root, "differ", "[]");
	json_decref(root);
	session_free(session);
}

static void test_leaves_the_session_alone(void **state)
{
	struct session *session = world(MAIN_CASE "child touch a\nfork\n");
	const struct timeline *timeline = session_timeline(session);

	(void)state;
	for (size_t at = 0; at <= timeline->count; at++) {
		char *before, *after;

		session_seek(session, at, 0);
		before = session_dump(session);
		free(json_session(session));
		after = session_dump(session);
		assert_string_equal(before, after);
		assert_int_equal(timeline->at, at);
		free(before);
		free(after);
	}
	session_free(session);
}

static void test_before_any_fork(void **state)
{
	struct session *session = world("vma a anon 16K");
	json_t *root = parsed(session);

	(void)state;
	assert_json(root, "sides.left.forks", "[]");
	assert_json(root, "sides.left.now.child", "null");
	assert_json(root, "title", "null");
	json_decref(root);
	session_free(session);
}

/* One object for each VMA, with all names that it holds. */
static void test_names_and_vmas(void **state)
{
	struct session *session = world(OTHER_LAYOUTS "fork\nchild touch low 6-7\n");
	json_t *root = parsed(session);

	(void)state;
	assert_json(root, "sides.left.forks.0.kind", "\"fork\"");
	/* one VMA of two names */
	assert_int_equal(json_array_size(at(root, "sides.left.forks.0.vmas")), 5);
	assert_json(root, "sides.left.forks.0.vmas.0.name", "\"low\"");
	assert_json(root, "sides.left.forks.0.vmas.0.start", "\"0x1000000000\"");
	assert_json(root, "sides.left.forks.0.vmas.0.end", "\"0x1000010000\"");
	assert_json(root, "sides.left.forks.0.vmas.0.names",
		    "[{\"name\":\"low\",\"first\":0,\"count\":8,\"at\":0},"
		    "{\"name\":\"high\",\"first\":0,\"count\":8,\"at\":8}]");
	assert_json(root, "sides.left.forks.0.vmas.0.decision", "\"copy\"");
	/* pages count from the start of the VMA */
	assert_json(root, "sides.left.forks.0.vmas.0.parent.pages.0.first", "8");
	assert_json(root, "sides.left.now.child.0.pages.0.first", "6");
	assert_json(root, "sides.left.now.child.0.names.1.at", "8");
	/* the same on the other side: two VMAs */
	assert_int_equal(json_array_size(at(root, "sides.right.forks.0.vmas")), 8);
	assert_json(root, "sides.right.forks.0.vmas.0.decision", "\"skip\"");
	assert_json(root, "sides.right.forks.0.vmas.1.name", "\"high\"");
	assert_json(root, "sides.right.forks.0.vmas.1.parent.pages.0.first", "0");
	/* one name in three VMAs */
	assert_json(root, "sides.left.forks.0.vmas.1.names",
		    "[{\"name\":\"heap\",\"first\":0,\"count\":12,\"at\":0}]");
	assert_json(root, "sides.right.forks.0.vmas.3.name", "\"heap\"");
	assert_json(root, "sides.right.forks.0.vmas.3.names",
		    "[{\"name\":\"heap\",\"first\":4,\"count\":4,\"at\":0}]");
	assert_json(root, "sides.right.forks.0.vmas.3.parent.pages.0.first", "0");
	assert_json(root, "sides.right.forks.0.vmas.4.names.0.first", "8");
	assert_json(root, "differ", "[\"low\",\"heap\"]");
	json_decref(root);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_main_case),
		cmocka_unit_test(test_forks_and_now),
		cmocka_unit_test(test_leaves_the_session_alone),
		cmocka_unit_test(test_before_any_fork),
		cmocka_unit_test(test_names_and_vmas),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
