#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The quiz: at the prompt as lines of text, on paper, and what is kept of a learner.
# UPDATE_GOLDENS=1 writes the sheets of tests/golden/ anew.
. "$(dirname "$0")/../lib.sh"

export XDG_STATE_HOME=$TMP/state
state=$XDG_STATE_HOME/vmafork-tui

# quiz OPTION... <LINES: a learner who has done nothing
quiz() {
	rm -rf "$XDG_STATE_HOME"
	timeout 60 "$PROGRAM" --plain quiz "$@" 2>&1
}
# lines LINE...
lines() { printf '%s\n' "$@"; }

# --- on paper --------------------------------------------------------------------------------

# golden NAME OPTION...
golden() {
	local want=tests/golden/$1 different
	shift
	"$PROGRAM" quiz "$@" >"$TMP/sheet" 2>&1
	[ "${UPDATE_GOLDENS-}" != 1 ] || cp "$TMP/sheet" "$want"
	if different=$(diff -u "$want" "$TMP/sheet"); then pass "$want"; else fail "$want" "$different"; fi
}
golden quiz-sheet.txt --seed 42 --count 7 --sheet
golden quiz-key.txt --seed 42 --count 7 --key
golden quiz-sheet.md --seed 42 --count 7 --sheet --markdown
golden quiz-key.md --seed 42 --count 7 --key --markdown
check 'another seed is another sheet' [ "$("$PROGRAM" quiz --sheet --seed 43)" != "$("$PROGRAM" quiz --sheet --seed 42)" ]
capture env LC_ALL=C TZ=Asia/Tokyo "$PROGRAM" quiz --sheet --seed 42 --count 7
check 'and the same one elsewhere' cmp "$TMP/out" tests/golden/quiz-sheet.txt
capture "$PROGRAM" quiz --seed 42 --count 7 --sheet --key
check 'both together' contains "$out" "$(sed -n '/^   Answer: [^_]/p' tests/golden/quiz-key.txt | head -n 1)"
[[ $("$PROGRAM" quiz --sheet) =~ Seed\ ([0-9]+), ]]
seed=${BASH_REMATCH[1]-none}
[[ $("$PROGRAM" quiz --sheet) =~ Seed\ ([0-9]+), ]]
check "a random seed, which the sheet names: $seed, ${BASH_REMATCH[1]}" [ "$seed" != none -a "$seed" != "${BASH_REMATCH[1]}" ]

