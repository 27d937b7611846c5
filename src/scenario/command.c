/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of commands, and what is made from it. */
#include "scenario/command.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

const char *const group_titles[GROUPS] = {
	[GROUP_BUILD] = "Building the parent's address space",
	[GROUP_KERNEL] = "Choosing kernels, and the toggle",
	[GROUP_RUN] = "Running, and moving in time",
	[GROUP_LOOK] = "Looking",
	[GROUP_SESSION] = "The session",
	[GROUP_STORY] = "Telling a story",
	[GROUP_EXPECT] = "Expectations",
};

#define BUILD_ROW(n, syn, sum, det, call_, parse_, apply_, comp)               \
	{.name = n, .group = GROUP_BUILD, .synopsis = syn, .summary = sum,     \
	 .details = det, .call = call_, .parse = parse_, .apply = apply_,      \
	 .complete = comp, .logged = true}

const struct command_spec commands[] = {
	BUILD_ROW("vma", "NAME BACKING [private|shared] SIZE [PROT] [at ADDR] [+FLAG|-FLAG]...",
		  "map a VMA",
		  "BACKING is anon, shmem, file, hugetlb, pfnmap, mixedmap or stack; shmem, pfnmap "
		  "and mixedmap are shared unless said, the others private. SIZE is in bytes "
		  "(64K, 2M, 1G, 1T), rounded up to whole pages, or pages (16p). PROT is letters of rwx or none, rw unless given. Without "
		  "an address the next free one is taken. A flag is VM_DONTCOPY or its smaps code dc.",
		  "mmap", parse_vma, apply_vma, ". @backing [private|shared] . [@prot] [at] [@number] @flag*"),
	BUILD_ROW("touch", "NAME [PAGES] [read|write]", "access pages of the parent",
		  "One load or store a page (a store unless told), with the faults that it takes. What "
		  "would be a signal, or would wait for a userfaultfd for ever, is reported and changes "
		  "nothing.",
		  "touch", parse_touch, apply_touch, "@vma [@pages] [read|write]"),
	BUILD_ROW("madvise", "NAME ADVICE [PAGES]", "give advice about a VMA or its pages",
		  "dontfork, dofork, wipeonfork, keeponfork, hugepage, nohugepage and mergeable set a flag "
		  "of the whole VMA; dontneed, pageout, collapse, guard-install and guard-remove take pages.",
		  "madvise", parse_madvise, apply_madvise, "@vma @advice @pages"),
	BUILD_ROW("mprotect", "NAME PROT", "change the protection of a VMA",
		  "PROT is letters of rwx, or none.", "mprotect", parse_mprotect, apply_mprotect,
		  "@vma @prot"),
	BUILD_ROW("mlock", "NAME", "lock a VMA, and bring its pages in", "", "mlock", parse_one_vma,
		  apply_mlock, "@vma"),
	BUILD_ROW("munmap", "NAME", "unmap a VMA", "", "munmap", parse_one_vma, apply_munmap, "@vma"),
	BUILD_ROW("pin", "NAME [PAGES]", "take a long-term pin, as io_uring fixed buffers do",
		  "Pages are faulted in for writing first.", "pin", parse_vma_pages, apply_pin,
		  "@vma @pages"),
	BUILD_ROW("uffd", "CTX [FEATURE]...", "open a userfaultfd",
		  "Features are named as the kernel names them, in lower case with dashes: event-fork, "
		  "wp-unpopulated, wp-async.",
		  "UFFDIO_API", parse_uffd, apply_uffd, ". @feature*"),
	BUILD_ROW("register", "CTX NAME MODE...", "register a VMA with a userfaultfd",
		  "MODE is wp, missing, minor or rwp.", "UFFDIO_REGISTER", parse_register, apply_register,
		  "@ctx @vma @mode*"),
	BUILD_ROW("unregister", "CTX NAME", "take a VMA away from a userfaultfd", "",
		  "UFFDIO_UNREGISTER", parse_ctx_vma, apply_unregister, "@ctx @vma"),
	BUILD_ROW("protect", "CTX NAME [PAGES]", "write-protect pages through a userfaultfd",
		  "On a VMA that is registered for rwp, protects them against reading as well.",
		  "UFFDIO_WRITEPROTECT", parse_ctx_pages, apply_protect, "@ctx @vma @pages"),
	BUILD_ROW("unprotect", "CTX NAME [PAGES]", "take that protection away", "",
		  "UFFDIO_WRITEPROTECT", parse_ctx_pages, apply_protect, "@ctx @vma @pages"),
	BUILD_ROW("poison", "CTX NAME [PAGES]", "poison pages that have no entry", "", "UFFDIO_POISON",
		  parse_ctx_pages, apply_poison, "@ctx @vma @pages"),
	BUILD_ROW("merge", "NAME NAME", "join two neighbouring VMAs, as the kernel would",
		  "The first name stays. What forbids it is said. Neighbours of one backing count as "
		  "consecutive parts of one file.", "merge", parse_merge, apply_merge,
		  "@vma @vma"),
	BUILD_ROW("set", "thp always|madvise|never, or fault-around PAGES, or page-table-levels 4|5",
		  "turn a knob of the machine",
		  "Unless set: thp madvise, fault-around 16, page-table-levels 4.", "set", parse_set,
		  apply_set, "thp|fault-around|page-table-levels always|madvise|never"),
	BUILD_ROW("flags", "NAME +FLAG|-FLAG...", "set VMA flags by hand",
		  "For states that no system call reaches from here.", "flags", parse_flags, apply_flags,
		  "@vma @flag*"),
	BUILD_ROW("anon_vma", "NAME on|off", "give a VMA an anon_vma by hand, or take it", "", "anon_vma",
		  parse_anon_vma, apply_anon_vma, "@vma on|off"),
	BUILD_ROW("pte", "NAME PAGES STATE[,ATTR]...", "set entries by hand",
		  "STATE is none, present, swap, migration, device-private, device-exclusive, marker, "
		  "hwpoison, zero or huge. ATTR is write, dirty, young, soft-dirty, uffd-wp, exclusive, "
		  "special, pinned, guard or poison.",
		  "pte", parse_pte, apply_pte, "@vma @pages @state"),

	{.name = "kernel", .group = GROUP_KERNEL,
	 .synopsis = "left|right|both SPEC, or list, or show SPEC, or diff SPEC SPEC [--scenario FILE]",
	 .summary = "choose a side's kernel, or look at what is known",
	 .details = "SPEC is a version (v6.1, 6.12.107, v6.19-rc1; a fourth number does not count), a "
		    "profile (kernel list shows them), a profile file, vmlinux:IMAGE for what "
		    "vmafork-vmlinux reads out of a kernel image, "
		    "or, at the prompt, live: the profile that explains what the kernel does that "
		    "runs here, found out with a few tiny forks by vmafork-probe. Choosing carries out the "
		    "set-up again as that kernel would. In a file the path of a profile or an image is "
		    "relative to that file. With diff: on which inputs of vma_needs_copy that both kernels can "
		    "meet one copies and the other skips, as the shortest condition, and the smallest scenario "
		    "that shows it. --scenario writes that to FILE, which must not be there yet, instead. In a "
		    "file diff prints the condition alone.",
	 .parse = parse_kernel, .run = run_kernel,
	 .complete = "left|right|both|list|show|diff @kernel @kernel --scenario @file",
	 .logged = true},
	{.name = "check", .group = GROUP_KERNEL, .synopsis = "left|right|both dst|src",
	 .summary = "look uffd-wp up on the child's VMA (dst) or the parent's (src)",
	 .details = "The toggle. Where the kernel has a copy-on-fork mask, all of the mask moves.",
	 .parse = parse_check, .run = run_check, .complete = "left|right|both dst|src", .logged = true},

	{.name = "fork", .group = GROUP_RUN, .synopsis = "", .summary = "run fork on both sides",
	 .details = "", .call = "fork", .parse = parse_nothing, .apply = apply_fork, .complete = "",
	 .logged = true},
	{.name = "child touch", .group = GROUP_RUN, .synopsis = "NAME [PAGES] [read|write]",
	 .summary = "access pages of the child", .details = "The child of the latest fork.",
	 .call = "touch", .parse = parse_touch, .apply = apply_child_touch,
	 .complete = "@vma [@pages] [read|write]", .logged = true},
	{.name = "child exit", .group = GROUP_RUN, .synopsis = "", .summary = "the child exits",
	 .details = "", .call = "exit", .parse = parse_nothing, .apply = apply_child_exit,
	 .complete = "", .logged = true},
	{.name = "child exec", .group = GROUP_RUN, .synopsis = "",
	 .summary = "the child execs: its address space is gone", .details = "", .call = "exec",
	 .parse = parse_nothing, .apply = apply_child_exec, .complete = "", .logged = true},
	{.name = "parent touch", .group = GROUP_RUN, .synopsis = "NAME [PAGES] [read|write]",
	 .summary = "access pages of the parent", .details = "The same as touch.", .call = "touch",
	 .parse = parse_touch, .apply = apply_touch, .complete = "@vma [@pages] [read|write]",
	 .logged = true},
	{.name = "become", .group = GROUP_RUN, .synopsis = "child",
	 .summary = "the child is the parent of what follows",
	 .details = "For grandchildren; the old parent lives on unseen.", .call = "become",
	 .parse = parse_become, .apply = apply_become, .complete = "child", .logged = true},
	{.name = "step", .group = GROUP_RUN, .synopsis = "[N] [vma|table|run|page]",
	 .summary = "go on in time", .details = "A run is a stretch of equal entries; a page is one of them.",
	 .parse = parse_step, .run = run_step, .complete = "[@number] @grain"},
	{.name = "back", .group = GROUP_RUN, .synopsis = "[N] [vma|table|run|page]",
	 .summary = "go back in time", .details = "Going back is exact.", .parse = parse_step,
	 .run = run_back, .complete = "[@number] @grain"},
	{.name = "goto", .group = GROUP_RUN, .synopsis = "N|start|end", .summary = "go to a step",
	 .details = "", .parse = parse_goto, .run = run_goto, .complete = "start|end"},
	{.name = "play", .group = GROUP_RUN, .synopsis = "", .summary = "let the steps go by",
	 .details = "Without a terminal: goes to the end.", .parse = parse_nothing, .run = run_play,
	 .complete = ""},
	{.name = "pause", .group = GROUP_RUN, .synopsis = "", .summary = "stop there", .details = "",
	 .parse = parse_nothing, .run = run_pause, .complete = ""},
	{.name = "speed", .group = GROUP_RUN, .synopsis = "X",
	 .summary = "how fast steps go by: 1 is normal, 2 twice as fast", .details = "",
	 .parse = parse_speed, .run = run_speed, .complete = ""},

	{.name = "show", .group = GROUP_LOOK,
	 .synopsis = "vmas|pages|decision|trace|cost|flags|kernel|uffd [NAME]",
	 .summary = "show one aspect of both sides",
	 .details = "NAME restricts it to one VMA. cost lists what the last fork cost each VMA, the "
		    "dearest first, with the time that it takes where calibrate has measured that.",
	 .parse = parse_show, .run = run_show, .complete = "@show @vma"},
	{.name = "set source", .group = GROUP_LOOK, .synopsis = "[left|right|both] DIR|off",
	 .summary = "show the kernel's source in each step",
	 .details = "DIR is a kernel's source tree, of both sides unless one is named. The line of each "
		    "function is known of a kernel that was read out of an image (kernel left "
		    "vmlinux:IMAGE); the profiles of versions tell where vma_needs_copy is, some in another "
		    "version, whose lines are not shown. off shows none. In a file DIR is relative to that "
		    "file.",
	 .parse = parse_source, .run = run_source, .complete = "[left|right|both] off|@folder",
	 .logged = true},
	{.name = "explain", .group = GROUP_LOOK, .synopsis = "NAME",
	 .summary = "say why that VMA was copied or skipped", .details = "", .parse = parse_explain,
	 .run = run_explain, .complete = "@vma"},
	{.name = "diff", .group = GROUP_LOOK, .synopsis = "", .summary = "show where the sides differ",
	 .details = "Decisions and entries as they are at this step.", .parse = parse_nothing,
	 .run = run_diff, .complete = ""},
	{.name = "probe", .group = GROUP_LOOK, .synopsis = "[SECONDS|off|list]",
	 .summary = "carry the session out for real, on the kernel that runs here, and compare",
	 .details = "vmafork-probe makes the system calls, in a process of its own. What it saw is laid "
		    "over both sides: a mark at the flags, the decision, each entry and the costs says "
		    "whether that side's model agrees, differs (then the kernel's value stands beside or "
		    "below it), or what cannot be seen from outside. It was looked at right after each "
		    "fork and at the end; other steps "
		    "show the mark of a decision only. Choosing other kernels keeps the marks; a command "
		    "that changes memory, or off, takes them away. list prints every difference of the "
		    "kernels that were compared; so does probe where there is no screen. It has 10 "
		    "seconds for all of it unless SECONDS are given, whole ones, 500 at most. What no system "
		    "call does ends it there: flags and entries set by hand, and so all that import makes.",
	 .parse = parse_probe, .run = run_probe, .complete = "off|list",
	 .prompt_only = "a scenario file makes no system calls", .later = true},
	{.name = "help", .group = GROUP_LOOK, .synopsis = "[COMMAND]",
	 .summary = "show the commands, or one of them", .details = "", .parse = parse_help,
	 .run = run_help, .complete = "@command"},

	{.name = "undo", .group = GROUP_SESSION, .synopsis = "[N]",
	 .summary = "take the last commands back", .details = "A load is one step.",
	 .parse = parse_undo, .run = run_undo, .complete = ""},
	{.name = "redo", .group = GROUP_SESSION, .synopsis = "[N]",
	 .summary = "carry out again what undo took back", .details = "", .parse = parse_undo,
	 .run = run_redo, .complete = ""},
	{.name = "reset", .group = GROUP_SESSION, .synopsis = "",
	 .summary = "empty the session", .details = "Can be taken back with undo.",
	 .parse = parse_nothing, .run = run_reset, .complete = "", .logged = true},
	{.name = "save", .group = GROUP_SESSION, .synopsis = "FILE",
	 .summary = "write the session as a scenario that rebuilds it", .details = "",
	 .parse = parse_file, .run = run_save, .complete = "@file",
	 .prompt_only = "a scenario file does not write files"},
	{.name = "load", .group = GROUP_SESSION, .synopsis = "FILE",
	 .summary = "add a scenario's commands",
	 .details = "All of them or, when one is wrong, none. In a file the path is relative to that file.",
	 .parse = parse_file, .run = run_load, .complete = "@file"},
	{.name = "open", .group = GROUP_SESSION, .synopsis = "FILE",
	 .summary = "start afresh with a scenario", .details = "As reset and load, in one step.",
	 .parse = parse_file, .run = run_open, .complete = "@file", .later = true},
	{.name = "import", .group = GROUP_SESSION, .synopsis = "PID",
	 .summary = "start afresh with the memory of a process that runs here",
	 .details = "vmafork-probe reads /proc; the process is not disturbed. What /proc cannot tell is "
		    "inferred; vmafork-tui import PID > FILE prints the scenario with comments that say how. "
		    "As open, one step for undo. Its entries are set by hand, so that probe cannot carry it out.",
	 .parse = parse_import, .run = run_import, .complete = "",
	 .prompt_only = "a scenario file does not read other processes", .later = true},
	{.name = "calibrate", .group = GROUP_SESSION, .synopsis = "",
	 .summary = "measure what fork takes on this machine",
	 .details = "vmafork-probe forks itself for a second or two. show cost then tells time as well, "
		    "as an estimate; what was measured is kept for later sessions.",
	 .parse = parse_nothing, .run = run_calibrate, .complete = "",
	 .prompt_only = "a scenario file does not measure the machine", .later = true},
	{.name = "quit", .group = GROUP_SESSION, .synopsis = "", .summary = "leave", .details = "",
	 .parse = parse_nothing, .run = run_quit, .complete = ""},

	{.name = "title", .group = GROUP_STORY, .synopsis = "\"TEXT\"",
	 .summary = "the scenario's heading", .details = "", .parse = parse_one_text, .run = run_title,
	 .complete = "", .logged = true},
	{.name = "about", .group = GROUP_STORY, .synopsis = "\"TEXT\"",
	 .summary = "the scenario's description", .details = "", .parse = parse_one_text,
	 .run = run_about, .complete = "", .logged = true},
	{.name = "say", .group = GROUP_STORY, .synopsis = "\"TEXT\"",
	 .summary = "narration, shown until the next one", .details = "", .parse = parse_one_text,
	 .run = run_say, .complete = "", .logged = true},
	{.name = "wait", .group = GROUP_STORY, .synopsis = "[SECONDS]",
	 .summary = "a pause in playback", .details = "Enter ends it.", .parse = parse_wait,
	 .run = run_wait, .complete = "", .logged = true},
	{.name = "ask", .group = GROUP_STORY,
	 .synopsis = "\"QUESTION\" \"CHOICE\" \"CHOICE\"... answer N [\"WHY\"]",
	 .summary = "ask the viewer before showing",
	 .details = "Playback without a terminal prints question, choices and answer.",
	 .parse = parse_ask, .run = run_ask, .complete = "", .logged = true},

	{.name = "expect", .group = GROUP_EXPECT,
	 .synopsis = "SIDE NAME DECISION [because REASON] | "
		     "SIDE parent|child NAME PAGES [not] STATE[,ATTR]... | "
		     "SIDE parent|child NAME [not] FLAG... | SIDE parent|child NAME absent | "
		     "SIDE parent|child signal NAME | SIDE cost entries|tables|faults|cow-copies N | "
		     "differ|same NAME",
	 .summary = "say what must hold here",
	 .details = "SIDE is left, right or both; DECISION is copy, skip, dontcopy or wipe; REASON is a "
		    "flag, anon_vma or none. An attribute alone speaks of any state. With not, no page "
		    "has all of it.",
	 .parse = parse_expect, .run = run_expect,
	 .complete = "left|right|both|differ|same", /* and on: see complete.c */
	 .logged = true},
};
const size_t command_count = ARRAY_SIZE(commands);

