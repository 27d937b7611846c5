#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The session as lines of text (--plain), held against what the screen shows.
#: built tests/screen/screen.c
. "$(dirname "$0")/../lib.sh"

SCREEN=$BUILD/tests/screen/screen
built screen "$SCREEN"

# A screen with a row for each sentence, and lines as long as they need to be.
SIZE=300x60
export COLUMNS=10000

# lines FILE COMMAND...: what the session prints when these are typed
lines() {
	local file=$1
	shift
	printf '%s\n' "$@" | timeout 60 "$PROGRAM" --plain "$file"
}

# repeat N COMMAND: fills the array repeated
repeat() { mapfile -t repeated < <(yes "$2" | head -n "$1"); }

# shown FILE COMMAND...: the characters of the screen
shown() {
	local file=$1
	shift
	"$SCREEN" "$file" "$SIZE" ascii "$@" | sed '/^--- cursor/,$d'
}

# --- each step ---------------------------------------------------------------------------

# said_by_screen N: of a screen, "N both SENTENCE", or one line for left and one for right
said_by_screen() {
	awk -v n="$1" '
		/^? help/ { exit }
		seen && /^(both|left|right) +/ { side = $1; sub(/^[a-z]+ +/, ""); print n, side, $0 }
		/^- this step / { seen = 1 }'
}

# said_by_lines: the same for all steps of a stream
said_by_lines() {
	awk '
		/^Step [0-9]+ of / { n = $2; fresh = 2 }
		fresh && /^(Both|Left|Right): / {
			side = tolower($1)
			sub(/:/, "", side)
			sub(/^[A-Za-z]+: /, "")
			sub(/\.$/, "")
			print n, side, $0
			fresh = side == "left" ? 1 : 0
		}'
}

# listed_by_screen: of its list of VMAs, "NAME SIZE LEFT RIGHT", with ! where they differ
listed_by_screen() {
	cut -c 2-61 | awk '
		/^ 1 VMA -|^ [0-9]+ VMAs -/ { list = 1; next }
		!list { next }
		!/[^ ]/ { exit }
		{
			left = substr($0, 40, 9)
			right = substr($0, 49, 9)
			mark = substr($0, 58) ~ /!/ ? " !" : ""
			# a part of the VMA in the row above
			if (left ~ /^same VMA/) left = last_left
			if (right ~ /^same VMA/) right = last_right
			last_left = left
			last_right = right
			print $1, $2, left, right mark
		}' | tr -s ' ' | sed 's/ $//'
}

# listed_by_lines: the same of the lines at the end of a fork
listed_by_lines() {
	awk '
		function word(text) {
			if (text ~ /^no VMA/) return "no VMA"
			sub(/[ :,.].*/, "", text)
			return toupper(text)
		}
		/^[^ :]+ [0-9.]+[KMGT]?: (both|left) / {
			label = $1 " " $2
			sub(/:$/, "", label)
			text = $0
			sub(/^[^:]*: /, "", text)
			mark = text ~ /, the sides differ/ ? " !" : ""
			if (sub(/^both /, "", text)) {
				print label, word(text), word(text) mark
			} else {
				right = text
				sub(/.*, right /, "", right)
				sub(/^left /, "", text)
				print label, word(text), word(right) mark
			}
		}'
}

count_of() { sed -n 's/^\([0-9]*\) steps\{0,1\};.*/\1/p' "$1" | head -n 1; }

# cost_by_screen: "cost" of both sides, without what follows a fork; cost_by_lines: the same
cost_by_screen() { grep -oE '( cost  |[0-9] forks) [^|]*' | sed -E 's,^( cost|[0-9] forks) *,,; s, *$,,'; }
cost_by_lines() {
	sed -n 's/^\(Both\|Left\|Right\), cost: \([^,]*,[^,]*,[^,.]*\(\.[0-9][^,.]*\)\{0,1\}\).*/\1 \2/p' |
		awk '{ both = $1 == "Both"; sub(/^[A-Z][a-z]* /, ""); print; if (both) print }'
}

# step_of N: what a stream says about that step
step_of() { awk -v n="$1" '/^Step [0-9]+ of /{ here = $2 == n } here' "$TMP/lines"; }

# same NAME: is what the screen has, in $TMP/a, also what the lines have, in $TMP/b?
same() {
	if [ -s "$TMP/a" ] && cmp -s "$TMP/a" "$TMP/b"; then
		pass "$1"
	else
		fail "$1" "$(diff "$TMP/a" "$TMP/b")"
	fi
}

