#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How the program is called, what it says, and how it ends.
. "$(dirname "$0")/../lib.sh"

work=$TMP/work
mkdir "$work"
cp tests/data/*.vma "$work"
cd "$work" || exit 1

# says NAME STATUS PART-OF-OUT PART-OF-ERR COMMAND...: "-" means empty,
# "" does not care
says() {
	local name=$1 want=$2 in_out=$3 in_err=$4
	shift 4
	capture timeout 60 "$@"
	local bad=
	[ "$status" = "$want" ] || bad="status $status, wanted $want"
	case $in_out in
	-) [ -z "$out" ] || bad="$bad; output, wanted none" ;;
	*) contains "$out" "$in_out" || bad="$bad; no '$in_out' in the output" ;;
	esac
	case $in_err in
	-) [ -z "$err" ] || bad="$bad; errors, wanted none" ;;
	*) contains "$err" "$in_err" || bad="$bad; no '$in_err' in the errors" ;;
	esac
	if [ -z "$bad" ]; then pass "$name"; else fail "$name: $bad" "$out" "$err"; fi
}

# batch NAME STATUS PART-OF-OUT PART-OF-ERR LINE...
batch() {
	local name=$1 want=$2 in_out=$3 in_err=$4
	shift 4
	printf '%s\n' "$@" >batch.vma
	says "$name" "$want" "$in_out" "$in_err" sh -c 'exec "$1" --batch - <batch.vma' sh "$PROGRAM"
}

printf '%s\n' 'vma a anon 16K' 'touch a' 'fork' 'expect both a copy because anon_vma' >holds.vma
printf '%s\n' 'vma a anon 16K' 'fork' 'expect both a copy' 'expect both a skip' >missed.vma
printf '%s\n' 'vma a anon 16K' 'tuch a' >wrong.vma
grep -v '^name' "$TOP/share/kernels/v7.3.kernel" >half.kernel

# --- check -----------------------------------------------------------------

says 'check: all hold' 0 '1 passed, 0 failed' - "$PROGRAM" check holds.vma
says 'check: one does not' 1 'missed.vma:3: expected ' - "$PROGRAM" check missed.vma
check 'check: both sides are one expectation' [ "${out##*$'\n'}" = '1 passed, 1 failed' ]
check 'check: what it got' contains "$out" ', got '
says 'check: a wrong word' 2 '' 'wrong.vma:2:1: ' "$PROGRAM" check wrong.vma
check 'check: shows the line' contains "$err" 'tuch a'
check 'check: a mark under the word' contains "$err" '^'
check 'check: suggests the right word' contains "$err" "touch"
says 'check: no such file' 2 '' 'nowhere.vma' "$PROGRAM" check nowhere.vma
says 'check: which is said before the sum' 2 $'nowhere.vma: No such file or directory\n0 passed, 0 failed' - \
	sh -c 'exec "$1" check nowhere.vma 2>&1' sh "$PROGRAM"
says 'check: several files add up' 1 '2 passed, 1 failed' - "$PROGRAM" check holds.vma missed.vma
says 'check: an unreadable file wins' 2 'missed.vma:3: ' 'nowhere.vma' \
	"$PROGRAM" check missed.vma nowhere.vma holds.vma
says 'check: the other files are checked all the same' 2 '1 passed, 0 failed' 'wrong.vma' \
	"$PROGRAM" check wrong.vma holds.vma
cat >goal.vma <<'END'
goal "Copy one." left cost entries 1 and right cost entries 1
solution vma a anon 4K
solution touch a
solution fork
END
sed 's/entries 1$/entries 2/' goal.vma >goal-missed.vma
sed '/^solution fork/d' goal.vma >goal-half.vma
{ echo 'vma b anon 4K'; echo 'touch b'; echo 'fork'; cat goal.vma; } >goal-before.vma
head -n 1 goal.vma >goal-open.vma
says 'check: a goal' 0 '1 passed, 0 failed' - "$PROGRAM" check goal.vma
says 'check: a goal that its solution misses' 1 'goal-missed.vma:1: goal: expected right cost entries 2, got 1' - \
	"$PROGRAM" check goal-missed.vma
says 'check: a solution with a command too few' 1 'goal-half.vma:1: goal: expected left cost entries 1, got 0; expected right' - \
	"$PROGRAM" check goal-half.vma
says 'check: a goal that holds before' 1 'goal-before.vma:4: goal: it holds before its solution' - \
	"$PROGRAM" check goal-before.vma
says 'check: a goal without a solution' 1 'goal-open.vma:1: goal: no solution follows it' - \
	"$PROGRAM" check goal-open.vma
says 'run: a solution' 0 'since the first fork' - "$PROGRAM" run goal.vma
says 'play: a task' 0 '> Copy one.' - "$PROGRAM" play goal.vma

says 'check: without files' 2 - 'vmafork-tui' "$PROGRAM" check

# --- run, play -------------------------------------------------------------

says 'run' 0 'VM_UFFD_WP' - "$PROGRAM" run flag.vma
says 'run: a wrong file' 2 - 'wrong.vma:2:1: ' "$PROGRAM" run wrong.vma
says 'run --json' 0 '{"schema":1,' - "$PROGRAM" run --json flag.vma
check 'run --json: one line' [ "$(wc -l <"$TMP/out")" = 1 ]
says 'run --json: a wrong file prints no JSON' 2 - 'wrong.vma:2:1: ' "$PROGRAM" run --json wrong.vma
says 'run: without a file' 2 - 'vmafork-tui' "$PROGRAM" run
says 'run: two files' 2 - 'vmafork-tui' "$PROGRAM" run flag.vma mixed.vma
says 'play: text without a terminal' 0 'Whose flag?' - "$PROGRAM" play flag.vma
says 'play: a wrong file shows nothing' 2 - 'wrong.vma:2:1: ' "$PROGRAM" play wrong.vma
printf '%s\n' 'title "T"' 'say "Listen."' 'wait 100' 'ask "Which?" "this" "that" answer 2 "Because."' \
	'vma a anon 4K' 'fork' >story.vma
SECONDS=0
says 'play: question, choices, answer' 0 'Which?' - "$PROGRAM" play story.vma
check 'play: does not wait without a terminal' [ "$SECONDS" -lt 20 ]
for part in Listen. this that Because.; do
	check "play: prints $part" contains "$out" "$part"
done

# A pipe can be read once.
says 'check: a pipe of the shell' 0 '0 failed' - "$PROGRAM" check <(cat flag.vma)
mkfifo waits.vma
for how in check play 'run --json' --batch 'check --live' kernel-diff\ v7.3; do
	# shellcheck disable=SC2086 # words
	says "$how: a named pipe" 2 '' 'is a pipe, not a regular file' timeout 10 "$PROGRAM" $how ./waits.vma
done
batch 'save: a named pipe without a reader' 2 - 'this named pipe has no reader' 'vma a anon 4K' 'save waits.vma'
(exec timeout 60 cat waits.vma >read.vma) &
until printf 'vma a anon 4K\nsave waits.vma\n' | "$PROGRAM" --batch - >/dev/null 2>&1; do [ -d /proc/$! ] || break; done
wait $!
check 'save: a named pipe that is read' contains "$(cat read.vma)" 'vma a anon 4K'
rm waits.vma read.vma
says 'play: a pipe' 0 'Whose flag?' - sh -c 'cat flag.vma | "$1" play /dev/stdin' sh "$PROGRAM"
batch 'open: a pipe' 0 'kept' - 'vma b anon 4K' 'open /dev/fd/3' 'show vmas' 3< <(printf 'vma kept anon 4K\n')
printf '%s\n' 'vma a anon 4p' 'madvise a guard-install 0' 'kernel left v5.14' 'kernel left v7.3' fork >between.vma
says 'play: a kernel that the next one replaces' 0 'copy because VM_MAYBE_GUARD' - "$PROGRAM" play between.vma

# --- batch -----------------------------------------------------------------

batch 'batch: from standard input' 0 'copy' - 'vma a anon 4K' 'touch a' 'fork' 'show decision'
batch 'batch: an error names the line' 2 '' '2:1: ' 'vma a anon 4K' 'tuch a'
batch 'batch: a missed expectation' 1 'expected' '' 'vma a anon 4K' 'fork' 'expect both a copy'
batch 'batch: quit ends it' 0 - - quit 'tuch a'
batch 'batch: nothing to do' 0 - - ''
{ cat flag.vma; echo 'show decision'; } >decision.vma
says 'batch: from a file' 0 'VM_UFFD_WP' - "$PROGRAM" --batch decision.vma
batch 'batch: kernels by name, a refusal names side and errno' 2 '' 'left: madvise: EINVAL' \
	'kernel left v6.12' 'vma a anon 4K' 'madvise a guard-install 0'
batch 'batch: save' 0 '' - 'vma a anon 4K' 'touch a' 'fork' 'save saved.vma'
says 'batch: what was saved can be checked' 0 '0 passed, 0 failed' - "$PROGRAM" check saved.vma

# What version 0.1.0 has saved. Its neighbors were never joined.
old=$TOP/tests/data/0.1.0
says 'a session of 0.1.0' 0 '5 passed, 0 failed' - "$PROGRAM" check "$old/commands.vma"
batch 'it is saved again' 0 'saved as saved-old.vma' - "open $old/commands.vma" 'save saved-old.vma'
says 'and is the same' 0 '5 passed, 0 failed' - "$PROGRAM" check saved-old.vma
says 'neighbors of 0.1.0: what to change' 1 'b and a are one VMA, in which' - "$PROGRAM" check "$old/neighbors.vma"
sed 's/^vma [ab] .*/& apart/' "$old/neighbors.vma" >apart-old.vma
says 'neighbors of 0.1.0: changed so' 0 '4 passed, 0 failed' - "$PROGRAM" check apart-old.vma
sed 's/ not gu/ gu/' apart-old.vma >lone-old.vma
says 'who has no other has no such hint' 1 '3 passed, 1 failed' - "$PROGRAM" check lone-old.vma
check 'no hint' lacks "$out" 'one VMA'

