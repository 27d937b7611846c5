#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vmafork-vmlinux on images without debug info, as people have them: small kernels that are
# compiled here, with symbols and types of their own (tests/vmlinux/plain.c), packed in all
# ways (pack.c); wrong and damaged ones, too. Real ones are read by `make vmlinux`.
#: built
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../vmlinux/common.sh
. "$TOP/tests/vmlinux/common.sh"
# shellcheck disable=SC2154 # capture() and common.sh set them

if [ -z "$native" ]; then
	finish
	exit
fi
$first -std=gnu17 -w -O1 -o plain "$TOP/tests/vmlinux/plain.c" || fail 'compiling plain.c'
$first -std=gnu17 -w -O1 -o pack "$TOP/tests/vmlinux/pack.c" -lz -lzstd -llzma -llz4 || fail 'compiling pack.c'

# plain OUT LAYOUT WORDS FLAG...: an image without debug info or symbols, but with tables of its own.
plain() {
	local to=$1 layout=$2 words=$3
	shift 3
	# shellcheck disable=SC2086 # several words
	compile "$to" "$first" -O2 -DROOM "$@" && ./plain "$layout" "$to" $words && objcopy --strip-all "$to"
}
# decides NAME EXPECTED IMAGE: as says, in any order: it is not known where lines are not.
decides() {
	local got
	# shellcheck disable=SC2086 # options, or a name without spaces
	got=$(clauses $3 | by_side)
	if [ "$got" = "$(by_side <<<"$2")" ]; then pass "$1"; else fail "$1" "expected $2" "got      $got"; fi
}
high="src $mask VM_UFFD_RWP; dst VM_PFNMAP; src anon_vma"
echo 'if (src_vma->vm_flags & VM_COPY_ON_FORK) return true; if (dst_vma->vm_flags & VM_PFNMAP) return true;
if (src_vma->anon_vma) return true;' >high.h
for layout in 6.1 6.12 6.16 7.0; do
	for e in A B C E F G H; do
		plain k $layout '' -DERA="'$e'" -DUNNAMED -DCODES=3 && decides "plain, symbols as in $layout, era $e" "${era[$e]}" k
	done
	plain k $layout named -DERA="'C'" -DCODES=2 && decides "plain, symbols as in $layout, codes and enumerators" "${era[C]}" k
	plain k $layout '' -DCODES=3 -DCLAUSES="\"$TMP/high.h\"" &&
		decides "plain, symbols as in $layout, a flag above bit 31" "$high" k
done
plain k 6.12 '' -DERA="'C'" -DCODES=3
# Nothing is known of a version but what the code does: neither banner nor build-id decides.
plain k2 6.12 '' -DERA="'F'" -DCODES=3 -DVERSION='"4.4.0"'
objcopy --remove-section=.note.gnu.build-id k2 2>/dev/null
decides 'plain, a banner and a build-id that lie' "${era[F]}" k2
cp k plain-k
capture "$READER" k
check 'plain: a note says that lines are missing' contains "$out" 'the lines are missing'
check 'plain: and no clause has one' lacks "$out" ' where '
capture "$READER" --evidence k
check 'plain: the evidence has no lines' contains "$out" 'lines: missing'
check 'plain: JSON' contains "$("$READER" --json k)" '"debug_info": false'
refused 'plain: --lines' 'lines are missing' "$READER" --lines k
capture "$READER" --compare k k2
check 'plain: two are compared' contains "$out" 'decide differently'
compile with "$first" -g -O2 -DERA="'C'"
capture "$READER" --compare k with
check 'plain: one with debug info, one without' contains "$out" 'decide alike'
"$READER" k >plain.kernel
printf 'kernel left ./plain.kernel\n' >in
check 'plain: the profile is read back' "$PROGRAM" --batch - <in
for how in gzip xz zstd lz4; do
	for as in file bzimage zboot; do
		./pack $how $as plain-k >packed && decides "packed: $how, $as" "${era[C]}" packed
	done
	head -c $(($(stat -c %s packed) * 2 / 3)) packed >k
	refused "packed with $how, cut" 'truncated or corrupt' "$READER" k
	./pack $how bzimage plain-k >packed
	{ head -c 3000 packed; head -c 200 /dev/zero; tail -c +3201 packed; } >k
	refused "packed with $how, damaged" 'truncated or corrupt' "$READER" k
