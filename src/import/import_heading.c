/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The lines above the VMAs: what was read, what was inferred, and the commands for the machine. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "import/import.h"
#include "import/import_text.h"
#include "observe/paging.h"

static const char *state_word(char state)
{
	static const struct {
		char letter;
		const char *word;
	} words[] = {
		{'R', "running"}, {'S', "sleeping"}, {'D', "waiting"}, {'T', "stopped"},
		{'t', "stopped by a debugger"},	     {'I', "idle"},
	};

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].letter == state)
			return words[i].word;
	return "in an unknown state";
}

static bool has_uprobes(const struct import *im)
{
	for (size_t i = 0; i < im->map.n; i++)
		if (im->map.v[i].path && !strcmp(im->map.v[i].path, "[uprobes]"))
			return true;
	return false;
}

/* Fork copies a pinned page at once. VmPin counts what io_uring, RDMA, vDPA and iommufd pinned. */
static void add_pins(const struct import *im, struct buf *out)
{
	if (im->sum.pinned)
		buf_printf(out, "# Pinned pages (fixed buffers of an io_uring): %" PRIu64 "\n", im->sum.pinned);
	if (im->pinned > 0 && (uint64_t)im->pinned > im->sum.pinned)
		buf_printf(out, "# VmPin counts %" PRId64 " pinned pages; which the others are cannot be seen. fork copies\n"
				"#   them at once: \"pte NAME PAGES present,write,exclusive,pinned\".\n",
			   im->pinned);
	if (!im->pinned && !im->sum.pinned)
		buf_puts(out, "# Pins that VmPin does not count cannot be seen; fork copies a pinned page at once.\n");
}

static void add_comments(const struct import *im, struct buf *out)
{
	const char *version = im->eyes.scan ? "PAGEMAP_SCAN" : "pagemap";

	buf_printf(out, "# It was %s, and was not stopped to be read; its mappings %s.\n",
		   state_word(im->state),
		   im->changed ? "CHANGED meanwhile: parts are of different moments"
			       : "were the same before and after");
	if (im->attempts > 1)
		buf_printf(out, "#   It was read %u times, because they changed%s.\n", im->attempts,
			   im->changed ? " each time: stop it (kill -STOP) and import it again" : "");
	if (im->cut)
		buf_printf(out, "#   %zu VMAs grew while smaps was read, and were listed over others: that part "
				"of them was cut off.\n",
			   im->cut);
	if (im->reader != im->pid && im->anonymous)
		buf_puts(out, "# Its main thread has ended: it was read through another one.\n");
	else if (im->reader != im->pid)
		buf_printf(out, "# Its main thread has ended: it was read through thread %d.\n", (int)im->reader);
	import_add_around(im, out);
	buf_printf(out, "#\n# Seen: mappings and flags (smaps), entries (%s), of pages of %" PRIu64 " KiB.\n", version,
		   (uint64_t)PAGE_SIZE >> 10);
	buf_puts(out, "# Inferred: anon_vma is on where a VMA holds pages of its own now, and where flags or\n"
		      "#   neighbors hint at one, as noted there. What leaves no trace: pages that were written\n"
		      "#   and are gone, a debugger's store or a uprobe that was removed, pages that a\n"
		      "#   userfaultfd filled in. Then fork walks that VMA as well: \"anon_vma NAME on\".\n"
		      "#   exclusive (and write, in a writable VMA) is set for anonymous pages that no other\n"
		      "#   process maps; the kernel does not show these bits.\n"
		      "# Not seen: dirty and young bits; which pages without exclusive are a private file\n"
		      "#   mapping's own; how many forks made this process of its ancestors, each of which made\n"
		      "#   every anon_vma of it longer: its fork takes longer than estimated.\n");
	add_pins(im, out);
	if (im->tables >= 0 && (uint64_t)im->tables >= im->sum.tables)
		buf_printf(out, "# Page tables: %" PRId64 " pages (VmPTE), of which the entries below explain "
				"%" PRIu64 ".\n",
			   im->tables, im->sum.tables);
	if (im->sum.empty)
		buf_printf(out, "#   %" PRIu64 " tables in which nothing is have a certain place: they are at the end.\n",
			   im->sum.empty);
	if (im->tables > 0 && (uint64_t)im->tables > im->sum.tables + im->sum.empty)
		buf_puts(out, "#   The others are empty, or of mappings whose entries are not visible; fork\n"
			      "#   copies those of VMAs that it walks, and the prediction lacks them.\n");
	if (!im->eyes.frames)
		buf_puts(out, "# Read without CAP_SYS_ADMIN: swap entries, markers and the like cannot be\n"
			      "#   distinguished for certain; smaps and the uffd bit decide. As root of the machine (in\n"
			      "#   a container that is not enough) they are exact.\n");
	if (im->task_flags & PF_FORKNOEXEC)
		buf_puts(out, IMPORT_FORKED_COMMENT ": its VMAs have a chain of anon_vmas, one for\n"
			      "#   each fork that it descends from, which fork copies as well. Their number cannot be\n"
			      "#   seen; the times of show cost lack them.\n");
	if (has_uprobes(im))
		buf_puts(out, "# It has a [uprobes] area: text in which a probe was set has an anon_vma, also when\n"
			      "#   the probe is gone. Which text that is cannot be seen then.\n");
	if (im->sum.hinted)
		buf_printf(out, "# VMAs with an anon_vma that only a hint tells of, see below: %" PRIu64 "\n",
			   im->sum.hinted);
	if (im->sum.guessed)
		buf_printf(out, "# Guessed runs of entries, see below: %" PRIu64 "\n", im->sum.guessed);
}

