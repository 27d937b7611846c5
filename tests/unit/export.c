/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What export writes, read back: a page has the grid of each step, a picture that of the screen. */
#include "support/check.h"

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "support/world.h"
#include "view/export/export_html.h"
#include "view/export/export_svg.h"
#include "view/panes.h"

/* --- reading a page: independent of what wrote it, and of its script --------------------- */

struct read_page {
	json_t *data;
	char *text;
};

/* What is between two texts, as a copy. */
static char *between(const char *text, const char *begin, const char *end)
{
	const char *at = strstr(text, begin), *stop;

	assert_non_null(at);
	at += strlen(begin);
	stop = strstr(at, end);
	assert_non_null(stop);
	return xstrndup(at, (size_t)(stop - at));
}

static struct read_page read_page(struct session *session)
{
	struct buf text = {0};
	struct vf_error error;
	struct read_page page;
	json_error_t wrong;
	char *data;

	assert_true(export_html(session, &text, &error));
	page.text = buf_take(&text);
	data = between(page.text, "<script type=\"application/json\" id=\"data\">", "</script>");
	page.data = json_loads(data, 0, &wrong);
	if (!page.data)
		fail_msg("line %d: %s", wrong.line, wrong.text);
	free(data);
	return page;
}

static void drop_page(struct read_page *page)
{
	json_decref(page->data);
	free(page->text);
}

static size_t number_of(const json_t *object, const char *name)
{
	return (size_t)json_integer_value(json_object_get(object, name));
}

static size_t item(const json_t *array, size_t i)
{
	assert_true(i < json_array_size(array));
	return (size_t)json_integer_value(json_array_get(array, i));
}

/* The lines of a step's rows: from the step before it that has all. */
static void lines_at(const json_t *data, size_t step, size_t lines[])
{
	const json_t *steps = json_object_get(data, "steps");
	size_t first = step - step % number_of(data, "every");

	assert_int_equal(json_array_size(json_array_get(steps, first)),
			 1 + 2 * number_of(data, "rows"));
	for (size_t i = first; i <= step; i++) {
		const json_t *changes = json_array_get(steps, i);

		for (size_t j = 1; j < json_array_size(changes); j += 2)
			lines[item(changes, j)] = item(changes, j + 1);
	}
}

/* Adds the text of a line, and the letter of the style of each of its columns. */
static void add_line(const json_t *data, size_t line, struct buf *text, struct buf *styles)
{
	const json_t *numbers = json_array_get(json_object_get(data, "lines"), line);
	size_t left = number_of(data, "cols");

	for (size_t i = 0; i < json_array_size(numbers); i++) {
		const char *span = json_string_value(
			json_array_get(json_object_get(data, "spans"), item(numbers, i)));
		char number[24];
		const json_t *width;
		size_t cols;

		snprintf(number, sizeof(number), "%zu", item(numbers, i));
		width = json_object_get(json_object_get(data, "widths"), number);
		cols = width ? (size_t)json_integer_value(width) : mbstowcs(NULL, span + 1, 0);
		buf_puts(text, span + 1);
		assert_true(cols <= left);
		for (left -= cols; cols; cols--)
			buf_putc(styles, span[0]);
	}
	while (text->len && text->s[text->len - 1] == ' ')
		text->s[--text->len] = '\0';
	buf_putc(text, '\n');
	for (; left; left--)
		buf_putc(styles, style_letters[STYLE_NORMAL]);
	buf_putc(styles, '\n');
}

static void check_step(const struct read_page *page, size_t step, const struct grid *grid)
{
	size_t rows = number_of(page->data, "rows"), *lines = xcalloc(rows, sizeof(*lines));
	struct buf text = {0}, styles = {0}, want_text = {0}, want_styles = {0};

	lines_at(page->data, step, lines);
	for (size_t row = 0; row < rows; row++)
		add_line(page->data, lines[row], &text, &styles);
	grid_text(grid, &want_text);
	grid_styles(grid, &want_styles);
	assert_string_equal(buf_str(&text), buf_str(&want_text));
	assert_string_equal(buf_str(&styles), buf_str(&want_styles));
	free(lines);
	buf_deinit(&text);
	buf_deinit(&styles);
	buf_deinit(&want_text);
	buf_deinit(&want_styles);
}

