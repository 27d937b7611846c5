# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion for vmafork-tui(1)

_vmafork_tui()
{
	local word=${COMP_WORDS[COMP_CWORD]} first=${COMP_WORDS[1]}

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W \
			'play run check import help --batch --help --version' -- "$word")
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(_vmafork_tui_files "$word")
		return
	fi
	case $first in
	help)
		# The program knows its commands; each stands indented in the list.
		mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" help 2>/dev/null |
			sed -n 's/^  \([a-z_]*\).*/\1/p' | sort -u)" -- "$word")
		;;
	run)
		[ "$COMP_CWORD" = 2 ] &&
			mapfile -t COMPREPLY < <(compgen -W '--json' -- "$word")
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(_vmafork_tui_files "$word")
		;;
	import)
		[ "$COMP_CWORD" = 2 ] && mapfile -t COMPREPLY < <(
			cd /proc && compgen -W "$(printf '%s ' [0-9]*)" -- "$word")
		;;
	check)
		[ "$COMP_CWORD" = 2 ] && mapfile -t COMPREPLY < <(compgen -W '--live' -- "$word")
		mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(_vmafork_tui_files "$word")
		;;
	play | --batch)
		mapfile -t COMPREPLY < <(_vmafork_tui_files "$word")
		;;
	esac
}

_vmafork_tui_files()
{
	compgen -f -X '!*.vma' -- "$1"
	compgen -d -- "$1"
}

complete -o filenames -F _vmafork_tui vmafork-tui
