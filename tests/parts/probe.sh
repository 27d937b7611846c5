#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The probe: what it makes of scenarios on the kernel that runs here. What needs
# rights that are missing is skipped, and said to be.
#: built tests/screen/*.c tests/live/*.c
#: alone machine
. "$(dirname "$0")/../lib.sh"

# scenario NAME: standard input becomes the file $TMP/NAME.vma.
scenario() { cat >"$TMP/$1.vma"; }

# compare NAME: sets status, out (the last line) and err.
compare() {
	capture timeout 60 "$PROBE" --compare "$TMP/$1.vma"
}

# tally PATTERN: does the closing line of a comparison match?
tally() { [[ ${out##*$'\n'} =~ $1 ]]; }

# What the machine has, and the probe must restore.
pool() { cat "$HUGE_POOL" 2>/dev/null; cat /proc/swaps; ls /sys/block 2>/dev/null; }

# May the probe acquire huge pages and a swap device here?
acquires() { [ "$(id -u)" = 0 ] && [ -d /sys/kernel/mm/hugepages ] && [ -d /sys/block ]; }

unsanitized 'the probe with sanitizers: their own memory lies where the scenarios put theirs'
built 'the probe' "$PROBE"

# --- the command line ------------------------------------------------------------

capture "$PROBE" --help
check '--help' contains "$out" 'usage: vmafork-probe FILE'
capture "$PROBE"
check 'no file is an error' [ "$status" = 2 ]
capture "$PROBE" --wrong
check 'an unknown option is an error' [ "$status" = 2 ]
capture "$PROBE" --timeout never x
check 'a bad timeout is an error' [ "$status" = 2 ]
capture "$PROBE" /nowhere.vma
check 'a missing file is an error' [ "$status" = 2 ]
scenario broken <<<'vma a anon 16K
tuch a'
capture "$PROBE" "$TMP/broken.vma"
check 'a broken file is an error' [ "$status" = 2 ]
check 'that names file, line and column' contains "$err" 'broken.vma:2:1:'
check 'and makes a suggestion' contains "$err" touch

# --- plain memory: needs no rights -----------------------------------------------

scenario plain <<'END'
vma a anon 64K at 0x1000000000
vma b anon 64K at 0x1040000000
vma s shmem 64K at 0x1080000000
touch a 0-7
touch b all read
touch s
fork
child touch a 0-3 write
parent touch s
child exit
parent touch a
END
capture timeout 60 "$PROBE" "$TMP/plain.vma"
check 'plain memory: status' [ "$status" = 0 ]
check 'plain memory: JSON' contains "$out" '{"schema":3,'
check 'plain memory: the release' contains "$out" "\"release\":\"$(uname -r)\""
check 'plain memory: one side, live' contains "$out" '"sides":{"live":{'
[ "$(id -u)" != 0 ] || check 'plain memory: no complaint' [ -z "$err" ]
compare plain
check 'plain memory agrees' [ "$status" = 0 ]
if tally ' 0 differ'; then pass 'no difference'; else fail 'no difference' "$out"; fi
if tally ' [1-9][0-9]+ agree'; then pass 'facts'; else fail 'facts' "$out"; fi

unwritten 'JSON' "$PROBE" "$TMP/plain.vma"
unwritten '--compare' "$PROBE" --compare "$TMP/plain.vma"
unwritten '--record' "$PROBE" --record "$TMP/plain.vma"
"$PROBE" --record "$TMP/plain.vma" >"$TMP/plain.rec"
unwritten '--replay' "$PROBE" --replay "$TMP/plain.rec"
unwritten '--import' "$PROBE" --import $$
unwritten '--era' "$PROBE" --era
unwritten '--era --json' "$PROBE" --era --json
unwritten '--help' "$PROBE" --help
capture "$PROBE" --kernel nope "$TMP/plain.vma"
check 'an error without a place names the program' contains "$err" 'vmafork-probe: '
capture timeout 60 "$PROBE" --compare "$TMP/plain.vma"
check 'one file: no sum' [ "$(wc -l <"$TMP/out")" = 1 ]
[[ $out =~ ([0-9]+)\ agree ]] && agree=${BASH_REMATCH[1]}
capture timeout 60 "$PROGRAM" check --live "$TMP/plain.vma" /nowhere.vma "$TMP/plain.vma"
check 'several files: status' [ "$status" = 2 ]
check 'several files: their sum' [ "${out##*$'\n'}" = \
	"$(uname -r): 2 scenarios, $((2 * agree)) agree, 0 differ, ${out##* differ, }" ]

scenario large <<'END'
vma a anon 8G
END
capture sh -c 'ulimit -v 2000000 && exec "$0" --compare "$1"' "$PROBE" "$TMP/large.vma"
check 'what the machine lacks is no difference' [ "$status" = 77 ]
check 'and is named' contains "$err" 'not enough memory on this machine'

# --- VMAs that touch ---------------------------------------------------------------

# layout NAME: the parent's VMAs at the first fork as START-END:[NAME:FIRST+COUNT@AT]..., by pages.
layout() {
	"$PROBE" "$TMP/$1.vma" 2>"$TMP/err" | sed 's/.*"forks":\[{"vmas":\[//; s/"cost".*//' |
		grep -o '"start":"0x[0-9a-f]*","end":"0x[0-9a-f]*","names":\[[^]]*\]' |
		sed 's/"start":"0x10000\(.*\)000","end":"0x10000\(.*\)000","names":/\1-\2:/
			s/{"name":"\([^"]*\)","first":\([0-9]*\),"count":\([0-9]*\),"at":\([0-9]*\)}/\1:\2+\3@\4/g' |
		tr '\n' ' '
}

# agrees NAME LAYOUT: those VMAs, and nothing differs.
agrees() {
	compare "$1"
	check "$1: agrees" [ "$status" = 0 ]
	check "$1: was carried out" [ -z "$err" ]
	check "$1: its VMAs" [ "$(layout "$1")" = "$2" ]
}

scenario joined <<'END'
vma a anon 4p at 0x1000000000
vma b anon 4p at 0x1000004000
touch a
touch b read
fork
child touch b 1
END
agrees joined '00-08:[a:0+4@0,b:0+4@4] '
scenario split <<'END'
vma a anon 6p at 0x1000000000
vma b anon 2p at 0x1000006000
touch a 0
mprotect a r 2-3
fork
END
agrees split '00-02:[a:0+2@0] 02-04:[a:2+2@0] 04-08:[a:4+2@0,b:0+2@2] '
scenario apart <<'END'
vma a anon 4p at 0x1000000000 apart
vma b anon 4p at 0x1000004000 apart
vma c anon 4p at 0x1000008000
touch a
fork
END
agrees apart '00-04:[a:0+4@0] 04-08:[b:0+4@0] 08-0c:[c:0+4@0] '
{ sed '/^touch/i merge a b' "$TMP/apart.vma"; } >"$TMP/merged.vma"
agrees merged '00-0c:[a:0+4@0,b:0+4@4,c:0+4@8] '
# The addresses of b that e has taken stay apart.
scenario taken <<'END'
vma b shmem 2p at 0x1000004000 apart
vma c shmem 1p at 0x1000010000
vma e shmem 1p at 0x1000020000 apart
mremap e 3p at 0x1000002000
merge c b
END
agrees taken '02-05:[e:0+3@0] 05-06:[b:1+1@0] 10-11:[c:0+1@0] '
scenario files <<'END'
vma a shmem 4p at 0x1000000000
vma b shmem 4p at 0x1000004000
vma c shmem 4p at 0x1000008000 own
vma d shmem 4p at 0x100000c000 of a from 1
touch a 1
touch d 0
touch b read
fork
END
agrees files '00-08:[a:0+4@0,b:0+4@4] 08-0c:[c:0+4@0] 0c-10:[d:0+4@0] '
scenario times <<'END'
vma s anon 1p times 4 at 0x1000000000
vma f file 2p times 2 at 0x1000004000
touch s.* write
mprotect s.* r
munmap s.1
touch f.* read
fork
END
agrees times '00-01:[s.0:0+1@0] 02-04:[s.2:0+1@0,s.3:0+1@1] 04-08:[f.0:0+2@0,f.1:0+2@2] '
scenario hugetlb <<'END'
vma h hugetlb shared 2M at 0x1000000000
vma i hugetlb shared 2M at 0x1000200000
vma j hugetlb shared 2M of h at 0x1000400000
touch h
touch j
fork
END
compare hugetlb
if contains "$err" 'the pool of huge pages'; then
	skip "hugetlb: $err"
else
	check 'hugetlb files go on, and are mapped again' [ "$status" = 0 ]
fi
scenario older <<'END'
vma a anon 5p at 0x1000000000
vma b anon 5p at 0x1000005000
madvise b dontfork
touch b 0
touch a read
madvise b dofork
fork
END
capture timeout 60 "$PROBE" --compare --every --kernel v6.12 "$TMP/older.vma"
if [ "$(layout older)" = '00-0a:[a:0+5@0,b:0+5@5] ' ]; then
	check 'another layout differs' [ "$status" = 1 ]
	check 'and is one difference, not one a page' [ "$(grep ': model ' "$TMP/out")" = \
		"$TMP/older.vma:6: parent layout: model two VMAs 0x1000000000-0x1000005000 (a) \
0x1000005000-0x100000a000 (b), kernel one VMA 0x1000000000-0x100000a000 (a+b)" ]
else
	skip 'another layout: this kernel does not join a faulted VMA with one that is not'
fi

# --- too much ------------------------------------------------------------------------

# More than half of what is free, and more than swap has room for.
half=$(awk '/^MemAvailable:/ { print int($2 / 2048) + 100 }' /proc/meminfo)
scenario pool <<<"vma h hugetlb ${half}M"
compare pool
check 'huge pages: too many are refused' contains "$err" 'MiB are left of the half that a probe may take'
check 'and not taken' [ "$status" = 77 ]
scenario pageout <<'END'
vma a anon 70M
touch a
madvise a pageout
fork
END
compare pageout
check 'paging out more than a small swap holds: no difference' [ "$status" = 0 ]

# One budget for all of it, and all calls: half of what is free.
refused() { # NAME LINE: what that command would take is too much
	compare "$1"
	check "$1: is refused" contains "$err" "$1.vma:$2: not carried out: "
	check "$1: as too much" contains "$err" ' MiB are left of the half that a probe may take'
	if tally ' 0 differ'; then pass "$1: no difference"; else fail "$1: no difference" "$out"; fi
}
scenario tables <<'END'
vma a anon 64T noreserve at 0x100000000000
madvise a guard-install
END
refused tables 2
scenario zeros <<'END'
vma a anon 60T noreserve at 0x100000000000
touch a read
END
refused zeros 2
scenario markers <<'END'
vma a shmem shared 64T at 0x100000000000
uffd u wp-unpopulated wp-hugetlbfs-shmem
register u a wp
protect u a
END
compare markers
if contains "$err" 'userfaultfd:'; then skip "markers: $err"; else refused markers 4; fi
scenario populated <<<"vma a anon ${half}M populate"
refused populated 1
part=$((half * 6 / 10 / 2 * 2))
printf 'vma h%d hugetlb %dM\n' 1 $part 2 $part >"$TMP/pools.vma"
before=$(pool)
if acquires; then
	refused pools 2
	check 'pools: none is left' [ "$(pool)" = "$before" ]
fi
scenario disk <<<"vma f file 60T"
compare disk
if contains "$err" 'no directory'; then skip "disk: $err"; else refused disk 1; fi

# The same in a control group of either version.
group=
mount=$(awk '$3 == "cgroup" && $4 ~ /memory/ || $3 == "cgroup2" { print $2, $3; exit }' /proc/mounts)
case ${mount#* } in
cgroup) limit=memory.limit_in_bytes ;;
*) limit=memory.max ;;
esac
[ "$(id -u)" != 0 ] || [ -z "$mount" ] || group=${mount% *}/vmafork-test-$$
if [ -n "$group" ] && mkdir "$group" 2>/dev/null && { echo 300M >"$group/$limit"; } 2>/dev/null; then
	scenario group <<'END'
vma a anon 200M
touch a 0-99
touch a
fork
END
	capture sh -c "echo \$\$ >$group/cgroup.procs && exec timeout 60 $PROBE --compare $TMP/group.vma"
	check 'a control group: its limit counts' contains "$err" 'group.vma:3: not carried out: touch a: it would take'
	check 'a control group: no difference' [ "$status" = 0 ]
	capture sh -c "echo \$\$ >$group/cgroup.procs && exec timeout 60 $PROBE --calibrate"
	check 'a control group: calibrate asks it as well' contains "$err" 'are needed to calibrate'
else
	skip 'a control group with a limit: none can be made here'
fi
[ -z "$group" ] || rmdir "$group" 2>/dev/null

# --- limits of who runs it: no result of the kernel --------------------------------------

# lacks_here NAME REASON COMMAND...: a comparison of that file by that command, which ends with this reason
lacks_here() {
	local name=$1 reason=$2
	shift 2
	capture timeout 60 "$@" --compare "$TMP/$name.vma"
	check "$name: the reason" contains "$err" "$reason"
	check "$name: no difference" contains "$out" ' 0 differ'
	check "$name: no error" [ "$status" != 2 ]
}
printf 'vma a anon 16K\ntouch a\n%s\n' "$(yes fork | head -n 100)" >"$TMP/many.vma"
lacks_here many 'too many open files (ulimit -n)' sh -c 'ulimit -n 40 && exec "$0" "$@"' "$PROBE"
scenario long-file <<<$'vma f file 1M\ntouch f read\nfork'
compare long-file
if ! contains "$err" 'no directory'; then
	lacks_here long-file 'files may not be as large as that here (ulimit -f)' sh -c 'ulimit -f 8 && exec "$0" "$@"' "$PROBE"
fi
WITHOUT=$TOP/$BUILD/tests/live/without
scenario locked <<<$'vma a anon 16M\nmlock a\nfork'
lacks_here locked 'a filter of system calls (seccomp) refuses it here' "$WITHOUT" mlock "$PROBE"
scenario advised <<<$'vma a anon 16K\nmadvise a dontfork\nfork'
lacks_here advised 'a filter (seccomp) refuses it' "$WITHOUT" madvise "$PROBE"
lacks_here plain 'a filter (seccomp) refuses it' "$WITHOUT" pidfd "$PROBE"
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	# In a folder of their own: that of the tests is root's alone.
	nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups prlimit)
	everybody=$(mktemp -d /tmp/vmafork-test.XXXXXX)
	cp "$PROBE" "$everybody/probe" && chmod 755 "$everybody" "$everybody/probe"
	for name in plain many locked; do cp "$TMP/$name.vma" "$everybody"; done
	for row in 'plain=--nproc=1=processes or locked memory (ulimit -u' 'many=--nproc=3=processes or locked memory (ulimit -u' \
		'locked=--memlock=65536=a limit of it (ulimit -l'; do
		IFS='=' read -r name option value reason <<<"$row"
		capture timeout 60 "${nobody[@]}" "$option=$value" "$everybody/probe" --compare "$everybody/$name.vma"
		check "$name, not root: the reason" contains "$err" "$reason"
		check "$name, not root: no difference" contains "$out" ' 0 differ'
		check "$name, not root: no error" [ "$status" != 2 ]
	done
	rm -r "$everybody"
else
	skip 'limits of a user: needs root, and setpriv'
fi

# --- what this machine can do ------------------------------------------------------------

# doctor LINE...: all of these are in its output
doctor() {
	local line
	for line; do
		check "doctor: $line" grep -Eq "^$line" "$TMP/out"
	done
}
capture timeout 300 "$PROBE" --doctor
check 'doctor: status' [ "$status" = 0 ]
doctor "Linux $(uname -r), $(uname -m), pages of 4 KiB; the model's kernel: v" 'yes  fork '
missing=$(grep -c '^no ' "$TMP/out")
check 'doctor: what is missing has a way to get it' [ "$(grep -c '^ .* to get it: ' "$TMP/out")" = "$missing" ]
capture timeout 300 "$WITHOUT" io-uring "$WITHOUT" madvise "$PROGRAM" --doctor
check 'doctor: with a filter of system calls, from the session program' [ "$status" = 0 ]
doctor 'no   io_uring .*seccomp' 'no   swap .*seccomp' 'no   guard regions .*seccomp' 'yes  fork '
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	everybody=$(mktemp -d /tmp/vmafork-test.XXXXXX)
	cp "$PROBE" "$everybody/probe" && cp "$TMP/plain.vma" "$everybody" && chmod 755 "$everybody" "$everybody/probe"
	capture timeout 300 "${nobody[@]}" "$everybody/probe" --doctor
	doctor 'no   page frames ' 'no   /proc/kpageflags ' 'no   limits ' 'yes  fork '
	capture timeout 60 "${nobody[@]}" "$everybody/probe" --compare "$everybody/plain.vma" "$everybody/plain.vma"
	check 'not root: goes on' [ "$status" = 0 ]
	check 'not root: one line says what cannot be seen' [ "$(grep -c 'page frames cannot be seen here' "$TMP/err") $(wc -l <"$TMP/err")" = '1 1' ]
	capture timeout 60 "${nobody[@]}" "$everybody/probe" "$everybody/plain.vma"
	check 'not root: so does the JSON' contains "$out" ',"blind":true,'
	rm -r "$everybody"
fi
capture "$PROBE" --doctor x.vma
check 'doctor takes no file' [ "$status" = 2 ]
"$PROBE" --record "$TMP/plain.vma" >"$TMP/paged.rec" 2>/dev/null
check 'a recording states the size of its pages' grep -q '^page-size 4096$' "$TMP/paged.rec"
sed -i 's/^page-size 4096$/page-size 16384/' "$TMP/paged.rec"
capture "$PROBE" --replay "$TMP/paged.rec"
check 'a recording of other pages is refused' [ "$status" = 2 ]
check 'and says so' contains "$err" "expected the size of that machine's pages, such as 4096"

# An io_uring takes a GiB a buffer.
scenario pin <<'END'
vma a anon 1028M
touch a 0
pin a
END
capture timeout 60 "$PROBE" --compare --timeout 50 "$TMP/pin.vma"
if contains "$err" 'pin a:' && ! contains "$err" 'Bad address'; then
	skip "more than a GiB, pinned: $err"
else
	check 'more than a GiB is pinned' [ "$status" = 0 ]
fi

# Two pages of the child's that nobody names, equal, clean and shared with the parent's swap.
scenario twins <<'END'
vma a anon 8p
touch a 4-5
madvise a mergeable
madvise a pageout
fork
child touch a read
vma b anon 2p
madvise b mergeable
touch b
ksm b 0-1
child mremap a 8p at 0x10000000000
END
# The first child keeps the merged pages, and page 2 of the parent contains the same.
scenario former <<'END'
vma d anon 4p
madvise d mergeable
touch d
ksm d 0-2
fork
posix_spawn
mremap d 4p at 0x10000000000
ksm d 0 1
END
if acquires && [ -e /sys/kernel/mm/ksm/run ]; then
	compare twins
	check 'pages that ksmd would merge too: no difference' [ "$status" = 0 ]
	check 'pages that ksmd would merge too: named' contains "$err" 'twins.vma:10: not carried out: ksm b 0-1: '
	compare former
	check 'a page like one of a process that is not observed: no difference' [ "$status" = 0 ]
else
	skip 'pages that ksmd would merge too: needs root and KSM'
fi

# The last page cannot be pinned: the others have been, and are not as they were.
scenario part <<'END'
vma a anon 1p times 4 locked
madvise a.3 wipeonfork
fork
become child
touch a.0 read
pin a.* 0 read
END
capture timeout 60 "$PROBE" --compare --every "$TMP/part.vma"
check 'a command of which a part was done: no difference' [ "$status" = 0 ]
check 'a command of which a part was done: named' contains "$err" 'part.vma:6: not carried out: pin a.* 0 read: '

scenario byhand <<'END'
vma a anon 64K
touch a 0
pte a 1 swap
fork
END
compare byhand
check 'by hand: what came before is compared' [ "$status" = 0 ]
check 'by hand: named with its line' contains "$err" 'byhand.vma:3: not carried out: pte a 1 swap:'
scenario flags <<<'vma a shmem 16K +VM_UFFD_WP
fork'
compare flags
check 'flags by hand: nothing to compare' [ "$status" = 77 ]
scenario nothing <<<'vma d pfnmap 64K'
compare nothing
if contains "$err" 'no driver here'; then
	check 'nothing to compare: 77' [ "$status" = 77 ]
else
	skip 'nothing to compare: this kernel has a pfn map to offer'
fi
scenario only <<<'title "nothing at all"'
compare only
check 'an empty scenario: 77' [ "$status" = 77 ]

# --- a call that the running kernel does not finish -------------------------------------
# Another kernel's model does not decide what is carried out here. The running kernel has a
# stand-in that does not finish a command which all kernels do.

SAFEGUARDED=$TOP/$BUILD/tests/live/safeguarded
capture timeout 60 "$SAFEGUARDED" 2 v6.1 "$TMP/plain.vma"
check 'not finished here: the probe ends there' [ "$status" = 0 ]
check 'and says so' [ "$out" = \
	'2 of 11, 3 moments: not-carried-out: not modelled: this kernel does not finish this call' ]
capture timeout 60 "$SAFEGUARDED" 99 v6.1 "$TMP/plain.vma"
check 'what is finished is carried out' contains "$out" 'moments: whole: '

# --- both sides of a session --------------------------------------------------------

scenario sides <<'END'
kernel left v6.12
vma a anon 64K
touch a 0-3
fork
pte a 9 swap
END
capture timeout 60 "$PROBE" --sides "$TMP/sides.vma"
check '--sides: the left model' contains "$out" '"compared":{"left":{"kernel":"v6.12","check":"dst","agree":'
check '--sides: where and why it ended' contains "$out" \
	"\"stopped\":{\"kind\":\"not-carried-out\",\"command\":3,\"file\":\"$TMP/sides.vma\",\"line\":5,\"reason\":\"no system call does"
check '--sides: of how many commands' contains "$out" '"commands":4,'
capture "$PROBE" --sides /nowhere.vma
check '--sides: an error as JSON' [ "$out" = '{"schema":3,"error":{"kind":"failed","file":"/nowhere.vma","message":"No such file or directory"}}' ]
check '--sides: and for people' contains "$err" '/nowhere.vma: No such file or directory'
capture "$PROBE" --sides "$TMP/broken.vma"
check '--sides: the place of an error' contains "$out" "\"file\":\"$TMP/broken.vma\",\"line\":2,\"column\":1,\"message\":"
scenario rwp <<<'kernel both v7.3
uffd u rwp'
capture "$PROBE" "$TMP/rwp.vma"
case $out in
*'"kind":"refused"'*) check 'JSON: what the kernel refuses has its errno' contains "$out" '"command":0,"file":"'"$TMP"'/rwp.vma","line":2,"errno":"E' ;;
*) skip 'what a kernel refuses: this one does not refuse uffd rwp' ;;
esac
capture "$PROBE" --kernel nope "$TMP/sides.vma"
check 'JSON: a kernel without a model' contains "$out" '{"schema":3,"error":{"kind":"failed","message":"'
capture "$PROBE" --compare /nowhere.vma
check '--compare prints no JSON' [ -z "$out" ]
batch() {
	printf '%s\n' "$@" >"$TMP/batch.vma"
	capture timeout 60 "$PROGRAM" --batch "$TMP/batch.vma"
}
batch 'vma a anon 64K' 'touch a 0-3' 'fork' 'child touch a 0' 'probe'
check 'probe at the prompt: no difference' contains "$out" ' agree, 0 differ, '
check 'probe at the prompt: the release' contains "$out" "$(uname -r), observed:"
batch 'vma a anon 64K' 'fork' 'probe' 'touch a' 'undo' 'probe list'
check 'probe: undo brings the marks back' contains "$out" 'Probe results are stale: run probe again.'
check 'and what was seen' [ "$status" = 0 ]

