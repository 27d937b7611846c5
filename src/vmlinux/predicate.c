/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/predicate.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { INPUTS = 2 * INPUTS_PER_SIDE, MIXTURES = 256, FRAMES_MAX = 16 };

/* An input that alone makes fork copy. */
struct trigger {
	struct finding_input input;
	struct trial run;
	size_t parts;	  /* index of the first instruction that the baseline does not run */
	uint64_t branch;  /* the one before it */
	uint64_t read_at; /* see found_clause */
	struct code_place place, innermost, branch_place;
	char function[NAME_SIZE], innermost_function[NAME_SIZE];
};

struct learning {
	struct emulator *emulator;
	const struct vma_layout *layout;
	const struct vma_fields *fields;
	const struct unit *unit;
	struct findings *findings;
	struct trace baseline;
	struct trigger triggers[INPUTS];
	size_t trigger_count;
	bool is_trigger[INPUTS];
};

static struct finding_input input_of(size_t i)
{
	return (struct finding_input){(uint8_t)(i / INPUTS_PER_SIDE), (uint8_t)(i % INPUTS_PER_SIDE)};
}

static void set_input(struct vma_pair *question, struct finding_input input)
{
	if (input.bit == ANON_VMA)
		question->anon_vma[input.side] = true;
	else
		question->flags[input.side] |= UINT64_C(1) << input.bit;
}

/* " at 0xffffffff81234567", if that may be said; the text lives until the next call. */
static const char *place_of(const struct findings *findings, uint64_t address)
{
	static char text[32];

	if (findings->from_memory)
		return "";
	snprintf(text, sizeof(text), " at 0x%" PRIx64, address);
	return text;
}

/* What has been put into the code of a running kernel, or why its memory is not as expected. */
static bool hint_of_memory(const struct findings *findings, struct vf_error *error)
{
	if (findings->from_memory)
		vf_error_hint(error, "is the function traced, probed or patched at the moment? The "
				     "kernel's image (vmlinuz) is not");
	return false;
}

static bool neither(const struct findings *findings, const struct trial *run, const char *with,
		    struct vf_error *error)
{
	vf_error_set(error, "cannot analyze copy_page_range(): %s, it %s%s", with, run->what,
		     place_of(findings, run->stopped_at));
	return hint_of_memory(findings, error);
}

/* --- which instruction, and where is it in the source ----------------------------- */

/* True when the read covers a part of that input's word. */
static bool reads_input(const struct vma_layout *layout, const struct vma_read *read,
			struct finding_input input)
{
	uint64_t word = input.bit == ANON_VMA ? layout->anon_vma : layout->vm_flags;

	return read->side == input.side && read->offset < word + 8 &&
	       read->offset + read->size > word;
}

/* The read that must see the input: with it hidden from all others fork still copies. */
static uint64_t deciding_read(const struct learning *l, struct finding_input input,
			      const struct trace *trace)
{
	for (size_t i = 0; i < trace->read_count; i++) {
		struct vma_pair question = {.seen_at = trace->reads[i].at, .hidden = input};
		struct trial run;

		if (!reads_input(l->layout, &trace->reads[i], input))
			continue;
		set_input(&question, input);
		emulator_ask(l->emulator, &question, &run, NULL);
		l->findings->others++;
		if (run.outcome == TRIAL_COPY)
			return trace->reads[i].at;
	}
	return 0;
}

/*
 * The frame that decides: vma_needs_copy() where there is one, else the outermost,
 * copy_page_range() itself.
 */
static void locate(const struct learning *l, uint64_t at, struct frame *asks,
		   struct frame *innermost)
{
	struct frame frames[FRAMES_MAX];
	size_t n = l->unit ? unit_frames(l->unit, at, frames, FRAMES_MAX) : 0, which = 0;

	*asks = *innermost = (struct frame){0};
	if (!n)
		return;
	for (size_t i = 0; i < n; i++)
		if (!strcmp(frames[i].function, "vma_needs_copy"))
			which = i;
	*asks = frames[which];
	*innermost = frames[n - 1];
}

static void examine(struct learning *l, struct trigger *trigger, const struct trace *trace)
{
	struct frame asks, innermost;

	while (trigger->parts < trace->n && trigger->parts < l->baseline.n &&
	       trace->at[trigger->parts] == l->baseline.at[trigger->parts])
		trigger->parts++;
	trigger->branch = trigger->parts ? trace->at[trigger->parts - 1] : 0;
	trigger->read_at = deciding_read(l, trigger->input, trace);
	locate(l, trigger->branch, &asks, &innermost);
	trigger->branch_place = asks.place;
	if (!trigger->read_at)
		return;
	locate(l, trigger->read_at, &asks, &innermost);
	trigger->place = asks.place;
	trigger->innermost = innermost.place;
	snprintf(trigger->function, sizeof(trigger->function), "%s", asks.function);
	snprintf(trigger->innermost_function, sizeof(trigger->innermost_function), "%s",
		 innermost.function);
}

