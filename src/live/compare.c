/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "language/pattern.h"
#include "model/ranges.h"
#include "observe/paging.h"

/* Where a fact is from, for a difference to name. */
struct comparison {
	const struct probe *probe;
	struct score score;
	struct differences *out;
	struct buf lasting; /* differences that last, each a line after a newline */
	size_t step;
	const char *process; /* "parent" or "child"; NULL: neither */
	const char *vma;     /* its names; NULL: none */
	struct ranges told;  /* pages whose VMAs differ, which is said once for both processes */
};

/* --- counting ----------------------------------------------------------------- */

static void agree_if(struct comparison *c, bool known, bool same)
{
	(*(!known ? &c->score.unseen : same ? &c->score.agree : &c->score.differ))++;
}

static void put_difference(const struct comparison *c, const char *what, const char *model,
			   const char *kernel, struct buf *out)
{
	if (c->process)
		buf_printf(out, "%s ", c->process);
	if (c->vma)
		buf_printf(out, "%s ", c->vma);
	buf_printf(out, "%s: model %s, kernel %s", what, model, kernel);
}

/* The result of a command: a fact of its own each time. */
static void add_difference(struct comparison *c, const char *what, const char *model,
			   const char *kernel)
{
	struct buf text = {0};

	put_difference(c, what, model, kernel, &text);
	GROW(c->out->v, c->out->n, c->out->cap);
	c->out->v[c->out->n++] = (struct difference){c->step, buf_take(&text)};
}

/* A state, which usually lasts: added once, where it began. */
static void add_lasting(struct comparison *c, const char *what, const char *model,
			const char *kernel)
{
	struct buf line = {0};

	buf_putc(&line, '\n');
	put_difference(c, what, model, kernel, &line);
	buf_putc(&line, '\n');
	if (!strstr(buf_str(&c->lasting), buf_str(&line))) {
		buf_puts(&c->lasting, buf_str(&line));
		add_difference(c, what, model, kernel);
	}
	buf_deinit(&line);
}

static void compare_numbers(struct comparison *c, const char *what, int64_t model, int64_t kernel)
{
	char a[32], b[32];

	if (model < 0)
		return;
	agree_if(c, kernel >= 0, model == kernel);
	if (kernel < 0 || model == kernel)
		return;
	snprintf(a, sizeof(a), "%" PRId64, model);
	snprintf(b, sizeof(b), "%" PRId64, kernel);
	add_difference(c, what, a, b);
}

/* --- what failed touches leave behind -------------------------------------------- */

/*
 * Has a touch of this name (NULL: of any) waited for a userfaultfd, or failed with traces
 * that the model lacks, in the first `end` commands?
 */
static bool waited_before(const struct probe *probe, size_t end, const char *name)
{
	for (size_t i = 0; i < end && i < probe->scenario.n; i++) {
		const struct command *command = probe->scenario.commands[i];

		if (probe->predicted.steps[i].traces &&
		    (!name || pattern_fits(command_word(command, command->args.target.name), name)))
			return true;
	}
	return false;
}

bool compare_waited(const struct probe *probe, size_t step, const struct seen_vma *vma)
{
	bool any = waited_before(probe, step + 1, NULL);

	for (size_t i = 0; any && vma && i < vma->name_count; i++)
		if (waited_before(probe, step + 1, vma->names[i].name))
			return true;
	return any && !vma;
}

static bool waited(const struct comparison *c, const struct seen_vma *vma)
{
	return compare_waited(c->probe, c->step, vma);
}

/* Does a name of the command, which may be a pattern, mean one that was touched so? */
static bool names_waited(const struct comparison *c, word_number name)
{
	const char *word = name ? command_word(c->probe->scenario.commands[c->step], name) : NULL;

	return word && waited_before(c->probe, c->step, is_pattern(word) ? NULL : word);
}

/* Does the result of this step depend on the traces of such a touch? */
static bool unsure(const struct comparison *c)
{
	const struct command *command = c->probe->scenario.commands[c->step];

	return names_waited(c, command->args.target.name) ||
	       (command->spec->id == COMMAND_merge && names_waited(c, command->args.other));
}

/* --- steps ----------------------------------------------------------------------- */

static const char *errno_word(int err)
{
	const char *name = err > 0 ? strerrorname_np(err) : "success";

	return name ? name : "an error";
}

