#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How the session's program runs its helper programs: with stand-ins for the probe
# that answer well, badly, or not at all. The probe itself is in probe.sh.
. "$(dirname "$0")/../lib.sh"

beside=$TMP/beside
mkdir "$beside"
cp "$PROGRAM" "$beside/vmafork-tui"
cp tests/data/flag-probe.json tests/data/flag.vma "$beside"
cd "$beside" || exit 1

# stand_in: standard input becomes the probe, a script.
stand_in() {
	{ echo '#!/bin/sh'; cat; } >vmafork-probe
	chmod +x vmafork-probe
}

# batch LINE...: after flag.vma; sets status, out and err.
batch() {
	{ cat flag.vma; printf '%s\n' "$@"; } >batch.vma
	capture timeout 60 ./vmafork-tui --batch batch.vma
}

PATH=/usr/bin:/bin
batch probe
check 'no probe: an error' [ "$status" = 2 ]
check 'it says what is missing, and where it should be' contains "$err" "vmafork-probe is not in the folder of vmafork-tui ($beside/vmafork-probe)"
check 'and what to do' contains "$err" 'make builds both'
capture ./vmafork-tui check --live flag.vma
check 'check --live says the same' contains "$err" 'vmafork-probe is not in the folder of vmafork-tui'
capture ./vmafork-tui import 1
check 'import, too' contains "$err" 'vmafork-probe is not in the folder of vmafork-tui'

stand_in <<<'exit 0'
chmod -x vmafork-probe
batch probe
check 'a probe that cannot be run is none' contains "$err" 'vmafork-probe is not in the folder'
printf '#!/nowhere/at/all\n' >vmafork-probe
chmod +x vmafork-probe
batch probe
check 'one that cannot be started: an error' contains "$err" 'cannot start vmafork-probe: '

# --- what it is given ---------------------------------------------------------------

stand_in <<'END'
for a; do last=$a; done
cp "$last" got.vma
{ echo "$@"; readlink /proc/self/fd/0; tty; } >given 2>&1
cat flag-probe.json
END
batch 'kernel left v6.1' 'title "it'\''s \"quoted\""' probe
check 'an answer is shown' contains "$out" '6.18.44-test, observed: left 36 agree, 0 differ'
check 'and each difference' contains "$out" 'right: fork: entries: model 3, kernel 0'
check 'status' [ "$status" = 0 ]
check 'it is asked for both sides' contains "$(cat given)" '--sides --timeout 10 /proc/'
check 'it has no input' contains "$(cat given)" /dev/null
check 'and no terminal' contains "$(cat given)" 'not a tty'
check 'the file that it got is the session' contains "$(cat got.vma)" 'protect u mem 0-1'
capture ./vmafork-tui check got.vma
check 'and can be read' [ "$status" = 0 ]
sed 's/^name .*/name mine/; /^from/d' "$TOP/share/kernels/v7.3.kernel" >mine.kernel
batch 'kernel left ./mine.kernel' probe
check 'a profile is named in full there' contains "$(cat got.vma)" "kernel left \"$beside/mine.kernel\""

# A kernel image is given as the profile that was read from it.
stand_in <<'END'
for a; do last=$a; done
cat "$(sed -n 's/^kernel right //p' "$last" | tail -n 1)" >got.kernel
cat flag-probe.json
END
cp "$TOP/share/kernels/v6.19-rc1.kernel" image
printf '#!/bin/sh\nshift\ncat "$1"\n' >vmafork-vmlinux
chmod +x vmafork-vmlinux
batch 'kernel right vmlinux:./image' probe
check 'a session with an image can be probed' [ "$status $err" = '0 ' ]
check 'the probe gets the profile' cmp -s got.kernel image
rm vmafork-vmlinux image

# --- answers that are none ------------------------------------------------------------

