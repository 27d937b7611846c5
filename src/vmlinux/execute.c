/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/execute.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "vmlinux/execute_machine.h"
#include "vmlinux/image_object.h"

/* A decision takes some dozens of instructions; a run that takes more is not a decision. */
#define INSTRUCTIONS_MAX 20000u
#define PAGES_MAX 512u
#define DIRTY_MAX 8u
#define PAGE UINT64_C(4096)

/* The memory besides the image. No other address is mapped. */
#define STACK UINT64_C(0x6000000000)
#define STACK_SIZE (16 * PAGE)
#define TASK UINT64_C(0x6003000000) /* arm64: sp_el0 points here; the canary is in it */
#define TASK_SIZE (16 * PAGE)
#define SHADOW UINT64_C(0x6004000000) /* arm64: the shadow call stack, x18 */
#define SHADOW_SIZE PAGE
#define RETURN UINT64_C(0x6005000000)
#define ZEROES_SIZE (UINT64_C(16) << 20) /* s390x: behind the image */
#define LOWCORE_SIZE (2 * PAGE) /* s390x: what the processor keeps for itself */
#define PERCPU UINT64_C(0x7000000000) /* x86: the base of %gs; offsets have 32 bits */
#define PERCPU_REACH (UINT64_C(1) << 31)

/* Indexed by enum vma_side: {src, dst}. Nothing is mapped at mm and anon_vma. */
static const uint64_t vma_page[2] = {UINT64_C(0x6002000000), UINT64_C(0x6001000000)};
static const uint64_t mm_address[2] = {UINT64_C(0x6200000000), UINT64_C(0x6100000000)};
static const uint64_t anon_vma_address[2] = {UINT64_C(0x6400000000), UINT64_C(0x6300000000)};
#define SOMETHING_SIZE (UINT64_C(1) << 20) /* of what those point to */
#define VMA_OFFSET 256u			   /* within its pages: underruns are seen */
#define VMA_SIZE_MAX 2048u

#define FIRST_ADDRESS UINT64_C(0x7f0000000000)
#define END_ADDRESS (FIRST_ADDRESS + 4 * PAGE)

struct emulator {
	uc_engine *uc;
	uc_context *fresh;
	const struct image *image;
	const struct execute_machine *machine;
	struct vma_layout layout;
	uint64_t moved; /* the image, down by that much */
	unsigned pages;
	uint64_t dirty[DIRTY_MAX];  /* pages besides the stack that were written to */
	size_t dirty_count;
	bool vmas_dirty;	    /* so were the VMAs */
	uint64_t flags[2], anon[2]; /* their values */

	/* the run */
	const struct vma_pair *question;
	struct trial *run;
	struct trace *trace;
	bool stopped, returned;
	uint64_t at;
};

/* --- the end of a run ------------------------------------------------------------- */

static void stop(struct emulator *m, enum trial_end outcome, uint64_t touched, const char *what)
{
	if (m->stopped)
		return;
	m->stopped = true;
	m->run->outcome = (uint8_t)outcome;
	m->run->stopped_at = m->at + m->moved;
	m->run->touched = touched;
	snprintf(m->run->what, sizeof(m->run->what), "%s", what);
	uc_emu_stop(m->uc);
}

static bool in(uint64_t address, uint64_t start, uint64_t size)
{
	return address - start < size;
}

/*
 * Without page tables unicorn takes addresses for physical ones: 2.1 cuts them to
 * the 52 bits that those have, before it reports them; 2.0 leaves them whole.
 * Pages are mapped where it looks for them, and filled from where they are.
 */
static uint64_t canonical(const struct emulator *m, uint64_t address)
{
	const uint64_t sign = UINT64_C(0x1f) << 47;

	if (m->machine->signed_addresses && (address & sign) == sign)
		address |= UINT64_C(0xffff) << 48;
	return address;
}

static bool is_percpu(uint64_t address)
{
	return in(address, PERCPU - PERCPU_REACH, 2 * PERCPU_REACH);
}

