# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # the parts use what is set here
#
# What every part of the tests starts with: a world that does not depend on who
# runs it, and the counting.

set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# A build for trial has its programs in its own folder; see the Makefile.
BUILD=${BUILD:-build}
if [ "$BUILD" = build ]; then BIN=vmafork-tui; else BIN=$BUILD/vmafork-tui; fi
TOP=$PWD
PROGRAM=$TOP/$BIN
PROBE=$TOP/$(dirname "$BIN")/vmafork-probe
# One huge page is what one table of page table entries maps.
PAGE_BYTES=$(getconf PAGESIZE)
HUGE_POOL=/sys/kernel/mm/hugepages/hugepages-$((PAGE_BYTES * PAGE_BYTES / 8 / 1024))kB/nr_hugepages

TMP=$(mktemp -d "${TMPDIR:-/tmp}/vmafork-test.XXXXXX") || exit 1
# shellcheck disable=SC2064 # now, not then
trap "rm -rf '$TMP'" EXIT

unset NO_COLOR CLICOLOR COLORTERM LINES COLUMNS VISUAL EDITOR PAGER
for v in ${!XDG_@} ${!LC_@} ${!VMAFORK_@}; do unset "$v"; done
export TERM=xterm-256color LC_ALL=C.UTF-8 TZ=UTC HOME=$TMP/home INPUTRC=/dev/null
mkdir "$HOME"
# Eight frames tell where something was allocated; thirty take a tenth of the time.
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_leaks=1:malloc_context_size=8}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}

# Set where the programs are built with sanitizers, or run by valgrind.
SANITIZED=
[[ ! $(cat "$BUILD/flags" 2>/dev/null) =~ -fsanitize=|^valgrind$ ]] || SANITIZED=1

passed=0
failed=0

# pass NAME
pass() {
	passed=$((passed + 1))
	[ -z "${V-}" ] || printf 'ok    %s\n' "$1"
}

# fail NAME [WHAT WAS SEEN...]
fail() {
	failed=$((failed + 1))
	printf 'FAIL  %s\n' "$1"
	shift
	[ $# = 0 ] || printf '%s\n' "$@" | head -n 60 | cut -c 1-300 | sed 's/^/      | /'
}

# check NAME CONDITION-COMMAND...
check() {
	local name=$1
	shift
	if "$@"; then pass "$name"; else fail "$name" "not true: $*"; fi
}

skip() { printf 'SKIP  %s\n' "$1"; }

# unsanitized WHY: ends the part where programs are built with sanitizers.
unsanitized() {
	[ -n "${SANITIZED-}" ] || return 0
	skip "$1"
	finish
	exit
}

# built WHAT PROGRAM: ends the part where that is missing.
built() {
	[ ! -x "$2" ] || return 0
	fail "$1 is built"
	finish
	exit 1
}

# Last line of a part: its count. Its status is that of the script.
finish() {
	printf '%s: %d passed, %d failed\n' "$(basename "$0" .sh)" "$passed" "$failed"
	[ "$failed" = 0 ]
}

# capture COMMAND...: sets status, out and err.
capture() {
	"$@" >"$TMP/out" 2>"$TMP/err" </dev/null
	status=$?
	out=$(tr -d '\0' <"$TMP/out")
	err=$(tr -d '\0' <"$TMP/err")
}

# unwritten NAME PROGRAM ARGUMENT...: output that cannot be written is an error, reported once.
unwritten() {
	local name=$1
	shift
	[ -c /dev/full ] || return 0
	timeout 60 "$@" >/dev/full 2>"$TMP/err" </dev/null
	check "$name: a full disk" [ "$? $(cat "$TMP/err")" = \
		"2 $(basename "$1"): cannot write: No space left on device" ]
}

# until_true CONDITION...: at most a minute, as a machine may be busy with anything else.
until_true() {
	local end=$((SECONDS + 60))
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.02
	done
}
gone() { [ ! -d "/proc/$1" ]; } # PID

# first_child PID: sets child, empty when that process ended without one; and keeper,
# the child that restores what the probe has acquired.
first_child() {
	local each
	child='' keeper=''
	while kill -0 "$1" 2>/dev/null && [ -z "$child" ]; do
		# shellcheck disable=SC2013 # words are meant
		for each in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do
			if [ "$(cat "/proc/$each/comm" 2>/dev/null)" = vmafork-keeper ]; then keeper=$each; else child=$each; fi
		done
	done
}

contains() { # TEXT PART
	case $1 in *"$2"*) return 0 ;; *) return 1 ;; esac
}
lacks() { ! contains "$1" "$2"; } # TEXT PART
