/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What this step does, in words, and the time line. */
#include <string.h>

#include "report/explain.h"
#include "view/panes.h"

enum { STEP_LABEL = 7 }; /* columns: "right  " */

static const char nothing[] = "nothing in this step";

static void put_sentence(struct area area, enum style style, const char *text)
{
	put_wrapped(area, 0, style, text);
	if (wrapped_rows(text, area.cols) > area.rows)
		put_more(area);
}

/* The text before the first step. */
static const char *nothing_yet(const struct session *session, const struct ui *ui)
{
	bool any = session_machine(session, LEFT)->parent->vmas.count;

	if (session_timeline(session)->count)
		return ui->plain ? "The fork has not begun yet: step or play continues."
				 : "The fork has not begun yet. Right or Space continues.";
	if (ui->next) /* a story is being played */
		return any ? "Nothing has been forked yet." : "An empty address space.";
	return any ? "Nothing has been forked yet: type fork."
		   : "An empty address space. Type vma NAME BACKING SIZE, or load FILE; ? shows keys "
		     "and commands.";
}

static void put_both_sides(struct area area, const char *const text[SIDES])
{
	struct area part[SIDES];
	int half = area.rows > 1 ? area.rows / 2 : 1, wanted[SIDES], right = half;

	for (int side = 0; side < SIDES; side++)
		wanted[side] = wrapped_rows(text[side], area.cols - STEP_LABEL);
	/* Rows that one sentence does not need go to the other. */
	if (wanted[LEFT] > half)
		right = area.rows - (wanted[RIGHT] < half ? wanted[RIGHT] : half);
	else if (wanted[RIGHT] > area.rows - half)
		right = wanted[LEFT];
	part[LEFT] = area_part(area, 0, 0, right, area.cols);
	part[RIGHT] = area_part(area, right, 0, area.rows - right, area.cols);
	for (int side = 0; side < SIDES; side++) {
		put(part[side], 0, 0, STYLE_LABEL, side_names[side]);
		put_sentence(area_part(part[side], 0, STEP_LABEL, area.rows, area.cols - STEP_LABEL),
			     text[side] == nothing ? STYLE_DIM : STYLE_NORMAL, text[side]);
	}
}

/* What this step does on each side; empty: nothing. */
static void step_sentences(const struct session *session, struct buf text[SIDES])
{
	for (int side = 0; side < SIDES; side++) {
		const struct event *event = timeline_event(session_timeline(session), side);

		if (event)
			explain_event(session_machine(session, side), event, &text[side]);
	}
}

void pane_step(struct area area, const struct session *session, const struct ui *ui, bool ruled)
{
	struct buf text[SIDES] = {{0}, {0}};
	const char *said[SIDES];

	if (ruled) {
		put_repeat(area, 0, 0, area.cols, STYLE_BORDER, area.grid->utf8 ? "─" : "-");
		put(area, 0, 1, STYLE_LABEL, " this step ");
		area = area_part(area, 1, 0, area.rows - 1, area.cols);
	}
	step_sentences(session, text);
	for (int side = 0; side < SIDES; side++)
		said[side] = text[side].len ? buf_str(&text[side]) : nothing;
	if (!text[LEFT].len && !text[RIGHT].len) {
		put_sentence(area, STYLE_DIM, nothing_yet(session, ui));
	} else if (!strcmp(said[LEFT], said[RIGHT])) {
		put(area, 0, 0, STYLE_LABEL, "both");
		put_sentence(area_part(area, 0, STEP_LABEL, area.rows, area.cols - STEP_LABEL),
			     STYLE_NORMAL, said[LEFT]);
	} else {
		put_both_sides(area, said);
	}
	buf_deinit(&text[LEFT]);
	buf_deinit(&text[RIGHT]);
}

void step_text(const struct session *session, const struct ui *ui, const char *between,
	       struct buf *out)
{
	struct buf text[SIDES] = {{0}, {0}};

	step_sentences(session, text);
	if (!text[LEFT].len && !text[RIGHT].len)
		buf_puts(out, nothing_yet(session, ui));
	else if (!strcmp(buf_str(&text[LEFT]), buf_str(&text[RIGHT])))
		buf_printf(out, "Both: %s.", buf_str(&text[LEFT]));
	else
		for (int side = 0; side < SIDES; side++)
			buf_printf(out, "%s%s: %s.", side ? between : "", side ? "Right" : "Left",
				   text[side].len ? buf_str(&text[side]) : nothing);
	buf_deinit(&text[LEFT]);
	buf_deinit(&text[RIGHT]);
}

static int bar_col(const struct timeline *timeline, size_t slot, int width)
{
	if (!timeline->count)
		return 0;
	return (int)((double)slot / (double)timeline->count * (width - 1) + 0.5);
}

static void put_bar(struct area bar, const struct session *session)
{
	const struct timeline *timeline = session_timeline(session);
	const struct machine *m = session_machine(session, LEFT);
	bool utf8 = bar.grid->utf8;
	int at = bar_col(timeline, timeline->at, bar.cols);

	for (int col = 0; col < bar.cols; col++)
		put(bar, 0, col, col < at ? STYLE_DONE : STYLE_TODO,
		    col < at ? (utf8 ? "━" : "=") : (utf8 ? "─" : "-"));
	for (size_t i = 0; i < m->fork_count; i++) {
		size_t slot = timeline_slot_of(timeline, LEFT, m->forks[i].first_event);
		int col = bar_col(timeline, slot, bar.cols);

		put(bar, 0, col, col < at ? STYLE_DONE : STYLE_TODO, utf8 ? "┃" : "|");
	}
	if (timeline->divergence < timeline->count)
		put(bar, 0, bar_col(timeline, timeline->divergence + 1, bar.cols), STYLE_DIFFERS,
		    "!");
	put(bar, 0, at, STYLE_MOVING, utf8 ? "●" : "O");
}

void pane_timeline(struct area area, const struct session *session)
{
	const struct timeline *timeline = session_timeline(session);
	bool playing = session_playing(session), utf8 = area.grid->utf8;
	struct buf text = {0};
	int end;

	if (area.rows > 1) /* a blank row above, where there is room */
		area = area_part(area, 1, 0, area.rows - 1, area.cols);
	if (timeline->count) {
		buf_printf(&text, "%zu/%zu", timeline->at, timeline->count);
		if (timeline->page)
			buf_printf(&text, "+%llu", (unsigned long long)timeline->page);
		if (timeline->divergence < timeline->count)
			buf_printf(&text, "  ! at %zu", timeline->divergence + 1);
		else if (area.cols >= 60)
			buf_puts(&text, "  no difference");
	} else {
		buf_puts(&text, "no fork yet");
	}
	buf_printf(&text, area.cols < 70 ? "  by %s, %gx" : "  step by %s, speed %gx",
		   grain_names[session_grain(session)], session_speed(session));
	end = put_right(area, 0, STYLE_LABEL, buf_str(&text));
	buf_deinit(&text);
	put(area, 0, 0, playing ? STYLE_MOVING : STYLE_DIM,
	    playing ? (utf8 ? "▶" : ">") : (utf8 ? "‖" : "="));
	put_bar(area_part(area, 0, 2, 1, end - 4), session);
}