mkdir sub
printf 'load ../holds.vma\n' >sub/load.vma
says 'load: relative to the file' 0 '1 passed, 0 failed' - "$PROGRAM" check sub/load.vma
printf 'reset\nvma b anon 4K\n' >afresh.vma
batch 'load: reset in it, behind much that was done' 0 ' b ' - 'vma a anon 4K' 'touch a' 'load afresh.vma' 'show vmas'
batch 'a version newer than all that are known says so' 0 'v9.9 (as v7.3)' - 'kernel show v9.9'
batch 'and when it is chosen' 0 'v9.9 (as v7.3), the nearest known profile' - 'kernel left v9.9'
batch 'one that is known does not' 0 - - 'kernel left v6.16'
batch 'a scenario for a profile' 2 '' 'is this a kernel profile?' 'kernel left ./flag.vma'
batch 'half a profile is one' 2 - "this profile lacks 'name'" 'kernel left ./half.kernel'
batch 'bytes are rounded up to pages' 0 '4K anon' - 'vma a anon 3' 'show vmas'
batch 'one older than what is described, too' 0 'v4.4 (as v5.12)' - 'kernel show v4.4'
batch 'one between two that are known, and a backport, are just that' 0 'v6.18.44 and v6.16 decide' - \
	'kernel diff v6.18.44 v6.16'
batch 'show cost: the whole fork, wherever the animation is' 0 'total                                 1 ' - \
	'vma a anon 4K' 'touch a' fork 'goto start' 'show cost'
batch 'show cost: and what came so far' 0 'first fork to this step' - \
	'vma a anon 4K' 'touch a' fork 'goto start' 'show cost'
batch 'a shared page is not copied because the mapping is shared' 0 \
	'the mapping is shared: made writable, not copied' - 'kernel both v6.19-rc1' 'vma m shmem 4K' 'touch m' \
	'uffd u' 'register u m wp' 'protect u m' fork 'child touch m' 'show trace'
batch 'kernel diff' 0 'no UFFD_FEATURE_EVENT_FORK' - 'kernel diff v6.18 v6.19-rc1'
batch 'kernel diff: with a scenario' 0 'a scenario that shows it:' - 'kernel diff v6.18 v6.19-rc1'
sed '1,/^a scenario that shows it:$/d' <<<"$out" >printed.vma
says 'kernel diff: which holds' 0 '9 passed, 0 failed' - "$PROGRAM" check printed.vma
batch 'kernel diff: alike' 0 'v6.1 and v6.12 decide alike' - 'kernel diff v6.1 v6.12'
check 'kernel diff: no scenario then' [ "${out#*a scenario}" = "$out" ]
batch 'kernel diff: writes a scenario' 0 'saved as witness.vma' - \
	'kernel diff v6.18 v6.19-rc1 --scenario witness.vma'
check 'kernel diff: that is where it is' [ "${out#*a scenario}" = "$out" ]
says 'kernel diff: the scenario is the same' 0 '' - diff witness.vma <(sed 1d printed.vma)
says 'kernel diff: the scenario holds' 0 '9 passed, 0 failed' - "$PROGRAM" check witness.vma
says 'kernel diff: the scenario can be played' 0 'VM_UFFD_WP' - "$PROGRAM" play witness.vma
check 'kernel diff: the scenario can be taken to any folder' grep -q '^kernel left v6.18$' witness.vma
batch 'kernel diff: overwrites nothing' 2 - 'witness.vma already exists' \
	'kernel diff v6.18 v6.19-rc7 --scenario witness.vma'
