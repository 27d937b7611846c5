/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * random: makes random scenarios, carries each out on the kernel that runs here,
 * and holds the model against it. Where they differ, it writes the smallest
 * scenario that still shows it.
 *
 *   rng         numbers                      generate    scenarios from numbers
 *   trial       one scenario                 shrink      a smaller one
 *   statistics  what was reached
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/options.h"
#include "base/output.h"
#include "live/acquire.h"
#include "live/safeguard.h"
#include "live/subject.h"
#include "random.d/shrink.h"
#include "random.d/trial.h"

enum { EXIT_AGREES = 0, EXIT_DIFFERS = 1, EXIT_NOTHING = 77 };

#define JOBS_MAX 64
/* What a scenario may need of huge pages, children's copies included. */
#define HUGE_BYTES (UINT64_C(512) << 20)
#define SHRINK_SECONDS 60
#define REPETITIONS 3 /* of a scenario that differs */

#define ALL UINT64_MAX

struct settings {
	struct command_line line; /* its word is a scenario that is there already */
	struct trial_options trial;
	uint64_t count, only, jobs, findings; /* only: ALL, or the one */
	bool print, dry, statistics, quiet;
	const char *guard; /* with dry: in place of this machine's kernel */
	double seconds; /* 0: no end */
	const char *out;
};

struct totals {
	uint64_t scenarios, agree, differ, unseen, cut, found, written;
	uint64_t transient; /* scenarios that differed once, for a known cause, and not again */
	struct statistics statistics;
	/* Shapes that are known by now: what shows again is counted, not shrunk again. */
	char **shapes;
	size_t shape_count, shape_cap;
};

static int stop_fd = -1;
static int64_t end_ms, shrink_end_ms;

/* --- options ---------------------------------------------------------------------- */

static bool take_number(void *at, const char *text)
{
	uint64_t *number = at;
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return !errno && *text && *text != '-' && !*end && *number != ALL;
}

static bool take_jobs(void *at, const char *text)
{
	return take_number(at, text) && *(uint64_t *)at && *(uint64_t *)at <= JOBS_MAX;
}

static bool take_findings(void *at, const char *text)
{
	return take_number(at, text) && *(uint64_t *)at;
}

static bool take_seconds(void *at, const char *text)
{
	double *seconds = at;
	char *end;

	*seconds = strtod(text, &end);
	return end != text && !*end && *seconds > 0 && *seconds <= 864000;
}

static bool take_timeout(void *at, const char *text)
{
	double seconds;
	bool ok = take_seconds(&seconds, text);

	if (ok)
		*(unsigned *)at = (unsigned)(seconds * 1000);
	return ok;
}

static bool take_check(void *at, const char *text)
{
	*(int *)at = strcmp(text, vma_side_names[SIDE_DST]) ? SIDE_SRC : SIDE_DST;
	return !strcmp(text, vma_side_names[*(int *)at]);
}

