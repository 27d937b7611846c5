# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034,SC2154 # the parts use what is set here
# What the parts that let vmafork-vmlinux read small images share: how these are compiled,
# and what is expected of each. Skips the part where the program was not built.

READER=$TOP/$(dirname "$BIN")/vmafork-vmlinux
SOURCE=$TOP/tests/vmlinux/kernel.c
if [ ! -x "$READER" ]; then
	echo 'skipped: vmafork-vmlinux was not built (tests/needs.sh vmlinux gets what it needs)'
	finish
	exit
fi
cd "$TMP" || exit 1

compilers=
for c in gcc clang; do
	if command -v "$c" >/dev/null; then compilers="$compilers $c"; else echo "skipped: no $c here"; fi
done
[ -n "$compilers" ] || compilers=${CC:-cc}
first=${compilers# }
first=${first%% *}

X86='-fno-pic -mcmodel=kernel -mno-red-zone -mgeneral-regs-only'
COMMON='-std=gnu17 -w -ffreestanding -fno-asynchronous-unwind-tables'
LINK='-static -nostdlib -Ttext=0xffffffff81000000 -Tdata=0xffffffff82000000 --build-id -e 0'

native=
[ "$(uname -m)" = x86_64 ] && native=yes
[ -n "$native" ] || echo 'skipped: images for x86-64: this is another machine'

# compile OUT COMPILER FLAG...: an image; LINK_MORE and STACK may add to it.
compile() {
	local to=$1 by=$2
	shift 2
	# shellcheck disable=SC2086 # several words
	"$by" $COMMON $X86 ${STACK--fno-stack-protector} "$@" -c "$SOURCE" -o "$to.o" 2>"$to.err" &&
		ld $LINK ${LINK_MORE-} "$to.o" -o "$to" 2>>"$to.err" && return
	fail "compiling $to with $by $*" "$(cat "$to.err")"
	return 1
}

# clauses IMAGE [OPTION...]: one line, as "dst VM_UFFD_WP; src anon_vma"
clauses() {
	"$READER" "$@" 2>&1 | sed -n 's/^clause *//p; /: /p' | sed 's/ where .*//' | grep -v '^note\|^#' |
		paste -s -d ';' | sed 's/;/; /g'
}

# says NAME EXPECTED IMAGE [OPTION...]
says() {
	local name=$1 expected=$2 got
	shift 2
	got=$(clauses "$@")
	if [ "$got" = "$expected" ]; then pass "$name"; else fail "$name" "expected $expected" "got      $got"; fi
}

lacks() { ! contains "$@"; } # TEXT PART

mask='VM_PFNMAP VM_MAYBE_GUARD VM_UFFD_WP VM_MIXEDMAP'
declare -A era=(
	[A]='src VM_PFNMAP VM_HUGETLB VM_MIXEDMAP; src anon_vma'
	[B]='dst VM_UFFD_WP; src VM_PFNMAP VM_HUGETLB VM_MIXEDMAP; src anon_vma'
	[C]='dst VM_UFFD_WP; src VM_PFNMAP VM_MIXEDMAP; src anon_vma'
	[D]='dst VM_UFFD_WP; src VM_PFNMAP VM_MIXEDMAP; src anon_vma'
	[E]='dst VM_UFFD_WP; src VM_PFNMAP VM_MIXEDMAP; src anon_vma; src VM_MAYBE_GUARD'
	[F]="src $mask; src anon_vma"
	[G]="dst $mask; src anon_vma"
	[H]="dst $mask VM_UFFD_RWP; src anon_vma"
)

# by_side: one line a side, its flags in one order: compilers may join two tests into one
by_side() {
	tr ';|' '\n ' | awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | LC_ALL=C sort -u | paste -s -d ' '
}

refused() { # NAME WHAT COMMAND...: one clear line, exit 2
	local name=$1 what=$2
	shift 2
	capture "$@"
	check "$name: exit 2" [ "$status" = 2 ]
	check "$name: says what" contains "$err" "$what"
	check "$name: in a line, and what to do" [ "$(printf '%s\n' "$err" | wc -l)" -le 2 ]
	check "$name: prints nothing else" [ -z "$out" ]
}
