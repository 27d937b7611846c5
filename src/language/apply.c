/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries build steps out on a machine, and words what it refuses. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/budget.h"
#include "language/apply_private.h"
#include "model/check/invariants.h"
#include "report/sides.h"

/* --- processes ------------------------------------------------------------------------------- */

bool apply_fork(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_fork(m, e);
}

bool apply_vfork(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_borrow(m, FORK_VFORK, e);
}

bool apply_posix_spawn(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_borrow(m, FORK_POSIX_SPAWN, e);
}

bool apply_clone_vm(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_borrow(m, FORK_CLONE_VM, e);
}

bool apply_exit(struct machine *m, const struct command *c, struct model_error *e)
{
	return vm_exit(m, command_mm(m, c), false, e);
}

bool apply_exec(struct machine *m, const struct command *c, struct model_error *e)
{
	return vm_exit(m, command_mm(m, c), true, e);
}

bool apply_become(struct machine *m, const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_become_child(m, e);
}

/* --- carrying out ------------------------------------------------------------------------------ */

typedef bool apply_function(struct machine *m, const struct command *c, struct model_error *e);

static apply_function *const apply_functions[COMMANDS] = {
#define BUILD(id, ...) [COMMAND_##id] = apply_##id,
#define RUN(id, ...)
#include "language/commands.def"
#undef BUILD
#undef RUN
};

bool command_is_touch(const struct command *c)
{
	return c->spec->id == COMMAND_touch;
}

/* While fork waits for the reader of a userfaultfd, nothing but that can be done. */
static bool fork_is_over(const struct machine *m, const struct command *c, struct model_error *e)
{
	const char *name;

	if (!m->unborn || (c->spec->id == COMMAND_reader && c->args.uffd.on))
		return true;
	name = uffd_fork_waits(m, m->unborn)->name;
	return refuse(e, MODEL_CANNOT, "fork waits until somebody reads its event: reader %.64s on", name);
}

/* Is there a process to carry it out? */
static bool has_process(const struct machine *m, const struct command *c, struct model_error *e)
{
	if (c->process == PROCESS_CHILD)
		return vm_has_child(m, e);
	if (m->borrow == BORROW_VFORK && c->spec->id != COMMAND_become)
		return refuse(e, MODEL_CANNOT, "the parent waits until its vfork child exits or calls exec");
	return c->spec->by == BY_PARENT || !m->parent->dead ||
	       refuse(e, MODEL_CANNOT, "the parent has exited or called exec");
}

bool command_passes(const struct machine *m, const struct command *c)
{
	return c->process == PROCESS_CHILD && (!m->child || m->child->dead) && m->fork_count &&
	       m->forks[m->fork_count - 1].err;
}

#ifdef VMAFORK_CHECK
/* Of a machine of so many runs, VMAs and events, each command is checked. */
#define CHECK_ALWAYS 1024

/*
 * Builds for tests check the invariants of the machine after each command; where it is
 * large, only when about as much has been done to it as a check looks at, so that the
 * checks take no more than a part of the time.
 */
static void check(struct machine *m, const struct command *c)
{
	struct inconsistency found;

	if (m->work < m->check_at)
		return;
	if (!machine_check(m, &found)) {
		fprintf(stderr, "%s: after '%s' (line %u): %s (%s, at %llu)\n", m->kernel->name,
			c->spec->name, c->line.n ? c->line.words[0].line : 0, found.what,
			found.vma ? vma_name(found.vma) : "no VMA", (unsigned long long)found.at);
		abort();
	}
	if (found.looked > CHECK_ALWAYS)
		m->check_at = m->work + found.looked;
}
#else
static void check(struct machine *m, const struct command *c)
{
	(void)m;
	(void)c;
}
#endif

static bool refuse_exhausted(const struct machine *m, struct model_error *e)
{
	struct vf_error error;

	if (budget_check(m->budget, &error))
		return not_modelled(e, "more than 2^32 steps of one kind");
	*e = (struct model_error){.err = MODEL_BUDGET};
	snprintf(e->message, sizeof(e->message), "%.200s", error.message);
	snprintf(e->hint, sizeof(e->hint), "%.70s", error.hint);
	return false;
}

bool command_apply(struct machine *m, const struct command *c, struct model_error *e)
{
	bool ok;

	assert(c->spec->builds);
	*e = (struct model_error){0};
	machine_seek_end(m);
	m->op++;
	m->child_acts = c->process == PROCESS_CHILD;
	ok = fork_is_over(m, c, e) && has_process(m, c, e) && apply_functions[c->spec->id](m, c, e);
	machine_settle_work(m);
	/* Whatever it says then: it was not done to the end. */
	if (m->exhausted)
		return refuse_exhausted(m, e);
	if (ok)
		check(m, c);
	return ok;
}

static const char *errno_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "error";
}

void command_explain_refusal(const struct command *c, int side, const struct model_error *e,
			    struct vf_error *error)
{
	const char *call = c->spec->call;

	if (e->err == MODEL_NOT_MODELLED)
		vf_error_set(error, "%s: not modelled: %s", side_names[side], e->message);
	else if (e->err == MODEL_BUDGET)
		vf_error_set(error, "%s: %s", c->spec->name, e->message);
	else if (e->err == MODEL_CANNOT && side < 0)
		vf_error_set(error, "%s: %s", call, e->message);
	else if (e->err == MODEL_CANNOT)
		vf_error_set(error, "%s: %s: %s", side_names[side], call, e->message);
	else
		vf_error_set(error, "%s: %s: %s, %s", side_names[side], call, errno_name(e->err),
			     e->message);
	if (e->hint[0])
		vf_error_hint(error, "%s", e->hint);
}

void command_point(const struct command *c, const struct reader *reader, unsigned word,
		   struct vf_error *error)
{
	if (reader)
		reader_point(reader, &c->line.words[word < c->line.n ? word : 0], error);
}