batch 'kernel diff: nothing to show' 2 - 'decide alike' 'kernel diff v6.1 v6.12 --scenario none.vma'
check 'kernel diff: and no file' [ ! -e none.vma ]
mkdir -p "a folder"
sed 's/^clause *dst .*/clause src VM_UFFD_WP/' "$TOP/share/kernels/v6.12.kernel" >"a folder/mine.kernel"
batch 'kernel diff: a profile of one'\''s own' 0 'saved as mine.vma' - \
	'kernel diff v6.12 "a folder/mine.kernel" --scenario mine.vma'
mkdir -p elsewhere && mv mine.vma elsewhere
says 'kernel diff: its scenario finds it from everywhere' 0 '9 passed, 0 failed' - \
	"$PROGRAM" check elsewhere/mine.vma
printf '%s\n' 'kernel diff v6.18 v6.19-rc1' 'vma a anon 4K' >shows.vma
says 'kernel diff in a file only shows' 0 '0 passed, 0 failed' - "$PROGRAM" check shows.vma
says 'kernel diff in a file: the condition' 0 'no anon_vma on v6.18' - "$PROGRAM" play shows.vma
check 'kernel diff in a file: without a search' [ "${out#*a scenario}" = "$out" ]
printf '%s\n' 'kernel diff v6.18 v6.19-rc1 --scenario x.vma' >writes.vma
says 'kernel diff in a file writes nothing' 2 '' 'cannot write files' "$PROGRAM" check writes.vma
check 'kernel diff in a file: no file' [ ! -e x.vma ]
batch 'save: a profile file with a changed clause' 0 'saved as changed.vma' - \
	'kernel left "a folder/mine.kernel" with "src VM_PFNMAP" "dst VM_UFFD_WP"' 'save changed.vma'
mv changed.vma elsewhere
says 'save: that can be loaded' 0 '0 passed, 0 failed' - "$PROGRAM" check elsewhere/changed.vma
check 'save: with its clauses' grep -q '^kernel left "/.*/mine.kernel" with "src VM_PFNMAP" "dst VM_UFFD_WP"$' \
	elsewhere/changed.vma
# print NAME LINE...: --batch prints tests/golden/NAME.txt.
print() {
	local name=$1 want=$TOP/tests/golden/$1.txt different
	shift
	capture sh -c 'printf "%s\n" "$@" | "$0" --batch -' "$PROGRAM" "$@"
	[ "${UPDATE_GOLDENS-}" != 1 ] || cp "$TMP/out" "$want"
	if different=$(diff -u "$want" "$TMP/out" 2>&1); then pass "$name"; else fail "$name" "$different"; fi
}
print table-text 'table v6.18 v6.19-rc1' 'table v5.18 v7.3' table
print table-markdown 'table v6.18 v6.19-rc1 markdown'
batch 'table: a row is a scenario' 0 'v6.18: skip, v6.19-rc1: copy, when src VM_UFFD_WP, ' - \
	'vma old anon 4K' 'table v6.18 v6.19-rc1 row 8' 'expect right mem copy because VM_UFFD_WP' 'save row.vma'
says 'table: which can be saved' 0 '10 passed, 0 failed' - "$PROGRAM" check row.vma
batch 'table: the session is back with undo' 0 'holds' - \
	'vma old anon 4K' 'table v6.18 v6.19-rc1 row 8' undo fork 'expect both old skip'
batch 'table: a row that fork cannot meet' 2 - 'fork cannot meet row 7: a userfaultfd flag on the child' \
	'table v6.18 v6.19-rc1 row 7'
batch 'table: a profile of one'\''s own' 0 'row 5' - \
	'table v6.12 "a folder/mine.kernel" row 5' 'save of-mine.vma'
mv of-mine.vma elsewhere
says 'table: its scenario finds it from everywhere' 0 ' 0 failed' - "$PROGRAM" check elsewhere/of-mine.vma
printf '%s\n' 'table v6.18 v6.19-rc1' 'vma a anon 4K' >shows.vma
says 'table in a file only shows' 0 '0 passed, 0 failed' - "$PROGRAM" check shows.vma
says 'table in a file: the rows' 0 'B only (b)' - "$PROGRAM" play shows.vma
printf '%s\n' 'table v6.18 v6.19-rc1 row 8' >rows.vma
says 'table in a file: no row' 2 '' 'rows.vma:1:23: a scenario file cannot search' "$PROGRAM" check rows.vma
batch 'save into a folder that is not there' 2 '' 'nowhere' 'save nowhere/x.vma'
echo 'set mouse on' >settings.vma
says 'a file sets nothing of the viewer' 2 '' 'settings.vma:1:1: a scenario file cannot change settings' \
	"$PROGRAM" check settings.vma
batch 'without a viewer there are no settings' 2 '' 'there is no viewer to set a palette for' 'set palette dark'
batch 'kernel list' 0 'v6.19-rc1' - 'kernel list'
batch 'kernel show' 0 'VM_UFFD_WP' - 'kernel show v6.19-rc1'

# --- words on the command line ---------------------------------------------

says '--help' 0 'check' - "$PROGRAM" --help
says '--version' 0 'vmafork-tui' - "$PROGRAM" --version
says 'help' 0 'madvise' - "$PROGRAM" help
says 'help touch' 0 'touch NAME' - "$PROGRAM" help touch
says 'help: a command of the child is about its call' 0 'touch NAME' - "$PROGRAM" help child touch
says 'help: of two words' 0 'set source' - "$PROGRAM" help set source
says 'help: no such command' 2 - 'tuch' "$PROGRAM" help tuch
says 'help --mdoc takes no command' 2 - 'not fork' "$PROGRAM" help fork --mdoc
# An option that would have no effect is refused.
says '--batch with the option of another' 2 - '--json cannot be combined with --batch' \
	"$PROGRAM" --batch --json decision.vma
says '--batch with two' 2 - 'cannot be combined with --batch' "$PROGRAM" --batch --live --mdoc decision.vma
says 'check has no screen' 2 - '--palette cannot be combined with check' "$PROGRAM" --palette mono check holds.vma
says 'nor has run' 2 - '--still cannot be combined with run' "$PROGRAM" run flag.vma --still
says 'an option without its command' 2 - '--live needs check' "$PROGRAM" --live holds.vma
says 'two commands' 2 - 'only one of play, learn, quiz, run, check, import, cost, kernel-diff, --batch, --doctor and help' "$PROGRAM" --batch check
says 'play --still, without a terminal' 0 'Whose flag?' - "$PROGRAM" --still play --palette mono flag.vma
says 'an unknown option' 2 - '--frobnicate' "$PROGRAM" --frobnicate
says 'the session without a terminal' 2 '' '--batch' "$PROGRAM" flag.vma
says 'a missing file, said before the screen is taken' 2 '' '' "$PROGRAM" nowhere.vma

