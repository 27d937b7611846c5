/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mmap, the files that are mapped, and the memory policies that keep VMAs apart. */
#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "report/text.h"
#include "session/reproducer/reproducer_private.h"

/* --- files ------------------------------------------------------------------------------------ */

struct repro_file *repro_file_of(struct repro *r, const struct vm_area *vma)
{
	for (size_t i = 0; vma->object && i < r->file_count; i++)
		if (r->file[i].object == vma->object->number)
			return &r->file[i];
	return NULL;
}

bool repro_has_file(const struct repro *r, const struct repro_file *file)
{
	size_t number = (size_t)(file - r->file), before = r->file_count;
	int process = r->by;

	for (; process != file->process; process = r->process[process].parent) {
		before = r->process[process].born;
		if (!process || number >= before)
			return false;
	}
	return number < before;
}

/* How a file of that kind is made; NULL: it has none. */
static const char *maker_of(const struct vm_area *vma)
{
	static const char *const makers[BACKINGS] = {
		[BACKING_SHMEM] = "memory_file(0)",
		[BACKING_FILE] = "disk_file()",
		[BACKING_HUGETLB] = "memory_file(MFD_HUGETLB | MFD_HUGE_PAGE)",
		[BACKING_SECRET] = "secret_file()",
	};

	return makers[vma->backing];
}

void repro_lengthen(struct repro *r, const struct vm_area *vma, struct repro_file *file, uint64_t end)
{
	if (end <= file->size || vma->backing == BACKING_SECRET)
		return;
	if (vma->backing == BACKING_FILE)
		repro_call(r, "fill_file(file_%u, %" PRIu64 " * PAGE, %" PRIu64 " * PAGE);", file->object,
			   file->size / repro_page(r), end / repro_page(r));
	else
		repro_call(r, "CHECK(ftruncate(file_%u, %" PRIu64 " * PAGE));", file->object, end / repro_page(r));
	file->size = end;
}

/* The file that is mapped there, made and as long as it has to be; NULL: `impossible` says why. */
static const struct repro_file *open_file(struct repro *r, const struct vm_area *vma, uint64_t end)
{
	static const char *const sections[BACKINGS] = {
		[BACKING_SHMEM] = "memfd", [BACKING_FILE] = "disk", [BACKING_HUGETLB] = "hugefile",
		[BACKING_SECRET] = "secret",
	};
	struct repro_file *file = repro_file_of(r, vma);

	assert(vma->object); /* as its backing has a maker */
	repro_need(r, sections[vma->backing]);
	if (file && !repro_has_file(r, file)) {
		repro_cannot(r, "another process has its file");
		return NULL;
	}
	if (!file) {
		GROW(r->file, r->file_count, r->file_cap);
		file = &r->file[r->file_count++];
		*file = (struct repro_file){.object = vma->object->number, .process = r->by};
		buf_printf(&r->globals, "static int file_%u;\n", file->object);
		repro_call(r, "file_%u = %s;", file->object, maker_of(vma));
	}
	repro_lengthen(r, vma, file, end);
	return file;
}

/* --- mmap -------------------------------------------------------------------------------------- */

static void add_prot(unsigned prot, struct buf *out)
{
	buf_printf(out, "%s%s%s", prot & MODEL_PROT_READ ? "PROT_READ" : "",
		   prot & MODEL_PROT_WRITE ? prot & MODEL_PROT_READ ? " | PROT_WRITE" : "PROT_WRITE" : "",
		   !(prot & MODEL_PROT_EXEC) ? "" : prot & (MODEL_PROT_READ | MODEL_PROT_WRITE) ? " | PROT_EXEC" : "PROT_EXEC");
	if (!out->len)
		buf_puts(out, "PROT_NONE");
}

static void add_map_flags(const struct mmap_args *args, bool anonymous, struct buf *out)
{
	const struct {
		bool set;
		const char *word;
	} words[] = {
		{anonymous, "MAP_ANONYMOUS"},
		{args->noreserve || args->add_flags & VM_NORESERVE, "MAP_NORESERVE"},
		{args->populate, "MAP_POPULATE"},
		{args->growsdown, "MAP_GROWSDOWN"},
		{args->locked, "MAP_LOCKED"},
	};

	buf_puts(out, args->droppable ? "MAP_DROPPABLE" : args->shared ? "MAP_SHARED" : "MAP_PRIVATE");
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].set)
			buf_printf(out, " | %s", words[i].word);
}

static bool map_ring(struct repro *r, const struct name *name, uint64_t start)
{
	const struct mmap_args *args = &r->command->args.vma.mmap;
	uint64_t size = align_up(memory_size_bytes(r->command->args.vma.size, r->mm->paging), repro_page(r));
	struct repro_name *known;

	if (!args->shared || args->prot != (MODEL_PROT_READ | MODEL_PROT_WRITE) || size > UINT64_C(1) << 16)
		return repro_cannot(r, "the only driver's mapping that every machine has is an io_uring's "
				       "ring: shared, readable and writable, 64K at most");
	if (r->places == REPRODUCER_PLACES)
		return repro_cannot(r, "there are more drivers' mappings than this program has room for");
	repro_need(r, "ring");
	known = repro_name(r, name, start);
	buf_clear(&r->places_now);
	if (!known->placed)
		known->place = r->places++;
	known->placed = true; /* in what all processes see */
	repro_call(r, "%s = map_ring(%" PRIu64 " * PAGE, \" %s\");", known->variable, size / repro_page(r),
		   args->backing == BACKING_PFNMAP ? "pf" : "mm");
	return true;
}

