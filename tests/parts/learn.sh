#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Lessons: the map, what is kept of a learner, and lessons that are played as lines of text.
. "$(dirname "$0")/../lib.sh"

export XDG_STATE_HOME=$TMP/state VMAFORK_SHARE=$TMP/share
state=$XDG_STATE_HOME/vmafork-tui
mkdir -p "$TMP/share/lessons" "$TMP/share/scenarios"

cat >"$TMP/share/lessons/first.vma" <<'END'
lesson first
title "The first one"
vma heap anon 16p
touch heap 0-3
say "Four pages were written."
predict "How many entries?" left cost entries ?
hint "Count what was written."
fork
reveal
goal "Make fork copy four more." left cost entries 8 par 1
hint "Once more."
solution fork
say "That is all."
END
cat >"$TMP/share/lessons/second.vma" <<'END'
lesson second after first
title "The second one"
vma heap anon 16p
say "Look."
say "Look once more."
fork
END
sed 's/second/third/g; s/after first/after second/' "$TMP/share/lessons/second.vma" >"$TMP/share/lessons/third.vma"
printf '%s\n' '# The order' 'chapter "Begin"' first 'chapter "Go on"' third second >"$TMP/share/lessons/chapters"
printf '%s\n' 'title "A story"' 'say "Once upon a time."' >"$TMP/share/scenarios/story.vma"
printf '%s\n' 'chapter "Stories"' story >"$TMP/share/scenarios/chapters"

# learn LINE...: the lines that are typed, after `learn NEXT`
learn() {
	local word=$1
	shift
	printf '%s\n' "$@" | timeout 60 "$PROGRAM" --plain learn "$word"
}

# --- the map ---------------------------------------------------------------------------------

