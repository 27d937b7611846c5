/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/era.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "kernels/builtin.h"
#include "live/against.h"
#include "observe/paging.h"

/* --- candidates ------------------------------------------------------------------- */

static void add_candidate(struct era *era, const struct kernel *kernel, bool toggled)
{
	struct candidate *candidate = &era->candidates[era->count];

	*candidate = (struct candidate){.kernel = kernel_copy(kernel), .toggled = toggled};
	if (toggled && !kernel_check(candidate->kernel, kernel_checks(kernel) == SIDE_SRC ? SIDE_DST
											   : SIDE_SRC))
		kernel_free(candidate->kernel); /* has no such line */
	else
		era->count++;
}

static void add_candidates(struct era *era, const struct profiles *profiles)
{
	struct vf_error ignored;
	size_t n;
	const char *const *names = profiles_names(profiles, &n);

	era->candidates = xcalloc(2 * n, sizeof(*era->candidates));
	for (int toggled = 0; toggled < 2; toggled++)
		for (size_t i = 0; i < n; i++) {
			struct kernel *kernel = profiles_find(profiles, names[i], &ignored);

			if (kernel)
				add_candidate(era, kernel, toggled);
			kernel_free(kernel);
		}
}

/* At a command; NULL: before the first one. */
static void set_note(struct likeness_note *note, const struct command *command, const char *text)
{
	const char *path = command && command->file ? command->file : "";
	const char *slash = strrchr(path, '/');
	unsigned line = command && command->line.n ? command->line.words[0].line : 0;

	likeness_note_set(note, slash ? slash + 1 : path, line, text);
}

static void hold_against(struct candidate *candidate, const struct probe *probe)
{
	struct differences differences = {0};
	struct score score = probe_compare_kernel(probe, candidate->kernel, &differences, NULL);
	const struct difference *first = differences.v;

	candidate->agree += score.agree;
	candidate->differ += score.differ;
	candidate->unseen += score.unseen;
	if (differences.n && !candidate->contradiction.text)
		set_note(&candidate->contradiction, probe->scenario.commands[first->step], first->text);
	differences_deinit(&differences);
}

/* --- choosing ----------------------------------------------------------------------- */

/* The released ones before the toggled, the release's own before others, newer before older. */
static const struct candidate *choose(const struct era *era)
{
	const struct candidate *best = NULL;

	for (size_t i = 0; i < era->count; i++) {
		const struct candidate *c = &era->candidates[i];

		if (c->differ || !c->agree)
			continue;
		if (!best || best->toggled == c->toggled)
			best = c;
		if (era->by_release && !strcmp(c->kernel->profile, era->by_release) && !c->toggled)
			return c;
	}
	return best;
}

static const struct candidate *find_nearest(const struct era *era)
{
	const struct candidate *best = NULL;

	for (size_t i = 0; i < era->count; i++) {
		const struct candidate *c = &era->candidates[i];

		if (c->agree + c->differ && (!best || c->differ <= best->differ))
			if (!best || c->differ < best->differ || !c->toggled)
				best = c;
	}
	return best;
}

static void name_release(struct era *era, const struct profiles *profiles)
{
	struct vf_error ignored;
	struct kernel *kernel = profiles_find(profiles, era->version, &ignored);

	for (size_t i = 0; kernel && i < era->count; i++)
		if (!strcmp(era->candidates[i].kernel->profile, kernel->profile) && !era->by_release)
			era->by_release = era->candidates[i].kernel->profile;
	kernel_free(kernel);
}

/* That a kernel refuses a command is an observation; that it cannot be tried here is none. */
static void note_left_out(struct era *era, const struct probe *probe)
{
	if (probe->end == PROBE_WHOLE || probe->end == PROBE_REFUSED)
		return;
	GROW(era->left_out, era->left_out_count, era->left_out_cap);
	era->left_out[era->left_out_count] = (struct likeness_note){0};
	set_note(&era->left_out[era->left_out_count++], probe_end_command(probe), probe->reason);
}

