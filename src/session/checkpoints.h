/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of machines as they were after earlier commands, so that undo, redo and another
 * kernel carry out a few commands again, not all. Both sides share them: up to the first
 * fork a machine does not depend on which VMA its kernel checks.
 */
#ifndef SESSION_CHECKPOINTS_H
#define SESSION_CHECKPOINTS_H

#include "model/machine.h"
#include "session/log.h"

/* What all may take: as much as the machines themselves, if that is between these two. */
#define CHECKPOINT_BYTES (UINT64_C(8) << 20)
#define CHECKPOINTS_SHARE 8 /* and one part in so many of the budget's memory */

struct checkpoint {
	uint64_t state; /* of the log */
	struct machine *machine;
	uint64_t bytes; /* of its own, when they were counted last */
};

/* Fields are for reading, but for the last two; only these functions change them. */
struct checkpoints {
	struct checkpoint *v; /* in order of their states */
	size_t n, cap;
	size_t counted;	  /* whose bytes were counted lately, in turn */
	uint64_t most;	  /* bytes: the share of the budget, less in tests; 0: none are kept */
	bool always;	  /* keeps a copy after each command: in tests */
};

void checkpoints_init(struct checkpoints *c);
void checkpoints_deinit(struct checkpoints *c);

/* Where the last checkpoint of a machine is; zeroed: it has none. */
struct checkpoint_mark {
	uint64_t work;
};

/*
 * The machine has carried out a command and come to that state: keeps a copy if carrying
 * out again what it has done since the mark would take much longer than the copy does, and
 * memory allows it. other: the machine of the other side.
 */
void checkpoints_pass(struct checkpoints *c, const struct log *log, const struct machine *m,
		      const struct machine *other, uint64_t state, struct checkpoint_mark *mark);

/* The mark of a machine that is a copy of a checkpoint. */
struct checkpoint_mark checkpoint_mark_of(const struct machine *m);

/*
 * The last state in first..last that the log has, and in which a machine with that kernel
 * could be now; NULL: none.
 */
const struct checkpoint *checkpoints_last(const struct checkpoints *c, const struct log *log,
					  const struct kernel *kernel, uint64_t first, uint64_t last);

/* Bytes that they take besides these machines, when they were counted last; and may take. */
uint64_t checkpoints_bytes(const struct checkpoints *c, const struct machine *m,
			   const struct machine *other);
uint64_t checkpoints_limit(const struct checkpoints *c, const struct machine *m,
			   const struct machine *other);

#endif