/* Each step of the page against the grid of that step. */
static void check_page(struct session *session)
{
	struct ui ui = {.utf8 = true, .bare = true, .frame = UI_FRAMES};
	struct read_page page = read_page(session);
	size_t count = session_timeline(session)->count;

	assert_int_equal(json_array_size(json_object_get(page.data, "steps")), count + 1);
	for (size_t step = 0; step <= count; step++) {
		struct grid *grid;

		session_seek(session, step, 0);
		ui_follow(&ui, session, true);
		grid = render(session, &ui, EXPORT_ROWS, EXPORT_COLS);
		check_step(&page, step, grid);
		grid_free(grid);
	}
	ui_deinit(&ui);
	drop_page(&page);
}

static struct session *loaded(const char *path)
{
	struct session *session = session_create(false);
	struct buf out = {0};
	struct vf_error error;

	if (!session_load(session, path, &out, &error))
		fail_msg("%s: %s", path, error.message);
	buf_deinit(&out);
	return session;
}

static void test_each_step_is_the_grid(void **state)
{
	static const char *const files[] = {
		"scenarios/whose-flag.vma", "scenarios/whose-flag-512.vma",
		"scenarios/era-tour.vma",   "tests/data/mixed.vma",
		"tests/data/nofork.vma",    "tests/data/vfork.vma",
		"tests/data/failed.vma",    "tests/data/tables5.vma",
		"tests/data/names.vma",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		struct session *session = loaded(files[i]);

		check_page(session);
		session_free(session);
	}
}

/* --- colors ------------------------------------------------------------------------------- */

/* xterm's colors from 16 on. */
static unsigned long rgb_of(int color)
{
	static const unsigned long steps[] = {0x00, 0x5f, 0x87, 0xaf, 0xd7, 0xff};
	unsigned long gray = (unsigned long)color * 10 - 2312;

	assert_true(color >= 16 && color < 256);
	if (color >= 232)
		return gray << 16 | gray << 8 | gray;
	color -= 16;
	return steps[color / 36] << 16 | steps[color / 6 % 6] << 8 | steps[color % 6];
}

static void check_theme(const char *page, const char *theme, unsigned long fg, unsigned long bg)
{
	const struct palette *palette = palette_find(theme);
	unsigned found = 0;

	for (int i = 0; i < STYLES; i++) {
		const struct look *look = &palette->looks[i];
		unsigned long ink = look->fg < 0 ? fg : rgb_of(look->fg);
		unsigned long ground = look->bg < 0 ? bg : rgb_of(look->bg), seen_ink, seen_ground;
		bool reverse = look->attrs & LOOK_REVERSE;
		char rule[80];
		char *text;

		snprintf(rule, sizeof(rule), "[data-theme=%s] .s%d { ", theme, i);
		if (!strstr(page, rule))
			continue;
		text = between(page, rule, "}");
		assert_int_equal(
			sscanf(text, "color: #%lx; background: #%lx", &seen_ink, &seen_ground), 2);
		assert_int_equal(seen_ink, reverse ? ground : ink);
		assert_int_equal(seen_ground, reverse ? ink : ground);
		assert_int_equal(strstr(text, "bold") != NULL, (look->attrs & LOOK_BOLD) != 0);
		assert_int_equal(strstr(text, "underline") != NULL,
				 (look->attrs & LOOK_UNDERLINE) != 0);
		free(text);
		found++;
	}
	assert_true(found > 10);
}

static void test_colors_are_the_palettes(void **state)
{
	struct session *session = loaded("scenarios/whose-flag.vma");
	struct read_page page = read_page(session);

	(void)state;
	check_theme(page.text, "dark", 0xd0d0d0, 0);
	check_theme(page.text, "light", 0, 0xffffff);
	drop_page(&page);
	session_free(session);
}

/* --- what must not change, and what must not get through ---------------------------------- */

static void test_time_stands_still(void **state)
{
	struct session *session = loaded("tests/data/mixed.vma");
	const struct timeline *timeline = session_timeline(session);
	struct buf first = {0}, second = {0};
	struct vf_error error;
	size_t at = 0;

	(void)state;
	do /* within a step */
		session_seek(session, at++, 1);
	while (!timeline->page);
	at = timeline->at;
	assert_true(export_html(session, &first, &error));
	assert_int_equal(timeline->at, at);
	assert_int_equal(timeline->page, 1);
	session_seek(session, at + 2, 0);
	assert_true(export_html(session, &second, &error));
	assert_string_equal(buf_str(&first), buf_str(&second));
	buf_deinit(&first);
	buf_deinit(&second);
	session_free(session);
}

