/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keys do. The key bar and the help show the same table (view/keys.c). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "tty/app.h"
#include "tty/player.h"
#include "view/cell_cursor.h"
#include "view/panes.h"

static void say(struct app *app, const char *text)
{
	ui_message(&app->ui, xstrdup(text), false);
}

static void nothing_to_step(struct app *app)
{
	say(app, "There are no steps yet: run fork first.");
}

static void toggle_check(struct app *app, int side)
{
	const struct kernel *kernel = session_machine(app->session, side)->kernel;
	char line[32];

	snprintf(line, sizeof(line), "check %s %s", side_names[side],
		 vma_side_names[!kernel_checks(kernel)]);
	app_command(app, line);
	if (!app->ui.message) {
		char said[80];

		snprintf(said, sizeof(said), "%s  (undo takes it back)", line);
		say(app, said);
	}
}

static void change_grain(struct app *app, int by)
{
	int grain = (int)session_grain(app->session) + by;
	char said[64];

	if (grain >= 0 && grain < GRAINS)
		session_set_grain(app->session, (enum grain)grain);
	snprintf(said, sizeof(said), "Steps go by %s.", grain_names[session_grain(app->session)]);
	say(app, said);
}

static void change_speed(struct app *app, double by)
{
	char line[48];

	snprintf(line, sizeof(line), "speed %g", session_speed(app->session) * by);
	app_command(app, line);
	snprintf(line, sizeof(line), "Speed %g.", session_speed(app->session));
	if (!app->ui.error)
		say(app, line);
}

static void seek(struct app *app, size_t slot)
{
	const struct timeline *timeline = session_timeline(app->session);
	size_t before = timeline->at;

	session_set_playing(app->session, false);
	ui_message(&app->ui, NULL, false);
	session_seek(app->session, slot, 0);
	app_moved(app, timeline->at > before);
}

static void change_zoom(struct app *app)
{
	static const char *const names[] = {
		[ZOOM_FOLLOWS] = "Zoom follows what happens.",
		[ZOOM_WHOLE] = "Zoom: the whole VMA.",
		[ZOOM_PMD] = "Zoom: what is under one PMD table.",
		[ZOOM_PTE] = "Zoom: one PTE table.",
	};

	app->ui.zoom = app->ui.zoom == ZOOM_PTE ? ZOOM_FOLLOWS : app->ui.zoom + 1;
	app->ui.zoom_page = 0;
	say(app, names[app->ui.zoom]);
}

static void show_table(struct app *app, int direction)
{
	if (!ui_next_table(&app->ui, app->session, direction))
		say(app, "The VMA has no other table there.");
}

static void toggle_play(struct app *app)
{
	const struct timeline *timeline = session_timeline(app->session);

	if (session_playing(app->session)) {
		session_set_playing(app->session, false);
		return;
	}
	ui_message(&app->ui, NULL, false);
	if (timeline->at >= timeline->count) /* at the end: once more */
		seek(app, 0);
	app_play(app, true);
}

/* The next step that decided something predicted; behind the last one, the first. */
static void seek_decided(struct app *app)
{
	const struct predictions *predictions = session_predictions(app->session);
	size_t at = session_timeline(app->session)->at, first = 0, next = 0;

	for (size_t i = 0; i < predictions->n; i++) {
		size_t step = predictions->v[i].lit ? predictions->v[i].step : 0;

		if (step && (!first || step < first))
			first = step;
		if (step > at && (!next || step < next))
			next = step;
	}
	if (first)
		seek(app, next ? next : first);
	else
		say(app, "No step is known that decided a prediction.");
}

static void move_cell(struct app *app, int by_row, int by_col)
{
	if (!cell_cursor_move(&app->ui, app->session, app->rows, app->cols, by_row, by_col))
		say(app, app->ui.cell.shown ? "There is no cell there." : "No page table is shown.");
}

/* With or without the arrows; the cursor is shown first, and goes with its keys. */
static void toggle_cells(struct app *app)
{
	struct cell_cursor *cell = &app->ui.cell;

	if (cell->arrows) {
		*cell = (struct cell_cursor){0};
		return;
	}
	if (!cell->shown)
		move_cell(app, 0, 0);
	cell->arrows = cell->shown;
	if (cell->shown)
		say(app, "Arrows move the cursor over the cells, Enter asks why; . or Esc ends that.");
}

