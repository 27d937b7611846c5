# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion for vmafork-tui(1), vmafork-probe(1) and vmafork-vmlinux(1).
# The programs print what may come next; this completes the kinds of it.

function __vmafork_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l program $words[1]

    for kind in ($program --complete $words[2..-1] 2>/dev/null)
        switch (basename $program):$kind
            case '*:IMAGE' '*:DUMP' '*:OLD' '*:NEW' '*:RECORDING' 'vmafork-vmlinux:FILE'
                __fish_complete_path $word
            case '*:FILE'
                __fish_complete_suffix .vma
            case '*:DIR'
                __fish_complete_directories $word
            case '*:PID'
                string match -r '^[0-9]+$' (ls /proc)
            case 'vmafork-tui:COMMAND'
                $program help 2>/dev/null | string replace -rf '^  ([a-z_]+).*' '$1' | sort -u
            case 'vmafork-tui:LESSON'
                $program learn 2>/dev/null | string replace -rf '^  .... ([a-z0-9-]+) .*' '$1'
            case '*:SIZE'
                printf '%s\n' 1G 2G 4G 8G
            case '*:TIME'
                printf '%s\n' 30s 60s 120s
            case '*:COMMAND' '*:LESSON' '*:N' '*:NAME' '*:SPEC' '*:SECONDS' '*:SIZE,TIME'
                # anything
            case '*'
                echo $kind
        end
    end
end

for program in vmafork-tui vmafork-probe vmafork-vmlinux
    complete -c $program -f -a '(__vmafork_complete)'
end
