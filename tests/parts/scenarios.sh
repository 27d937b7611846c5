#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every scenario that comes along: its expectations hold, and it can be run,
# played and turned into JSON without a word on standard error.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../stories.sh"

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

# Each is a story: heading, narration, a question that the model answers, and a last sentence;
# no text has the answer before its reveal.
for file in scenarios/*.vma; do
	parts "$file" >"$TMP/parts"
	asked_of "$file" >"$TMP/asked"
	check "$file: a title and a description" [ "$(grep -c '^\(title\|about\)	.' "$TMP/parts")" = 2 ]
	check "$file: narration" [ "$(grep -c '^say	.' "$TMP/parts")" -ge 2 ]
	check "$file: a prediction" [ -s "$TMP/asked" ]
	check "$file: each prediction is revealed" awk '
		$1 == "predict" { asked = 1 } $1 == "reveal" { asked = 0 } END { exit asked }' "$TMP/parts"
	check "$file: a last sentence" grep -q '^say	.' <(tail -n 1 "$TMP/parts")
	found=$(grep -n 'unknown\|	[?]$' "$TMP/asked"; spoilers "$file" "$TMP/asked"; too_long "$TMP/parts")
	if [ -z "$found" ]; then pass "$file: questions and texts"; else fail "$file: questions and texts" "$found"; fi
	exercise "$file"
done
sed -e '/^#/d' -e '/^$/d' -e '/^chapter "[^"]*"$/d' scenarios/chapters >"$TMP/chapters"
check 'each scenario has one topic' cmp <(LC_ALL=C sort "$TMP/chapters") \
	<(find scenarios -name '*.vma' -printf '%f\n' | sed 's/\.vma$//' | LC_ALL=C sort)

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
