/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that write a program share. */
#ifndef SESSION_REPRODUCER_REPRODUCER_PRIVATE_H
#define SESSION_REPRODUCER_REPRODUCER_PRIVATE_H

#include "language/command.h"
#include "session/reproducer/reproducer.h"

/* As share/export/reproducer.c has room for. */
enum { REPRODUCER_PROCESSES = 8, REPRODUCER_UFFDS = 32, REPRODUCER_PLACES = 32 };
#define REPRODUCER_OBSERVER (-1)
#define REPRODUCER_NAMES 1000u /* mappings; nobody reads a longer program */

/* A NAME, which is a variable of the program. */
struct repro_name {
	const struct name *name;
	char *variable;
	uint64_t at;	/* what the program has put into it so far; 0: nothing */
	bool placed;	/* the kernel chooses the address, and the process that maps it says so */
	unsigned place; /* where it says so */
	unsigned apart; /* its memory policy; 0: the process's */
};

/* A process of the program: P0, P1 ... */
struct repro_process {
	int parent;
	size_t born; /* files that there were */
	bool borrows; /* it runs in its parent's memory, in a function of its own: */
	struct buf function; /* its turns */
};

/* The file of an object of the model. */
struct repro_file {
	unsigned object;
	int process; /* who made it */
	uint64_t size;
};

/* A userfaultfd, of one process. */
struct repro_uffd {
	char *name;
	int process; /* whose memory it watches */
	int by;	     /* who can use its descriptor */
	bool open, event_fork;
};

/* Pages that a process holds: what unpin gives back. */
struct repro_hold {
	int process;
	uint64_t start, size;
	bool pin;
	bool over;
};

/* What the frames of anonymous pages contain, as far as the program has chosen it. */
struct repro_content {
	uint64_t first, last;
	uint64_t number; /* all of them the same; 0: each another one */
};

struct repro {
	const struct reproducer_source *source;
	struct machine *m[SIDES];
	const struct command *command; /* at hand */
	int by;			       /* the process that carries it out */
	struct mm *mm;		       /* of the left side's machine */
	struct name_list names;	       /* that it is about, as they were before it */
	uint64_t before[REPRODUCER_NAMES]; /* where each of them began */
	uint64_t first[REPRODUCER_NAMES], size[REPRODUCER_NAMES]; /* and the range that mremap moves */

	struct buf globals, body;
	unsigned turns; /* that the body has */
	struct buf places_now; /* where names are from here on: not yet in the body */
	uint64_t sections; /* that are needed */
	struct buf block; /* lines of the turn that is being written */

	struct repro_name *name;
	size_t name_count, name_cap;
	struct repro_file *file;
	size_t file_count, file_cap;
	struct repro_uffd uffd[REPRODUCER_UFFDS];
	size_t uffd_count;
	struct repro_hold *hold;
	size_t hold_count, hold_cap;
	unsigned places, policies;
	struct repro_content *content;
	size_t content_count, content_cap;
	uint64_t contents, merged; /* numbers that have been used; that of the ksm at hand */
	struct ranges aside[2]; /* pages that the ksm at hand is not to merge: its process's, the other's */
	unsigned asides;
	struct buf let_go; /* lines for when ksmd has merged the others */
	size_t at; /* of the command at hand in the log */

	struct repro_process process[REPRODUCER_PROCESSES];
	int processes, parent, child; /* child: -1 before there is one */
	int unborn; /* what a fork that waits for a reader will make; or -1 */
	size_t forks;
	bool limits_all; /* the program sets limits that other programs meet */
	bool limits_commit; /* the program carries out the limit of promised memory */
	uint64_t committed, promised; /* pages, before the command: in all, and what a fork adds */
	bool noted_zero_page; /* the program says it if the machine is another one */
	const char *stopped; /* why nothing more can be carried out; or NULL */
	const char *impossible; /* why the command at hand cannot be; or NULL */
};

/* Bytes of a page, on both sides: PAGE in the program. */
static inline uint64_t repro_page(const struct repro *r)
{
	return page_size(&r->m[0]->paging);
}

/* --- reproducer.c ------------------------------------------------------------------------- */

/* The program needs that section, and what it needs. */
void repro_need(struct repro *r, const char *section);

