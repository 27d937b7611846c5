/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a session share; nobody else includes this. */
#ifndef SCENARIO_SESSION_PRIVATE_H
#define SCENARIO_SESSION_PRIVATE_H

#include "scenario/command.h"
#include "scenario/file.h"
#include "scenario/profile.h"
#include "scenario/reality.h"
#include "scenario/session.h"
#include "scenario/sister.h"
#include "scenario/source.h"

struct tally {
	size_t passed, failed;
};

/*
 * A stretch of the log that undo takes back as one: [begin, end). Expectations
 * and narration change nothing; they lie between steps, and go with the step
 * before them.
 */
struct step {
	size_t begin, end;
	struct tally before, after; /* expectations that were met and missed */
};

struct session {
	struct profiles *profiles;
	struct machine *machine[SIDES];
	struct kernel *kernel[SIDES]; /* chosen, with its check */
	bool stale[SIDES];	      /* the machine is to be built anew */

	/* What made it so. Commands behind log_count can be redone. */
	struct command **log;
	size_t log_count, log_total, log_cap;
	struct step *steps;
	size_t step_count, step_total, step_cap;
	size_t undo_floor; /* a file being loaded can take back its own steps only */
	/* Since the last prompt: commands carried out again, and runs looked at. */
	uint64_t replayed, work, work_before;

	struct timeline timeline;
	bool timeline_stale;
	struct moment wanted; /* where a new timeline starts */

	struct source_tree source[SIDES];
	struct story story;
	struct tally tally;
	bool animate, playing;
	double speed;
	enum grain grain;
	unsigned loading; /* depth */

	/* What the running kernel did with the commands `reality_of`, one a line. */
	struct reality *reality; /* NULL: nobody has looked */
	char *reality_of;
	bool reality_fresh, reality_checked; /* are they the commands as they stand now? */

	struct kernel *live; /* the running kernel, once it has been found out; or NULL */

	sister_function *ask; /* how other programs are started; NULL: not at all */
	void *ask_owner;
};

/* Builds stale machines anew. False: that kernel refuses a step of the set-up. */
bool session_settle(struct session *session, struct vf_error *error);
/* False when a file makes the set-up be carried out again too often. */
bool session_may_replay(const struct session *session, struct vf_error *error);
/* The timeline is to be made anew, of other events; it stays at the moment where it is. */
void session_retime(struct session *session);
/* From the log, all of it: machines, kernels, story. Cannot fail: it was all done before. */
void session_rebuild(struct session *session);
/* What was logged from `begin` on is a step, if it changed something. */
void session_end_step(struct session *session, size_t begin, struct tally before);
/* Index of the first command that counts: behind the last reset. */
size_t session_log_start(const struct session *session);
/* Forgets the steps that could be redone. */
void session_forget_redo(struct session *session);

/* Carries out a parsed command; takes it over when it is logged (*kept). */
bool session_execute(struct session *session, struct command *command,
		     const struct reader *reader, struct buf *out, enum request *request,
		     bool *kept, struct vf_error *error);

/* The kernel that this word of the command names; NULL with an error that points there. */
struct kernel *call_kernel(struct call *call, unsigned word);
/* kernel diff A B [--scenario FILE] */
bool run_kernel_diff(struct call *call);

/* SPEC, word `word` of a command: is it "live", the kernel that runs here? */
bool spec_is_live(const struct command *command, unsigned word);
/* The file behind its vmlinux:, or NULL: it is no image. */
const char *spec_image(const char *spec);
/* The spec; a profile file that a scenario names is relative to that. The caller frees it. */
char *spec_path(const struct command *command, unsigned word);
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

/* Carries out a file in place of all that is there, as one step. */
bool session_open_file(struct call *call, const char *path);

/*
 * The running kernel as a profile, told by what it does; the caller frees it.
 * Asks vmafork-probe once a session, or again. *told: what there is to say; NULL
 * where nothing was asked.
 */
struct kernel *session_live_kernel(struct session *session, bool again, char **told,
				   struct vf_error *error);

/* Is there anything that a kernel could carry out? */
bool session_shapes_memory(const struct session *session);
/* Takes over what was seen of the commands as they stand now; NULL: nothing. */
void session_set_reality(struct session *session, struct reality *reality);

/* A path that stands in a file, relative to that file; the caller frees it. */
char *relative_path(const char *file, const char *path);

/* Reads a whole file into commands, with what it loads. */
struct command_list {
	struct command **v;
	size_t n, cap;
	struct source *sources; /* texts, kept for messages */
};
struct source {
	char *file, *text;
	size_t length;
	struct source *next;
};
bool read_commands(const char *path, struct command_list *list, struct vf_error *error);
void command_list_deinit(struct command_list *list);
/* A reader over the text that a command came from, for pointing into it. */
bool command_reader(const struct command_list *list, const struct command *command,
		    struct reader *reader);

/* Says which word of a command is to blame. */
void command_point(const struct command *command, const struct reader *reader, unsigned word,
		   struct vf_error *error);

#endif
