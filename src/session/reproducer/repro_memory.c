/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Calls on memory that is mapped. */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "report/text.h"
#include "session/reproducer/reproducer_private.h"

/* --- touch ---------------------------------------------------------------------------------- */

/* The page at which a touch fails on both sides, UINT64_MAX: on neither, 0: on one of them. */
static uint64_t failing_page(const struct repro *r, const struct ranges *pages)
{
	uint64_t last = pages->v[pages->n - 1].last, at[SIDES];

	for (int side = 0; side < SIDES; side++) {
		at[side] = vm_touch_failing(r->m[side], command_mm(r->m[side], r->command), pages,
					    r->command->args.write);
		at[side] = at[side] > last ? UINT64_MAX : at[side];
	}
	return at[LEFT] == at[RIGHT] ? at[LEFT] : 0;
}

/* The language has a touch that fails change nothing: the page at which it does is all of it. */
static bool touch_pages(struct repro *r, size_t i, const struct ranges *pages)
{
	uint64_t fails = failing_page(r, pages);
	struct ranges one = {0};

	repro_need(r, "touch");
	if (fails && fails != UINT64_MAX) {
		ranges_add(&one, fails, fails);
		pages = &one;
	}
	for (size_t n = 0; n < pages->n; n++) {
		uint64_t start = pages->v[n].first * repro_page(r);
		struct buf at = {0}, size = {0};

		repro_address(r, r->names.v[i], r->before[i], start, &at);
		repro_size(r, (pages->v[n].last + 1) * repro_page(r) - start, &size);
		repro_call(r, "touch(%s, %s, %s, %d);", buf_str(&at), buf_str(&size),
			   r->command->args.write ? "true" : "false", fails == UINT64_MAX ? 60 : 1);
		buf_deinit(&at);
		buf_deinit(&size);
	}
	ranges_deinit(&one);
	return true;
}

bool repro_touch(struct repro *r)
{
	bool ok = true;

	for (size_t i = 0; ok && i < r->names.n; i++) {
		struct ranges pages = {0};
		struct model_error ignored;

		ok = command_pages(r->mm, r->names.v[i], r->command, &pages, &ignored) && pages.n
			     ? touch_pages(r, i, &pages)
			     : repro_cannot(r, "nothing is called so any more");
		ranges_deinit(&pages);
	}
	return ok;
}

/* --- ranges ----------------------------------------------------------------------------------- */

static bool advise(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	static const char *const macros[ADVICES] = {
#define A(name, word) [ADVICE_##name] = "MADV_" #name,
		ADVICE_LIST(A)
#undef A
	};
	enum advice advice = r->command->args.advice;

	(void)start;
	(void)bytes;
	if (advice == ADVICE_PAGEOUT)
		repro_call(r, "page_out(%s, %s);", at, size);
	else
		repro_call(r, "CHECK(madvise(%s, %s, %s));", at, size, macros[advice]);
	return true;
}

bool repro_madvise(struct repro *r)
{
	repro_need(r, r->command->args.advice == ADVICE_PAGEOUT ? "pageout" : "madvise");
	return repro_each_range(r, advise);
}

static void prot_words(unsigned prot, struct buf *out)
{
	static const struct {
		unsigned bit;
		const char *word;
	} words[] = {{MODEL_PROT_READ, "PROT_READ"}, {MODEL_PROT_WRITE, "PROT_WRITE"}, {MODEL_PROT_EXEC, "PROT_EXEC"}};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (prot & words[i].bit)
			buf_printf(out, "%s%s", out->len ? " | " : "", words[i].word);
	if (!out->len)
		buf_puts(out, "PROT_NONE");
}

static bool protect(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	struct buf prot = {0};

	(void)start;
	(void)bytes;
	prot_words(r->command->args.prot, &prot);
	repro_call(r, "CHECK(mprotect(%s, %s, %s));", at, size, buf_str(&prot));
	buf_deinit(&prot);
	return true;
}

bool repro_mprotect(struct repro *r)
{
	return repro_each_range(r, protect);
}

