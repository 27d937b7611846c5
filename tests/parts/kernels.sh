#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The scripts of make kernels, without network and without kernels: apt, QEMU and
# what else they call are stand-ins. What they do with real ones shows when they are
# run; here it is how they end.
. "$(dirname "$0")/../lib.sh"

fake=$TMP/fake
cache="$TMP/the cache" # with a blank
mkdir "$fake"
export VMAFORK_KERNELS=$cache OUT=$TMP/made STATIC=$TMP/static FAKE=$fake TMPDIR=$TMP/tmp
# One file: to look at all of them takes long before anything is begun.
export SCENARIOS=scenarios/whose-flag.vma
mkdir "$TMPDIR"
: >"$STATIC"
PATH=$fake:$PATH

# stand_in NAME: standard input becomes that program.
stand_in() {
	{ echo '#!/bin/bash'; cat; } >"$fake/$1"
	chmod +x "$fake/$1"
}
stand_in apt-get <<'END'
case $* in
*indextargets*) echo 'http://mirror.invalid/debian Debian' ;;
*update*)
	echo update >>"$FAKE/asked"
	[ -e "$FAKE/online" ] || { [[ $* != *Error-Mode=any* ]]; exit; }
	: >"$VMAFORK_KERNELS/apt/lists/x_Packages"
	;;
*download*)
	[ ! -e "$FAKE/slow" ] || { echo $$ >"$FAKE/pid"; exec sleep 100; }
	cp "$FAKE/image.deb" .
	;;
esac
END
stand_in apt-cache <<'END'
case $* in
*search*) echo 'linux-image-6.1.0-1-cloud-amd64 - a kernel' ;;
*show*) echo 'Filename: pool/image.deb' ;;
esac
END
# A machine that runs until it is ended, or one that has printed its answer already.
stand_in qemu-system-x86_64 <<'END'
echo "$*" >"$FAKE/machine"
[ ! -e "$FAKE/answer" ] || { cat "$FAKE/answer"; exit "$(cat "$FAKE/exit")"; }
echo $$ >"$FAKE/pid"
exec sleep 100
END
stand_in mkfs.ext4 <<<'echo Creating regular file; for a; do [[ $a != /* ]] || echo disk >"$a"; done'
stand_in cpio <<<'cat >/dev/null'
stand_in dpkg-deb <<<'mkdir -p "$3/boot"; echo kernel >"$3/boot/vmlinuz-6.1.0-1"'
echo image >"$fake/image.deb"

left() { find "$cache" "$TMPDIR" -name 'unpack.*' -o -name '*.new' -o -name 'vmafork-boot.*' -o -path '*/recordings/*' ! -name '*.log'; }

# --- no network -------------------------------------------------------------------------

capture timeout 60 tests/kernels/run
check 'no network: status' [ "$status" = 2 ]
check 'no network: what is wrong' contains "$err" 'cannot read the lists of packages of http://mirror.invalid/debian: is there a network?'
check 'no network: said once' [ "$(grep -c 'network' <<<"$err")" = 1 ]
check 'no network: nothing else is tried' [ "$(wc -l <"$fake/asked")" = 1 ]
capture timeout 60 tests/kernels/regression
check 'no network: regression says it, too' contains "$err" 'is there a network?'
check 'it is asked again the next time' [ "$(wc -l <"$fake/asked")" = 2 ]
: >"$fake/online"
capture timeout 60 tests/kernels/fetch 6.1
check 'with a network: status' [ "$status" = 0 ]
check 'with a network: a kernel' contains "$out" "6.1 $cache/kernel-"
rm "$fake/online" "$cache/apt/updated"
capture timeout 60 tests/kernels/fetch 6.1
check 'lists that are there are used without one' contains "$out" "6.1 $cache/kernel-"
check 'which is said' contains "$err" 'going on with what is there'

# --- what a machine prints -------------------------------------------------------------------

kernel=$out
VMAFORK_ACCEL=tcg capture timeout 60 tests/kernels/boot --deadline 1 "$(sed -n 's/^6.1 //p' <<<"$out")" /init
check 'a machine that does not come so far: 125' [ "$status" = 125 ]
check 'nothing but the machine writes to standard output' [ -z "$out" ]

: >"$fake/root.ext4"
echo 3 >"$fake/exit"
: >"$fake/answer"
VMAFORK_ACCEL=tcg capture timeout 60 tests/kernels/boot --root "$fake/root.ext4" --processors 2 \
	--file "$fake/answer:/given" "$(sed -n 's/^6.1 //p' <<<"$kernel")" /bin/true
