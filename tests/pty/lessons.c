/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pty/lessons.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pty/terminal.h"

#define CTRL_D "\004"
#define ESCAPE "\033"

static const char *program;
static pty_report *report;

static void start(struct terminal *t, const char *word)
{
	char *argv[] = {(char *)program, (char *)"--still", (char *)"learn", (char *)word, NULL};

	terminal_start(t, 24, 80, argv);
}

/* Types the keys, until that text is there. */
static bool shows(struct terminal *t, const char *keys, const char *text)
{
	terminal_type(t, keys);
	return wait_for_text(t, text);
}

/* The end of a fork, and what follows it. */
static bool passes_fork(struct terminal *t, const char *text)
{
	return wait_for_text(t, "Enter goes to the end") && shows(t, "\r", "arrows step back, Enter continues") &&
	       shows(t, "\r", text);
}

static bool ends(struct terminal *t)
{
	terminal_type(t, CTRL_D);
	static const char question[] = "Quit without saving?";

	if (!wait_for_end_or_text(t, question))
		return false;
	if (terminal_has(t, question))
		terminal_type(t, "y");
	return wait_for_end(t) && WIFEXITED(t->status) && !WEXITSTATUS(t->status);
}

/* Wrong, right, hints, and a task that is reached. */
static void test_first(struct terminal *t)
{
	report("lesson 1: a word on the session", wait_for_text(t, "For a session without lessons: Ctrl-D"));
	report("lesson 1: Enter begins", shows(t, "\r", "Four pages were written."));
	report("lesson 1: a question", shows(t, "\r", "How many entries?"));
	report("lesson 1: Enter does not skip it", shows(t, "\r", "no such answer: type a number"));
	report("lesson 1: a hint", shows(t, "H", "Hint: Count what was written."));
	report("lesson 1: a wrong answer", shows(t, "16\r", "each page of a mapping has an entry"));
	report("lesson 1: once more", wait_for_text(t, "Try once more."));
	report("lesson 1: a right answer", shows(t, "4\r", "Enter goes to the end"));
	report("lesson 1: at the second try", passes_fork(t, "Right, at the second try."));
	report("lesson 1: a task", shows(t, "\r", "Make fork copy four more."));
	report("lesson 1: what holds", wait_for_text(t, "left cost entries 8 (now: 4)"));
	report("lesson 1: how it is worked at", wait_for_text(t, "0 commands, par 1; H hint, S skip"));
	report("lesson 1: Enter does not end it", shows(t, "\r", "The task waits for a command"));
	report("lesson 1: a hint for it", shows(t, "H", "Hint: Once more."));
	report("lesson 1: by hand", shows(t, "flags heap +dc\r", "this task does not allow flags"));
	report("lesson 1: reached", shows(t, "fork\r", "Reached with 1 command, par 1:"));
	report("lesson 1: and on", shows(t, "\r", "Each fork copies them."));
	report("lesson 1: the end", shows(t, "\r", "The lesson is done: 3 stars."));
}

/* From the map on; left in the middle, and resumed. */
static void test_second(struct terminal *t)
{
	report("lesson 2: the map", shows(t, "\r", "default: 1 of 3 lessons done, 3 of 9 stars"));
	report("lesson 2: what is next", wait_for_text(t, "The second lesson (next)"));
	report("lesson 2: Enter plays it", shows(t, "\r", "Enter begins"));
	report("lesson 2: begins", shows(t, "\r", "The library was read."));
	report("lesson 2: left", ends(t));
	terminal_stop(t);
	start(t, "next");
	report("lesson 2: resumed", wait_for_text(t, "The library was read."));
	report("lesson 2: a digit answers", shows(t, "\r", "Copied or skipped?") &&
						    shows(t, "2", "Enter goes to the end"));
	report("lesson 2: right", passes_fork(t, "skip: no clause holds. Right."));
	report("lesson 2: on", shows(t, "\r", "Fork left it out."));
	report("lesson 2: the end", shows(t, "\r", "The lesson is done: 3 stars."));
	report("lesson 2: the map", shows(t, "\r", "default: 2 of 3 lessons done, 6 of 9 stars"));
}

/* Everything skipped; the map closes with q. */
static void test_third(struct terminal *t)
{
	report("lesson 3: the map closes", shows(t, "q", "the end: Enter shows what is next"));
	report("lesson 3: by name", shows(t, "learn third\r", "The third lesson"));
	report("lesson 3: a question", shows(t, "\r", "How does the fork end?"));
	report("lesson 3: skipped", shows(t, "S", "Enter goes to the end"));
	report("lesson 3: no answer", passes_fork(t, "You had no answer."));
	report("lesson 3: a task", shows(t, "\r", "Map a page at the name mine."));
	report("lesson 3: another command", shows(t, "vma other anon 1p\r", "1 command, par 1; undo; S skip"));
	report("lesson 3: skipped, and solved", shows(t, "S", "solution vma mine anon 1p"));
	report("lesson 3: what was built is gone", !terminal_has(t, "other 4K"));
	report("lesson 3: on", shows(t, "\r", "It is mapped."));
	report("lesson 3: the end", shows(t, "\r", "The lesson is done: 0 stars."));
	report("lesson 3: ends", ends(t));
}