stand_in <<<'echo "vmafork-probe: userfaultfd is not allowed here" >&2; echo "    run it as root" >&2; exit 2'
batch probe
check 'its error is ours' contains "$err" ':13:1: vmafork-probe: userfaultfd is not allowed here'
check 'with its hint' contains "$err" 'run it as root'
batch 'kernel left live' 'show kernel'
check 'kernel left live, too' contains "$err" 'vmafork-probe: userfaultfd is not allowed here'
# What it reports as JSON is what counts, whatever else it prints and with which status.
# deadline: the last command was not carried out in the seconds that it was given.
deadline() {
	stand_in <<'END'
echo "$4:12: not carried out: fork: in words that change" >&2
sed 's|"forks":|"stopped": {"kind": "deadline", "command": 5, "file": "'"$4"'", "line": 12, "seconds": '"$3"', "reason": "timed out after '"$3"' s"}, &|' flag-probe.json
exit 2
END
}
deadline
batch probe
check 'a file that the reader has never seen is not named' [ "$(head -n 1 <<<"$err")" = \
	"batch.vma:13:1: vmafork-probe: fork: timed out after 10 s" ]
check 'a deadline comes with what to do' contains "$err" '"probe 60" allows 60 s'
batch 'probe 200'
check 'and so does a longer one' contains "$err" '"probe 500" allows 500 s'
batch 'probe 500'
check 'and the longest' contains "$err" '500 s is the limit: touch less memory'
stand_in <<<'sed "s|\"forks\":|\"stopped\": {\"kind\": \"failed\", \"command\": 6, \"reason\": \"no\"}, &|" flag-probe.json; exit 2'
batch probe
check 'a command that there is not is no answer' contains "$err" "cannot parse vmafork-probe's output: the index of a command"
stand_in <<<'sed "s|\"commands\": 6|\"commands\": 7|" flag-probe.json'
batch probe
check 'nor is one about other commands' contains "$err" "cannot parse vmafork-probe's output: it is for other commands"
stand_in <<<'sed "s|\"schema\": 3|\"schema\": 2|" flag-probe.json'
batch probe
check 'nor one of another version' contains "$err" 'install the programs of one version'
batch 'kernel left live'
check 'nor for kernel left live' contains "$err" 'install the programs of one version'
stand_in <<<'echo "{\"schema\":3,\"error\":{\"kind\":\"failed\",\"message\":\"no memory\",\"hint\":\"add some\"}}"; exit 2'
batch probe
check 'an error as JSON' contains "$err" 'vmafork-probe: no memory'
check 'has a hint' contains "$err" 'add some'
batch 'kernel left live'
check 'kernel left live has that error, too' contains "$err" 'vmafork-probe: no memory'
# The image of the running kernel goes before what the kernel is seen to do.
reader_stand_in() { # LINE...: of the profile that it prints
	{ echo '#!/bin/sh'; echo '[ "$*" = --running ] || exit 9'; echo "cat <<'END'"; printf '%s\n' "$@"; echo END; } >vmafork-vmlinux
	chmod +x vmafork-vmlinux
}
reader_stand_in 'name 6.18.44-x' 'title "read from /boot/vmlinuz-6.18.44-x"' 'like v6.18'
batch 'kernel left live' 'show kernel' 'save live.vma replace'
check 'live: read from the image' contains "$out" 'live 6.18.44-x (as v6.18): its decision is read from its image, /boot/vmlinuz-6.18.44-x'
check 'live: it decides' contains "$out" 'live 6.18.44-x (as v6.18)'
check 'live: a file names the profile that is the same' grep -q '^kernel left v6.18 # live 6.18.44-x' live.vma
reader_stand_in 'name 6.18.44-x' 'title "read from /boot/vmlinuz-6.18.44-x"' 'like v6.18' 'clause src VM_UFFD_WP' 'clause src anon_vma'
batch 'kernel left live' 'save live.vma replace'
check 'live: an image that is like no other' contains "$out" 'live 6.18.44-x (from its image): its decision is read from its image'
check 'live: a file names the image' grep -q -x 'kernel left vmlinux:/boot/vmlinuz-6.18.44-x # live 6.18.44-x (from its image)' live.vma
reader_stand_in 'name 6.18.44-x' 'title "read from /proc/kcore"' 'like v6.18' 'clause src VM_UFFD_WP' 'clause src anon_vma'
batch 'kernel left live' 'save live.vma replace'
check 'live: read from memory' contains "$out" 'live 6.18.44-x (from its memory): its decision is read from its memory, /proc/kcore'
check 'live: memory has no name in a file' grep -q -x 'kernel left live # live 6.18.44-x (from its memory)' live.vma
printf '#!/bin/sh\nexit 2\n' >vmafork-vmlinux
batch 'kernel left live'
check 'live: without an image the probe is asked' contains "$err" 'vmafork-probe: no memory'
rm vmafork-vmlinux
batch 'probe 501'
check 'which is the most' contains "$err" 'expected whole seconds, 1 to 500'
batch 'probe 0.5'
check 'seconds are whole' contains "$err" 'expected whole seconds, 1 to 500'
stand_in <<<'exit 3'
batch probe
check 'an error without words' contains "$err" 'vmafork-probe failed with status 3'
stand_in <<<'kill -SEGV $$'
batch probe
check 'a crash' contains "$err" 'vmafork-probe was killed by a signal: Segmentation fault'
stand_in <<<'echo "{\"release\":"'
batch probe
check 'half an answer' contains "$err" "cannot parse vmafork-probe's output"
stand_in <<<'exec yes'
batch probe
check 'an answer without end' contains "$err" 'vmafork-probe printed more than 64 MiB and was stopped'
stand_in <<<'yes >&2 & cat flag-probe.json; sleep 1; kill $!'
batch probe
check 'complaints without end do no harm' contains "$out" 'observed'

