/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a command was about, and what it changed there: for front ends that show it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "report/label.h"
#include "session/session_private.h"

enum { ENTRIES_SHOWN = 3, VMAS_SEEN = 64 };

/* One side before a command. */
struct was_side {
	bool known, mapped;
	size_t vmas;
	uint64_t flags;
	struct pte pte; /* of the first page that the command names */
	/* The VMAs that hold, or touch, any of what the command names: the first so many. */
	struct stretch there, around[VMAS_SEEN];
	size_t around_count;
};

struct was {
	struct was_side side[SIDES];
};

static struct mm *process(const struct session *s, int side, const struct command *c)
{
	return command_mm(s->machine[side], c);
}

bool name_place(const struct session *s, int side, const struct command *c, const char *text,
		struct place_named *place)
{
	const struct target *target = &c->args.target;
	const struct mm *mm = process(s, side, c);
	const struct name *name = machine_name(s->machine[side], text);
	struct stretch stretch;

	if (!mm || !name)
		return false;
	stretch = mm_stretch(mm, name);
	if (stretch.start == stretch.end)
		return false;
	place->first = address_page(mm, stretch.start);
	place->last = address_page(mm, stretch.end - 1);
	place->by_name_only = target->all_pages || !target->pages.n;
	if (!place->by_name_only) {
		place->last = place->first + target->pages.v[target->pages.n - 1].last;
		place->first += target->pages.v[0].first;
	}
	place->address = page_address(mm, place->first);
	return true;
}

bool named_place(const struct session *s, int side, const struct command *c, struct place_named *place)
{
	const struct target *target = &c->args.target;

	return target->name && !target->pattern &&
	       name_place(s, side, c, command_word(c, target->name), place);
}

/* The VMAs that hold, or touch, addresses of the stretch. Returns how many. */
static size_t vmas_around(const struct mm *mm, struct stretch there, struct stretch vmas[VMAS_SEEN])
{
	size_t n = 0;

	for (const struct vm_area *vma = mm_find(mm, there.start - 1);
	     vma && vma->start <= there.end && n < VMAS_SEEN; vma = mm_next(vma))
		vmas[n++] = (struct stretch){vma->start, vma->end};
	return n;
}

/* What the command did to the borders there. */
static void find_borders(const struct session *s, int side, const struct command *c,
			 const struct was_side *was, struct borders *borders)
{
	const struct mm *mm = process(s, side, c);
	struct stretch now[VMAS_SEEN];

	*borders = (struct borders){.mm = mm};
	if (mm && was->known)
		borders_between(was->around, was->around_count, now, vmas_around(mm, was->there, now), borders);
}

/* The first VMA of the place, which begins there then; NULL: all of it is unmapped. */
static const struct vm_area *begin_mapped(const struct mm *mm, struct place_named *place)
{
	const struct vm_area *vma = place->address ? mm_find(mm, place->address) : NULL;

	if (!vma || vma_first(vma) > place->last)
		return NULL;
	if (vma->start > place->address) {
		place->address = vma->start;
		place->first = vma_first(vma);
	}
	return vma;
}

static struct was_side look_at(const struct session *s, int side, const struct command *c)
{
	struct was_side was = {0};
	struct place_named place;
	const struct vm_area *vma;
	uint64_t last;

	if (!named_place(s, side, c, &place))
		return was;
	vma = begin_mapped(process(s, side, c), &place);
	was.known = true;
	was.mapped = vma;
	was.vmas = mm_vma_count(process(s, side, c));
	was.flags = vma ? vma->flags : 0;
	was.pte = runs_at(&process(s, side, c)->pages, place.first, &last);
	was.there = (struct stretch){place.address, page_address(process(s, side, c), place.last + 1)};
	was.around_count = vmas_around(process(s, side, c), was.there, was.around);
	return was;
}

struct was *was_before(const struct session *s, const struct command *c)
{
	struct was *was = xcalloc(1, sizeof(*was));

	for (int side = 0; side < SIDES; side++)
		if (!s->stale[side])
			was->side[side] = look_at(s, side, c);
	return was;
}

/* --- words ---------------------------------------------------------------------------- */

static void list(struct buf *out, const char *separator, const char *text)
{
	if (out->len)
		buf_puts(out, separator);
	buf_puts(out, text);
}

/* "VM_UFFD_WP set, VM_LOCKED cleared" */
static void flags_words(uint64_t before, uint64_t after, struct buf *out)
{
	for (unsigned i = 0; i < VM_FLAG_COUNT; i++) {
		uint64_t bit = UINT64_C(1) << i;
		struct buf word = {0};

		if (!((before ^ after) & bit))
			continue;
		buf_printf(&word, "%s %s", vm_flags[i].name, after & bit ? "set" : "cleared");
		list(out, ", ", buf_str(&word));
		buf_deinit(&word);
	}
}

/* "write off, uffd-wp on": what changed in an entry that remains what it is. */
static void bits_words(uint16_t before, uint16_t after, struct buf *out)
{
	for (int bit = 0; bit < PTE_ATTRS; bit++) {
		struct buf word = {0};

		if (!((before ^ after) >> bit & 1))
			continue;
		buf_printf(&word, "%s %s", pte_attr_names[bit], after >> bit & 1 ? "on" : "off");
		list(out, ", ", buf_str(&word));
		buf_deinit(&word);
	}
}

