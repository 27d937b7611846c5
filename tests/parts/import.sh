#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A real process as a scenario, and the prediction against a real fork of it.
#: built tests/live/*.c
#: alone machine
. "$(dirname "$0")/../lib.sh"

TARGET=$TOP/$BUILD/tests/live/target
VERIFY=$TOP/$BUILD/tests/live/verify
WITHOUT=$TOP/$BUILD/tests/live/without

unsanitized 'import with sanitizers: their shadow memory is most of what there is to see'

# --- what cannot be imported ---------------------------------------------------------

# refused NAME WORDS PID...: one error, status 2, nothing on standard output
refused() {
	capture timeout 60 "$PROBE" --import "$3"
	check "$1: status" [ "$status" = 2 ]
	check "$1: told" contains "$err" "$2"
	check "$1: nothing is printed" [ -z "$out" ]
	check "$1: two lines" [ "$(wc -l <"$TMP/err")" -le 2 ]
}

refused 'neither a process nor a file' 'self: No such file or directory' self
refused 'pid 0' '0: No such file or directory' 0
refused 'no such process' 'no process 4194304' 4194304
capture "$PROBE" --import
check '--import needs a pid' [ "$status" = 2 ]
capture "$PROBE" --import $$ second
check '--import takes a number' [ "$status" = 2 ]
capture "$PROBE" --import $$ 2
check 'a process is one' contains "$err" "process $$ is one"
if contains "$(cat /proc/2/comm 2>/dev/null)" kthreadd; then
	refused 'a kernel thread' 'kernel thread' 2
else
	skip 'a kernel thread: none to be seen from here'
fi

# A zombie: it has exited, and its parent, which is a sleep by then, has not waited for it.
mkfifo "$TMP/end"
: >"$TMP/zombie"
bash -c '{ read -r; } <"$0" & echo $! >"$1"; exec sleep 60' "$TMP/end" "$TMP/zombie" &
parent=$!
is_sleep() { contains "$(cat /proc/$parent/comm)" sleep; }
is_zombie() { contains "$(cat "/proc/$zombie/stat")" ') Z'; }
until_true is_sleep
read -r zombie <"$TMP/zombie"
echo >"$TMP/end"
until_true is_zombie
refused 'a zombie' 'has exited' "$zombie"
kill $parent
wait $parent 2>/dev/null

if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	cp "$PROBE" "$TMP/probe" && chmod 755 "$TMP" "$TMP/probe"
	capture timeout 60 setpriv --reuid 65534 --regid 65534 --clear-groups "$TMP/probe" --import $$
	check "somebody else's process: status" [ "$status" = 2 ]
	check "somebody else's process: told" contains "$err" 'cannot be read'
	check "somebody else's process: what to do" contains "$err" 'as root'
	setpriv --reuid 65534 --regid 65534 --clear-groups sleep 60 &
	other=$!
	is_nobody() { [ "$(stat -c %u "/proc/$other")" = 65534 ] && contains "$(cat "/proc/$other/comm")" sleep; }
	until_true is_nobody
	capture timeout 60 "$PROBE" --import $other
	check "root, of another's process: status" [ "$status" = 0 ]
	check "root, of another's process: whose it is" contains "$out" '# It runs as another user, 65534.'
	capture timeout 60 "$PROBE" --import $other --anonymous
	check "anonymous: not whose it is" contains "$out" '# It runs as another user.'
	capture setpriv --bounding-set -sys_ptrace,-dac_override,-dac_read_search \
		--inh-caps -sys_ptrace,-dac_override,-dac_read_search timeout 60 "$PROBE" --import $other
	check 'root of a container: status' [ "$status" = 2 ]
	check 'root of a container: what to do' contains "$err" 'root lacks CAP_SYS_PTRACE'
	kill $other
	wait $other 2>/dev/null
else
	skip "somebody else's process: needs root"
fi

# --- containers ---------------------------------------------------------------------

