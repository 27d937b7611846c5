#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The walls of the house: a file uses only what is on a lower floor, and what
# belongs to one room stays in it. tests/walls.sh --draw prints rooms and arrows.
. "$(dirname "$0")/lib.sh"

# The floors, from the bottom up. Rooms of one floor do not know each other.
FLOORS='base
model
report
language
kernels
observe vmlinux
live import
outside
session
view
tty'

# For awk: floor[ROOM], counted from the bottom; the value is how many floors there are.
# shellcheck disable=SC2016 # awk expands it
NUMBER_FLOORS='
	function number_floors(    i, j, n, m, level, name) {
		n = split(floors, level, "\n")
		for (i = 1; i <= n; i++) {
			m = split(level[i], name, " ")
			for (j = 1; j <= m; j++)
				floor[name[j]] = i
		}
		return n
	}
'

# violations SRC: prints FILE: WHAT for each, nothing when all is well.
violations() {
	(cd "$1" && find . -name '*.[ch]' | sed 's|^\./||' | LC_ALL=C sort | xargs awk -v floors="$FLOORS" "$NUMBER_FLOORS"'
	BEGIN {
		n = number_floors()
		terminal = "^(n?curses|ncursesw/.*|term|panel|readline/.*|termios|sys/ioctl|signal|sys/signalfd|poll)\\.h$"
	}
	function bad(what) { print FILENAME ": " what }
	FNR == 1 {
		here = FILENAME
		if (!sub(/\/.*/, "", here))
			here = ""	# main: the top floor
		up = here == "" ? n + 1 : floor[here]
		if (!up)
			bad("a folder that has no floor")
		if ($0 !~ /SPDX-License-Identifier: GPL-2.0-or-later/)
			bad("no licence line")
	}
	/^[ \t]*#[ \t]*include[ \t]*"/ {
		file = $0
		sub(/^[^"]*"/, "", file)
		sub(/".*/, "", file)
		room = file
		if (!sub(/\/.*/, "", room) || !(room in floor))
			bad("includes \"" file "\", which has no floor")
		else if (room != here && floor[room] >= up)
			bad("includes upwards: " file)
		else if (room != here && file ~ /_private\.h$/)
			bad("includes " file ", which is private to " room "/")
	}
	/CLOCK_MONOTONIC/ && FILENAME != "base/clock.c" { bad("reads a clock of its own, base/clock.h has one") }
	/\(struct session \*\)/ { bad("casts a session'"'"'s const away") }
	/^[ \t]*#[ \t]*include[ \t]*</ {
		file = $0
		sub(/^[^<]*</, "", file)
		sub(/>.*/, "", file)
		# These make processes of their own, or ask the kernel, and have to handle that.
		if (here ~ /^(live|vmlinux|import|observe)$/ && file ~ /^(signal|sys\/signalfd|poll|sys\/ioctl)\.h$/)
			next
		if (file ~ terminal && here != "tty" && !(here == "" && file !~ /curses|readline|term|panel/))
			bad("includes <" file ">, which belongs to tty/")
		if (file ~ /^(libdwarf|dwarf)(\/|\.h)|^libdwarf-/ && FILENAME !~ /^vmlinux\/dwarf_[a-z]+\.[ch]$/ && FILENAME != "vmlinux/debuginfo.c")
			bad("includes <" file ">, which belongs to vmlinux/debuginfo.c and dwarf_*")
		if (file ~ /^unicorn/ && FILENAME !~ /^vmlinux\/execute(_machine)?\.[ch]$/)
			bad("includes <" file ">, which belongs to vmlinux/execute.c and execute_machine")
		if (file ~ /^bpf\// && FILENAME != "vmlinux/btf.c")
			bad("includes <" file ">, which belongs to vmlinux/btf.c")
		if (file ~ /^(gelf|libelf)\.h$/ && FILENAME != "import/core.c")
			bad("includes <" file ">, which belongs to import/core.c")
		if (file ~ /^(zstd|lzma|lz4)\.h$/ && FILENAME != "vmlinux/unpack.c")
			bad("includes <" file ">, which belongs to vmlinux/unpack.c")
		if (file ~ /^(linux\/(seccomp|landlock|filter)|sys\/seccomp)\.h$/ && FILENAME != "vmlinux/sandbox.c")
			bad("includes <" file ">, which belongs to vmlinux/sandbox.c")
		if (file ~ /^jansson/ && FILENAME !~ /json\.c$/)
			bad("includes <" file ">, which belongs to the files that write JSON")
		if (here == "model" && file ~ /^(unistd|fcntl|locale|wchar|time|sys\/.*)\.h$/)
			bad("includes <" file ">, which a library without a terminal does not need")
	}
	')
}

# crowded SRC: folders with more .c files than one can survey.
crowded() {
	(cd "$1" && find . -name '*.c' -printf '%h\n' | sort | uniq -c |
		awk '$1 > 30 { print $2 ": " $1 " .c files, 30 is the most" }')
}

# arrows SRC OBJECTS: ROOM ROOM COUNT for each pair of which the first uses symbols of the second.
arrows() {
	local objects=() file
	while read -r file; do
		[ ! -e "$2/${file%.c}.o" ] || objects+=("${file%.c}.o")
	done < <(cd "$1" && find . -mindepth 2 -name '*.c' -printf '%P\n')
	(cd "$2" && nm -A -P -g "${objects[@]}") | awk '
		{ sub(/\/.*/, "", $1) } # the room
		$3 == "U" || $3 == "w" { wanted[$1 " " $2] = 1; next }
		$3 ~ /^[A-Z]$/ { home[$2] = $1 }
		END {
			for (key in wanted) {
				split(key, part, " ")
				if (part[2] in home && home[part[2]] != part[1])
					count[part[1] " " home[part[2]]]++
			}
			for (key in count)
				print key, count[key]
		}' | sort
}

# upwards: of such arrows on standard input, those that do not run down.
upwards() {
	awk -v floors="$FLOORS" "$NUMBER_FLOORS"'
		BEGIN { number_floors() }
		floor[$1] <= floor[$2] { print $1 " uses " $3 " symbols of " $2 }'
}

# draw SRC OBJECTS: the rooms from the top down, each with the rooms that it uses.
draw() {
	local floor room
	while read -r floor; do
		for room in $floor; do
			printf '%-9s %2d .c files  uses %s\n' "$room" "$(find "$1/$room" -name '*.c' | wc -l)" \
				"$(awk -v room="$room" '$1 == room { printf "%s%s", sep, $2; sep = " " }' <<<"$2")"
		done
		echo '--'
	done < <(tac <<<"$FLOORS") | sed '$d'
}

# doubles SRC: names that grep finds in two places. The mains are programs of their own.
doubles() {
	(cd "$1" || exit
	find . -mindepth 2 -name '*.[ch]' -exec grep -hoE '^(struct|enum|union) [a-z0-9_]+ \{' {} + |
		sort | uniq -d | sed 's/ {$/ is defined twice/'
	find . -name '*.[ch]' -printf '%f\n' | sort | uniq -d | sed 's/$/ is in two rooms/'
	find . -name '*.[ch]' -exec grep -oE '^static [a-z_ ]*[ *](end|step|look|tell)\(' {} + |
		sed 's/$/...) does not say what it does/')
}

if [ "${1-}" = --draw ]; then
	draw src "$(arrows src "$BUILD")"
	exit 0
fi

found=$(violations src)
if [ -z "$found" ]; then pass 'walls of src/'; else fail 'walls of src/' "$found"; fi
found=$(crowded src)
if [ -z "$found" ]; then pass 'no room is crowded'; else fail 'no room is crowded' "$found"; fi

found=$(doubles src)
if [ -z "$found" ]; then pass 'grep finds one thing'; else fail 'grep finds one thing' "$found"; fi

# --- the same from symbols: a declaration that was written by hand includes nothing ----

all=$(arrows src "$BUILD")
found=$(upwards <<<"$all")
if [ -z "$found" ]; then pass 'no symbol is used upwards'; else fail 'no symbol is used upwards' "$found"; fi
check 'arrows are seen' contains "$all" 'session language'
check 'an arrow upwards is seen' contains "$(echo 'model report 3' | upwards)" 'model uses 3 symbols of report'
check 'an arrow between neighbours is seen' contains "$(echo 'live import 1' | upwards)" 'live uses 1 symbols of import'
check 'an arrow downwards is none' [ -z "$(echo 'report model 3' | upwards)" ]

# --- the model is a library: what its objects need, and what they keep -----

# needs OBJECT...: functions outside of this project that format no text and
# move no memory.
needs() {
	nm -u "$@" | awk '$1 == "U" { print $2 }' | sort -u >"$TMP/wanted"
	nm --defined-only "$@" "$BUILD"/base/*.o 2>/dev/null | awk 'NF == 3 { print $3 }' | sort -u >"$TMP/ours"
	comm -23 "$TMP/wanted" "$TMP/ours" |
		grep -v -x -E '(__)?(mem(cpy|move|set|cmp)|str(n?cmp|len|chr|rchr|n?casecmp|n?cpy)|v?snprintf|bcmp)(_chk)?|free|qsort|bsearch|__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_'
}

# state OBJECT...: sections with something in them that can be written.
state() {
	local o
	for o in "$@"; do
		size -A "$o" | awk -v o="$o" '
			$1 ~ /^\.(data|bss)(\.|$)/ && $1 !~ /\.rel\.ro/ && $2 { print o ": " $1 " has " $2 " bytes" }'
	done
}

if [ -z "${SANITIZED-}" ]; then # sanitizers bring state and calls of their own
	found=$(needs "$BUILD"/model/*.o "$BUILD"/model/*/*.o)
	if [ -z "$found" ]; then pass 'model/ talks to nobody'; else fail 'model/ talks to nobody' "$found"; fi
	found=$(state "$BUILD"/model/*.o "$BUILD"/model/*/*.o)
	if [ -z "$found" ]; then pass 'no global state in model/'; else fail 'no global state in model/' "$found"; fi

	printf '%s\n' '#include <stdio.h>' 'int calls; void f(void) { calls++; printf("%d", 1); }' >"$TMP/bad.c"
	"${CC:-cc}" -c -o "$TMP/bad.o" "$TMP/bad.c"
	check 'a call of printf is seen' contains "$(needs "$TMP/bad.o")" printf
	check 'a global variable is seen' contains "$(state "$TMP/bad.o")" .bss
fi

# What a machine asked of its kernel decides which other kernels its state is good for.
unnoted() {
	grep -nE -- 'kernel->(behaviour|uffd_features)|vma_needs_copy\((.*->)?m->kernel' "$@"
}

found=$(unnoted src/model/*.c src/model/*/*.c)
if [ -z "$found" ]; then pass 'a machine notes what it asks of its kernel'; else fail 'a machine notes what it asks of its kernel' "$found"; fi
printf '%s\n' 'bool f(void) { return t->m->kernel->behaviour[0]; }' >"$TMP/asks.c"
check 'a question that is not noted is seen' contains "$(unnoted "$TMP/asks.c")" behaviour

# --- readline and unicorn have licences that do not go together in one program -------------

libraries() { objdump -p "$1" 2>/dev/null | awk '$1 == "NEEDED" { print $2 }'; }

reader=$(dirname "$PROGRAM")/vmafork-vmlinux
if [ -x "$reader" ]; then
	found=$(libraries "$reader" | grep -E '^lib(readline|ncurses|tinfo)')
	if [ -z "$found" ]; then pass 'vmafork-vmlinux links no terminal'; else fail 'vmafork-vmlinux links no terminal' "$found"; fi
	check 'vmafork-vmlinux links unicorn' contains "$(libraries "$reader")" libunicorn
else
	echo 'skipped: vmafork-vmlinux was not built here (libdwarf, unicorn)'
fi
found=$(libraries "$PROGRAM" | grep -E '^lib(unicorn|dwarf|bpf)')
if [ -z "$found" ]; then pass 'vmafork-tui links no unicorn'; else fail 'vmafork-tui links no unicorn' "$found"; fi

# --- would a violation be seen? -------------------------------------------

house=$TMP/house
spdx='/* SPDX-License-Identifier: GPL-2.0-or-later */'

# build_house: every room, empty
build_house() {
	rm -rf "$house"
	# shellcheck disable=SC2086 # several words
	(mkdir "$house" && cd "$house" && mkdir ${FLOORS//$'\n'/ })
}

# seen NAME FILE LINE WHAT
seen() {
	printf '%s\n%s\n' "$spdx" "$3" >"$house/$2"
	found=$(violations "$house")
	rm "$house/$2"
	if contains "$found" "$4"; then pass "$1"; else fail "$1" "found: ${found:-nothing}"; fi
}

# allowed NAME FILE LINE
allowed() {
	printf '%s\n%s\n' "$spdx" "$3" >"$house/$2"
	found=$(violations "$house")
	rm "$house/$2"
	if [ -z "$found" ]; then pass "$1"; else fail "$1" "found: $found"; fi
}

build_house
seen 'model must not include report' model/a.c '#include "report/text.h"' 'includes upwards'
seen 'base must not include model' base/a.h '#include "model/mm.h"' 'includes upwards'
seen 'report must not include session' report/a.c '# include "session/session.h"' 'includes upwards'
seen 'language must not include session' language/a.c '#include "session/session.h"' 'includes upwards'
seen 'language must not include kernels' language/a.c '#include "kernels/profile.h"' 'includes upwards'
seen 'outside must not include session' outside/a.c '#include "session/session.h"' 'includes upwards'
seen 'session must not include view' session/a.c '#include "view/grid.h"' 'includes upwards'
seen 'view must not include tty' view/a.c '#include "tty/screen.h"' 'includes upwards'
seen 'live must not include session' live/a.c '#include "session/session.h"' 'includes upwards'
seen 'live must not include import' live/a.c '#include "import/import.h"' 'includes upwards'
seen 'import must not include live' import/a.c '#include "live/probe.h"' 'includes upwards'
seen 'observe must not include live' observe/a.c '#include "live/probe.h"' 'includes upwards'
seen 'what is private stays in its room' live/a.c '#include "kernels/profile_private.h"' 'private to kernels/'
allowed 'a room uses its own private header' kernels/a.c '#include "kernels/profile_private.h"'
seen 'live must not include curses' live/a.c '#include <curses.h>' 'belongs to tty/'
seen 'view must not include curses' view/a.c '#include <curses.h>' 'belongs to tty/'
seen 'main must not include readline' a.c '#include <readline/readline.h>' 'belongs to tty/'
seen 'session must not handle signals' session/a.c '#include <signal.h>' 'belongs to tty/'
seen 'view must not include jansson elsewhere' view/a.c '#include <jansson.h>' 'belongs to the files that write JSON'
seen 'vmlinux must not include view' vmlinux/a.c '#include "view/grid.h"' 'includes upwards'
seen 'vmlinux must not include live' vmlinux/a.c '#include "live/probe.h"' 'includes upwards'
seen 'observe must not include vmlinux' observe/a.c '#include "vmlinux/findings.h"' 'includes upwards'
seen 'vmlinux must not include curses' vmlinux/a.c '#include <curses.h>' 'belongs to tty/'
seen 'vmlinux must not include readline' vmlinux/a.c '#include <readline/readline.h>' 'belongs to tty/'
seen 'only debuginfo and dwarf_* include libdwarf' vmlinux/execute.c '#include <libdwarf.h>' 'belongs to vmlinux/debuginfo.c and dwarf_*'
seen 'only execute includes unicorn' vmlinux/read.c '#include <unicorn/unicorn.h>' 'belongs to vmlinux/execute.c and execute_machine'
seen 'the main of another program must not include unicorn' a.c '#include <unicorn/unicorn.h>' 'belongs to vmlinux/execute.c and execute_machine'
seen 'only btf includes libbpf' vmlinux/read.c '#include <bpf/btf.h>' 'belongs to vmlinux/btf.c'
seen 'only unpack includes liblzma' vmlinux/read.c '#include <lzma.h>' 'belongs to vmlinux/unpack.c'
seen 'only sandbox includes seccomp' vmlinux/reader.c '#include <linux/seccomp.h>' 'belongs to vmlinux/sandbox.c'
allowed 'vmlinux may include kernels' vmlinux/a.c '#include "kernels/profile.h"'
allowed 'debuginfo may include libdwarf' vmlinux/debuginfo.c '#include <libdwarf.h>'
allowed 'dwarf_unit may include libdwarf' vmlinux/dwarf_unit.c '#include <libdwarf.h>'
allowed 'execute may include unicorn' vmlinux/execute.c '#include <unicorn/unicorn.h>'
seen 'an unknown folder is seen' base/a.c '#include "other/x.h"' 'no floor'
allowed 'a lower floor may be used' view/a.c '#include "model/mm.h"'
allowed 'the same floor may be used' model/a.c '#include "model/mm.h"'
allowed 'tty may include curses' tty/a.c '#include <curses.h>'
seen 'a second clock is seen' tty/a.c 'clock_gettime(CLOCK_MONOTONIC, &t);' 'reads a clock of its own'
seen 'a getter that casts const away is seen' session/a.c 'struct session *s = (struct session *)session;' 'const away'
rm -rf "$house" && mkdir -p "$house/base" && echo 'int x;' >"$house/base/a.c"
rm -f "$house/base/"*
for i in $(seq 31); do printf '%s\n' "$spdx" >"$house/base/f$i.c"; done
check 'a crowded room is seen' contains "$(crowded "$house")" '31 .c files'
rm -rf "$house" && mkdir -p "$house/base" "$house/model"
check 'no doubles are seen where there are none' [ -z "$(doubles "$house")" ]
printf 'struct place {\n\tint x;\n};\n' | tee "$house/base/a.c" >"$house/model/b.h"
check 'a struct that is defined twice is seen' contains "$(doubles "$house")" 'struct place is defined twice'
printf 'static void step(int x)\n' >"$house/model/a.c"
check 'a file name in two rooms is seen' contains "$(doubles "$house")" 'a.c is in two rooms'
check 'a function called step is seen' contains "$(doubles "$house")" 'step(...) does not say'
rm -rf "$house" && mkdir -p "$house/base" && echo 'int x;' >"$house/base/a.c"
check 'a missing licence line is seen' contains "$(violations "$house")" 'no licence line'
finish
