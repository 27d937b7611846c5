#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What:      dwarf_init_path() in two versions of libdwarf.so.1.
# Version:   libdwarf 20210528-1+b1 (libdwarf1, libdwarf-dev, Debian bookworm) and
#            1:0.11.1-1 (the same packages, Debian trixie)
# Guess:     An unchanged soname means a compatible interface. If not, the dynamic linker
#            refuses the program.
# Behavior:  The function has 12 parameters in the older version and 8 in the newer one,
#            which lacks one from the middle of the list. Name, soname and package are the
#            same, and there is no symbol version. The dynamic linker binds a program
#            compiled with the older header to the newer library without an error. (This
#            script does not run that program.)
# Output:    the text at the end, with which this script compares.
# Run:       findings/libdwarf-one-soname-two-interfaces.sh
. "$(dirname "$0")/lib.sh"

need readelf ldd
declare -A version=([older]=20210528-1+b1 [newer]=1:0.11.1-1)
for which in older newer; do
	package libdwarf1 "${version[$which]}" "$ROOT/$which"
	package libdwarf-dev "${version[$which]}" "$ROOT/$which"
done
library() { printf '%s/%s/usr/lib/x86_64-linux-gnu' "$ROOT" "$1"; } # WHICH

# The call with as many arguments as each header wants: path, buffer and its size come first.
declare -A call=(
	[8]='0, NULL, NULL, &dbg, &error'
	[12]='0, 0, NULL, NULL, &dbg, "", 0, NULL, &error'
)
# try WHICH ARGUMENTS: compiles the call with that header.
try() {
	cat >"$TMP/call.c" <<-EOF
		#include <stddef.h>
		#include <libdwarf.h>
		int main(int argc, char *argv[])
		{
			Dwarf_Debug dbg = NULL;
			Dwarf_Error error = NULL;
			return argc > 1 && dwarf_init_path(argv[1], NULL, 0, ${call[$2]});
		}
	EOF
	"${CC:-cc}" -Werror -I "$ROOT/$1/usr/include/libdwarf" -I "$ROOT/$1/usr/include" \
		-c -o "$TMP/$1-$2.o" "$TMP/call.c" 2>/dev/null
}

need "${CC:-cc}"
{
	for which in older newer; do
		printf '%s: %s\n' "$which" "$(readelf -d "$(library $which)/libdwarf.so.1" | sed -n 's/.*(SONAME) *//p')"
		for count in 8 12; do
			printf '  %d arguments: %s\n' $count "$(try $which $count && echo yes || echo no)"
		done
	done
	"${CC:-cc}" -o "$TMP/program" "$TMP/older-12.o" "$(library older)/libdwarf.so.1"
	printf 'linked with the older, bound to the newer: '
	LD_LIBRARY_PATH=$(library newer) ldd -r "$TMP/program" >"$TMP/ldd" 2>&1
	if grep -q 'undefined symbol' "$TMP/ldd" || ! grep -q "$(library newer)/libdwarf.so.1" "$TMP/ldd"; then
		cat "$TMP/ldd"
	else
		echo 'no complaint'
	fi
} >"$TMP/seen" 2>&1

expect <<'EOF'
older: Library soname: [libdwarf.so.1]
  8 arguments: no
  12 arguments: yes
newer: Library soname: [libdwarf.so.1]
  8 arguments: yes
  12 arguments: no
linked with the older, bound to the newer: no complaint
EOF