static void go_on(struct emulator *m, uint64_t address, bool write)
{
	static const char *const who[2] = {"parent", "child"};
	char what[NAME_SIZE] = "";
	const char *name;
	uint64_t shown;

	for (int side = 0; side < 2; side++) {
		if (in(address, mm_address[side], SOMETHING_SIZE))
			snprintf(what, sizeof(what), "%s the %s's mm", write ? "writes" : "reads",
				 who[side]);
		else if (in(address, anon_vma_address[side], SOMETHING_SIZE))
			snprintf(what, sizeof(what), "%s the %s's anon_vma",
				 write ? "writes" : "reads", who[side]);
		else if (in(address, vma_page[side], PAGE))
			snprintf(what, sizeof(what), "writes the %s's VMA", who[side]);
	}
	address = canonical(m, address);
	name = what[0] ? NULL : image_object_external(m->image, address + m->moved);
	if (name)
		snprintf(what, sizeof(what), "%s %.40s", write ? "writes" : "reads", name);
	shown = address + (address < STACK ? m->moved : 0);
	if (!what[0] && m->image->memory)
		snprintf(what, sizeof(what), "%s other memory", write ? "writes" : "reads");
	else if (!what[0])
		snprintf(what, sizeof(what), "%s memory at 0x%" PRIx64, write ? "writes" : "reads", shown);
	stop(m, TRIAL_COPY, address, what);
}

/* The code goes on outside of the image: in another object of the kernel, or it is lost. */
static void leave(struct emulator *m, uint64_t address)
{
	const char *name = image_object_external(m->image, canonical(m, address) + m->moved);
	char what[NAME_SIZE];

	if (!name) {
		stop(m, TRIAL_OTHER, address, "jumps out of the image");
		return;
	}
	snprintf(what, sizeof(what), "calls %.40s()", name);
	stop(m, TRIAL_COPY, address, what);
}

/* --- memory ----------------------------------------------------------------------- */

/* Maps a page of the image, or of the per-CPU area. False: there is none. */
static bool bring_in(struct emulator *m, uint64_t page)
{
	uint64_t from = is_percpu(page) ? page - PERCPU : canonical(m, page) + m->moved;
	uint8_t bytes[PAGE];
	size_t covered;

	memset(bytes, 0, sizeof(bytes));
	covered = image_read(m->image, from, bytes, sizeof(bytes));
	/* A segment may start inside of a page. */
	for (size_t skip = 8; !covered && skip < PAGE; skip += 8)
		covered = image_read(m->image, from + skip, bytes + skip, PAGE - skip);
	if (!covered && !is_percpu(page))
		return false;
	if (m->pages == PAGES_MAX)
		return false;
	if (uc_mem_map(m->uc, page, PAGE, UC_PROT_ALL) ||
	    uc_mem_write(m->uc, page, bytes, sizeof(bytes)))
		return false;
	m->pages++;
	return true;
}

static bool on_unmapped(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
			void *data)
{
	struct emulator *m = data;
	bool write = type == UC_MEM_WRITE_UNMAPPED;
	uint64_t last = (address + (uint64_t)(size > 0 ? size - 1 : 0)) & ~(PAGE - 1);

	(void)uc;
	(void)value;
	/* One page of an access across a boundary may already be mapped. */
	if ((!write || is_percpu(address)) && (bring_in(m, address & ~(PAGE - 1)) ||
		       (last != (address & ~(PAGE - 1)) && bring_in(m, last))))
		return true;
	if (type == UC_MEM_FETCH_UNMAPPED)
		leave(m, address);
	else
		go_on(m, address, write);
	return false;
}

static uint64_t *word_of(struct finding_input input, uint64_t flags[2], uint64_t anon[2])
{
	return input.bit == ANON_VMA ? &anon[input.side] : &flags[input.side];
}

/* A number as the machine keeps it in memory. */
static uint64_t in_memory(const struct emulator *m, uint64_t value)
{
	return m->image->big_endian ? __builtin_bswap64(value) : value;
}

static uc_err write_word(struct emulator *m, uint64_t address, uint64_t value)
{
	value = in_memory(m, value);
	return uc_mem_write(m->uc, address, &value, sizeof(value));
}

