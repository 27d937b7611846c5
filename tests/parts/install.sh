#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# make install and make uninstall: the installed programs find what came with them, the
# shells and vim what is for them, and afterwards nothing is left but the user's own.
. "$(dirname "$0")/../lib.sh"

root=$TMP/root
installed=$root/opt/v
# make_goal GOAL NAME: of the programs as they are built; whoever does it has private files.
make_goal() {
	capture sh -c 'umask 077; exec "$@"' sh env -u MAKEFLAGS -u MFLAGS make -s --no-print-directory -o all BUILD="$BUILD" \
		DESTDIR="$root" PREFIX=/opt/v "$1"
	if [ "$status$out$err" = 0 ]; then pass "make $1: $2"; else fail "make $1: $2" "$status $out" "$err"; fi
}
files() { (cd "$root" && find . | LC_ALL=C sort); }
same() { # NAME FILE FILE
	if cmp -s "$2" "$3"; then pass "$1"; else fail "$1" "$(diff "$2" "$3")"; fi
}

# --- what it needs ---------------------------------------------------------------

# A machine on which nothing is installed, and that has no apt-get.
mkdir "$TMP/bare"
for tool in sh awk cat dirname sed sort; do ln -s "$(command -v $tool)" "$TMP/bare/"; done
needs() { # ID GROUP...
	printf 'NAME="Some"\nID=%s\nID_LIKE="%s"\n' "$1" "${1#*+}" >"$TMP/os-release"
	shift
	capture env PATH="$TMP/bare" CC=none OS_RELEASE="$TMP/os-release" tests/needs.sh "$@"
}
needs 'nobara+rhel fedora' build
check 'on Fedora and the like' contains "$err" '  dnf install gcc glibc-devel kernel-headers pkgconf-pkg-config ncurses-devel'
needs arch build
check 'on Arch' contains "$err" '  pacman -S base-devel glibc'
needs opensuse-leap vmlinux
check 'on openSUSE' contains "$err" '  zypper install libdwarf-devel unicorn-devel'
needs alpine test
check 'on Alpine' contains "$err" '  apk add cmocka-dev libvterm-dev'
needs haiku test
check 'on others by Debian'\''s names' contains "$err" 'by their Debian names: libcmocka-dev'
check 'which ends the build' [ "$status" = 1 ]
capture tests/needs.sh none
check 'an unknown group' [ "$status $out" = '2 ' ]
check 'every group has packages' [ -z "$(for group in build vmlinux test export ci analyze deb kernels real; do
	env PATH="$TMP/bare" CC=none tests/needs.sh $group 2>&1 | grep -q : || echo $group; done)" ]

# --- the archive of make dist ----------------------------------------------------

tests/deb/archive some-1 "$TMP/one.tar.gz"
tar -xf "$TMP/one.tar.gz" -C "$TMP"
if [ -d .git ] || [ -f .git ]; then
	git ls-files | while read -r file; do [ ! -e "$file" ] || printf '%s\n' "$file"; done | LC_ALL=C sort >"$TMP/known"
	(cd "$TMP/some-1" && find . ! -type d -printf '%P\n' | LC_ALL=C sort) >"$TMP/packed"
	same 'the archive has what git knows' "$TMP/known" "$TMP/packed"
fi
# Somebody else's copy without git, in which something was built.
mkdir "$TMP/some-1/build"
touch "$TMP"/some-1/{build/flags,vmafork-tui,debian/files}
(cd "$TMP/some-1" && umask 077 && TZ=Asia/Tokyo LC_ALL=C tests/deb/archive some-1 "$TMP/two.tar.gz")
check 'packed again, it has the same bytes' cmp "$TMP/one.tar.gz" "$TMP/two.tar.gz"
capture make -s -n -C "$TMP/some-1" all tests
check 'all that a build needs is in it' [ "$status" = 0 ]
rm -r "$TMP/some-1"

# --- installing --------------------------------------------------------------