/* --- one by one ------------------------------------------------------------------- */

static bool learn_singles(struct learning *l, struct vf_error *error)
{
	static struct trace trace;
	struct vma_pair nothing = {0};
	char with[NAME_SIZE];

	emulator_ask(l->emulator, &nothing, &l->findings->baseline, &l->baseline);
	if (l->findings->baseline.outcome == TRIAL_COPY) {
		vf_error_set(error,
			     "cannot analyze copy_page_range(): with no flag and no anon_vma "
			     "set, it %s%s before it has decided anything",
			     l->findings->baseline.what,
			     place_of(l->findings, l->findings->baseline.stopped_at));
		vf_error_hint(error,
			      "expected of kernels built with KASAN or lock debugging only");
		return hint_of_memory(l->findings, error);
	}
	if (l->findings->baseline.outcome != TRIAL_SKIP)
		return neither(l->findings, &l->findings->baseline, "with nothing set", error);
	for (size_t i = 0; i < INPUTS; i++) {
		struct trigger trigger = {.input = input_of(i)};
		struct vma_pair question = {0};

		set_input(&question, trigger.input);
		emulator_ask(l->emulator, &question, &trigger.run, &trace);
		l->findings->singles++;
		if (trigger.run.outcome == TRIAL_SKIP)
			continue;
		if (trigger.run.outcome == TRIAL_OTHER) {
			snprintf(with, sizeof(with), "with %s of the %s",
				 input_name(l->findings, trigger.input),
				 trigger.input.side == SIDE_SRC ? "parent" : "child");
			return neither(l->findings, &trigger.run, with, error);
		}
		examine(l, &trigger, &trace);
		l->is_trigger[i] = true;
		l->triggers[l->trigger_count++] = trigger;
	}
	return true;
}

/* Members that the baseline reads besides the inputs of the decision. */
static void note_also_read(struct learning *l)
{
	const struct vma_layout *o = l->layout;
	const uint64_t expected[] = {o->vm_flags, o->anon_vma, o->vm_start, o->vm_end, o->vm_mm};
	struct findings *f = l->findings;

	for (size_t i = 0; i < l->baseline.read_count; i++) {
		const struct vma_read *read = &l->baseline.reads[i];
		char name[NAME_SIZE];
		bool known = false;

		for (size_t e = 0; e < ARRAY_SIZE(expected); e++)
			known = known || (read->offset < expected[e] + 8 &&
					  read->offset + read->size > expected[e]);
		if (known || f->also_read_count == ALSO_READ_MAX)
			continue;
		vma_fields_name(l->fields, read->offset, name);
		if (!name[0])
			snprintf(name, sizeof(name), "offset %u", read->offset);
		for (size_t n = 0; n < f->also_read_count; n++)
			known = known || !strcmp(f->also_read[n], name);
		if (!known)
			snprintf(f->also_read[f->also_read_count++], NAME_SIZE, "%s", name);
	}
}

/* --- "or", or something else? ----------------------------------------------------- */

static bool learn_pairs(struct learning *l, struct vf_error *error)
{
	struct findings *f = l->findings;

	for (size_t a = 0; a < INPUTS; a++)
		for (size_t b = a + 1; b < INPUTS; b++) {
			struct vma_pair question = {0};
			bool expected = l->is_trigger[a] || l->is_trigger[b];
			struct trial run;

			set_input(&question, input_of(a));
			set_input(&question, input_of(b));
			emulator_ask(l->emulator, &question, &run, NULL);
			f->pairs++;
			if (run.outcome == TRIAL_OTHER)
				return neither(f, &run, "with two flags set", error);
			if ((run.outcome == TRIAL_COPY) == expected || f->odd_count == RUN_PAIR_MAX)
				continue;
			/* The second one prevents the copy. */
			f->odd[f->odd_count++] = (struct found_pair){
				input_of(expected && l->is_trigger[b] ? b : a),
				input_of(expected && l->is_trigger[b] ? a : b), !expected};
		}
	return true;
}

