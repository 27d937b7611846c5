/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A session: two machines that carry out the same commands, and the list of
 * commands that made them what they are. Undo is that list without its last
 * step, carried out again from the nearest checkpoint (checkpoints.h); a saved
 * session is that list as a file.
 */
#ifndef SESSION_SESSION_H
#define SESSION_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/error.h"
#include "language/complete.h"
#include "model/machine.h"
#include "outside/helper.h"
#include "outside/kept_settings.h"
#include "report/borders.h"
#include "report/sides.h"
#include "session/goals.h"
#include "session/learn/learner.h"
#include "session/predictions.h"
#include "session/story.h"
#include "session/timeline.h"

/* What the front end must do after the last command, besides printing its text. */
enum request {
	REQUEST_NONE,
	REQUEST_QUIT,
	REQUEST_CONFIRM, /* session_asks() a question first */
	REQUEST_TITLE,	/* the story's title changed */
	REQUEST_ABOUT,
	REQUEST_SAY,
	REQUEST_ASK,
	REQUEST_PREDICT, /* session_asked() waits for an answer */
	REQUEST_REVEAL,
	REQUEST_GOAL, /* session_goal() */
	REQUEST_PLAY, /* session_wanted() is to be played */
	REQUEST_WAIT,
	REQUEST_FORK,	/* a fork has just been run: there is something to animate */
	REQUEST_MOVED,	/* step, back, goto */
	REQUEST_CHANGED /* anything else that changed the session */
};

struct session;

/*
 * animate: a fork leaves the session at its first step rather than at its end
 * (for front ends that show it happening).
 */
struct session *session_create(bool animate);
void session_free(struct session *session);

/*
 * What its commands and files may take: budget_default, until this sets it, before the first
 * of them. The budget itself is for who reads on the session's behalf, and lives as long.
 */
void session_set_budget(struct session *session, struct budget_amounts amounts);
struct budget *session_budget(struct session *session);

/*
 * Reading a session. Results describe the state after the last command, and are valid
 * until the next one; they are not NULL except where noted.
 */
struct machine *session_machine(const struct session *session, int side);
void session_machines(const struct session *session, struct machine *machines[SIDES]);
/* Grows whenever a side's machine is rebuilt: pointers to the old one are invalid then. */
uint64_t session_builds(const struct session *session);
const struct timeline *session_timeline(const struct session *session);
/*
 * For tests: keeps copies of the machines after each command, or as often as it is worth
 * it; `most`: bytes that all may take. How many there are, what they take and may take.
 */
void session_set_checkpoints(struct session *session, bool always, uint64_t most);
size_t session_checkpoints(const struct session *session, uint64_t *bytes, uint64_t *limit);
/* Owned by the session. */
const struct story *session_story(const struct session *session);
/* The source tree of that side's kernel; NULL: none was named (set source). */
struct source_tree;
struct source_tree *session_source(const struct session *session, int side);
/* What the running kernel did with this session's commands; NULL: not probed since they changed. */
struct observed;
const struct observed *session_observed(const struct session *session);

/* Moves in time, as timeline_seek() and timeline_step() say. */
void session_seek(struct session *session, size_t slot, uint64_t page);
bool session_step(struct session *session, long n, enum grain grain);

bool session_playing(const struct session *session); /* play and pause */
void session_set_playing(struct session *session, bool playing);
double session_speed(const struct session *session); /* 1: normal */
enum grain session_grain(const struct session *session); /* of step and play */
void session_set_grain(struct session *session, enum grain grain);

/* How other programs are started; without it a session cannot start them. */
void session_set_helper(struct session *session, struct helper helper);

/*
 * How the front end draws what `export` writes; without it a session cannot export
 * pictures. Each adds the text of a file; false: see *error.
 */
struct pictures {
	void *owner;
	bool (*page)(void *owner, struct buf *out, struct vf_error *error);   /* HTML: each step */
	bool (*screen)(void *owner, struct buf *out, struct vf_error *error); /* SVG: as it is now */
};
void session_set_pictures(struct session *session, struct pictures pictures);

/*
 * Whether the front end has a screen, and keys: `record` needs one, `probe` leaves differences
 * to its marks, and answers name keys. By default it has if it animates.
 */
void session_set_screen(struct session *session, bool screen);

/*
 * Whether the front end shows session_asks() and gives session_confirm() the answer. By
 * default it does not: save then refuses where it would ask, and quit quits.
 */