static size_t count_of(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

/* The last two are U+FFFE, which XML does not have, and a wide character. */
#define HOSTILE "</script><!--<script>alert(1)</title></text>&amp;'| \xEF\xBF\xBE\xE4\xBD\xA0"

static void test_texts_are_only_texts(void **state)
{
	struct session *session = session_create(false);
	struct read_page plain = read_page(session), page;
	struct buf svg = {0};
	struct ui ui = {.utf8 = true, .bare = true, .frame = UI_FRAMES};

	(void)state;
	run(session, "title \"" HOSTILE "\"\nabout \"</p><img src=x onerror=alert(1)>\"\n"
		     "vma a anon 64K\nfork");
	page = read_page(session);
	assert_int_equal(count_of(page.text, "<script"), count_of(plain.text, "<script"));
	assert_int_equal(count_of(page.text, "</script"), count_of(plain.text, "</script"));
	assert_int_equal(count_of(page.text, "<!--"), count_of(plain.text, "<!--"));
	assert_null(strstr(page.text, "<img"));
	check_page(session);
	export_screen(session, &ui, 40, 120, palette_find("dark"), &svg);
	assert_null(strstr(buf_str(&svg), "<script"));
	assert_null(strstr(buf_str(&svg), "\xEF\xBF\xBE"));
	assert_int_equal(count_of(buf_str(&svg), "</title>"), 1);
	drop_page(&plain);
	drop_page(&page);
	buf_deinit(&svg);
	session_free(session);
}

/* Nothing of it is fetched: no address but that of a namespace. */
static void test_nothing_is_outside(void **state)
{
	static const char *const never[] = {
		"http:", "https:", "@import", "src=", "url(", "fetch(", "import("};
	struct session *session = loaded("scenarios/whose-flag.vma");
	struct read_page page = read_page(session);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(never); i++)
		if (strstr(page.text, never[i]))
			fail_msg("the page has %s", never[i]);
	assert_non_null(strstr(page.text, "default-src 'none'"));
	assert_non_null(strstr(page.text, "\"use strict\""));
	assert_null(strstr(page.text, "@DATA@"));
	drop_page(&page);
	session_free(session);
}

/* --- size --------------------------------------------------------------------------------- */

/* Many VMAs, each with many runs of pages, of which the sides make different things. */
static struct session *many_steps(unsigned vmas, unsigned runs)
{
	struct buf lines = {0};
	struct session *session;

	buf_printf(&lines,
		   "kernel left v6.18\nkernel right v6.19-rc1\nuffd u wp-hugetlbfs-shmem\n"
		   "vma m shmem shared 2M times %u\n",
		   vmas);
	for (unsigned i = 0; i < vmas; i++) {
		buf_printf(&lines, "touch m.%u %u-%u\nregister u m.%u wp\n", i, i % 7,
			   300 + i % 150, i);
		for (unsigned j = 0; j < runs; j++)
			buf_printf(&lines, "protect u m.%u %u-%u\n", i, j * 20 + i % 5,
				   j * 20 + 5 + i % 9);
	}
	buf_puts(&lines, "fork");
	for (unsigned i = 0; i < vmas; i++)
		buf_printf(&lines, "\nchild touch m.%u %u", i, i * 7 % 500);
	session = world(lines.s);
	buf_deinit(&lines);
	return session;
}

static size_t check_size(unsigned vmas, unsigned runs)
{
	struct session *session = many_steps(vmas, runs);
	size_t steps = session_timeline(session)->count;
	struct read_page page = read_page(session);

	if (strlen(page.text) > 1000 * steps)
		fail_msg("%zu bytes for %zu steps", strlen(page.text), steps);
	drop_page(&page);
	session_free(session);
	return steps;
}

static void test_2000_steps_are_below_2_MB(void **state)
{
	(void)state;
	assert_true(check_size(SANITIZED ? 10 : 80, 10) > (SANITIZED ? 200 : 2000));
	check_size(30, 2);
	check_size(60, 0);
}

static void test_too_many_steps(void **state)
{
	struct session *session = world("vma m anon 4M apart times 1500\ntouch m.*\nfork");
	struct buf out = {0};
	struct vf_error error;

	(void)state;
	assert_true(session_timeline(session)->count > EXPORT_STEPS);
	assert_false(export_html(session, &out, &error));
	says(error.message, "a page can have 10000");
	assert_int_equal(out.len, 0);
	session_free(session);
}

/* --- pictures ------------------------------------------------------------------------------ */

/* The number after a name, in tenths. */
static int tenths(const char *element, const char *name)
{
	const char *at = strstr(element, name);
	int whole, part;

	assert_non_null(at);
	assert_int_equal(sscanf(at + strlen(name), "\"%d.%d\"", &whole, &part), 2);
	return 10 * whole + part;
}

