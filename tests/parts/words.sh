#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Plain English: texts that users see do not contain the expressions listed here.
. "$(dirname "$0")/../lib.sh"

FORBIDDEN='told
nobody
strangers
unless said
unless told
seen off
let go of
put by
not to be had
not to be understood
dearest
stands behind
stands in front
neighbour
for ever
afterwards'

# literals FILE...: FILE:LINE: TEXT for each string literal of C, adjacent ones joined.
literals() {
	awk '
	function flush() {
		gsub(/\\[nt]/, " ", text)
		if (text != "")
			print FILENAME ":" line ": " text
		text = ""
	}
	function take(pattern) {
		if (!match(s, pattern))
			return 0
		taken = substr(s, 1, RLENGTH)
		s = substr(s, RLENGTH + 1)
		return 1
	}
	FNR == 1 { comment = 0 }
	{
		s = $0
		while (s != "") {
			if (comment) {
				if (!index(s, "*/"))
					break
				s = substr(s, index(s, "*/") + 2)
				comment = 0
			} else if (take("^[ \t]+") || take("^//.*")) {
			} else if (take("^/[*]")) {
				comment = 1
			} else if (take("^\"([^\"\\\\]|\\\\.)*\"")) {
				if (text == "")
					line = FNR
				text = text substr(taken, 2, length(taken) - 2)
			} else {
				flush()
				take("^\47([^\47\\\\]|\\\\.)+\47") || take("^[A-Za-z0-9_]+") || take("^.")
			}
		}
	}' "$@"
}

# lines FILE...: FILE:LINE: TEXT for each line, with three words of the next one: texts are wrapped.
lines() {
	awk '
	FNR > 1 { print file ":" FNR - 1 ": " last " " $1 " " $2 " " $3 }
	FNR == 1 && NR > 1 { print file ":" count ": " last }
	{ file = FILENAME; last = $0; count = FNR }
	END { if (NR) print file ":" count ": " last }' "$@"
}

# forbidden: those of the lines on standard input whose text contains one of the expressions.
forbidden() {
	tr -s ' \t' ' ' | grep -i -E ": (.*[^[:alnum:]_])?(${FORBIDDEN//$'\n'/|})([^[:alnum:]_]|\$)"
}

# plain WHAT, with texts on standard input: passes when none contains a forbidden expression.
plain() {
	local found
	found=$(forbidden)
	if [ -z "$found" ]; then pass "$1: plain words"; else fail "$1: plain words" "$found"; fi
}

mapfile -t sources < <(find src -name '*.[ch]' -o -name '*.def' | LC_ALL=C sort)
mapfile -t shared < <(find share -type f | LC_ALL=C sort)
plain 'messages of src/' < <(literals "${sources[@]}")
plain 'man/' < <(lines man/*)
plain 'README.md' < <(lines README.md)
plain 'scenarios/' < <(lines scenarios/*.vma)
plain 'share/' < <(lines "${shared[@]}")
plain 'tests/found/' < <(lines tests/found/*.vma)

# --- each expression is found, wherever it is wrapped ------------------------------------

while read -r words; do
	printf '%s\n' '/* A comment may say: told. */' "say(\"it is ${words%% *}\"" "    \" ${words#* } x\");" >"$TMP/planted.c"
	printf 'x %s\n%s x\n' "${words%% *}" "${words#* }" >"$TMP/planted.7"
	check "'$words' is found in C" contains "$(literals "$TMP/planted.c" | forbidden)" "planted.c:2: it is"
	check "'$words' is found in a text" contains "$(lines "$TMP/planted.7" | forbidden)" "planted.7:1: x"
done <<<"$FORBIDDEN"
printf '%s\n' '/* told */ call("retold", nobody); // "told"' "char q = '\"'; /* told" '"told" */' >"$TMP/planted.c"
check 'comments, names and longer words are not texts' [ -z "$(literals "$TMP/planted.c" | forbidden)" ]

finish
