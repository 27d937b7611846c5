# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for vmafork-tui(1), vmafork-probe(1) and vmafork-vmlinux(1).
# They say themselves what may come next; here is what to make of its kinds.

_vmafork()
{
	local word=${COMP_WORDS[COMP_CWORD]} words=() next i

	# bash takes --palette=mono for three words.
	for ((i = 1; i < COMP_CWORD; i++)); do
		[ "${COMP_WORDS[i]}" = = ] || words+=("${COMP_WORDS[i]}")
	done
	[ "$word" != = ] || word=
	COMPREPLY=()
	while read -r next; do
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(_vmafork_all "$1" "$next" "$word")
	done < <("$1" --complete "${words[@]}" 2>/dev/null)
}

# _vmafork_all PROGRAM KIND WORD: all that are of that kind and begin with the word.
_vmafork_all()
{
	case ${1##*/}:$2 in
	*:IMAGE | *:DUMP | *:OLD | *:NEW | *:RECORDING | vmafork-vmlinux:FILE) compgen -f -- "$3" ;;
	*:FILE)
		compgen -f -X '!*.vma' -- "$3"
		compgen -d -- "$3"
		;;
	*:DIR) compgen -d -- "$3" ;;
	*:PID) (cd /proc && compgen -W "$(printf '%s ' [0-9]*)" -- "$3") ;;
	vmafork-tui:COMMAND)
		# Each stands indented in the list.
		compgen -W "$("$1" help 2>/dev/null | sed -n 's/^  \([a-z_]*\).*/\1/p' | sort -u)" -- "$3"
		;;
	vmafork-tui:LESSON)
		compgen -W "$("$1" learn 2>/dev/null | sed -n 's/^  .... \([a-z0-9-]*\) .*/\1/p')" -- "$3"
		;;
	*:SIZE) compgen -W '1G 2G 4G 8G' -- "$3" ;;
	*:TIME) compgen -W '30s 60s 120s' -- "$3" ;;
	*:COMMAND | *:LESSON | *:N | *:NAME | *:SPEC | *:SECONDS | *:SIZE,TIME) ;; # anything
	*:-*) [ -z "$3" ] || compgen -W "$2" -- "$3" ;; # not in the way of files
	*) compgen -W "$2" -- "$3" ;;
	esac
}

complete -o filenames -F _vmafork vmafork-tui vmafork-probe vmafork-vmlinux
