#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What kernels and their sources showed the model to be wrong about: each is a file
# of its own now. "#! refused: TEXT" names the error that is right.
. "$(dirname "$0")/../lib.sh"

for file in tests/found/*.vma; do
	want=$(sed -n 's/^#! refused: //p' "$file")
	capture timeout 60 "$PROGRAM" check "$file"
	if [ -n "$want" ]; then
		check "$file is refused" [ "$status" = 2 ]
		check "$file: $want" contains "$err" "$want"
	elif [ "$status" = 0 ] && [ "${out##*$'\n'}" != '0 passed, 0 failed' ]; then
		pass "$file"
	else
		fail "$file: status $status" "$out" "$err"
	fi
done
finish