/* --- from a line to a command ---------------------------------------------------------- */

/* Has the name two words ("child touch")? */
static const char *second_word(const struct command_spec *spec)
{
	const char *blank = strchr(spec->name, ' ');

	return blank ? blank + 1 : NULL;
}

static bool starts(const char *full, const char *word, size_t full_length, bool prompt)
{
	size_t n = strlen(word);

	if (n == full_length && !strncmp(full, word, n))
		return true;
	return prompt && n && n < full_length && !strncmp(full, word, n);
}

/* 0: does not fit; 1: as a prefix; 2: in full. */
static int fits(const struct command_spec *spec, const struct line *line, bool prompt)
{
	const char *second = second_word(spec), *word = line->words[0].text;
	size_t length = strcspn(spec->name, " ");

	if (!starts(spec->name, word, length, prompt))
		return 0;
	if (!second)
		return strlen(word) == length ? 2 : 1;
	if (line->n < 2 || !starts(second, line->words[1].text, strlen(second), prompt))
		return 0;
	return strlen(word) == length && !strcmp(line->words[1].text, second) ? 2 : 1;
}

/* "child tuch": the first word begins commands of two words, the second is none of theirs. */
static bool unknown_second(const struct line *line, unsigned *blame, struct vf_error *error)
{
	const char *seconds[ARRAY_SIZE(commands)], *word = line->words[0].text, *near = NULL;
	struct buf forms = {0};
	size_t n = 0;

	for (size_t i = 0; i < command_count; i++) {
		const char *second = second_word(&commands[i]);
		size_t length = strcspn(commands[i].name, " ");

		if (!second || strlen(word) != length || strncmp(commands[i].name, word, length))
			continue;
		seconds[n++] = second;
		buf_printf(&forms, "%s%s", forms.len ? ", " : "", commands[i].name);
	}
	if (n) {
		vf_error_set(error, "%s does what?", word);
		*blame = 1;
		if (line->n > 1)
			near = nearest_word(line->words[1].text, seconds, n);
		if (near)
			vf_error_hint(error, "did you mean '%s %s'?", word, near);
		else
			vf_error_hint(error, n > 1 ? "one of: %s" : "%s", buf_str(&forms));
	}
	buf_deinit(&forms);
	return n;
}