done
./pack gzip zboot plain-k >packed && ./pack xz file packed >k && decides 'packed twice' "${era[C]}" k
truncate -s 3 many && printf 'BZh91AY' >>many && ./pack none zboot many >k && refused 'packed in an unknown way' 'in an unknown way' "$READER" k
printf 'BZh91AY' >many && ./pack none bzimage many >k && refused 'packed with bzip2' 'with bzip2' "$READER" k
head -c 600000000 /dev/zero | gzip -1 >many && refused 'packed: too large' 'more than 512 MiB' "$READER" many
rm -f many
printf 'no kernel' >many && ./pack gzip file many >k && refused 'packed: something else' 'not an ELF file' "$READER" k
bad() { # NAME WHAT WORDS LAYOUT...
	local name=$1 what=$2 words=$3 layout
	shift 3
	for layout in "$@"; do
		plain k "$layout" "$words" -DERA="'C'" -DCODES=3 && refused "$name, $layout" "$what" "$READER" k
	done
}
all='6.1 6.12 6.16 7.0'
# shellcheck disable=SC2086 # several words
{
	bad 'plain: no types' 'neither debug info nor BTF' no-btf $all
	bad 'plain: no symbols' 'neither debug info nor a table of symbols' no-kallsyms $all
	bad 'plain: a name is missing' 'neither debug info nor a table of symbols' short-names $all
	bad 'plain: the banner is elsewhere' 'no addresses that fit' moved-banner $all
	bad 'plain: not sorted' 'no addresses that fit' unsorted $all
}
bad 'plain: members overlap' 'overlap' overlap 6.12
bad 'plain: a member outside' 'outside of it' outside 6.12
bad 'plain: no anon_vma' 'no member anon_vma' no-member 6.12
bad 'plain: two structures' 'twice' twice 6.12
plain k 6.12 named -DERA="'C'" -DCODES=3 -DMOVED_BITS && refused 'plain: codes and BTF differ' 'contradicts itself' "$READER" k
plain k 6.12 '' -DERA="'C'" && check 'plain: no codes, a note' contains "$("$READER" k)" 'does not name its flags'
plain k 6.12 no-btf -DERA="'C'" -DCODES=3
printf '\237\353\001\000 and no types' >none && objcopy --add-section .BTF=none k && refused 'BTF that is none' 'cannot be read' "$READER" k

# --- other machines ----------------------------------------------------------------------------

cat >kernel.lds <<'END'
SECTIONS {
	. = 0xffff800080000000;
	.text : { *(.text .text.*) }
	.rodata : { *(.rodata .rodata.*) }
	.tables : { *(.tables) }
	.data : { *(.data .data.*) }
	.bss : { *(.bss .bss.*) }
	/DISCARD/ : { *(.comment .note.* .eh_frame .ARM.* .riscv.*) }
}
END
# raw TARGET OUT LAYOUT WORDS FLAG...: an image as `objcopy -O binary` makes them, for another machine.
raw() {
	local target=$1 to=$2 layout=$3 words=$4
	shift 4
	# shellcheck disable=SC2086 # several words
	clang $COMMON --target="$target" "$@" -fno-stack-protector -O2 -DROOM -c "$SOURCE" -o "$to.o" 2>"$to.err" &&
		ld.lld -static -nostdlib -T kernel.lds -e 0 "$to.o" -o "$to" 2>>"$to.err" &&
		./plain "$layout" "$to" raw $words 2>>"$to.err" && return
	fail "compiling $to for $target with $*" "$(cat "$to.err")"
	return 1
}
if command -v clang >/dev/null && command -v ld.lld >/dev/null; then
	arm='-mgeneral-regs-only -mbranch-protection=standard'
	for layout in 6.1 6.12 6.16 7.0; do
		words='from-base'
		[ $layout != 7.0 ] || words=
		for e in A C F H; do
			# shellcheck disable=SC2086 # several words
			raw aarch64-linux-gnu k $layout "$words" $arm -DERA="'$e'" -DUNNAMED -DCODES=3 &&
				decides "arm64 Image, symbols as in $layout, era $e" "${era[$e]}" k
		done
	done
	# shellcheck disable=SC2086 # several words
	{
		raw aarch64-linux-gnu k 6.1 no-base $arm -DERA="'C'" -DCODES=2 &&
			decides 'arm64 Image, the base is filled in when it starts' "${era[C]}" k
		check 'and its banner is found' contains "$("$READER" k)" 'Linux version 6.1.0'
		for how in gzip zstd; do
			./pack $how file k >packed && decides "arm64 Image.$how" "${era[C]}" packed
			./pack $how zboot k >packed && decides "arm64 zboot, $how" "${era[C]}" packed
		done
		raw aarch64-linux-gnu k 6.12 'from-base moved-entry' $arm -DCODES=3 &&
			refused 'arm64 Image: two symbols that do not agree' 'no addresses that fit' "$READER" k
		raw aarch64-linux-gnu k 6.12 'from-base moved-banner' $arm -DCODES=3 &&
			refused 'arm64 Image: the banner is elsewhere' 'no addresses that fit' "$READER" k
	}
	for layout in 6.12 7.0; do
		words='from-base'
		[ $layout != 7.0 ] || words=
		for e in C F H; do
			raw riscv64-linux-gnu k $layout "$words" -mcmodel=medany -mno-relax -DERA="'$e'" -DUNNAMED -DCODES=3 &&
				decides "riscv64 Image, symbols as in $layout, era $e" "${era[$e]}" k
		done
	done
