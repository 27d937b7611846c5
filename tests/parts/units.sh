#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The cmocka programs, one after the other.
#: built tests/unit/*.c
. "$(dirname "$0")/../lib.sh"

for source in tests/unit/*.c; do
	program=$BUILD/${source%.c}
	log=$TMP/unit.log
	timeout -k 5 "${UNIT_TIMEOUT:-600}" "$program" >"$log" 2>&1
	status=$?
	if [ -n "${V-}" ] || [ "$status" != 0 ]; then cat "$log"; fi
	ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | tail -n 1)
	bad=$(sed -n 's/^ *\([0-9]*\) FAILED TEST.*/\1/p' "$log" | tail -n 1)
	passed=$((passed + ${ok:-0}))
	failed=$((failed + ${bad:-0}))
	if [ "$status" != 0 ] && [ "${bad:-0}" = 0 ]; then
		fail "$source ended with status $status"
	elif [ -z "$ok" ] && [ -z "$bad" ]; then
		fail "$source ran no tests"
	fi
done
finish
