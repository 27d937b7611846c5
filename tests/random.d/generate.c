/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "random.d/generate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/buf.h"
#include "random.d/rng.h"

enum phase { PHASE_BEFORE, PHASE_AFTER };

/* What a scenario is mostly about: whose commands are more likely than usual. */
enum theme {
	THEME_ANY,
	THEME_UFFD,
	THEME_HUGE,
	THEME_HUGETLB,
	THEME_GUARD,
	THEME_SWAP,
	THEME_PIN,
	THEME_GENERATIONS,
	THEME_MERGE,
};

/* How often each; userfaultfd is what the decision is about. */
static const enum theme themes[] = {
	THEME_ANY,  THEME_ANY,	THEME_ANY,     THEME_UFFD,  THEME_UFFD, THEME_UFFD,
	THEME_UFFD, THEME_HUGE, THEME_HUGETLB, THEME_GUARD, THEME_SWAP, THEME_PIN,
	THEME_GENERATIONS,	THEME_MERGE,
};

struct generator {
	struct rng rng;
	const struct surroundings *around;
	enum theme theme;
	enum phase phase;
	struct scenario scenario;
	struct lockstep lockstep;
	char *text;
	size_t length;
	struct statistics *statistics;
	unsigned vmas, contexts; /* made so far */
	bool over;
};

/* Makes the words of a command, or returns false when there is nothing to do it to. */
typedef bool maker(struct generator *g, struct buf *line);

static struct machine *machine(struct generator *g)
{
	return g->lockstep.machine;
}

#define HUGE_PAGES 512u /* pages of a huge entry */

/* --- names ---------------------------------------------------------------------- */

static const struct vm_area *any_vma(struct generator *g, const struct mm *mm)
{
	size_t count = mm && !mm->dead ? mm_vma_count(mm) : 0, n = count ? below(&g->rng, count) : 0;
	const struct vm_area *vma = count ? mm_first(mm) : NULL;

	while (n--)
		vma = mm_next(vma);
	return vma;
}

static const struct vm_area *parent_vma(struct generator *g)
{
	return any_vma(g, machine(g)->parent);
}

/* One that watches the parent, made for it or inherited; now and then any. */
static const struct uffd_ctx *any_context(struct generator *g)
{
	const struct machine *m = machine(g);
	const struct uffd_ctx *found = NULL;
	bool any = percent(&g->rng, 2);
	unsigned n = 0;

	for (int list = 0; list < 2; list++)
		for (const struct uffd_ctx *ctx = list ? m->inherited : m->contexts; ctx; ctx = ctx->next)
			if ((any || ctx->mm == m->parent) && !below(&g->rng, ++n))
				found = ctx;
	return found;
}

/* --- pages ----------------------------------------------------------------------- */

static uint64_t any_page(struct generator *g, uint64_t pages)
{
	/* The first, the last, and where tables and huge pages end. */
	const uint64_t edges[] = {0, pages - 1, 511, 512, 256, pages / 2};
	uint64_t edge = edges[below(&g->rng, ARRAY_SIZE(edges))];

	return percent(&g->rng, 50) && edge < pages ? edge : below(&g->rng, pages);
}

static void put_range(struct generator *g, struct buf *line, uint64_t pages)
{
	uint64_t a = any_page(g, pages), b = any_page(g, pages);

	if (pages >= HUGE_PAGES && percent(&g->rng, 30)) {
		a = below(&g->rng, pages / HUGE_PAGES) * HUGE_PAGES;
		b = a + HUGE_PAGES - 1;
	}
	if (a > b) {
		uint64_t c = a;

		a = b;
		b = c;
	}
	buf_printf(line, a == b ? "%" PRIu64 : "%" PRIu64 "-%" PRIu64, a, b);
}