says 'cost needs something' 2 - 'cost needs the number of a process' "$PROGRAM" cost
says 'cost of a text' 0 'most of it  heap' - "$PROGRAM" cost "$TOP/tests/data/smaps/v3.10"
says 'cost of one of two' 0 'v6.1.two: leader, on v6.1' - "$PROGRAM" cost "$TOP/tests/data/smaps/v6.1.two" 2
says 'cost of which one' 2 - '2 processes' "$PROGRAM" cost "$TOP/tests/data/smaps/v6.1.two"
says 'cost --json' 0 '"entries":57,"tables":7' - "$PROGRAM" cost --json "$TOP/tests/data/smaps/v3.10"
says 'cost of a scenario' 0 'fork  ' - "$PROGRAM" cost "$TOP/tests/data/nofork.vma"
says 'cost of a scenario that forks' 2 - 'the scenario forks by itself' "$PROGRAM" cost flag.vma
says 'cost --watch of a text' 2 - '--watch is for a process' "$PROGRAM" cost --watch 1 "$TOP/tests/data/smaps/v3.10"
says 'cost --watch needs cost' 2 - '--watch cannot be combined with run' "$PROGRAM" run --watch 1 flag.vma
unwritten 'cost' "$PROGRAM" cost "$TOP/tests/data/smaps/v3.10"
unwritten 'run' "$PROGRAM" run flag.vma
unwritten 'run --json' "$PROGRAM" run --json flag.vma
unwritten 'check' "$PROGRAM" check holds.vma missed.vma
unwritten 'play' "$PROGRAM" play story.vma
unwritten '--batch' "$PROGRAM" --batch decision.vma
unwritten 'help' "$PROGRAM" help
unwritten 'help --mdoc' "$PROGRAM" help --mdoc
unwritten '--help' "$PROGRAM" --help
unwritten '--version' "$PROGRAM" --version
mkfifo gone
says 'a reader that has gone away is told nothing' 2 - - bash -c \
	'trap "" PIPE; exec 3<>gone 4>gone 3>&-; exec "$1" run flag.vma >&4' sh "$PROGRAM"

# --- the budget ------------------------------------------------------------

# touches N: a file that touches every second page of so many, and forks
touches() {
	awk -v n="$1" 'BEGIN {
		print "vma a anon 32G"
		for (i = 0; i < n; i += 1000) {
			printf "touch a %d", 2 * i
			for (j = 1; j < 1000; j++)
				printf ",%d", 2 * (i + j)
			print ""
		}
		print "fork\nexpect both a copy"
	}'
}
touches 2400000 >large.vma # needs more time than there is by default
capture "$PROGRAM" check large.vma
check 'budget: runs out: status' [ "$status" = 2 ]
check 'budget: runs out: where, and of what' grep -q -E \
	'^large.vma:[0-9]+:1: (touch: )?out of time: this takes more than the budget of 5 s$' <<<"$err"
check 'budget: runs out: what to do' contains "$err" 'start the program with --budget 10s, or more'
capture "$PROGRAM" check --budget 1G large.vma
check 'budget: 1G is enough' [ "$status" = 0 ]
capture "$PROGRAM" run "--budget=20M" large.vma
check 'budget: less than the file takes' contains "$err" 'large.vma: out of memory: this takes more than the budget of 20M'
touches 600000 >large.vma
capture "$PROGRAM" check --budget 1s large.vma
check 'budget: 1 s is not enough' contains "$err" 'out of time: this takes more than the budget of 1 s'
capture "$PROGRAM" check --budget 200M,3s large.vma
check 'budget: 3 s are' [ "$status" = 0 ]
echo 'load large.vma' >loads.vma
for how in check run play --batch; do
	capture "$PROGRAM" "$how" --budget 20M,60s loads.vma
	check "budget: $how keeps to it: status" [ "$status" = 2 ]
	check "budget: $how keeps to it: place" grep -q -E '^(loads.vma:1|large.vma:[0-9]+):.*out of memory' <<<"$err"
done
printf 'vma b anon 4K\ntouch b\nfork\nexpect both b copy\nundo\nredo\n' >small.cmds
capture "$PROGRAM" --batch --budget 1M,1s small.cmds
check 'budget: a small session needs little' [ "$status" = 0 ]
echo 'kernel diff v6.18 v6.19-rc1' >diff.cmds
capture "$PROGRAM" --batch --budget 20K diff.cmds
check 'budget: kernel diff' contains "$err" 'diff.cmds:1:13: v6.18 and v6.19-rc1 look for so many flags'
for bad in 4 4g 0G '' 4G,60 60s,4G 2000T '4G,'; do
	capture "$PROGRAM" check "--budget=$bad" large.vma
	check "budget: '$bad' is none" contains "$err" "--budget takes SIZE|TIME|SIZE,TIME, not '$bad'"
done
capture "$PROGRAM" help --budget 4G
check 'budget: not for help' contains "$err" '--budget cannot be combined with help'
rm large.vma loads.vma small.cmds diff.cmds

# --- completion ------------------------------------------------------------