/* Writes the flag words and anon_vmas that the instruction at `at` may see. */
static void put_inputs(struct emulator *m, uint64_t at)
{
	const struct vma_pair *q = m->question;
	uint64_t flags[2], anon[2];

	for (int side = 0; side < 2; side++) {
		flags[side] = q->flags[side];
		anon[side] = q->anon_vma[side] ? anon_vma_address[side] : 0;
	}
	if (q->seen_at && at != q->seen_at) {
		uint64_t *word = word_of(q->hidden, flags, anon);

		*word = q->hidden.bit == ANON_VMA ? 0 : *word & ~(UINT64_C(1) << q->hidden.bit);
	}
	for (int side = 0; side < 2; side++) {
		uint64_t vma = vma_page[side] + VMA_OFFSET;

		if (flags[side] != m->flags[side])
			write_word(m, vma + m->layout.vm_flags, flags[side]);
		if (anon[side] != m->anon[side])
			write_word(m, vma + m->layout.anon_vma, anon[side]);
		m->flags[side] = flags[side];
		m->anon[side] = anon[side];
	}
}

static void on_read(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		    void *data)
{
	struct emulator *m = data;

	(void)uc;
	(void)type;
	(void)value;
	for (int side = 0; side < 2; side++) {
		uint64_t offset = address - vma_page[side] - VMA_OFFSET;

		if (!in(address, vma_page[side], PAGE))
			continue;
		if (offset >= m->layout.vma_size) {
			go_on(m, address, false);
			return;
		}
		if (m->trace && m->trace->read_count < READS_MAX)
			m->trace->reads[m->trace->read_count++] = (struct vma_read){
				m->at + m->moved, (uint8_t)side, (uint16_t)offset, (uint16_t)size};
		if (m->question->seen_at)
			put_inputs(m, m->at + m->moved);
	}
}

/* False: there are too many, for a decision. */
static bool note_dirty(struct emulator *m, uint64_t page)
{
	for (size_t i = 0; i < m->dirty_count; i++)
		if (m->dirty[i] == page)
			return true;
	if (m->dirty_count < DIRTY_MAX)
		m->dirty[m->dirty_count++] = page;
	return m->dirty_count < DIRTY_MAX;
}

/*
 * Code that counts what it does does so per CPU: how deep calls are, where the kernel
 * guards returns that way. Anything else that is written was not for a decision.
 */
static void on_write(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		     void *data)
{
	struct emulator *m = data;

	(void)uc;
	(void)type;
	(void)size;
	(void)value;
	if (in(address, STACK, STACK_SIZE) || in(address, SHADOW, SHADOW_SIZE))
		return;
	if (in(address, vma_page[0], PAGE) || in(address, vma_page[1], PAGE))
		m->vmas_dirty = true;
	else if (note_dirty(m, address & ~(PAGE - 1)) && is_percpu(address))
		return;
	go_on(m, address, true);
}

static void on_instruction(uc_engine *uc, uint64_t address, uint32_t size, void *data)
{
	struct emulator *m = data;

	(void)uc;
	(void)size;
	m->at = address;
	if (m->trace && m->trace->n < TRACE_MAX)
		m->trace->at[m->trace->n++] = address + m->moved;
	if (++m->run->instructions > INSTRUCTIONS_MAX)
		stop(m, TRIAL_OTHER, 0, "does not end");
}

/* The function has returned, which no other hook sees. */
static bool has_returned(struct emulator *m)
{
	uint64_t pc = 0;

	uc_reg_read(m->uc, m->machine->pc, &pc);
	if (pc != RETURN)
		return false;
	m->returned = true;
	uc_emu_stop(m->uc);
	return true;
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *data)
{
	struct emulator *m = data;
	char what[NAME_SIZE];

	(void)uc;
	if (m->machine->traps && has_returned(m))
		return;
	snprintf(what, sizeof(what), "traps (%u)", number);
	stop(m, TRIAL_OTHER, 0, what);
}

/* --- an emulator ------------------------------------------------------------------ */

