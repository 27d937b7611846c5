#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the tests of the kernel, of LTP and of CRIU assert, as scenarios: each holds in the
# model of every version that it names, and not of those next to them.
. "$(dirname "$0")/../lib.sh"
. tests/upstream.sh

# --- what each names ---------------------------------------------------------------

files=(tests/upstream/*.vma)
mapfile -t versions < <(for profile in share/kernels/v*.kernel; do
	version_key "$(basename "$profile" .kernel)" && printf '%s %s\n' "$key" "$(basename "$profile" .kernel)"
done | sort -n | cut -d ' ' -f 2)

declare -A of=()      # files, by test function
declare -A named=()   # files whose ranges have a version, by version
declare -A beyond=()  # those whose ranges end before it, or begin after it
declare -A refused=() # the message, by file
for file in "${files[@]}"; do
	read -r project version path function rest <<<"$(header from "$file")"
	check "$file names its origin" [ -n "${function-}" -a -z "${rest-}" ]
	check "$file says what is asserted" grep -q '^# ' "$file"
	of[$project $version $path $function]+=" $file"
	refused[$file]=$(header refused "$file")
	ranges "$file"
	check "$file names versions" [ ${#of_ranges[@]} -ge 2 ]
	before='' inside=''
	for version in "${versions[@]}"; do
		version_key "$version"
		if covers "$key"; then
			named[$version]+=" $file"
			[ -n "$inside" ] || [ -z "$before" ] || beyond[$before]+=" $file"
			inside=1
		elif [ -n "$inside" ]; then
			beyond[$version]+=" $file"
			inside=
		fi
		before=$version
	done
done
many=
for function in "${!of[@]}"; do
	[ "$(wc -w <<<"${of[$function]}")" -le 3 ] || many="$many; $function"
done
check "at most three files of a function$many" [ -z "$many" ]
check "at least 40 functions: ${#of[@]}" [ ${#of[@]} -ge 40 ]
check "at least 120 files: ${#files[@]}" [ ${#files[@]} -ge 120 ]

# --- version by version ----------------------------------------------------------------

# on VERSION FILE: sets scenario, one that chooses the kernel first.
on() {
	scenario=$TMP/$1-${2##*/}
	printf 'kernel both %s\nload "%s"\n' "$1" "$TOP/$2" >"$scenario"
}

# holds VERSION FILE: what it expects holds, or the end of it is refused as it says.
holds() {
	on "$1" "$2"
	capture timeout 60 "$PROGRAM" check "$scenario"
	if [ -n "${refused[$2]}" ]; then
		[ "$status" = 2 ] && contains "$err" "${refused[$2]}"
	else
		[ "$status" = 0 ] && [ "${out##*$'\n'}" != '0 passed, 0 failed' ]
	fi
}

for version in "${versions[@]}"; do
	together=()
	# shellcheck disable=SC2086 # several files
	set -- ${named[$version]-}
	for file; do
		on "$version" "$file"
		[ -n "${refused[$file]}" ] || together+=("$scenario")
	done
	# One process for most of them; where that fails, one for each says which do not hold.
	capture timeout 120 "$PROGRAM" check "${together[@]}"
	all=$status
	for file; do
		[ "$all" != 0 ] || [ -n "${refused[$file]}" ] || continue
		holds "$version" "$file" || fail "$file on $version: status $status" "$out" "$err"
	done
	for file in ${beyond[$version]-}; do
		! holds "$version" "$file" || fail "$file holds for $version, too, which it does not name"
	done
	check "$version: $# files" [ "$all" = 0 ]
done
finish
