/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Texts: output of commands, narration, questions, overlays. */
#include <stdio.h>

#include "language/command.h"
#include "view/panes.h"

void pane_message(struct area area, const struct ui *ui)
{
	enum style style = ui->error ? STYLE_ERROR : STYLE_NORMAL;
	const char *text = ui->message;
	size_t next;

	if (!text)
		return;
	/* if not all fits, show the end, but of an error the start */
	for (int skip = wrapped_rows(text, area.cols) - area.rows; skip > 0 && !ui->error; skip--) {
		wrap_row(text, area.cols, &next);
		text += next;
	}
	put_wrapped(area, 0, style, text);
	if (wrapped_rows(text, area.cols) > area.rows)
		put_more(area);
}

/* --- the story ------------------------------------------------------------------- */

static const char *answer_text(const struct question *question, const struct ui *ui,
			       enum style *style)
{
	*style = STYLE_SKIP;
	if (ui->ask == ASK_SKIPPED)
		return "No answer.";
	if (ui->guess == question->answer)
		return "Right.";
	*style = STYLE_COPY;
	return "Wrong.";
}

void story_answer(const struct question *question, const struct ui *ui, struct buf *out)
{
	enum style ignored;

	buf_puts(out, answer_text(question, ui, &ignored));
	if (ui->plain) /* a screen marks it */
		buf_printf(out, " The answer is %u, %s.", question->answer,
			   question->choices[question->answer - 1]);
	if (question->why)
		buf_printf(out, " %s", question->why);
}

/* The story from top to bottom. A paragraph may have a head, which its text follows. */
struct paragraph {
	char head[32]; /* "✓ 2" */
	enum style head_style, style;
	const char *text;
};

typedef void paragraph_function(void *arg, const struct paragraph *paragraph);

static void tell_choice(const struct question *question, const struct ui *ui, size_t i, bool utf8,
			paragraph_function *tell, void *arg)
{
	bool answer = i + 1 == question->answer && ui->ask != ASK_OPEN;
	bool guess = i + 1 == ui->guess && ui->ask == ASK_ANSWERED;
	const char *mark = answer ? (utf8 ? "✓" : "+") : guess ? (utf8 ? "✗" : "x") : " ";
	struct paragraph paragraph = {.head_style = answer ? STYLE_SKIP : STYLE_NORMAL,
				      .style = answer ? STYLE_ACTIVE : STYLE_NORMAL,
				      .text = question->choices[i]};

	snprintf(paragraph.head, sizeof(paragraph.head), "%s %zu", mark, i + 1);
	tell(arg, &paragraph);
}

/* "1 copy   2 skip", or the words; nothing where it is a number. */
static void prediction_choices(const struct command *predict, struct buf *out)
{
	bool few = !prediction_answer(predict, 9);
	const char *answer;

	if (predict->args.expect.asked == ASKED_REASON)
		buf_puts(out, "a flag such as VM_UFFD_WP, anon_vma, or none");
	else if (predict->args.expect.asked == ASKED_ERRNO)
		buf_puts(out, "an errno such as EINVAL");
	else
		for (size_t i = 0; (answer = prediction_answer(predict, i)); i++) {
			buf_puts(out, !i ? "" : few ? "   " : ", ");
			if (few)
				buf_printf(out, "%zu ", i + 1);
			buf_puts(out, answer);
		}
}

static void tell_prediction(const struct prediction *asked, paragraph_function *tell, void *arg)
{
	struct buf choices = {0};
	struct paragraph paragraph = {.style = STYLE_QUESTION, .text = asked->question};

	tell(arg, &paragraph);
	prediction_choices(asked->command, &choices);
	paragraph = (struct paragraph){.style = STYLE_NORMAL, .text = buf_str(&choices)};
	if (choices.len)
		tell(arg, &paragraph);
	buf_deinit(&choices);
}

