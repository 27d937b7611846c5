#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Screens, as text and styles, against tests/golden/. UPDATE_GOLDENS=1 rewrites
# those; read the difference before you commit it.
#: built tests/screen/*.c
. "$(dirname "$0")/../lib.sh"

draw=$BUILD/tests/screen/screen

# golden NAME FILE SIZE GLYPHS [COMMAND]...: a file of tests/data, or one with its folder
golden() {
	local name=$1 want=tests/golden/$1.txt different file=$2
	shift
	[[ $file == */* ]] || file=tests/data/$file
	capture "$draw" "$file" "${@:2}"
	if [ "$status" != 0 ]; then
		fail "$name: status $status" "$err"
		return
	fi
	[ "${UPDATE_GOLDENS-}" != 1 ] || cp "$TMP/out" "$want"
	if different=$(diff -u "$want" "$TMP/out" 2>&1); then
		pass "$name"
	else
		fail "$name" "$different"
		printf -- '----- the screen:\n'
		cat "$TMP/out"
	fi
}

for size in 80x24 120x40 200x60 20x5 1x1; do
	golden "flag-start-$size" flag.vma "$size" utf8 'goto start'
	golden "flag-end-$size" flag.vma "$size" utf8
	golden "mixed-end-$size" mixed.vma "$size" utf8
done
for size in 80x24 120x40; do
	golden "flag-ascii-$size" flag.vma "$size" ascii
	golden "mixed-ascii-$size" mixed.vma "$size" ascii
done
for step in 8 16 24; do
	golden "mixed-step-$step" mixed.vma 120x40 utf8 "goto $step"
done
# Whole scenarios at their start, in the middle and at the end. The smallest has the looks of
# two palettes, too.
for scenario in scenarios/{whose-flag,era-tour,anon-three-ways,event-fork,guard-shmem,huge-guarded}.vma \
	scenarios/{hugetlb,pinned-buffer,second-fork,swapped-out,wipe-on-fork,a-whole-process}.vma \
	tests/data/tables5.vma; do
	name=scenarios/$(basename "$scenario" .vma)
	for place in 'goto start' middle 'goto end'; do
		at=$name-${place#goto }
		golden "$at-80x24" "$scenario" 80x24 utf8 "$place" 'palette light' 'palette mono'
		golden "$at-ascii" "$scenario" 80x24 ascii "$place"
		for size in 100x30 120x40 200x60; do
			golden "$at-$size" "$scenario" "$size" utf8 "$place"
		done
	done
done
for size in 80x24 100x30 200x60; do
	golden "picture-no-fork-$size" nofork.vma "$size" utf8
done
golden flag-moving flag.vma 80x24 utf8 'goto 8' 'frame 3'
# The picture: a table that appears, entries on their way, each outcome, huge and special entries.
for frame in 2 9 17 24; do
	golden "picture-table-$frame" flag.vma 120x40 utf8 'goto 7' "frame $frame"
	golden "picture-entries-$frame" picture.vma 120x40 utf8 'goto 13' "frame $frame"
	golden "picture-markers-$frame" picture.vma 80x24 utf8 'goto 14' "frame $frame"
done
for size in 80x24 100x30 120x40 200x60 300x80 60x30; do
	golden "picture-$size" picture.vma "$size" utf8 'goto 13'
	golden "picture-end-$size" picture.vma "$size" utf8
done
golden picture-ascii picture.vma 120x40 ascii 'goto 13' 'frame 11'
golden picture-no-fork nofork.vma 120x40 utf8
golden picture-five-levels tables5.vma 120x40 utf8
# Other machines: tables of 2048 entries, three levels and four.
for size in 80x24 120x40 200x60; do
	golden "machine-16k-start-$size" pages16.vma "$size" utf8 'goto start'
	golden "machine-16k-$size" pages16.vma "$size" utf8
done
golden machine-16k-ascii pages16.vma 80x24 ascii
golden machine-lpa2 lpa2.vma 120x40 utf8
golden machine-lpa2-4k lpa2-4k.vma 200x60 utf8 'look 2'
golden picture-huge huge.vma 120x40 utf8 'look 1'
golden picture-huge-zero huge.vma 80x24 utf8 'look 2'
golden picture-hugetlb huge.vma 120x40 utf8 'look 3'
golden picture-emptied huge.vma 80x24 utf8 'look 4'
# Two sentences that need three rows, and one place of two rows that is too narrow for them.
golden flag-differs-100x30 flag.vma 100x30 utf8 'goto 5'
golden flag-differs-40x12 flag.vma 40x12 ascii 'goto 5'
golden flag-same flag.vma 80x24 utf8 'check right dst'
golden flag-output flag.vma 80x24 utf8 'explain mem'
# What a kernel did, over both sides: a canned answer of vmafork-probe.
seen=(flag.vma 80x24 utf8 'answer tests/data/flag-probe.json' probe)
golden probe-start "${seen[@]}" 'goto start'
golden probe-decided "${seen[@]}" 'goto 5'
golden probe-decided-120x40 flag.vma 120x40 utf8 'answer tests/data/flag-probe.json' probe 'goto 5'
golden probe-stopped flag.vma 80x24 utf8 'answer tests/data/stopped-probe.json' probe
golden probe-end "${seen[@]}" 'goto end'
golden probe-toggled "${seen[@]}" 'check right dst' 'goto end'
golden probe-output "${seen[@]}"
golden probe-off "${seen[@]}" 'probe off'
golden probe-stale "${seen[@]}" 'child touch mem 0'
golden probe-ascii-120x40 flag.vma 120x40 ascii 'answer tests/data/flag-probe.json' probe 'goto end'
golden probe-ascii-80x24 flag.vma 80x24 ascii 'answer tests/data/flag-probe.json' probe 'goto end'
golden probe-odd flag.vma 80x24 utf8 'answer tests/data/flag-probe-odd.json' probe 'goto end'
golden probe-odd-120x40 flag.vma 120x40 utf8 'answer tests/data/flag-probe-odd.json' probe 'goto end'
golden live-kernel flag.vma 80x24 utf8 'answer tests/data/era.json' 'kernel left live'
# Numbers of tables that do not fit beside their names.
for size in 80x24 120x40; do
	golden "tables-$size" tables.vma "$size" utf8
done
golden tables-ascii tables.vma 80x24 ascii
# Long names: cut in their middles, and no row of a table is wrapped.
for size in 120x40 150x40 200x60; do
	golden "names-$size" names.vma "$size" utf8
done
golden names-ascii names.vma 150x40 ascii
# Forks that end without a child, and children that use the parent's memory.
for size in 80x24 120x40; do
	golden "fork-waits-$size" blocked.vma "$size" utf8
	golden "fork-fails-$size" failed.vma "$size" utf8
	golden "vfork-$size" vfork.vma "$size" utf8
done
golden fork-read blocked.vma 80x24 utf8 'reader monitor on'
golden fork-fails-copied failed.vma 120x40 utf8 'look 1'
# The screen goes where the pages go, and to what is left of a VMA.
golden moved moved.vma 80x24 utf8
golden moved-rest moved.vma 120x40 utf8 'munmap heap 2-3'
golden moved-child-has moved.vma 120x40 utf8 'munmap heap 0-3'
golden unmapped flag.vma 80x24 utf8 'munmap mem'
golden kernel-with-changes flag.vma 80x24 utf8 'kernel right v7.3 with "src VM_PFNMAP"'
# A task of the viewer's, above the step.
task='goal "Make fork copy four entries on the left side, and none on the right: which VMA is it?"'
golden goal layout.vma 80x24 utf8 viewer "$task left cost entries 4 and right cost entries 0 par 3" 'vma new anon 64K'
golden goal-small layout.vma 60x16 ascii viewer "$task left cost entries 4 and right cost entries 0" 'vma new anon 64K'

# What the viewer predicted, next to what is.
asked='predict "Which?"'
golden predict-asks layout.vma 80x24 utf8 'goto start' "$asked left low ?"
golden predict-answered huge.vma 80x24 utf8 "$asked left parent big 0 ?" none
golden predict-fork flag.vma 120x40 utf8 "$asked left mem ?" copy "$asked right cost entries ?" 4 \
	"$asked left child mem 1 ?" present fork reveal
golden mixed-look mixed.vma 100x50 utf8 'look 2'
# Other VMAs on each side: two names in one, one name in three.
for size in 80x24 120x40 200x60; do
	golden "layout-decided-$size" layout.vma "$size" utf8 'goto 5'
	golden "layout-end-$size" layout.vma "$size" utf8
done
golden layout-ascii-80x24 layout.vma 80x24 ascii 'goto 16'
golden layout-entries layout.vma 120x40 utf8 'goto 16'
golden layout-look layout.vma 120x40 utf8 'goto start' 'look 4'
golden layout-explain layout.vma 120x40 utf8 'explain high'
# A breakpoint holds; what is shown, explained: the second time deeper, the third time there is no more.
for size in 80x24 120x40; do
	golden "break-$size" picture.vma "$size" utf8 'goto start' 'break marker' next
done
golden break-ascii flag.vma 80x24 ascii 'goto start' 'break divergence' 'break copy' next
golden break-set mixed.vma 80x24 utf8 'break vma *'
golden break-list mixed.vma 80x24 utf8 'break table' 'break fault' 'break list'
golden break-none mixed.vma 80x24 utf8 'break fault' previous
golden explain-shown mixed.vma 80x24 utf8 'look 2' explain
golden explain-deeper mixed.vma 80x24 utf8 'look 2' explain explain
golden explain-no-more mixed.vma 80x24 utf8 'look 2' explain explain explain
# Where that kernel does it: the place alone, and with the source's lines.
for size in 80x24 120x40 20x5; do
	golden "source-$size" flag.vma "$size" utf8 'kernel both tests/data/lines.kernel' 'check right src' \
		'set source tests/data/tree' 'goto 9'
done
golden source-decision flag.vma 120x40 utf8 'kernel both tests/data/lines.kernel' 'check right src' \
	'set source right tests/data/tree' 'goto 5'
golden source-none flag.vma 80x24 utf8 'kernel both tests/data/lines.kernel' 'check right src' 'goto 9'
golden source-other flag.vma 80x24 utf8 'kernel left v7.2' 'kernel right v6.18' 'set source tests/data/tree' 'goto 5'
golden source-missing flag.vma 120x40 ascii 'kernel both tests/data/lines.kernel' 'check right src' \
	'set source tests/data/tree' 'goto 7'
golden source-short flag.vma 120x40 utf8 'kernel both tests/data/lines.kernel' 'check right src' \
	'set source tests/data/tree' 'goto 6'
# VMAs that split and join: in the strip, in the list, and in words.
for size in 80x24 120x40 200x60; do
	golden "split-$size" borders.vma "$size" utf8 'goto 14'
	golden "joined-$size" borders.vma "$size" utf8 'goto 15'
done
golden split-ascii borders.vma 80x24 ascii 'goto 14' 'palette mono'
golden joined-ascii borders.vma 120x40 ascii 'goto 15'
golden split-child borders.vma 80x24 utf8 'goto 16'
# The cursor over the cells: of the parent on the left, and of the child on the right.
for size in 80x24 120x40; do
	golden "cell-$size" mixed.vma "$size" utf8 'look 1' 'cell 0 3' 'palette mono' 'palette light'
done
golden cell-child flag.vma 120x40 utf8 'cell 0 32' 'palette projector'
golden cell-ascii flag.vma 80x24 ascii 'cell 0 1'
golden cell-unmapped flag.vma 120x40 ascii 'cell 3 0'
# A table of two decisions, of which a row can be chosen, and what becomes of the row.
for size in 80x24 120x40 200x60; do
	golden "table-$size" flag.vma "$size" utf8 'over table v6.18 v6.19-rc1' 'choose 8'
done
golden table-ascii flag.vma 80x24 ascii 'over table' 'choose 2'
golden table-row flag.vma 80x24 utf8 'table v6.18 v6.19-rc1 row 8'
golden empty flag.vma 80x24 utf8 reset
# Questions before something is lost.
for size in 80x24 120x40 20x5; do
	golden "save-asks-$size" flag.vma "$size" utf8 'save tests/data/mixed.vma'
	golden "quit-asks-$size" flag.vma "$size" utf8 'touch mem' quit
done

# From one row to a hundred: nothing is drawn outside, nothing crashes, and the
# same state is the same screen.
sizes=0
# draws FILE [COMMAND]...: at this size; sets lines. Hundreds of them: nothing else is started.
draws() {
	"$draw" "tests/data/$1" "${cols}x$rows" utf8 "${@:2}" >"$TMP/out" 2>"$TMP/err" </dev/null ||
		fail "$1, size ${cols}x$rows: status $?" "$(cat "$TMP/err")"
	mapfile -t lines <"$TMP/out"
}
for rows in 1 2 3 5 8 11 12 13 17 23 24 25 30 37 46 59 100; do
	for cols in 1 2 3 9 39 40 41 75 76 79 80 99 149 150 151 300; do
		sizes=$((sizes + 1))
		draws mixed.vma 'goto 12'
		[ ${#lines[@]} = $((2 * rows + 1)) ] || fail "size ${cols}x$rows: ${#lines[@]} lines"
		draws flag.vma 'answer tests/data/flag-probe-odd.json' probe
		draws layout.vma 'goto 15'
	done
done
check "$sizes sizes" [ "$sizes" -gt 200 ]

for file in mixed layout; do
	"$draw" tests/data/$file.vma 120x40 utf8 'goto 20' >"$TMP/there"
	"$draw" tests/data/$file.vma 120x40 utf8 'goto start' 'goto end' 'goto 20' 'step 5' 'back 5' \
		'goto start' 'step 20' >"$TMP/back" 2>"$TMP/err"
	check "$file: there and back is the same screen" cmp -s "$TMP/there" "$TMP/back"
done
finish