static uint64_t lowest_address(const struct image *image, uint64_t function)
{
	uint64_t low = function;

	for (size_t i = 0; i < image->segment_count; i++)
		if (image->segments[i].p_type == PT_LOAD && image->segments[i].p_vaddr < low &&
		    image->segments[i].p_vaddr > UINT32_MAX)
			low = image->segments[i].p_vaddr;
	return low;
}

static uc_err set_arguments(struct emulator *m)
{
	const uint64_t stack = STACK + STACK_SIZE - PAGE;
	const uint64_t values[USES] = {
		[USE_DST] = vma_page[SIDE_DST] + VMA_OFFSET,
		[USE_SRC] = vma_page[SIDE_SRC] + VMA_OFFSET,
		[USE_STACK] = m->machine->back_on_stack ? stack - 8 : stack, /* as after a call */
		[USE_BACK] = RETURN,
		[USE_TASK] = TASK,
		[USE_SHADOW] = SHADOW,
		[USE_PERCPU] = PERCPU,
	};
	uc_err err = execute_machine_start(m->machine, m->uc);

	for (const struct register_of *r = m->machine->registers; r->id && !err; r++)
		err = uc_reg_write(m->uc, r->id, &values[r->use]);
	return err;
}

static uc_err map_areas(struct emulator *m)
{
	static const struct {
		uint64_t address, size;
	} areas[] = {
		{STACK, STACK_SIZE},
		{TASK, TASK_SIZE},
		{SHADOW, SHADOW_SIZE},
		{RETURN, PAGE},
	};
	uc_err err = UC_ERR_OK;

	for (size_t i = 0; i < ARRAY_SIZE(areas) && !err; i++)
		err = uc_mem_map(m->uc, areas[i].address, areas[i].size, UC_PROT_ALL);
	for (int side = 0; side < 2 && !err; side++)
		err = uc_mem_map(m->uc, vma_page[side], PAGE, UC_PROT_ALL);
	if (m->machine->lowcore && !err)
		err = uc_mem_map(m->uc, 0, LOWCORE_SIZE, UC_PROT_ALL);
	return err;
}

static uc_err add_hooks(struct emulator *m)
{
	const struct {
		int type;
		void *function;
	} hooks[] = {
		{UC_HOOK_CODE, (void *)on_instruction}, {UC_HOOK_MEM_READ, (void *)on_read},
		{UC_HOOK_MEM_WRITE, (void *)on_write},	{UC_HOOK_MEM_UNMAPPED, (void *)on_unmapped},
		{UC_HOOK_INTR, (void *)on_interrupt},
	};
	uc_err err = UC_ERR_OK;
	uc_hook hook;

	for (size_t i = 0; i < ARRAY_SIZE(hooks) && !err; i++)
		err = uc_hook_add(m->uc, &hook, hooks[i].type, hooks[i].function, m, 1, 0);
	return err;
}

/* A raw image as it is, and the zeroes behind it. */
static uc_err map_image(struct emulator *m)
{
	const Elf64_Phdr *segment = &m->image->segments[0];
	uint64_t at = segment->p_vaddr - m->moved, size = align_up(segment->p_filesz, PAGE);
	uc_err err = uc_mem_map_ptr(m->uc, at, size, UC_PROT_READ | UC_PROT_EXEC,
				    (void *)m->image->data);

	return err ? err : uc_mem_map(m->uc, at + size, ZEROES_SIZE, UC_PROT_ALL);
}

static uc_err set_up(struct emulator *m)
{
	uc_err err = uc_open(m->machine->arch, m->machine->mode, &m->uc);

	if (!err && m->machine->cpu >= 0)
		err = uc_ctl_set_cpu_model(m->uc, m->machine->cpu);
	err = err ? err : map_areas(m);
	if (m->machine->traps && !err)
		err = map_image(m);
	err = err ? err : add_hooks(m);
	err = err ? err : set_arguments(m);
	err = err ? err : uc_context_alloc(m->uc, &m->fresh);
	return err ? err : uc_context_save(m->uc, m->fresh);
}