/* Both end at about the same time; neither loses the other's. */
static void test_side_by_side(void)
{
	struct terminal t[2];

	for (int i = 0; i < 2; i++)
		start(&t[i], "second");
	for (int i = 0; i < 2; i++)
		report("side by side: begins", wait_for_text(&t[i], "Enter begins") &&
						       shows(&t[i], "\r", "The library was read.") &&
						       shows(&t[i], "\r", "Copied or skipped?") &&
						       shows(&t[i], ESCAPE, "Enter goes to the end") &&
						       passes_fork(&t[i], "You had no answer.") &&
						       shows(&t[i], "\r", "Fork left it out."));
	for (int i = 0; i < 2; i++)
		terminal_type(&t[i], "\r");
	for (int i = 0; i < 2; i++) {
		report("side by side: ends", wait_for_text(&t[i], "The lesson is done") && ends(&t[i]));
		terminal_stop(&t[i]);
	}
	start(&t[0], "report");
	report("side by side: both are kept", wait_for_text(&t[0], "second: done 3 times"));
	terminal_stop(&t[0]);
}

/* Two questions of the quiz, a wrong and a right answer, a skipped one, and the summary. */
static void test_quiz(void)
{
	char *argv[] = {(char *)program, (char *)"--still", (char *)"quiz", (char *)"--seed",  (char *)"7",
			(char *)"--count", (char *)"2", NULL};
	struct terminal t;

	terminal_start(&t, 24, 80, argv);
	report("quiz: a card", wait_for_text(&t, "Question 1 of 2: What fork copies"));
	report("quiz: the situation", wait_for_text(&t, "private anonymous memory, 16 pages"));
	report("quiz: a question", shows(&t, "\r", "What does fork do with arena?"));
	report("quiz: Enter shows the situation", shows(&t, "\r", "MADV_DONTDUMP on arena"));
	report("quiz: and the question again", shows(&t, "\r", "What does fork do with arena?"));
	report("quiz: a hint", shows(&t, "H", "Hint: Some advice is for fork itself"));
	report("quiz: a wrong answer", shows(&t, "skip\r", "Try once more."));
	report("quiz: a right answer", shows(&t, "1", "Enter goes to the end"));
	report("quiz: at the second try", passes_fork(&t, "Right, at the second try."));
	report("quiz: so far", wait_for_text(&t, "1 of 1 question right so far."));
	report("quiz: the next", shows(&t, "\r", "Question 2 of 2: What fork copies"));
	report("quiz: its question", shows(&t, "\r", "Enter: the situation"));
	report("quiz: skipped", shows(&t, "S", "Enter goes to the end") && passes_fork(&t, "You had no answer."));
	report("quiz: then the summary", wait_for_text(&t, "Enter shows the summary"));
	report("quiz: by topic", shows(&t, "\r", "What fork copies: 1 of 2 questions right"));
	report("quiz: by belief", wait_for_text(&t, "1 time: fork copies nothing"));
	report("quiz: the summary closes", shows(&t, "\r", "Enter asks more questions"));
	report("quiz: what was missed comes again", shows(&t, "\r", "What fork copies, missed before"));
	report("quiz: ends", ends(&t));
	terminal_stop(&t);
}

/* Behind the lessons of a chapter of the program's own course is its quiz. */
static void test_quiz_of_the_map(void)
{
	struct terminal t;

	start(&t, "map");
	report("map: names the quiz", wait_for_text(&t, "quiz               Questions about this chapter"));
	for (int i = 0; i < 10; i++) /* so many lessons has the first chapter */
		terminal_type(&t, "\033OB");
	report("map: opens it", shows(&t, "\r", "Question 1 of 10: What fork copies"));
	report("map: ends", ends(&t));
	terminal_stop(&t);
}

void test_lessons(const char *path, pty_report *how)
{
	char state[] = "/tmp/vmafork-pty.XXXXXX", remove[64];
	struct terminal t;

	program = path;
	report = how;
	if (!report("lessons: a folder for progress", mkdtemp(state)))
		return;
	setenv("XDG_STATE_HOME", state, 1);
	setenv("VMAFORK_SHARE", "tests/data/share", 1);
	start(&t, "start");
	test_first(&t);
	test_second(&t);
	test_third(&t);
	terminal_stop(&t);
	test_side_by_side();
	test_quiz();
	unsetenv("VMAFORK_SHARE");
	test_quiz_of_the_map();
	unsetenv("XDG_STATE_HOME");
	snprintf(remove, sizeof(remove), "rm -rf %s", state);
	report("lessons: the folder is removed", !system(remove));
}
