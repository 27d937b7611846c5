/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/probe.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "live/lacks.h"
#include "live/observe.h"
#include "live/predict.h"
#include "live/realize.h"
#include "live/safeguard.h"
#include "live/settings.h"
#include "observe/access_bits.h"
#include "observe/paging.h"
#include "observe/zero_page.h"

/* --- the machine's knobs ------------------------------------------------------- */

static enum thp_mode read_thp(void)
{
	static const struct {
		const char *word;
		enum thp_mode mode;
	} modes[] = {{"[always]", THP_ALWAYS}, {"[madvise]", THP_MADVISE}, {"[never]", THP_NEVER}};
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/enabled", "re");
	enum thp_mode mode = THP_NEVER; /* a kernel without */
	char text[64] = "";

	if (!file)
		return mode;
	if (fgets(text, sizeof(text), file))
		for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
			if (strstr(text, modes[i].word))
				mode = modes[i].mode;
	fclose(file);
	return mode;
}

struct knobs knobs_read(void)
{
	struct knobs knobs = {.paging = *paging_observed(), .thp = read_thp()};
	FILE *file = fopen("/sys/kernel/debug/fault_around_bytes", "re");
	uint64_t bytes;

	knobs.paging.hardware_bits = access_bits_by_hardware();
	knobs.no_zero_page = !has_zero_page();
	knobs.fault_around = fault_around_default(&knobs.paging);
	if (file && fscanf(file, "%" SCNu64, &bytes) == 1 && bytes >= PAGE_SIZE)
		knobs.fault_around = bytes / PAGE_SIZE;
	if (file)
		fclose(file);
	return knobs;
}

/* --- which kernel the model is ---------------------------------------------------- */

struct kernel *probe_kernel(const struct probe_options *options, const char *version,
			    struct vf_error *error)
{
	const char *spec = options->kernel ? options->kernel : version;
	struct kernel *kernel;

	if (options->found)
		return kernel_copy(options->found);
	kernel = profiles_find(profiles_all(), spec, error);
	if (kernel && options->check >= 0)
		kernel_check(kernel, (enum vma_side)options->check);
	return kernel;
}

/* --- command by command -------------------------------------------------------------- */

struct course {
	struct probe *probe;
	const struct probe_options *options;
	struct live live;
	struct eyes eyes;
	struct baseline baseline;
	unsigned generation; /* of the parent: 0 the first */
	size_t allowed;	     /* commands, before a call that this kernel might not finish */
	bool begun;	     /* the last one has done a part: nothing of what is now belongs to a command */
};

static void observe_step(struct course *p, size_t step, bool fork)
{
	observe_moment(&p->live, &p->eyes, &p->baseline, p->generation,
		       record_add(&p->probe->seen, step, fork));
}

static void end_at(struct course *p, enum probe_end how, size_t step, const char *reason)
{
	p->probe->end = how;
	p->probe->end_step = step;
	if (how == PROBE_LATE)
		snprintf(p->probe->reason, sizeof(p->probe->reason), "timed out after %g s",
			 p->probe->seconds);
	else
		snprintf(p->probe->reason, sizeof(p->probe->reason), "%s", reason);
}

/* Ends that are not results of a kernel: the probe stops for its own reasons. */
static void end_early(struct course *p, const struct real *real, size_t step)
{
	end_at(p, real->kind == REAL_STOPPED ? PROBE_STOPPED
		  : real->kind == REAL_LATE  ? PROBE_LATE
					     : PROBE_FAILED,
	       step, real->reason);
}

/* The processes could not be made; err: why not, or 0. */
static void end_before(struct course *p, const struct real *real, int err)
{
	if (machine_lacks(err))
		end_at(p, PROBE_IMPOSSIBLE, 0, machine_lacks(err));
	else
		end_early(p, real, 0);
}

/* Another probe has the machine, or a signal came first. */
static void end_without_machine(struct course *p, enum machine_lock_end lock)
{
	char reason[128];

	acquire_busy(reason, sizeof(reason));
	if (lock == MACHINE_LOCK_STOPPED)
		end_at(p, PROBE_STOPPED, 0, "it was interrupted");
	else
		end_at(p, PROBE_IMPOSSIBLE, 0, reason);
}

static const char *model_words(const struct model_error *error, char *text, size_t size)
{
	if (error->err == MODEL_NOT_MODELLED)
		snprintf(text, size, "not modelled: %s", error->message);
	else
		snprintf(text, size, "the model: %s", error->message);
	return text;
}

static bool same_machine(const struct paging *a, const struct paging *b)
{
	return a->arch == b->arch && a->page_shift == b->page_shift && a->levels == b->levels &&
	       a->hardware_bits == b->hardware_bits;
}