/* Pages of that VMA, or nothing, which means all. */
static void put_pages(struct generator *g, struct buf *line, const struct vm_area *vma)
{
	uint64_t pages = vma_pages(vma);
	unsigned ranges = percent(&g->rng, 15) ? 2 : 1;

	if (percent(&g->rng, 35))
		return;
	if (percent(&g->rng, 35)) {
		buf_printf(line, " %" PRIu64, any_page(g, pages));
		return;
	}
	for (unsigned i = 0; i < ranges; i++) {
		buf_puts(line, i ? "," : " ");
		put_range(g, line, pages);
	}
}

static void put_protection(struct generator *g, struct buf *line)
{
	static const char *const words[] = {"r", "r", "rw", "none", "rwx", "rx", "w"};

	buf_printf(line, " %s", words[below(&g->rng, ARRAY_SIZE(words))]);
}

/* --- rows of a table ---------------------------------------------------------------- */

/* A row of n, as likely as its weight is of all; 0: never. */
static size_t pick_weighted(struct generator *g, size_t n,
			    unsigned (*weight)(const struct generator *g, size_t row))
{
	unsigned total = 0, at;
	size_t row = 0;

	for (size_t i = 0; i < n; i++)
		total += weight(g, i);
	for (at = below(&g->rng, total); at >= weight(g, row); row++)
		at -= weight(g, row);
	return row;
}

/* By how much a row's theme makes it more likely. */
static unsigned in_theme(const struct generator *g, enum theme theme, unsigned more)
{
	return g->theme != THEME_ANY && theme == g->theme ? more : 1;
}

/* --- vma --------------------------------------------------------------------------- */

static const struct kind {
	const char *words;
	enum backing backing;
	unsigned weight;
	unsigned cannot;
	enum theme theme; /* in which it is more likely */
} kinds[] = {
	{"anon", BACKING_ANON, 30, 0, THEME_HUGE},
	{"shmem", BACKING_SHMEM, 22, 0, THEME_UFFD},
	{"shmem private", BACKING_SHMEM, 10, 0, THEME_PIN},
	{"file", BACKING_FILE, 10, CANNOT_FILE, THEME_GUARD},
	{"file shared", BACKING_FILE, 8, CANNOT_FILE, THEME_GUARD},
	{"hugetlb", BACKING_HUGETLB, 4, CANNOT_HUGETLB, THEME_HUGETLB},
	{"hugetlb shared", BACKING_HUGETLB, 4, CANNOT_HUGETLB, THEME_HUGETLB},
	{"mixedmap", BACKING_MIXEDMAP, 2, CANNOT_RING, THEME_ANY},
	{"stack", BACKING_STACK, 4, 0, THEME_ANY},
};

static unsigned kind_weight(const struct generator *g, size_t i)
{
	unsigned more = g->theme == THEME_HUGETLB ? 12 : 4;

	return kinds[i].cannot & g->around->cannot ? 0
						   : kinds[i].weight * in_theme(g, kinds[i].theme, more);
}

static const struct kind *any_kind(struct generator *g)
{
	return &kinds[pick_weighted(g, ARRAY_SIZE(kinds), kind_weight)];
}

static uint64_t any_size(struct generator *g, enum backing backing)
{
	static const unsigned small[] = {1, 2, 3, 4, 5, 8, 8, 9, 16, 17, 32, 40};
	static const unsigned large[] = {511, 512, 512, 512, 513, 600, 1024, 1024, 1025, 1536};

	if (backing == BACKING_HUGETLB)
		return HUGE_PAGES * (percent(&g->rng, 70) ? 1 : 1 + below(&g->rng, 3));
	if (backing == BACKING_MIXEDMAP)
		return 1 + below(&g->rng, 4);
	if (percent(&g->rng, g->theme == THEME_HUGE ? 85 : 6))
		return large[below(&g->rng, ARRAY_SIZE(large))];
	return small[below(&g->rng, ARRAY_SIZE(small))];
}

#define FIRST_ADDRESS UINT64_C(0x10000000000)