else
	echo 'skipped: images for other machines (clang and ld.lld are needed)'
fi
# An s390x boot image has no header that says where its kernel is.
{ head -c $((0x10008)) /dev/zero; printf 'S390EP'; head -c 200000 /dev/zero; } >s390x
refused 's390x: a boot image without a kernel' 'in an unknown way' "$READER" s390x
head -c 2000000 /dev/zero >many && ./pack zstd file many >>s390x
refused 's390x: a kernel without BTF and symbols' 'neither debug info nor a table of symbols' "$READER" s390x

# --- the kernel that runs ------------------------------------------------------------------------

# A machine of its own, with two kernels: one that runs, and one that will after a reboot.
mkdir -p machine/{boot,proc/sys/kernel,sys/kernel,usr/lib/modules/6.1.0}
echo 6.1.0 >machine/proc/sys/kernel/osrelease
plain running 6.1 '' -DERA="'C'" -DCODES=2
plain other 6.1 '' -DERA="'F'" -DCODES=2
objcopy -O binary --only-section=.note.gnu.build-id running machine/sys/kernel/notes 2>/dev/null
refused '--running, no image' 'no image of the kernel that runs here, 6.1.0' "$READER" --running --root machine
check '--running, no image: nor memory' contains "$err" 'machine/proc/kcore: No such file or directory'
./pack zstd bzimage other >machine/boot/vmlinuz-6.1.0
refused '--running, another image' 'another kernel than the one that runs' "$READER" --running --root machine
check '--running, another image: which' contains "$err" 'machine/boot/vmlinuz-6.1.0: '
./pack zstd bzimage running >machine/usr/lib/modules/6.1.0/vmlinuz
decides '--running: the one that has the build-id' "${era[C]}" '--running --root machine'
check '--running: its name' contains "$("$READER" --running --root machine)" 'read from machine/usr/lib/modules/6.1.0/vmlinuz'
check '--running: the evidence' contains "$("$READER" --evidence --running --root machine)" 'machine/usr/lib/modules/6.1.0/vmlinuz (x86-64)'
rm machine/sys/kernel/notes
refused '--running, nothing tells' 'cannot tell which kernel runs here' "$READER" --running --root machine
refused '--running and an image' 'takes no image' "$READER" --running running

# Its memory, where there is no image of it. Its address is not told, but by --evidence.
rm machine/{boot,usr/lib/modules/6.1.0}/vmlinuz*
$first -std=gnu17 -w -O1 -o kcore "$TOP/tests/vmlinux/kcore.c" || fail 'compiling kcore.c'
# memory LAYOUT WORDS FLAG...: the machine's kernel, as its memory shows it
memory() {
	local layout=$1 words=$2
	shift 2
	# shellcheck disable=SC2086 # several words
	compile m "$first" -O2 -DROOM -DCODES=3 -pg -mfentry "$@" && ./plain "$layout" m &&
		./kcore m machine/proc/kcore machine/proc/kallsyms $words &&
		objcopy -O binary --only-section=.note.gnu.build-id m machine/sys/kernel/notes 2>/dev/null
}
for layout in 6.1 6.12 6.16 7.0; do
	for e in C H; do
		memory $layout nop -DERA="'$e'" -DUNNAMED && decides "memory, era $e, symbols shown" "${era[$e]}" '--running --root machine'
		memory $layout 'nop hidden' -DERA="'$e'" -DUNNAMED &&
			decides "memory, era $e, symbols as in $layout" "${era[$e]}" '--running --root machine'
	done
