#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The walls of the house: a file uses only what stands on a lower floor, and
# what belongs to one room stays in it.
. "$(dirname "$0")/lib.sh"

# violations SRC: prints FILE: WHAT for each, nothing when all is well.
violations() {
	(cd "$1" && find . -name '*.[ch]' | sed 's|^\./||' | LC_ALL=C sort | xargs awk '
	BEGIN {
		n = split("base model report scenario view tty", name)
		for (i = 1; i <= n; i++)
			floor[name[i]] = i
		# next door: none enters another
		floor["live"] = floor["vmlinux"] = floor["view"]
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
	}
	/^[ \t]*#[ \t]*include[ \t]*</ {
		file = $0
		sub(/^[^<]*</, "", file)
		sub(/>.*/, "", file)
		# live/ and vmlinux/ make processes of their own, and have to handle them.
		if ((here == "live" || here == "vmlinux") && file ~ /^(signal|poll|sys\/ioctl)\.h$/)
			next
		if (file ~ terminal && here != "tty" && !(here == "" && file !~ /curses|readline|term|panel/))
			bad("includes <" file ">, which belongs to tty/")
		if (file ~ /^(libdwarf|dwarf)(\/|\.h)|^libdwarf-/ && FILENAME !~ /^vmlinux\/dwarf_[a-z]+\.[ch]$/ && FILENAME != "vmlinux/debuginfo.c")
			bad("includes <" file ">, which belongs to vmlinux/debuginfo.c and dwarf_*")
		if (file ~ /^unicorn/ && FILENAME != "vmlinux/execute.c")
			bad("includes <" file ">, which belongs to vmlinux/execute.c")
		if (file ~ /^(linux\/(seccomp|landlock|filter)|sys\/seccomp)\.h$/ && FILENAME != "vmlinux/sandbox.c")
			bad("includes <" file ">, which belongs to vmlinux/sandbox.c")
		if (file ~ /^jansson/ && FILENAME !~ /json\.c$/)
			bad("includes <" file ">, which belongs to the files that write JSON")
		if (here == "model" && file ~ /^(unistd|fcntl|locale|wchar|time|sys\/.*)\.h$/)
			bad("includes <" file ">, which a library without a terminal does not need")
	}
	')
}

found=$(violations src)
if [ -z "$found" ]; then pass 'walls of src/'; else fail 'walls of src/' "$found"; fi

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
	found=$(needs "$BUILD"/model/*.o)
	if [ -z "$found" ]; then pass 'model/ talks to nobody'; else fail 'model/ talks to nobody' "$found"; fi
	found=$(state "$BUILD"/model/*.o)
	if [ -z "$found" ]; then pass 'no global state in model/'; else fail 'no global state in model/' "$found"; fi

	printf '%s\n' '#include <stdio.h>' 'int calls; void f(void) { calls++; printf("%d", 1); }' >"$TMP/bad.c"
	"${CC:-cc}" -c -o "$TMP/bad.o" "$TMP/bad.c"
	check 'a call of printf is seen' contains "$(needs "$TMP/bad.o")" printf
	check 'a global variable is seen' contains "$(state "$TMP/bad.o")" .bss
fi

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
found=$(libraries "$PROGRAM" | grep -E '^lib(unicorn|dwarf)')
if [ -z "$found" ]; then pass 'vmafork-tui links no unicorn'; else fail 'vmafork-tui links no unicorn' "$found"; fi

# --- would a violation be seen? -------------------------------------------

house=$TMP/house
spdx='/* SPDX-License-Identifier: GPL-2.0-or-later */'

# seen NAME FILE LINE WHAT
seen() {
	rm -rf "$house"
	mkdir -p "$house"/{base,model,report,scenario,live,vmlinux,view,tty}
	printf '%s\n%s\n' "$spdx" "$3" >"$house/$2"
	found=$(violations "$house")
	if contains "$found" "$4"; then pass "$1"; else fail "$1" "found: ${found:-nothing}"; fi
}

# allowed NAME FILE LINE
allowed() {
	rm -rf "$house"
	mkdir -p "$house"/{base,model,report,scenario,live,vmlinux,view,tty}
	printf '%s\n%s\n' "$spdx" "$3" >"$house/$2"
	found=$(violations "$house")
	if [ -z "$found" ]; then pass "$1"; else fail "$1" "found: $found"; fi
}

seen 'model must not include report' model/a.c '#include "report/text.h"' 'includes upwards'
seen 'base must not include model' base/a.h '#include "model/mm.h"' 'includes upwards'
seen 'report must not include scenario' report/a.c '# include "scenario/session.h"' 'includes upwards'
seen 'scenario must not include view' scenario/a.c '#include "view/grid.h"' 'includes upwards'
seen 'view must not include tty' view/a.c '#include "tty/screen.h"' 'includes upwards'
seen 'live must not include view' live/a.c '#include "view/grid.h"' 'includes upwards'
seen 'view must not include live' view/a.c '#include "live/probe.h"' 'includes upwards'
seen 'live must not include curses' live/a.c '#include <curses.h>' 'belongs to tty/'
seen 'view must not include curses' view/a.c '#include <curses.h>' 'belongs to tty/'
seen 'main must not include readline' a.c '#include <readline/readline.h>' 'belongs to tty/'
seen 'scenario must not handle signals' scenario/a.c '#include <signal.h>' 'belongs to tty/'
seen 'view must not include jansson elsewhere' view/a.c '#include <jansson.h>' 'belongs to the files that write JSON'
seen 'vmlinux must not include view' vmlinux/a.c '#include "view/grid.h"' 'includes upwards'
seen 'vmlinux must not include live' vmlinux/a.c '#include "live/probe.h"' 'includes upwards'
seen 'live must not include vmlinux' live/a.c '#include "vmlinux/findings.h"' 'includes upwards'
seen 'vmlinux must not include curses' vmlinux/a.c '#include <curses.h>' 'belongs to tty/'
seen 'vmlinux must not include readline' vmlinux/a.c '#include <readline/readline.h>' 'belongs to tty/'
seen 'only debuginfo and dwarf_* include libdwarf' vmlinux/execute.c '#include <libdwarf.h>' 'belongs to vmlinux/debuginfo.c and dwarf_*'
seen 'only execute includes unicorn' vmlinux/read.c '#include <unicorn/unicorn.h>' 'belongs to vmlinux/execute.c'
seen 'the main of another program must not include unicorn' a.c '#include <unicorn/unicorn.h>' 'belongs to vmlinux/execute.c'
seen 'only sandbox includes seccomp' vmlinux/reader.c '#include <linux/seccomp.h>' 'belongs to vmlinux/sandbox.c'
allowed 'vmlinux may include scenario' vmlinux/a.c '#include "scenario/profile.h"'
allowed 'debuginfo may include libdwarf' vmlinux/debuginfo.c '#include <libdwarf.h>'
allowed 'dwarf_unit may include libdwarf' vmlinux/dwarf_unit.c '#include <libdwarf.h>'
allowed 'execute may include unicorn' vmlinux/execute.c '#include <unicorn/unicorn.h>'
seen 'an unknown folder is seen' base/a.c '#include "other/x.h"' 'no floor'
allowed 'a lower floor may be used' view/a.c '#include "model/mm.h"'
allowed 'the same floor may be used' model/a.c '#include "model/mm.h"'
allowed 'tty may include curses' tty/a.c '#include <curses.h>'
rm -rf "$house" && mkdir -p "$house/base" && echo 'int x;' >"$house/base/a.c"
check 'a missing licence line is seen' contains "$(violations "$house")" 'no licence line'
finish