/* In a PMD table of its own mostly, so that the tables that a fork allocates distinguish them. */
static uint64_t any_address(struct generator *g, enum backing backing)
{
	static const uint64_t offsets[] = {0x1000, 0x1ff000, 0x1fe000, 0x3ffff000, 0x100000, 0x3000};
	uint64_t unit = percent(&g->rng, 85) ? 30 : percent(&g->rng, 50) ? 21 : 39;
	uint64_t address = FIRST_ADDRESS + ((uint64_t)g->vmas << unit);

	if (unit == 21)
		address += UINT64_C(1) << 38;
	if (backing != BACKING_HUGETLB && percent(&g->rng, 30))
		address += offsets[below(&g->rng, ARRAY_SIZE(offsets))];
	return address;
}

/* Another one like that, right after it: they could be merged. */
static void make_neighbour(struct generator *g, struct buf *line, const struct vm_area *vma)
{
	buf_printf(line, "vma %c %s %s %" PRIu64 "p at 0x%" PRIx64, 'a' + g->vmas++,
		   backing_names[vma->backing], vma->flags & VM_SHARED ? "shared" : "private",
		   any_size(g, vma->backing), vma->end);
}

static bool make_vma(struct generator *g, struct buf *line)
{
	const struct vm_area *beside = percent(&g->rng, g->theme == THEME_MERGE ? 60 : 10)
					       ? parent_vma(g)
					       : NULL;
	const struct kind *kind = any_kind(g);

	if (g->vmas == 8)
		return false;
	if (beside && beside->backing != BACKING_MIXEDMAP && beside->backing != BACKING_STACK) {
		make_neighbour(g, line, beside);
		return true;
	}
	buf_printf(line, "vma %c %s %" PRIu64 "p", 'a' + g->vmas, kind->words,
		   any_size(g, kind->backing));
	if (kind->backing != BACKING_MIXEDMAP && percent(&g->rng, 15))
		put_protection(g, line);
	if (percent(&g->rng, 90))
		buf_printf(line, " at 0x%" PRIx64, any_address(g, kind->backing));
	g->vmas++;
	return true;
}

static bool make_merge(struct generator *g, struct buf *line)
{
	const struct mm *mm = machine(g)->parent;

	if (mm->dead)
		return false;
	for_each_vma(mm, vma) {
		const struct vm_area *next = mm_next(vma);
		bool swap = percent(&g->rng, 30);

		if (!next || vma->end != next->start)
			continue;
		buf_printf(line, "merge %s %s", vma_name(swap ? next : vma), vma_name(swap ? vma : next));
		return true;
	}
	return false;
}

/* --- touches -------------------------------------------------------------------------- */

static bool make_touch_of(struct generator *g, struct buf *line, const char *who,
			  const struct mm *mm)
{
	const struct vm_area *vma = any_vma(g, mm);

	if (!vma)
		return false;
	buf_printf(line, "%stouch %s", who, vma_name(vma));
	put_pages(g, line, vma);
	buf_puts(line, percent(&g->rng, 35) ? " read" : percent(&g->rng, 50) ? " write" : "");
	return true;
}

static bool make_touch(struct generator *g, struct buf *line)
{
	return make_touch_of(g, line, "", machine(g)->parent);
}

static bool make_child_touch(struct generator *g, struct buf *line)
{
	return make_touch_of(g, line, "child ", machine(g)->child);
}

/* --- advice ------------------------------------------------------------------------------ */

static const struct {
	enum advice advice;
	unsigned weight;
	enum theme theme;
} advices[] = {
	{ADVICE_DONTFORK, 1, THEME_ANY},	{ADVICE_DOFORK, 1, THEME_ANY},
	{ADVICE_WIPEONFORK, 3, THEME_ANY},	{ADVICE_KEEPONFORK, 1, THEME_ANY},
	{ADVICE_HUGEPAGE, 5, THEME_HUGE},	{ADVICE_NOHUGEPAGE, 1, THEME_HUGE},
	{ADVICE_MERGEABLE, 1, THEME_ANY},	{ADVICE_DONTNEED, 8, THEME_UFFD},
	{ADVICE_PAGEOUT, 6, THEME_SWAP},	{ADVICE_COLLAPSE, 3, THEME_HUGE},
	{ADVICE_GUARD_INSTALL, 6, THEME_GUARD}, {ADVICE_GUARD_REMOVE, 3, THEME_GUARD},
};