static void compare_step(struct comparison *c, const struct seen_step *model,
			 const struct seen_step *kernel)
{
	if (!model->done || !kernel->done)
		return;
	if (unsure(c)) {
		c->score.unseen++;
		return;
	}
	/* That a command succeeded shows in its results: no fact of its own. */
	if (model->err || kernel->err) {
		agree_if(c, true, model->err == kernel->err);
		if (model->err != kernel->err)
			add_difference(c, "result", errno_word(model->err), errno_word(kernel->err));
	}
	if ((!model->touch && !kernel->touch) || model->err || kernel->err)
		return;
	agree_if(c, true, model->signal == kernel->signal);
	if (model->signal != kernel->signal) {
		add_difference(c, "touch", touch_result_names[model->signal], touch_result_names[kernel->signal]);
		return;
	}
	if (!model->after_fork || model->signal != TOUCH_OK)
		return;
	if (c->told.n) { /* they follow from what fork did with those VMAs */
		c->score.unseen += 2;
		return;
	}
	compare_numbers(c, "faults", model->faults, kernel->faults);
	compare_numbers(c, "cow-copies", model->cow_copies, kernel->cow_copies);
}

/* --- pages ------------------------------------------------------------------------- */

static void page_words(struct seen_page page, uint16_t known, struct buf *out)
{
	bool first = true;

	for (int state = 0; state < PTE_STATES; state++)
		if (page.states & 1u << state) {
			buf_printf(out, "%s%s", first ? "" : " or ", pte_state_names[state]);
			first = false;
		}
	for (int attr = 0; attr < PTE_ATTRS; attr++)
		if (page.attrs & known & 1u << attr)
			buf_printf(out, ",%s", pte_attr_names[attr]);
}

static void add_pages(struct comparison *c, uint64_t first, uint64_t count, struct seen_page model,
		       struct seen_page kernel, const char *more_model, const char *more_kernel)
{
	struct buf what = {0}, a = {0}, b = {0};

	buf_printf(&what, "%" PRIu64, first);
	if (count > 1)
		buf_printf(&what, "-%" PRIu64, first + count - 1);
	page_words(model, kernel.known, &a);
	page_words(kernel, kernel.known, &b);
	buf_puts(&a, more_model);
	buf_puts(&b, more_kernel);
	add_lasting(c, buf_str(&what), buf_str(&a), buf_str(&b));
	buf_deinit(&what);
	buf_deinit(&a);
	buf_deinit(&b);
}

static bool compare_answers(struct comparison *c, uint8_t model, uint8_t kernel)
{
	if (model == SEEN_UNKNOWN)
		return true;
	agree_if(c, kernel != SEEN_UNKNOWN, model == kernel);
	return kernel == SEEN_UNKNOWN || model == kernel;
}

static void compare_pages(struct comparison *c, uint64_t first, uint64_t count,
			  struct seen_page model, struct seen_page kernel)
{
	static const char *const kind[] = {"", " of a file or none", " of anonymous memory"};
	static const char *const frame[] = {"", " (not the parent's frame)", " (the parent's frame)"};
	int state = seen_state(model);
	uint16_t can = pte_state_attrs[state], wrong = 0;

	if (!(model.states & kernel.states)) {
		agree_if(c, true, false);
		add_pages(c, first, count, model, kernel, "", "");
		return;
	}
	agree_if(c, seen_state(kernel) >= 0, true);
	if (state == PTE_NONE)
		return;
	for (int i = 0; i < PTE_ATTRS; i++) {
		uint16_t bit = (uint16_t)(1u << i);

		if (!(can & bit))
			continue;
		agree_if(c, kernel.known & bit, !((model.attrs ^ kernel.attrs) & bit));
		wrong |= kernel.known & bit & (model.attrs ^ kernel.attrs);
	}
	if (wrong)
		add_pages(c, first, count, model, kernel, "", "");
	if (!compare_answers(c, model.anon, kernel.anon))
		add_pages(c, first, count, model, kernel, kind[model.anon], kind[kernel.anon]);
	if (!compare_answers(c, model.same, kernel.same))
		add_pages(c, first, count, model, kernel, frame[model.same], frame[kernel.same]);
}

/* Differences are told by the pages of one name. */
static void compare_named_pages(struct comparison *c, const struct seen_vma *vma, uint64_t first,
				uint64_t count, struct seen_page model, struct seen_page kernel)
{
	for (uint64_t end = first + count, at = first, stop; at < end; at = stop) {
		const struct seen_name *name = seen_name_at(vma, at);

		stop = name ? min(name->at + name->count, end) : end;
		c->vma = name ? name->name : "a VMA";
		compare_pages(c, name ? name->first + at - name->at : at, stop - at, model, kernel);
	}
	c->vma = NULL;
}

