/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What fork decided, as far as it can be observed from outside. The kernel does not
 * say; what it did does, sometimes:
 *
 *   no VMA in the child            VM_DONTCOPY was set
 *   VM_WIPEONFORK in the child     it was wiped
 *   an entry in the child          it was copied
 *   no entry, and tables that      it was copied needlessly
 *     have no other explanation
 *   no entry and no tables, but    it was skipped: the walk would have
 *     entries in the parent        allocated tables first
 */
#ifndef OBSERVE_DECIDE_H
#define OBSERVE_DECIDE_H

#include "observe/facts.h"

/* Fills in the decisions of the parent's VMAs, at a moment right after a fork. */
void decide(struct seen_moment *moment);

#endif