static void unknown_command(const struct line *line, unsigned *blame, struct vf_error *error)
{
	const char *names[ARRAY_SIZE(commands)], *near;
	const char *word = line->words[0].text;

	if (unknown_second(line, blame, error))
		return;
	for (size_t i = 0; i < command_count; i++)
		names[i] = second_word(&commands[i]) ? NULL : commands[i].name;
	near = nearest_word(word, names, command_count);
	vf_error_set(error, "there is no command '%.40s'%s", word,
		     strlen(word) > 40 ? "..." : "");
	if (near)
		vf_error_hint(error, "did you mean '%s'?", near);
	else
		vf_error_hint(error, "help lists the commands");
}

/* The row that the line's first words name; NULL: none, or several, and *blame is to blame. */
static const struct command_spec *choose(const struct line *line, bool prompt, unsigned *blame,
					 struct vf_error *error)
{
	const struct command_spec *found = NULL, *in_full = NULL;
	struct buf several = {0};
	size_t n = 0;

	for (size_t i = 0; i < command_count; i++) {
		int fit = fits(&commands[i], line, prompt);

		if (fit == 2 && second_word(&commands[i]))
			return &commands[i];
		if (fit == 2)
			in_full = &commands[i];
		if (fit == 1) {
			found = &commands[i];
			buf_printf(&several, "%s%s", n++ ? ", " : "", commands[i].name);
		}
	}
	if (in_full) { /* "set so": two words say more than one */
		if (n != 1 || !second_word(found))
			found = in_full;
	} else if (n > 1) {
		vf_error_set(error, "'%.40s' is short for several commands", line->words[0].text);
		vf_error_hint(error, "one of: %s", buf_str(&several));
		found = NULL;
	} else if (!n) {
		unknown_command(line, blame, error);
	}
	buf_deinit(&several);
	return found;
}

