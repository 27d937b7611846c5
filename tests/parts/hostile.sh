#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Files that are written only to attack the program. Each has to end in
# time, within its memory, with a status and, where it is refused, one error. With
# sanitizers, which take four times as long, a file goes one of the ways, each in turn,
# some are an eighth as large, and the budget has a fifth of the time: every limit is still
# met.
# EVERY_WAY=1 (as in make check-asan) has all of it here, too.
. "$(dirname "$0")/../lib.sh"

# The budget is 512 MiB and 5 s: a quarter more for the program itself, and twice the time
# (of the processor), as others may use the machine, too. play carries a file out twice.
SECONDS_EACH=10
MEMORY=655360 # KiB
if [ -n "${SANITIZED-}" ]; then
	SECONDS_EACH=150
	MEMORY=unlimited
fi

PART=1 # files that no limit depends on are made so many times smaller
LESS=(--budget '512M,1s') # the same limits, met sooner
program=("$PROGRAM")
if [ -n "$SANITIZED" ] && [ -z "${EVERY_WAY-}" ]; then
	PART=8
	program+=("${LESS[@]}")
fi

dir=$TMP/hostile
mkdir "$dir"

# limited COMMAND...: sets status, err (its first part) and size
limited() {
	(
		ulimit -v "$MEMORY"
		ulimit -c 0
		ulimit -t "$SECONDS_EACH"
		exec timeout -s KILL $((10 * SECONDS_EACH)) "$@"
	) >"$TMP/out" 2>"$TMP/err" </dev/null
	status=$?
	read_error
}

# read_error: sets err, and size, its bytes without NUL. No program is started: there are hundreds.
read_error() {
	local LC_ALL=C
	IFS= read -r -N 20000 err <"$TMP/err"
	size=${#err}
}

# count_errors: sets errors. What belongs to one (line, mark, hint) is indented.
count_errors() {
	local LC_ALL=C line
	errors=0
	while IFS= read -r line; do
		[[ $line != [!\ ]* ]] || errors=$((errors + 1))
	done <<<"$err"
}

ways=(check 'run --json' play)
turn=0

# hostile NAME WANTED-STATUSES FILE: through each way. What may meet a limit has the whole
# budget in one of them, each in turn, and a fifth of the time in the others.
hostile() {
	local name=$1 want=$2 file=$3 how i whole=$((turn++ % ${#ways[@]})) less
	for i in "${!ways[@]}"; do
		how=${ways[i]} less=()
		if [ "$i" != $whole ]; then
			[ -z "$SANITIZED" ] || [ -n "${EVERY_WAY-}" ] || continue
			case " $want " in *' 2 '*) less=("${LESS[@]}") ;; esac
		fi
		# shellcheck disable=SC2086 # two words
		limited "${program[@]}" "${less[@]}" $how "$file"
		judge "$name ($how)" "$want" "$file"
	done
}

judge() { # NAME WANTED FILE
	local name=$1 want=$2 file=$3 errors
	case " $want " in
	*" $status "*) ;;
	*)
		fail "$name: status $status, wanted one of: $want" "$err" "$(tail -n 3 "$TMP/out" | cut -c 1-300)"
		return
		;;
	esac
	if [ "$size" -gt 4096 ]; then
		fail "$name: $size bytes or more on standard error" "${err:0:300}"
	elif [ "$status" = 2 ]; then
		count_errors
		if [ "$errors" = 1 ]; then pass "$name"; else fail "$name: $errors errors" "$err"; fi
	else
		pass "$name"
	fi
}

# --- many ------------------------------------------------------------------

VMAS=$((100000 / PART))
awk -v n=$VMAS 'BEGIN {
	for (i = 0; i < n; i++)
		print "vma v" i " anon 8K"
	for (i = 0; i < n; i += 10)
		print "touch v" i
	print "fork"
	print "expect both v0 copy because anon_vma"
	print "expect both v1 skip because none"
}' >"$dir/vmas.vma"
hostile "$VMAS VMAs" 0 "$dir/vmas.vma"

