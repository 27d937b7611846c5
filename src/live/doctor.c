/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live/doctor.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "language/scenario.h"
#include "live/acquire.h"
#include "observe/pagemap.h"
#include "observe/paging.h"
#include "observe/zero_page.h"

/* --- what can be seen -------------------------------------------------------------------- */

static bool sees_frames(const struct eyes *eyes)
{
	return eyes->frames;
}

static bool sees_page_flags(const struct eyes *eyes)
{
	return eyes->kpageflags_fd >= 0;
}

static bool scans(const struct eyes *eyes)
{
	return eyes->scan;
}

static bool maps_zero_page(const struct eyes *eyes)
{
	(void)eyes;
	return has_zero_page();
}

static bool may_limit(const struct eyes *eyes)
{
	(void)eyes;
	return !access("/proc/sys/vm/max_map_count", W_OK);
}

#define AS_ROOT "as root; a container needs CAP_SYS_ADMIN, too"

static const struct {
	const char *what;
	bool (*works)(const struct eyes *eyes);
	const char *use, *get;
} sights[] = {
	{"page frames", sees_frames, "which pages are shared, and what a fault copies", AS_ROOT},
	{"/proc/kpageflags", sees_page_flags, "exclusive pages, ksm and the zero page",
	 "as root, where /proc is the machine's"},
	{"PAGEMAP_SCAN", scans, "import of large processes in little time", "Linux 6.7 or newer"},
	{"zero page", maps_zero_page, "loads of untouched memory, as the model has them",
	 "another kernel; with this one, set zero-page off"},
	{"limits", may_limit, "the command limit, with --may-limit", "as root, where /proc/sys can be written"},
};

/* --- what can be done ---------------------------------------------------------------------- */

/* A scenario that needs nothing else. `shows`: enum pte_state of a page that is there afterward. */
static const struct {
	const char *what, *text;
	int shows;
	const char *use, *get;
} deeds[] = {
	{"fork", "vma a anon 4p\ntouch a\nfork\n", PTE_PRESENT, "every scenario",
	 "more processes, memory or open files: ulimit -a"},
	{"files", "vma a file 1p\ntouch a read\n", PTE_PRESENT, "mappings of files",
	 "TMPDIR=DIRECTORY, on a disk's file system"},
	{"userfaultfd", "vma a shmem 1p\ntouch a\nuffd u\nregister u a wp\nprotect u a\n", PTE_PRESENT,
	 "the commands about userfaultfd",
	 "as root, or sysctl vm.unprivileged_userfaultfd=1; in a container, a seccomp profile that allows it"},
	{"huge pages (THP)", "vma a anon 2M at 0x1000000000\nmadvise a hugepage\ntouch a 0\n", PTE_HUGE,
	 "transparent huge pages", "echo madvise >/sys/kernel/mm/transparent_hugepage/enabled"},
	{"hugetlb", "vma a hugetlb 2M\ntouch a\n", PTE_HUGE, "mappings of hugetlb",
	 "as root, or sysctl vm.nr_hugepages=8"},
	{"swap", "vma a anon 1p\ntouch a\nmadvise a pageout\n", PTE_SWAP, "madvise pageout",
	 "swapon, or as root with the module zram: modprobe zram"},
	{"io_uring", "vma a anon 1p\npin a\n", PTE_PRESENT, "pins",
	 "sysctl kernel.io_uring_disabled=0; in a container, a seccomp profile that allows it"},
	{"ring buffers", "vma a mixedmap 1p\n", -1, "mappings of a driver (mixedmap)",
	 "Linux 6.10 or newer, and io_uring"},
	{"debugger", "vma a anon 1p\ntouch a read\npoke a\n", PTE_PRESENT, "poke",
	 "sysctl kernel.yama.ptrace_scope=0; in a container, a seccomp profile that allows ptrace"},
	{"guard regions", "vma a anon 1p\nmadvise a guard-install\n", -1, "madvise guard-install",
	 "Linux 6.13 or newer"},
	{"ksm", "vma a anon 2p\nmadvise a mergeable\ntouch a\nksm a 0-1\n", PTE_PRESENT, "ksm",
	 "as root, with CONFIG_KSM, and echo 0 >/sys/kernel/mm/ksm/run"},
	{"soft-dirty", "vma a anon 1p\nclear-refs soft-dirty\n", -1, "clear-refs",
	 "a kernel with CONFIG_MEM_SOFT_DIRTY"},
	{"secret memory", "vma a secret 1p\ntouch a\n", -1, "memfd_secret",
	 "secretmem.enable=1 on the kernel's command line"},
};

