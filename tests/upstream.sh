# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The first lines of the files in tests/upstream/:
#
#   #! from: PROJECT VERSION PATH FUNCTION  the test that asserts what the file expects
#   #! kernels: FIRST [LAST]                the versions for which it holds; it may be repeated
#   #! refused: TEXT                        its last command is refused, with this message

# header WORD FILE: what its lines "#! WORD: " have.
header() { sed -n -e '/^#!/!q' -e "s/^#! $1: //p" "$2"; }

# version_key VERSION: sets key, a number that orders versions such as v6.12, 6.12.117 and v6.19-rc1.
version_key() {
	[[ $1 =~ ^v?([0-9]+)\.([0-9]+)(\.([0-9]+))?(-rc([0-9]+))? ]] || return
	# 10#: the groups are decimal; a release follows its candidates.
	key=$((((10#${BASH_REMATCH[1]} * 1000 + 10#${BASH_REMATCH[2]}) * 1000 + 10#${BASH_REMATCH[4]:-0}) * 100 + 10#${BASH_REMATCH[6]:-99}))
}

# ranges FILE: sets of_ranges, the keys of the first and the last version of each range.
ranges() {
	local first last key
	of_ranges=()
	while read -r first last; do
		version_key "$first" && of_ranges+=("$key") && last=${last:-v999.0}
		version_key "$last" && of_ranges+=("$key")
	done < <(header kernels "$1")
}

# covers KEY: one of the ranges that `ranges` has set contains that version.
covers() {
	local i
	for ((i = 0; i < ${#of_ranges[@]}; i += 2)); do
		[ "$1" -lt "${of_ranges[i]}" ] || [ "$1" -gt "${of_ranges[i + 1]}" ] || return 0
	done
	return 1
}