printf '%s\n' 'vma big anon 64T' 'touch big' 'fork' \
	'expect both big copy because anon_vma' 'child touch big 0-99' >"$dir/64t.vma"
hostile '64 TiB touched throughout' 0 "$dir/64t.vma"

printf '%s\n' 'set thp always' 'vma big shmem 64T' 'touch big' \
	'uffd c wp-hugetlbfs-shmem' 'register c big wp' 'protect c big' 'fork' \
	'expect differ big' >"$dir/64t-wp.vma"
hostile '64 TiB of shmem, protected' '0 2' "$dir/64t-wp.vma"

{
	printf '%s\n' 'vma a anon 64K' 'touch a'
	awk 'BEGIN { for (i = 0; i < 1000; i++) print "fork" }'
} >"$dir/forks.vma"
hostile 'a thousand forks' '0 2' "$dir/forks.vma"

{
	printf '%s\n' 'vma a anon 64K' 'touch a'
	awk 'BEGIN { for (i = 0; i < 1000; i++) { print "fork"; print "become child"; print "parent touch a " i % 16 } }'
} >"$dir/generations.vma"
hostile 'a thousand generations' '0 2' "$dir/generations.vma"

{
	awk 'BEGIN { for (i = 0; i < 2000; i++) { print "vma v" i " anon 64K"; print "touch v" i } }'
	awk 'BEGIN { for (i = 0; i < 1000; i++) print "fork" }'
} >"$dir/product.vma"
hostile 'a thousand forks of 2,000 VMAs' '0 2' "$dir/product.vma"

# holes N: a file in which every other page of so many is touched
holes() {
	printf 'vma a anon 8G\ntouch a 0'
	awk -v n=$(($1 * 2)) 'BEGIN { for (i = 2; i < n; i += 2) printf ",%d", i; print "" }'
	printf '%s\n' fork 'child touch a' 'fork'
}
for n in $((250000 / PART)) $((1000000 / PART)); do
	holes "$n" >"$dir/holes.vma"
	hostile "$n holes" '0 2' "$dir/holes.vma"
done

awk -v part=$PART 'BEGIN { print "vma a anon 64K"; for (i = 0; i < 5000 / part; i++) print "touch a " i % 16;
	for (i = 0; i < 500 / part; i++) print "undo" }' >"$dir/undo.vma"
limited "${program[@]}" --batch "$dir/undo.vma"
judge 'hundreds of undo' '0 2' "$dir/undo.vma"

awk 'BEGIN { print "vma a anon 64K"; for (i = 0; i < 5000; i++) { print "expect both parent a 0 present" } }' >"$dir/missed.vma"
hostile 'thousands of expectations that do not hold' '0 1' "$dir/missed.vma"
awk -v n=$((100000 / PART)) 'BEGIN {
	print "vma a anon 64K"
	for (i = 0; i < n; i++) { print "predict \"?\" left a ?"; if (i % 2) print "reveal" }
}' >"$dir/predicted.vma"
hostile 'predictions that cannot be revealed' '1' "$dir/predicted.vma"
# predictions REVEALS: thousands of patterns that each ask about 32 VMAs
predictions() {
	awk -v n=$((60000 / PART)) -v every="$1" 'BEGIN {
		for (i = 0; i < 32; i++) print "vma v" i " anon 64K"
		print "fork"
		for (i = 1; i <= n; i++) {
			print "predict \"What does fork do with it, on the left side?\" left * ?"
			if (i % every == 0) print "reveal"
		}
	}'
}
predictions 100 >"$dir/revealed.vma"
hostile 'a million predictions that are revealed' '0 2' "$dir/revealed.vma"
predictions 100000 >"$dir/asked.vma"
hostile 'a million predictions that wait' '0 2' "$dir/asked.vma"