static bool lock(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	(void)start;
	(void)bytes;
	repro_call(r, "CHECK(mlock2(%s, %s, %s));", at, size,
		   r->command->args.onfault ? "MLOCK_ONFAULT" : "0");
	return true;
}

bool repro_mlock(struct repro *r)
{
	repro_need(r, "mlock2");
	return repro_each_range(r, lock);
}

static bool unlock(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	(void)start;
	(void)bytes;
	repro_call(r, "CHECK(munlock(%s, %s));", at, size);
	return true;
}

bool repro_munlock(struct repro *r)
{
	return repro_each_range(r, unlock);
}

static bool unmap(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	(void)start;
	(void)bytes;
	repro_call(r, "CHECK(munmap(%s, %s));", at, size);
	return true;
}

bool repro_munmap(struct repro *r)
{
	return repro_each_range(r, unmap);
}

static bool seal(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	(void)start;
	(void)bytes;
	repro_call(r, "CHECK(syscall(SYS_mseal, %s, %s, 0));", at, size);
	return true;
}

bool repro_mseal(struct repro *r)
{
	repro_need(r, "mseal");
	return repro_each_range(r, seal);
}

static bool poke(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	(void)start;
	(void)bytes;
	repro_call(r, "poke(%s, %s);", at, size);
	return true;
}

bool repro_poke(struct repro *r)
{
	repro_need(r, "poke");
	return repro_each_range(r, poke);
}

bool repro_clear_refs(struct repro *r)
{
	repro_need(r, "clear_refs");
	repro_call(r, "clear_soft_dirty();");
	return true;
}

/* --- mremap: written when the model has moved it ------------------------------------------- */

/* Where the memory of name i is now. */
static uint64_t place_now(const struct repro *r, size_t i)
{
	const struct name *name = r->names.v[i];
	struct buf text = {0};

	if (r->command->args.remap.part) {
		buf_printf(&text, "%s.moved", name->text);
		name = machine_name(r->m[LEFT], buf_str(&text));
		buf_deinit(&text);
		/* It stays where it is if it only shrinks. */
		return name && mm_named_vma(r->mm, name) ? mm_stretch(r->mm, name).start : r->first[i];
	}
	return r->first[i] - r->before[i] + mm_stretch(r->mm, name).start;
}

/* The file is as long as what is mapped of it. */
static bool extend_file(struct repro *r, uint64_t at, uint64_t size)
{
	const struct vm_area *vma = mm_vma_at(r->mm, at);
	struct repro_file *file = vma && vma->object ? repro_file_of(r, vma) : NULL;
	uint64_t end;

	if (!vma || !vma->object)
		return true;
	if (!file || !repro_has_file(r, file))
		return repro_cannot(r, "another process has its file");
	end = (linear_page_index(vma, address_page(r->mm, at)) + (size + repro_page(r) - 1) / repro_page(r)) * repro_page(r);
	repro_lengthen(r, vma, file, end);
	return true;
}

bool repro_mremap(struct repro *r)
{
	const struct remap_args *args = &r->command->args.remap;
	bool ok = true;

	repro_need(r, "mremap");
	for (size_t i = 0; ok && i < r->names.n; i++) {
		uint64_t now = place_now(r, i);
		uint64_t size = align_up(memory_size_bytes(args->size, r->mm->paging), repro_page(r));
		bool fixed = args->fixed || now != r->first[i];
		struct buf at = {0}, old = {0}, new = {0};

		ok = !repro_name(r, r->names.v[i], r->before[i])->placed ||
		     repro_cannot(r, "the driver decides where its mapping can be");
		ok = ok && extend_file(r, now, size);
		repro_address(r, r->names.v[i], r->before[i], r->first[i], &at);
		repro_size(r, r->size[i], &old);
		repro_size(r, size, &new);
		if (ok)
			repro_call(r, "CHECK(mremap(%s, %s, %s, MREMAP_MAYMOVE%s%s, AT(0x%" PRIx64 ")));",
				   buf_str(&at), buf_str(&old), buf_str(&new), fixed ? " | MREMAP_FIXED" : "",
				   args->dontunmap ? " | MREMAP_DONTUNMAP" : "",
				   args->fixed ? args->address : fixed ? now : 0);
		buf_deinit(&at);
		buf_deinit(&old);
		buf_deinit(&new);
	}
	return ok;
}