# walk FILE: at each step both say the same, and show the same verdicts; where a fork ends, all
# of them, and the same costs
walk() {
	local name=${1##*/} n count odd=
	lines "$1" >"$TMP/first"
	count=$(count_of "$TMP/first")
	check "$name: has steps" [ "${count:-0}" -gt 3 ] || return
	repeat "$count" step
	lines "$1" 'goto start' "${repeated[@]}" >"$TMP/lines"
	: >"$TMP/wanted"
	for ((n = 1; n <= count; n++)); do
		shown "$1" "goto $n" >"$TMP/screen"
		said_by_screen "$n" <"$TMP/screen" >>"$TMP/wanted"
		step_of "$n" >"$TMP/step"
		listed_by_lines <"$TMP/step" >"$TMP/b"
		[ -s "$TMP/b" ] || continue
		verdicts=$((verdicts + $(wc -l <"$TMP/b")))
		listed_by_screen <"$TMP/screen" >"$TMP/a"
		odd+=$(grep -vxFf "$TMP/a" "$TMP/b")
		grep -q ' fork is done; ' "$TMP/screen" || continue
		same "$name: the verdicts at step $n"
		cost_by_screen <"$TMP/screen" >"$TMP/a"
		cost_by_lines <"$TMP/step" >"$TMP/b"
		same "$name: the costs at step $n"
	done
	check "$name: the verdicts of each step" [ -z "$odd" ]
	mv "$TMP/wanted" "$TMP/a"
	said_by_lines <"$TMP/lines" >"$TMP/b"
	same "$name: the sentences of $count steps"
}

verdicts=0
for file in scenarios/{whose-flag,guard-that-stays,huge-pinned,hugetlb,event-fork,swapped-out,wipe-on-fork}.vma \
	scenarios/{pinned-buffer,one-write-taxes-all,ways-not-to-inherit,anon-three-ways,second-fork,rwp}.vma \
	scenarios/a-whole-process.vma tests/data/{mixed,layout,flag,tables5}.vma; do
	walk "$file"
done
check "verdicts were compared: $verdicts" [ "$verdicts" -gt 60 ]

# --- what commands print -------------------------------------------------------------------

# over FILE COMMAND: what the screen lays over itself, and the lines at that width
over() {
	local file=$1 command=$2
	"$SCREEN" "$file" 80x100 ascii 'goto end' "over $command" | sed '/^--- cursor/,$d' |
		sed -n 's/^| \(.*\) |$/\1/p' | sed 's/^>/ /; s/ *$//' >"$TMP/box"
	COLUMNS=76 lines "$file" 'goto end' >"$TMP/before"
	COLUMNS=76 lines "$file" 'goto end' "$command" |
		tail -n +$(($(wc -l <"$TMP/before") + 1)) | sed 's/ *$//' >"$TMP/text"
	if [ "$(wc -l <"$TMP/box")" -gt 1 ] && cmp -s "$TMP/box" "$TMP/text"; then
		pass "${file##*/}: $command"
	else
		fail "${file##*/}: $command" "$(diff "$TMP/box" "$TMP/text")"
	fi
}

for command in 'why shm 0' 'why shm 3' table 'show decision' 'show cost' 'show pages' 'show vmas' \
	'explain shm' 'show trace' 'show flags' 'table v6.18 v6.19-rc1'; do
	over scenarios/whose-flag.vma "$command"
done
over scenarios/guard-that-stays.vma 'why f 4'
over scenarios/huge-pinned.vma 'show pages'

# Each command, in its own example: it answers, and nothing is refused. What asks about this
# machine, or needs a screen, is tried elsewhere.
mkdir -p "$TMP/examples/linux/mm"
echo 'vma other anon 64K' >"$TMP/examples/other.vma"
echo >"$TMP/examples/linux/mm/memory.c"
commands=0
while read -r command; do
	case $command in probe | import | calibrate | record) continue ;; esac
	# shellcheck disable=SC2086 # set source
	"$PROGRAM" help $command | sed -n 's/^        //p' >"$TMP/example"
	reads=() typed=$TMP/example
	case $command in goal | solution) reads=(play "$typed") typed=/dev/null ;; esac # a file has solutions
	if out=$(cd "$TMP/examples" && rm -f heap.* mine.* &&
		timeout 60 "$PROGRAM" --plain "${reads[@]}" <"$typed") &&
		[ -s "$TMP/example" ] && ! grep -q '^Error' <<<"$out"; then
		pass "example: $command"
	else
		fail "example: $command" "$(cat "$TMP/example")" "$(grep -A 2 '^Error' <<<"$out")"
	fi
	commands=$((commands + 1))
