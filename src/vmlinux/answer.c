/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmlinux/answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"
#include "model/vmflags.h"
#include "report/source_place.h"

static const char *const bit_sources[BITS_SOURCES] = {
	[BITS_USUAL] = "not named by the image; numbers as in all kernels before 6.19",
	[BITS_ENUMERATORS] = "named by the image (VMA_*_BIT)",
	[BITS_CODES] = "named by the image (the codes of smaps)",
	[BITS_BOTH] = "named by the image (VMA_*_BIT and the codes of smaps, which agree)",
};
static const char *const people[] = {[SIDE_SRC] = "parent", [SIDE_DST] = "child"};

/* What the clauses are read from. */
static const char *source_of(const struct findings *f)
{
	return f->from_memory ? "running kernel's memory" : "image";
}

const char *findings_caveat(const struct findings *f)
{
	bool flags = false;

	for (size_t i = 0; i < f->clause_count; i++)
		flags = flags || !f->clauses[i].anon_vma;
	return flags && f->bits_from == BITS_USUAL
		       ? "The image does not name its flags: these names are those of the bit numbers "
			 "that all kernels before 6.19 have, and are wrong if this one has others."
		       : "";
}

void clause_words(const struct findings *f, const struct found_clause *clause, struct buf *out)
{
	buf_puts(out, vma_side_names[clause->side]);
	if (clause->anon_vma)
		buf_puts(out, " anon_vma");
	for (uint8_t bit = 0; bit < 64; bit++)
		if (clause->bits >> bit & 1)
			buf_printf(out, " %s", input_name(f, (struct finding_input){clause->side, bit}));
}

/* --- a kernel --------------------------------------------------------------------- */

static bool can_be_said(const struct findings *f, struct vf_error *error)
{
	if (f->odd_count) {
		const struct found_pair *odd = &f->odd[0];

		return vf_error_set(
			error,
			"its decision is not an \"or\" of clauses: %s of the %s "
			"%s %s of the %s, which profiles cannot express (--evidence shows more)",
			input_name(f, odd->a), people[odd->a.side],
			odd->copies ? "copies only together with" : "does not copy together with",
			input_name(f, odd->b), people[odd->b.side]);
	}
	if (!f->clause_count)
		return vf_error_set(error, "it copies page tables for no flag and for no anon_vma: "
					   "this is not vma_needs_copy()");
	return true;
}

static bool set_clauses(struct kernel *kernel, const struct findings *f, struct vf_error *error)
{
	kernel_drop_clauses(kernel);
	for (size_t i = 0; i < f->clause_count; i++) {
		const struct found_clause *from = &f->clauses[i];
		struct clause *to = &kernel->clauses[kernel->clause_count++];
		struct buf where = {0};
		unsigned unknown;

		*to = (struct clause){.side = from->side};
		if (from->anon_vma && from->side == SIDE_DST)
			return vf_error_set(error,
					    "it checks the child's anon_vma, which profiles "
					    "cannot express");
		if (!clause_flags(f, from, &to->flags, &unknown))
			return vf_error_set(
				error,
				"it looks for bit %u (%s) of the %s's flags, which the model "
				"does not know",
				unknown,
				f->bit_names[unknown][0] ? f->bit_names[unknown] : "unnamed",
				people[from->side]);
		if (!from->place.line)
			continue;
		buf_printf(&where, "%s:%u", from->place.file, from->place.line);
		to->where = buf_take(&where);
	}
	return true;
}

/* The same clauses, however the compiler or the source groups them. */
static bool same_decision(const struct kernel *a, const struct kernel *b)
{
	uint64_t flags[2][2] = {{0}};
	bool anon[2] = {false};
	const struct kernel *both[2] = {a, b};

	for (int k = 0; k < 2; k++)
		for (size_t i = 0; i < both[k]->clause_count; i++) {
			flags[k][both[k]->clauses[i].side] |= both[k]->clauses[i].flags;
			anon[k] = anon[k] || !both[k]->clauses[i].flags;
		}
	return !memcmp(flags[0], flags[1], sizeof(flags[0])) && anon[0] == anon[1];
}

