#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The findings' form, and how they end, without network and without kernels: apt and
# QEMU are stand-ins. What the real ones do is what `make findings` shows.
# shellcheck disable=SC2016 # the stand-ins expand it
. "$(dirname "$0")/../lib.sh"

# --- the form -----------------------------------------------------------------------------

for file in findings/*.sh; do
	[ "$file" != findings/lib.sh ] || continue
	name=$(basename "$file" .sh)
	head=$(sed -n '/^[^#]/q; p' "$file")
	for field in What Version Guess Behavior Output; do
		check "$name: $field" grep -q "^# $field: \{1,\}[^ ]" <<<"$head"
	done
	check "$name: Run" grep -q "^# Run: *$file\$" <<<"$head"
	check "$name: is in the README" grep -qF "| [$name]($name.sh) |" findings/README.md
done
check 'the README has no other' [ "$(grep -c '^| \[' findings/README.md)" = \
	"$(find findings -name '*.sh' ! -name lib.sh | wc -l)" ]

# --- the runner ----------------------------------------------------------------------------

mkdir "$TMP/some"
cp findings/run "$TMP/some/"
finding() { # NAME: standard input is the script
	{ echo '#!/bin/bash'; cat; } >"$TMP/some/$1.sh"
	chmod +x "$TMP/some/$1.sh"
}
finding holds <<<'echo as described'
finding lacks <<<'echo "skipped: no network"; exit 77'
capture "$TMP/some/run"
check 'run: status' [ "$status" = 0 ]
check 'run: a skip has its reason' contains "$out" 'skipped  lacks: no network'
check 'run: the count' [ "$(tail -n 1 <<<"$out")" = '1 passed, 0 failed, 1 skipped' ]
finding changed <<<'echo the difference; exit 1'
capture "$TMP/some/run"
check 'run: status when one fails' [ "$status" = 1 ]
check 'run: what it printed is shown' contains "$out" '| the difference'
check 'run: the count with it' [ "$(tail -n 1 <<<"$out")" = '1 passed, 1 failed, 1 skipped' ]
capture "$TMP/some/run" holds
check 'run: one by its name' [ "$out" = "$(printf 'ok       holds\n1 passed, 0 failed, 0 skipped')" ]
capture "$TMP/some/run" other
check 'run: an unknown name' [ "$status" = 2 ]

# --- a finding on a kernel -------------------------------------------------------------------

fake=$TMP/fake
export FAKE=$fake VMAFORK_KERNELS=$TMP/cache VMAFORK_ACCEL=tcg TMPDIR=$TMP/tmp
mkdir "$fake" "$TMPDIR"
PATH=$fake:$PATH
stand_in() { # NAME: standard input becomes that program
	{ echo '#!/bin/bash'; cat; } >"$fake/$1"
	chmod +x "$fake/$1"
}
stand_in apt-get <<'END'
case $* in
*indextargets*) echo 'http://mirror.invalid/debian Debian' ;;
*update*) [ -e "$FAKE/online" ] && : >"$VMAFORK_KERNELS/apt/lists/x_Packages" ;;
*download*) echo image >image.deb ;;
esac
END
stand_in apt-cache <<'END'
case $* in
*search*) cat "$FAKE/listed" ;;
*show*) echo 'Filename: pool/image.deb' ;;
esac
END
# QEMU ends with twice the status of the machine, and one.
stand_in qemu-system-x86_64 <<<'cat "$FAKE/answer"; exit 1'
stand_in mkfs.ext4 <<<'for a; do [[ $a != /* ]] || echo disk >"$a"; done'
stand_in cpio <<<'cat >/dev/null'
stand_in dpkg-deb <<<'mkdir -p "$3/boot"; echo kernel >"$3/boot/vmlinuz-6.1.0-1"'
for program in depmod xz zstd; do stand_in $program <<<':'; done

cat >"$TMP/kernel.sh" <<END
. "$TOP/findings/lib.sh"
compile_guest <<<'int main(void) { return 0; }'
on_kernel linux-image-6.1.0-1-cloud-amd64 6.1.9-1
expect <<<\$'Linux 6.1.9-1\nas described'
END
try() { # WHAT STATUS TEXT
	capture timeout 60 bash "$TMP/kernel.sh"
	check "$1: status" [ "$status" = "$2" ]
	check "$1: $3" contains "$out" "$3"
}

if [ "$(uname -m)" = x86_64 ]; then
	try 'no network' 77 'skipped: no lists of packages'
	: >"$fake/online"
	: >"$fake/listed"
	try 'a version that is gone' 77 'skipped: linux-image-6.1.0-1-cloud-amd64 is not in the archive any more'
	echo 'linux-image-6.1.0-1-cloud-amd64 - a kernel' >"$fake/listed"
	printf 'Linux 6.1.9-2\nas described\n' >"$fake/answer"
	try 'another version' 77 'skipped: linux-image-6.1.0-1-cloud-amd64 is version 6.1.9-2 now, not 6.1.9-1'
	: >"$fake/answer"
	try 'a machine that prints nothing' 77 'did not boot'
	printf 'Linux 6.1.9-1\nas described\n' >"$fake/answer"
	try 'the behavior' 0 'as described'
	printf 'Linux 6.1.9-1\nchanged\n' >"$fake/answer"
	try 'another behavior' 1 '+changed'
	check 'nothing is left behind' [ -z "$(ls "$TMPDIR")" ]
fi

finish