check 'a root: its own status' [ "$status" = 1 ]
check 'a root: the image is the disk, and is not written to' grep -q " if=none,.*,snapshot=on,file=$fake/root.ext4 " "$fake/machine"
check 'a root: two processors' grep -q ' -smp 2 ' "$fake/machine"
rm "$fake/exit" "$fake/answer"

# --- a whole Debian for arm64: when it is not begun -------------------------------------------

capture timeout 60 tests/kernels/debian
check 'debian, of what: status' [ "$status" = 2 ]
check 'debian, of what: usage' contains "$err" 'debian test [PART...], or debian real [NAME...]'
stand_in id <<<'echo 1000'
capture timeout 60 tests/kernels/debian real redis
check 'debian, not root: status' [ "$status" = 2 ]
check 'debian, not root: skipped, which is said' contains "$err" 'skipped: arm64 Debian: its root file system is made by root'
rm "$fake/id"
rm -f "$fake/asked"
capture tests/needs.sh --debian arm64 valgrind
check 'the packages of its image: what needs.sh would install' [ "$out" = \
	$'qemu-system-arm\ngcc-aarch64-linux-gnu\nlibc6-dev-arm64-cross\nvalgrind' ]
check 'the packages of its image: nothing is installed' [ ! -e "$fake/asked" ]
: >"$fake/asked"

# --- random scenarios on each ------------------------------------------------------------------

: >"$fake/online"
# random_kernels EXIT TEXT: what the machine ends with (QEMU's: twice that, and one) and prints.
random_kernels() {
	rm -rf "$cache/recordings"
	echo "$1" >"$fake/exit"
	printf '%s\n' "$2" >"$fake/answer"
	VMAFORK_ACCEL=tcg COUNT=7 capture timeout 60 tests/kernels/random 6.1
}
closing='7 scenarios: 123 facts agree, 0 differ (in 0 scenarios), 45 not observable, 2 could not be carried out'
random_kernels 1 "$closing"
check 'random, no difference: status' [ "$status" = 0 ]
check 'random: a row' grep -Eq '^6\.1 +6\.1\.0-1 +7 +123 +0 +45 +2$' <<<"$out"
echo 'not asked' >"$fake/answer"
VMAFORK_ACCEL=tcg COUNT=7 capture timeout 60 tests/kernels/random 6.1
check 'random: kept' [ "$status" = 0 ]
VMAFORK_ACCEL=tcg COUNT=8 capture timeout 60 tests/kernels/random 6.1
check 'random: another count is another run' [ "$status" = 2 ]
random_kernels 3 $'build/random/1-5.vma:\nvma a anon 1p\n'"${closing/0 differ (in 0/1 differ (in 1}"
check 'random, a difference: status' [ "$status" = 1 ]
check 'random, a difference: the scenario' contains "$err" 'vma a anon 1p'
random_kernels 5 'random: no process could be had'
check 'random, an error: status' [ "$status" = 2 ]
check 'random, an error: nothing is kept' [ -z "$(find "$cache/recordings" -type f ! -name '*.log')" ]
rm "$fake/online" "$fake/answer"

# --- ended by a signal --------------------------------------------------------------------

# ended WHAT SIGNAL: run, until something of it has written its number; then the signal.
ended() {
	rm -f "$fake/pid"
	setsid -f bash -c 'echo $$ >"$FAKE/run"; exec tests/kernels/run 6.1' >"$TMP/run.log" 2>&1 </dev/null
	check "$1: it runs" until_true [ -s "$fake/pid" ]
	kill "-$2" "$(cat "$fake/run")"
	check "$1, $2: it ends" until_true gone "$(cat "$fake/run")"
	check "$1, $2: what it has started, too" until_true gone "$(cat "$fake/pid")"
	check "$1, $2: nothing is left" [ -z "$(left)" ]
}
: >"$fake/online"
ended 'a machine' TERM
ended 'a machine' INT
rm -rf "$cache"/kernel-* "$cache/debs"
: >"$fake/slow"
ended 'a download' TERM
ended 'a download' INT

# --- some scenarios ---------------------------------------------------------------------

UPDATE_OBSERVATIONS=1 capture tests/kernels/run own
check 'some scenarios are no observations: status' [ "$status" = 2 ]
check 'some scenarios are no observations: what to do' contains "$err" 'unset SCENARIOS'

# --- no place -------------------------------------------------------------------------------

capture env -u HOME -u VMAFORK_KERNELS tests/kernels/fetch
check 'no home: status' [ "$status" = 2 ]
check 'no home: what to do' contains "$err" 'VMAFORK_KERNELS=FOLDER'
VMAFORK_KERNELS=/proc/none capture tests/kernels/fetch
check 'no place: status' [ "$status" = 2 ]
check 'no place: what to do' contains "$err" 'cannot keep kernels in /proc/none: VMAFORK_KERNELS=FOLDER'
finish