# What a prefix has from the start, and files of others.
(umask 022 && mkdir -p "$installed"/{bin,share/{man/man{1,5,7},zsh/site-functions}})
touch "$installed"/bin/other "$installed"/share/zsh/site-functions/_other
files >"$TMP/before"
make_goal install once
files >"$TMP/once"
make_goal install 'over itself'
files >"$TMP/twice"
same 'the same files' "$TMP/once" "$TMP/twice"
check 'others can read them, too, and run the programs' [ -z "$(find "$installed" -mindepth 1 ! -name '*other' \
	! \( -type d -perm 755 \) ! \( -path '*/bin/*' -perm 755 \) ! \( -type f ! -path '*/bin/*' -perm 644 \))" ]
check 'nothing names the folder of DESTDIR' [ -z "$(grep -r -l -F "$root" "$installed")" ]

for folder in scenarios lessons challenges kernels; do
	case $folder in scenarios) source=scenarios ;; *) source=share/$folder ;; esac
	check "all of $source" [ "$(ls "$source")" = "$(ls "$installed/share/vmafork-tui/$folder")" ]
done
check 'all pages' [ "$(ls man)" = "$(cd "$installed/share/man" && find . -type f -printf '%f\n' | LC_ALL=C sort)" ]
programs=$(cd "$(dirname "$PROGRAM")" && ls -d vmafork-*)
check 'all programs' [ "$(ls "$installed/bin")" = "$(printf '%s\n' "$programs" other | LC_ALL=C sort)" ]

# --- using it ----------------------------------------------------------------

version=$("$PROGRAM" --version)
version=${version#* }
cd "$TMP" || exit 1
PATH=$installed/bin:$PATH
for program in $programs; do
	check "$program runs" [ "$("$program" --version)" = "$program $version" ]
done
capture vmafork-tui learn
check 'lessons are found' contains "$out" whose-flag
capture sh -c 'echo scenarios | vmafork-tui --batch -'
check 'scenarios are found' contains "$out" whose-flag
capture sh -c 'echo "kernel list" | vmafork-tui --batch -'
check 'kernels are found' contains "$out" v6.19-rc1
capture vmafork-tui check "$installed"/share/vmafork-tui/scenarios/*.vma
check 'all scenarios are as expected' [ "$status" = 0 ]
capture vmafork-tui check "$installed"/share/vmafork-tui/{lessons,challenges}/*.vma
check 'so are lessons and challenges' [ "$status" = 0 ]
# A profile of the installed folder, not one that is compiled in.
sed -i 's/^title .*/title "of the installed folder"/' "$installed/share/vmafork-tui/kernels/v7.3.kernel"
capture sh -c 'echo "kernel show v7.3" | vmafork-tui --batch -'
check 'the installed profiles are read' contains "$out" 'of the installed folder'
mv "$root" "$TMP/moved"
capture sh -c 'echo "kernel show v7.3" | "$1" --batch -' sh "$TMP/moved/opt/v/bin/vmafork-tui"
check 'also if all of it was moved' contains "$out" 'of the installed folder'
mv "$TMP/moved" "$root"

while read -r line; do
	case $line in
	ok*) pass "${line#ok *}" ;;
	skipped*) skip "${line#skipped: }" ;;
	FAIL*) fail "${line#FAIL *}" ;;
	*) printf '%s\n' "$line" ;;
	esac
done < <("$TOP/tests/shells.sh" "$installed")

# --- removing ----------------------------------------------------------------

vmafork-tui --plain learn start <<<1 >/dev/null 2>&1
(cd "$HOME" && find . -type f) >"$TMP/state"
check 'there is something of the user' [ -s "$TMP/state" ]
cd "$TOP" || exit 1
make_goal uninstall once
files >"$TMP/after"
same 'nothing is left' "$TMP/before" "$TMP/after"
make_goal uninstall 'and nothing to remove'
check "the user's state stays" [ "$(cd "$HOME" && find . -type f)" = "$(cat "$TMP/state")" ]
finish