void app_why(struct app *app)
{
	struct buf line = {0};

	if (!app->ui.cell.shown)
		move_cell(app, 0, 0);
	else if (cell_cursor_why(&app->ui, app->session, &line))
		app_command(app, buf_str(&line));
	else
		say(app, "Nothing is mapped there.");
	buf_deinit(&line);
}

/* What an arrow does while it moves the cursor of cells. */
static enum action cell_action(uint32_t key)
{
	static const struct {
		uint32_t key;
		enum action action;
	} table[] = {
		{UI_KEY_LEFT, ACTION_CELL_LEFT}, {UI_KEY_RIGHT, ACTION_CELL_RIGHT},
		{UI_KEY_UP, ACTION_CELL_UP},	 {UI_KEY_DOWN, ACTION_CELL_DOWN},
		{'\r', ACTION_WHY},		 {'\n', ACTION_WHY},
	};

	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (table[i].key == key)
			return table[i].action;
	return ACTION_NONE;
}

static void act(struct app *app, enum action action)
{
	const struct timeline *timeline = session_timeline(app->session);
	enum grain grain = session_grain(app->session);
	bool moves = action >= ACTION_BACK && action <= ACTION_DECIDED;

	if (moves && !timeline->count) {
		nothing_to_step(app);
		return;
	}
	if (moves && action != ACTION_PLAY)
		session_set_playing(app->session, false);
	switch (action) {
	case ACTION_NONE:
		break;
	case ACTION_BACK:
		if (!app_step(app, -1, grain))
			say(app, "This is the start.");
		break;
	case ACTION_STEP:
		if (!app_step(app, 1, grain))
			say(app, "This is the end.");
		break;
	case ACTION_VMA_BACK:
		app_step(app, -1, GRAIN_VMA);
		break;
	case ACTION_VMA_STEP:
		app_step(app, 1, GRAIN_VMA);
		break;
	case ACTION_START:
		seek(app, 0);
		break;
	case ACTION_END:
		seek(app, timeline->count);
		break;
	case ACTION_PLAY:
		toggle_play(app);
		break;
	case ACTION_NEXT:
		app_command(app, "next");
		break;
	case ACTION_PREVIOUS:
		app_command(app, "previous");
		break;
	case ACTION_DIVERGENCE:
		if (timeline->divergence < timeline->count)
			seek(app, timeline->divergence + 1);
		else
			say(app, "The two sides do not differ in any step.");
		break;
	case ACTION_DECIDED:
		seek_decided(app);
		break;
	case ACTION_CHECK_LEFT:
		toggle_check(app, LEFT);
		break;
	case ACTION_CHECK_RIGHT:
		toggle_check(app, RIGHT);
		break;
	case ACTION_COARSER:
		change_grain(app, -1);
		break;
	case ACTION_FINER:
		change_grain(app, 1);
		break;
	case ACTION_SLOWER:
		change_speed(app, 0.5);
		break;
	case ACTION_FASTER:
		change_speed(app, 2);
		break;
	case ACTION_LOOK_BACK:
		ui_look(&app->ui, app->session, -1);
		break;
	case ACTION_LOOK_ON:
		ui_look(&app->ui, app->session, 1);
		break;
	case ACTION_SIDE:
		app->ui.side = !app->ui.side;
		break;
	case ACTION_ZOOM:
		change_zoom(app);
		break;
	case ACTION_TABLE_BACK:
		show_table(app, -1);
		break;
	case ACTION_TABLE_ON:
		show_table(app, 1);
		break;
	case ACTION_CELL_LEFT:
		move_cell(app, 0, -1);
		break;
	case ACTION_CELL_RIGHT:
		move_cell(app, 0, 1);
		break;
	case ACTION_CELL_UP:
		move_cell(app, -1, 0);
		break;
	case ACTION_CELL_DOWN:
		move_cell(app, 1, 0);
		break;
	case ACTION_CELLS:
		toggle_cells(app);
		break;
	case ACTION_WHY:
		app_why(app);
		break;
	case ACTION_CLOSE:
		ui_message(&app->ui, NULL, false);
		app->ui.cell = (struct cell_cursor){0};
		app->ui.pinned = false;
		app->ui.zoom = ZOOM_FOLLOWS;
		app->ui.zoom_page = 0;
		ui_follow(&app->ui, app->session, true);
		break;
	case ACTION_HINT:
		app_hint(app);
		break;
	case ACTION_SKIP:
		app_skip(app);
		break;
	case ACTION_HELP:
		app_help(app);
		break;
	case ACTION_PALETTE:
		app->next_palette = true;
		break;
	case ACTION_ANIMATION:
		app->ui.animate = !app->ui.animate;
		app->ui.frame = UI_FRAMES;
		say(app, app->ui.animate ? "Animation on." : "Animation off.");
		break;
	}
}