static void add_unescaped(struct buf *out, const char *text, const char *end)
{
	while (text < end) {
		int c, n;

		if (sscanf(text, "&#%d;%n", &c, &n) == 1) {
			buf_putc(out, (char)c);
			text += n;
		} else {
			assert_true(*text != '&' && *text != '<');
			buf_putc(out, *text++);
		}
	}
}

/* The picture's texts, each at its row and column, as the lines of a screen. */
static void read_picture(const char *svg, int rows, struct buf *out)
{
	for (int row = 0; row < rows; row++) {
		const char *at = svg;
		struct buf line = {0};

		while ((at = strstr(at, "<text "))) {
			const char *text = strchr(at, '>') + 1, *end = strstr(text, "</text>");

			if ((tenths(at, " y=") - 80) / 170 == row) {
				assert_int_equal((tenths(at, " x=") - 80) % 84, 0);
				assert_int_equal((tenths(at, " x=") - 80) / 84,
						 text_columns(buf_str(&line)));
				add_unescaped(&line, text, end);
				assert_int_equal(
					(tenths(at, " x=") - 80 + tenths(at, " textLength=")) / 84,
					text_columns(buf_str(&line)));
			}
			at = end;
		}
		while (line.len && line.s[line.len - 1] == ' ')
			line.s[--line.len] = '\0';
		buf_printf(out, "%s\n", buf_str(&line));
		buf_deinit(&line);
	}
}

static void check_picture(const char *file, int rows, int cols, bool utf8, const char *palette)
{
	struct session *session = loaded(file);
	struct ui ui = {.utf8 = utf8, .frame = UI_FRAMES, .prompt = "> ", .line = "<&\"'"};
	struct buf svg = {0}, seen = {0}, want = {0};
	struct grid *grid;

	ui_follow(&ui, session, true);
	export_screen(session, &ui, rows, cols, palette_find(palette), &svg);
	grid = render(session, &ui, rows, cols);
	grid_text(grid, &want);
	read_picture(buf_str(&svg), rows, &seen);
	assert_string_equal(buf_str(&seen), buf_str(&want));
	grid_free(grid);
	buf_deinit(&svg);
	buf_deinit(&seen);
	buf_deinit(&want);
	ui_deinit(&ui);
	session_free(session);
}

static void test_a_picture_is_the_screen(void **state)
{
	(void)state;
	for (size_t i = 0; i < palette_count; i++)
		check_picture("scenarios/whose-flag-512.vma", 40, 120, true, palettes[i].name);
	check_picture("tests/data/mixed.vma", 24, 80, true, "dark");
	check_picture("tests/data/mixed.vma", 24, 80, false, "mono");
	check_picture("tests/data/names.vma", 60, 200, true, "light");
	check_picture("tests/data/flag.vma", 5, 20, true, "safe");
	check_picture("tests/data/flag.vma", 1, 1, true, "safe");
}

/* --- the command --------------------------------------------------------------------------- */

static char folder[] = "/tmp/vmafork-export-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = {"a.md", "a.html", "in.vma"};
	char path[80];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

static const char *line_of(const char *name)
{
	static char line[80];

	snprintf(line, sizeof(line), "export %s/%s", folder, name);
	return line;
}

static void test_the_ending_chooses(void **state)
{
	static const char *const wrong[] = {"a", "a.txt", ".html.txt", "a.HTML", "a.svg/", "html"};
	struct session *session = world("vma a anon 64K\nfork");

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		const char *text = refused(session, line_of(wrong[i]));

		says(text, "expected a file that ends in .html, .svg, .md or .c");
		says(text, "export FILE.svg: this screen");
	}
	says(refused(session, line_of("a.html")), "there is no screen to export");
	says(refused(session, line_of("a.svg")), "there is no screen to export");
	says(refused(session, line_of("none/a.md")), "No such file or directory");
	session_free(session);
}

static bool draw_x(void *owner, struct buf *out, struct vf_error *error)
{
	(void)owner;
	(void)error;
	buf_puts(out, "x");
	return true;
}

static void assert_text(const char *name, const char *wanted)
{
	char path[80];
	size_t length;
	struct vf_error error;
	char *text;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	text = read_file(path, 1 << 20, &length, &error);
	assert_non_null(text);
	assert_non_null(strstr(text, wanted));
	free(text);
}