static void tell_story(const struct session *session, const struct ui *ui, bool utf8,
		       paragraph_function *tell, void *arg)
{
	const struct question *question = &session_story(session)->question;
	struct paragraph paragraph = {.style = STYLE_SAY, .text = ui->say};
	struct buf answer = {0};

	if (ui->ask == ASK_PREDICT) {
		if (session_asked(session))
			tell_prediction(session_asked(session), tell, arg);
		return;
	}
	if (ui->ask == ASK_NONE || !question->text) {
		if (ui->ask == ASK_NONE && ui->say)
			tell(arg, &paragraph);
		return;
	}
	paragraph = (struct paragraph){.style = STYLE_QUESTION, .text = question->text};
	tell(arg, &paragraph);
	for (size_t i = 0; i < question->choice_count; i++)
		tell_choice(question, ui, i, utf8, tell, arg);
	if (ui->ask == ASK_OPEN)
		return;
	answer_text(question, ui, &paragraph.style);
	story_answer(question, ui, &answer);
	paragraph.text = buf_str(&answer);
	tell(arg, &paragraph);
	buf_deinit(&answer);
}

enum { BEHIND_HEAD = 5 };

struct pen {
	struct area area;
	int row; /* continues below the area, too */
};

static void draw_paragraph(void *arg, const struct paragraph *paragraph)
{
	struct pen *pen = arg;
	int col = paragraph->head[0] ? BEHIND_HEAD : 0;
	struct area part = area_part(pen->area, pen->row, col, pen->area.rows, pen->area.cols - col);

	put(pen->area, pen->row, 0, paragraph->head_style, paragraph->head);
	put_wrapped(part, 0, paragraph->style, paragraph->text);
	pen->row += wrapped_rows(paragraph->text, pen->area.cols - col);
}

static void write_paragraph(void *arg, const struct paragraph *paragraph)
{
	if (paragraph->head[0])
		buf_printf(arg, "%s%*s", paragraph->head,
			   BEHIND_HEAD - text_columns(paragraph->head), "");
	buf_printf(arg, "%s\n", paragraph->text);
}

int story_rows(const struct session *session, const struct ui *ui, int cols)
{
	struct grid *grid = grid_create(1, cols, ui->utf8);
	struct pen pen = {area_all(grid), 0};

	if (!ui->card)
		tell_story(session, ui, ui->utf8, draw_paragraph, &pen);
	grid_free(grid);
	return pen.row;
}

void story_text(const struct session *session, const struct ui *ui, struct buf *out)
{
	tell_story(session, ui, ui->utf8, write_paragraph, out);
}

void pane_story(struct area area, const struct session *session, const struct ui *ui)
{
	struct pen pen = {area, 0};

	tell_story(session, ui, area.grid->utf8, draw_paragraph, &pen);
	if (pen.row > area.rows)
		put_more(area);
}

