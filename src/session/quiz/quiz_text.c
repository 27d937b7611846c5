/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/quiz/quiz_text.h"

#include <inttypes.h>
#include <string.h>

#include "language/command.h"
#include "report/markdown.h"

/* --- in a session ------------------------------------------------------------------------- */

void quiz_story_text(const struct quiz *quiz, struct buf *out)
{
	struct buf title = {0};

	buf_printf(&title, "Question %zu of %zu: %s%s", (quiz->drawn - 1) % quiz->count + 1, quiz->count,
		   quiz_topics[quiz->now.topic].chapter, quiz->is_again ? ", missed before" : "");
	buf_puts(out, "title ");
	command_print_quoted(buf_str(&title), out);
	buf_printf(out, "\n%s", quiz->now.text);
	buf_deinit(&title);
}

static void print_score(const struct quiz_score *score, struct buf *out)
{
	buf_printf(out, "%u of ", score->right);
	buf_count(out, score->asked, "question", "questions");
	buf_puts(out, " right");
	if (score->second)
		buf_printf(out, ", %u at the second try", score->second);
	if (score->skipped)
		buf_printf(out, ", %u skipped", score->skipped);
	buf_puts(out, ".\n");
}

void quiz_summary_text(const struct quiz *quiz, struct buf *out)
{
	struct quiz_score sum = quiz_sum(quiz);

	print_score(&sum, out);
	for (size_t i = 0; i < QUIZ_TOPICS; i++)
		if (quiz->score[i].asked) {
			buf_printf(out, "  %s: ", quiz_topics[i].chapter);
			print_score(&quiz->score[i], out);
		}
	if (quiz->missed_count)
		buf_puts(out, "Beliefs that led to wrong answers, which are asked again:\n");
	for (size_t i = 0; i < quiz->missed_count; i++) {
		buf_puts(out, "  ");
		buf_count(out, quiz->missed[i].times, "time", "times");
		buf_printf(out, ": %s\n", quiz->missed[i].belief);
	}
	buf_printf(out, "The seed is %" PRIu64 ".\n", quiz->seed);
}

/* --- on paper ----------------------------------------------------------------------------- */

enum { COLUMNS = 74 }; /* fits what a screen of 80 shows over its panes */

/* Wraps at blanks; the first row follows `first`, others `rest`. The texts are ASCII. */
static void print_wrapped(const char *first, const char *rest, const char *text, struct buf *out)
{
	const char *head = first;

	while (*text) {
		size_t room = COLUMNS - strlen(head), n = strlen(text);

		if (n > room) {
			n = room;
			while (n && text[n] != ' ')
				n--;
			n = n ? n : strcspn(text, " ");
		}
		buf_puts(out, head);
		buf_add(out, text, n);
		buf_putc(out, '\n');
		text += n;
		text += strspn(text, " ");
		head = rest;
	}
}

/* Each line of the commands behind `indent`. */
static void print_commands(const char *indent, const char *lines, struct buf *out)
{
	while (*lines) {
		size_t n = strcspn(lines, "\n");

		buf_printf(out, "%s%.*s\n", indent, (int)n, lines);
		lines += n + (lines[n] == '\n');
	}
}

static void print_sheet(const struct quiz *quiz, bool markdown, struct buf *out)
{
	const struct quiz_question *q = &quiz->now;
	struct buf asked = {0}, about = {0};

	buf_printf(&asked, "%s (%s)", buf_str(&q->draft.question), q->choices);
	if (markdown) {
		markdown_text(&about, buf_str(&q->draft.about));
		buf_printf(out, "%s\n\n```\n%s\n%s%s```\n\n**", buf_str(&about), buf_str(&q->draft.setup),
			   buf_str(&q->draft.then), q->draft.then.len ? "\n" : "");
		markdown_text(out, buf_str(&asked));
		buf_puts(out, "**\n\nAnswer: \\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\n\n");
	} else {
		print_wrapped("   ", "   ", buf_str(&q->draft.about), out);
		buf_putc(out, '\n');
		print_commands("       ", buf_str(&q->draft.setup), out);
		print_commands("       ", buf_str(&q->draft.then), out);
		buf_putc(out, '\n');
		print_wrapped("   ", "   ", buf_str(&asked), out);
		buf_puts(out, "   Answer: ____________\n\n");
	}
	buf_deinit(&asked);
	buf_deinit(&about);
}

static void print_key(const struct quiz *quiz, bool markdown, struct buf *out)
{
	const struct quiz_question *q = &quiz->now;
	struct buf text = {0};

	if (markdown) {
		buf_puts(out, "Answer: **");
		markdown_text(out, q->truth);
		buf_puts(out, "**\n\n");
	} else {
		buf_printf(out, "   Answer: %s\n", q->truth);
	}
	for (size_t i = 0; i < q->wrong_count; i++) {
		buf_clear(&text);
		buf_printf(&text, "%s: follows from the belief that %s. %s", q->wrong[i].text, q->wrong[i].belief,
			   q->wrong[i].otherwise);
		if (markdown) {
			buf_puts(out, "- ");
			markdown_text(out, buf_str(&text));
			buf_putc(out, '\n');
		} else {
			print_wrapped("   - ", "     ", buf_str(&text), out);
		}
	}
	buf_putc(out, '\n');
	buf_deinit(&text);
}

void quiz_print_head(const struct quiz *quiz, const struct quiz_print *how, struct buf *out)
{
	const char *what = how->sheet && how->key ? "questions and answers" : how->sheet ? "questions" : "answers";

	if (how->markdown)
		buf_puts(out, "# ");
	buf_printf(out, "Quiz on fork: %s\n\nSeed %" PRIu64 ", ", what, quiz->seed);
	buf_count(out, quiz->count, "question", "questions");
	if (quiz->topic >= 0)
		buf_printf(out, ", topic %s", quiz_topic_word((size_t)quiz->topic));
	buf_puts(out, how->sheet && !how->key ? how->markdown ? ". Name: \\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\\_\n\n"
							     : ". Name: ____________\n\n"
					      : ".\n\n");
}

void quiz_print_question(const struct quiz *quiz, const struct quiz_print *how, struct buf *out)
{
	const struct quiz_question *q = &quiz->now;

	buf_printf(out, "%s%zu. %s, level %u\n%s", how->markdown ? "## " : "", quiz->drawn,
		   quiz_topics[q->topic].chapter, q->kind->level, how->markdown ? "\n" : "");
	if (how->sheet)
		print_sheet(quiz, how->markdown, out);
	if (how->key)
		print_key(quiz, how->markdown, out);
}