static unsigned advice_weight(const struct generator *g, size_t i)
{
	return advices[i].weight * in_theme(g, advices[i].theme, 5);
}

static bool make_madvise(struct generator *g, struct buf *line)
{
	const struct vm_area *vma = parent_vma(g);
	enum advice advice;

	if (!vma)
		return false;
	advice = advices[pick_weighted(g, ARRAY_SIZE(advices), advice_weight)].advice;
	if (advice == ADVICE_PAGEOUT && g->around->cannot & CANNOT_SWAP)
		return false;
	buf_printf(line, "madvise %s %s", vma_name(vma), advice_names[advice]);
	if (advice >= ADVICE_DONTNEED)
		put_pages(g, line, vma);
	return true;
}

/* --- other calls on a VMA ------------------------------------------------------------------- */

static bool make_mprotect(struct generator *g, struct buf *line)
{
	const struct vm_area *vma = parent_vma(g);

	if (!vma)
		return false;
	buf_printf(line, "mprotect %s", vma_name(vma));
	put_protection(g, line);
	return true;
}

static bool make_mlock(struct generator *g, struct buf *line)
{
	const struct vm_area *vma = parent_vma(g);

	if (vma)
		buf_printf(line, "mlock %s", vma_name(vma));
	return vma;
}

static bool make_munmap(struct generator *g, struct buf *line)
{
	const struct vm_area *vma = parent_vma(g);

	if (vma)
		buf_printf(line, "munmap %s", vma_name(vma));
	return vma;
}

static bool make_pin(struct generator *g, struct buf *line)
{
	const struct vm_area *vma = parent_vma(g);

	if (!vma || g->around->cannot & CANNOT_PIN)
		return false;
	buf_printf(line, "pin %s", vma_name(vma));
	put_pages(g, line, vma);
	return true;
}

/* --- userfaultfd ------------------------------------------------------------------------------- */

static bool make_uffd(struct generator *g, struct buf *line)
{
	/* Those that change what happens come more often than the others. */
	static const struct {
		uint32_t bit;
		unsigned chance;
	} features[] = {
		{UFFD_FEATURE_EVENT_FORK, 35},	   {UFFD_FEATURE_WP_UNPOPULATED, 30},
		{UFFD_FEATURE_WP_ASYNC, 15},	   {UFFD_FEATURE_WP_HUGETLBFS_SHMEM, 20},
		{UFFD_FEATURE_SIGBUS, 8},	   {UFFD_FEATURE_PAGEFAULT_FLAG_WP, 8},
		{UFFD_FEATURE_POISON, 12},	   {UFFD_FEATURE_MISSING_SHMEM, 4},
		{UFFD_FEATURE_MISSING_HUGETLBFS, 4}, {UFFD_FEATURE_MINOR_SHMEM, 6},
		{UFFD_FEATURE_MINOR_HUGETLBFS, 6}, {UFFD_FEATURE_EXACT_ADDRESS, 3},
		{UFFD_FEATURE_THREAD_ID, 3},	   {UFFD_FEATURE_EVENT_REMAP, 3},
		{UFFD_FEATURE_EVENT_UNMAP, 1},	   {UFFD_FEATURE_EVENT_REMOVE, 1},
		{UFFD_FEATURE_MOVE, 3},		   {UFFD_FEATURE_RWP, 30},
		{UFFD_FEATURE_RWP_ASYNC, 10},
	};
	bool unknown = percent(&g->rng, 3);

	if (g->contexts == 4 || g->around->cannot & CANNOT_UFFD)
		return false;
	buf_printf(line, "uffd %c", "uvwx"[g->contexts++]);
	for (size_t i = 0; i < ARRAY_SIZE(features); i++)
		if ((features[i].bit & g->around->kernel->uffd_features || unknown) &&
		    percent(&g->rng, features[i].chance))
			buf_printf(line, " %s",
				   uffd_feature_names[__builtin_ctz(features[i].bit)]);
	return true;
}

