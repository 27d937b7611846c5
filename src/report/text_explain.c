/* SPDX-License-Identifier: GPL-2.0-or-later */
/* explain: why VMAs were copied or skipped, once for both sides where they agree. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/explain.h"
#include "report/label.h"
#include "report/now.h"
#include "report/text.h"

/* What is said about one VMA, or about the side as a whole: then without a label. */
struct said {
	struct buf label, text;
};

/* What is said about one side: about the first VMAs of `vmas`. */
struct side_said {
	const struct machine *m;
	size_t vmas, n;
	struct said v[EXPLAIN_VMAS];
};

/* The fork that is explained: the last one that has begun, or the next one. */
static const struct fork_record *explained_fork(const struct machine *m)
{
	const struct fork_record *fork = fork_now(m);

	return fork ? fork : last_fork(m);
}

static const struct fork_vma *first_vma(const struct machine *m, const struct explained *what)
{
	const struct fork_record *fork = explained_fork(m);

	if (!fork)
		return NULL;
	return what->name ? machine_fork_vma(m, fork, what->name)
			  : fork_vma_at(fork, what->address);
}

static const struct fork_vma *next_vma(const struct machine *m, const struct explained *what,
				       const struct fork_vma *vma)
{
	return what->name ? machine_fork_next(m, explained_fork(m), vma, what->name) : NULL;
}

static bool say_one(const struct machine *m, const struct fork_vma *vma, bool deeper,
		    struct buf *out)
{
	if (deeper)
		return explain_deeper(m, vma, out);
	explain_reasons(m, vma, out);
	return true;
}

/* The VMAs of the fork, called as they were then. */
static void say_vmas(struct machine *m, const struct explained *what, bool deeper,
		     struct side_said *to)
{
	const struct fork_record *fork = explained_fork(m);
	struct point_in_time point = fork_return_to(m, fork);

	for (const struct fork_vma *vma = first_vma(m, what); vma;
	     vma = next_vma(m, what, vma), to->vmas++) {
		struct said said = {{0}, {0}};

		if (to->n == EXPLAIN_VMAS || !say_one(m, vma, deeper, &said.text))
			continue;
		label_vma(vma->src, &said.label);
		to->v[to->n++] = said;
	}
	fork_leave(m, point);
}

static void say_side(struct machine *m, const struct explained *what, bool deeper,
		     struct side_said *to)
{
	const struct fork_record *fork = explained_fork(m);

	to->m = m;
	to->vmas = to->n = 0;
	if (fork)
		say_vmas(m, what, deeper, to);
	if (to->vmas || deeper)
		return;
	to->v[0] = (struct said){{0}, {0}};
	to->n = 1;
	if (fork)
		text_undecided(fork, &to->v[0].text);
	else
		buf_puts(&to->v[0].text, "no fork yet");
}

static void deinit_side(struct side_said *side)
{
	for (size_t i = 0; i < side->n; i++) {
		buf_deinit(&side->v[i].label);
		buf_deinit(&side->v[i].text);
	}
}

/* --- putting the sides together ----------------------------------------------------------- */

static bool same_text(const struct buf *a, const struct buf *b)
{
	return !strcmp(buf_str(a), buf_str(b));
}

static void add_kernel(const struct machine *m, struct buf *out)
{
	buf_printf(out, "%s (check %s)", m->kernel->name, kernel_check_word(m->kernel));
}

/* "v7.3 (check dst) and v6.12 (check dst)"; the same kernel once. */
static void add_kernels(const struct side_said sides[SIDES], struct buf *out)
{
	struct buf kernel[SIDES] = {{0}, {0}};

	for (int side = 0; side < SIDES; side++)
		add_kernel(sides[side].m, &kernel[side]);
	buf_puts(out, buf_str(&kernel[LEFT]));
	if (!same_text(&kernel[LEFT], &kernel[RIGHT]))
		buf_printf(out, " and %s", buf_str(&kernel[RIGHT]));
	for (int side = 0; side < SIDES; side++)
		buf_deinit(&kernel[side]);
}

/* "left: heap on v7.3 (check dst): ..." */
static void add_line(const char *who, const struct said *said, const struct buf *kernels,
		     struct buf *out)
{
	buf_printf(out, "%s: ", who);
	if (said->label.len)
		buf_printf(out, "%s on %s: ", buf_str(&said->label), buf_str(kernels));
	buf_printf(out, "%s\n", buf_str(&said->text));
}