/* When its commands `set` are through, before the next one: is it this machine? */
static bool on_its_machine(const struct course *p, const struct command *next)
{
	return next->spec->id == COMMAND_set ||
	       same_machine(&p->live.lockstep.machine->paging, &p->probe->knobs.paging);
}

/*
 * One command, by the model (which says where things go) and for real. False: the
 * scenario ends here.
 */
static bool carry_out_command(struct course *p, size_t i)
{
	struct probe *probe = p->probe;
	const struct command *c = probe->scenario.commands[i];
	struct seen_step predicted = {0}, *seen = &probe->seen.steps[i];
	struct model_error error = {0};
	struct real real;
	struct buf words = {0};
	char text[300];
	bool ok;

	if (!on_its_machine(p, c)) {
		buf_puts(&words, "the scenario is about another machine; this one is ");
		paging_print(&probe->knobs.paging, &words);
		end_at(p, PROBE_IMPOSSIBLE, i, buf_str(&words));
		buf_deinit(&words);
		return false;
	}
	realize_prepare(&p->live, c);
	ok = i < p->allowed ? lockstep_next(&p->live.lockstep, &predicted, &error) : not_finished(&error);

	if (!ok && error.err <= 0) {
		lockstep_rewind(&p->live.lockstep, i);
		end_at(p, PROBE_IMPOSSIBLE, i, model_words(&error, text, sizeof(text)));
		return false;
	}
	realize(&p->live, c, &predicted, &real);
	if (real.kind == REAL_REFUSED && machine_lacks_for(real.err, predicted.err))
		real_impossible(&real, "%s", machine_lacks_for(real.err, predicted.err));
	switch (real.kind) {
	case REAL_IMPOSSIBLE:
		p->begun = real.begun;
		lockstep_rewind(&p->live.lockstep, i);
		end_at(p, PROBE_IMPOSSIBLE, i, real.reason);
		return false;
	case REAL_BROKEN:
	case REAL_LATE:
	case REAL_STOPPED:
		end_early(p, &real, i);
		return false;
	case REAL_REFUSED:
	case REAL_DONE:
		break;
	}
	*seen = real.step;
	if (!ok || real.kind == REAL_REFUSED) {
		end_at(p, PROBE_REFUSED, i, real.kind == REAL_REFUSED ? real.reason
						: model_words(&error, text, sizeof(text)));
		probe->err = real.kind == REAL_REFUSED ? real.err : 0;
		return false;
	}
	if (c->spec->id == COMMAND_become)
		p->generation++;
	if (p->live.child_born || c->spec->id == COMMAND_fork || p->options->every)
		observe_step(p, i, p->live.child_born || (c->spec->id == COMMAND_fork && !p->live.fork_waits));
	if (seen->err != predicted.err || (seen->touch && seen->signal != predicted.signal)) {
		end_at(p, PROBE_REFUSED, i, "kernel and model are not in the same state from here on");
		return false;
	}
	return true;
}

static void carry_out(struct course *p)
{
	struct probe *probe = p->probe;
	struct real real = {0};
	size_t i = 0;

	if (p->live.forks_left && !baseline_measure(&p->live, &p->baseline, &real)) {
		end_before(p, &real, real.err);
		return;
	}
	while (i < probe->scenario.n && carry_out_command(p, i))
		i++;
	if (probe->end == PROBE_WHOLE || probe->end == PROBE_IMPOSSIBLE)
		if (i && !p->begun)
			observe_step(p, i - 1, false);
}

static size_t count_commands(const struct scenario *scenario, enum command_id id)
{
	size_t n = 0;

	for (size_t i = 0; i < scenario->n; i++)
		n += scenario->commands[i]->spec->id == id;
	return n;
}

static void live_deinit(struct live *live)
{
	process_close(&live->parent);
	process_close(&live->child);
	for (size_t i = 0; i < live->other_count; i++)
		process_close(&live->others[i]);
	free(live->others);
	for (size_t i = 0; i < live->former_count; i++)
		process_close(&live->former[i]);
	free(live->former);
	free(live->held);
	remote_deinit(&live->remote);
	acquire_restore(&live->acquired);
	room_deinit(&live->room);
	lockstep_deinit(&live->lockstep);
	mappings_deinit(&live->parent_mappings);
	mappings_deinit(&live->child_mappings);
	name_list_deinit(&live->names);
	free(live->spots);
	free(live->folder);
}

/* No transparent huge pages at all is the one setting that a process has for itself. */
static bool wants_no_thp(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->n; i++)
		if (scenario->commands[i]->spec->id == COMMAND_set &&
		    scenario->commands[i]->args.set.knob == KNOB_THP)
			return scenario->commands[i]->args.set.thp == THP_NEVER;
	return false;
}

