#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Out of memory: one allocation after the other fails, in the program and in its libraries. Each
# run ends with status 2 and a message, or as if nothing had failed; with no half-written
# file, and with the terminal as it was. OOM=all (make check-oom) has every allocation, but
# of vmafork-vmlinux only the first 3,000 and then every 997th: nearly all of them are the
# emulator's. Otherwise a sample.
#: built tests/oom/oom tests/oom/failing.so tests/oom/careless
. "$(dirname "$0")/../lib.sh"
unsanitized 'sanitizers have allocators of their own'

OOM=${OOM-}
BUILT=$(cd "$BUILD" && pwd)/tests/oom

# fails NAME STEP ARGUMENT...: every STEP-th; or, with OOM=all, each.
fails() {
	local name=$1 step=$2
	shift 2
	[ -z "$OOM" ] || step=1
	capture "$BUILT/oom" "$BUILT/failing.so" "$step" "$@"
	if [ "$status" = 0 ]; then
		pass "$name"
		[ -z "$OOM" ] || printf '%s: %s\n' "$name" "${out##*$'\n'}"
	else
		fail "$name" "$out" "$err"
	fi
}

mkdir "$TMP/empty"
cd "$TMP/empty" || exit 1
cat >../a.vma <<'END'
title "a story"
vma a anon 64K
vma b shmem 16K
touch a 0-3
uffd u
register u b wp
fork
child touch a 1
expect both a copy
expect both cost entries 4
END
cat >../batch <<END
vma a anon 64K
vma b shmem 16K
touch a 0-3
fork
kernel left v6.1
explain a
undo
redo
table
save $PWD/saved.vma
END
printf 'not a command\n' >../wrong.vma

capture "$BUILT/oom" "$BUILT/failing.so" 30 "$BUILT/careless"
check 'a careless program is found' [ "$status" = 1 ]
fails check 53 "$PROGRAM" check ../a.vma
fails run 83 "$PROGRAM" run ../a.vma
fails 'run --json' 83 "$PROGRAM" run --json ../a.vma
fails play 191 "$PROGRAM" play ../a.vma
fails batch 101 --file saved.vma "$PROGRAM" --batch ../batch
fails session 251 --keys $'q\rquit\r' "$PROGRAM" --still ../a.vma

# The reader of images, on one that is compiled here.
(
	# shellcheck source=../vmlinux/common.sh
	. "$TOP/tests/vmlinux/common.sh"
	# shellcheck disable=SC2154 # common.sh sets them
	[ -n "$native" ] && compile image "$first" -O2 -g "-DERA='C'"
) >../image.out 2>&1
if [ -f ../image ]; then
	reader=$TOP/$(dirname "$BIN")/vmafork-vmlinux
	if [ -n "$OOM" ]; then
		fails 'image, the first' 1 --until 3000 "$reader" ../image
		OOM=
		fails 'image, every 997th' 997 "$reader" ../image
	else
		fails image 30011 "$reader" ../image
	fi
else
	cat ../image.out
fi
finish