void session_set_asks(struct session *session, bool asks);
/*
 * The VMA that the front end shows, which `explain` without NAME means; focused false: none,
 * then it means that of the current step.
 */
void session_set_focus(struct session *session, bool focused, uint64_t address);
/*
 * What the last command was about, if it named a VMA: pages of a process of the left side or
 * else the right. False: no VMA, or none that is mapped.
 */
struct place_named {
	uint64_t address;     /* bytes */
	uint64_t first, last; /* page numbers of that process */
	bool by_name_only;    /* the command named no pages */
};
bool session_place(const struct session *session, struct place_named *place);
/* The borders between VMAs that the last command made or removed, on that side. */
const struct borders *session_borders(const struct session *session, int side);
/*
 * What the last command did to memory, in a line: "shm: pages 0-3: write off, uffd-wp on".
 * Empty: it was none that builds.
 */
const char *session_answer(const struct session *session);

/*
 * What `set palette` and `set mouse` have chosen; at first what the front end sets: what was
 * kept.
 */
const struct settings *session_settings(const struct session *session);
void session_set_settings(struct session *session, struct settings settings);

/*
 * Lines of the last command's output that can be chosen: which line of it, from 0, and the
 * command that choosing it carries out.
 */
struct choice {
	size_t line;
	char *command;
};
const struct choice *session_choices(const struct session *session, size_t *n);
/* Which of them is chosen first. */
size_t session_chosen(const struct session *session);

/* The file that the front end records its screen to; NULL: none. */
const char *session_record(const struct session *session);

/* The open question, such as "Replace a.vma?"; NULL: none. The next command drops it. */
const char *session_asks(const struct session *session);
/* Answers the open question. False: yes could not be carried out. */
bool session_confirm(struct session *session, bool yes, struct buf *out, enum request *request,
		     struct vf_error *error);
/* Is there something that `save` would write and that no file has? */
bool session_unsaved(const struct session *session);

/*
 * What the viewer is asked to predict: the first that waits for an answer, or NULL. Only
 * front ends with a viewer ask; others reveal.
 */
const struct prediction *session_asked(const struct session *session);
/* What it is about, as session_place(). */
bool session_asked_place(const struct session *session, struct place_named *place);
/* The same of what was revealed last: of the first wrong answer, or else of the first. */
bool session_revealed_place(const struct session *session, struct place_named *place);
const struct predictions *session_predictions(const struct session *session);
/*
 * Answers the one that waits: NULL: the viewer has no answer. False: it is no such answer, and
 * *error says what was expected. The last answer to the questions of a fork (set predict on)
 * carries it out, and *request is that of the fork.
 */
bool session_predict(struct session *session, const char *answer, struct buf *out,
		     enum request *request, struct vf_error *error);
/* That was a wrong answer to the one that waits, by that belief or NULL: the viewer tries again. */
void session_predict_again(struct session *session, const char *answer, const char *belief);
/* Reveals what is pending, as the end of a file does. */
void session_reveal(struct session *session, struct buf *out);

/* The last goal, as it stands after the last command; NULL: none, or a solution was checked. */
const struct goal *session_goal(const struct session *session);
/* What its first part about a mapping is about, as session_place(). session_goal() is one. */
bool session_goal_place(const struct session *session, struct place_named *place);
/* Does the viewer work at it? */
bool session_goal_open(const struct session *session);
/*
 * The viewer gives up the open goal. take_back: undoes what they did for it, for the solution
 * that follows. False: *error; it is open still.
 */
bool session_skip_goal(struct session *session, bool take_back, struct vf_error *error);
/*
 * The next hint for the open question or goal, or the last one again. NULL: there is none.
 * left: how many there are behind it. again: it was shown before.
 */
const char *session_hint(struct session *session, size_t *left, bool *again);
/* Is there a hint for it, seen or not? */
bool session_has_hints(const struct session *session);

/* Expectations met and missed so far. */
size_t session_passed(const struct session *session);
size_t session_failed(const struct session *session);

/* Did the last kernel diff find that they decide differently? */
bool session_kernels_differ(const struct session *session);

/*
 * Carries out one line as typed at the prompt (unique prefixes allowed). Adds its
 * output to `out`, as lines. False: nothing has changed.
 */
bool session_command(struct session *session, const char *line, struct buf *out,
		     enum request *request, struct vf_error *error);

/*
 * Reads the next line of a text (see words.h) and carries it out as if typed;
 * errors name the reader's file and line. *more is false at the end.
 */
