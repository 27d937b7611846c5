/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/setup_search.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* --- carrying out ------------------------------------------------------------------------ */

void setup_pair_free(struct setup_pair *pair)
{
	for (int k = 0; k < 2; k++)
		machine_free(pair->machine[k]);
}

static enum pte_state child_state(const struct machine *m, uint64_t page)
{
	const struct vm_area *vma = m->child ? machine_vma(m, m->child, "mem") : NULL;
	uint64_t last;

	return vma ? (enum pte_state)vma_entry(vma, page, &last).state : PTE_NONE;
}

bool setup_pair_shows(const struct setup_pair *pair)
{
	return child_state(pair->machine[0], 0) != child_state(pair->machine[1], 0);
}

static bool apply(struct setup_pair *pair, const struct command *command)
{
	for (int k = 0; k < 2; k++) {
		struct model_error e;

		if (!command_apply(pair->machine[k], command, &e))
			return false;
	}
	return true;
}

/* Bytes of a number: a set-up's state is compared and hashed often, and never read. */
static void put(struct buf *out, uint64_t number)
{
	buf_add(out, (const char *)&number, sizeof(number));
}

static void put_vma(const struct vm_area *vma, struct buf *out)
{
	uint64_t last;

	put(out, vma->start);
	put(out, vma->end);
	put(out, vma->flags);
	put(out, vma->backing);
	put(out, vma->anon_vma != 0);
	put(out, vma->anon_vma_cloned);
	put(out, !vma->uffd ? 0 : vma->uffd->features & UFFD_FEATURE_EVENT_FORK ? 2 : 1);
	for (uint64_t page = 0; page < vma_pages(vma); page = last + 1) {
		struct pte pte = vma_entry(vma, page, &last);

		put(out, last);
		put(out, (uint64_t)pte.state << 32 | pte.attrs);
	}
	if (!vma->object)
		return;
	put(out, rangeset_ranges(&vma->object->cached));
	put(out, rangeset_ranges(&vma->object->swapped));
}

/*
 * The state that the rest of a set-up can depend on; which VMAs there are is a part of it.
 * How many numbers follow is in a number before them: no two states are the same bytes.
 */
static void put_state(const struct setup_pair *pair, struct buf *out)
{
	for (int k = 0; k < 2; k++) {
		const struct machine *m = pair->machine[k];
		uint64_t contexts = 0;

		for (const struct uffd_ctx *ctx = m->contexts; ctx; ctx = ctx->next)
			contexts++;
		put(out, m->child != NULL);
		put(out, m->parent->number != 0);
		put(out, contexts);
		for (const struct uffd_ctx *ctx = m->contexts; ctx; ctx = ctx->next)
			put(out, ctx->features);
		for (int level = 0; level < TABLE_LEVELS; level++)
			put(out, rangeset_ranges(&m->parent->tables[level]));
		for_each_vma(m->parent, vma)
			put_vma(vma, out);
	}
}

/* --- the search: breadth first ----------------------------------------------------------- */

#define DEPTH_MAX 12
#define TRY_STEPS 200 /* of a budget */
#define RUNS 4	      /* that a budget should last for */

struct node {
	size_t from; /* the node before it; the first has itself */
	size_t step; /* and what was done there */
	unsigned depth;
};

/* A state of both machines as bytes; NULL: a free slot. */
struct seen_state {
	char *bytes;
	size_t length;
	uint64_t hash;
};

struct setup_search {
	const struct kernel *kernel[2];
	struct setup_steps steps;
	struct command *fork;
	setup_goal *reached;
	const void *goal;
	bool by_hand;
	struct node *nodes;
	size_t n, cap;
	struct seen_state *seen; /* hash table */
	size_t seen_slots, seen_count;
	struct budget *budget;
	uint64_t bytes;		     /* taken of it */
	uint64_t tries_a_run, tries; /* that are left */
	const struct command *found[DEPTH_MAX + 1]; /* the set-up, without the last fork */
	size_t found_count;
};

/* What a state takes, with its place in the table and a node. */
#define STATE_BYTES (4 * sizeof(struct seen_state) + sizeof(struct node))

