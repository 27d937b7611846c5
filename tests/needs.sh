#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# needs.sh build|vmlinux|test|export|ci|deb|kernels|real...: makes sure that what the build or the tests need is
# there. Says what it installs before it does. Touches neither the network nor
# anything else when nothing is missing.
set -u

# package, what shows that it is there (a command, a header, an option of clang, or a file)
wanted() {
	for group in "$@"; do
		case $group in
		build)
			echo 'gcc cc'
			echo 'libc6-dev stdio.h'
			echo 'pkg-config pkg-config'
			echo 'libncurses-dev curses.h'
			echo 'libreadline-dev readline/readline.h'
			echo 'libjansson-dev jansson.h'
			echo 'libelf-dev gelf.h'
			;;
		vmlinux) # for vmafork-vmlinux; the rest builds without them
			echo 'libdwarf-dev libdwarf.h'
			echo 'libunicorn-dev unicorn/unicorn.h'
			echo 'zlib1g-dev zlib.h'
			echo 'libzstd-dev zstd.h'
			echo 'liblzma-dev lzma.h'
			echo 'liblz4-dev lz4.h'
			echo 'libbpf-dev bpf/btf.h'
			;;
		test)
			echo 'libcmocka-dev cmocka.h'
			echo 'libvterm-dev vterm.h'
			echo 'mandoc mandoc'
			echo 'patch patch'
			# The shells and the editor that completion and syntax are for; see tests/shells.sh.
			echo 'bash-completion /usr/share/bash-completion/bash_completion'
			echo 'zsh zsh'
			echo 'fish fish'
			echo 'vim vim'
			;;
		export) # what opens a page and a picture, and what drives it
			echo 'chromium chromium'
			echo 'chromium-driver chromedriver'
			echo 'librsvg2-bin rsvg-convert'
			echo 'fonts-dejavu-core fc-list'
			echo 'libxml2-utils xmllint'
			echo 'python3 python3'
			;;
		ci) # what only .ci/run wants: the other compiler, its sanitizers, and what reads scripts
			echo 'clang clang'
			echo 'libclang-rt-dev -fsanitize=address'
			echo 'shellcheck shellcheck'
			;;
		deb) # what builds Debian's packages, and tries them
			echo 'debhelper dh'
			echo 'dpkg-dev dpkg-buildpackage'
			echo 'lintian lintian'
			echo 'mmdebstrap mmdebstrap'
			;;
		kernels) # to boot them, to unpack them, and to build one
			echo 'qemu-system-x86 qemu-system-x86_64'
			echo 'e2fsprogs mkfs.ext4'
			echo 'cpio cpio'
			echo 'xz-utils xz'
			echo 'zstd zstd'
			echo 'kmod depmod'
			echo 'bc bc'
			echo 'bison bison'
			echo 'flex flex'
			echo 'libelf-dev gelf.h'
			echo 'libssl-dev openssl/opensslv.h'
			;;
		real) # the programs that make real forks, and what compiles ours
			awk '!/^#/ && NF && $2 != "-" { print $2, "no-command-" $2 }' "$(dirname "$0")/real/programs" | sort -u
			;;
		*)
			echo "needs.sh: no such group: $group" >&2
			exit 2
			;;
		esac
	done
}

installed() { # package
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

works() { # command, header, option or file
	case $1 in
	*.h)
		command -v "${CC:-cc}" >/dev/null 2>&1 || return 1
		prologue=
		# cmocka.h and readline.h want these before them.
		for h in stddef.h stdarg.h stdint.h setjmp.h stdio.h; do
			[ "$h" = "$1" ] || prologue="$prologue
#include <$h>"
		done
		printf '%s\n#include <%s>\n' "$prologue" "$1" |
			"${CC:-cc}" -I/usr/include/libdwarf -E -x c - >/dev/null 2>&1
		;;
	/*) [ -e "$1" ] ;;
	-*)
		printf 'int main(void) { return 0; }\n' | clang "$1" -x c -o /dev/null - >/dev/null 2>&1
		;;
	*)
		command -v "$1" >/dev/null 2>&1
		;;
	esac
}

missing=
list=$(wanted "$@") || exit 2
while read -r package probe; do
	installed "$package" || works "$probe" || missing="$missing $package"
done <<LIST
$list
LIST

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	echo "This needs, by their Debian names:$missing" >&2
	echo "There is no apt-get here: please install them with your system's package manager, then try again." >&2
	exit 1
fi

as_root=
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "Missing packages, and neither root nor sudo to install them. As root, please run:" >&2
		echo "  apt-get update && apt-get install$missing" >&2
		exit 1
	fi
	as_root=sudo
fi

echo "Installing with apt-get${as_root:+ (by sudo)}:$missing"
run() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y "$@" </dev/null
}
# shellcheck disable=SC2086 # several words
if ! run update || ! run install --no-install-recommends $missing; then
	echo "That did not work. Please install these packages, then try again:$missing" >&2
	exit 1
fi
