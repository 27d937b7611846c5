# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # the scripts use what is set here
# What the scripts of this folder share: where things are, and how they talk.
set -u
HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd) || exit 1
TOP=$(cd "$HERE/../.." && pwd) || exit 1
NO_LISTS=3 # exit status: there is no list of packages at all

say() { printf '%s\n' "$*" >&2; }
die() {
	say "${0##*/}: $*"
	exit 2
}

CACHE=${VMAFORK_KERNELS:-${XDG_CACHE_HOME:-${HOME:+$HOME/.cache}}}
[ -n "$CACHE" ] || die 'HOME is not set: VMAFORK_KERNELS=FOLDER says where kernels are to be kept'
[ -n "${VMAFORK_KERNELS-}" ] || CACHE=$CACHE/vmafork-tui/kernels
mkdir -p "$CACHE" 2>/dev/null || die "cannot keep kernels in $CACHE: VMAFORK_KERNELS=FOLDER names another place"

# key FILE-OR-WORD...: one word for all that went in; of a file, its content.
key() {
	local x
	for x in "$@"; do
		if [ -f "$x" ]; then cat "$x"; else printf '%s\n' "$x"; fi
	done | sha256sum | cut -c 1-16
}

# progress TEXT: shows that something goes on, on a terminal only; "" clears the line.
progress() {
	[ ! -t 2 ] || printf '\r\033[K%s' "$*" >&2
}

# Machines, as `uname -m` names them. cross_of MACHINE: what the programs begin with that
# build for it on another one.
cross_of() { printf '%s-linux-gnu-\n' "$1"; }

# lacks MACHINE: what this machine lacks to build for it and to emulate it; nothing if it has both.
lacks() {
	local program
	[ "$1" != "$(uname -m)" ] || return 0
	for program in "$(cross_of "$1")gcc" "qemu-system-$1"; do
		command -v "$program" >/dev/null || {
			printf '%s is missing: tests/needs.sh %s installs it\n' "$program" "${1/aarch64/arm64}"
			return
		}
	done
}
