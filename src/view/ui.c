/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/ui.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

void ui_deinit(struct ui *ui)
{
	free(ui->focus);
	free(ui->message);
	free(ui->say);
	ui_overlay_close(ui);
	*ui = (struct ui){0};
}

static void set_focus(struct ui *ui, const char *name)
{
	char *copy = name ? xstrdup(name) : NULL;

	free(ui->focus);
	ui->focus = copy;
}

/* The process whose VMAs are listed: the parent. */
static const struct mm *listed(const struct session *session)
{
	return session_machine(session, LEFT)->parent;
}

/* The VMA that is in focus, or NULL. */
static const struct vm_area *focused(const struct ui *ui, const struct session *session)
{
	const char *name = ui->focus;

	return name ? machine_vma(session_machine(session, LEFT), listed(session), name) : NULL;
}

void ui_follow(struct ui *ui, const struct session *session, bool moved)
{
	const struct timeline *timeline = session_timeline(session);
	const struct mm *mm = listed(session);

	if (moved)
		ui->pinned = false;
	for (int side = 0; side < SIDES && !ui->pinned; side++) {
		const struct event *event = timeline_event(timeline, side);
		const struct vm_area *vma =
			!event ? NULL : event->src ? event->src : event->dst;

		if (vma) {
			set_focus(ui, vma_name(vma));
			return;
		}
	}
	if (!focused(ui, session)) {
		ui->pinned = false;
		set_focus(ui, mm_first(mm) ? vma_name(mm_first(mm)) : NULL);
	}
}

void ui_look(struct ui *ui, const struct session *session, int direction)
{
	const struct mm *mm = listed(session);
	const struct vm_area *vma = focused(ui, session);

	if (!mm_first(mm))
		return;
	if (vma)
		vma = direction < 0 ? mm_before(vma) : mm_next(vma);
	if (!vma) /* around the end */
		vma = direction < 0 && ui->focus ? mm_last(mm) : mm_first(mm);
	set_focus(ui, vma_name(vma));
	ui->pinned = true;
}

void ui_message(struct ui *ui, char *text, bool error)
{
	size_t n = text ? strlen(text) : 0;

	while (n && text[n - 1] == '\n')
		text[--n] = '\0';
	free(ui->message);
	ui->message = n ? text : NULL;
	ui->error = error;
	if (!n)
		free(text);
}

void ui_say(struct ui *ui, const char *text)
{
	char *copy = text ? xstrdup(text) : NULL;

	free(ui->say);
	ui->say = copy;
}

void ui_overlay(struct ui *ui, const char *title, char *text, bool list)
{
	ui_overlay_close(ui);
	ui->overlay = (struct overlay){
		.open = true, .list = list, .title = xstrdup(title), .text = text};
}

void ui_overlay_close(struct ui *ui)
{
	free(ui->overlay.title);
	free(ui->overlay.text);
	ui->overlay = (struct overlay){0};
}

bool ui_moving(const struct session *session)
{
	for (int side = 0; side < SIDES; side++) {
		const struct event *event = timeline_event(session_timeline(session), side);

		if (event && event->kind == EVENT_ENTRY)
			return true;
	}
	return false;
}