# Breakpoints that are searched for over all steps, and do not hold.
awk -v n=$((20000 / PART)) 'BEGIN {
	for (i = 0; i < n; i++) print "vma v" i " anon 64K apart"
	print "touch v*"
	print "fork"
	print "break marker"
	for (i = 0; i < 20000; i++) print "previous"
}' >"$dir/breaks.vma"
hostile 'thousands of searches for a breakpoint' '0 2' "$dir/breaks.vma"

# Looks that each go over everything.
{
	printf 'vma a anon 400000p\npte a 0'
	awk 'BEGIN { for (i = 2; i < 400000; i += 2) printf ",%d", i; print " present" }'
	awk 'BEGIN { for (i = 0; i < 20000; i++) print "expect both parent a all not guard" }'
} >"$dir/looks.vma"
hostile 'thousands of looks at 400,000 runs' '0 2' "$dir/looks.vma"
{
	cat "$dir/vmas.vma"
	awk 'BEGIN { for (i = 0; i < 20000; i++) print "expect same v*" }'
} >"$dir/compared.vma"
hostile "thousands of comparisons of $VMAS VMAs" '1 2' "$dir/compared.vma"

# --- long ------------------------------------------------------------------

mega() { head -c 1048576 /dev/zero | tr '\0' "$1"; }

{ printf 'say "'; mega a; printf '"\n'; } >"$dir/say.vma"
hostile 'a sentence of 1 MiB' '0 2' "$dir/say.vma"
{ mega a; echo; } >"$dir/word.vma"
hostile 'a word of 1 MiB' 2 "$dir/word.vma"
{ mega ' '; echo 'vma a anon 4K'; } >"$dir/blanks.vma"
hostile '1 MiB of blanks' '0 2' "$dir/blanks.vma"
{ mega ' '; echo 'vma a anom 4K'; } >"$dir/far.vma"
hostile 'an error 1 MiB to the right' 2 "$dir/far.vma"
{ printf 'vma '; mega a; printf ' anon 4K\n'; } >"$dir/name.vma"
hostile 'a name of 1 MiB' 2 "$dir/name.vma"
{ printf 'vma a anon '; mega 9; printf '\n'; } >"$dir/number.vma"
hostile 'a number of 1 MiB' 2 "$dir/number.vma"
{ printf '#'; mega '"'; printf '\nvma a anon 4K\n'; } >"$dir/comment.vma"
hostile 'a comment of 1 MiB' '0 2' "$dir/comment.vma"
{ awk 'BEGIN { for (i = 0; i < 400000; i++) print "\\" }'; echo 'vma a anon 4K'; } >"$dir/joined.vma"
hostile '400,000 joined lines' '0 2' "$dir/joined.vma"
awk 'BEGIN { printf "flags a"; for (i = 0; i < 500000; i++) printf " +VM_IO"; print "" }' >"$dir/words.vma"
hostile 'half a million words' 2 "$dir/words.vma"
{ echo 'vma a anon 4K'; cat "$dir/words.vma"; } >"$dir/flags.vma"
hostile 'half a million flags' '0 2' "$dir/flags.vma"
awk 'BEGIN { printf "ask \"q\""; for (i = 0; i < 500000; i++) printf " c"; print " answer 1" }' >"$dir/ask.vma"
hostile 'half a million choices' '0 2' "$dir/ask.vma"
awk -v n=$((100000 / PART)) 'BEGIN { for (i = 0; i < n; i++) print "say \"" i "\"" }' >"$dir/talk.vma"
hostile "$((100000 / PART)) sentences" '0 2' "$dir/talk.vma"

# --- files that load files -------------------------------------------------

