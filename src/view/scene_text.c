/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view/scene_text.h"

#include <inttypes.h>
#include <string.h>

#include "kernels/source_tree.h"
#include "report/explain.h"
#include "report/label.h"
#include "report/now.h"
#include "report/side_rows.h"
#include "view/guess.h"
#include "view/panes.h"

/* A line for each side that has a text, or one for both. Empties the texts. */
static void add_sides(const char *what, struct buf text[SIDES], struct buf *out)
{
	bool both = !strcmp(buf_str(&text[LEFT]), buf_str(&text[RIGHT]));

	for (int side = 0; side < SIDES; side++)
		if (text[side].len && !(both && side == RIGHT))
			buf_printf(out, "%s%s: %s.\n", both ? "Both" : side ? "Right" : "Left", what,
				   buf_str(&text[side]));
	for (int side = 0; side < SIDES; side++)
		buf_deinit(&text[side]);
}

void scene_kernels(const struct session *session, struct buf *out)
{
	struct buf text[SIDES] = {{0}, {0}}, machine = {0};

	for (int side = 0; side < SIDES; side++) {
		const struct kernel *kernel = session_machine(session, side)->kernel;

		buf_printf(&text[side], "%s, %s", kernel->name, check_words(kernel));
	}
	add_sides("", text, out);
	label_machine(&session_machine(session, LEFT)->paging, &machine);
	if (machine.len)
		buf_printf(out, "Machine: %s.\n", buf_str(&machine));
	buf_deinit(&machine);
}

/* --- time ----------------------------------------------------------------------------- */

void scene_time(const struct session *session, struct buf *out)
{
	const struct timeline *timeline = session_timeline(session);

	if (!timeline->count)
		return;
	buf_printf(out, "Step %zu of %zu", timeline->at, timeline->count);
	if (timeline->page)
		buf_printf(out, ", page %" PRIu64 " of the next", timeline->page);
	buf_puts(out, ".");
}

void scene_steps(const struct session *session, struct buf *out)
{
	const struct timeline *timeline = session_timeline(session);

	if (!timeline->count)
		return;
	buf_count(out, timeline->count, "step", "steps");
	if (timeline->divergence < timeline->count)
		buf_printf(out, "; the sides part at step %zu.\n", timeline->divergence + 1);
	else
		buf_puts(out, "; the sides do not differ.\n");
}

/* --- one step ------------------------------------------------------------------------- */

/* The pages of this step in the parent or the child. */
static void add_entries(const struct scene scenes[SIDES], bool child, struct buf *out)
{
	struct buf text[SIDES] = {{0}, {0}};

	for (int side = 0; side < SIDES; side++) {
		const struct scene *scene = &scenes[side];
		const struct mm *mm = scene_process(scene, child);

		if (!scene->touches || !mm || mm->dead)
			continue;
		label_entries(mm, scene->first, scene->last, true, &text[side]);
	}
	add_sides(child ? ", child" : ", parent", text, out);
}

/* One line of a text that has several. */
static size_t copy_line(const char *text, struct buf *out)
{
	size_t length = strcspn(text, "\n");

	buf_add(out, text, length);
	return length + (text[length] == '\n');
}

/* The clauses of a decision that is made in this step, in the order in which they are asked. */
static void add_clauses(const struct scene scenes[SIDES], struct buf *out)
{
	struct buf all[SIDES] = {{0}, {0}};
	const char *at[SIDES];

	for (int side = 0; side < SIDES; side++) {
		const struct scene *scene = &scenes[side];

		if (scene->deciding)
			explain_clauses(scene->machine, &scene->record->decision, &all[side]);
		at[side] = buf_str(&all[side]);
	}
	while (*at[LEFT] || *at[RIGHT]) {
		struct buf line[SIDES] = {{0}, {0}};

		for (int side = 0; side < SIDES; side++)
			at[side] += copy_line(at[side], &line[side]);
		add_sides(", clause", line, out);
	}
	buf_deinit(&all[LEFT]);
	buf_deinit(&all[RIGHT]);
}

