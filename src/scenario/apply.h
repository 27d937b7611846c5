/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carrying a command out on a model: the one way, for all who have a machine. */
#ifndef SCENARIO_APPLY_H
#define SCENARIO_APPLY_H

#include <stdbool.h>

#include "model/machine.h"
#include "scenario/command.h"

/*
 * Carries out a command that shapes memory (its row has an `apply`), at the end of
 * the machine's time. False, with *e: the kernel refuses it, it is not modelled, or
 * it takes more than the machine's budget, which counts as not modelled. The machine
 * may hold half of the change then: its owner builds it anew.
 */
bool command_apply(struct machine *m, const struct command *command, struct model_error *e);

#endif
