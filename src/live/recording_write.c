/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "live/recording.h"
#include "observe/access_bits.h"
#include "observe/pagemap.h"
#include "observe/paging.h"

/* Writes a word in quotes, which must end on its line. */
static void put_quoted(struct buf *out, const char *s)
{
	char *line = xstrdup(s);

	for (char *c = line; *c; c++)
		if (*c == '\n')
			*c = ' ';
	command_print_quoted(line, out);
	free(line);
}

void recording_begin(struct buf *out, const struct probe_options *options, const char *command)
{
	struct release release;
	struct utsname name;
	struct eyes eyes;
	char date[32];
	time_t now = time(NULL);
	struct tm utc;

	release_read(&release);
	strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&now, &utc));
	buf_printf(out, "# What a kernel did, as vmafork-probe saw it; see vmafork-probe(1), --replay.\n"
			"recording 2\ndate %s\ncommand ", date);
	put_quoted(out, command);
	buf_printf(out, "\nkernel %s %s\n", release.name, release.version);
	eyes_open(&eyes, release.version);
	buf_printf(out, "machine %s%s%s%s%s\n", uname(&name) ? "unknown" : name.machine,
		   getuid() ? "" : " root", eyes.frames ? " page-frames" : "",
		   eyes.scan ? " pagemap-scan" : "", eyes.soft_dirty ? " soft-dirty" : "");
	eyes_close(&eyes);
	buf_printf(out, "page-size %" PRIu64 "\naccess-bits %s\n", (uint64_t)PAGE_SIZE,
		   access_bits_by_hardware() ? "hardware" : "software");
	if (options->kernel) {
		buf_puts(out, "model ");
		put_quoted(out, options->kernel);
		buf_putc(out, '\n');
	}
	if (options->check >= 0)
		buf_printf(out, "check %s\n", vma_side_names[options->check]);
}

/* --- VMAs ------------------------------------------------------------------------- */

static void put_codes(struct buf *out, uint64_t flags)
{
	for (int i = 0; i < VM_FLAG_COUNT; i++)
		if (flags & UINT64_C(1) << i)
			buf_printf(out, " %s", vm_flags[i].code);
}

static void put_page(struct buf *out, struct seen_page page)
{
	static const char *const kind[] = {"", " file", " anonymous"};
	static const char *const frame[] = {"", " own-frame", " parents-frame"};
	char before = ' ';
	uint16_t can = 0;

	for (int state = 0; state < PTE_STATES; state++)
		if (page.states & 1u << state) {
			buf_printf(out, "%c%s", before, pte_state_names[state]);
			before = '|';
			can |= pte_state_attrs[state];
		}
	for (int attr = 0; attr < PTE_ATTRS; attr++)
		if (page.known & can & 1u << attr)
			buf_printf(out, " %s%s", page.attrs & 1u << attr ? "" : "!", pte_attr_names[attr]);
	buf_printf(out, "%s%s", kind[page.anon], frame[page.same]);
}

/* First and last of some pages: "0-15", or one number. */
static void put_range(struct buf *out, uint64_t first, uint64_t count)
{
	buf_printf(out, "%" PRIu64, first);
	if (count > 1)
		buf_printf(out, "-%" PRIu64, first + count - 1);
}

static void put_vma(struct buf *out, const struct seen_vma *vma)
{
	buf_printf(out, "   vma 0x%" PRIx64 "-0x%" PRIx64 " %s", vma->start, vma->end,
		   backing_names[vma->backing]);
	for (size_t i = 0; i < vma->name_count; i++) {
		buf_printf(out, " %s:", vma->names[i].name);
		put_range(out, vma->names[i].first, vma->names[i].count);
	}
	buf_puts(out, "\n    flags");
	put_codes(out, vma->flags & vma->flags_known);
	if (~vma->flags_known & (UINT64_MAX >> (64 - VM_FLAG_COUNT))) {
		buf_puts(out, " unseen");
		put_codes(out, ~vma->flags_known);
	}
	buf_putc(out, '\n');
	if (vma->decision != SEEN_NO_DECISION)
		buf_printf(out, "    decision %s\n", decision_names[vma->decision]);
	for (size_t i = 0; vma->pages_known && i < vma->run_count; i++) {
		buf_puts(out, "    ");
		put_range(out, vma->runs[i].first, vma->runs[i].count);
		put_page(out, vma->runs[i].page);
		buf_putc(out, '\n');
	}
}

static void put_process(struct buf *out, const char *name, const struct seen_process *process)
{
	if (!process->alive)
		return;
	buf_printf(out, "  %s\n", name);
	for (size_t i = 0; i < process->vma_count; i++)
		put_vma(out, &process->vmas[i]);
}

/* --- steps and moments ------------------------------------------------------------ */

static void put_moment(struct buf *out, const struct seen_moment *moment)
{
	buf_printf(out, " moment %s\n", moment->fork ? "fork" : "now");
	put_process(out, "parent", &moment->parent);
	put_process(out, "child", &moment->child);
	if (moment->entries >= 0)
		buf_printf(out, "  entries %" PRId64 "\n", moment->entries);
	if (moment->tables >= 0)
		buf_printf(out, "  tables %" PRId64 "\n", moment->tables);
}

static void put_step(struct buf *out, const char *word, const struct command *command,
		     const struct seen_step *step)
{
	struct buf text = {0};

	command_print(command, &text);
	buf_printf(out, "%s ", word);
	put_quoted(out, buf_str(&text));
	buf_deinit(&text);
	if (step->err)
		buf_printf(out, " errno %s", strerrorname_np(step->err));
	if (step->touch) {
		buf_printf(out, " touch %s%s", touch_result_names[step->signal],
			   step->after_fork ? " after-fork" : "");
		if (step->after_fork && step->faults >= 0)
			buf_printf(out, " faults %" PRId64, step->faults);
		if (step->after_fork && step->cow_copies >= 0)
			buf_printf(out, " cow-copies %" PRId64, step->cow_copies);
	}
	buf_putc(out, '\n');
}

void recording_add(struct buf *out, const struct probe *probe, const char *path)
{
	const struct record *seen = &probe->seen;
	size_t moment = 0;

	buf_puts(out, "\nscenario ");
	put_quoted(out, path);
	buf_printf(out, "\nknobs thp %s fault-around %" PRIu64 "%s\n", thp_mode_names[probe->knobs.thp],
		   probe->knobs.fault_around, probe->knobs.no_zero_page ? " zero-page off" : "");
	for (size_t i = 0; i < probe->scenario.n; i++) {
		put_step(out, seen->steps[i].done ? "step" : "left", probe->scenario.commands[i],
			 &seen->steps[i]);
		for (; moment < seen->moment_count && seen->moments[moment].step == i; moment++)
			put_moment(out, &seen->moments[moment]);
	}
	if (probe->end == PROBE_WHOLE)
		return;
	buf_printf(out, "end %s ", probe->end == PROBE_REFUSED ? "refused" : "impossible");
	put_quoted(out, probe->reason);
	buf_putc(out, '\n');
}
