#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every lesson and challenge: what it consists of, that right answers are right and solutions
# reach their goals, and that no text has an answer before its reveal.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../stories.sh"
built 'vmafork-tui' "$PROGRAM"

# --- the rules -------------------------------------------------------------------------------

# sound FILE: what lessons and challenges have in common
sound() {
	local file=$1 name=${1##*/} found
	capture timeout 60 "$PROGRAM" check "$file"
	if [ "$status" = 0 ] && [ -z "$err" ] && [[ ${out##*$'\n'} == *' passed, 0 failed' ]]; then
		pass "$name: check"
	else
		fail "$name: check: status $status" "$out" "$err"
	fi
	parts "$file" >"$TMP/parts"
	asked_of "$file" >"$TMP/asked"
	if found=$(grep -n 'unknown\|	[?]$' "$TMP/asked"); then
		fail "$name: each prediction has a kind and an answer" "$found"
	fi
	found=$(too_long "$TMP/parts")
	if [ -z "$found" ]; then pass "$name: texts fit 80x24"; else fail "$name: texts fit 80x24" "$found"; fi
	found=$(spoilers "$file" "$TMP/asked")
	if [ -z "$found" ]; then pass "$name: no text has the answer"; else fail "$name: no text has the answer" "$found"; fi
	check "$name: no answer of an author" [ -z "$(grep '^ask' "$TMP/parts")" ]
	check "$name: a goal" grep -q '^goal' "$TMP/parts"
	# Behind each goal there are hints and a solution, and par is its length.
	found=$(awk -F '\t' '
		function over() {
			if (goal != "" && (!hints || !solutions || par != solutions))
				print goal ": " hints + 0 " hints, " solutions + 0 " solution commands, par " par
			goal = ""
		}
		$1 == "hint" && goal != "" { hints++; next }
		$1 == "solution" { solutions++; next }
		{ over() }
		$1 == "goal" {
			goal = $2
			hints = solutions = 0
			par = "none"
			if (match($3, / par [0-9]+/))
				par = substr($3, RSTART + 5, RLENGTH - 5)
		}
		END { over() }' "$TMP/parts")
	if [ -z "$found" ]; then pass "$name: hints, solution and par"; else fail "$name: hints, solution and par" "$found"; fi
	found=$(without_hint "$TMP/parts")
	if [ -z "$found" ]; then pass "$name: each question has a hint"; else fail "$name: each question has a hint" "$found"; fi
	exercise "$file"
}

# without_hint PARTS: the questions directly behind which there is no hint
without_hint() {
	awk -F '\t' '
		question != "" && $1 != "hint" { print question }
		{ question = $1 == "predict" ? $2 : "" }
		END { if (question != "") print question }' "$1"
}

# lesson FILE
lesson() {
	local file=$1 name=${1##*/}
	sound "$file"
	check "$name: its first command names it" grep -q -E "^lesson		${name%.vma}( after .*)?\$" <(head -n 1 "$TMP/parts")
	check "$name: two kinds of questions" [ "$(cut -f 1 "$TMP/asked" | sort -u | wc -l)" -ge 2 ]
	# Something is changed behind a reveal, and what comes of it is asked and revealed as well.
	check "$name: one thing is changed, and both states are seen" awk -F '\t' '
		$1 == "reveal" { if (changed && asked) seen = 1; revealed = 1; changed = asked = 0 }
		$1 == "predict" { asked = 1 }
		revealed && $1 !~ /^(say|predict|hint|reveal|expect|look|wait|goal|solution)$/ { changed = 1 }
		END { exit !seen }' "$TMP/parts"
	check "$name: the last sentence says what was learned" \
		grep -q "^say	What you learned: " <(tail -n 1 "$TMP/parts")
}

# --- the rules find what they are for --------------------------------------------------------

cat >"$TMP/spoilt.vma" <<'END'
title "It is skipped"
say "Reading gives sixteen entries."
vma heap anon 64K
touch heap
predict "How many entries?" left cost entries ?
hint "Perhaps 16."
predict "Copy or skip?" left heap ?
predict "What is in page 1?" left child heap 1 ?
predict "Is it registered?" left child heap VM_UFFD_WP ?
hint "VM_UFFD_WP is cleared."
say "It is copied. Every page is present."
fork
reveal
say "16 entries, copied."
END
asked_of "$TMP/spoilt.vma" >"$TMP/asked"
check 'the answers are the model'"'"'s' [ "$(tr '\t\n' ' |' <"$TMP/asked")" = 'number 16|decision copy|state present|flag no|' ]
found=$(spoilers "$TMP/spoilt.vma" "$TMP/asked")
for text in 'Reading gives sixteen entries.' 'Perhaps 16.' 'VM_UFFD_WP is cleared.' 'It is copied. Every page is present.'; do
	check "a text with the answer is found: $text" contains "$found" ": $text"
done
parts "$TMP/spoilt.vma" >"$TMP/parts"
check 'questions without a hint are found' [ "$(without_hint "$TMP/parts" | tr '\n' '|')" = 'Copy or skip?|What is in page 1?|' ]
check 'a text without the answer is not' [ "$(grep -c 'Copy or skip?$\|It is skipped$\|16 entries, copied' <<<"$found")" = 0 ]

# --- every file ------------------------------------------------------------------------------

lessons=0
for file in share/lessons/*.vma; do
	lesson "$file"
	lessons=$((lessons + 1))
done
check "at least 28 lessons: $lessons" [ "$lessons" -ge 28 ]

challenges=0
for file in share/challenges/*.vma; do
	[ -f "$file" ] || continue
	sound "$file"
	challenges=$((challenges + 1))
done

check "at least 20 challenges: $challenges" [ "$challenges" -ge 20 ]

# The chapters name each lesson once, behind those that it comes after.
sed -e '/^#/d' -e '/^$/d' -e '/^chapter "[^"]*"$/d' share/lessons/chapters >"$TMP/chapters"
check 'the chapters have each lesson once' cmp <(LC_ALL=C sort "$TMP/chapters") \
	<(find share/lessons -name '*.vma' -printf '%f\n' | sed 's/\.vma$//' | LC_ALL=C sort)
: >"$TMP/known"
found=$(while read -r name; do
	sed -n 's/^lesson [^ ]*//p' "share/lessons/$name.vma" | grep -o 'after [^ ]*' |
		while read -r _ before; do
			grep -qxF "$before" "$TMP/known" || echo "$name comes before $before"
		done
	echo "$name" >>"$TMP/known"
done <"$TMP/chapters" 2>&1)
if [ -z "$found" ]; then pass 'the order of the lessons'; else fail 'the order of the lessons' "$found"; fi
finish
