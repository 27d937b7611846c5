#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The worked example of CONTRIBUTING.md that adds a command: it applies to this tree, builds,
# and the command is there for all three: the parser, the model and the running kernel.
. "$(dirname "$0")/../lib.sh"
unsanitized 'builds of its own are not sanitized'

tree=$TMP/tree
mkdir "$tree"
cp -r src share Makefile "$tree"
awk '/^<!-- patch -->$/ { wanted = 1 } /^```$/ { wanted = 0 } wanted && inside { print } /^```diff$/ { inside = 1 }
	/^```$/ { inside = 0 }' CONTRIBUTING.md >"$TMP/patch"
check 'there is an example' [ -s "$TMP/patch" ]
capture patch -d "$tree" -p0 --no-backup-if-mismatch -i "$TMP/patch"
check 'it applies' [ "$status" = 0 ]
check 'without fuzz' [ "$(grep -c fuzz <<<"$out")" = 0 ]

# Warnings are errors in this build, too; a program that runs for a moment needs no optimizer.
capture make -C "$tree" --no-print-directory WERROR=1 CFLAGS=-O0 vmafork-tui vmafork-probe
check "it builds: $err" [ "$status" = 0 ]

cat >"$TMP/example.vma" <<'END'
vma ring shmem 64K
msync ring
mlock ring
END
cp "$TMP/example.vma" "$TMP/refused.vma"
echo 'msync ring' >>"$TMP/refused.vma"
capture "$tree/vmafork-tui" check "$TMP/example.vma"
check "the model carries it out: $out$err" [ "$status" = 0 ]
capture "$tree/vmafork-tui" check "$TMP/refused.vma"
check 'the model refuses it where the kernel does' contains "$err" 'refused.vma:4:1: left: msync: EBUSY'
capture "$tree/vmafork-tui" help msync
check 'help has it' contains "$out" 'msync NAME'
capture "$tree/vmafork-tui" help --mdoc
check 'the manual page has it' contains "$out" '.Ic msync'
capture "$tree/vmafork-tui" help --vim
check 'the syntax for vim has it' contains "$out" ' msync '
printf 'msyn ring\n' >"$TMP/wrong.vma"
capture "$tree/vmafork-tui" check "$TMP/wrong.vma"
check 'errors suggest it' contains "$err" "did you mean 'msync'"
capture "$tree/vmafork-probe" --compare "$TMP/example.vma"
case $status in
0) check 'the running kernel does the same' contains "$out" '0 differ' ;;
*) skip "the running kernel was not asked: ${err:-$out}" ;;
esac
finish
