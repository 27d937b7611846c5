# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the findings share: packages of an exact version, a kernel that boots, and
# the comparison at the end. A finding sources this file first and ends with
# `expect`. Exit status: 0 the behavior is as described, 1 it is not, 77 skipped.
#
# TMP   a temporary folder, removed at the end
# ROOT  where packages are unpacked in it; nothing is installed

. "$(dirname "${BASH_SOURCE[0]}")/../tests/kernels/common.sh"
# shellcheck source=../tests/kernels/apt.sh
. "$HERE/apt.sh"
FINDINGS=$TOP/findings

TMP=$(mktemp -d "${TMPDIR:-/tmp}/finding.XXXXXX") || exit 2
trap 'rm -rf "$TMP"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
ROOT=$TMP/root
mkdir "$ROOT"
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

skip() {
	printf 'skipped: %s\n' "$*"
	exit 77
}

[ "$(uname -m)" = x86_64 ] || skip "the packages are those of amd64, this machine is $(uname -m)"

# need COMMAND...
need() {
	local command
	for command in "$@"; do
		command -v "$command" >/dev/null || skip "$command is missing; tests/needs.sh build kernels installs it"
	done
}

# The lists of packages of Debian's archive, from the mirror that this machine's apt has.
archive() {
	command -v apt-get >/dev/null || skip 'no apt-get here to fetch packages of Debian'
	(our_apt_update) 2>"$TMP/archive" || skip "no lists of packages: $(tail -n 1 "$TMP/archive")"
}

# The archive has that version.
listed() { # NAME VERSION
	our_apt apt-cache madison "$1" |
		awk -F ' *[|] *' -v version="$2" '$2 == version { found = 1 } END { exit !found }'
}

cached() { # NAME VERSION
	find "$CACHE/debs" -name "$1_${2/:/%3a}_*.deb" | head -n 1
}

# package NAME VERSION [FOLDER]: unpacks that version into FOLDER, $ROOT by default.
package() {
	local to=${3:-$ROOT} file of="$1 $2"
	archive
	file=$(cached "$1" "$2")
	if [ -z "$file" ]; then
		listed "$1" "$2" || skip "$of is not in the archive any more"
		(cd "$CACHE/debs" && our_apt apt-get download "$1=$2") >"$TMP/download" 2>&1 ||
			skip "cannot fetch $of: $(tail -n 1 "$TMP/download")"
		file=$(cached "$1" "$2")
	fi
	mkdir -p "$to"
	if ! dpkg-deb -x "$file" "$to"; then
		rm -f "$file" # the next run fetches it again
		skip "cannot unpack $of"
	fi
}

# compile PROGRAM [OPTION]... <SOURCE
compile() {
	local program=$1
	shift
	need "${CC:-cc}"
	"${CC:-cc}" -std=c17 -D_GNU_SOURCE -O2 -Wall -Wextra -o "$program" -x c - -x none "$@" ||
		skip "cannot compile ${program##*/}: is libc6-dev installed?"
}

# compile_guest <SOURCE: the program for `on_kernel`, static; guest.h comes before it.
compile_guest() {
	compile "$TMP/guest" -static -I "$FINDINGS" -include guest.h
}

# on_kernel PACKAGE VERSION: boots Debian's kernel image of that name in QEMU with the
# compiled program as its only one, and adds the program's output to $TMP/seen.
on_kernel() {
	local folder status first
	need qemu-system-x86_64 cpio mkfs.ext4 depmod xz zstd
	archive
	"$HERE/fetch" --package "$1" >"$TMP/fetched" 2>"$TMP/fetch.log" </dev/null ||
		skip "cannot fetch $1: $(tail -n 1 "$TMP/fetch.log")"
	folder=$(awk -v name="$1" '$1 == name { print $2 }' "$TMP/fetched")
	[ -n "$folder" ] || skip "$1 is not in the archive any more"
	"$HERE/boot" --memory 1024 --file "$TMP/guest:/guest" "$folder" /guest >"$TMP/out" 2>"$TMP/console" </dev/null
	status=$?
	first=$(head -n 1 "$TMP/out")
	case $first in
	"Linux $2") ;;
	'Linux '*) skip "$1 is version ${first#Linux } now, not $2" ;;
	*)
		tail -n 5 "$TMP/console"
		skip "the kernel of $1 did not boot (status $status)"
		;;
	esac
	cat "$TMP/out" >>"$TMP/seen"
	[ $status = 0 ] || printf 'status %d\n' "$status" >>"$TMP/seen"
}

# expect <TEXT: ends the finding, which holds when $TMP/seen is that text.
expect() {
	cat >"$TMP/expected"
	if diff -u --label expected --label seen "$TMP/expected" "$TMP/seen" >"$TMP/diff"; then
		cat "$TMP/seen"
		exit 0
	fi
	printf 'The behavior is not the one described:\n'
	cat "$TMP/diff"
	exit 1
}
