/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the mouse does: it points at what the screen shows, and the wheel is time. */
#include "tty/app.h"
#include "view/cell_cursor.h"
#include "view/panes.h"

enum { WHEEL_ROWS = 3 }; /* of a text over the screen */

static void wheel(struct app *app, bool up)
{
	bool text = app->ui.overlay.open;

	for (int i = 0; i < (text ? WHEEL_ROWS : 1); i++)
		app_key(app, text ? (up ? UI_KEY_UP : UI_KEY_DOWN) : up ? UI_KEY_LEFT : UI_KEY_RIGHT, true);
}

/* False: nothing is known there. */
static bool find_spot(struct app *app, int row, int col, struct hotspot *spot)
{
	struct grid *grid = render(app->session, &app->ui, app->rows, app->cols);
	const struct hotspot *found = spots_at(&grid->spots, row, col);

	if (found)
		*spot = *found;
	grid_free(grid);
	return found;
}

static void click(struct app *app, int row, int col)
{
	struct hotspot spot;

	if (!find_spot(app, row, col, &spot)) {
		if (app->ui.overlay.open)
			app_key(app, '\033', true);
		return;
	}
	switch (spot.kind) {
	case SPOT_CELLS:
		cell_cursor_put(&app->ui, app->session, app->rows, app->cols, row, col);
		app_why(app);
		break;
	case SPOT_VMA:
		ui_look_at(&app->ui, spot.address);
		break;
	case SPOT_CHOICE:
		app->ui.overlay.chosen = spot.choice;
		app_key(app, '\r', true);
		break;
	}
}

void app_mouse(struct app *app, const struct mouse *mouse)
{
	if (!session_settings(app->session)->mouse || session_asks(app->session)) /* keys alone answer */
		return;
	switch (mouse->action) {
	case MOUSE_CLICK:
		click(app, mouse->row, mouse->col);
		break;
	case MOUSE_WHEEL_UP:
	case MOUSE_WHEEL_DOWN:
		wheel(app, mouse->action == MOUSE_WHEEL_UP);
		break;
	case MOUSE_OTHER:
		break;
	}
}
