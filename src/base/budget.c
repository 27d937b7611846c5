/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/budget.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>

#include "base/minmax.h"

#define MEMORY_MOST (UINT64_C(1) << 50)
#define SECONDS_MOST 86400u

const struct budget_amounts budget_default = {UINT64_C(512) << 20, 5};

struct budget budget_of(struct budget_amounts amounts)
{
	return (struct budget){.memory = amounts.memory, .steps = amounts.seconds * BUDGET_STEPS};
}

struct budget_amounts budget_amounts(const struct budget *b)
{
	return (struct budget_amounts){b->memory, b->steps / BUDGET_STEPS};
}

void budget_give(struct budget *b, uint64_t bytes)
{
	if (!b)
		return;
	assert(bytes <= b->memory_used);
	b->memory_used -= bytes;
}

void budget_begin(struct budget *b)
{
	if (b)
		b->steps_used = 0;
}

uint64_t budget_memory_left(const struct budget *b)
{
	return !b ? SIZE_MAX : b->memory_used < b->memory ? b->memory - b->memory_used : 0;
}

uint64_t budget_steps_left(const struct budget *b)
{
	return !b ? SIZE_MAX : b->steps_used < b->steps ? b->steps - b->steps_used : 0;
}

/* --- words ---------------------------------------------------------------------------- */

/* Twice as much, until it is more than what is asked for now: more will be. */
static uint64_t more(uint64_t amount, uint64_t used)
{
	amount = max(amount, 1);
	while (amount <= used && amount < MEMORY_MOST)
		amount *= 2;
	return amount;
}

bool budget_check(const struct budget *b, struct vf_error *error)
{
	struct budget_amounts amounts;
	struct buf has = {0}, needs = {0};
	bool memory;

	if (budget_lasts(b))
		return true;
	amounts = budget_amounts(b);
	memory = b->memory_used > b->memory;
	if (memory) {
		buf_size(&has, amounts.memory);
		buf_size(&needs, more(amounts.memory, b->memory_used));
	} else {
		buf_printf(&has, "%" PRIu64 " s", amounts.seconds);
		buf_printf(&needs, "%" PRIu64 "s",
			   more(amounts.seconds, b->steps_used / BUDGET_STEPS));
	}
	vf_error_set(error, "out of %s: this takes more than the budget of %s",
		     memory ? "memory" : "time", buf_str(&has));
	vf_error_hint(error, "start the program with --budget %s, or more", buf_str(&needs));
	buf_deinit(&has);
	buf_deinit(&needs);
	return false;
}

void budget_print(struct budget_amounts amounts, struct buf *out)
{
	buf_size(out, amounts.memory);
	buf_printf(out, ",%" PRIu64 "s", amounts.seconds);
}

/* --- reading -------------------------------------------------------------------------- */

/* A number and one of the units at *at; *unit: which one. */
static bool read_amount(const char **at, const char *units, uint64_t *number, unsigned *unit)
{
	char *end;
	const char *found;

	if (!isdigit((unsigned char)**at))
		return false;
	*number = strtoull(*at, &end, 10);
	for (found = units; *found && *found != *end; found++)
		;
	*unit = (unsigned)(found - units);
	*at = end + 1;
	return *found && *number && *number <= MEMORY_MOST;
}

static bool read_memory(const char **at, uint64_t *bytes)
{
	uint64_t number;
	unsigned unit;

	if (!read_amount(at, "KMGT", &number, &unit) || number > MEMORY_MOST >> 10 * (unit + 1))
		return false;
	*bytes = number << 10 * (unit + 1);
	return true;
}

static bool read_seconds(const char **at, uint64_t *seconds)
{
	unsigned unit;

	return read_amount(at, "s", seconds, &unit) && *seconds <= SECONDS_MOST;
}

bool budget_read(const char *text, struct budget_amounts *amounts)
{
	struct budget_amounts read = budget_default;
	const char *at = text;

	if (read_memory(&at, &read.memory)) {
		/* More memory takes longer to fill. */
		if (read.memory > budget_default.memory)
			read.seconds = min(SECONDS_MOST, budget_default.seconds *
							 (read.memory / budget_default.memory));
		if (*at == ',' && (at++, !read_seconds(&at, &read.seconds)))
			return false;
	} else {
		at = text;
		read.memory = budget_default.memory;
		if (!read_seconds(&at, &read.seconds))
			return false;
	}
	if (*at)
		return false;
	*amounts = read;
	return true;
}

bool option_budget(void *at, const char *value)
{
	return budget_read(value, at);
}
