/* SPDX-License-Identifier: GPL-2.0-or-later */
/* show, explain, diff, help: what the session has to say. */
#include <string.h>

#include "report/text.h"
#include "report/vma_costs.h"
#include "scenario/calibrate.h"
#include "scenario/session_private.h"

static const char *name_of(const struct command *c)
{
	return c->args.name ? c->line.words[c->args.name].text : NULL;
}

/* The name must be one that a VMA has or had. */
static bool known(struct call *call)
{
	struct session *s = call->session;
	struct model_error e;

	if (!call->command->args.name)
		return true;
	for (int side = 0; side < SIDES; side++)
		if (machine_knows(s->machine[side], name_of(call->command)))
			return true;
	command_vma(s->machine[LEFT], s->machine[LEFT]->parent, call->command,
		    call->command->args.name, &e);
	vf_error_set(call->error, "%s", e.message);
	command_point(call->command, call->reader, call->command->args.name, call->error);
	return false;
}

static void show_cost(struct call *call, const char *name)
{
	struct calibration calibration;
	struct vf_error error;
	bool measured = calibration_load(&calibration, &error);

	text_cost(call->session->machine, call->out);
	text_vma_costs(call->session->machine, name, measured ? &calibration : NULL, call->out);
	if (error.message[0])
		vf_error_print(&error, call->out);
}

bool parse_show(struct parser *p)
{
	struct args *args = &p->command->args;

	if (!parse_vocab(p, &vocab_show, &args->which))
		return false;
	if (parser_peek(p) && !parse_name(p, &args->name))
		return false;
	return parse_end(p);
}

bool run_show(struct call *call)
{
	struct machine *const *m = call->session->machine;
	const char *name = name_of(call->command);

	if (!known(call))
		return false;
	if (call->session->loading) /* what a file shows is for those who play it */
		return true;
	switch ((enum show_what)call->command->args.which) {
	case SHOW_VMAS:
		text_vmas(m, name, call->out);
		break;
	case SHOW_PAGES:
		text_pages(m, name, call->out);
		break;
	case SHOW_DECISION:
		text_decision(m, name, call->out);
		break;
	case SHOW_TRACE:
		text_trace(m, name, call->out);
		break;
	case SHOW_COST:
		show_cost(call, name);
		break;
	case SHOW_FLAGS:
		text_flags(m, name, call->out);
		break;
	case SHOW_KERNEL:
		text_kernel(m, call->out);
		break;
	case SHOW_UFFD:
		text_uffd(m, call->out);
		break;
	}
	return true;
}

bool parse_explain(struct parser *p)
{
	return parse_name(p, &p->command->args.name) && parse_end(p);
}

bool run_explain(struct call *call)
{
	if (!known(call))
		return false;
	if (!call->session->loading)
		text_explain(call->session->machine, name_of(call->command), call->out);
	return true;
}

bool run_diff(struct call *call)
{
	const struct timeline *timeline = session_timeline(call->session);

	if (call->session->loading)
		return true;
	if (timeline->at < timeline->count)
		buf_printf(call->out, "at step %zu of %zu\n", timeline->at, timeline->count);
	text_diff(call->session->machine, call->out);
	return true;
}

bool parse_help(struct parser *p)
{
	struct args *args = &p->command->args;
	const char *names[64], *near;
	struct buf ignored = {0};
	size_t n = 0;
	bool found;

	if (!parser_peek(p))
		return true;
	args->name = p->at++;
	if (parser_peek(p))
		args->name2 = p->at++;
	found = command_help(p->command->line.words[args->name].text, &ignored);
	buf_deinit(&ignored);
	if (found)
		return parse_end(p);
	for (size_t i = 0; i < command_count && n < 64; i++)
		if (!strchr(commands[i].name, ' '))
			names[n++] = commands[i].name;
	near = nearest_word(p->command->line.words[args->name].text, names, n);
	parser_fail(p, args->name, "there is no command '%.40s'",
		    p->command->line.words[args->name].text);
	vf_error_hint(p->error, near ? "did you mean '%s'?" : "help lists the commands", near);
	return false;
}

bool run_help(struct call *call)
{
	const struct command *c = call->command;
	struct buf name = {0};

	if (call->session->loading)
		return true;
	if (c->args.name2) {
		buf_printf(&name, "%s %s", name_of(c), c->line.words[c->args.name2].text);
		if (!command_find(buf_str(&name)))
			buf_clear(&name);
	}
	command_help(name.len ? buf_str(&name) : name_of(c), call->out);
	buf_deinit(&name);
	return true;
}