echo 'load self.vma' >"$dir/self.vma"
hostile 'a file that loads itself' 2 "$dir/self.vma"
echo 'load b.vma' >"$dir/a.vma"
echo 'load c.vma' >"$dir/b.vma"
echo 'load a.vma' >"$dir/c.vma"
hostile 'a ring of files' 2 "$dir/a.vma"
for i in $(seq 1 40); do echo "load deep$((i + 1)).vma" >"$dir/deep$i.vma"; done
echo 'vma a anon 4K' >"$dir/deep41.vma"
hostile '40 files deep' 2 "$dir/deep1.vma"
hostile '16 files deep' 0 "$dir/deep25.vma"
# Each loads the next one twice: 2^16 loads, without a limit.
for i in $(seq 1 15); do printf 'load wide%d.vma\nload wide%d.vma\n' $((i + 1)) $((i + 1)) >"$dir/wide$i.vma"; done
awk 'BEGIN { for (i = 0; i < 1000; i++) print "say \"x\"" }' >"$dir/wide16.vma"
hostile 'a file loaded 32,768 times' '0 2' "$dir/wide1.vma"
{ printf '#'; for i in 1 2 3 4; do mega x; done; echo; } >"$dir/wide16.vma"
hostile 'a comment of 4 MiB loaded 32,768 times' 2 "$dir/wide1.vma"
ln -s loop2.vma "$dir/loop.vma" && ln -s loop.vma "$dir/loop2.vma"
hostile 'a loop of symbolic links' 2 "$dir/loop.vma"
mkdir "$dir/folder.vma"
hostile 'a folder' 2 "$dir/folder.vma"
hostile 'no such file' 2 "$dir/nowhere.vma"
# Opening these would wait, or act; /dev/stdin is the user's, not a file's.
mkfifo "$dir/pipe.vma"
hostile 'a named pipe' 2 "$dir/pipe.vma"
hostile 'a device' 2 /dev/null
exec 5< <(exec sleep 300) # a pipe in which nothing comes
silent=$!
n=0
for word in "load pipe.vma" 'load /dev/null' 'load /dev/stdin' 'load /proc/kmsg' 'load /proc/self/mounts' \
	'kernel both ./pipe.vma' 'kernel both /dev/null' 'kernel both /dev/stdin' 'kernel both vmlinux:pipe.vma'; do
	n=$((n + 1))
	echo "$word" >"$dir/named$n.vma"
	(ulimit -t "$SECONDS_EACH" && exec timeout "$SECONDS_EACH" "${program[@]}" check "$dir/named$n.vma") \
		>"$TMP/out" 2>"$TMP/err" <&5
	status=$?
	read_error
	judge "a file: $word" 2 "$dir/named$n.vma"
done
kill $silent
exec 5<&-
hostile 'a file without end' 2 /dev/zero
limited sh -c 'yes "say \"x\"" | "$@" --batch -' sh "${program[@]}"
judge 'a standard input without end' 2 /dev/stdin

# --- kernels ---------------------------------------------------------------

# Looks for every flag there is: too many inputs to look at.
{
	sed '/^clause/d' share/kernels/v7.3.kernel
	awk '/^\tF\(/ { sub(/^\tF\(/, ""); sub(/,.*/, ""); print "clause dst VM_" $0 }' src/model/vmflags.h | head -n 8
} >"$dir/few.kernel"
{
	sed '/^clause/d' share/kernels/v7.3.kernel
	printf 'clause src'
	awk '/^\tF\(/ { sub(/^\tF\(/, ""); sub(/,.*/, ""); printf " VM_%s", $0 }' src/model/vmflags.h
	echo
} >"$dir/every.kernel"
printf 'kernel diff v7.3 %s/every.kernel\n' "$dir" >"$dir/every.cmds"
limited "${program[@]}" --batch "$dir/every.cmds"
judge 'kernel diff: a profile that looks for every flag' 2 "$dir/every.cmds"
printf 'kernel diff v7.3 %s/few.kernel --scenario %s/few.vma\n' "$dir" "$dir" >"$dir/few.cmds"
limited "${program[@]}" --batch "$dir/few.cmds"
judge 'kernel diff: eight clauses' '0 2' "$dir/few.cmds"
printf 'table v7.3 %s/every.kernel\n' "$dir" >"$dir/every.cmds"
limited "${program[@]}" --batch "$dir/every.cmds"
judge 'table: a profile that looks for every flag' 2 "$dir/every.cmds"
for row in '' ' markdown' ' row 1' ' row 9'; do
	printf 'table v7.3 %s/few.kernel%s\n' "$dir" "$row" >"$dir/few.cmds"
	limited "${program[@]}" --batch "$dir/few.cmds"
	judge "table: eight clauses$row" '0 2' "$dir/few.cmds"
