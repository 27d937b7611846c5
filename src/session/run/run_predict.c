/* SPDX-License-Identifier: GPL-2.0-or-later */
/* predict and reveal: questions whose answers the model has, and set predict. */
#include <string.h>

#include "base/alloc.h"
#include "base/minmax.h"
#include "report/explain.h"
#include "report/text.h"
#include "session/session_private.h"

enum { NAMES_ASKED = 32 }; /* of one pattern: who would answer more? */

/* --- asking ------------------------------------------------------------------------------- */

/* About a name, or the pages of it that a VMA has. */
static void ask_part(struct session *s, struct command *c, const char *name, const struct range *part)
{
	struct buf question = {0};

	buf_printf(&question, "%s %s", command_word(c, c->args.expect.question), name);
	if (part) {
		buf_putc(&question, '[');
		explain_range(part->first, part->last, &question);
		buf_putc(&question, ']');
	}
	predictions_add(&s->predictions, c, name, part, buf_str(&question));
	buf_deinit(&question);
}

/*
 * About each of its VMAs, since each is decided by itself; about all of it where the command
 * itself names pages.
 */
static void ask_name(struct session *s, struct command *c, const struct mm *mm, const struct name *name)
{
	const struct vm_area *vma = mm_named_vma(mm, name);
	struct stretch stretch = mm_stretch(mm, name);

	if (!vma || !mm_named_next(vma, name) || !c->args.target.all_pages) {
		ask_part(s, c, name->text, NULL);
		return;
	}
	for (; vma; vma = mm_named_next(vma, name)) {
		struct range part = {
			address_page(mm, max(vma->start, stretch.start) - stretch.start),
			address_page(mm, min(vma->end, stretch.end) - 1 - stretch.start),
		};

		ask_part(s, c, name->text, &part);
	}
}

bool ask_names(struct session *s, struct command *c, unsigned most, struct vf_error *error)
{
	const struct machine *m = s->machine[c->args.expect.side];
	struct name_list names = {0};
	struct model_error e;
	bool ok = command_names(m, m->parent, c, &names, &e);

	if (!ok)
		vf_error_set(error, "predict: %s", e.message);
	else if (names.n > most)
		vf_error_set(error, "predict: %zu names fit; at most %u can be asked at once", names.n, most);
	ok = ok && names.n <= most;
	for (size_t i = 0; ok && i < names.n; i++)
		ask_name(s, c, m->parent, names.v[i]);
	name_list_deinit(&names);
	return ok;
}

bool run_predict(struct call *call)
{
	struct session *s = call->session;
	struct command *c = call->command;

	predictions_forget_hidden(&s->predictions);
	predictions_unlight(&s->predictions);
	hints_begin(&s->hints, c);
	*call->request = REQUEST_PREDICT;
	if (c->args.target.pattern)
		return ask_names(s, c, NAMES_ASKED, call->error) ||
		       call_blame(call, c->args.target.name);
	predictions_add(&s->predictions, c, NULL, NULL, command_word(c, c->args.expect.question));
	return true;
}

/* --- the truth ---------------------------------------------------------------------------- */

struct command *prediction_expects(const struct prediction *p, const char *answer, struct vf_error *error)
{
	struct command *expect;
	struct buf name = {0};

	if (p->name)
		buf_printf(&name, "%s ", p->name);
	if (p->in_part)
		explain_range(p->first, p->last, &name);
	expect = prediction_with(p->command, p->name ? buf_str(&name) : NULL, answer, error);
	buf_deinit(&name);
	return expect;
}

/* Is this answer the model's? got: what is instead. Empty: it is no answer, or cannot be asked. */
static bool answer_holds(struct session *s, const struct prediction *p, const char *answer,
			 struct buf *got)
{
	struct vf_error error;
	struct command *expect = prediction_expects(p, answer, &error);
	bool failed = false, holds;

	buf_clear(got);
	holds = expect && session_holds(s, expect, p->command->args.expect.side, got, &failed, &error);
	command_free(expect);
	return holds;
}

/* One of the answers that can be which is not that one: no number is the one that this tries. */
static const char *other_answer(const struct prediction *p, const char *than)
{
	const char *first = prediction_answer(p->command, 0);

	if (p->command->args.expect.asked == ASKED_NUMBER)
		return "0xffffffffffffffff";
	return strcmp(first, than) ? first : prediction_answer(p->command, 1);
}

/* The answer that holds: one that is tried, or what is said of it when it does not (`got`). */
static bool find_answer(struct session *s, const struct prediction *p, struct buf *answer,
			struct buf *got)
{
	const char *tried = "";
	struct buf ignored = {0};
	bool found = false;

	for (int i = 0; i < 2 && !found; i++) {
		tried = other_answer(p, tried);
		buf_clear(answer);
		if (answer_holds(s, p, tried, got))
			buf_puts(answer, tried);
		else
			prediction_truth(p->command, buf_str(got), answer);
		found = answer_holds(s, p, buf_str(answer), &ignored);
	}
	buf_deinit(&ignored);
	return found;
}

/* got: what was said of another answer: "copy because anon_vma", "3 present,write". */
static void add_details(enum asked asked, const char *answer, const char *got, struct buf *truth)
{
	const char *entry = strchr(got, ' ');

	if (asked == ASKED_STATE)
		buf_puts(truth, entry ? entry + 1 : got);
	else if (strstr(got, "because none"))
		buf_printf(truth, "%s: no clause holds", answer);
	else
		buf_puts(truth, got);
}