done < <("$PROGRAM" help | sed -n 's/^  \([a-z_-]\{1,\}\( [a-z]\{1,\}\)\{0,1\}\)  .*/\1/p')
check "commands have examples: $commands" [ "$commands" -gt 60 ]

# --- moving ----------------------------------------------------------------------------------

file=scenarios/whose-flag.vma
count=14
repeat $count step
lines "$file" "${repeated[@]}" >"$TMP/stepped"
lines "$file" play >"$TMP/played"
check 'play prints what steps print' cmp -s "$TMP/stepped" "$TMP/played"
repeat $((count - 1)) back
lines "$file" 'goto end' "${repeated[@]}" | said_by_lines | sort -n >"$TMP/backward"
said_by_lines <"$TMP/stepped" >"$TMP/forward"
check 'back prints the same sentences' cmp -s "$TMP/forward" "$TMP/backward"

out=$(lines "$file" '!' 'diff' '[' '!' back 'goto end' step 'undo' 'goto 9' 'why shm 0')
check 'the sides part' contains "$out" "Step 5 of 14.
Left: vma_needs_copy(shm) is false"
check 'it is said' contains "$out" 'Here the sides part.'
check 'the verdict, with it' contains "$out" \
	'shm 16K: left skip: no clause holds, right copy because VM_UFFD_WP, the sides differ.'
check 'a clause' contains "$out" 'Left, clause: dst->vm_flags & (VM_UFFD_WP) -> no.'
check 'a line for a key' contains "$out" 'The sides part at step 5, shm: type !'
check 'the toggle' contains "$out" 'Left: v6.18, check src.'
check 'the sides no longer part' contains "$out" '14 steps; the sides do not differ.'
check 'and nothing parts' contains "$out" 'The two sides do not differ in any step.'
check 'there is an end' contains "$out" 'This is the end.'
check 'an entry of the parent' contains "$out" \
	'Right, parent: shm 0-1 present,dirty,young,soft-dirty,uffd-wp.'
check 'an entry of the child' contains "$out" 'Right, child: shm 0-1 present,soft-dirty.'
check 'the cost' contains "$out" 'Right, cost: 3 entries, 3 tables, 12K, 3 faults, 0 copies on write.'

out=$(lines "$file" '<' '<' play)
check 'play goes by the grain' [ "$(grep -c '^Step [0-9]* of 14\.$' <<<"$out")" -lt 9 ]
out=$(lines "$file" 'break divergence' previous N)
check 'a breakpoint' contains "$out" 'Breakpoint: divergence. next and previous go there.'
check 'it stops there' contains "$out" 'Step 5 of 14, divergence: '
check 'and where there is none' contains "$out" 'No breakpoint holds at an earlier step.'
out=$(lines "$file" 'look shm 2')
check 'look: the VMA' contains "$out" 'Both, parent: shm 16K, shmem shared, at 0x1000000000, uffd u, VM_READ'
check 'look: the page' contains "$out" 'Both, parent: shm 2 present,write,dirty,young,soft-dirty.'

out=$(lines tests/data/flag.vma 'kernel both tests/data/lines.kernel' 'check right src' \
	'set source tests/data/tree' 'goto 9' 'goto 7')
check 'a line of the source' contains "$out" 'Right, function: copy_pte_range(), mm/memory.c:16: copy_one_entry('
check 'a file that is not there' contains "$out" 'mm/nowhere.c:10: '

# --- the prompt, without a terminal -----------------------------------------------------------

out=$(lines "$file" 'tuch shm' 'touch shm 99' 'goto 99' 'speed 2' | tr '\n' '|')
check 'an error: where, what, a hint' contains "$out" \
	"|Error: column 1: there is no command 'tuch'|    did you mean 'touch'?|"
check 'an error of a page' contains "$out" '|Error: column 11: touch: shm has pages 0 to 3|'
check 'an error of a step' contains "$out" '|Error: column 6: expected a step from 0 to 14|'
check 'a command without a text' contains "$out" '|Done.|'