static void add_side(const struct side_said *said, int side, size_t i, struct buf *out)
{
	struct buf kernel = {0};

	add_kernel(said->m, &kernel);
	add_line(side_names[side], &said->v[i], &kernel, out);
	buf_deinit(&kernel);
}

/* Are these about the same VMAs? */
static bool same_vmas(const struct side_said sides[SIDES])
{
	bool same = sides[LEFT].n == sides[RIGHT].n && sides[LEFT].vmas == sides[RIGHT].vmas;

	for (size_t i = 0; same && i < sides[LEFT].n; i++)
		same = same_text(&sides[LEFT].v[i].label, &sides[RIGHT].v[i].label);
	return same;
}

/* VMA by VMA, the text once where it is the same. */
static void add_both(const struct side_said sides[SIDES], struct buf *out)
{
	struct buf kernels = {0};

	add_kernels(sides, &kernels);
	for (size_t i = 0; i < sides[LEFT].n; i++) {
		if (same_text(&sides[LEFT].v[i].text, &sides[RIGHT].v[i].text)) {
			add_line("both", &sides[LEFT].v[i], &kernels, out);
			continue;
		}
		for (int side = 0; side < SIDES; side++)
			add_side(&sides[side], side, i, out);
	}
	buf_deinit(&kernels);
}

static void add_more(const struct side_said *said, const char *who, struct buf *out)
{
	if (said->vmas > EXPLAIN_VMAS)
		buf_printf(out, "%s: ... and %zu more VMAs\n", who, said->vmas - EXPLAIN_VMAS);
}

static void add_all(const struct side_said sides[SIDES], struct buf *out)
{
	if (same_vmas(sides)) {
		add_both(sides, out);
		add_more(&sides[LEFT], "both", out);
		return;
	}
	for (int side = 0; side < SIDES; side++) {
		for (size_t i = 0; i < sides[side].n; i++)
			add_side(&sides[side], side, i, out);
		add_more(&sides[side], side_names[side], out);
	}
}

/* --- what keeps VMAs apart ---------------------------------------------------------------- */

static void add_apart(struct machine *const m[SIDES], const struct explained *what, struct buf *out)
{
	struct buf text[SIDES] = {{0}, {0}};

	for (int side = 0; side < SIDES; side++)
		explain_apart(m[side], "both", what, &text[side]);
	if (same_text(&text[LEFT], &text[RIGHT]))
		buf_puts(out, buf_str(&text[LEFT]));
	else
		for (int side = 0; side < SIDES; side++)
			explain_apart(m[side], side_names[side], what, out);
	for (int side = 0; side < SIDES; side++)
		buf_deinit(&text[side]);
}

/* --- explain ------------------------------------------------------------------------------ */

bool text_explain(struct machine *const m[SIDES], const struct explained *what, bool deeper,
		  struct buf *out)
{
	struct side_said *sides = xmalloc(SIDES * sizeof(*sides));
	bool any = false;

	for (int side = 0; side < SIDES; side++) {
		say_side(m[side], what, deeper, &sides[side]);
		any |= sides[side].n > 0;
	}
	add_all(sides, out);
	if (!deeper)
		add_apart(m, what, out);
	for (int side = 0; side < SIDES; side++)
		deinit_side(&sides[side]);
	free(sides);
	return any;
}

/* Those of one side, called as they were in that fork; none: the stretch as it is. */
static struct stretch explained_stretch(struct machine *m, const struct explained *what,
					struct stretch stretch)
{
	struct point_in_time point = fork_return_to(m, explained_fork(m));
	const struct fork_vma *vma = first_vma(m, what);

	if (vma)
		stretch.start = vma->src->start;
	for (; vma; vma = next_vma(m, what, vma))
		stretch.end = vma->src->end;
	fork_leave(m, point);
	return stretch;
}

struct stretch text_explained(struct machine *const m[SIDES], const struct explained *what)
{
	struct stretch stretch = {what->address, what->address};

	for (int side = 0; side < SIDES && stretch.start == stretch.end; side++)
		if (explained_fork(m[side]))
			stretch = explained_stretch(m[side], what, stretch);
	return stretch;
}
