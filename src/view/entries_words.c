/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry in words or letters, with as much detail as fits. */
#include <inttypes.h>

#include "view/entries_private.h"

const char entry_attr_letters[PTE_ATTRS + 1] = "wdysux*pg!";

const char *const entry_short_states[PTE_STATES] = {
	[PTE_NONE] = "-",	       [PTE_PRESENT] = "pres",
	[PTE_SWAP] = "swap",	       [PTE_MIGRATION] = "migr",
	[PTE_DEVICE_PRIVATE] = "dpri", [PTE_DEVICE_EXCLUSIVE] = "dexc",
	[PTE_MARKER] = "mark",	       [PTE_HWPOISON] = "hwpo",
	[PTE_ZERO] = "zero",	       [PTE_HUGE] = "huge",
};

/*
 * A12: an anonymous frame; L12: one that was allocated as a part of a huge page; C3: of the
 * page cache; D5: device memory; K1: one that ksmd has merged. The same name is the same page
 * in all processes.
 */
void frame_name(struct pte pte, struct buf *out)
{
	static const char kinds[] = {
		[FRAME_ANON] = 'A', [FRAME_FILE] = 'C', [FRAME_PFN] = 'D', [FRAME_KSM] = 'K',
	};
	enum frame_kind kind = frame_kind(pte.frame);
	bool large = pte.frame & (FRAME_LARGE | FRAME_WAS_LARGE);

	if (pte_has_frame(pte) && kind != FRAME_NOTHING)
		buf_printf(out, "%c%" PRIu64, large ? 'L' : kinds[kind], pte.frame & (FRAME_WAS_LARGE - 1));
}

static void add_frame(struct pte pte, struct buf *out)
{
	struct buf name = {0};

	frame_name(pte, &name);
	if (name.len)
		buf_printf(out, " %s", buf_str(&name));
	buf_deinit(&name);
}

void entry_text(struct pte pte, enum detail detail, struct buf *out)
{
	bool words = detail == WORDS || detail == WORDS_FRAME;
	const char *before = " ";

	buf_puts(out, detail == SHORT || pte.state == PTE_NONE ? entry_short_states[pte.state]
							       : pte_state_names[pte.state]);
	for (int i = 0; i < PTE_ATTRS; i++) {
		if (!(pte.attrs >> i & 1))
			continue;
		buf_puts(out, before);
		if (words)
			buf_puts(out, pte_attr_names[i]);
		else
			buf_putc(out, entry_attr_letters[i]);
		before = words ? "," : "";
	}
	if (detail == WORDS_FRAME || detail == LETTERS_FRAME)
		add_frame(pte, out);
}

bool entry_at(const struct vm_area *vma, uint64_t page, struct pte *pte)
{
	uint64_t last;

	if (!vma || page < vma_first(vma) || page > vma_last(vma))
		return false;
	*pte = vma_pte(vma, page, &last);
	return true;
}

/* The most detail with which all rows' entries fit. */
enum detail choose_detail(const struct entries_table *table, const struct entries_row *rows, int n)
{
	enum detail detail = WORDS_FRAME;

	for (int i = 0; i < n * 4; i++) {
		const struct vm_area *vma = row_vma(table, i % 4, rows[i / 4].first);
		struct pte pte;

		if (!entry_at(vma, rows[i / 4].first, &pte))
			continue;
		for (; detail < SHORT; detail++) {
			struct buf text = {0};
			bool fits;

			entry_text(pte, detail, &text);
			fits = (int)text.len <= table->cell;
			buf_deinit(&text);
			if (fits)
				break;
		}
	}
	return detail;
}

/* "present dys", "none": an observed entry, written as in the table. */
void seen_text(struct seen_page page, enum detail detail, struct buf *out)
{
	static const char *const kind[] = {"", " file", " anon"};
	static const char *const frame[] = {"", " own frame", " parent's frame"};
	const char *const *states = detail == SHORT ? entry_short_states : pte_state_names;
	const char *before = "";

	if (!page.states)
		buf_puts(out, "no VMA");
	for (int state = 0; state < PTE_STATES; state++)
		if (page.states >> state & 1) {
			buf_printf(out, "%s%s", before, state == PTE_NONE ? "none" : states[state]);
			before = "/";
		}
	before = " ";
	for (int i = 0; i < PTE_ATTRS; i++) {
		if (!(page.attrs & page.known & 1u << i))
			continue;
		buf_puts(out, before);
		if (detail <= WORDS)
			buf_puts(out, pte_attr_names[i]);
		else
			buf_putc(out, entry_attr_letters[i]);
		before = detail <= WORDS ? "," : "";
	}
	buf_puts(out, kind[page.anon]);
	buf_puts(out, frame[page.same]);
}
