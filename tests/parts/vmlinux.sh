#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# vmafork-vmlinux on small images that are compiled here from tests/vmlinux/: each
# era's decision, by both compilers, at all levels; broken and hostile ones, too.
# Real kernels are read by `make vmlinux`.
#: built tests/live/*.c
. "$(dirname "$0")/../lib.sh"
# shellcheck disable=SC2154 # capture() and common.sh set them

# shellcheck source=../vmlinux/common.sh
. "$TOP/tests/vmlinux/common.sh"

if [ -n "$native" ]; then

# --- each era, whoever compiled it ---------------------------------------------------------

# Each compiler, level and version of DWARF meets each era and one another;
# EVERY_WAY=1 has all combinations.
levels=(O1 O2 O3 Os)
eras=(A B C D E F G H)
read -r -a all_compilers <<<"$compilers"
images=()
for ((i = 0; i < ${#eras[@]}; i++)); do
	for ((j = 0; j < ${#levels[@]}; j++)); do
		for ((k = 0; k < ${#all_compilers[@]}; k++)); do
			for ((dwarf = 4; dwarf <= 5; dwarf++)); do
				[ -n "${EVERY_WAY-}" ] ||
					{ ((k == (i + j) % ${#all_compilers[@]})) && ((dwarf == 4 + (i / 2 + j / 2) % 2)); } || continue
				images+=("${eras[i]} ${all_compilers[k]} ${levels[j]} $dwarf")
			done
		done
	done
done
processors=$(nproc)
for ((n = 0; n < ${#images[@]}; n++)); do # compilers side by side
	read -r e by level dwarf <<<"${images[n]}"
	compile "k-$n" "$by" "-$level" "-gdwarf-$dwarf" -DERA="'$e'" -DPROLOGUE &
	(((n + 1) % processors)) || wait
done
wait
for ((n = 0; n < ${#images[@]}; n++)); do
	read -r e by level dwarf <<<"${images[n]}"
	says "era $e, $by -$level, DWARF $dwarf" "${era[$e]}" "k-$n"
done
rm -f k-*

# --- combinations of tests --------------------------------------------------------------------

# Of seven, those with an odd number: any six are there or not in every combination.
# EVERY_WAY=1 has those with an even number, too.

pool=('dst VM_UFFD_WP' 'src VM_UFFD_WP' 'dst VM_PFNMAP|VM_MIXEDMAP' 'src VM_PFNMAP|VM_MIXEDMAP'
	'dst VM_MAYBE_GUARD' 'src VM_MAYBE_GUARD' 'src anon_vma')

combinations=()
for ((n = 1; n < 1 << ${#pool[@]}; n++)); do
	for ((bits = n, odd = 0; bits; bits >>= 1)); do odd=$((odd ^ bits & 1)); done
	[ $odd = 0 ] && [ -z "${EVERY_WAY-}" ] || combinations+=("$n")
done
for ((c = 0; c < ${#combinations[@]}; c++)); do
	n=${combinations[c]}
	: >"clauses-$n.h"
	expected=
	for ((i = 0; i < ${#pool[@]}; i++)); do
		((n >> i & 1)) || continue
		read -r side what <<<"${pool[i]}"
		expected="$expected;${pool[i]}"
		if [ "$what" = anon_vma ]; then
			echo "if (${side}_vma->anon_vma) return true;"
		else
			echo "if (${side}_vma->vm_flags & ($what)) return true;"
		fi >>"clauses-$n.h"
	done
	echo "$expected" >"expected-$n"
	by=${all_compilers[c % ${#all_compilers[@]}]}
	level=${levels[c / 2 % 4]}
	compile "c-$n" "$by" "-$level" -g -DCLAUSES="\"$TMP/clauses-$n.h\"" &
	(((c + 1) % processors)) || wait
done
wait
for n in "${combinations[@]}"; do
	got=$(clauses "c-$n" | by_side)
	expected=$(by_side <"expected-$n")
	if [ "$got" = "$expected" ]; then pass "clauses $n"; else fail "clauses $n" "expected $expected" "got      $got"; fi
done
rm -f c-* clauses-* expected-*

# --- what kernels are built with ----------------------------------------------------------------

variant() { # NAME COMPILER FLAG...
	local name=$1
	shift
	compile k "$@" -DERA="'C'" -g && says "$name" "${era[C]}" k
}
for by in $compilers; do
	variant "$by, ftrace" "$by" -O2 -pg -mfentry
	variant "$by, endbr64" "$by" -O2 -fcf-protection=branch
	variant "$by, a function of its own" "$by" -O1 -DOUTLINE
	variant "$by, a function of its own, a prologue" "$by" -O2 -DOUTLINE -DPROLOGUE
	STACK=-fstack-protector-all variant "$by, stack protector" "$by" -O2 -DPROLOGUE
	variant "$by, no sharing of code" "$by" -O2 -fno-inline
done
if [ "$first" = gcc ]; then
	variant 'return thunks' gcc -O2 -mfunction-return=thunk-extern -DOUTLINE
	STACK='-fstack-protector-all -mstack-protector-guard-reg=gs -mstack-protector-guard-symbol=__stack_chk_guard' \
		variant 'the newer stack protector' gcc -O2
	variant 'compressed sections' gcc -O2 -gz=zlib
	variant 'types in sections of their own' gcc -O2 -gdwarf-5 -fno-debug-types-section
fi
LINK_MORE=--emit-relocs variant 'relocations kept' "$first" -O2
LINK_MORE=--compress-debug-sections=zlib variant 'compressed by the linker' "$first" -O2
LINK_MORE=--compress-debug-sections=zlib-gnu variant 'compressed in the old way' "$first" -O2
LINK_MORE='--compress-debug-sections=zlib --emit-relocs' variant 'compressed, relocations kept' "$first" -O2
compile k "$first" -g -O2 -DERA="'H'" -DODD_BITS &&
	says 'bit numbers come from the image' 'dst VM_MIXEDMAP VM_PFNMAP VM_UFFD_WP VM_UFFD_RWP VM_MAYBE_GUARD; src anon_vma' k
# --- names of the bits --------------------------------------------------------------------------

moved='dst VM_UFFD_WP VM_MIXEDMAP VM_PFNMAP VM_MAYBE_GUARD VM_UFFD_RWP; src anon_vma'
for size in 2 3; do
	compile k "$first" -g -O2 -DERA="'H'" -DMOVED_BITS -DUNNAMED -DCODES=$size &&
		says "the codes of smaps name the bits, $size bytes each" "$moved" k
done
check 'codes: no note' lacks "$("$READER" k)" 'does not name its flags'
check 'codes: the evidence says so' contains "$("$READER" --evidence k)" 'named by the image (the codes of smaps)'
compile k "$first" -g -O2 -DERA="'H'" -DMOVED_BITS -DCODES=3 && says 'codes and enumerators' "$moved" k
check 'codes and enumerators: the evidence says so' contains "$("$READER" --evidence k)" 'which agree'
compile k "$first" -g -O2 -DERA="'G'" -DMOVED_BITS -DUNNAMED
check 'bits without names: a note' contains "$("$READER" k)" 'does not name its flags'
check 'bits without names: a line' contains "$("$READER" --compare k k)" 'does not name its flags'
compile k "$first" -g -O2 -DERA="'H'"
check 'bits with names: no note' lacks "$("$READER" k)" 'does not name its flags'
compile k "$first" -g -O2 && objcopy --remove-section=.debug_aranges k no-aranges &&
	says 'without an index of units' "${era[C]}" no-aranges

# --- where ----------------------------------------------------------------------------------------

compile k "$first" -g -O1 -DERA="'H'" -DVERSION='"7.3.4"'
line() { awk -v era="ERA == 'H'" -v what="$1" 'index($0, what) { last = FNR } END { print last }' "$SOURCE"; }
capture "$READER" --evidence k
check 'evidence: the mask, its line' contains "$out" "kernel.c:$(line '/* mask */') in vma_needs_copy()"
check 'evidence: anon_vma, its line' contains "$out" "kernel.c:$(line '/* anon */') in vma_needs_copy()"
check 'evidence: what it went on to' contains "$out" "copies: it reads the "
check 'evidence: nothing set' contains "$out" 'skips: it returns 0'
check 'evidence: all inputs alone' contains "$out" 'runs: 130 inputs alone, 8385 pairs'
address=$(printf '%s\n' "$out" | sed -n 's/.*read by the instruction at \(0x[0-9a-f]*\).*/\1/p' | head -n 1)
check 'evidence: the instruction reads the flag word' contains \
	"$(objdump -d k --start-address="$address" --stop-address=$((address + 12)) | sed -n 's/.*\t//p' | grep -m 1 '(%r')" '0x20(%r'
capture "$READER" --lines k
for f in dup_mmap dup_userfaultfd copy_page_range copy_hugetlb_page_range; do
	at=$(grep -n "^[a-z].* $f(.*)\$" "$SOURCE" | head -n 1 | cut -d : -f 1)
	check "line of $f" contains "$out" "kernel.c:$at  0x"
done
check 'vma_needs_copy is inlined: the call' contains "$out" \
	"called at $(printf '%s' "$out" | grep -o '[^ ]*kernel.c' | head -n 1):$(grep -n '!vma_needs_copy' "$SOURCE" | cut -d : -f 1), inlined at 0x"
cat >both.h <<'END'
if ((*(volatile unsigned long *)&dst_vma->vm_flags & VM_UFFD_WP) && (*(volatile unsigned long *)&dst_vma->vm_flags & VM_UFFD_WP)) return true;
END
compile both "$first" -g -O2 -DCLAUSES="\"$TMP/both.h\""
check 'no single read decides' contains "$("$READER" --evidence both)" 'no single read decides'
check 'it is inlined all the same' contains "$("$READER" --lines both)" ', inlined at 0x'
capture "$READER" --json k
check 'JSON: the clause' contains "$out" '"name": "VM_UFFD_RWP"'
check 'JSON: the version' contains "$out" '"version": "7.3.4"'
check 'JSON: where the rest is from' contains "$out" '"rest_from": "v7.3"'
check 'JSON ends well' [ "$status" = 0 ]

# --- what is printed is a profile -------------------------------------------------------------------

for e in A B C E F G H; do
	compile k "$first" -g -O2 -DERA="'$e'" && "$READER" k >"$e.kernel"
	printf 'kernel left ./%s.kernel\nkernel show ./%s.kernel\n' "$e" "$e" >in
	"$PROGRAM" --batch - <in >out 2>err
	check "the profile of era $e is read back" [ "$? $(cat err)" = '0 ' ]
	check "and says so" contains "$(cat out)" 'read from k'
done
check 'what is taken from elsewhere is told' contains "$(cat C.kernel)" 'Taken from the known profile v6.1'
check 'that it is as known' contains "$(cat C.kernel)" 'The decision is that of v6.1.'
check 'that it is not as known' contains "$(cat F.kernel)" 'The decision is not that of v6.1.'
compile k "$first" -g -O2 -DVERSION='"strange \"quoted\\\\ # thing"'
capture "$READER" k
check 'a strange banner is quoted' contains "$out" '\"quoted\\'
printf '%s\n' "$out" >strange.kernel
printf 'kernel left ./strange.kernel\n' >in
check 'and read back' "$PROGRAM" --batch - <in

compile k "$first" -g -O2 -DERA="'F'"
printf 'kernel left vmlinux:./k\nkernel show vmlinux:./k\nundo\nkernel left vmlinux:./missing\n' >in
capture env -C "$TMP" bash -c '"$0" --batch - <in' "$PROGRAM"
check 'a session reads an image' contains "$out" 'src->vm_flags & (VM_PFNMAP | VM_MIXEDMAP | VM_UFFD_WP | VM_MAYBE_GUARD)'
check 'and says what is wrong with another' contains "$err" 'missing: No such file'

# --- two images -----------------------------------------------------------------------------------------

compile G "$first" -g -O2 -DERA="'G'" -DVERSION='"6.19.0"'
compile F "$first" -g -O2 -DERA="'F'" -DVERSION='"6.19.0"'
compile G2 "$first" -g -O1 -DOUTLINE -DERA="'G'" -DVERSION='"6.19.1"'
capture "$READER" --compare G F
check 'they differ: 1' [ "$status" = 1 ]
check 'the condition' contains "$out" 'VM_UFFD_WP in src and not in dst'
check 'the words' contains "$out" 'UFFD_FEATURE_EVENT_FORK'
check 'the scenario' contains "$out" 'register '
capture "$READER" --compare G G2
check 'they decide alike: 0' [ "$status" = 0 ]
check 'and it says so' contains "$out" 'decide alike'
capture "$READER" --compare G F --scenario shows.vma
check 'a scenario is written' [ "$status" = 1 ]
capture "$PROGRAM" check shows.vma
check 'it holds' contains "$out" ' passed, 0 failed'
check 'and passes check' [ "$status" = 0 ]
check 'the known one by its version' contains "$(cat shows.vma)" 'kernel left v6.19'
check 'the other one by its profile' contains "$(cat shows.vma)" 'kernel right ./shows-new.kernel'
cp shows.vma before
capture "$READER" --compare G F --scenario shows.vma
check 'nothing is written over' [ "$status" = 2 ]
check 'and it says why' contains "$err" 'already exists'
check 'the file is as it was' cmp -s shows.vma before
capture "$READER" --compare G missing
check 'compare: a missing image is an error' [ "$status" = 2 ]

# --- debug info somewhere else ------------------------------------------------------------------------------

compile whole "$first" -g -O2 -DERA="'G'"
id=$(readelf -n whole | sed -n 's/.*Build ID: //p')
# separate: makes k (stripped) and k.debug
separate() {
	rm -rf k k.debug .debug dir
	objcopy --only-keep-debug whole k.debug 2>/dev/null && objcopy --strip-all "$@" whole k
}
separate
refused 'stripped' 'neither debug info nor a table of symbols' "$READER" k
says '--debug-file' "${era[G]}" --debug-file k.debug k
mkdir -p "dir/.build-id/${id:0:2}" && mv k.debug "dir/.build-id/${id:0:2}/${id:2}.debug"
says 'by build-id' "${era[G]}" --debug-dir dir k
separate --add-gnu-debuglink=k.debug
says 'by debuglink, beside it' "${era[G]}" k
mkdir .debug && mv k.debug .debug/
says 'by debuglink, in .debug' "${era[G]}" k
mkdir -p "dir$TMP" && mv .debug/k.debug "dir$TMP/"
says 'by debuglink, in the debug folder' "${era[G]}" --debug-dir "$TMP/dir" k
separate
compile other "$first" -g -O2 -DERA="'F'"
refused 'a debug file of another image' 'belongs to another image' "$READER" --debug-file other k
refused 'a debug file alone' 'has no code' "$READER" k.debug
objcopy --remove-section=.note.gnu.build-id --add-gnu-debuglink=k.debug k no-id 2>/dev/null
objcopy --remove-section=.note.gnu.build-id k.debug 2>/dev/null
refused 'a debug file that was changed' 'checksum' "$READER" no-id

# --- what is no kernel image ---------------------------------------------------------------------------------

refused 'a missing file' 'No such file' "$READER" missing
refused 'a folder' 'not a regular file' "$READER" .
refused 'a device' 'not a regular file' "$READER" /dev/null
: >empty
refused 'an empty file' 'an empty file' "$READER" empty
refused 'a text' 'not an ELF file' "$READER" "$SOURCE"
mkfifo pipe
refused 'a pipe' 'not a regular file' timeout 60 "$READER" pipe
{ head -c 514 /dev/zero; printf 'HdrS\017\002'; head -c 3000 /dev/zero; } >bz
refused 'a boot image without a kernel' 'in an unknown way' "$READER" bz
printf 'int main(void) { return 0; }\n' >main.c
"$first" -g main.c -o program
refused 'another program' 'no function copy_page_range' "$READER" program
printf 'int copy_page_range(void) { return 0; } int main(void) { return copy_page_range(); }\n' >main.c
"$first" -g main.c -o program
refused 'a program with that function' 'does not describe struct vm_area_struct' "$READER" program
check 'a program with that function: is told as one' contains "$err" 'not a kernel image'
patched() { # OFFSET BYTES: a copy of the image with these bytes
	# shellcheck disable=SC2059 # the escapes are meant
	cp whole k && printf "$2" | dd of=k bs=1 seek="$1" conv=notrunc 2>/dev/null
}
patched 18 '\x15\x00'
refused 'another architecture' 'PowerPC' "$READER" k
patched 16 '\x04'
refused 'a core dump' 'neither a kernel image nor an object' "$READER" k
patched 4 '\x01'
refused 'a 32-bit file' 'which cannot be read' "$READER" k
patched 5 '\x02'
refused 'a big-endian file' 'which cannot be read' "$READER" k
head -c 2000 whole >k
refused 'a truncated file' 'truncated' "$READER" k
head -c $(($(stat -c %s whole) / 2)) whole >k
refused 'half a file' 'truncated' "$READER" k
for s in .debug_abbrev .debug_line .debug_str; do
	objcopy --remove-section=$s whole k
	refused "without $s" "no $s" "$READER" k
done
objcopy --strip-debug whole k
refused 'without debug info' 'neither debug info nor BTF' "$READER" k
compile k "$first" -g -O2 -DAND
refused 'an "and"' 'not an "or" of clauses' "$READER" k
capture "$READER" --evidence k
check 'but the evidence shows it' contains "$out" 'VM_UFFD_WP of the child'
compile k "$first" -g -O2 -DUNKNOWN
refused 'a flag that has no name' 'bit 24' "$READER" k
compile k "$first" -g -O2 -DALWAYS
refused 'a decision that asks for more' 'before it has decided anything' "$READER" k
compile k "$first" -g -O2 -DNEVER
refused 'no decision' 'for no flag' "$READER" k
compile k "$first" -g -O2 -DTRAP
refused 'a trap' 'cannot analyze' "$READER" k
compile k "$first" -g -O2 -DENDLESS
refused 'an endless loop' 'does not end' "$READER" k
compile k "$first" -g -O2 -DALSO &&
	check 'what else it read is told' contains "$("$READER" k)" 'Also read before it decided: vm_ops'

compile k "$first" -g -O2 -DERA="'H'" -DMOVED_BITS -DUNNAMED -DCODES=3 -DMORE_CODES
refused 'two tables of codes' 'several tables' "$READER" k
# Codes of 6.18 and enumerators of another kernel, as an image that was put together has them.
sed 's/^\tVMA_UFFD_WP_BIT = UFFD_WP,/\tVMA_UFFD_WP_BIT = 34,/' "$SOURCE" >liar.c
SOURCE=liar.c compile k "$first" -g -O2 -DERA="'H'" -DCODES=3
refused 'codes and enumerators that differ' 'contradicts itself' "$READER" k

# --- debug info that lies -----------------------------------------------------------------------------

# edited NAME AWK: an image whose debug info was changed in the compiler's output.
edited() {
	# shellcheck disable=SC2086 # several words
	gcc $COMMON $X86 -fno-stack-protector -O2 -gdwarf-4 -dA -S "$SOURCE" -o lie.s &&
		awk "$1" lie.s >edited.s && gcc -c edited.s -o lie.o && ld $LINK lie.o -o lie && ! cmp -s lie.s edited.s
}
# shellcheck disable=SC2016 # awk's fields
if [ "$first" = gcc ]; then
	member='/DW_AT_name: "anon_vma"/ { here = 1 } /DW_AT_byte_size/ { here = 0 }
		here && /DW_AT_data_member_location/ { here = 0; sub(/0x38/, WHERE) } { print }'
	check 'lie: at the place of another' edited "${member/WHERE/\"0x20\"}"
	refused 'two members at one place' 'overlap' "$READER" lie
	check 'lie: over the end of another' edited "${member/WHERE/\"0x1c\"}"
	refused 'a member over another' 'overlap' "$READER" lie
	check 'lie: in the middle of a larger one' edited "${member/WHERE/\"0x30\"}"
	refused 'a member within another' 'overlap' "$READER" lie
	check 'lie: behind the structure' edited "${member/WHERE/\"0x4c\"}"
	refused 'a member outside' 'outside of it' "$READER" lie
	check 'lie: a smaller structure' edited '/DW_AT_name: "vm_area_struct"/ { here = 1 }
		here && /DW_AT_byte_size/ { here = 0; sub(/0x50/, "0x38") } { print }'
	refused 'a structure that is too small' 'outside of it' "$READER" lie
	check 'lie: no such member' edited '{ sub(/"anon_vma"/, "\"anon_vmb\"") } /string.*anon_vma"/ { sub(/anon_vma/, "anon_vmb") } { print }'
	refused 'a structure without the member' 'no member anon_vma' "$READER" lie
fi
# A unit whose length says less: its last types, or functions, are missing.
compile whole "$first" -g -gdwarf-4 -O2
at=$(readelf -SW whole | awk '$2 == ".debug_info" || $3 == ".debug_info" { sub(/.*\]/, ""); print "0x" $4 }')
length=$(od -An -tu4 -j "$((at))" -N 4 whole | tr -d ' ')
for less in 1 40 300; do
	short=$((length - less))
	patched "$((at))" "$(printf '\\x%02x' $((short & 255)) $((short >> 8 & 255)) $((short >> 16)) 0)"
	refused "a unit that ends $less bytes early" 'the debug info is corrupt' "$READER" k
done
# An entry that cannot be read is not the end of them: whatever it was may be missing.
entry() { # TAG: where in the file the first entry with that tag begins, and its code
	readelf --debug-dump=info whole 2>/dev/null | awk -v tag="(DW_TAG_$1)" '$NF == tag { print $1, $4; exit }' |
		sed 's/^<[0-9a-f]*><\([0-9a-f]*\)>:/0x\1/'
}
for tag in base_type structure_type subprogram enumeration_type; do
	read -r place code < <(entry "$tag")
	check "$tag: it is there" [ "${code:-200}" -lt 100 ]
	patched "$((at + place))" '\x7f'
	refused "$tag: an entry that cannot be read" 'the debug info is corrupt: ' "$READER" k
	check "$tag: it says what" grep -q -E 'an? (entry|attribute of an entry|unit) .*cannot be read: |ends before its last' "$TMP/err"
done

# --- one object of a kernel --------------------------------------------------------------------------------

for e in A B C E F G H; do
	for by in $compilers; do
		# shellcheck disable=SC2086 # several words
		"$by" $COMMON $X86 -fno-stack-protector -O2 -g -DERA="'$e'" -DPROLOGUE -DPART -c "$SOURCE" -o part.o &&
			says "an object, era $e, $by" "${era[$e]}" part.o
	done
done
# object NAME COMPILER FLAG...: one with the decision of 6.1.
object() {
	local name=$1 by=$2
	shift 2
	# shellcheck disable=SC2086 # several words
	"$by" $COMMON $X86 ${STACK--fno-stack-protector} -DERA="'C'" -DPART -g "$@" -c "$SOURCE" -o part.o &&
		says "an object, $by, $name" "${era[C]}" part.o
}
for by in $compilers; do
	object ftrace "$by" -O2 -pg -mfentry
	object 'a function of its own' "$by" -O2 -DOUTLINE -fno-inline
	object 'sections of their own' "$by" -O2 -ffunction-sections -fdata-sections
	object 'compressed' "$by" -O2 -gz=zlib
	object 'DWARF 4' "$by" -O2 -gdwarf-4
	STACK=-fstack-protector-all object 'stack protector' "$by" -O2 -DPROLOGUE
done
if [ "$first" = gcc ]; then
	object 'return thunks' gcc -O2 -mfunction-return=thunk-extern -DOUTLINE -fno-inline
fi
# shellcheck disable=SC2086 # several words
$first $COMMON $X86 -fno-stack-protector -DERA="'F'" -DPART -g -O2 -c "$SOURCE" -o part.o
capture "$READER" --evidence part.o
check 'an object: lines' contains "$out" "kernel.c:"
capture "$READER" part.o
check 'an object: names are the usual ones or its own' contains "$out" "clause    src $mask"
check 'an object: no banner, so the newest profile' contains "$out" ', the newest'
compile k "$first" -g -O2 -DERA="'G'"
capture "$READER" --compare k part.o
check 'an object and an image are compared' contains "$out" 'decide differently'
"$READER" part.o >part.kernel && printf 'kernel left ./part.kernel\n' >in
check 'an object: the profile is read back' "$PROGRAM" --batch - <in
objcopy --strip-debug part.o k.o
refused 'an object without debug info' 'neither debug info nor BTF' "$READER" k.o
cp part.o k.o && printf '\xf3' | dd of=k.o bs=1 seek=18 conv=notrunc 2>/dev/null
refused 'an object for another machine' 'for riscv64' "$READER" k.o
# Relocations of a type that no kernel has: every one of the code.
at=$(readelf -SW part.o | awk '/ \.rela\.text / { sub(/.*\]/, ""); print "0x" $4 }')
cp part.o k.o && printf '\x7f' | dd of=k.o bs=1 seek=$((at + 8)) conv=notrunc 2>/dev/null
refused 'a relocation of an unknown type' 'type 127' "$READER" k.o
cp part.o k.o && printf '\xff\xff\xff\xff' | dd of=k.o bs=1 seek=$((at + 12)) conv=notrunc 2>/dev/null
refused 'a relocation to no symbol' 'relocations are invalid' "$READER" k.o
cp part.o k.o && printf '\xff\xff\xff' | dd of=k.o bs=1 seek=$((at + 1)) conv=notrunc 2>/dev/null
refused 'a relocation outside of its section' 'relocations are invalid' "$READER" k.o

# --- the command line -------------------------------------------------------------------------------------------

refused 'no image' 'expected one image' "$READER"
refused 'two images' 'expected one image' "$READER" whole whole
refused 'one image to compare' 'takes two images' "$READER" --compare whole
refused 'a scenario of one' 'needs --compare' "$READER" --scenario x whole
refused 'two forms' 'one of' "$READER" --json --lines whole
refused 'an unknown option' '--help lists' "$READER" --nonsense
capture "$READER" --help
check 'help' contains "$out" 'usage: vmafork-vmlinux'
capture "$READER" --version
check 'version' contains "$out" 'vmafork-vmlinux '
unwritten 'profile' "$READER" whole
for form in --evidence --lines --json; do unwritten "$form" "$READER" $form whole; done
unwritten '--compare' "$READER" --compare whole other
unwritten '--help' "$READER" --help

# --- what the caller has, and allows -------------------------------------------------------------------------------

expected=$("$READER" whole)
check 'without a standard input' [ "$("$READER" whole <&-)" = "$expected" ]
check 'without standard input and error' [ "$("$READER" whole <&- 2>&-)" = "$expected" ]
check 'with a debug file, without standard input' [ "$("$READER" --debug-file whole whole <&- | grep -c ^clause)" = 3 ]
if [ -z "$SANITIZED" ]; then
	refused 'a limit of the caller' 'more memory than this process may have, 390 MiB' \
		bash -c 'ulimit -v 400000; "$0" whole' "$READER"
	check 'a limit of the caller: what to do' contains "$err" 'ulimit -v'
fi

# --- damaged images: an answer or one clear line, soon, and never a crash ------------------------------------------

cc=${CC:-cc}
$cc -O1 -o mutate "$TOP/tests/vmlinux/mutate.c" || fail 'compiling mutate.c'
compile small "$first" -g -gz=none -O2
size=$(stat -c %s small)
sections=$(readelf -SW small | awk '/\.debug_/ { sub(/.*\]/, ""); if (!from) from = $4; to = $4 } END { print "0x" from, "0x" to }')
headers=$(readelf -hW small | awk '/Start of section headers/ { print $5 }')
# damaged COUNT FROM TO: as many images, damaged in that part; EVERY_WAY=1: twice as many
damaged() {
	local bad=0 seed what='' count=$1
	[ -z "${EVERY_WAY-}" ] || count=$((2 * count))
	for ((seed = 0; seed < count; seed++)); do
		./mutate "$seed" small "$2" "$3" >k
		timeout -s KILL 60 "$READER" k >out 2>err
		status=$?
		case $status in
		0) [ -s out ] && [ ! -s err ] && continue ;;
		2) [ ! -s out ] && [ "$(wc -l <err)" -le 2 ] && [ -s err ] && continue ;;
		esac
		bad=$((bad + 1))
		what="$what seed $seed: exit $status: $(head -c 200 err)"
	done
	if [ "$bad" = 0 ]; then pass "damaged between $2 and $3"; else fail "$bad images damaged between $2 and $3" "$what"; fi
}
damaged 60 0 "$size"
damaged 30 0 1024
# shellcheck disable=SC2086 # two words
damaged 75 $sections
damaged 30 "$headers" "$size"

# --- shut in ---------------------------------------------------------------------------------------------------------

if $cc -D_GNU_SOURCE -I"$TOP/src" -o shut_in "$TOP/tests/vmlinux/shut_in.c" "$TOP/src/vmlinux/sandbox.c" 2>err; then
	out=$(./shut_in "$TMP/new") # a pipe: files may not grow
	check 'the reader of images is shut in' [ "$out" = 'shut in' ]
else
	fail 'compiling shut_in.c' "$(cat err)"
fi
refused 'a reader that cannot be shut in' 'seccomp' "$TOP/$BUILD/tests/live/without" seccomp "$READER" whole
fi

# --- arm64 -------------------------------------------------------------------------------------------------------------

if command -v clang >/dev/null && command -v ld.lld >/dev/null &&
	clang --target=aarch64-linux-gnu -ffreestanding -c -x c /dev/null -o null.o 2>/dev/null; then
	X86='--target=aarch64-linux-gnu -mgeneral-regs-only -mbranch-protection=standard'
	# shellcheck disable=SC2086 # several words
	arm() { # OUT FLAG...
		local to=$1
		shift
		clang $COMMON $X86 "$@" -c "$SOURCE" -o "$to.o" 2>"$to.err" &&
			ld.lld -static -nostdlib -Ttext=0xffff800080010000 -Tdata=0xffff800082000000 --build-id -e 0 \
				"$to.o" -o "$to" 2>>"$to.err" && return
		fail "compiling $to for arm64 with $*" "$(cat "$to.err")"
		return 1
	}
	for e in A B C E F G H; do
		for level in O1 O2 Os; do
			arm k -$level -g -DERA="'$e'" -DPROLOGUE && says "arm64, era $e, -$level" "${era[$e]}" k
		done
	done
	for e in C F G H; do
		# shellcheck disable=SC2086 # several words
		clang $COMMON $X86 -fno-pic -O2 -g -DPART -DPROLOGUE -DERA="'$e'" -c "$SOURCE" -o part.o &&
			says "arm64, an object, era $e" "${era[$e]}" part.o
	done
	arm k -O2 -g -DOUTLINE && says 'arm64, a function of its own' "${era[C]}" k
	arm k -O2 -g -fstack-protector-all -mstack-protector-guard=sysreg -mstack-protector-guard-reg=sp_el0 \
		-mstack-protector-guard-offset=1416 && says 'arm64, stack protector' "${era[C]}" k
	arm k -O2 -g -fsanitize=shadow-call-stack -ffixed-x18 && says 'arm64, shadow call stack' "${era[C]}" k
else
	echo 'skipped: images for arm64 (clang and ld.lld are needed)'
fi

finish
