#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# needs.sh build|vmlinux|test|export|ci|analyze|valgrind|deb|kernels|arm64|guest|peers|real...:
# makes sure that what the build or the tests need is there. Says what it installs before it does.
# Touches neither the network nor anything else when nothing is missing. Without apt-get it names
# the packages as this system does, where that is known.
#
# needs.sh --table: prints the names of all systems, as CONTRIBUTING.md has them.
# needs.sh --debian GROUP...: prints Debian's names of what these groups need; installs nothing.
set -u

# Group, Debian's package, what shows that it is there (a command, a header, an option of clang,
# or a file), and its names on Fedora, Arch, openSUSE and Alpine; - where only Debian's is known.
rows() {
	cat <<'ROWS'
build gcc cc gcc base-devel gcc build-base
build libc6-dev stdio.h glibc-devel glibc glibc-devel musl-dev
build linux-libc-dev linux/userfaultfd.h kernel-headers linux-api-headers linux-glibc-devel linux-headers
build pkg-config pkg-config pkgconf-pkg-config pkgconf pkgconf-pkg-config pkgconf
build libncurses-dev curses.h ncurses-devel ncurses ncurses-devel ncurses-dev
build libreadline-dev readline/readline.h readline-devel readline readline-devel readline-dev
build libjansson-dev jansson.h jansson-devel jansson libjansson-devel jansson-dev
build libelf-dev gelf.h elfutils-libelf-devel libelf libelf-devel elfutils-dev
vmlinux libdwarf-dev libdwarf.h libdwarf-devel libdwarf libdwarf-devel libdwarf-dev
vmlinux libunicorn-dev unicorn/unicorn.h unicorn-devel unicorn unicorn-devel unicorn-dev
vmlinux zlib1g-dev zlib.h zlib-devel zlib zlib-devel zlib-dev
vmlinux libzstd-dev zstd.h libzstd-devel zstd libzstd-devel zstd-dev
vmlinux liblzma-dev lzma.h xz-devel xz xz-devel xz-dev
vmlinux liblz4-dev lz4.h lz4-devel lz4 liblz4-devel lz4-dev
vmlinux libbpf-dev bpf/btf.h libbpf-devel libbpf libbpf-devel libbpf-dev
test libcmocka-dev cmocka.h libcmocka-devel cmocka libcmocka-devel cmocka-dev
test libvterm-dev vterm.h libvterm-devel libvterm libvterm-devel libvterm-dev
test mandoc mandoc mandoc mandoc mandoc mandoc
test patch patch patch patch patch patch
test bash-completion /usr/share/bash-completion/bash_completion bash-completion bash-completion bash-completion bash-completion
test zsh zsh zsh zsh zsh zsh
test fish fish fish fish fish fish
test vim vim vim-enhanced vim vim vim
export chromium chromium - - - -
export chromium-driver chromedriver - - - -
export librsvg2-bin rsvg-convert - - - -
export fonts-dejavu-core fc-list - - - -
export libxml2-utils xmllint - - - -
export python3 python3 - - - -
ci clang clang - - - -
ci libclang-rt-dev -fsanitize=address - - - -
ci shellcheck shellcheck - - - -
analyze cppcheck cppcheck - - - -
analyze clang-tidy clang-tidy - - - -
valgrind valgrind valgrind - - - -
deb debhelper dh - - - -
deb dpkg-dev dpkg-buildpackage - - - -
deb lintian lintian - - - -
deb mmdebstrap mmdebstrap - - - -
kernels qemu-system-x86 qemu-system-x86_64 - - - -
kernels e2fsprogs mkfs.ext4 - - - -
kernels cpio cpio - - - -
kernels xz-utils xz - - - -
kernels zstd zstd - - - -
kernels kmod depmod - - - -
kernels bc bc - - - -
kernels bison bison - - - -
kernels flex flex - - - -
kernels libssl-dev openssl/opensslv.h - - - -
arm64 qemu-system-arm qemu-system-aarch64 - - - -
arm64 gcc-aarch64-linux-gnu aarch64-linux-gnu-gcc - - - -
arm64 libc6-dev-arm64-cross /usr/aarch64-linux-gnu/include/stdio.h - - - -
guest mmdebstrap mmdebstrap - - - -
guest arch-test arch-test - - - -
guest qemu-user-static qemu-aarch64-static - - - -
guest binfmt-support update-binfmts - - - -
guest e2fsprogs mkfs.ext4 - - - -
guest cpio cpio - - - -
guest xz-utils xz - - - -
guest zstd zstd - - - -
guest kmod depmod - - - -
peers gdb gdb - - - -
peers python3-drgn /usr/bin/drgn - - - -
peers dwarves pahole - - - -
peers crash crash - - - -
ROWS
	# The programs that make real forks, and what compiles ours.
	awk '!/^#/ && NF && $2 != "-" { print "real", $2, "no-command-" $2, "- - - -" }' \
		"$(dirname "$0")/real/programs" | sort -u
}