static bool shows_state(const struct probe *probe, int state)
{
	const struct record *seen = &probe->seen;
	const struct seen_process *parent = seen->moment_count ? &seen->moments[seen->moment_count - 1].parent : NULL;

	for (size_t i = 0; parent && i < parent->vma_count; i++)
		for (size_t run = 0; run < parent->vmas[i].run_count; run++)
			if (parent->vmas[i].runs[run].page.states & 1u << state)
				return true;
	return false;
}

/* --- the report ----------------------------------------------------------------------------- */

static void put_line(struct buf *out, bool works, const char *what, const char *use, const char *why,
		     const char *get)
{
	buf_printf(out, "%-3s  %-17s  %s", works ? "yes" : "no", what, use);
	if (!works && *why)
		buf_printf(out, ": %s", why);
	buf_putc(out, '\n');
	if (!works)
		buf_printf(out, "     %-17s  to get it: %s\n", "", get);
}

static void put_machine(struct buf *out)
{
	struct release release;
	struct utsname name;
	struct vf_error error;
	struct kernel *kernel;

	release_read(&release);
	kernel = profiles_find(profiles_all(), release.version, &error);
	buf_printf(out, "Linux %s, %s, pages of %llu KiB; ", release.name, uname(&name) ? "" : name.machine,
		   (unsigned long long)PAGE_SIZE >> 10);
	if (kernel)
		buf_printf(out, "the model's kernel: %s\n", kernel->name);
	else
		buf_printf(out, "no model: %s\n", error.message);
	kernel_free(kernel);
}

static bool try_deed(size_t i, const struct probe_options *options, struct buf *out, struct vf_error *error)
{
	struct scenario scenario = {0};
	struct probe probe;
	bool works, stopped;
	char busy[128];

	if (!scenario_read(&scenario, deeds[i].what, deeds[i].text, error)) {
		scenario_close(&scenario);
		return false;
	}
	if (!probe_scenario(&probe, &scenario, options, error)) {
		put_line(out, false, deeds[i].what, deeds[i].use, error->message,
			 "--kernel SPEC, or vmafork-probe --era");
		return true;
	}
	acquire_busy(busy, sizeof(busy));
	if (probe.end == PROBE_IMPOSSIBLE && !strcmp(probe.reason, busy)) {
		probe_deinit(&probe);
		return vf_error_set(error, "%s", busy);
	}
	works = probe.end == PROBE_WHOLE && (deeds[i].shows < 0 || shows_state(&probe, deeds[i].shows));
	stopped = probe.end == PROBE_STOPPED;
	put_line(out, works, deeds[i].what, deeds[i].use, probe.reason, deeds[i].get);
	probe_deinit(&probe);
	return !stopped || vf_error_set(error, "interrupted by a signal");
}

bool doctor_examine(const struct probe_options *options, struct buf *out, struct vf_error *error)
{
	struct release release;
	struct eyes eyes;

	put_machine(out);
	release_read(&release);
	eyes_open(&eyes, release.version);
	for (size_t i = 0; i < ARRAY_SIZE(sights); i++)
		put_line(out, sights[i].works(&eyes), sights[i].what, sights[i].use, "", sights[i].get);
	eyes_close(&eyes);
	for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
		if (!try_deed(i, options, out, error))
			return false;
	return true;
}
