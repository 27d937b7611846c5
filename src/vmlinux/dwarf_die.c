/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/dwarf_private.h"

#include <stdio.h>

enum { DIES_MAX = 5000000 }; /* more than a kernel's units have */

#ifndef DW_LIBDWARF_VERSION_MAJOR /* before 0.2 */
#define dwarf_dealloc_ranges dwarf_ranges_dealloc
#endif

/* --- what cannot be read ------------------------------------------------------------ */

void debuginfo_note(struct debuginfo *info, const char *what, Dwarf_Error e)
{
	if (!info->broken[0])
		snprintf(info->broken, sizeof(info->broken), "%s: %.150s", what,
			 e ? dwarf_errmsg(e) : "no reason given");
}

bool debuginfo_ok(struct debuginfo *info, int status, const char *what, Dwarf_Error *e)
{
	if (status == DW_DLV_ERROR)
		debuginfo_note(info, what, *e);
	*e = NULL;
	return status == DW_DLV_OK;
}

/* --- attributes ------------------------------------------------------------------- */

Dwarf_Attribute die_attribute(struct debuginfo *info, Dwarf_Die die, Dwarf_Half number)
{
	Dwarf_Attribute found = NULL;
	Dwarf_Error e = NULL;
	int status = dwarf_attr(die, number, &found, &e);

	return debuginfo_ok(info, status, "an attribute of an entry cannot be read", &e) ? found : NULL;
}

/* A form that is no number, such as an expression, is none. */
bool die_number(struct debuginfo *info, Dwarf_Die die, Dwarf_Half number, int64_t *value)
{
	Dwarf_Attribute found = die_attribute(info, die, number);
	Dwarf_Unsigned u;
	Dwarf_Signed s;
	Dwarf_Error e = NULL;

	if (!found)
		return false;
	if (dwarf_formudata(found, &u, &e) == DW_DLV_OK) {
		*value = (int64_t)u;
		return true;
	}
	e = NULL;
	if (dwarf_formsdata(found, &s, &e) != DW_DLV_OK)
		return false;
	*value = s;
	return true;
}

const char *die_name(struct debuginfo *info, Dwarf_Die die)
{
	char *name = NULL;
	Dwarf_Error e = NULL;
	int status = dwarf_diename(die, &name, &e);

	return debuginfo_ok(info, status, "the name of an entry cannot be read", &e) && name ? name : "";
}

Dwarf_Half die_tag(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Half tag = 0;
	Dwarf_Error e = NULL;
	int status = dwarf_tag(die, &tag, &e);

	return debuginfo_ok(info, status, "the tag of an entry cannot be read", &e) ? tag : 0;
}

bool die_has(struct debuginfo *info, Dwarf_Die die, Dwarf_Half number)
{
	Dwarf_Bool yes = 0;
	Dwarf_Error e = NULL;
	int status = dwarf_hasattr(die, number, &yes, &e);

	return debuginfo_ok(info, status, "the attributes of an entry cannot be read", &e) && yes;
}

/* Does it refer to an entry of another file, or of another section? Those are not looked at. */
static bool refers_elsewhere(Dwarf_Attribute attribute)
{
	Dwarf_Half form = 0;
	Dwarf_Error e = NULL;

	return dwarf_whatform(attribute, &form, &e) == DW_DLV_OK &&
	       (form == DW_FORM_ref_sig8 || form == DW_FORM_GNU_ref_alt || form == DW_FORM_ref_sup4 ||
		form == DW_FORM_ref_sup8);
}

Dwarf_Die die_refers_to(struct debuginfo *info, Dwarf_Die die, Dwarf_Half number)
{
	static const char what[] = "an entry that another one refers to cannot be read";
	Dwarf_Attribute found = die_attribute(info, die, number);
	Dwarf_Die to = NULL;
	Dwarf_Error e = NULL;
	Dwarf_Off offset;

	if (!found || refers_elsewhere(found) ||
	    !debuginfo_ok(info, dwarf_global_formref(found, &offset, &e), what, &e))
		return NULL;
	e = NULL;
	return debuginfo_ok(info, dwarf_offdie_b(info->dbg, offset, 1, &to, &e), what, &e) ? to : NULL;
}

/* True when a step to another entry found one; an error is remembered. */
static bool step_result(struct debuginfo *info, int status, Dwarf_Error *e)
{
	if (++info->dies > DIES_MAX)
		debuginfo_note(info, "it has more entries than a kernel", NULL);
	return debuginfo_ok(info, status, "an entry cannot be read", e) && !info->broken[0];
}

Dwarf_Die die_child(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die child = NULL;
	Dwarf_Error e = NULL;
	int status = dwarf_child(die, &child, &e);

	return step_result(info, status, &e) ? child : NULL;
}

Dwarf_Die die_sibling(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die next = NULL;
	Dwarf_Error e = NULL;
	int status = dwarf_siblingof_b(info->dbg, die, 1, &next, &e);

	return step_result(info, status, &e) ? next : NULL;
}

Dwarf_Die die_step(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die next = die_sibling(info, die);

	dwarf_dealloc_die(die);
	return next;
}

