/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "model/vmflags.h"

#include <string.h>

const struct vm_flag vm_flags[VM_FLAG_COUNT] = {
#define F(name, code, what) {"VM_" #name, code, what},
	VM_FLAG_LIST(F)
#undef F
};

uint64_t vm_flag_by_name(const char *name)
{
	for (int i = 0; i < VM_FLAG_COUNT; i++)
		if (!strcmp(name, vm_flags[i].name) ||
		    (*name == *vm_flags[i].code && !strcmp(name, vm_flags[i].code)))
			return UINT64_C(1) << i;
	return 0;
}

const struct vm_flag *vm_flag_of(uint64_t flags)
{
	return &vm_flags[__builtin_ctzll(flags)];
}
