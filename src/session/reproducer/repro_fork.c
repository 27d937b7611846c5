/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes come and go; what both sides predict of a fork, and where the observer looks. */
#include <inttypes.h>
#include <stdio.h>

#include "report/explain.h"
#include "report/label.h"
#include "report/text.h"
#include "session/reproducer/reproducer_private.h"

/* --- what there is to see --------------------------------------------------------------------- */

/* What the model predicts, as a comment. */
static void add_prediction(const struct repro *r, int side, struct buf *out)
{
	enum { VMAS = 40 };
	const struct machine *m = r->m[side];
	const struct fork_record *fork = last_fork(m);
	struct buf line = {0};

	buf_printf(&line, "%s, ", side_names[side]);
	repro_kernel_name(m->kernel, &line);
	buf_puts(&line, ", predicts:");
	repro_comment_lines("\t", buf_str(&line), out);
	for (size_t i = 0; i < fork->vma_count && i < VMAS; i++) {
		const struct fork_vma *vma = &fork->vmas[i];

		buf_clear(&line);
		buf_puts(&line, "  ");
		label_vma(vma->src, &line);
		buf_puts(&line, ": ");
		explain_outcome(&vma->decision, &line);
		if (vma->dst && fork->child) {
			struct buf entries = {0};

			label_entries(fork->child, vma_first(vma->dst), vma_last(vma->dst), false,
				      &entries);
			buf_printf(&line, "; the child has %s", entries.len ? buf_str(&entries) : "no entry");
			buf_deinit(&entries);
		}
		repro_comment_lines("\t", buf_str(&line), out);
	}
	buf_clear(&line);
	if (fork->err) {
		buf_puts(&line, "  ");
		label_vma(fork->failed, &line);
		buf_puts(&line, ": fork fails with ENOMEM, and there is no child");
		repro_comment_lines("\t", buf_str(&line), out);
		buf_clear(&line);
	}
	if (m->unborn)
		repro_comment_lines("\t", "  it waits until its event is read, and there is no child before that",
				    out);
	if (fork->vma_count > VMAS)
		buf_printf(&line, "  and %zu more VMAs; ", fork->vma_count - VMAS);
	else
		buf_puts(&line, "  ");
	buf_count(&line, m->cost.entries, "entry", "entries");
	buf_puts(&line, " copied so far, ");
	buf_count(&line, cost_tables(&m->cost), "table", "tables");
	buf_puts(&line, " allocated");
	repro_comment_lines("\t", buf_str(&line), out);
	buf_deinit(&line);
}

static void show_process(struct repro *r, const char *who, int process, const struct mm *mm, struct buf *out)
{
	const struct name *name;
	uint64_t at = 0;

	while (mm && !mm->dead && (name = mm_next_name(mm, &at))) {
		struct stretch stretch = mm_stretch(mm, name);

		if (!mm_named_vma(mm, name) || stretch.start == stretch.end)
			continue;
		repro_need(r, "observe");
		buf_printf(out, "\t\tshow(\"%s\", P%d, \"%s\", ", who, process, name->text);
		repro_place(r, name, stretch.start, out);
		buf_printf(out, ", %" PRIu64 ");\n", (stretch.end - stretch.start) / repro_page(r));
	}
}

static bool maps_zero_page(const struct mm *mm)
{
	for_each_vma(mm, vma) {
		uint64_t last;

		for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = last + 1)
			if (vma_pte(vma, page, &last).state == PTE_ZERO)
				return true;
	}
	return false;
}

/* The observer's turn. */
void repro_moment(struct repro *r, const char *what)
{
	struct buf shows = {0};
	const struct machine *m = r->m[LEFT];

	repro_need(r, "moment");
	show_process(r, "parent", r->parent, m->parent, &shows);
	if (r->child >= 0 && r->process[r->child].borrows == (m->borrow != BORROW_NOTHING))
		show_process(r, "child", r->child, m->child, &shows);
	repro_flush_places(r);
	repro_turn(r, REPRODUCER_OBSERVER);
	buf_puts(&r->body, " {\n");
	if (!r->noted_zero_page && maps_zero_page(m->parent))
		repro_note_zero_page(r, true, &r->body);
	buf_printf(&r->body, "\t\tmoment(\"%s\");\n%s\t}\n", what, buf_str(&shows));
	buf_deinit(&shows);
}

/* --- fork, and the end ------------------------------------------------------------------------ */

bool repro_new_process(struct repro *r)
{
	if (r->processes == REPRODUCER_PROCESSES) {
		r->stopped = "there are more processes than this program has room for";
		return repro_cannot(r, r->stopped);
	}
	r->process[r->processes] = (struct repro_process){.parent = r->parent, .born = r->file_count};
	r->child = r->processes++;
	return true;
}

/* Why nothing can be carried out from here on; NULL: it can. */
static const char *fork_stops(const struct repro *r)
{
	if (!last_fork(r->m[LEFT])->err != !last_fork(r->m[RIGHT])->err)
		return "fork fails on one side only";
	if (r->process[r->by].borrows)
		return "a process in borrowed memory forks";
	return NULL;
}

bool repro_fork(struct repro *r)
{
	int old_child = r->child;

	r->stopped = fork_stops(r);
	if (r->stopped)
		return repro_cannot(r, r->stopped);
	if (last_fork(r->m[LEFT])->err && !r->limits_commit)
		return repro_cannot(r, "the model says that it fails, for a limit that this program does not set");
	r->forks++;
	if (last_fork(r->m[LEFT])->err) {
		repro_need(r, "fork_fails");
		repro_call(r, "fork_fails();");
		return true;
	}
	if (!repro_new_process(r))
		return false;
	repro_need(r, "fork");
	if (r->m[LEFT]->unborn) {
		repro_need(r, "waits");
		r->unborn = r->child;
		r->child = old_child;
		repro_call(r, "fork_waits(P%d);", r->unborn);
	} else {
		repro_call(r, "fork_as(P%d);", r->child);
	}
	return true;
}

void repro_after_fork(struct repro *r)
{
	char what[32];

	if (last_fork(r->m[LEFT])->err) {
		; /* there is no child */
	} else if (r->unborn >= 0) {
		repro_turn(r, REPRODUCER_OBSERVER);
		buf_printf(&r->body, "\n\t\twait_for_event(P%d);\n", r->unborn);
	} else {
		repro_uffd_inherit(r);
	}
	buf_puts(&r->body, "\t/*\n");
	for (int side = 0; side < SIDES; side++)
		add_prediction(r, side, &r->body);
	buf_puts(&r->body, "\t */\n");
	snprintf(what, sizeof(what), "fork %zu", r->forks);
	repro_moment(r, what);
}

void repro_after_reader(struct repro *r)
{
	char what[48];

	if (r->unborn < 0 || r->m[LEFT]->unborn)
		return;
	r->child = r->unborn;
	r->unborn = -1;
	buf_printf(&r->body, "\tturn(P%d); /* whose fork has returned */\n", r->parent);
	r->turns++;
	repro_uffd_inherit(r);
	snprintf(what, sizeof(what), "fork %zu, after its event was read", r->forks);
	repro_moment(r, what);
}

bool repro_leave(struct repro *r)
{
	if (r->process[r->by].borrows)
		return repro_leave_borrowed(r);
	repro_need(r, "leave");
	repro_call(r, "leave();");
	return true;
}

bool repro_become(struct repro *r)
{
	if (r->child < 0)
		return repro_cannot(r, "there is no child");
	r->parent = r->child;
	r->child = -1;
	return true;
}
