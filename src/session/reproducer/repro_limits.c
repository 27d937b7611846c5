/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Limits. A scenario's count its own memory, the machine's all: so the program sets the machine's
 * to what the scenario may have, and what others have at that moment. Those that others meet it
 * sets only if it is run with --may-limit.
 */
#include <inttypes.h>

#include "model/limits.h"
#include "model/pool.h"
#include "report/text.h"
#include "session/reproducer/reproducer_private.h"

/* --- huge pages, and VMAs ------------------------------------------------------------------- */

/* The pool is the machine's, and has what others use besides. */
static bool limit_pool(struct repro *r)
{
	const struct machine *m = r->m[LEFT];

	r->by = REPRODUCER_OBSERVER;
	r->limits_all = true;
	repro_need(r, "pool");
	repro_call(r, "limit_huge_pages(%" PRIu64 ", %" PRIu64 ");", r->command->args.limit.value,
		   pool_in_use(m) + pool_reserved(m));
	return true;
}

/* A process that has VMAs of no use has fewer left for others. */
static bool limit_vmas(struct repro *r)
{
	uint64_t count = mm_vma_count(r->m[LEFT]->parent), limit = r->command->args.limit.value;

	if (r->child >= 0 && !r->m[LEFT]->child->dead)
		return repro_cannot(r, "the child has been made without it");
	if (limit + 1 < count)
		return repro_cannot(r, "there are more VMAs already");
	repro_need(r, "vmas");
	repro_call(r, "limit_vmas(%" PRIu64 ");", limit + 1 - count);
	return true;
}

/* --- memory that is promised --------------------------------------------------------------- */

/*
 * The model charges it as a whole, but the program has memfd for it, as the file may be mapped
 * again; and that is charged by the page.
 */
static bool is_promised(const struct command *c, bool limited)
{
	const struct mmap_args *args = &c->args.vma.mmap;

	return c->spec->id == COMMAND_vma && args->anonymous && args->shared && (limited || !args->noreserve);
}

static bool has_promised_file(const struct repro *r)
{
	const struct log *log = r->source->log;
	bool limited = false;

	for (size_t i = log_start(log); i < log->count; i++) {
		const struct command *c = log->entries[i].command;

		limited |= c->spec->id == COMMAND_limit && c->args.limit.limit == LIMIT_COMMIT;
		if (is_promised(c, limited))
			return true;
	}
	return false;
}

static bool limit_commit(struct repro *r)
{
	if (has_promised_file(r))
		return repro_cannot(r, "this program has shared anonymous memory in a memfd, which is "
				       "charged by the page");
	if (r->m[LEFT]->borrow != BORROW_NOTHING)
		return repro_cannot(r, "two processes have that memory");
	r->limits_commit = r->limits_all = true;
	return true; /* the line is written before each call, as for those that follow */
}

/* What fork promises the child: VMAs that it does not duplicate are not counted. */
static uint64_t promised_pages(const struct mm *mm)
{
	uint64_t pages = 0;

	for_each_vma(mm, vma)
		if (vma->flags & VM_ACCOUNT && !(vma->flags & VM_DONTCOPY))
			pages += vma_pages(vma);
	return pages;
}

void repro_note_promised(struct repro *r)
{
	const struct machine *m = r->m[LEFT];

	r->committed = committed_pages(m);
	r->promised = promised_pages(m->parent);
}

/* What the program itself needs for that call, beside the scenario: "+ ..." */
static void add_own_needs(struct repro *r, struct buf *out)
{
	const struct vma_args *vma = &r->command->args.vma;

	switch (r->command->spec->id) {
	case COMMAND_fork: /* its own data; a fork that fails has failed before */
		if (last_fork(r->m[LEFT])->err)
			break;
		repro_need(r, "commit_fork");
		buf_printf(out, " + promised_beside(P%d, %" PRIu64 ")", r->by, r->promised);
		break;
	case COMMAND_posix_spawn: /* a stack */
		buf_puts(out, " + 64");
		break;
	case COMMAND_vma: /* map_apart() maps it twice */
		if (vma->apart)
			buf_printf(out, " + %" PRIu64,
				   memory_size_bytes(vma->size, &r->m[LEFT]->paging) / repro_page(r) + 1);
		break;
	default:
		break;
	}
}

/* Does the command need that the limit is right for it? */
static bool meets_limit(const struct repro *r)
{
	bool limits = r->command->spec->id == COMMAND_limit;

	return r->limits_commit && r->m[LEFT]->limits[LIMIT_COMMIT] != UNLIMITED &&
	       (limits || r->by != REPRODUCER_OBSERVER);
}

unsigned repro_turn_number(const struct repro *r)
{
	return r->turns + meets_limit(r);
}

void repro_limit_turn(struct repro *r)
{
	const struct machine *m = r->m[LEFT];
	uint64_t limit = m->limits[LIMIT_COMMIT];
	bool limits = r->command->spec->id == COMMAND_limit; /* it begins to count */
	uint64_t pages = limits ? committed_pages(m) : r->committed;

	if (!meets_limit(r))
		return;
	repro_need(r, "commit");
	repro_turn(r, REPRODUCER_OBSERVER);
	buf_printf(&r->body, "\n\t\tlimit_commit(%" PRId64, (int64_t)(limit / repro_page(r) - pages));
	add_own_needs(r, &r->body);
	buf_puts(&r->body, ");\n");
}

/* --- limit ----------------------------------------------------------------------------------- */

bool repro_limit(struct repro *r)
{
	static bool (*const limiters[])(struct repro *r) = {
		[LIMIT_HUGEPAGES] = limit_pool,
		[LIMIT_VMAS] = limit_vmas,
		[LIMIT_COMMIT] = limit_commit,
	};

	return limiters[r->command->args.limit.limit](r);
}
