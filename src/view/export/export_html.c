/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/export/export_html.h"

#include <string.h>

#include "base/alloc.h"
#include "base/escape.h"
#include "kernels/builtin.h"
#include "view/export/inks.h"
#include "view/export/page_data.h"
#include "view/panes.h"

/* --- the steps ---------------------------------------------------------------------------- */

static void add_step(const struct session *session, const struct ui *ui, struct page_data *data)
{
	struct grid *grid = render(session, ui, EXPORT_ROWS, EXPORT_COLS);
	struct buf sentence = {0};

	step_text(session, ui, " ", &sentence);
	page_data_add(data, grid, buf_str(&sentence));
	buf_deinit(&sentence);
	grid_free(grid);
}

static void add_steps(struct session *session, struct page_data *data)
{
	const struct timeline *timeline = session_timeline(session);
	size_t at = timeline->at;
	uint64_t page = timeline->page;
	struct ui ui = {.utf8 = true, .bare = true, .frame = UI_FRAMES};

	for (size_t slot = 0; slot <= timeline->count; slot++) {
		session_seek(session, slot, 0);
		ui_follow(&ui, session, true);
		add_step(session, &ui, data);
	}
	session_seek(session, at, page);
	ui_deinit(&ui);
}

/* --- the page ----------------------------------------------------------------------------- */

struct page {
	const struct session *session;
	const struct page_data *data;
};

static void put_title(const struct page *page, struct buf *out)
{
	const char *title = session_story(page->session)->title;

	escape_xml(out, title ? title : "fork on two kernels");
}

static void put_about(const struct page *page, struct buf *out)
{
	const char *about = session_story(page->session)->about;

	escape_xml(out,
		   about ? about : "What fork does with page tables on two kernels, step by step.");
}

static void put_theme(const char *name, const struct paper *paper, const bool used[STYLES],
		      struct buf *out)
{
	const struct palette *palette = palette_find(name);

	buf_printf(out, "[data-theme=%s] #screen { color: #%06x; background: #%06x }\n", name,
		   paper->fg, paper->bg);
	for (int i = 0; i < STYLES; i++) {
		struct inks inks = inks_of(&palette->looks[i], paper);

		if (!used[i])
			continue;
		buf_printf(out, "[data-theme=%s] .s%d { color: #%06x; background: #%06x%s%s }\n",
			   name, i, inks.fg, inks.bg, inks.bold ? "; font-weight: bold" : "",
			   inks.underline ? "; text-decoration: underline" : "");
	}
}

static void put_styles(const struct page *page, struct buf *out)
{
	put_theme("dark", &paper_dark, page->data->used, out);
	put_theme("light", &paper_light, page->data->used, out);
}

static void put_data(const struct page *page, struct buf *out)
{
	const struct timeline *timeline = session_timeline(page->session);
	bool differ = timeline->divergence < timeline->count;

	page_data_print(page->data, differ ? timeline->divergence + 1 : 0, out);
}

/* What takes the place of a word between two @. */
static const struct {
	const char *word;
	void (*put)(const struct page *page, struct buf *out);
} places[] = {
	{"@TITLE@", put_title},
	{"@ABOUT@", put_about},
	{"@STYLES@", put_styles},
	{"@DATA@", put_data},
};

/* Returns the bytes of the word; 0: none of them is at the text. */
static size_t put_place(const struct page *page, const char *text, struct buf *out)
{
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		size_t n = strlen(places[i].word);

		if (!strncmp(text, places[i].word, n)) {
			places[i].put(page, out);
			return n;
		}
	}
	return 0;
}

static void put_page(const struct page *page, const char *text, struct buf *out)
{
	while (*text) {
		size_t n = strcspn(text, "@");

		buf_add(out, text, n);
		text += n;
		n = put_place(page, text, out);
		if (!n && *text)
			buf_putc(out, *text++);
		text += n;
	}
}

bool export_html(struct session *session, struct buf *out, struct vf_error *error)
{
	struct page_data data = {0};
	struct page page = {session, &data};
	size_t steps = session_timeline(session)->count;

	if (steps > EXPORT_STEPS) {
		vf_error_set(error, "the time line has %zu steps; a page can have %d", steps,
			     EXPORT_STEPS);
		vf_error_hint(error, "FILE.svg has this screen, FILE.md a comparison as text");
		return false;
	}
	add_steps(session, &data);
	put_page(&page, builtin_pages[0].text, out);
	page_data_deinit(&data);
	return true;
}
