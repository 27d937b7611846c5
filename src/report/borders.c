/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/borders.h"

#include <inttypes.h>
#include <string.h>

#include "report/label.h"

enum { CHANGES_MOST = 64 };

/* In order of address, each once. */
static void add(struct borders *borders, uint64_t address, bool joined)
{
	size_t at = 0;

	while (at < borders->n && borders->v[at].address < address)
		at++;
	if (borders->n == BORDERS_MOST || (at < borders->n && borders->v[at].address == address))
		return;
	memmove(&borders->v[at + 1], &borders->v[at], (borders->n - at) * sizeof(borders->v[0]));
	borders->v[at] = (struct border){address, joined};
	borders->n++;
}

static bool is_inside(uint64_t address, struct stretch vma)
{
	return vma.start < address && address < vma.end;
}

/* Did one of them end there? Otherwise a VMA grew, and none was joined with it. */
static bool ends_there(uint64_t address, const struct stretch *vmas, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (vmas[i].end == address)
			return true;
	return false;
}

void borders_between(const struct stretch *before, size_t before_count, const struct stretch *after,
		     size_t after_count, struct borders *borders)
{
	for (size_t b = 0; b < before_count; b++)
		for (size_t a = 0; a < after_count; a++) {
			if (is_inside(after[a].start, before[b]))
				add(borders, after[a].start, false);
			if (is_inside(before[b].start, after[a]) &&
			    ends_there(before[b].start, before, before_count))
				add(borders, before[b].start, true);
		}
}

/* VMAs that were added and removed again, or the other way around, are no change. */
static size_t net_changes(struct vma_change *changes, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < kept && changes[k].vma != changes[i].vma)
			k++;
		if (k < kept)
			changes[k] = changes[--kept];
		else
			changes[kept++] = changes[i];
	}
	return kept;
}

void borders_of_event(const struct machine *m, const struct event *event, struct borders *borders)
{
	struct vma_change changes[CHANGES_MOST];
	struct stretch before[CHANGES_MOST] = {0}, after[CHANGES_MOST] = {0};
	size_t n, before_count = 0, after_count = 0;

	*borders = (struct borders){0};
	if (event->kind != EVENT_SYSCALL && event->kind != EVENT_TOUCH)
		return;
	n = net_changes(changes, machine_event_vmas(m, event->number, changes, CHANGES_MOST));
	for (size_t i = 0; i < n; i++) {
		struct stretch stretch = {changes[i].vma->start, changes[i].vma->end};

		borders->mm = changes[i].vma->mm;
		if (changes[i].added)
			after[after_count++] = stretch;
		else
			before[before_count++] = stretch;
	}
	borders_between(before, before_count, after, after_count, borders);
}

static void add_words(const struct borders *borders, bool joined, struct buf *out)
{
	const char *separator = joined ? "joined at " : "split at ";

	for (size_t i = 0; i < borders->n; i++) {
		struct named_pages pages;
		uint64_t page;

		if (borders->v[i].joined != joined)
			continue;
		page = address_page(borders->mm, borders->v[i].address);
		pages = named_pages(borders->mm, page, page);
		buf_printf(out, "%s%s %" PRIu64, separator, pages.name ? pages.name->text : "page", pages.number);
		separator = ", ";
	}
}

void borders_words(const struct borders *borders, struct buf *out)
{
	size_t begin;

	if (!borders->n)
		return;
	buf_puts(out, "VMAs ");
	begin = out->len;
	add_words(borders, false, out);
	if (out->len > begin && borders->n > 1) {
		struct buf joined = {0};

		add_words(borders, true, &joined);
		if (joined.len)
			buf_printf(out, "; %s", buf_str(&joined));
		buf_deinit(&joined);
	} else if (out->len == begin) {
		add_words(borders, true, out);
	}
}
