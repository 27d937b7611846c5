/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernels/likeness.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/kernel_spec.h"

void likeness_note_deinit(struct likeness_note *note)
{
	free(note->file);
	free(note->text);
	*note = (struct likeness_note){0};
}

void likeness_deinit(struct likeness *likeness)
{
	free(likeness->release);
	free(likeness->version);
	free(likeness->profile);
	free(likeness->check);
	free(likeness->by_release);
	likeness_note_deinit(&likeness->contradiction);
	for (size_t i = 0; i < likeness->alike_count; i++)
		free(likeness->alike[i]);
	free(likeness->alike);
	for (size_t i = 0; i < likeness->left_out_count; i++)
		likeness_note_deinit(&likeness->left_out[i]);
	free(likeness->left_out);
	*likeness = (struct likeness){0};
}

void likeness_note_set(struct likeness_note *note, const char *file, unsigned line, const char *text)
{
	likeness_note_deinit(note);
	*note = (struct likeness_note){xstrdup(file), line, xstrdup(text)};
}

void likeness_add_alike(struct likeness *likeness, const char *profile, const char *title)
{
	struct buf name = {0};

	buf_printf(&name, "%s (%s)", profile, title);
	GROW(likeness->alike, likeness->alike_count, likeness->alike_cap);
	likeness->alike[likeness->alike_count++] = buf_take(&name);
}

void likeness_add_left_out(struct likeness *likeness, const char *file, unsigned line,
			   const char *text)
{
	GROW(likeness->left_out, likeness->left_out_count, likeness->left_out_cap);
	likeness->left_out[likeness->left_out_count] = (struct likeness_note){0};
	likeness_note_set(&likeness->left_out[likeness->left_out_count++], file, line, text);
}

/* --- in words -------------------------------------------------------------------- */

static void print_note(const struct likeness_note *note, struct buf *out)
{
	if (note->line)
		buf_printf(out, "%s:%u: ", note->file, note->line);
	buf_puts(out, note->text);
}

/* The first line, without a newline. */
static void print_result(const struct likeness *l, struct buf *out)
{
	buf_puts(out, l->release);
	if (!l->profile) {
		buf_puts(out, ": nothing could be observed");
		return;
	}
	buf_puts(out, l->explains ? " behaves as "
				  : ": no known kernel explains all that was observed; nearest is ");
	spec_on_machine(l->profile, l->arch, out);
	if (!l->explains)
		buf_printf(out, ", check %s", l->check);
	else if (!l->released)
		buf_printf(out, " with check %s", l->check);
}

static void print_release(const struct likeness *l, struct buf *out)
{
	if (!l->by_release)
		buf_printf(out, "  no profile covers the release %s\n", l->version);
	else if (!strcmp(l->profile, l->by_release) && l->released)
		buf_puts(out, "  this is the profile of its release\n");
	else
		buf_printf(out, "  the profile of its release is %s: this kernel was changed, or that "
			   "profile is wrong\n", l->by_release);
}

static void print_explanation(const struct likeness *l, struct buf *out)
{
	print_release(l, out);
	for (size_t i = 0; i < l->alike_count; i++)
		buf_printf(out, "%s%s", i ? ", " : "  not distinguishable from: ", l->alike[i]);
	if (l->alike_count)
		buf_putc(out, '\n');
	buf_printf(out, "  %zu facts agree\n", l->agree);
}

void likeness_print(const struct likeness *l, struct buf *out)
{
	print_result(l, out);
	buf_putc(out, '\n');
	if (l->explains) {
		print_explanation(l, out);
	} else if (l->profile) {
		buf_puts(out, "  ");
		print_note(&l->contradiction, out);
		buf_printf(out, "\n  %zu facts agree, %zu differ\n", l->agree, l->differ);
	}
	for (size_t i = 0; i < l->left_out_count; i++) {
		buf_puts(out, "  not carried out: ");
		print_note(&l->left_out[i], out);
		buf_putc(out, '\n');
	}
}

void likeness_error(const struct likeness *l, struct vf_error *error)
{
	struct buf text = {0};

	print_result(l, &text);
	vf_error_set(error, "%s", buf_str(&text));
	buf_deinit(&text);
	if (l->contradiction.text)
		print_note(&l->contradiction, &text);
	else if (l->left_out_count)
		print_note(&l->left_out[0], &text);
	vf_error_hint(error, "%s", buf_str(&text));
	buf_deinit(&text);
}
