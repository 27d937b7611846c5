/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/era.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "kernels/builtin.h"
#include "live/against.h"

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

/* What the first line says, without the folder of the file. */
static char *first_line(const struct buf *lines)
{
	size_t n = strcspn(buf_str(lines), "\n");
	char *line = xstrndup(buf_str(lines), n);
	char *colon = strchr(line, ':'), *slash = NULL;

	for (char *c = line; colon && c < colon; c++)
		if (*c == '/')
			slash = c;
	if (slash)
		memmove(line, slash + 1, strlen(slash + 1) + 1);
	return line;
}

static void hold_against(struct candidate *candidate, const struct probe *probe)
{
	struct buf differences = {0};
	struct score score = against(probe, candidate->kernel, &differences, NULL);

	candidate->agree += score.agree;
	candidate->differ += score.differ;
	candidate->unseen += score.unseen;
	if (score.differ && !candidate->contradiction)
		candidate->contradiction = first_line(&differences);
	buf_deinit(&differences);
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

/* That a kernel refuses a command is an observation; that nobody can try is none. */
static void note_left_out(struct era *era, const struct probe *probe)
{
	const struct command *command = probe->scenario.commands[probe->end_step];
	struct buf line = {0};
	char place[300] = "", *name = place;

	if (probe->end == PROBE_WHOLE || probe->end == PROBE_REFUSED)
		return;
	if (command)
		scenario_place(command, place, sizeof(place));
	if (strrchr(place, '/'))
		name = strrchr(place, '/') + 1;
	buf_printf(&line, "%s: %s", name, probe->reason);
	GROW(era->left_out, era->left_out_count, era->left_out_cap);
	era->left_out[era->left_out_count++] = buf_take(&line);
}

void era_choose(struct era *era, const struct profiles *profiles, const struct probe *probes,
		size_t count)
{
	*era = (struct era){0};
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
	if (era->nearest)
		era->facts = era->nearest->agree + era->nearest->differ;
}

void era_deinit(struct era *era)
{
	for (size_t i = 0; i < era->count; i++) {
		kernel_free(era->candidates[i].kernel);
		free(era->candidates[i].contradiction);
	}
	free(era->candidates);
	for (size_t i = 0; i < era->left_out_count; i++)
		free(era->left_out[i]);
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
			ok = vf_error_set(error, "stopped");
	}
	if (ok)
		era_choose(era, profiles, probes, n);
	while (n)
		probe_deinit(&probes[--n]);
	free(probes);
	return ok;
}

/* --- telling --------------------------------------------------------------------------- */

static const char *check_of(const struct candidate *candidate)
{
	return kernel_check_word(candidate->kernel);
}

static void print_alike(const struct era *era, struct buf *out)
{
	const char *before = "  indistinguishable from it: ";

	for (size_t i = 0; i < era->count; i++) {
		const struct candidate *c = &era->candidates[i];

		if (c == era->chosen || c->differ || !c->agree || c->toggled != era->chosen->toggled)
			continue;
		buf_printf(out, "%s%s (%s)", before, c->kernel->profile, c->kernel->title);
		before = ", ";
	}
	if (before[0] == ',')
		buf_putc(out, '\n');
}

void era_print(const struct era *era, struct buf *out)
{
	const struct candidate *chosen = era->chosen, *nearest = era->nearest;

	if (!nearest) {
		buf_printf(out, "%s: nothing was observed\n", era->release);
	} else if (!chosen) {
		buf_printf(out, "%s: no known kernel explains all of its behavior; the nearest is %s, check %s\n",
			   era->release, nearest->kernel->profile, check_of(nearest));
		buf_printf(out, "  %s\n  %zu facts agree, %zu differ\n", nearest->contradiction,
			   nearest->agree, nearest->differ);
	} else {
		buf_printf(out, "%s behaves as %s%s%s\n", era->release, chosen->kernel->profile,
			   chosen->toggled ? " with check " : "", chosen->toggled ? check_of(chosen) : "");
		if (!era->by_release)
			buf_printf(out, "  no profile covers the release %s\n", era->version);
		else if (!strcmp(chosen->kernel->profile, era->by_release) && !chosen->toggled)
			buf_printf(out, "  its release says so, too\n");
		else
			buf_printf(out, "  by its release it would be %s: this kernel was changed, or that "
				   "profile is wrong\n", era->by_release);
		print_alike(era, out);
		buf_printf(out, "  %zu facts agree\n", era->facts);
	}
	for (size_t i = 0; i < era->left_out_count; i++)
		buf_printf(out, "  not carried out: %s\n", era->left_out[i]);
}