done
rm machine/proc/kallsyms
decides 'memory, no list of symbols' "${era[H]}" '--running --root machine'
memory 6.12 'nop large' -DERA="'F'" && decides 'memory, the kernel within a large segment' "${era[F]}" '--running --root machine'
memory 6.12 'nop within' -DERA="'F'" && decides 'memory, the kernel also within another segment' "${era[F]}" '--running --root machine'
memory 6.12 nop -DERA="'C'" -DCOUNTS -DPROLOGUE && decides 'memory, counts per CPU' "${era[C]}" '--running --root machine'
capture "$READER" --running --root machine
check 'memory: which' contains "$out" 'title     "read from machine/proc/kcore"'
check 'memory: a note says so' contains "$out" "Read from the running kernel's memory"
check 'memory: no address is told' lacks "$out" ffffffff8
capture "$READER" --running --root machine --json
check 'memory: JSON says so' contains "$out" '"memory": true'
check 'memory: JSON has no address' lacks "$out" ffffffff8
capture "$READER" --running --root machine --evidence
check 'memory: the evidence has addresses' contains "$out" ' at 0xffffffff81'
# kcore_bad NAME WHAT WORDS
kcore_bad() {
	memory 6.12 "$3" -DERA="'C'" && refused "memory: $1" "$2" "$READER" --running --root machine
	check "memory: $1: no address is told" lacks "$err" ffffffff8
}
kcore_bad 'traced' 'it jumps out of the image' traced
check 'memory: traced: why' contains "$err" 'is the function traced, probed or patched'
kcore_bad 'probed' 'it traps' probed
check 'memory: probed: why' contains "$err" 'is the function traced, probed or patched'
kcore_bad 'no notes' 'no VMCOREINFO with _stext' no-notes
kcore_bad 'notes without its place' 'no VMCOREINFO with _stext' no-start
kcore_bad 'a place that is not there' "does not hold the kernel's own code" start=ffffffff00000000
kcore_bad 'other memory' 'another kernel than the one that runs' start=ffff888000001000
kcore_bad 'it ends early' 'cannot be read' short
kcore_bad 'no core file' 'not a core file of a kernel' program
memory 6.12 nop -DERA="'C'" -DALWAYS
refused 'memory: a decision that asks for more' "reads the parent's mm before it has decided" "$READER" --running --root machine
check 'memory: and no address is told' lacks "$err" ffffffff8
memory 6.12 nop -DERA="'C'"
objcopy -O binary --only-section=.note.gnu.build-id other machine/sys/kernel/notes 2>/dev/null
refused 'memory: another kernel' 'another kernel than the one that runs' "$READER" --running --root machine
rm machine/proc/kcore && mkfifo machine/proc/kcore
refused 'memory: a pipe' 'proc/kcore: not a regular file' timeout 60 "$READER" --running --root machine
rm machine/proc/kcore
refused 'memory: none' 'machine/proc/kcore: No such file or directory' "$READER" --running --root machine
check 'memory: none: what to do' contains "$err" 'root may read /proc/kcore'

# --- damaged tables: the right clauses, or one clear line ------------------------------------

$first -O1 -o mutate "$TOP/tests/vmlinux/mutate.c" || fail 'compiling mutate.c'
for layout in 6.1 6.12 7.0; do
	plain small $layout named -DERA="'C'" -DCODES=3
	read -r from size < <(readelf -SW small | awk '/\.tables/ { sub(/.*\]/, ""); print "0x" $4, "0x" $5 }')
	bad=0
	what=
	for ((seed = 1; seed <= ${EVERY_WAY:+4}40; seed++)); do
		./mutate "$seed" small "$from" $((from + size / 4)) >k
		timeout -s KILL 60 "$READER" k >out 2>err
		status=$?
		case $status in
		0) [ "$(clauses k | by_side)" = "$(by_side <<<"${era[C]}")" ] && continue ;;
		2) [ ! -s out ] && [ "$(wc -l <err)" -le 2 ] && [ -s err ] && continue ;;
		esac
		bad=$((bad + 1))
		what="$what seed $seed: exit $status: $(head -c 200 err)"
	done
	if [ "$bad" = 0 ]; then pass "damaged tables, $layout"; else fail "$bad images with damaged tables, $layout" "$what"; fi
done

finish
