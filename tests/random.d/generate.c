/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.d/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.d/generator.h"

#define PLANS 9 /* percent before the first fork, and after each */
#define GENERATIONS 65 /* percent of scenarios in which a child forks */

/* How often each; userfaultfd is what the decision is about. */
static const enum theme themes[] = {
	THEME_ANY,  THEME_ANY,	   THEME_UFFD,	THEME_UFFD, THEME_UFFD, THEME_HUGE,
	THEME_HUGE, THEME_HUGETLB, THEME_GUARD, THEME_SWAP, THEME_PIN,	THEME_KSM,	THEME_PARTS,
	THEME_PARTS, THEME_PARTS,
};

/* --- processes ------------------------------------------------------------------------------------ */

static bool has_child(const struct generator *g)
{
	return machine(g)->child && !machine(g)->child->dead;
}

static bool make_exit(struct generator *g, struct buf *line)
{
	if (!has_child(g))
		return false;
	buf_puts(line, percent(&g->rng, 60) ? "exit" : "exec");
	return true;
}

static bool make_become(struct generator *g, struct buf *line)
{
	if (!has_child(g))
		return false;
	buf_puts(line, "become child");
	return true;
}

static bool make_fork(struct generator *g, struct buf *line)
{
	(void)g;
	buf_puts(line, "fork");
	return true;
}

static bool make_borrow(struct generator *g, struct buf *line)
{
	static const char *const words[] = {"vfork", "posix_spawn", "clone-vm"};

	buf_puts(line, words[below(&g->rng, ARRAY_SIZE(words))]);
	return true;
}

/* --- choosing -------------------------------------------------------------------------------------- */

static const struct {
	maker *make;
	unsigned weight[2]; /* by phase */
	enum theme theme;
	unsigned child; /* percent of those after a fork that the child carries out */
} makers[] = {
	{make_vma, {12, 4}, THEME_ANY, 30},
	{make_touch, {30, 46}, THEME_ANY, 57},
	{make_madvise, {22, 11}, THEME_ANY, 30},
	{make_range_call, {12, 9}, THEME_PARTS, 30},
	{make_again, {16, 12}, THEME_PARTS, 30},
	{make_munmap, {3, 3}, THEME_PARTS, 30},
	{make_mremap, {6, 9}, THEME_PARTS, 40},
	{make_merge, {5, 5}, THEME_PARTS, 0},
	{make_pin, {4, 3}, THEME_PIN, 30},
	{make_unpin, {2, 2}, THEME_PIN, 20},
	{make_poke, {3, 3}, THEME_PIN, 40},
	{make_ksm, {8, 7}, THEME_KSM, 40},
	{make_clear_refs, {1, 2}, THEME_KSM, 40},
	{make_limit, {2, 3}, THEME_HUGETLB, 0},
	{make_uffd, {6, 2}, THEME_UFFD, 30},
	{make_register, {14, 5}, THEME_UFFD, 30},
	{make_unregister, {2, 2}, THEME_UFFD, 30},
	{make_protect, {18, 6}, THEME_UFFD, 30},
	{make_unprotect, {4, 4}, THEME_UFFD, 30},
	{make_poison, {4, 2}, THEME_UFFD, 30},
	{make_zeropage, {8, 5}, THEME_UFFD, 30},
	{make_copy, {10, 7}, THEME_UFFD, 30},
	{make_continue, {14, 9}, THEME_UFFD, 30},
	{make_move, {16, 12}, THEME_UFFD, 30},
	{make_close, {2, 2}, THEME_UFFD, 30},
	{make_reader, {1, 1}, THEME_UFFD, 10},
	{make_exit, {0, 3}, THEME_ANY, 85},
	{make_become, {0, 4}, THEME_ANY, 0},
	{make_fork, {0, 4}, THEME_ANY, 0},
	{make_borrow, {0, 2}, THEME_ANY, 0},
};

static unsigned maker_weight(const struct generator *g, size_t i)
{
	return makers[i].weight[g->phase] * in_theme(g, makers[i].theme, 3);
}

/* While a fork waits for the reader of its event there is but one thing to do. */
static maker *any_maker(struct generator *g)
{
	if (machine(g)->unborn)
		return make_reader;
	return makers[pick_weighted(g, ARRAY_SIZE(makers), maker_weight)].make;
}