static void make_full(struct word *word, const char *full, size_t n)
{
	if (strlen(word->text) != n) {
		free(word->text);
		word->text = xstrndup(full, n);
	}
}

struct command *command_parse(const struct reader *reader, struct line *line, bool prompt,
			      struct vf_error *error)
{
	unsigned blame = 0;
	const struct command_spec *spec = choose(line, prompt, &blame, error);
	struct command *command;
	struct parser p = {.reader = reader, .error = error, .prompt = prompt};

	if (!spec) {
		reader_point(reader, &line->words[blame < line->n ? blame : 0], error);
		line_deinit(line);
		return NULL;
	}
	command = xcalloc(1, sizeof(*command));
	command->spec = spec;
	command->line = *line;
	command->file = xstrdup(reader->file);
	command->holders = 1;
	*line = (struct line){0};
	make_full(&command->line.words[0], spec->name, strcspn(spec->name, " "));
	p.at = 1;
	if (second_word(spec)) {
		make_full(&command->line.words[1], second_word(spec), strlen(second_word(spec)));
		p.at = 2;
	}
	p.command = command;
	if (!spec->parse(&p)) {
		command_free(command);
		return NULL;
	}
	return command;
}

struct command *command_hold(struct command *command)
{
	command->holders++;
	return command;
}

