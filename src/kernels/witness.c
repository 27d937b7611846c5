/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/witness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "kernels/setups.h"
#include "report/explain.h"
#include "report/label.h"
#include "report/sides.h"
#include "report/text.h"

/* --- carrying out ------------------------------------------------------------------------------ */

struct pair {
	struct machine *machine[2];
};

static void pair_free(struct pair *pair)
{
	for (int k = 0; k < 2; k++)
		machine_free(pair->machine[k]);
}

static bool apply(struct pair *pair, const struct command *command)
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
static void put_state(const struct pair *pair, struct buf *out)
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

/* --- the search: breadth first --------------------------------------------------------------------- */

#define DEPTH_MAX 12
#define TRIES_MAX 60000u /* each time: a second or so of work */

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

struct search {
	const struct kernel_diff *diff;
	struct setup_steps steps;
	size_t which; /* case, or SIZE_MAX */
	bool by_hand, must_show;
	struct node *nodes;
	size_t n, cap;
	struct seen_state *seen; /* hash table */
	size_t seen_slots, seen_count;
	unsigned tries;
	const struct command *found[DEPTH_MAX + 1]; /* the set-up, without the last fork */
	size_t found_count;
};

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
static bool insert(struct search *s, struct seen_state state)
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
static bool is_new(struct search *s, const struct buf *bytes)
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
	return insert(s, state);
}

/* Is the decision of the last fork on both the difference that is looked for? */
static bool differs(const struct search *s, const struct pair *pair)
{
	struct decision_input input[2];
	const struct decision *d[2];

	for (int k = 0; k < 2; k++) {
		const struct fork_vma *vma = last_fork_vma(pair->machine[k], "mem");

		if (!vma)
			return false;
		d[k] = &vma->decision;
		input[k] = (struct decision_input){d[k]->src_flags, d[k]->dst_flags, d[k]->anon_vma};
	}
	if (d[0]->what == d[1]->what)
		return false;
	if (s->which < s->diff->case_count) {
		struct kernel_diff one = *s->diff;

		one.cases = &s->diff->cases[s->which];
		one.case_count = 1;
		return kernel_diff_says(&one, input) >= 0;
	}
	return true;
}

static enum pte_state child_state(const struct machine *m, uint64_t page)
{
	const struct vm_area *vma = m->child ? machine_vma(m, m->child, "mem") : NULL;
	uint64_t last;

	return vma ? (enum pte_state)vma_entry(vma, page, &last).state : PTE_NONE;
}

/* Could it be seen from outside, in the child's first page? */
static bool shows(const struct pair *pair)
{
	return child_state(pair->machine[0], 0) != child_state(pair->machine[1], 0);
}

static bool allowed(const struct search *s, const struct node *from, const struct setup_step *step)
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
static bool replay(struct search *s, size_t node, struct pair *pair)
{
	size_t path[DEPTH_MAX + 1], n = 0;

	for (int k = 0; k < 2; k++)
		pair->machine[k] = machine_create(s->diff->kernel[k]);
	for (; s->nodes[node].depth; node = s->nodes[node].from)
		path[n++] = s->nodes[node].step;
	while (n)
		if (!apply(pair, s->steps.v[path[--n]].command))
			return false;
	return true;
}

/* Machines that stand at a node, for as long as its steps leave them there. */
struct stand {
	struct pair pair;
	bool there;
	struct buf state, now; /* at the node, and after the last step */
};

static void stand_leave(struct stand *stand)
{
	if (stand->there)
		pair_free(&stand->pair);
	stand->there = false;
}

/* False when new machines do not get there: what was left of a refused step mattered. */
static bool stand_at(struct search *s, size_t node, struct stand *stand)
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
 * Adds a node; true when a fork there shows the difference. Half of all steps are
 * refused, and others change nothing: the machines can be used for the next one.
 */
static bool try_step(struct search *s, size_t from, size_t step, const struct command *fork,
		     struct stand *stand)
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
		if (apply(&stand->pair, fork))
			found = differs(s, &stand->pair) && (!s->must_show || shows(&stand->pair));
	}
	stand_leave(stand);
	return found;
}

/* All steps from a node; true when one of them shows the difference: it is the last node. */
static bool try_steps(struct search *s, size_t from, const struct command *fork)
{
	struct stand stand = {0};
	bool found = false;

	for (size_t step = 0; step < s->steps.n && s->tries && !found; step++)
		if (allowed(s, &s->nodes[from], &s->steps.v[step])) {
			s->tries--;
			found = try_step(s, from, step, fork, &stand);
		}
	stand_leave(&stand);
	buf_deinit(&stand.state);
	buf_deinit(&stand.now);
	return found;
}

static void forget(struct search *s)
{
	for (size_t i = 0; i < s->seen_slots; i++)
		free(s->seen[i].bytes);
	free(s->seen);
	s->seen = NULL;
	s->seen_slots = s->seen_count = 0;
	s->n = 0;
}

static bool search(struct search *s, const struct command *fork)
{
	forget(s);
	s->tries = TRIES_MAX;
	GROW(s->nodes, s->n, s->cap);
	s->nodes[s->n++] = (struct node){0};
	for (size_t i = 0; i < s->n && s->nodes[i].depth < DEPTH_MAX && s->tries; i++) {
		if (!try_steps(s, i, fork))
			continue;
		s->found_count = s->nodes[s->n - 1].depth;
		for (size_t at = s->n - 1, n = s->found_count; n; at = s->nodes[at].from)
			s->found[--n] = s->steps.v[s->nodes[at].step].command;
		return true;
	}
	return false;
}

/* --- the scenario's text ----------------------------------------------------------------------------- */

