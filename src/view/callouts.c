/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is on the screen now, explained: letters of cells, codes of flags, signs. */
#include "view/callouts.h"

#include "view/entries_private.h"
#include "view/picture_private.h"
#include "view/scene.h"

static void add(struct buf *out, const char *sign, const char *text)
{
	buf_printf(out, "  %s%*s%s\n", sign, 12 - text_columns(sign), "", text);
}

/* Longer than the words of the legend on the screen. */
static const char *const cells[CELLS] = {
	[CELL_UNMAPPED] = NULL,
	[CELL_NONE] = "no entry: the table exists; where there is no table, nothing is drawn",
	[CELL_WRITABLE] = "a page that may be written",
	[CELL_READ_ONLY] = "a page that is mapped read-only",
	[CELL_UFFD] = "a page with the uffd-wp bit: a write asks the userfaultfd",
	[CELL_OWN] = "a page of its own: the other process maps another one",
	[CELL_PINNED] = "a pinned page: fork gives the child a copy at once",
	[CELL_ZERO] = "the zero page",
	[CELL_DEVICE] = "device memory: no struct page is used",
	[CELL_HUGE] = "a part of a huge page, which one PMD entry maps",
	[CELL_HUGE_READ_ONLY] = "a part of a huge page that is mapped read-only",
	[CELL_HUGE_ZERO] = "the huge zero page",
	[CELL_HUGETLB] = "a hugetlb page",
	[CELL_SWAP] = "a swap entry",
	[CELL_MIGRATION] = "a migration entry",
	[CELL_DEVICE_PRIVATE] = "a device-private entry",
	[CELL_DEVICE_EXCLUSIVE] = "a device-exclusive entry",
	[CELL_MARKER] = "a marker: uffd-wp where there is no page",
	[CELL_GUARD] = "a guard marker: an access ends in SIGSEGV",
	[CELL_POISON] = "a poison marker: an access ends in SIGBUS",
	[CELL_HWPOISON] = "a page with a memory error",
	[CELL_GUESS] = "your answer: an entry, where there is none",
	[CELL_MIXED] = "several of these in one cell: Z zooms in",
	[CELL_EMPTY_TABLE] = "empty page tables",
};

static void add_cells(unsigned kinds, bool utf8, struct buf *out)
{
	for (int kind = 0; kind < CELLS; kind++)
		if (cells[kind] && kinds >> kind & 1)
			add(out, utf8 ? cell_signs[kind].utf8 : cell_signs[kind].ascii, cells[kind]);
}

static void add_levels(bool utf8, struct buf *out)
{
	add(out, utf8 ? "■" : "#", "PGD to PMD: slots that point to a table; the lit one leads to the cells");
	add(out, utf8 ? "█" : "H", "PMD: a slot that maps a huge page itself");
	add(out, "new", "a table that this step allocates");
}

static void add_ways(bool utf8, struct buf *out)
{
	add(out, utf8 ? "──▶" : "-->", "the entry is copied; both map the same page");
	add(out, utf8 ? "─w▶" : "-w>", "the same, and the parent loses its write bit: copy-on-write");
	add(out, utf8 ? "─u▶" : "-u>", "the uffd bit is stripped: the child is not protected");
	add(out, utf8 ? "─+▶" : "-+>", "the child gets a new page with the same bytes");
	add(out, utf8 ? "─×" : "-x", "the entry is dropped: the child has none");
}

/* The flags of the VMA that is shown, on both sides. */
static void add_flags(const struct session *session, const struct ui *ui, struct buf *out)
{
	uint64_t flags = 0;

	for (int side = 0; side < SIDES; side++) {
		struct scene scene = scene_at(session, ui, side);

		flags |= scene.parent ? scene.parent->flags : 0;
		flags |= scene.child ? scene.child->flags : 0;
		for (size_t i = 0; i < scene.machine->kernel->clause_count; i++)
			flags |= scene.machine->kernel->clauses[i].flags;
	}
	for (unsigned i = 0; i < VM_FLAG_COUNT; i++)
		if (flags >> i & 1)
			add(out, vm_flags[i].code, vm_flags[i].name);
	add(out, "--", "the child's VMA lacks the flag");
	add(out, "[uw]", "a flag that the clause asks for, and that is set");
}

static void add_attrs(struct buf *out)
{
	for (int i = 0; i < PTE_ATTRS; i++) {
		char letter[] = {entry_attr_letters[i], '\0'};

		add(out, letter, pte_attr_names[i]);
	}
}

void callouts(const struct session *session, const struct ui *ui, int rows, int cols, struct buf *out)
{
	struct grid *grid = render(session, ui, rows, cols);

	buf_puts(out, "On this screen: cells, each a page or as many as the frame says\n");
	add_cells(grid->kinds, ui->utf8, out);
	grid_free(grid);
	buf_puts(out, "\nThe levels above\n");
	add_levels(ui->utf8, out);
	buf_puts(out, "\nOn the way from parent to child\n");
	add_ways(ui->utf8, out);
	buf_puts(out, "\nFlags of this VMA, and those that clauses ask for\n");
	add_flags(session, ui, out);
	buf_puts(out, "\nBits of an entry, as in \"present dysu\"\n");
	add_attrs(out);
	buf_puts(out, "  A1 L1 K1    pages: anonymous, a part of a huge page, merged by ksmd\n"
		      "  C1 D1       of the page cache, of a device; the same name is the same page\n");
}

void callouts_cells(bool utf8, struct buf *out)
{
	add_cells(~0U, utf8, out);
}
