#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Scenarios as C programs: they compile without a warning, and print of this kernel what the
# probe sees of it.
#: alone machine
. "$(dirname "$0")/../lib.sh"

COMPILERS=()
for cc in gcc clang; do
	if command -v "$cc" >/dev/null; then COMPILERS+=("$cc"); else skip "$cc is not here"; fi
done
cd "$TMP" || exit 1

# exported FILE NAME: the scenario becomes NAME.c.
exported() {
	rm -f "$2.c"
	printf 'load %s\nexport %s.c\n' "$1" "$2" >"$2.cmds"
	capture timeout 60 "$PROGRAM" --batch "$2.cmds"
	[ "$status" = 0 ] && [ -s "$2.c" ]
}

# compiles NAME: with every compiler, into NAME.
compiles() {
	local cc
	for cc in "${COMPILERS[@]}"; do
		"$cc" -std=gnu11 -Wall -Wextra -Werror -O1 -o "$1" "$1.c" 2>"$1.err" || return 1
	done
}

# with NAME SED: the exported program, changed to say more than others do
with() {
	sed -i "$2" "$1.c" && compiles "$1"
}

# --- every command, by the example of its help -----------------------------------------

n=0
while read -r name; do
	# Of those that begin with this word, the first one.
	"$PROGRAM" help "$name" | awk '/^    Example:/ { n++; next } n == 1 && /^        / { print substr($0, 9); next } n { exit }' >call.vma
	call=$(grep -m 1 -E "^(child |parent )?$name( |\$)" call.vma)
	n=$((n + 1))
	if ! exported call.vma call; then
		fail "$name: its example as a program" "$out" "$err"
	elif ! compiles call; then
		fail "$name: the program compiles" "$(cat call.err)"
	else
		check "$name: the program has it" grep -q -E "^	(/\*| \*) ${call//+/[+]}" call.c
	fi
done < <(grep -A1 '^BUILD(' "$TOP/src/language/commands.def" | sed -n 's/^ *\.name = "\(.*\)",$/\1/p')
check 'all commands that build memory' [ "$n" = "$(grep -c '^BUILD(' "$TOP/src/language/commands.def")" ]

# What cannot be carried out says why in one sentence, in the program and when it runs.
printf '%s\n' 'vma a anon 16K' 'touch a' 'pte a 0 swap' 'flags a +VM_IO' 'anon_vma a off' 'vma b anon 16K +VM_IO' \
	'fork' >hand.vma
check 'states by hand: a program' exported hand.vma hand
check 'states by hand: it compiles' compiles hand
capture timeout 60 ./hand
while IFS=: read -r call why; do
	check "states by hand: why not: $call" grep -q -F "/* $call: left out, as $why */" <(tr -s '\n\t *' ' ' <hand.c | sed 's,/ ,/* ,g; s, /, */,g')
	check "states by hand: it says so when it runs: $call" grep -q -x -F "left out: $call, as $why" out
done <<'END'
pte a 0 swap:no system call sets page-table entries by hand
flags a +VM_IO:no system call sets VMA flags by hand
anon_vma a off:no system call sets or clears an anon_vma by hand
vma b anon 16K +VM_IO:no system call sets VMA flags by hand
END

# Loads of untouched memory: the program says it where they do something else than predicted.
zero_page=$("$PROBE" --doctor 2>/dev/null | awk '/^(yes|no) +zero page / { print $1 == "yes" ? "on" : "off" }')
for set in on off; do
	printf '%s\n' "set zero-page $set" 'vma a anon 16K' 'touch a 0-1 read' 'fork' >zero.vma
	[ "$set" = off ] || sed -i 1d zero.vma # is what scenarios have unless they say so
	check "zero page $set: a program" exported zero.vma zero
	check "zero page $set: it compiles" compiles zero
	capture timeout 60 ./zero
	check "zero page $set: status" [ "$status" = 0 ]
	check "zero page $set: what is seen" [ "$(grep -A1 '^  parent a' out | grep -c -x '    0-1 present')" = 2 ]
	case $zero_page-$set in
	on-off) note='note: loads of untouched memory map the page of zeroes on this machine, and take pages of their own in the predictions' ;;
	off-on) note='note: loads of untouched memory take pages of their own on this machine, and map the page of zeroes in the predictions' ;;
	*) note= ;;
	esac
	check "zero page $set, here $zero_page: the note" [ "$(grep '^note' out)" = "$note" ]