/* Of two VMAs at the same addresses. */
static void compare_runs(struct comparison *c, const struct seen_vma *model,
			 const struct seen_vma *kernel)
{
	size_t i = 0, j = 0;
	uint64_t page = 0;

	while (i < model->run_count && j < kernel->run_count) {
		const struct seen_run *a = &model->runs[i], *b = &kernel->runs[j];
		uint64_t a_end = a->first + a->count, b_end = b->first + b->count;
		uint64_t to = min(a_end, b_end);

		compare_named_pages(c, model, page, to - page, a->page, b->page);
		page = to;
		i += a_end == to;
		j += b_end == to;
	}
}

/* --- VMAs ------------------------------------------------------------------------------ */

static void flag_words(uint64_t flags, struct buf *out)
{
	for (int i = 0; i < VM_FLAG_COUNT; i++)
		if (flags & UINT64_C(1) << i)
			buf_printf(out, "%s%s", out->len ? " " : "", vm_flags[i].name);
	if (!out->len)
		buf_puts(out, "without");
}

static void compare_flags(struct comparison *c, const struct seen_vma *model,
			  const struct seen_vma *kernel)
{
	uint64_t wrong = (model->flags ^ kernel->flags) & kernel->flags_known;
	struct buf a = {0}, b = {0};

	agree_if(c, kernel->flags_known, !wrong);
	if (!wrong)
		return;
	flag_words(model->flags & wrong, &a);
	flag_words(kernel->flags & wrong, &b);
	add_lasting(c, "flags", buf_str(&a), buf_str(&b));
	buf_deinit(&a);
	buf_deinit(&b);
}

/* --- which VMAs there are ---------------------------------------------------------------- */

/* VMAs in a row, of one of the two lists. */
struct row {
	const struct seen_vma *vmas;
	size_t n;
};

/* Takes the VMAs that begin before *end from the list; *end moves to the end of the last. */
static void take_row(const struct seen_process *process, size_t *at, struct row *row, uint64_t *end)
{
	for (; *at < process->vma_count && process->vmas[*at].start < *end; ++*at) {
		row->n++;
		if (process->vmas[*at].end > *end)
			*end = process->vmas[*at].end;
	}
}

/* The next addresses at whose ends neither has a VMA that goes on. False: no more. */
static bool next_rows(const struct seen_process *model, const struct seen_process *kernel,
		      size_t at[2], struct row *a, struct row *b)
{
	uint64_t end = UINT64_MAX, before = 0;

	*a = *b = (struct row){NULL, 0};
	if (at[0] < model->vma_count) {
		a->vmas = model->vmas + at[0];
		end = a->vmas->start + 1;
	}
	if (at[1] < kernel->vma_count) {
		b->vmas = kernel->vmas + at[1];
		end = min(end, b->vmas->start + 1);
	}
	if (end == UINT64_MAX)
		return false;
	while (end != before) {
		before = end;
		take_row(model, &at[0], a, &end);
		take_row(kernel, &at[1], b, &end);
	}
	return true;
}

static bool row_waited(const struct comparison *c, const struct row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (waited(c, &row->vmas[i]))
			return true;
	return false;
}

#define ROW_VMAS 4 /* of a row that is told in words */

/* "two VMAs 0x1000-0x2000 (a) 0x2000-0x3000 (b)" */
static void row_words(const struct row *row, struct buf *out)
{
	static const char *const numbers[] = {"no", "one", "two", "three", "four"};

	if (row->n < ARRAY_SIZE(numbers))
		buf_puts(out, numbers[row->n]);
	else
		buf_printf(out, "%zu", row->n);
	buf_printf(out, " VMA%s", row->n == 1 ? "" : "s");
	for (size_t i = 0; i < row->n && i < ROW_VMAS; i++) {
		buf_printf(out, " 0x%" PRIx64 "-0x%" PRIx64 " (", row->vmas[i].start, row->vmas[i].end);
		seen_label(&row->vmas[i], out);
		buf_putc(out, ')');
	}
	if (row->n > ROW_VMAS)
		buf_puts(out, " ...");
}

/* Were all pages of these rows told before? From here on they are. */
static bool told_before(struct comparison *c, const struct row *a, const struct row *b)
{
	bool told = true;

	for (int side = 0; side < 2; side++)
		for (size_t i = 0; i < (side ? b : a)->n; i++) {
			const struct seen_vma *vma = &(side ? b : a)->vmas[i];
			uint64_t first = vma->start / PAGE_SIZE, last = vma->end / PAGE_SIZE - 1;

			told &= ranges_count(&c->told, first, last) == last - first + 1;
			ranges_add(&c->told, first, last);
		}
	return told;
}

/*
 * The same addresses are divided into other VMAs. That is one difference, told once:
 * what follows from it, here and in children, is not compared, nor are numbers from then on.
 */
