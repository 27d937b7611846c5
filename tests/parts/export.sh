#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What export and record write, in the programs that people open it with: each step of a page
# in headless Chromium, forth and back; pictures drawn by a renderer; recordings replayed in
# libvterm. `make test-export` installs the programs; without them the browser's and the
# renderer's part is skipped.
#: built tests/export/*.c
. "$(dirname "$0")/../lib.sh"

tools=$BUILD/tests/export
files='whose-flag guard-shmem huge-one-byte'

for size in 80x24 120x40 200x60; do
	for palette in dark light mono; do
		capture "$tools/replay" "$palette" "$size" scenarios/whose-flag.vma tests/data/mixed.vma
		check "recordings replayed: $palette, $size" [ "$status" = 0 ]
	done
done

for program in chromium chromedriver rsvg-convert xmllint python3; do
	command -v "$program" >/dev/null || missing=$program
done
if [ -n "${missing-}" ]; then
	skip "pages and pictures: $missing is not here; make test-export installs it"
	finish
	exit
fi

args=()
for name in $files; do
	file=scenarios/$name.vma
	"$tools/expected" "$file" >"$TMP/$name.json"
	printf 'load %s\nexport %s.html\nexport %s.svg\n' "$PWD/$file" "$TMP/$name" "$TMP/$name" |
		"$PROGRAM" --batch - >/dev/null
	args+=("$TMP/$name.json" "$TMP/$name.html" "$TMP/$name.svg")
	capture xmllint --noout "$TMP/$name.svg"
	check "$name.svg: well formed" [ "$status:$err" = 0: ]
	capture rsvg-convert -o "$TMP/$name.png" "$TMP/$name.svg"
	check "$name.svg: drawn without a warning" [ "$status:$err" = 0: ]
	check "$name.svg: as a picture" [ -s "$TMP/$name.png" ]
done
capture tests/export/browse "${args[@]}"
check 'pages and pictures in a browser' [ "$status" = 0 ]
if [ "$status" != 0 ]; then grep -v '^ok' "$TMP/out" | head -n 20; fi
finish