/* Should the child do it? Before a vfork child has left nobody else can. */
static bool childs_turn(struct generator *g, maker *make)
{
	size_t i = 0;

	if (!has_child(g) || machine(g)->unborn)
		return false;
	while (i < ARRAY_SIZE(makers) && makers[i].make != make)
		i++;
	return i < ARRAY_SIZE(makers) && makers[i].child &&
	       (machine(g)->borrow == BORROW_VFORK || percent(&g->rng, makers[i].child));
}

/* --- adding ------------------------------------------------------------------------------------------ */

/* Of what the model refuses, as the kernel should, some is tried; it is the end. */
#define REFUSALS_KEPT 4 /* percent */
/* So is a touch that waits, or would have: its traces are not compared. */
#define WAITS_KEPT 15

static void append(struct generator *g, const char *line)
{
	g->length += (size_t)snprintf(g->text + g->length, SCENARIO_TEXT_MAX - g->length, "%s\n", line);
}

static void remember_layout(struct generator *g)
{
	layout_take(&g->before[0], machine(g)->parent);
	layout_take(&g->before[1], machine(g)->child);
}

/* What the command in hand has done, to the VMAs too. */
static void count_done(struct generator *g, const struct command *c)
{
	unsigned changes = 0;

	for (int i = 0; i < 2; i++)
		if (g->before[i].mm)
			changes |= layout_changes(&g->before[i]);
	if (changes & LAYOUT_SPLIT)
		statistics_count(g->statistics, "layout split %s", c->spec->name);
	if (changes & LAYOUT_JOINED)
		statistics_count(g->statistics, "layout joined %s", c->spec->name);
	g->reached |= changes;
	g->done[c->spec->id] = true;
	if (c->spec->id == COMMAND_fork && machine(g)->parent->number)
		g->reached |= LAYOUT_GRANDCHILD | layout_unequal(machine(g)->parent);
}

/* May what it touches be mapped again, under other names? What is left there would show in them. */
static bool has_aliases(const struct generator *g, const struct command *c)
{
	const struct name *name = machine_name(machine(g), command_word(c, c->args.target.name));
	const struct vm_area *vma = name && !acting(g)->dead ? mm_named_vma(acting(g), name) : NULL;

	return !vma || (vma->object && vma->object->mapped_again);
}

bool generator_add(struct generator *g, const char *line)
{
	struct vf_error parse_error;
	struct model_error error;
	struct seen_step step;
	size_t length = g->length, n = g->scenario.n;
	const char *refusal = NULL;
	bool keep;

	if (g->length + strlen(line) + 2 > SCENARIO_TEXT_MAX)
		return false;
	append(g, line);
	if (!scenario_add(&g->scenario, "", 1, line, &parse_error)) {
		/* A line that is not of the language: the generator is wrong. */
		fprintf(stderr, "random: %s: %s\n", line, parse_error.message);
		abort();
	}
	remember_layout(g);
	statistics_count(g->statistics, STATISTICS_TRIED);
	keep = lockstep_next(&g->lockstep, &step, &error);
	if (keep) {
		keep = !step.traces || (!has_aliases(g, g->scenario.commands[n]) &&
					percent(&g->rng, WAITS_KEPT));
	} else if (error.unfinished) {
		statistics_count(g->statistics, STATISTICS_UNFINISHED);
	} else if (error.err == MODEL_NOT_MODELLED) {
		statistics_not_modelled(g->statistics, error.message);
	} else if (error.err > 0 && percent(&g->rng, REFUSALS_KEPT)) {
		refusal = strerrorname_np(error.err);
		keep = g->over = true;
	}
	if (keep) {
		statistics_command(g->statistics, g->scenario.commands[n], refusal);
		if (!refusal)
			count_done(g, g->scenario.commands[n]);
		return true;
	}
	g->length = length;
	g->text[length] = '\0';
	lockstep_rewind(&g->lockstep, n);
	scenario_drop(&g->scenario);
	return false;
}

/* Only a line that names its process can be an exit or exec. */
static bool make_line(struct generator *g, maker *make, struct buf *line)
{
	g->child_acts = childs_turn(g, make);
	if (g->child_acts)
		buf_puts(line, "child ");
	else if (make == make_exit)
		buf_puts(line, "parent ");
	return make(g, line);
}

static void add_one_of(struct generator *g, maker *make)
{
	for (int tries = 0; !g->over && tries < 8; tries++) {
		struct buf line = {0};
		bool added;

		*g->toggle.name = '\0';
		added = make_line(g, make, &line) && generator_add(g, buf_str(&line));
		buf_deinit(&line);
		if (added && *g->toggle.name)
			g->toggles[g->toggle_count++ % TOGGLES_MAX] = g->toggle;
		if (added)
			return;
		make = g->vmas ? any_maker(g) : make_vma;
	}
}