# What it leaves behind keeps its outputs open.
stand_in <<<'sleep 100 & echo $! >left; cat flag-probe.json'
batch probe
check 'what it leaves behind is not waited for' contains "$out" 'observed'
check 'and does not stay' until_true gone "$(cat left)"
stand_in <<<'yes >&2 & cat flag-probe.json'
batch probe
check 'nor when that complains without end' contains "$out" 'observed'
stand_in <<<'trap "" TERM; cat flag-probe.json; exec >&- 2>&-; sleep 100'
batch probe
check 'one that ends its answer and does not end is ended' contains "$err" 'vmafork-probe was killed by a signal: Killed'

# --- files may be hostile ------------------------------------------------------------------

stand_in <<<'touch was-run; cat flag-probe.json'
for line in probe 'probe off' 'import 1' 'kernel left live' 'kernel show live'; do
	printf 'vma a anon 16K\n%s\n' "$line" >untrusted.vma
	for how in check run play; do
		capture ./vmafork-tui "$how" untrusted.vma
		check "$how of a file with '$line' is refused" [ "$status" = 2 ]
		check 'with a place' contains "$err" 'untrusted.vma:2:'
		check 'and what to do' contains "$err" 'at the prompt or in --batch'
	done
	printf 'load untrusted.vma\n' >loads.vma
	capture ./vmafork-tui check loads.vma
	check "so is one that loads it" contains "$err" 'untrusted.vma:2:'
done
check 'nothing was run for them' [ ! -e was-run ]
printf 'vma probe anon 16K\nvma import anon 16K\ntouch probe\nfork\nexpect both probe copy\n' >names.vma
capture ./vmafork-tui check names.vma
check 'VMAs may be called probe and import' [ "$status" = 0 ]

# --- being ended ---------------------------------------------------------------------------

stand_in <<'END'
echo $$ >pid
exec sleep 600
END
{ cat flag.vma; echo probe; } >batch.vma
./vmafork-tui --batch batch.vma >out.txt 2>&1 &
tui=$!
check 'it runs' until_true [ -s pid ]
kill -KILL $tui 2>/dev/null
wait $tui 2>/dev/null
check 'whatever ends us ends it' until_true gone "$(cat pid)"

# --- the session is gone ------------------------------------------------------------

# gone PID: within the time that a helper has to end
gone() {
	local n
	for ((n = 0; n < 100; n++)); do
		kill -0 "$1" 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}
stand_in <<'END'
trap '' TERM
echo $$ >pid.new
mv pid.new pid
while :; do sleep 0.1; done
END
for signal in KILL TERM SEGV; do
	rm -f pid
	{ cat flag.vma; echo probe; } >batch.vma
	./vmafork-tui --batch batch.vma >/dev/null 2>&1 &
	session=$!
	for ((n = 0; n < 200; n++)); do [ ! -e pid ] || break; sleep 0.05; done
	kill -$signal $session
	wait $session 2>/dev/null
	check "SIG$signal: a probe that ignores SIGTERM does not outlive the session" gone "$(cat pid)"
done
finish
