# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# An apt of our own: the mirror of this machine's apt, all suites that have
# kernels, and folders in the cache. Nothing is installed, nothing else changes.

SUITES='bookworm bookworm-backports trixie trixie-backports forky sid experimental'

# Whose packages, as Debian calls it; each has lists of its own.
ARCH=amd64
apt_folder() {
	case $ARCH in
	amd64) printf '%s\n' "$CACHE/apt" ;;
	*) printf '%s\n' "$CACHE/apt-$ARCH" ;;
	esac
}

# our_apt PROGRAM ARGUMENT...
our_apt() {
	local program=$1 folder
	folder=$(apt_folder)
	shift
	"$program" -o Dir::Etc::SourceList="$folder/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder/cache" \
		-o APT::Architecture="$ARCH" -o APT::Architectures="$ARCH" \
		-o Acquire::Languages=none -o APT::Sandbox::User=root -q "$@"
}

# The mirror that this machine uses for Debian itself.
mirror() {
	# shellcheck disable=SC2016 # apt's variables
	apt-get indextargets --format '$(REPO_URI) $(LABEL)' 'Identifier: Packages' |
		awk '$2 == "Debian" { print $1; exit }'
}

# Reads the lists of packages again when they are older than half a day.
our_apt_update() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg from suite folder
	folder=$(apt_folder)
	mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial" "$CACHE/debs"
	[ -z "$(find "$folder/updated" -mmin -720 2>/dev/null)" ] || return 0
	from=$(mirror)
	[ -n "$from" ] || die "no mirror of Debian in this machine's apt sources; see apt-get indextargets"
	for suite in $SUITES; do
		printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$from" "$suite"
	done >"$folder/sources.list"
	say "reading the lists of packages for $ARCH"
	# Without that option apt calls it a success when nothing could be reached.
	if our_apt apt-get update -o APT::Update::Error-Mode=any >"$folder/update.log" 2>&1; then
		: >"$folder/updated"
	elif [ -n "$(find "$folder/lists" -maxdepth 1 -name '*_Packages*')" ]; then
		say "some lists could not be read, going on with what is there; see $folder/update.log"
	else
		say "${0##*/}: cannot read the lists of packages of $from: is there a network? See $folder/update.log"
		exit "$NO_LISTS"
	fi
}

# newest PATTERN: the newest package whose whole name fits, without signatures; nothing if none.
newest() {
	our_apt apt-cache search --names-only "^($1)(-unsigned)?\$" | awk '{ print $1 }' |
		sort -V | tail -n 1
}

# download PACKAGE: prints the path of its file in the cache; nothing if there is no such package.
download() {
	local file
	file=$(our_apt apt-cache show --no-all-versions "$1" 2>/dev/null |
		awk '$1 == "Filename:" { n = split($2, part, "/"); print part[n]; exit }')
	[ -n "$file" ] || return 0
	file=$CACHE/debs/$file
	if [ ! -s "$file" ]; then
		say "fetching $1"
		(cd "$CACHE/debs" && our_apt apt-get download "$1" >/dev/null) || die "cannot fetch $1"
		# apt writes versions with a colon or tilde in its own way.
		[ -s "$file" ] || file=$(find "$CACHE/debs" -name "$1_*.deb" | sort -V | tail -n 1)
	fi
	printf '%s\n' "$file"
}
