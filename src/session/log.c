/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/bisect.h"

static void check(const struct log *log)
{
	assert(log->count <= log->total);
	assert(log->floor <= log->step_count && log->step_count <= log->step_total);
	assert(!log->step_count || log->steps[log->step_count - 1].end <= log->count);
	(void)log;
}

static uint64_t bytes_of(const struct command *c)
{
	return c->bytes + sizeof(struct logged);
}

/* The last of all, of those that can be redone, too. */
static void drop_last(struct log *log)
{
	struct command *c = log->entries[--log->total].command;

	budget_give(log->budget, bytes_of(c));
	command_free(c);
}

void log_deinit(struct log *log)
{
	while (log->total)
		drop_last(log);
	free(log->entries);
	free(log->steps);
	*log = (struct log){0};
}

size_t log_start(const struct log *log)
{
	size_t start = 0;

	for (size_t i = 0; i < log->count; i++)
		if (log->entries[i].command->spec->id == COMMAND_reset)
			start = i + 1;
	return start;
}

struct tally log_tally(const struct log *log)
{
	struct tally tally = {0};

	for (size_t i = log_start(log); i < log->count; i++)
		if (log->entries[i].command->spec->group == GROUP_EXPECT)
			(*(log->entries[i].met ? &tally.passed : &tally.failed))++;
	return tally;
}

void log_print_building(const struct log *log, struct buf *out)
{
	for (size_t i = log_start(log); i < log->count; i++)
		if (log->entries[i].command->spec->builds) {
			command_print(log->entries[i].command, out);
			buf_putc(out, '\n');
		}
}

/* --- states ---------------------------------------------------------------------------------- */

uint64_t log_state(const struct log *log, size_t count)
{
	assert(count <= log->total);
	return count ? log->entries[count - 1].state : 0;
}

bool log_find_state(const struct log *log, uint64_t state, size_t *count)
{
	size_t at;

	BISECT(at, log->total, log_state(log, at) < state); /* they grow */
	*count = at;
	return log_state(log, at) == state;
}

static uint64_t next_state(struct log *log, const struct command *c)
{
	bool new = c->spec->builds || c->spec->id == COMMAND_reset;

	return new ? ++log->states : log_state(log, log->count);
}

/* --- growing ------------------------------------------------------------------------------- */

static bool changes(const struct command *c)
{
	return c->spec->group != GROUP_STORY && c->spec->group != GROUP_EXPECT;
}

void log_add(struct log *log, struct logged entry)
{
	/* A command that changes nothing keeps the steps for redo, which follow it. */
	if (changes(entry.command))
		log_forget_redo(log);
	GROW(log->entries, log->total, log->cap);
	memmove(&log->entries[log->count + 1], &log->entries[log->count],
		(log->total - log->count) * sizeof(*log->entries));
	command_hold(entry.command);
	budget_take(log->budget, bytes_of(entry.command));
	entry.state = next_state(log, entry.command);
	log->entries[log->count++] = entry;
	log->total++;
	for (size_t i = log->step_count; i < log->step_total; i++) {
		log->steps[i].begin++;
		log->steps[i].end++;
	}
	check(log);
}

void log_end_step(struct log *log, size_t begin)
{
	bool any = false;

	for (size_t i = begin; i < log->count; i++)
		any |= changes(log->entries[i].command);
	if (!any)
		return;
	GROW(log->steps, log->step_count, log->step_cap);
	log->steps[log->step_count++] = (struct undo_step){begin, log->count};
	log->step_total = log->step_count;
	check(log);
}

void log_copy(struct log *log, const struct log *from)
{
	size_t step = 0;

	for (size_t i = 0; i < from->count; i++) {
		log_add(log, from->entries[i]);
		if (step < from->step_count && from->steps[step].end == i + 1)
			log_end_step(log, from->steps[step++].begin);
	}
}

void log_join_steps(struct log *log, size_t first)
{
	if (first >= log->step_count)
		return;
	log->steps[first].end = log->count;
	log->step_count = log->step_total = first + 1;
	check(log);
}

/* --- taking back --------------------------------------------------------------------------- */

size_t log_undoable(const struct log *log)
{
	return log->step_count - log->floor;
}

size_t log_redoable(const struct log *log)
{
	return log->step_total - log->step_count;
}

void log_undo(struct log *log, uint64_t n)
{
	size_t most = log_undoable(log);

	if (!most || !n)
		return;
	log->step_count -= n < most ? n : most;
	log->count = log->steps[log->step_count].begin;
	check(log);
}

void log_redo(struct log *log, uint64_t n)
{
	size_t most = log_redoable(log);

	log->step_count += n < most ? n : most;
	/* With the commands after the step: undo took them back, too. */
	log->count = n < most ? log->steps[log->step_count].begin : log->total;
	check(log);
}

void log_forget_redo(struct log *log)
{
	while (log->total > log->count)
		drop_last(log);
	log->step_total = log->step_count;
}

void log_cut(struct log *log, size_t count)
{
	if (log->count <= count)
		return;
	log->count = count;
	log_forget_redo(log);
	check(log);
}

/* --- files ---------------------------------------------------------------------------------- */

struct log_file log_begin_file(struct log *log)
{
	struct log_file file = {log->count, log->step_count, log->floor};

	log->floor = log->step_count;
	return file;
}

void log_end_file(struct log *log, struct log_file file, bool kept)
{
	log->floor = file.floor;
	log->step_count = log->step_total = file.steps;
	if (!kept)
		return;
	log_forget_redo(log);
	log_end_step(log, file.count);
}
