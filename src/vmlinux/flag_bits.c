/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/flag_bits.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "model/vmflags.h"
#include "vmlinux/smaps_codes.h"

/*
 * Bits that have had one number in all kernels since 4.0, except VM_MAYBE_GUARD:
 * before 6.19 nothing else had that number since 5.15 removed VM_DENYWRITE.
 */
static const struct {
	uint8_t bit;
	const char *name;
} usual_bits[] = {
	{0, "VM_READ"},	      {1, "VM_WRITE"},	      {2, "VM_EXEC"},	     {3, "VM_SHARED"},
	{4, "VM_MAYREAD"},    {5, "VM_MAYWRITE"},     {6, "VM_MAYEXEC"},     {7, "VM_MAYSHARE"},
	{8, "VM_GROWSDOWN"},  {9, "VM_UFFD_MISSING"}, {10, "VM_PFNMAP"},     {11, "VM_MAYBE_GUARD"},
	{12, "VM_UFFD_WP"},   {13, "VM_LOCKED"},      {14, "VM_IO"},	     {15, "VM_SEQ_READ"},
	{16, "VM_RAND_READ"}, {17, "VM_DONTCOPY"},    {18, "VM_DONTEXPAND"}, {19, "VM_LOCKONFAULT"},
	{20, "VM_ACCOUNT"},   {21, "VM_NORESERVE"},   {22, "VM_HUGETLB"},    {23, "VM_SYNC"},
	{24, "VM_ARCH_1"},    {25, "VM_WIPEONFORK"},  {26, "VM_DONTDUMP"},   {27, "VM_SOFTDIRTY"},
	{28, "VM_MIXEDMAP"},  {29, "VM_HUGEPAGE"},    {30, "VM_NOHUGEPAGE"}, {31, "VM_MERGEABLE"},
};

/* Codes of flags that the model has no use for. */
static const struct {
	const char *code, *name;
} other_codes[] = {
	{"ar", "VM_ARCH_1"}, {"bt", "VM_ARM64_BTI"},	{"mt", "VM_MTE"},
	{"mp", "VM_MPX"},    {"ss", "VM_SHADOW_STACK"},
};

/* A name that the model knows wins: VMA_*_BIT has aliases, some of them of other machines. */
void flag_enumerators_note(void *data, const char *name, int64_t value)
{
	struct flag_enumerators *enumerators = data;
	char own[NAME_SIZE];
	size_t n = strlen(name);
	char *slot;

	if (value < 0 || value > 63 || n < 9 || n >= sizeof(own) || strncmp(name, "VMA_", 4) ||
	    strcmp(name + n - 4, "_BIT"))
		return;
	snprintf(own, sizeof(own), "VM_%.*s", (int)(n - 8), name + 4);
	slot = enumerators->names[value];
	if (!slot[0] || (!vm_flag_by_name(slot) && vm_flag_by_name(own)))
		snprintf(slot, NAME_SIZE, "%s", own);
	enumerators->any = true;
}

static const char *name_of_code(const char *code)
{
	uint64_t flag = code[0] ? vm_flag_by_name(code) : 0;

	if (flag)
		return vm_flag_of(flag)->name;
	for (size_t i = 0; i < ARRAY_SIZE(other_codes); i++)
		if (!strcmp(other_codes[i].code, code))
			return other_codes[i].name;
	return "";
}

/* A flag that the model knows has one number in all sources. */
static bool agree(const struct smaps_codes *codes, const struct flag_enumerators *enumerators,
		  struct vf_error *error)
{
	for (size_t bit = 0; bit < 64; bit++)
		for (size_t other = 0; other < 64; other++) {
			const char *name = name_of_code(codes->code[bit]);

			if (bit == other || !vm_flag_by_name(name) ||
			    strcmp(name, enumerators->names[other]))
				continue;
			return vf_error_set(error,
					    "the image contradicts itself: smaps prints \"%s\" for bit %zu, "
					    "and %s is bit %zu in its types",
					    codes->code[bit], bit, name, other);
		}
	return true;
}

bool flag_bits_name(const struct image *image, const struct flag_enumerators *enumerators,
		    struct findings *findings, struct vf_error *error)
{
	struct smaps_codes codes = {0};
	enum smaps_codes_end end = smaps_codes_find(image, &codes);

	if (end == SMAPS_CODES_DIFFER)
		return vf_error_set(error, "the image contradicts itself: it has several tables of the "
					   "codes that smaps prints, and they differ");
	if (!agree(&codes, enumerators, error))
		return false;
	findings->bits_from = end == SMAPS_CODES_NONE && !enumerators->any ? BITS_USUAL
			      : end == SMAPS_CODES_NONE			   ? BITS_ENUMERATORS
			      : !enumerators->any			   ? BITS_CODES
									   : BITS_BOTH;
	if (findings->bits_from == BITS_USUAL) {
		for (size_t i = 0; i < ARRAY_SIZE(usual_bits); i++)
			snprintf(findings->bit_names[usual_bits[i].bit], NAME_SIZE, "%s",
				 usual_bits[i].name);
		return true;
	}
	for (size_t bit = 0; bit < 64; bit++) {
		const char *name = name_of_code(codes.code[bit]);

		if (!name[0])
			name = enumerators->names[bit];
		snprintf(findings->bit_names[bit], NAME_SIZE, "%s", name);
	}
	return true;
}
