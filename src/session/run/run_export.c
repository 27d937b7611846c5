/* SPDX-License-Identifier: GPL-2.0-or-later */
/* export: the front end draws pictures; words are made here. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/file.h"
#include "report/comparison.h"
#include "session/reproducer/reproducer.h"
#include "session/session_private.h"

void session_set_pictures(struct session *s, struct pictures pictures)
{
	s->pictures = pictures;
}

static bool no_screen(struct vf_error *error)
{
	return vf_error_set(error, "there is no screen to export");
}

static bool add_page(struct session *s, struct buf *out, struct vf_error *error)
{
	return s->pictures.page ? s->pictures.page(s->pictures.owner, out, error)
				: no_screen(error);
}

static bool add_screen(struct session *s, struct buf *out, struct vf_error *error)
{
	return s->pictures.screen ? s->pictures.screen(s->pictures.owner, out, error)
				  : no_screen(error);
}

static bool add_comparison(struct session *s, struct buf *out, struct vf_error *error)
{
	const struct timeline *timeline = session_timeline(s);
	struct buf when = {0};

	(void)error;
	if (timeline->at < timeline->count)
		buf_printf(&when, "at step %zu of %zu", timeline->at, timeline->count);
	comparison_markdown(s->machine, s->story.title, s->story.about, buf_str(&when), out);
	buf_deinit(&when);
	return true;
}

static bool add_program(struct session *s, struct buf *out, struct vf_error *error)
{
	const struct reproducer_source source = {
		.log = &s->log,
		.kernel = (const struct kernel *const *)s->kernel,
		.title = s->story.title,
		.about = s->story.about,
		.budget = &s->budget,
	};

	return reproducer_write(&source, out, error);
}

static const struct {
	const char *ending, *what;
	bool (*add)(struct session *s, struct buf *out, struct vf_error *error);
} kinds[] = {
	{".html", "a page that steps", add_page},
	{".svg", "this screen", add_screen},
	{".md", "the comparison", add_comparison},
	{".c", "a program that does the system calls", add_program},
};

/* The kind that the file's ending names; ARRAY_SIZE(kinds): none. */
static size_t kind_of(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const char *ending = strrchr(name, '.');
	size_t kind = 0;

	while (kind < ARRAY_SIZE(kinds) && (!ending || strcmp(ending, kinds[kind].ending)))
		kind++;
	return kind;
}

static bool refuse_kind(struct vf_error *error)
{
	struct buf list = {0};

	vf_error_set(error, "expected a file that ends in .html, .svg, .md or .c");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		buf_printf(&list, "%sexport FILE%s: %s", i ? "; " : "", kinds[i].ending,
			   kinds[i].what);
	vf_error_hint(error, "%s", buf_str(&list));
	buf_deinit(&list);
	return false;
}

static bool export_to(struct call *call, const char *path)
{
	size_t kind = kind_of(path);
	struct buf text = {0};
	bool ok = kind < ARRAY_SIZE(kinds) || refuse_kind(call->error);

	ok = ok && file_is_new(path, call->error) &&
	     kinds[kind].add(call->session, &text, call->error) &&
	     make_file(path, buf_str(&text), text.len, call->error);
	if (ok) {
		buf_printf(call->out, "exported to %s (", path);
		buf_count(call->out, (text.len + 1023) / 1024, "KiB", "KiB");
		buf_puts(call->out, ")\n");
	}
	buf_deinit(&text);
	return ok;
}

bool run_export(struct call *call)
{
	unsigned word = call->command->args.file.file;
	char *path = command_path(call->command, word);
	bool ok = export_to(call, path) || call_blame(call, word);

	free(path);
	return ok;
}
