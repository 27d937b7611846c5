#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every shell script of the tree, read by shellcheck; .shellcheckrc says what is meant.
. "$(dirname "$0")/../lib.sh"

if ! command -v shellcheck >/dev/null; then
	skip 'no shellcheck here (tests/needs.sh ci gets it)'
	finish
	exit
fi

# scripts: what begins as a script of a shell does, or is named as one.
scripts() {
	{
		grep -r -l -m 1 -E '^#!.*[/ ](ba)?sh( |$)' .ci debian share tests
		find .ci debian share tests -name '*.sh' -o -name '*.bash'
	} | LC_ALL=C sort -u
}
# judge FILE...: one result for each
judge() {
	local file all
	all=$(shellcheck -f gcc "$@" 2>&1)
	for file; do
		found=$(grep -F "$file:" <<<"$all")
		if [ -z "$found" ]; then pass "shellcheck $file"; else fail "shellcheck $file" "$found"; fi
	done
}

mapfile -t files < <(scripts)
judge "${files[@]}"
check "over 30 scripts: ${#files[@]}" [ "${#files[@]}" -gt 30 ]

printf '#!/bin/bash\nrm -rf $1/*\n' >"$TMP/careless.sh"
check 'a careless script is seen' contains "$(shellcheck -f gcc "$TMP/careless.sh")" SC2086
finish