Dwarf_Off die_offset(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Off offset = 0;
	Dwarf_Error e = NULL;
	int status = dwarf_dieoffset(die, &offset, &e);

	return debuginfo_ok(info, status, "the place of an entry cannot be read", &e) ? offset : 0;
}

/* --- address ranges --------------------------------------------------------------- */

static void add_range(struct code_ranges *ranges, uint64_t low, uint64_t high)
{
	if (low < high && ranges->n < RANGES_OF_DIE_MAX)
		ranges->v[ranges->n++] = (struct address_range){low, high};
}

static const char no_ranges[] = "the addresses of an entry cannot be read";

static uint64_t low_of(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Addr low = 0;
	Dwarf_Error e = NULL;
	int status = dwarf_lowpc(die, &low, &e);

	return debuginfo_ok(info, status, no_ranges, &e) ? low : 0;
}

static void old_ranges(const struct unit *unit, Dwarf_Die die, Dwarf_Unsigned offset,
		       struct code_ranges *out)
{
	uint64_t base = low_of(unit->info, unit->die);
	Dwarf_Ranges *list = NULL;
	Dwarf_Signed n = 0;
	Dwarf_Error e = NULL;
	Dwarf_Off real;
	int status = dwarf_get_ranges_b(unit->info->dbg, offset, die, &real, &list, &n, NULL, &e);

	if (!debuginfo_ok(unit->info, status, no_ranges, &e))
		return;
	for (Dwarf_Signed i = 0; i < n; i++) {
		if (list[i].dwr_type == DW_RANGES_ADDRESS_SELECTION)
			base = list[i].dwr_addr2;
		else if (list[i].dwr_type == DW_RANGES_ENTRY)
			add_range(out, base + list[i].dwr_addr1, base + list[i].dwr_addr2);
	}
	dwarf_dealloc_ranges(unit->info->dbg, list, n);
}

static void new_ranges(struct debuginfo *info, Dwarf_Attribute list, Dwarf_Half form,
		       Dwarf_Unsigned value, struct code_ranges *out)
{
	Dwarf_Rnglists_Head head = NULL;
	Dwarf_Unsigned n = 0, offset = 0;
	Dwarf_Error e = NULL;
	int status = dwarf_rnglists_get_rle_head(list, form, value, &head, &n, &offset, &e);

	if (!debuginfo_ok(info, status, no_ranges, &e))
		return;
	for (Dwarf_Unsigned i = 0; i < n && i < 2 * RANGES_OF_DIE_MAX; i++) {
		Dwarf_Unsigned raw1, raw2, low = 0, high = 0;
		Dwarf_Bool unavailable = 0;
		unsigned length, kind;

		status = dwarf_get_rnglists_entry_fields_a(head, i, &length, &kind, &raw1, &raw2,
							   &unavailable, &low, &high, &e);
		if (!debuginfo_ok(info, status, no_ranges, &e) || kind == DW_RLE_end_of_list)
			break;
		if (kind != DW_RLE_base_address && kind != DW_RLE_base_addressx && !unavailable)
			add_range(out, low, high);
	}
	dwarf_dealloc_rnglists_head(head);
}

static void add_code(struct debuginfo *info, Dwarf_Die die, struct code_ranges *out)
{
	enum Dwarf_Form_Class class = DW_FORM_CLASS_UNKNOWN;
	Dwarf_Error e = NULL;
	Dwarf_Half form = 0;
	Dwarf_Addr high = 0;
	uint64_t low;

	if (!die_has(info, die, DW_AT_low_pc) || !die_has(info, die, DW_AT_high_pc) ||
	    !debuginfo_ok(info, dwarf_highpc_b(die, &high, &form, &class, &e), no_ranges, &e))
		return;
	low = low_of(info, die);
	add_range(out, low, class == DW_FORM_CLASS_CONSTANT ? low + high : high);
}

void die_ranges(const struct unit *unit, Dwarf_Die die, struct code_ranges *out)
{
	struct debuginfo *info = unit->info;
	Dwarf_Attribute list = die_attribute(info, die, DW_AT_ranges);
	Dwarf_Error e = NULL;
	Dwarf_Half form = 0;
	Dwarf_Unsigned value = 0;
	Dwarf_Off offset = 0;
	int status;

	out->n = 0;
	if (!list) {
		add_code(info, die, out);
		return;
	}
	if (!debuginfo_ok(info, dwarf_whatform(list, &form, &e), no_ranges, &e))
		return;
	status = form == DW_FORM_rnglistx ? dwarf_formudata(list, &value, &e)
					  : dwarf_global_formref(list, &offset, &e);
	if (!debuginfo_ok(info, status, no_ranges, &e))
		return;
	if (form != DW_FORM_rnglistx)
		value = offset;
	if (unit->version >= 5)
		new_ranges(info, list, form, value, out);
	else
		old_ranges(unit, die, value, out);
}

bool code_ranges_cover(const struct code_ranges *ranges, uint64_t address)
{
	for (size_t i = 0; i < ranges->n; i++)
		if (address >= ranges->v[i].low && address < ranges->v[i].high)
			return true;
	return false;
}