done

# A pin for reading, for a moment: it replaces what is shared with the parent.
printf '%s\n' 'vma a anon 16K' 'touch a' 'fork' 'child pin a 0-1 read' >readpin.vma
cat >look <<'END'
		char path[64];
		uint64_t bits[4] = {0};

		snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)shared->pid[P1]);
		CHECK(pread(open(path, O_RDONLY), bits, sizeof(bits), (off_t)((uintptr_t)vma_a / PAGE * 8)));
		for (int i = 0; i < 4; i++)
			say(1, "page %d %s\n", i, bits[i] >> 56 & 1 ? "own" : "shared");
END
check 'a pin for reading: a program' exported readpin.vma readpin
check 'a pin for reading: it compiles' with readpin '/moment("the end");/r look'
capture timeout 60 ./readpin
check 'a pin for reading: it runs' [ "$status" = 0 ]
check 'a pin for reading: these pages are the child'"'"'s own' \
	[ "$(grep '^page' out | tr '\n' ' ')" = 'page 0 own page 1 own page 2 shared page 3 shared ' ]
check 'a pin for reading: it is released' grep -q -x 'note: child pin a 0-1 read: released at once, as no system call pins for reading and for long' out
printf '%s\n' 'vma f file private 16K' 'touch f read' 'pin f read' 'fork' >filepin.vma
check 'a pin for reading: of a file: a program' exported filepin.vma filepin
check 'a pin for reading: of a file: why not' grep -q -F '"no system call pins a page of a file or of zeroes for reading and for long"' filepin.c

# --- what it says ------------------------------------------------------------------------

printf '%s\n' 'title "Whose flag?"' 'about "One word of source."' 'kernel left v6.18' 'kernel right v6.19-rc1' \
	'vma mem shmem 16K' 'touch mem 0-2' 'uffd u wp-hugetlbfs-shmem' 'register u mem wp' 'fork' >flag.vma
check 'a program' exported flag.vma flag
for part in '^ \* Whose flag?$' '^ \* One word of source\.$' 'v6\.18 (check dst)' \
	'^	 \*   mem: skip: no clause holds; the child has no entries$' \
	'^	 \*   mem: copy because VM_UFFD_WP; the child has 0-2 present' \
	'^	 \*   3 entries copied so far, 3 tables allocated$' '^		uffd_register(0, vma_mem, 4 \* PAGE, 0x2);$'; do
	check "it has: $part" grep -q -e "$part" flag.c
done
check 'it includes nothing of ours' lacks "$(grep '#include' flag.c)" '"'
check 'it has only what it needs' lacks "$(cat flag.c)" map_apart
check 'no other file is replaced' [ "$(printf 'vma a anon 4K\nexport flag.c\n' | "$PROGRAM" --batch - 2>&1 | grep -c exist)" = 1 ]

# Words from a file are untrusted: they cannot leave their comment or their string.
cat >hostile.vma <<'END'
title "*/ int x; /* \" \\"
about "/* */ */ #error ??/ \\"
vma int anon 4K
vma main anon 4K
vma a.b anon 4K
vma a-b anon 4K
vma a_b anon 4K
vma 4 anon 4K
touch *
pte main 0 swap # */ "
fork
END
printf 'about "\\\\ /* \xe2\x80\xae \xc3\xa4 \x01 */"\n' >>hostile.vma
check 'hostile words: a program' exported hostile.vma hostile
check 'hostile words: it compiles' compiles hostile
check 'hostile words: letters stay' grep -q -F "$(printf '? \xc3\xa4 ?')" hostile.c
check 'hostile words: nothing else does' [ "$(LC_ALL=C tr -d '\n\t -~' <hostile.c)" = "$(printf '\xc3\xa4')" ]
check 'names are apart' [ "$(grep -c '^static char \*vma_a_b' hostile.c)" = 3 ]
mkdir 'a "b*'
printf 'load flag.vma\nexport "a \\"b*/ x y.c"\n' | "$PROGRAM" --batch - >/dev/null
check 'a hostile path: the program is there' [ -s 'a "b*/ x y.c' ]
check 'and the same' cmp -s 'a "b*/ x y.c' flag.c
printf '%s\n' 'vma a anon 4K times 5000' 'touch a.*' >many.vma
check 'too many mappings: refused' [ "$(! exported many.vma many && grep -c 'too long to read' err)" = 1 ]

