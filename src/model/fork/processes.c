/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Children that borrow their parent's memory, and how processes end. (kernel/fork.c, mm/mmap.c) */
#include <assert.h>

#include "base/alloc.h"
#include "model/fault.h"
#include "model/hold.h"
#include "model/syscalls.h"

const char *const fork_kind_names[FORK_KINDS] = {
	[FORK_FORK] = "fork",
	[FORK_VFORK] = "vfork",
	[FORK_POSIX_SPAWN] = "posix_spawn",
	[FORK_CLONE_VM] = "clone-vm",
};

bool vm_may_fork(const struct machine *m, struct model_error *error)
{
	if (m->parent->dead)
		return refuse(error, MODEL_CANNOT, "the parent has exited or called exec");
	if (m->borrow == BORROW_VFORK)
		return refuse(error, MODEL_CANNOT, "the parent waits until its vfork child exits or calls exec");
	return true;
}

/* The mm of a child that has given up the memory it borrowed. */
static struct mm *no_memory(struct machine *m)
{
	struct mm *mm = machine_new_mm(m);

	mm->dead = true;
	return mm;
}

/* copy_mm() with CLONE_VM: the child has a reference to the parent's mm, no copy of it. */
bool vm_borrow(struct machine *m, enum fork_kind kind, struct model_error *error)
{
	static const enum borrow borrows[FORK_KINDS] = {
		[FORK_VFORK] = BORROW_VFORK, [FORK_CLONE_VM] = BORROW_VM};
	bool spawn = kind == FORK_POSIX_SPAWN; /* its child calls exec before the parent goes on */
	struct fork_record *fork;

	assert(kind != FORK_FORK);
	if (!vm_may_fork(m, error))
		return false;
	m->recording = true;
	GROW(m->forks, m->fork_count, m->fork_cap);
	fork = &m->forks[m->fork_count++];
	*fork = (struct fork_record){.kind = kind, .first_event = m->event_count, .parent = m->parent};
	fork->child = spawn ? no_memory(m) : m->parent;
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .text = fork_kind_names[kind]});
	change_processes(m, m->parent, fork->child, borrows[kind]);
	fork->end_event = m->event_count;
	return true;
}

bool vm_has_child(const struct machine *m, struct model_error *error)
{
	if (m->child && !m->child->dead)
		return true;
	return refuse(error, MODEL_CANNOT,
		      m->child					     ? "the child has exited or called exec"
		      : m->fork_count && m->forks[m->fork_count - 1].err ? "there is no child: the last fork failed"
								     : "there is no child yet: fork creates one");
}

bool vm_exit(struct machine *m, struct mm *mm, bool exec, struct model_error *error)
{
	bool child = machine_child_acts(m, mm);

	assert(!mm->dead);
	if (m->borrow != BORROW_NOTHING && !child)
		return not_modelled(error, "a parent that exits while its child uses its memory");
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .by_child = child, .text = exec ? "exec" : "exit"});
	if (m->borrow != BORROW_NOTHING) {
		hold_exit(m, mm);
		change_processes(m, m->parent, no_memory(m), BORROW_NOTHING);
		return true;
	}
	for_each_vma(mm, vma)
		note_all_dirty(vma);
	change_dead(m, mm, true);
	hold_exit(m, mm);
	return true;
}

bool vm_become_child(struct machine *m, struct model_error *error)
{
	if (!vm_has_child(m, error))
		return false;
	event_add(m, (struct event){.kind = EVENT_SYSCALL, .by_child = true, .text = "become child"});
	change_processes(m, m->child, NULL, BORROW_NOTHING);
	return true;
}
