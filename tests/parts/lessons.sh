#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every lesson and challenge: what it consists of, that right answers are right and solutions
# reach their goals, and that no text has an answer before its reveal.
. "$(dirname "$0")/../lib.sh"
built 'vmafork-tui' "$PROGRAM"

# --- what a file consists of -----------------------------------------------------------------

# parts FILE: a line for each command: its name, a tab, its first text, a tab, the rest. Lines
# that end in a backslash are joined, comments left out.
parts() {
	awk '
	/^#/ || /^[ \t]*$/ { next }
	{
		line = line $0
		if (sub(/\\$/, "", line))
			next
		word = line
		sub(/[ \t].*/, "", word)
		rest = substr(line, length(word) + 2)
		text = ""
		if (match(rest, /^"([^"\\]|\\.)*"/)) {
			text = substr(rest, 2, RLENGTH - 2)
			rest = substr(rest, RLENGTH + 2)
			gsub(/\\"/, "\"", text)
		}
		gsub(/[ \t]+/, " ", rest)
		print word "\t" text "\t" rest
		line = ""
	}' "$1"
}

# kinds: of what each prediction on standard input, as parts prints it, asks for
kinds() {
	awk -F '\t' '
	$1 != "predict" { next }
	$3 ~ / because \?$/ { print "reason"; next }
	$3 ~ / signal \?$/ { print "signal"; next }
	$3 ~ / fork \?$/ { print "fork"; next }
	$3 ~ / (entries|tables|faults|cow-copies|vmas) \?$/ { print "number"; next }
	$3 ~ / VM_[A-Z_]+ \?$/ { print "flag"; next }
	$3 ~ /^(left|right) (child|parent) [^ ]+ [0-9]+ \?$/ { print "state"; next }
	$3 ~ /^(left|right) [^ ]+( [0-9,-]+)? \?$/ { print "decision"; next }
	{ print "unknown: " $3 }'
}

# answers FILE: the model's answers to its predictions, a line each
answers() {
	timeout 60 "$PROGRAM" play "$1" </dev/null >"$TMP/played"
	parts "$1" | awk -F '\t' '
	FILENAME != "-" { lines[FNR] = $0; next }
	$1 == "predict" {
		answer = "?"
		for (i = 1; i in lines; i++)
			if (lines[i] == $2)
				answer = lines[i + 1]
		sub(/^ +/, "", answer)
		sub(/[:,. ].*/, "", answer)
		print answer
	}' "$TMP/played" -
}

# --- texts that have the answer --------------------------------------------------------------

