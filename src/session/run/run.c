/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of the commands that are no build steps, in the order of the table. */
#include <assert.h>

#include "session/session_private.h"

typedef bool run_function(struct call *call);

static run_function *const run_functions[COMMANDS] = {
#define BUILD(id, ...)
#define RUN(id, ...) [COMMAND_##id] = run_##id,
#include "language/commands.def"
#undef BUILD
#undef RUN
};

bool command_run(struct call *call)
{
	assert(!call->command->spec->builds);
	return run_functions[call->command->spec->id](call);
}