# What runs a command in user, pid and mount namespaces of its own, as process 1.
inside=(unshare --user --map-root-user --pid --fork --kill-child --mount --mount-proc)
if "${inside[@]}" true 2>/dev/null; then
	# Its program is on a file system that is mounted there only, in a folder of the same name.
	mkdir "$TMP/mounted"
	# shellcheck disable=SC2016 # its own variables
	"${inside[@]}" sh -c 'mount -t tmpfs none "$0" && cp "$1" "$0/nap" && exec "$0/nap" 60' "$TMP/mounted" \
		"$(command -v sleep)" &
	container=$!
	is_inside() { nap=$(cat "/proc/$container/task/"*/children) && contains "$(cat "/proc/${nap% }/comm")" nap; }
	until_true is_inside
	nap=${nap% }
	capture timeout 60 "$PROBE" --import "$nap"
	cp "$TMP/out" "$TMP/container.vma"
	check 'a container: status' [ "$status" = 0 ]
	check 'a container: its namespaces' contains "$out" '# It has other namespaces: user, pid, mount. In them it is process 1.'
	check 'a container: a file that is not visible' contains "$out" " $TMP/mounted/nap"
	check 'a container: that file is on tmpfs' grep -q '^vma nap-text shmem private ' "$TMP/container.vma"
	capture "$PROGRAM" run "$TMP/container.vma"
	check 'a container: it loads' [ "$status" = 0 ]
	capture timeout 60 "$PROBE" --import "$nap" --anonymous
	check 'a container, anonymous: no number in it' lacks "$out" 'process 1'
	kill $container
	wait $container 2>/dev/null
	capture timeout 60 "${inside[@]}" "$PROBE" --import 4194304
	check 'from a container, no such process: what is missing' contains "$err" 'this runs in a pid namespace'
	capture timeout 60 unshare --user --map-root-user "$PROBE" --import $$
	check 'from a container, one outside: status' [ "$status" = 2 ]
	check 'from a container, one outside: what to do' contains "$err" 'run it as root of the machine'
	# shellcheck disable=SC2016 # its own variables
	capture timeout 60 "${inside[@]}" sh -c '"$0" --import $$' "$PROBE"
	check 'from a container, one inside: status' [ "$status" = 0 ]
	check 'from a container, one inside: what is missing' contains "$out" '# Read without CAP_SYS_ADMIN'
	check 'from a container, one inside: no namespace is another' lacks "$out" 'other namespaces'
else
	skip 'containers: namespaces are not permitted here'
fi

# --- one's own shell -------------------------------------------------------------------

capture timeout 60 "$PROBE" --import $$
check 'this shell: status' [ "$status" = 0 ]
check 'this shell: no complaint' [ -z "$err" ]
check 'this shell: its heap has a name' contains "$out" 'vma heap anon private'
check 'this shell: its program has a name' contains "$out" 'vma bash-text file private'
check 'this shell: what was inferred is said' contains "$out" '# Inferred: anon_vma'
cp "$TMP/out" "$TMP/shell.vma"
capture "$PROGRAM" run "$TMP/shell.vma"
check 'this shell: it loads' [ "$status" = 0 ]

# A child that is still what it was forked as.
check 'this shell: it has called exec' lacks "$(cat "$TMP/shell.vma")" 'has not called exec'
mkfifo "$TMP/held"
( read -r _ ) <>"$TMP/held" &
forked=$!
capture timeout 60 "$PROBE" --import $forked
check 'a forked child: status' [ "$status" = 0 ]
check 'a forked child: what cannot be seen' contains "$out" 'was forked and has not called exec'
capture timeout 60 "$PROGRAM" cost $forked
check 'a forked child: cost says so, too' contains "$out" 'more for each fork that it descends from'
kill $forked
wait $forked 2>/dev/null

# --- what is left of it: the same from a text ------------------------

