/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/checkpoints.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"

/* Less (machine.work: 25 to 70 ns) is always carried out again. */
#define WORK_MIN UINT64_C(40000)
/* So many times the work of a copy is worth one. */
#define WORTH 4
/* What a command takes that visits nothing. */
#define COMMAND_WORK 40

static void drop(struct checkpoints *c, size_t i)
{
	machine_free(c->v[i].machine);
	c->n--;
	memmove(c->v + i, c->v + i + 1, (c->n - i) * sizeof(*c->v));
}

void checkpoints_init(struct checkpoints *c)
{
	*c = (struct checkpoints){0};
}

void checkpoints_deinit(struct checkpoints *c)
{
	while (c->n)
		drop(c, c->n - 1);
	free(c->v);
	*c = (struct checkpoints){0};
}

static uint64_t work_of(const struct machine *m)
{
	return m->work + COMMAND_WORK * (uint64_t)m->op;
}

const struct checkpoint *checkpoints_last(const struct checkpoints *c, const struct log *log,
					  const struct kernel *kernel, uint64_t first, uint64_t last)
{
	size_t count;

	for (size_t i = c->n; i-- && c->v[i].state >= first;)
		if (c->v[i].state <= last && machine_suits(c->v[i].machine, kernel) &&
		    log_find_state(log, c->v[i].state, &count))
			return &c->v[i];
	return NULL;
}

struct checkpoint_mark checkpoint_mark_of(const struct machine *m)
{
	return (struct checkpoint_mark){work_of(m)};
}

/* --- memory --------------------------------------------------------------------------- */

uint64_t checkpoints_limit(const struct checkpoints *c, const struct machine *m,
			   const struct machine *other)
{
	/* The machines count what they record; near their budget there is room for nothing else. */
	uint64_t most = c->most, used = (m->memory + other->memory) / 8;
	uint64_t all = machine_bytes(m).all + machine_bytes(other).all;

	most = used < most ? most - used : 0;
	return min(most, all > CHECKPOINT_BYTES ? all : CHECKPOINT_BYTES);
}

uint64_t checkpoints_bytes(const struct checkpoints *c, const struct machine *m,
			   const struct machine *other)
{
	struct bytes here = machine_bytes(m), there = machine_bytes(other);
	uint64_t with = here.own + there.own, without = here.all + there.all;

	for (size_t i = 0; i < c->n; i++)
		with += c->v[i].bytes;
	return with > without ? with - without : 0;
}

/*
 * What they share with each other and with the machines changes all the time. Some are
 * counted again each time, in turn: all of them would take longer than a copy.
 */
static void count_some(struct checkpoints *c)
{
	for (size_t i = 0; i < 3 && i < c->n; i++) {
		struct checkpoint *next = &c->v[c->counted++ % c->n];

		next->bytes = machine_bytes(next->machine).own;
	}
}

static void drop_forgotten(struct checkpoints *c, const struct log *log)
{
	size_t at;

	for (size_t i = c->n; i--;)
		if (!log_find_state(log, c->v[i].state, &at))
			drop(c, i);
}

/*
 * What would be carried out again without checkpoint i, in proportion to how long ago it
 * was (machine m is now): the less, the less it is worth.
 */
static double worth(const struct checkpoints *c, size_t i, const struct machine *m)
{
	const struct machine *machine = c->v[i].machine;
	uint64_t before = 0, here = work_of(machine), now = work_of(m), after = now;
	double ago = here < now ? (double)(now - here) : (double)(here - now);

	for (size_t k = i; k-- > 0 && !before;)
		if (machine_suits(c->v[k].machine, machine->kernel))
			before = work_of(c->v[k].machine);
	for (size_t k = i + 1; k < c->n && after == now; k++)
		if (machine_suits(machine, c->v[k].machine->kernel))
			after = work_of(c->v[k].machine);
	return (after > before ? (double)(after - before) : 0) / (ago + WORK_MIN);
}

/* Those of kernels that neither side has any more go first. */
static size_t least_worth(const struct checkpoints *c, const struct machine *m,
			  const struct machine *other)
{
	double least = 0;
	size_t at = 0;

	for (size_t i = 0; i < c->n; i++) {
		const struct machine *machine = c->v[i].machine;
		bool used = machine_suits(machine, m->kernel) || machine_suits(machine, other->kernel);
		double here = used ? worth(c, i, m) : -1;

		if (!i || here < least) {
			least = here;
			at = i;
		}
	}
	return at;
}

static void keep_to_limit(struct checkpoints *c, const struct log *log, const struct machine *m,
			  const struct machine *other, uint64_t limit)
{
	count_some(c);
	if (checkpoints_bytes(c, m, other) <= limit)
		return;
	drop_forgotten(c, log);
	while (c->n && checkpoints_bytes(c, m, other) > limit) {
		drop(c, least_worth(c, m, other));
		count_some(c);
	}
}

/* --- taking ---------------------------------------------------------------------------- */

static void take(struct checkpoints *c, const struct machine *m, uint64_t state)
{
	size_t i = c->n;

	GROW(c->v, c->n, c->cap);
	for (; i && c->v[i - 1].state > state; i--)
		c->v[i] = c->v[i - 1];
	c->v[i] = (struct checkpoint){.state = state, .machine = machine_copy(m, m->kernel)};
	c->v[i].bytes = machine_bytes(c->v[i].machine).own;
	c->n++;
}

void checkpoints_pass(struct checkpoints *c, const struct log *log, const struct machine *m,
		      const struct machine *other, uint64_t state, struct checkpoint_mark *mark)
{
	uint64_t work = work_of(m), since = work - mark->work, limit;

	assert(work >= mark->work);
	if (!c->always && (since < WORK_MIN || since < WORTH * machine_copy_work(m)))
		return;
	mark->work = work;
	limit = checkpoints_limit(c, m, other);
	if (m->memory <= limit && !checkpoints_last(c, log, m->kernel, state, state))
		take(c, m, state);
	keep_to_limit(c, log, m, other, limit);
}