# The key is what the model says to the scenarios that are on the sheet. Each question has a
# number; its commands are indented by seven, and what is asked is the only thing that lacks.
"$PROGRAM" quiz --sheet --seed 5 --count 100 >"$TMP/sheet"
"$PROGRAM" quiz --key --seed 5 --count 100 >"$TMP/key"
check 'a hundred questions' [ "$(grep -c '^[0-9]*\. ' "$TMP/sheet")" = 100 ]
check 'and a hundred answers' [ "$(grep -c '^   Answer: .' "$TMP/key")" = 100 ]
check 'on four levels' [ "$(sed -n 's/^[0-9]*\. .*, level //p' "$TMP/sheet" | sort -u | wc -l)" = 4 ]
failures=$(awk -v dir="$TMP" '
	FNR == 1 { number = 0 }
	/^[0-9]+\. / { number++ }
	FILENAME ~ /sheet$/ && /^       / { commands[number] = commands[number] substr($0, 8) "\n"; next }
	FILENAME ~ /sheet$/ && /^   / { text[number] = text[number] " " substr($0, 4) }
	FILENAME ~ /key$/ && sub(/^   Answer: /, "") { answer[number] = $0 }
	END {
		for (i = 1; i <= number; i++) {
			expect = ""
			if (match(text[i], /What does fork do with [a-z.]+\?/))
				name = substr(text[i], RSTART + 23, RLENGTH - 24)
			else
				name = ""
			side = text[i] ~ /On the right:/ ? "right" : "left"
			if (text[i] ~ /How many entries does fork put/ || text[i] ~ /how many entries does fork put/)
				expect = side " cost entries " answer[i]
			else if (text[i] ~ /How many page tables does fork allocate/)
				expect = side " cost tables " answer[i]
			else if (name != "" && side == "left") {
				sub(/:.*/, "", answer[i])
				expect = "left " name " " answer[i]
			}
			if (expect != "")
				printf "%sexpect %s\n", commands[i], expect >(dir "/on-paper-" i ".vma")
		}
	}' "$TMP/sheet" "$TMP/key")
check 'the key is read' [ -z "$failures" ]
papers=("$TMP"/on-paper-*.vma)
capture "$PROGRAM" check "${papers[@]}"
check "the key is the model's: ${#papers[@]} answers" [ "$out" = "${#papers[@]} passed, 0 failed" ]
check 'of many' [ "${#papers[@]}" -ge 30 ]

# --- topics ----------------------------------------------------------------------------------

mapfile -t topics < <("$PROGRAM" --complete quiz --topic)
check 'seven topics are chapters, nine are ideas' [ "${#topics[@]}" = 16 ]
chapter=0
while IFS= read -r title; do
	capture "$PROGRAM" quiz --sheet --count 3 --topic "${topics[chapter]}"
	check "topic ${topics[chapter]}: $title" [ "$(grep -c -x "[123]\. $title, level [1-4]" <<<"$out")" = 3 ]
	chapter=$((chapter + 1))
done < <(sed -n 's/^chapter "\(.*\)"$/\1/p' share/lessons/chapters)
check 'a topic for each chapter' [ "$chapter" = 7 ]
for idea in "${topics[@]:7}"; do
	capture "$PROGRAM" quiz --sheet --seed 3 --count 20 --topic "$idea"
	check "topic $idea: questions" [ "$(grep -c '^[0-9]*\. .*, level [1-4]$' <<<"$out")" = 20 ]
	check "topic $idea: of several chapters" \
		[ "$(sed -n 's/^[0-9]*\. \(.*\), level .*/\1/p' <<<"$out" | sort -u | wc -l)" -ge 2 ]
done
capture "$PROGRAM" quiz --key --seed 3 --count 20 --topic shared
check 'the key of an idea: each question has a wrong answer that follows from it' \
	[ "$(grep -c 'shared means not copied\|what is shared needs no' <<<"$(tr '\n' ' ' <<<"$out" | tr -s ' ' | sed 's/ [0-9]*\. /\n/g')")" = 20 ]
check 'the topics of the prompt are those of the command line' \
	[ "$(printf 'quiz topic nothing\n' | "$PROGRAM" --batch - 2>&1 | sed -n 's/ *one of: //p')" = "${topics[*]}" ]

# --- errors ----------------------------------------------------------------------------------

# refused NAME PART-OF-ERR OPTION...
refused() {
	local name=$1 wanted=$2
	shift 2
	capture "$PROGRAM" quiz "$@"
	check "refused: $name" [ "$status" = 2 ]
	check "refused: $name: says so" contains "$err" "$wanted"
}
refused 'no such topic' '--topic takes copies|asked|' --topic guard --sheet
refused 'no such topic: all are listed' 'left-out|tables, not '"'guard'" --topic guard --sheet
refused 'no question' 'expected 1 to 1000 questions' --count 0 --sheet
refused 'too many' 'expected 1 to 1000 questions' --count 1001 --sheet
refused 'no number' "--seed takes N, not 'x'" --seed x --sheet
refused 'a number below 0' "--count takes N, not '-1'" --count=-1 --sheet
refused 'a word' 'unexpected guards' guards
refused 'Markdown of nothing' '--markdown needs --sheet or --key' --markdown --plain
refused 'a seed beyond 64 bits' '--seed takes N' --seed 99999999999999999999 --sheet
capture "$PROGRAM" play --topic guards
check 'refused: an option of the quiz elsewhere' contains "$err" '--topic'
printf 'quiz\n' >"$TMP/asks.vma"
capture "$PROGRAM" check "$TMP/asks.vma"
check 'a file asks no quiz' contains "$err" 'a scenario file cannot ask a quiz'

# batch LINE: what it says
batch() { printf '%s\n' "$1" | "$PROGRAM" --batch - 2>&1; }
check 'without a viewer' contains "$(batch quiz)" 'quiz needs a viewer'
check 'next without a quiz' contains "$(batch 'quiz next')" 'quiz needs a viewer'
check 'a summary without a quiz' contains "$(batch 'quiz summary')" 'there is no quiz yet'
check 'markdown alone' contains "$(batch 'quiz markdown')" 'markdown needs sheet or key'
check 'a sheet in a session' [ "$(batch 'quiz seed 42 count 7 sheet')" = "$(cat tests/golden/quiz-sheet.txt)" ]

# --- without a terminal --------------------------------------------------------------------------

rm -rf "$XDG_STATE_HOME"
capture "$PROGRAM" quiz --seed 42 --count 7
check 'without a terminal: questions and answers' [ "$out" = "$("$PROGRAM" quiz --seed 42 --count 7 --sheet --key)" ]
check 'and nothing is kept' [ ! -e "$XDG_STATE_HOME" ]

# --- right, wrong, nothing -----------------------------------------------------------------------

# truth_of: the model's answer in the output on standard input, as it is typed
truth_of() { sed -n '/ You had no answer\./{s/^  //; s/[^A-Za-z0-9_-].*//; p; q}'; }

wrong=0
for seed in 1 2 3 4 5 6 7 8 9 10 11 12 13 14; do
	topic=${topics[seed % 7]}
	out=$(lines '' pass '' quit | quiz --seed "$seed" --topic "$topic" --count 1)
	truth=$(truth_of <<<"$out")
	check "seed $seed: nothing answered is not right" contains "$out" '0 of 1 question right, 1 skipped.'
	check "seed $seed: and is asked again" grep -q '^again [a-z-]* ""$' "$state/learner-default"
	out=$(lines '' "$truth" '' quit | quiz --seed "$seed" --topic "$topic" --count 1)
	check "seed $seed: $truth is right" contains "$out" "1 of 1 question right."
	check "seed $seed: and counts" grep -q "^quiz $topic level 1 run 1 asked 1 right 1$" "$state/learner-default"
	check "seed $seed: and is done" [ -z "$(grep ^again "$state/learner-default")" ]
	case $truth in
	[0-9]*) other=$((truth == 0)) ;;
	copy) other=skip ;;
	skip) other=copy ;;
	ok) other=SIGSEGV ;;
	none) other=present ;;
	yes) other=no ;;
	no) other=yes ;;
	anon_vma) other=none ;;
	VM_*) other=anon_vma ;;
	SIG* | blocked) other=ok ;;
	EINVAL) other=EPERM ;;
	E*) other=EINVAL ;;
	*) other=none ;;
	esac
	out=$(lines '' "$other" "$truth" '' quit | quiz --seed "$seed" --topic "$topic" --count 1)
	check "seed $seed: $other is wrong" contains "$out" "Not $other."
	check "seed $seed: the second try" contains "$out" '1 of 1 question right, 1 at the second try.'
	[[ $out != *"That follows from the belief that"* ]] || wrong=$((wrong + 1))
	check "seed $seed: which does not count for the level" grep -q "^quiz $topic level 1 run 0 asked 1 right 0$" "$state/learner-default"
	out=$(lines '' "$other" "$other" '' quit | quiz --seed "$seed" --topic "$topic" --count 1)
	check "seed $seed: wrong twice" contains "$out" 'is wrong.'
	check "seed $seed: is not right" contains "$out" '0 of 1 question right.'