static const struct option_row option_rows[] = {
	{.words = "", .help = "random scenarios on this kernel, against the model"},
	{.words = "FILE", .help = "the same with a scenario that is there already"},
	{"--seed", .value = "N", .help = "whose scenarios; 1 unless given", .take = take_number,
	 .at = offsetof(struct settings, trial.seed)},
	{"--count", .value = "M", .help = "scenarios 0 to M-1 of that seed; 200 unless given",
	 .take = take_number, .at = offsetof(struct settings, count)},
	{"--only", .value = "I", .help = "this one only; with --print: what it is",
	 .take = take_number, .at = offsetof(struct settings, only)},
	{"--print", .help = "prints the scenarios instead of carrying them out",
	 OPTION_FLAG(struct settings, print)},
	{"--dry", .help = "carries nothing out: how many calls are left out as never finished",
	 OPTION_FLAG(struct settings, dry)},
	{"--guard", .value = "SPEC", .help = "with --dry: the kernel that has to finish them",
	 OPTION_TEXT(struct settings, guard)},
	{"--statistics", .help = "at the end: how often what was reached",
	 OPTION_FLAG(struct settings, statistics)},
	{"--quiet", .help = "no progress", OPTION_FLAG(struct settings, quiet)},
	{"--out", .value = "DIR", .help = "for what is found; build/random unless given",
	 OPTION_TEXT(struct settings, out)},
	{"--jobs", .value = "N", .help = "how many at a time; 1 unless given", .take = take_jobs,
	 .at = offsetof(struct settings, jobs)},
	{"--seconds", .value = "N", .help = "no new ones after that time", .take = take_seconds,
	 .at = offsetof(struct settings, seconds)},
	{"--findings", .value = "N", .help = "no new ones after so many that differ; 20 unless given",
	 .take = take_findings, .at = offsetof(struct settings, findings)},
	{"--may-limit", .help = "scenarios set limits of the whole machine",
	 OPTION_FLAG(struct settings, trial.probe.may_limit)},
	{"--timeout", .value = "SECONDS", .help = "for each scenario; 5 unless given",
	 .take = take_timeout, .at = offsetof(struct settings, trial.probe.timeout_ms)},
	{"--kernel", .value = "SPEC", .help = "the model's kernel; this machine's unless given",
	 OPTION_TEXT(struct settings, trial.probe.kernel)},
	{"--check", .value = "dst|src",
	 .help = "on which VMA the model's kernel looks for VM_UFFD_WP", .take = take_check,
	 .at = offsetof(struct settings, trial.probe.check)},
};

static const struct program program = {
	.name = "tests/random",
	.version = "of this tree",
	.rows = option_rows,
	.row_count = ARRAY_SIZE(option_rows),
	.status = "exit status: 0 no difference, 1 differences, 2 an error, 77 nothing could be tried\n",
};

/* --- stopping ------------------------------------------------------------------------ */