capture "$PROGRAM" learn
check 'the map' [ "$out" = 'default: 0 of 3 lessons done, 0 of 9 stars
Begin
       first   The first one (next)
Go on
       third   The third one (after second)
       second  The second one (after first)' ]
capture "$PROGRAM" learn map
check 'learn map' contains "$out" '0 of 3 lessons done'
check 'nothing is kept before a lesson' [ ! -e "$state/learner-default" ]
capture "$PROGRAM" learn nowhere
check 'no such lesson' [ "$status" = 2 ]
check 'no such lesson: says so' contains "$err" "there is no lesson 'nowhere'"
capture "$PROGRAM" learn secnd
check 'no such lesson: the nearest' contains "$err" "did you mean 'second'?"
capture "$PROGRAM" --learner 'a b' learn
check 'a learner is a plain word' [ "$status" = 2 ]

# --- a lesson ----------------------------------------------------------------------------------

capture "$PROGRAM" learn first
check 'without a viewer it is played' contains "$out" '> Make fork copy four more.'
check 'and nothing is kept' [ ! -e "$state/learner-default" ]

out=$(learn next '' '' H 16 4 '' '' fork '' '' '' '')
check 'learn next: the first one' contains "$out" 'The first one'
check 'a hint' contains "$out" 'Hint: Count what was written.'
check 'a second try' contains "$out" 'Right, at the second try.'
check 'the task' contains "$out" 'Reached with 1 command, par 1: 3 stars.'
check 'the end' contains "$out" 'The lesson is done: 3 stars.'
check 'Enter then shows the map' contains "$out" 'default: 1 of 3 lessons done, 3 of 9 stars'
check 'and what is next' contains "$out" 'second  The second one (next)'
capture "$PROGRAM" learn report
check 'the report' contains "$out" \
	'first: done 1 time, best 3 stars; last time 1 of 1 questions right (1 at the second try), 0 skipped, 1 of 1 task reached, 1 hint'
check 'the report: beliefs' contains "$out" '1 time: each page of a mapping has an entry'
check 'what was missed is asked again by the quiz' \
	grep -qx 'again - "each page of a mapping has an entry"' "$state/learner-default"
capture "$PROGRAM" learn report --json
check 'the report as JSON' [ "$out" = '{"schema":1,"learner":"default","lessons_in_course":3,"lessons":[{"name":"first","times":1,"best_stars":3,"left":false,"asked":1,"right":1,"second_try":1,"skipped":0,"hints":1,"tasks":1,"reached":1,"stars":3}],"missed":[{"belief":"each page of a mapping has an entry","times":1}],"quiz":[]}' ]
out=$(learn first '' '' S '' '' S '' '' '')
check 'skipped: no star' contains "$out" 'The lesson is done: 0 stars.'
capture "$PROGRAM" learn report
check 'the best stars stay' contains "$out" 'first: done 2 times, best 3 stars; last time 0 of 0 questions right, 1 skipped, 0 of 1 task'
capture "$PROGRAM" --learner other learn
check 'another learner' contains "$out" 'other: 0 of 3 lessons done'

# helped LINE...: the same of another learner
helped() {
	printf '%s\n' "$@" | timeout 60 "$PROGRAM" --plain --learner helped learn first
}
check 'help with a question' contains "$(helped '' '' '?' quit)" 'pass        skips the question'
check 'help with a task' contains "$(helped '' '' 4 '' '' '?' quit)" 'S           skips the task'

# --- leaving, and coming back ----------------------------------------------------------------------

learn second '' '' quit >/dev/null
check 'what is left' grep -q '^lesson second times 0 .* left-at [1-9]' "$state/learner-default"
capture "$PROGRAM" learn
check 'the map knows it' contains "$out" 'second  The second one (next; you left it)'
out=$(learn second)
check 'it goes on there' contains "$out" 'Look once more.'
check 'and not before' lacks "$out" 'Look.
'
check 'and ends' grep -q '^lesson second times 1 .* left-at 0' "$state/learner-default"

# --- in a session -------------------------------------------------------------------------------------

out=$(printf '%s\n' 'vma mine anon 64K' 'learn' 'learn third' '' '' '' '' 'show vmas' | timeout 60 "$PROGRAM" --plain)
check 'in a session: the map' contains "$out" '2 of 3 lessons done'
check 'in a session: a lesson' contains "$out" 'The lesson is done'
out=$(printf '%s\n' 'vma mine anon 64K' "play $TMP/share/scenarios/story.vma" '' 'undo' 'show vmas' | timeout 60 "$PROGRAM" --plain)
check 'play FILE' contains "$out" 'Once upon a time.'
out=$(printf '%s\n' 'vma mine anon 64K' "play $TMP/nowhere.vma" 'show vmas' | timeout 60 "$PROGRAM" --plain)
check 'play FILE: no such file' contains "$out" 'nowhere.vma: No such'
check 'play FILE: and the session is as it was' contains "$out" 'mine'
out=$(printf 'scenarios\n' | "$PROGRAM" --batch -)
check 'scenarios' [ "$out" = 'Stories
  story  A story' ]
printf 'play x.vma\n' >"$TMP/plays.vma"
capture "$PROGRAM" check "$TMP/plays.vma"
check 'a file plays no other' contains "$err" 'a scenario file cannot play another one'
printf 'learn next\n' >"$TMP/learns.vma"
capture "$PROGRAM" check "$TMP/learns.vma"
check 'a file starts no lesson' contains "$err" 'a scenario file cannot play lessons'

# --- challenges ------------------------------------------------------------------------------------------

mkdir "$TMP/share/challenges"
printf '%s\n' 'title "One page"' 'goal "Map a page as mine." left parent mine not absent par 1' 'solution vma mine anon 1p' \
	>"$TMP/share/challenges/one-page.vma"
out=$(learn one-page '' 'vma mine anon 4K' '' '')
check 'a challenge' contains "$out" 'The challenge is done: 3 stars.'
check 'a challenge: what is next' contains "$out" 'default: 1 of 1 challenges done, 3 of 3 stars'
capture "$PROGRAM" learn challenges
check 'learn challenges' [ "$out" = 'default: 1 of 1 challenges done, 3 of 3 stars
All
  ***  one-page  One page' ]

# --- what is kept -----------------------------------------------------------------------------------------

capture "$PROGRAM" learn reset
check 'reset' contains "$out" 'default begins anew; what was done is kept in '
check 'reset: it is' [ -s "$state/learner-default~" ]
capture "$PROGRAM" learn
check 'reset: all anew' contains "$out" '0 of 3 lessons done'
capture "$PROGRAM" learn start
check 'start: the first lesson' contains "$out" 'The first one'
out=$(learn start '' '' 4 '' '' fork '' '' '' '')
check 'start: with a word on the session' contains "$out" 'For a session without lessons'
capture "$PROGRAM" learn start
check 'start: then the map' contains "$out" '1 of 3 lessons done'
rm -f "$state"/learner-default
out=$(learn start '' '' 4 '' '' fork '' '' '' 'learn second' '' '' '' '')
check 'start: and once' [ "$(grep -c 'For a session without lessons' <<<"$out")" = 1 ]

# Sessions that end at the same time do not lose each other's lessons.
rm -f "$state"/learner-*
for _ in 1 2 3 4 5 6 7 8; do learn third >/dev/null & done
wait
check 'eight sessions at once' grep -q '^lesson third times 8 ' "$state/learner-default"

echo 'vmafork-tui progress 9' >"$state/learner-later"
capture "$PROGRAM" --learner later learn
check 'a newer version' [ "$status" = 2 ]
check 'a newer version: says so' contains "$err" 'was written by a newer version of vmafork-tui'
out=$(printf '' | timeout 60 "$PROGRAM" --plain --learner later play "$TMP/share/lessons/third.vma")
check 'a newer version: is not replaced' [ "$(cat "$state/learner-later")" = 'vmafork-tui progress 9' ]
check 'a newer version: and the end says so' contains "$out" 'newer version'
echo 'something else' >"$state/learner-else"
capture "$PROGRAM" --learner else learn
check 'another file' contains "$err" "is not a learner's progress"
done_once='times 1 best 3 asked 0 right 0 second 0 skipped 0 hints 0 tasks 0 reached 0 stars 3 left-at 0'
printf 'vmafork-tui progress 1\nlesson third times x\nmissed\nmissed 1 "\nlesson first %s\nlesson\n' "$done_once" \
	>"$state/learner-odd"
capture "$PROGRAM" --learner odd learn
check 'odd lines are left out' contains "$out" 'odd: 1 of 3'

# --- chapters ------------------------------------------------------------------------------------------------

chapters() { # NAME PART-OF-ERR LINE...
	local name=$1 wanted=$2
	shift 2
	printf '%s\n' "$@" >"$TMP/share/lessons/chapters"
	capture "$PROGRAM" learn
	check "chapters: $name" contains "$err" "$wanted"
}
chapters 'no such lesson' 'lessons/chapters:2:1: there is no nowhere, or it is named twice' 'chapter "A"' nowhere
chapters 'twice' 'there is no first, or it is named twice' 'chapter "A"' first first
chapters 'no chapter' 'first is in no chapter' first
chapters 'two words' 'expected chapter "TITLE", or one name' 'chapter "A"' 'first second'
echo 'chapter "A"' >"$TMP/share/lessons/chapters"
capture "$PROGRAM" learn
check 'chapters: those in none come last' contains "$out" 'Others
       first   The first one (next)'
rm "$TMP/share/lessons/chapters"
capture "$PROGRAM" learn
check 'chapters: none' contains "$out" 'All
       first   The first one (next)'
finish