void era_choose(struct era *era, const struct profiles *profiles, const struct probe *probes,
		size_t count)
{
	*era = (struct era){.arch = paging_observed()->arch};
	if (count) {
		snprintf(era->release, sizeof(era->release), "%s", probes[0].release.name);
		snprintf(era->version, sizeof(era->version), "%s", probes[0].release.version);
	}
	add_candidates(era, profiles);
	name_release(era, profiles);
	for (size_t i = 0; i < count; i++) {
		note_left_out(era, &probes[i]);
		for (size_t k = 0; k < era->count; k++)
			hold_against(&era->candidates[k], &probes[i]);
	}
	era->chosen = choose(era);
	era->nearest = era->chosen ? era->chosen : find_nearest(era);
}

void era_deinit(struct era *era)
{
	for (size_t i = 0; i < era->count; i++) {
		kernel_free(era->candidates[i].kernel);
		likeness_note_deinit(&era->candidates[i].contradiction);
	}
	free(era->candidates);
	for (size_t i = 0; i < era->left_out_count; i++)
		likeness_note_deinit(&era->left_out[i]);
	free(era->left_out);
	*era = (struct era){0};
}

/* --- finding ------------------------------------------------------------------------- */

bool era_find(struct era *era, const struct profiles *profiles, const struct probe_options *options,
	      struct vf_error *error)
{
	struct probe *probes = xcalloc(builtin_era_count + 1, sizeof(*probes));
	size_t n = 0;
	bool ok = true;

	while (ok && n < builtin_era_count) {
		const struct builtin_file *file = &builtin_eras[n];
		struct scenario scenario = {0};

		ok = scenario_read(&scenario, file->name, file->text, error) &&
		     probe_scenario(&probes[n], &scenario, options, error);
		if (!ok) {
			scenario_close(&scenario);
			break;
		}
		if (probes[n++].end == PROBE_STOPPED)
			ok = vf_error_set(error, "interrupted by a signal");
	}
	if (ok)
		era_choose(era, profiles, probes, n);
	while (n)
		probe_deinit(&probes[--n]);
	free(probes);
	return ok;
}

/* --- in words ---------------------------------------------------------------------------- */

bool era_is_alike(const struct era *era, const struct candidate *candidate)
{
	return era->chosen && candidate != era->chosen && !candidate->differ && candidate->agree &&
	       candidate->toggled == era->chosen->toggled;
}

static char *copy_or_null(const char *text)
{
	return text ? xstrdup(text) : NULL;
}

static void add_nearest(const struct candidate *nearest, struct likeness *likeness)
{
	const struct likeness_note *note = &nearest->contradiction;

	likeness->profile = xstrdup(nearest->kernel->profile);
	likeness->check = xstrdup(kernel_check_word(nearest->kernel));
	likeness->released = !nearest->toggled;
	likeness->agree = nearest->agree;
	likeness->differ = nearest->differ;
	if (note->text)
		likeness_note_set(&likeness->contradiction, note->file, note->line, note->text);
}

void era_likeness(const struct era *era, struct likeness *likeness)
{
	*likeness = (struct likeness){
		.release = xstrdup(era->release),
		.version = xstrdup(era->version),
		.arch = era->arch,
		.explains = era->chosen != NULL,
		.by_release = copy_or_null(era->by_release),
	};
	if (era->nearest)
		add_nearest(era->nearest, likeness);
	for (size_t i = 0; i < era->count; i++)
		if (era_is_alike(era, &era->candidates[i]))
			likeness_add_alike(likeness, era->candidates[i].kernel->profile,
					   era->candidates[i].kernel->title);
	for (size_t i = 0; i < era->left_out_count; i++)
		likeness_add_left_out(likeness, era->left_out[i].file, era->left_out[i].line,
				      era->left_out[i].text);
}