done
awk -v n=$((20000 / PART)) 'BEGIN { for (i = 0; i < n; i++) print "table v6.18 v7.3" }' >"$dir/tables.vma"
hostile 'very many tables' '0 2' "$dir/tables.vma"
head -c 300 share/kernels/v7.3.kernel >"$dir/cut.kernel"
for spec in '""' live: vmlinux: vmlinux:/dev/null /dev/zero "$dir" "$dir/cut.kernel" "$(printf 'v%0999d' 6)" --scenario; do
	printf 'kernel diff v6.18 %s --scenario %s/no.vma\n' "$spec" "$dir" >"$dir/spec.cmds"
	limited "${program[@]}" --batch "$dir/spec.cmds"
	judge "kernel diff: $(printf %.40s "$spec")" 2 "$dir/spec.cmds"
done
check 'kernel diff: no file of those' [ ! -e "$dir/no.vma" ]
awk -v n=$((20000 / PART)) 'BEGIN { for (i = 0; i < n; i++) print "kernel diff v6.18 v6.19-rc1" }' >"$dir/diffs.vma"
hostile 'very many kernel diffs' '0 2' "$dir/diffs.vma"

# Places that lead out of a source tree, or nowhere; and too many of them.
n=0
for place in '"/etc/passwd:1"' '"../x.c:1"' '"mm/../../x.c:1"' '"mm/memory.c"' '"mm/memory.c:0"' \
	'"mm/memory.c:99999999999999999999"' '""' '"a.c:1" more'; do
	n=$((n + 1))
	{ cat share/kernels/v7.3.kernel; printf 'line f %s\n' "$place"; } >"$dir/place$n.kernel"
	printf 'kernel both place%d.kernel\n' "$n" >"$dir/place.vma"
	hostile "a profile with the line $place" 2 "$dir/place.vma"
done
{
	cat share/kernels/v7.3.kernel
	awk 'BEGIN { for (i = 0; i < 10000; i++) print "line f" i " \"a.c:1\"" }'
} >"$dir/lines.kernel"
echo 'kernel both ./lines.kernel' >"$dir/lines.vma"
hostile 'a profile with 10,000 lines' 2 "$dir/lines.vma"
printf '%s\n' 'vma a anon 4K' 'touch a' 'fork' 'set source /dev' 'set source left /nowhere' \
	>"$dir/source.vma"
hostile 'a source tree that is none' 0 "$dir/source.vma"

# --- bytes -----------------------------------------------------------------

printf 'vma a anon 4K\nvma b\0c anon 4K\n' >"$dir/nul.vma"
hostile 'a NUL byte' 2 "$dir/nul.vma"
printf 'vma a anon 4K\n\0' >"$dir/nul-end.vma"
hostile 'a NUL byte at the end' 2 "$dir/nul-end.vma"
n=0
for bytes in '\377' '\300\200' '\340\200\200' '\355\240\200' '\364\220\200\200' '\303' '\342\202' '\200'; do
	n=$((n + 1))
	# shellcheck disable=SC2059 # octal escapes
	{ printf 'vma a anon 4K\nsay "x'; printf "$bytes"; printf '"\n'; } >"$dir/utf8-$n.vma"
	hostile "bad UTF-8 $bytes" 2 "$dir/utf8-$n.vma"