static void add_context(const struct import *im, struct buf *out)
{
	bool known = im->contexts && !im->features_differ;
	uint32_t features = known ? im->features : 0;

	if (!im->sum.uffd)
		return;
	if (known)
		buf_printf(out, "\n# Which userfaultfd it is cannot be seen. The process has %u open, with these\n"
				"# features; one that it handed to a monitor and closed may have others.\n",
			   im->contexts);
	else
		buf_printf(out, "\n# The features of the userfaultfd are not known: %s.\n"
				"# Assumed to lack event-fork, so that fork clears the flags in the child.\n"
				"# If the program requested it, add event-fork to the next line.\n",
			   im->file	? "nothing that is left of the process says them"
			   : im->contexts ? "the process has several, and they differ"
					: "the process does not have it open (a monitor may)");
	for (size_t i = 0; i < im->map.n; i++) {
		const struct proc_vma *vma = &im->map.v[i];

		/* The registration needs these features. */
		if (vma->flags & VM_UFFD_WP && import_backing(im, vma) == BACKING_FILE)
			features |= UFFD_FEATURE_WP_ASYNC;
		if (vma->flags & VM_UFFD_RWP)
			features |= UFFD_FEATURE_RWP;
	}
	buf_printf(out, "uffd %s", IMPORT_UFFD);
	for (int i = 0; i < UFFD_FEATURE_COUNT; i++)
		if (features & UINT32_C(1) << i)
			buf_printf(out, " %s", uffd_feature_names[i]);
	buf_putc(out, '\n');
}

/* Which process, or that this is not told. */
static void add_process(const struct import *im, const char *when, struct buf *out)
{
	const char *command = im->command[0] ? im->command : im->comm;

	if (im->anonymous) {
		buf_printf(out, "# A process, read on kernel %s by vmafork-probe --import --anonymous: without names\n"
				"#   of files and processes, and at other addresses. Its page tables have the same shape.\n",
			   im->release.version);
		return;
	}
	buf_printf(out, "# Process %d, read %s on kernel %s by vmafork-probe --import.\n# ", (int)im->pid,
		   when, im->release.name);
	import_add_clean(out, command, false);
	buf_putc(out, '\n');
}

void import_set_levels(struct import *im)
{
	for (size_t i = 0; i < im->map.n; i++)
		if (im->map.v[i].end > paging_observed()->task_size && im->map.v[i].end <= UINT64_C(1) << 56)
			im->more_levels = true;
}

/* What the machine is, where a scenario's would be another. */
static void add_machine(const struct import *im, struct buf *out)
{
	const struct paging *paging = paging_observed(), *usual = paging_find(paging->arch, 0, 0);

	if (paging->arch != paging_x86_64.arch)
		buf_printf(out, "set machine %s\n", arch_names[paging->arch]);
	if (paging->page_shift != usual->page_shift)
		buf_printf(out, "set page-size %" PRIu64 "K\n", page_size(paging) >> 10);
	if (im->more_levels)
		buf_printf(out, "set page-table-levels %u\n", paging->levels + 1);
	if (im->software_bits)
		buf_puts(out, "set access-bits software\n");
}

void import_commands(const struct import *im, const char *subject, const char *kernel, struct buf *out)
{
	buf_puts(out, "\ntitle \"");
	import_add_clean(out, im->anonymous ? "A process" : subject, true);
	if (im->comm[0] && !im->anonymous) {
		buf_puts(out, ": ");
		import_add_clean(out, im->comm, true);
	}
	buf_printf(out, "\"\nabout \"A real process: %zu VMAs, %" PRIu64 " entries. fork, then show cost: what "
			"fork costs it.\"\n",
		   im->map.n - im->sum.left_out, im->sum.entries);
	if (kernel)
		buf_printf(out, "kernel both %s\n", kernel);
	if (im->thp[0])
		buf_printf(out, "set thp %s\n", im->thp);
	if (im->no_zero_page)
		buf_puts(out, "set zero-page off\n");
	add_machine(im, out);
	add_context(im, out);
}

void import_heading(const struct import *im, struct buf *out)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32], subject[32];

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", &tm);
	add_process(im, when, out);
	add_comments(im, out);
	snprintf(subject, sizeof(subject), "Process %d", (int)im->pid);
	import_commands(im, subject, im->release.version[0] ? im->release.version : NULL, out);
}