static bool map_one(struct repro *r, const struct name *name)
{
	const struct vma_args *vma_args = &r->command->args.vma;
	const struct mmap_args *args = &vma_args->mmap;
	uint64_t start = mm_stretch(r->mm, name).start;
	uint64_t size = align_up(memory_size_bytes(vma_args->size, r->mm->paging),
				 args->backing == BACKING_HUGETLB ? pmd_size(r->mm->paging) : repro_page(r));
	const struct vm_area *vma = mm_vma_at(r->mm, start);
	bool apart = vma_args->apart && args->backing != BACKING_HUGETLB, anonymous;
	const struct repro_file *file = NULL;
	struct buf prot = {0}, flags = {0}, at = {0}, length = {0}, from = {0};
	uint64_t offset = 0;

	if (args->backing == BACKING_PFNMAP || args->backing == BACKING_MIXEDMAP)
		return map_ring(r, name, start);
	anonymous = !maker_of(vma);
	if (apart && anonymous && (args->populate || args->locked))
		return repro_cannot(r, "pages that are there when it is moved keep their numbers");
	if (!anonymous) {
		offset = linear_page_index(vma, address_page(r->mm, start));
		file = open_file(r, vma, offset * repro_page(r) + size);
		if (!file)
			return false;
		buf_printf(&from, "file_%u, %" PRIu64 "%s", file->object, offset, offset ? " * (off_t)PAGE" : "");
	} else {
		buf_puts(&from, "-1, 0");
	}
	repro_need(r, apart ? "apart" : "map");
	add_prot(args->prot, &prot);
	add_map_flags(args, anonymous, &flags);
	repro_address(r, name, start, start, &at);
	repro_size(r, size, &length);
	if (apart) {
		struct repro_name *known = repro_name(r, name, start);

		known->apart = r->policies++ % 4 + 1;
		repro_call(r, "map_apart(%s, %s, %s,\n\t\t\t  %s,\n\t\t\t  %s, %u);", buf_str(&at),
			   buf_str(&length), buf_str(&prot), buf_str(&flags), buf_str(&from), known->apart);
	} else {
		repro_name(r, name, start)->apart = 0;
		if (args->backing == BACKING_HUGETLB)
			repro_need(r, "huge");
		repro_call(r, "%s(mmap(%s, %s, %s,\n\t\t\t   %s | MAP_FIXED_NOREPLACE,\n\t\t\t   %s));",
			   args->backing == BACKING_HUGETLB ? "huge" : "CHECK", buf_str(&at), buf_str(&length), buf_str(&prot), buf_str(&flags), buf_str(&from));
	}
	buf_deinit(&prot);
	buf_deinit(&flags);
	buf_deinit(&at);
	buf_deinit(&length);
	buf_deinit(&from);
	return true;
}

bool repro_map(struct repro *r)
{
	const struct vma_args *vma = &r->command->args.vma;
	const char *text = command_word(r->command, r->command->args.target.name);
	struct buf name = {0};
	bool ok = true;

	if ((vma->mmap.add_flags & ~VM_NORESERVE) || vma->mmap.remove_flags)
		return repro_cannot(r, "no system call sets VMA flags by hand");
	for (uint64_t i = 0; ok && i < (vma->is_times ? vma->times : 1); i++) {
		buf_clear(&name);
		buf_puts(&name, text);
		if (vma->is_times)
			buf_printf(&name, ".%" PRIu64, i);
		ok = map_one(r, machine_name(r->m[LEFT], buf_str(&name)));
	}
	buf_deinit(&name);
	return ok;
}

/* --- merge ---------------------------------------------------------------------------------------- */

static void write_no_policy(struct repro *r, word_number word)
{
	const struct name *name = machine_name(r->m[LEFT], command_word(r->command, word));
	struct stretch stretch = mm_stretch(r->mm, name);
	struct repro_name *known = repro_name(r, name, stretch.start);

	if (!known->apart)
		return;
	known->apart = 0;
	for_each_vma_range(r->mm, vma, stretch.start, stretch.end) {
		uint64_t start = max(vma->start, stretch.start), end = min(vma->end, stretch.end);
		struct buf at = {0}, size = {0};

		repro_address(r, name, stretch.start, start, &at);
		repro_size(r, end - start, &size);
		repro_call(r, "set_policy(%s, %s, 0);", buf_str(&at), buf_str(&size));
		buf_deinit(&at);
		buf_deinit(&size);
	}
}

bool repro_merge(struct repro *r)
{
	write_no_policy(r, r->command->args.target.name);
	write_no_policy(r, r->command->args.other);
	return true;
}
