#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What real kernels did, as kept in tests/observations/, against the model: no
# kernel and no rights are needed. UPDATE_OBSERVATIONS=1 make kernels records anew.
#: alone machine
. "$(dirname "$0")/../lib.sh"

FOLDER=tests/observations
LEAST=8 # kernels that have seen each scenario

# --- every recording --------------------------------------------------------------

for file in "$FOLDER"/*.txt; do
	capture timeout 120 "$PROBE" --replay "$file"
	case $status in
	0) pass "${out##*$'\n'}" ;;
	*) fail "replay $file: status $status" "$(grep ': model ' <<<"$out")" "$(grep -A2 'has changed' <<<"$err")" ;;
	esac
	check "$file has facts" grep -q '^ moment fork' "$file"
	check "$file says what made it" grep -q '^command "make kernels' "$file"
done
for file in scenarios/*.vma; do
	n=$(grep -lF "scenario \"$file\"" "$FOLDER"/*.txt | wc -l)
	if [ "$n" -ge $LEAST ]; then
		pass "$file: $n kernels"
	else
		fail "$file was recorded on $n kernels, not on $LEAST: UPDATE_OBSERVATIONS=1 make kernels"
	fi
done

# --- the regression and its twin ------------------------------------------------------

# decision RECORDING SCENARIO NAME: the kernel's, about the first VMA that has this name.
decision() {
	awk -v section="scenario \"$2\"" -v name=" $3:" '
		/^scenario/ { inside = $0 == section }
		$1 == "vma" { named = index($0, name) }
		inside && named && $1 == "decision" { print $2; exit }' "$1"
}
main=scenarios/whose-flag.vma
check 'as it is the kernel skips' [ "$(decision $FOLDER/regression-as-is.txt $main shm)" = skip ]
check 'with the line turned it copies' [ "$(decision $FOLDER/regression-turned.txt $main shm)" = copy ]
capture "$PROBE" --replay --check dst $FOLDER/regression-turned.txt
check 'the other model differs' [ "$status" = 1 ]
check 'and says where' contains "$out" "$main:"
capture "$PROBE" --replay --check src $FOLDER/regression-as-is.txt
check 'the other way round, too' [ "$status" = 1 ]
capture "$PROBE" --replay --kernel v6.19-rc1 $FOLDER/6.18.txt
check 'a kernel is not taken for another' [ "$status" = 1 ]

# --- recordings that are none, or not any more --------------------------------------------

good() {
	cat <<'END'
recording 2
date 2026-01-01
command "by hand"
kernel 6.18.44-test 6.18.44
scenario "SCENARIO"
knobs thp madvise fault-around 16
step "vma a anon 2p"
step "touch a" touch ok
step "fork"
 moment fork
  parent
   vma 0x1000000000-0x1000002000 anon a:0-1
    flags rd wr mr mw me ac unseen sd
    decision copy
    0-1 present exclusive !uffd-wp anonymous
  child
   vma 0x1000000000-0x1000002000 anon a:0-1
    flags rd wr mr mw me ac unseen sd
    0 present !uffd-wp anonymous parents-frame
    1 present !uffd-wp anonymous parents-frame
  entries 2
  tables 3
step "child touch a 0" touch ok after-fork faults 1 cow-copies 1
left "pte a 1 swap"
end impossible "no system call does it"
END
}
printf '%s\n' 'vma a anon 2p' 'touch a' 'fork' 'child touch a 0' 'pte a 1 swap' >"$TMP/s.vma"
good | sed "s|SCENARIO|$TMP/s.vma|" >"$TMP/good.txt"

# made NAME SED: a recording that differs in one place; sets status, out, err.
made() {
	sed "$2" "$TMP/good.txt" >"$TMP/$1.txt"
	! cmp -s "$TMP/good.txt" "$TMP/$1.txt" || fail "$1: nothing was changed"
	capture timeout 60 "$PROBE" --replay "$TMP/$1.txt"
}
capture "$PROBE" --replay "$TMP/good.txt"
check 'a difference: status' [ "$status" = 1 ]
check 'a difference: both values' contains "$out" \
	's.vma:3: parent a 0-1: model present, kernel present,exclusive'
check 'a difference: the sum' contains "$out" '6.18.44-test: 1 scenario, 18 agree, 1 differ,'
check 'what was left is said' contains "$err" 's.vma:5: not carried out: pte a 1 swap: no system call does it'
made right 's/present exclusive/present !exclusive/'
check 'no difference: status' [ "$status" = 0 ]
check 'no difference: the sum' contains "$out" '19 agree, 0 differ,'
made unseen 's/present exclusive/present/'
check 'what was not seen is not compared' contains "$out" '18 agree, 0 differ, 14 not observable'

# --- differences, none swallowed ----------------------------------------------------------

cat >"$TMP/two.vma" <<'END'
vma data anon 1p
vma a anon 1p
fork
child touch a 0
child touch data 0
fork
END
# What the last fork finds of the pages is what the one before it found.
forked=' moment fork
  parent
   vma 0x1000000000-0x1000001000 anon data:0
    flags rd wr mr mw me ac lo unseen sd
    decision copy
    0 none
   vma 0x1000002000-0x1000003000 anon a:0
    flags rd wr mr mw me ac lo unseen sd
    decision copy
    0 none
  child
   vma 0x1000000000-0x1000001000 anon data:0
    flags rd wr mr mw me ac unseen sd
   vma 0x1000002000-0x1000003000 anon a:0
    flags rd wr mr mw me ac unseen sd'
cat >"$TMP/two.txt" <<END
recording 2
kernel 6.18.44-test 6.18.44
scenario "$TMP/two.vma"
step "vma data anon 1p"
step "vma a anon 1p"
step "fork"
$forked
step "child touch a 0" touch ok after-fork faults 2
step "child touch data 0" touch ok after-fork faults 2
step "fork"
$forked
END
capture "$PROBE" --replay "$TMP/two.txt"
check 'differences: status' [ "$status" = 1 ]
check 'differences: those that end alike, and those of each command' [ "$(grep ': model ' <<<"$out")" = \
	"$TMP/two.vma:3: parent data flags: model without, kernel VM_LOCKED
$TMP/two.vma:3: parent a flags: model without, kernel VM_LOCKED
$TMP/two.vma:3: data decision: model skip, kernel copy
$TMP/two.vma:3: a decision: model skip, kernel copy
$TMP/two.vma:4: faults: model 1, kernel 2
$TMP/two.vma:5: faults: model 1, kernel 2" ]
check 'differences: what lasts is counted each time' contains "$out" ' 10 differ,'

# VMAs that are others: one difference in both processes, and none about what follows from it.
cat >"$TMP/layout.vma" <<'END'
vma a anon 5p at 0x1000000000
vma b anon 5p at 0x1000005000
vma c anon 1p at 0x100000b000
touch b 0
fork
END
process() { # parent|child
	cat <<END
  $1
   vma 0x1000000000-0x1000002000 anon a:0-1
    flags rd wr mr mw me ac unseen sd
    0-1 none
   vma 0x1000003000-0x100000a000 anon a:3-4 b:0-4
    flags rd wr mr mw me ac unseen sd
    0-6 none
   vma 0x100000b000-0x100000c000 anon c:0
    flags rd wr mr mw me ac unseen sd
    0 none
END
}
{
	printf '%s\n' 'recording 2' 'kernel 6.18.44-test 6.18.44' "scenario \"$TMP/layout.vma\""
	sed 's/.*/step "&"/; s/"touch b 0"/& touch ok/' "$TMP/layout.vma"
	for moment in fork now; do
		echo " moment $moment"
		process parent
		process child
	done
} >"$TMP/layout.txt"
capture "$PROBE" --replay "$TMP/layout.txt"
check 'layout: status' [ "$status" = 1 ]
check 'layout: told once, with all VMAs there' [ "$(grep ': model ' <<<"$out")" = \
	"$TMP/layout.vma:5: parent layout: model one VMA 0x1000000000-0x100000a000 (a+b), kernel two VMAs \
0x1000000000-0x1000002000 (a) 0x1000003000-0x100000a000 (a+b)" ]
check 'layout: counted each time; c is compared' contains "$out" '13 agree, 4 differ,'
sed -i 's/b:0-4$/b:0-4 x:0/' "$TMP/layout.txt"
capture "$PROBE" --replay "$TMP/layout.txt"
check 'layout: more pages of names than the VMA has' contains "$err" \
	'expected pages of a name, as many as the VMA has'

