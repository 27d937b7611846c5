/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * agree FILE PARENT [CHILD]: a scenario that import made of PARENT, and that ends with a fork,
 * against PARENT and the CHILD that a real fork of it made: which VMAs there are, their flags,
 * each entry, whether it is the parent's frame, and page tables. PARENT and CHILD have to stand
 * still. Without CHILD (the scenario then has no fork), PARENT's VMAs, flags and entries alone.
 *
 * Prints a line for each VMA that differs, and as the last one
 *
 *     vmas N differ D entries MODEL KERNEL BOTH tables MODEL KERNEL empty EMPTY
 *
 * N: of PARENT; D: of both. entries: of the child, by pages; BOTH: pages that have one in the
 * model and in the kernel, which is what counts of a child that runs on and faults in more.
 * EMPTY: tables of PARENT in which nothing is, which no scenario shows and fork copies. Exit
 * status: 0 all agree, 1 some differ, 2 an error.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "live/lockstep.h"
#include "observe/pagemap.h"
#include "observe/paging.h"
#include "observe/proc.h"
#include "observe/release.h"
#include "observe/uapi.h"
#include "observe/zero_page.h"
#include "session/open_scenario.h"

#define WINDOW (UINT64_C(1) << 16) /* pages that are looked at together */
#define USER_END (UINT64_C(1) << 56) /* above: the vsyscall page */

struct process {
	const char *word; /* "parent" or "child" */
	pid_t pid;
	int fd;
	struct proc_map map;
	const struct seen_process *model;
};

struct result {
	uint64_t vmas, differ, model, kernel, both;
};

static struct eyes eyes;

static void fail(const char *what)
{
	fprintf(stderr, "agree: %s\n", what);
	exit(2);
}

/* --- one VMA ---------------------------------------------------------------------------- */

struct vma_pair {
	const struct process *process;
	const struct seen_vma *model;
	const struct proc_vma *real;
	size_t run; /* of the model's, the current one */
	uint64_t wrong, first_wrong;
	struct buf why; /* of the first one */
};

static void describe(const struct vma_pair *pair, const char *format, const char *a, const char *b)
{
	printf("%s %" PRIx64 "-%" PRIx64 " %s %s: ", pair->process->word, pair->real->start, pair->real->end,
	       pair->real->perms, pair->real->path ? pair->real->path : "(no name)");
	printf(format, a, b);
	putchar('\n');
}

static void page_words(struct seen_page page, struct buf *out)
{
	static const char *const frame[] = {"", " of its own", " of the parent"};

	for (int state = 0; state < PTE_STATES; state++)
		if (page.states & 1u << state)
			buf_printf(out, "%s%s", out->len ? "/" : "", pte_state_names[state]);
	for (int attr = 0; attr < PTE_ATTRS; attr++)
		if (page.attrs & 1u << attr)
			buf_printf(out, ",%s", pte_attr_names[attr]);
	buf_puts(out, frame[page.same]);
}

/* What import cannot know is not compared: which pages of a file mapping are its own. */
static bool same_page(const struct vma_pair *pair, struct seen_page model, struct seen_page real)
{
	model.anon = real.anon = SEEN_UNKNOWN;
	/* Before the fork it is inferred; fork leaves none, but where it copies a page. */
	if (!strcmp(pair->process->word, "parent"))
		real.known &= (uint16_t)~PTE_EXCLUSIVE;
	return seen_agrees(model, real) != SEEN_NO;
}

static void compare_page(struct vma_pair *pair, uint64_t page, struct seen_page model, struct seen_page real)
{
	struct buf a = {0}, b = {0};

	if (same_page(pair, model, real))
		return;
	if (!pair->wrong++) {
		pair->first_wrong = page;
		page_words(model, &a);
		page_words(real, &b);
		buf_printf(&pair->why, "page %" PRIu64 ": model %s, kernel %s", page, buf_str(&a), buf_str(&b));
		buf_deinit(&a);
		buf_deinit(&b);
	}
}

static struct seen_page model_page(struct vma_pair *pair, uint64_t page)
{
	const struct seen_run *runs = pair->model->runs;

	while (pair->run + 1 < pair->model->run_count && runs[pair->run + 1].first <= page)
		pair->run++;
	return runs[pair->run].page;
}