# --- limits and settings -------------------------------------------------------------------

printf '%s\n' 'set page-table-levels 4' 'limit vmas 5' 'vma a anon 64K' 'vma b shmem 64K' 'touch a' 'mprotect a r 4-7' \
	'fork' 'child touch b' >vmas.vma
room='int n = 0; while (mmap(NULL, PAGE, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) n++; dprintf(1, "room %d\\n", n);'
if check 'a limit of VMAs: a program' exported vmas.vma vmas && with vmas "s/^\t\ttouch(vma_b, 16/\t\t$room &/"; then
	capture timeout 120 ./vmas
	case $status in
	0) check 'a limit of VMAs: there is room for two more, as the kernel counts' grep -q -x 'room 2' out ;;
	77) skip "a limit of VMAs: $err" ;;
	*) fail 'a limit of VMAs: it runs' "status $status" "$err" ;;
	esac
fi
printf '%s\n' 'set machine aarch64' 'set access-bits software' 'vma a anon 64K' 'fork' >machine.vma
check 'a machine: a program' exported machine.vma machine
check 'a machine: the processor decides' grep -q -F 'set access-bits software: left out, as the processor decides it' machine.c
check 'a machine: it compiles' compiles machine
if [ "$(getconf PAGESIZE)" = 4096 ]; then
	capture timeout 60 ./machine
	check 'a machine: the same system calls' [ "$status" = 0 ]
	check 'a machine: whose predictions they are' \
		[ "$(grep -c -x "note: this machine is $(uname -m), and the predictions are for aarch64" out)" = "$([ "$(uname -m)" = aarch64 ] && echo 0 || echo 1)" ]
fi

# One definition has the size of a page; that of a huge page, its flag and its pool follow.
printf '%s\n' 'set machine aarch64' 'set page-size 16K' 'limit hugepages 4' 'vma h hugetlb private 64M' \
	'touch h 0' 'vma t anon 64K apart' 'vma d file 64K' 'touch t' 'fork' >large.vma