/* Carries out the command of the line that is chosen. */
static void open_choice(struct app *app)
{
	const struct overlay *overlay = &app->ui.overlay;
	char *line = xstrdup(overlay->choices[overlay->chosen].command);

	app_command(app, line);
	free(line);
}

/* Chooses another line, by so many, and scrolls to it. */
static void choose(struct app *app, long by)
{
	struct overlay *overlay = &app->ui.overlay;
	long last = (long)overlay->choice_count - 1, chosen = (long)overlay->chosen + by;
	size_t room = (size_t)overlay_rows(app->rows), row, bottom;

	overlay->chosen = (size_t)(chosen < 0 ? 0 : chosen > last ? last : chosen);
	row = overlay_chosen_row(overlay, app->cols);
	bottom = overlay_bottom(overlay, app->rows, app->cols);
	if (overlay->chosen == 0)
		overlay->top = 0; /* with the heads */
	else if ((long)overlay->chosen == last && chosen > last)
		overlay->top = bottom; /* beyond the last one: what is behind it */
	else if (row < overlay->top)
		overlay->top = row;
	else if (row >= overlay->top + room)
		overlay->top = row - room + 1;
}

/* The keys of an overlay whose lines can be chosen. False: it is none of these. */
static bool choice_key(struct app *app, uint32_t key)
{
	long page = overlay_rows(app->rows), all = (long)app->ui.overlay.choice_count;

	switch (key) {
	case UI_KEY_UP:
		choose(app, -1);
		return true;
	case UI_KEY_DOWN:
		choose(app, 1);
		return true;
	case UI_KEY_PAGE_UP:
		choose(app, -page);
		return true;
	case UI_KEY_PAGE_DOWN:
		choose(app, page);
		return true;
	case UI_KEY_HOME:
		choose(app, -all);
		return true;
	case UI_KEY_END:
		choose(app, all);
		return true;
	case '\r':
	case '\n':
		open_choice(app);
		return true;
	default:
		return false;
	}
}

/* True: the overlay handled the key. Other keys close it and have their usual effect. */
static bool overlay_key(struct app *app, uint32_t key)
{
	struct overlay *overlay = &app->ui.overlay;
	size_t bottom = overlay_bottom(overlay, app->rows, app->cols);
	size_t page = (size_t)overlay_rows(app->rows);
	size_t top = overlay->top;

	if (overlay->choice_count && choice_key(app, key))
		return true;
	switch (key) {
	case UI_KEY_UP:
		top -= top > 0;
		break;
	case UI_KEY_DOWN:
		top++;
		break;
	case UI_KEY_PAGE_UP:
		top = top > page ? top - page : 0;
		break;
	case UI_KEY_PAGE_DOWN:
		top += page;
		break;
	case UI_KEY_HOME:
		top = 0;
		break;
	case UI_KEY_END:
		top = bottom;
		break;
	case ' ':
		if (!overlay->list) {
			top += page;
			break;
		}
		ui_overlay_close(&app->ui);
		return false;
	case 27:
		ui_overlay_close(&app->ui);
		return true;
	case 'q':
	case '\r':
	case '\n':
	case '?':
		if (!overlay->list) {
			ui_overlay_close(&app->ui);
			return true;
		}
		/* fall through */
	default:
		ui_overlay_close(&app->ui);
		return false;
	}
	overlay->top = top < bottom ? top : bottom;
	return true;
}