/* Whole numbers, as put() makes them. */
static uint64_t hash(const char *bytes, size_t length)
{
	uint64_t h = length, number;

	for (size_t i = 0; i < length; i += sizeof(number)) {
		memcpy(&number, bytes + i, sizeof(number));
		h = (h ^ number) * UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 29;
	}
	return h;
}

/* Puts a state into a table that has room for it; takes the bytes over. */
static bool insert(struct setup_search *s, struct seen_state state)
{
	size_t slot = state.hash % s->seen_slots;

	for (; s->seen[slot].bytes; slot = (slot + 1) % s->seen_slots) {
		const struct seen_state *other = &s->seen[slot];

		if (other->hash == state.hash && other->length == state.length &&
		    !memcmp(other->bytes, state.bytes, state.length)) {
			free(state.bytes);
			return false;
		}
	}
	s->seen[slot] = state;
	s->seen_count++;
	return true;
}

/* False when this state was there before. */
static bool is_new(struct setup_search *s, const struct buf *bytes)
{
	struct seen_state state = {xmalloc(bytes->len), bytes->len, hash(bytes->s, bytes->len)};

	if (2 * s->seen_count >= s->seen_slots) {
		struct seen_state *old = s->seen;
		size_t slots = s->seen_slots;

		s->seen_slots = slots ? 2 * slots : 1024;
		s->seen = xcalloc(s->seen_slots, sizeof(*s->seen));
		s->seen_count = 0;
		for (size_t i = 0; i < slots; i++)
			if (old[i].bytes)
				insert(s, old[i]);
		free(old);
	}
	memcpy(state.bytes, bytes->s, bytes->len);
	if (!insert(s, state))
		return false;
	s->bytes += STATE_BYTES + bytes->len;
	budget_take(s->budget, STATE_BYTES + bytes->len);
	return true;
}

static bool allowed(const struct setup_search *s, const struct node *from, const struct setup_step *step)
{
	bool begins = step->use == USE_MAP || step->use == USE_DEVICE;

	if (!s->by_hand && (step->use == USE_DEVICE || step->use == USE_BY_HAND))
		return false;
	/* A fork before the last one is there for the sake of its child. */
	if (from->depth && s->steps.v[from->step].command->spec->id == COMMAND_fork &&
	    step->command->spec->id != COMMAND_become)
		return false;
	return begins == (from->depth == 0);
}

/* Carries out what leads to a node on new machines. */
static bool replay(struct setup_search *s, size_t node, struct setup_pair *pair)
{
	size_t path[DEPTH_MAX + 1], n = 0;

	for (int k = 0; k < 2; k++)
		pair->machine[k] = machine_create(s->kernel[k], NULL);
	for (; s->nodes[node].depth; node = s->nodes[node].from)
		path[n++] = s->nodes[node].step;
	while (n)
		if (!apply(pair, s->steps.v[path[--n]].command))
			return false;
	return true;
}

/* Machines that stand at a node, for as long as its steps leave them there. */
struct stand {
	struct setup_pair pair;
	bool there;
	struct buf state, now; /* at the node, and after the last step */
};

static void stand_leave(struct stand *stand)
{
	if (stand->there)
		setup_pair_free(&stand->pair);
	stand->there = false;
}

/* False when new machines do not get there: what was left of a refused step mattered. */
static bool stand_at(struct setup_search *s, size_t node, struct stand *stand)
{
	if (stand->there)
		return true;
	stand->there = true;
	if (!replay(s, node, &stand->pair)) {
		stand_leave(stand);
		return false;
	}
	buf_clear(&stand->state);
	put_state(&stand->pair, &stand->state);
	return true;
}

/*
 * Adds a node; true when a fork there reaches the goal. Half of all steps are
 * refused, and others change nothing: the machines can be used for the next one.
 */
