/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a session share; no file outside of the room includes this. */
#ifndef SESSION_SESSION_PRIVATE_H
#define SESSION_SESSION_PRIVATE_H

#include "base/budget.h"
#include "base/file.h"
#include "kernels/profile.h"
#include "kernels/source_tree.h"
#include "language/command.h"
#include "language/command_file.h"
#include "language/kernel_spec.h"
#include "outside/helper.h"
#include "outside/kept_settings.h"
#include "session/aside.h"
#include "session/breaks/breakpoints.h"
#include "session/checkpoints.h"
#include "session/goals.h"
#include "session/hints.h"
#include "session/log.h"
#include "session/playhead.h"
#include "session/predictions.h"
#include "session/probed.h"
#include "session/quiz/quiz.h"
#include "session/saved.h"
#include "session/session.h"

/* What explain was about, and when: asked again, it goes deeper. */
struct explanation {
	unsigned times; /* 0: nothing was explained */
	struct stretch vmas;
	uint64_t builds, page;
	size_t log, at;
};

/* Steps of the budget to carry a command out, besides what the model counts. */
#define COMMAND_STEPS 12

#define STATE_UNKNOWN UINT64_MAX /* in the middle of a command */

struct session {
	/* Which kernels decide. */
	const struct profiles *profiles;
	struct kernel *kernel[SIDES]; /* chosen, with its check */
	struct kernel **found; /* kernels out of files, images and the running one, each once */
	size_t found_count, found_cap;

	/* What the commands have made. */
	struct log log;
	struct budget budget;
	uint64_t shown; /* steps (of the budget's kind) spent only to show a file that is played */
	struct tally tally;
	struct story story;
	struct predictions predictions;
	struct goal goal;
	struct hints hints;
	const char *learner; /* not owned; NULL: the default one */
	struct wanted_story wanted;
	struct quiz quiz;
	struct source_tree *source[SIDES]; /* NULL: none */

	/* Derived from those: session_sync(). */
	struct machine *machine[SIDES];
	bool stale[SIDES]; /* the machine is to be built anew */
	uint64_t state[SIDES]; /* of the log, in which the machine is; or STATE_UNKNOWN */
	struct checkpoint_mark mark[SIDES]; /* of the machine */
	struct checkpoints checkpoints;
	uint64_t builds;   /* of machines so far */
	struct playhead playhead;
	struct probed probed;

	struct settings settings; /* of the screen */
	struct breakpoints breakpoints; /* neither undone nor saved */
	bool focused;	  /* the front end shows the VMA at the address `focus` */
	uint64_t focus;
	struct explanation explanation; /* the last one */

	/* About the last command. */
	bool kernels_differ; /* the last kernel diff has found a difference */
	bool placed;
	struct place_named place;
	struct buf answer;
	struct borders borders[SIDES];
	struct choice *choices;
	size_t choice_count, choice_cap;
	size_t chosen; /* the one that is chosen first */
	char *record; /* the file that the screen is recorded to; NULL: none */

	bool animate;
	bool keyless; /* the front end has neither a screen nor keys */
	unsigned loading; /* depth */
	bool from_file;	  /* the command is in one */
	bool forgets;	  /* what builds, and what is expected, is not logged: see run_file.c */
	struct helper helper; /* how other programs are started */
	struct pictures pictures; /* how the screen is drawn */
	struct saved saved;
	struct aside aside;
};

/* place.c: what a command was about, and what it changed there. */
bool named_place(const struct session *session, int side, const struct command *command,
		 struct place_named *place);
/* The same pages of another name. False: nothing of it is mapped in that process. */
bool name_place(const struct session *session, int side, const struct command *command,
		const char *name, struct place_named *place);
struct was; /* as it was before */
struct was *was_before(const struct session *session, const struct command *command);
/* After it was carried out, or not; frees `was`. */
void was_changed(struct session *session, const struct command *command, struct was *was, bool done);