# What each group is for: vmlinux is for vmafork-vmlinux, the rest builds without; test has the
# shells and the editor that completion and syntax are for; export opens a page and a picture, and
# drives it; ci has the other compiler, its sanitizers, and what reads scripts; analyze reads the
# sources; valgrind watches the programs; deb builds Debian's packages, and tries them; kernels
# boots them, unpacks them, and builds one; arm64 builds for that machine, and emulates it; guest
# makes a Debian for it; peers read the same images.
groups='build vmlinux test export ci analyze valgrind deb kernels arm64 guest peers real'

if [ "$*" = --table ]; then
	echo '| for | Debian | Fedora | Arch | openSUSE | Alpine |'
	echo '|---|---|---|---|---|---|'
	rows | awk '
		BEGIN { use["build"] = "build"; use["vmlinux"] = "`vmafork-vmlinux`"; use["test"] = "tests" }
		$1 in use { printf "| %s | `%s` | `%s` | `%s` | `%s` | `%s` |\n", use[$1], $2, $4, $5, $6, $7 }'
	exit
fi

names_only=
if [ "${1-}" = --debian ]; then
	names_only=1
	shift
fi
for group in "$@"; do
	case " $groups " in
	*" $group "*) ;;
	*)
		echo "needs.sh: unknown group '$group', expected one of: $groups" >&2
		exit 2
		;;
	esac
done

# The rows of these groups, in the order in which they are asked for.
wanted() {
	for group in "$@"; do rows | awk -v group="$group" '$1 == group'; done
}

if [ -n "$names_only" ]; then
	wanted "$@" | awk '{ print $2 }'
	exit
fi

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

# Where its names are in the rows, and what installs them.
column=2
install=
if ! command -v apt-get >/dev/null 2>&1; then
	# shellcheck disable=SC2013 # words are meant
	for id in $(sed -n -e 's/"//g' -e 's/^ID=//p' -e 's/^ID_LIKE=//p' "${OS_RELEASE:-/etc/os-release}" 2>/dev/null); do
		case $id in
		fedora | rhel | centos) column=4 install='dnf install' ;;
		arch) column=5 install='pacman -S' ;;
		opensuse* | suse | sles) column=6 install='zypper install' ;;
		alpine) column=7 install='apk add' ;;
		*) continue ;;
		esac
		break
	done
fi

missing=
while read -r row; do
	# shellcheck disable=SC2086 # several words
	set -- $row "$@"
	installed "$2" || works "$3" || missing="$missing $(echo "$row" | awk -v n=$column '{ print $n == "-" ? $2 : $n }')"
	shift 7
done <<LIST
$(wanted "$@")
LIST

[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
	if [ -n "$install" ]; then
		echo "Missing packages. Their names are public ones, and only Debian's are tested. As root, please try:" >&2
		echo "  $install$missing" >&2
	else
		echo "This needs, by their Debian names:$missing" >&2
		echo "There is no apt-get here: please install them with your system's package manager, then try again." >&2
	fi
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