/* The answer, and it as a viewer reads it: "copy because anon_vma", "present,write". False: why there is none. */
static bool find_truth(struct session *s, const struct prediction *p, struct buf *answer,
		       struct buf *truth)
{
	enum asked asked = p->command->args.expect.asked;
	struct buf got = {0};
	bool found = find_answer(s, p, answer, &got);

	if (found && (asked == ASKED_DECISION || asked == ASKED_STATE)) {
		answer_holds(s, p, other_answer(p, buf_str(answer)), &got);
		add_details(asked, buf_str(answer), buf_str(&got), truth);
	} else {
		if (!found && asked == ASKED_DECISION && strstr(buf_str(&got), " because "))
			buf_puts(truth, "its VMAs are decided in different ways, one is: ");
		buf_puts(truth, found ? buf_str(answer) : buf_str(&got));
	}
	buf_deinit(&got);
	return found;
}

/* --- the step that decided it ------------------------------------------------------------- */

/* The event that decided about the VMA at the address in the last fork; or event_count. */
static size_t deciding_event(const struct machine *m, uint64_t address)
{
	const struct fork_record *fork = last_fork(m);
	size_t i = fork ? fork->first_event : m->event_count;

	for (; i < m->event_count; i++) {
		const struct event *e = machine_event(m, i);

		if (e->kind == EVENT_DECIDE && e->src->start <= address && address < e->src->end)
			break;
	}
	return i;
}

/* As things were named at that fork; of several VMAs the first. */
static size_t decided_event(const struct machine *m, const struct prediction *p)
{
	struct stretch stretch;

	if (!p->in_part)
		return deciding_event(m, last_fork_vma(m, prediction_name(p))->src->start);
	return prediction_stretch(p, m, last_fork(m)->parent, &stretch) ? deciding_event(m, stretch.start)
									: m->event_count;
}

static size_t state_event(const struct machine *m, const struct prediction *p)
{
	const struct mm *mm = p->command->args.expect.process == PROCESS_CHILD ? m->child : m->parent;
	struct stretch stretch;

	return prediction_stretch(p, m, mm, &stretch) ? why_event(m, address_page(mm, stretch.start))
						      : m->event_count;
}

/* From 1 on; 0: none is known, or nobody looks. */
static size_t deciding_step(struct session *s, const struct prediction *p)
{
	const struct expect_args *expect = &p->command->args.expect;
	const struct machine *m = s->machine[expect->side];
	size_t event = m->event_count;

	if (s->loading || !prediction_name(p) || !machine_name(m, prediction_name(p)))
		return 0;
	if (expect->asked == ASKED_DECISION || expect->asked == ASKED_REASON)
		event = decided_event(m, p);
	else if (expect->asked == ASKED_STATE)
		event = state_event(m, p);
	return event < m->event_count ? timeline_slot_of(session_timeline(s), expect->side, event) + 1 : 0;
}

/* --- revealing ---------------------------------------------------------------------------- */

/* A question that the model cannot answer is a mistake in the file. */
static void report_no_truth(struct session *s, const struct prediction *p, const char *why,
			    struct buf *out)
{
	const struct command *c = p->command;

	if (c->file[0])
		buf_printf(out, "%s:%u: ", c->file, c->line.words[0].line);
	buf_printf(out, "predict: there is no answer here: %s\n", why);
	s->tally.failed++;
}

/* Steps of a budget: answers are tried as expectations, one after the other. */
#define REVEAL_STEPS 200

static void reveal_one(struct session *s, struct prediction *p, struct command *by, struct buf *out)
{
	struct predictions *all = &s->predictions;
	struct buf answer = {0}, truth = {0}, got = {0};
	bool found = find_truth(s, p, &answer, &truth);

	if (found) {
		bool right = p->answer && answer_holds(s, p, p->answer, &got);

		prediction_reveal(all, p, by, buf_str(&truth), right, deciding_step(s, p));
		if (!s->loading) {
			prediction_find_mistakes(s, p, buf_str(&answer));
			prediction_print(p, out);
		}
	} else {
		prediction_reveal(all, p, by, buf_str(&truth), false, 0);
		report_no_truth(s, p, buf_str(&truth), out);
	}
	buf_deinit(&answer);
	buf_deinit(&truth);
	buf_deinit(&got);
}

void predictions_reveal(struct session *s, struct command *by, struct buf *out)
{
	struct predictions *predictions = &s->predictions;

	session_seek_end(s);
	predictions_unlight(predictions);
	predictions->first_lit = predictions->waiting;
	for (size_t i = predictions->waiting; i < predictions->n && budget_lasts(&s->budget); i++)
		if (predictions->v[i].shown && !predictions->v[i].revealed) {
			budget_spend(&s->budget, REVEAL_STEPS);
			reveal_one(s, &predictions->v[i], by, out);
		}
	predictions->waiting = predictions->n;
}

bool run_reveal(struct call *call)
{
	struct session *s = call->session;

	if (!predictions_pending(&s->predictions)) {
		vf_error_set(call->error, "there is no prediction to reveal");
		vf_error_hint(call->error, "predict asks for one");
		return call_blame(call, 0);
	}
	predictions_reveal(s, call->command, call->out);
	*call->request = REQUEST_REVEAL;
	return true;
}

bool run_set_predict(struct call *call)
{
	call->session->predictions.on = call->command->args.on;
	return true;
}
