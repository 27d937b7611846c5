/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The task of the viewer: what it is, and what of it holds. */
#include <inttypes.h>
#include <string.h>

#include "language/command.h"
#include "view/panes.h"

static const struct goal *shown_goal(const struct session *session, const struct ui *ui)
{
	return ui->goal ? session_goal(session) : NULL;
}

static void add_expectation(const struct command *expect, struct buf *out)
{
	struct buf line = {0};

	command_print(expect, &line);
	buf_puts(out, buf_str(&line) + strlen("expect "));
	buf_deinit(&line);
}

/* "skip because none", as expect says it, is no sentence. */
static const char *in_words(const char *got)
{
	return strcmp(got, "skip because none") ? got : "skip: no clause holds";
}

/* The expectation, and what is there instead: "left cost entries 4 (now: 0)". */
static void add_part(const struct command *expect, const struct goal_part *part, struct buf *out)
{
	add_expectation(expect, out);
	if (!part->holds && part->got[0])
		buf_printf(out, " (now: %s)", in_words(part->got));
}

void goal_count_text(const struct goal *goal, struct buf *out)
{
	buf_count(out, goal->used, "command", "commands");
	if (goal->command->args.goal.par)
		buf_printf(out, ", par %" PRIu64, goal->command->args.goal.par);
}

void goal_task_text(const struct session *session, const struct ui *ui, struct buf *out)
{
	const struct goal *goal = shown_goal(session, ui);

	if (goal)
		buf_printf(out, "Task: %s\n", command_word(goal->command, goal->command->args.goal.task));
}

/* Is all that the viewer's commands did on the screen? */
static bool is_seen(const struct session *session, const struct ui *ui)
{
	const struct timeline *timeline = session_timeline(session);

	return ui->plain || timeline->at >= timeline->count;
}

bool goal_seen(const struct session *session, const struct ui *ui)
{
	const struct goal *goal = shown_goal(session, ui);

	return goal && goal->state == GOAL_REACHED && is_seen(session, ui);
}

void goal_parts_text(const struct session *session, const struct ui *ui, struct buf *out)
{
	const struct goal *goal = shown_goal(session, ui);

	for (size_t i = 0; goal && i < goal->command->args.goal.n; i++) {
		buf_puts(out, goal->parts[i].holds ? "  holds: " : "  not yet: ");
		add_part(goal->command->args.goal.v[i], &goal->parts[i], out);
		buf_putc(out, '\n');
	}
}

/* The task, wrapped behind its mark, which all parts have, too. */
enum { BEHIND_MARK = 2 };

int goal_rows(const struct session *session, const struct ui *ui, int cols)
{
	const struct goal *goal = shown_goal(session, ui);

	if (!goal)
		return 0;
	return wrapped_rows(command_word(goal->command, goal->command->args.goal.task),
			    cols - BEHIND_MARK) +
	       (int)goal->command->args.goal.n;
}

/* seen: the steps of the last command have been played. What it led to is not shown before; what held already is. */
static void put_part(struct area area, int row, const struct command *expect,
		     const struct goal_part *part, bool seen)
{
	bool utf8 = area.grid->utf8, holds = part->holds && (seen || part->held);
	const char *mark = holds ? (utf8 ? "✓" : "+") : utf8 ? "·" : "-";
	struct buf text = {0};

	if (seen)
		add_part(expect, part, &text);
	else
		add_expectation(expect, &text);
	put(area, row, BEHIND_MARK, holds ? STYLE_SKIP : STYLE_DIM, mark);
	put_fit(area, row, BEHIND_MARK + 2, area.cols, holds ? STYLE_SKIP : STYLE_NORMAL, buf_str(&text));
	buf_deinit(&text);
}

void pane_goal(struct area area, const struct session *session, const struct ui *ui)
{
	const struct goal *goal = shown_goal(session, ui);
	struct area task = area_part(area, 0, BEHIND_MARK, area.rows, area.cols - BEHIND_MARK);
	int row;

	if (!goal || area.rows < 1)
		return;
	put(area, 0, 0, STYLE_QUESTION, area.grid->utf8 ? "▸" : ">");
	row = put_wrapped(task, 0, STYLE_QUESTION,
			  command_word(goal->command, goal->command->args.goal.task));
	for (size_t i = 0; i < goal->command->args.goal.n; i++, row++)
		if (row < area.rows)
			put_part(area, row, goal->command->args.goal.v[i], &goal->parts[i],
				 is_seen(session, ui));
	if (row > area.rows)
		put_more(area);
}