done
printf 'vma a anon 4K\nsay "\303' >"$dir/cut.vma"
hostile 'a character cut off by the end' 2 "$dir/cut.vma"
printf 'say "\033]0;x\007\033[31m\302\233"\n' >"$dir/escape.vma"
hostile 'escape sequences' '0 2' "$dir/escape.vma"
limited "${program[@]}" play "$dir/escape.vma"
found=$(tr -cd '\033\007' <"$TMP/out" | wc -c)
check 'no escape sequence reaches the terminal' [ "$found" = 0 ]
printf '\357\273\277vma a anon 4K\r\n\r\ntouch a \\\r\n  0\r\nfork\r\nexpect both a copy\r\n' >"$dir/bom.vma"
hostile 'a BOM and CRLF' 0 "$dir/bom.vma"
printf 'vma a anon 4K' >"$dir/no-newline.vma"
hostile 'no newline at the end' 0 "$dir/no-newline.vma"
printf 'vma a anon 4K\\' >"$dir/backslash.vma"
hostile 'a backslash at the end' '0 2' "$dir/backslash.vma"
printf 'say "never closed\n' >"$dir/quote.vma"
hostile 'an open quote' 2 "$dir/quote.vma"
: >"$dir/empty.vma"
# --- small files that ask for much ------------------------------------------

small() { # NAME WANTED, the file on standard input
	cat >"$dir/small.vma"
	hostile "$1" "$2" "$dir/small.vma"
}
small 'hugetlb by hand' 2 <<<$'vma a anon 4K +VM_HUGETLB\ntouch a'
small 'shared by hand' 2 <<<$'vma a anon 2M +ht +sh\ntouch a'
small 'small pages where huge ones are allowed' '0 2' <<<$'vma a anon 100T\nmadvise a guard-install
madvise a guard-remove\nset thp always\nfork\ntouch a write'
small 'huge entries of a file, written' '0 2' <<<$'vma f file private 16T\npte f all huge\nfork\ntouch f write'
small 'huge pages in small entries' '0 2' <<<$'set thp always\nvma a anon 64G\ntouch a\nmadvise a pageout
touch a read\nfork\ntouch a write'
small '100 TiB paged out' '0 2' <<<$'set thp always\nvma a anon 100T\ntouch a\nmadvise a pageout'
small "$((100 / PART)) TiB collapsed" '0 2' <<<"vma a anon $((100 / PART))T"$'\ntouch a\nmadvise a collapse'
for ((i = 0; i < 16; i++)); do
	for ((j = 0; j < 10; j++)); do echo "load bomb$((i + 1)).vma"; done >"$dir/bomb$i.vma"
done
: >"$dir/bomb16.vma"
hostile 'loads without end of nothing' 2 "$dir/bomb0.vma"
small 'a hundred million VMAs' 2 <<<$'vma v anon 4K times 100000000\nfork'
small 'forks of many VMAs' 2 <<<$'vma v anon 4K apart times 30000\n'"$(yes fork | head -n 3000)"
small 'children of children' '0 2' <<<"vma a anon 64K"$'\ntouch a\n'"$(yes $'fork\nbecome child' | head -n 20000)"
{
	printf 'vma a anon 600000p\npte a 0'
	awk 'BEGIN { for (i = 2; i < 600000; i += 2) printf ",%d", i; print " present" }'
	printf 'fork\n'
	for ((i = 0; i < 200; i++)); do printf 'check left src\nexpect left a skip\n'; done
} >"$dir/replay.vma"
hostile 'a large set-up, carried out again and again' '0 1 2' "$dir/replay.vma"

hostile 'an empty file' 0 "$dir/empty.vma"
LC_ALL=C awk 'BEGIN { srand(1); for (i = 0; i < 300000; i++) printf "%c", int(rand() * 255) + 1 }' >"$dir/noise.vma"
hostile 'noise' 2 "$dir/noise.vma"

# --- what is left of a process -------------------------------------------------

