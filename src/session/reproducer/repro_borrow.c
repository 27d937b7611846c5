/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Children that run in their parent's memory. What tells processes apart in the program is in
 * that memory, too: so such a child does not go through scenario() with the others, but has a
 * function of its own, in which its turns have numbers.
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "report/text.h"
#include "session/reproducer/reproducer_private.h"

bool repro_borrow(struct repro *r)
{
	bool waits = r->command->spec->id == COMMAND_vfork;

	r->child = -1;
	if (r->process[r->by].borrows)
		return repro_cannot(r, "a process in borrowed memory lends it");
	if (!repro_new_process(r))
		return false;
	r->process[r->child].borrows = true;
	repro_need(r, "borrow");
	repro_call(r, "borrow(P%d, child_%d, %s);", r->child, r->child,
		   waits ? "CLONE_VM | CLONE_VFORK" : "CLONE_VM");
	/* The turn in which it is born is over when it runs. */
	if (waits)
		buf_printf(&r->process[r->child].function, "\tshared->done = %u;\n", repro_turn_number(r) + 1);
	return true;
}

bool repro_spawn(struct repro *r)
{
	r->child = -1; /* it is gone when the parent goes on */
	repro_need(r, "spawn");
	repro_call(r, "spawn();");
	return true;
}

bool repro_leave_borrowed(struct repro *r)
{
	repro_need(r, "gone");
	repro_call(r, "shared->done = %u;", repro_turn_number(r) + 1);
	if (r->command->spec->id == COMMAND_exec)
		repro_call(r, "execlp(\"true\", \"true\", (char *)NULL);");
	repro_call(r, "_exit(0);");
	return true;
}

/* --- a turn ------------------------------------------------------------------------------ */

static bool has_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += length)
		if (!isalnum((unsigned char)at[length]) && at[length] != '_')
			return true;
	return false;
}

/* Where names are now: their variables are all processes', and may already say what is later. */
static void add_places(const struct repro *r, const char *lines, struct buf *out)
{
	for (size_t i = 0; i < r->name_count; i++)
		if (!r->name[i].placed && has_word(lines, r->name[i].variable))
			buf_printf(out, "\t\tchar *%s = AT(0x%" PRIx64 ");\n", r->name[i].variable,
				   r->name[i].at);
}

void repro_borrowed_turn(struct repro *r, const char *text, const char *lines)
{
	struct buf *out = &r->process[r->by].function;
	unsigned number = r->turns++;

	buf_printf(&r->body, "\tturn(P%d); /* in child_%d() */\n", r->by, r->by);
	buf_putc(out, '\n');
	repro_comment(text, out);
	buf_printf(out, "\twait_for(%u);\n\t{\n", number);
	add_places(r, lines, out);
	buf_printf(out, "%s\t}\n\tshared->done = %u;\n", lines, number + 1);
}

void repro_borrowed_function(struct repro *r, int process, struct buf *out)
{
	buf_printf(out, "\n/* P%d, in the memory of P%d. Its turns are those in scenario(), by their numbers. */\n"
			"static int child_%d(void *unused)\n{\n\t(void)unused;\n\tclose_copies(me);\n",
		   process, r->process[process].parent, process);
	buf_puts(out, buf_str(&r->process[process].function));
	buf_puts(out, "\n\twhile (pause())\n\t\t;\n\treturn 0;\n}\n");
}
