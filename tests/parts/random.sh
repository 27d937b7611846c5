#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Random scenarios on the kernel that runs here: a short run with a fixed seed, and
# whether the generator would notice a model that is wrong, and say so in few lines.
# tests/random runs longer ones.
#: built tests/random
#: alone machine
. "$(dirname "$0")/../lib.sh"

RANDOM_TEST=$TOP/$BUILD/tests/random
unsanitized 'random scenarios with sanitizers: their own memory lies where the scenarios put theirs'
built 'the generator' "$RANDOM_TEST"

# random OPTION...: sets status, out and err. Others may use the machine, too.
random() { capture timeout 300 "$RANDOM_TEST" --out "$TMP/found" --timeout 30 "$@"; }
last() { printf '%s' "${out##*$'\n'}"; }

# What the machine has, and a run must restore.
machine() {
	cat "$HUGE_POOL" \
		/sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs 2>/dev/null
	# Without what is in use of each: that moves by itself.
	awk '/^\// { $4 = ""; print }' /proc/swaps
	ls /sys/block 2>/dev/null
}

random --wrong
check 'an unknown option is an error' [ "$status" = 2 ]
random --count many
check 'a bad number is an error' [ "$status" = 2 ]

# --- nothing that a kernel does not finish -------------------------------------------