# forked FILE: fork's entries, and its tables of all levels, of both sides alike
forked() {
	cp "$1" "$TMP/forked.vma"
	echo fork >>"$TMP/forked.vma"
	"$PROGRAM" run "$TMP/forked.vma" | awk '
		/entries put into children/ { entries = $5 }
		/ tables allocated/ { tables += $4 }
		END { print entries, tables }'
}

mkfifo "$TMP/left"
python3 -c 'import sys; x = [bytearray(4000) for i in range(5000)]; print(len(x), flush=True); sys.stdin.read()' \
	<"$TMP/left" >"$TMP/ready" 2>/dev/null &
victim=$!
exec 6>"$TMP/left"
if until_true grep -q 5000 "$TMP/ready"; then
	cat "/proc/$victim/smaps" >"$TMP/p.smaps"
	cat "/proc/$victim/status" >"$TMP/p.status"
	"$PROBE" --import $victim >"$TMP/live.vma"
	capture timeout 60 "$PROBE" --import "$TMP/p.smaps"
	check 'smaps: status' [ "$status$err" = 0 ]
	cp "$TMP/out" "$TMP/text.vma"
	read -r live_entries live_tables < <(forked "$TMP/live.vma")
	read -r text_entries text_tables < <(forked "$TMP/text.vma")
	# A twentieth of a percent; zero pages are in no sum of smaps.
	check "smaps: entries ($live_entries, $text_entries)" \
		[ $((2000 * (live_entries - text_entries))) -le "$live_entries" ]
	check 'smaps: no more entries than there are' [ "$text_entries" -le "$live_entries" ]
	read -r least most < <(sed -n 's/^# Page tables that fork copies: between \([0-9]*\) and \([0-9]*\),/\1 \2/p' "$TMP/text.vma")
	check "smaps: tables ($live_tables, $least to $most)" [ "$live_tables" -ge "$least" -a "$live_tables" -le "$most" ]
	check 'smaps: those of the scenario, too' [ "$text_tables" -ge "$least" -a "$text_tables" -le "$most" ]
	capture timeout 60 "$PROGRAM" cost $victim
	check 'cost: five lines' [ "$status $(wc -l <"$TMP/out")" = '0 5' ]
	check 'cost: what fork has' grep -q "^fork        $live_entries entries, $live_tables page tables: " "$TMP/out"
	capture timeout -s INT 3 "$PROGRAM" cost --watch 0.1 $victim
	check 'cost --watch: again and again' [ "$(grep -c '^fork  ' "$TMP/out")" -ge 2 ]
	check 'cost --watch: a signal ends it' [ "$status$err" = 124 ]
	printf 'import %s\nfork\n' "$TMP/p.smaps" >"$TMP/import.cmd"
	capture "$PROGRAM" --batch "$TMP/import.cmd"
	check 'smaps: import at the prompt' contains "$out" "smaps of a process $victim (python3)"
else
	skip 'smaps of a python: there is none'
fi
exec 6>&-
wait $victim 2>/dev/null

# --- untrusted words: a program called so that it breaks lines and quotes

odd=$TMP/$'a"b\\c\nfork\xff \xe2\x82\xac'
cp "$TARGET" "$odd"
mkfifo "$TMP/hold"
"$odd" 1 1 <"$TMP/hold" >"$TMP/answer" 2>/dev/null &
victim=$!
exec 6>"$TMP/hold"
until_true grep -q ready "$TMP/answer"
capture timeout 60 "$PROBE" --import $victim
check 'an odd name: status' [ "$status" = 0 ]
cp "$TMP/out" "$TMP/odd.vma"
check 'an odd name: no line of its own' [ "$(grep -c '^fork' "$TMP/odd.vma")" = 0 ]
capture "$PROGRAM" run "$TMP/odd.vma"
check 'an odd name: it loads' [ "$status" = 0 ]
exec 6>&-
wait $victim 2>/dev/null