/* The word after "Linux version ", or the program's name for an image without one. */
static void own_name(const struct findings *f, char *name, size_t size)
{
	static const char start[] = "Linux version ";
	const char *s = strncmp(f->banner, start, strlen(start)) ? "" : f->banner + strlen(start);

	snprintf(name, size, "%.*s", (int)strcspn(s, " \"\\#"), s);
	if (!name[0])
		snprintf(name, size, "image");
}

static void replace(char **field, char *s)
{
	free(*field);
	*field = s;
}

/* Where profiles know that machine; ARCHES: they do not. */
static enum arch arch_of(const struct findings *f)
{
	return arch_by_name(strcmp(f->machine, "arm64") ? f->machine : "aarch64");
}

/* The known kernel of that version, or the newest one, as that machine has it. */
static struct kernel *known_kernel(const struct profiles *profiles, const struct findings *f,
				   struct image_answer *answer)
{
	struct kernel *kernel = NULL, *on;
	enum arch arch = arch_of(f);
	bool other = arch != ARCHES && arch != ARCH_X86_64;
	struct vf_error ignored;
	char version[62];

	findings_version(f, version, sizeof(version));
	if (version[0]) {
		snprintf(answer->version, sizeof(answer->version), "v%s", version);
		kernel = profiles_find(profiles, answer->version, &ignored);
	}
	if (!kernel)
		kernel = profiles_newest(profiles);
	snprintf(answer->known, sizeof(answer->known), "%.50s%s%s", kernel->profile, other ? "/" : "",
		 other ? arch_names[arch] : "");
	if (!other)
		return kernel;
	on = kernel_on(kernel, arch);
	kernel_free(kernel);
	return on;
}

bool image_answer_create(struct image_answer *answer, const struct findings *f,
		   const struct profiles *profiles, struct vf_error *error)
{
	struct kernel *known;
	char name[64];

	*answer = (struct image_answer){0};
	if (!can_be_said(f, error))
		return false;
	known = known_kernel(profiles, f, answer);
	answer->kernel = kernel_copy(known);
	if (!set_clauses(answer->kernel, f, error)) {
		kernel_free(known);
		image_answer_deinit(answer);
		return false;
	}
	answer->as_known = same_decision(answer->kernel, known);
	kernel_free(known);
	own_name(f, name, sizeof(name));
	replace(&answer->kernel->name, xstrdup(name));
	replace(&answer->kernel->profile, xstrdup(name));
	return true;
}

void image_answer_deinit(struct image_answer *answer)
{
	kernel_free(answer->kernel);
	answer->kernel = NULL;
}

/* --- a profile -------------------------------------------------------------------- */

static void print_features(uint32_t features, struct buf *out)
{
	for (size_t i = 0, on_line = 0; i < UFFD_FEATURE_COUNT; i++) {
		if (!(features >> i & 1))
			continue;
		if (on_line % 6 == 0)
			buf_printf(out, "%suffd     ", on_line ? "\n" : "");
		buf_printf(out, " %s", uffd_feature_names[i]);
		on_line++;
	}
	buf_puts(out, features ? "\n" : "");
}

static void print_notes(const struct image_answer *answer, const struct findings *f,
			struct buf *out)
{
	struct buf note = {0};

