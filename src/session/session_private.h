/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of a session share; nobody else includes this. */
#ifndef SESSION_SESSION_PRIVATE_H
#define SESSION_SESSION_PRIVATE_H

#include "base/file.h"
#include "kernels/profile.h"
#include "kernels/source_tree.h"
#include "language/command.h"
#include "language/command_file.h"
#include "language/kernel_spec.h"
#include "outside/helper.h"
#include "outside/observed.h"
#include "session/session.h"

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
};

/* A command that was carried out. */
struct logged {
	struct command *command;
	/*
	 * What it found outside when it chose a kernel: files change, and programs take
	 * time. One of the session's `found`, or NULL: nothing.
	 */
	const struct kernel *kernel;
	bool met; /* an expectation, when it was looked at */
};

struct session {
	const struct profiles *profiles;
	struct machine *machine[SIDES];
	struct kernel *kernel[SIDES]; /* chosen, with its check */
	bool stale[SIDES];	      /* the machine is to be built anew */

	/* What made it so. Commands behind log_count can be redone. */
	struct logged *log;
	size_t log_count, log_total, log_cap;
	struct step *steps;
	size_t step_count, step_total, step_cap;
	size_t undo_floor; /* a file being loaded can take back its own steps only */
	/* Since the last prompt: commands carried out again. */
	uint64_t replayed;
	/* Runs looked at: by machines that are gone, and by all up to the last prompt. */
	uint64_t work_gone, work_before;

	struct timeline timeline;
	bool timeline_stale;
	struct moment wanted; /* where a new timeline starts */
	bool fork_waits;      /* that is where a fork starts, to be seen */

	struct source_tree source[SIDES];
	struct story story;
	struct tally tally;
	bool animate, playing;
	double speed;
	enum grain grain;
	unsigned loading; /* depth */
	bool from_file;	  /* the command stands in one */

	/* What the running kernel did with the commands `reality_of`, one a line. */
	struct reality *reality; /* NULL: nobody has looked */
	char *reality_of;
	bool reality_fresh, reality_checked; /* are they the commands as they stand now? */

	struct kernel **found; /* kernels out of files, images and the running one, each once */
	size_t found_count, found_cap;

	struct helper helper; /* how other programs are started */
};

/* Builds stale machines anew. False: that kernel refuses a step of the set-up. */
bool session_settle(struct session *session, struct vf_error *error);
/* False when a file makes the set-up be carried out again too often. */
bool session_may_replay(const struct session *session, struct vf_error *error);
/* False when what was asked for has become too much work; it is counted since the last prompt. */
bool session_may_work(const struct session *session, struct vf_error *error);
void session_begin_work(struct session *session);
/* The timeline is to be made anew, of other events; it stays at the moment where it is. */
void session_retime(struct session *session);
/* From the log, all of it: kernels and story; the machines are to be built anew. */
void session_rebuild(struct session *session);
/* Takes commands off the end of the log, and what they did. */
void session_roll_back(struct session *session, size_t log_count);
/* Puts a command that was carried out at the log's end, and holds it. */
void session_log(struct session *session, struct logged entry);
/* The expectations of what counts: behind the last reset, up to the log's end. */
struct tally session_log_tally(const struct session *session);
/* What was logged from `begin` on is a step, if it changed something. */
void session_end_step(struct session *session, size_t begin);
/* Index of the first command that counts: behind the last reset. */
size_t session_log_start(const struct session *session);
/* Forgets the steps that could be redone. */
void session_forget_redo(struct session *session);

void session_default_kernels(struct session *session);
void story_clear(struct story *story);

/* What a command that is no build step gets to work with. */
struct call {
	struct session *session;
	const struct command *command;
	const struct reader *reader; /* NULL: positions cannot be shown */
	struct buf *out;
	enum request *request;
	struct vf_error *error;
	/* As in struct logged. */
	const struct kernel *kernel;
	bool met;
};

/* How each command that is no build step is carried out: run_ID() for RUN(ID, ...). */
#define BUILD(id, ...)
#define RUN(id, ...) bool run_##id(struct call *call);
#include "language/commands.def"
#undef BUILD
#undef RUN

/* Carries out a command that is no build step. */
bool command_run(struct call *call);

/* Carries out a parsed command. *kept: it is in the log now, which holds it. */
bool session_execute(struct session *session, struct command *command,
		     const struct reader *reader, struct buf *out, enum request *request,
		     bool *kept, struct vf_error *error);

/*
 * Says that this word of the command is to blame, unless the error has a place already,
 * which says more: inside of the file that the word names. Returns false.
 */
bool call_blame(struct call *call, unsigned word);

/* The kernel that this word of the command names; NULL with an error that points there. */
struct kernel *call_kernel(struct call *call, unsigned word);
/* Is it `set source off`? A folder of that name is ./off. */
bool source_is_off(const struct command *command);

/* kernel diff A B [--scenario FILE] */
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

/* Carries out a file in place of all that is there, as one step. */
bool session_open_file(struct call *call, const char *path);

/*
 * The running kernel as a profile, told by what it does: vmafork-probe is asked. The
 * caller frees it, and *told: what there is to say.
 */
struct kernel *session_live_kernel(const struct session *session, char **told,
				   struct vf_error *error);

/* Is there anything that a kernel could carry out? */
bool session_shapes_memory(const struct session *session);
/* Takes over what was seen of the commands as they stand now; NULL: nothing. */
void session_set_reality(struct session *session, struct reality *reality);

/*
 * Carries out command number *at of a file, and goes on to the next: the one rule of load
 * and of play. Kernels are built when something needs them, at the latest by the file's
 * last command. False: the session is to be rolled back.
 */
bool session_next(struct session *session, const struct command_list *list, size_t *at,
		  struct buf *out, enum request *request, struct vf_error *error);
/* Carries out all of them: session_load() of what has been read. */
bool session_load_commands(struct session *session, const struct command_list *list,
			   struct buf *out, struct vf_error *error);
#endif
