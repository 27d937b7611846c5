/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/panes.h"

#include <stdio.h>

#include "base/utf8.h"
#include "language/command.h"
#include "report/label.h"
#include "report/side_rows.h"
#include "view/cell_cursor.h"
#include "view/keys.h"

static struct area box_area(struct grid *grid, struct box box)
{
	return area_part(area_all(grid), box.row, box.col, box.rows, box.cols);
}

/* The legend of the marks replaces the expectations: there is no room for both. */
static void put_title(struct area area, const struct session *session, const struct scene scenes[SIDES])
{
	const struct story *story = session_story(session);
	size_t failed = session_failed(session);
	struct buf text = {0};
	int end;

	area_style_row(area, 0, STYLE_TITLE);
	seen_legend(scenes, area.grid->utf8, &text);
	if (!text.len && failed) {
		buf_count(&text, failed, "expectation", "expectations");
		buf_puts(&text, " failed ");
	}
	if (!text.len)
		label_machine(&session_machine(session, LEFT)->paging, &text);
	end = put_right(area, 0, STYLE_TITLE, buf_str(&text));
	buf_deinit(&text);
	put_fit(area, 0, 1, end - 1, STYLE_TITLE, story->title ? story->title : "vmafork-tui");
}

static void put_keys(struct area area)
{
	int col = 0;

	for (size_t i = 0; i < key_binding_count; i++) {
		const struct key_binding *binding = &key_bindings[i];
		const char *name = area.grid->utf8 || !binding->ascii ? binding->name
								      : binding->ascii;

		if (!binding->bar)
			continue;
		if (col + text_columns(name) + 1 + text_columns(binding->bar) > area.cols)
			continue;
		col = put(area, 0, col, STYLE_KEY, name);
		col = put(area, 0, col + 1, STYLE_KEY_LABEL, binding->bar) + 2;
	}
}

/* How a question is answered. */
static void ask_hint(const struct session *session, const struct ui *ui, struct buf *out)
{
	const struct prediction *asked = ui->ask == ASK_PREDICT ? session_asked(session) : NULL;
	size_t answers = session_story(session)->question.choice_count;

	if (asked && asked->of_fork)
		buf_puts(out, "c copy, s skip");
	else if (asked && asked->command->args.expect.asked == ASKED_NUMBER)
		buf_puts(out, "type a number");
	else if (asked && (!prediction_answer(asked->command, 0) || prediction_answer(asked->command, 9)))
		buf_puts(out, "type the answer");
	else {
		for (answers = asked ? 0 : answers; asked && prediction_answer(asked->command, answers);)
			answers++;
		buf_printf(out, "1-%zu answers", answers);
	}
	if (session_has_hints(session))
		buf_puts(out, ", H hint");
	buf_puts(out, ui->plain ? ", pass skips" : ", Esc skips");
	if (asked && !asked->of_fork && !ui->plain && prediction_meaning(asked->command, 0))
		buf_puts(out, ", ? explains");
	if (ui->overlay.open || ui->message)
		buf_printf(out, ", Enter %s", ui->overlay.open ? "closes this" : "shows the question");
	else if (session_quiz_open(session))
		buf_puts(out, ", Enter: the situation");
}

/* What is to be built; false: nothing is. */
static bool task_hint(const struct session *session, const struct ui *ui, struct buf *out)
{
	const struct timeline *timeline = session_timeline(session);

	if (ui->goal && !ui->plain && timeline->at < timeline->count) {
		buf_puts(out, "arrows step, Space pauses, Enter goes to the end");
		return true;
	}
	if (!session_goal_open(session))
		return false;
	goal_count_text(session_goal(session), out);
	if (session_goal(session)->used && !ui->plain)
		buf_puts(out, "; undo");
	buf_puts(out, session_has_hints(session) ? "; H hint, S skip" : "; S skip");
	buf_puts(out, ui->plain ? "" : ", ? help");
	if (ui->overlay.open)
		buf_puts(out, ", Enter closes this");
	return true;
}

/* What the cursor is on; false: it is not shown. */
static bool cell_hint(const struct session *session, const struct ui *ui, struct buf *out)
{
	if (!ui->cell.shown)
		return false;
	buf_puts(out, cell_cursor_words(ui, session, out) ? "  (W asks why)" : "nothing is mapped there");
	return true;
}

bool prompt_hint(const struct session *session, const struct ui *ui, struct buf *out)
{
	const struct question *question = &session_story(session)->question;
	bool asks = (ui->ask == ASK_PREDICT && session_asked(session)) ||
		    (ui->ask == ASK_OPEN && question->text);

	if (asks && ui->no_answer)
		buf_puts(out, "no such answer: ");
	else if (asks && ui->again[0])
		buf_printf(out, "%s is wrong, too; ", ui->again);
	if (asks)
		ask_hint(session, ui, out);
	else if (!cell_hint(session, ui, out) && !task_hint(session, ui, out))
		buf_puts(out, ui->next ? ui->next : "type a command, or ? for help");
	return asks && ui->no_answer;
}

/* Puts a question of the session in place of the line; only its answers if it does not fit. */
static void put_question(struct area area, const char *question)
{
	static const char answers[] = "(y/N) ";
	int col = 0;

	if (text_columns(question) + 1 + text_columns(answers) <= area.cols)
		col = put(area, 0, 0, STYLE_PROMPT, question) + 1;
	col = put(area, 0, col, STYLE_PROMPT, answers);
	area.grid->cursor_row = area.row;
	area.grid->cursor_col = area.col + (col < area.cols ? col : area.cols - 1);
}