void pane_card(struct area area, const struct session *session, const struct ui *ui)
{
	const struct story *story = session_story(session);
	const char *title = story->title ? story->title : "vmafork-tui";
	const char *about = story->about ? story->about : "";
	int cols = area.cols < 74 ? area.cols - 2 : 70;
	int text = wrapped_rows(title, cols - 6) + 1 + wrapped_rows(about, cols - 6);
	int note = ui->note ? wrapped_rows(ui->note, cols - 6) + 1 : 0;
	int rows = text + note + 6 > area.rows ? area.rows : text + note + 6, row;
	struct area box = area_part(area, (area.rows - rows) / 2, (area.cols - cols) / 2, rows, cols);
	struct area inside = area_part(box, 2, 3, rows - 4, cols - 6);

	area_fill(area, STYLE_NORMAL);
	put_box(box, STYLE_BORDER, NULL);
	row = put_wrapped(inside, 0, STYLE_ACTIVE, title) + 1;
	row = put_wrapped(inside, row, STYLE_NORMAL, about) + 1;
	if (ui->note)
		put_wrapped(inside, row, STYLE_DIM, ui->note);
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

static struct wrap overlay_wrap(const struct overlay *overlay, int cols)
{
	return (struct wrap){.at = overlay->text ? overlay->text : "", .cols = cols, .hanging = true};
}

size_t overlay_bottom(const struct overlay *overlay, int rows, int cols)
{
	int all = wrap_rows(overlay_wrap(overlay, overlay_cols(cols)));
	int room = overlay_rows(rows);

	return all > room ? (size_t)(all - room) : 0;
}

/* The first row of the line that is chosen, in a text of so many columns. */
static size_t chosen_row(const struct overlay *overlay, int text_cols)
{
	struct wrap wrap = overlay_wrap(overlay, text_cols);
	size_t line = overlay->choice_count ? overlay->choices[overlay->chosen].line : 0, row = 0;
	struct wrapped ignored;

	for (size_t lines = 0; lines < line && wrap_next(&wrap, &ignored); row++)
		lines += !wrap.inside;
	return row;
}

size_t overlay_chosen_row(const struct overlay *overlay, int cols)
{
	return chosen_row(overlay, overlay_cols(cols));
}

/* Each row of a line that can be chosen is a place to point at. */
static void spot_choices(struct area area, const struct overlay *overlay)
{
	struct wrap wrap = overlay_wrap(overlay, area.cols);
	struct wrapped ignored;
	size_t line = 0, row = 0, choice = 0;

	for (; choice < overlay->choice_count && wrap_next(&wrap, &ignored); row++) {
		if (line == overlay->choices[choice].line && row >= overlay->top)
			area_spot(area, (int)(row - overlay->top), 0, area.cols,
				  (struct hotspot){.kind = SPOT_CHOICE, .choice = choice});
		line += !wrap.inside;
		choice += line > overlay->choices[choice].line;
	}
}

/* From the first row shown on. The line that is chosen begins with a mark. */
static void put_overlay(struct area area, const struct overlay *overlay)
{
	size_t chosen = chosen_row(overlay, area.cols);
	struct wrap wrap = overlay_wrap(overlay, area.cols);
	struct wrapped row;

	for (size_t i = 0; i < overlay->top && wrap_next(&wrap, &row); i++)
		;
	put_rows(area, STYLE_NORMAL, &wrap);
	spot_choices(area, overlay);
	if (!overlay->choice_count || chosen < overlay->top ||
	    chosen - overlay->top >= (size_t)(area.rows > 0 ? area.rows : 0))
		return;
	area_style_row(area, (int)(chosen - overlay->top), STYLE_ACTIVE);
	put(area, (int)(chosen - overlay->top), 0, STYLE_ACTIVE, area.grid->utf8 ? "▸" : ">");
}

void pane_overlay_bare(struct area area, const struct overlay *overlay)
{
	put_overlay(area, overlay);
}

void pane_overlay(struct area area, const struct overlay *overlay)
{
	int text_cols = overlay_cols(area.cols), room = overlay_rows(area.rows + 1);
	int all = wrap_rows(overlay_wrap(overlay, text_cols)), shown = all < room ? all : room;
	int rows = shown + 2, cols = text_cols + 4;
	/* completions are just above the prompt, other texts in the middle */
	int row = overlay->list ? area.rows - rows : (area.rows - rows) / 2;
	struct area box = area_part(area, row, (area.cols - cols) / 2, rows, cols);
	char place[80];

	area_fill(box, STYLE_NORMAL);
	put_box(box, STYLE_BORDER, overlay->title);
	put_overlay(area_part(box, 1, 2, shown, text_cols), overlay);
	if (overlay->choice_count)
		snprintf(place, sizeof(place),
			 " %d-%d of %d, arrows choose, Enter opens, q closes ",
			 (int)overlay->top + 1, (int)overlay->top + shown, all);
	else if (all > shown)
		snprintf(place, sizeof(place), " %d-%d of %d, arrows scroll%s ",
			 (int)overlay->top + 1, (int)overlay->top + shown, all,
			 overlay->list ? "" : ", q closes");
	else
		snprintf(place, sizeof(place), "%s", overlay->list ? "" : " q closes ");
	put_right(area_part(box, rows - 1, 0, 1, cols - 2), 0, STYLE_LABEL, place);
}