	buf_puts(out, "note      ");
	command_print_quoted(f->banner[0] ? f->banner : "The image has no version banner.", out);
	buf_printf(&note,
		   "Read from the %s: the clauses, their order%s, by %u runs of its "
		   "copy_page_range() (%s).%s",
		   source_of(f), f->has_lines ? " and places" : " in the code",
		   f->singles + f->pairs + f->others + 1, f->machine,
		   f->has_lines ? "" : " It has no debug info, so the lines are missing.");
	buf_puts(out, "\nnote      ");
	command_print_quoted(buf_str(&note), out);
	buf_deinit(&note);
	buf_printf(&note, "Taken from the known profile %s%s: behaviours and userfaultfd features.",
		   answer->known, answer->version[0] ? "" : ", the newest");
	buf_puts(out, "\nnote      ");
	command_print_quoted(buf_str(&note), out);
	buf_deinit(&note);
	buf_printf(&note, "The decision %s that of %s.", answer->as_known ? "is" : "is not",
		   answer->known);
	buf_puts(out, "\nnote      ");
	command_print_quoted(buf_str(&note), out);
	buf_deinit(&note);
	if (*findings_caveat(f)) {
		buf_puts(out, "\nnote      ");
		command_print_quoted(findings_caveat(f), out);
	}
	for (size_t i = 0; i < f->also_read_count; i++) {
		buf_printf(&note, "Also read before it decided: %s, which was 0 in all runs.",
			   f->also_read[i]);
		buf_puts(out, "\nnote      ");
		command_print_quoted(buf_str(&note), out);
		buf_deinit(&note);
	}
	buf_putc(out, '\n');
}

