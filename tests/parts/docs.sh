#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The documents: well-formed, and in step with the program. UPDATE_GOLDENS=1 writes what the
# program prints into them; read the difference before you commit it.
#: built tests/screen/*.c
. "$(dirname "$0")/../lib.sh"

draw=$BUILD/tests/screen/screen
demo=$BUILD/tests/screen/demo

for page in man/*.[157]; do
	found=$(mandoc -T lint -W warning "$page" 2>&1)
	if [ -z "$found" ]; then pass "lint $page"; else fail "lint $page" "$found"; fi
	# groff sees what does not fit in a line.
	if command -v groff >/dev/null; then
		found=$(groff -mandoc -Tutf8 -ww -rLL=78n -z "$page" 2>&1)
		if [ -z "$found" ]; then pass "groff $page"; else fail "groff $page" "$found"; fi
	fi
done

# in_step PAGE COMMAND...: COMMAND <PAGE prints PAGE as it should be.
in_step() {
	local page=$1 different
	shift
	if ! "$@" <"$page" >"$TMP/page" 2>"$TMP/err"; then
		fail "$page: $*" "$(cat "$TMP/err")"
	elif different=$(diff -u "$page" "$TMP/page"); then
		pass "$page is in step"
	elif [ "${UPDATE_GOLDENS-}" = 1 ]; then
		cat "$TMP/page" >"$page"
		pass "$page was brought in step"
	else
		fail "$page differs from the program (UPDATE_GOLDENS=1 tests/run docs updates it)" "$different"
	fi
}

# printed_section OPTION <PAGE: the lines between the two marks are what the program prints.
printed_section() {
	"$PROGRAM" help "$1" >"$TMP/program" && [ -s "$TMP/program" ] || return
	sed -e "/^\.\\\\\" begin: /r $TMP/program" -e '/^\.\\" begin: /,/^\.\\" end: /{
		/^\.\\" begin: /b
		/^\.\\" end: /b
		d
	}'
}
in_step man/vmafork-scenario.5 printed_section --mdoc
in_step man/vmafork-tui.1 printed_section --mdoc-keys

# What a page shows of a session is what it prints, and the files that it shows hold.
transcript() { PROGRAM=$PROGRAM WHERE=$TMP/where tests/docs.d/transcript; }
in_step man/vmafork-scenario.5 transcript
in_step man/vmafork-tutorial.7 transcript
in_step man/vmafork-lessons.7 transcript
upstream() { PROBE=$PROBE tests/docs.d/upstream; }
in_step man/vmafork-kernels.7 upstream
pictures() { DRAW=$draw DEMO=$demo tests/docs.d/pictures; }
in_step README.md pictures
# The names of packages, from where they are installed.
packages() {
	sed '/^<!-- packages -->$/,/^<!-- end of packages -->$/ { /^<!-- packages/b; /^<!-- end/b; d }' |
		sed '/^<!-- packages -->$/r '<(tests/needs.sh --table)
}
in_step CONTRIBUTING.md packages

# The demo: what its script types does not fail, and the recording is of two minutes.
capture "$demo" share/demo/demo.keys 120x36 "$TMP/demo.cast"
check 'the demo plays' [ "$status:$err" = 0: ]
printf '%s\n' 'type vma heap anon 64K' 'type tuch heap' >"$TMP/wrong.keys"
capture "$demo" "$TMP/wrong.keys" 120x36 "$TMP/wrong.cast"
check 'a demo that fails is seen' contains "$status:$err" '1:'"$TMP/wrong.keys:2: fails: type tuch heap"
seconds=$(sed -n '$s/^\[\([0-9]*\)\..*/\1/p' share/demo/demo.cast)
check "share/demo/demo.cast lasts two minutes: $seconds s" [ "$seconds" -ge 90 -a "$seconds" -le 130 ]

# A page that has drifted is seen.
printf '%s\n' '.Bd -literal' 'vmafork> expect both cost faults 0' 'fails' '.Ed' >"$TMP/drifted"
check 'a transcript that has drifted' [ "$(transcript <"$TMP/drifted" | sed -n 3p)" = holds ]
printf '%s\n' '.Bd -literal' 'vmafork> no such command' '.Ed' >"$TMP/drifted"
check 'a transcript with an error' [ -z "$(transcript <"$TMP/drifted" 2>/dev/null | sed -n 4p)" ]