done
check "wrong answers are met with a belief: $wrong" [ "$wrong" -ge 7 ]

# --- a whole quiz ----------------------------------------------------------------------------------

out=$(quiz --seed 3 --count 4 </dev/null)
check 'the end of input: what is open is skipped' contains "$out" '0 of 1 question right, 1 skipped.'
check 'the seed is named' contains "$out" 'The seed is 3.'
out=$(for _ in 1 2 3 4 5; do lines '' pass '' ''; done | quiz --seed 3 --count 2 --topic guards)
check 'titles' contains "$out" 'Question 1 of 2: Guards'
check 'what was skipped comes again' contains "$out" 'Guards, missed before'
check 'a summary after two' contains "$out" '0 of 2 questions right, 2 skipped.'
check 'and by topic' contains "$out" '  Guards: 0 of 2 questions right, 2 skipped.'
check 'then it goes on' [ "$(grep -c '^Question 1 of 2' <<<"$out")" -ge 2 ]
check 'a beginner has the first topic' contains "$(quiz --seed 3 </dev/null)" 'Question 1 of 10: What fork copies'
capture "$PROGRAM" learn report
check 'the report' contains "$out" '  copies: 0 of 1 question right at the first try, now on level 1'
capture "$PROGRAM" learn report --json
check 'the report as JSON' contains "$out" '"quiz":[{"topic":"copies","level":1,"asked":1,"right":0}]'