# --- processes that end meanwhile ---------------------------------------------------------

wrong=0
whole=0
gone=0
for ((i = 0; i < 40; i++)); do
	"$TARGET" 16 16 >/dev/null 2>&1 < <(read -r -t 2 <> <(:)) &
	victim=$!
	"$PROBE" --import $victim >"$TMP/race.vma" 2>"$TMP/err" &
	probe=$!
	for ((k = 0; k < i * 50; k++)); do :; done
	kill -KILL $victim
	wait $victim 2>/dev/null
	wait $probe
	case $? in
	0) whole=$((whole + 1)); "$PROGRAM" run "$TMP/race.vma" >/dev/null 2>"$TMP/err" || wrong=$((wrong + 1)) ;;
	2) gone=$((gone + 1)); [ ! -s "$TMP/race.vma" ] && [ -s "$TMP/err" ] || wrong=$((wrong + 1)) ;;
	*) wrong=$((wrong + 1)) ;;
	esac
done
check 'killed while it is read: all or one error' [ $wrong = 0 ]
[ -z "${V-}" ] || printf '      %d whole, %d gone\n' $whole $gone

# --- processes of difficult shapes ---------------------------------------------------------

SHAPES=$TOP/$BUILD/tests/live/shapes

# shape WHAT: starts such a process; sets pid. False, with the reason in `rest`: not here.
shape() {
	mkfifo "$TMP/shape.in" "$TMP/shape.out"
	"$SHAPES" "$1" <"$TMP/shape.in" >"$TMP/shape.out" &
	shaped=$!
	exec 7>"$TMP/shape.in" 8<"$TMP/shape.out"
	read -r -t 60 -u 8 word rest
	pid=$rest
	[ "$word" = ready ] || { unshape; return 1; }
}
unshape() {
	exec 7>&- 8<&-
	wait $shaped 2>/dev/null
	rm "$TMP/shape.in" "$TMP/shape.out"
}
# imported NAME: imports pid to $TMP/NAME.vma, which has to load
imported() {
	capture timeout 60 "$PROBE" --import "$pid"
	check "$1: imported" [ "$status" = 0 ]
	cp "$TMP/out" "$TMP/$1.vma"
	capture "$PROGRAM" run "$TMP/$1.vma"
	check "$1: it loads" [ "$status" = 0 ]
}

FORCEFUL=$TOP/$BUILD/tests/live/forceful
AGREE=$TOP/$BUILD/tests/live/agree

# forced NAME: imports pid while it is stopped, has it fork, and holds what the model makes of
# that scenario against both, VMA by VMA. The last line of the comparison: sets out.
forced() {
	local word rest child us
	mkfifo "$TMP/force.in" "$TMP/force.out"
	timeout 100 "$FORCEFUL" "$pid" <"$TMP/force.in" >"$TMP/force.out" &
	local forceful=$!
	exec 5>"$TMP/force.in" 6<"$TMP/force.out"
	read -r -t 60 -u 6 word rest
	if [ "$word" = stopped ]; then
		imported "$1"
		echo fork >>"$TMP/$1.vma"
		printf f >&5
		read -r -t 60 -u 6 child us
		capture timeout 60 "$AGREE" "$TMP/$1.vma" "$pid" "$child"
		printf q >&5
		if contains "$err$child" skip; then
			skip "$1: $child $us $err"
		elif grep -q 'CAP_SYS_ADMIN' "$TMP/$1.vma"; then
			skip "$1: needs CAP_SYS_ADMIN to tell entries apart"
		else
			check "$1: VMAs, flags and entries as smaps and the child have them" [ "$status" = 0 ]
			[ "$status" = 0 ] || sed 's/^/      | /' "$TMP/out"
		fi
	else
		skip "$1: $word $rest"
	fi
	exec 5>&- 6<&-
	wait $forceful
	rm "$TMP/force.in" "$TMP/force.out"
	out=$(tail -n 1 "$TMP/out")
}