struct emulator *emulator_create(const struct image *image, const struct vma_layout *layout,
				 struct vf_error *error)
{
	static const char what[] = "copy_page_range";
	struct emulator *m;
	uint64_t fields[] = {layout->vm_flags, layout->anon_vma, layout->vm_start, layout->vm_end,
			     layout->vm_mm};
	uc_err err;

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
		if (layout->vma_size > VMA_SIZE_MAX || layout->vma_size < 8 ||
		    fields[i] > layout->vma_size - 8 || fields[i] % 8) {
			vf_error_set(error, "struct vm_area_struct is not plausible in this image");
			return NULL;
		}
	if (!image_has_code(image, layout->function)) {
		vf_error_set(error, "%s has no code in this file", what);
		vf_error_hint(error, "a .debug file has none: name the image that it belongs to, "
				     "and its debug info with --debug-file");
		return NULL;
	}
	m = xcalloc(1, sizeof(*m));
	m->image = image;
	m->machine = &execute_machines[image->machine];
	m->layout = *layout;
	m->vmas_dirty = true; /* not written yet */
	if (m->machine->moved)
		m->moved = (lowest_address(image, layout->function) & ~UINT64_C(0x1fffff)) -
			   UINT64_C(0x1000000000);
	err = set_up(m);
	if (!err)
		return m;
	vf_error_set(error, "cannot set up the emulator for %s: %s", what, uc_strerror(err));
	return NULL;
}

static void write_vmas(struct emulator *m)
{
	if (!m->vmas_dirty)
		return;
	m->vmas_dirty = false;
	for (int side = 0; side < 2; side++) {
		uint64_t vma = vma_page[side] + VMA_OFFSET;
		uint8_t zeroes[PAGE] = {0};

		uc_mem_write(m->uc, vma_page[side], zeroes, sizeof(zeroes));
		write_word(m, vma + m->layout.vm_start, FIRST_ADDRESS);
		write_word(m, vma + m->layout.vm_end, END_ADDRESS);
		write_word(m, vma + m->layout.vm_mm, mm_address[side]);
		m->flags[side] = m->anon[side] = 0;
	}
}

static void clean_page(struct emulator *m, uint64_t page)
{
	static const uint8_t zeroes[PAGE];

	if (m->machine->traps) /* the image itself cannot be written, only what is behind it */
		uc_mem_write(m->uc, page, zeroes, sizeof(zeroes));
	else if (!uc_mem_unmap(m->uc, page, PAGE) ||
		 !uc_mem_unmap(m->uc, page & ((UINT64_C(1) << 52) - 1), PAGE))
		m->pages--;
}

/* Restores what the last run wrote to. */
static void clean_pages(struct emulator *m)
{
	for (size_t i = 0; i < m->dirty_count; i++)
		clean_page(m, m->dirty[i]);
	m->dirty_count = 0;
}

static void finish(struct emulator *m, uc_err err)
{
	uint64_t at = 0, value = 0;
	char what[NAME_SIZE];

	if (m->stopped)
		return;
	uc_reg_read(m->uc, m->machine->pc, &at);
	if (err || (at != RETURN && !m->returned)) {
		snprintf(what, sizeof(what), "cannot continue: %s", uc_strerror(err));
		stop(m, TRIAL_OTHER, 0, what);
		return;
	}
	uc_reg_read(m->uc, m->machine->result, &value);
	if ((uint32_t)value) {
		snprintf(what, sizeof(what), "returns %d", (int32_t)value);
		stop(m, TRIAL_OTHER, 0, what);
	} else {
		stop(m, TRIAL_SKIP, 0, "returns 0");
	}
}

void emulator_ask(struct emulator *m, const struct vma_pair *question, struct trial *run,
		  struct trace *trace)
{
	uc_err err;

	*run = (struct trial){0};
	if (trace)
		trace->n = trace->read_count = 0;
	m->question = question;
	m->run = run;
	m->trace = trace;
	m->stopped = m->returned = false;
	m->at = 0;
	clean_pages(m);
	write_vmas(m);
	put_inputs(m, 0);
	uc_context_restore(m->uc, m->fresh);
	if (m->machine->back_on_stack)
		write_word(m, STACK + STACK_SIZE - PAGE - 8, RETURN);
	err = uc_emu_start(m->uc, m->layout.function - m->moved, RETURN, 0, 0);
	finish(m, err);
}