# The generator asks the model, and the guard before anything is carried out asks once
# more: as the running kernel, whatever --kernel says. Nothing is carried out here.
left_out=0
for profile in share/kernels/*.kernel; do
	name=$(basename "$profile" .kernel)
	random --dry --kernel "$name" --guard "$name" --seed 7 --count 500
	if ! [[ $out =~ \ 500\ scenarios,\ ([0-9]+)\ calls\ left\ out,\ ([0-9]+)\ found ]]; then
		fail "$name: the guard's answer" "$out" "$err"
		continue
	fi
	left_out=$((left_out + BASH_REMATCH[1]))
	# Of an older kernel the guard assumes that a distribution has added guard regions.
	if grep -q 'guard-regions *any' "$profile"; then
		check "$name: the generator leaves nothing to the guard" [ "${BASH_REMATCH[2]}" = 0 ]
	fi
done
check "without the model it would be made: $left_out calls" [ "$left_out" -gt 0 ]
random --dry --kernel v6.13 --guard v6.18 --seed 2 --count 10000
check 'another kernel for the model does not fool the guard' [ "$status" = 0 ]
check 'which finds what that one would not' grep -q ' [1-9][0-9]* found by the guard' "$TMP/out"
random --guard v7.3 --count 1
check 'nothing is carried out on the word of --guard' [ "$status" = 2 ]

# --- what the scenarios reach -----------------------------------------------------------

# On the model alone: VMAs that are split and joined, and grandchildren.
random --dry --kernel v6.18 --guard v6.18 --seed 1 --count 2000 --statistics
# reached KEY: in how many scenarios.
reached() { awk -v key="$1" '{ n = $1; sub(/^ *[0-9]+  /, "") } $0 == key { print n }' "$TMP/out"; }
# at_least PERCENT KEY
at_least() {
	local n
	n=$(reached "$2")
	check "$2: at least $1 of 100: ${n:-none} of 2000" [ "$((${n:-0} * 100))" -ge $((2000 * $1)) ]
}
check 'all are counted' [ "$(reached scenarios)" = 2000 ]
at_least 50 'scenarios split or joined'
at_least 50 'scenarios split'
at_least 40 'scenarios joined'
at_least 40 'scenarios split and joined'
at_least 40 'scenarios grandchild'
at_least 25 'scenarios grandchild, unequal anon_vmas'
for command in ksm move continue; do
	at_least 3 "scenarios with $command"
done
tried=$(reached 'commands tried') left=$(reached 'commands not modelled')
check "less than 2 of 100 commands are not modelled: $left of $tried" [ "$((left * 100))" -lt "$((tried * 2))" ]
check 'and the messages that say so are counted' \
	[ "$(awk '/  not modelled: / { n += $1 } END { print n + 0 }' "$TMP/out")" = "$left" ]
random --dry --may-limit --kernel v6.18 --guard v6.18 --seed 1 --count 500 --statistics
check "limits are set only where they may be: $(reached 'command limit')" [ "$(reached 'command limit')" -gt 50 ]
random --dry --kernel v6.18 --guard v6.18 --seed 1 --count 2000 --statistics
check 'and not otherwise' [ "$(reached 'command limit')" = 0 ]
for how in 'split mprotect' 'split mlock' 'split madvise' 'split munmap' 'split register' 'split unregister' \
	'joined vma' 'joined merge' 'joined mprotect' 'joined munlock' 'joined madvise' 'joined unregister'; do
	check "VMAs are $how" [ "$(reached "layout $how")" -gt 10 ]
done

if [ "$(id -u)" != 0 ]; then
	skip 'random scenarios, as root: most of it cannot be seen otherwise'
	finish
	exit
fi
before=$(machine)

# --- the same seed, the same scenarios ---------------------------------------------

random --seed 5 --count 20 --print
all=$out
random --seed 5 --count 20 --print
check 'a seed stands for its scenarios' [ "$all" = "$out" ]
random --seed 5 --only 13 --print
check 'and each can be had alone' contains "$all" "$out"
check 'which is a scenario' contains "$out" $'# 13\nvma a '
random --seed 6 --count 20 --print
check 'another seed, other scenarios' [ "$all" != "$out" ]
random --seed 5 --only 13 --print
tail -n +2 "$TMP/out" >"$TMP/alone.vma"
capture "$PROGRAM" check "$TMP/alone.vma"
# One that a kernel refuses can be the last.
check 'they are scenario files' [ "$status" != 2 -o -n "$(grep ': E[A-Z]*, ' "$TMP/err")" ]

# --- no difference -------------------------------------------------------------------

random --seed 1 --count 200 --statistics
if [ "$status" = 77 ]; then
	skip "nothing can be tried here: $err"
	finish
	exit
fi
check 'model and kernel agree' [ "$status" = 0 ]
[ "$status" = 0 ] || printf '%s\n' "$out" | grep -v '^ ' | head -n 40
if [[ $(last) =~ ^200\ scenarios:\ ([0-9]+)\ facts\ agree,\ 0\ differ\ \(in\ 0\ scenarios\),\ ([0-9]+)\ not\ observable,\ ([0-9]+)\ could\ not\ be\ carried\ out$ ]]; then
	pass 'the closing line'
	check "over 20000 facts: ${BASH_REMATCH[1]}" [ "${BASH_REMATCH[1]}" -gt 20000 ]
	check "most of it can be carried out: all but ${BASH_REMATCH[3]}" [ "${BASH_REMATCH[3]}" -lt 40 ]
else
	fail 'the closing line' "$(last)"
fi
for reached in 'decision copy because anon_vma' 'decision copy because VM_UFFD_WP' 'decision skip' \
	'entry present,exclusive,pinned copied' 'entry marker,guard' 'command become' 'advice pageout'; do
	if [[ $out =~ [1-9][0-9]*\ \ "$reached" ]] || { [ "$reached" = 'advice pageout' ] && contains "$err" pageout; }; then
		pass "reached: $reached"
	else
		fail "reached: $reached"
	fi
done

# --- a model that is wrong is found out ----------------------------------------------

# The check on the wrong side; on the kernel of the regression that is the other one.
for check in src dst; do
	rm -rf "$TMP/found"
	random --seed 1 --count 300 --findings 6 --check "$check"
	[ "$status" = 0 ] || break
done
check 'the wrong check is found' [ "$status" = 1 ]
file=$(grep -l 'decision: model copy, kernel skip\|decision: model skip, kernel copy' "$TMP"/found/*.vma 2>/dev/null | head -n 1)
if [ -n "$file" ]; then
	lines=$(grep -vc '^#\|^kernel\|^check' "$file")
	check "by a scenario of few lines: $lines" [ "$lines" -le 6 ]
	for word in vma uffd register fork; do
		check "with $word" grep -q "^$word" "$file"
	done
	check 'and wp' grep -q ' wp' "$file"
	capture "$PROGRAM" check "$file"
	check 'the file can be read' [ "$status" = 0 ]
else
	fail 'a scenario with another decision' "$out"
fi

# --- trials that fail, and an end by a signal -------------------------------------------

random --seed 1 --count 3 --timeout 0.001
check 'a trial that fails is found, too' [ "$status" = 1 ]
check 'and counted' contains "$(last)" '(in 3 scenarios)'

"$RANDOM_TEST" --out "$TMP/found" --seed 3 --count 1000000 >"$TMP/out" 2>&1 &
run=$!
first_child $run
kill -TERM $run
wait $run
check 'SIGTERM ends a run' [ $? = 2 ]
check 'and it says how far it came' contains "$(tail -n 1 "$TMP/out")" ' could not be carried out'
"$RANDOM_TEST" --out "$TMP/found" --seed 1 --count 100 --check src 2>/dev/null | head -n 1 >/dev/null
check 'the machine is as it was' [ "$before" = "$(machine)" ]
finish
