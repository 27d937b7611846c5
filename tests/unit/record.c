/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded screen, replayed: the same characters as were drawn. */
#include "support/check.h"

#include <jansson.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "session/session.h"
#include "tty/record.h"
#include "view/panes.h"

/* The terminal of a player: just what a recording needs. */
struct tape {
	struct grid *grid;
	int row, col;
};

static const char *take_sequence(struct tape *tape, const char *at)
{
	int row, col;
	size_t n = strcspn(at, "HmJhl");

	if (sscanf(at, "[%d;%dH", &row, &col) == 2 && at[n] == 'H') {
		tape->row = row - 1;
		tape->col = col - 1;
	}
	if (!strncmp(at, "[2J", 3)) {
		int rows = tape->grid->rows, cols = tape->grid->cols;

		grid_free(tape->grid);
		tape->grid = grid_create(rows, cols, true);
	}
	assert_true(at[0] == '[' && at[n]);
	return at + n + 1;
}

static void take_text(struct tape *tape, const char *text)
{
	while (*text) {
		char ch[5] = {0};
		size_t bytes;

		if (*text == '\033') {
			text = take_sequence(tape, text + 1);
			continue;
		}
		utf8_next(text, &bytes);
		memcpy(ch, text, bytes);
		put(area_all(tape->grid), tape->row, tape->col, STYLE_NORMAL, ch);
		tape->col += text_columns(ch);
		text += bytes;
	}
}

/* Returns the events of output. */
static unsigned replay(const char *path, struct tape *tape)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;
	unsigned events = 0;
	double last = 0;
	json_t *header;

	assert_non_null(file);
	assert_true(getline(&line, &size, file) > 0);
	header = json_loads(line, 0, NULL);
	assert_non_null(header);
	assert_int_equal(json_integer_value(json_object_get(header, "version")), 2);
	tape->grid = grid_create((int)json_integer_value(json_object_get(header, "height")),
				 (int)json_integer_value(json_object_get(header, "width")), true);
	json_decref(header);
	while (getline(&line, &size, file) > 0) {
		json_t *event = json_loads(line, 0, NULL);

		assert_int_equal(json_array_size(event), 3);
		assert_true(json_real_value(json_array_get(event, 0)) >= last);
		last = json_real_value(json_array_get(event, 0));
		assert_string_equal(json_string_value(json_array_get(event, 1)), "o");
		take_text(tape, json_string_value(json_array_get(event, 2)));
		json_decref(event);
		events++;
	}
	free(line);
	fclose(file);
	return events;
}

static void draw(struct recorder *recorder, const struct session *session, struct ui *ui, int frame,
		 const char *path, struct buf *text)
{
	struct grid *grid;

	ui_follow(ui, session, true);
	ui->frame = frame;
	grid = render(session, ui, 40, 120);
	record_screen(recorder, path, grid, palette_find("dark"), 10 + session_timeline(session)->at + frame / 100.0);
	buf_clear(text);
	grid_text(grid, text);
	grid_free(grid);
}

static void test_a_recording_shows_the_same(void **state)
{
	struct ui ui = {.utf8 = true, .prompt = "> ", .line = ""};
	struct session *session = session_create(true);
	struct recorder recorder = {.style = -1};
	struct buf shown = {0}, replayed = {0}, out = {0};
	char path[] = "/tmp/record-test-XXXXXX";
	struct vf_error error;
	struct tape tape = {0};
	unsigned frames = 0;

	(void)state;
	close(mkstemp(path));
	assert_true(session_load(session, "scenarios/whose-flag-512.vma", &out, &error));
	for (size_t slot = 0; slot <= session_timeline(session)->count; slot++) {
		session_seek(session, slot, 0);
		for (int frame = 0; frame <= UI_FRAMES; frame += 6, frames++)
			draw(&recorder, session, &ui, frame, path, &shown);
	}
	record_close(&recorder);
	assert_null(recorder.path);
	assert_true(replay(path, &tape) > frames / 4);
	grid_text(tape.grid, &replayed);
	assert_string_equal(buf_str(&replayed), buf_str(&shown));
	grid_free(tape.grid);
	unlink(path);
	session_free(session);
	ui_deinit(&ui);
	buf_deinit(&shown);
	buf_deinit(&replayed);
	buf_deinit(&out);
}

/* record makes its file, replaces none, and needs a screen. */
static void test_the_command(void **state)
{
	struct session *session = session_create(true);
	char line[64], path[] = "/tmp/record-test-XXXXXX";
	struct buf out = {0};
	struct vf_error error;
	enum request request;

	(void)state;
	close(mkstemp(path));
	snprintf(line, sizeof(line), "record %s", path);
	assert_false(session_command(session, line, &out, &request, &error));
	assert_non_null(strstr(error.message, "no screen"));
	session_set_asks(session, true);
	assert_false(session_command(session, line, &out, &request, &error));
	assert_non_null(strstr(error.message, "File exists"));
	assert_null(session_record(session));
	unlink(path);
	assert_true(session_command(session, line, &out, &request, &error));
	assert_string_equal(session_record(session), path);
	assert_int_equal(access(path, F_OK), 0);
	/* Another one ends it. */
	snprintf(line, sizeof(line), "record %s.2", path);
	buf_clear(&out);
	assert_true(session_command(session, line, &out, &request, &error));
	assert_non_null(strstr(buf_str(&out), " is complete.\nRecording to "));
	assert_true(session_command(session, "record off", &out, &request, &error));
	assert_null(session_record(session));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(unlink(line + strlen("record ")), 0);
	session_free(session);
	buf_deinit(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_recording_shows_the_same),
		cmocka_unit_test(test_the_command),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
