# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # the scripts use what is set here
# Many kernels: which there are, and a job for each of them, as many at a time as
# there are processors. A script that sources this ends with `exit $status`:
# 0 no difference, 1 differences, 2 something could not be done.
#
# names[i], folders[i]   the kernels: a name of "list", and the arguments of boot
# wanted                 ' NAME NAME ', or two blanks: all of them
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cd "$TOP" || exit 1
OUT=${OUT:-build/kernels}
JOBS=$(nproc 2>/dev/null || echo 1)
mkdir -p "$OUT" "$CACHE/recordings"
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# Each job is a group of its own: what it has started ends with it, and at once.
set -m
# shellcheck disable=SC2329 # by the trap
end_jobs() {
	local job
	for job in $(jobs -p); do kill -TERM -- "-$job" 2>/dev/null; done
	wait
	rm -f "$CACHE"/recordings/*."$$"
}
trap end_jobs EXIT

names=()
folders=()
status=0
# A job, so that a signal ends it at once.
collect() { # SCRIPT ARGUMENT...: it prints NAME FOLDER
	local name folder
	"$@" >"$OUT/folders" </dev/null &
	wait $!
	case $? in
	0) ;;
	"$NO_LISTS") exit 2 ;; # it has said so
	*) status=2 ;;
	esac
	while read -r name folder; do
		[ "$wanted" = '  ' ] || [[ $wanted == *" $name "* ]] || continue
		names+=("$name")
		folders+=("$folder")
	done <"$OUT/folders"
}

# find_kernels [NAME...]: those that fetch and regression have, all unless named.
find_kernels() {
	wanted=" $* "
	collect "$HERE/fetch" "$@"
	case $wanted in
	'  ' | *regression*) collect "$HERE/regression" ;;
	esac
	[ ${#names[@]} -gt 0 ] || die 'there is no such kernel'
}

# kept FOLDER: the file in which what was seen on that kernel is kept, as long as nothing
# has changed of the program that saw it (`program`, see built_for) and of what the caller
# has put into `ingredients`.
kept() {
	# shellcheck disable=SC2154 # the caller's
	printf '%s/recordings/%s-%s\n' "$CACHE" "$(basename "$1")" "$(key "$(built_for "$1" "$program")" "$ingredients")"
}

# What FUNCTION prints is kept whole or not at all, its complaints beside it in .log.
job() { # FUNCTION FOLDER
	local kept
	kept=$(kept "$2")
	VMAFORK_QUIET=1 "$1" "$2" >"$kept.$$" 2>"$kept.log" </dev/null || [ $? = 1 ] || return
	mv "$kept.$$" "$kept"
}

# on_each FUNCTION: a job for each kernel of which nothing is kept: FUNCTION FOLDER
# boots it. Its status is the command's; 0 and 1 are its answers, else there is none.
on_each() {
	local todo=() i at=0 from=$SECONDS
	for i in "${!names[@]}"; do
		[ -s "$(kept "${folders[i]}")" ] || todo+=("$i")
	done
	while [ $at -lt ${#todo[@]} ] || [ -n "$(jobs -rp)" ]; do
		while [ $at -lt ${#todo[@]} ] && [ "$(jobs -rp | wc -l)" -lt "$JOBS" ]; do
			i=${todo[at]}
			say "booting ${names[i]}: $(cat "${folders[i]}/release")"
			job "$1" "${folders[i]}" &
			at=$((at + 1))
		done
		progress "$at of ${#todo[@]} kernels booted, $((SECONDS - from)) s"
		wait -n
	done
	progress ''
}

# options_of FOLDER: those that make the model that kernel's, where its release does not.
options_of() { cat "$1/options" 2>/dev/null; }

# built_for FOLDER PROGRAM: where the program is that was built for that kernel's machine:
# PROGRAM is this machine's; another's is in a folder of its own.
built_for() {
	local machine=x86_64 _
	[ ! -e "$1/machine" ] || read -r machine _ <"$1/machine"
	if [ "$machine" = "$(uname -m)" ]; then
		printf '%s\n' "$2"
	else
		printf 'build/%s-linux-gnu/%s\n' "$machine" "${2#build/}"
	fi
}
