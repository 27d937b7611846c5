/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tty/unseen.h"

#include "view/export/export_html.h"
#include "view/export/export_svg.h"

static bool draw_page(void *owner, struct buf *out, struct vf_error *error)
{
	return export_html(((struct unseen *)owner)->session, out, error);
}

static bool draw_picture(void *owner, struct buf *out, struct vf_error *error)
{
	const struct unseen *unseen = owner;
	struct ui ui = {.utf8 = true,
			.bare = true,
			.frame = UI_FRAMES,
			.focused = unseen->ui->focused,
			.focus = unseen->ui->focus,
			.zoom_page = unseen->ui->zoom_page,
			.pinned = unseen->ui->pinned,
			.mark_first = unseen->ui->mark_first,
			.mark_last = unseen->ui->mark_last,
			.say = unseen->ui->say,
			.ask = unseen->ui->ask};

	(void)error;
	ui_follow(&ui, unseen->session, false);
	export_screen(unseen->session, &ui, EXPORT_ROWS, EXPORT_COLS, palette_find("dark"), out);
	return true;
}

struct pictures unseen_pictures(struct unseen *unseen)
{
	return (struct pictures){unseen, draw_page, draw_picture};
}