/* A line of the command's turn. */
void repro_call(struct repro *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The command at hand cannot be carried out: why. Returns false. */
bool repro_cannot(struct repro *r, const char *why);

/* The variable of a name; puts its address there into it before the turn, if it has another one. */
struct repro_name *repro_name(struct repro *r, const struct name *name, uint64_t start);

/* "vma_mem + 2 * PAGE" for an address in a name that begins at `start`; "4 * PAGE". */
void repro_address(struct repro *r, const struct name *name, uint64_t start, uint64_t address,
		   struct buf *out);
void repro_size(const struct repro *r, uint64_t bytes, struct buf *out);

/* Calls `each` for each range that the command is about, with its address and size as C has them. */
typedef bool repro_range(struct repro *r, const char *at, const char *size, uint64_t start, uint64_t bytes);
bool repro_each_range(struct repro *r, repro_range *each);

/* Has the process that file's descriptor? */
bool repro_has_file(const struct repro *r, const struct repro_file *file);
/* The file of the VMA; NULL: it has none, or the program does not know it. */
struct repro_file *repro_file_of(struct repro *r, const struct vm_area *vma);
/* Makes the file that the VMA maps `end` bytes long, if it is shorter. */
void repro_lengthen(struct repro *r, const struct vm_area *vma, struct repro_file *file, uint64_t end);

/* Begins a turn of that process, P0 or OBSERVER, with "if (turn(P0))". */
void repro_turn(struct repro *r, int process);

/* The same, but without a change: a turn may be about two processes that have it elsewhere. */
void repro_place(struct repro *r, const struct name *name, uint64_t start, struct buf *out);

/* Puts the addresses of names that have changed into the body. */
void repro_flush_places(struct repro *r);

/* "v6.18 (check dst)" */
void repro_kernel_name(const struct kernel *kernel, struct buf *out);

/* TEXT as a string of C. */
void repro_string(const char *text, struct buf *out);

/* TEXT as lines of a comment, each after the indentation. */
void repro_comment_lines(const char *indent, const char *text, struct buf *out);
/* The same as a whole comment, in the program's body or a function's. */
void repro_comment(const char *text, struct buf *out);

/* --- repro_fork.c -------------------------------------------------------------------------- */

/* A child of the parent at hand; false if there are too many. */
bool repro_new_process(struct repro *r);

/* The observer looks at both processes; "fork 1". */
void repro_moment(struct repro *r, const char *what);

/* Behind the turn of a fork: what both sides predict, and a moment. */
void repro_after_fork(struct repro *r);
/* Behind that of a reader, which a fork may have waited for. */
void repro_after_reader(struct repro *r);

/* --- repro_machine.c ----------------------------------------------------------------------- */

/* The observer's line that says if loads of untouched memory do something else on this machine. */
void repro_note_zero_page(struct repro *r, bool predicted, struct buf *out);

/* --- repro_limits.c ------------------------------------------------------------------------ */

/* Before the model carries the command out. */
void repro_note_promised(struct repro *r);
/* A turn before that of the command, which the limit of promised memory has to be right for. */
void repro_limit_turn(struct repro *r);
/* The number of the command's turn, behind that. */
unsigned repro_turn_number(const struct repro *r);

/* --- repro_borrow.c: children in their parent's memory ------------------------------------- */

bool repro_borrow(struct repro *r);
bool repro_spawn(struct repro *r);
bool repro_leave_borrowed(struct repro *r);
/* The turn of such a child, with those lines; and then its function. */
void repro_borrowed_turn(struct repro *r, const char *text, const char *lines);
void repro_borrowed_function(struct repro *r, int process, struct buf *out);

/* --- the commands ------------------------------------------------------------------------- */

/*
 * Each writes the turn of the command at hand. _before: what it has to know before the model
 * has carried it out. False: it cannot be carried out, and `impossible` says why.
 */
bool repro_map(struct repro *r);
bool repro_merge(struct repro *r);
bool repro_touch(struct repro *r);
bool repro_fork(struct repro *r);
bool repro_leave(struct repro *r);
bool repro_become(struct repro *r);
bool repro_madvise(struct repro *r);
bool repro_mprotect(struct repro *r);
bool repro_mlock(struct repro *r);
bool repro_munlock(struct repro *r);
bool repro_munmap(struct repro *r);
bool repro_mseal(struct repro *r);
bool repro_mremap(struct repro *r);
bool repro_pin(struct repro *r);
bool repro_unpin(struct repro *r);
bool repro_poke(struct repro *r);
bool repro_clear_refs(struct repro *r);
bool repro_uffd_command(struct repro *r);
bool repro_set(struct repro *r);
bool repro_limit(struct repro *r);
bool repro_ksm(struct repro *r);
/* The turns behind that of ksm: other processes', and ksmd's. */
void repro_ksm_after(struct repro *r);
/* Before a fork: makes equal what a later ksm will merge. */
void repro_ksm_plan(struct repro *r);
/* The command at hand has stored into its pages. */
void repro_ksm_stored(struct repro *r);

/* What a fork does to userfaultfds: those that ask for the event have an heir in the child. */
void repro_uffd_inherit(struct repro *r);

#endif