static void compare_rows(struct comparison *c, const struct row *model, const struct row *kernel)
{
	struct buf a = {0}, b = {0};

	agree_if(c, true, false);
	for (size_t i = 0; i < model->n; i++)
		c->score.unseen += 1 + model->vmas[i].run_count;
	if (told_before(c, model, kernel))
		return;
	row_words(model, &a);
	row_words(kernel, &b);
	add_lasting(c, "layout", buf_str(&a), buf_str(&b));
	buf_deinit(&a);
	buf_deinit(&b);
}

static void compare_vma(struct comparison *c, const struct seen_vma *model,
			const struct seen_vma *kernel)
{
	struct buf label = {0};

	agree_if(c, true, true); /* its place */
	seen_label(model, &label);
	c->vma = buf_str(&label);
	compare_flags(c, model, kernel);
	c->vma = NULL;
	buf_deinit(&label);
	if (kernel->pages_known)
		compare_runs(c, model, kernel);
	else
		c->score.unseen += model->run_count;
}

static void compare_process(struct comparison *c, const char *name, const struct seen_process *model,
			    const struct seen_process *kernel)
{
	struct row a, b;
	size_t at[2] = {0, 0};

	c->process = name;
	if (model->alive != kernel->alive) {
		agree_if(c, true, false);
		add_lasting(c, "process", model->alive ? "alive" : "gone", kernel->alive ? "alive" : "gone");
	}
	while (model->alive && kernel->alive && next_rows(model, kernel, at, &a, &b)) {
		if (row_waited(c, &a) || row_waited(c, &b))
			c->score.unseen++;
		else if (a.n == 1 && b.n == 1 && a.vmas->start == b.vmas->start &&
			 a.vmas->end == b.vmas->end)
			compare_vma(c, a.vmas, b.vmas);
		else
			compare_rows(c, &a, &b);
	}
	c->process = NULL;
}

/* --- moments ------------------------------------------------------------------------------ */

/* Of the VMAs that both have. */
static void compare_decisions(struct comparison *c, const struct seen_process *model,
			      const struct seen_process *kernel)
{
	for (size_t i = 0; i < model->vma_count; i++) {
		const struct seen_vma *a = &model->vmas[i];
		const struct seen_vma *b = seen_vma_like(kernel, a->start, a->end);
		struct buf label = {0};

		if (a->decision == SEEN_NO_DECISION)
			continue;
		if (!b || b->decision == SEEN_NO_DECISION || waited(c, a)) {
			c->score.unseen++;
			continue;
		}
		agree_if(c, true, a->decision == b->decision);
		if (a->decision == b->decision)
			continue;
		seen_label(a, &label);
		c->vma = buf_str(&label);
		add_lasting(c, "decision", decision_names[a->decision], decision_names[b->decision]);
		c->vma = NULL;
		buf_deinit(&label);
	}
}

static void compare_moment(struct comparison *c, const struct seen_moment *model,
			   const struct seen_moment *kernel)
{
	c->step = model->step;
	compare_process(c, "parent", &model->parent, &kernel->parent);
	compare_process(c, "child", &model->child, &kernel->child);
	if (!model->fork)
		return;
	compare_decisions(c, &model->parent, &kernel->parent);
	if (waited(c, NULL) || c->told.n) {
		c->score.unseen += 2;
		return;
	}
	compare_numbers(c, "entries", model->entries, kernel->entries);
	compare_numbers(c, "tables", model->tables, kernel->tables);
}

struct score probe_compare(const struct probe *probe, struct differences *out)
{
	struct comparison c = {.probe = probe, .out = out};
	size_t moment = 0, moments = probe->predicted.moment_count; /* the model may end earlier */

	for (size_t i = 0; i < probe->scenario.n; i++) {
		c.step = i;
		compare_step(&c, &probe->predicted.steps[i], &probe->seen.steps[i]);
		for (; moment < moments && probe->seen.moments[moment].step <= i; moment++)
			compare_moment(&c, &probe->predicted.moments[moment], &probe->seen.moments[moment]);
	}
	buf_deinit(&c.lasting);
	ranges_deinit(&c.told);
	return c.score;
}

void differences_print(const struct differences *differences, const struct scenario *scenario,
		       struct buf *out)
{
	char mapping[300];

	for (size_t i = 0; i < differences->n; i++) {
		scenario_place(scenario->commands[differences->v[i].step], mapping, sizeof(mapping));
		buf_printf(out, "%s: %s\n", mapping, differences->v[i].text);
	}
}

void differences_deinit(struct differences *differences)
{
	for (size_t i = 0; i < differences->n; i++)
		free(differences->v[i].text);
	free(differences->v);
	*differences = (struct differences){0};
}
