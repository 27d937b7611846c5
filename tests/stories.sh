# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # TMP and PROGRAM are of lib.sh
#
# What stories, lessons and challenges consist of, what the model answers to their questions, and
# texts that give an answer away. For parts that test such files, behind lib.sh.

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
	$3 ~ / (entries|tables|faults|cow-copies|vmas|pages [^ ]+) \?$/ { print "number"; next }
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

# too_long PARTS: texts that have no room on a screen of 80x24: narration has four lines, and
# questions and tasks share them with what can be answered.
too_long() {
	local word text rows
	while IFS=$'\t' read -r word text _; do
		case $word in
		predict | goal) rows=2 ;;
		*) rows=4 ;;
		esac
		[ "$(fold -s -w 77 <<<"$text" | wc -l)" -le $rows ] || printf '%s\n' "$text"
	done < <(grep -E '^(title|about|say|hint|predict|goal)	' "$1")
}

# --- how a learner goes through it -----------------------------------------------------------

# learn FILE ANSWERS [TRIES]: plays it with these answers, each given so often, and the commands
# of the solutions for its tasks. An answer that is tried more than once is a wrong one. Enter continues wherever it may be waited for: a question or a
# task ignores it.
learn() {
	parts "$1" | awk -F '\t' -v tries="${3-1}" '
		FILENAME != "-" { answers[FNR] = $2; next }
		$1 == "predict" {
			asked++
			for (i = 0; i < tries; i++)
				print answers[asked]
			next
		}
		$1 == "ask" && match($3, /answer [0-9]+/) {
			right = substr($3, RSTART + 7, RLENGTH - 7)
			print tries == 1 ? right : right == 1 ? 2 : 1
			next
		}
		$1 == "solution" { print $3; next }
		{ printf "\n\n\n" }' "$2" - | timeout 60 "$PROGRAM" --plain play "$1" 2>&1
}

# wrong_ones: for each kind and answer on standard input one of that kind that is wrong
wrong_ones() {
	awk -F '\t' -v OFS='\t' '
	BEGIN {
		split("decision copy skip reason anon_vma none state none present flag yes no " \
		      "signal SIGSEGV SIGBUS fork ok ENOMEM", words, " ")
		for (i = 1; i in words; i += 3) {
			first[words[i]] = words[i + 1]
			other[words[i]] = words[i + 2]
		}
	}
	$1 == "number" { print $1, $2 + 7; next }
	{ print $1, $2 == first[$1] ? other[$1] : first[$1] }'
}

# exercise FILE: that right answers are right and wrong ones wrong, and that the solution of each
# goal reaches it with all stars
exercise() {
	local name=${1##*/} questions goals
	questions=$(parts "$1" | grep -c '^\(predict\|ask\)')
	goals=$(parts "$1" | grep -c '^goal')
	learn "$1" "$TMP/asked" >"$TMP/learned"
	[ "$questions" = 0 ] || check "$name: all answers are right" \
		grep -q "^$questions of $questions questions\? answered correctly" "$TMP/learned"
	check "$name: the solutions reach the goals" \
		[ "$(grep -c '^Reached with .*: 3 stars' "$TMP/learned")" = "$goals" ]
	! parts "$1" | grep -q '^lesson' ||
		check "$name: it is done in the end" grep -q '^The lesson is done: 3 stars' "$TMP/learned"
	[ "$questions" != 0 ] || return
	wrong_ones <"$TMP/asked" >"$TMP/wrong"
	learn "$1" "$TMP/wrong" 2 >"$TMP/learned"
	check "$name: wrong answers are wrong" grep -q "^0 of $questions questions\? answered correctly" "$TMP/learned"
	timeout 60 "$PROGRAM" --plain play "$1" </dev/null >"$TMP/learned" 2>&1
	check "$name: what is not answered is not right" grep -q "^$questions questions\? skipped" "$TMP/learned"
}