static bool make_register(struct generator *g, struct buf *line)
{
	static const char *const modes[] = {"wp", "wp", "wp", "wp", "wp", "missing", "missing", "minor",
					    "wp missing", "wp minor", "missing minor"};
	static const char *const new_modes[] = {"rwp", "rwp", "wp rwp", "rwp missing"};
	const struct uffd_ctx *ctx = any_context(g);
	const struct vm_area *vma = parent_vma(g);
	bool rwp = g->around->kernel->uffd_features & UFFD_FEATURE_RWP && percent(&g->rng, 30);

	if (!ctx || !vma)
		return false;
	buf_printf(line, "register %s %s %s", ctx->name, vma_name(vma),
		   rwp ? new_modes[below(&g->rng, ARRAY_SIZE(new_modes))]
		       : modes[below(&g->rng, ARRAY_SIZE(modes))]);
	return true;
}

/* "VERB CTX NAME", mostly of a VMA that this userfaultfd watches. */
static const struct vm_area *put_watched(struct generator *g, struct buf *line, const char *verb)
{
	const struct uffd_ctx *ctx = any_context(g);
	const struct vm_area *vma = NULL;

	for (int tries = 0; ctx && tries < 6; tries++) {
		vma = parent_vma(g);
		if (!vma || (vma->uffd && percent(&g->rng, 95)))
			break;
	}
	if (!ctx || !vma)
		return NULL;
	if (vma->uffd && percent(&g->rng, 95))
		ctx = vma->uffd;
	buf_printf(line, "%s %s %s", verb, ctx->name, vma_name(vma));
	return vma;
}

static bool make_with_pages(struct generator *g, struct buf *line, const char *verb)
{
	const struct vm_area *vma = put_watched(g, line, verb);

	if (vma)
		put_pages(g, line, vma);
	return vma;
}

static bool make_unregister(struct generator *g, struct buf *line)
{
	return put_watched(g, line, "unregister");
}

static bool make_protect(struct generator *g, struct buf *line)
{
	return make_with_pages(g, line, "protect");
}

static bool make_unprotect(struct generator *g, struct buf *line)
{
	return make_with_pages(g, line, "unprotect");
}

static bool make_poison(struct generator *g, struct buf *line)
{
	return make_with_pages(g, line, "poison");
}

/* --- processes ------------------------------------------------------------------------------------ */

static bool make_exit(struct generator *g, struct buf *line)
{
	const struct mm *child = machine(g)->child;

	if (!child || child->dead)
		return false;
	buf_puts(line, percent(&g->rng, 60) ? "child exit" : "child exec");
	return true;
}

