#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      dwarfdump of a riscv64 object file that the assembler wrote with -g.
# Version:   libdwarf 1:0.11.1-1 (dwarfdump, libdwarf1, Debian trixie); binutils 2.40-2
#            (binutils-riscv64-linux-gnu, libbinutils, Debian bookworm)
# Guess:     DWARF does not depend on the machine, so a tool that reads x86-64 objects reads
#            riscv64 objects too.
# Behavior:  dwarfdump reports "corrupt DWARF" before the first entry of a correct file.
#            libdwarf applies the relocations of object files itself, and does not know
#            those of riscv64. After linking, without relocations, it reads the same unit.
# Output:    the text at the end, with which this script compares.
# Run:       findings/libdwarf-cannot-read-riscv-objects.sh
. "$(dirname "$0")/lib.sh"

package dwarfdump 1:0.11.1-1
package libdwarf1 1:0.11.1-1
package libelf1t64 0.192-4
package binutils-riscv64-linux-gnu 2.40-2
package libbinutils 2.40-2
package libjansson4 2.14-2
export LD_LIBRARY_PATH=$ROOT/usr/lib/x86_64-linux-gnu
riscv=$ROOT/usr/bin/riscv64-linux-gnu

cat >"$TMP/f.s" <<'EOF'
	.globl	f
f:	nop
	ret
EOF
cd "$TMP" || exit 2
if ! "$riscv-as" -g -o object f.s || ! "$riscv-ld" -e f -o linked object; then
	skip 'the binutils do not run here'
fi

{
	printf 'readelf of the object file: %s units\n' "$("$riscv-readelf" --debug-dump=info object | grep -c 'DW_TAG_compile_unit')"
	for file in object linked; do
		"$ROOT/usr/bin/dwarfdump" -i $file >"$file.out" 2>&1
		printf 'dwarfdump of the %s file: %s units\n' $file "$(grep -c 'DW_TAG_compile_unit' $file.out)"
		grep -o 'corrupt DWARF: *DW_DLE_[A-Z_]*' $file.out
	done
} >seen 2>&1

expect <<'EOF'
readelf of the object file: 1 units
dwarfdump of the object file: 0 units
corrupt DWARF:  DW_DLE_RELOC_SECTION_RELOC_TARGET_SIZE_UNKNOWN
dwarfdump of the linked file: 1 units
EOF
