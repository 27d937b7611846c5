#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/run itself, in a house of its own, with parts that are made for it.
. "$(dirname "$0")/../lib.sh"

house=$TMP/house
mkdir -p "$house/tests/parts" "$house/build/tests"
cp tests/run "$house/tests"
cd "$house" || exit 1
unset BUILD V

# program FILE: one that make tests would have built
program() { printf '#!/bin/sh\n' >"$1" && chmod +x "$1"; }
# part NAME: standard input becomes that part.
part() {
	{ echo '#!/bin/bash'; cat; } >"tests/parts/$1.sh"
	chmod +x "tests/parts/$1.sh"
}
last() { printf '%s' "${out##*$'\n'}"; }

# --- what is missing -----------------------------------------------------------------

part good <<<'echo "good: 3 passed, 0 failed"'
capture tests/run good
check 'nothing is built: status' [ "$status" = 2 ]
check 'nothing is built: what to do' [ "$err" = 'tests/run: vmafork-tui is missing: run make tests' ]
check 'nothing is built: nothing is run' [ -z "$out" ]
program vmafork-tui
part needy <<<$'#: built tests/needed.c\necho "needy: 1 passed, 0 failed"'
capture tests/run good needy
check 'a test is not built: status' [ "$status" = 2 ]
check 'a test is not built: which, and what to do' [ "$err" = 'tests/run: build/tests/needed is missing: run make tests' ]
check 'a test is not built: nothing is run' [ -z "$out" ]
program build/tests/needed
capture tests/run good needy
check 'it is built' [ "$status $(last)" = '0 4 passed, 0 failed' ]
capture tests/run build/other:good
check 'another build: what to do' [ "$err" = 'tests/run: build/other/vmafork-tui is missing: run make tests BUILD=build/other' ]
capture tests/run god
check 'no such part: status' [ "$status" = 2 ]
check 'no such part: which there are' [ "$err" = "tests/run: there is no part 'god', only: good needy" ]
for wrong in '' 0 many; do
	capture tests/run -j "$wrong" good
	check "-j '$wrong': refused" contains "$err" "-j takes a number of parts, 1 to 9999, not '$wrong'"
done

# --- how it ends --------------------------------------------------------------------------

part bad <<<$'echo "bad: 1 passed, 2 failed"\nexit 1'
capture tests/run good bad
check 'what failed is counted' [ "$status $(last)" = '1 4 passed, 2 failed' ]
part early <<<$'echo "early: on its way"\nexit 3'
capture tests/run good early
check 'a part that ends early: counted' [ "$status $(last)" = '1 3 passed, 1 failed' ]
check 'a part that ends early: told' contains "$out" 'FAIL  early ended early (status 3)'
part liar <<<$'echo "liar: 1 passed, 0 failed"\nexit 1'
capture tests/run liar
check 'a part that fails and counts none' [ "$status $(last)" = '1 1 passed, 1 failed' ]
part killed <<<'kill -KILL $$'
capture tests/run killed
check 'a part that is killed' contains "$out" 'FAIL  killed ended early (status 137)'

# --- side by side -----------------------------------------------------------------------------

# Each waits until the other has come, and prints a half of its lines before that.
for name in one two; do
	part $name <<END
echo "$name begins"
: >"\$TMPDIR/$name"
for ((i = 0; i < 500; i++)); do
	[ ! -e "\$TMPDIR/one" ] || [ ! -e "\$TMPDIR/two" ] || { echo "$name ends"; echo "$name: 1 passed, 0 failed"; exit; }
	sleep 0.02
done
END
done
capture tests/run -j 2 one two
check 'two parts run side by side' [ "$status $(last)" = '0 2 passed, 0 failed' ]
for name in one two; do
	check "what part $name prints stays together" contains "$out" "$name begins"$'\n'"$name ends"$'\n'"$name: 1 passed"
done
# Those that use what there is once do not: the second finds nothing of the first.
for name in first second; do
	part $name <<END
#: alone thing
mkdir "\$TMPDIR/thing" && sleep 0.1 && rmdir "\$TMPDIR/thing" && echo "$name: 1 passed, 0 failed"
END
done
capture tests/run -j 3 first second good
check 'what there is once is used by one at a time' [ "$status $(last)" = '0 5 passed, 0 failed' ]

# --- interrupted ------------------------------------------------------------------------------------

part lasting <<END
echo \$\$ >"$house/pids"
trap '' TERM
setsid sleep 1000 & echo \$! >>"$house/pids"
timeout 1000 sleep 1000 & echo \$! >>"$house/pids"
: >"$house/ready"
wait
END
all_gone() { local pid; while read -r pid; do gone "$pid" || return 1; done <pids; }
no_folder() { [ -z "$(find "$TMP" -name 'vmafork-tests.*')" ]; }
for signal in INT:130 TERM:143; do
	rm -f ready
	set -m # or it would not see the interrupt
	TMPDIR=$TMP tests/run lasting >"$TMP/out" 2>&1 &
	run=$!
	set +m
	check "$signal: it runs" until_true [ -e ready ]
	kill -"${signal%:*}" $run
	wait $run
	check "$signal: status" [ $? = "${signal#*:}" ]
	check "$signal: all that was started ends" until_true all_gone
	check "$signal: nothing is left" no_folder
done
finish
