/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads one word that is not of a vocabulary, such as a size, pages, flags, entries. */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "language/kernel_spec.h"
#include "language/parser_private.h"
#include "language/pattern.h"


static const char *text(const struct parser *p)
{
	return parser_word(p)->text;
}

/* --- names and texts ------------------------------------------------------------------- */

bool read_NAME(struct parser *p, struct value *value)
{
	size_t length = strlen(text(p));

	(void)value;
	for (const char *c = text(p); *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("_-.*", *c))
			return parser_expected(p, "a name of letters, digits, '_', '-' and '.'");
	if (!length)
		return parser_expected(p, "a name");
	if (length > NAME_MAX_LENGTH)
		return parser_fail(p, p->at, "this name has %zu characters; the limit is %d", length,
				   NAME_MAX_LENGTH);
	return true;
}

bool read_ONE_NAME(struct parser *p, struct value *value)
{
	if (is_pattern(text(p))) {
		parser_expected(p, "one name");
		vf_error_hint(p->error, "a pattern is not possible here");
		return false;
	}
	return read_NAME(p, value);
}

/* With `times` it is only the beginning of the names. */
static bool begins_names(const struct parser *p)
{
	const struct line *line = &p->command->line;

	for (size_t i = p->at + 1; i < line->n; i++)
		if (!strcmp(line->words[i].text, "times"))
			return true;
	return false;
}

bool read_NEW_NAME(struct parser *p, struct value *value)
{
	if (!read_ONE_NAME(p, value))
		return false;
	return !reserved_word(text(p)) || begins_names(p) ||
	       parser_fail(p, p->at, "'%s' is a word of the language and cannot be a name", text(p));
}

bool read_SPEC(struct parser *p, struct value *value)
{
	(void)value;
	if (p->prompt || !spec_is_live(p->command, p->at))
		return true;
	parser_fail(p, p->at, "a scenario file cannot ask which kernel is running");
	vf_error_hint(p->error, "use live at the prompt or in --batch; vmafork-probe --era "
				"prints the profile's name");
	return false;
}

bool read_COMMAND(struct parser *p, struct value *value)
{
	(void)value;
	return command_name_begins(text(p)) || command_unknown(p);
}

/* --- numbers ---------------------------------------------------------------------------- */

/* Decimal or 0x hex; *end is set after it. False: not a number, or too large. */
static bool scan_number(const char *s, const char **end, uint64_t *value)
{
	char *stop;
	int base = s[0] == '0' && (s[1] == 'x' || s[1] == 'X') ? 16 : 10;

	if (!isdigit((unsigned char)*s) || (base == 16 && !isxdigit((unsigned char)s[2])))
		return false;
	errno = 0;
	*value = strtoull(s, &stop, base);
	*end = stop;
	return errno == 0;
}

bool read_number(struct parser *p, struct value *value)
{
	const char *end;

	return (scan_number(text(p), &end, &value->number) && !*end) || parser_expected(p, "a number");
}

/* One of least..most, which `what` describes. */
static bool read_number_within(struct parser *p, struct value *value, uint64_t least, uint64_t most,
			       const char *what)
{
	return read_number(p, value) &&
	       ((value->number >= least && value->number <= most) || parser_expected(p, what));
}

bool read_N(struct parser *p, struct value *value)
{
	return read_number_within(p, value, 1, UINT64_C(1) << 60, "a number from 1");
}

bool read_PID(struct parser *p, struct value *value)
{
	return read_number_within(p, value, 1, INT_MAX, "the number of a process");
}

bool read_PROBE_SECONDS(struct parser *p, struct value *value)
{
	char what[40];
	const char *end;

	snprintf(what, sizeof(what), "whole seconds, 1 to %d", PROBE_SECONDS_MOST);
	return (scan_number(text(p), &end, &value->number) && !*end && value->number &&
		value->number <= PROBE_SECONDS_MOST) ||
	       parser_expected(p, what);
}

bool read_FAULT_AROUND(struct parser *p, struct value *value)
{
	return read_number(p, value) &&
	       (fault_around_fits(value->number, PTRS_PER_TABLE_MOST) ||
		parser_fail(p, p->at, "expected a power of two from 1 to the entries of a table, which are 512 or 2048"));
}

