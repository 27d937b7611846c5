#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The manual pages: well-formed, and in their command section exactly what the
# program says about itself.
. "$(dirname "$0")/../lib.sh"

for page in man/*.[157]; do
	found=$(mandoc -T lint -W warning "$page" 2>&1)
	if [ -z "$found" ]; then pass "lint $page"; else fail "lint $page" "$found"; fi
done

# The lines between the two marks in the page.
page=man/vmafork-scenario.5
sed -n '/^\.\\" begin: /,/^\.\\" end: /p' "$page" | sed '1d;$d' >"$TMP/page"
"$PROGRAM" help --mdoc >"$TMP/program" 2>"$TMP/err"
if [ "${UPDATE_GOLDENS-}" = 1 ]; then
	sed -e "/^\.\\\\\" begin: /r $TMP/program" -e '/^\.\\" begin: /,/^\.\\" end: /{
		/^\.\\" begin: /b
		/^\.\\" end: /b
		d
	}' "$page" >"$TMP/new" && cat "$TMP/new" >"$page"
	cp "$TMP/program" "$TMP/page"
fi
check 'the program prints its commands' [ -s "$TMP/program" ]
if different=$(diff -u "$TMP/page" "$TMP/program"); then
	pass "$page tells the program's commands"
else
	fail "$page tells other commands than the program (UPDATE_GOLDENS=1 tests/run docs mends it)" "$different"
fi

# The options of each program are those in its page.
for program in vmafork-tui vmafork-probe vmafork-vmlinux; do
	[ -x "$(dirname "$PROGRAM")/$program" ] || continue
	"$(dirname "$PROGRAM")/$program" --help | grep -o -E -e '--[a-z-]+' | sort -u >"$TMP/program"
	grep -o -E '(Fl|\||,) -[a-z-]+' "man/$program.1" | sed 's/.* /-/' | sort -u >"$TMP/page"
	if different=$(diff -u "$TMP/page" "$TMP/program"); then
		pass "man/$program.1 has its options"
	else
		fail "man/$program.1 has other options than the program" "$different"
	fi
done

# Every kernel profile that comes along is one that `kernel list` knows.
list=$(printf 'kernel list\n' | "$PROGRAM" --batch - 2>&1)
for file in share/kernels/*.kernel; do
	[ -f "$file" ] || continue
	name=$(basename "$file" .kernel)
	check "kernel list has $name" contains "$list" "$name"
done
finish