# Where the comparison finds no difference, the screen shows none: two ways from one answer.
draw=$TOP/$BUILD/tests/screen/screen
version=$("$PROBE" --era --json | sed -n 's/.*"version":"\([^"]*\)".*/\1/p')
for file in scenarios/whose-flag.vma scenarios/hugetlb.vma scenarios/second-fork.vma \
	scenarios/grandchild.vma scenarios/swapped-out.vma scenarios/guard-shmem.vma; do
	{ grep -v -e '^expect' -e '^kernel' -e '^check' "$file"; echo "kernel both $version"; } >"$TMP/same.vma"
	"$PROBE" --sides "$TMP/same.vma" >"$TMP/same.json" 2>"$TMP/err" || { skip "$file: $(cat "$TMP/err")"; continue; }
	if ended=$(grep -o '"reason":"[^"]*' "$TMP/same.json"); then # no swap, say: little was seen
		skip "$file: ${ended#*:\"}"
		continue
	fi
	differ=$(grep -c '"differ":[1-9]' "$TMP/same.json")
	capture "$draw" "$TMP/same.vma" 200x60 utf8 "answer $TMP/same.json" probe 'goto end'
	crosses=$(sed -n '2,55p' "$TMP/out" | grep -c '✗')
	check "$file: marks and comparison say the same" [ "$((differ > 0))" = "$((crosses > 0))" ]
	check "$file: there are marks" contains "$out" '✓'