# dumped NAME WANTED FILE: imported, and what a fork of it costs
dumped() {
	limited "$PROBE" --import "$3"
	judge "$1 (import)" "$2" "$3"
	limited "$PROGRAM" cost "$3"
	judge "$1 (cost)" "$2" "$3"
}

awk -v n=$((2000000 / PART)) 'BEGIN {
	for (i = 0; i < n; i++)
		printf "%x-%x rw-p 0 0:0 0\nRss: 4 kB\n", 0x100000 + 8192 * i, 0x101000 + 8192 * i
}' >"$dir/many.smaps"
dumped 'smaps with two million mappings' 2 "$dir/many.smaps"
awk -v n=$((500000 / PART)) 'BEGIN {
	for (i = 0; i < n; i++)
		print "7f0000000000-7f0000001000 rw-p 0 0:0 0\nRss: 4 kB"
}' >"$dir/backwards.smaps"
dumped 'smaps of half a million processes' 2 "$dir/backwards.smaps"
{
	echo '7f0000000000-7f0000001000 rw-p 0 0:0 0'
	head -c 100000000 /dev/zero | tr '\0' x
} >"$dir/long.smaps"
dumped 'smaps with a line of 100 MB' 2 "$dir/long.smaps"
printf '100000000000-7f0000000000 rw-p 0 0:0 0 [heap]\nRss: %d kB\nAnonymous: %d kB\nPrivate_Dirty: %d kB\n' \
	$((1 << 36)) $((1 << 36)) $((1 << 36)) >"$dir/full.smaps"
dumped 'smaps of 64 TiB that are there' 0 "$dir/full.smaps"
dumped 'smaps without an end' 2 /dev/zero
# A core file with 2^32 segments, and one whose segment is behind the end of files.
{
	printf '\177ELF\2\1\1\0\0\0\0\0\0\0\0\0\4\0\76\0\1\0\0\0'
	head -c 8 /dev/zero
	printf '\100\0\0\0\0\0\0\0\0\2\0\0\0\0\0\0\0\0\0\0\100\0\70\0\377\377\100\0\1\0\0\0'
	head -c 1048576 /dev/zero | tr '\0' '\377'
} >"$dir/segments.core"
dumped 'a core file with 2^32 segments' 2 "$dir/segments.core"
rm "$dir"/*.smaps

# --- numbers ---------------------------------------------------------------

n=0
while IFS= read -r line; do
	n=$((n + 1))
	printf 'vma a anon 64K\n%s\n' "$line" >"$dir/number$n.vma"
	hostile "$line" '0 2' "$dir/number$n.vma"
done <<'LINES'
vma b anon 0
vma b anon 1
vma b anon -1
vma b anon 0x
vma b anon 18446744073709551615
vma b anon 18446744073709551616
vma b anon 18446744073709551615T
vma b anon 16777216T
vma b anon 4503599627370496p
vma b anon 128T
vma b anon 4K at 0xffffffffffffffff
vma b anon 4K at 0xfffffffffffff000
vma b anon 4K at 0x7ffffffff000
vma b anon 4K at 0
vma b anon 4K at 1
vma b hugetlb 1
vma b hugetlb 2M at 0x1000
touch a 16
touch a 3-2
touch a 0-18446744073709551615
touch a 99999999999999999999999
touch a ,
touch a 0,,1
touch a 0-
touch a -
set fault-around 0
set fault-around 3
set fault-around 18446744073709551615
set fault-around 9223372036854775808
speed 0
speed -1
speed nan
speed inf
speed 1e400
wait -1
wait nan
wait 1e400
goto 18446744073709551615
goto -1
step 18446744073709551616
back 9223372036854775808
undo 18446744073709551615
redo 4294967296
ask "q" "a" "b" answer 3
ask "q" answer 1
ask "q" "a" answer 0
expect both cost entries 18446744073709551616
kernel left v99999999999999999999.1
kernel left v6.18.99999999999999999999
kernel left v
kernel left ../../../../etc/passwd
kernel left /dev/zero
kernel left -
load ""
save ""
LINES
finish