shape churn
unloadable='' uncut=0 unchanged=0
for ((i = 0; i < 100; i++)); do
	timeout 60 "$PROBE" --import "$pid" >"$TMP/churn.vma" 2>"$TMP/err" &&
		"$PROGRAM" run "$TMP/churn.vma" >/dev/null 2>>"$TMP/err" || unloadable+=" $i: $(cat "$TMP/err")"
	if grep -q 'its mappings CHANGED meanwhile' "$TMP/churn.vma"; then
		grep -q 'read 3 times, because they changed each time' "$TMP/churn.vma" || unchanged=$((unchanged + 1))
	fi
	! grep -q 'that part of them was cut off' "$TMP/churn.vma" || uncut=$((uncut + 1))
done
unshape
check 'mappings that change: each import loads' [ -z "$unloadable" ]
check 'mappings that change: what was done about it is printed' [ $unchanged = 0 ]
[ -z "${V-}" ] || printf '      %d with parts that were cut off\n' $uncut

shape scattered
imported scattered
# pages_of NAME: the pages that a shape's first mapping has there, one a line
pages_of() {
	local name
	name=$(sed -n 's/^vma \([^ ]*\) .* at 0x200000000000.*/\1/p' "$TMP/$1.vma")
	grep "^pte $name " "$TMP/$1.vma" | cut -d ' ' -f 3 | tr , '\n'
}
check 'scattered: 700 pages, none twice' [ "$(pages_of scattered | sort -u | wc -l) $(pages_of scattered | wc -l)" = '700 700' ]
unshape

# From 6.12 on VM_ACCOUNT shows an anon_vma of anonymous memory that is not writable.
shows_anon_vma() { [ "$(printf '%s\n' 6.12 "$(uname -r)" | sort -V | head -n 1)" = 6.12 ]; }

for what in split split-file not-writable neighbours read-only; do
	if [ $what = not-writable ] && ! shows_anon_vma; then
		skip 'not-writable: nothing shows an anon_vma of emptied memory before 6.12'
		continue
	fi
	shape $what
	forced $what
	unshape
	read -r _ _ _ _ _ _ _ _ _ model kernel _ <<<"$out"
	check "$what: page tables" [ "$model" = "$kernel" ]
done
# Of 66 tables in which nothing is, fork copies 64; all but a few have a certain place.
shape emptied
forced emptied
unshape
read -r _ _ _ _ _ _ _ _ _ model kernel _ <<<"$out"
check 'emptied: page tables, none too many' [ "$model" -le "$kernel" ]
check 'emptied: page tables, few are missing' [ "$kernel" -le $((model + 4)) ]
check 'emptied: tables have a place' grep -Eq '^#   6[0-6] tables in which nothing is have a certain place' "$TMP/emptied.vma"
check 'emptied: as commands' grep -q '^madvise anon-[0-9]* dontneed 512,' "$TMP/emptied.vma"
hint='ac'
shows_anon_vma || hint='its neighbor has'
check 'split: the half without pages has an anon_vma' grep -q "^#   anon_vma: no page of its own now, but $hint" \
	"$TMP/split.vma"
check 'split-file: the half without pages has an anon_vma' grep -q '^#   anon_vma: .* its neighbor has' \
	"$TMP/split-file.vma"
check 'split-file: what was writable once is noted' grep -q '^#   ac: it was writable once' "$TMP/split-file.vma"
check 'neighbours: two files' grep -q '^vma .* own$' "$TMP/neighbours.vma"
check 'neighbours: two anon_vmas' grep -q '^vma .* apart$' "$TMP/neighbours.vma"
check 'read-only: shared without VM_SHARED' grep -q '^vma .* shared 16K r at 0x200000000000 .*-sh' "$TMP/read-only.vma"