static void open_stop_fd(void)
{
	/* SIGPIPE, too: whoever reads may go away, and what was acquired must be restored. */
	static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGPIPE};
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(&set, numbers[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	stop_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static bool stopped(void)
{
	struct pollfd fd = {.fd = stop_fd, .events = POLLIN};

	return stop_fd >= 0 && poll(&fd, 1, 0) > 0;
}

static bool may_go_on(void)
{
	return !stopped() && (!end_ms || clock_ms() < end_ms);
}

static bool may_shrink(void)
{
	return !stopped() && clock_ms() < shrink_end_ms;
}

/* --- what this machine can do ----------------------------------------------------------- */

/* A scenario that needs nothing but that. */
static const struct {
	unsigned bit;
	const char *what, *text;
} abilities[] = {
	{CANNOT_FILE, "file", "vma a file 1p\ntouch a read\n"},
	{CANNOT_HUGETLB, "hugetlb", "vma a hugetlb 2M\ntouch a 0\n"},
	{CANNOT_RING, "mixedmap", "vma a mixedmap 1p\n"},
	{CANNOT_PIN, "pin", "vma a anon 1p\npin a\n"},
	{CANNOT_SWAP, "pageout", "vma a anon 1p\ntouch a\nmadvise a pageout\n"},
	{CANNOT_UFFD, "uffd", "uffd u\n"},
	{CANNOT_SECRET, "secret", "vma a secret 1p\ntouch a\n"},
	{CANNOT_KSM, "ksm", "vma a anon 2p\nmadvise a mergeable\ntouch a\nksm a 0-1\n"},
	{CANNOT_SOFT_DIRTY, "clear-refs", "vma a anon 1p\nclear-refs soft-dirty\n"},
};

static void find_abilities(struct trial *trial, const struct trial_options *options,
			   struct surroundings *around)
{
	for (size_t i = 0; i < ARRAY_SIZE(abilities); i++) {
		const struct verdict *verdict = trial_run(trial, options, abilities[i].text);

		if (!verdict->cut && verdict->kind != TRIAL_FAILED)
			continue;
		around->cannot |= abilities[i].bit;
		fprintf(stderr, "random: without %s: %s\n", abilities[i].what, verdict->reason);
	}
}

/* --- what is found ------------------------------------------------------------------------ */

static bool is_known(struct totals *totals, const char *shape)
{
	for (size_t i = 0; i < totals->shape_count; i++)
		if (!strcmp(totals->shapes[i], shape))
			return true;
	GROW(totals->shapes, totals->shape_count, totals->shape_cap);
	totals->shapes[totals->shape_count++] = xstrdup(shape);
	return false;
}

/* A page that the model has mapped and the kernel has not. */
static bool is_skipped_page(const char *line, const char *end)
{
	const char *model = strstr(line, ": model present"), *kernel = strstr(line, ", kernel none");

	return model && kernel && model < end && kernel < end;
}

/* Faults that the model has not seen. */
static bool is_more_faults(const char *line, const char *end)
{
	const char *count = strstr(line, "faults: model ");
	uint64_t model, kernel;

	return count && count < end &&
	       sscanf(count, "faults: model %" SCNu64 ", kernel %" SCNu64, &model, &kernel) == 2 &&
	       kernel > model;
}

/*
 * What can make a kernel differ once: fault-around (filemap_map_pages(), 6.18) maps a page only
 * if it can lock its folio at once. Under load another task may hold that lock (reclaim,
 * writeback, compaction): the entry stays empty, or costs a fault of its own. A fault more was
 * seen on 6.18.44 without the probe, too: a program that reads its file, sync beside it. NULL:
 * no such cause is known.
 */
static const char *transient_cause(const struct verdict *verdict, const char *text)
{
	const char *line = verdict->differences, *end = strchr(line, '\n');
	bool file = strstr(text, " file ") || strstr(text, " shmem "); /* else nothing is mapped around */

	if (verdict->kind != TRIAL_DIFFERS || !end ||
	    (!is_skipped_page(line, end) && !(file && is_more_faults(line, end))))
		return NULL;
	return "fault-around skipped pages whose lock another task held";
}

/* Does any of a few repetitions show it? */
static bool shows_again(const struct settings *s, struct trial *trial, const char *text,
			const char *shape)
{
	for (int i = 0; i < REPETITIONS; i++)
		if (shows(trial_run(trial, &s->trial, text), shape))
			return true;
	return false;
}

/* The comment at the top of the file. */
static void put_head(const struct settings *s, uint64_t index, const struct verdict *verdict,
		     bool again, struct buf *out)
{
	const char *what = verdict->kind == TRIAL_DIFFERS ? verdict->differences : verdict->reason;

	buf_printf(out, "# tests/random --seed %" PRIu64 " --only %" PRIu64 "%s\n", s->trial.seed, index,
		   again ? "" : ", which did not show it again");
	while (*what) {
		size_t n = strcspn(what, "\n");

		buf_printf(out, "# %.*s\n", (int)n, what);
		what += n + (what[n] == '\n');
	}
	buf_printf(out, "kernel both %s\n", s->trial.around->kernel->name);
	if (s->trial.probe.check >= 0)
		buf_printf(out, "check both %s\n", s->trial.probe.check == SIDE_SRC ? "src" : "dst");
}

static bool write_finding(const struct settings *s, uint64_t index, const char *text)
{
	char path[512];
	FILE *file;
	bool ok;

	mkdir(s->out, 0777);
	snprintf(path, sizeof(path), "%s/%" PRIu64 "-%" PRIu64 ".vma", s->out, s->trial.seed, index);
	file = fopen(path, "we");
	ok = file && fputs(text, file) >= 0;
	if (file && fclose(file))
		ok = false;
	if (ok)
		printf("\n%s:\n", path);
	else
		fprintf(stderr, "random: %s: %s\n", path, strerror(errno));
	fputs(text, stdout);
	fflush(stdout);
	return ok;
}

/* Makes it smaller if it shows again, and writes it to the folder. */
static bool write_smallest(const struct settings *s, struct trial *trial, uint64_t index,
			   struct verdict *verdict, bool again, const char *text, const char *shape)
{
	char *small = NULL;
	struct buf out = {0};
	bool ok;

	shrink_end_ms = clock_ms() + SHRINK_SECONDS * 1000;
	if (again) {
		small = shrink(trial, &s->trial, text, shape, may_shrink);
		trial_run(trial, &s->trial, small);
		if (shows(&trial->shared->verdict, shape))
			*verdict = trial->shared->verdict;
	}
	put_head(s, index, verdict, again, &out);
	buf_puts(&out, small ? small : text);
	ok = write_finding(s, index, buf_str(&out));
	buf_deinit(&out);
	free(small);
	return ok;
}

/* A verdict other than agreement: repeats it, makes it smaller, and writes it to the folder. */
static bool report(const struct settings *s, struct totals *totals, struct trial *trial,
		   uint64_t index)
{
	char *text = xstrdup(trial->shared->text), *shape = finding_shape(&trial->shared->verdict);
	struct verdict *first = xmalloc(sizeof(*first));
	bool again, ok = true;

	*first = trial->shared->verdict;
	again = shows_again(s, trial, text, shape);
	if (!again && transient_cause(first, text)) {
		printf("\n%" PRIu64 " of seed %" PRIu64 " differed once and not again: %s\n%s", index,
		       s->trial.seed, transient_cause(first, text), first->differences);
		totals->transient++;
		totals->differ -= first->differ;
	} else {
		totals->found++;
		if (!is_known(totals, shape)) {
			ok = write_smallest(s, trial, index, first, again, text, shape);
			totals->written++;
		}
	}
	free(first);
	free(shape);
	free(text);
	return ok;
}

static bool count(const struct settings *s, struct totals *totals, struct trial *trial)
{
	const struct verdict *verdict = &trial->shared->verdict;

	totals->scenarios++;
	totals->agree += verdict->agree;
	totals->differ += verdict->differ;
	totals->unseen += verdict->unseen;
	totals->cut += verdict->cut;
	statistics_add(&totals->statistics, &trial->shared->statistics);
	if (verdict->kind == TRIAL_DIFFERS || verdict->kind == TRIAL_FAILED)
		return report(s, totals, trial, trial->index);
	return true;
}

/* --- all of them ---------------------------------------------------------------------------- */

static void progress(const struct settings *s, const struct totals *totals, bool end)
{
	static int64_t last;

	if (s->quiet || !isatty(STDERR_FILENO) || (!end && clock_ms() - last < 500))
		return;
	last = clock_ms();
	fprintf(stderr, "\r\033[K");
	if (!end)
		fprintf(stderr, "%" PRIu64 " of %" PRIu64 ", %" PRIu64 " differ", totals->scenarios,
			s->count, totals->found);
}

/* Waits until one of the running trials has ended, or is to be ended. Its number, or -1. */
static int wait_for_one(struct trial *trials, size_t jobs)
{
	struct pollfd fds[JOBS_MAX + 1];
	int64_t left = 1000;

	for (size_t i = 0; i < jobs; i++) {
		fds[i] = (struct pollfd){.fd = trials[i].pid ? trials[i].pid_fd : -1, .events = POLLIN};
		if (trials[i].pid && trials[i].deadline - clock_ms() < left)
			left = trials[i].deadline - clock_ms();
	}
	poll(fds, jobs, left > 0 ? (int)left : 0);
	for (size_t i = 0; i < jobs; i++)
		if (trials[i].pid && (fds[i].revents || clock_ms() >= trials[i].deadline))
			return (int)i;
	return -1;
}

static bool run_all(const struct settings *s, struct trial *trials, struct totals *totals)
{
	uint64_t next = s->only == ALL ? 0 : s->only, end = s->only == ALL ? s->count : s->only + 1;
	size_t running = 0;
	bool ok = true;

	for (;;) {
		bool more = ok && next < end && totals->written < s->findings && may_go_on();
		int done;

		for (size_t i = 0; more && i < s->jobs && next < end; i++)
			if (!trials[i].pid) {
				ok = trial_start(&trials[i], &s->trial, next++, NULL);
				if (!ok)
					fprintf(stderr, "random: no process could be had: %s\n",
						strerror(errno));
				more = ok;
				running += ok;
			}
		if (!running)
			break;
		done = wait_for_one(trials, s->jobs);
		if (done >= 0) {
			trial_end(&trials[done]);
			running--;
			ok = count(s, totals, &trials[done]) && ok;
		}
		progress(s, totals, false);
	}
	progress(s, totals, true);
	return ok;
}

/* A scenario from a file, as if it were number 0. */
static bool run_file(const struct settings *s, struct trial *trial, struct totals *totals)
{
	char *text = xcalloc(1, SCENARIO_TEXT_MAX);
	const char *path = s->line.words[0];
	FILE *file = fopen(path, "re");
	bool ok = file;

	if (file) {
		fread(text, 1, SCENARIO_TEXT_MAX - 1, file);
		ok = !ferror(file);
		fclose(file);
	}
	if (ok) {
		trial_run(trial, &s->trial, text);
		ok = count(s, totals, trial);
	} else {
		fprintf(stderr, "random: %s: %s\n", path, strerror(errno));
	}
	free(text);
	return ok;
}

static void print_all(const struct settings *s)
{
	uint64_t next = s->only == ALL ? 0 : s->only, end = s->only == ALL ? s->count : s->only + 1;
	struct statistics *statistics = xcalloc(1, sizeof(*statistics));
	char *text = xmalloc(SCENARIO_TEXT_MAX);

	for (; next < end; next++) {
		generate(s->trial.seed, next, s->trial.around, text, statistics);
		printf("# %" PRIu64 "\n%s", next, text);
	}
	if (s->statistics)
		statistics_print(statistics);
	free(statistics);
	free(text);
}

/* How often the generator left a call out, and in how many scenarios the guard finds one. */
static void ask_guard(const struct settings *s)
{
	uint64_t next = s->only == ALL ? 0 : s->only, end = s->only == ALL ? s->count : s->only + 1;
	const struct surroundings *around = s->trial.around;
	struct statistics *statistics = xcalloc(1, sizeof(*statistics));
	char *text = xmalloc(SCENARIO_TEXT_MAX);
	uint64_t scenarios = end - next, found = 0;

	for (; next < end; next++) {
		struct scenario scenario = {0};
		struct vf_error ignored;

		generate(s->trial.seed, next, around, text, statistics);
		if (trial_read(&scenario, text, &ignored))
			found += safeguard_allows(&scenario, around->guard, around->knobs) < scenario.n;
		scenario_close(&scenario);
	}
	if (s->statistics)
		statistics_print(statistics);
	statistics_print_share(statistics);
	printf("%s: %" PRIu64 " scenarios, %" PRIu64 " calls left out, %" PRIu64 " found by the guard\n",
	       around->guard->name, scenarios, statistics_of(statistics, STATISTICS_UNFINISHED), found);
	free(statistics);
	free(text);
}

/* --- main ------------------------------------------------------------------------------------- */

static int run(struct settings *s, struct surroundings *around)
{
	struct trial trials[JOBS_MAX] = {0};
	struct totals *totals = xcalloc(1, sizeof(*totals));
	struct acquired acquired;
	enum machine_lock_end lock;
	char busy[128];
	bool ok = true;
	int status;

	for (size_t i = 0; ok && i < s->jobs; i++)
		ok = trial_init(&trials[i]);
	if (!ok) {
		fprintf(stderr, "random: %s\n", strerror(errno));
		return EXIT_ERROR;
	}
	open_stop_fd();
	s->trial.probe.stop_fd = stop_fd;
	/* Those whose trial was ended come to us. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	/* Once for all, so that trials do not each take it and give it back. */
	acquire_init(&acquired);
	lock = acquire_machine(&acquired, stop_fd);
	if (lock != MACHINE_LOCK_TAKEN) {
		acquire_busy(busy, sizeof(busy));
		fprintf(stderr, "random: %s\n", lock == MACHINE_LOCK_BUSY ? busy : "interrupted");
		return EXIT_ERROR;
	}
	s->trial.probe.has_machine = true;
	acquire_calm(&acquired);
	acquire_swap(&acquired);
	acquire_huge_pages(&acquired, HUGE_BYTES / pmd_size(&around->knobs.paging) * s->jobs, 0);
	find_abilities(&trials[0], &s->trial, around);
	if (s->print)
		print_all(s);
	else if (s->line.count)
		ok = run_file(s, &trials[0], totals);
	else
		ok = run_all(s, trials, totals);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
	acquire_restore(&acquired);
	if (s->statistics && !s->print)
		statistics_print(&totals->statistics);
	if (!s->print && !s->line.count)
		statistics_print_share(&totals->statistics);
	if (!s->print)
		printf("%" PRIu64 " scenarios: %" PRIu64 " facts agree, %" PRIu64
		       " differ (in %" PRIu64 " scenarios), %" PRIu64 " not observable, %" PRIu64
		       " could not be carried out\n",
		       totals->scenarios, totals->agree, totals->differ, totals->found, totals->unseen,
		       totals->cut);
	if (totals->transient)
		printf("%" PRIu64 " scenarios differed once and not again, for a known cause: see above\n",
		       totals->transient);
	status = !ok	   ? EXIT_ERROR
		 : totals->found ? EXIT_DIFFERS
		 : s->print || totals->agree ? EXIT_AGREES
					     : EXIT_NOTHING;
	for (size_t i = 0; i < s->jobs; i++)
		trial_deinit(&trials[i]);
	for (size_t i = 0; i < totals->shape_count; i++)
		free(totals->shapes[i]);
	free(totals->shapes);
	free(totals);
	return stopped() ? EXIT_ERROR : status;
}

int main(int argc, char **argv)
{
	struct surroundings around = {0};
	struct settings settings = {
		.trial = {.probe = {.timeout_ms = 5000, .stop_fd = -1, .check = -1, .every = true},
			  .around = &around,
			  .seed = 1},
		.count = 200,
		.only = ALL,
		.jobs = 1,
		.findings = 20,
		.out = "build/random",
	};
	struct release release;
	struct kernel *kernel, *guard;
	struct vf_error error;
	int status;

	if (argc == 2 && !strcmp(argv[1], SUBJECT_EXEC_WORD))
		return 0; /* a child of a scenario that has called exec */
	if (!options_read(&program, argv, &settings, &settings.line, &error))
		return output_error(program.name, &error);
	if (options_answer(&program, &settings.line, &status))
		return status;
	if (settings.line.count > 1)
		return options_complain(&program, "one file at a time, not also %s",
					settings.line.words[1]);
	if (settings.guard && !settings.dry)
		return options_complain(&program, "--guard goes with --dry");
	release_read(&release);
	kernel = probe_kernel(&settings.trial.probe, release.version, &error);
	guard = kernel ? safeguard_kernel(settings.guard ? settings.guard : release.version, &error) : NULL;
	if (!guard) {
		fprintf(stderr, "random: %s\n", error.message);
		kernel_free(kernel);
		return EXIT_ERROR;
	}
	around.guard = guard;
	around.kernel = settings.trial.probe.found = kernel;
	around.knobs = knobs_read();
	around.cannot = settings.trial.probe.may_limit ? 0 : CANNOT_LIMIT;
	if (settings.seconds > 0)
		end_ms = clock_ms() + (int64_t)(settings.seconds * 1000);
	if (settings.dry)
		ask_guard(&settings);
	status = settings.dry ? EXIT_AGREES : run(&settings, &around);
	kernel_free(guard);
	kernel_free(kernel);
	return status;
}
