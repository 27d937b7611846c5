/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often what was reached: commands, decisions, entries that fork dealt with. */
#ifndef RANDOM_STATISTICS_H
#define RANDOM_STATISTICS_H

#include "live/lockstep.h"

#define STATISTICS_MAX 512

/* A key: calls that were left out, as the kernel does not finish them. */
#define STATISTICS_UNFINISHED "left out, not finished"

/* Keys: commands that the model was asked for, and those that it does not cover. */
#define STATISTICS_TRIED "commands tried"
#define STATISTICS_NOT_MODELLED "commands not modelled"

/* A value without pointers, so that it can lie in shared memory. */
struct statistics {
	size_t n;
	struct {
		char key[56];
		uint64_t count;
	} v[STATISTICS_MAX];
};

void statistics_count(struct statistics *statistics, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A command that the model has carried out, or refused (refusal: the errno's name). */
void statistics_command(struct statistics *statistics, const struct command *command,
			const char *refusal);
/* A command that the model does not cover, for this reason. */
void statistics_not_modelled(struct statistics *statistics, const char *message);
/* Everything that its forks and touches came to. */
void statistics_machine(struct statistics *statistics, const struct machine *machine);
/* How often that was counted. */
uint64_t statistics_of(const struct statistics *statistics, const char *key);
void statistics_add(struct statistics *to, const struct statistics *from);
/* One line: how many commands were tried, and how many of them are not modelled. */
void statistics_print_share(const struct statistics *statistics);
/* Sorted by what was counted; with the words of the language that were never used. */
void statistics_print(const struct statistics *statistics);

#endif