# The examples of CONTRIBUTING.md that can be carried out as they are.
examples() { awk '/^<!-- run -->$/ { wanted = 1 } wanted && /^```$/ { wanted = 0; print "" } wanted && inside { print }
	/^```sh$/ { inside = 1 } /^```$/ { inside = 0 }' CONTRIBUTING.md; }
mkdir -p "$TMP/tree/tests/found"
ln -s "$TOP/share" "$PROGRAM" "$TMP/tree"
examples >"$TMP/tree/examples"
capture sh -c "cd '$TMP/tree' && sh -e ./examples"
check 'the examples of CONTRIBUTING.md' [ "$status" = 0 ]
check 'a kernel is added' contains "$out" 'v7.3 and my-kernel decide differently'
check 'a test is added' contains "$out" '3 passed, 0 failed'

lines=$(wc -l <README.md)
check "README.md has 100 to 150 lines: $lines" [ "$lines" -ge 100 -a "$lines" -le 150 ]
while read -r link; do
	check "a document links to $link" [ -e "$link" ]
done < <(grep -o -h '](\([^):#]*\)[^)]*)' README.md CONTRIBUTING.md SECURITY.md CHANGELOG.md |
	sed -e 's/^](//' -e 's/)$//' -e 's/#.*//' | grep . | grep -v :)

newest=$(sed -n 's/^## \[\([0-9.]*\)\].*/\1/p' CHANGELOG.md | head -n 1)
check "CHANGELOG.md and --version: $newest" [ "$("$PROGRAM" --version)" = "vmafork-tui $newest" ]
check "Makefile: $newest" [ "$(sed -n 's/^VERSION = //p' Makefile)" = "$newest" ]
check "debian/changelog: $newest" [ "$(sed -n '1s/.*(\(.*\)).*/\1/p' debian/changelog)" = "$newest" ]

# Words that do not belong into a text. What the program prints has its own test: the
# COMMANDS section and transcripts are left out, and so are commands of scenarios.
words='told|nobody|strangers|unless (said|told|given)|seen off|let go of|put by|not to be had|not to be understood|dearest|stands (behind|in front)'
prose() {
	sed -e '/^\.\\" begin: /,/^\.\\" end: /d' -e '/^\.Bd -literal/,/^\.Ed/d' man/*.[157]
	sed -e '/^```/,/^```/d' ./*.md
	sed -n -e '/^#/p' -e '/^\(title\|about\|say\|ask\) /p' -e '/^\t"/p' scenarios/*.vma
}
found=$(prose | grep -n -i -w -E "$words")
if [ -z "$found" ]; then pass 'plain English'; else fail 'plain English' "$found"; fi

# CONTRIBUTING.md has a line for each room, and every file that it names is there.
for room in src/*/; do
	check "CONTRIBUTING.md describes $room" grep -q "^| \`$room\` |" CONTRIBUTING.md
done

for file in $(grep -o '`\(src\|tests\|share\|man\)/[a-z0-9_./-]*`' CONTRIBUTING.md | tr -d '`' | sort -u); do
	check "CONTRIBUTING.md names $file" [ -e "$file" ]
done

# The same of the syntax for vim.
capture "$PROGRAM" help --vim
check 'help --vim prints the syntax for vim' contains "$out" 'syn keyword vmafork'
cp "$TMP/out" "$TMP/vim"
[ "${UPDATE_GOLDENS-}" != 1 ] || [ ! -s "$TMP/vim" ] || cp "$TMP/vim" share/vim/syntax/vmafork.vim
check 'share/vim/syntax/vmafork.vim is what the program prints' cmp "$TMP/vim" share/vim/syntax/vmafork.vim

# The options of each program are those in its page.
for program in vmafork-tui vmafork-probe vmafork-vmlinux; do
	[ -x "$(dirname "$PROGRAM")/$program" ] || continue
	"$(dirname "$PROGRAM")/$program" --help | grep -o -E -e '--[a-z-]+' | sort -u >"$TMP/program"
	grep -o -E '(Fl|\||,) -[a-z-]+' "man/$program.1" | sed 's/.* /-/' | sort -u >"$TMP/page"
	if different=$(diff -u "$TMP/page" "$TMP/program"); then
		pass "man/$program.1 has its options"
	else
		fail "man/$program.1 has other options than the program" "$different"
	fi
done

# Every kernel profile that comes along is one that `kernel list` knows.
list=$(printf 'kernel list\n' | "$PROGRAM" --batch - 2>&1)
for file in share/kernels/*.kernel; do
	[ -f "$file" ] || continue
	name=$(basename "$file" .kernel)
	check "kernel list has $name" contains "$list" "$name"
done
finish