# offered WORD...: what bash would offer for the last word, sorted; the first one is the
# program's name.
offered() {
	got=$(
		# shellcheck source=share/completions/vmafork.bash
		. "$TOP/share/completions/vmafork.bash"
		COMP_WORDS=("$BESIDE/$1" "${@:2}")
		COMP_CWORD=$(($# - 1))
		_vmafork "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | paste -sd ' '
	)
}
completes() { # NAME EXPECTED WORD...
	local name=$1 expected=$2
	shift 2
	offered "$@"
	if [ "$got" = "$expected" ]; then pass "completion: $name"; else fail "completion: $name" "expected $expected" "got      $got"; fi
}

BESIDE=$(dirname "$PROGRAM")
mkdir comp && cd comp && mkdir shelf && touch one.vma two.vma other
completes 'commands and files' 'one.vma' vmafork-tui o
completes 'commands' 'play' vmafork-tui pl
completes 'options' '--batch --budget --doctor --glyphs --help --learner --palette --plain --still --version' vmafork-tui --
completes 'files of a command' 'one.vma shelf two.vma' vmafork-tui play ''
completes 'an option of a command' '--json' vmafork-tui run --j
completes 'another' '--live' vmafork-tui check --l
completes 'one of all that carry a file out' '--budget' vmafork-tui check --b
completes 'its values' '120s 1G 2G 30s 4G 60s 8G' vmafork-tui --budget ''
completes 'check takes many files' 'two.vma' vmafork-tui check one.vma t
completes 'run takes one' '' vmafork-tui run one.vma t
completes 'topics of the quiz' 'asked copies copy-on-write faults guards huge kernel left-out markers private shared tables userfaultfd whole-vma whose-flag wrong' vmafork-tui quiz --topic ''
completes 'a number has no completions' '' vmafork-tui quiz --seed ''
completes 'an option of the quiz' '--markdown' vmafork-tui quiz --m
completes 'and of the quiz only' '' vmafork-tui learn --m
completes 'values' 'ansi dark light mono projector safe' vmafork-tui --palette ''
completes 'a value behind =' 'ascii auto' vmafork-tui --glyphs = a
completes 'nothing behind = yet' 'ansi dark light mono projector safe' vmafork-tui --palette =
completes 'options of cost' '--json' vmafork-tui cost --j
completes 'cost can be repeated' '--watch' vmafork-tui cost --w
completes 'what is left of a process is any file' 'one.vma other' vmafork-tui import o
completes 'a command behind options' 'import' vmafork-tui --palette = mono imp
offered vmafork-tui import "$$"
check 'completion: a process' contains " $got " " $$ "
completes 'a command of the language' 'touch' vmafork-tui help tou
if [ -x "$BESIDE/vmafork-probe" ]; then
	completes 'the probe: options of a mode' '--every' vmafork-probe --compare --e
	completes 'the probe: not of others' '' vmafork-probe --replay --e
	completes 'the probe: values' 'dst src' vmafork-probe --check ''
	completes 'the probe: recordings' 'one.vma other' vmafork-probe --replay o
	completes 'the probe: anything' '' vmafork-probe --by ''
fi
if [ -x "$BESIDE/vmafork-vmlinux" ]; then
	completes 'images' 'one.vma other' vmafork-vmlinux o
	completes 'a second image' 'other' vmafork-vmlinux --compare one.vma ot
	completes 'folders' 'shelf' vmafork-vmlinux --debug-dir ''
fi

# The other shells ask the programs the same way.
in_zsh() { # WORD...: what zsh would offer; files by the option that asks for them
	# shellcheck disable=SC2016 # for zsh
	zsh -f -c '
		_files() { print -r -- "files $*" }
		compadd() { [[ $1 == -a ]] && print -l -- ${(P)2} || print -l -- ${@:2} }
		script=$1; shift
		words=("$@") CURRENT=$#
		. $script' zsh "$TOP/share/completions/_vmafork" "$BESIDE/$1" "${@:2}" 2>&1 |
		LC_ALL=C sort | paste -sd ' '
}
in_fish() { # LINE
	PATH=$BESIDE:$PATH fish -c "source '$TOP/share/completions/vmafork.fish'; complete -C '$1'" 2>&1 |
		cut -f 1 | LC_ALL=C sort | paste -sd ' '
}
if command -v zsh >/dev/null; then
	check 'zsh: values' [ "$(in_zsh vmafork-tui --palette '')" = 'ansi dark light mono projector safe' ]
	check 'zsh: files' [ "$(in_zsh vmafork-tui check '')" = '--budget --live files -g *.vma' ]
	check 'zsh: a command of the language' contains " $(in_zsh vmafork-tui help '') " ' touch '
else
	echo 'skipped: zsh is not here'
fi
if command -v fish >/dev/null; then
	check 'fish: values' [ "$(in_fish 'vmafork-tui --palette ')" = 'ansi dark light mono projector safe' ]
	check 'fish: files' contains "$(in_fish 'vmafork-tui check ')" 'one.vma'
	check 'fish: a command of the language' [ "$(in_fish 'vmafork-tui help tou')" = touch ]
else
	echo 'skipped: fish is not here'
fi

# What the programs take and what they offer is the same, and each kind is known to the shell.
for program in "$BESIDE"/vmafork-{tui,probe,vmlinux}; do
	[ -x "$program" ] || continue
	"$program" --help | grep -o -E -e '--[a-z-]+' | sort -u >taken
	"$program" --complete >offers
	# Behind the option and, where it takes one, behind its value.
	while read -r first; do
		"$program" --complete "$first"
		"$program" --complete "$first" 1
	done <offers >further
	sort -u offers further | grep -e -- >offered
	check "$(basename "$program"): its options are those that are completed" [ -z "$(diff taken offered)" ]
	while read -r option; do "$program" --complete "$option"; done <offered >values
	while read -r kind; do
		for shell in vmafork.bash _vmafork vmafork.fish; do
			check "$shell knows $kind" grep -q -E "[:(|]$kind\\b" "$TOP/share/completions/$shell"
		done
	done < <(sort -u offers further values | grep -x '[A-Z]*')
done
cd ..

# --- where the program finds its kernels -----------------------------------

cp "$PROGRAM" alone
says 'away from share/: the kernels that are compiled in' 0 'v6.19-rc1' - \
	sh -c 'echo "kernel list" | ./alone --batch -'
capture sh -c 'echo "kernel list" | ./alone --batch -'
alone=$out
capture sh -c 'echo "kernel list" | "$1" --batch -' sh "$PROGRAM"
check 'they are the same as in share/' [ "$alone" = "$out" ]

# A profile of one's own.
sed -e 's/^name .*/name mine/' -e '/^from/d' -e 's/^clause *dst/clause src/' \
	"$TOP/share/kernels/v7.3.kernel" >mine.kernel
batch 'a kernel of one'\''s own' 0 'copy' - 'kernel left ./mine.kernel' 'uffd u wp-hugetlbfs-shmem' \
	'vma a shmem 4K' 'touch a' 'register u a wp' 'fork' 'show decision a'
echo 'claus dst VM_IO' >>mine.kernel
batch 'a wrong line in it' 2 '' 'mine.kernel:' 'kernel left ./mine.kernel'

# A profile that is like another one, and has only what differs.
same_kernel() { # FILE SPEC: are they the same but for name, title and sources?
	printf 'kernel diff ./%s %s\n' "$1" "$2" | "$PROGRAM" --batch - |
		awk '/decide differently/ || /^also different/ { bad = 1 } END { exit bad }'
}
printf '%s\n' 'name mine' 'like v7.3' >like.kernel
check 'like v7.3, and nothing else: it is v7.3' same_kernel like.kernel v7.3
differs() { ! same_kernel "$@"; }
check 'and not v7.2' differs like.kernel v7.2
printf '%s\n' 'name mine' 'like v7.2' 'clause dst VM_PFNMAP VM_MIXEDMAP VM_UFFD_WP VM_MAYBE_GUARD VM_UFFD_RWP' \
	'clause src anon_vma' >like.kernel
sed -n -e '/^behaviour/p' -e '/^uffd/p' "$TOP/share/kernels/v7.3.kernel" >>like.kernel
check 'like v7.2, and all that v7.3 has in its place: it is v7.3' same_kernel like.kernel v7.3
printf '%s\n' 'name mine' 'like v7.3.4' 'clause src VM_UFFD_WP' >like.kernel
batch 'a clause replaces all of them' 0 'src->vm_flags & (VM_UFFD_WP)' - 'kernel show ./like.kernel'
check 'it replaces all of them' lacks "$out" 'src->anon_vma'
check 'and it says what it is like' contains "$out" 'like v7.3, where its profile says nothing else'
for row in 'like v3.3' 'like ./like.kernel' 'like live' 'like' 'like v7.3 v7.2'; do
	printf '%s\n' 'name mine' "$row" >odd.kernel
	batch "it cannot be $row" 2 - 'odd.kernel:2:' 'kernel left ./odd.kernel'
done
printf '%s\n' 'name mine' 'like v7.3' 'like v7.2' >odd.kernel
batch 'like two of them' 2 - 'odd.kernel:3:1: unexpected' 'kernel left ./odd.kernel'
printf '%s\n' 'name mine' 'clause src anon_vma' 'like v7.3' >odd.kernel
batch 'like comes first' 2 - 'odd.kernel:3:1: unexpected' 'kernel left ./odd.kernel'

# Those beside the others, in any order, and one after the other.
mkdir -p like/kernels
cp "$TOP"/share/kernels/*.kernel like/kernels
printf '%s\n' 'name first' 'like second' 'from 8.1' 'clause src VM_UFFD_WP' >like/kernels/a.kernel
printf '%s\n' 'name second' 'like v7.3' 'from 8.0' 'behaviour secret no' >like/kernels/z.kernel
export VMAFORK_SHARE=$PWD/like
batch 'like one of the same folder, by name' 0 'src->vm_flags & (VM_UFFD_WP)' - 'kernel show first'
check 'like what that one is like, and as it differs' grep -q '^  secret  *no ' "$TMP/out"
batch 'and by version' 0 'src->vm_flags & (VM_UFFD_WP)' - 'kernel show v8.1.2'
printf '%s\n' 'name second' 'like first' 'from 8.0' >like/kernels/z.kernel
batch 'like one another' 2 - 'these profiles are like one another' 'kernel show second'
batch 'which breaks no other one' 0 'v7.3' 'is ignored: like' 'kernel show v7.3'
unset VMAFORK_SHARE

# --- kernel-diff -------------------------------------------------------------

says 'kernel-diff: two that differ' 1 'v6.19-rc1 copies and v6.18 skips when' - "$PROGRAM" kernel-diff v6.18 v6.19-rc1
cli=$out
capture sh -c 'echo "kernel diff v6.18 v6.19-rc1" | "$1" --batch -' sh "$PROGRAM"
check 'kernel-diff: as the command of the prompt' [ "$cli" = "$out" ]
says 'kernel-diff: two that do not' 0 'decide alike on all' - "$PROGRAM" kernel-diff v6.1 v6.12
says 'kernel-diff: a clause' 1 'v7.3 with src VM_UFFD_WP copies and v7.3 skips' - \
	"$PROGRAM" kernel-diff v7.3 v7.3 with 'src VM_UFFD_WP'
says 'kernel-diff: a clause of the first one' 1 'v7.3 with src VM_UFFD_WP copies and v7.3 skips' - \
	"$PROGRAM" kernel-diff v7.3 with 'src VM_UFFD_WP' v7.3
says 'kernel-diff: the scenario' 1 'saved as differs.vma' - "$PROGRAM" kernel-diff v6.18 v6.19-rc1 --scenario differs.vma
says 'kernel-diff: it shows the difference' 0 ' passed, 0 failed' - "$PROGRAM" check differs.vma
says 'kernel-diff: no file is replaced' 2 - 'differs.vma' "$PROGRAM" kernel-diff v6.18 v6.19-rc1 --scenario differs.vma
says 'kernel-diff: one kernel' 2 - 'needs two kernels' "$PROGRAM" kernel-diff v6.18
says 'kernel-diff: no such kernel' 2 - "unknown kernel 'v9zz'" "$PROGRAM" kernel-diff v6.18 v9zz
says 'kernel-diff: three' 2 - 'v6.1' "$PROGRAM" kernel-diff v6.18 v6.19-rc1 v6.1
says 'kernel-diff: a budget' 2 - '--budget' "$PROGRAM" kernel-diff --budget 4M,0.001s v6.18 v6.19-rc1
says 'kernel-diff: a word that would be two commands' 2 - 'not closed on its line' "$PROGRAM" kernel-diff v6.18 'v6.1
quit'
says '--mail is for kernel-diff' 2 - '--mail' "$PROGRAM" run --mail holds.vma
printf 'kernel diff v6.18 v6.19-rc1 --mail\n' >mail.vma
says 'a file writes no mail' 2 '' 'cannot search for a set-up' "$PROGRAM" check mail.vma

# mailed A B: what a mail has must be enough for whoever gets it.
mail_part() { # FIRST LAST: the lines between those two headings, without their indentation
	awk -v first="$1" -v last="$2" '$0 == first { on = 1; next } $0 == last { on = 0 }
		on && /^  / { print substr($0, 3) }' mail
}
mailed() {
	local n
	"$PROGRAM" kernel-diff --mail "$@" >mail
	check "mail of $*: it says that they differ" [ $? = 1 ]
	check "mail of $*: 72 columns" [ "$(LC_ALL=C.UTF-8 awk 'length > 72' mail)" = '' ]
	check "mail of $*: plain text" [ -z "$(LC_ALL=C tr -d '\n -~' <mail)" ]
	check "mail of $*: no path of this machine" lacks "$(cat mail)" "$PWD"
	check "mail of $*: none of another one" lacks "$(cat mail)" /home/
	rm -rf mailed && mkdir mailed
	mail_part 'Smallest scenario' 'What fork does there' >mailed/diff.vma
	while read -r n; do
		awk -v file="$n" '$0 == "Its profile, to be saved as " file ":" { on = 1; next }
			/^[^ ]/ { on = 0 } on && /^  / { print substr($0, 3) }' mail >"mailed/$n"
	done < <(sed -n 's/^Its profile, to be saved as \(.*\):$/\1/p' mail)
	says "mail of $*: its scenario, elsewhere" 0 ' passed, 0 failed' - "$PROGRAM" check mailed/diff.vma
	check "mail of $*: it has expectations" [ "$(grep -c '^expect' mailed/diff.vma)" -ge 6 ]
}
mailed v6.18 v6.19-rc1
check 'the mail has the condition' contains "$(cat mail)" 'VM_UFFD_WP in src and not in dst'
check 'the mail has what each side does' grep -q -x '  because of          no clause holds          src VM_UFFD_WP' mail
check 'no profile is in it' [ ! -e mailed/*.kernel ]
mailed v5.19 v6.0
mailed v7.3 v7.3 with 'src VM_UFFD_WP' 'src VM_MAYBE_GUARD' 'src VM_PFNMAP' 'src VM_MIXEDMAP'
check 'clauses choose it elsewhere, too' [ ! -e mailed/*.kernel ]
mkdir -p 'far/a folder'
printf '%s\n' 'name "of mine/a b"' 'like v6.12' 'clause src VM_UFFD_WP where "/home/me/linux/mm/memory.c:12"' \
	'clause src anon_vma' 'behaviour secret no' >'far/a folder/mine.kernel'
mailed v6.12 'far/a folder/mine.kernel'
check 'the profile is in it' [ -e mailed/of-mine-a-b.kernel ]
check 'as little of it as there is' grep -q -x 'like      v6.12' mailed/of-mine-a-b.kernel
check 'with its places' grep -q -x 'clause    src VM_UFFD_WP where "mm/memory.c:12"' mailed/of-mine-a-b.kernel
cp mailed/of-mine-a-b.kernel far/mailed.kernel
says 'it is the same kernel' 0 'decide alike' - "$PROGRAM" kernel-diff far/mailed.kernel 'far/a folder/mine.kernel'
check 'in all else, too' lacks "$out" 'also different'
mailed far/mailed.kernel far/mailed.kernel with 'dst VM_UFFD_WP'
check 'both profiles are in it' [ "$(find mailed -name '*.kernel' | wc -l)" = 2 ]
says 'a mail about two that are alike' 0 'answer alike on all' - "$PROGRAM" kernel-diff --mail v6.1 v6.12

# A file that is not the one compiled in is parsed at once, the others on demand: with the same result.
mkdir -p share/kernels
for file in "$TOP"/share/kernels/*.kernel; do
	{ cat "$file" && echo '# changed'; } >"share/kernels/${file##*/}"
done
capture env VMAFORK_SHARE="$PWD/share" sh -c 'echo "kernel list" | "$1" --batch -' sh "$PROGRAM"
check 'profiles that were changed: the list is the same' [ "$alone" = "$out" ]

# A broken profile is an error: no other profile takes its place.
cp "$TOP"/share/kernels/*.kernel share/kernels
echo 'claus dst VM_IO' >>share/kernels/v6.1.kernel
export VMAFORK_SHARE=$PWD/share
for spec in v6.1 6.1 v6.1.9 6.1.9-2-amd64; do
	batch "a broken profile: $spec is not answered by another one" 2 - "unexpected 'claus'" "kernel left $spec"
done
check 'a broken profile: the place is in it' grep -q "^$VMAFORK_SHARE/kernels/v6.1.kernel:[0-9]*:1: unexpected" "$TMP/err"
batch 'a broken profile: the others are there' 0 'v6.0' 'v6.1 is ignored: unexpected' \
	'kernel left v6.0.19' 'kernel right v6.2' 'show kernel'
echo nonsense >share/kernels/v6.12-mine.kernel
batch 'a broken profile: one that could be read goes before it' 0 'v6.12.9' 'v6.12-mine is ignored' \
	'kernel left v6.12.9' 'show kernel'
rm share/kernels/v6.12-mine.kernel
for how in check run play; do
	says "$how: says what is ignored" 0 '' 'v6.1 is ignored: unexpected' "$PROGRAM" "$how" flag.vma
	check "$how: and says it once" [ "$(grep -c 'is ignored' "$TMP/err")" = 1 ]
done
rm share/kernels/v6.1.kernel
ln -s nowhere share/kernels/v6.1.kernel
batch 'a profile that cannot be read' 2 - 'v6.1 is ignored: No such file' 'kernel left v6.1'
unset VMAFORK_SHARE

# --- paths: in a file relative to that file, at the prompt to where one is --------------

# A stand-in for vmafork-vmlinux: the image is the profile.
mkdir -p paths/in/linux/mm paths/out
: >paths/in/linux/mm/memory.c
cp "$PROGRAM" paths/vmafork-tui
printf '#!/bin/sh\nexec cat "$2"\n' >paths/vmafork-vmlinux
chmod +x paths/vmafork-vmlinux
sed 's/^name .*/name mine/; /^from/d' "$TOP/share/kernels/v7.3.kernel" >paths/in/mine.kernel
cp paths/in/mine.kernel paths/in/image
cp holds.vma paths/in
printf '%s\n' 'kernel left mine.kernel' 'kernel right vmlinux:image' 'set source linux' 'load holds.vma' \
	'open holds.vma' undo 'save saved.vma' \
	'kernel diff mine.kernel v6.19-rc1 --scenario witness.vma' >paths/in/all.vma
cp -r paths/in paths/here
for how in 'in --batch in/all.vma' 'here --batch -'; do
	from=${how%% *}
	(
		cd paths || exit
		[ "$from" = in ] || cd here || exit
		# shellcheck disable=SC2086 # two words
		exec env VMAFORK_SHARE="$TOP/share" "$TMP/work/paths/vmafork-tui" ${how#* } <"$TMP/work/paths/in/all.vma"
	) >"$TMP/out" 2>"$TMP/err"
	check "$how: every path is found" [ "$? $(cat "$TMP/err")" = '0 ' ]
	mv "paths/$from/saved.vma" "paths/$from/witness.vma" paths/out
	at=$(realpath paths)/$from
	for line in "kernel left \"$at/mine.kernel\"" "kernel right \"vmlinux:$at/image\"" "set source \"$at/linux\""; do
		check "$how: saved as $line" grep -q -x -F "$line" paths/out/saved.vma
	done
	check "$how: kernel diff, too" grep -q -x -F "kernel left $at/mine.kernel" paths/out/witness.vma
	capture sh -c 'echo "load paths/out/saved.vma" | exec paths/vmafork-tui --batch -'
	check "$how: what is saved can be loaded from anywhere" [ "$status $err" = '0 ' ]
done
printf 'kernel left mine.kernel\nset source linux\n' >paths/in/found.vma
says 'a profile beside the file' 0 '' - "$PROGRAM" check paths/in/found.vma

# --- long names -----------------------------------------------------------------------

{ cat "$TOP/tests/data/names.vma"; echo 'show cost'; } >"$TMP/names.vma"
capture "$PROGRAM" --batch "$TMP/names.vma"
check 'show cost: long names are told apart' contains "$out" 'm-_random...x-gnu-data copy'
# An estimate takes 13 columns more; a box on a screen of 80 has 76.
check 'show cost: no row is wrapped' [ "$(sed -n '/VMA by VMA/,$p' "$TMP/out" | grep '^  [mp.aV]' | awk '{ if (length($0) > n) n = length($0) } END { print n }')" -le 64 ]

# --- what files show, and what counts -------------------------------------------------

printf '%s\n' 'vma a anon 4p' 'kernel list' 'kernel show v6.1' 'help vma' 'show vmas' 'diff' 'explain a' >shows.vma
capture "$PROGRAM" check shows.vma
check 'check prints no more than what does not hold' [ "$out" = '0 passed, 0 failed' ]
printf '%s\n' 'vma a anon 4p' 'touch a' 'expect both parent a 0 none' undo >taken-back.vma
for how in check run play --batch; do
	capture "$PROGRAM" "$how" taken-back.vma
	check "$how: an expectation that failed counts, though undo follows" [ "$status" = 1 ]
done
printf '%s\n' 'vma a anon 4p' 'load nowhere.vma' >loads.vma
for how in check --batch; do
	capture "$PROGRAM" "$how" loads.vma
	check "$how: a file that is not there is told with its place" contains "$err" 'loads.vma:2:6: nowhere.vma: No such file'
done
printf '%s\n' 'vma a anon 4p' undo 'expect both parent a absent' 'save again.vma' >absent.vma
capture "$PROGRAM" --batch absent.vma
capture "$PROGRAM" check again.vma
check 'what is saved can be loaded, with what it expects of what was taken back' [ "$status $out" = '0 1 passed, 0 failed' ]
printf '%s\n' 'vma a anon 4p' 'touch a' fork 'goto 3' 'kernel left v6.17' 'save place.vma' >place-of.vma
capture "$PROGRAM" --batch place-of.vma
check 'a place is saved, also behind another kernel' grep -q -x 'goto 3' place.vma

# --- save replaces no file that is not the session's -------------------------------------

# holds_still NAME FILE: nothing was saved there.
holds_still() { check "$1: the file is as it was" [ "$(cat "$2")" = 'all: program' ]; }
echo 'all: program' >Makefile
batch 'save: a file that is not the session'\''s' 2 - 'to replace it: save Makefile replace' 'vma a anon 4K' 'save Makefile'
check 'save: the error has its place' contains "$err" '<stdin>:2:6: '
holds_still 'save' Makefile
ln -s Makefile link
batch 'save: behind a link' 2 - 'already exists' 'vma a anon 4K' 'save link'
holds_still 'save behind a link' Makefile
batch 'save: a shortened replace' 2 - 'already exists' 'vma a anon 4K' 'save Makefile' 'save Makefile rep'
batch 'save: replace' 0 'saved as mine.vma' - 'vma a anon 4K' 'save mine.vma' 'vma b anon 4K' 'save mine.vma'
check 'save: its own file needs no word' grep -q '^vma b' mine.vma
batch 'save: another session'\''s needs one' 2 - 'already exists' 'vma c anon 4K' 'save mine.vma'
batch 'save: the word' 0 'saved as mine.vma' - 'vma c anon 4K' 'save mine.vma replace'
check 'save: is replaced' grep -q '^vma c' mine.vma
batch 'save: what was loaded is the session'\''s' 0 'saved as ./mine.vma' - 'load mine.vma' 'vma d anon 4K' 'save ./mine.vma'
batch 'save: what was opened, too' 0 'saved as mine.vma' - 'open mine.vma' 'save mine.vma'
cp mine.vma other.vma
printf 'load other.vma\n' >loads-other.vma
batch 'save: not what that file loads' 2 - 'already exists' 'load loads-other.vma' 'save other.vma'
chmod a-w mine.vma
batch 'save: a read-only file' 2 - 'mine.vma is read-only' 'load mine.vma' 'save mine.vma'
batch 'save: a read-only file, with the word' 0 'saved as mine.vma' - 'load mine.vma' 'save mine.vma replace'
chmod a-w mine.vma
batch 'save: a read-only file of others' 2 - 'mine.vma is read-only, and this session has not' 'vma a anon 4K' 'save mine.vma'
batch 'save: a file named replace' 0 'saved as replace' - 'vma replace anon 4K' 'save replace'
batch 'save: no other word' 2 - 'mine.vma replcae' 'vma a anon 4K' 'save mine.vma replcae'
batch 'save: to the output' 0 'vma a anon 4K' - 'vma a anon 4K' 'save /dev/stdout'

# What cannot be written loses nothing, and what is written stays what it was.
for ((n = 0; n < 200; n++)); do echo "vma a-name-that-is-long-$n anon 4K"; done >large.vma
# limited NAME FILE: a session that is too large for the disk is saved there, and the file survives
limited() {
	capture timeout 60 sh -c 'ulimit -f 4 && printf "%s\n" "load large.vma" "save $1 replace" | "$0" --batch -' "$PROGRAM" "$2"
	check "save: $1: an error" [ "$status" = 2 ]
	check "save: $1: which" contains "$err" 'File too large'
	check "save: $1: the old text" [ "$(cat old.vma)" = 'vma old anon 4K' ]
	check "save: $1: nothing is left over" [ "$(echo old.vma*)" = old.vma ]
}
echo 'vma old anon 4K' >old.vma
limited 'no room' old.vma
ln -s old.vma linked.vma
limited 'no room behind a link' linked.vma
ln old.vma hard.vma
limited 'no room, with two names' hard.vma
chmod 640 old.vma
batch 'save: behind a link' 0 'saved as linked.vma' - 'vma new anon 4K' 'save linked.vma replace'
check 'save: the link is still one' [ "$(readlink linked.vma)" = old.vma ]
check 'save: both names have it' grep -q '^vma new' old.vma hard.vma
check 'save: with its mode' [ "$(stat -c %a:%h old.vma)" = 640:2 ]
rm hard.vma
batch 'save: over a longer one' 0 'saved as old.vma' - 'vma x anon 4K' 'save old.vma replace'
check 'save: is all of it' [ "$(grep -c '^vma' old.vma)" = 1 ]
check 'save: keeps the mode of a single file' [ "$(stat -c %a old.vma)" = 640 ]
ln -s none.vma dangling.vma
batch 'save: behind a link to nothing' 2 - 'No such file' 'vma a anon 4K' 'save dangling.vma'
check 'save: it still points there' [ -L dangling.vma ]
if chown 12345:12346 old.vma 2>/dev/null; then
	batch 'save: of another owner' 0 'saved as old.vma' - 'vma y anon 4K' 'save old.vma replace'
	check 'save: who keeps it' [ "$(stat -c %u:%g:%a old.vma)" = 12345:12346:640 ]
else
	skip 'save: the owner: only root can give files away'
fi
# a real disk that is full
# shellcheck disable=SC2016 # the inner shell expands it
full='mount -t tmpfs -o size=16k full "$1" && echo "vma old anon 4K" >"$1/old.vma" && ln "$1/old.vma" "$1/hard.vma" &&
	{ head -c 99999 /dev/zero >"$1/zeros" 2>/dev/null || :; } && printf "%s\n" "load large.vma" "save $2 replace" |
	"$0" --batch -; status=$?; cat "$1/old.vma"; ls "$1"; exit $status'
mkdir disk
if unshare -m mount -t tmpfs none disk 2>/dev/null; then
	ln -s disk/old.vma to-disk.vma
	for path in disk/old.vma to-disk.vma disk/new.vma; do
		capture timeout 60 unshare -m sh -c "$full" "$PROGRAM" disk "$path"
		check "save: a full disk: $path" [ "$status" = 2 ]
		check "save: a full disk: $path: which error" contains "$err" 'No space left on device'
		check "save: a full disk: $path: the old text" [ "$out" = $'vma old anon 4K\nhard.vma\nold.vma\nzeros' ]
	done
else
	skip 'save: a full disk: nothing can be mounted here'
fi
printf '%s\n' 'vma a anon 4K' quit >quits.vma
for how in check run play --batch; do
	says "$how: quit ends a file, saved or not" 0 '' - "$PROGRAM" "$how" quits.vma
done
finish