# For others to read: the same page tables, and nothing that names the process.
# addresses FILE: where its VMAs are, one a line
addresses() { sed -n 's/^vma .* at \(0x[0-9a-f]*\).*/\1/p' "$TMP/$1.vma" | sort; }
# costs FILE: what fork makes of it, VMA by VMA, but for the names
costs() {
	{ cat "$TMP/$1.vma"; echo fork; echo 'show cost'; } >"$TMP/costs"
	"$PROGRAM" --batch "$TMP/costs" | sed -n '/VMA by VMA/,$s/^  [^ ]*  */  /p'
}
shape neighbours
imported named
capture timeout 60 "$PROGRAM" import --anonymous "$pid"
unshape
cp "$TMP/out" "$TMP/anonymous.vma"
check 'anonymous: status' [ "$status" = 0 ]
check 'anonymous: no name of a file' [ "$(grep -c -i -e shapes -e libc -e '\.so' -e / "$TMP/anonymous.vma")" = 0 ]
check 'anonymous: no number of the process' [ "$(grep -c -w "$pid" "$TMP/anonymous.vma")" = 0 ]
check 'anonymous: as many VMAs' [ "$(addresses anonymous | wc -l)" = "$(addresses named | wc -l)" ]
check 'anonymous: other addresses' [ -z "$(comm -12 <(addresses anonymous) <(addresses named))" ]
check 'anonymous: fork makes the same of it' [ "$(costs anonymous)" = "$(costs named)" ]
check 'anonymous: something is compared' contains "$(costs anonymous)" '  copy '

for what in pins poison zeropage; do
	if shape $what; then
		forced $what
		unshape
	else
		skip "$what: $rest"
	fi
done
if [ -f "$TMP/pins.vma" ]; then
	check 'pins: 1 MiB, and what 8 KiB at an odd address reach into' \
		grep -q '^# Pinned pages (fixed buffers of an io_uring): 259$' "$TMP/pins.vma"
	check 'pins: a part of a run' grep -q '^pte anon-[0-9]* 0-255,768-770 present,write,exclusive,pinned$' "$TMP/pins.vma"
	capture "$PROGRAM" run --json "$TMP/pins.vma"
	check 'pins: fork copies them' contains "$out" '"copied_pages":259'
fi

# Without privileges a poison marker looks like any other entry of swap format.
if [ -f "$TMP/poison.vma" ]; then
	check 'poison: a marker' grep -q '^pte anon-[0-9]* 0-3 marker,poison$' "$TMP/poison.vma"
	check "poison: the kernel's own bit is no feature" grep -q '^# .* The process has 2 open, with these$' "$TMP/poison.vma"
	if [ "$(id -u)" = 0 ] && shape poison; then
		capture timeout 60 setpriv --bounding-set -sys_admin --inh-caps -sys_admin "$PROBE" --import "$pid"
		check 'poison, without CAP_SYS_ADMIN: a marker' grep -q '^pte anon-[0-9]* 0-3 marker,poison$' "$TMP/out"
		check 'poison, without CAP_SYS_ADMIN: a guess' contains "$out" 'marker below is a guess'
		unshape
	fi
fi

if shape low; then
	imported low
	check 'below 64 KiB: the part above is there' grep -q '^vma .* anon private 32K rw at 0x10000' "$TMP/low.vma"
	check 'below 64 KiB: and its pages' grep -q '^pte .* 0-7 present' "$TMP/low.vma"
	unshape
else
	skip "below 64 KiB: $rest"
fi

shape leader
forced leader
check 'a main thread that has ended: told' grep -q '^# Its main thread has ended' "$TMP/leader.vma"
check 'a main thread that has ended: all there' grep -q '^vma shapes-text ' "$TMP/leader.vma"
unshape

# --- the prediction, to the entry -----------------------------------------------------------

# The target obeys what is written to 7 and answers on 8. IMPORT_ACQUIRE=1 lets it acquire swap and
# huge pages: for a machine where nothing else does, as another's return of them would disturb it.
mkfifo "$TMP/orders" "$TMP/answers"