made stale 's/touch a"/touch a 0"/'
check 'another command: status' [ "$status" = 2 ]
check 'another command: named' contains "$err" 'stale.txt:5: '
check 'another command: which' contains "$err" 's.vma has changed since it was recorded, at its command 2'
check 'another command: what to do' contains "$err" 'record it again'
made shorter '/^left/d'
check 'a command more: status' [ "$status" = 2 ]
made gone "s|$TMP/s.vma|$TMP/gone.vma|"
check 'a scenario that is gone: status' [ "$status" = 2 ]
check 'a scenario that is gone: named' contains "$err" 'gone.vma'

# From another folder: said once, and that it may be the folder.
sed "s|SCENARIO|scenarios/one.vma|" <(good) >"$TMP/away.txt"
sed -n '/^scenario/,$p' "$TMP/away.txt" | sed 's/one.vma/two.vma/' >"$TMP/more.txt"
cat "$TMP/more.txt" >>"$TMP/away.txt"
sed -n '/^scenario/,$p' "$TMP/good.txt" >>"$TMP/away.txt"
capture "$PROBE" --replay "$TMP/away.txt"
check 'elsewhere: status' [ "$status" = 2 ]
check 'elsewhere: told once' [ "$(grep -c 'cannot be found' <<<"$err")" = 1 ]
check 'elsewhere: which' contains "$err" 'away.txt:5: 2 of its 3 scenarios cannot be found, scenarios/one.vma the first'
check 'elsewhere: what to do' contains "$err" 'run it where the recording was made'
check 'elsewhere: what is there is compared' contains "$out" "$TMP/s.vma: 18 agree, 1 differ,"