/*
 * After each command: updates all derived state. A machine that its kernel refuses to
 * build remains as it was, and stale.
 */
void session_sync(struct session *session);
/* The part of session_sync() that step, back and goto need within a file. */
void session_sync_time(struct session *session);
/* Both machines have carried out the last command of the log. */
void session_note_state(struct session *session);
/* Builds stale machines anew. False: that kernel refuses a step of the set-up. */
bool session_settle(struct session *session, struct vf_error *error);
/*
 * A machine of its own in the state of that side, which the caller frees; NULL: see *error. It
 * charges the session's budget, for what it does not share.
 */
struct machine *session_copy_machine(struct session *session, int side, struct vf_error *error);
/* From the log, its entries from `first` on: kernels and story; the machines become stale. */
void session_rebuild(struct session *session, size_t first);
/* Takes commands off the end of the log, and undoes their effects. */
void session_roll_back(struct session *session, size_t log_count);

void session_default_kernels(struct session *session);

/* The arguments of a function that carries out a command that is not a build step. */
struct call {
	struct session *session;
	struct command *command;
	const struct reader *reader; /* NULL: positions cannot be shown */
	struct buf *out;
	enum request *request;
	struct vf_error *error;
	/* As in struct logged. */
	const struct kernel *kernel;
	bool met;
};

/* The functions for commands that are not build steps: run_ID() for RUN(ID, ...). */
#define BUILD(id, ...)
#define RUN(id, ...) bool run_##id(struct call *call);
#include "language/commands.def"
#undef BUILD
#undef RUN

/* Carries out a command that is not a build step. */
bool command_run(struct call *call);

/*
 * Points the error at this word of the command, unless the error already has a place,
 * which is more exact: inside of the file that the word names. Returns false.
 */
bool call_blame(struct call *call, unsigned word);

/* Checks that a VMA has or had the name that the command names; false with an error. */
bool call_known(struct call *call);

/*
 * Checks that there are steps to move to, with an error if not. Within a file the machines may
 * be stale, and the timeline with them: brings them up to date.
 */
bool call_needs_steps(struct call *call);

/* The kernel that this word of the command names; NULL with an error that points there. */
struct kernel *call_kernel(struct call *call, unsigned word);
/* The same, with its clauses changed as the `clauses` words from `first_clause` on say. */
struct kernel *call_changed_kernel(struct call *call, unsigned word, unsigned first_clause,
				   unsigned clauses);
/* Makes a line of the output one that can be chosen: see session_choices(). */
void session_offer(struct session *session, size_t line, const char *command);
/* Is it `set source off`? A folder of that name is ./off. */
bool source_is_off(const struct command *command);

/*
 * Does what the expectation says hold on that side, now, at the end of its time? Adds the
 * actual value to `got`. *failed: it cannot be asked, and *error says why.
 */
bool session_holds(struct session *session, const struct command *expect, int side, struct buf *got,
		   bool *failed, struct vf_error *error);
/*
 * Does the expectation hold, now, at the end of time, on each side that it is about? As
 * session_holds().
 */
bool session_expects(struct session *session, const struct command *expect, struct buf *got,
		     bool *failed, struct vf_error *error);
/* Undoes all undo steps but the first ones; what was built is stale then. */
void session_take_back(struct session *session, size_t steps);

/* Begins a goal: opens it for a viewer. Reports in `out`, as failed, that it holds already. */
bool goal_begin(struct session *session, struct command *goal, struct buf *out,
		struct vf_error *error);
/* Behind the solution of a goal without a viewer: does it hold? Counts, and reports in `out`. */
bool goal_end(struct session *session, struct buf *out, struct vf_error *error);
/* After a command of the viewer: what of the open goal holds, and is it reached? */
void goal_update(struct session *session);
/* There is none any more. */
void goal_forget(struct session *session);
/* May the viewer, who works at a goal, have this command? False with an error. */
bool goal_allows(struct session *session, const struct command *command, const struct reader *reader,
		 struct vf_error *error);