struct reader;
bool session_read(struct session *session, struct reader *reader, bool *more,
		  struct buf *out, enum request *request, struct vf_error *error);

/*
 * Carries out a whole file, as `load` does: all of it or nothing. Expectations
 * that do not hold are lines in `out`, not errors.
 */
bool session_load(struct session *session, const char *path, struct buf *out,
		  struct vf_error *error);

/*
 * The same of a session in which nothing was done, and in which nothing is done afterwards: it is
 * asked what it came to. It forgets each command as soon as it can.
 */
bool session_run_file(struct session *session, const char *path, struct buf *out,
		      struct vf_error *error);

/* A file, command by command, for playback. */
struct script;

/*
 * Reads a file and plays it once in a session of its own, so that errors come
 * before anything is shown. NULL on error. budget: of that session.
 */
struct script *script_open(const char *path, struct budget_amounts budget, struct vf_error *error);
/* The same of a text. name: what errors call it. */
struct script *script_open_text(const char *name, const char *text, struct budget_amounts budget,
				struct vf_error *error);
void script_close(struct script *script);
/* The next command's line as the file has it, without carrying it out; NULL at the end. */
const char *script_peek(const struct script *script);
/* Carries out the next command in `session`. False: nothing has changed. */
bool script_step(struct script *script, struct session *session, struct buf *out,
		 enum request *request, struct vf_error *error);

/* How many commands that build follow, one directly after the other. */
size_t script_setup(const struct script *script);
/* Does a child come into being before the next reveal? */
bool script_will_fork(const struct script *script);

/*
 * What the next reveal will say to this answer to session_asked(), if the script goes on from
 * the session as it is.
 */
struct foresight {
	bool known; /* false: it is no answer, or nothing will reveal it */
	bool right;
	const char *belief, *otherwise; /* as in struct wrong_answer; NULL: none is known */
};
struct foresight script_foresee(struct script *script, const struct session *session, const char *answer);
/*
 * A command failed because the viewer reached the last goal in another way than its solution:
 * takes back what was done since, for the script to go on with the solution. False: it was
 * not so.
 */
bool script_retake(struct script *script, struct session *session);

/* Lessons: the story that learn or play want to be played, from that command number on. */
struct wanted_story {
	char *path; /* or, if there is a text, what that is called */
	char *text; /* of the story; NULL: the file has it */
	bool quiz;  /* it is a question of the quiz */
	char *lesson;	/* what it is kept as, if it is a lesson or a challenge; or NULL */
	bool challenge;
	bool greets; /* it is the first lesson of somebody who has not seen the program */
	size_t at; /* 0: the start */
};
const struct wanted_story *session_wanted(const struct session *session);
/* Empties the session for it; undo fills it again. False: *error. */
bool session_begin_story(struct session *session, struct vf_error *error);
/* Whose progress is kept: a name that learner_name_fits(), which outlives the session. */
void session_set_learner(struct session *session, const char *name);
/* Steps through the commands up to that number as if nobody watched. False: one failed. */
bool script_skip(struct script *script, struct session *session, size_t at);
/* How many commands it has carried out. */
size_t script_at(const struct script *script);
/* What a viewer has made of the lesson that the session's story is: see struct lesson_progress. */
struct lesson_seen {
	struct lesson_marks marks;
	size_t left_at; /* 0: it was played to its end */
	const char *const *missed; /* beliefs */
	size_t missed_count;
};
/* Adds it to the learner's progress; nothing if the story is no lesson. False: *error. */
bool session_lesson_seen(struct session *session, const struct lesson_seen *seen, struct vf_error *error);

/*
 * A question of the quiz was played to its end. Adds to `text` what the viewer should know. False:
 * *error: the learner's progress cannot be kept; the quiz counts it all the same.
 */
bool session_quiz_seen(struct session *session, const struct lesson_seen *seen, struct buf *text,
		       struct vf_error *error);
/* Is a question of the quiz open, whose situation is what the story is about? */
bool session_quiz_open(const struct session *session);
/* Is it time for the summary (quiz summary)? Otherwise the next question follows (quiz next). */
bool session_quiz_pauses(const struct session *session);
/* Adds the summary of what was answered since the last one; nothing if that is nothing. */
void session_quiz_summary(struct session *session, struct buf *out);

/* As complete_line() (language/complete.h), with the names of this session. */
char **session_complete(const struct session *session, const char *line, size_t point,
			size_t *start, enum want_path *want);

#endif