/* The line of the source there, without its indentation; or why there is none. */
static void copy_source(const struct scene *scene, struct buf *out)
{
	const char *text, *line;
	size_t length, blank = 0;

	if (!source_has(scene->machine->kernel, &scene->place))
		return;
	text = source_text(scene->source, scene->place.file);
	line = text ? source_line(text, scene->place.line, &length) : NULL;
	if (!line) {
		buf_printf(out, ": %s", text ? "has fewer lines" : scene->source->why);
		return;
	}
	while (blank < length && (line[blank] == ' ' || line[blank] == '\t'))
		blank++;
	buf_puts(out, ": ");
	buf_add(out, line + blank, length - blank);
}

/* The kernel's function, and its place in the source if that is known. */
static void add_function(const struct scene scenes[SIDES], struct buf *out)
{
	struct buf text[SIDES] = {{0}, {0}};

	for (int side = 0; side < SIDES; side++) {
		const struct scene *scene = &scenes[side];
		const char *chain[10];
		size_t n = scene->event ? explain_call_chain(scene->event, chain) : 0;

		if (!n)
			continue;
		buf_printf(&text[side], "%s()", chain[n - 1]);
		if (scene->placed)
			buf_printf(&text[side], ", %s%s%s:%u", scene->place.version,
				   scene->place.version[0] ? " " : "", scene->place.file,
				   scene->place.line);
		if (scene->placed && scene->source)
			copy_source(scene, &text[side]);
	}
	add_sides(", function", text, out);
}

void scene_details(const struct session *session, const struct ui *ui, struct buf *out)
{
	struct scene scenes[SIDES] = {scene_at(session, ui, LEFT), scene_at(session, ui, RIGHT)};

	add_function(scenes, out);
	add_clauses(scenes, out);
	add_entries(scenes, false, out);
	add_entries(scenes, true, out);
	if (scenes[LEFT].deciding || scenes[RIGHT].deciding)
		scene_verdict(session, ui, out);
}

/* --- verdicts ------------------------------------------------------------------------- */

static void add_outcome(const struct side_row *row, int side, const struct fork_vma *record,
			struct buf *out)
{
	if (!row->vma[side])
		buf_puts(out, "no VMA");
	else if (record)
		explain_outcome(&record->decision, out);
	else
		buf_puts(out, "not decided");
}

/* What the viewer has predicted of it. */
static void add_guesses(const struct session *session, const struct side_row *row, struct buf *out)
{
	const struct predictions *predictions = session_predictions(session);
	const char *before = ". You: ";

	for (int side = 0; side < SIDES; side++) {
		const struct machine *m = session_machine(session, side);
		const struct prediction *guess = guess_decision(predictions, m, side, (struct stretch){row->start, row->end});

		if (!guess)
			continue;
		buf_printf(out, "%s%s %s", before, side_names[side], guess->answer);
		before = ", ";
	}
}

/* Nothing where neither side has decided. */
static void add_verdict(const struct session *session, const struct side_row *row, struct buf *out)
{
	const struct fork_vma *record[SIDES] = {NULL};
	struct machine *machines[SIDES];
	struct buf text[SIDES] = {{0}, {0}};

	session_machines(session, machines);
	for (int side = 0; side < SIDES; side++) {
		record[side] = decision_now(machines[side], row->start);
		add_outcome(row, side, record[side], &text[side]);
	}
	if (record[LEFT] || record[RIGHT]) {
		side_row_label(machines, row, out);
		buf_putc(out, ' ');
		buf_size(out, row->end - row->start);
		if (!strcmp(buf_str(&text[LEFT]), buf_str(&text[RIGHT])))
			buf_printf(out, ": both %s", buf_str(&text[LEFT]));
		else
			buf_printf(out, ": left %s, right %s", buf_str(&text[LEFT]),
				   buf_str(&text[RIGHT]));
		if (record[LEFT] && record[RIGHT] &&
		    record[LEFT]->decision.what != record[RIGHT]->decision.what)
			buf_puts(out, ", the sides differ");
		add_guesses(session, row, out);
		buf_puts(out, ".\n");
	}
	buf_deinit(&text[LEFT]);
	buf_deinit(&text[RIGHT]);
}