# name; what is changed; what the error has
while IFS='|' read -r name change message; do
	made "$name" "$change"
	check "$name: status" [ "$status" = 2 ]
	check "$name: named with its line" grep -q "$name.txt:[0-9]*:[0-9]*: expected $message" "$TMP/err"
done <<'END'
format|s/recording 2/recording 1/|2, the format
word|s/^knobs/nobs/|a keyword of recordings
thp|s/thp madvise/thp maybe/|never, madvise or always
number|s/fault-around 16/fault-around 1x6/|a number
window|s/fault-around 16/fault-around 0/|a power of two
windows|s/fault-around 16/fault-around 24/|a power of two
zeroes|s/fault-around 16/fault-around 16 zero-page on/|off
large|s/entries 2/entries 99999999999999999999/|a number
backing|s/ anon a:/ anom a:/|a backing
addresses|s/0x1000002000/0x1000000000/|the VMA's addresses
decimal|s/0x1000002000/68719484928/|the VMA's addresses
unaligned|s/0x1000002000/0x1000002001/|the VMA's addresses
name|s/a:0-1/a=0-1/|pages of a name
names|s/a:0-1/a:0-1 b:0/|pages of a name
beyond|s/0-1 present/0-2 present/|pages of the VMA
flag|s/ rd wr/ rd xx/|a flag's two letters
state|s/0-1 present/0-1 presumed/|what the pages are
attribute|s/!uffd-wp anon/!uffd-wb anon/|an attribute of pages
gap|s/    1 present/    2 present/|pages of the VMA
backwards|s/0-1 present/1-0 present/|pages of the VMA
signal|s/touch ok$/touch SIGFOO/|ok or a signal
errno|s/touch a" touch ok/touch a" errno EFOO/|an error such as EINVAL
decision|s/decision copy/decision maybe/|copy, skip, dontcopy or wipe
early|/^step "vma/i moment fork|a step before the moment
outside|/^scenario/i flags rd|a VMA first
behind|s/^step "child/left "fork"\nstep "child/|'left', since the command before it
END
# no_recording NAME: the file $TMP/NAME.txt does not begin as one does.
no_recording() {
	capture "$PROBE" --replay "$TMP/$1.txt"
	check "$1 is no recording" [ "$status" = 2 ]
	check "$1: why not" contains "$err" "$1.txt: not a recording: it does not begin with 'recording 2'"
}
printf 'vma a anon 4K\n' >"$TMP/scenario.txt"
no_recording scenario
sed 1d "$TMP/good.txt" >"$TMP/headless.txt"
no_recording headless
sed -n '1h; 1d; p; 2{x; p}' "$TMP/good.txt" >"$TMP/late.txt"
no_recording late
made again '4a recording 2'
check 'a second head is none' grep -q 'again.txt:5:1: expected a keyword of recordings' "$TMP/err"
: >"$TMP/empty.txt"
capture "$PROBE" --replay "$TMP/empty.txt"
check 'nothing is no recording' contains "$err" 'it names no kernel'
capture "$PROBE" --replay "$TMP"
check 'a folder is no recording' [ "$status" = 2 ]