static void entry_words(struct pte pte, struct buf *out)
{
	const char *before = " ";

	buf_puts(out, pte_state_names[pte.state]);
	for (int bit = 0; bit < PTE_ATTRS; bit++)
		if (pte.attrs >> bit & 1) {
			buf_printf(out, "%s%s", before, pte_attr_names[bit]);
			before = ",";
		}
}

/* "page 3", "pages 0-3" */
static void pages_words(struct named_pages pages, struct buf *out)
{
	buf_puts(out, pages.first == pages.last ? "page " : "pages ");
	label_numbers(pages, false, out);
}

/* "pages 0-3 present write,dirty; pages 4-15 none; ..." */
static void entries_words(const struct mm *mm, const struct place_named *place, struct buf *out)
{
	uint64_t page = place->first;

	for (int i = 0; page <= place->last; i++) {
		struct named_entries entries = named_entries(mm, page, place->last);

		buf_puts(out, i ? "; " : "");
		if (i == ENTRIES_SHOWN) {
			buf_puts(out, "...");
			return;
		}
		pages_words(entries.pages, out);
		buf_putc(out, ' ');
		entry_words(entries.pte, out);
		page = entries.pages.last + 1;
	}
}

static void vmas_words(const struct mm *mm, const struct was_side *was, const struct borders *borders,
		       bool moved, struct buf *out)
{
	size_t now = mm_vma_count(mm);
	struct buf words = {0};

	borders_words(borders, &words);
	if (now != was->vmas) {
		if (!words.len && !moved)
			buf_puts(&words, now > was->vmas ? "VMAs split" : "VMAs joined or gone");
		buf_printf(&words, "%s%zu VMAs, before %zu", words.len ? ": " : "", now, was->vmas);
	}
	if (words.len)
		list(out, "; ", buf_str(&words));
	buf_deinit(&words);
}

/* What is at the place of this side now, against what was. */
static void side_words(const struct session *s, int side, const struct command *c,
		       const struct was_side *was, struct buf *out)
{
	const struct mm *mm = process(s, side, c);
	struct was_side now = look_at(s, side, c);
	struct buf bits = {0};
	struct place_named place;
	bool moved;

	if (!named_place(s, side, c, &place))
		return;
	begin_mapped(mm, &place);
	moved = was->mapped && now.mapped && c->spec->id == COMMAND_mremap && place.address != was->there.start;
	if (!was->known) {
		const struct vm_area *vma = mm_vma_at(mm, place.address);

		buf_puts(out, "mapped, ");
		buf_count(out, place.last - place.first + 1, "page", "pages");
		if (vma)
			buf_printf(out, " of %s memory, %s", backing_names[vma->backing],
				   vma->flags & VM_SHARED ? "shared" : "private");
		return;
	}
	if (was->mapped && !now.mapped)
		buf_puts(out, "not mapped any more");
	if (moved)
		buf_printf(out, "moved to 0x%" PRIx64, place.address);
	flags_words(was->flags, now.mapped ? now.flags : was->flags, out);
	vmas_words(mm, was, &s->borders[side], moved, out);
	bits_words(was->pte.attrs, now.pte.attrs, &bits);
	if (now.mapped && was->pte.state == now.pte.state && bits.len) {
		list(out, "; ", "");
		pages_words(named_entries(mm, place.first, place.last).pages, out);
		buf_printf(out, ": %s", buf_str(&bits));
	} else if (now.mapped && (!pte_equal(was->pte, now.pte) || !out->len)) {
		list(out, "; ", "");
		entries_words(mm, &place, out);
	}
	buf_deinit(&bits);
}

static void target_answer(struct session *s, const struct command *c, const struct was *was)
{
	struct buf words[SIDES] = {{0}, {0}};

	for (int side = 0; side < SIDES; side++)
		if (process(s, side, c))
			side_words(s, side, c, &was->side[side], &words[side]);
	buf_printf(&s->answer, "%s: ", command_word(c, c->args.target.name));
	if (!strcmp(buf_str(&words[LEFT]), buf_str(&words[RIGHT])))
		buf_puts(&s->answer, buf_str(&words[LEFT]));
	else
		buf_printf(&s->answer, "left: %s; right: %s", buf_str(&words[LEFT]), buf_str(&words[RIGHT]));
	for (int side = 0; side < SIDES; side++)
		buf_deinit(&words[side]);
}

/* Commands without a VMA: as they are written. */
static void plain_answer(struct session *s, const struct command *c)
{
	buf_puts(&s->answer, "done:");
	for (unsigned i = 0; i < c->line.n; i++)
		buf_printf(&s->answer, " %s", command_word(c, i));
}

void was_changed(struct session *s, const struct command *c, struct was *was, bool done)
{
	buf_clear(&s->answer);
	for (int side = 0; side < SIDES; side++) {
		s->borders[side] = (struct borders){0};
		if (was && done && c->spec->builds && !s->stale[side])
			find_borders(s, side, c, &was->side[side], &s->borders[side]);
	}
	s->placed = done && (named_place(s, LEFT, c, &s->place) || named_place(s, RIGHT, c, &s->place));
	if (was && done && c->spec->builds) {
		if (s->placed)
			target_answer(s, c, was);
		else
			plain_answer(s, c);
	}
	free(was);
}

const struct borders *session_borders(const struct session *s, int side)
{
	return &s->borders[side];
}

bool session_place(const struct session *s, struct place_named *place)
{
	*place = s->place;
	return s->placed;
}

const char *session_answer(const struct session *s)
{
	return buf_str(&s->answer);
}