# spoilers FILE ANSWERS: a line for each text that has the answer to a prediction before its
# reveal. ANSWERS has a kind and an answer for each. A text that names another possible answer
# as well, such as "copy or skip", gives nothing away.
spoilers() {
	parts "$1" | awk -F '\t' '
	function has(text, pattern) {
		return match(" " text " ", "[^A-Za-z0-9_]" pattern "[^A-Za-z0-9_]")
	}
	# Does the text have a word of this one of the groups, and of no other?
	function only(text, group, g) {
		if (!has(text, forms[group]))
			return 0
		for (g in forms)
			if (g != group && of[g] == of[group] && has(text, forms[g]))
				return 0
		return 1
	}
	function group(kind, word, pattern) {
		forms[kind " " word] = pattern
		of[kind " " word] = kind
	}
	function number(text, answer, counted) {
		gsub(/[Pp]ages? [0-9]+( (to|and) [0-9]+)?/, "", text)
		gsub(/v[0-9][0-9.a-z-]*|[0-9]+[.][0-9]+/, "", text)
		gsub(/[0-9]+ [KMGT]iB/, "", text)
		return has(text, answer) ||
		       (answer in spelled && has(tolower(text), spelled[answer] " (more |new )?" counted))
	}
	function gives_away(text, kind, answer, counted) {
		gsub(/copy-on-write/, "", text)
		if (kind == "number")
			return number(text, answer, counted)
		if (kind == "flag")
			return has(text, flag) &&
			       has(text, "(keep|keeps|lose|loses|clear|clears|cleared|drops?|dropped|set)")
		return (kind " " answer) in forms ? only(text, kind " " answer) : has(text, answer)
	}
	function look(to, i, j) {
		for (i = revealed + 1; i <= asked; i++)
			for (j = 1; j <= texts; j++) {
				flag = flags[i]
				if (text_of[j] != question[i] &&
				    gives_away(text_of[j], kind_of[i], answer_of[i], counts[i]))
					print "\"" answer_of[i] "\" (" question[i] "): " text_of[j]
			}
		revealed = asked
		texts = 0
	}
	BEGIN {
		split("one two three four five six seven eight nine ten eleven twelve thirteen fourteen " \
		      "fifteen sixteen seventeen eighteen nineteen twenty", names, " ")
		for (i in names)
			spelled[i] = names[i]
		spelled[0] = "(zero|no)"
		group("decision", "copy", "([Cc]opy|[Cc]opies|[Cc]opied)")
		group("decision", "skip", "([Ss]kips?|[Ss]kipped)")
		group("decision", "wipe", "([Ww]ipes?|[Ww]iped)")
		n = split("none present swap marker zero huge", names, " ")
		for (i = 1; i <= n; i++)
			group("state", names[i], "[" toupper(substr(names[i], 1, 1)) substr(names[i], 1, 1) "]" \
			      substr(names[i], 2) "s?")
		n = split("VM_UFFD_WP VM_MAYBE_GUARD VM_PFNMAP VM_MIXEDMAP VM_HUGETLB anon_vma none", names, " ")
		for (i = 1; i <= n; i++)
			group("reason", names[i], names[i])
		group("signal", "SIGSEGV", "SIGSEGV")
		group("signal", "SIGBUS", "SIGBUS")
	}
	FILENAME != "-" { kind_of[FNR] = $1; answer_of[FNR] = $2; next }
	$1 == "predict" {
		question[++asked] = $2
		counts[asked] = $3
		sub(/ \?$/, "", counts[asked])
		sub(/.* /, "", counts[asked])
		sub(/cow-copies/, "(pages|copies)", counts[asked])
		sub(/entries/, "(entry|entries)", counts[asked])
		sub(/faults/, "(page )?faults?", counts[asked])
		sub(/tables/, "(page )?tables?", counts[asked])
		if (match($3, /VM_[A-Z_]+/))
			flags[asked] = substr($3, RSTART, RLENGTH)
	}
	$1 ~ /^(title|about|say|predict|hint|ask)$/ { text_of[++texts] = $2 }
	$1 == "reveal" { look() }
	END { look() }' "$2" -
}

# asked_of FILE: the kind of each prediction, a tab, its answer
asked_of() {
	paste <(parts "$1" | kinds) <(answers "$1")
}

# --- how a learner goes through it -----------------------------------------------------------

# learn FILE ANSWERS: plays it with these answers, and the commands of the solutions for its
# tasks. Enter continues wherever it may be waited for: a question or a task ignores it.
learn() {
	parts "$1" | awk -F '\t' '
		FILENAME != "-" { answers[FNR] = $2; next }
		$1 == "predict" { print answers[++asked]; next }
		$1 == "solution" { print $3; next }
		{ printf "\n\n" }' "$2" - | timeout 60 "$PROGRAM" --plain play "$1" 2>&1
}

# exercise FILE: that right answers are right, and that the solution of each goal reaches it with
# all stars
exercise() {
	local name=${1##*/} questions goals
	questions=$(parts "$1" | grep -c '^predict')
	goals=$(parts "$1" | grep -c '^goal')
	learn "$1" "$TMP/asked" >"$TMP/learned"
	[ "$questions" = 0 ] || check "$name: all answers are right" \
		grep -q "^$questions of $questions questions\? answered correctly" "$TMP/learned"
	check "$name: the solutions reach the goals" \
		[ "$(grep -c '^Reached with .*: 3 stars' "$TMP/learned")" = "$goals" ]
}

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
	found=$(cut -f 2 "$TMP/parts" | grep -v '^$' | while IFS= read -r text; do
		[ "$(fold -s -w 79 <<<"$text" | wc -l)" -le 4 ] || printf '%s\n' "$text"
	done)
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
	exercise "$file"
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