/* The model may be another kernel: what may be carried out is asked of the running one. */
static size_t count_allowed(const struct probe *probe)
{
	struct vf_error ignored;
	struct kernel *running = safeguard_kernel(probe->release.version, &ignored);
	size_t n;

	if (!running)
		running = safeguard_like(probe->kernel);
	n = safeguard_allows(&probe->scenario, running, probe->knobs);
	kernel_free(running);
	return n;
}

bool probe_scenario(struct probe *probe, struct scenario *scenario,
		    const struct probe_options *options, struct vf_error *error)
{
	struct course p = {.probe = probe, .options = options, .baseline = {{-1, -1}}};
	struct real real = {0};
	enum call_end began;
	enum machine_lock_end lock = MACHINE_LOCK_TAKEN;
	size_t forks, borrowers;
	int err;

	acquire_init(&p.live.acquired);
	if (!options->has_machine)
		lock = acquire_machine(&p.live.acquired, options->stop_fd);

	*probe = (struct probe){.scenario = *scenario,
				.knobs = knobs_read(),
				.seconds = options->timeout_ms / 1000.0};
	*scenario = (struct scenario){0};
	release_read(&probe->release);
	probe->kernel = probe_kernel(options, probe->release.version, error);
	if (!probe->kernel) {
		acquire_restore(&p.live.acquired);
		probe_deinit(probe);
		return false;
	}
	if (lock != MACHINE_LOCK_TAKEN) {
		record_init(&probe->seen, probe->scenario.n);
		end_without_machine(&p, lock);
		probe_predict(probe);
		return true;
	}
	p.live.no_thp = probe->knobs.thp != THP_NEVER && wants_no_thp(&probe->scenario);
	if (p.live.no_thp)
		probe->knobs.thp = THP_NEVER;
	p.allowed = count_allowed(probe);
	record_init(&probe->seen, probe->scenario.n);
	forks = count_commands(&probe->scenario, COMMAND_fork);
	borrowers = count_commands(&probe->scenario, COMMAND_vfork) +
		    count_commands(&probe->scenario, COMMAND_clone_vm) +
		    count_commands(&probe->scenario, COMMAND_posix_spawn);
	if (probe->knobs.thp != THP_NEVER)
		acquire_calm(&p.live.acquired);
	p.live.forks_left = forks;
	p.live.pins = count_commands(&probe->scenario, COMMAND_pin);
	p.live.unpins = count_commands(&probe->scenario, COMMAND_unpin);
	p.live.stores = count_commands(&probe->scenario, COMMAND_touch) +
			count_commands(&probe->scenario, COMMAND_poke);
	p.live.folder = find_folder();
	room_init(&p.live.room, p.live.folder);
	if (!options->has_machine)
		p.live.acquired.huge_keep = p.live.room.keep[ROOM_HUGE_PAGES] / PMD_SIZE;
	p.live.may_limit = options->may_limit;
	p.live.others_reserved = huge_pages_reserved();
	lockstep_init(&p.live.lockstep, &probe->scenario, probe->kernel, probe->knobs);
	eyes_open(&p.eyes, probe->release.version);
	p.live.eyes = &p.eyes;
	probe->blind = !p.eyes.frames;
	began = remote_init(&p.live.remote, &p.live.parent, forks + borrowers + BASELINE_CHILDREN,
			    options->timeout_ms, options->stop_fd, !p.live.no_thp, &err);
	if (real_ended(&real, began) && err)
		snprintf(real.reason, sizeof(real.reason), "%s", strerror(err));
	if (began == CALL_DONE)
		carry_out(&p);
	else
		end_before(&p, &real, err);
	live_deinit(&p.live);
	eyes_close(&p.eyes);
	probe_predict(probe);
	return true;
}

void probe_predict(struct probe *probe)
{
	struct model_error error;
	char text[300];
	size_t done;

	record_deinit(&probe->predicted);
	done = predict_record(&probe->scenario, probe->kernel, probe->knobs, &probe->seen, &probe->predicted,
		       &error);
	if (!error.message[0])
		return;
	probe->end = PROBE_IMPOSSIBLE;
	probe->end_step = done;
	probe->err = 0;
	snprintf(probe->reason, sizeof(probe->reason), "%s", model_words(&error, text, sizeof(text)));
}

const struct command *probe_end_command(const struct probe *probe)
{
	bool any = probe->end != PROBE_WHOLE && probe->end_step < probe->scenario.n;

	return any ? probe->scenario.commands[probe->end_step] : NULL;
}

void probe_deinit(struct probe *probe)
{
	record_deinit(&probe->seen);
	record_deinit(&probe->predicted);
	kernel_free(probe->kernel);
	scenario_close(&probe->scenario);
	*probe = (struct probe){0};
}