/* Is a solution carried out, as nobody else reached the goal? */
bool solution_counts(const struct session *session);
/* With `set predict on`: asks about this fork, which then waits. False: nothing is asked. */
bool session_ask_fork(struct session *session, const struct command *command, enum request *request);
/* No line of the last output can be chosen any more. */
void session_forget_choices(struct session *session);
/* A fork that waits for answers is not carried out. */
void session_forget_fork(struct session *session);
/* The latest event up to now that is about this page; event_count: none is known. */
size_t why_event(const struct machine *m, uint64_t page);
/*
 * Asks for each name that the command's pattern fits, of each of its VMAs. False: none fits,
 * or more than `most`; nothing is asked.
 */
bool ask_names(struct session *session, struct command *predict, unsigned most, struct vf_error *error);
/* prediction_with() for what this one is about. */
struct command *prediction_expects(const struct prediction *prediction, const char *answer,
				   struct vf_error *error);
/* Notes the wrong answers that it invites, and which of them the viewer gave. truth: as typed. */
void prediction_find_mistakes(struct session *session, struct prediction *prediction,
			      const char *truth);
/* That story is to be played, whose texts it takes over: *request says so. */
void session_want(struct call *call, struct wanted_story story);
/* The name of who learns. */
const char *session_learner(const struct session *session);
/* play FILE */
bool run_play_file(struct call *call);
/* Reveals what is pending. by: held; NULL: no command does it. */
void predictions_reveal(struct session *session, struct command *by, struct buf *out);
/* Moves both machines to the end of their time; the playhead brings them back. */
void session_seek_end(struct session *session);

/* kernel diff A B [--scenario FILE | --mail] */
bool run_kernel_diff(struct call *call);

/* Lets vmafork-vmlinux read the image that the word names: answer->out is a profile. */
bool session_ask_image(const struct session *session, const struct command *command, unsigned word,
		       struct answer *answer, struct vf_error *error);

/* Texts handed to other programs; zeroed before the first use. */
struct shared_texts {
	struct shared_text *v;
	size_t n, cap;
};
void shared_texts_deinit(struct shared_texts *texts);

/*
 * The session as a scenario that rebuilds it. images: where the profiles of kernel images
 * go, which it then names instead of the images; NULL: it names the images, and that does
 * not fail.
 */
bool session_print(const struct session *session, struct shared_texts *images, struct buf *out,
		   struct vf_error *error);

/* The commands that count, from that entry of the log on; 0: with the kernels that precede them. */
void session_print_log(const struct session *session, size_t first, struct buf *out);

/* Writes the session to that file, replaces what exists, and reports it in `out`. */
bool session_save(struct session *session, const char *path, struct buf *out,
		  struct vf_error *error);

/* Replaces the session by a file, as one step. */
bool session_open_file(struct call *call, const char *path);

/*
 * The running kernel as a profile: out of its image (vmafork-vmlinux), or where there is none
 * by what it does (vmafork-probe). The caller frees it, and *report: a text for the user.
 */
struct kernel *session_live_kernel(const struct session *session, char **report,
				   struct vf_error *error);

/*
 * Carries out command number *at of a file, and advances to the next: load and play
 * both use it. Kernels are built when something needs them, at the latest by the file's
 * last command. False: the session is to be rolled back. The log takes the commands over.
 */
bool session_next(struct session *session, struct command_list *list, size_t *at,
		  struct buf *out, enum request *request, struct vf_error *error);
/* Carries one command out, as a part of a file. */
bool session_execute(struct session *session, struct command *command, const struct reader *reader,
		     struct buf *out, enum request *request, bool *kept, struct vf_error *error);
/* Carries out all of them: session_load() of what has been read. */
bool session_load_commands(struct session *session, struct command_list *list,
			   struct buf *out, struct vf_error *error);
#endif