printf '%s\n' 'limit hugepages 4' 'vma h hugetlb private 4M' 'touch h 0' 'vma t anon 64K apart' 'fork' >small.vma
for size in 'large 16384 32 25' 'small 4096 2 21'; do
	read -r name page mib flag <<<"$size"
	check "pages of $page bytes: a program" exported "$name.vma" "$name"
	check "pages of $page bytes: defined once" [ "$(grep -c "$page" "$name.c") $(grep -c "^#define PAGE ${page}UL" "$name.c")" = '1 1' ]
	printf '_Static_assert(HUGE_PAGE == %sUL << 20 && MFD_HUGE_PAGE == %sU << 26, "sizes");\n' "$mib" "$flag" >>"$name.c"
	check "pages of $page bytes: it compiles, and huge pages have $mib MiB" compiles "$name"
done
if [ "$(getconf PAGESIZE)" = 4096 ]; then
	capture timeout 60 ./large
	check 'pages of another size: the program does nothing' [ "$status $out" = '77 ' ]
	check 'pages of another size: and says why' [ "$err" = 'this machine lacks something: pages of 16 KiB, as it has pages of 4 KiB' ]
fi
# So large that hardly any other program of the machine meets it.
printf '%s\n' 'vma a anon 1200M' 'touch a 0-3' 'limit commit 2G' 'vma b anon 64M apart' 'posix_spawn' 'touch b 0' 'fork' \
	'touch a 0' 'munmap a 8-307199' 'clone-vm' 'child touch b 1' 'child exit' 'fork' 'child touch a 1' >commit.vma
check 'a limit of memory: a program' exported commit.vma commit
check 'a limit of memory: it says how to run it' grep -q -F './reproducer --may-limit' commit.c
check 'a limit of memory: both forks' [ "$(grep -c -E 'fork_(fails|as)\(' <(sed -n '/^static void scenario(void)$/,$p' commit.c | sed 1d))" = 2 ]
check 'a limit of memory: what is predicted' grep -q -F 'a: fork fails with ENOMEM, and there is no child' commit.c
check 'a limit of memory: it compiles' compiles commit
printf '%s\n' 'vma a anon shared 64K' 'limit commit 1M' 'fork' >memfd.vma
check 'a limit of memory: of a memfd: a program' exported memfd.vma memfd
check 'a limit of memory: of a memfd: why not' grep -q '"this program has shared anonymous memory in a memfd, which is charged by the page"' memfd.c
printf '%s\n' 'set thp always' 'vma a anon 4M' 'touch a' 'limit hugepages 2' 'vma h hugetlb private 4M' \
	'touch h 0-511' 'fork' 'child touch h 0-511' >pool.vma
printf '%s\n' 'vma a anon 64K' 'madvise a mergeable' 'touch a' 'ksm a 0-3 8' 'touch a 8' 'fork' >merged.vma
printf '%s\n' 'vma a anon 64K' 'madvise a mergeable' 'touch a' 'fork' 'ksm a 0-3' 'ksm a 4-7' 'touch a 0' >shared.vma
settings() {
	cat /sys/kernel/mm/transparent_hugepage/enabled /proc/sys/vm/nr_hugepages /sys/kernel/mm/ksm/{run,pages_to_scan} \
		/proc/sys/vm/overcommit_{memory,ratio,kbytes} /proc/sys/vm/{admin,user}_reserve_kbytes 2>/dev/null
}
check 'settings: a program' exported pool.vma pool
check 'settings: it compiles' compiles pool
check 'ksm: a program' exported merged.vma merged
check 'ksm: it compiles' with merged 's/moment("the end");/&\n\t\tprintf("merged %llu\\n", (unsigned long long)number_in(KSM "pages_sharing"));/'
# Two commands after a fork: the pages of the second are equal, too, when ksmd merges those of the first.
check 'ksm: of shared pages: a program' exported shared.vma shared
check 'ksm: of shared pages: it compiles' with shared 's/^\t\tmerge_equal();/\t\t{ merge_equal(); say(1, "merged %llu\\n", (unsigned long long)number_in(KSM "pages_sharing")); }/'
printf '%s\n' 'vma a anon 64K' 'madvise a mergeable' 'touch a' 'uffd u' 'register u a wp' 'protect u a 0-1' 'ksm a 0-3' \
	>protected.vma
check 'ksm: of protected pages: a program' exported protected.vma protected
check 'ksm: of protected pages: why not' grep -q -F '"what is in the pages cannot be chosen: they are shared, or protected by a userfaultfd"' protected.c
# A name may be elsewhere in the child than in the parent.
printf '%s\n' 'vma a anon 16K' 'touch a 0' 'fork' 'mremap a 16K at 0x20000000' 'touch a 1' 'child touch a 2' >moved.vma
check 'a name in two places: a program' exported moved.vma moved
check 'a name in two places: it compiles' compiles moved
capture timeout 60 ./moved
check 'a name in two places: both are shown' [ "$(sed '1,/^the end/d; s/:.*//' out | tr -s ' \n' ' ')" = \
	' parent a 0-3 0-1 present 2-3 none child a 0-3 0 present 1 none 2 present 3 none ' ]
before=$(settings)
if [ "$(id -u)" = 0 ] && [ -z "$SANITIZED" ]; then
	for limits in pool commit; do
		capture timeout 60 "./$limits"
		check "limits: $limits: not without leave" [ "$status" = 77 ]
		check "limits: $limits: says so" contains "$err" 'leave to set limits that all programs on it meet: run this with --may-limit'
	done
	capture timeout 60 ./pool may-limit
	check 'limits: another argument' [ "$status $err" = '2 usage: ./pool [--may-limit]' ]
	check 'limits: they are as they were' [ "$(settings)" = "$before" ]
	capture timeout 60 ./commit --may-limit
	if [ "$status" = 77 ]; then
		skip "a limit of memory: $err"
	else
		check 'a limit of memory: it runs' [ "$status" = 0 ]
		check 'a limit of memory: fork fails' grep -q -x 'fork: Cannot allocate memory' out
	fi
	check 'a limit of memory: it is as it was' [ "$(settings)" = "$before" ]
	capture timeout 60 ./pool --may-limit
	if [ "$status" = 77 ]; then
		skip "settings: $err"
	else
		check 'settings: it runs' [ "$status" = 0 ]
		check 'settings: the pool of the scenario is empty' grep -q -x 'touch: SIGBUS' out
	fi
	capture timeout 120 ./merged
	if [ "$status" = 77 ]; then
		skip "ksm: $err"
	else
		check 'ksm: it runs' [ "$status" = 0 ]
		check 'ksm: five pages are one' grep -q -x 'merged 4' out
		capture timeout 120 ./shared
		check 'ksm: of shared pages: it runs' [ "$status" = 0 ]
		check 'ksm: of shared pages: four of each process are one, and then four more' \
			[ "$(grep merged out | tr '\n' ' ')" = 'merged 7 merged 14 ' ]
	fi
	capture timeout -s INT 0.01 ./merged
	if command -v setpriv >/dev/null; then
		chmod 755 . && capture timeout 60 setpriv --reuid 65534 --clear-groups ./pool --may-limit
		check 'settings: without root it lacks something' [ "$status" = 77 ]
		check 'settings: and says what' contains "$err" 'transparent_hugepage/enabled cannot be set: Permission denied; run this as root'
	fi
	check 'settings: they are as they were' [ "$(settings)" = "$before" ]
fi

# --- on this kernel, beside the probe -----------------------------------------------------

# For awk: the codes of smaps in these fields in one order; but those that the probe may not see.
# shellcheck disable=SC2016 # awk expands it
SORTED='
	function sorted(from, to,    i, j, n, word, out) {
		for (i = from; i <= to; i++)
			if ($i !~ /^(sd|nr|\?\?)$/) {
				for (j = n++; j && word[j - 1] > $i; j--)
					word[j] = word[j - 1]
				word[j] = $i
			}
		for (i = 0; i < n; i++)
			out = out " " word[i]
		return out
	}
'

# Both as lines of: moment, process, name, page, and its flags or its entry as pagemap has it.
by_program() {
	awk "$SORTED"'
	/^(fork [0-9]|the end)/ { moment++; next }
	/^(touch|note|fork): / || /^the fork / { next }
	/^  (parent|child) / {
		who = $1; name = $2; split($3, page, /[-:]/)
		flags = sorted(4, NF)
		for (i = page[1]; i <= page[2]; i++) print moment, who, name, i, "flags" flags
		next
	}
	/^    / {
		split($1, page, "-"); if (page[2] == "") page[2] = page[1]
		attributes = ""
		for (i = 3; i <= NF; i++) if ($i != "file") attributes = attributes " " $i
		for (i = page[1]; i <= page[2]; i++) print moment, who, name, i, $2 attributes
		next
	}
	{ print }' "$1" | sort
}
by_probe() {
	awk "$SORTED"'
	/^ moment/ { moment++; next }
	/^  (parent|child)/ { who = $1; next }
	/^   vma/ {
		n = 0
		for (i = 3; i <= NF; i++) if ($i ~ /:/) {
			split($i, word, ":"); split(word[2], page, "-"); if (page[2] == "") page[2] = page[1]
			for (k = page[1]; k <= page[2]; k++) { name[n] = word[1]; number[n++] = k }
		}
		next
	}
	/^    flags/ {
		for (last = 2; last <= NF && $last != "unseen"; last++)
			;
		flags = sorted(2, last - 1)
		for (k = 0; k < n; k++) print moment, who, name[k], number[k], "flags" flags
		next
	}
	/^    [0-9]/ {
		split($1, page, "-"); if (page[2] == "") page[2] = page[1]
		state = $2 == "none" ? "none" : $2 ~ /^(present|zero|huge)/ ? "present" : "swap"
		for (i = 3; i <= NF; i++) if ($i == "uffd-wp" || $i == "guard") state = state " " $i
		for (k = page[1]; k <= page[2]; k++) print moment, who, name[k], number[k], state
		next
	}
	/^end / { print }' "$1" | sort
}

same=0
beside() { # FILE [OPTION of both]
	local name option=${2-}
	name=$(basename "$1" .vma)
	if ! exported "$1" "$name" || ! compiles "$name"; then
		fail "$name: a program that compiles" "$err" "$(cat "$name.err")"
		return
	fi
	grep -q 'left_out("' "$name.c" && return # what follows is not the same
	capture timeout 60 "$PROBE" --record ${option:+"$option"} "$1"
	cp "$TMP/out" "$name.seen"
	if [ "$status" != 0 ] || grep -q '^end ' "$name.seen"; then return; fi # not all of it is possible here
	capture timeout 60 "./$name" ${option:+"$option"}
	[ "$status" != 77 ] || return
	cp "$TMP/out" "$name.printed"
	by_probe "$name.seen" >"$name.want"
	by_program "$name.printed" >"$name.got"
	if [ "$status" = 0 ] && [ -s "$name.want" ] && cmp -s "$name.want" "$name.got"; then
		pass "$name: the program shows what the probe sees"
		same=$((same + 1))
	else
		fail "$name: the program shows what the probe sees" "status $status" "$err" "$(diff "$name.want" "$name.got")"
	fi
}

if [ -n "$SANITIZED" ]; then
	skip 'beside the probe: with sanitizers its own memory lies where the scenarios put theirs'
elif [ "$(id -u)" != 0 ]; then
	skip 'beside the probe: needs root, for page frames and userfaultfds'
else
	for file in "$TOP"/scenarios/*.vma; do beside "$file"; done
	check "programs beside the probe: $same" [ "$same" -ge 25 ]
	# Children in borrowed memory: they have functions of their own, which take turns with the others.
	printf '%s\n' 'vma heap anon 64K' 'vma ring shmem 16K' 'touch heap 0-3' 'vfork' 'child touch heap 4' \
		'child touch ring 1' 'child exec' 'touch heap 5' 'fork' 'child touch heap 6' 'posix_spawn' 'touch heap 7' \
		'clone-vm' 'child touch heap 8' 'touch heap 9' 'child vma more shmem 16K' 'child touch more' \
		'child mprotect heap r 0-1' 'touch heap 2' 'child exit' 'touch heap 10' 'fork' >borrowed.vma
	printf '%s\n' 'vma heap anon 64K' 'touch heap 0-3' 'vfork' 'child touch heap 4' >waits.vma
	same=0
	beside borrowed.vma
	beside waits.vma
	check 'children in borrowed memory: both were seen' [ "$same" = 2 ]
	# Names in two places; ksm of what is shared, and of what is not.
	same=0
	beside moved.vma
	check 'a name in two places: it was seen' [ "$same" = 1 ]
	same=0
	for file in "$TOP"/tests/found/ksm-{in-both,moved,not-in-the-child,takes-soft-dirty}.vma; do beside "$file"; done
	if [ "$same" = 0 ]; then skip 'ksm, beside the probe: there is none'; fi
	# A fork that fails. The probe's part of the machine's settings is its own matter.
	same=0
	beside commit.vma --may-limit
	if [ "$same" = 0 ]; then skip 'a limit of memory, beside the probe: it cannot be set here'; fi
	# Loads of untouched memory, as this machine has them.
	printf '%s\n' "set zero-page $zero_page" 'vma a anon 64K' 'touch a 0-3 read' 'vma b anon 16K' 'touch b 0' \
		'touch b 1-2 read' 'fork' 'child touch a 1' >loads.vma
	same=0
	beside loads.vma
	check 'loads of untouched memory: they were seen' [ "$same" = 1 ]
	# A fork waits until somebody reads its event.
	printf '%s\n' 'vma a anon 64K' 'vma b shmem 64K' 'touch *' 'uffd u event-fork' 'uffd v event-fork' \
		'register u a wp' 'register v b missing' 'fork' 'reader u off' 'reader v off' 'fork' 'reader v on' \
		'reader u on' 'child touch b 1' 'close v' 'fork' >stays.vma
	same=0
	beside "$TOP/tests/found/uffd-reader.vma"
	check 'a fork that waits: and it says so' grep -q -x 'the fork waits for the reader of its event' uffd-reader.printed
	beside stays.vma
	check 'a fork that waits: both were seen' [ "$same" = 2 ]
fi
finish