static bool make_become(struct generator *g, struct buf *line)
{
	const struct mm *child = machine(g)->child;

	if (!child || child->dead)
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

/* --- choosing -------------------------------------------------------------------------------------- */

static const struct {
	maker *make;
	unsigned weight[2]; /* by phase */
	enum theme theme;
} makers[] = {
	{make_vma, {6, 2}, THEME_ANY},
	{make_touch, {30, 20}, THEME_ANY},
	{make_child_touch, {0, 26}, THEME_ANY},
	{make_madvise, {28, 14}, THEME_ANY},
	{make_mprotect, {3, 4}, THEME_ANY},
	{make_mlock, {2, 1}, THEME_ANY},
	{make_munmap, {1, 1}, THEME_ANY},
	{make_merge, {5, 2}, THEME_MERGE},
	{make_pin, {4, 3}, THEME_PIN},
	{make_uffd, {8, 2}, THEME_UFFD},
	{make_register, {16, 5}, THEME_UFFD},
	{make_unregister, {2, 2}, THEME_UFFD},
	{make_protect, {18, 6}, THEME_UFFD},
	{make_unprotect, {4, 4}, THEME_UFFD},
	{make_poison, {3, 2}, THEME_UFFD},
	{make_exit, {0, 4}, THEME_GENERATIONS},
	{make_become, {0, 4}, THEME_GENERATIONS},
	{make_fork, {0, 4}, THEME_GENERATIONS},
};

static unsigned maker_weight(const struct generator *g, size_t i)
{
	return makers[i].weight[g->phase] * in_theme(g, makers[i].theme, 3);
}

static maker *any_maker(struct generator *g)
{
	return makers[pick_weighted(g, ARRAY_SIZE(makers), maker_weight)].make;
}

/* --- adding ------------------------------------------------------------------------------------------ */

/* Of what the model refuses, as the kernel should, some is tried; it is the end. */
#define REFUSALS_KEPT 12 /* percent */
/* So is a touch that waits, or would have: its traces are not compared. */
#define WAITS_KEPT 15

static void append(struct generator *g, const char *line)
{
	g->length += (size_t)snprintf(g->text + g->length, SCENARIO_TEXT_MAX - g->length, "%s\n", line);
}

/* Carries the line out by the model. False: it is not part of the scenario. */
static bool add(struct generator *g, const char *line)
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
	keep = lockstep_next(&g->lockstep, &step, &error);
	if (keep) {
		keep = !step.traces || percent(&g->rng, WAITS_KEPT);
	} else if (error.unfinished) {
		statistics_count(g->statistics, STATISTICS_UNFINISHED);
	} else if (error.err > 0 && percent(&g->rng, REFUSALS_KEPT)) {
		refusal = strerrorname_np(error.err);
		keep = g->over = true;
	}
	if (keep) {
		statistics_command(g->statistics, g->scenario.commands[n], refusal);
		return true;
	}
	g->length = length;
	g->text[length] = '\0';
	lockstep_rewind(&g->lockstep, n);
	scenario_drop(&g->scenario);
	return false;
}

static void add_one_of(struct generator *g, maker *make)
{
	for (int tries = 0; !g->over && tries < 8; tries++) {
		struct buf line = {0};
		bool added = make(g, &line) && add(g, buf_str(&line));

		buf_deinit(&line);
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

void generate(uint64_t seed, uint64_t index, const struct surroundings *around,
	      char text[SCENARIO_TEXT_MAX], struct statistics *statistics)
{
	struct generator g = {
		.rng = rng_stream(seed, index),
		.around = around,
		.text = text,
		.statistics = statistics,
	};
	unsigned forks, vmas;
	bool no_thp = percent(&g.rng, 3);
	struct knobs knobs = around->knobs;

	text[0] = '\0';
	g.theme = themes[below(&g.rng, ARRAY_SIZE(themes))];
	forks = 1 + percent(&g.rng, 25) + (g.theme == THEME_GENERATIONS);
	if (no_thp)
		knobs.thp = THP_NEVER;
	lockstep_init(&g.lockstep, &g.scenario, around->kernel, knobs);
	if (no_thp)
		add(&g, "set thp never");
	for (vmas = 1 + below(&g.rng, 3); vmas && !g.over; vmas--)
		add_one_of(&g, make_vma);
	if (g.theme == THEME_UFFD || percent(&g.rng, 15)) {
		add_one_of(&g, make_uffd);
		add_one_of(&g, make_register);
	}
	add_many(&g, PHASE_BEFORE, 1 + below(&g.rng, 10));
	for (; forks && !g.over; forks--) {
		if (g.lockstep.machine->fork_count && percent(&g.rng, 60))
			add_one_of(&g, make_become);
		add_one_of(&g, make_fork);
		add_many(&g, PHASE_AFTER, below(&g.rng, 8));
	}
	statistics_machine(statistics, g.lockstep.machine);
	lockstep_deinit(&g.lockstep);
	scenario_close(&g.scenario);
}
