/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario sets for the machine. */
#include <inttypes.h>

#include "language/words.h"
#include "session/reproducer/reproducer_private.h"

static bool set_thp(struct repro *r)
{
	repro_need(r, "knob");
	repro_call(r, "set_knob(\"/sys/kernel/mm/transparent_hugepage/enabled\", \"%s\");",
		   thp_mode_names[r->command->args.set.thp]);
	return true;
}

static bool set_fault_around(struct repro *r)
{
	repro_need(r, "knob");
	repro_call(r, "set_knob(\"/sys/kernel/debug/fault_around_bytes\", \"%" PRIu64 "\");",
		   r->command->args.set.number * repro_page(r));
	return true;
}

void repro_note_zero_page(struct repro *r, bool predicted, struct buf *out)
{
	r->noted_zero_page = true;
	repro_need(r, "zeroes");
	buf_printf(out, "\t\tnote_zero_page(%s);\n", predicted ? "true" : "false");
}

static bool set_zero_page(struct repro *r)
{
	repro_note_zero_page(r, r->command->args.set.number, &r->block);
	return true;
}

static bool set_machine(struct repro *r)
{
	enum arch arch = (enum arch)r->command->args.set.number;

	repro_need(r, "machine");
	repro_call(r, "note_machine(\"%s\");", arch == ARCH_X86_64 ? "x86_64" : arch_names[arch]);
	return true;
}

/* PAGE says it, and the program looks at it before anything else. */
static bool set_page_size(struct repro *r)
{
	(void)r;
	return true;
}

static bool set_levels(struct repro *r)
{
	if (r->m[LEFT]->paging.arch != ARCH_X86_64)
		return repro_cannot(r, "the kernel's configuration decides it");
	repro_need(r, "levels");
	repro_call(r, "need_levels(%" PRIu64 ");", r->command->args.set.number);
	return true;
}

static bool set_access_bits(struct repro *r)
{
	return repro_cannot(r, "the processor decides it");
}

bool repro_set(struct repro *r)
{
	static bool (*const setters[])(struct repro *r) = {
		[KNOB_THP] = set_thp,
		[KNOB_FAULT_AROUND] = set_fault_around,
		[KNOB_ZERO_PAGE] = set_zero_page,
		[KNOB_MACHINE] = set_machine,
		[KNOB_PAGE_SIZE] = set_page_size,
		[KNOB_LEVELS] = set_levels,
		[KNOB_ACCESS_BITS] = set_access_bits,
	};

	r->by = REPRODUCER_OBSERVER;
	return setters[r->command->args.set.knob](r);
}