bool read_LEVELS(struct parser *p, struct value *value)
{
	return read_number_within(p, value, 3, 5, "3, 4 or 5: the levels that page tables have");
}

static bool read_real(struct parser *p, struct value *value, double least, double most,
		      const char *what)
{
	char *end;

	value->real = strtod(text(p), &end);
	return (!*end && value->real >= least && value->real <= most) || parser_expected(p, what);
}

bool read_SECONDS(struct parser *p, struct value *value)
{
	return read_real(p, value, 0, 86400, "seconds, up to 86400");
}

bool read_X(struct parser *p, struct value *value)
{
	return read_real(p, value, 0.01, 1000, "a speed from 0.01 to 1000");
}

bool read_SIZE(struct parser *p, struct value *value)
{
	static const char what[] = "a size (4096, 64K, 2M, 1G, 1T, 16p)";
	static const struct {
		char unit;
		unsigned shift;
	} units[] = {{'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}};
	const char *end;
	uint64_t number;
	unsigned shift = 0;
	bool pages;

	if (!scan_number(text(p), &end, &number))
		return parser_expected(p, what);
	pages = *end == 'p';
	end += pages;
	for (size_t i = 0; !pages && *end && i < ARRAY_SIZE(units); i++)
		if (*end == units[i].unit) {
			shift = units[i].shift;
			end++;
			break;
		}
	if (*end)
		return parser_expected(p, what);
	if (number > UINT64_MAX >> (pages ? PAGE_SHIFT_DEFAULT : shift))
		return parser_fail(p, p->at, "this size does not fit in 64 bits");
	value->size = (struct memory_size){number << shift, pages};
	return number || parser_fail(p, p->at, "the size must not be 0");
}

/* --- pages --------------------------------------------------------------------------------- */

static int by_first(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

/* Sorts and joins a list that was written down in any order. */
static void normalize(struct ranges *pages)
{
	size_t n = 0;

	if (!pages->n)
		return; /* there is no array to sort */
	qsort(pages->v, pages->n, sizeof(*pages->v), by_first);
	for (size_t i = 0; i < pages->n; i++) {
		struct range *last = n ? &pages->v[n - 1] : NULL;

		if (last && pages->v[i].first <= last->last + 1) {
			if (pages->v[i].last > last->last)
				last->last = pages->v[i].last;
		} else {
			pages->v[n++] = pages->v[i];
		}
	}
	pages->n = n;
}

/* 3, 0-3 or 0-3,8,12-15 into `pages`, as written. */
static bool read_page_list(struct parser *p, struct ranges *pages)
{
	static const char what[] = "pages (3, 0-3, 0-3,8,12-15, all)";
	const char *s = text(p);

	for (;;) {
		struct range r;

		if (!scan_number(s, &s, &r.first))
			return parser_expected(p, what);
		r.last = r.first;
		if (*s == '-' && !scan_number(s + 1, &s, &r.last))
			return parser_expected(p, what);
		if (r.last < r.first)
			return parser_fail(p, p->at, "%" PRIu64 "-%" PRIu64 " ends before it starts", r.first,
					   r.last);
		if (r.last > UINT64_MAX >> PAGE_SHIFT_DEFAULT)
			return parser_fail(p, p->at, "page %" PRIu64 " does not exist", r.last);
		if (!parser_charge(p, sizeof(r), 1))
			return false;
		GROW(pages->v, pages->n, pages->cap);
		pages->v[pages->n++] = r;
		if (!*s)
			return true;
		if (*s++ != ',')
			return parser_expected(p, what);
	}
}

bool read_PAGES(struct parser *p, struct value *value)
{
	value->all = !strcmp(text(p), "all");
	if (!value->all && !read_page_list(p, &value->pages)) {
		ranges_deinit(&value->pages);
		return false;
	}
	normalize(&value->pages);
	return true;
}

bool read_PAGE(struct parser *p, struct value *value)
{
	return read_number(p, value) &&
	       (value->number <= UINT64_MAX >> PAGE_SHIFT_DEFAULT ||
		parser_fail(p, p->at, "page %" PRIu64 " does not exist", value->number));
}

/* --- protection and flags --------------------------------------------------------------------- */

bool read_PROT(struct parser *p, struct value *value)
{
	static const char what[] = "a protection (letters of rwx, or none)";

	value->number = 0;
	if (!strcmp(text(p), "none") || !strcmp(text(p), "-"))
		return true;
	for (const char *c = text(p); *c; c++) {
		unsigned bit = *c == 'r'   ? MODEL_PROT_READ
			       : *c == 'w' ? MODEL_PROT_WRITE
			       : *c == 'x' ? MODEL_PROT_EXEC
					   : 0;

		if (!bit || value->number & bit)
			return parser_expected(p, what);
		value->number |= bit;
	}
	return true;
}

bool read_SET_FLAG(struct parser *p, struct value *value)
{
	uint64_t bit = vm_flag_by_name(text(p) + 1);
	const char *names[2 * VM_FLAG_COUNT], *near;

	value->number = *text(p) == '+' ? bit : 0;
	value->clear = *text(p) == '-' ? bit : 0;
	if (bit)
		return true;
	for (int i = 0; i < VM_FLAG_COUNT; i++) {
		names[2 * i] = vm_flags[i].name;
		names[2 * i + 1] = vm_flags[i].code;
	}
	near = nearest_word(text(p) + 1, names, ARRAY_SIZE(names));
	parser_expected(p, "+FLAG or -FLAG");
	if (near)
		vf_error_hint(p->error, "did you mean '%c%s'?", *text(p), near);
	else
		vf_error_hint(p->error, "%s", terminals[TERMINAL_SET_FLAG].hint);
	return false;
}

bool read_FLAG(struct parser *p, struct value *value)
{
	value->number = vm_flag_by_name(text(p));
	return value->number != 0;
}

/* --- states and attributes ------------------------------------------------------------ */

static bool unknown_item(struct parser *p, const char *item, bool first, bool state_required)
{
	const char *names[PTE_STATES + PTE_ATTRS + VM_FLAG_COUNT], *near;
	bool attributes = !(first && state_required), flags = first && !state_required;
	size_t n = 0;

	for (int i = 0; flags && i < VM_FLAG_COUNT; i++)
		names[n++] = vm_flags[i].name;
	for (int i = 0; first && i < PTE_STATES; i++)
		names[n++] = pte_state_names[i];
	for (int i = 0; attributes && i < PTE_ATTRS; i++)
		names[n++] = pte_attr_names[i];
	near = nearest_word(item, names, n);
	parser_fail(p, p->at, "'%.40s' is not %s", item,
		    !first	     ? "an attribute of an entry"
		    : state_required ? "a state of an entry"
				     : "a state, an attribute or a flag");
	if (near)
		vf_error_hint(p->error, "did you mean '%s'?", near);
	else
		vf_error_hint(p->error, "%s", terminals[TERMINAL_STATES].hint);
	return false;
}

/* STATE[,ATTR]...; or, unless a state is required, ATTR[,ATTR]... (value->state -1). */
static bool read_entry(struct parser *p, struct value *value, bool state_required)
{
	char *list = xstrdup(text(p)), *rest = list, *item;
	struct buf full = {0};
	bool ok = true;

	value->state = -1;
	value->number = 0;
	for (bool first = true; ok && (item = strsep(&rest, ",")); first = false) {
		int state = first ? vocabulary_find(&vocab_state, item, p->prompt) : -1;
		int attr = state < 0 ? vocabulary_find(&vocab_attr, item, p->prompt) : -1;

		ok = state >= 0 || (attr >= 0 && !(first && state_required)) ||
		     unknown_item(p, item, first, state_required);
		if (!ok)
			break;
		if (state >= 0)
			value->state = state;
		else
			value->number |= UINT64_C(1) << attr;
		buf_printf(&full, "%s%s", first ? "" : ",",
			   state >= 0 ? pte_state_names[state] : pte_attr_names[attr]);
	}
	free(list);
	if (ok)
		parser_write_out(p, buf_str(&full));
	buf_deinit(&full);
	return ok;
}

bool read_ENTRY(struct parser *p, struct value *value)
{
	return read_entry(p, value, true);
}

bool read_STATES(struct parser *p, struct value *value)
{
	return read_entry(p, value, false);
}