void command_free(struct command *command)
{
	if (!command || --command->holders)
		return;
	line_deinit(&command->line);
	ranges_deinit(&command->args.pages);
	free(command->file);
	free(command);
}

void command_print_quoted(const char *text, struct buf *out)
{
	buf_putc(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buf_putc(out, '\\');
		buf_putc(out, *text);
	}
	buf_putc(out, '"');
}

void command_print(const struct command *command, struct buf *out)
{
	for (size_t i = 0; i < command->line.n; i++) {
		const struct word *word = &command->line.words[i];

		if (i)
			buf_putc(out, ' ');
		if (!word->quoted && word->text[0]) {
			buf_puts(out, word->text);
			continue;
		}
		command_print_quoted(word->text, out);
	}
}

const struct command_spec *command_find(const char *name)
{
	for (size_t i = 0; i < command_count; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

/* --- help ----------------------------------------------------------------------------------- */

static void help_one(const struct command_spec *spec, struct buf *out)
{
	buf_printf(out, "%s%s%s\n    %s.", spec->name, spec->synopsis[0] ? " " : "", spec->synopsis,
		   spec->summary);
	if (spec->details[0])
		buf_printf(out, " %s", spec->details);
	buf_putc(out, '\n');
}

bool command_help(const char *name, struct buf *out)
{
	bool found = false;

	for (int group = 0; !name && group < GROUPS; group++) {
		buf_printf(out, "%s%s\n", group ? "\n" : "", group_titles[group]);
		for (size_t i = 0; i < command_count; i++)
			if (commands[i].group == (enum command_group)group)
				buf_printf(out, "  %-14s %s\n", commands[i].name, commands[i].summary);
	}
	for (size_t i = 0; name && i < command_count; i++) {
		size_t n = strlen(name), first = strcspn(commands[i].name, " ");

		if (!strcmp(commands[i].name, name) ||
		    (n == first && !strncmp(commands[i].name, name, n))) {
			help_one(&commands[i], out);
			found = true;
		}
	}
	return found || !name;
}

/* mdoc takes a line that starts with a dot or a quote, and backslashes, for its own. */
static void mdoc_text(const char *s, struct buf *out)
{
	for (; *s; s++) {
		if (*s == '\\')
			buf_puts(out, "\\e");
		else if (*s == '-')
			buf_puts(out, "\\-");
		else
			buf_putc(out, *s);
	}
}

void command_mdoc(struct buf *out)
{
	for (int group = 0; group < GROUPS; group++) {
		buf_printf(out, ".Ss %s\n.Bl -tag -width Ds\n", group_titles[group]);
		for (size_t i = 0; i < command_count; i++) {
			const struct command_spec *spec = &commands[i];

			if (spec->group != (enum command_group)group)
				continue;
			buf_puts(out, ".It Xo\n.Ic ");
			buf_puts(out, spec->name);
			buf_putc(out, '\n');
			if (spec->synopsis[0]) {
				buf_puts(out, ".Li \"");
				for (const char *c = spec->synopsis; *c; c++)
					if (*c == '"')
						buf_puts(out, "\\(dq");
					else
						mdoc_text((char[]){*c, 0}, out);
				buf_puts(out, "\"\n");
			}
			buf_puts(out, ".Xc\n");
			for (const char *c = spec->summary; c == spec->summary; c++)
				buf_putc(out, (char)(*c >= 'a' && *c <= 'z' ? *c - 32 : *c));
			mdoc_text(spec->summary + 1, out);
			buf_puts(out, ".\n");
			if (spec->details[0]) {
				/* New sentence, new line. */
				for (const char *c = spec->details; *c; c++) {
					mdoc_text((char[]){*c, 0}, out);
					if (*c == '.' && c[1] == ' ') {
						buf_putc(out, '\n');
						c++;
					}
				}
				buf_putc(out, '\n');
			}
		}
		buf_puts(out, ".El\n");
	}
}
