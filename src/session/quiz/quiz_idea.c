/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session/quiz/quiz_idea.h"

#include <string.h>

const struct quiz_idea quiz_ideas[QUIZ_IDEAS] = {
	/* shared */
	{{"shared means not copied", "what is shared needs no fault"}},
	/* private */
	{{"private and writable means copied", "private memory has an anon_vma", "PROT_READ pages are not copied"}},
	/* whole-vma */
	{{"only written pages are copied", "without a page of its own a VMA is skipped"}},
	/* whose-flag */
	{{"the flag is the parent's", "the child's VMA has the flags of the parent's",
	  "the child's VMA begins without flags"}},
	/* markers */
	{{"a guard is not a page", "a marker is not an entry", "each entry of the parent is copied",
	  "a flag leaves a mark in each entry", "only what the flag is about is copied"}},
	/* faults */
	{{"copying at fork saves the child its faults", "fork changes nothing for the parent",
	  "parent and child fault alike", "each entry is faulted once"}},
	/* copy-on-write */
	{{"fork copies nothing, because memory is copy-on-write", "after fork the pages stay shared",
	  "parent and child each copy the page", "each fault copies a page"}},
	/* left-out */
	{{"what was written has to be copied", "what is not copied is skipped", "the child can touch what the parent can",
	  "the child does not get this memory", "the child begins with zeroes"}},
	/* tables */
	{{"fork copies entries, and no tables", "only the lowest level counts", "one table is enough",
	  "a huge entry needs no table below it"}},
};

bool quiz_idea_has(const struct quiz_idea *idea, const char *belief)
{
	for (size_t i = 0; i < IDEA_BELIEFS && idea->beliefs[i]; i++)
		if (!strcmp(idea->beliefs[i], belief))
			return true;
	return false;
}

bool quiz_idea_probed(const struct quiz_idea *idea, const struct quiz_question *question)
{
	for (size_t i = 0; i < question->wrong_count; i++)
		if (quiz_idea_has(idea, question->wrong[i].belief))
			return true;
	return false;
}