/* xorshift: the same mixtures every time. */
static uint64_t random_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static bool learn_mixtures(struct learning *l, struct vf_error *error)
{
	uint64_t state = UINT64_C(0x9e3779b97f4a7c15), triggers[2] = {0};
	bool anon[2] = {false};

	for (size_t i = 0; i < l->trigger_count; i++) {
		struct finding_input input = l->triggers[i].input;

		if (input.bit == ANON_VMA)
			anon[input.side] = true;
		else
			triggers[input.side] |= UINT64_C(1) << input.bit;
	}
	for (int i = 0; i < MIXTURES; i++) {
		struct vma_pair q = {0};
		bool expected = false;
		struct trial run;

		/* Every second one without what copies alone; the first one with all the rest. */
		for (int side = 0; side < 2; side++) {
			bool quiet = i % 2 == 0;

			q.flags[side] = i ? random_bits(&state) : UINT64_MAX;
			q.anon_vma[side] = i ? random_bits(&state) & 1 : true;
			if (quiet) {
				q.flags[side] &= ~triggers[side];
				q.anon_vma[side] = q.anon_vma[side] && !anon[side];
			}
			expected = expected || (q.flags[side] & triggers[side]) ||
				   (q.anon_vma[side] && anon[side]);
		}
		emulator_ask(l->emulator, &q, &run, NULL);
		l->findings->others++;
		if ((run.outcome == TRIAL_COPY) == expected && run.outcome != TRIAL_OTHER)
			continue;
		if (!l->findings->odd_count)
			return vf_error_set(
				error,
				"copy_page_range() decides in a way that single flags and "
				"pairs do not explain: src flags 0x%llx, dst flags 0x%llx: it %s",
				(unsigned long long)q.flags[SIDE_SRC],
				(unsigned long long)q.flags[SIDE_DST], run.what);
	}
	return true;
}

/* --- clauses ---------------------------------------------------------------------- */

/*
 * In the order in which the code decides; where one branch decides about
 * several at once, in the order of the source.
 */
static int in_order(const void *pa, const void *pb)
{
	const struct trigger *a = pa, *b = pb;

	if (a->parts != b->parts)
		return a->parts < b->parts ? -1 : 1;
	/* Without a line: a compiler has moved it to the front. */
	if (a->place.line != b->place.line)
		return a->place.line - 1 < b->place.line - 1 ? -1 : 1;
	if (a->read_at != b->read_at)
		return a->read_at < b->read_at ? -1 : 1;
	if (a->input.side != b->input.side)
		return a->input.side < b->input.side ? -1 : 1;
	return a->input.bit - b->input.bit;
}

/* One clause of the source, though the compiler may have made two branches of it. */
static bool same_test(const struct trigger *a, const struct trigger *b)
{
	return a->input.side == b->input.side && a->input.bit != ANON_VMA &&
	       b->input.bit != ANON_VMA &&
	       (a->place.line
			? a->place.line == b->place.line && !strcmp(a->place.file, b->place.file)
			: a->read_at == b->read_at) &&
	       (a->branch == b->branch || (a->branch_place.line == b->branch_place.line));
}

static bool make_clauses(struct learning *l, struct vf_error *error)
{
	struct findings *f = l->findings;

	qsort(l->triggers, l->trigger_count, sizeof(l->triggers[0]), in_order);
	for (size_t i = 0; i < l->trigger_count; i++) {
		const struct trigger *t = &l->triggers[i];
		struct found_clause *clause =
			f->clause_count ? &f->clauses[f->clause_count - 1] : NULL;

		if (!clause || !same_test(&l->triggers[i - 1], t)) {
			if (f->clause_count == CLAUSES_MAX)
				return vf_error_set(error,
						    "copy_page_range() has more than %d clauses",
						    CLAUSES_MAX);
			clause = &f->clauses[f->clause_count++];
			*clause = (struct found_clause){
				.side = t->input.side,
				.anon_vma = t->input.bit == ANON_VMA,
				.read_at = t->read_at,
				.place = t->place.line ? t->place : t->branch_place,
				.innermost = t->innermost,
				.proof = t->run,
				.proof_input = t->input,
			};
			memcpy(clause->function, t->function, NAME_SIZE);
			memcpy(clause->innermost_function, t->innermost_function, NAME_SIZE);
		}
		if (t->input.bit != ANON_VMA)
			clause->bits |= UINT64_C(1) << t->input.bit;
	}
	return true;
}

bool predicate_learn(struct emulator *emulator, const struct vma_layout *layout,
		     const struct vma_fields *fields, const struct unit *unit,
		     struct findings *findings, struct vf_error *error)
{
	struct learning *l = xcalloc(1, sizeof(*l));
	bool ok;

	*l = (struct learning){
		.emulator = emulator,
		.layout = layout,
		.fields = fields,
		.unit = unit,
		.findings = findings,
	};
	ok = learn_singles(l, error) && learn_pairs(l, error) && learn_mixtures(l, error) &&
	     make_clauses(l, error);
	if (ok)
		note_also_read(l);
	free(l);
	return ok;
}