done

# --- which kernel is this? ------------------------------------------------------------

capture timeout 120 "$PROBE" --era --json
check '--era --json' contains "$out" '"candidates":[{"profile":"'
capture timeout 120 "$PROBE" --era
check '--era names the release' contains "$out" "$(uname -r)"
case $status in
0)
	era=$(sed -n 's/.* behaves as \(v[^ ]*\|bisect[^ ]*\).*/\1/p' "$TMP/out")
	check '--era names a profile' [ -n "$era" ]
	capture timeout 120 "$PROBE" --compare --kernel live share/era/*.vma
	check 'that profile explains the tiny forks' [ "$status" = 0 ]
	batch 'kernel left live' 'vma a anon 4K' 'undo' 'show kernel' "save $TMP/live.vma"
	check 'kernel left live: the side is called so' contains "$out" "(as $era)"
	check 'kernel left live: a saved session has the profile' contains "$(cat "$TMP/live.vma")" "kernel left $era "
	capture "$PROGRAM" check "$TMP/live.vma"
	check 'and can be loaded' [ "$status" = 0 ]
	;;
1) skip "no profile is like this kernel: $out" ;;
*) skip "tiny forks are not allowed here: $out" ;;
esac
capture "$PROBE" --era x.vma
check '--era takes no file' [ "$status" = 2 ]

# Limits of the whole machine are not touched without leave. Where they cannot be written, trying shows.
printf 'limit %s\nvma a anon 16K\ntouch a\n' 'vmas 1000' >"$TMP/vmas.vma"
printf 'limit %s\nvma a anon 16K\ntouch a\n' 'commit 1G' >"$TMP/commit.vma"
read_only='mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys'
if unshare -m sh -c "$read_only" 2>/dev/null; then
	for limit in vmas commit; do
		capture unshare -m sh -c "$read_only"' && exec timeout 60 "$@"' sh "$PROBE" --compare "$TMP/$limit.vma"
		check "limit $limit without leave: status" [ "$status" = 77 ]
		check "limit $limit without leave: is not tried" contains "$err" '--may-limit sets them'
	done
else
	skip 'limits of the machine: /proc/sys cannot be made read-only here'
fi
# Only one of these two is not 0, and it counts if overcommit is strict (2).
strict=/proc/sys/vm/overcommit_
if acquires && [ -w ${strict}kbytes ] && [ "$(cat ${strict}memory)" != 2 ]; then
	ratio=$(cat ${strict}ratio) kbytes=$(cat ${strict}kbytes)
	for what in kbytes ratio; do
		echo 67 >$strict$what
		capture timeout 60 "$PROBE" --compare --may-limit "$TMP/commit.vma"
		check "limit commit, $what: is carried out" [ "$status" = 0 ]
		check "limit commit leaves a $what that was set" [ "$(cat $strict$what)" = 67 ]
	done
	if [ "$kbytes" = 0 ]; then echo "$ratio" >${strict}ratio; else echo "$kbytes" >${strict}kbytes; fi
else
	skip 'a limit of memory that was set: it cannot be set here'
fi

# --- the deadline, and signals -----------------------------------------------------

# busy NAME ADDRESS: commands that take long, and little memory
busy() {
	printf '%s\n' "vma $1 anon 256M at $2" "madvise $1 nohugepage"
	for _ in {1..400}; do printf '%s\n' "touch $1" "madvise $1 dontneed"; done
}
scenario long <<END
vma s anon 16K at 0x2040000000
touch s
$(! acquires || printf '%s\n' 'vma h hugetlb private 4M at 0x2000000000' 'madvise s pageout')
$(busy a 0x1000000000)
END
before=$(pool)
capture timeout 60 "$PROBE" --compare --timeout 0.001 "$TMP/long.vma"
check 'a deadline before anything: named' contains "$err" 'timed out after 0.001 s'
check 'a deadline before anything: status' [ "$status" = 2 ]
capture timeout 60 "$PROBE" --sides --timeout 0.001 "$TMP/long.vma"
check 'a deadline in JSON' contains "$out" '"stopped":{"kind":"deadline","command":'
check 'a deadline in JSON: how long that was' contains "$out" '"reason":"timed out after 0.001 s","seconds":0.001}'
check 'a deadline in JSON: status' [ "$status" = 2 ]
capture timeout 60 "$PROBE" --compare --timeout 0.05 "$TMP/long.vma"
check 'the deadline: status' [ "$status" = 2 ]
check 'the deadline: named' contains "$err" 'timed out after 0.05 s'

# A scenario that waits is ended by the signal, and so are its processes.
"$PROBE" --compare --timeout 60 "$TMP/long.vma" >"$TMP/out" 2>"$TMP/err" &
probe=$!
first_child $probe
kill -TERM $probe
wait $probe
status=$?
check 'SIGTERM ends it as a signal does' [ "$status" = 143 ]
check 'SIGTERM leaves no process' [ -n "$child" -a ! -e "/proc/$child" ]
"$PROBE" --timeout 60 "$TMP/long.vma" >"$TMP/out" 2>"$TMP/err" &
probe=$!
first_child $probe
kill -TERM $probe
wait $probe
check 'SIGTERM: the JSON is whole' contains "$(cat "$TMP/out")" '"stopped":{"kind":"stopped","command":'
check 'SIGTERM leaves huge pages and swap as they were' [ "$before" = "$(pool)" ]

# Killed, with its whole group: what it had acquired is restored all the same.
huge_pages() { [ "$(cat "$HUGE_POOL")" != "$1" ]; }
khugepaged() { cat /sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs 2>/dev/null; }
calm() { [ "$(khugepaged)" = 3600000 ]; }
as_before() { [ "$had" = "$(pool; khugepaged)" ]; }
if acquires; then
	had=$(pool; khugepaged)
	n=$(cat "$HUGE_POOL")
	setsid "$PROBE" --compare --timeout 60 "$TMP/long.vma" >"$TMP/out" 2>"$TMP/err" &
	probe=$!
	until_true huge_pages "$n"
	first_child $probe
	[[ $(cat /sys/kernel/mm/transparent_hugepage/enabled) = *'[never]'* ]] || check 'khugepaged sleeps long' calm
	check 'a keeper stands by' [ -n "$keeper" ]
	check 'which holds no output open' [ -z "$(find "/proc/$keeper/fd" -lname "$TMP/*")" ]
	"$PROBE" --compare "$TMP/plain.vma" >"$TMP/next" 2>"$TMP/next-err" &
	next=$!
	until_true grep -q waiting "$TMP/next-err"
	check 'the next probe waits for it' [ ! -s "$TMP/next" ]
	kill -KILL -- -$probe
	wait $probe 2>/dev/null
	wait $next
	check 'SIGKILL: the next probe goes on' [ $? = 0 ]
	check 'SIGKILL: and began when all was restored' until_true gone "$keeper"
	check 'SIGKILL: all that was acquired is restored' as_before
else
	skip 'a probe that is killed: nothing can be acquired here'
fi

# --- one at a time ---------------------------------------------------------------------

if flock -n /sys/kernel/mm true 2>/dev/null; then
	flock /sys/kernel/mm sleep 1.5 &
	sleep 0.2
	since=$SECONDS
	compare plain
	check 'another probe: is waited for' [ $((SECONDS - since)) -ge 1 ]
	check 'another probe: is named' [ "$err" = 'vmafork-probe: another probe is at work on this machine: waiting' ]
	check 'another probe: then it goes on' [ "$status" = 0 ]
	wait
	(exec 9</sys/kernel/mm && flock 9 && exec sleep 60) &
	holder=$!
	sleep 0.2
	timeout -s TERM 1 "$PROBE" --compare "$TMP/plain.vma" >"$TMP/out" 2>"$TMP/err"
	check 'a signal ends the wait' [ $? = 124 ]
	check 'and is named' contains "$(cat "$TMP/err")" 'it was interrupted'
	kill $holder
	wait $holder 2>/dev/null
	check 'nothing holds it afterward' flock -n /sys/kernel/mm true
else
	fail 'the lock is free'
fi
# What one takes away the other would have relied on: swap, and the sleep of khugepaged.
scenario two <<'END'
vma t anon 4M at 0x1000000000
madvise t hugepage
touch t
vma s anon 2M at 0x1080000000
touch s
madvise s pageout
fork
child touch s read
END
compare two
alone="$status $out"
same=0
for ((i = 0; i < 10; i++)); do
	"$PROBE" --compare "$TMP/two.vma" >"$TMP/one" 2>/dev/null &
	capture timeout 60 "$PROBE" --compare "$TMP/two.vma"
	wait $!
	[ "$? $(cat "$TMP/one")|$status $out" != "$alone|$alone" ] || same=$((same + 1))
done
check 'two at once: each as if it were alone' [ $same = 10 ]

# --- userfaultfd ---------------------------------------------------------------------

scenario uffd <<'END'
vma shm shmem shared 64K at 0x1000000000
touch shm 0-7
uffd u
register u shm wp
protect u shm
fork
parent touch shm 0 write
END
compare uffd
if contains "$err" 'userfaultfd:'; then
	skip "userfaultfd: $err"
else
	check 'write-protected shmem agrees' [ "$status" = 0 ]
	if tally ' 0 differ'; then pass 'uffd: no difference'; else fail 'uffd: no difference' "$out"; fi
	# The kernel of the regression, and this one is not it.
	capture timeout 60 "$PROBE" --compare --kernel v6.19-rc1 "$TMP/uffd.vma"
	if [ "$(id -u)" != 0 ]; then
		skip 'seeing the difference: needs root'
	else
		check 'another model differs' [ "$status" = 1 ]
		check 'the difference has its line' contains "$out" 'uffd.vma:6: shm decision: model copy, kernel skip'
	fi
fi

# --- every scenario that comes along ---------------------------------------------------

if [ "$(id -u)" != 0 ]; then
	skip 'the scenarios, as root: most of it cannot be seen otherwise'
	finish
	exit
fi
for file in scenarios/*.vma; do
	[ -f "$file" ] || continue
	capture timeout 60 "$PROBE" --compare "$file"
	case $status in
	0) pass "compare $file" ;;
	77) skip "$file: $err" ;;
	*) fail "compare $file: status $status" "$out" "$err" ;;
	esac
done
check 'huge pages and swap are as before' [ "$before" = "$(pool)" ]

# --- what a killed keeper leaves; last, as khugepaged is awake then ----------------------

# A keeper that is killed leaves its swap area, and the next probe takes that away. The settings
# that it leaves as well are restored here.
ours_are() { [ "$(grep -c '^/dev/vmafork-' /proc/swaps)" = "$1" ]; }
left=(/proc/sys/vm/page-cluster /sys/kernel/mm/transparent_hugepage/khugepaged/scan_sleep_millisecs)
scenario swap <<'END'
vma a anon 64K
touch a
madvise a pageout
expect both parent a all swap
END
{ cat "$TMP/swap.vma"; busy b 0x2000000000; } >"$TMP/long-swap.vma"
if acquires && [ -w /sys/class/zram-control/hot_remove ] && [ "$(wc -l </proc/swaps)" = 1 ]; then
	mapfile -t values < <(cat "${left[@]}")
	setsid "$PROBE" --compare --timeout 60 "$TMP/long-swap.vma" >"$TMP/out" 2>"$TMP/err" &
	probe=$!
	until_true ours_are 1
	first_child $probe
	kill -KILL "$keeper"
	kill -KILL -- -$probe
	wait $probe 2>/dev/null
	check 'a keeper that is killed leaves its swap area' ours_are 1
	capture timeout 60 "$PROBE" --compare "$TMP/swap.vma"
	check 'the next probe: status' [ "$status" = 0 ]
	check 'the next probe takes it away, and its own' until_true ours_are 0
	for i in "${!left[@]}"; do
		echo "${values[i]}" >"${left[i]}"
	done
else
	skip 'a swap area that is left over: no zram, or swap of somebody else'
fi

finish
