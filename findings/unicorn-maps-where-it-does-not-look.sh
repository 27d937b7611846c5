#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      Emulated x86-64 code that reads from the upper half of the address space, where
#            kernels have their memory.
# Version:   unicorn 2.1.1-2+b2 (libunicorn2t64, libunicorn-dev, Debian trixie) and
#            2.0.1.post1-1+b1 (libunicorn2, libunicorn-dev, Debian bookworm)
# Guess:     If uc_mem_map() succeeds for a page, code can read that page at that address.
# Behavior:  It can in 2.0. Without page tables 2.1 treats an address as a physical one and
#            cuts it to 52 bits. The hook gets an address that does not occur in the code,
#            and a page mapped at the address of the read is not found. A page mapped at the
#            cut address is.
# Output:    the text at the end, with which this script compares.
# Run:       findings/unicorn-maps-where-it-does-not-look.sh
. "$(dirname "$0")/lib.sh"

cat >"$TMP/source" <<'EOF'
#include <stdio.h>
#include <stdlib.h>
#include <unicorn/unicorn.h>

#define ADDRESS UINT64_C(0xffff888000001000)
#define CUT (ADDRESS & ((UINT64_C(1) << 52) - 1))

enum { CODE = 0x1000, PAGE = 0x1000 };
static const char code[] = "\x48\x8b\x07"; /* mov (%rdi), %rax */

static bool unmapped(uc_engine *uc, uc_mem_type type, uint64_t address, int size, int64_t value,
		     void *user)
{
	(void)uc, (void)type, (void)size, (void)value, (void)user;
	printf("  hook: nothing at 0x%016llx\n", (unsigned long long)address);
	return false;
}

static void read_with_page_at(const char *what, uint64_t page)
{
	uint64_t rdi = ADDRESS;
	uc_engine *uc;
	uc_hook hook;

	if (uc_open(UC_ARCH_X86, UC_MODE_64, &uc) || uc_mem_map(uc, CODE, PAGE, UC_PROT_ALL) ||
	    uc_mem_write(uc, CODE, code, sizeof(code)) || uc_reg_write(uc, UC_X86_REG_RDI, &rdi) ||
	    uc_hook_add(uc, &hook, UC_HOOK_MEM_UNMAPPED, unmapped, NULL, 1, 0) ||
	    (page && uc_mem_map(uc, page, PAGE, UC_PROT_ALL)))
		exit(1);
	printf("%s\n", what);
	printf("  %s\n", uc_strerror(uc_emu_start(uc, CODE, CODE + 3, 0, 0)));
	uc_close(uc);
}

int main(void)
{
	unsigned major, minor;

	uc_version(&major, &minor);
	printf("unicorn %u.%u: a read from 0x%016llx\n", major, minor,
	       (unsigned long long)ADDRESS);
	read_with_page_at("no page", 0);
	read_with_page_at("a page at that address", ADDRESS);
	read_with_page_at("a page at the lower 52 bits of it", CUT);
	return 0;
}
EOF

# with LIBRARY VERSION
with() {
	local to=$TMP/$1
	package "$1" "$2" "$to"
	package libunicorn-dev "$2" "$to"
	compile "$to/program" -I "$to/usr/include" "$to/usr/lib/x86_64-linux-gnu/libunicorn.so.2" <"$TMP/source"
	LD_LIBRARY_PATH=$to/usr/lib/x86_64-linux-gnu "$to/program" >>"$TMP/seen" 2>&1
}
with libunicorn2 2.0.1.post1-1+b1
with libunicorn2t64 2.1.1-2+b2

expect <<'EOF'
unicorn 2.0: a read from 0xffff888000001000
no page
  hook: nothing at 0xffff888000001000
  Invalid memory read (UC_ERR_READ_UNMAPPED)
a page at that address
  OK (UC_ERR_OK)
a page at the lower 52 bits of it
  hook: nothing at 0xffff888000001000
  Invalid memory read (UC_ERR_READ_UNMAPPED)
unicorn 2.1: a read from 0xffff888000001000
no page
  hook: nothing at 0x000f888000001000
  Invalid memory read (UC_ERR_READ_UNMAPPED)
a page at that address
  hook: nothing at 0x000f888000001000
  Invalid memory read (UC_ERR_READ_UNMAPPED)
a page at the lower 52 bits of it
  OK (UC_ERR_OK)
EOF
