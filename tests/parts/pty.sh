#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The program on a real pseudo-terminal.
#: built tests/pty/pty.c
. "$(dirname "$0")/../lib.sh"

# A stand-in for the probe: see test_probe() there.
mkdir "$TMP/beside"
cp "$PROGRAM" "$TMP/beside/vmafork-tui"
cat >"$TMP/beside/vmafork-probe" <<END
#!/bin/sh
echo GARBAGE >&2
{ echo GARBAGE >/dev/tty; } 2>/dev/null
until [ -e '$TMP/beside/answer' ]; do sleep 0.05; done
exec cat '$TOP/tests/data/flag-probe.json'
END
chmod +x "$TMP/beside/vmafork-probe"

timeout -k 5 600 "$BUILD/tests/pty/pty" "$PROGRAM" "$TOP/tests/data" "$TMP/beside/vmafork-tui" >"$TMP/log" 2>&1
status=$?
if [ -n "${V-}" ]; then cat "$TMP/log"; else grep -v '^ok ' "$TMP/log" | sed '$d'; fi
if [[ $(tail -n 1 "$TMP/log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
	passed=${BASH_REMATCH[1]}
	failed=${BASH_REMATCH[2]}
else
	fail "pty ended with status $status"
fi
finish
