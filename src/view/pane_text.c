/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts: output of commands, narration, questions, overlays. */
#include <stdio.h>
#include <string.h>

#include "view/panes.h"

void pane_message(struct area area, const struct ui *ui)
{
	enum style style = ui->error ? STYLE_ERROR : STYLE_NORMAL;
	const char *text = ui->message;
	size_t next;

	if (!text)
		return;
	/* no room for all: the end matters more, but an error's start */
	for (int skip = wrapped_rows(text, area.cols) - area.rows; skip > 0 && !ui->error; skip--) {
		wrap_row(text, area.cols, &next);
		text += next;
	}
	put_wrapped(area, 0, style, text);
}

/* --- the story ------------------------------------------------------------------- */

static const char *answer_text(const struct question *question, const struct ui *ui,
			       enum style *style)
{
	*style = STYLE_SKIP;
	if (ui->ask == ASK_SKIPPED)
		return "Skipped.";
	if (ui->guess == question->answer)
		return "Right.";
	*style = STYLE_COPY;
	return "Not so.";
}

/* Draws what there is to say; returns rows. Measuring: an area of a spare grid. */
static int story_draw(struct area area, const struct session *session, const struct ui *ui)
{
	const struct question *question = &session_story(session)->question;
	bool utf8 = area.grid->utf8;
	int row = 0;

	if (ui->ask == ASK_NONE) {
		if (ui->say)
			row = put_wrapped(area, row, STYLE_SAY, ui->say);
	} else if (question->text) {
		row = put_wrapped(area, row, STYLE_QUESTION, question->text);
		for (size_t i = 0; i < question->choice_count; i++) {
			bool answer = i + 1 == question->answer && ui->ask != ASK_OPEN;
			bool guess = i + 1 == ui->guess && ui->ask == ASK_ANSWERED;
			const char *mark = answer ? (utf8 ? "✓" : "+")
					   : guess ? (utf8 ? "✗" : "x")
						   : " ";

			if (row < area.rows) {
				putf(area, row, 0, answer ? STYLE_SKIP : STYLE_NORMAL, "%s %zu",
				     mark, i + 1);
				put_fit(area, row, 5, area.cols,
					answer ? STYLE_ACTIVE : STYLE_NORMAL,
					question->choices[i]);
			}
			row++;
		}
		if (ui->ask != ASK_OPEN) {
			enum style style;
			struct buf text = {0};

			buf_puts(&text, answer_text(question, ui, &style));
			if (question->why)
				buf_printf(&text, " %s", question->why);
			row = put_wrapped(area, row, style, buf_str(&text));
			buf_deinit(&text);
		}
	}
	return row;
}

int story_rows(const struct session *session, const struct ui *ui, int cols)
{
	enum { MOST = 60 };
	struct grid *grid;
	int rows;

	if (ui->card || (!ui->say && ui->ask == ASK_NONE))
		return 0;
	grid = grid_create(MOST, cols, ui->utf8);
	rows = story_draw(area_all(grid), session, ui);
	grid_free(grid);
	return rows;
}

void pane_story(struct area area, const struct session *session, const struct ui *ui)
{
	story_draw(area, session, ui);
}

void pane_card(struct area area, const struct session *session, const struct ui *ui)
{
	const struct story *story = session_story(session);
	const char *title = story->title ? story->title : "vmafork-tui";
	const char *about = story->about ? story->about : "";
	int cols = area.cols < 74 ? area.cols - 2 : 70;
	int text = wrapped_rows(title, cols - 6) + 1 + wrapped_rows(about, cols - 6);
	int rows = text + 6 > area.rows ? area.rows : text + 6, row;
	struct area box = area_part(area, (area.rows - rows) / 2, (area.cols - cols) / 2, rows, cols);
	struct area inside = area_part(box, 2, 3, rows - 4, cols - 6);

	area_fill(area, STYLE_NORMAL);
	put_box(box, STYLE_BORDER, NULL);
	row = put_wrapped(inside, 0, STYLE_ACTIVE, title) + 1;
	put_wrapped(inside, row, STYLE_NORMAL, about);
	if (ui->next)
		put_fit(box, rows - 2, 3, cols - 2, STYLE_DIM, ui->next);
}

/* --- overlays ---------------------------------------------------------------------- */

int overlay_rows(int rows)
{
	return rows - 4 < 1 ? 1 : rows - 4;
}

static int overlay_cols(int cols)
{
	return cols > 110 ? 106 : cols - 4;
}

size_t overlay_bottom(const struct overlay *overlay, int rows, int cols)
{
	int all = wrapped_rows(overlay->text ? overlay->text : "", overlay_cols(cols));
	int room = overlay_rows(rows);

	return all > room ? (size_t)(all - room) : 0;
}

/* The text from the first row shown on, as wrapped to so many columns. */
static const char *overlay_top(const struct overlay *overlay, int cols)
{
	const char *text = overlay->text ? overlay->text : "";
	size_t next;

	for (size_t i = 0; i < overlay->top && *text; i++, text += next)
		wrap_row(text, cols, &next);
	return text;
}

void pane_overlay_bare(struct area area, const struct overlay *overlay)
{
	put_wrapped(area, 0, STYLE_NORMAL, overlay_top(overlay, area.cols));
}

void pane_overlay(struct area area, const struct overlay *overlay)
{
	const char *text = overlay->text ? overlay->text : "";
	int text_cols = overlay_cols(area.cols), room = overlay_rows(area.rows + 1);
	int all = wrapped_rows(text, text_cols), shown = all < room ? all : room;
	int rows = shown + 2, cols = text_cols + 4;
	/* completions stand just above the prompt, other texts in the middle */
	int row = overlay->list ? area.rows - rows : (area.rows - rows) / 2;
	struct area box = area_part(area, row, (area.cols - cols) / 2, rows, cols);
	char place[80];

	area_fill(box, STYLE_NORMAL);
	put_box(box, STYLE_BORDER, overlay->title);
	put_wrapped(area_part(box, 1, 2, shown, text_cols), 0, STYLE_NORMAL,
		    overlay_top(overlay, text_cols));
	if (all > shown)
		snprintf(place, sizeof(place), " %d-%d of %d, arrows scroll%s ",
			 (int)overlay->top + 1, (int)overlay->top + shown, all,
			 overlay->list ? "" : ", q closes");
	else
		snprintf(place, sizeof(place), "%s", overlay->list ? "" : " q closes ");
	put_right(area_part(box, rows - 1, 0, 1, cols - 2), 0, STYLE_LABEL, place);
}