const char *image_title(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

void image_answer_profile(const struct image_answer *answer, const struct findings *f, const char *image,
		    struct buf *out)
{
	const struct kernel *kernel = answer->kernel;
	struct buf title = {0};

	buf_puts(out, "# Kernel profile; the format is described in vmafork-scenario(5).\n");
	buf_printf(out, "name      %s\ntitle     ", kernel->profile);
	buf_puts(&title, "read from ");
	for (const char *s = image; *s; s++)
		buf_putc(&title, *s < ' ' || *s > '~' ? '?' : *s);
	command_print_quoted(buf_str(&title), out);
	buf_deinit(&title);
	if (kernel->arch != ARCHES)
		buf_printf(out, "\nmachine   %s", arch_names[kernel->arch]);
	buf_puts(out, "\n\n# vma_needs_copy(), in the order of the code\n");
	for (size_t i = 0; i < f->clause_count; i++) {
		const struct found_clause *clause = &f->clauses[i];

		buf_puts(out, "clause    ");
		clause_words(f, clause, out);
		if (kernel->clauses[i].where) {
			buf_puts(out, " where ");
			command_print_quoted(kernel->clauses[i].where, out);
		}
		buf_putc(out, '\n');
	}
	buf_printf(out, "\n# not read from the %s: as in %s\n", source_of(f), answer->known);
	for (size_t i = 0; i < BEHAVIOUR_COUNT; i++)
		buf_printf(out, "behaviour %-18s %s\n", behaviours[i].name,
			   behaviours[i].values[kernel->behaviour[i]]);
	buf_putc(out, '\n');
	print_features(kernel->uffd_features, out);
	if (f->has_lines)
		buf_puts(out, "\n# source lines\n");
	for (size_t i = 0; i < f->function_count; i++) {
		const struct found_function *function = &f->functions[i];
		struct buf place = {0};
		struct source_place ignored;

		buf_printf(&place, "%s:%u", function->place.file, function->place.line);
		/* Outside of the source tree: a session cannot look it up. */
		buf_printf(out, "%s%-25s ",
			   place_parse(buf_str(&place), &ignored) ? "line      " : "# line    ",
			   function->name);
		command_print_quoted(buf_str(&place), out);
		buf_putc(out, '\n');
		buf_deinit(&place);
	}
	buf_putc(out, '\n');
	print_notes(answer, f, out);
}

/* --- the evidence ----------------------------------------------------------------- */

static void print_place(const struct code_place *place, const char *function, struct buf *out)
{
	if (place->line)
		buf_printf(out, "%s:%u", place->file, place->line);
	else
		buf_puts(out, "line not known");
	if (function[0])
		buf_printf(out, " in %s()", function);
}

static const char *outcome_word(const struct trial *run)
{
	static const char *const words[] = {
		[TRIAL_SKIP] = "skips", [TRIAL_COPY] = "copies", [TRIAL_OTHER] = "does neither"};

	return words[run->outcome < ARRAY_SIZE(words) ? run->outcome : TRIAL_OTHER];
}

static void print_run(const struct trial *run, struct buf *out)
{
	buf_printf(out, "%s: it %s at 0x%" PRIx64 ", instruction %" PRIu32 "\n", outcome_word(run),
		   run->what, run->stopped_at, run->instructions);
}

static void print_clause(const struct findings *f, size_t i, struct buf *out)
{
	const struct found_clause *clause = &f->clauses[i];
	unsigned bits = (unsigned)__builtin_popcountll(clause->bits);

	buf_printf(out, "\n%zu. ", i + 1);
	clause_words(f, clause, out);
	buf_putc(out, '\n');
	if (clause->read_at) {
		buf_printf(out, "   read by the instruction at 0x%" PRIx64 ", ", clause->read_at);
		print_place(&clause->place, clause->function, out);
		buf_putc(out, '\n');
		if (strcmp(clause->function, clause->innermost_function)) {
			buf_puts(out, "   inlined from ");
			print_place(&clause->innermost, clause->innermost_function, out);
			buf_putc(out, '\n');
		}
	} else {
		buf_puts(out, "   no single read decides\n");
	}
	buf_printf(out, "   run: only %s of the %s set%s\n        ",
		   input_name(f, clause->proof_input), people[clause->side],
		   clause->anon_vma || bits < 2 ? "" : " (the same for each other flag of this clause)");
	print_run(&clause->proof, out);
	if (clause->read_at)
		buf_puts(out, "   run: the same, with the flag visible to that read only: copies\n");
}

void image_answer_lines(const struct findings *f, struct buf *out)
{
	for (size_t i = 0; i < f->function_count; i++) {
		const struct found_function *function = &f->functions[i];

		buf_printf(out, "%-26s %s:%u", function->name, function->place.file,
			   function->place.line);
		if (function->address)
			buf_printf(out, "  0x%" PRIx64, function->address);
		if (!strcmp(function->name, "vma_needs_copy") && f->inlined_call.line) {
			buf_printf(out, "  called at %s:%u, inlined at", f->inlined_call.file,
				   f->inlined_call.line);
			for (size_t r = 0; r < f->inlined_count; r++)
				buf_printf(out, "%s 0x%" PRIx64 "-0x%" PRIx64, r ? "," : "",
					   f->inlined[r].low, f->inlined[r].high);
		}
		buf_putc(out, '\n');
	}
}

void image_answer_evidence(const struct findings *f, const char *image, struct buf *out)
{
	buf_printf(out, "%s (%s)\n%s\n\n", image, f->machine,
		   f->banner[0] ? f->banner : "no banner");
	buf_printf(out,
		   "struct vm_area_struct, %" PRIu64 " bytes: vm_start %" PRIu64 ", vm_end %" PRIu64
		   ", vm_mm %" PRIu64 ", vm_flags %" PRIu64 ", anon_vma %" PRIu64 "\n",
		   f->vma_size, f->vm_start, f->vm_end, f->vm_mm, f->vm_flags, f->anon_vma);
	buf_printf(out, "flag bits: %s\n\n", bit_sources[f->bits_from]);
	buf_puts(out, "nothing set\n   run: ");
	print_run(&f->baseline, out);
	for (size_t i = 0; i < f->clause_count; i++)
		print_clause(f, i, out);
	for (size_t i = 0; i < f->odd_count; i++)
		buf_printf(out, "\nnot an \"or\": %s of the %s %s %s of the %s\n",
			   input_name(f, f->odd[i].a), people[f->odd[i].a.side],
			   f->odd[i].copies ? "copies together with" : "is prevented by",
			   input_name(f, f->odd[i].b), people[f->odd[i].b.side]);
	for (size_t i = 0; i < f->also_read_count; i++)
		buf_printf(out, "\nalso read before it decided: %s (0 in all runs)\n",
			   f->also_read[i]);
	buf_printf(out, "\nruns: %u inputs alone, %u pairs, %u others: %s\n", f->singles, f->pairs,
		   f->others,
		   f->odd_count ? "see above"
				: "it copied if and only if one of the above was set");
	buf_puts(out, f->has_lines ? "\nlines\n"
				   : "\nlines: missing, because the image has no debug info\n");
	image_answer_lines(f, out);
}