/* --- pins ------------------------------------------------------------------------------------- */

#define PIPE_MOST (UINT64_C(1) << 20) /* bytes: /proc/sys/fs/pipe-max-size */

static bool pin(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	bool pins = r->command->args.pin == PIN_WRITE;

	if (bytes > (pins ? UINT64_C(1) << 30 : PIPE_MOST))
		return repro_cannot(r, pins ? "a buffer of an io_uring has 1 GiB at most"
				    : repro_page(r) == PIPE_MOST / 256
					    ? "a pipe holds 256 pages at most"
					    : "a pipe holds 64 pages at most");
	buf_printf(&r->globals, "static int hold_%zu;\n", r->hold_count);
	repro_call(r, "hold_%zu = %s(%s, %s);", r->hold_count, pins ? "pin" : "hold", at, size);
	GROW(r->hold, r->hold_count, r->hold_cap);
	r->hold[r->hold_count++] = (struct repro_hold){
		.process = r->by, .start = start, .size = bytes, .pin = pins};
	return true;
}

/* Only these does process_vm_readv() replace as a pin that lasts does. */
static bool is_anonymous(const struct mm *mm, uint64_t first, uint64_t last)
{
	for (uint64_t page = first, end; page <= last; page = end + 1) {
		const struct vm_area *vma = mm_vma_at(mm, page_address(mm, page));

		if (!vma || !frame_is_anon(vma_pte(vma, page, &end).frame))
			return false;
	}
	return true;
}

static bool unshares_all(const struct repro *r)
{
	bool all = false;

	for (int side = 0; side < SIDES; side++)
		all |= r->m[side]->kernel->behaviour[BEHAVIOUR_PIN_READ] == PIN_READ_UNSHARES_ALL;
	return all;
}

static bool pin_for_reading(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	const struct vm_area *vma = mm_vma_at(r->mm, start);
	uint64_t first = address_page(r->mm, start);

	if (unshares_all(r) && vma && !(vma->flags & VM_SHARED) &&
	    !is_anonymous(r->mm, first, first + bytes / repro_page(r) - 1))
		return repro_cannot(r, "no system call pins a page of a file or of zeroes for reading and for long");
	repro_call(r, "pin_for_reading(%s, %s);", at, size);
	return true;
}

static bool pin_all_for_reading(struct repro *r)
{
	struct buf text = {0};
	bool ok;

	repro_need(r, "read_pin");
	ok = repro_each_range(r, pin_for_reading);
	if (ok) {
		command_print(r->command, &text);
		buf_puts(&r->block, "\t\tsay_released(");
		repro_string(buf_str(&text), &r->block);
		buf_puts(&r->block, ");\n");
	}
	buf_deinit(&text);
	return ok;
}

bool repro_pin(struct repro *r)
{
	if (r->command->args.pin == PIN_READ)
		return pin_all_for_reading(r);
	repro_need(r, r->command->args.pin == PIN_WRITE ? "pin" : "hold");
	return repro_each_range(r, pin);
}

static bool unpin(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes)
{
	(void)at;
	(void)size;
	for (size_t i = 0; i < r->hold_count; i++) {
		struct repro_hold *hold = &r->hold[i];

		if (hold->over || hold->process != r->by || hold->start >= start + bytes ||
		    start >= hold->start + hold->size)
			continue;
		if (hold->start < start || hold->start + hold->size > start + bytes)
			return repro_cannot(r, "this program gives pins back as it took them");
		repro_need(r, hold->pin ? "unpin" : "unhold");
		if (hold->pin)
			repro_call(r, "unpin(hold_%zu);", i);
		else
			repro_call(r, "let_go(hold_%zu, %" PRIu64 " * PAGE);", i, hold->size / repro_page(r));
		hold->over = true;
	}
	return true;
}

bool repro_unpin(struct repro *r)
{
	return repro_each_range(r, unpin);
}
