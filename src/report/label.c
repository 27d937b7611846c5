/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/label.h"

#include <inttypes.h>

#include "base/minmax.h"
#include "report/explain.h"

/* So many names are written out; of more, all but the last of these. */
#define NAMES_SHOWN 3
/* So many runs of equal entries are. */
#define ENTRIES_SHOWN 4

struct named_pages named_pages(const struct mm *mm, uint64_t first, uint64_t last)
{
	uint64_t end;
	const struct name *name = mm_name_at(mm, page_address(mm, first), &end);

	return (struct named_pages){
		.name = name,
		.first = first,
		.last = min(last, address_page(mm, end - 1)),
		.number = mm_named_page(mm, first),
	};
}

struct named_pages named_around(const struct vm_area *vma, uint64_t page)
{
	uint64_t start, end;

	mm_name_around(vma->mm, page_address(vma->mm, page), &start, &end);
	if (start < vma->start)
		start = vma->start;
	return named_pages(vma->mm, address_page(vma->mm, start), vma_last(vma));
}

struct named_entries named_entries(const struct mm *mm, uint64_t first, uint64_t last)
{
	const struct vm_area *vma = mm_find(mm, page_address(mm, first));
	struct named_entries entries = {.mapped = vma && vma_first(vma) <= first};
	uint64_t end;

	entries.pte = runs_alike(&mm->pages, first, &end);
	if (vma)
		end = min(end, entries.mapped ? vma_last(vma) : vma_first(vma) - 1);
	entries.pages = named_pages(mm, first, min(last, end));
	return entries;
}

bool names_change(const struct mm *mm, uint64_t first, uint64_t last)
{
	return named_pages(mm, first, last).last < last;
}

static const char *name_text(struct named_pages pages)
{
	return pages.name ? pages.name->text : "unnamed";
}

/* Are these all pages that were given this name? */
static bool is_whole(const struct mm *mm, struct named_pages pages)
{
	struct stretch stretch;

	if (!pages.name)
		return false;
	stretch = mm_stretch(mm, pages.name);
	return page_address(mm, pages.first) == stretch.start &&
	       page_address(mm, pages.last + 1) == stretch.end;
}

static void say_numbers(struct named_pages pages, struct buf *out)
{
	explain_range(pages.number, pages.number + (pages.last - pages.first), out);
}

static void add_label(const struct mm *mm, struct named_pages pages, struct buf *out)
{
	buf_puts(out, name_text(pages));
	if (is_whole(mm, pages))
		return;
	buf_putc(out, '[');
	say_numbers(pages, out);
	buf_putc(out, ']');
}

static void add_pages(const struct mm *mm, struct named_pages pages, struct buf *out)
{
	(void)mm;
	buf_printf(out, "%s %s ", name_text(pages), pages.first == pages.last ? "page" : "pages");
	say_numbers(pages, out);
}

static size_t count_names(const struct mm *mm, uint64_t first, uint64_t last)
{
	size_t n = 0;

	for (uint64_t page = first; page <= last; n++)
		page = named_pages(mm, page, last).last + 1;
	return n;
}

/* The names of these pages, one after the other. */
static void add_list(const struct mm *mm, uint64_t first, uint64_t last,
		     void (*add)(const struct mm *mm, struct named_pages pages, struct buf *out),
		     const char *between, const char *before_last, struct buf *out)
{
	size_t n = count_names(mm, first, last), shown = n > NAMES_SHOWN ? NAMES_SHOWN - 1 : n;

	for (size_t i = 0; i < shown; i++) {
		struct named_pages pages = named_pages(mm, first, last);

		if (i)
			buf_puts(out, i + 1 == n ? before_last : between);
		add(mm, pages, out);
		first = pages.last + 1;
	}
	if (shown < n)
		buf_printf(out, "%s%zu more", before_last, n - shown);
}

void label_range(const struct mm *mm, uint64_t first, uint64_t last, struct buf *out)
{
	add_list(mm, first, last, add_label, "+", "+", out);
}

void label_vma(const struct vm_area *vma, struct buf *out)
{
	label_range(vma->mm, vma_first(vma), vma_last(vma), out);
}

void label_pages(const struct mm *mm, uint64_t first, uint64_t last, struct buf *out)
{
	add_list(mm, first, last, add_pages, ", ", " and ", out);
}

void label_numbers(struct named_pages pages, bool named, struct buf *out)
{
	if (named)
		buf_printf(out, "%s ", name_text(pages));
	say_numbers(pages, out);
}

void label_entries(const struct mm *mm, uint64_t first, uint64_t last, bool named, struct buf *out)
{
	struct named_entries entries;
	size_t shown = 0;

	for (uint64_t page = first; page <= last; page = entries.pages.last + 1) {
		entries = named_entries(mm, page, last);
		if (entries.mapped && entries.pte.state == PTE_NONE)
			continue;
		if (shown)
			buf_puts(out, "; ");
		if (shown++ == ENTRIES_SHOWN) {
			buf_puts(out, "...");
			break;
		}
		label_numbers(entries.pages, named, out);
		buf_putc(out, ' ');
		if (entries.mapped)
			explain_pte(entries.pte, out);
		else
			buf_puts(out, "absent");
	}
	if (!shown)
		buf_puts(out, "no entries");
}

void label_machine(const struct paging *paging, struct buf *out)
{
	if (paging->arch == ARCH_X86_64)
		return;
	buf_printf(out, "%s, pages of %" PRIu64 " KiB, %u levels%s", arch_names[paging->arch],
		   page_size(paging) >> 10, paging->levels,
		   paging->hardware_bits ? "" : ", access bits by software");
}