out=$(lines "$file" 'vma x anon 4K' quit nonsense)
check 'quit asks' contains "$out" 'Quit without saving? (y/N)'
check 'another command is a no' contains "$out" "there is no command 'nonsense'"
out=$(lines "$file" 'vma x anon 4K' quit y 'show vmas')
check 'y is a yes' [ "$(grep -c 'shmem' <<<"${out##*Quit without}")" = 0 ]
echo kept >"$TMP/kept"
out=$(lines "$file" "save $TMP/kept" '' "save $TMP/kept" y quit)
check 'save asks' contains "$out" 'Replace kept? (y/N)'
check 'an empty line is a no' contains "$out" "not saved: $TMP/kept is unchanged"
check 'yes saves' contains "$out" "saved as $TMP/kept"
capture "$PROGRAM" check "$TMP/kept"
check 'what it saved is a scenario' [ "$status" = 0 ]
out=$(lines "$file" "record $TMP/x.cast" "export $TMP/x.svg" 'set source tests/data/tree' '!')
check 'there is no screen to record' contains "$out" 'there is no screen to record'
check 'pictures can be exported' grep -q '<svg' "$TMP/x.svg"

# --- questions ----------------------------------------------------------------------------------

out=$(lines tests/data/flag.vma 'set predict on' fork c what pass s | tr '\n' '|')
check 'predict: asks' contains "$out" '|c copy, s skip, pass skips.|'
check 'predict: what is no answer' contains "$out" "|Error: expected copy, skip, dontcopy or wipe, got 'what'|"
check 'predict: wrong' contains "$out" 'Your answer, copy, is wrong.'
check 'predict: none' contains "$out" 'You had no answer.'

# story FILE LINE...: a story is told until it ends, with these lines
story() {
	local file=$1
	shift
	printf '%s\n' "$@" | timeout 60 "$PROGRAM" --plain play "$file"
}

out=$(story tests/data/question.vma '' 7 2)
check 'ask: no such answer' contains "$out" 'no such answer: 1-3 answers, pass skips.'
check 'ask: right' contains "$out" 'Right. The answer is 2, all four of them, and each is shared'
check 'the story goes on at the end of the input' contains "$out" '1 of 1 question answered correctly.'
out=$(story tests/data/question.vma '' 3)
check 'ask: wrong' contains "$out" 'Wrong. The answer is 2, all four of them'
out=$(story tests/data/question.vma '' '')
check 'ask: Enter asks again' [ "$(grep -c '^How many of the four' <<<"$out")" = 3 ]
check 'ask: the end of the input has no answer' contains "$out" 'No answer. The answer is 2'
out=$(story tests/data/predict.vma '' skip skip skip 8 9 what pass)
check 'predict: a wrong one' contains "$out" \
	'Your answer, skip, is wrong. It follows from the belief that fork copies nothing'
check 'predict: where it was decided' contains "$out" 'by copy_pte_range(). Step 5 decided it.'
check 'predict: a right one' contains "$out" 'skip: no clause holds. Right.'
check 'predict: no number' contains "$out" 'Your answer, 9, is wrong.'
check 'predict: no state' contains "$out" "Error: expected "
check 'predict: no answer' contains "$out" 'You had no answer.'
check 'predict: what is skipped' contains "$out" '1 question skipped.'
check 'predict: the count' contains "$out" '1 of 3 questions answered correctly.'

out=$(story tests/data/predict.vma '' skip copy skip 20 4 S)
check 'predict: once more' contains "$out" 'Not skip. That follows from the belief that fork copies nothing'
check 'predict: at the second try' contains "$out" 'copy because anon_vma. Right, at the second try.'
check 'predict: and how often' contains "$out" '2 of them at the second try.'

cat >"$TMP/task.vma" <<'END'
say "Now you."
goal "Copy four." left cost entries 4 and left parent heap 0-3 present par 3
hint "Write."
hint "Then fork."
solution vma heap anon 64K
solution touch heap 0-3
solution fork
say "It is over."
END
solve=('' H 'vma heap anon 64K' 'flags heap +dc' 'touch heap 0-3' '' H fork)
out=$(story "$TMP/task.vma" "${solve[@]}" '' '')
check 'goal: the task' contains "$out" 'Task: Copy four.'
check 'goal: what holds' contains "$out" '  holds: left parent heap 0-3 present'
check 'goal: what does not' contains "$out" '  not yet: left cost entries 4 (now: 0)'
check 'goal: how many commands' contains "$out" '2 commands, par 3; H hint, S skip.'
check 'goal: a hint' contains "$out" $'Hint: Write.\nH gives the next of 1 more.'
check 'goal: the last hint' contains "$out" 'Hint: Then fork.'
check 'goal: by hand' contains "$out" 'Error: column 1: this task does not allow flags'
check 'goal: Enter does not go on' contains "$out" 'The task waits for a command'
check 'goal: reached' contains "$out" 'Reached with 3 commands, par 3: 3 stars.'
check 'goal: no solution then' lacks "$out" 'solution '
check 'goal: the story goes on' contains "$out" 'It is over.'
{ sed '$d' "$TMP/task.vma"; echo 'touch heap 9'; tail -n 1 "$TMP/task.vma"; } >"$TMP/needs.vma"
sed -i 's/ and left parent heap 0-3 present//' "$TMP/needs.vma"
out=$(story "$TMP/needs.vma" '' 'vma mine anon 16K' 'touch mine' fork '' '' '')
check 'goal: what follows needs another solution' contains "$out" "What follows needs the story's own solution"
check 'goal: which is carried out' contains "$out" 'solution touch heap 0-3'
check 'goal: and the story goes on' contains "$out" 'It is over.'
out=$(story "$TMP/task.vma" '' 'vma x anon 4K' S)
check 'goal: skipped' contains "$out" 'solution touch heap 0-3'
check 'goal: skipped, with what was built' lacks "$out" 'VMAs'
check 'goal: skipped, and on' contains "$out" 'It is over.'
capture timeout 60 "$PROGRAM" --plain play "$TMP/task.vma"
check 'goal: the end of the input skips it' [ "$status" = 0 ]
check 'goal: and shows its solution' contains "$out" 'solution fork'
timeout 60 "$PROGRAM" --plain <<<'goal "x" left fork ok' >/dev/null
check 'goal: the end of the input of a session' [ "$?" = 0 ]

# Every story, told to its end: each text of it, no control character, and its status.
for file in scenarios/*.vma; do
	capture "$PROGRAM" play "$file"
	wanted=$status
	capture "$PROGRAM" --plain play "$file"
	missed=$(sed -n 's/^say "\(.*\)"$/\1/p' "$file" | while read -r text; do
		grep -qxF -- "$(printf '%b' "${text//\\\"/\"}")" <<<"$out" || echo "$text"
	done)
	if [ "$status" = "$wanted" ] && [ -z "$missed$err" ] && ! grep -q '[[:cntrl:]]' <<<"$out"; then
		pass "told: ${file##*/}"
	else
		fail "told: ${file##*/}: status $status" "$missed" "$err"
	fi
done

# --- the command line -----------------------------------------------------------------------------

export COLUMNS=60
out=$(lines scenarios/whose-flag.vma play 'show cost' 'show pages' 'table' '?')
check 'lines are as wide as the terminal' [ "$(wc -L <<<"$out")" -le 60 ]
unset COLUMNS
out=$(lines scenarios/whose-flag.vma play table)
check 'or 80 columns' [ "$(wc -L <<<"$out")" -le 80 ]
check 'and use them' [ "$(wc -L <<<"$out")" -gt 70 ]

for option in --still --palette=mono --glyphs=ascii; do
	capture "$PROGRAM" --plain $option
	check "--plain $option: has no effect" [ "$status" = 2 ]
	check "--plain $option: is named" contains "$err" "${option%=*} has no effect with --plain"
done
capture "$PROGRAM" --plain --batch -
check '--plain is for what has a screen' [ "$status" = 2 ]
capture "$PROGRAM" --plain "$TMP/none.vma"
check 'a file that is not there' [ "$status" = 2 ]
printf 'vma a anon 64K\ntouch a\nfrok\n' >"$TMP/bad.vma"
capture "$PROGRAM" --plain "$TMP/bad.vma"
check 'a file with an error: its place' contains "$err" "bad.vma:3:1: there is no command 'frok'"
out=$(printf '%s\n' 'vma a anon 4K' 'vma many anon 4K times 100000' 'show vmas' |
	"$PROGRAM" --plain --budget 1M)
check 'a budget' contains "$out" 'out of memory: this takes more than the budget of 1M'
check 'and nothing is lost' contains "$out" 'a            '
unwritten '--plain' "$PROGRAM" --plain scenarios/whose-flag.vma
finish