# compare_with WHAT CHILD: the prediction against that process
compare_with() {
	capture "$VERIFY" "$TMP/target.json" "$2"
	check "$1: verify: status" [ "$status" = 0 ]
	while read -r word rest; do
		case $word in
		ok) pass "$1: predicted: $rest" ;;
		FAIL) fail "$1: predicted: $rest" ;;
		esac
	done <<<"$out"
	check "$1: many facts" [ "$(grep -c '^ok' "$TMP/out")" -ge 30 ]
}

# Would it be seen? One page less, and one anon_vma less.
sabotage() { # CHILD
	sed -e 's/^anon_vma anon-5 on$//' -e 's/^pte anon-4 0-15,/pte anon-4 1-15,/' \
		"$TMP/target.vma" >"$TMP/wrong.vma"
	"$PROGRAM" run --json "$TMP/wrong.vma" >"$TMP/wrong.json"
	"$VERIFY" "$TMP/wrong.json" "$1" >"$TMP/out"
	check 'a page that is missing is seen' grep -q '^FAIL anon-4 copied' "$TMP/out"
	check 'a VMA that is not copied is seen' grep -q '^FAIL entries' "$TMP/out"
	check 'tables that are missing are seen' grep -q '^FAIL page tables' "$TMP/out"
}

# predict WHAT MIB SCATTERED_MIB WORD...: fork of such a target, predicted and real
predict() {
	local what=$1 target ready pid child
	shift
	"$TARGET" "$@" ${IMPORT_ACQUIRE:+acquire} <"$TMP/orders" >"$TMP/answers" 2>"$TMP/told" &
	target=$!
	exec 7>"$TMP/orders" 8<"$TMP/answers"
	if read -r -t 60 -u 8 ready pid && [ "$ready" = ready ]; then
		grep -v rehearsed "$TMP/told" | sed "s/^target/SKIP  $what: not in the target/"
		capture timeout 60 "${import[@]}" "$pid"
		check "$what: imported" [ "$status" = 0 ]
		{ cat "$TMP/out"; echo fork; } >"$TMP/target.vma"
		check "$what: nothing changed meanwhile" contains "$out" 'the same before and after'
		capture timeout 120 "$PROGRAM" run --json "$TMP/target.vma"
		check "$what: it loads and forks" [ "$status" = 0 ]
		cp "$TMP/out" "$TMP/target.json"
		printf f >&7
		read -r -t 60 -u 8 child _
		if ! grep -q 'CAP_SYS_ADMIN' "$TMP/target.vma"; then
			compare_with "$what" "$child"
			[ $# -gt 2 ] || sabotage "$child"
		else
			skip "$what: the prediction to the entry: needs CAP_SYS_ADMIN to tell entries apart"
		fi
		printf q >&7
	else
		fail "$what: it starts" "$(cat "$TMP/told")"
		kill $target
	fi
	exec 7>&- 8<&-
	wait $target 2>/dev/null
}

import=("$PROBE" --import)
predict 'the target' "${IMPORT_MIB:-64}" "${IMPORT_SCATTERED_MIB:-16}"
predict 'with EVENT_FORK' 16 1 event-fork
if grep -q 'userfaultfd' "$TMP/told"; then
	skip 'EVENT_FORK: userfaultfd, or that feature, is not to be had here'
else
	check 'EVENT_FORK is seen' grep -q '^uffd uffd-1.* event-fork' "$TMP/target.vma"
	check 'EVENT_FORK: the child keeps its flag' grep -q '^ok .* VM_UFFD_WP in the child: model 1' "$TMP/out"
fi

"$WITHOUT" pagemap-scan true 2>/dev/null
if [ $? = 77 ]; then
	skip 'without PAGEMAP_SCAN: seccomp is not to be had here'
else
	import=("$WITHOUT" pagemap-scan "$PROBE" --import)
	predict 'without PAGEMAP_SCAN' 16 4 whole
	check 'without PAGEMAP_SCAN: pagemap was read' grep -q 'entries (pagemap)' "$TMP/target.vma"
fi

# --- too much ----------------------------------------------------------------------------------

"$TARGET" 1 1 fine <"$TMP/orders" >"$TMP/answers" 2>"$TMP/told" &
target=$!
exec 7>"$TMP/orders" 8<"$TMP/answers"
read -r -t 60 -u 8 ready pid
for budget in 32M,60s 512M,1s; do
	capture timeout 60 "$PROBE" --import "$pid" --budget "$budget"
	check "too many stretches for $budget: status" [ "$status" = 2 ]
	check "too many stretches for $budget: told" contains "$err" 'is too large for a scenario: out of'
	check "too many stretches for $budget: what to do" contains "$err" 'start the program with --budget '
	check "too many stretches for $budget: nothing is printed" [ -z "$out" ]
done
timeout 60 "$PROGRAM" import --budget 1G "$pid" >"$TMP/fine.vma" 2>"$TMP/err"
check 'many stretches: what an import makes can be loaded and forked' \
	"$PROGRAM" check --budget 1G "$TMP/fine.vma"
printf q >&7
exec 7>&- 8<&-
wait $target

# --- what it takes --------------------------------------------------------------------------

capture timeout 180 "$PROBE" --calibrate
check 'calibrate: status' [ "$status" = 0 ]
check 'calibrate: the kernel' contains "$out" "kernel $(uname -r)"
for price in fork vma anon-vma file-vma table anon file other; do
	check "calibrate: $price, lowest and highest" grep -Eq "^$price( +[0-9]+\.[0-9]){3}  #" "$TMP/out"
done
printf '%s\n' 'vma a anon 1M' 'touch a' fork 'show cost' >"$TMP/cost"
capture "$PROGRAM" --batch "$TMP/cost"
check 'without a calibration: no time' [ "${out/ us/}" = "$out" ]
check 'without a calibration: what to do' contains "$out" 'run calibrate first'
check 'without a calibration: the list' contains "$out" 'both: the last fork as a whole, VMA by VMA'
(echo calibrate; cat "$TMP/cost") >"$TMP/calibrate"
XDG_STATE_HOME=$TMP/elsewhere capture timeout 180 "$PROGRAM" --batch "$TMP/calibrate"
check 'calibrate in a session: status' [ "$status" = 0 ]
check 'calibrate in a session: kept, where XDG_STATE_HOME says' [ -f "$TMP/elsewhere/vmafork-tui/calibration" ]
check 'with a calibration: an estimate' contains "$out" 'Times are estimates, from a calibration of 20'
check 'with a calibration: how far its runs differ' contains "$out" 'differ: the total is between '
check 'with a calibration: its kernel' contains "$out" "on kernel $(uname -r)"
capture "$PROGRAM" --batch "$TMP/cost"
check 'and not elsewhere' [ "${out/ us/}" = "$out" ]
mkdir -p "$HOME/.local/state" && cp -r "$TMP/elsewhere/vmafork-tui" "$HOME/.local/state"
capture "$PROGRAM" --batch "$TMP/cost"
check 'without XDG_STATE_HOME: in .local/state' contains "$out" 'Times are estimates, from a calibration of 20'
echo nonsense >"$HOME/.local/state/vmafork-tui/calibration"
capture "$PROGRAM" --batch "$TMP/cost"
check 'a broken calibration: told' contains "$out" 'is not a calibration entry'
check 'a broken calibration: no time' [ "${out/ us/}" = "$out" ]
capture "$PROGRAM" check "$TMP/calibrate"
check 'a scenario file may not calibrate' [ "$status" = 2 ]
check 'and is told so' contains "$err" 'a scenario file cannot measure the machine'
finish