/* Is there nothing in these pages, of neither? */
static bool empty(const struct vma_pair *pair, uint64_t page, uint64_t n)
{
	struct live_page_region region;
	struct live_pm_scan_arg arg = {
		.size = sizeof(arg),
		.start = pair->real->start + page * PAGE_SIZE,
		.end = pair->real->start + (page + n) * PAGE_SIZE,
		.vec = (uint64_t)(uintptr_t)&region,
		.vec_len = 1,
		.category_anyof_mask = LIVE_PAGE_IS_PRESENT | LIVE_PAGE_IS_SWAPPED,
		.return_mask = LIVE_PAGE_IS_PRESENT | LIVE_PAGE_IS_SWAPPED,
	};
	const struct seen_run *runs = pair->model->runs;

	if (!eyes.scan || pair->real->flags & VM_HUGETLB || ioctl(pair->process->fd, LIVE_PAGEMAP_SCAN, &arg))
		return false;
	for (size_t i = pair->run; i < pair->model->run_count && runs[i].first < page + n; i++)
		if (runs[i].first + runs[i].count > page && seen_state(runs[i].page) != PTE_NONE)
			return false;
	return true;
}

static void add_same(struct pagemap_entry *looks, const struct pagemap_entry *parent, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (looks[i].frame && parent[i].frame && looks[i].page.states == parent[i].page.states)
			looks[i].page.same = looks[i].frame == parent[i].frame ? SEEN_YES : SEEN_NO;
}

static void compare_pages(struct vma_pair *pair, const struct process *parent, struct result *result)
{
	static struct pagemap_entry looks[WINDOW], theirs[WINDOW];
	const struct proc_vma *vma = pair->real;
	uint64_t pages = (vma->end - vma->start) / PAGE_SIZE;

	for (uint64_t page = 0, n; page < pages; page += n) {
		struct look_at at = {
			.start = vma->start + page * PAGE_SIZE,
			.pages = n = min(pages - page, WINDOW),
			.hugetlb = vma->flags & VM_HUGETLB,
			.hidden_markers = vma->flags & VM_HUGETLB,
			.no_huge = !vma->anon_huge,
			.soft_dirty_vma = vma->flags & VM_SOFTDIRTY,
		};

		if (empty(pair, page, n))
			continue;
		if (!pagemap_look(&eyes, pair->process->fd, &at, looks))
			fail("pagemap cannot be read");
		if (parent && pagemap_look(&eyes, parent->fd, &at, theirs))
			add_same(looks, theirs, n);
		for (uint64_t i = 0; i < n; i++) {
			struct seen_page model = model_page(pair, page + i);
			bool in_model = seen_state(model) != PTE_NONE;
			bool in_kernel = seen_state(looks[i].page) != PTE_NONE;

			compare_page(pair, page + i, model, looks[i].page);
			result->model += in_model;
			result->kernel += in_kernel;
			result->both += in_model && in_kernel;
		}
	}
}

static void flag_words(uint64_t flags, struct buf *out)
{
	for (; flags; flags &= flags - 1)
		buf_printf(out, "%s%s", out->len ? " " : "", vm_flag_of(flags)->code);
}

static void compare_vma(struct vma_pair *pair, const struct process *parent, struct result *result)
{
	uint64_t hidden = (eyes.soft_dirty ? 0 : VM_SOFTDIRTY) | (eyes.lockonfault ? 0 : VM_LOCKONFAULT);
	uint64_t wrong = (pair->model->flags ^ pair->real->flags) & ~hidden;
	struct buf a = {0}, b = {0};

	result->vmas++;
	if (wrong) {
		flag_words(pair->model->flags & wrong, &a);
		flag_words(pair->real->flags & wrong, &b);
		describe(pair, "flags: model '%s', kernel '%s'", buf_str(&a), buf_str(&b));
		buf_deinit(&a);
		buf_deinit(&b);
	}
	/* The kernel's walk leaves it out. */
	if (!(pair->real->flags & VM_PFNMAP))
		compare_pages(pair, parent, result);
	if (pair->wrong) {
		buf_printf(&b, "%" PRIu64, pair->wrong);
		describe(pair, "%s pages differ, %s", buf_str(&b), buf_str(&pair->why));
		buf_deinit(&b);
	}
	buf_deinit(&pair->why);
	result->differ += wrong || pair->wrong;
}

/* --- a process -------------------------------------------------------------------------------- */

/* Import leaves these out, and says so. */
static bool left_out(const struct proc_vma *vma)
{
	return vma->start >= USER_END || (vma->flags & VM_HUGETLB && vma->page_size != PMD_SIZE);
}