static bool try_step(struct setup_search *s, size_t from, size_t step, struct stand *stand)
{
	struct node node = {.from = from, .step = step, .depth = s->nodes[from].depth + 1};
	bool applied, found = false;

	if (!stand_at(s, from, stand))
		return false;
	applied = apply(&stand->pair, s->steps.v[step].command);
	buf_clear(&stand->now);
	put_state(&stand->pair, &stand->now);
	if (stand->now.len == stand->state.len &&
	    !memcmp(stand->now.s, stand->state.s, stand->now.len))
		return false;
	if (applied && is_new(s, &stand->now)) {
		GROW(s->nodes, s->n, s->cap);
		s->nodes[s->n++] = node;
		if (apply(&stand->pair, s->fork))
			found = s->reached(&stand->pair, s->goal);
	}
	stand_leave(stand);
	return found;
}

static bool may_try(const struct setup_search *s)
{
	return s->tries && budget_lasts(s->budget);
}

/* All steps from a node; true when one of them reaches the goal: it is the last node. */
static bool try_steps(struct setup_search *s, size_t from)
{
	struct stand stand = {0};
	bool found = false;

	for (size_t step = 0; step < s->steps.n && may_try(s) && !found; step++)
		if (allowed(s, &s->nodes[from], &s->steps.v[step])) {
			s->tries--;
			budget_spend(s->budget, TRY_STEPS);
			found = try_step(s, from, step, &stand);
		}
	stand_leave(&stand);
	buf_deinit(&stand.state);
	buf_deinit(&stand.now);
	return found;
}

static void forget(struct setup_search *s)
{
	for (size_t i = 0; i < s->seen_slots; i++)
		free(s->seen[i].bytes);
	free(s->seen);
	budget_give(s->budget, s->bytes);
	s->bytes = 0;
	s->seen = NULL;
	s->seen_slots = s->seen_count = 0;
	s->n = 0;
}

bool setup_search_run(struct setup_search *s, bool by_hand)
{
	forget(s);
	s->by_hand = by_hand;
	s->tries = s->tries_a_run;
	GROW(s->nodes, s->n, s->cap);
	s->nodes[s->n++] = (struct node){0};
	for (size_t i = 0; i < s->n && s->nodes[i].depth < DEPTH_MAX && may_try(s); i++) {
		if (!try_steps(s, i))
			continue;
		s->found_count = s->nodes[s->n - 1].depth;
		for (size_t at = s->n - 1, n = s->found_count; n; at = s->nodes[at].from)
			s->found[--n] = s->steps.v[s->nodes[at].step].command;
		return true;
	}
	return false;
}

struct setup_search *setup_search_create(const struct kernel *const kernel[2], uint64_t bypasses,
					 struct budget *budget, setup_goal *reached,
					 const void *goal)
{
	struct setup_search *s = xcalloc(1, sizeof(*s));

	s->kernel[0] = kernel[0];
	s->kernel[1] = kernel[1];
	s->budget = budget;
	s->tries_a_run = budget_steps_left(budget) / (RUNS * TRY_STEPS);
	s->reached = reached;
	s->goal = goal;
	s->fork = setup_command("fork");
	setups_collect(kernel, bypasses, &s->steps);
	return s;
}

void setup_search_add(struct setup_search *s, const char *line)
{
	struct command *command = setup_command(line);
	bool maps = command->spec->id == COMMAND_vma;

	GROW(s->steps.v, s->steps.n, s->steps.cap);
	s->steps.v[s->steps.n++] = (struct setup_step){command, maps ? USE_MAP : USE_ALWAYS};
}

void setup_search_free(struct setup_search *s)
{
	forget(s);
	free(s->nodes);
	setups_deinit(&s->steps);
	command_free(s->fork);
	free(s);
}

/* --- what was found ---------------------------------------------------------------------- */

void setup_found_print(const struct setup_search *s, struct buf *out)
{
	for (size_t i = 0; i < s->found_count; i++) {
		command_print(s->found[i], out);
		buf_putc(out, '\n');
	}
}

struct setup_pair setup_found_forked(const struct setup_search *s)
{
	struct setup_pair pair;

	for (int k = 0; k < 2; k++)
		pair.machine[k] = machine_create(s->kernel[k], NULL);
	for (size_t i = 0; i < s->found_count; i++)
		apply(&pair, s->found[i]);
	apply(&pair, s->fork);
	return pair;
}
