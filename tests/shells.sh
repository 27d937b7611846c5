#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# shells.sh [PREFIX]: what the shells and vim make of the files that were installed for
# them. With PREFIX, the installation is below it, and they are told to look there, too;
# without, they have to find it by themselves. One line for each: ok, FAIL or skipped.
#
# Exit status: 0, or 1 if one of them failed.
set -u
prefix=${1-}
work=$(mktemp -d "${TMPDIR:-/tmp}/vmafork-shells.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export HOME=$work ZDOTDIR=$work TERM=xterm LC_ALL=C.UTF-8 INPUTRC=/dev/null
unset HISTFILE XDG_DATA_DIRS XDG_DATA_HOME XDG_CONFIG_HOME
if [ -n "$prefix" ]; then
	PATH=$prefix/bin:$PATH
	# bash and fish look in the folders of this variable.
	export XDG_DATA_DIRS=$prefix/share:/usr/local/share:/usr/share
fi
cd "$work" || exit 1
echo 'vma a anon 4K' >one.vma
touch other

failed=0
# is NAME EXPECTED GOT: GOT is completed lines, or more than they.
is() {
	local line
	while read -r line; do
		[[ $3 != *"$line"* ]] || continue
		failed=1
		printf 'FAIL  %s: expected "%s" in\n' "$1" "$line"
		printf '      | %s\n' "${3//$'\n'/$'\n      | '}"
		return
	done <<<"$2"
	echo "ok    $1"
}

# have NAME TEST...
have() {
	local name=$1
	shift
	"$@" >/dev/null 2>&1 || { echo "skipped: $name is not here (tests/needs.sh test gets it)"; return 1; }
}

# What is typed; Ctrl-X prints the line as it is then, and empties it.
keys=$(printf '%s\t\x18' 'vmafork-tui --palette mon' 'vmafork-tui help tou' 'vmafork-tui check on' \
	'vmafork-probe --comp' 'vmafork-vmlinux --comp')
wanted='[vmafork-tui --palette mono ]
[vmafork-tui help touch ]
[vmafork-tui check one.vma ]
[vmafork-probe --compare ]
[vmafork-vmlinux --compare ]'
# Of the programs that were installed.
for program in vmafork-probe vmafork-vmlinux; do
	command -v "$program" >/dev/null || wanted=$(grep -v "$program" <<<"$wanted")
done

# typed SHELL: what an interactive one prints when the keys are typed to it
typed() { printf '%s exit\n' "$keys" | timeout 60 script -qec "$1" /dev/null | tr -d '\r'; }

if have 'bash-completion' test -r /usr/share/bash-completion/bash_completion; then
	cat >bashrc <<'END'
PS1='> '
[ -n "${BASH_COMPLETION_VERSINFO-}" ] || . /usr/share/bash-completion/bash_completion
shown() { printf '[%s]\n' "$READLINE_LINE"; READLINE_LINE=''; READLINE_POINT=0; }
bind -x '"\C-x": shown'
END
	is 'bash' "$wanted" "$(typed "bash --rcfile bashrc -i")"
fi

if have zsh command -v zsh; then
	cat >.zshrc <<END
PS1='> '
fpath=(${prefix:+$prefix/share/zsh/site-functions} \$fpath)
autoload -U compinit && compinit -u -D
shown() { zle -I; print -r -- "[\$BUFFER]"; BUFFER=''; }
zle -N shown
bindkey '^X' shown
END
	is 'zsh' "$wanted" "$(typed 'zsh -i')"
fi

if have fish command -v fish; then
	is 'fish' "$wanted" "$(grep -a -o 'vmafork[^[:cntrl:]]*' <<<"$keys" |
		while read -r line; do
			# fish completes the last word.
			fish -c "complete -C '$line'" | sed "s/\t.*//; s/.*/[${line% *} & ]/"
		done)"
fi

if have vim sh -c 'vim --version | grep +syntax'; then
	# The word at the beginning is a command of the language.
	vim -N -u NONE -i NONE -es ${prefix:+--cmd "set rtp^=$prefix/share/vim/vimfiles"} -c 'filetype on' -c 'syntax on' \
		-c 'edit one.vma' -c 'call writefile([&filetype, synIDattr(synID(1, 1, 1), "name")], "seen")' -c 'qall!' \
		</dev/null >/dev/null 2>&1
	is 'vim' 'vmafork
vmaforkBuild' "$(cat seen 2>&1)"
fi
exit $failed
