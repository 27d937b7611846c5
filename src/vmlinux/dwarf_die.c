/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/dwarf_private.h"

enum { DIES_MAX = 5000000 }; /* more than a kernel's units have */

#ifndef DW_LIBDWARF_VERSION_MAJOR /* before 0.2 */
#define dwarf_dealloc_ranges dwarf_ranges_dealloc
#endif

/* --- attributes ------------------------------------------------------------------- */

Dwarf_Attribute die_attribute(Dwarf_Die die, Dwarf_Half number)
{
	Dwarf_Attribute found = NULL;
	Dwarf_Error e = NULL;

	return dwarf_attr(die, number, &found, &e) == DW_DLV_OK ? found : NULL;
}

bool die_number(Dwarf_Die die, Dwarf_Half number, int64_t *value)
{
	Dwarf_Attribute found = die_attribute(die, number);
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

const char *die_name(Dwarf_Die die)
{
	char *name = NULL;
	Dwarf_Error e = NULL;

	return dwarf_diename(die, &name, &e) == DW_DLV_OK && name ? name : "";
}

Dwarf_Half die_tag(Dwarf_Die die)
{
	Dwarf_Half tag = 0;
	Dwarf_Error e = NULL;

	return dwarf_tag(die, &tag, &e) == DW_DLV_OK ? tag : 0;
}

bool die_has(Dwarf_Die die, Dwarf_Half number)
{
	Dwarf_Bool yes = 0;
	Dwarf_Error e = NULL;

	return dwarf_hasattr(die, number, &yes, &e) == DW_DLV_OK && yes;
}

Dwarf_Die die_refers_to(const struct debuginfo *info, Dwarf_Die die, Dwarf_Half number)
{
	Dwarf_Attribute found = die_attribute(die, number);
	Dwarf_Die to = NULL;
	Dwarf_Error e = NULL;
	Dwarf_Off offset;

	if (!found || dwarf_global_formref(found, &offset, &e) != DW_DLV_OK)
		return NULL;
	e = NULL;
	return dwarf_offdie_b(info->dbg, offset, 1, &to, &e) == DW_DLV_OK ? to : NULL;
}

/* True when a step to another entry found one; an error is remembered. */
static bool step_result(struct debuginfo *info, int status)
{
	if (++info->dies > DIES_MAX || status == DW_DLV_ERROR)
		info->broken = true;
	return !info->broken && status == DW_DLV_OK;
}

Dwarf_Die die_child(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die child = NULL;
	Dwarf_Error e = NULL;

	return step_result(info, dwarf_child(die, &child, &e)) ? child : NULL;
}

Dwarf_Die die_sibling(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die next = NULL;
	Dwarf_Error e = NULL;

	return step_result(info, dwarf_siblingof_b(info->dbg, die, 1, &next, &e)) ? next : NULL;
}

Dwarf_Die die_step(struct debuginfo *info, Dwarf_Die die)
{
	Dwarf_Die next = die_sibling(info, die);

	dwarf_dealloc_die(die);
	return next;
}

Dwarf_Off die_offset(Dwarf_Die die)
{
	Dwarf_Off offset = 0;
	Dwarf_Error e = NULL;

	return dwarf_dieoffset(die, &offset, &e) == DW_DLV_OK ? offset : 0;
}

/* --- address ranges --------------------------------------------------------------- */

static void add_range(struct code_ranges *ranges, uint64_t low, uint64_t high)
{
	if (low < high && ranges->n < RANGES_OF_DIE_MAX)
		ranges->v[ranges->n++] = (struct address_range){low, high};
}

static uint64_t low_of(Dwarf_Die die)
{
	Dwarf_Addr low = 0;
	Dwarf_Error e = NULL;

	return dwarf_lowpc(die, &low, &e) == DW_DLV_OK ? low : 0;
}

static void old_ranges(const struct unit *unit, Dwarf_Die die, Dwarf_Unsigned offset,
		       struct code_ranges *out)
{
	uint64_t base = low_of(unit->die);
	Dwarf_Ranges *list = NULL;
	Dwarf_Signed n = 0;
	Dwarf_Error e = NULL;
	Dwarf_Off real;

	if (dwarf_get_ranges_b(unit->info->dbg, offset, die, &real, &list, &n, NULL, &e) !=
	    DW_DLV_OK)
		return;
	for (Dwarf_Signed i = 0; i < n; i++) {
		if (list[i].dwr_type == DW_RANGES_ADDRESS_SELECTION)
			base = list[i].dwr_addr2;
		else if (list[i].dwr_type == DW_RANGES_ENTRY)
			add_range(out, base + list[i].dwr_addr1, base + list[i].dwr_addr2);
	}
	dwarf_dealloc_ranges(unit->info->dbg, list, n);
}

static void new_ranges(Dwarf_Attribute list, Dwarf_Half form, Dwarf_Unsigned value,
		       struct code_ranges *out)
{
	Dwarf_Rnglists_Head head = NULL;
	Dwarf_Unsigned n = 0, offset = 0;
	Dwarf_Error e = NULL;

	if (dwarf_rnglists_get_rle_head(list, form, value, &head, &n, &offset, &e) != DW_DLV_OK)
		return;
	for (Dwarf_Unsigned i = 0; i < n && i < 2 * RANGES_OF_DIE_MAX; i++) {
		Dwarf_Unsigned raw1, raw2, low = 0, high = 0;
		Dwarf_Bool unavailable = 0;
		unsigned length, kind;

		if (dwarf_get_rnglists_entry_fields_a(head, i, &length, &kind, &raw1, &raw2,
						      &unavailable, &low, &high, &e) != DW_DLV_OK)
			break;
		if (kind == DW_RLE_end_of_list)
			break;
		if (kind != DW_RLE_base_address && kind != DW_RLE_base_addressx && !unavailable)
			add_range(out, low, high);
	}
	dwarf_dealloc_rnglists_head(head);
}

void die_ranges(const struct unit *unit, Dwarf_Die die, struct code_ranges *out)
{
	Dwarf_Attribute list = die_attribute(die, DW_AT_ranges);
	enum Dwarf_Form_Class class = DW_FORM_CLASS_UNKNOWN;
	Dwarf_Error e = NULL;
	Dwarf_Half form = 0;
	Dwarf_Unsigned value = 0;
	Dwarf_Addr high = 0;
	Dwarf_Off offset = 0;

	out->n = 0;
	if (!list) {
		if (die_has(die, DW_AT_low_pc) && die_has(die, DW_AT_high_pc) &&
		    dwarf_highpc_b(die, &high, &form, &class, &e) == DW_DLV_OK)
			add_range(out, low_of(die),
				  class == DW_FORM_CLASS_CONSTANT ? low_of(die) + high : high);
		return;
	}
	if (dwarf_whatform(list, &form, &e) != DW_DLV_OK)
		return;
	if (form == DW_FORM_rnglistx ? dwarf_formudata(list, &value, &e) != DW_DLV_OK
				     : dwarf_global_formref(list, &offset, &e) != DW_DLV_OK)
		return;
	if (form != DW_FORM_rnglistx)
		value = offset;
	if (unit->version >= 5)
		new_ranges(list, form, value, out);
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