static void add_many(struct generator *g, enum phase phase, unsigned count)
{
	g->phase = phase;
	while (!g->over && count--)
		add_one_of(g, any_maker(g));
}

/* A private name of the parent, if there is one. */
static void choose_focus(struct generator *g)
{
	const struct mm *mm = machine(g)->parent;

	*g->focus = '\0';
	for (int tries = 0; tries < 8 && !*g->focus; tries++) {
		const struct name *name = any_name(g, mm);
		const struct vm_area *vma = name ? mm_named_vma(mm, name) : NULL;

		if (vma && is_cow_mapping(vma->flags))
			snprintf(g->focus, sizeof(g->focus), "%s", name->text);
	}
}

/* Splits private memory and writes to it, so that the child's anon_vmas will differ. */
static void add_unequal(struct generator *g)
{
	choose_focus(g);
	add_one_of(g, make_range_call);
	add_one_of(g, make_touch);
	if (percent(&g->rng, 50))
		add_one_of(g, make_again);
}

static void add_all(struct generator *g)
{
	bool generations = percent(&g->rng, GENERATIONS);
	unsigned forks = 1 + percent(&g->rng, 25) + generations, vmas = 1 + below(&g->rng, 3) + g->adjacent;

	for (; vmas && !g->over; vmas--)
		add_one_of(g, make_vma);
	if (g->theme == THEME_UFFD || percent(&g->rng, 15)) {
		add_one_of(g, make_uffd);
		add_one_of(g, make_register);
	}
	if (percent(&g->rng, 50))
		choose_focus(g);
	add_many(g, PHASE_BEFORE, 1 + below(&g->rng, 10));
	if (percent(&g->rng, PLANS))
		add_plan(g);
	for (unsigned i = 0; i < forks && !g->over; i++) {
		if (i && percent(&g->rng, generations ? 95 : 50))
			add_one_of(g, make_become);
		if (generations)
			add_unequal(g);
		add_one_of(g, make_fork);
		if (percent(&g->rng, PLANS))
			add_plan(g);
		add_many(g, PHASE_AFTER, below(&g->rng, generations && i + 1 < forks ? 4 : 8));
	}
}

static void count_scenario(const struct generator *g)
{
	static const struct {
		unsigned all; /* LAYOUT_ */
		const char *key;
	} keys[] = {
		{0, "scenarios"},
		{LAYOUT_SPLIT, "scenarios split"},
		{LAYOUT_JOINED, "scenarios joined"},
		{LAYOUT_SPLIT | LAYOUT_JOINED, "scenarios split and joined"},
		{LAYOUT_GRANDCHILD, "scenarios grandchild"},
		{LAYOUT_GRANDCHILD | LAYOUT_UNEQUAL, "scenarios grandchild, unequal anon_vmas"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if ((g->reached & keys[i].all) == keys[i].all)
			statistics_count(g->statistics, "%s", keys[i].key);
	if (g->reached & (LAYOUT_SPLIT | LAYOUT_JOINED))
		statistics_count(g->statistics, "scenarios split or joined");
	for (size_t i = 0; i < COMMANDS; i++)
		if (g->done[i])
			statistics_count(g->statistics, "scenarios with %s", commands[i].name);
}

void generate(uint64_t seed, uint64_t index, const struct surroundings *around,
	      char text[SCENARIO_TEXT_MAX], struct statistics *statistics)
{
	struct generator g = {
		.rng = rng_stream(seed, index),
		.around = around,
		.text = text,
		.statistics = statistics,
	};
	bool no_thp = percent(&g.rng, 3);
	struct knobs knobs = around->knobs;

	text[0] = '\0';
	g.theme = themes[below(&g.rng, ARRAY_SIZE(themes))];
	g.adjacent = percent(&g.rng, g.theme == THEME_PARTS ? 100 : 65);
	if (no_thp)
		knobs.thp = THP_NEVER;
	lockstep_init(&g.lockstep, &g.scenario, around->kernel, knobs);
	if (no_thp)
		generator_add(&g, "set thp never");
	add_all(&g);
	count_scenario(&g);
	statistics_machine(statistics, g.lockstep.machine);
	lockstep_deinit(&g.lockstep);
	scenario_close(&g.scenario);
	for (int i = 0; i < 2; i++)
		layout_deinit(&g.before[i]);
}