void scene_verdict(const struct session *session, const struct ui *ui, struct buf *out)
{
	struct machine *machines[SIDES];
	struct side_row row;

	session_machines(session, machines);
	if (ui->focused && rows_at(machines, ui->focus, &row))
		add_verdict(session, &row, out);
}

void scene_verdicts(const struct session *session, struct buf *out)
{
	struct machine *machines[SIDES];
	struct side_row row = {0};
	size_t n = 0, before = out->len;

	session_machines(session, machines);
	for (; n < EXPLAIN_VMAS && rows_next(machines, row.end, &row); n++)
		add_verdict(session, &row, out);
	if (out->len > before && n == EXPLAIN_VMAS && rows_next(machines, row.end, &row))
		buf_puts(out, "There are more VMAs: show decision NAME is about any of them.\n");
}

/* --- costs, one VMA ------------------------------------------------------------------- */

void scene_costs(const struct session *session, struct buf *out)
{
	struct buf text[SIDES] = {{0}, {0}};

	for (int side = 0; side < SIDES; side++) {
		const struct machine *m = session_machine(session, side);
		struct buf words[COST_WORDS] = {{0}};
		int n = m->cost.faults ? COST_WORDS : COST_FAULT_WORDS;

		cost_words(&m->cost, &m->paging, words);
		for (int i = 0; i < COST_WORDS; i++) {
			if (i < n)
				buf_printf(&text[side], "%s%s", i ? ", " : "", buf_str(&words[i]));
			buf_deinit(&words[i]);
		}
	}
	add_sides(", cost", text, out);
}

static void add_vma(const struct scene scenes[SIDES], bool child, struct buf *out)
{
	struct buf text[SIDES] = {{0}, {0}};

	for (int side = 0; side < SIDES; side++) {
		const struct vm_area *vma = child ? scenes[side].child : scenes[side].parent;

		if (!vma)
			continue;
		label_vma(vma, &text[side]);
		buf_putc(&text[side], ' ');
		buf_size(&text[side], vma->end - vma->start);
		buf_printf(&text[side], ", %s %s, at 0x%" PRIx64, backing_names[vma->backing],
			   vma->flags & VM_SHARED ? "shared" : "private", vma->start);
		if (vma->uffd)
			buf_printf(&text[side], ", uffd %s", vma->uffd->name);
		buf_puts(&text[side], ", ");
		explain_flags(vma->flags, false, &text[side]);
	}
	add_sides(child ? ", child" : ", parent", text, out);
}

/* The pages that are marked, if any are of this VMA; else all of it. */
static void mark_pages(struct scene *scene, const struct ui *ui)
{
	const struct vm_area *vma = scene_shown(scene);

	if (!vma)
		return;
	scene->touches = true;
	scene->first = vma_first(vma);
	scene->last = vma_last(vma);
	if (!ui->pinned || ui->mark_last < scene->first || ui->mark_first > scene->last)
		return;
	if (ui->mark_first > scene->first)
		scene->first = ui->mark_first;
	if (ui->mark_last < scene->last)
		scene->last = ui->mark_last;
}

void scene_look(const struct session *session, const struct ui *ui, struct buf *out)
{
	struct scene scenes[SIDES] = {scene_at(session, ui, LEFT), scene_at(session, ui, RIGHT)};

	for (int side = 0; side < SIDES; side++)
		mark_pages(&scenes[side], ui);
	for (int child = 0; child < 2; child++) {
		add_vma(scenes, child, out);
		add_entries(scenes, child, out);
	}
	scene_verdict(session, ui, out);
}