/* Scrolls the line sideways so that the cursor is always visible. */
static void put_prompt(struct area area, const struct session *session, const struct ui *ui)
{
	const char *prompt = ui->prompt ? ui->prompt : "", *line = ui->line ? ui->line : "";
	struct buf before = {0};
	int col, cursor, room;
	bool before_any = line[0];
	size_t bytes;

	if (area.rows < 1 || area.cols < 1)
		return;
	if (session_asks(session)) {
		put_question(area, session_asks(session));
		return;
	}
	if (text_columns(prompt) > area.cols / 2)
		prompt = "";
	col = put(area, 0, 0, STYLE_PROMPT, prompt);
	room = area.cols - col;
	buf_add(&before, line, ui->point);
	cursor = text_columns(buf_str(&before));
	buf_deinit(&before);
	while (cursor >= room && *line) {
		cursor -= utf8_width(utf8_next(line, &bytes));
		line += bytes;
	}
	put(area, 0, col, STYLE_NORMAL, line);
	if (!line[0] && !before_any && col > 0) {
		struct buf text = {0};
		bool urgent = prompt_hint(session, ui, &text);

		put_fit(area, 0, col, area.cols, urgent ? STYLE_ERROR : STYLE_DIM, buf_str(&text));
		buf_deinit(&text);
	}
	area.grid->cursor_row = area.row;
	area.grid->cursor_col = area.col + col + cursor;
	if (area.grid->cursor_col >= area.grid->cols)
		area.grid->cursor_col = area.grid->cols - 1;
}

static void put_between(struct area area)
{
	for (int row = 0; row < area.rows; row++)
		put(area, row, (area.cols - 1) / 2, STYLE_BORDER, area.grid->utf8 ? "│" : "|");
}

static void put_sides(struct grid *grid, const struct layout *layout,
		      const struct scene scenes[SIDES], const struct ui *ui)
{
	for (int side = 0; side < SIDES; side++) {
		bool alone = layout->shown == SIDES_ONE;

		if (!alone || side == ui->side)
			pane_side(box_area(grid, layout->side[side]), scenes, side, ui, alone);
	}
	put_between(box_area(grid, layout->between));
}

/* Message, story or step: the newest. */
static void put_words(struct grid *grid, const struct layout *layout,
		      const struct session *session, const struct ui *ui, int story)
{
	struct area message = box_area(grid, layout->message);

	if (!ui->message && !story)
		pane_step(box_area(grid, layout->step), session, ui, layout->ruled);
	if (ui->message)
		pane_message(message, ui);
	else if (story)
		pane_story(message, session, ui);
}

static void put_too_small(struct grid *grid, const struct layout *layout, const struct ui *ui)
{
	char text[64];

	snprintf(text, sizeof(text), "needs %dx%d, is %dx%d", LAYOUT_MIN_COLS, LAYOUT_MIN_ROWS,
		 grid->cols, grid->rows);
	put_fit(box_area(grid, layout->title), 0, 0, grid->cols, STYLE_ERROR, text);
	if (ui->overlay.open)
		pane_overlay_bare(box_area(grid, layout->message), &ui->overlay);
	else
		pane_message(box_area(grid, layout->message), ui);
}

static struct layout layout_of(const struct session *session, int rows, int cols, int story,
				int goal)
{
	struct machine *machines[SIDES];

	session_machines(session, machines);
	return layout_make(rows, cols, rows_count(machines, (size_t)rows), story, goal);
}

bool story_fits(const struct session *session, const struct ui *ui, int rows, int cols)
{
	int story = story_rows(session, ui, cols);

	int goal = goal_rows(session, ui, cols);

	return story <= layout_of(session, rows, cols, story, goal).message.rows;
}

struct grid *render(const struct session *session, const struct ui *ui, int rows, int cols)
{
	struct grid *grid = grid_create(rows, cols, ui->utf8);
	int story = ui->message ? 0 : story_rows(session, ui, grid->cols);
	struct layout layout = layout_of(session, grid->rows, grid->cols, story,
					 goal_rows(session, ui, grid->cols));

	if (layout.too_small) {
		put_too_small(grid, &layout, ui);
	} else {
		struct scene scenes[SIDES] = {scene_at(session, ui, LEFT), scene_at(session, ui, RIGHT)};

		put_title(box_area(grid, layout.title), session, scenes);
		put_sides(grid, &layout, scenes, ui);
		pane_vmas(box_area(grid, layout.vmas), session, ui);
		pane_timeline(box_area(grid, layout.time), session);
		pane_goal(box_area(grid, layout.goal), session, ui);
		put_words(grid, &layout, session, ui, story);
		if (!ui->bare)
			put_keys(box_area(grid, layout.keys));
		if (ui->card || ui->overlay.open) /* what is under it cannot be pointed at */
			spots_deinit(&grid->spots);
		if (ui->card)
			pane_card(area_part(area_all(grid), 1, 0, grid->rows - 3, grid->cols),
				  session, ui);
		if (ui->overlay.open)
			pane_overlay(area_part(area_all(grid), 0, 0, grid->rows - 1, grid->cols),
				     &ui->overlay);
	}
	if (!ui->bare)
		put_prompt(box_area(grid, layout.prompt), session, ui);
	return grid;
}
