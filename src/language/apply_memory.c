/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands that are system calls on memory. */
#include <inttypes.h>

#include "language/apply_private.h"

/* --- vma ------------------------------------------------------------------------------ */

/* The file that `of NAME from PAGE` means. */
static bool find_file(struct machine *m, struct mm *mm, const struct command *c,
		      struct mmap_args *args, struct model_error *e)
{
	const struct vma_args *vma = &c->args.vma;
	const struct name *name = command_name(m, mm, c, vma->of, e);
	const struct vm_area *other = name ? mm_named_vma(mm, name) : NULL;

	if (!other)
		return false;
	if (vma->own) {
		refuse(e, MODEL_CANNOT, "it maps the file of %s, and so has none of its own", name->text);
		return apply_blame(e, vma->of);
	}
	if (!other->object || other->backing != args->backing) {
		refuse(e, MODEL_CANNOT, "%s maps %s", name->text, backing_names[other->backing]);
		return apply_blame(e, vma->of);
	}
	args->of = other->object;
	args->of_page = vma->of_page;
	return true;
}

static bool map_one(struct machine *m, struct mm *mm, const struct command *c,
		    const struct mmap_args *args, struct model_error *e)
{
	const struct name *name = machine_name(m, args->name);

	if (name && machine_name_in_use(m, name)) {
		refuse(e, MODEL_CANNOT, "the name %s is taken (reset empties the session)", args->name);
		return apply_blame(e, c->args.target.name);
	}
	return vm_mmap(m, mm, args, e);
}

/* NAME.0, NAME.1 and so on, back to back behind `at`. */
static bool map_times(struct machine *m, struct mm *mm, const struct command *c,
		      struct mmap_args args, struct model_error *e)
{
	struct buf name = {0};
	bool ok = true;

	for (uint64_t i = 0; ok && i < c->args.vma.times && !m->exhausted; i++) {
		buf_clear(&name);
		buf_printf(&name, "%s.%llu", word_text(c, c->args.target.name), (unsigned long long)i);
		args.name = buf_str(&name);
		ok = map_one(m, mm, c, &args, e);
		if (ok && args.fixed)
			args.address = mm_stretch(mm, machine_name(m, args.name)).end;
	}
	buf_deinit(&name);
	return ok;
}

/* MAP_HUGE_SHIFT: of the sizes that hugetlb has, only that of a huge entry is modelled. */
static bool check_huge_size(const struct mm *mm, const struct command *c, struct model_error *e)
{
	const struct vma_args *vma = &c->args.vma;
	uint64_t size = memory_size_bytes(vma->huge_size, mm->paging), usual = pmd_size(mm->paging);

	if (!vma->huge_size_word || (vma->mmap.backing == BACKING_HUGETLB && size == usual))
		return true;
	if (vma->mmap.backing == BACKING_HUGETLB)
		return not_modelled(e, "hugetlb pages of %" PRIu64 " KiB, only those of %" PRIu64 " KiB",
				    size >> 10, usual >> 10);
	refuse(e, MODEL_CANNOT, "page-size is hugetlb's");
	return apply_blame(e, vma->huge_size_word);
}

bool apply_vma(struct machine *m, const struct command *c, struct model_error *e)
{
	const struct vma_args *vma = &c->args.vma;
	struct mmap_args args = vma->mmap;
	struct mm *mm = command_mm(m, c);

	args.size = memory_size_bytes(vma->size, mm->paging);
	args.own = vma->own;
	args.apart = vma->apart;
	args.name = word_text(c, c->args.target.name);
	if (!check_huge_size(mm, c, e))
		return false;
	if (vma->of && !find_file(m, mm, c, &args, e))
		return false;
	return vma->is_times ? map_times(m, mm, c, args, e) : map_one(m, mm, c, &args, e);
}

static bool call_touch(struct machine *m, struct mm *mm, const struct ranges *pages,
		       const struct command *c, struct model_error *e)
{
	enum touch_result result;

	return vm_touch(m, mm, pages, c->args.write, &result, e);
}

bool apply_touch(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_pages_once_mapped(m, c, e, call_touch);
}

static bool call_madvise(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			 const struct command *c, struct model_error *e)
{
	return vm_madvise(m, mm, first, last, c->args.advice, e);
}

bool apply_madvise(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, c, e, call_madvise);
}

static bool call_mprotect(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			  const struct command *c, struct model_error *e)
{
	return vm_mprotect(m, mm, first, last, c->args.prot, e);
}

bool apply_mprotect(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, c, e, call_mprotect);
}

static bool call_mlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		       const struct command *c, struct model_error *e)
{
	return vm_mlock(m, mm, first, last, c->args.onfault, e);
}

bool apply_mlock(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, c, e, call_mlock);
}

static bool call_mseal(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
		       const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_mseal(m, mm, first, last, e);
}

bool apply_mseal(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, c, e, call_mseal);
}

static bool call_munmap(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_munmap(m, mm, first, last, e);
}

static bool call_munlock(struct machine *m, struct mm *mm, uint64_t first, uint64_t last,
			 const struct command *c, struct model_error *e)
{
	(void)c;
	return vm_munlock(m, mm, first, last, e);
}

bool apply_munlock(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, c, e, call_munlock);
}

bool apply_munmap(struct machine *m, const struct command *c, struct model_error *e)
{
	return with_ranges(m, c, e, call_munmap);
}
