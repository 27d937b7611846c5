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
VOCAB(process, "parent or child", "parent", "child");
VOCAB(share, "private or shared", "private", "shared");
VOCAB(access, "read or write", "read", "write");
VOCAB(on_off, "on or off", "off", "on");
VOCAB(show, "an aspect to show", "vmas", "pages", "decision", "trace", "cost", "flags", "kernel",
      "uffd");
VOCAB(signal, "SIGSEGV, SIGBUS or blocked", "ok", "SIGSEGV", "SIGBUS", "blocked");
VOCAB(cost, "entries, tables, faults or cow-copies", "entries", "tables", "faults", "cow-copies");
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

/* Words of the grammar that are in no vocabulary. */
#define RESERVED(id, ...)                                                      \
	static const char *const id##_words[] = {__VA_ARGS__};                 \
	static const struct vocabulary vocab_##id = {"", id##_words, ARRAY_SIZE(id##_words)}

RESERVED(goto, "start", "end");
RESERVED(other, "all", "at", "not", "because", "anon_vma", "differ", "same", "signal",
      "absent", "answer", "list", "show", "diff", "thp", "fault-around", "page-table-levels",
      "child", "exit", "exec", "SIGSEGV", "SIGBUS", "blocked");

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
const struct vocabulary vocab_grain = {"vma, table, run or page", grain_names, GRAINS};
const struct vocabulary vocab_decision = {"copy, skip, dontcopy or wipe", decision_names, 4};

/* Of vocab_signal all but "ok", which came later. */
static const struct vocabulary *const reserved[] = {
	&vocab_side,   &vocab_process, &vocab_backing, &vocab_share,	&vocab_advice,
	&vocab_state,  &vocab_attr,    &vocab_mode,    &vocab_feature,	&vocab_access,
	&vocab_on_off, &vocab_check,   &vocab_grain,   &vocab_decision, &vocab_thp,
	&vocab_show,   &vocab_cost,    &vocab_goto,    &vocab_other,
};

bool reserved_word(const char *word)
{
	for (size_t i = 0; i < COMMANDS; i++) {
		size_t len = strcspn(commands[i].name, " ");

		/* Commands that came later: older files may use their names for VMAs. */
		if (commands[i].later)
			continue;
		if (!strncmp(word, commands[i].name, len) && !word[len])
			return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(reserved); i++)
		for (size_t w = 0; w < reserved[i]->n; w++)
			if (!strcmp(word, reserved[i]->words[w]))
				return true;
	for (int i = 0; i < VM_FLAG_COUNT; i++)
		if (!strcmp(word, vm_flags[i].name))
			return true;
	return false;
}
