/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/relocate.h"

#include <assert.h>
#include <elf.h>
#include <string.h>

#include "base/alloc.h"

/* What of the value goes where. */
enum form {
	FORM_NONE,
	FORM_WORD,  /* `bits` of it, the field as a whole */
	FORM_FIELD, /* arm64: `bits` of it, from bit `low` on, to bit `to` of an instruction */
	FORM_PAGE,  /* arm64: the distance in pages, split in two fields (ADR, ADRP) */
};

struct relocation_form {
	enum image_machine machine;
	uint32_t type;
	enum form form;
	bool relative; /* to the place */
	uint8_t bits, low, to;
};

static const struct relocation_form forms[] = {
	{MACHINE_X86_64, R_X86_64_NONE, FORM_NONE, false, 0, 0, 0},
	{MACHINE_X86_64, R_X86_64_64, FORM_WORD, false, 64, 0, 0},
	{MACHINE_X86_64, R_X86_64_32, FORM_WORD, false, 32, 0, 0},
	{MACHINE_X86_64, R_X86_64_32S, FORM_WORD, false, 32, 0, 0},
	{MACHINE_X86_64, R_X86_64_PC32, FORM_WORD, true, 32, 0, 0},
	{MACHINE_X86_64, R_X86_64_PLT32, FORM_WORD, true, 32, 0, 0},
	{MACHINE_X86_64, R_X86_64_PC64, FORM_WORD, true, 64, 0, 0},
	{MACHINE_ARM64, R_AARCH64_NONE, FORM_NONE, false, 0, 0, 0},
	{MACHINE_ARM64, R_AARCH64_ABS64, FORM_WORD, false, 64, 0, 0},
	{MACHINE_ARM64, R_AARCH64_ABS32, FORM_WORD, false, 32, 0, 0},
	{MACHINE_ARM64, R_AARCH64_PREL64, FORM_WORD, true, 64, 0, 0},
	{MACHINE_ARM64, R_AARCH64_PREL32, FORM_WORD, true, 32, 0, 0},
	{MACHINE_ARM64, R_AARCH64_CALL26, FORM_FIELD, true, 26, 2, 0},
	{MACHINE_ARM64, R_AARCH64_JUMP26, FORM_FIELD, true, 26, 2, 0},
	{MACHINE_ARM64, R_AARCH64_CONDBR19, FORM_FIELD, true, 19, 2, 5},
	{MACHINE_ARM64, R_AARCH64_LD_PREL_LO19, FORM_FIELD, true, 19, 2, 5},
	{MACHINE_ARM64, R_AARCH64_TSTBR14, FORM_FIELD, true, 14, 2, 5},
	{MACHINE_ARM64, R_AARCH64_ADD_ABS_LO12_NC, FORM_FIELD, false, 12, 0, 10},
	{MACHINE_ARM64, R_AARCH64_LDST8_ABS_LO12_NC, FORM_FIELD, false, 12, 0, 10},
	{MACHINE_ARM64, R_AARCH64_LDST16_ABS_LO12_NC, FORM_FIELD, false, 11, 1, 10},
	{MACHINE_ARM64, R_AARCH64_LDST32_ABS_LO12_NC, FORM_FIELD, false, 10, 2, 10},
	{MACHINE_ARM64, R_AARCH64_LDST64_ABS_LO12_NC, FORM_FIELD, false, 9, 3, 10},
	{MACHINE_ARM64, R_AARCH64_LDST128_ABS_LO12_NC, FORM_FIELD, false, 8, 4, 10},
	{MACHINE_ARM64, R_AARCH64_ADR_PREL_PG_HI21, FORM_PAGE, true, 21, 12, 0},
	{MACHINE_ARM64, R_AARCH64_ADR_PREL_PG_HI21_NC, FORM_PAGE, true, 21, 12, 0},
	{MACHINE_ARM64, R_AARCH64_ADR_PREL_LO21, FORM_PAGE, true, 21, 0, 0},
};

/* Replaces `bits` bits of an instruction from bit `to` on. */
static uint32_t with_field(uint32_t instruction, uint32_t value, unsigned bits, unsigned to)
{
	uint32_t mask;

	assert(bits < 32 && to < 32);
	mask = ((UINT32_C(1) << bits) - 1) << to;

	return (instruction & ~mask) | (value << to & mask);
}

bool relocate(enum image_machine machine, const struct relocation *r)
{
	const struct relocation_form *form = NULL;
	uint64_t value = r->value;
	uint32_t instruction;
	size_t size;

	for (size_t i = 0; i < ARRAY_SIZE(forms) && !form; i++)
		if (forms[i].machine == machine && forms[i].type == r->type)
			form = &forms[i];
	if (!form)
		return false;
	size = form->form == FORM_NONE ? 0 : form->bits == 64 ? 8 : 4;
	if (r->room < size)
		return false;
	if (form->form == FORM_PAGE)
		value = (value >> form->low) - (r->place >> form->low);
	else if (form->relative)
		value -= r->place;
	switch (form->form) {
	case FORM_NONE:
		return true;
	case FORM_WORD:
		memcpy(r->at, &value, size);
		return true;
	case FORM_FIELD:
	case FORM_PAGE:
		memcpy(&instruction, r->at, sizeof(instruction));
		if (form->form == FORM_FIELD) {
			instruction = with_field(instruction, (uint32_t)(value >> form->low),
						 form->bits, form->to);
		} else {
			instruction = with_field(instruction, (uint32_t)value, 2, 29);
			instruction = with_field(instruction, (uint32_t)(value >> 2), 19, 5);
		}
		memcpy(r->at, &instruction, sizeof(instruction));
		return true;
	}
	return false;
}
