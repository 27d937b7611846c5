/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of the language that are not commands. */
#include <errno.h>
#include <string.h>

#include "base/alloc.h"
#include "language/command.h"

const char *const grain_names[GRAINS] = {
	[GRAIN_VMA] = "vma",
	[GRAIN_TABLE] = "table",
	[GRAIN_RUN] = "run",
	[GRAIN_PAGE] = "page",
};

#define VOCAB(id, what, ...)                                                   \
	static const char *const id##_words[] = {__VA_ARGS__};                 \
	const struct vocabulary vocab_##id = {what, id##_words, ARRAY_SIZE(id##_words)}

VOCAB(side, "left, right or both", "left", "right", "both");
VOCAB(one_side, "left or right", "left", "right");
VOCAB(process, "parent or child", "parent", "child");
VOCAB(share, "private or shared", "private", "shared");
VOCAB(access, "read or write", "read", "write");
VOCAB(page_size, "4K or 16K", "4K", "16K");
VOCAB(access_bits, "hardware or software", "hardware", "software");
VOCAB(on_off, "on or off", "off", "on");
VOCAB(show, "an aspect to show", "vmas", "pages", "decision", "trace", "cost", "flags", "kernel",
      "uffd");
VOCAB(break, "what to stop at", "divergence", "write-protect", "marker", "table", "copy", "fault");
VOCAB(signal, "SIGSEGV, SIGBUS or blocked", "ok", "SIGSEGV", "SIGBUS", "blocked");
VOCAB(palette, "a palette", "auto", "safe", "dark", "light", "projector", "ansi", "mono");
VOCAB(cost, "entries, tables, faults or cow-copies", "entries", "tables", "faults", "cow-copies");
/* The chapters, then ideas: see quiz_topics, quiz_ideas. */
VOCAB(topic, "a topic of the quiz", "copies", "asked", "userfaultfd", "guards", "huge", "wrong", "kernel", "shared",
      "private", "whole-vma", "whose-flag", "markers", "faults", "copy-on-write", "left-out", "tables");
VOCAB(by_hand, "kernel, check, flags, anon_vma or pte", "kernel", "check", "flags", "anon_vma", "pte");
/* Those of errno-base.h, and what calls on memory return beyond. */
#define ERRNO_LIST(E)                                                                             \
	E(EPERM) E(ENOENT) E(ESRCH) E(EINTR) E(EIO) E(ENXIO) E(E2BIG) E(ENOEXEC) E(EBADF)          \
	E(ECHILD) E(EAGAIN) E(ENOMEM) E(EACCES) E(EFAULT) E(ENOTBLK) E(EBUSY) E(EEXIST) E(EXDEV)   \
	E(ENODEV) E(ENOTDIR) E(EISDIR) E(EINVAL) E(ENFILE) E(EMFILE) E(ENOTTY) E(ETXTBSY)          \
	E(EFBIG) E(ENOSPC) E(ESPIPE) E(EROFS) E(EMLINK) E(EPIPE) E(EDOM) E(ERANGE) E(EDEADLK)      \
	E(ENOSYS) E(EOVERFLOW) E(EOPNOTSUPP) E(ETIMEDOUT) E(EHWPOISON)

#define E(name) name,
const int errno_numbers[] = {ERRNO_LIST(E)};
#undef E
#define E(name) #name,
VOCAB(errno, "an errno (ENOMEM, EINVAL)", ERRNO_LIST(E));
#undef E

const struct vocabulary vocab_backing = {"a backing", backing_names, BACKINGS};
const struct vocabulary vocab_advice = {"an advice", advice_names, ADVICES};
const struct vocabulary vocab_state = {"a state", pte_state_names, PTE_STATES};
const struct vocabulary vocab_attr = {"an attribute", pte_attr_names, PTE_ATTRS};
const struct vocabulary vocab_mode = {"missing, wp, minor or rwp", uffd_mode_names, 4};
const struct vocabulary vocab_feature = {"a userfaultfd feature", uffd_feature_names,
					 UFFD_FEATURE_COUNT};
const struct vocabulary vocab_check = {"dst or src", vma_side_names, ARRAY_SIZE(vma_side_names)};
const struct vocabulary vocab_thp = {"always, madvise or never", thp_mode_names,
				     ARRAY_SIZE(thp_mode_names)};
const struct vocabulary vocab_machine = {"a machine: x86-64 or aarch64", arch_names, ARCHES_MODELLED};
const struct vocabulary vocab_grain = {"vma, table, run or page", grain_names, GRAINS};
const struct vocabulary vocab_decision = {"copy, skip, dontcopy or wipe", decision_names, 4};

/*
 * The words of the first version of the language, and of later ones those that would make
 * an expectation ambiguous. A word that is added to the language is not added here: files
 * may have it as a name.
 */
static const char *const reserved[] = {
	"SIGBUS", "SIGSEGV", "about", "absent", "all", "always", "anon", "anon_vma", "answer",
	"ask", "at", "back", "because", "become", "blocked", "both", "check", "child", "collapse",
	"copy", "cost", "cow-copies", "decision", "device-exclusive", "device-private", "diff",
	"differ", "dirty", "dofork", "dontcopy", "dontfork", "dontneed", "dst", "end", "entries",
	"event-fork", "event-remap", "event-remove", "event-unmap", "exact-address", "exclusive",
	"exec", "exit", "expect", "explain", "fault-around", "faults", "file", "flags", "fork",
	"goto", "guard", "guard-install", "guard-remove", "help", "huge", "hugepage", "hugetlb",
	"hwpoison", "keeponfork", "kernel", "left", "list", "load", "madvise", "marker", "merge",
	"mergeable", "migration", "minor", "minor-hugetlbfs", "minor-shmem", "missing",
	"missing-hugetlbfs", "missing-shmem", "mixedmap", "mlock", "move", "mprotect", "munmap",
	"never", "nohugepage", "none", "not", "off", "on", "page", "page-table-levels",
	"pagefault-flag-wp", "pageout", "pages", "parent", "pause", "pfnmap", "pin", "pinned",
	"play", "poison", "present", "private", "protect", "pte", "quit", "read", "redo",
	"register", "reset", "right", "run", "rwp", "rwp-async", "same", "save", "say", "set",
	"shared", "shmem", "show", "sigbus", "signal", "skip", "soft-dirty", "special", "speed",
	"src", "stack", "start", "step", "swap", "table", "tables", "thp", "thread-id", "title",
	"touch", "trace", "uffd", "uffd-wp", "undo", "unprotect", "unregister", "vma", "vmas",
	"wait", "wipe", "wipeonfork", "wp", "wp-async", "wp-hugetlbfs-shmem", "wp-unpopulated",
	"write", "young", "zero",
	/* version 2 */
	"and", "joined", "par", "refused",
};

bool reserved_word(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		if (!strcmp(word, reserved[i]))
			return true;
	for (int i = 0; i < VM_FLAG_COUNT; i++)
		if (!strcmp(word, vm_flags[i].name))
			return true;
	return false;
}
