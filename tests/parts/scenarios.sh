#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every scenario that comes along: its expectations hold, and it can be run,
# played and turned into JSON without a word on standard error.
. "$(dirname "$0")/../lib.sh"

expectations=0
files=0
for file in scenarios/*.vma; do
	[ -f "$file" ] || continue
	files=$((files + 1))
	capture timeout 60 "$PROGRAM" check "$file"
	if [ "$status" = 0 ] && [ -z "$err" ] &&
		[[ ${out##*$'\n'} =~ ^([0-9]+)\ passed,\ 0\ failed$ ]]; then
		pass "check $file"
		expectations=$((expectations + BASH_REMATCH[1]))
	else
		fail "check $file: status $status" "$out" "$err"
	fi
	for how in run 'run --json' play --batch; do
		# shellcheck disable=SC2086 # two words
		capture timeout 60 "$PROGRAM" $how "$file"
		if [ "$status" = 0 ] && [ -n "$out" ] && [ -z "$err" ]; then
			pass "$how $file"
		else
			fail "$how $file: status $status" "$err" "$out"
		fi
	done
done
check "at least 16 scenarios: $files" [ "$files" -ge 16 ]
check "over 100 expectations: $expectations" [ "$expectations" -gt 100 ]

# All of them at once: one closing line.
capture timeout 120 "$PROGRAM" check scenarios/*.vma
check 'check of all files' [ "$status" = 0 ]
check 'check of all files adds up' [ "${out##*$'\n'}" = "$expectations passed, 0 failed" ]

# The case that the project exists for, in the words of its own report.
capture "$PROGRAM" run scenarios/whose-flag.vma
check 'the main case: left skips' contains "$out" skip
check 'the main case: right copies' contains "$out" copy
check 'the main case: because of VM_UFFD_WP' contains "$out" VM_UFFD_WP
finish