# --- untrusted input --------------------------------------------------------------------

# Changed bytes, and files that end early: no crash, no endless loop.
bad=
RANDOM=1
lines=$(wc -l <"$TMP/good.txt")
for ((i = 0; i < 200; i++)); do
	if [ $((i % 2)) = 0 ]; then
		head -n $((RANDOM % lines)) "$TMP/good.txt" >"$TMP/m.txt"
		sed -n "$((RANDOM % lines + 1)),\$p" "$TMP/good.txt" >>"$TMP/m.txt"
	else
		cp "$TMP/good.txt" "$TMP/m.txt"
		printf '%b' "\\x$(printf '%x' $((RANDOM % 256)))" |
			dd of="$TMP/m.txt" bs=1 seek=$((RANDOM % $(wc -c <"$TMP/good.txt"))) conv=notrunc 2>/dev/null
	fi
	capture timeout 60 "$PROBE" --replay "$TMP/m.txt"
	case $status in 0 | 1 | 2 | 77) ;; *) bad="$bad $i:$status" && cp "$TMP/m.txt" "$TMP/bad.txt" ;; esac
done
if [ -z "$bad" ]; then pass '200 broken recordings'; else fail "broken recordings:$bad" "$(cat "$TMP/bad.txt")"; fi

made escape "s/6.18.44-test/\x1b[31m6.18/; s/no system call/\x1b]0;x\x07/; s/\"pte a 1 swap/\"\x1b[2Jpte a 1 swap/"
check 'no escape sequence reaches the terminal' [ -z "$(tr -cd '\033\007' <"$TMP/out")$(tr -cd '\033\007' <"$TMP/err")" ]
made escape "s/6.18.44-test/\x1b[31m6.18/; s/no system call/\x1b]0;x\x07/"
check 'nor does one of the kernel or of a reason' [ -z "$(tr -cd '\033\007' <"$TMP/out")$(tr -cd '\033\007' <"$TMP/err")" ]
check 'what is left of them is said' contains "$out$err" '[31m6.18'

# --- making one -----------------------------------------------------------------------

printf '%s\n' 'title "plain"' 'vma a anon 2p' 'touch a' 'fork' 'child touch a 0' >"$TMP/plain.vma"
if [ -n "${SANITIZED-}" ]; then
	printf 'SKIP  recording with sanitizers: their own memory lies where the scenarios put theirs\n'
else
	capture "$PROBE" --record --by 'the test' "$TMP/plain.vma"
	check 'recording: status' [ "$status" = 0 ]
	check 'recording: its command' contains "$out" 'command "the test"'
	check 'recording: its kernel' contains "$out" "kernel $(uname -r) "
	check 'recording: a step' contains "$out" 'step "child touch a 0" touch ok after-fork faults 1'
	cp "$TMP/out" "$TMP/plain.txt"
	capture "$PROBE" --record "$TMP/gone.vma"
	check 'recording: nothing of a file that is gone' [ "$status:$out" = 2: ]
	capture "$PROBE" --record "$TMP/gone.vma" "$TMP/plain.vma" "$TMP/plain.vma"
	check 'recording: one head' [ "$(grep -c '^recording 2' <<<"$out")" = 1 ]
	check 'recording: and both scenarios' [ "$(grep -c '^scenario' <<<"$out")" = 2 ]
	sed 's/^name .*/name mine/; /^from/d' share/kernels/v7.3.kernel >"$TMP/my own.kernel"
	capture "$PROBE" --record --kernel "$TMP/my own.kernel" "$TMP/plain.vma"
	cp "$TMP/out" "$TMP/own.txt"
	capture "$PROBE" --replay "$TMP/own.txt"
	check 'recording: the model may have blanks in its name' [ "$status" -le 1 ]
	capture "$PROBE" --compare "$TMP/plain.vma"
	check 'recording: the comparison agrees' [ "$status" = 0 ]
	live=$out
	capture "$PROBE" --replay "$TMP/plain.txt"
	check 'the replay says what the comparison says' [ "${out%$'\n'*}" = "$live" ]
fi
finish