out=$(lines '' '' pass '' '' | quiz --seed 3 --topic wrong --count 1)
check 'Enter shows the situation again' [ "$(grep -c '^Question 1 of 1' <<<"$out")" = 2 ]

# A level opens the next topic, and a learner who comes back is asked what was missed.
mkdir -p "$state"
printf '%s\n' 'vmafork-tui progress 1' 'quiz copies level 4 run 0 asked 9 right 9' 'quiz asked level 9 run x' \
	'again guarded-decision "a guard is not a page"' 'again no-such-kind ""' 'again' 'again x "' \
	'quiz copies' >"$state/learner-odd"
again() { for _ in 1 2 3 4 5 6 7 8; do lines '' pass '' ''; done | timeout 60 "$PROGRAM" --plain --learner odd quiz --seed 1 --count 100; }
out=$(again)
check 'two topics' contains "$out" ': Who is asked'
check 'not more' lacks "$out" ': When it goes wrong'
check 'what an earlier quiz missed' contains "$out" ': Guards, missed before'
check 'the file is kept' grep -q '^quiz copies level [1-4] ' "$state/learner-odd"

# --- in a session -------------------------------------------------------------------------------------

rm -rf "$XDG_STATE_HOME"
out=$(lines 'vma mine anon 64K' 'quiz summary' 'quiz next' 'quiz seed 3 count 5 topic huge' '' pass '' '' 'quiz summary' 'quiz summary' \
	'quiz next' '' pass '' 'undo' 'show vmas' | timeout 60 "$PROGRAM" --plain 2>&1)
check 'in a session: no quiz yet' contains "$out" 'there is no quiz yet'
check 'in a session: a question' contains "$out" 'Question 1 of 5: Huge, pinned, swapped'
check 'in a session: a summary' contains "$out" '0 of 1 question right, 1 skipped.'
check 'in a session: nothing new' contains "$out" 'No question was answered since the last summary.'
check 'in a session: the next one' contains "$out" 'Question 2 of 5: Huge, pinned, swapped'
check 'in a session: next skips what is open' contains "$(lines 'quiz seed 3' '' 'quiz next' 'quiz summary' quit |
	timeout 60 "$PROGRAM" --plain 2>&1)" '0 of 1 question right, 1 skipped.'
out=$(lines 'quiz seed 3' '' reset 'vma mine anon 4K' 'predict "Mine?" left mine ?' '' pass reveal '' '' '' quit | timeout 60 "$PROGRAM" --plain 2>&1)
check 'in a session: reset in a question' contains "$out" 'Mine?'
check 'q is quit still' [ "$(batch q)" = '' ]
check 'qui is, too' [ "$(batch qui)" = '' ]
check 'topics are names, too' [ "$(batch "$(lines 'vma guards anon 64K' 'vma copies shmem 64K' 'vma sheet file 64K' 'vma key anon 4K')")" = '' ]
finish
