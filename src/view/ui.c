/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/ui.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/side_rows.h"

void ui_deinit(struct ui *ui)
{
	free(ui->message);
	free(ui->say);
	ui_overlay_close(ui);
	*ui = (struct ui){0};
}

static void set_focus(struct ui *ui, uint64_t address)
{
	ui->focused = true;
	ui->focus = address;
}

/* The VMA that an event is about; of a fork that fails, where it does. NULL: none. */
static const struct vm_area *event_vma(const struct machine *m, const struct event *event)
{
	if (!event)
		return NULL;
	if (event->kind == EVENT_FORKED)
		return m->forks[event->fork].failed;
	return event->src ? event->src : event->dst;
}

/* Where to look at what an event does in its VMA. */
static uint64_t event_address(const struct machine *m, const struct event *event,
			      const struct vm_area *vma)
{
	bool inside = event->address > vma->start && event->address < vma->end;
	uint64_t address = event->to ? event->to : inside ? event->address : vma->start;
	const struct mm *mm = event->by_child ? m->child : m->parent;
	const struct vm_area *rest;

	if (event->kind < EVENT_FORKED || !mm || mm_vma_at(mm, address))
		return address;
	/* It has been unmapped there: what is left of the VMA. */
	rest = mm_find(mm, vma->start);
	return rest && rest->start < vma->end ? rest->start : address;
}

void ui_follow(struct ui *ui, const struct session *session, bool moved)
{
	const struct timeline *timeline = session_timeline(session);
	struct machine *machines[SIDES];
	struct side_row row;

	if (moved) {
		ui->marked = false;
		ui->pinned = false;
		ui->zoom_page = 0;
	}
	for (int side = 0; side < SIDES && !ui->pinned; side++) {
		const struct event *event = timeline_event(timeline, side);
		const struct machine *m = session_machine(session, side);
		const struct vm_area *vma = event_vma(m, event);

		if (vma) {
			set_focus(ui, event_address(m, event, vma));
			return;
		}
	}
	session_machines(session, machines);
	if (!ui->focused || !rows_at(machines, ui->focus, &row)) {
		ui->pinned = false;
		ui->focused = rows_next(machines, 0, &row);
		ui->focus = row.start;
	}
}

void ui_place(struct ui *ui, const struct place_named *place)
{
	set_focus(ui, place->address);
	ui->pinned = true;
	ui->zoom_page = place->by_name_only ? 0 : place->first;
	ui->marked = true;
	ui->mark_first = place->first;
	ui->mark_last = place->last;
}

void ui_look_at(struct ui *ui, uint64_t address)
{
	set_focus(ui, address);
	ui->zoom_page = 0;
	ui->pinned = true;
}

void ui_look(struct ui *ui, const struct session *session, int direction)
{
	struct machine *machines[SIDES];
	struct side_row row;
	bool any;

	session_machines(session, machines);
	any = ui->focused && rows_at(machines, ui->focus, &row);
	if (any)
		any = direction < 0 ? rows_before(machines, row.start, &row)
				    : rows_next(machines, row.end, &row);
	if (!any) /* around the end */
		any = direction < 0 && ui->focused ? rows_before(machines, UINT64_MAX, &row)
						   : rows_next(machines, 0, &row);
	if (!any)
		return;
	ui_look_at(ui, row.start);
}

/* The parent's VMA in focus, or the child's, of the left side or else the right. */
static const struct vm_area *vma_in_focus(const struct ui *ui, const struct session *session)
{
	for (int side = 0; ui->focused && side < SIDES; side++) {
		const struct machine *m = session_machine(session, side);
		const struct vm_area *vma = mm_vma_at(m->parent, ui->focus);

		if (!vma && m->child && !m->child->dead)
			vma = mm_vma_at(m->child, ui->focus);
		if (vma)
			return vma;
	}
	return NULL;
}

bool ui_next_table(struct ui *ui, const struct session *session, int direction)
{
	const struct vm_area *vma = vma_in_focus(ui, session);
	uint64_t pages, at;

	if (!vma)
		return false;
	if (ui->zoom != ZOOM_PMD)
		ui->zoom = ZOOM_PTE;
	pages = ptrs_per_table(vma->mm->paging);
	pages *= ui->zoom == ZOOM_PMD ? pages : 1;
	at = ui->zoom_page ? ui->zoom_page : address_page(vma->mm, ui->focus);
	if (at < vma_first(vma) || at > vma_last(vma))
		at = vma_first(vma);
	at &= ~(pages - 1);
	if (direction < 0 ? at <= vma_first(vma) : at + pages > vma_last(vma))
		return false;
	at = direction < 0 ? at - pages : at + pages;
	ui->zoom_page = at < vma_first(vma) ? vma_first(vma) : at;
	return true;
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

void ui_add_message(struct ui *ui, const char *text)
{
	struct buf all = {0};

	if (ui->message)
		buf_puts(&all, ui->message);
	if (all.len && ui->message[all.len - 1] != '\n')
		buf_putc(&all, '\n');
	buf_puts(&all, text);
	ui_message(ui, buf_take(&all), ui->error);
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
	for (size_t i = 0; i < ui->overlay.choice_count; i++)
		free(ui->overlay.choices[i].command);
	free(ui->overlay.choices);
	ui->overlay = (struct overlay){0};
}

void ui_overlay_choices(struct ui *ui, const struct session *session)
{
	struct overlay *overlay = &ui->overlay;
	const struct choice *choices = session_choices(session, &overlay->choice_count);

	overlay->choices = xcalloc(overlay->choice_count + 1, sizeof(*overlay->choices));
	for (size_t i = 0; i < overlay->choice_count; i++)
		overlay->choices[i] = (struct choice){choices[i].line, xstrdup(choices[i].command)};
	overlay->chosen = session_chosen(session);
}

bool ui_moving(const struct session *session)
{
	for (int side = 0; side < SIDES; side++) {
		const struct event *event = timeline_event(session_timeline(session), side);

		if (event && (event->kind == EVENT_ENTRY || event->kind == EVENT_TABLE ||
			      event->kind == EVENT_TOUCH))
			return true;
	}
	return false;
}

bool ui_asks_of_next_fork(const struct ui *ui, const struct session *session)
{
	const struct prediction *asked = ui->ask == ASK_PREDICT ? session_asked(session) : NULL;

	return asked && (ui->before_fork || asked->of_fork);
}