static void print_text(const char *command, const char *text, struct buf *out)
{
	buf_printf(out, "%s ", command);
	command_print_quoted(text, out);
	buf_putc(out, '\n');
}

static void print_kernels(const char *const spec[2], struct buf *out)
{
	for (int k = 0; k < 2; k++) {
		buf_printf(out, "kernel %s ", side_names[k]);
		if (strpbrk(spec[k], " \t#\"\\"))
			command_print_quoted(spec[k], out);
		else
			buf_puts(out, spec[k]);
		buf_putc(out, '\n');
	}
}

static void print_pages(const struct machine *m, int side, struct buf *out)
{
	const struct name *name = machine_name(m, "mem");
	struct named_entries entries;

	for (const struct vm_area *vma = mm_named_vma(m->child, name); vma; vma = mm_named_next(vma, name))
		for (uint64_t page = vma_first(vma); page <= vma_last(vma); page = entries.pages.last + 1) {
			entries = named_entries(m->child, page, vma_last(vma));
			if (entries.pages.name != name)
				continue;
			buf_printf(out, "expect %s child mem ", side_names[side]);
			label_numbers(entries.pages, false, out);
			buf_printf(out, " %s\n", pte_state_names[entries.pte.state]);
		}
}

static void print_expectations(const struct pair *pair, struct buf *out)
{
	for (int k = 0; k < 2; k++) {
		const struct machine *m = pair->machine[k];
		const struct decision *d = &last_fork_vma(m, "mem")->decision;

		buf_printf(out, "expect %s mem %s because %s\n", side_names[k],
			   decision_names[d->what], decision_reason(d));
	}
	buf_puts(out, "expect differ mem\n");
	for (int k = 0; k < 2; k++)
		print_pages(pair->machine[k], k, out);
	for (int k = 0; k < 2; k++) {
		const struct cost *cost = &pair->machine[k]->cost;

		buf_printf(out, "expect %s cost entries %" PRIu64 "\n", side_names[k], cost->entries);
		buf_printf(out, "expect %s cost tables %" PRIu64 "\n", side_names[k],
			   cost_tables(cost));
	}
}

static void print_why(const struct pair *pair, struct buf *out)
{
	struct buf why = {0};

	for (int k = 0; k < 2; k++) {
		buf_puts(&why, k ? " " : "");
		explain_decision(pair->machine[k], last_fork_vma(pair->machine[k], "mem"), &why);
	}
	print_text("say", buf_str(&why), out);
	buf_deinit(&why);
}

static void print_found(const struct search *s, const char *const spec[2], size_t shown,
			const struct pair *pair, struct buf *out)
{
	const struct kernel_diff *diff = s->diff;
	struct buf text = {0};

	buf_puts(out, "# The smallest set-up in which these two kernels decide differently, found by\n"
		      "# kernel diff.\n");
	if (s->by_hand)
		buf_puts(out, "# No system call of the language leads there: flags are set by hand, or a driver's\n"
			      "# mapping is needed.\n");
	if (!s->must_show)
		buf_puts(out, "# The decision differs, and the child's entries do not.\n");
	buf_printf(&text, "%s and %s decide differently", diff->name[0], diff->name[1]);
	print_text("title", buf_str(&text), out);
	buf_clear(&text);
	buf_printf(&text, "%s copies and %s skips when: ", diff->name[diff->cases[shown].copies],
		   diff->name[!diff->cases[shown].copies]);
	kernel_diff_words(diff, &diff->cases[shown], &text);
	buf_putc(&text, '.');
	print_text("about", buf_str(&text), out);
	buf_deinit(&text);
	print_kernels(spec, out);
	for (size_t i = 0; i < s->found_count; i++) {
		command_print(s->found[i], out);
		buf_putc(out, '\n');
	}
	buf_puts(out, "fork\n");
	print_why(pair, out);
	print_expectations(pair, out);
}

/* The case that the found set-up belongs to. */
static size_t case_of(const struct search *s, const struct pair *pair)
{
	struct search one = *s;

	for (one.which = 0; one.which < s->diff->case_count; one.which++)
		if (differs(&one, pair))
			return one.which;
	return 0;
}

static void write_found(struct search *s, const char *const spec[2], const struct command *fork,
			struct buf *out)
{
	struct pair pair;

	for (int k = 0; k < 2; k++)
		pair.machine[k] = machine_create(s->diff->kernel[k]);
	for (size_t i = 0; i < s->found_count; i++)
		apply(&pair, s->found[i]);
	apply(&pair, fork);
	print_found(s, spec, case_of(s, &pair), &pair, out);
	pair_free(&pair);
}

bool witness_write(const struct kernel_diff *diff, const char *const spec[2], size_t which,
		   struct buf *out, struct vf_error *error)
{
	struct search s = {.diff = diff, .which = which};
	struct command *fork = setup_command("fork");
	bool found = false;

	if (!diff->case_count) {
		command_free(fork);
		vf_error_set(error, "%s and %s decide alike: there is no scenario that shows a difference",
			     diff->name[0], diff->name[1]);
		return false;
	}
	setups_collect(diff, &s.steps);
	/* First choice: by system calls, and visible in the child's pages. */
	for (int choice = 0; choice < 4 && !found; choice++) {
		s.by_hand = choice & 2;
		s.must_show = !(choice & 1);
		found = search(&s, fork);
	}
	if (found) {
		write_found(&s, spec, fork, out);
	} else {
		vf_error_set(error, "no set-up was found in which %s and %s decide differently",
			     diff->name[0], diff->name[1]);
		vf_error_hint(error, "the condition above is what is known");
	}
	forget(&s);
	free(s.nodes);
	setups_deinit(&s.steps);
	command_free(fork);
	return found;
}