static void test_files_are_made_and_kept(void **state)
{
	struct session *session = world("vma a anon 64K\nfork");
	char path[80], line[120];
	struct vf_error error;

	(void)state;
	says(said(session, line_of("a.md")), "exported to ");
	assert_text("a.md", "# fork on two kernels\n");
	says(refused(session, line_of("a.md")), "already exists");
	session_set_pictures(session, (struct pictures){NULL, draw_x, draw_x});
	says(said(session, line_of("a.html")), "exported to ");
	says(refused(session, line_of("a.html")), "already exists");
	assert_text("a.html", "x");
	/* Not from a scenario file. */
	snprintf(path, sizeof(path), "%s/in.vma", folder);
	snprintf(line, sizeof(line), "export %s/b.md\n", folder);
	assert_true(write_file(path, line, strlen(line), &error));
	snprintf(line, sizeof(line), "load %s", path);
	says(refused(session, line), "a scenario file cannot write files");
	session_free(session);
}

/* --- the comparison ------------------------------------------------------------------------ */

/* All rows of a table are as wide as its head. */
static void check_tables(const char *markdown)
{
	int head = 0;
	unsigned tables = 0;

	for (const char *line = markdown; *line; line = strchr(line, '\n') + 1) {
		size_t n = strcspn(line, "\n");
		char *row = xstrndup(line, n);

		if (row[0] != '|') {
			head = 0;
		} else if (!head) {
			head = text_columns(row);
			tables++;
		} else {
			assert_int_equal(text_columns(row), head);
		}
		free(row);
	}
	assert_true(tables >= 3);
}

static char *comparison_of(struct session *session, const char *name)
{
	char path[80];
	size_t length;
	struct vf_error error;
	char *text;

	said(session, line_of(name));
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	text = read_file(path, 1 << 20, &length, &error);
	unlink(path);
	assert_non_null(text);
	return text;
}

static void test_the_comparison(void **state)
{
	struct session *session = loaded("scenarios/whose-flag.vma");
	char *text = comparison_of(session, "c.md");

	(void)state;
	says(text, "# Whose flag?\n");
	says(text, "| kernel | v6.18 | v6.19-rc1 |\n| check  | dst   | src       |\n");
	says(text, "| `shm` | 1000000000-1000004000 |  16K | shmem shared |");
	says(text, "| `shm` | skip: no clause holds | copy because VM_UFFD_WP | differ |");
	says(text, "| entries put into children |    0 |     3 | differ |");
	says(text, "- right: shm on v6.19-rc1 (check src): copy because VM_UFFD_WP.");
	check_tables(text);
	free(text);
	run(session, "goto 2");
	text = comparison_of(session, "c.md");
	says(text, "All of this is at step 2 of ");
	says(text, "not decided yet");
	says(text, "The sides are the same.");
	check_tables(text);
	free(text);
	session_free(session);
}

/* Memory that only the child has is said to be the child's. */
static void test_the_childs_vmas(void **state)
{
	struct session *session = world("vma a anon 64K\ntouch a\nfork\nmunmap a 0-3");
	char *text = comparison_of(session, "c.md");

	(void)state;
	says(text, "| `child: a[0-3]` |");
	says(text, "| `a[4-15]`       |");
	free(text);
	session_free(session);
}

static void test_markdown_stays_text(void **state)
{
	struct session *session = world("title \"# _a_ *b* <c> `d` | e\\\\ a_b & &lt; [x](y)\"\n"
					"about \"- 1. > x\"\nvma _x_ anon 64K");
	char *text = comparison_of(session, "c.md");

	(void)state;
	says(text,
	     "# \\# \\_a\\_ \\*b\\* \\<c> \\`d\\` \\| e\\\\ a_b & \\&lt; \\[x\\](y)\n\n"
	     "\\- 1. > x\n");
	says(text, "| `_x_` |");
	says(text, "There is no fork yet.");
	free(text);
	session_free(session);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_step_is_the_grid),
		cmocka_unit_test(test_colors_are_the_palettes),
		cmocka_unit_test(test_time_stands_still),
		cmocka_unit_test(test_texts_are_only_texts),
		cmocka_unit_test(test_nothing_is_outside),
		cmocka_unit_test(test_2000_steps_are_below_2_MB),
		cmocka_unit_test(test_too_many_steps),
		cmocka_unit_test(test_a_picture_is_the_screen),
		cmocka_unit_test(test_the_ending_chooses),
		cmocka_unit_test(test_files_are_made_and_kept),
		cmocka_unit_test(test_the_comparison), cmocka_unit_test(test_the_childs_vmas),
		cmocka_unit_test(test_markdown_stays_text),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("export", tests, make_folder, remove_folder);
}
