/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Where a fact is from, for a difference to name. */
struct comparison {
	const struct probe *probe;
	struct score score;
	struct differences *out;
	struct buf lasting; /* differences that last, each a line after a newline */
	size_t step;
	const char *process; /* "parent" or "child"; NULL: neither */
	const char *vma;     /* NULL: none */
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
 * Has a touch of this VMA (NULL: of any) waited for a userfaultfd in the first `end`
 * commands, or failed instead? For the language such a touch changes nothing; a kernel
 * may have mapped the page protected, allocated tables, or made an anon_vma before.
 */
static bool waited_before(const struct probe *probe, size_t end, const char *vma)
{
	for (size_t i = 0; i < end && i < probe->scenario.n; i++) {
		const struct command *command = probe->scenario.commands[i];

		if (probe->predicted.steps[i].watched &&
		    (!vma || !strcmp(vma, command->line.words[command->args.target.name].text)))
			return true;
	}
	return false;
}

bool compare_waited(const struct probe *probe, size_t step, const char *vma)
{
	return waited_before(probe, step + 1, vma);
}

static bool waited(const struct comparison *c, const char *name)
{
	return compare_waited(c->probe, c->step, name);
}

/* Does the result of this step depend on the traces of such a touch of its VMA? */
static bool unsure(const struct comparison *c)
{
	const struct command *command = c->probe->scenario.commands[c->step];
	word_number name = command->args.target.name;
	word_number other = command->spec->id == COMMAND_merge ? command->args.other : 0;

	return (name && waited_before(c->probe, c->step, command->line.words[name].text)) ||
	       (other && waited_before(c->probe, c->step, command->line.words[other].text));
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
	if (!model->touch || model->err || kernel->err)
		return;
	agree_if(c, true, model->signal == kernel->signal);
	if (model->signal != kernel->signal) {
		add_difference(c, "touch", touch_result_names[model->signal], touch_result_names[kernel->signal]);
		return;
	}
	if (!model->after_fork || model->signal != TOUCH_OK)
		return;
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

static void compare_runs(struct comparison *c, const struct seen_vma *model,
			 const struct seen_vma *kernel)
{
	size_t i = 0, j = 0;
	uint64_t page = 0;

	while (i < model->run_count && j < kernel->run_count) {
		const struct seen_run *a = &model->runs[i], *b = &kernel->runs[j];
		uint64_t a_end = a->first + a->count, b_end = b->first + b->count;
		uint64_t to = a_end < b_end ? a_end : b_end;

		compare_pages(c, page, to - page, a->page, b->page);
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

static void compare_vma(struct comparison *c, const struct seen_vma *model,
			const struct seen_vma *kernel)
{
	agree_if(c, true, model->absent == kernel->absent);
	if (model->absent != kernel->absent)
		add_lasting(c, "VMA", model->absent ? "absent" : "there", kernel->absent ? "absent" : "there");
	if (model->absent || kernel->absent)
		return;
	agree_if(c, true, kernel->whole);
	if (!kernel->whole)
		add_lasting(c, "extent", "one VMA", "split or merged");
	compare_flags(c, model, kernel);
	if (kernel->pages_known)
		compare_runs(c, model, kernel);
	else
		c->score.unseen += model->run_count;
}

static void compare_process(struct comparison *c, const char *name, const struct seen_process *model,
			    const struct seen_process *kernel)
{
	c->process = name;
	if (model->alive != kernel->alive) {
		agree_if(c, true, false);
		add_lasting(c, "process", model->alive ? "alive" : "gone", kernel->alive ? "alive" : "gone");
	}
	for (size_t i = 0; model->alive && kernel->alive && i < model->vma_count; i++) {
		const struct seen_vma *vma = seen_find(kernel, model->vmas[i].name);

		if (!vma)
			continue;
		if (waited(c, vma->name)) {
			c->score.unseen++;
			continue;
		}
		c->vma = vma->name;
		compare_vma(c, &model->vmas[i], vma);
	}
	c->vma = c->process = NULL;
}

/* --- moments ------------------------------------------------------------------------------ */

static void compare_moment(struct comparison *c, const struct seen_moment *model,
			   const struct seen_moment *kernel)
{
	c->step = model->step;
	compare_process(c, "parent", &model->parent, &kernel->parent);
	compare_process(c, "child", &model->child, &kernel->child);
	if (!model->fork)
		return;
	for (size_t i = 0; i < model->parent.vma_count; i++) {
		int a = model->decisions ? model->decisions[i] : SEEN_NO_DECISION;
		int b = kernel->decisions ? kernel->decisions[i] : SEEN_NO_DECISION;

		if (a == SEEN_NO_DECISION)
			continue;
		if (waited(c, model->parent.vmas[i].name))
			b = SEEN_NO_DECISION;
		agree_if(c, b != SEEN_NO_DECISION, a == b);
		c->vma = model->parent.vmas[i].name;
		if (b != SEEN_NO_DECISION && a != b)
			add_lasting(c, "decision", decision_names[a], decision_names[b]);
		c->vma = NULL;
	}
	if (waited(c, NULL)) {
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
