/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The program as a whole. The commands are carried out on the model of both sides, as the
 * session does, which says where memory is and what each side predicts.
 */
#include "session/reproducer/reproducer_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "base/share.h"
#include "base/utf8.h"
#include "base/wrap.h"
#include "kernels/builtin.h"
#include "report/text.h"

#define COLUMNS 78

/* --- text in C ------------------------------------------------------------------------------ */

/* Letters that change the direction of what follows, or show nothing. */
static bool misleads(uint32_t c)
{
	return c < ' ' || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
	       (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffd) || c > 0xe0000;
}

/* Text for a comment: it neither ends nor begins one, whatever it is. */
static void add_commented(const char *text, struct buf *out)
{
	char last = ' ', bytes[8];
	size_t n;

	for (; *text; text += n) {
		uint32_t c = utf8_next(text, &n);

		if (misleads(c))
			c = '?';
		if ((last == '*' && c == '/') || (last == '/' && c == '*'))
			buf_putc(out, ' ');
		last = c < 0x80 ? (char)c : 'x';
		buf_add(out, bytes, utf8_put(bytes, c));
	}
}

void repro_string(const char *text, struct buf *out)
{
	buf_putc(out, '"');
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\')
			buf_printf(out, "\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			buf_printf(out, "\\%03o", c);
		else
			buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

/* Lines of a comment, each after the indentation and " * ". */
void repro_comment_lines(const char *indent, const char *text, struct buf *out)
{
	struct buf plain = {0}, first = {0}, rest = {0};

	add_commented(text, &plain);
	buf_printf(&first, "%s * ", indent);
	buf_printf(&rest, "%s *   ", indent);
	wrap_text(buf_str(&plain), buf_str(&first), buf_str(&rest), COLUMNS, out);
	buf_deinit(&plain);
	buf_deinit(&first);
	buf_deinit(&rest);
}

static void add_comment(const char *indent, const char *text, struct buf *out)
{
	struct buf plain = {0};

	add_commented(text, &plain);
	if (plain.len + strlen(indent) + 6 <= COLUMNS) {
		buf_printf(out, "%s/* %s */\n", indent, buf_str(&plain));
	} else {
		buf_printf(out, "%s/*\n", indent);
		repro_comment_lines(indent, text, out);
		buf_printf(out, "%s */\n", indent);
	}
	buf_deinit(&plain);
}

void repro_comment(const char *text, struct buf *out)
{
	add_comment("\t", text, out);
}

/* --- sections of share/export/reproducer.c ------------------------------------------------ */

static const char section_line[] = "\n/* section ";

static const char *template(void)
{
	for (size_t i = 0; i < builtin_page_count; i++)
		if (!strcmp(builtin_pages[i].name, "reproducer.c"))
			return builtin_pages[i].text;
	assert(!"reproducer.c is compiled in");
	return "";
}

/* The section from its name on; NULL: that was the last one. *number counts them. */
static const char *next_section(const char *from)
{
	const char *at = strstr(from, section_line);

	return at ? at + strlen(section_line) : NULL;
}

void repro_need(struct repro *r, const char *section)
{
	size_t length = strlen(section);
	uint64_t bit = 1;

	for (const char *at = next_section(template()); at; at = next_section(at), bit <<= 1) {
		if (strncmp(at, section, length) || (at[length] != ' '))
			continue;
		r->sections |= bit;
		at += length + 1;
		if (*at != '*') { /* "section protect uffd" */
			char needs[32] = "";

			strncat(needs, at, min(strcspn(at, " "), sizeof(needs) - 1));
			repro_need(r, needs);
		}
		return;
	}
	assert(!"there is such a section");
}

static void add_globals(const struct repro *r, struct buf *out)
{
	for (size_t i = 0; i < r->name_count; i++)
		if (r->name[i].placed)
			buf_printf(out, "#define %s shared->place[%u]\n", r->name[i].variable, r->name[i].place);
		else
			buf_printf(out, "static char *%s;\n", r->name[i].variable);
	buf_printf(out, "%s\n", buf_str(&r->globals));
}

static void add_sections(const struct repro *r, struct buf *out)
{
	uint64_t bit = 1;

	for (const char *at = next_section(template()), *next; at; at = next, bit <<= 1) {
		const char *text = strchr(at, '\n') + 1;

		next = next_section(at);
		if (r->sections & bit)
			buf_add(out, text, next ? (size_t)(next - text) - strlen(section_line) + 1 : strlen(text));
		if (bit == 1)
			add_globals(r, out);
	}
}

/* --- pieces of the calls ------------------------------------------------------------------- */

void repro_call(struct repro *r, const char *format, ...)
{
	va_list args;

	buf_puts(&r->block, "\t\t");
	va_start(args, format);
	buf_vprintf(&r->block, format, args);
	va_end(args);
	buf_putc(&r->block, '\n');
}

void repro_turn(struct repro *r, int process)
{
	if (process == REPRODUCER_OBSERVER)
		buf_puts(&r->body, "\tif (turn(OBSERVER))");
	else
		buf_printf(&r->body, "\tif (turn(P%d))", process);
	r->turns++;
}

bool repro_cannot(struct repro *r, const char *why)
{
	r->impossible = why;
	return false;
}

/* "vma_a_b", different from all others. */
static char *variable_for(const struct repro *r, const char *name)
{
	struct buf text = {0};
	bool taken = true;

	for (unsigned n = 0; taken; n++) {
		buf_clear(&text);
		buf_puts(&text, "vma_");
		for (const char *c = name; *c; c++)
			buf_putc(&text, *c == '-' || *c == '.' ? '_' : *c);
		if (n)
			buf_printf(&text, "_%u", n + 1);
		taken = false;
		for (size_t i = 0; i < r->name_count; i++)
			taken |= !strcmp(r->name[i].variable, buf_str(&text));
	}
	return buf_take(&text);
}

static struct repro_name *find_name(struct repro *r, const struct name *name)
{
	for (size_t i = 0; i < r->name_count; i++)
		if (r->name[i].name == name)
			return &r->name[i];
	GROW(r->name, r->name_count, r->name_cap);
	r->name[r->name_count] = (struct repro_name){.name = name, .variable = variable_for(r, name->text)};
	return &r->name[r->name_count++];
}

struct repro_name *repro_name(struct repro *r, const struct name *name, uint64_t start)
{
	struct repro_name *known = find_name(r, name);

	if (known->at != start && !known->placed)
		buf_printf(&r->places_now, "\t%s = AT(0x%" PRIx64 ");\n", known->variable, start);
	known->at = start;
	return known;
}

void repro_place(struct repro *r, const struct name *name, uint64_t start, struct buf *out)
{
	struct repro_name *known = find_name(r, name);

	if (known->at && known->at != start && !known->placed)
		buf_printf(out, "AT(0x%" PRIx64 ")", start);
	else
		buf_puts(out, repro_name(r, name, start)->variable);
}

void repro_flush_places(struct repro *r)
{
	buf_puts(&r->body, buf_str(&r->places_now));
	buf_clear(&r->places_now);
}

void repro_size(const struct repro *r, uint64_t bytes, struct buf *out)
{
	if (bytes == repro_page(r))
		buf_puts(out, "PAGE");
	else
		buf_printf(out, "%" PRIu64 " * PAGE", bytes / repro_page(r));
}

void repro_address(struct repro *r, const struct name *name, uint64_t start, uint64_t address,
		   struct buf *out)
{
	buf_puts(out, repro_name(r, name, start)->variable);
	if (address > start) {
		buf_puts(out, " + ");
		repro_size(r, address - start, out);
	}
}

bool repro_each_range(struct repro *r, repro_range *each)
{
	bool ok = true;

	for (size_t i = 0; ok && i < r->names.n; i++) {
		const struct name *name = r->names.v[i];
		struct ranges pages = {0};
		struct model_error ignored;

		ok = command_pages(r->mm, name, r->command, &pages, &ignored) ||
		     repro_cannot(r, "nothing of it is mapped");
		for (size_t n = 0; ok && n < pages.n; n++) {
			uint64_t start = pages.v[n].first * repro_page(r);
			uint64_t bytes = (pages.v[n].last + 1) * repro_page(r) - start;
			struct buf at = {0}, size = {0};

			repro_address(r, name, r->before[i], start, &at);
			repro_size(r, bytes, &size);
			ok = each(r, buf_str(&at), buf_str(&size), start, bytes);
			buf_deinit(&at);
			buf_deinit(&size);
		}
		ranges_deinit(&pages);
	}
	return ok;
}

/* --- what cannot be done ----------------------------------------------------------------------- */

static bool entries_by_hand(struct repro *r)
{
	return repro_cannot(r, "no system call sets page-table entries by hand");
}

static bool flags_by_hand(struct repro *r)
{
	return repro_cannot(r, "no system call sets VMA flags by hand");
}

static bool anon_vma_by_hand(struct repro *r)
{
	return repro_cannot(r, "no system call sets or clears an anon_vma by hand");
}

/* --- the table ----------------------------------------------------------------------------------- */

typedef bool writer(struct repro *r);

/* Each build step has one. */
static writer *const writers[COMMANDS] = {
	[COMMAND_vma] = repro_map,
	[COMMAND_touch] = repro_touch,
	[COMMAND_madvise] = repro_madvise,
	[COMMAND_mprotect] = repro_mprotect,
	[COMMAND_mlock] = repro_mlock,
	[COMMAND_munlock] = repro_munlock,
	[COMMAND_munmap] = repro_munmap,
	[COMMAND_mseal] = repro_mseal,
	[COMMAND_mremap] = repro_mremap,
	[COMMAND_pin] = repro_pin,
	[COMMAND_unpin] = repro_unpin,
	[COMMAND_poke] = repro_poke,
	[COMMAND_ksm] = repro_ksm,
	[COMMAND_clear_refs] = repro_clear_refs,
	[COMMAND_uffd] = repro_uffd_command,
	[COMMAND_register] = repro_uffd_command,
	[COMMAND_unregister] = repro_uffd_command,
	[COMMAND_protect] = repro_uffd_command,
	[COMMAND_unprotect] = repro_uffd_command,
	[COMMAND_poison] = repro_uffd_command,
	[COMMAND_zeropage] = repro_uffd_command,
	[COMMAND_copy] = repro_uffd_command,
	[COMMAND_continue] = repro_uffd_command,
	[COMMAND_move] = repro_uffd_command,
	[COMMAND_close] = repro_uffd_command,
	[COMMAND_reader] = repro_uffd_command,
	[COMMAND_merge] = repro_merge,
	[COMMAND_set] = repro_set,
	[COMMAND_limit] = repro_limit,
	[COMMAND_flags] = flags_by_hand,
	[COMMAND_anon_vma] = anon_vma_by_hand,
	[COMMAND_pte] = entries_by_hand,
	[COMMAND_fork] = repro_fork,
	[COMMAND_vfork] = repro_borrow,
	[COMMAND_posix_spawn] = repro_spawn,
	[COMMAND_clone_vm] = repro_borrow,
	[COMMAND_exit] = repro_leave,
	[COMMAND_exec] = repro_leave,
	[COMMAND_become] = repro_become,
};

/* --- a command ------------------------------------------------------------------------------------ */

static void note_names(struct repro *r)
{
	const struct machine *m = r->m[LEFT];
	const struct command *c = r->command;
	struct model_error ignored;

	r->names.n = 0;
	r->mm = command_mm(m, c);
	if (!r->mm || !c->args.target.name || c->spec->id == COMMAND_vma || c->spec->id == COMMAND_ksm)
		return;
	if (!c->args.target.pattern)
		name_list_add(&r->names, machine_name(m, command_word(c, c->args.target.name)));
	else if (!command_names(m, r->mm, c, &r->names, &ignored))
		r->names.n = 0;
	r->names.n = min(r->names.n, (size_t)REPRODUCER_NAMES);
	for (size_t i = 0; i < r->names.n; i++) {
		struct ranges pages = {0};

		r->before[i] = mm_stretch(r->mm, r->names.v[i]).start;
		r->first[i] = r->size[i] = 0;
		if (command_pages(r->mm, r->names.v[i], c, &pages, &ignored) && pages.n) {
			r->first[i] = pages.v[0].first * repro_page(r);
			r->size[i] = (pages.v[pages.n - 1].last + 1) * repro_page(r) - r->first[i];
		}
		ranges_deinit(&pages);
	}
}

/* The line that the program has for it. */
static void add_left_out(struct repro *r, const char *text)
{
	struct buf line = {0};

	buf_printf(&line, "%s: left out, as %s", text, r->impossible);
	add_comment("\t", buf_str(&line), &r->body);
	repro_need(r, "left_out");
	repro_turn(r, REPRODUCER_OBSERVER);
	buf_puts(&r->body, "\n\t\tleft_out(");
	repro_string(text, &r->body);
	buf_puts(&r->body, ",\n\t\t\t ");
	repro_string(r->impossible, &r->body);
	buf_puts(&r->body, ");\n");
	buf_deinit(&line);
}

/* Does this program have the process that carries it out? */
static bool has_process(struct repro *r, bool borrowed)
{
	if (r->stopped)
		return repro_cannot(r, r->stopped);
	if (r->command->process == PROCESS_CHILD && (r->child < 0 || r->process[r->child].borrows != borrowed))
		return repro_cannot(r, "this program does not have that child");
	if (r->by >= 0 && r->process[r->by].borrows && writers[r->command->spec->id] == repro_uffd_command)
		return repro_cannot(r, "the userfaultfds of this memory are its owner's");
	return true;
}

/* Calls are written when the model has carried them out; but those that give up what they name. */
static bool is_written_before(const struct command *c)
{
	return c->spec->id != COMMAND_vma && c->spec->id != COMMAND_fork && c->spec->id != COMMAND_mremap &&
	       c->spec->id != COMMAND_touch && c->spec->id != COMMAND_become;
}

static bool apply_both(struct repro *r, struct vf_error *error)
{
	for (int side = 0; side < SIDES; side++) {
		struct model_error e;

		if (!command_apply(r->m[side], r->command, &e)) {
			command_explain_refusal(r->command, side, &e, error);
			return false;
		}
	}
	return true;
}

static void finish_command(struct repro *r, bool done, const char *text)
{
	enum command_id id = r->command->spec->id;

	if (!done) {
		add_left_out(r, text);
		return;
	}
	add_comment("\t", text, &r->body);
	repro_flush_places(r);
	repro_limit_turn(r);
	if (!r->block.len) {
		; /* its comment is all */
	} else if (r->by >= 0 && r->process[r->by].borrows) {
		repro_borrowed_turn(r, text, buf_str(&r->block));
	} else {
		repro_turn(r, r->by);
		buf_printf(&r->body, " {\n%s\t}\n", buf_str(&r->block));
	}
	if (id == COMMAND_exit || id == COMMAND_exec) {
		repro_turn(r, REPRODUCER_OBSERVER);
		buf_printf(&r->body, "\n\t\twait_gone(P%d);\n", r->by);
	}
	if (id == COMMAND_ksm)
		repro_ksm_after(r);
	if (id == COMMAND_fork)
		repro_after_fork(r);
	if (id == COMMAND_reader)
		repro_after_reader(r);
}

/* What a command has added before it turned out that it cannot be carried out. */
struct mark {
	uint64_t sections;
	size_t globals, files, holds, uffds;
};

static struct mark mark_now(const struct repro *r)
{
	return (struct mark){r->sections, r->globals.len, r->file_count, r->hold_count, r->uffd_count};
}

static void go_back(struct repro *r, struct mark mark)
{
	r->sections = mark.sections;
	r->globals.len = mark.globals;
	if (r->globals.s)
		r->globals.s[mark.globals] = '\0';
	r->file_count = mark.files;
	r->hold_count = mark.holds;
	while (r->uffd_count > mark.uffds)
		free(r->uffd[--r->uffd_count].name);
}

/* Calls the writer of the command at hand. */
static bool write_turn(struct repro *r)
{
	struct mark mark = mark_now(r);
	bool done = writers[r->command->spec->id](r);

	if (!done)
		go_back(r, mark);
	return done;
}

/* False: the budget is used up. */
static bool write_command(struct repro *r, const struct command *c, struct vf_error *error)
{
	struct buf text = {0};
	bool borrowed = r->m[LEFT]->borrow != BORROW_NOTHING, done, ok;

	assert(writers[c->spec->id]);
	r->command = c;
	buf_clear(&r->block);
	r->impossible = NULL;
	r->by = c->process == PROCESS_CHILD ? r->child : r->parent;
	command_print(c, &text);
	buf_putc(&r->body, '\n');
	note_names(r);
	repro_note_promised(r);
	done = has_process(r, borrowed);
	if (done && c->spec->id == COMMAND_fork)
		repro_ksm_plan(r);
	if (done && is_written_before(c))
		done = write_turn(r);
	ok = apply_both(r, error);
	if (ok && done && !is_written_before(c)) {
		r->mm = command_mm(r->m[LEFT], c);
		done = write_turn(r);
	}
	if (ok && ((c->spec->id == COMMAND_touch && c->args.write) || c->spec->id == COMMAND_poke))
		repro_ksm_stored(r);
	if (ok)
		finish_command(r, done, buf_str(&text));
	buf_deinit(&text);
	return ok;
}

void repro_kernel_name(const struct kernel *kernel, struct buf *out)
{
	buf_printf(out, "%s (check %s)", kernel->name, kernel_check_word(kernel));
}

/* --- the program ------------------------------------------------------------------------------------ */

static void add_head(const struct repro *r, struct buf *out)
{
	const struct reproducer_source *source = r->source;
	struct buf text = {0};

	buf_puts(out, "/*\n");
	repro_comment_lines("", source->title ? source->title : "What fork copies, and what it does not", out);
	buf_puts(out, " *\n");
	if (source->about) {
		repro_comment_lines("", source->about, out);
		buf_puts(out, " *\n");
	}
	buf_printf(&text, "Written by vmafork-tui %s. Comments at each fork say what its model predicts: of the "
			  "left side, ", program_version);
	repro_kernel_name(r->m[LEFT]->kernel, &text);
	buf_puts(&text, ", and of the right side, ");
	repro_kernel_name(r->m[RIGHT]->kernel, &text);
	buf_puts(&text, ". What the program prints is what the kernel does that it runs on.");
	wrap_text(buf_str(&text), " * ", " * ", COLUMNS, out);
	buf_printf(out, " *\n *   cc -std=gnu11 -Wall -Wextra -o reproducer THIS.c && ./reproducer%s\n *\n",
		   r->limits_all ? " --may-limit" : "");
	if (r->limits_all)
		buf_puts(out, " * With --may-limit it sets limits that all programs of the machine meet, as\n"
			      " * root, and restores them at its end.\n *\n");
	buf_puts(out,
		 " * Exit status: 0 done, 2 a call failed, 77 the machine lacks something.\n */\n");
	buf_deinit(&text);
}

static void add_program(struct repro *r, struct buf *out)
{
	add_head(r, out);
	repro_need(r, "run");
	buf_printf(out, "#define PAGE %" PRIu64 "UL /* bytes, on the scenario's machine */\n", repro_page(r));
	add_sections(r, out);
	for (int i = 0; i < r->processes; i++)
		if (r->process[i].borrows)
			repro_borrowed_function(r, i, out);
	buf_puts(out, "\nstatic void scenario(void)\n{\n");
	if (r->uffd_count)
		buf_puts(out, "\tif (me == OBSERVER)\n\t\tmeanwhile = read_events;\n");
	buf_puts(out, buf_str(&r->body));
	buf_puts(out, "\n\tfinish();\n}\n");
}

static void repro_deinit(struct repro *r)
{
	for (int side = 0; side < SIDES; side++)
		machine_free(r->m[side]);
	for (size_t i = 0; i < r->name_count; i++)
		free(r->name[i].variable);
	for (size_t i = 0; i < r->uffd_count; i++)
		free(r->uffd[i].name);
	for (int i = 0; i < r->processes; i++)
		buf_deinit(&r->process[i].function);
	name_list_deinit(&r->names);
	buf_deinit(&r->globals);
	buf_deinit(&r->body);
	buf_deinit(&r->block);
	buf_deinit(&r->places_now);
	free(r->name);
	free(r->file);
	free(r->hold);
	free(r->content);
	ranges_deinit(&r->aside[0]);
	ranges_deinit(&r->aside[1]);
	buf_deinit(&r->let_go);
}

static bool too_long(const struct repro *r, const struct command *c, struct vf_error *error)
{
	uint64_t more = c->spec->id != COMMAND_vma ? 0 : c->args.vma.is_times ? c->args.vma.times : 1;

	if (more <= REPRODUCER_NAMES && r->name_count + more <= REPRODUCER_NAMES)
		return false;
	vf_error_set(error, "a C program of more than %u mappings would be too long to read", REPRODUCER_NAMES);
	return true;
}

bool reproducer_write(const struct reproducer_source *source, struct buf *out, struct vf_error *error)
{
	const struct log *log = source->log;
	struct repro *r = xcalloc(1, sizeof(*r));
	bool ok = true;

	r->source = source;
	r->child = r->unborn = -1;
	r->processes = 1;
	for (int side = 0; side < SIDES; side++)
		r->m[side] = machine_create(source->kernel[side], source->budget);
	for (size_t i = log_start(log); ok && i < log->count; i++) {
		const struct command *c = log->entries[i].command;

		r->at = i;
		if (c->spec->builds && !command_passes(r->m[LEFT], c))
			ok = !too_long(r, c, error) && write_command(r, c, error) &&
			     budget_check(source->budget, error);
	}
	if (ok) {
		buf_putc(&r->body, '\n');
		repro_moment(r, "the end");
		add_program(r, out);
	}
	repro_deinit(r);
	free(r);
	return ok;
}