static void compare(const struct process *process, const struct process *parent, struct result *result)
{
	size_t at = 0;

	for (size_t i = 0; i < process->map.n; i++) {
		struct vma_pair pair = {.process = process, .real = &process->map.v[i]};

		if (left_out(pair.real))
			continue;
		for (; at < process->model->vma_count && process->model->vmas[at].start < pair.real->start; at++) {
			result->differ++;
			printf("%s %" PRIx64 "-%" PRIx64 ": a VMA of the model, the kernel has none there\n",
			       process->word, process->model->vmas[at].start, process->model->vmas[at].end);
		}
		pair.model = at < process->model->vma_count ? &process->model->vmas[at] : NULL;
		if (!pair.model || pair.model->start != pair.real->start) {
			result->differ++;
			describe(&pair, "a VMA that the model does not have%s%s", "", "");
			continue;
		}
		at++;
		if (pair.model->end != pair.real->end) {
			struct buf end = {0};

			buf_printf(&end, "%" PRIx64, pair.model->end);
			result->differ++;
			describe(&pair, "the model's ends at %s%s", buf_str(&end), "");
			buf_deinit(&end);
			continue;
		}
		compare_vma(&pair, parent, result);
	}
	for (; at < process->model->vma_count; at++) {
		result->differ++;
		printf("%s %" PRIx64 "-%" PRIx64 ": a VMA of the model, the kernel has none there\n", process->word,
		       process->model->vmas[at].start, process->model->vmas[at].end);
	}
}

static void open_process(struct process *process, const char *word, const char *pid)
{
	char path[64];

	*process = (struct process){.word = word, .pid = proc_living_thread((pid_t)strtol(pid, NULL, 10))};
	snprintf(path, sizeof(path), "/proc/%d/pagemap", (int)process->pid);
	process->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (process->fd < 0 || !proc_map_read(&process->map, process->pid))
		fail("a process cannot be read");
}

/* How many of its tables import could not explain by entries. */
static int64_t unexplained(const char *path)
{
	FILE *file = fopen(path, "re");
	int64_t tables, explained, empty = 0;
	char line[512];
	int end = 0;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "# Page tables: %" SCNd64 " pages (VmPTE), of which the entries below explain %" SCNd64,
			   &tables, &explained) == 2)
			empty = tables - explained;
		if (sscanf(line, "#   %" SCNd64 " tables in which nothing is have a certain place%n", &explained, &end) == 1 &&
		    end)
			empty -= explained;
		end = 0;
	}
	if (file)
		fclose(file);
	return empty;
}

int main(int argc, char **argv)
{
	struct budget_amounts budget = {.memory = UINT64_C(8) << 30, .seconds = 3600};
	struct process parent, child;
	struct scenario scenario = {0};
	struct model_error refused = {0};
	struct result result = {0}, of_child = {0};
	struct vf_error error = {0};
	struct seen_moment moment = {0};
	struct seen_step step;
	struct lockstep lockstep;
	struct release release;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: agree FILE PARENT [CHILD]\n");
		return 2;
	}
	release_read(&release);
	eyes_open(&eyes, release.version);
	open_process(&parent, "parent", argv[2]);
	if (argc == 4)
		open_process(&child, "child", argv[3]);
	if (!scenario_open(&scenario, argv[1], budget, &error) || !scenario.kernel[0]) {
		fprintf(stderr, "agree: %s: %s\n", argv[1], error.message);
		return 2;
	}
	lockstep_init(&lockstep, &scenario, scenario.kernel[0],
		      (struct knobs){*paging_observed(), scenario.thp, scenario.fault_around, !has_zero_page()});
	while (lockstep.at < scenario.n) {
		step = (struct seen_step){0};
		if (!lockstep_next(&lockstep, &step, &refused))
			fail(refused.message);
	}
	moment.fork = argc == 4;
	lockstep_observe(&lockstep, &moment);
	parent.model = &moment.parent;
	compare(&parent, NULL, &result);
	if (argc == 4) {
		child.model = &moment.child;
		compare(&child, &parent, &of_child);
		result.differ += of_child.differ;
	}
	printf("vmas %" PRIu64 " differ %" PRIu64 " entries %" PRIu64 " %" PRIu64 " %" PRIu64, result.vmas, result.differ,
	       of_child.model, of_child.kernel, of_child.both);
	printf(" tables %" PRId64 " %" PRId64 " empty %" PRId64 "\n", moment.tables,
	       argc == 4 ? proc_tables(child.pid) : 0, unexplained(argv[1]));
	return result.differ != 0;
}