/* The answer to a prediction that a key is by itself; NULL: none. */
static const char *prediction_key(const struct prediction *asked, uint32_t key)
{
	bool few = prediction_answer(asked->command, 0) && !prediction_answer(asked->command, 9);

	if (key >= '1' && key <= '9' && few)
		return prediction_answer(asked->command, key - '1');
	for (size_t i = 0; asked->of_fork && prediction_answer(asked->command, i); i++)
		if (key == (uint32_t)prediction_answer(asked->command, i)[0])
			return prediction_answer(asked->command, i);
	return NULL;
}

/* Does an answer that is to be typed begin so: SIGBUS? */
static bool begins_answer(const struct app *app, uint32_t key)
{
	const struct prediction *asked = app->ui.ask == ASK_PREDICT ? session_asked(app->session) : NULL;
	const char *answer;

	for (size_t i = 0; asked && !app->ui.plain && (answer = prediction_answer(asked->command, i)); i++)
		if ((uint32_t)answer[0] == key)
			return true;
	return false;
}

/* An `ask`. */
static void answer_question(struct app *app, enum ask_state state, unsigned guess)
{
	app->ui.ask = state;
	app->ui.guess = guess;
	ui_message(&app->ui, NULL, false);
	app_tell(app);
	if (app->player)
		player_answered(app->player, app);
}

bool app_skip_question(struct app *app)
{
	if (app->ui.ask == ASK_PREDICT && session_asked(app->session))
		return app_predict(app, NULL);
	if (app->ui.ask != ASK_OPEN || !session_story(app->session)->question.text)
		return false;
	answer_question(app, ASK_SKIPPED, 0);
	return true;
}

/* What the card of a question of the quiz has said. */
static void show_situation(struct app *app)
{
	struct buf text = {0};

	buf_puts(&text, session_story(app->session)->about);
	app_show(app, "the situation", &text, false);
}

/*
 * A digit answers a question that lists its answers, a letter one about a fork; S and Esc skip
 * it, but S does not where an answer begins so. Enter does neither: it would be typed by accident. It shows a question again that
 * the output of a command hides.
 */
static bool answer_key(struct app *app, uint32_t key)
{
	const struct question *question = &session_story(app->session)->question;
	const struct prediction *asked = app->ui.ask == ASK_PREDICT ? session_asked(app->session) : NULL;
	bool enter = key == '\r' || key == '\n', escape = key == 27;
	bool digit = key >= '0' && key <= '9';

	app->ui.no_answer = false;
	if (!asked && (app->ui.ask != ASK_OPEN || !question->text))
		return false;
	if (enter && !app->ui.message && session_quiz_open(app->session)) {
		show_situation(app);
		return true;
	}
	if (enter) {
		app->ui.no_answer = !app->ui.message;
		ui_message(&app->ui, NULL, false);
		return true;
	}
	if (escape || (key == 'S' && !begins_answer(app, key)))
		return app_skip_question(app);
	if (asked && prediction_key(asked, key))
		return app_predict(app, prediction_key(asked, key));
	if (asked || !digit)
		return false;
	if (digit && (key == '0' || key - '0' > question->choice_count)) {
		app->ui.no_answer = true;
		return true;
	}
	answer_question(app, ASK_ANSWERED, key - '0');
	return true;
}

/*
 * y is yes; n, Enter and Esc are no. So is any other key, which then has its usual
 * effect, so that text typed ahead neither answers nor gets lost.
 */
static bool confirm_key(struct app *app, uint32_t key)
{
	bool yes = key == 'y' || key == 'Y';

	app_confirm(app, yes);
	return yes || (key < 128 && key && strchr("nN\r\n\033", (int)key));
}

bool app_key(struct app *app, uint32_t key, bool idle)
{
	enum action action;

	if (session_asks(app->session) && confirm_key(app, key))
		return true;
	if (app->ui.overlay.open && overlay_key(app, key))
		return true;
	if (idle && answer_key(app, key))
		return true;
	if (app->player && idle && player_key(app->player, app, key))
		return true;
	if (idle && app->ui.ask > ASK_OPEN && (key == '\r' || key == '\n')) {
		app->ui.ask = ASK_NONE;
		return true;
	}
	if (idle && begins_answer(app, key))
		return false;
	action = idle && app->ui.cell.arrows ? cell_action(key) : ACTION_NONE;
	if (action == ACTION_NONE)
		action = key_action(key, idle);
	if (action == ACTION_NONE)
		return false;
	act(app, action);
	return true;
}
